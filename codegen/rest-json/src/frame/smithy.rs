//! Frames as `aws-smithy-eventstream` reads them.

use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream as theirs;
use bytes::Bytes;

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
