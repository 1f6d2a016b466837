//! The calls of a stream, one after the other however their pieces come.
//!
//! OpenAI sends one call whole before the next, other servers a piece of each in turn, some without saying which call a piece
//! belongs to. A call is told while it comes if no other is open, and one whose input is a whole object is no longer open:
//! nothing but white space can follow.

use crate::blocks::{Blocks, Input};
use crate::openai_chat::ids::Ids;
use crate::openai_chat::wire::{Arguments, Count, Function, ToolCall, Word};

/// The calls of a reply.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// In the order in which they began.
    calls: Vec<Call>,
    is_malformed: bool,
}

/// A call as far as it has come.
#[derive(Debug, Default)]
struct Call {
    index: Option<i32>,
    /// As the server says it.
    id: String,
    name: String,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing of it has been told.
    Waiting(Input),
    Open,
    Done,
}

impl Default for State {
    fn default() -> Self {
        State::Waiting(Input::default())
    }
}

/// A piece of a call.
struct Piece {
    index: Option<i32>,
    id: String,
    name: String,
    input: String,
}

impl Piece {
    fn of(call: ToolCall) -> Self {
        let ToolCall {
            index,
            id,
            function,
        } = call;
        let Function { name, arguments } = function.unwrap_or_default();
        Self {
            index: Count::of(index),
            id: Word::of(id).unwrap_or_default(),
            name: Word::of(name).unwrap_or_default(),
            input: arguments.as_ref().map_or("", Arguments::text).to_owned(),
        }
    }
}

impl Calls {
    /// Whether a call was left out because it cannot be run: it has no name, or its input is no JSON.
    pub(super) fn is_malformed(&self) -> bool {
        self.is_malformed
    }

    /// The next piece of a call.
    pub(super) fn push(&mut self, call: ToolCall, ids: &mut Ids, blocks: &mut Blocks) {
        let piece = Piece::of(call);
        let place = self.place(&piece, blocks).unwrap_or(self.calls.len());
        if place == self.calls.len() {
            self.calls.push(Call {
                index: piece.index,
                ..Call::default()
            });
        }
        let Some(call) = self.calls.get_mut(place) else {
            return;
        };
        // Servers repeat the name in every piece, or an empty one.
        if call.name.is_empty() {
            call.name = piece.name;
        }
        if call.id.is_empty() {
            call.id = piece.id;
        }
        match &mut call.state {
            State::Waiting(input) => input.push(&piece.input),
            State::Open if blocks.is_in_call() => blocks.tool_input(&piece.input),
            // More of what was whole.
            State::Open | State::Done => {
                self.is_malformed |= !piece.input.trim_ascii().is_empty();
            }
        }
        self.advance(ids, blocks);
    }

    /// Which call the piece belongs to; none where it begins one.
    fn place(&mut self, piece: &Piece, blocks: &mut Blocks) -> Option<usize> {
        let known = |is_it: &dyn Fn(&Call) -> bool| self.calls.iter().rposition(is_it);
        let place = match (piece.index, piece.id.as_str()) {
            (Some(_), _) => known(&|call| call.index == piece.index),
            (None, "") => known(&|_| true),
            (None, id) => known(&|call| call.id == id),
        }?;
        let call = self.calls.get_mut(place)?;
        let is_new = match (piece.index, piece.id.as_str()) {
            // Google's servers of this format number every call 0.
            (Some(_), "") => false,
            (Some(_), id) => !call.id.is_empty() && call.id != id,
            (None, "") => true,
            // Some servers give every call the same id.
            (None, _) => !piece.input.trim_ascii().is_empty(),
        };
        let begins_another = is_new && !piece.name.is_empty() && call.is_whole(blocks);
        (!begins_another).then_some(place)
    }

    /// Opens the calls whose turn it is: those of lower numbers first.
    fn advance(&mut self, ids: &mut Ids, blocks: &mut Blocks) {
        while blocks.is_between_calls() {
            let Some(place) = self.first(Call::can_open) else {
                return;
            };
            self.open(place, ids, blocks);
        }
    }

    /// Tells what is left of the calls, at the end of the reply.
    pub(super) fn finish(&mut self, ids: &mut Ids, blocks: &mut Blocks) {
        while let Some(place) = self.first(Call::is_waiting) {
            if self.calls.get(place).is_some_and(Call::can_run) {
                self.open(place, ids, blocks);
            } else {
                self.is_malformed = true;
                self.calls.remove(place);
            }
        }
    }

    fn first(&self, is_meant: fn(&Call) -> bool) -> Option<usize> {
        let calls = self.calls.iter().enumerate();
        let meant = calls.filter(|(_, call)| is_meant(call));
        let first = meant.min_by_key(|(_, call)| call.index)?;
        Some(first.0)
    }

    fn open(&mut self, place: usize, ids: &mut Ids, blocks: &mut Blocks) {
        for call in &mut self.calls {
            if let State::Open = call.state {
                call.state = State::Done;
            }
        }
        let Some(call) = self.calls.get_mut(place) else {
            return;
        };
        if let State::Waiting(input) = std::mem::replace(&mut call.state, State::Open) {
            blocks.tool(ids.next(&call.id), call.name.clone());
            blocks.tool_input(input.text());
        }
    }
}

impl Call {
    fn is_waiting(&self) -> bool {
        match self.state {
            State::Waiting(_) => true,
            State::Open | State::Done => false,
        }
    }

    /// Whether enough is known of it to announce it. An id that has not come may come yet, before the first piece of the input.
    fn can_open(&self) -> bool {
        match &self.state {
            State::Waiting(input) => {
                !self.name.is_empty() && (!self.id.is_empty() || !input.text().is_empty())
            }
            State::Open | State::Done => false,
        }
    }

    /// Whether a client can run it as it is.
    fn can_run(&self) -> bool {
        match &self.state {
            State::Waiting(input) => {
                !self.name.is_empty() && (input.is_nothing() || input.is_json())
            }
            State::Open | State::Done => true,
        }
    }

    /// Whether nothing but white space can follow.
    fn is_whole(&mut self, blocks: &mut Blocks) -> bool {
        match &mut self.state {
            State::Waiting(input) => input.is_whole(),
            State::Open => blocks.is_between_calls(),
            State::Done => true,
        }
    }
}
