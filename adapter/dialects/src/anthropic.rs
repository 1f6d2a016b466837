//! The Anthropic Messages dialect.

mod block;
mod cache;
mod cite;
mod count;
mod decode;
mod encode;
mod fault;
mod forward;
mod media;
mod models;
mod plain;
mod reply;
mod request;
mod settings;
mod stop;
mod table;
mod tool;
mod tree;
mod usage;
mod wire;

pub use count::{decode_count, encode_count_request};
pub use decode::StreamDecoder;
pub use encode::StreamEncoder;
pub use fault::decode_fault;
pub use forward::{Forward, forward_request};
pub use reply::{decode_reply, encode_reply};
pub use request::{DIALECT, betas, decode_request, encode_request};
pub use table::{Anthropic, plan};

pub(crate) use models::{CLAUDES, Claude};
