//! Errors before the head, in the words of OpenAI and of the servers that speak its format, each as its documentation or its
//! source has them.

use std::time::Duration;

use llm::{Error, Kind, Op, Origin, Retry};
use providers::http::Network;

use crate::calling::{call, saying_hello, send};
use crate::subject::{KEY, OPENAI};
use crate::upstream::{Upstream, answer};

async fn refused(status: u16, headers: &[(&str, &str)], body: &str) -> Error {
    let upstream = Upstream::saying(answer(status, headers, body)).await;
    let provider = (OPENAI.provider)(upstream.uri(""), Network::default());
    let answered = send(&*provider, &call(Op::Chat, saying_hello())).await;
    let error = answered.expect_err("a refusal");
    assert_eq!(error.origin(), Origin::Upstream);
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.resource(), Some("the-provider/the-model"));
    assert!(error.native().is_none(), "these are not Bedrock's words");
    error
}

fn error_of(kind: &str, code: &str, message: &str) -> String {
    format!(r#"{{"error":{{"message":"{message}","type":"{kind}","param":null,"code":"{code}"}}}}"#)
}

const KEYS: Retry = Retry::OtherKey { delay: None };
const TARGETS: Retry = Retry::OtherTarget { delay: None };

#[tokio::test]
async fn each_error_of_openai_has_its_kind_and_its_next_try() {
    let invalid = "invalid_request_error";
    for (status, kind, code, message, expected, retry) in [
        (
            400,
            invalid,
            "context_length_exceeded",
            "This model's maximum context length is 8192 tokens.",
            Kind::ContextTooLong,
            TARGETS,
        ),
        (
            400,
            invalid,
            "string_above_max_length",
            "string too long",
            Kind::ContextTooLong,
            TARGETS,
        ),
        (
            400,
            invalid,
            "unsupported_parameter",
            "Unsupported parameter: 'max_tokens'",
            Kind::InvalidRequest,
            Retry::Never,
        ),
        (
            400,
            invalid,
            "invalid_value",
            "x",
            Kind::InvalidRequest,
            Retry::Never,
        ),
        (
            400,
            invalid,
            "invalid_function_parameters",
            "x",
            Kind::InvalidRequest,
            Retry::Never,
        ),
        (
            400,
            invalid,
            "image_parse_error",
            "x",
            Kind::InvalidRequest,
            Retry::Never,
        ),
        (
            400,
            invalid,
            "content_policy_violation",
            "x",
            Kind::ContentBlocked,
            Retry::Never,
        ),
        (
            401,
            invalid,
            "invalid_api_key",
            "Incorrect API key provided",
            Kind::AuthUpstream,
            KEYS,
        ),
        (
            403,
            invalid,
            "unsupported_country_region_territory",
            "x",
            Kind::PermissionUpstream,
            KEYS,
        ),
        (
            404,
            invalid,
            "model_not_found",
            "The model `x` does not exist",
            Kind::ModelNotFound,
            TARGETS,
        ),
        (
            429,
            "tokens",
            "rate_limit_exceeded",
            "Rate limit reached",
            Kind::TokenRateLimited,
            KEYS,
        ),
        (
            429,
            "requests",
            "rate_limit_exceeded",
            "Rate limit reached",
            Kind::RateLimited,
            KEYS,
        ),
        (
            429,
            "insufficient_quota",
            "insufficient_quota",
            "You exceeded your current quota",
            Kind::QuotaExhausted,
            KEYS,
        ),
        (
            429,
            "x",
            "billing_hard_limit_reached",
            "x",
            Kind::QuotaExhausted,
            KEYS,
        ),
        (
            500,
            "server_error",
            "",
            "x",
            Kind::UpstreamInternal,
            TARGETS,
        ),
        (
            503,
            "server_error",
            "",
            "The engine is currently overloaded",
            Kind::Overloaded,
            TARGETS,
        ),
    ] {
        let error = refused(status, &[], &error_of(kind, code, message)).await;
        assert_eq!(error.kind(), expected, "{status} {kind} {code} {message}");
        assert_eq!(error.retry(), retry, "{status} {kind} {code} {message}");
    }
}

#[tokio::test]
async fn each_error_of_the_other_servers_has_its_kind() {
    for (server, status, body, expected) in [
        (
            "Azure",
            400,
            r#"{"error":{"code":"content_filter","message":"x","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            Kind::ContentBlocked,
        ),
        (
            "Azure",
            404,
            r#"{"error":{"code":"DeploymentNotFound","message":"x"}}"#,
            Kind::ModelNotFound,
        ),
        (
            "Azure",
            408,
            r#"{"error":{"code":"Timeout","message":"x"}}"#,
            Kind::Timeout,
        ),
        (
            "Azure",
            424,
            r#"{"error":{"code":"x","message":"x"}}"#,
            Kind::UpstreamInternal,
        ),
        (
            "Mistral",
            400,
            r#"{"object":"error","message":"Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length","type":"invalid_request_error","code":"3051"}"#,
            Kind::ContextTooLong,
        ),
        (
            "Mistral",
            422,
            r#"{"detail":[{"loc":["body"],"msg":"Field required"}]}"#,
            Kind::InvalidRequest,
        ),
        (
            "Mistral",
            429,
            r#"{"object":"error","message":"Service tier capacity exceeded for this model.","type":"invalid_request_error","code":"3505"}"#,
            Kind::Overloaded,
        ),
        (
            "Groq",
            413,
            r#"{"error":{"message":"Request too large for model on tokens per minute (TPM)","type":"tokens","code":"rate_limit_exceeded"}}"#,
            Kind::TokenRateLimited,
        ),
        (
            "Groq",
            413,
            r#"{"error":{"message":"Request Entity Too Large","type":"invalid_request_error"}}"#,
            Kind::BodyTooLarge,
        ),
        (
            "Groq",
            498,
            r#"{"error":{"message":"x","type":"x","code":"capacity_exceeded"}}"#,
            Kind::Overloaded,
        ),
        (
            "Groq",
            400,
            r#"{"error":{"message":"x","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"y"}}"#,
            Kind::ToolCallMalformed,
        ),
        (
            "DeepSeek",
            402,
            r#"{"error":{"message":"Insufficient Balance","type":"unknown_error"}}"#,
            Kind::QuotaExhausted,
        ),
        (
            "xAI",
            400,
            r#"{"code":"Client specified an invalid argument","error":"This model's maximum prompt length is 131072 but the request contains 140000 tokens."}"#,
            Kind::ContextTooLong,
        ),
        (
            "OpenRouter",
            403,
            r#"{"error":{"code":403,"message":"Input was flagged","metadata":{"reasons":["x"]}}}"#,
            Kind::ContentBlocked,
        ),
        (
            "OpenRouter",
            200,
            r#"{"error":{"code":502,"message":"Provider returned error","metadata":{"raw":"x"}}}"#,
            Kind::Overloaded,
        ),
        (
            "vLLM",
            400,
            r#"{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","code":400}"#,
            Kind::ContextTooLong,
        ),
        (
            "llama.cpp",
            400,
            r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#,
            Kind::ContextTooLong,
        ),
        (
            "llama.cpp",
            503,
            r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
            Kind::ModelLoading,
        ),
        (
            "Ollama",
            404,
            r#"{"error":{"message":"model \"x\" not found, try pulling it first","type":"api_error"}}"#,
            Kind::ModelNotFound,
        ),
        (
            "Ollama",
            400,
            r#"{"error":{"message":"x does not support tools","type":"api_error"}}"#,
            Kind::UnsupportedFeature,
        ),
        ("a proxy", 502, "<html>Bad Gateway</html>", Kind::Overloaded),
        ("a proxy", 404, "<html>Not Found</html>", Kind::Protocol),
        ("a proxy", 405, "", Kind::Protocol),
        ("a proxy", 307, "", Kind::Protocol),
    ] {
        let upstream = Upstream::saying(answer(status, &[], body)).await;
        let provider = (OPENAI.provider)(upstream.uri(""), Network::default());
        let answered = send(&*provider, &call(Op::Chat, saying_hello())).await;
        let error = answered.expect_err("a refusal");
        assert_eq!(error.kind(), expected, "{server} {status} {body}");
    }
}

#[tokio::test]
async fn the_wait_that_the_upstream_asks_for_is_handed_on() {
    let requests = error_of("requests", "rate_limit_exceeded", "x");
    let tokens = error_of("tokens", "rate_limit_exceeded", "x");
    let limits = [
        ("x-ratelimit-reset-requests", "1m2.5s"),
        ("x-ratelimit-reset-tokens", "6m0s"),
    ];
    let with = |name, value| [limits[0], limits[1], (name, value)];
    for (headers, body, millis) in [
        (&limits[..], &requests, 62_500),
        (&limits, &tokens, 360_000),
        (&with("retry-after", "3"), &tokens, 3_000),
        (&with("retry-after-ms", "2500"), &requests, 2_500),
    ] {
        let error = refused(429, headers, body).await;
        let delay = Some(Duration::from_millis(millis));
        assert_eq!(
            error.retry(),
            Retry::OtherKey { delay },
            "{headers:?} {body}"
        );
    }
    let error = refused(503, &limits, &error_of("server_error", "", "x")).await;
    assert_eq!(error.retry(), Retry::OtherTarget { delay: None });
}

#[tokio::test]
async fn no_secret_is_repeated() {
    let text =
        format!("Incorrect API key provided: {KEY}, sk-proj-********AbCd of org-AbCdEfGhIjKl1234.");
    let error = refused(
        401,
        &[],
        &error_of("invalid_request_error", "invalid_api_key", &text),
    )
    .await;
    assert_eq!(
        error.message(),
        "The gateway could not authenticate to the model provider."
    );
    assert_eq!(
        error.detail(),
        Some("invalid_api_key: Incorrect API key provided: ***, *** of ***.")
    );
    let text = format!("No such file: {KEY}, sk-proj-********AbCd of org-AbCdEfGhIjKl1234.");
    let body = error_of("invalid_request_error", "x", &text);
    let error = refused(400, &[], &body).await;
    assert_eq!(error.message(), "No such file: ***, *** of ***.");
}
