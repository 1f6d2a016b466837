//! The simulated upstream as an OpenAI server, and the check that its answers came through as Converse.
//!
//! Member order and members of the answers are those of recorded answers of OpenAI's own service.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    answer::{self, ByteCheck, FEWEST_EVENTS},
    error::Error,
    traffic::prose,
};

/// The path of Chat Completions.
pub(crate) const PATH: &str = "/v1/chat/completions";
/// The content type of a streamed answer.
pub(crate) const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";

const ID: &str = "chatcmpl-BzQ4m8xJ2kTnVd7rYw3cLfHs9pGaE";
const MODEL: &str = "gpt-4o-2024-08-06";
const CREATED: u64 = 1_754_000_000;
const PROMPT_TOKENS: u32 = 250;

/// Whether a request asks for a stream.
pub(crate) fn wants_stream(body: &[u8]) -> bool {
    const MEMBER: &[u8] = br#""stream":true"#;
    body.windows(MEMBER.len()).any(|window| window == MEMBER)
}

/// The text of the unary answer.
fn text() -> String {
    prose(800, 6)
}

/// The answer to a request that asks for no stream, about 1.5 KB.
pub(crate) fn completion() -> Bytes {
    let answer = json!({
        "id": ID,
        "object": "chat.completion",
        "created": CREATED,
        "model": MODEL,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text(), "refusal": null, "annotations": []},
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": usage(190),
        "service_tier": "default",
        "system_fingerprint": "fp_cbf1785567",
    });
    answer.to_string().into()
}

fn usage(completion_tokens: u32) -> Value {
    json!({
        "prompt_tokens": PROMPT_TOKENS,
        "completion_tokens": completion_tokens,
        "total_tokens": PROMPT_TOKENS + completion_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

/// How many pieces of text make a stream of that many events at the client.
fn deltas(n_events: u32) -> u32 {
    n_events.saturating_sub(FEWEST_EVENTS - 1).max(1)
}

fn piece(number: u32) -> String {
    let seed = usize::try_from(number).unwrap_or_default();
    prose(4 + seed % 16, seed)
}

/// The events of a stream that the client sees as `n_events` events of ConverseStream: a start, the pieces of a text, a
/// reason to stop, the usage, the terminator.
pub(crate) fn stream(n_events: u32) -> Vec<Bytes> {
    let deltas = deltas(n_events);
    let chunk = |choices: Value, usage: Value, obfuscation: &str| {
        let chunk = json!({
            "id": ID,
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": MODEL,
            "service_tier": "default",
            "system_fingerprint": "fp_cbf1785567",
            "choices": choices,
            "usage": usage,
            "obfuscation": obfuscation,
        });
        Bytes::from(format!("data: {chunk}\n\n"))
    };
    let choice = |delta: Value, finish_reason: Value| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason}]);
    let start = json!({"role": "assistant", "content": "", "refusal": null});
    let mut events = vec![chunk(choice(start, Value::Null), Value::Null, "kT0fLzW3")];
    for number in 0..deltas {
        let delta = json!({"content": piece(number)});
        events.push(chunk(choice(delta, Value::Null), Value::Null, "b9QxR2mU"));
    }
    events.push(chunk(choice(json!({}), json!("stop")), Value::Null, "aZ81"));
    events.push(chunk(json!([]), usage(deltas), "hU5"));
    events.push("data: [DONE]\n\n".into());
    events
}

/// The bytes of ConverseStream that the stream comes to, but for the last event, which tells how long it took.
pub(crate) fn converse_frames(n_events: u32) -> Result<Bytes, Error> {
    let mut frames = vec![answer::frame(
        "messageStart",
        &json!({"role": "assistant"}),
    )?];
    for number in 0..deltas(n_events) {
        let delta = json!({"contentBlockIndex": 0, "delta": {"text": piece(number)}});
        frames.push(answer::frame("contentBlockDelta", &delta)?);
    }
    frames.push(answer::frame(
        "contentBlockStop",
        &json!({"contentBlockIndex": 0}),
    )?);
    frames.push(answer::frame(
        "messageStop",
        &json!({"stopReason": "end_turn"}),
    )?);
    Ok(frames.concat().into())
}

/// Checks that `body` is the answer of the upstream in Converse's form.
pub(crate) fn check_converse(body: &[u8]) -> Result<(), Error> {
    let answer: Value =
        serde_json::from_slice(body).map_err(Error::doing("the answer is not JSON"))?;
    let at = |pointer: &str| answer.pointer(pointer).unwrap_or(&Value::Null);
    let right = at("/output/message/content") == &json!([{"text": text()}])
        && at("/output/message/role") == "assistant"
        && at("/stopReason") == "end_turn"
        && at("/usage/inputTokens") == PROMPT_TOKENS
        && at("/usage/outputTokens") == 190;
    if right {
        Ok(())
    } else {
        Err(Error::new("the answer is not the upstream's"))
    }
}

/// Compares a translated stream with the expected frames as it arrives, and reads its last event.
#[derive(Debug)]
pub(crate) struct StreamCheck<'a> {
    frames: Option<ByteCheck<'a>>,
    left: usize,
    last: Vec<u8>,
    n_deltas: u32,
}

impl<'a> StreamCheck<'a> {
    pub(crate) fn new(frames: &'a [u8], n_events: u32) -> Self {
        Self {
            frames: Some(ByteCheck::new(frames)),
            left: frames.len(),
            last: Vec::new(),
            n_deltas: deltas(n_events),
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (frames, last) = bytes.split_at(bytes.len().min(self.left));
        self.left -= frames.len();
        if let Some(check) = &mut self.frames {
            check.push(frames)?;
        }
        self.last.extend_from_slice(last);
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        if let Some(check) = self.frames {
            check.finish()?;
        }
        let usage = format!(r#""outputTokens":{}"#, self.n_deltas);
        let has = |text: &str| {
            self.last
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        if has("metadata") && has(&usage) {
            Ok(())
        } else {
            Err(Error::new("the stream does not end with its usage"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_asked_for_by_a_member_of_the_body() {
        assert!(wants_stream(
            br#"{"model":"m","stream":true,"messages":[]}"#
        ));
        assert!(!wants_stream(br#"{"model":"m","messages":[]}"#));
    }

    #[test]
    fn a_stream_has_one_piece_of_text_for_each_delta_the_client_sees() {
        let events = stream(200);
        let with_text = |event: &&Bytes| {
            let text = String::from_utf8_lossy(event);
            text.contains(r#""delta":{"content":"#)
        };
        assert_eq!(events.iter().filter(with_text).count(), 196);
        assert_eq!(
            events.last().map(|last| &**last),
            Some(&b"data: [DONE]\n\n"[..])
        );
        for event in events.iter().rev().skip(1) {
            let data = event.strip_prefix(b"data: ").expect("an event");
            serde_json::from_slice::<Value>(data).expect("JSON");
        }
    }

    #[test]
    fn a_translated_stream_is_checked_across_any_cut_and_to_its_end() {
        let frames = converse_frames(6).expect("frames");
        let meta = json!({"metrics": {"latencyMs": 7}, "usage": {"outputTokens": 2}});
        let last = answer::frame("metadata", &meta).expect("a frame");
        let whole = [&*frames, &*last].concat();
        for cut in 0..=whole.len() {
            let (one, other) = whole.split_at(cut);
            let mut check = StreamCheck::new(&frames, 6);
            check.push(one).expect("equal");
            check.push(other).expect("equal");
            check.finish().expect("whole");
        }
        let mut cut_off = StreamCheck::new(&frames, 6);
        cut_off.push(&frames).expect("equal so far");
        assert!(cut_off.finish().is_err());
    }
}
