//! The OpenAI Chat Completions dialect.

mod decode;
mod encode;
mod fault;
mod forward;
mod quirks;
mod reply;
mod request;
mod table;

mod cite;
mod data_url;
mod ids;
mod mend;
mod messages;
mod parts;
mod raw;
mod settings;
mod stop;
mod tools;
mod usage;
mod wire;

pub use decode::StreamDecoder;
pub use encode::StreamEncoder;
pub use fault::decode_fault;
pub use forward::{Forward, forward_request};
pub use quirks::{MaxTokens, Quirks, SystemRole, ToolChoices};
pub use reply::{decode_reply, encode_reply};
pub use request::{DIALECT, decode_request, encode_request};
pub use table::{Server, plan};
