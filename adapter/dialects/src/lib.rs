//! Pure codecs between wire formats and the neutral form of [`llm::chat`], both directions, one module a format.
//!
//! Directions are `decode_*` (wire to neutral) and `encode_*` (neutral to wire) everywhere.
//! Nothing here does input or output, knows a provider's address, or looks at a clock.
//!
//! A request for a target is first planned ([`plan`]): one walk over the neutral form asks the target's table ([`Target`]) for
//! a verdict on every leaf and makes every change in the neutral form itself, so that what is then encoded loses nothing.

pub mod anthropic;
pub mod converse;
pub mod family;
pub mod invoke;
pub mod mistral_text;
pub mod openai_chat;
pub mod plan;

mod blocks;
mod compatibility;
mod error;
mod fault;
mod ids;
mod members;
mod rendering;
mod vocabulary;
mod wire;

pub use compatibility::compatibility;
pub use error::Error;
pub use fault::{Fault, StreamError};
pub use ids::made_id;
pub use plan::{Leaf, Limits, Target, Verdict};
pub use rendering::Rendering;
