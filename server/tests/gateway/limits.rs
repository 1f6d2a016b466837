//! How much a client may ask for, and how it is told. The answers are those of wire-facts, "Failures of the HTTP layer".

use std::time::{Duration, Instant};

use server::Limits;
use tokio::io::AsyncWriteExt;

use super::support::*;

/// The least that a limit in whole seconds can be; the tests wait for it in real time, since it ends what real sockets do.
const SECOND: Duration = Duration::from_secs(1);

fn impatient() -> Limits {
    Limits {
        request_timeout_secs: 1,
        ..Limits::default()
    }
}

fn small() -> Limits {
    Limits {
        body_bytes: 10,
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_by_its_length_and_by_count() {
    let backend = Told::by(|_, _| async { panic!("a body that large reaches nobody") });
    let gateway = Gateway::start(small(), backend).await;
    for http2 in [false, true] {
        for body in [
            whole("{\"a\":\"bcd\"}"),
            in_pieces(vec!["{\"a\":\"", "bcd", "\"}"]),
        ] {
            let mut client = match http2 {
                true => Client::http2(gateway.address).await,
                false => Client::http1(gateway.address).await,
            };
            let request = client.request("POST", CONVERSE, body);
            let response = client.send(request).await;
            assert_eq!(response.status(), 400);
            assert_eq!(exception(&response), "ValidationException");
            let closes = (!http2).then_some("close");
            assert_eq!(header(&response, "connection"), closes);
            let body: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
            assert_eq!(
                body,
                serde_json::json!({ "message": "The request body is larger than 10 bytes." })
            );
        }
    }
}

#[tokio::test]
async fn a_body_of_just_the_limit_passes_in_one_piece_or_many() {
    let backend = Told::by(|_, call| async move {
        assert_eq!(call.native.body, "0123456789");
        Ok(json("{}"))
    });
    let gateway = Gateway::start(small(), backend).await;
    for mut client in [
        Client::http1(gateway.address).await,
        Client::http2(gateway.address).await,
    ] {
        for body in [whole("0123456789"), in_pieces(vec!["01234", "5678", "9"])] {
            let request = client.request("POST", CONVERSE, body);
            assert_eq!(client.send(request).await.status(), 200);
        }
    }
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_is_refused_before_it_sends() {
    let gateway = Gateway::start(small(), Told::json("{}")).await;
    let answer = raw(
        gateway.address,
        b"POST /bedrock/model/m/converse HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 11\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn a_place_is_taken_until_the_end_of_the_answers_body() {
    let (feed, _, answer) = fed();
    let limits = Limits {
        concurrency: 1,
        ..Limits::default()
    };
    let mut gateway = Gateway::start(limits, once(answer)).await;
    let mut first = Client::http1(gateway.address).await;
    let stream = first.post(CONVERSE_STREAM, "{}").await;
    assert_eq!(stream.status(), 200);

    let mut second = Client::http1(gateway.address).await;
    for _ in 0..2 {
        let response = second.post(CONVERSE, "{}").await;
        assert_eq!(response.status(), 429);
        assert_eq!(exception(&response), "ThrottlingException");
        assert_eq!(header(&response, "retry-after"), Some("1"));
        assert_eq!(header(&response, "x-amz-retry-after"), Some("1000"));
        assert_eq!(
            header(&response, "connection"),
            None,
            "the connection can be used again"
        );
        assert_eq!(
            text(response).await,
            "{\"message\":\"Too many requests, please wait before trying again.\"}"
        );
        gateway.line().await;
    }
    assert_eq!(
        second.get("/health").await.status(),
        200,
        "a probe needs no place"
    );
    gateway.line().await;

    drop(feed);
    text(stream).await;
    // The line is written when the place is given back.
    assert_eq!(gateway.line().await["path"], CONVERSE_STREAM);
    assert_eq!(second.post(CONVERSE, "{}").await.status(), 200);
}

#[tokio::test]
async fn a_request_without_an_answer_ends_at_its_deadline() {
    let backend = Told::by(|_, _| std::future::pending());
    let gateway = Gateway::start(impatient(), backend).await;
    for mut client in [
        Client::http1(gateway.address).await,
        Client::http2(gateway.address).await,
    ] {
        let began = Instant::now();
        let response = client.post(CONVERSE, "{}").await;
        assert!(began.elapsed() >= SECOND);
        assert_eq!(response.status(), 408);
        assert_eq!(exception(&response), "ModelTimeoutException");
        assert_eq!(
            text(response).await,
            "{\"message\":\"The request took too long to process.\"}"
        );
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_ends_at_the_deadline_too() {
    let gateway = Gateway::start(impatient(), Told::json("{}")).await;
    let began = Instant::now();
    let answer = raw(
        gateway.address,
        b"POST /bedrock/model/m/converse HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n{",
    )
    .await;
    assert!(began.elapsed() >= SECOND);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
}

#[tokio::test]
async fn a_connection_that_sends_no_whole_head_is_closed() {
    let limits = Limits {
        header_timeout_secs: 1,
        ..Limits::default()
    };
    let gateway = Gateway::start(limits, Told::json("{}")).await;
    let closed_after = async |start: &'static str| {
        let began = Instant::now();
        raw(gateway.address, start.as_bytes()).await;
        began.elapsed()
    };
    let waited = tokio::join!(
        closed_after(""),
        closed_after("P"),
        closed_after("PRI * HTTP/2.0\r\n"),
        closed_after("POST /bedrock/model/m/converse HTTP/1.1\r\nhost: "),
    );
    let (silent, one_letter, half_preface, half_head) = waited;
    for waited in [silent, one_letter, half_preface, half_head] {
        assert!(waited >= SECOND, "closed after {waited:?}");
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_refused_without_being_read() {
    let gateway = Gateway::start(Limits::default(), Told::json("{}")).await;
    let mut stream = tokio::net::TcpStream::connect(gateway.address)
        .await
        .unwrap();
    stream
        .write_all(b"POST /bedrock/model/m/invoke-with-bidirectional-stream HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer)
        .await
        .unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("ValidationException"), "{answer}");
}
