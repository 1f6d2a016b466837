//! Whatever fails, wherever: a client's SDK has a class for what it gets.

use llm::{Error, Kind, Origin};

use crate::backend::{Fake, serve};
use crate::model::operations;

/// Names that every AWS service may answer with, whatever an operation models.
const COMMON: [&str; 5] = [
    "SerializationException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
];

const KINDS: [Kind; 27] = [
    Kind::RateLimited,
    Kind::TokenRateLimited,
    Kind::Overloaded,
    Kind::QuotaExhausted,
    Kind::AuthUpstream,
    Kind::PermissionUpstream,
    Kind::ModelNotFound,
    Kind::ModelLoading,
    Kind::ContextTooLong,
    Kind::ContentBlocked,
    Kind::InvalidRequest,
    Kind::Malformed,
    Kind::BodyTooLarge,
    Kind::UnsupportedFeature,
    Kind::NotServed,
    Kind::ToolCallMalformed,
    Kind::OutputMalformed,
    Kind::Timeout,
    Kind::ConnectFailed,
    Kind::Interrupted,
    Kind::UpstreamInternal,
    Kind::Protocol,
    Kind::GatewayAuth,
    Kind::GatewayBudget,
    Kind::GatewayRate,
    Kind::GatewayPermission,
    Kind::GatewayInternal,
];

/// Where in [`KINDS`] a kind stands; a new kind stops the build here.
fn place(kind: Kind) -> usize {
    match kind {
        Kind::RateLimited => 0,
        Kind::TokenRateLimited => 1,
        Kind::Overloaded => 2,
        Kind::QuotaExhausted => 3,
        Kind::AuthUpstream => 4,
        Kind::PermissionUpstream => 5,
        Kind::ModelNotFound => 6,
        Kind::ModelLoading => 7,
        Kind::ContextTooLong => 8,
        Kind::ContentBlocked => 9,
        Kind::InvalidRequest => 10,
        Kind::Malformed => 11,
        Kind::BodyTooLarge => 12,
        Kind::UnsupportedFeature => 13,
        Kind::NotServed => 14,
        Kind::ToolCallMalformed => 15,
        Kind::OutputMalformed => 16,
        Kind::Timeout => 17,
        Kind::ConnectFailed => 18,
        Kind::Interrupted => 19,
        Kind::UpstreamInternal => 20,
        Kind::Protocol => 21,
        Kind::GatewayAuth => 22,
        Kind::GatewayBudget => 23,
        Kind::GatewayRate => 24,
        Kind::GatewayPermission => 25,
        Kind::GatewayInternal => 26,
    }
}

#[test]
fn the_list_of_kinds_is_whole() {
    for (at, kind) in KINDS.into_iter().enumerate() {
        assert_eq!(place(kind), at);
    }
}

#[tokio::test]
async fn no_operation_answers_with_an_exception_that_it_does_not_model() {
    let mut n_checked = 0;
    for operation in operations() {
        for kind in KINDS {
            for origin in [Origin::Client, Origin::Gateway, Origin::Upstream] {
                for status in [None, Some(404), Some(529)] {
                    let error = Error::new(kind, origin, "text");
                    let error = match status {
                        Some(status) => error.with_status(status),
                        None => error,
                    };
                    let backend = Fake::failing(error);
                    let got = serve(
                        &backend,
                        operation.method,
                        &operation.target,
                        operation.body,
                    )
                    .await;
                    let place = format!("{kind:?} caused by {origin:?} at {}", operation.name);
                    assert_eq!(backend.asked().len(), 1, "{place}");
                    n_checked += 1;
                    if kind == Kind::ContentBlocked && operation.name.starts_with("Converse") {
                        assert_eq!(got.status, 200, "{place}");
                        continue;
                    }
                    let (status, name, message) = got.error();
                    let expected = match operation.errors.get(&name) {
                        Some(status) => *status,
                        None if COMMON.contains(&name.as_str()) => {
                            if name == "SerializationException" {
                                400
                            } else {
                                404
                            }
                        }
                        None => panic!("{place}: {name} is not modelled"),
                    };
                    if !(name == "UnknownOperationException" && origin == Origin::Client) {
                        assert_eq!(status, expected, "{place}");
                    }
                    assert!(!message.is_empty(), "{place}");
                }
            }
        }
    }
    assert_eq!(n_checked, 14 * 27 * 3 * 3);
}
