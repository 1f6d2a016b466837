//! A relayed stream that breaks off: whole frames, and then an exception frame that says so, whatever byte it broke at.

use bytes::Bytes;
use conformance_tests::loopback::client::{Connection, H2c, Protocol, http1_bytes, post};
use conformance_tests::loopback::frames;
use rest_json::Frame;

use crate::{EVENT_STREAM, Relay};

const TARGET: &str = "/bedrock/model/m/converse-stream";

fn event(name: &str, payload: &'static str) -> Bytes {
    Frame::event(name, "application/json", Bytes::from(payload))
        .encode()
        .unwrap()
}

/// The first frames of a conversation, as AWS sends them.
fn recorded() -> Vec<Bytes> {
    vec![
        event("messageStart", r#"{"p":"abcd","role":"assistant"}"#),
        event(
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"text":"é"},"p":"ab"}"#,
        ),
        event(
            "contentBlockStop",
            r#"{"contentBlockIndex":0,"p":"abcdefg"}"#,
        ),
    ]
}

/// Holds what the client got of `sent` against whole frames and an exception at the end.
fn check(got: &[u8], sent: &[u8], whole: &[Bytes], what: &str) {
    let mut n_whole = 0;
    let mut expected = Vec::new();
    for frame in whole {
        if expected.len() + frame.len() > sent.len() {
            break;
        }
        expected.extend_from_slice(frame);
        n_whole += 1;
    }
    let got_frames = frames::frames(got).unwrap_or_else(|fault| panic!("{what}: {fault}"));
    assert_eq!(got_frames.len(), n_whole + 1, "{what}");
    assert!(got.starts_with(&expected), "{what}");
    let last = got_frames.last().unwrap();
    // The two that Java does not answer by sending the whole request again are this one and validationException.
    assert_eq!(
        frames::exception(last),
        Some("modelStreamErrorException"),
        "{what}"
    );
    let payload: serde_json::Value = serde_json::from_slice(&last.payload).unwrap();
    assert!(
        payload["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty()),
        "{what}"
    );
    assert_eq!(
        last.text(":content-type"),
        Some("application/json"),
        "{what}"
    );
}

#[derive(Clone, Copy, Debug)]
enum End {
    /// The connection breaks.
    Cut,
    /// The body ends properly, but the conversation has not.
    Early,
}

async fn check_every_cut(protocol: Protocol, end: End) {
    let whole = recorded();
    let stream = whole.concat();
    let ends: Vec<usize> = whole
        .iter()
        .scan(0, |end, frame| {
            *end += frame.len();
            Some(*end)
        })
        .collect();
    let mut relay = Relay::start().await;
    let address = relay.gateway.address();
    // A connection that breaks with the head and nothing after it may lose the head as well.
    for cut in 1..stream.len() {
        let what = format!(
            "{protocol:?}, {end:?} after {cut} bytes of {}",
            stream.len()
        );
        let answer = async {
            let request = post(TARGET, "{}");
            let answer = match protocol {
                Protocol::Http1 => {
                    let mut connection = Connection::open(address).await?;
                    connection.write(&http1_bytes(&request)?).await?;
                    connection.answer().await
                }
                Protocol::H2c => H2c::open(address).await?.send(request).await,
            };
            let mut answer = answer?;
            let body = answer.body().await?;
            Ok::<_, conformance_tests::loopback::fault::Fault>((answer, body))
        };
        let upstream = async {
            let writer = relay
                .stub
                .arrived()
                .await
                .unwrap()
                .begin(200, &[EVENT_STREAM])
                .unwrap();
            writer.send(stream[..cut].to_vec()).await.unwrap();
            match end {
                End::Cut => writer.cut().await.unwrap(),
                End::Early => drop(writer),
            }
        };
        let (answer, ()) = tokio::join!(answer, upstream);
        let (answer, body) = answer.unwrap_or_else(|fault| panic!("{what}: {fault}"));
        if cut < ends[0] {
            // Nothing was said yet, so there is a real status.
            assert_eq!(answer.status, 424, "{what}");
            assert_eq!(answer.header("content-type"), "application/json", "{what}");
            assert!(
                answer
                    .header("x-amzn-errortype")
                    .starts_with("ModelErrorException:"),
                "{what}"
            );
        } else {
            assert_eq!(answer.status, 200, "{what}");
            check(&body, &stream[..cut], &whole, &what);
        }
    }
}

#[tokio::test]
async fn at_every_byte_a_broken_connection_leaves_whole_frames_and_an_exception_over_http1() {
    check_every_cut(Protocol::Http1, End::Cut).await;
}

#[tokio::test]
async fn at_every_byte_a_broken_connection_leaves_whole_frames_and_an_exception_over_http2() {
    check_every_cut(Protocol::H2c, End::Cut).await;
}

#[tokio::test]
async fn a_body_that_ends_before_its_conversation_is_a_broken_one() {
    check_every_cut(Protocol::H2c, End::Early).await;
}

#[tokio::test]
async fn bytes_that_are_no_frames_end_the_stream_in_an_exception() {
    let mut relay = Relay::start().await;
    let whole = recorded();
    let mut damaged = whole[1].to_vec();
    damaged[20] ^= 1;
    let garbage = [damaged, b"<html>not a frame at all</html>".to_vec()];
    for protocol in Protocol::ALL {
        for bad in &garbage {
            let (arrived, answer) = relay.ask(protocol, post(TARGET, "{}")).await;
            let writer = arrived.begin(200, &[EVENT_STREAM]).unwrap();
            writer.send(whole[0].clone()).await.unwrap();
            let mut answer = answer.await;
            let first = answer.at_least(whole[0].len()).await.unwrap();
            assert_eq!(first, whole[0]);
            // The gateway may hang up at the first bad byte.
            let _ = writer.send(bad.clone()).await;
            let last = frames::frames(&answer.body().await.unwrap()).unwrap();
            let names: Vec<_> = last.iter().map(frames::exception).collect();
            assert_eq!(names, [Some("modelStreamErrorException")], "{protocol:?}");
        }
    }
}

#[tokio::test]
async fn an_exception_of_the_upstream_in_mid_stream_comes_as_it_is() {
    let mut relay = Relay::start().await;
    let whole = recorded();
    let payload = r#"{"message":"busy","unknown":[1.10]}"#;
    let exception = Frame::exception("serviceUnavailableException", payload);
    let exception = exception.encode().unwrap();
    for protocol in Protocol::ALL {
        let (arrived, answer) = relay.ask(protocol, post(TARGET, "{}")).await;
        let writer = arrived.begin(200, &[EVENT_STREAM]).unwrap();
        writer.send(whole[0].clone()).await.unwrap();
        writer.send(exception.clone()).await.unwrap();
        drop(writer);
        let body = answer.await.body().await.unwrap();
        assert_eq!(body, [&whole[0][..], &exception].concat(), "{protocol:?}");
    }
}
