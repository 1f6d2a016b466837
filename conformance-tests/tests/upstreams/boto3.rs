//! boto3's own requests, as it sent them to a stub: for another model, and where need be with another body.

use std::sync::LazyLock;

use bytes::Bytes;
use conformance_tests::captures::{self, Capture};
use http::{HeaderName, HeaderValue, Request};
use rest_json::binding::encode_percent;

static CAPTURES: LazyLock<Vec<Capture>> = LazyLock::new(|| captures::load().unwrap());

/// The captured request of that name.
pub(crate) fn captured(name: &str) -> &'static Capture {
    let capture = CAPTURES.iter().find(|capture| capture.name == name);
    capture.unwrap_or_else(|| panic!("no capture {name}"))
}

pub(crate) const CONVERSE: &str = "boto3-ops/000";
pub(crate) const CONVERSE_STREAM: &str = "boto3-ops/001";
pub(crate) const INVOKE: &str = "boto3-ops/002";
pub(crate) const INVOKE_STREAM: &str = "boto3-ops/004";
pub(crate) const COUNT: &str = "boto3-ops/005";
pub(crate) const APPLY_GUARDRAIL: &str = "boto3-ops/007";
pub(crate) const START_ASYNC: &str = "boto3-ops/008";
pub(crate) const GET_ASYNC: &str = "boto3-ops/009";
pub(crate) const LIST_ASYNC: &str = "boto3-ops/010";

/// The captured request as it was.
pub(crate) fn request(name: &str) -> Request<Bytes> {
    let capture = captured(name);
    with(capture, &capture.target, capture.body.clone())
}

/// The captured request for that model.
pub(crate) fn of(name: &str, model: &str) -> Request<Bytes> {
    let capture = captured(name);
    with(capture, &target(capture, model), capture.body.clone())
}

/// The captured request for that model with that body.
pub(crate) fn saying(name: &str, model: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    let capture = captured(name);
    with(capture, &target(capture, model), body.into())
}

/// The captured request with that body.
pub(crate) fn with_body(name: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    let capture = captured(name);
    with(capture, &capture.target, body.into())
}

/// The captured request to another target.
pub(crate) fn to(name: &str, target: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    with(captured(name), target, body.into())
}

/// The captured target, with that model where the captured one stands.
fn target(capture: &Capture, model: &str) -> String {
    let (before, behind) = capture.target.split_once("/model/").unwrap();
    let (_, operation) = behind.split_once('/').unwrap();
    let mut target = format!("{before}/model/");
    encode_percent(model, &mut target);
    target.push('/');
    target.push_str(operation);
    target
}

/// With the captured headers, but for those that belong to the captured connection or length.
fn with(capture: &Capture, target: &str, body: Bytes) -> Request<Bytes> {
    const LEFT_OUT: [&str; 7] = [
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "te",
        "transfer-encoding",
    ];
    let mut request = Request::new(body);
    *request.method_mut() = capture.method.parse().unwrap();
    *request.uri_mut() = target.parse().unwrap();
    for (name, value) in &capture.headers {
        let name = name.to_ascii_lowercase();
        // Over HTTP/2 the request line stands among the headers.
        if !name.starts_with(':') && !LEFT_OUT.contains(&name.as_str()) {
            request.headers_mut().append(
                name.parse::<HeaderName>().unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
    }
    request
}
