//! A stream written event by event, each event one document without the name that Anthropic's own streams put before it, as Bedrock
//! does; members in the order of Bedrock's own streams.

use llm::Json;
use llm::chat::{
    BlockStart, Delta, Event, Meta, ReasoningDelta, Stop, StopDetail, ToolResultDelta,
};
use rest_json::{Bytes, json};

use super::block::encode_redacted;
use super::cite::encode_citation;
use super::reply::{is_block, is_server_result, message_id};
use super::stop::encode_stop;
use super::tool::SERVER_CALL;
use super::tree::{Object, Value};
use super::usage::encode_usage;
use crate::{Error, Rendering};

/// Writes the events of a reply as chunks.
///
/// Images, and results of tools that the client runs, are no part of an answer in this format and are left out.
#[derive(Debug)]
pub struct StreamEncoder {
    rendering: Rendering,
    open: Open,
    /// The number of the open block, or of the next; blocks that are left out have none.
    index: i32,
    stop: Option<(Stop, Option<StopDetail>)>,
    is_done: bool,
}

/// What is open.
#[derive(Debug)]
enum Open {
    Nothing,
    Text,
    Thinking,
    /// A block that takes pieces of an input.
    Call,
    /// What a tool of the provider's own gave back, which is told whole.
    Result {
        id: String,
        kind: String,
        content: Option<Json>,
    },
    /// A block that takes no pieces.
    Whole,
    /// A block that has no place here.
    LeftOut,
}

impl StreamEncoder {
    /// For a reply of that call.
    pub fn new(rendering: Rendering) -> Self {
        Self {
            rendering,
            open: Open::Nothing,
            index: 0,
            stop: None,
            is_done: false,
        }
    }

    /// The chunks that an event makes; possibly none. The last chunk of the reply comes with [`Event::Meta`].
    ///
    /// # Errors
    /// The events do not follow the grammar.
    pub fn push(&mut self, event: Event) -> Result<Vec<Bytes>, Error> {
        let mut chunks = Vec::new();
        if self.is_done {
            return Err(order("an event after the last"));
        }
        match event {
            Event::Meta(meta) => self.end(&meta, &mut chunks)?,
            _ if self.stop.is_some() => return Err(order("content after the stop")),
            Event::Start { role: _, ext: _ } => chunks.push(self.message_start()),
            Event::BlockStart {
                index: _,
                start,
                ext: _,
            } => self.begin(start, &mut chunks),
            Event::Delta {
                index: _,
                delta,
                ext: _,
            } => self.delta(delta, &mut chunks)?,
            Event::BlockStop { index: _, ext: _ } => self.close(&mut chunks),
            Event::Stop {
                stop,
                detail,
                native: _,
                ext: _,
            } => self.stop = Some((stop, detail)),
        }
        Ok(chunks)
    }

    /// The input's tokens are a guess here, and told again at the end when they are known.
    fn message_start(&self) -> Bytes {
        let Rendering {
            id: _,
            model,
            created_secs: _,
            input_tokens_guess,
        } = &self.rendering;
        let usage = Object::default()
            .with("input_tokens", *input_tokens_guess)
            .with("output_tokens", 1);
        let message = Object::default()
            .with("model", model)
            .with("id", message_id(&self.rendering))
            .with("type", "message")
            .with("role", "assistant")
            .with("content", Vec::<Value<'_>>::new())
            .with("stop_reason", Value::Null)
            .with("stop_sequence", Value::Null)
            .with("usage", usage);
        written(&Object::of_kind("message_start").with("message", message))
    }

    fn begin(&mut self, start: BlockStart, chunks: &mut Vec<Bytes>) {
        self.open = match start {
            BlockStart::ToolUse {
                id,
                name,
                kind,
                ext: _,
            } => {
                let is_servers = kind.as_deref() == Some(SERVER_CALL);
                let kind = if is_servers { SERVER_CALL } else { "tool_use" };
                let block = Object::of_kind(kind)
                    .with("id", id)
                    .with("name", name)
                    .with("input", Object::default());
                chunks.push(self.block_start(block));
                Open::Call
            }
            BlockStart::ToolResult {
                id,
                kind: Some(kind),
                status: _,
                ext: _,
            } if is_server_result(&kind) => Open::Result {
                id,
                kind,
                content: None,
            },
            BlockStart::Unknown { member, raw } if is_block(&member, &raw) => {
                chunks.push(self.block_start(&raw));
                Open::Whole
            }
            BlockStart::ToolResult { .. }
            | BlockStart::Image { .. }
            | BlockStart::Unknown { .. } => Open::LeftOut,
        };
    }

    fn delta(&mut self, delta: Delta, chunks: &mut Vec<Bytes>) -> Result<(), Error> {
        let piece = match (delta, &mut self.open) {
            (Delta::Text(text), Open::Nothing | Open::Text) => {
                self.open_text(chunks);
                Object::of_kind("text_delta").with("text", text)
            }
            (Delta::Citation(citation), Open::Nothing | Open::Text) => {
                self.open_text(chunks);
                let Some(citation) = encode_citation(&citation, false) else {
                    return Ok(());
                };
                let piece = Object::of_kind("citations_delta").with("citation", citation);
                chunks.push(self.block_delta(piece));
                return Ok(());
            }
            (Delta::Reasoning(ReasoningDelta::Text(text)), Open::Nothing | Open::Thinking) => {
                self.open_thinking(chunks);
                Object::of_kind("thinking_delta").with("thinking", text)
            }
            (Delta::Reasoning(ReasoningDelta::Signature(seal)), Open::Nothing | Open::Thinking) => {
                self.open_thinking(chunks);
                Object::of_kind("signature_delta").with("signature", seal)
            }
            (Delta::Reasoning(ReasoningDelta::Redacted(bytes)), Open::Nothing) => {
                self.open = match encode_redacted(&bytes) {
                    Some(block) => {
                        chunks.push(self.block_start(block));
                        Open::Whole
                    }
                    None => Open::LeftOut,
                };
                return Ok(());
            }
            (Delta::ToolInput { input, ext: _ }, Open::Call) => {
                Object::of_kind("input_json_delta").with("partial_json", input)
            }
            (Delta::ToolResult(pieces), Open::Result { content, .. }) => {
                let json = pieces.into_iter().find_map(|piece| match piece {
                    ToolResultDelta::Json(json) => Some(json),
                    ToolResultDelta::Text(_) | ToolResultDelta::Unknown { .. } => None,
                });
                *content = content.take().or(json);
                return Ok(());
            }
            (
                Delta::Image { .. }
                | Delta::Unknown { .. }
                | Delta::Reasoning(ReasoningDelta::Unknown { .. }),
                _,
            )
            | (_, Open::LeftOut | Open::Whole) => return Ok(()),
            (
                Delta::Text(_)
                | Delta::Citation(_)
                | Delta::Reasoning(_)
                | Delta::ToolInput { .. }
                | Delta::ToolResult(_),
                _,
            ) => return Err(order("a piece of another block")),
        };
        chunks.push(self.block_delta(piece));
        Ok(())
    }

    fn open_text(&mut self, chunks: &mut Vec<Bytes>) {
        if let Open::Nothing = self.open {
            chunks.push(self.block_start(Object::of_kind("text").with("text", "")));
            self.open = Open::Text;
        }
    }

    fn open_thinking(&mut self, chunks: &mut Vec<Bytes>) {
        if let Open::Nothing = self.open {
            let block = Object::of_kind("thinking")
                .with("thinking", "")
                .with("signature", "");
            chunks.push(self.block_start(block));
            self.open = Open::Thinking;
        }
    }

    fn close(&mut self, chunks: &mut Vec<Bytes>) {
        match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Text | Open::Thinking | Open::Call | Open::Whole => {}
            Open::Result { id, kind, content } => {
                let Some(content) = content else { return };
                let block = Object::of_kind(&kind)
                    .with("tool_use_id", id)
                    .with("content", content);
                chunks.push(self.block_start(block));
            }
            Open::Nothing | Open::LeftOut => return,
        }
        let event = Object::of_kind("content_block_stop").with("index", self.index);
        chunks.push(written(&event));
        self.index = self.index.saturating_add(1);
    }

    fn end(&mut self, meta: &Meta, chunks: &mut Vec<Bytes>) -> Result<(), Error> {
        let Meta {
            usage,
            latency: _,
            trace: _,
            performance: _,
            // Bedrock tells the tier in a header, and in no answer of this format.
            tier: _,
            ext: _,
        } = meta;
        let Some((stop, detail)) = self.stop.take() else {
            return Err(order("the usage"));
        };
        let (reason, matched) = encode_stop(&stop, detail.as_ref());
        let delta = Object::default()
            .with("stop_reason", reason)
            .with("stop_sequence", matched.map_or(Value::Null, Value::from));
        let message_delta = Object::of_kind("message_delta")
            .with("delta", delta)
            .with("usage", encode_usage(usage));
        chunks.push(written(&message_delta));
        chunks.push(written(&Object::of_kind("message_stop")));
        self.is_done = true;
        Ok(())
    }

    fn block_start<'a>(&self, block: impl Into<Value<'a>>) -> Bytes {
        let event = Object::of_kind("content_block_start")
            .with("index", self.index)
            .with("content_block", block);
        written(&event)
    }

    fn block_delta(&self, piece: Object<'_>) -> Bytes {
        let event = Object::of_kind("content_block_delta")
            .with("index", self.index)
            .with("delta", piece);
        written(&event)
    }
}

fn order(found: &'static str) -> Error {
    Error::Order { found }
}

fn written(event: &Object<'_>) -> Bytes {
    json::to_vec(event).into()
}
