//! The grammar of a stream: one machine between any provider's events and the wire.

use llm::Ext;
use llm::chat::{BlockStart, Delta, Event, ReasoningDelta, Role};

use crate::Error;

/// Makes any provider's events follow the grammar.
///
/// Providers number blocks as they like, leave them open, or send empty pieces; what comes out does none of that.
/// What already follows the grammar comes out as it went in.
///
/// One thing it cannot mend: the pieces of a tool call's input, once joined, are what the provider sent, JSON or not.
#[derive(Debug, Default)]
pub struct Grammar {
    state: State,
    open: Option<Open>,
    n_blocks: i32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Before,
    Message,
    Stopped,
    Done,
}

/// The open block: what kind, its provider's number, ours.
#[derive(Debug)]
struct Open {
    kind: Kind,
    theirs: i32,
    ours: i32,
    has_piece: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Reasoning,
    /// Reasoning whose seal has passed: more of it is another block.
    SealedReasoning,
    ToolUse,
    ToolResult,
    Image,
    Other,
}

impl Grammar {
    /// A machine that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an event and gives those that go out for it, possibly none.
    ///
    /// # Errors
    /// Something came after the end, a piece of a tool call came without its call, or the usage came before the stop.
    pub fn push(&mut self, event: Event) -> Result<Vec<Event>, Error> {
        let mut out = Vec::new();
        match (self.state, &event) {
            (State::Before, Event::Start { .. }) | (State::Message | State::Stopped, _) => {}
            (State::Before, _) => {
                out.push(Event::Start {
                    role: Role::Assistant,
                    ext: Ext::default(),
                });
                self.state = State::Message;
            }
            (State::Done, _) => {
                return Err(Error::Order {
                    found: "an event after the last",
                });
            }
        }
        match event {
            Event::Start { role, ext } => {
                // A second start says nothing new.
                if self.state == State::Before {
                    self.state = State::Message;
                    out.push(Event::Start { role, ext });
                }
            }
            Event::BlockStart { index, start, ext } => {
                self.in_message()?;
                self.close(&mut out);
                let kind = match &start {
                    BlockStart::ToolUse { .. } => Kind::ToolUse,
                    BlockStart::ToolResult { .. } => Kind::ToolResult,
                    BlockStart::Image { .. } => Kind::Image,
                    BlockStart::Unknown { .. } => Kind::Other,
                };
                let index = self.open(kind, index);
                out.push(Event::BlockStart { index, start, ext });
            }
            Event::Delta { index, delta, ext } => {
                self.in_message()?;
                self.delta(index, delta, ext, &mut out)?;
            }
            Event::BlockStop { index, ext } => {
                // A block without a piece was never opened, so its end says nothing.
                if self.open.as_ref().is_some_and(|open| open.theirs == index) {
                    self.end(ext, &mut out);
                }
            }
            Event::Stop { .. } => {
                self.in_message()?;
                self.close(&mut out);
                self.state = State::Stopped;
                out.push(event);
            }
            Event::Meta(_) => {
                if self.state != State::Stopped {
                    return Err(Error::Order { found: "the usage" });
                }
                self.state = State::Done;
                out.push(event);
            }
        }
        Ok(out)
    }

    fn in_message(&self) -> Result<(), Error> {
        match self.state {
            State::Message => Ok(()),
            State::Before | State::Stopped | State::Done => Err(Error::Order {
                found: "content after the stop",
            }),
        }
    }

    fn delta(
        &mut self,
        theirs: i32,
        delta: Delta,
        ext: Ext,
        out: &mut Vec<Event>,
    ) -> Result<(), Error> {
        if is_empty(&delta) && ext.is_empty() {
            return Ok(());
        }
        let continues = self
            .open
            .as_ref()
            .is_some_and(|open| open.theirs == theirs && continues(open.kind, &delta));
        let index = match &self.open {
            Some(open) if continues => open.ours,
            Some(_) | None => {
                let kind = lazy_kind(&delta).ok_or(Error::Order {
                    found: "a piece of a block that was not announced",
                })?;
                self.close(out);
                self.open(kind, theirs)
            }
        };
        if let Some(open) = &mut self.open {
            // What is unknown stands in for nothing.
            open.has_piece |= !matches!(delta, Delta::Unknown { .. });
            if let Delta::Reasoning(ReasoningDelta::Signature(_) | ReasoningDelta::Redacted(_)) =
                delta
            {
                open.kind = Kind::SealedReasoning;
            }
        }
        out.push(Event::Delta { index, delta, ext });
        Ok(())
    }

    fn open(&mut self, kind: Kind, theirs: i32) -> i32 {
        let ours = self.n_blocks;
        self.n_blocks = self.n_blocks.saturating_add(1);
        self.open = Some(Open {
            kind,
            theirs,
            ours,
            has_piece: false,
        });
        ours
    }

    /// Ends the open block, which its provider has left open.
    fn close(&mut self, out: &mut Vec<Event>) {
        self.end(Ext::default(), out);
    }

    fn end(&mut self, ext: Ext, out: &mut Vec<Event>) {
        let Some(open) = self.open.take() else { return };
        let index = open.ours;
        if let Some(delta) = missing(open.kind).filter(|_| !open.has_piece) {
            out.push(Event::Delta {
                index,
                delta,
                ext: Ext::default(),
            });
        }
        out.push(Event::BlockStop { index, ext });
    }
}

/// The piece that stands in for those that never came, where a block of that kind needs one.
fn missing(kind: Kind) -> Option<Delta> {
    match kind {
        // Several clients parse the joined pieces and fail on nothing.
        Kind::ToolUse => Some(Delta::ToolInput {
            input: "{}".to_owned(),
            ext: Ext::default(),
        }),
        Kind::Image => Some(Delta::Image {
            source: None,
            error: Some((
                Some("The model announced an image and sent none.".to_owned()),
                Ext::default(),
            )),
            ext: Ext::default(),
        }),
        // These begin with their first piece, or may be empty.
        Kind::Text | Kind::Reasoning | Kind::SealedReasoning | Kind::ToolResult | Kind::Other => {
            None
        }
    }
}

/// Whether a piece says nothing.
fn is_empty(delta: &Delta) -> bool {
    match delta {
        Delta::Text(text) | Delta::Reasoning(ReasoningDelta::Text(text)) => text.is_empty(),
        Delta::ToolInput { input, ext } => input.is_empty() && ext.is_empty(),
        Delta::ToolResult(pieces) => pieces.is_empty(),
        Delta::Image { source, error, ext } => {
            source.is_none() && error.is_none() && ext.is_empty()
        }
        Delta::Reasoning(
            ReasoningDelta::Signature(_)
            | ReasoningDelta::Redacted(_)
            | ReasoningDelta::Unknown { .. },
        )
        | Delta::Citation(_)
        | Delta::Unknown { .. } => false,
    }
}

/// Whether a piece belongs to an open block of that kind.
fn continues(kind: Kind, delta: &Delta) -> bool {
    match delta {
        Delta::Text(_) | Delta::Citation(_) => kind == Kind::Text,
        Delta::Reasoning(ReasoningDelta::Redacted(_)) => false,
        Delta::Reasoning(
            ReasoningDelta::Text(_) | ReasoningDelta::Signature(_) | ReasoningDelta::Unknown { .. },
        ) => kind == Kind::Reasoning,
        Delta::ToolInput { .. } => kind == Kind::ToolUse,
        Delta::ToolResult(_) => kind == Kind::ToolResult,
        Delta::Image { .. } => kind == Kind::Image,
        Delta::Unknown { .. } => true,
    }
}

/// The kind of block that a piece opens by itself; none where the block must be announced.
fn lazy_kind(delta: &Delta) -> Option<Kind> {
    match delta {
        Delta::Text(_) | Delta::Citation(_) => Some(Kind::Text),
        Delta::Reasoning(_) => Some(Kind::Reasoning),
        Delta::Unknown { .. } => Some(Kind::Other),
        Delta::ToolInput { .. } | Delta::ToolResult(_) | Delta::Image { .. } => None,
    }
}
