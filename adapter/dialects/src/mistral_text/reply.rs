//! Replies, whole and as a stream: `{"outputs":[{"text","stop_reason"}]}`, told piece by piece in a stream.
//!
//! Of a reply only its text can be said: tool calls, reasoning, citations and media have no place here, and what a call cost is
//! told in Bedrock's own headers and metrics.

use llm::chat::{Block, Citations, CitedText, Delta, Event, Message, Reply, Stop};
use rest_json::{Bytes, ToJson, Writer, json};

use crate::{Error, Rendering};

/// Writes a whole reply.
pub fn encode_reply(reply: &Reply, rendering: &Rendering) -> Vec<u8> {
    let Reply {
        message,
        stop,
        stop_detail: _,
        usage: _,
        latency: _,
        native: _,
        trace: _,
        performance: _,
        tier: _,
        ext: _,
    } = reply;
    // Nothing in this format names the call or the model.
    let Rendering {
        id: _,
        model: _,
        created_secs: _,
        input_tokens_guess: _,
    } = rendering;
    let Message {
        role: _,
        content,
        ext: _,
    } = message;
    let text: String = content.iter().map(text_of).collect();
    json::to_vec(&Outputs {
        text: &text,
        stop_reason: Some(encode_stop(stop)),
    })
}

fn text_of(block: &Block) -> String {
    match block {
        Block::Text(text) => text.clone(),
        Block::Citations(Citations {
            content,
            citations: _,
            ext: _,
        }) => {
            let pieces = content.iter().flatten();
            pieces
                .filter_map(|CitedText { text, ext: _ }| text.as_deref())
                .collect()
        }
        Block::Image(_)
        | Block::Document(_)
        | Block::Video(_)
        | Block::Audio(_)
        | Block::ToolUse(_)
        | Block::ToolResult(_)
        | Block::Guard(_)
        | Block::CachePoint(_)
        | Block::Reasoning(_)
        | Block::SearchResult(_)
        | Block::ToolAddition { .. }
        | Block::ToolRemoval { .. }
        | Block::Unknown { .. } => String::new(),
    }
}

/// Why a reply ended, in the words of this format.
fn encode_stop(stop: &Stop) -> &'static str {
    match stop {
        Stop::EndTurn
        | Stop::StopSequence
        | Stop::GuardrailIntervened
        | Stop::ContentFiltered
        | Stop::MalformedModelOutput
        | Stop::MalformedToolUse
        | Stop::PauseTurn
        | Stop::Other(_) => "stop",
        Stop::ToolUse => "tool_calls",
        Stop::MaxTokens | Stop::ContextWindowExceeded => "length",
    }
}

/// Writes the events of a reply as chunks.
#[derive(Debug)]
pub struct StreamEncoder {
    stop: Option<&'static str>,
    is_done: bool,
}

impl StreamEncoder {
    /// For a reply of that call.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the writers of all formats are made alike"
    )]
    pub fn new(rendering: Rendering) -> Self {
        // Nothing in this format names the call or the model.
        let Rendering {
            id: _,
            model: _,
            created_secs: _,
            input_tokens_guess: _,
        } = rendering;
        Self {
            stop: None,
            is_done: false,
        }
    }

    /// The chunks that an event makes; possibly none. The last chunk of the reply comes with [`Event::Meta`].
    ///
    /// # Errors
    /// The events do not follow the grammar.
    pub fn push(&mut self, event: Event) -> Result<Vec<Bytes>, Error> {
        if self.is_done {
            return Err(order("an event after the last"));
        }
        match event {
            Event::Start { .. } | Event::BlockStart { .. } | Event::BlockStop { .. } => {
                Ok(Vec::new())
            }
            Event::Delta { delta, .. } => match delta {
                Delta::Text(text) => Ok(vec![chunk(&text, None)]),
                Delta::ToolInput { .. }
                | Delta::ToolResult(_)
                | Delta::Reasoning(_)
                | Delta::Citation(_)
                | Delta::Image { .. }
                | Delta::Unknown { .. } => Ok(Vec::new()),
            },
            Event::Stop { stop, .. } => {
                self.stop = Some(encode_stop(&stop));
                Ok(Vec::new())
            }
            Event::Meta(_) => {
                let stop = self.stop.ok_or(order("the usage"))?;
                self.is_done = true;
                Ok(vec![chunk("", Some(stop))])
            }
        }
    }
}

fn order(found: &'static str) -> Error {
    Error::Order { found }
}

fn chunk(text: &str, stop_reason: Option<&'static str>) -> Bytes {
    json::to_vec(&Outputs { text, stop_reason }).into()
}

/// The one output of a reply, or a piece of it.
struct Outputs<'a> {
    text: &'a str,
    stop_reason: Option<&'a str>,
}

impl ToJson for Outputs<'_> {
    fn write(&self, writer: &mut Writer) {
        let Self { text, stop_reason } = *self;
        let mut object = writer.map();
        object.entry("outputs", &vec![Output { text, stop_reason }]);
        object.end();
    }
}

struct Output<'a> {
    text: &'a str,
    stop_reason: Option<&'a str>,
}

impl ToJson for Output<'_> {
    fn write(&self, writer: &mut Writer) {
        let Self { text, stop_reason } = *self;
        let mut object = writer.map();
        object.entry("text", text);
        object.entry("stop_reason", &stop_reason);
        object.end();
    }
}
