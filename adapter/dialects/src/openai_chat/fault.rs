//! What an answer that is an error says: one reader for all the shapes that servers of this format use, one table of their words.
//!
//! Knows no retry and no HTTP beyond the status; the texts may hold secrets, which whoever tells them takes out.

mod words;

use llm::Kind;
use rest_json::Document;

use crate::Fault;
use words::{Words, kind_of_words};

/// As much of a provider's text as anybody reads.
const LIMIT_CHARS: usize = 4096;

/// What an answer that is an error says. `status` is its HTTP status; for an error inside an answer of 200, that of its code or 200.
///
/// ```
/// let body = br#"{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}"#;
/// assert_eq!(dialects::openai_chat::decode_fault(429, body).kind, llm::Kind::RateLimited);
/// ```
pub fn decode_fault(status: u16, body: &[u8]) -> Fault {
    let text = String::from_utf8_lossy(body);
    match Document::new(&text) {
        Ok(document) => fault(status, Words::of(&document)),
        Err(_) => unreadable(status, text.trim()),
    }
}

/// What the value of a member `error` says.
pub(super) fn fault_of(status: u16, error: &Document) -> Fault {
    fault(status, Words::of(error))
}

fn fault(status: u16, words: Words) -> Fault {
    let status = words.status.unwrap_or(status);
    let kind = kind_of_words(status, &words).unwrap_or_else(|| kind_of_status(status));
    Fault {
        kind,
        message: shown(status, &words.message),
        code: words.codes.into_iter().next(),
    }
}

/// An error that is not JSON: a page of HTML that some proxy made, or plain text.
fn unreadable(status: u16, text: &str) -> Fault {
    let is_page = text.starts_with('<');
    // A proxy's page about a busy server is as good as the server's own word; about anything else it says nothing.
    let kind = match status {
        0..=399 => Kind::Protocol,
        400..=499 if is_page && !matches!(status, 401 | 408 | 429) => Kind::Protocol,
        _ => {
            let words = Words {
                message: text.to_owned(),
                ..Words::default()
            };
            kind_of_words(status, &words).unwrap_or_else(|| kind_of_status(status))
        }
    };
    Fault {
        kind,
        message: shown(status, if is_page { "" } else { text }),
        code: None,
    }
}

/// The provider's text, or a text for it where it has none.
fn shown(status: u16, message: &str) -> String {
    if message.is_empty() {
        return format!("The model provider answered with status {status} and no message.");
    }
    message.chars().take(LIMIT_CHARS).collect()
}

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
        // Groq: the capacity for flexible requests is used up.
        498 => Kind::Overloaded,
        499 => Kind::Interrupted,
        // OpenRouter says 502 for a provider that is down, and proxies for a server that is.
        502 | 503 | 529 => Kind::Overloaded,
        // 424: a part of the service, such as Azure's content filter, failed; 200: an error without a word that is known.
        200 | 424 | 500..=599 => Kind::UpstreamInternal,
        _ => Kind::Protocol,
    }
}
