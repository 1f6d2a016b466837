//! Event-stream frames (`application/vnd.amazon.eventstream`): read, cut from a byte stream, written.
//!
//! The byte format is that of `aws-smithy-eventstream`, which also reads it; here is known where frames end, what their headers
//! mean, and how they are written.

mod decoder;
mod event_header;
mod raw;
mod smithy;
mod write;

use std::fmt;

use bytes::{Bytes, BytesMut};

pub use decoder::FrameDecoder;
pub use event_header::EventHeader;
pub use raw::RawFrame;

/// One message of an event stream.
#[derive(Clone, Default, PartialEq)]
pub struct Frame {
    /// The headers in the order of the wire.
    pub headers: Vec<(Box<str>, HeaderValue)>,
    /// The payload.
    pub payload: Bytes,
}

/// The value of a frame's header.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderValue {
    /// Types 0 and 1.
    Bool(bool),
    /// Type 2.
    Byte(i8),
    /// Type 3.
    Short(i16),
    /// Type 4.
    Int(i32),
    /// Type 5.
    Long(i64),
    /// Type 6.
    Blob(Bytes),
    /// Type 7.
    String(Box<str>),
    /// Type 8, of whole milliseconds on the wire.
    Timestamp(aws_smithy_types::DateTime),
    /// Type 9.
    Uuid(u128),
}

/// What a frame's `:message-type` and its companions say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind<'a> {
    /// An event of this `:event-type`.
    Event(&'a str),
    /// A modelled error of this `:exception-type`.
    Exception(&'a str),
    /// An error that no model knows.
    Error {
        /// `:error-code`.
        code: &'a str,
        /// `:error-message`.
        message: &'a str,
    },
    /// Another message type, or none, or one without its companion.
    Other,
}

impl Frame {
    /// An event with the three headers that AWS sends, in its order.
    pub fn event(event_type: &str, content_type: &str, payload: impl Into<Bytes>) -> Self {
        let mut frame = Self {
            headers: Vec::with_capacity(3),
            payload: payload.into(),
        };
        frame.push(":event-type", event_type);
        frame.push(":content-type", content_type);
        frame.push(":message-type", "event");
        frame
    }

    /// An event without payload.
    pub fn empty_event(event_type: &str) -> Self {
        let mut frame = Self::default();
        frame.push(":event-type", event_type);
        frame.push(":message-type", "event");
        frame
    }

    /// A modelled error; `exception_type` is the member of the stream's union.
    pub fn exception(exception_type: &str, payload: impl Into<Bytes>) -> Self {
        let mut frame = Self {
            headers: Vec::with_capacity(3),
            payload: payload.into(),
        };
        frame.push(":exception-type", exception_type);
        frame.push(":content-type", crate::operation::JSON);
        frame.push(":message-type", "exception");
        frame
    }

    /// What the frame is.
    pub fn kind(&self) -> FrameKind<'_> {
        FrameKind::of(|name| self.text(name))
    }

    /// The same for a reader of typed events, to whom a frame is nothing without the headers that say what it is.
    ///
    /// AWS's compliance suite demands it (`MissingMessageTypeInput`, `MalformedEventTypeOutput` and their like).
    pub fn modelled_kind(&self) -> Result<FrameKind<'_>, FrameError> {
        let missing = |name| Err(FrameError::Header { name });
        match (self.kind(), self.text(":message-type")) {
            (FrameKind::Other, None) => missing(":message-type"),
            (FrameKind::Other, Some("event")) => missing(":event-type"),
            (FrameKind::Other, Some("exception")) => missing(":exception-type"),
            (kind, _) => Ok(kind),
        }
    }

    /// The header `name`.
    pub fn header(&self, name: &str) -> Option<&HeaderValue> {
        self.headers
            .iter()
            .find(|(known, _)| **known == *name)
            .map(|(_, value)| value)
    }

    /// The header `name`, if it is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.header(name) {
            Some(HeaderValue::String(text)) => Some(text),
            Some(_) | None => None,
        }
    }

    /// A header member of an event.
    pub fn read_header<T: EventHeader>(&self, name: &'static str) -> Result<Option<T>, FrameError> {
        match self.header(name) {
            None => Ok(None),
            Some(value) => T::from_header(value)
                .map(Some)
                .ok_or(FrameError::Header { name }),
        }
    }

    /// Writes a header member of an event, if it is there.
    pub fn write_header<T: EventHeader>(&mut self, name: &'static str, value: &Option<T>) {
        if let Some(value) = value {
            self.headers.push((name.into(), value.to_header()));
        }
    }

    /// The frame's bytes.
    pub fn encode(&self) -> Result<Bytes, FrameError> {
        let mut out = BytesMut::new();
        self.encode_to(&mut out)?;
        Ok(out.freeze())
    }

    /// Appends the frame's bytes; nothing where it fails.
    pub fn encode_to(&self, out: &mut BytesMut) -> Result<(), FrameError> {
        write::write(self, out)
    }

    fn push(&mut self, name: &str, text: &str) {
        self.headers
            .push((name.into(), HeaderValue::String(text.into())));
    }
}

/// Shows the headers and the length of the payload, which is content.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("headers", &self.headers)
            .field("payload_bytes", &self.payload.len())
            .finish()
    }
}

impl<'a> FrameKind<'a> {
    fn of(text: impl Fn(&'static str) -> Option<&'a str>) -> Self {
        match text(":message-type") {
            Some("event") => text(":event-type").map_or(Self::Other, Self::Event),
            Some("exception") => text(":exception-type").map_or(Self::Other, Self::Exception),
            Some("error") => Self::Error {
                code: text(":error-code").unwrap_or_default(),
                message: text(":error-message").unwrap_or_default(),
            },
            Some(_) | None => Self::Other,
        }
    }
}

/// Why bytes are not frames, or a frame cannot be bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// A frame announces more bytes than are allowed.
    TooLong {
        /// How many are allowed.
        limit_bytes: usize,
    },
    /// The announced lengths contradict each other.
    Length,
    /// The CRC of the lengths or of the whole frame does not fit.
    Checksum,
    /// The bytes of the headers are not headers.
    Headers,
    /// A header is missing, of the wrong type, or too long to be written.
    Header {
        /// Its name.
        name: &'static str,
    },
    /// The stream ended inside a frame.
    Unfinished {
        /// How many bytes of it had come.
        pending_bytes: usize,
    },
    /// The frame does not fit into the lengths of the format.
    Unwritable,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit_bytes } => {
                write!(f, "a frame is longer than {limit_bytes} bytes")
            }
            Self::Length => f.write_str("the lengths of a frame contradict each other"),
            Self::Checksum => f.write_str("the checksum of a frame does not fit"),
            Self::Headers => f.write_str("the headers of a frame are not readable"),
            Self::Header { name } => {
                write!(f, "{name}: the header of the frame is not a valid value")
            }
            Self::Unfinished { pending_bytes } => {
                write!(f, "the stream ended {pending_bytes} bytes into a frame")
            }
            Self::Unwritable => f.write_str("the frame is too large to be written"),
        }
    }
}

impl std::error::Error for FrameError {}
