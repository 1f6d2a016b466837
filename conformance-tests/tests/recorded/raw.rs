//! Recorded answers as bytes of HTTP/1.1, and what of an answer is the same each time.

use std::collections::BTreeSet;

use bytes::Bytes;
use conformance_tests::loopback::frames;
use http::{HeaderMap, HeaderName, HeaderValue};
use rest_json::{Frame, Response};
use serde_json::Value;

/// Reads a recorded answer; a body in chunks is joined.
pub(crate) fn response(raw: &[u8]) -> Response {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&raw[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().strip_prefix("HTTP/1.1 ").unwrap();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        headers.append(
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    let body = &raw[end + 4..];
    let body = match headers.get("transfer-encoding") {
        Some(coding) => {
            assert_eq!(coding, "chunked");
            joined(body)
        }
        None => body.to_vec(),
    };
    Response {
        status: status[..3].parse().unwrap(),
        headers,
        body: body.into(),
    }
}

fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = chunks.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let size = std::str::from_utf8(&chunks[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let (chunk, rest) = chunks[end + 2..].split_at(size);
        whole.extend_from_slice(chunk);
        chunks = rest.strip_prefix(b"\r\n").unwrap();
        if size == 0 {
            assert!(chunks.is_empty(), "something follows the answer");
            return whole;
        }
    }
}

/// Whether an answer is an event stream.
pub(crate) fn is_stream(response: &Response) -> bool {
    let kind = response.headers.get("content-type");
    kind.is_some_and(|kind| kind == rest_json::operation::EVENT_STREAM)
}

/// Compares status, headers and content of two answers, but for date, ids and latency.
pub(crate) fn check_same(answer: &Response, recorded: &Response, name: &str) {
    assert_eq!(answer.status, recorded.status, "{name}: {:?}", answer.body);
    assert_eq!(
        headers(&answer.headers),
        headers(&recorded.headers),
        "{name}"
    );
    if is_stream(recorded) {
        let lines = |response: &Response| -> Vec<String> {
            let frames = frames::frames(&response.body).unwrap();
            frames.iter().map(described).collect()
        };
        assert_eq!(lines(answer), lines(recorded), "{name}");
    } else {
        assert_eq!(timeless(&answer.body), timeless(&recorded.body), "{name}");
    }
}

/// Names and values without regard to order; of what changes each time the names alone.
fn headers(headers: &HeaderMap) -> BTreeSet<(&str, &str)> {
    const VOLATILE: [&str; 3] = ["content-length", "date", "x-amzn-requestid"];
    headers
        .iter()
        .map(|(name, value)| match name.as_str() {
            name if VOLATILE.contains(&name) => (name, ""),
            name => (name, value.to_str().unwrap()),
        })
        .collect()
}

/// All headers of a frame and its payload.
fn described(frame: &Frame) -> String {
    format!("{:?} {}", frame_headers(frame), timeless(&frame.payload))
}

fn frame_headers(frame: &Frame) -> BTreeSet<String> {
    let headers = frame.headers.iter();
    headers
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect()
}

/// A JSON document with every latency 0.
pub(crate) fn timeless(json: &[u8]) -> Value {
    fn zero(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    if name == "latencyMs" && member.is_u64() {
                        *member = 0.into();
                    } else {
                        zero(member);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(zero),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut value = serde_json::from_slice(json)
        .unwrap_or_else(|error| panic!("{error} in {:?}", Bytes::copy_from_slice(json)));
    zero(&mut value);
    value
}
