//! The kind of a fault by AWS's name for it, else by its status, and what the log says of it.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use llm::Kind;

/// Exceptions by name, without the `Exception` that most of them end in.
///
/// The service's model, and the authentication layer before every AWS service, whose names no model lists.
static KINDS: &[(&str, Kind)] = &[
    ("AccessDenied", Kind::PermissionUpstream),
    ("Conflict", Kind::InvalidRequest),
    ("ExpiredToken", Kind::AuthUpstream),
    ("IncompleteSignature", Kind::AuthUpstream),
    ("InternalFailure", Kind::UpstreamInternal),
    ("InternalServer", Kind::UpstreamInternal),
    ("InvalidClientTokenId", Kind::AuthUpstream),
    ("InvalidSignature", Kind::AuthUpstream),
    ("MissingAuthenticationToken", Kind::AuthUpstream),
    ("ModelError", Kind::UpstreamInternal),
    ("ModelNotReady", Kind::ModelLoading),
    ("ModelStreamError", Kind::UpstreamInternal),
    ("ModelTimeout", Kind::Timeout),
    ("RequestEntityTooLarge", Kind::BodyTooLarge),
    ("RequestExpired", Kind::AuthUpstream),
    ("RequestTimeTooSkewed", Kind::AuthUpstream),
    ("ResourceNotFound", Kind::ModelNotFound),
    ("Serialization", Kind::Malformed),
    ("ServiceQuotaExceeded", Kind::QuotaExhausted),
    ("ServiceUnavailable", Kind::Overloaded),
    ("SignatureDoesNotMatch", Kind::AuthUpstream),
    ("Throttling", Kind::RateLimited),
    ("TooManyRequests", Kind::RateLimited),
    ("UnknownOperation", Kind::NotServed),
    ("UnrecognizedClient", Kind::AuthUpstream),
    ("Validation", Kind::InvalidRequest),
];

/// Parts of texts that say more than the name does.
///
/// The texts are from recordings and public reports; where one is unknown the name alone decides.
static TEXTS: &[(Kind, &str, Kind)] = &[
    // These name the gateway's principal or its key, which is none of the caller's business.
    (Kind::PermissionUpstream, "User: arn:", Kind::AuthUpstream),
    (
        Kind::PermissionUpstream,
        "is not authorized to perform",
        Kind::AuthUpstream,
    ),
    (Kind::PermissionUpstream, "API Key", Kind::AuthUpstream),
    (Kind::PermissionUpstream, "Bearer", Kind::AuthUpstream),
    (
        Kind::PermissionUpstream,
        "security token",
        Kind::AuthUpstream,
    ),
    (Kind::RateLimited, "tokens", Kind::TokenRateLimited),
    (
        Kind::InvalidRequest,
        "The provided model identifier is invalid",
        Kind::ModelNotFound,
    ),
    (
        Kind::InvalidRequest,
        "Input is too long",
        Kind::ContextTooLong,
    ),
    (
        Kind::InvalidRequest,
        "Input Tokens Exceeded",
        Kind::ContextTooLong,
    ),
    (
        Kind::InvalidRequest,
        "prompt is too long",
        Kind::ContextTooLong,
    ),
    (
        Kind::InvalidRequest,
        "input length and `max_tokens` exceed",
        Kind::ContextTooLong,
    ),
];

/// The kind of an exception of that name; none where the name tells nothing.
pub(super) fn of_code(code: &str, text: &str) -> Option<Kind> {
    let name = code.strip_suffix("Exception").unwrap_or(code);
    // In frames the names begin with a small letter.
    let (_, kind) = KINDS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(refine(*kind, text))
}

/// The kind of an answer of that status, from AWS or from whoever answers in its place.
pub(super) fn of_status(status: StatusCode, text: &str, own: bool) -> Kind {
    let kind = match status.as_u16() {
        400 | 422 if own => Kind::InvalidRequest,
        401 => Kind::AuthUpstream,
        403 if own => Kind::PermissionUpstream,
        404 if own => Kind::ModelNotFound,
        408 | 504 => Kind::Timeout,
        413 => Kind::BodyTooLarge,
        429 => Kind::RateLimited,
        502 | 503 => Kind::Overloaded,
        500.. => Kind::UpstreamInternal,
        _ => Kind::Protocol,
    };
    refine(kind, text)
}

fn refine(kind: Kind, text: &str) -> Kind {
    TEXTS
        .iter()
        .find(|(general, part, _)| *general == kind && text.contains(part))
        .map_or(kind, |(_, _, special)| *special)
}

/// How long the upstream asks to wait: AWS's own header in milliseconds, or HTTP's in seconds. Dates are not read.
pub(super) fn retry_after(head: &HeaderMap) -> Option<Duration> {
    let number = |value: &http::HeaderValue| value.to_str().ok()?.trim().parse().ok();
    let millis = head.get("x-amz-retry-after").and_then(number);
    let secs = head.get(header::RETRY_AFTER).and_then(number);
    millis
        .map(Duration::from_millis)
        .or(secs.map(Duration::from_secs))
}

/// How much of a text the log gets.
const N_LOGGED_CHARS: usize = 300;

/// What the log says: the name, and the text only where it is about the gateway's credentials and not about the prompt.
pub(super) fn detail(kind: Kind, code: &str, text: &str) -> String {
    let code = if code.is_empty() {
        "no error type"
    } else {
        code
    };
    if kind != Kind::AuthUpstream {
        return code.to_owned();
    }
    // AWS quotes the request it would have signed, session token and all.
    let harmless = text
        .split("The Canonical String")
        .next()
        .unwrap_or_default();
    let harmless: String = harmless.chars().take(N_LOGGED_CHARS).collect();
    format!("{code}: {}", harmless.trim())
}
