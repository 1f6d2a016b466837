//! Bodies of this format for another server that speaks it: the caller's own text with two or three members set.

use rest_json::Document;

use super::Quirks;
use crate::Error;
use crate::members::{Edit, Members};

/// A request in this format, edited to go out: everything it says but who serves it and how stays as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The body.
    pub body: Vec<u8>,
    /// Whether the caller itself asked for usage at the end of a stream; where not, the chunk that tells it is not the caller's.
    pub wants_usage: bool,
}

/// The caller's own body for another server of this format: `model` set, `stream` set to what the operation is, and usage asked
/// for at the end of a stream where the server can tell it. Every other byte stays.
///
/// # Errors
/// [`Error::Body`]: the body is no JSON object.
///
/// ```
/// use dialects::openai_chat::{Quirks, forward_request};
///
/// let sent = forward_request(&Quirks::OPENAI, br#"{"model": "a", "seed": 1.0}"#, "b", false)?;
/// assert_eq!(sent.body, br#"{"model": "b", "seed": 1.0}"#);
/// # Ok::<(), dialects::Error>(())
/// ```
pub fn forward_request(
    quirks: &Quirks,
    body: &[u8],
    model: &str,
    stream: bool,
) -> Result<Forward, Error> {
    let text =
        std::str::from_utf8(body).map_err(|_| Error::at(&[], "not valid JSON (not UTF-8)"))?;
    let members = Members::of(text)?;
    let options = members.last("stream_options").filter(|raw| *raw != "null");
    let wants_usage = stream && options.is_some_and(asks_for_usage);
    let mut edits = vec![("model", Edit::Set(Document::of(model)))];
    if stream {
        edits.push(("stream", Edit::Set(Document::of(&true))));
        if quirks.stream_usage
            && !wants_usage
            && let Some(asked) = with_usage(options)
        {
            edits.push(("stream_options", Edit::Set(asked)));
        }
    } else {
        edits.push(("stream", Edit::Remove));
        // OpenAI refuses options of a stream where there is none.
        edits.push(("stream_options", Edit::Remove));
    }
    Ok(Forward {
        body: members.edited(&edits).into_bytes(),
        wants_usage,
    })
}

/// Options that are no object ask for nothing.
fn asks_for_usage(options: &str) -> bool {
    let members = Members::of(options).ok();
    members.and_then(|members| members.last("include_usage")) == Some("true")
}

/// The stream's options with usage asked for; none where they are no object, which is the server's to refuse.
fn with_usage(options: Option<&str>) -> Option<Document> {
    let members = Members::of(options.unwrap_or("{}")).ok()?;
    let asked = members.edited(&[("include_usage", Edit::Set(Document::of(&true)))]);
    Document::new(&asked).ok()
}
