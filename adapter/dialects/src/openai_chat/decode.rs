//! A stream read event by event.
//!
//! Tolerant like the reader of whole answers: what a chunk says and nobody here knows costs nothing but itself.

mod calls;
mod halves;

use std::borrow::Cow;

use llm::Json;
use llm::chat::{Citation, Event, Meta};

use self::calls::Calls;
use self::halves::Halves;
use super::cite::decode_annotations;
use super::fault::fault_of;
use super::ids::Ids;
use super::mend;
use super::reply::{Part, decode_part, decode_tier};
use super::stop::{Ending, decode_stop};
use super::usage::decode_usage;
use super::wire::{
    Choice, Completion, Count, Groq, IsError, Said, SaidPart, ToolCall, Usage, Word,
};
use crate::StreamError;
use crate::blocks::Blocks;
use crate::wire::OneOrMany;

/// The data that ends a stream.
const DONE: &str = "[DONE]";

/// Reads a stream, event by event. Takes whole events, never bytes.
///
/// The reply ends with [`Event::Stop`] and [`Event::Meta`] when the stream does, not when a reason for its end comes: servers
/// tell the usage after that.
#[derive(Debug, Default)]
pub struct StreamDecoder {
    keeps_native: bool,
    blocks: Blocks,
    calls: Calls,
    /// Made once the server has said what it calls the answer.
    ids: Option<Ids>,
    halves: Halves,
    /// What came while a call was open that is not whole, and stands behind it.
    behind_call: Vec<Piece>,
    is_refused: bool,
    reason: Option<String>,
    matched: Option<String>,
    native_reason: Option<String>,
    /// The chunk that told the reason.
    native: Option<Json>,
    usage: Option<Usage>,
    tier: Option<String>,
    is_complete: bool,
}

/// A piece of content that is no call.
#[derive(Debug)]
enum Piece {
    Text(String),
    Reasoning(String),
    Citation(Citation),
    Unknown { member: String, raw: Json },
}

impl StreamDecoder {
    /// A decoder that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the format's own last event in [`Event::Stop`], for callers that ask for paths into it: the chunk that tells why
    /// the reply ended.
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
        if data == DONE {
            self.end(AtEnd::Said)?;
            return Ok(self.blocks.take());
        }
        let (held, chunk) = self.halves.push(data);
        for chunk in held.map(Cow::Owned).into_iter().chain(chunk) {
            self.chunk(&chunk)?;
        }
        Ok(self.blocks.take())
    }

    /// The stream has ended; what is left to tell.
    ///
    /// # Errors
    /// [`StreamError::Truncated`]: the reply had not.
    pub fn finish(&mut self) -> Result<Vec<Event>, StreamError> {
        if !self.is_complete {
            self.end(AtEnd::Cut)?;
        }
        Ok(self.blocks.take())
    }

    /// Whether the reply is whole, so that nothing more needs to be read.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    fn chunk(&mut self, data: &str) -> Result<(), StreamError> {
        let completion: Completion =
            mend::read_text(data).map_err(|error| StreamError::Malformed(error.into()))?;
        let Completion {
            id,
            choices,
            usage,
            service_tier,
            error,
            object,
            x_groq,
        } = completion;
        let Groq {
            usage: groq_usage,
            error: groq_error,
        } = x_groq.unwrap_or_default();
        if let Some(error) = error.or(groq_error) {
            return Err(StreamError::Fault(fault_of(200, &error)));
        }
        if choices.is_none() && object == Some(IsError(true)) {
            return Err(StreamError::Fault(super::decode_fault(
                200,
                data.as_bytes(),
            )));
        }
        if self.ids.is_none()
            && let Some(id) = Word::of(id)
        {
            self.ids = Some(Ids::new(&id));
        }
        self.tier = Word::of(service_tier).or(self.tier.take());
        // Several reports are each of the whole reply.
        self.usage = usage.or(groq_usage).or(self.usage.take());
        // The first chunk of Azure has no choice, and of several answers only the first is wanted.
        for choice in choices.into_iter().flatten() {
            if Count::of(choice.index).unwrap_or(0) == 0 {
                self.choice(choice, data)?;
            }
        }
        Ok(())
    }

    fn choice(&mut self, choice: Choice, data: &str) -> Result<(), StreamError> {
        let Choice {
            index: _,
            message,
            delta,
            finish_reason,
            stop_reason,
            native_finish_reason,
            error,
        } = choice;
        if let Some(error) = error {
            return Err(StreamError::Fault(fault_of(200, &error)));
        }
        self.blocks.start();
        // Servers that only pretend to stream send the message whole.
        if let Some(said) = delta.or(message) {
            self.said(*said);
        }
        if let Some(reason) = Word::of(finish_reason) {
            self.reason = Some(reason);
            if self.keeps_native {
                self.native = Some(Json::from_text(data));
            }
        }
        self.matched = Word::of(stop_reason).or(self.matched.take());
        self.native_reason = Word::of(native_finish_reason).or(self.native_reason.take());
        Ok(())
    }

    fn said(&mut self, said: Said) {
        let Said {
            content,
            refusal,
            reasoning,
            reasoning_content,
            tool_calls,
            function_call,
            annotations,
        } = said;
        // A server that sends both says the same twice.
        if let Some(text) = Word::of(reasoning).or(Word::of(reasoning_content)) {
            self.piece(Piece::Reasoning(text));
        }
        match content {
            Some(OneOrMany::One(text)) => self.piece(Piece::Text(text)),
            Some(OneOrMany::Many(parts)) => parts.into_iter().for_each(|part| self.part(part)),
            None => {}
        }
        if let Some(text) = Word::of(refusal) {
            self.refusal(text);
        }
        for citation in annotations.iter().flat_map(decode_annotations) {
            self.piece(Piece::Citation(citation));
        }
        for call in tool_calls.into_iter().flatten() {
            self.call(call);
        }
        if let Some(function) = function_call {
            self.call(ToolCall {
                index: Some(Count(Some(0))),
                function: Some(function),
                ..ToolCall::default()
            });
        }
    }

    fn part(&mut self, part: SaidPart) {
        match decode_part(part) {
            Part::Text(text) => self.piece(Piece::Text(text.unwrap_or_default())),
            Part::Reasoning(text) => self.piece(Piece::Reasoning(text)),
            Part::Refusal(text) => self.refusal(text),
            Part::Unknown { member, raw } => self.piece(Piece::Unknown { member, raw }),
        }
    }

    fn refusal(&mut self, text: String) {
        self.is_refused = true;
        self.piece(Piece::Text(text));
    }

    fn call(&mut self, call: ToolCall) {
        let ids = self.ids.get_or_insert_default();
        self.calls.push(call, ids, &mut self.blocks);
        if self.blocks.is_between_calls() {
            self.tell_held();
        }
    }

    fn piece(&mut self, piece: Piece) {
        if self.behind_call.is_empty() && self.blocks.is_between_calls() {
            self.tell(piece);
        } else {
            self.behind_call.push(piece);
        }
    }

    fn tell(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => self.blocks.text(text),
            Piece::Reasoning(text) => self.blocks.reasoning(text),
            Piece::Citation(citation) => self.blocks.citation(citation),
            Piece::Unknown { member, raw } => self.blocks.unknown(member, raw),
        }
    }

    fn tell_held(&mut self) {
        for piece in std::mem::take(&mut self.behind_call) {
            self.tell(piece);
        }
    }

    fn end(&mut self, at_end: AtEnd) -> Result<(), StreamError> {
        if let Some(chunk) = self.halves.finish() {
            self.chunk(&chunk)?;
        }
        if self.reason.is_none() && at_end == AtEnd::Cut {
            return Err(StreamError::Truncated);
        }
        self.blocks.close();
        self.tell_held();
        let ids = self.ids.get_or_insert_default();
        self.calls.finish(ids, &mut self.blocks);
        self.blocks.close();
        let is_malformed = self.blocks.is_malformed() || self.calls.is_malformed();
        let ending = decode_stop(Ending {
            reason: self.reason.as_deref(),
            matched: self.matched.as_deref(),
            native: self.native_reason.as_deref(),
            is_refused: self.is_refused,
            has_calls: self.blocks.has_calls(),
            is_malformed,
        })
        .map_err(|fault| StreamError::Fault(*fault))?;
        // Where no reason is given, calls that are whole tell that the reply is.
        let Some((stop, detail)) = ending.filter(|_| self.reason.is_some() || !is_malformed) else {
            return Err(StreamError::Truncated);
        };
        let meta = Meta {
            usage: decode_usage(self.usage.as_ref()),
            tier: decode_tier(self.tier.take()),
            ..Meta::default()
        };
        self.blocks.finish(stop, detail, self.native.take(), meta);
        self.is_complete = true;
        Ok(())
    }
}

/// How a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AtEnd {
    /// The server said so.
    Said,
    /// There is no more of it.
    Cut,
}
