//! HTTP/2 with prior knowledge as the SDKs of JavaScript and Java need it, frame by frame.

use bytes::Bytes;
use conformance_tests::loopback::client::{H2c, post};
use conformance_tests::loopback::h2::{Frame, Kind, RawConnection};
use conformance_tests::loopback::{fault, frames};

use crate::{
    ECHO, ECHO_STREAM, EVENT_STREAM, JSON, RELAYED, RELAYED_STREAM, beginning, delta, ending,
    relay, says,
};

fn head<'a>(scheme: &'a str, target: &'a str) -> [(&'a str, &'a str); 6] {
    [
        (":method", "POST"),
        (":scheme", scheme),
        (":path", target),
        (":authority", "gateway.test"),
        ("content-type", "application/json"),
        ("accept-encoding", "gzip"),
    ]
}

/// The payload of a PING is eight bytes, which come back.
const PING: &[u8; 8] = b"are you?";

async fn ping(connection: &mut RawConnection) {
    connection
        .send(Kind::Ping, 0, 0, Bytes::from_static(PING))
        .await
        .unwrap();
    loop {
        // Before it asks the client itself, the server answers.
        let ping = connection.next_of(Kind::Ping).await.unwrap();
        if ping.is_ack() {
            assert_eq!(ping.payload, PING.as_slice());
            return;
        }
    }
}

#[tokio::test]
async fn pings_are_answered_before_during_and_after_a_stream() {
    let (mut stub, gateway) = relay("").await;
    let mut connection = RawConnection::greet(gateway.address()).await.unwrap();
    ping(&mut connection).await;
    connection
        .request(1, &head("http", RELAYED_STREAM), b"{}")
        .await
        .unwrap();
    let arrived = stub.arrived().await.unwrap();
    ping(&mut connection).await;
    let writer = arrived.begin(200, &[EVENT_STREAM]).unwrap();
    writer.send(beginning()).await.unwrap();
    connection.next_of(Kind::Data).await.unwrap();
    ping(&mut connection).await;
    drop(writer);
    connection.stream(1).await.unwrap();
    ping(&mut connection).await;
}

/// One head, then data of which only the last frame may be empty, and that is all.
fn check_frames(answer: &[Frame], what: &str) -> Bytes {
    let (head, rest) = answer.split_first().unwrap();
    assert_eq!(head.kind, Kind::Headers, "{what}");
    let (last, before) = rest.split_last().expect("a body");
    for frame in before {
        assert_eq!(frame.kind, Kind::Data, "{what}");
        assert!(!frame.payload.is_empty(), "{what}: an empty DATA frame");
    }
    assert_eq!(last.kind, Kind::Data, "{what}: trailers or a reset");
    assert!(last.ends_stream());
    let data = rest.iter().map(|frame| &frame.payload[..]);
    data.collect::<Vec<_>>().concat().into()
}

#[tokio::test]
async fn answers_have_no_trailers_and_no_empty_frames_before_the_last() {
    let (mut stub, gateway) = relay("").await;
    let mut connection = RawConnection::greet(gateway.address()).await.unwrap();
    let hello = says("/", "one two three").into_body();
    let of_our_own = [
        (ECHO, 200),
        (ECHO_STREAM, 200),
        ("/bedrock/model/sandbox%2Fthrottling/converse", 429),
        (
            "/bedrock/model/sandbox%2Fstream-throttling/converse-stream",
            200,
        ),
        ("/bedrock/model/../converse", 400),
        ("/bedrock/rerank", 404),
    ];
    let mut stream = 1;
    for (target, status) in of_our_own {
        connection
            .request(stream, &head("http", target), &hello)
            .await
            .unwrap();
        let answer = connection.stream(stream).await.unwrap();
        check_frames(&answer, target);
        // Not every status is one that these frames are read for.
        if let Some(read) = answer.iter().find_map(Frame::status) {
            assert_eq!(read, status, "{target}");
        }
        stream += 2;
    }
    for kind in [JSON, EVENT_STREAM] {
        let target = if kind == JSON {
            RELAYED
        } else {
            RELAYED_STREAM
        };
        connection
            .request(stream, &head("http", target), &hello)
            .await
            .unwrap();
        let arrived = stub.arrived().await.unwrap();
        let writer = arrived.begin(200, &[kind]).unwrap();
        let end = Bytes::from(ending().concat());
        for piece in [beginning(), delta("a"), Bytes::new(), end.clone()] {
            writer.send(piece).await.unwrap();
        }
        drop(writer);
        let answer = connection.stream(stream).await.unwrap();
        let data = check_frames(&answer, target);
        assert_eq!(data, [beginning(), delta("a"), end].concat());
        stream += 2;
    }
}

#[tokio::test]
async fn a_hundred_streams_and_more_run_side_by_side_on_one_connection() {
    const N_STREAMS: usize = 120;
    let (mut stub, gateway) = relay("").await;
    let connection = H2c::open(gateway.address()).await.unwrap();
    let asked: Vec<_> = (0..N_STREAMS)
        .map(|number| {
            let (connection, request) = (connection.clone(), post(RELAYED, number.to_string()));
            tokio::spawn(async move {
                let mut answer = connection.send(request).await?;
                Ok::<_, fault::Fault>((number, answer.body().await?))
            })
        })
        .collect();
    // None is answered before all are here.
    let mut arrived = Vec::new();
    for _ in 0..N_STREAMS {
        arrived.push(stub.arrived().await.unwrap());
    }
    for request in arrived.into_iter().rev() {
        let body = request.body.clone();
        request.answer(200, &[JSON], body).unwrap();
    }
    for answer in asked {
        let (number, body) = answer.await.unwrap().unwrap();
        assert_eq!(body, number.to_string());
    }
}

#[tokio::test]
async fn the_server_allows_a_hundred_streams_or_does_not_say() {
    const MAX_CONCURRENT_STREAMS: u16 = 3;
    let (_stub, gateway) = relay("").await;
    let mut connection = RawConnection::greet(gateway.address()).await.unwrap();
    let settings = loop {
        let settings = connection.next_of(Kind::Settings).await.unwrap();
        if !settings.is_ack() {
            break settings.payload;
        }
    };
    let (entries, rest) = settings.as_chunks::<6>();
    assert!(rest.is_empty());
    for [a, b, value @ ..] in entries {
        if u16::from_be_bytes([*a, *b]) == MAX_CONCURRENT_STREAMS {
            assert!(u32::from_be_bytes(*value) >= 100);
        }
    }
}

#[tokio::test]
async fn any_scheme_is_taken_on_a_plain_connection() {
    let (_stub, gateway) = relay("").await;
    let body = says("/", "hello").into_body();
    let mut connection = RawConnection::greet(gateway.address()).await.unwrap();
    // Java's CRT client says https, and begins with stream 1; Netty begins with 3.
    for (stream, scheme) in [(3, "https"), (5, "http")] {
        connection
            .request(stream, &head(scheme, ECHO), &body)
            .await
            .unwrap();
        let answer = connection.stream(stream).await.unwrap();
        assert_eq!(
            answer.first().and_then(Frame::status),
            Some(200),
            "{scheme}"
        );
    }
}

#[tokio::test]
async fn a_request_may_end_with_an_empty_frame() {
    let (mut stub, gateway) = relay("").await;
    let mut connection = RawConnection::greet(gateway.address()).await.unwrap();
    connection
        .send(Kind::Settings, Frame::ACK, 0, Bytes::new())
        .await
        .unwrap();
    // As Netty sends it: the whole body, then the end in a frame of its own.
    connection.begin(1, &head("http", RELAYED)).await.unwrap();
    connection.send(Kind::Data, 0, 1, "{}").await.unwrap();
    connection
        .send(Kind::Data, Frame::END_STREAM, 1, Bytes::new())
        .await
        .unwrap();
    let arrived = stub.arrived().await.unwrap();
    assert_eq!(arrived.body, "{}");
    arrived.answer(200, &[JSON], "{}").unwrap();
    let answer = connection.stream(1).await.unwrap();
    assert_eq!(answer.first().and_then(Frame::status), Some(200));
}

#[tokio::test]
async fn a_client_that_says_goodbye_while_it_streams_gets_its_stream() {
    let (mut stub, gateway) = relay("").await;
    let mut connection = RawConnection::greet(gateway.address()).await.unwrap();
    connection
        .request(1, &head("http", RELAYED_STREAM), b"{}")
        .await
        .unwrap();
    let arrived = stub.arrived().await.unwrap();
    let writer = arrived.begin(200, &[EVENT_STREAM]).unwrap();
    writer.send(beginning()).await.unwrap();
    let first = connection.next_of(Kind::Data).await.unwrap();
    // As JavaScript sends it once the head is there: last stream 0, no error.
    connection
        .send(Kind::GoAway, 0, 0, vec![0; 8])
        .await
        .unwrap();
    ping(&mut connection).await;
    let mut got = first.payload.to_vec();
    let mut sent = beginning().to_vec();
    for event in std::iter::repeat_n(delta("on and on"), 20).chain(ending()) {
        sent.extend_from_slice(&event);
        writer.send(event).await.unwrap();
        while got.len() < sent.len() {
            got.extend_from_slice(&connection.next_of(Kind::Data).await.unwrap().payload);
        }
    }
    drop(writer);
    assert_eq!(got, sent);
    frames::frames(&got).unwrap();
    let rest = connection.stream(1).await.unwrap();
    assert!(rest.iter().all(|frame| frame.payload.is_empty()));
    let line = gateway.access_line(RELAYED_STREAM).await.unwrap();
    assert_eq!(line["end"], "complete");
}
