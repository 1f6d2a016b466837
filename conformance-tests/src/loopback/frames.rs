//! Event streams as tests look at them: whole frames, and what they say.

use bytes::Bytes;
use rest_json::frame::FrameKind;
use rest_json::{Frame, FrameDecoder};

use crate::loopback::fault::Fault;

/// No recorded stream and no frame of ours comes near this.
const LIMIT_BYTES: usize = 16 << 20;

/// The frames of a whole stream, checksums verified.
///
/// # Errors
/// It is not made of whole frames.
pub fn frames(stream: &[u8]) -> Result<Vec<Frame>, Fault> {
    let mut decoder = FrameDecoder::new(LIMIT_BYTES);
    let frames = decoder
        .push(stream)
        .map_err(|error| Fault::new(format!("not frames: {error}")))?;
    decoder
        .finish()
        .map_err(|error| Fault::new(format!("the stream ends inside a frame: {error}")))?;
    Ok(frames)
}

/// The bytes of a stream, cut at the ends of its frames.
///
/// # Errors
/// It is not made of whole frames.
pub fn cut(stream: &Bytes) -> Result<Vec<Bytes>, Fault> {
    let mut rest = stream.clone();
    let mut whole = Vec::new();
    while !rest.is_empty() {
        // The first four bytes of a frame are its length.
        let length = rest
            .first_chunk::<4>()
            .and_then(|length| usize::try_from(u32::from_be_bytes(*length)).ok())
            .filter(|length| (16..=rest.len()).contains(length))
            .ok_or_else(|| Fault::new("the stream ends inside a frame"))?;
        whole.push(rest.split_to(length));
    }
    Ok(whole)
}

/// `event contentBlockDelta {...}` or `exception throttlingException {...}`: a frame for people and for comparisons.
#[must_use]
pub fn line(frame: &Frame) -> String {
    let payload = String::from_utf8_lossy(&frame.payload);
    match frame.kind() {
        FrameKind::Event(name) => format!("event {name} {payload}"),
        FrameKind::Exception(name) => format!("exception {name} {payload}"),
        FrameKind::Error { code, message } => format!("error {code} {message} {payload}"),
        FrameKind::Other => format!("other {payload}"),
    }
}

/// The name of an exception frame; none for any other.
#[must_use]
pub fn exception(frame: &Frame) -> Option<&str> {
    match frame.kind() {
        FrameKind::Exception(name) => Some(name),
        FrameKind::Event(_) | FrameKind::Error { .. } | FrameKind::Other => None,
    }
}
