//! Event streams: whole frames pass however the upstream cuts them, and an end that is none is told.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use llm::chat::{Usage, UsageSource};
use llm::{Answer, Error, Ext, Kind, Native, NativeError, Origin, Wire};
use providers::bedrock::{Bedrock, Limits, Settings};
use providers::http::{Network, Timeouts};
use rest_json::{Frame, FrameDecoder, HeaderValue};

use crate::upstream::{Step, Upstream, chunked, unended};
use crate::{Read, body_of, converse_stream, keys, provider, read, send, settings};

const EVENT_STREAM: (&str, &str) = ("content-type", "application/vnd.amazon.eventstream");

fn event(name: &str, payload: &str) -> Frame {
    Frame::event(name, "application/json", payload.to_owned())
}

pub(crate) fn frames(frames: &[Frame]) -> Vec<u8> {
    let bytes = frames.iter().map(|frame| frame.encode().expect("a frame"));
    bytes.collect::<Vec<_>>().concat()
}

/// A stream that has begun.
pub(crate) fn opening() -> Vec<Frame> {
    vec![
        event("messageStart", r#"{"p":"abcd","role":"assistant"}"#),
        event(
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"text":"Hello"},"p":"ab"}"#,
        ),
    ]
}

/// A stream as recordings have it, padding and unmodelled members included.
fn conversation() -> Vec<Frame> {
    let mut frames = opening();
    frames.extend([
        event("contentBlockStop", r#"{"contentBlockIndex":0,"p":"abc"}"#),
        event("messageStop", r#"{"p":"abcdef","stopReason":"end_turn"}"#),
        event(
            "metadata",
            r#"{"metrics":{"latencyMs":731},"p":"abcde","usage":{"inputTokens":8,"outputTokens":13,"serverToolUsage":{},"totalTokens":21}}"#,
        ),
    ]);
    frames
}

fn metered() -> Usage {
    Usage {
        total_reported: Some(21),
        ..counted()
    }
}

fn counted() -> Usage {
    Usage {
        input_uncached: 8,
        output: 13,
        cache_read: None,
        cache_write: None,
        cache_details: None,
        total_reported: None,
        source: UsageSource::Reported,
        ext: Ext::default(),
    }
}

fn invoke_stream() -> Native {
    Native {
        wire: Wire("bedrock/invoke-model-with-response-stream"),
        ..converse_stream()
    }
}

fn chunk(document: &str) -> Frame {
    let bytes = rest_json::Blob::from_bytes(document.to_owned()).to_base64();
    event("chunk", &format!(r#"{{"bytes":"{bytes}","p":"abcdefgh"}}"#))
}

/// The chunks of an Anthropic model; the service puts its metrics into the last.
fn invocation() -> Vec<Frame> {
    vec![
        chunk(r#"{"type":"message_start","message":{"usage":{"input_tokens":1}}}"#),
        chunk(
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
        ),
        chunk(
            r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":8,"outputTokenCount":13,"invocationLatency":731,"firstByteLatency":99}}"#,
        ),
    ]
}

fn whole(bytes: &[u8]) -> bool {
    let mut decoder = FrameDecoder::new(usize::MAX);
    decoder.push(bytes).expect("frames");
    decoder.finish().is_ok()
}

async fn relay(native: Native, script: Vec<Step>) -> Result<Read, Error> {
    let upstream = Upstream::doing(script).await;
    Ok(read(body_of(send(&provider(&upstream), native).await?)).await)
}

#[tokio::test]
async fn whole_frames_pass_at_every_cut_of_the_upstreams_writes() {
    for (native, frames_sent) in [
        (converse_stream(), conversation()),
        (invoke_stream(), invocation()),
    ] {
        let bytes = frames(&frames_sent);
        for cut in 1..bytes.len() {
            let (one, other) = bytes.split_at(cut);
            let both = unended(200, &[EVENT_STREAM], [one, other]);
            let boundary = both.len() - other.len() - format!("{:x}\r\n\r\n", other.len()).len();
            let (first, second) = both.split_at(boundary);
            let script = vec![
                Step::Write(first.to_vec()),
                Step::Write(second.to_vec()),
                Step::Write(b"0\r\n\r\n".to_vec()),
            ];
            let read = relay(native.clone(), script).await.expect("an answer");
            assert!(read.error.is_none(), "cut at {cut}: {:?}", read.error);
            assert_eq!(read.bytes(), bytes, "cut at {cut}");
            assert!(read.chunks.iter().all(|chunk| whole(&chunk.bytes)));
            assert!(read.ends_once(), "cut at {cut}");
        }
    }
}

#[tokio::test]
async fn whole_frames_pass_when_every_byte_comes_alone() {
    let bytes = frames(&conversation());
    let script = vec![Step::Write(chunked(200, &[EVENT_STREAM], bytes.chunks(1)))];
    let read = relay(converse_stream(), script).await.expect("an answer");
    assert_eq!(read.bytes(), bytes);
    assert!(read.chunks.iter().all(|chunk| whole(&chunk.bytes)));
    assert_eq!(read.usage(), Some(metered()));
}

async fn n_chunks_of_205_events_written_at_once() -> usize {
    let mut all = opening();
    all.extend((0..200).map(|_| opening().remove(1)));
    all.extend(conversation().split_off(2));
    let pieces: Vec<_> = all
        .iter()
        .map(|frame| frame.encode().expect("a frame"))
        .collect();
    let pieces = pieces.iter().map(|frame| &**frame);
    let script = vec![Step::Write(chunked(200, &[EVENT_STREAM], pieces))];
    let read = relay(converse_stream(), script).await.expect("an answer");
    assert_eq!(read.bytes(), frames(&all));
    read.chunks.len()
}

#[tokio::test]
async fn what_came_together_passes_together() {
    let n_chunks = n_chunks_of_205_events_written_at_once().await;
    assert!(n_chunks <= 20, "passed as {n_chunks} chunks");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_came_together_passes_together_on_a_worker_of_the_server() {
    let relayed = tokio::spawn(n_chunks_of_205_events_written_at_once());
    let n_chunks = relayed.await.expect("no panic");
    assert!(n_chunks <= 20, "passed as {n_chunks} chunks");
}

#[tokio::test]
async fn an_event_passes_before_the_next_one_comes() {
    let begun = unended(200, &[EVENT_STREAM], [&*frames(&opening())]);
    let upstream = Upstream::doing(vec![Step::Write(begun), Step::AwaitClose]).await;
    let answer = send(&provider(&upstream), converse_stream()).await;
    let mut body = body_of(answer.expect("an answer"));
    let first = body.next().await.expect("a chunk").expect("no error");
    assert_eq!(first.bytes, frames(&opening()));
}

#[tokio::test]
async fn a_stream_has_no_length_and_keeps_its_other_headers() {
    let bytes = frames(&conversation());
    let headers = [
        EVENT_STREAM,
        ("x-amzn-RequestId", "5f3a"),
        ("Set-Cookie", "a=b"),
    ];
    let upstream = Upstream::saying(crate::upstream::answer(200, &headers, &bytes)).await;
    let answer = send(&provider(&upstream), converse_stream()).await;
    let Ok(Answer::Native { status, head, body }) = answer else {
        panic!("not relayed");
    };
    assert_eq!(status, 200);
    let mut names: Vec<_> = head.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-type", "x-amzn-requestid"]);
    let read = read(body).await;
    assert_eq!(read.bytes(), bytes);
    assert!(read.ends_once());
}

#[tokio::test]
async fn usage_rides_on_the_chunk_with_the_metadata() {
    let bytes = frames(&conversation());
    let script = vec![Step::Write(chunked(200, &[EVENT_STREAM], [&*bytes]))];
    let read = relay(converse_stream(), script).await.expect("an answer");
    let metering: Vec<_> = read
        .chunks
        .iter()
        .filter(|chunk| chunk.usage.is_some())
        .collect();
    assert_eq!(metering.len(), 1);
    assert_eq!(metering[0].usage, Some(metered()));
    assert!(!metering[0].bytes.is_empty());
}

#[tokio::test]
async fn usage_of_an_invocation_rides_on_an_empty_last_chunk() {
    let bytes = frames(&invocation());
    let script = vec![Step::Write(chunked(200, &[EVENT_STREAM], [&*bytes]))];
    let read = relay(invoke_stream(), script).await.expect("an answer");
    let last = read.chunks.last().expect("a chunk");
    assert!(last.last && last.bytes.is_empty());
    assert_eq!(last.usage, Some(counted()));

    // A blocked prompt has no metrics.
    let bytes = frames(&invocation()[..2]);
    let script = vec![Step::Write(chunked(200, &[EVENT_STREAM], [&*bytes]))];
    let read = relay(invoke_stream(), script).await.expect("an answer");
    assert!(read.error.is_none() && read.ends_once());
    assert_eq!(read.usage(), None);
}

#[tokio::test]
async fn a_stream_that_is_cut_is_whole_frames_and_then_an_error() {
    let bytes = frames(&conversation());
    let metadata = conversation()
        .pop()
        .expect("a frame")
        .encode()
        .expect("a frame");
    for cut in 1..bytes.len() - metadata.len() + 1 {
        let begun = unended(200, &[EVENT_STREAM], [&bytes[..cut]]);
        let read = relay(converse_stream(), vec![Step::Write(begun), Step::Close]).await;
        let first = opening().remove(0).encode().expect("a frame");
        if cut < first.len() {
            let error = read.expect_err("nothing whole has come");
            assert_eq!(error.kind(), Kind::Interrupted, "cut at {cut}");
            continue;
        }
        let read = read.expect("an answer");
        assert!(
            read.chunks
                .iter()
                .all(|chunk| whole(&chunk.bytes) && !chunk.last)
        );
        assert!(bytes[..cut].starts_with(&read.bytes()), "cut at {cut}");
        let error = read.error.expect("an error at the end");
        assert_eq!(error.kind(), Kind::Interrupted, "cut at {cut}");
        assert_eq!(error.origin(), Origin::Upstream);
        assert!(error.native().is_none());
    }
}

#[tokio::test]
async fn an_end_without_message_stop_is_a_cut() {
    let check = async |native: Native, events: &[Frame]| {
        let bytes = chunked(200, &[EVENT_STREAM], [&*frames(events)]);
        let read = relay(native, vec![Step::Write(bytes)]).await?;
        match read.error {
            Some(error) => Err(error),
            None => Ok(()),
        }
    };
    for n_events in 0..4 {
        let error = check(converse_stream(), &conversation()[..n_events]).await;
        assert_eq!(error.expect_err("a cut").kind(), Kind::Interrupted);
    }
    assert!(check(converse_stream(), &conversation()[..4]).await.is_ok());
    let error = check(invoke_stream(), &[]).await;
    assert_eq!(error.expect_err("a cut").kind(), Kind::Interrupted);
}

#[tokio::test]
async fn nothing_is_missing_behind_the_metadata() {
    let bytes = unended(200, &[EVENT_STREAM], [&*frames(&conversation())]);
    let script = vec![Step::Write(bytes), Step::Close];
    let read = relay(converse_stream(), script).await.expect("an answer");
    assert!(read.error.is_none());
    assert!(read.ends_once());
}

fn exception(name: &str, message: &str) -> Frame {
    Frame::exception(name, format!(r#"{{"message":"{message}"}}"#))
}

#[tokio::test]
async fn an_exception_as_the_first_frame_is_an_error_with_the_whole_answer() {
    let frame = exception("validationException", "The prompt is odd");
    let mut both = frames(std::slice::from_ref(&frame));
    both.extend(frames(&opening()));
    let headers = [
        EVENT_STREAM,
        ("x-amzn-RequestId", "5f3a"),
        ("connection", "close"),
    ];
    let script = vec![Step::Write(chunked(200, &headers, [&*both]))];
    let error = relay(converse_stream(), script)
        .await
        .expect_err("an exception");
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert_eq!(error.origin(), Origin::Upstream);
    assert!(
        !format!("{error} {error:?}").contains("odd"),
        "no text of theirs in ours"
    );
    let Some(NativeError::Answer { status, head, body }) = error.native() else {
        panic!("no native answer");
    };
    assert_eq!(*status, 200);
    assert_eq!(head.get("x-amzn-requestid").expect("an id"), "5f3a");
    assert_eq!(head.get("content-type").expect("a type"), EVENT_STREAM.1);
    assert!(head.get("connection").is_none());
    assert_eq!(*body, frame.encode().expect("a frame"));
}

#[tokio::test]
async fn an_exception_in_mid_stream_is_an_error_with_its_frame() {
    for (name, kind) in [
        ("throttlingException", Kind::RateLimited),
        ("modelStreamErrorException", Kind::UpstreamInternal),
        ("internalServerException", Kind::UpstreamInternal),
        ("serviceUnavailableException", Kind::Overloaded),
        ("modelTimeoutException", Kind::Timeout),
        ("validationException", Kind::InvalidRequest),
        ("someNewException", Kind::UpstreamInternal),
    ] {
        let frame = exception(name, "Something happened");
        let mut sent = opening();
        sent.push(frame.clone());
        let script = vec![Step::Write(chunked(
            200,
            &[EVENT_STREAM],
            [&*frames(&sent)],
        ))];
        let read = relay(converse_stream(), script).await.expect("an answer");
        assert_eq!(read.bytes(), frames(&opening()));
        let error = read.error.expect("an error at the end");
        assert_eq!(error.kind(), kind, "{name}");
        let Some(NativeError::Frame(bytes)) = error.native() else {
            panic!("no native frame");
        };
        assert_eq!(*bytes, frame.encode().expect("a frame"));
    }
}

#[tokio::test]
async fn an_error_that_no_model_knows_is_an_error_with_its_frame() {
    let text = |text: &str| HeaderValue::String(text.into());
    let frame = Frame {
        headers: vec![
            (":message-type".into(), text("error")),
            (":error-code".into(), text("ThrottlingException")),
            (":error-message".into(), text("Slow down")),
        ],
        payload: Bytes::new(),
    };
    let mut sent = opening();
    sent.push(frame.clone());
    let bytes = chunked(200, &[EVENT_STREAM], [&*frames(&sent)]);
    let read = relay(converse_stream(), vec![Step::Write(bytes)]).await;
    let error = read.expect("an answer").error.expect("an error");
    assert_eq!(error.kind(), Kind::RateLimited);
    let Some(NativeError::Frame(bytes)) = error.native() else {
        panic!("no native frame");
    };
    assert_eq!(*bytes, frame.encode().expect("a frame"));
}

#[tokio::test]
async fn bytes_that_are_no_frames_are_a_fault_of_the_upstream() {
    let mut broken = frames(&conversation());
    let last = broken.len() - 1;
    broken[last] ^= 1;
    let script = vec![Step::Write(chunked(200, &[EVENT_STREAM], [&*broken]))];
    let read = relay(converse_stream(), script).await.expect("an answer");
    assert_eq!(read.bytes(), frames(&conversation()[..4]));
    assert_eq!(read.error.expect("an error").kind(), Kind::Protocol);

    let html = b"<html>Please log in to the network first</html>";
    let script = vec![Step::Write(chunked(200, &[], [&html[..]]))];
    let error = relay(converse_stream(), script)
        .await
        .expect_err("no frames");
    assert_eq!(error.kind(), Kind::Protocol);
    assert!(error.native().is_none());
}

#[tokio::test]
async fn a_frame_beyond_the_limit_is_not_waited_for() {
    let huge = event("contentBlockDelta", &"x".repeat(5_000));
    let bytes = frames(&[opening().remove(0), huge]);
    let begun = unended(200, &[EVENT_STREAM], [&bytes[..200]]);
    let upstream = Upstream::doing(vec![Step::Write(begun), Step::AwaitClose]).await;
    let provider = Bedrock::new(Settings {
        limits: Limits {
            frame_bytes: 4_000,
            ..Limits::default()
        },
        ..settings(&upstream, keys())
    })
    .expect("valid settings");
    let answer = send(&provider, converse_stream()).await.expect("an answer");
    let read = read(body_of(answer)).await;
    assert_eq!(read.error.expect("an error").kind(), Kind::Protocol);
}

#[tokio::test]
async fn a_stream_that_falls_silent_ends_in_an_error_behind_whole_frames() {
    let mut bytes = frames(&opening());
    bytes.extend_from_slice(&frames(&conversation()[2..3])[..10]);
    let begun = unended(200, &[EVENT_STREAM], [&*bytes]);
    let upstream = Upstream::doing(vec![Step::Write(begun), Step::AwaitClose]).await;
    let provider = Bedrock::new(Settings {
        network: Network {
            timeouts: Timeouts {
                idle: Duration::from_millis(20),
                ..Timeouts::default()
            },
            ..Network::default()
        },
        ..settings(&upstream, keys())
    })
    .expect("valid settings");
    let answer = send(&provider, converse_stream()).await.expect("an answer");
    let read = read(body_of(answer)).await;
    assert_eq!(read.bytes(), frames(&opening()));
    assert_eq!(read.error.expect("an error").kind(), Kind::Timeout);
}

#[tokio::test]
async fn a_stream_that_takes_too_long_as_a_whole_is_cut_behind_whole_frames() {
    let begun = unended(200, &[EVENT_STREAM], [&*frames(&opening())]);
    let delta = frames(&opening()[1..]);
    let more = [format!("{:x}\r\n", delta.len()).as_bytes(), &delta, b"\r\n"].concat();
    let mut upstream = Upstream::doing(vec![Step::Write(begun), Step::Repeat(more)]).await;
    let provider = Bedrock::new(Settings {
        network: Network {
            timeouts: Timeouts {
                total: Some(Duration::from_millis(90)),
                ..Timeouts::default()
            },
            ..Network::default()
        },
        ..settings(&upstream, keys())
    })
    .expect("valid settings");
    let answer = send(&provider, converse_stream()).await.expect("an answer");
    let read = read(body_of(answer)).await;
    assert!(read.bytes().starts_with(&frames(&opening())));
    assert!(read.chunks.iter().all(|chunk| whole(&chunk.bytes)));
    assert_eq!(read.error.expect("an error").kind(), Kind::Timeout);
    upstream.closed().await;
}
