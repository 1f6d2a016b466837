//! What an answer that is an error says: its type and its text, read by one table of what they mean.
//!
//! Knows no retry and no HTTP beyond the status; the texts may hold secrets, which whoever tells them takes out.

use llm::Kind;
use rest_json::Document;

use super::plain::parse;
use crate::Fault;
use crate::wire::readable;

readable! {
    /// `{"type":"error","error":{"type","message"},"request_id"}`; proxies also send `{"error":"..."}`, `{"message":"..."}` and
    /// `{"detail":"..."}`.
    Shape {
        kind: "type" => Document,
        error: "error" => Document,
        message: "message" => Document,
        detail: "detail" => Document,
    }
}

/// As much of a provider's text as anybody reads.
const LIMIT_CHARS: usize = 4096;

/// How deep errors nest.
const LIMIT_LEVELS: usize = 4;

/// What an error says.
#[derive(Debug, Default)]
struct Words {
    /// The innermost type.
    code: Option<String>,
    message: String,
}

/// What an answer that is an error says. `status` is its HTTP status; for an error inside an answer of 200, that of its code or 200.
///
/// ```
/// let body = br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
/// assert_eq!(dialects::anthropic::decode_fault(529, body).kind, llm::Kind::Overloaded);
/// ```
pub fn decode_fault(status: u16, body: &[u8]) -> Fault {
    let text = String::from_utf8_lossy(body);
    let mut words = Words::default();
    let is_page = text.trim_start().starts_with('<');
    match Document::new(&text) {
        Ok(document) => words.read(&document, LIMIT_LEVELS),
        // A page that some proxy made says nothing that anybody could use.
        Err(_) if is_page => {}
        Err(_) => text.trim().clone_into(&mut words.message),
    }
    let kind = match status {
        // Whoever makes pages is not the provider, which alone knows models, accounts and requests.
        400..=499 if is_page && !matches!(status, 401 | 408 | 429) => Kind::Protocol,
        _ => kind_of_words(&words).unwrap_or_else(|| kind_of_status(status)),
    };
    Fault {
        kind,
        message: shown(status, &words.message),
        code: words.code,
    }
}

impl Words {
    fn read(&mut self, document: &Document, n_levels: usize) {
        let Some(n_levels) = n_levels.checked_sub(1) else {
            return;
        };
        if let Ok(text) = document.parse::<String>() {
            if self.message.is_empty() {
                self.message = text;
            }
            return;
        }
        // A shape that is not known says nothing but itself.
        let Ok(shape) = parse::<Shape>(document.as_str()) else {
            return document.as_str().clone_into(&mut self.message);
        };
        let Shape {
            kind,
            error,
            message,
            detail,
            unknown: _,
        } = shape;
        // The outer type says only that it is an error.
        let kind = kind.and_then(|kind| kind.parse::<String>().ok());
        self.code = kind.filter(|kind| kind != "error").or(self.code.take());
        for inner in [message, error, detail].into_iter().flatten() {
            self.read(&inner, n_levels);
        }
    }
}

/// The provider's text, or a text for it where it has none.
fn shown(status: u16, message: &str) -> String {
    if message.is_empty() {
        return format!("The model provider answered with status {status} and no message.");
    }
    message.chars().take(LIMIT_CHARS).collect()
}

/// Where a row looks.
#[derive(Clone, Copy)]
enum In {
    /// The type is this.
    Type(&'static str),
    /// The text holds this, without regard to case.
    Text(&'static str),
    /// The type is the first and the text holds the second.
    Both(&'static str, &'static str),
}

/// What the words mean; none where they are not in the table.
fn kind_of_words(words: &Words) -> Option<Kind> {
    let text = words.message.to_lowercase();
    let is_type = |kind: &str| words.code.as_deref() == Some(kind);
    let is_met = |place: In| match place {
        In::Type(kind) => is_type(kind),
        In::Text(part) => text.contains(part),
        In::Both(kind, part) => is_type(kind) && text.contains(part),
    };
    let row = ROWS.iter().find(|(place, _)| is_met(*place));
    row.map(|(_, kind)| *kind)
}

const RATE: &str = "rate_limit_error";

/// The first row that fits counts. Types are those of Anthropic's reference (errors); texts are what its server is known to say.
#[rustfmt::skip]
const ROWS: &[(In, Kind)] = &[
    (In::Text("prompt is too long"), Kind::ContextTooLong),
    (In::Text("input length and `max_tokens` exceed"), Kind::ContextTooLong),
    (In::Text("exceed context limit"), Kind::ContextTooLong),
    // Servers that pass on what Bedrock said.
    (In::Text("input is too long"), Kind::ContextTooLong),
    (In::Text("output blocked by content filtering policy"), Kind::ContentBlocked),
    (In::Text("credit balance is too low"), Kind::QuotaExhausted),
    (In::Text("reached your specified api usage limits"), Kind::QuotaExhausted),
    // Waiting does not help: the account has to pay for the larger window.
    (In::Both(RATE, "required for long context requests"), Kind::QuotaExhausted),
    (In::Both(RATE, "token"), Kind::TokenRateLimited),
    (In::Type(RATE), Kind::RateLimited),
    (In::Type("invalid_request_error"), Kind::InvalidRequest),
    (In::Type("authentication_error"), Kind::AuthUpstream),
    (In::Type("billing_error"), Kind::QuotaExhausted),
    (In::Type("permission_error"), Kind::PermissionUpstream),
    (In::Type("not_found_error"), Kind::ModelNotFound),
    (In::Type("request_too_large"), Kind::BodyTooLarge),
    (In::Type("api_error"), Kind::UpstreamInternal),
    (In::Type("timeout_error"), Kind::Timeout),
    (In::Type("overloaded_error"), Kind::Overloaded),
];

/// What a status says where no words do.
fn kind_of_status(status: u16) -> Kind {
    match status {
        400 | 422 => Kind::InvalidRequest,
        401 => Kind::AuthUpstream,
        402 => Kind::QuotaExhausted,
        403 => Kind::PermissionUpstream,
        404 => Kind::ModelNotFound,
        408 | 504 => Kind::Timeout,
        413 => Kind::BodyTooLarge,
        429 => Kind::RateLimited,
        // What proxies say of a server that is down or busy, and Anthropic of itself.
        502 | 503 | 529 => Kind::Overloaded,
        500..=599 => Kind::UpstreamInternal,
        _ => Kind::Protocol,
    }
}
