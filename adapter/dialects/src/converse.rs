//! The Converse dialect: Bedrock's own conversation format, unary and stream.
//!
//! The neutral form is its superset, so writing is total, reading asks for no more than the model requires, and what was read
//! is written again as it came: unknown members, unknown union members and unknown enum values included.
//! Wire structures are destructured without `..`, so a new member of the model stops the build until its place is decided.

mod block;
mod cite;
mod event;
mod media;
mod plain;
mod plan;
mod reply;
mod request;
mod settings;
mod stop;
mod stream;
mod tool;
mod validate;

pub use event::{decode_event, encode_event};
pub(crate) use plan::CALL_IDS;
pub use plan::{Bedrock, plan};
pub use reply::{decode_reply, encode_reply};
pub use request::{
    DIALECT, decode_count_request, decode_request, decode_stream_request, encode_count_request,
    encode_request, encode_stream_request,
};
pub use stop::{decode_stop, encode_stop};
pub use stream::{Collector, Grammar, events};
pub use validate::{Finding, validate};
