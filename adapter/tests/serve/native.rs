//! An upstream's own answer goes out as it came, and ends as it can.

use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, StatusCode};
use http_body::Body as _;
use llm::chat::Usage;
use llm::{Answer, Chunk, Error, Kind, NativeError, Origin};

use crate::backend::{
    Fake, HELLO, chunk, context, converse, converse_stream, poll, respond, scripted, serve,
};

fn head(headers: &[(&'static str, &str)]) -> HeaderMap {
    headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect()
}

fn relaying(
    status: StatusCode,
    headers: &'static [(&'static str, &'static str)],
    chunks: Vec<Result<Chunk, Error>>,
) -> Arc<Fake> {
    Fake::new(move |_, _| {
        Ok(Answer::Native {
            status,
            head: head(headers),
            body: Box::pin(stream::iter(chunks.clone())),
        })
    })
}

fn broken() -> Result<Chunk, Error> {
    Err(Error::new(
        Kind::Interrupted,
        Origin::Upstream,
        "The model provider broke off its answer.",
    ))
}

const JSON: &[(&str, &str)] = &[
    ("content-type", "application/json"),
    ("x-amzn-requestid", "upstream-id"),
    ("x-amzn-bedrock-input-token-count", "3"),
];

const STREAM: &[(&str, &str)] = &[("content-type", "application/vnd.amazon.eventstream")];

#[tokio::test]
async fn a_relayed_answer_keeps_its_bytes_and_its_id_and_ours_moves_aside() {
    let backend = relaying(
        StatusCode::OK,
        JSON,
        vec![chunk("{\"a\""), chunk(": 1.10 }")],
    );
    let got = serve(&backend, "POST", "/model/m/invoke", "{}").await;
    assert_eq!((got.status, got.text().as_str()), (200, "{\"a\": 1.10 }"));
    assert_eq!(got.header("x-amzn-requestid"), Some("upstream-id"));
    assert_eq!(
        got.header("x-gateway-request-id"),
        Some("6f1cf6d6-0000-4000-8000-000000000001")
    );
    assert_eq!(got.header("x-amzn-bedrock-input-token-count"), Some("3"));
    assert_eq!(got.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_relayed_answer_without_an_id_gets_ours() {
    let got = converse(&relaying(StatusCode::OK, STREAM, vec![chunk("{}")])).await;
    assert_eq!(
        got.header("x-amzn-requestid"),
        Some("6f1cf6d6-0000-4000-8000-000000000001")
    );
    assert_eq!(got.header("x-gateway-request-id"), None);
}

#[tokio::test]
async fn any_operation_may_be_answered_natively_with_any_status() {
    for target in ["/model/m/converse", "/model/m/count-tokens"] {
        let backend = relaying(StatusCode::ACCEPTED, JSON, vec![chunk("{}")]);
        let got = serve(&backend, "POST", target, HELLO).await;
        assert_eq!((got.status, got.text().as_str()), (202, "{}"));
    }
}

#[tokio::test]
async fn a_chunk_that_carries_only_a_fact_is_not_written() {
    let fact = Ok(Chunk {
        bytes: Bytes::new(),
        usage: Some(Usage::default()),
        last: true,
    });
    let none = Ok(Chunk::default());
    let backend = relaying(
        StatusCode::OK,
        JSON,
        vec![none, chunk("{}"), fact, chunk("never")],
    );
    let got = serve(&backend, "POST", "/model/m/invoke", "{}").await;
    assert_eq!(got.pieces, ["{}"]);
}

#[tokio::test]
async fn the_last_bytes_say_that_they_are_the_last() {
    let last = Ok(Chunk {
        bytes: Bytes::from_static(b"}"),
        usage: None,
        last: true,
    });
    let chunks = vec![Some(chunk("{")), None, Some(last), None];
    let backend = Fake::new(move |_, _| {
        Ok(Answer::Native {
            status: StatusCode::OK,
            head: head(JSON),
            body: scripted(chunks.clone()),
        })
    });
    let response = respond(&context(), &backend, "POST", "/model/m/invoke", "{}").await;
    let mut body = response.into_body();
    assert_eq!(poll(&mut body), Poll::Ready(Some("{".into())));
    assert!(!body.is_end_stream());
    assert_eq!(poll(&mut body), Poll::Pending);
    assert_eq!(poll(&mut body), Poll::Ready(Some("}".into())));
    assert!(body.is_end_stream());
    assert_eq!(poll(&mut body), Poll::Ready(None));
}

#[tokio::test]
async fn a_whole_answer_that_breaks_off_breaks_off() {
    let backend = relaying(StatusCode::OK, JSON, vec![chunk("{"), broken(), chunk("}")]);
    let got = serve(&backend, "POST", "/model/m/invoke", "{}").await;
    assert_eq!((got.text().as_str(), got.is_broken), ("{", true));
}

#[tokio::test]
async fn a_stream_that_breaks_off_ends_in_an_exception_frame() {
    let frame = rest_json::Frame::event("chunk", "application/json", r#"{"bytes":""}"#)
        .encode()
        .unwrap();
    for target in [
        "/model/m/converse-stream",
        "/model/m/invoke-with-response-stream",
    ] {
        let frame = frame.clone();
        let backend = Fake::new(move |_, _| {
            let whole = Ok(Chunk {
                bytes: frame.clone(),
                ..Chunk::default()
            });
            Ok(Answer::Native {
                status: StatusCode::OK,
                // Whatever an upstream calls it: the operation has a stream.
                head: head(&[("content-type", "application/octet-stream")]),
                body: Box::pin(stream::iter([whole, broken(), chunk("never")])),
            })
        });
        let got = serve(&backend, "POST", target, HELLO).await;
        assert!(!got.is_broken);
        let frames = got.frames();
        let names: Vec<&str> = frames.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["chunk", "modelStreamErrorException"], "{target}");
        assert_eq!(
            frames[1].1["message"],
            "The model provider broke off its answer."
        );
    }
}

#[tokio::test]
async fn an_upstreams_own_error_goes_out_as_it_came() {
    let answer = NativeError::Answer {
        status: StatusCode::TOO_MANY_REQUESTS,
        head: head(&[
            ("x-amzn-errortype", "ThrottlingException:http://x/"),
            ("x-amzn-requestid", "upstream-id"),
        ]),
        body: Bytes::from_static(b"{\"message\": \"as it came\"}"),
    };
    let error = Error::new(Kind::RateLimited, Origin::Upstream, "not this").with_native(answer);
    for got in [
        converse(&Fake::failing(error.clone())).await,
        converse_stream(&Fake::failing(error)).await,
    ] {
        assert_eq!(
            (got.status, got.text().as_str()),
            (429, "{\"message\": \"as it came\"}")
        );
        assert_eq!(
            got.header("x-amzn-errortype"),
            Some("ThrottlingException:http://x/")
        );
        assert_eq!(got.header("x-amzn-requestid"), Some("upstream-id"));
        assert!(got.header("x-gateway-request-id").is_some());
    }
}

#[tokio::test]
async fn a_frame_is_no_answer_before_the_head() {
    let error = Error::new(Kind::RateLimited, Origin::Upstream, "slow")
        .with_native(NativeError::Frame(Bytes::from_static(b"frame")));
    let got = converse(&Fake::failing(error)).await;
    assert_eq!(got.error().1, "ThrottlingException");
}
