//! Limits, each answered in a form that the SDKs understand.

use std::time::{Duration, Instant};

use bytes::Bytes;
use conformance_tests::loopback::client::{Answer, Connection, Protocol, get, post, send};

use crate::{EVENT_STREAM, JSON, RELAYED, RELAYED_STREAM, beginning, delta, ending, relay};

/// AWS's own limit, which is the default.
const N_BYTES: usize = 25_000_000;

async fn check_refused(answer: &mut Answer, status: u16, code: &str) -> String {
    assert_eq!(answer.status.as_u16(), status);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.header("x-amzn-errortype"),
        format!("{code}:http://internal.amazon.com/coral/com.amazon.bedrock/")
    );
    let body = answer.body().await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    body["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_body_of_25_million_bytes_passes_and_one_byte_more_does_not() {
    let (mut stub, gateway) = relay("").await;
    let largest = Bytes::from(vec![b' '; N_BYTES]);
    for protocol in Protocol::ALL {
        let asked = tokio::spawn(send(
            protocol,
            gateway.address(),
            post(RELAYED, largest.clone()),
        ));
        let arrived = stub.arrived().await.unwrap();
        assert_eq!(arrived.body.len(), N_BYTES);
        arrived.answer(200, &[JSON], "{}").unwrap();
        assert_eq!(asked.await.unwrap().unwrap().status, 200);
    }
    // The announced length is enough to know.
    let head = format!(
        "POST {RELAYED} HTTP/1.1\r\nHost: gateway.test\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        N_BYTES + 1
    );
    let mut connection = Connection::open(gateway.address()).await.unwrap();
    connection.write(head.as_bytes()).await.unwrap();
    let mut answer = connection.answer().await.unwrap();
    check_refused(&mut answer, 400, "ValidationException").await;
    assert_eq!(answer.header("connection"), "close");
    assert!(stub.arrived_already().is_none());
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_by_its_word_and_by_count() {
    let (mut stub, gateway) = relay("limits: { body_bytes: 1000 }\n").await;
    let address = gateway.address();
    for protocol in Protocol::ALL {
        let mut answer = send(protocol, address, post(RELAYED, vec![b' '; 1001]))
            .await
            .unwrap();
        check_refused(&mut answer, 400, "ValidationException").await;
        let closes = match protocol {
            Protocol::Http1 => "close",
            Protocol::H2c => "",
        };
        assert_eq!(answer.header("connection"), closes);
    }
    let mut request = format!(
        "POST {RELAYED} HTTP/1.1\r\nHost: gateway.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    for _ in 0..3 {
        request.push_str(&format!("190\r\n{}\r\n", " ".repeat(400)));
    }
    request.push_str("0\r\n\r\n");
    let mut connection = Connection::open(address).await.unwrap();
    connection.write(request.as_bytes()).await.unwrap();
    let mut answer = connection.answer().await.unwrap();
    check_refused(&mut answer, 400, "ValidationException").await;
    assert_eq!(answer.header("connection"), "close");
    assert!(stub.arrived_already().is_none());
}

#[tokio::test]
async fn one_request_too_many_is_told_when_to_come_back() {
    let (mut stub, gateway) = relay("limits: { concurrency: 1 }\n").await;
    let address = gateway.address();
    let asked = tokio::spawn(send(Protocol::H2c, address, post(RELAYED_STREAM, "{}")));
    let writer = stub
        .arrived()
        .await
        .unwrap()
        .begin(200, &[EVENT_STREAM])
        .unwrap();
    writer.send(beginning()).await.unwrap();
    let mut streaming = asked.await.unwrap().unwrap();
    for protocol in Protocol::ALL {
        // The stream counts as long as it runs, its head being long gone.
        let mut answer = send(protocol, address, post(RELAYED, "{}")).await.unwrap();
        let message = check_refused(&mut answer, 429, "ThrottlingException").await;
        assert_eq!(
            message,
            "Too many requests, please wait before trying again."
        );
        let secs: u64 = answer.header("retry-after").parse().unwrap();
        let millis: u64 = answer.header("x-amz-retry-after").parse().unwrap();
        assert!(secs >= 1 && millis <= secs * 1000);
        // Whoever asks whether it lives takes nobody's place.
        assert_eq!(
            send(protocol, address, get("/ready")).await.unwrap().status,
            200
        );
    }
    writer.send(ending().concat()).await.unwrap();
    drop(writer);
    streaming.body().await.unwrap();
    drop(streaming);
    gateway.access_line(RELAYED_STREAM).await.unwrap();
    let asked = tokio::spawn(send(Protocol::Http1, address, post(RELAYED, "{}")));
    stub.arrived()
        .await
        .unwrap()
        .answer(200, &[JSON], "{}")
        .unwrap();
    assert_eq!(asked.await.unwrap().unwrap().status, 200);
}

#[tokio::test]
async fn an_upstream_that_does_not_begin_in_time_is_a_timeout() {
    let (mut stub, gateway) = relay("limits: { request_timeout_secs: 1 }\n").await;
    let address = gateway.address();
    for (protocol, target) in [(Protocol::Http1, RELAYED), (Protocol::H2c, RELAYED_STREAM)] {
        let asked = tokio::spawn(send(protocol, address, post(target, "{}")));
        let mut arrived = stub.arrived().await.unwrap();
        let mut answer = asked.await.unwrap().unwrap();
        let message = check_refused(&mut answer, 408, "ModelTimeoutException").await;
        assert_eq!(message, "The request took too long to process.");
        arrived.gone().await.unwrap();
        let line = gateway.access_line(target).await.unwrap();
        assert_eq!(
            (&line["end"], &line["error"]),
            (&"failed".into(), &"Timeout".into())
        );
    }
}

#[tokio::test]
async fn a_stream_that_has_begun_may_take_longer_than_a_request() {
    let (mut stub, gateway) = relay("limits: { request_timeout_secs: 1 }\n").await;
    let asked = tokio::spawn(send(
        Protocol::Http1,
        gateway.address(),
        post(RELAYED_STREAM, "{}"),
    ));
    let began = Instant::now();
    let writer = stub
        .arrived()
        .await
        .unwrap()
        .begin(200, &[EVENT_STREAM])
        .unwrap();
    writer.send(beginning()).await.unwrap();
    let mut answer = asked.await.unwrap().unwrap();
    answer.at_least(beginning().len()).await.unwrap();
    // Goes on for longer than the limit, one event at a time.
    let event = delta("on");
    while began.elapsed() < Duration::from_millis(1500) {
        writer.send(event.clone()).await.unwrap();
        assert_eq!(answer.at_least(event.len()).await.unwrap(), event);
    }
    let end = ending().concat();
    writer.send(end.clone()).await.unwrap();
    drop(writer);
    assert_eq!(answer.body().await.unwrap(), end);
}

#[tokio::test]
async fn a_head_that_does_not_come_in_time_ends_the_connection() {
    let (_stub, gateway) = relay("limits: { header_timeout_secs: 1 }\n").await;
    for beginning in ["", "POST /bedrock/model/m/converse HTTP/1.1\r\nHost:"] {
        let mut connection = Connection::open(gateway.address()).await.unwrap();
        connection.write(beginning.as_bytes()).await.unwrap();
        match connection.answer().await {
            Ok(answer) => assert_eq!(answer.status, 408),
            Err(fault) => assert!(fault.to_string().contains("closed"), "{fault}"),
        }
    }
}
