//! Errors before the head: the kinds, where another try may help, and what the caller may read of them.
//!
//! Types and statuses are those of the API's documentation ("Errors", "Rate limits").

use std::time::Duration;

use llm::{Error, Kind, Op, Origin, Retry};
use providers::http::Network;

use crate::calling::{call, saying_hello, send};
use crate::subject::{ANTHROPIC, KEY};
use crate::upstream::{Upstream, answer};

async fn refused(status: u16, headers: &[(&str, &str)], body: &str) -> Error {
    let upstream = Upstream::saying(answer(status, headers, body)).await;
    let provider = (ANTHROPIC.provider)(upstream.uri(""), Network::default());
    let answered = send(&*provider, &call(Op::Chat, saying_hello())).await;
    let error = answered.expect_err("a refusal");
    assert_eq!(error.origin(), Origin::Upstream);
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.resource(), Some("the-provider/the-model"));
    assert!(error.native().is_none(), "these are not Bedrock's words");
    error
}

fn error_of(kind: &str, message: &str) -> String {
    format!(
        r#"{{"type":"error","error":{{"type":"{kind}","message":"{message}"}},"request_id":"req_011"}}"#
    )
}

const KEYS: Retry = Retry::OtherKey { delay: None };
const TARGETS: Retry = Retry::OtherTarget { delay: None };

#[tokio::test]
async fn each_error_has_its_kind_and_its_next_try() {
    for (status, kind, message, expected, retry) in [
        (
            400,
            "invalid_request_error",
            "max_tokens: Field required",
            Kind::InvalidRequest,
            Retry::Never,
        ),
        (
            400,
            "invalid_request_error",
            "prompt is too long: 208310 tokens > 200000 maximum",
            Kind::ContextTooLong,
            TARGETS,
        ),
        (
            400,
            "invalid_request_error",
            "input length and `max_tokens` exceed context limit: 198000 + 8192 > 200000",
            Kind::ContextTooLong,
            TARGETS,
        ),
        (
            400,
            "invalid_request_error",
            "Output blocked by content filtering policy",
            Kind::ContentBlocked,
            Retry::Never,
        ),
        (
            400,
            "invalid_request_error",
            "Your credit balance is too low to access the Anthropic API.",
            Kind::QuotaExhausted,
            KEYS,
        ),
        (
            401,
            "authentication_error",
            "invalid x-api-key",
            Kind::AuthUpstream,
            KEYS,
        ),
        (402, "billing_error", "x", Kind::QuotaExhausted, KEYS),
        (403, "permission_error", "x", Kind::PermissionUpstream, KEYS),
        (
            404,
            "not_found_error",
            "model: the-model",
            Kind::ModelNotFound,
            TARGETS,
        ),
        (408, "timeout_error", "x", Kind::Timeout, TARGETS),
        (
            413,
            "request_too_large",
            "Request exceeds the maximum size",
            Kind::BodyTooLarge,
            Retry::Never,
        ),
        (
            429,
            "rate_limit_error",
            "Number of request per minute has exceeded your limit",
            Kind::RateLimited,
            KEYS,
        ),
        (
            429,
            "rate_limit_error",
            "This request would exceed your rate limit of 40,000 input tokens per minute",
            Kind::TokenRateLimited,
            KEYS,
        ),
        (
            500,
            "api_error",
            "Internal server error",
            Kind::UpstreamInternal,
            TARGETS,
        ),
        (503, "", "x", Kind::Overloaded, TARGETS),
        (504, "timeout_error", "x", Kind::Timeout, TARGETS),
        (
            529,
            "overloaded_error",
            "Overloaded",
            Kind::Overloaded,
            TARGETS,
        ),
    ] {
        let error = refused(status, &[], &error_of(kind, message)).await;
        assert_eq!(error.kind(), expected, "{status} {kind} {message}");
        assert_eq!(error.retry(), retry, "{status} {kind} {message}");
    }
}

#[tokio::test]
async fn what_the_caller_can_mend_is_told_in_the_providers_words() {
    let error = refused(
        400,
        &[],
        &error_of("invalid_request_error", "max_tokens: Field required"),
    )
    .await;
    assert_eq!(error.message(), "max_tokens: Field required");
    let error = refused(529, &[], &error_of("overloaded_error", "Overloaded")).await;
    assert_eq!(error.message(), "Overloaded");
}

#[tokio::test]
async fn what_is_of_the_operators_account_is_for_the_log() {
    for (status, kind) in [
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (429, "rate_limit_error"),
    ] {
        let text = format!(
            "the key {KEY} of org-AbCdEfGhIjKl1234 at https://a.example/b?key=secret says no"
        );
        let error = refused(status, &[], &error_of(kind, &text)).await;
        assert!(!error.message().contains("says no"), "{}", error.message());
        let detail = error.detail().expect("details for the log");
        assert_eq!(
            detail,
            format!("{kind}: the key *** of *** at https://a.example/b?*** says no")
        );
    }
}

#[tokio::test]
async fn no_secret_is_repeated() {
    let text =
        format!("{KEY} sk-ant-api03-AbCd1234-efgh org-AbCdEfGhIjKl1234 https://a.example/b?sig=1");
    let error = refused(400, &[], &error_of("invalid_request_error", &text)).await;
    assert_eq!(error.message(), "*** *** *** https://a.example/b?***");
}

#[tokio::test]
async fn a_fault_inside_names_the_upstreams_id_and_repeats_nothing() {
    let headers = [("request-id", "req_011CSHoEeqs5C35K2UUqR7Fy")];
    let error = refused(
        500,
        &headers,
        &error_of("api_error", "you said: the prompt"),
    )
    .await;
    assert_eq!(
        error.message(),
        "The model provider failed. Its id of the request: req_011CSHoEeqs5C35K2UUqR7Fy"
    );
    assert!(!format!("{error} {error:?}").contains("the prompt"));
}

#[tokio::test]
async fn the_wait_that_the_upstream_asks_for_is_handed_on() {
    let body = error_of("rate_limit_error", "x");
    let error = refused(429, &[("retry-after", "17")], &body).await;
    let delay = Some(Duration::from_secs(17));
    assert_eq!(error.retry(), Retry::OtherKey { delay });
    let body = error_of("overloaded_error", "x");
    let error = refused(529, &[("retry-after", "17")], &body).await;
    assert_eq!(error.retry(), Retry::OtherTarget { delay });
}

#[tokio::test]
async fn what_is_not_the_apis_goes_by_its_status() {
    for (status, body, expected) in [
        (400, "", Kind::InvalidRequest),
        (302, "", Kind::Protocol),
        (405, "{}", Kind::Protocol),
        (502, "<html>Bad Gateway</html>", Kind::Overloaded),
        (504, "upstream request timeout", Kind::Timeout),
        (520, "error code: 520", Kind::UpstreamInternal),
    ] {
        let error = refused(status, &[], body).await;
        assert_eq!(error.kind(), expected, "{status} {body}");
        assert!(!error.message().contains('<'));
    }
}
