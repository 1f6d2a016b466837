//! The answers of the simulated upstream, in the form Bedrock gives them, and the check that they came through.
//!
//! Header order, member order and the padding member `p` are those of recorded Bedrock answers.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    error::Error,
    traffic::{self, prose},
};

/// The content type of a unary answer.
pub(crate) const JSON: &str = "application/json";
/// The content type of a streamed answer.
pub(crate) const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";
/// A stream needs its start, the end of its one block, its stop, its metadata, and a delta.
pub(crate) const FEWEST_EVENTS: u32 = 5;

/// The answer to Converse, about 1 KB.
pub(crate) fn converse() -> Bytes {
    let answer = json!({
        "metrics": {"latencyMs": 1234},
        "output": {"message": {"content": [{"text": prose(800, 6)}], "role": "assistant"}},
        "stopReason": "end_turn",
        "usage": {
            "cacheReadInputTokenCount": 0,
            "cacheReadInputTokens": 0,
            "cacheWriteInputTokenCount": 0,
            "cacheWriteInputTokens": 0,
            "inputTokens": 250,
            "outputTokens": 190,
            "serverToolUsage": {},
            "totalTokens": 440,
        },
    });
    answer.to_string().into()
}

/// The frames of a ConverseStream answer of `n_events` events: one text block, in as many deltas as it takes.
pub(crate) fn converse_stream(n_events: u32) -> Result<Vec<Bytes>, Error> {
    let deltas = n_events.saturating_sub(FEWEST_EVENTS - 1).max(1);
    let mut events = vec![(
        "messageStart",
        json!({"p": padding(0), "role": "assistant"}),
    )];
    for (number, seed) in (0..deltas).zip(0_usize..) {
        let text = prose(4 + seed % 16, seed);
        let padding = padding(number);
        events.push((
            "contentBlockDelta",
            json!({"contentBlockIndex": 0, "delta": {"text": text}, "p": padding}),
        ));
    }
    events.push((
        "contentBlockStop",
        json!({"contentBlockIndex": 0, "p": padding(1)}),
    ));
    events.push((
        "messageStop",
        json!({"p": padding(2), "stopReason": "end_turn"}),
    ));
    let usage = json!({"inputTokens": 250, "outputTokens": deltas, "totalTokens": 250 + deltas});
    events.push((
        "metadata",
        json!({"metrics": {"latencyMs": 1234}, "p": padding(3), "usage": usage}),
    ));
    events
        .iter()
        .map(|(event, payload)| frame(event, payload))
        .collect()
}

/// One frame of an event stream.
pub(crate) fn frame(event: &'static str, payload: &Value) -> Result<Bytes, Error> {
    let message = [
        (":event-type", event),
        (":content-type", JSON),
        (":message-type", "event"),
    ]
    .into_iter()
    .fold(
        Message::new(payload.to_string()),
        |message, (name, value)| {
            message.add_header(Header::new(name, HeaderValue::String(value.into())))
        },
    );
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).map_err(Error::doing("cannot build a frame"))?;
    Ok(bytes.into())
}

/// Bedrock pads every event with a prefix of this alphabet of 2 to 61 characters.
fn padding(number: u32) -> String {
    let length = 2 + number * 7 % 60;
    ('a'..='z')
        .chain('A'..='Z')
        .chain('0'..='9')
        .zip(0..length)
        .map(|(c, _)| c)
        .collect()
}

/// Compares an answer with the expected bytes as it arrives.
#[derive(Debug)]
pub(crate) struct ByteCheck<'a> {
    expected: &'a [u8],
    offset: usize,
}

impl<'a> ByteCheck<'a> {
    pub(crate) fn new(expected: &'a [u8]) -> Self {
        Self {
            expected,
            offset: 0,
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let end = self.offset + bytes.len();
        if self.expected.get(self.offset..end) != Some(bytes) {
            let at = self.offset;
            return Err(Error::new(format!(
                "the answer differs within bytes {at} to {end}"
            )));
        }
        self.offset = end;
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        let (found, expected) = (self.offset, self.expected.len());
        if found == expected {
            Ok(())
        } else {
            Err(Error::new(format!(
                "the answer ends after {found} of {expected} bytes"
            )))
        }
    }
}

/// Checks that `body` is a whole Converse answer that repeats the last text of the small request.
pub(crate) fn check_echo(body: &[u8]) -> Result<(), Error> {
    let answer: Value =
        serde_json::from_slice(body).map_err(Error::doing("the answer is not JSON"))?;
    let at = |pointer: &str| answer.pointer(pointer).unwrap_or(&Value::Null);
    let text = at("/output/message/content/0/text")
        .as_str()
        .unwrap_or_default();
    if !text.contains(&traffic::small_last_text()) {
        return Err(Error::new(
            "the answer does not repeat the last text of the request",
        ));
    }
    let complete = at("/output/message/role") == "assistant"
        && at("/stopReason") == "end_turn"
        && at("/usage/inputTokens").is_u64()
        && at("/usage/outputTokens").is_u64();
    if complete {
        Ok(())
    } else {
        Err(Error::new(
            "the answer lacks its role, its usage or the stop reason end_turn",
        ))
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_eventstream::frame::read_message_from;

    use super::*;

    #[test]
    fn a_stream_has_the_number_of_events_asked_for_in_bedrocks_order_and_form() {
        let frames = converse_stream(200).expect("frames");
        assert_eq!(frames.len(), 200);
        let mut kinds = Vec::new();
        for frame in frames {
            let mut frame: &[u8] = &frame;
            let message = read_message_from(&mut frame).expect("lengths and checksums hold");
            assert!(frame.is_empty());
            let names: Vec<_> = message
                .headers()
                .iter()
                .map(|h| h.name().as_str().to_owned())
                .collect();
            assert_eq!(names, [":event-type", ":content-type", ":message-type"]);
            let kind = message.headers()[0].value().as_string().expect("a string");
            kinds.push(kind.as_str().to_owned());
            let payload: Value = serde_json::from_slice(message.payload()).expect("JSON");
            let padding = payload["p"].as_str().expect("padding").len();
            assert!((2..=61).contains(&padding));
        }
        kinds.dedup();
        let order = [
            "messageStart",
            "contentBlockDelta",
            "contentBlockStop",
            "messageStop",
            "metadata",
        ];
        assert_eq!(kinds, order);
    }

    #[test]
    fn a_stream_is_never_shorter_than_its_parts() {
        assert_eq!(converse_stream(0).expect("frames").len(), 5);
        assert_eq!(converse_stream(FEWEST_EVENTS).expect("frames").len(), 5);
        assert_eq!(converse_stream(6).expect("frames").len(), 6);
    }

    #[test]
    fn bytes_are_compared_across_any_cut() {
        let mut check = ByteCheck::new(b"abcdef");
        check.push(b"ab").expect("equal");
        check.push(b"cdef").expect("equal");
        check.finish().expect("whole");
    }

    #[test]
    fn a_changed_a_missing_and_a_surplus_byte_are_found() {
        assert!(ByteCheck::new(b"abc").push(b"abd").is_err());
        assert!(ByteCheck::new(b"abc").push(b"abcd").is_err());
        let mut short = ByteCheck::new(b"abc");
        short.push(b"ab").expect("equal so far");
        assert!(short.finish().is_err());
    }

    #[test]
    fn an_echo_must_repeat_the_text_and_be_whole() {
        let echo = |text: &str| {
            let answer = json!({
                "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
                "stopReason": "end_turn",
                "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
            });
            check_echo(answer.to_string().as_bytes())
        };
        echo(&traffic::small_last_text()).expect("the echo");
        assert!(echo("another text").is_err());
        assert!(check_echo(&converse()).is_err());
        assert!(check_echo(b"{").is_err());
    }
}
