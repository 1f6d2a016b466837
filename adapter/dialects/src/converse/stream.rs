//! The grammar of a stream, and the way between a whole reply and its events.
//!
//! `Start (BlockStart? Delta* BlockStop)* Stop Meta`, at most one block open, blocks numbered from 0 without gaps,
//! no announcement for text and reasoning, at least one piece in a tool call and in an image: what every client of this
//! format relies on.

mod collect;
mod grammar;
mod tell;

pub use collect::Collector;
pub use grammar::Grammar;
pub use tell::events;
