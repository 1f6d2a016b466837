//! The one-open-block machine: whatever order a provider's pieces come in, the events that leave follow the grammar.
//!
//! At most one block is open; blocks are numbered from 0 without gaps; text and reasoning open with their first piece that is
//! not empty; a tool call without a piece of input gets `{}`; the start comes before everything else, once.
//!
//! What a call's input is once joined, JSON or not, is watched: the pieces are out by then, so only the stop can tell.

mod input;

use bytes::Bytes;
use llm::chat::{
    BlockStart, Citation, Delta, Event, Meta, ReasoningDelta, Role, Stop, StopDetail,
    ToolResultDelta,
};
use llm::{Ext, Json};

pub(crate) use input::Input;

/// What is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    Nothing,
    Text,
    /// `sealed` once a signature has come, which ends the block.
    Reasoning {
        sealed: bool,
    },
    Tool(Runner),
    Result,
    Unknown,
}

/// Who runs a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runner {
    Client,
    Provider,
}

/// Turns pieces into events.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    started: bool,
    /// The number of the open block, or of the next.
    index: i32,
    open: Open,
    /// The input of the open call.
    input: Input,
    has_calls: bool,
    is_malformed: bool,
    events: Vec<Event>,
}

impl Blocks {
    /// The events since the last call.
    pub(crate) fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Whether a call of a tool has ended that the client can run.
    pub(crate) fn has_calls(&self) -> bool {
        self.has_calls
    }

    /// Whether a call has ended whose input is no JSON.
    pub(crate) fn is_malformed(&self) -> bool {
        self.is_malformed
    }

    /// Whether a call is open.
    pub(crate) fn is_in_call(&self) -> bool {
        matches!(self.open, Open::Tool(_))
    }

    /// Whether no call is open, or one whose input can only be followed by white space.
    pub(crate) fn is_between_calls(&mut self) -> bool {
        match self.open {
            Open::Tool(_) => self.input.is_whole(),
            Open::Nothing | Open::Text | Open::Reasoning { .. } | Open::Result | Open::Unknown => {
                true
            }
        }
    }

    /// The reply begins; nothing where it has begun.
    pub(crate) fn start(&mut self) {
        if !self.started {
            self.started = true;
            self.events.push(Event::Start {
                role: Role::Assistant,
                ext: Ext::default(),
            });
        }
    }

    /// A piece of text.
    pub(crate) fn text(&mut self, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            return;
        }
        self.open(Open::Text);
        self.delta(Delta::Text(text));
    }

    /// A citation of the open text block, which opens one where none is.
    pub(crate) fn citation(&mut self, citation: Citation) {
        self.open(Open::Text);
        self.delta(Delta::Citation(Box::new(citation)));
    }

    /// A piece of reasoning.
    pub(crate) fn reasoning(&mut self, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            return;
        }
        self.open(Open::Reasoning { sealed: false });
        self.delta(Delta::Reasoning(ReasoningDelta::Text(text)));
    }

    /// The seal on the open reasoning block, or on one without text; what follows is another block.
    pub(crate) fn signature(&mut self, signature: &str) {
        if signature.is_empty() {
            return;
        }
        self.open(Open::Reasoning { sealed: false });
        self.delta(Delta::Reasoning(ReasoningDelta::Signature(
            signature.to_owned(),
        )));
        self.open = Open::Reasoning { sealed: true };
    }

    /// A whole block of sealed reasoning.
    pub(crate) fn redacted(&mut self, bytes: Bytes) {
        self.close();
        self.start();
        self.delta(Delta::Reasoning(ReasoningDelta::Redacted(bytes)));
        self.open = Open::Reasoning { sealed: true };
        self.close();
    }

    /// A call of a tool that the client runs begins.
    pub(crate) fn tool(&mut self, id: String, name: String) {
        self.call(id, name, None, Runner::Client);
    }

    /// A call of a tool that the provider runs begins; `kind` is the format's word for it.
    pub(crate) fn server_tool(&mut self, id: String, name: String, kind: &str) {
        self.call(id, name, Some(kind.to_owned()), Runner::Provider);
    }

    /// What a tool of the provider's own gave back, whole.
    pub(crate) fn server_result(&mut self, id: String, kind: &str, content: Vec<ToolResultDelta>) {
        self.close();
        self.announce(BlockStart::ToolResult {
            id,
            kind: Some(kind.to_owned()),
            status: None,
            ext: Ext::default(),
        });
        self.delta(Delta::ToolResult(content));
        self.open = Open::Result;
        self.close();
    }

    /// A block that this build does not know, as far as it is known when it begins.
    pub(crate) fn unknown(&mut self, member: String, raw: Json) {
        self.close();
        self.announce(BlockStart::Unknown { member, raw });
        self.open = Open::Unknown;
    }

    fn call(&mut self, id: String, name: String, kind: Option<String>, runner: Runner) {
        self.close();
        self.announce(BlockStart::ToolUse {
            id,
            name,
            kind,
            ext: Ext::default(),
        });
        self.input = Input::default();
        self.open = Open::Tool(runner);
    }

    /// A piece of the open call's input; nothing where no call is open.
    pub(crate) fn tool_input(&mut self, input: &str) {
        if !self.is_in_call() {
            return;
        }
        self.input.push(input);
        if !self.input.may_be_nothing() {
            self.tell_input();
        }
    }

    fn tell_input(&mut self) {
        let input = self.input.untold();
        if !input.is_empty() {
            let input = input.to_owned();
            self.delta(Delta::ToolInput {
                input,
                ext: Ext::default(),
            });
        }
    }

    /// The open block ends; nothing where none is open.
    pub(crate) fn close(&mut self) {
        match self.open {
            Open::Nothing => return,
            Open::Tool(runner) => {
                if self.input.is_nothing() {
                    self.input = Input::default();
                    self.input.push("{}");
                }
                self.tell_input();
                match (self.input.is_json(), runner) {
                    (true, Runner::Client) => self.has_calls = true,
                    (true, Runner::Provider) => {}
                    (false, Runner::Client | Runner::Provider) => self.is_malformed = true,
                }
            }
            Open::Text | Open::Reasoning { .. } | Open::Result | Open::Unknown => {}
        }
        self.events.push(Event::BlockStop {
            index: self.index,
            ext: Ext::default(),
        });
        self.open = Open::Nothing;
        self.index = self.index.saturating_add(1);
    }

    /// The message ends, and with it the reply; `native` is what the format itself said at the end.
    pub(crate) fn finish(
        &mut self,
        stop: Stop,
        detail: Option<StopDetail>,
        native: Option<Json>,
        meta: Meta,
    ) {
        self.close();
        self.start();
        self.events.push(Event::Stop {
            stop,
            detail,
            native,
            ext: Ext::default(),
        });
        self.events.push(Event::Meta(Box::new(meta)));
    }

    /// Opens a block of that kind unless one is open that takes more of it.
    fn open(&mut self, wanted: Open) {
        if self.open != wanted {
            self.close();
            self.start();
            self.open = wanted;
        }
    }

    fn announce(&mut self, start: BlockStart) {
        self.start();
        self.events.push(Event::BlockStart {
            index: self.index,
            start,
            ext: Ext::default(),
        });
    }

    fn delta(&mut self, delta: Delta) {
        self.events.push(Event::Delta {
            index: self.index,
            delta,
            ext: Ext::default(),
        });
    }
}
