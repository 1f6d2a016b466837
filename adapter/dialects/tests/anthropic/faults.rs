//! What an error says: the types of the reference (docs.claude.com, "Errors"), texts that the server is known to say, and what
//! stands between.

use dialects::anthropic::decode_fault;
use llm::Kind;
use serde_json::json;

/// Checks the kind of an error of that type and text.
#[track_caller]
fn check(status: u16, kind: &str, message: &str, expected: Kind) {
    let body = json!({
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy",
    });
    let fault = decode_fault(status, body.to_string().as_bytes());
    assert_eq!(fault.kind, expected, "{status} {kind}: {message}");
    assert_eq!(fault.message, message);
    assert_eq!(fault.code.as_deref(), Some(kind));
}

#[test]
fn every_type_of_the_reference_has_its_kind() {
    check(
        400,
        "invalid_request_error",
        "max_tokens: Field required",
        Kind::InvalidRequest,
    );
    check(
        401,
        "authentication_error",
        "invalid x-api-key",
        Kind::AuthUpstream,
    );
    check(402, "billing_error", "payment", Kind::QuotaExhausted);
    check(403, "permission_error", "no", Kind::PermissionUpstream);
    check(
        404,
        "not_found_error",
        "model: claude-0",
        Kind::ModelNotFound,
    );
    check(
        413,
        "request_too_large",
        "Request exceeds the maximum size",
        Kind::BodyTooLarge,
    );
    check(
        429,
        "rate_limit_error",
        "This request would exceed your account's rate limit.",
        Kind::RateLimited,
    );
    check(
        500,
        "api_error",
        "Internal server error",
        Kind::UpstreamInternal,
    );
    check(504, "timeout_error", "Request timed out", Kind::Timeout);
    check(529, "overloaded_error", "Overloaded", Kind::Overloaded);
}

#[test]
fn a_type_counts_in_a_stream_too_which_began_with_200() {
    check(200, "overloaded_error", "Overloaded", Kind::Overloaded);
    check(
        200,
        "api_error",
        "Internal server error",
        Kind::UpstreamInternal,
    );
    check(200, "rate_limit_error", "slow", Kind::RateLimited);
}

#[test]
fn texts_say_more_than_their_type() {
    const INVALID: &str = "invalid_request_error";
    const RATE: &str = "rate_limit_error";
    for (status, kind, message, expected) in [
        (
            400,
            INVALID,
            "prompt is too long: 210021 tokens > 200000 maximum",
            Kind::ContextTooLong,
        ),
        (
            400,
            INVALID,
            "input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000, decrease input length or `max_tokens` and try again",
            Kind::ContextTooLong,
        ),
        (
            400,
            INVALID,
            "Output blocked by content filtering policy",
            Kind::ContentBlocked,
        ),
        (
            400,
            INVALID,
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
            Kind::QuotaExhausted,
        ),
        (
            400,
            INVALID,
            "You have reached your specified API usage limits. You will regain access on 2026-04-01 at 00:00 UTC.",
            Kind::QuotaExhausted,
        ),
        (
            429,
            RATE,
            "This request would exceed the rate limit for your organization of 20,000 input tokens per minute.",
            Kind::TokenRateLimited,
        ),
        (
            429,
            RATE,
            "Number of requests has exceeded your rate limit",
            Kind::RateLimited,
        ),
        (
            429,
            RATE,
            "Extra usage is required for long context requests.",
            Kind::QuotaExhausted,
        ),
    ] {
        check(status, kind, message, expected);
    }
}

#[test]
fn without_a_known_type_the_status_speaks() {
    for (status, expected) in [
        (200, Kind::Protocol),
        (302, Kind::Protocol),
        (400, Kind::InvalidRequest),
        (401, Kind::AuthUpstream),
        (402, Kind::QuotaExhausted),
        (403, Kind::PermissionUpstream),
        (404, Kind::ModelNotFound),
        (408, Kind::Timeout),
        (413, Kind::BodyTooLarge),
        (418, Kind::Protocol),
        (429, Kind::RateLimited),
        (500, Kind::UpstreamInternal),
        (502, Kind::Overloaded),
        (503, Kind::Overloaded),
        (504, Kind::Timeout),
        (529, Kind::Overloaded),
    ] {
        check(status, "newer_error", "new", expected);
        let page = decode_fault(status, b"<html><body>502 Bad Gateway</body></html>");
        // A page is not the provider's, which alone knows models, accounts and requests.
        let expected_of_a_page = match status {
            400 | 402 | 403 | 404 | 413 => Kind::Protocol,
            _ => expected,
        };
        assert_eq!(page.kind, expected_of_a_page, "{status}");
        let said = format!("The model provider answered with status {status} and no message.");
        assert_eq!(page.message, said);
        assert_eq!(decode_fault(status, b"").kind, expected, "{status}");
    }
}

#[test]
fn other_shapes_are_read_as_far_as_they_go() {
    let said = |body: &str| {
        let fault = decode_fault(400, body.as_bytes());
        (fault.message, fault.code)
    };
    let plain = |text: &str| (text.to_owned(), None);
    assert_eq!(said(r#"{"error": "no such key"}"#), plain("no such key"));
    assert_eq!(said(r#"{"message": "bad"}"#), plain("bad"));
    assert_eq!(said(r#"{"detail": "bad"}"#), plain("bad"));
    assert_eq!(
        said(r#"{"detail": [{"loc": ["body"]}]}"#),
        plain(r#"[{"loc": ["body"]}]"#)
    );
    assert_eq!(
        said("upstream connect error"),
        plain("upstream connect error")
    );
    assert_eq!(
        said(r#"{"error": {"error": {"type": "api_error", "message": "deep"}}}"#),
        ("deep".to_owned(), Some("api_error".to_owned()))
    );
    assert_eq!(
        said(r#"{"type": 1, "error": {"type": null, "message": "odd"}}"#),
        plain("odd")
    );
}

#[test]
fn a_text_without_end_is_cut() {
    let body = json!({"error": {"type": "api_error", "message": "\u{e9}".repeat(100_000)}});
    let fault = decode_fault(500, body.to_string().as_bytes());
    assert_eq!(fault.message, "\u{e9}".repeat(4096));
}
