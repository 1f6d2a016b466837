//! The hand-written runtime that generated AWS restJson1 codecs call: JSON, values, HTTP bindings, routing and frames.
//!
//! It knows the protocol and no service: no operation, no shape and no provider is named here.
//! Everything that came from the wire and cannot be understood is kept as the text it came in, so that what is read
//! can be written again byte for byte.

pub mod binding;
pub mod body;
pub mod check;
pub mod error;
pub mod frame;
pub mod json;
pub mod operation;
pub mod route;
pub mod value;

#[cfg(feature = "arbitrary")]
pub mod arbitrary;

pub use aws_smithy_types::DateTime as Instant;
pub use bytes::Bytes;
pub use error::{DecodeError, EncodeError, ErrorHead, Reason, Rejection, Unhandled};
pub use frame::{EventHeader, Frame, FrameDecoder, FrameError, HeaderValue, RawFrame};
pub use http;
pub use json::{FromJson, Reader, ToJson, Writer};
pub use operation::{
    BoxFuture, EventStream, InputStream, Operation, OutputStream, Request, Response, Undecoded,
};
pub use route::{Labels, Route, RouteError, Router};
pub use value::{
    Blob, DateTime, Document, EpochSeconds, HttpDate, Map, Number, Timestamp, TimestampFormat,
    Unknowns,
};

#[cfg(feature = "arbitrary")]
pub use proptest;
