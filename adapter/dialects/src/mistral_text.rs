//! The Mistral text dialect of InvokeModel: `prompt` in, `outputs[].text` out.
//!
//! A text is all that it can say: tools cannot be asked for in it, and of a reply only what is text is told.

mod prompt;
mod reply;
mod request;

pub use reply::{StreamEncoder, encode_reply};
pub use request::{DIALECT, decode_request};
