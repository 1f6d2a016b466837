//! A frame as bytes.
//!
//! Not by way of `aws-smithy-eventstream`, which takes the name and the value of each header into memory of its own: a stream of
//! a model is a frame for every few words. The tests hold that its bytes are the same.

use bytes::{BufMut, BytesMut};

use crate::frame::raw::PRELUDE_BYTES;
use crate::frame::{Frame, FrameError, HeaderValue};

/// The longest text or blob in a header, by AWS's description of the format.
const VALUE_BYTES_MAX: u16 = 32_767;

/// Appends the bytes of a frame; nothing where it fails.
pub(super) fn write(frame: &Frame, out: &mut BytesMut) -> Result<(), FrameError> {
    let start = out.len();
    let written = append(frame, out);
    if written.is_err() {
        out.truncate(start);
    }
    written
}

fn append(frame: &Frame, out: &mut BytesMut) -> Result<(), FrameError> {
    let Frame { headers, payload } = frame;
    let start = out.len();
    // About what the headers of an event take.
    out.reserve(payload.len().saturating_add(128));
    out.put_bytes(0, PRELUDE_BYTES);
    for (name, value) in headers {
        let name_len = u8::try_from(name.len()).map_err(|_| FrameError::Unwritable)?;
        out.put_u8(name_len);
        out.put_slice(name.as_bytes());
        append_value(value, out)?;
    }
    let headers_len = word(out.len() - start - PRELUDE_BYTES)?;
    out.put_slice(payload);
    // The checksum at the end counts too.
    let total_len = word(out.len() - start + 4)?;

    let lengths = (u64::from(total_len) << 32) | u64::from(headers_len);
    if let Some(mut prelude) = out.get_mut(start..) {
        prelude.put_u64(lengths);
        prelude.put_u32(crc32fast::hash(&lengths.to_be_bytes()));
    }
    let checksum = crc32fast::hash(out.get(start..).unwrap_or_default());
    out.put_u32(checksum);
    Ok(())
}

fn append_value(value: &HeaderValue, out: &mut BytesMut) -> Result<(), FrameError> {
    match value {
        HeaderValue::Bool(true) => out.put_u8(0),
        HeaderValue::Bool(false) => out.put_u8(1),
        HeaderValue::Byte(value) => {
            out.put_u8(2);
            out.put_i8(*value);
        }
        HeaderValue::Short(value) => {
            out.put_u8(3);
            out.put_i16(*value);
        }
        HeaderValue::Int(value) => {
            out.put_u8(4);
            out.put_i32(*value);
        }
        HeaderValue::Long(value) => {
            out.put_u8(5);
            out.put_i64(*value);
        }
        HeaderValue::Blob(value) => append_bytes(6, value, out)?,
        HeaderValue::String(value) => append_bytes(7, value.as_bytes(), out)?,
        HeaderValue::Timestamp(value) => {
            out.put_u8(8);
            out.put_i64(value.to_millis().map_err(|_| FrameError::Unwritable)?);
        }
        HeaderValue::Uuid(value) => {
            out.put_u8(9);
            out.put_u128(*value);
        }
    }
    Ok(())
}

fn append_bytes(kind: u8, bytes: &[u8], out: &mut BytesMut) -> Result<(), FrameError> {
    let len = u16::try_from(bytes.len()).ok();
    let len = len
        .filter(|len| *len <= VALUE_BYTES_MAX)
        .ok_or(FrameError::Unwritable)?;
    out.put_u8(kind);
    out.put_u16(len);
    out.put_slice(bytes);
    Ok(())
}

fn word(len: usize) -> Result<u32, FrameError> {
    u32::try_from(len).map_err(|_| FrameError::Unwritable)
}
