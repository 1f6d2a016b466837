//! Bodies of this format for another server that speaks it: the caller's own text with three or four members set or taken out.

use rest_json::Document;

use super::request::{BETAS, decode_betas};
use crate::Error;
use crate::members::{Edit, Members};

/// A request in this format, edited to go out: everything it says but who serves it and how stays as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The body.
    pub body: Vec<u8>,
    /// Names of features that go into the header `anthropic-beta`.
    pub betas: Vec<String>,
}

/// The caller's own body for another server of this format: `model` set, `stream` set or taken out, and what is of Bedrock only
/// (`anthropic_version`, `anthropic_beta`) taken out. Every other byte stays.
///
/// # Errors
/// [`Error::Body`]: the body is no JSON object, or its features are no names.
///
/// ```
/// use dialects::anthropic::forward_request;
///
/// let body = br#"{"anthropic_version": "bedrock-2023-05-31", "top_k": 5.0, "anthropic_beta": ["a"]}"#;
/// let sent = forward_request(body, "claude-sonnet-5", true)?;
/// assert_eq!(sent.body, br#"{"top_k": 5.0,"model":"claude-sonnet-5","stream":true}"#);
/// assert_eq!(sent.betas, ["a"]);
/// # Ok::<(), dialects::Error>(())
/// ```
pub fn forward_request(body: &[u8], model: &str, stream: bool) -> Result<Forward, Error> {
    let text =
        std::str::from_utf8(body).map_err(|_| Error::at(&[], "not valid JSON (not UTF-8)"))?;
    let members = Members::of(text)?;
    let betas = match members.last(BETAS) {
        Some(value) => decode_betas(value).map_err(|error| error.within(BETAS))?,
        None => Vec::new(),
    };
    let streams = if stream {
        Edit::Set(Document::of(&true))
    } else {
        Edit::Remove
    };
    let edits = [
        ("model", Edit::Set(Document::of(model))),
        ("stream", streams),
        ("anthropic_version", Edit::Remove),
        (BETAS, Edit::Remove),
    ];
    Ok(Forward {
        body: members.edited(&edits).into_bytes(),
        betas,
    })
}
