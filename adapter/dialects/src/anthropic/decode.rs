//! A stream read event by event.
//!
//! Events, blocks and pieces that are newer than this build cost nothing but themselves.

use llm::Json;
use llm::chat::{Event, Meta, Stop, ToolResultDelta};
use rest_json::{Bytes, DecodeError, Document};

use super::cite::{Citation, decode_citation, decode_citations};
use super::decode_fault;
use super::plain::{decode_json, kind_of, need, parse, raw, required};
use super::reply::is_server_result;
use super::stop::{Ending, decode_stop};
use super::tool::SERVER_CALL;
use super::usage::{decode_tier, decode_usage};
use super::wire::{Answer, Block, Usage};
use crate::StreamError;
use crate::blocks::Blocks;
use crate::wire::readable;

readable! {
    /// `message_start`.
    MessageStart {
        message: "message" => Answer,
    }
}

readable! {
    /// `content_block_start`.
    BlockStart {
        content_block: "content_block" => Document,
    }
}

readable! {
    /// `content_block_delta`.
    BlockDelta {
        delta: "delta" => Piece,
    }
}

readable! {
    /// A piece of a block.
    Piece {
        kind: "type" => String,
        text: "text" => String,
        thinking: "thinking" => String,
        signature: "signature" => String,
        partial_json: "partial_json" => String,
        citation: "citation" => Document,
    }
}

readable! {
    /// `message_delta`.
    MessageDelta {
        delta: "delta" => End,
        usage: "usage" => Usage,
    }
}

readable! {
    /// Why the message ends.
    End {
        stop_reason: "stop_reason" => String,
        stop_sequence: "stop_sequence" => String,
    }
}

/// Reads a stream, event by event. Takes whole events, never bytes.
#[derive(Debug, Default)]
pub struct StreamDecoder {
    keeps_native: bool,
    blocks: Blocks,
    reason: Option<String>,
    matched: Option<String>,
    /// The last `message_delta`.
    native: Option<Json>,
    usage: Option<Usage>,
    is_complete: bool,
}

impl StreamDecoder {
    /// A decoder that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the format's own last event in [`Event::Stop`], for callers that ask for paths into it: the `message_delta` that tells
    /// why the reply ended.
    #[must_use]
    pub fn keeping_native(mut self) -> Self {
        self.keeps_native = true;
        self
    }

    /// Takes the data of the next event; the terminator of the stream too.
    ///
    /// # Errors
    /// The provider said that it failed, or the event is not what the format says. Nothing may be pushed after that.
    pub fn push(&mut self, data: &str) -> Result<Vec<Event>, StreamError> {
        let data = data.trim();
        if self.is_complete || data.is_empty() {
            return Ok(Vec::new());
        }
        let kind = kind_of(data).map_err(malformed)?;
        if kind.as_deref() == Some("error") {
            return Err(StreamError::Fault(decode_fault(200, data.as_bytes())));
        }
        self.event(kind.as_deref(), data).map_err(malformed)?;
        Ok(self.blocks.take())
    }

    /// The stream has ended; what is left to tell.
    ///
    /// # Errors
    /// [`StreamError::Truncated`]: the reply had not.
    pub fn finish(&mut self) -> Result<Vec<Event>, StreamError> {
        if self.is_complete {
            Ok(Vec::new())
        } else {
            Err(StreamError::Truncated)
        }
    }

    /// Whether the reply is whole, so that nothing more needs to be read.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    fn event(&mut self, kind: Option<&str>, data: &str) -> Result<(), DecodeError> {
        match kind {
            Some("message_start") => {
                let event: MessageStart = parse(data)?;
                self.usage = event.message.and_then(|message| message.usage);
                self.blocks.start();
            }
            Some("content_block_start") => {
                let event: BlockStart = parse(data)?;
                if let Some(block) = event.content_block {
                    let begun = self.begin(&block);
                    begun.map_err(|error| error.within("content_block"))?;
                }
            }
            Some("content_block_delta") => {
                let event: BlockDelta = parse(data)?;
                self.piece(event.delta.unwrap_or_default());
            }
            Some("content_block_stop") => self.blocks.close(),
            Some("message_delta") => {
                let event: MessageDelta = parse(data)?;
                let End {
                    stop_reason,
                    stop_sequence,
                    unknown: _,
                } = event.delta.unwrap_or_default();
                self.reason = stop_reason.or(self.reason.take());
                self.matched = stop_sequence.or(self.matched.take());
                if let Some(usage) = event.usage {
                    self.usage.get_or_insert_default().update(usage);
                }
                if self.keeps_native {
                    self.native = Some(raw(data));
                }
            }
            Some("message_stop") => self.end(),
            // `ping`, and what is newer than this build.
            Some(_) | None => {}
        }
        Ok(())
    }

    /// A block begins, which ends one that was left open.
    fn begin(&mut self, raw: &Document) -> Result<(), DecodeError> {
        let Block {
            kind,
            text,
            citations,
            thinking,
            signature,
            data,
            id,
            name,
            input,
            tool_use_id,
            content,
            unknown: _,
        } = parse(raw.as_str())?;
        let kind = need(kind, required!("type"))?;
        self.blocks.close();
        match kind.as_str() {
            "text" => {
                self.blocks.text(text.unwrap_or_default());
                for citation in citations.iter().flat_map(decode_citations) {
                    self.blocks.citation(citation);
                }
            }
            "thinking" => {
                self.blocks.reasoning(thinking.unwrap_or_default());
                self.blocks.signature(&signature.unwrap_or_default());
            }
            "redacted_thinking" => {
                let data = need(data, required!("data"))?;
                self.blocks.redacted(Bytes::from(data));
            }
            "tool_use" | SERVER_CALL => {
                let id = need(id, required!("id"))?;
                let name = need(name, required!("name"))?;
                if kind == SERVER_CALL {
                    self.blocks.server_tool(id, name, SERVER_CALL);
                } else {
                    self.blocks.tool(id, name);
                }
                // `{}` stands for what is still to come.
                if let Some(input) = input.filter(|input| !is_empty(input)) {
                    self.blocks.tool_input(input.as_str());
                }
            }
            kind if is_server_result(kind) => {
                let id = need(tool_use_id, required!("tool_use_id"))?;
                let content = content.map(|content| ToolResultDelta::Json(decode_json(content)));
                let content = content.into_iter().collect();
                self.blocks.server_result(id, kind, content);
            }
            _ => self.blocks.unknown(kind, decode_json(raw.clone())),
        }
        Ok(())
    }

    /// A piece of the open block. What a piece is, it says itself.
    fn piece(&mut self, piece: Piece) {
        let Piece {
            kind,
            text,
            thinking,
            signature,
            partial_json,
            citation,
            unknown: _,
        } = piece;
        match kind.as_deref() {
            Some("text_delta") => self.blocks.text(text.unwrap_or_default()),
            Some("thinking_delta") => self.blocks.reasoning(thinking.unwrap_or_default()),
            Some("signature_delta") => self.blocks.signature(&signature.unwrap_or_default()),
            Some("input_json_delta") => self.blocks.tool_input(&partial_json.unwrap_or_default()),
            Some("citations_delta") => {
                // A citation that is not what this format says costs itself and not the text.
                let citation = citation.and_then(|raw| raw.parse::<Citation>().ok());
                if let Some(citation) = citation.and_then(decode_citation) {
                    self.blocks.citation(citation);
                }
            }
            Some(_) | None => {}
        }
    }

    fn end(&mut self) {
        self.blocks.close();
        let has_calls = self.blocks.has_calls();
        let ending = decode_stop(Ending {
            reason: self.reason.as_deref(),
            matched: self.matched.as_deref(),
            has_calls,
            is_malformed: self.blocks.is_malformed(),
        });
        // The server says that the message is whole, so one that does not say why it ended did end.
        let (stop, detail) = match ending {
            Some((stop, detail)) => (stop, Some(detail)),
            None if has_calls => (Stop::ToolUse, None),
            None => (Stop::EndTurn, None),
        };
        let meta = Meta {
            usage: decode_usage(self.usage.as_ref()),
            tier: decode_tier(self.usage.as_ref()),
            ..Meta::default()
        };
        self.blocks.finish(stop, detail, self.native.take(), meta);
        self.is_complete = true;
    }
}

fn malformed(error: DecodeError) -> StreamError {
    StreamError::Malformed(error.into())
}

/// Whether an input has no member.
fn is_empty(input: &Document) -> bool {
    input.as_str().split_ascii_whitespace().collect::<String>() == "{}"
}
