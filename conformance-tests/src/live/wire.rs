//! Writes the hand-written answers of the scenarios as AWS would, with AWS's own event-stream library, or as other providers
//! would, in server-sent events.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::Bytes;
use serde_json::{Value, json};

use super::scenario::{WireAnswer, WireFrame};

/// An answer ready to be sent: each piece of the body goes out as one chunk.
#[derive(Debug, Clone)]
pub struct Written {
    /// The status.
    pub status: u16,
    /// Every header but the request id, the date and those of the connection.
    pub headers: Vec<(String, String)>,
    /// One piece for a plain body, one a frame or an event for a stream.
    pub pieces: Vec<Bytes>,
    /// Whether the length is told in advance, as is done for all but streams.
    pub sized: bool,
}

/// # Errors
/// What of the answer cannot be written.
pub fn answer(answer: &WireAnswer) -> Result<Written, String> {
    let (content_type, pieces, sized) = match answer {
        WireAnswer {
            frames: Some(frames),
            ..
        } => {
            let pieces = frames.iter().map(frame).collect::<Result<_, _>>()?;
            ("application/vnd.amazon.eventstream", pieces, false)
        }
        WireAnswer {
            sse: Some(events), ..
        } => (
            "text/event-stream",
            events.iter().map(event).collect(),
            false,
        ),
        WireAnswer {
            text: Some(text), ..
        } => ("application/json", vec![Bytes::from(text.clone())], true),
        WireAnswer {
            json: Some(document),
            ..
        } => (
            "application/json",
            vec![Bytes::from(document.to_string())],
            true,
        ),
        WireAnswer { .. } => ("application/json", Vec::new(), true),
    };
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !answer
        .headers
        .keys()
        .any(|name| name.eq_ignore_ascii_case("content-type"))
    {
        headers.push(("Content-Type".to_owned(), content_type.to_owned()));
    }
    Ok(Written {
        status: answer.status,
        headers,
        pieces,
        sized,
    })
}

/// One frame with its headers in the order of every recorded frame: the kind's name, the content type, the kind.
fn frame(frame: &WireFrame) -> Result<Bytes, String> {
    let (kind, name, type_header) = match (&frame.event, &frame.exception) {
        (Some(name), None) => ("event", name, ":event-type"),
        (None, Some(name)) => ("exception", name, ":exception-type"),
        _ => return Err("a frame is an event or an exception".to_owned()),
    };
    let payload = match (&frame.json, &frame.chunk) {
        (Some(document), None) => document.to_string(),
        (None, Some(document)) => chunk(document).to_string(),
        _ => return Err(format!("the frame {name} has no payload, or two")),
    };
    let text = |text: &str| HeaderValue::String(text.to_owned().into());
    let message = Message::new(Bytes::from(payload))
        .add_header(Header::new(type_header, text(name)))
        .add_header(Header::new(":content-type", text("application/json")))
        .add_header(Header::new(":message-type", text(kind)));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).map_err(|error| error.to_string())?;
    Ok(Bytes::from(bytes))
}

/// One server-sent event. Anthropic names each by its type, OpenAI none.
fn event(data: &Value) -> Bytes {
    let text = match data {
        Value::String(text) => text.clone(),
        document => document.to_string(),
    };
    match data.get("type").and_then(Value::as_str) {
        Some(name) => format!("event: {name}\ndata: {text}\n\n").into(),
        None => format!("data: {text}\n\n").into(),
    }
}

/// The payload of a `chunk` event, with the padding that AWS adds.
fn chunk(document: &Value) -> Value {
    json!({ "bytes": base64_simd::STANDARD.encode_to_string(document.to_string()), "p": "abcdefghijk" })
}
