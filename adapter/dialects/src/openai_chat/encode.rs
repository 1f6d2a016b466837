//! A stream written event by event, as Bedrock writes this format: members in ascending order of their names, and reasoning in
//! tags within the content, each piece in its own, since the recorded streams of gpt-oss have no member for it.

mod chunk;

use llm::chat::{BlockStart, Delta, Event, Meta, ReasoningDelta, Stop};
use rest_json::Bytes;

use self::chunk::{Chunk, Said};
use super::cite::Annotation;
use crate::{Error, Rendering};

/// Writes the events of a reply as chunks.
///
/// Sealed reasoning, images, and tools that the provider runs itself have no place in this format and are left out.
#[derive(Debug)]
pub struct StreamEncoder {
    rendering: Rendering,
    told_usage: ToldUsage,
    open: Open,
    n_calls: i32,
    /// How many characters of text were told, and how many before the open block.
    n_chars: i32,
    n_chars_before: i32,
    stop: Option<Stop>,
    is_done: bool,
}

/// What is open.
#[derive(Debug)]
enum Open {
    /// Nothing, or what needs no announcement.
    Plain,
    /// The call of that number; its id and name, until they are told with the first piece of the arguments.
    Call(i32, Option<(String, String)>),
    /// A block that has no place here.
    LeftOut,
}

/// Where the usage is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ToldUsage {
    /// In the chunk that tells the end.
    WithTheEnd,
    /// In a chunk of its own, the last.
    Apart,
    Nowhere,
}

impl StreamEncoder {
    /// For a reply of that call. The usage comes with the end of the reply, where every client finds it and none stumbles over it.
    pub fn new(rendering: Rendering) -> Self {
        Self {
            rendering,
            told_usage: ToldUsage::WithTheEnd,
            open: Open::Plain,
            n_calls: 0,
            n_chars: 0,
            n_chars_before: 0,
            stop: None,
            is_done: false,
        }
    }

    /// For a caller that says whether it wants the usage (`stream_options.include_usage`): as Bedrock does, in a chunk of its own
    /// that has no choices, or not at all.
    #[must_use]
    pub fn telling_usage(mut self, is_wanted: bool) -> Self {
        self.told_usage = if is_wanted {
            ToldUsage::Apart
        } else {
            ToldUsage::Nowhere
        };
        self
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
            Event::Meta(meta) => return self.end(&meta),
            _ if self.stop.is_some() => return Err(order("content after the stop")),
            Event::Start { role: _, ext: _ } => return Ok(self.said(Said::Begin)),
            Event::BlockStart {
                index: _,
                start,
                ext: _,
            } => self.begin(start),
            Event::Delta {
                index: _,
                delta,
                ext: _,
            } => return self.delta(&delta),
            Event::BlockStop { index: _, ext: _ } => return Ok(self.close()),
            Event::Stop {
                stop,
                detail: _,
                native: _,
                ext: _,
            } => self.stop = Some(stop),
        }
        Ok(Vec::new())
    }

    fn begin(&mut self, start: BlockStart) {
        self.open = match start {
            BlockStart::ToolUse {
                id,
                name,
                kind,
                ext: _,
            } if kind.as_deref() != Some("server_tool_use") => {
                let index = self.n_calls;
                self.n_calls = index.saturating_add(1);
                Open::Call(index, Some((id, name)))
            }
            BlockStart::ToolUse { .. }
            | BlockStart::ToolResult { .. }
            | BlockStart::Image { .. }
            | BlockStart::Unknown { .. } => Open::LeftOut,
        };
    }

    fn close(&mut self) -> Vec<Bytes> {
        self.n_chars_before = self.n_chars;
        match std::mem::replace(&mut self.open, Open::Plain) {
            Open::Call(index, begins @ Some(_)) => self.said(Said::Call {
                index,
                begins: begins.as_ref(),
                arguments: "",
            }),
            Open::Call(_, None) | Open::Plain | Open::LeftOut => Vec::new(),
        }
    }

    fn delta(&mut self, delta: &Delta) -> Result<Vec<Bytes>, Error> {
        let said = match delta {
            Delta::Text(text) => {
                let n_chars = i32::try_from(text.chars().count()).unwrap_or(i32::MAX);
                self.n_chars = self.n_chars.saturating_add(n_chars);
                Said::Text(text)
            }
            Delta::Citation(citation) => {
                let annotation = Annotation::of(citation, self.n_chars_before, self.n_chars);
                let chunks = annotation.map(|annotation| self.said(Said::Annotation(&annotation)));
                return Ok(chunks.unwrap_or_default());
            }
            Delta::Reasoning(ReasoningDelta::Text(text)) => Said::Reasoning(text),
            Delta::ToolInput { input, ext: _ } => {
                let (index, begins) = match &mut self.open {
                    Open::Call(index, begins) => (*index, begins.take()),
                    Open::LeftOut => return Ok(Vec::new()),
                    Open::Plain => return Err(order("a piece of a tool call")),
                };
                return Ok(self.said(Said::Call {
                    index,
                    begins: begins.as_ref(),
                    arguments: input,
                }));
            }
            Delta::Reasoning(
                ReasoningDelta::Signature(_)
                | ReasoningDelta::Redacted(_)
                | ReasoningDelta::Unknown { .. },
            )
            | Delta::ToolResult(_)
            | Delta::Image { .. }
            | Delta::Unknown { .. } => return Ok(Vec::new()),
        };
        Ok(self.said(said))
    }

    fn end(&mut self, meta: &Meta) -> Result<Vec<Bytes>, Error> {
        let Meta {
            usage,
            latency: _,
            trace: _,
            performance: _,
            tier,
            ext: _,
        } = meta;
        let Some(stop) = self.stop.take() else {
            return Err(order("the usage"));
        };
        self.is_done = true;
        let chunk = |said, usage| {
            Chunk {
                rendering: &self.rendering,
                said,
                tier: tier.as_ref(),
                usage,
            }
            .written()
        };
        let end = Some(Said::End(&stop));
        Ok(match self.told_usage {
            ToldUsage::WithTheEnd => vec![chunk(end, Some(usage))],
            ToldUsage::Apart => vec![chunk(end, None), chunk(None, Some(usage))],
            ToldUsage::Nowhere => vec![chunk(end, None)],
        })
    }

    fn said(&self, said: Said<'_>) -> Vec<Bytes> {
        let chunk = Chunk {
            rendering: &self.rendering,
            said: Some(said),
            tier: None,
            usage: None,
        };
        vec![chunk.written()]
    }
}

fn order(found: &'static str) -> Error {
    Error::Order { found }
}
