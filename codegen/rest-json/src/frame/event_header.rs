//! Header members of events: the simple types of the model as typed header values.

use bytes::Bytes;

use crate::frame::HeaderValue;
use crate::value::{Blob, Timestamp, TimestampFormat};

/// A simple value that a header of an event carries with its type.
pub trait EventHeader: Sized {
    /// Reads a value of exactly this type.
    fn from_header(value: &HeaderValue) -> Option<Self>;

    /// The typed value.
    fn to_header(&self) -> HeaderValue;
}

macro_rules! plain {
    ($($type:ty: $variant:ident),* $(,)?) => {$(
        impl EventHeader for $type {
            fn from_header(value: &HeaderValue) -> Option<Self> {
                if let HeaderValue::$variant(value) = value { Some(value.clone().into()) } else { None }
            }

            fn to_header(&self) -> HeaderValue {
                HeaderValue::$variant(self.clone().into())
            }
        }
    )*};
}

plain! {
    bool: Bool,
    i8: Byte,
    i16: Short,
    i32: Int,
    i64: Long,
    Bytes: Blob,
    String: String,
}

impl EventHeader for Blob {
    fn from_header(value: &HeaderValue) -> Option<Self> {
        Bytes::from_header(value).map(Self::from_bytes)
    }

    fn to_header(&self) -> HeaderValue {
        HeaderValue::Blob(self.bytes().clone())
    }
}

/// Milliseconds, whatever the format is in JSON.
impl<F: TimestampFormat> EventHeader for Timestamp<F> {
    fn from_header(value: &HeaderValue) -> Option<Self> {
        if let HeaderValue::Timestamp(instant) = value {
            Self::new(*instant)
        } else {
            None
        }
    }

    fn to_header(&self) -> HeaderValue {
        HeaderValue::Timestamp(self.instant())
    }
}
