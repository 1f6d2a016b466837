//! The table of errors, row by row, as Converse answers before the head.

use std::time::Duration;

use llm::{Error, Kind, Origin, Retry};

use crate::backend::{Fake, converse, serve};

const TOO_MANY_REQUESTS: &str = "Too many requests, please wait before trying again.";
const TOO_SLOW: &str = "The request took too long to process.";
const NO_AUTHORITY: &str = "The gateway could not authenticate to the model provider.";

/// A fault with that text, and the status, name and text that a client gets.
type Row = (
    Kind,
    Origin,
    &'static str,
    (u16, &'static str, &'static str),
);

const ROWS: [Row; 33] = [
    (
        Kind::RateLimited,
        Origin::Upstream,
        "their words",
        (429, "ThrottlingException", TOO_MANY_REQUESTS),
    ),
    (
        Kind::TokenRateLimited,
        Origin::Upstream,
        "their words",
        (
            429,
            "ThrottlingException",
            "Too many tokens, please wait before trying again.",
        ),
    ),
    (
        Kind::Overloaded,
        Origin::Upstream,
        "their words",
        (503, "ServiceUnavailableException", "their words"),
    ),
    (
        Kind::ConnectFailed,
        Origin::Upstream,
        "Unable to reach provider p",
        (
            503,
            "ServiceUnavailableException",
            "Unable to reach provider p",
        ),
    ),
    (
        Kind::UpstreamInternal,
        Origin::Upstream,
        "their words",
        (500, "InternalServerException", "their words"),
    ),
    (
        Kind::Timeout,
        Origin::Upstream,
        "their words",
        (408, "ModelTimeoutException", TOO_SLOW),
    ),
    (
        Kind::Timeout,
        Origin::Gateway,
        "our words",
        (408, "ModelTimeoutException", TOO_SLOW),
    ),
    (
        Kind::ModelLoading,
        Origin::Upstream,
        "their words",
        (429, "ModelNotReadyException", "their words"),
    ),
    (
        Kind::ContextTooLong,
        Origin::Upstream,
        "8192 tokens",
        (
            400,
            "ValidationException",
            "Input is too long for requested model. (8192 tokens)",
        ),
    ),
    (
        Kind::ContextTooLong,
        Origin::Upstream,
        "Input is too long for requested model.",
        (
            400,
            "ValidationException",
            "Input is too long for requested model.",
        ),
    ),
    (
        Kind::ContextTooLong,
        Origin::Upstream,
        "",
        (
            400,
            "ValidationException",
            "Input is too long for requested model.",
        ),
    ),
    (
        Kind::InvalidRequest,
        Origin::Upstream,
        "their words",
        (
            400,
            "ValidationException",
            "The model returned the following errors: their words",
        ),
    ),
    (
        Kind::InvalidRequest,
        Origin::Client,
        "our words",
        (400, "ValidationException", "our words"),
    ),
    (
        Kind::InvalidRequest,
        Origin::Gateway,
        "our words",
        (400, "ValidationException", "our words"),
    ),
    (
        Kind::UnsupportedFeature,
        Origin::Gateway,
        "our words",
        (400, "ValidationException", "our words"),
    ),
    (
        Kind::BodyTooLarge,
        Origin::Upstream,
        "too many total text bytes",
        (400, "ValidationException", "too many total text bytes"),
    ),
    (
        Kind::ModelNotFound,
        Origin::Upstream,
        "m is not deployed",
        (
            404,
            "ResourceNotFoundException",
            "Could not resolve the foundation model from the provided model identifier. (m is not deployed)",
        ),
    ),
    (
        Kind::ModelNotFound,
        Origin::Upstream,
        "Could not resolve the foundation model from the provided model identifier.",
        (
            404,
            "ResourceNotFoundException",
            "Could not resolve the foundation model from the provided model identifier.",
        ),
    ),
    (
        Kind::ModelNotFound,
        Origin::Gateway,
        "our words",
        (
            400,
            "ValidationException",
            "The provided model identifier is invalid.",
        ),
    ),
    (
        Kind::AuthUpstream,
        Origin::Upstream,
        "key sk-1 is wrong",
        (424, "ModelErrorException", NO_AUTHORITY),
    ),
    (
        Kind::PermissionUpstream,
        Origin::Upstream,
        "key sk-1 may not",
        (424, "ModelErrorException", NO_AUTHORITY),
    ),
    (
        Kind::QuotaExhausted,
        Origin::Upstream,
        "their words",
        (424, "ModelErrorException", "their words"),
    ),
    (
        Kind::ToolCallMalformed,
        Origin::Upstream,
        "their words",
        (424, "ModelErrorException", "their words"),
    ),
    (
        Kind::OutputMalformed,
        Origin::Upstream,
        "their words",
        (424, "ModelErrorException", "their words"),
    ),
    (
        Kind::Protocol,
        Origin::Upstream,
        "their words",
        (424, "ModelErrorException", "their words"),
    ),
    (
        Kind::Interrupted,
        Origin::Upstream,
        "their words",
        (424, "ModelErrorException", "their words"),
    ),
    (
        Kind::GatewayAuth,
        Origin::Client,
        "our words",
        (403, "AccessDeniedException", "our words"),
    ),
    (
        Kind::GatewayPermission,
        Origin::Gateway,
        "our words",
        (
            403,
            "AccessDeniedException",
            "You don't have access to the model with the specified model ID.",
        ),
    ),
    (
        Kind::GatewayRate,
        Origin::Gateway,
        "our words",
        (429, "ThrottlingException", TOO_MANY_REQUESTS),
    ),
    (
        Kind::GatewayBudget,
        Origin::Gateway,
        "our words",
        (403, "AccessDeniedException", "our words"),
    ),
    (
        Kind::GatewayInternal,
        Origin::Gateway,
        "our words",
        (500, "InternalServerException", "our words"),
    ),
    (
        Kind::Malformed,
        Origin::Client,
        "our words",
        (400, "SerializationException", "our words"),
    ),
    (
        Kind::NotServed,
        Origin::Gateway,
        "our words",
        (400, "ValidationException", "our words"),
    ),
];

#[tokio::test]
async fn each_fault_is_the_exception_of_its_row() {
    for (kind, origin, text, (status, name, message)) in ROWS {
        let error = Error::new(kind, origin, text).with_detail("never shown");
        let got = converse(&Fake::failing(error)).await;
        assert_eq!(
            got.error(),
            (status, name.to_owned(), message.to_owned()),
            "{kind:?} caused by {origin:?}"
        );
        assert!(!got.text().contains("never shown"));
    }
}

#[tokio::test]
async fn an_error_is_compact_json_with_a_message_and_our_id() {
    let error = Error::new(Kind::Overloaded, Origin::Upstream, "it isn’t \"there\"");
    let got = converse(&Fake::failing(error)).await;
    assert_eq!(got.text(), "{\"message\":\"it isn’t \\\"there\\\"\"}");
    assert_eq!(
        got.header("x-amzn-requestid"),
        Some("6f1cf6d6-0000-4000-8000-000000000001")
    );
}

#[tokio::test]
async fn the_one_error_that_has_room_says_whose_fault_it_was_and_what_it_was_there() {
    let error = Error::new(Kind::AuthUpstream, Origin::Upstream, "no")
        .with_status(401)
        .with_resource("p/m");
    let got = converse(&Fake::failing(error.clone())).await;
    assert_eq!(
        got.json(),
        serde_json::json!({
            "message": "The gateway could not authenticate to the model provider.",
            "originalStatusCode": 401,
            "resourceName": "p/m",
        })
    );
    // No other exception has members for that.
    let got = serve(&Fake::failing(error), "GET", "/async-invoke", "").await;
    assert_eq!(got.json().as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_is_to_wait_is_told_how_long_in_both_headers_that_clients_read() {
    for (delay, secs, millis) in [
        (Duration::from_secs(2), "2", "2000"),
        (Duration::from_millis(1), "1", "1"),
        (Duration::from_millis(1500), "2", "1500"),
        (Duration::ZERO, "0", "0"),
    ] {
        for retry in [
            Retry::OtherKey { delay: Some(delay) },
            Retry::OtherTarget { delay: Some(delay) },
        ] {
            let error = Error::new(Kind::RateLimited, Origin::Upstream, "slow").with_retry(retry);
            let got = converse(&Fake::failing(error)).await;
            assert_eq!(got.header("retry-after"), Some(secs));
            assert_eq!(got.header("x-amz-retry-after"), Some(millis));
        }
    }
    for retry in [Retry::Never, Retry::OtherKey { delay: None }] {
        let error = Error::new(Kind::RateLimited, Origin::Upstream, "slow").with_retry(retry);
        let got = converse(&Fake::failing(error)).await;
        assert_eq!(got.header("retry-after"), None);
        assert_eq!(got.header("x-amz-retry-after"), None);
    }
}

#[tokio::test]
async fn a_spent_budget_is_a_quota_where_the_operation_models_one() {
    let error = Error::new(Kind::GatewayBudget, Origin::Gateway, "spent");
    for (target, expected) in [
        ("/model/m/invoke", (400, "ServiceQuotaExceededException")),
        (
            "/guardrail/g/version/1/apply",
            (400, "ServiceQuotaExceededException"),
        ),
        ("/model/m/converse", (403, "AccessDeniedException")),
        ("/model/m/count-tokens", (403, "AccessDeniedException")),
    ] {
        let got = serve(&Fake::failing(error.clone()), "POST", target, "{}").await;
        let (status, name, _) = got.error();
        assert_eq!((status, name.as_str()), expected, "{target}");
    }
}

#[tokio::test]
async fn what_an_operation_does_not_model_has_a_stand_in() {
    let upstream = |kind| Error::new(kind, Origin::Upstream, "their words");
    for (kind, target, expected) in [
        // Another try may help, so the stand-in is one that clients try again.
        (
            Kind::Timeout,
            "/model/m/count-tokens",
            (503, "ServiceUnavailableException"),
        ),
        (
            Kind::ModelLoading,
            "/guardrail-checks/invoke",
            (503, "ServiceUnavailableException"),
        ),
        (
            Kind::AuthUpstream,
            "/model/m/count-tokens",
            (403, "AccessDeniedException"),
        ),
        (
            Kind::Protocol,
            "/model/m/count-tokens",
            (400, "ValidationException"),
        ),
        (
            Kind::ModelNotFound,
            "/guardrail-checks/invoke",
            (400, "ValidationException"),
        ),
    ] {
        let got = serve(&Fake::failing(upstream(kind)), "POST", target, "{}").await;
        let (status, name, _) = got.error();
        assert_eq!((status, name.as_str()), expected, "{kind:?} at {target}");
    }
    // The control plane models none of these either.
    for (kind, name) in [
        (Kind::Overloaded, "InternalServerException"),
        (Kind::Timeout, "InternalServerException"),
        (Kind::AuthUpstream, "AccessDeniedException"),
    ] {
        let got = serve(
            &Fake::failing(upstream(kind)),
            "GET",
            "/foundation-models",
            "",
        )
        .await;
        assert_eq!(got.error().1, name, "{kind:?}");
    }
}
