//! Why the gateway itself refuses a request or ends a stream; the adapter turns each into one of Bedrock's own errors.

use std::time::Duration;

use llm::{Error, Kind, Origin, Retry};

/// How long a client is told to wait. Short, since a place is free as soon as any request ends.
const COME_BACK_AFTER: Duration = Duration::from_secs(1);

/// As many requests as may be are in flight.
pub(super) fn too_many() -> Error {
    gateway(
        Kind::GatewayRate,
        "Too many requests, please wait before trying again.",
    )
    .with_retry(come_back())
}

/// The gateway takes no new work.
pub(super) fn stopping() -> Error {
    gateway(
        Kind::Overloaded,
        "The gateway is shutting down, please try again.",
    )
    .with_retry(come_back())
}

/// The body is larger than `limit_bytes`.
pub(super) fn too_large(limit_bytes: u64) -> Error {
    let message = format!("The request body is larger than {limit_bytes} bytes.");
    gateway(Kind::BodyTooLarge, message)
}

/// The client did not send all of the body.
pub(super) fn broken_off() -> Error {
    Error::new(
        Kind::Malformed,
        Origin::Client,
        "The request body broke off before its end.",
    )
}

/// The deadline has passed.
pub(super) fn too_slow() -> Error {
    gateway(Kind::Timeout, "The request took too long to process.")
}

/// The work on the request panicked. A client learns no more than the id under which the log knows the request.
pub(super) fn panicked(request_id: &str) -> Error {
    let message = format!("The gateway failed inside. Request id: {request_id}");
    gateway(Kind::GatewayInternal, message)
}

/// The work on a stream panicked after its head was sent.
pub(super) fn panicked_in_stream() -> Error {
    gateway(Kind::GatewayInternal, "The gateway failed inside.")
}

/// The gateway stops and cannot wait for the end of a stream.
pub(super) fn cut_off() -> Error {
    gateway(
        Kind::Interrupted,
        "The gateway is shutting down and had to end this answer.",
    )
}

fn gateway(kind: Kind, message: impl Into<Box<str>>) -> Error {
    Error::new(kind, Origin::Gateway, message)
}

fn come_back() -> Retry {
    Retry::OtherTarget {
        delay: Some(COME_BACK_AFTER),
    }
}
