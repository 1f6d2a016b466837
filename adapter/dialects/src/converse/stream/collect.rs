//! From the events of a reply to the whole of it.

use bytes::Bytes;
use llm::chat::{
    Block, BlockStart, Citation, Citations, CitedText, Delta, Event, Image, Message, Meta,
    Reasoning, ReasoningDelta, Reply, Role, Src, Stop, StopDetail, ToolResult, ToolResultDelta,
    ToolResultItem, ToolUse,
};
use llm::{Ext, Json};
use rest_json::Document;

use crate::Error;

/// Puts a reply together from its events.
///
/// Unknown members of the start and of the usage become those of the message and of the reply; those of single pieces
/// have no place in a whole reply and are left out.
#[derive(Debug, Default)]
pub struct Collector {
    start: Option<(Role, Ext)>,
    blocks: Vec<Block>,
    open: Option<Partial>,
    /// Whether a tool call was left out because its input is no JSON.
    has_broken_call: bool,
    stop: Option<(Stop, Option<StopDetail>, Option<Json>)>,
    meta: Option<Meta>,
}

/// A block as far as it has come.
#[derive(Debug)]
enum Partial {
    Text {
        text: String,
        citations: Vec<Citation>,
    },
    Reasoning {
        text: String,
        signature: Option<String>,
    },
    ToolUse {
        call: ToolUse,
        input: String,
    },
    ToolResult(ToolResult),
    Image {
        image: Image,
        bytes: Vec<u8>,
    },
    Whole(Block),
}

impl Collector {
    /// A collector that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// It does not follow the grammar, or holds something that no whole reply can say.
    pub fn push(&mut self, event: Event) -> Result<(), Error> {
        self.expect(&event)?;
        match event {
            Event::Start { role, ext } => self.start = Some((role, ext)),
            Event::BlockStart {
                index: _,
                start,
                ext: _,
            } => self.open = Some(Partial::announced(start)),
            Event::Delta {
                index: _,
                delta,
                ext: _,
            } => match &mut self.open {
                Some(open) => open.push(delta)?,
                None => self
                    .open
                    .insert(Partial::unannounced(&delta)?)
                    .push(delta)?,
            },
            Event::BlockStop { index: _, ext: _ } => {
                let open = self.open.take().ok_or(Error::Order {
                    found: "the end of no block",
                })?;
                match open.whole() {
                    Some(block) => self.blocks.push(block),
                    None => self.has_broken_call = true,
                }
            }
            Event::Stop {
                stop,
                detail,
                native,
                ext: _,
            } => self.stop = Some((stop, detail, native)),
            Event::Meta(meta) => self.meta = Some(*meta),
        }
        Ok(())
    }

    /// The whole reply.
    ///
    /// A tool call whose input is no JSON is left out and not repaired; the reason for the stop says so.
    ///
    /// # Errors
    /// The events did not reach their end.
    pub fn finish(self) -> Result<Reply, Error> {
        let (Some((role, ext)), Some((stop, stop_detail, native)), Some(meta)) =
            (self.start, self.stop, self.meta)
        else {
            return Err(Error::Order {
                found: "the end of the stream",
            });
        };
        let Meta {
            usage,
            latency,
            trace,
            performance,
            tier,
            ext: reply_ext,
        } = meta;
        Ok(Reply {
            message: Message {
                role,
                content: self.blocks,
                ext,
            },
            stop: if self.has_broken_call {
                without_call(stop)
            } else {
                stop
            },
            stop_detail,
            usage,
            latency,
            native,
            trace,
            performance,
            tier,
            ext: reply_ext,
        })
    }

    /// Whether the event may come now.
    fn expect(&self, event: &Event) -> Result<(), Error> {
        let in_message = self.start.is_some() && self.stop.is_none();
        let between_blocks = in_message && self.open.is_none();
        let (may_come, found) = match event {
            Event::Start { .. } => (self.start.is_none(), "a second start"),
            Event::BlockStart { .. } => (between_blocks, "the announcement of a block"),
            Event::Delta { .. } => (in_message, "a piece of a block"),
            Event::BlockStop { .. } => (in_message, "the end of a block"),
            Event::Stop { .. } => (between_blocks, "the stop"),
            Event::Meta(_) => (self.stop.is_some() && self.meta.is_none(), "the usage"),
        };
        if may_come {
            Ok(())
        } else {
            Err(Error::Order { found })
        }
    }
}

impl Partial {
    fn announced(start: BlockStart) -> Self {
        match start {
            BlockStart::ToolUse {
                id,
                name,
                kind,
                ext,
            } => Partial::ToolUse {
                call: ToolUse {
                    id,
                    name,
                    input: Json::from_text("{}"),
                    kind,
                    ext,
                },
                input: String::new(),
            },
            BlockStart::ToolResult {
                id,
                kind,
                status,
                ext,
            } => Partial::ToolResult(ToolResult {
                id,
                content: Vec::new(),
                status,
                kind,
                ext,
            }),
            BlockStart::Image { format, ext } => Partial::Image {
                image: Image {
                    format,
                    source: Src::Bytes(Bytes::new()),
                    error: None,
                    ext,
                },
                bytes: Vec::new(),
            },
            BlockStart::Unknown { member, raw } => Partial::Whole(Block::Unknown { member, raw }),
        }
    }

    /// The block that begins with this piece.
    fn unannounced(delta: &Delta) -> Result<Self, Error> {
        match delta {
            Delta::Text(_) | Delta::Citation(_) => Ok(Partial::Text {
                text: String::new(),
                citations: Vec::new(),
            }),
            Delta::Reasoning(_) => Ok(Partial::Reasoning {
                text: String::new(),
                signature: None,
            }),
            Delta::ToolInput { .. }
            | Delta::ToolResult(_)
            | Delta::Image { .. }
            | Delta::Unknown { .. } => Err(Error::Order {
                found: "a piece of a block that was not announced",
            }),
        }
    }

    fn push(&mut self, delta: Delta) -> Result<(), Error> {
        match (self, delta) {
            (Partial::Text { text, .. }, Delta::Text(more)) => text.push_str(&more),
            (Partial::Text { citations, .. }, Delta::Citation(citation)) => {
                citations.push(*citation);
            }
            (open @ Partial::Reasoning { .. }, Delta::Reasoning(more)) => open.reason(more)?,
            (Partial::ToolUse { input, .. }, Delta::ToolInput { input: more, .. }) => {
                input.push_str(&more);
            }
            (Partial::ToolResult(result), Delta::ToolResult(pieces)) => {
                result.content.extend(pieces.into_iter().map(result_item));
            }
            (Partial::Image { image, bytes }, Delta::Image { source, error, .. }) => {
                image.error = error.or(image.error.take());
                match source {
                    Some(Src::Bytes(more)) => bytes.extend_from_slice(&more),
                    Some(other @ (Src::Url(_) | Src::Object { .. } | Src::Unknown { .. })) => {
                        image.source = other;
                    }
                    None => {}
                }
            }
            (_, delta) => {
                return Err(Error::Order {
                    found: name(&delta),
                });
            }
        }
        Ok(())
    }

    fn reason(&mut self, more: ReasoningDelta) -> Result<(), Error> {
        let Partial::Reasoning { text, signature } = self else {
            return Ok(());
        };
        let is_new = text.is_empty() && signature.is_none();
        match more {
            ReasoningDelta::Text(more) => text.push_str(&more),
            ReasoningDelta::Signature(seal) => *signature = Some(seal),
            ReasoningDelta::Redacted(bytes) if is_new => {
                *self = Partial::Whole(Block::Reasoning(Reasoning::Redacted(bytes)));
            }
            ReasoningDelta::Unknown { member, raw } if is_new => {
                *self = Partial::Whole(Block::Reasoning(Reasoning::Unknown { member, raw }));
            }
            // A whole block of reasoning says one thing.
            ReasoningDelta::Redacted(_) | ReasoningDelta::Unknown { .. } => {
                return Err(Error::Order {
                    found: "another kind of reasoning",
                });
            }
        }
        Ok(())
    }

    /// The whole block; none for a tool call whose input is no JSON.
    fn whole(self) -> Option<Block> {
        Some(match self {
            Partial::Text { text, citations } if citations.is_empty() => Block::Text(text),
            Partial::Text { text, citations } => Block::Citations(Citations {
                content: Some(vec![CitedText {
                    text: Some(text),
                    ext: Ext::default(),
                }]),
                citations: Some(citations),
                ext: Ext::default(),
            }),
            Partial::Reasoning { text, signature } => Block::Reasoning(Reasoning::Text {
                text,
                signature,
                ext: Ext::default(),
            }),
            Partial::ToolUse { call, input } if input.is_empty() => Block::ToolUse(call),
            Partial::ToolUse { call, input } => Block::ToolUse(ToolUse {
                input: Json::from_text(Document::new(&input).ok()?.into_text()),
                ..call
            }),
            Partial::ToolResult(result) => Block::ToolResult(result),
            Partial::Image { mut image, bytes } => {
                if !bytes.is_empty() {
                    image.source = Src::Bytes(bytes.into());
                }
                Block::Image(image)
            }
            Partial::Whole(block) => block,
        })
    }
}

fn result_item(piece: ToolResultDelta) -> ToolResultItem {
    match piece {
        ToolResultDelta::Text(text) => ToolResultItem::Text(text),
        ToolResultDelta::Json(json) => ToolResultItem::Json(json),
        ToolResultDelta::Unknown { member, raw } => ToolResultItem::Unknown { member, raw },
    }
}

fn name(delta: &Delta) -> &'static str {
    match delta {
        Delta::Text(_) => "a piece of text",
        Delta::ToolInput { .. } => "a piece of a tool call",
        Delta::ToolResult(_) => "a piece of a tool's result",
        Delta::Reasoning(_) => "a piece of reasoning",
        Delta::Citation(_) => "a citation",
        Delta::Image { .. } => "a piece of an image",
        Delta::Unknown { .. } => "an unknown piece",
    }
}

/// Why a reply stopped from which a tool call had to be left out. A reply that was cut short says so already.
fn without_call(stop: Stop) -> Stop {
    match stop {
        Stop::EndTurn | Stop::ToolUse | Stop::StopSequence | Stop::PauseTurn => {
            Stop::MalformedToolUse
        }
        Stop::MaxTokens
        | Stop::GuardrailIntervened
        | Stop::ContentFiltered
        | Stop::MalformedModelOutput
        | Stop::MalformedToolUse
        | Stop::ContextWindowExceeded
        | Stop::Other(_) => stop,
    }
}
