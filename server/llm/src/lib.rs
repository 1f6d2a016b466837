//! The provider-neutral vocabulary of the gateway, and the two traits that everything meets at.
//!
//! [`Backend`] is what an edge calls and the engine implements; [`Provider`] is what the engine calls and an upstream client implements.
//! Between them travel a [`Call`], a [`Context`] and an [`Answer`]; the content of a conversation, where somebody has to read it, is [`chat`].
//!
//! Invariants: no input or output happens here, no wire format and no provider is known here, and no type here is serializable.
//! JSON that a caller sent is carried as the text it came in, never as a parsed value.

pub mod chat;

mod call;
mod context;
mod error;
mod json;
mod observe;
mod provider;

pub use call::{Call, Decode, Model, Native, Op, Wire};
pub use context::{Claim, Context};
pub use error::{Error, Kind, NativeError, Origin, Retry};
pub use json::{Ext, Json, Num};
pub use observe::{End, Observation, Record};
pub use provider::{Answer, Backend, Chunk, HEAD_DELAY_MAX, Key, Plan, Provider, Reject, Warning};

/// A boxed future, as the object-safe traits of this crate return it.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A boxed stream that owns what it needs; dropping it cancels the work behind it.
pub type BoxStream<T> = std::pin::Pin<Box<dyn futures_core::Stream<Item = T> + Send>>;
