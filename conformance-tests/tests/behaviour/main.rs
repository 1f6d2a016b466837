//! The gateway as a server: streams that are not held back, clients that go away, HTTP/2 as the SDKs need it, limits and the way out.
#![cfg(test)]

mod edge;
mod hang_up;
mod http2;
mod limits;
mod stop;
mod streams;

use bytes::Bytes;
use conformance_tests::loopback::client::post;
use conformance_tests::loopback::gateway::{Credentials, Gateway, Setup};
use conformance_tests::loopback::stub::Stub;
use http::Request;
use rest_json::Frame;

const BINARY: &str = env!("CARGO_BIN_EXE_gateway-under-test");

const JSON: (&str, &str) = ("content-type", "application/json");
const EVENT_STREAM: (&str, &str) = ("content-type", "application/vnd.amazon.eventstream");

const RELAYED: &str = "/bedrock/model/m/converse";
const RELAYED_STREAM: &str = "/bedrock/model/m/converse-stream";
const ECHO: &str = "/bedrock/model/sandbox%2Fecho/converse";
const ECHO_STREAM: &str = "/bedrock/model/sandbox%2Fecho/converse-stream";

/// A stub, and a gateway that relays to it with more in its configuration.
async fn relay(more: &str) -> (Stub, Gateway) {
    let stub = Stub::start().await.unwrap();
    let setup = Setup::relay(stub.address(), Credentials::Bearer).and(more);
    let gateway = Gateway::start(BINARY, &setup).await.unwrap();
    (stub, gateway)
}

/// A request in which a user says `text`.
fn says(target: &str, text: &str) -> Request<Bytes> {
    let content = serde_json::json!([{ "text": text }]);
    let body = serde_json::json!({ "messages": [{ "role": "user", "content": content }] });
    post(target, body.to_string())
}

/// One event of a stream, as a frame.
fn event(name: &str, payload: &serde_json::Value) -> Bytes {
    Frame::event(name, "application/json", payload.to_string())
        .encode()
        .unwrap()
}

/// A delta of text.
fn delta(text: &str) -> Bytes {
    event(
        "contentBlockDelta",
        &serde_json::json!({ "contentBlockIndex": 0, "delta": { "text": text } }),
    )
}

/// How a conversation ends: three events.
fn ending() -> [Bytes; 3] {
    let usage = serde_json::json!({ "inputTokens": 7, "outputTokens": 196, "totalTokens": 203 });
    [
        event(
            "contentBlockStop",
            &serde_json::json!({ "contentBlockIndex": 0 }),
        ),
        event(
            "messageStop",
            &serde_json::json!({ "stopReason": "end_turn" }),
        ),
        event(
            "metadata",
            &serde_json::json!({ "metrics": { "latencyMs": 1 }, "usage": usage }),
        ),
    ]
}

/// How it begins.
fn beginning() -> Bytes {
    event("messageStart", &serde_json::json!({ "role": "assistant" }))
}
