//! Our frames and those of `aws-smithy-eventstream`, one to one.

use aws_smithy_eventstream::frame::{read_message_from, write_message_to};
use aws_smithy_types::event_stream as theirs;
use aws_smithy_types::str_bytes::StrBytes;
use bytes::{Bytes, BytesMut};

use crate::frame::{Frame, FrameError, HeaderValue};

/// Reads the bytes of exactly one frame, whose lengths and checksums were checked.
pub(super) fn read(bytes: Bytes) -> Result<Frame, FrameError> {
    let message = read_message_from(bytes).map_err(|_| FrameError::Headers)?;
    let headers = message.headers().iter().map(|header| {
        let value = ours(header.value()).ok_or(FrameError::Headers)?;
        Ok((header.name().as_str().into(), value))
    });
    Ok(Frame {
        headers: headers.collect::<Result<_, FrameError>>()?,
        payload: message.payload().clone(),
    })
}

/// Appends the bytes of a frame; nothing where it fails.
pub(super) fn write(frame: &Frame, out: &mut BytesMut) -> Result<(), FrameError> {
    let mut message = theirs::Message::new(frame.payload.clone());
    for (name, value) in &frame.headers {
        message = message.add_header(theirs::Header::new(
            StrBytes::copy_from_str(name),
            theirs(value),
        ));
    }
    // The writer refuses before its first byte: lengths are known once the headers are staged.
    write_message_to(&message, out).map_err(|_| FrameError::Unwritable)
}

fn ours(value: &theirs::HeaderValue) -> Option<HeaderValue> {
    use theirs::HeaderValue as Theirs;
    Some(match value {
        Theirs::Bool(value) => HeaderValue::Bool(*value),
        Theirs::Byte(value) => HeaderValue::Byte(*value),
        Theirs::Int16(value) => HeaderValue::Short(*value),
        Theirs::Int32(value) => HeaderValue::Int(*value),
        Theirs::Int64(value) => HeaderValue::Long(*value),
        Theirs::ByteArray(value) => HeaderValue::Blob(value.clone()),
        Theirs::String(value) => HeaderValue::String(value.as_str().into()),
        Theirs::Timestamp(value) => HeaderValue::Timestamp(*value),
        Theirs::Uuid(value) => HeaderValue::Uuid(*value),
        // Their type is open; the format has no further kinds.
        _ => return None,
    })
}

fn theirs(value: &HeaderValue) -> theirs::HeaderValue {
    use theirs::HeaderValue as Theirs;
    match value {
        HeaderValue::Bool(value) => Theirs::Bool(*value),
        HeaderValue::Byte(value) => Theirs::Byte(*value),
        HeaderValue::Short(value) => Theirs::Int16(*value),
        HeaderValue::Int(value) => Theirs::Int32(*value),
        HeaderValue::Long(value) => Theirs::Int64(*value),
        HeaderValue::Blob(value) => Theirs::ByteArray(value.clone()),
        HeaderValue::String(value) => Theirs::String(StrBytes::copy_from_str(value)),
        HeaderValue::Timestamp(value) => Theirs::Timestamp(*value),
        HeaderValue::Uuid(value) => Theirs::Uuid(*value),
    }
}
