//! Messages, both directions.
//!
//! A run of `tool` messages is one turn of results; `system` and `developer` messages at the beginning are the system content,
//! one item a part, and later ones are messages of the operator. `function_call` and the role `function`, which `tool_calls`
//! and `tool` replaced, are read as what they became.

mod decode;
mod encode;

pub(super) use decode::{Conversation, decode_messages};
pub(super) use encode::{Form, Messages};

/// How an unknown kind of call is named, since a call is no part of the content.
const UNKNOWN_CALL: &str = "tool_calls.";
