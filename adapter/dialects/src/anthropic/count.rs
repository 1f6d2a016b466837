//! Requests whose tokens are to be counted.

use llm::chat::Request;
use rest_json::json;

use super::plain::{need, required};
use super::request::encode_counted;
use crate::Error;
use crate::wire::readable;

readable! {
    /// How many tokens a request has.
    Count {
        input_tokens: "input_tokens" => i64,
    }
}

/// Writes a request whose tokens are to be counted.
pub fn encode_count_request(model: &str, request: &Request) -> Vec<u8> {
    encode_counted(model, request)
}

/// Reads the number of tokens of a request.
///
/// # Errors
/// [`Error::Body`]: the body is not what the format says.
///
/// ```
/// assert_eq!(dialects::anthropic::decode_count(br#"{"input_tokens":671}"#), Ok(671));
/// ```
pub fn decode_count(body: &[u8]) -> Result<u64, Error> {
    let Count {
        input_tokens,
        unknown: _,
    } = json::from_slice(body)?;
    let tokens = need(input_tokens, required!("input_tokens"))?;
    u64::try_from(tokens).map_err(|_| Error::at(&["input_tokens"], "a number below zero"))
}
