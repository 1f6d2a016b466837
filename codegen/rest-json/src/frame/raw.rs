//! One whole frame as bytes, for those who pass it on and look at a header or the payload only.

use std::fmt;

use bytes::Bytes;

use crate::frame::{Frame, FrameError, FrameKind, smithy};

/// Total length, headers length, and the checksum of both.
pub(super) const PRELUDE_BYTES: usize = 12;
/// A prelude and the checksum at the end.
pub(super) const OVERHEAD_BYTES: usize = PRELUDE_BYTES + 4;

/// One whole frame whose lengths and checksums are right and whose headers nobody has read yet.
#[derive(Clone, PartialEq, Eq)]
pub struct RawFrame {
    /// The frame as it came, from its length to its checksum.
    pub bytes: Bytes,
}

impl RawFrame {
    /// Takes exactly one frame and checks its lengths and checksums.
    pub fn new(bytes: Bytes) -> Result<Self, FrameError> {
        let prelude = bytes.get(..PRELUDE_BYTES).ok_or(FrameError::Length)?;
        if Lengths::read(prelude)?.total != bytes.len() {
            return Err(FrameError::Length);
        }
        Self::of_length_checked(bytes)
    }

    /// The same where the prelude was read already.
    pub(super) fn of_length_checked(bytes: Bytes) -> Result<Self, FrameError> {
        let (body, checksum) = bytes
            .split_at_checked(bytes.len().saturating_sub(4))
            .ok_or(FrameError::Length)?;
        if checksum != crc32fast::hash(body).to_be_bytes() {
            return Err(FrameError::Checksum);
        }
        Ok(Self { bytes })
    }

    /// The text of the header `name`, found without reading more than the headers before it.
    pub fn text(&self, name: &str) -> Option<&str> {
        let mut rest = self.headers()?;
        while let Some((found, value, behind)) = next_header(rest) {
            if found == name.as_bytes() {
                return match value {
                    (TYPE_STRING, text) => std::str::from_utf8(text).ok(),
                    (_, _) => None,
                };
            }
            rest = behind;
        }
        None
    }

    /// What the frame is.
    pub fn kind(&self) -> FrameKind<'_> {
        FrameKind::of(|name| self.text(name))
    }

    /// The payload, shared with the frame.
    pub fn payload(&self) -> Bytes {
        let start = self
            .headers()
            .map_or(PRELUDE_BYTES, |headers| PRELUDE_BYTES + headers.len());
        let end = self.bytes.len().saturating_sub(4);
        if start <= end {
            self.bytes.slice(start..end)
        } else {
            Bytes::new()
        }
    }

    /// Reads the whole frame.
    pub fn decode(&self) -> Result<Frame, FrameError> {
        smithy::read(self.bytes.clone())
    }

    fn headers(&self) -> Option<&[u8]> {
        let lengths = Lengths::read(self.bytes.get(..PRELUDE_BYTES)?).ok()?;
        self.bytes
            .get(PRELUDE_BYTES..PRELUDE_BYTES + lengths.headers)
    }
}

/// Shows what the frame is and its length.
impl fmt::Debug for RawFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawFrame")
            .field("kind", &self.kind())
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// What a prelude announces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    pub(super) total: usize,
    headers: usize,
}

impl Lengths {
    /// Reads the first [`PRELUDE_BYTES`] of a frame.
    pub(super) fn read(prelude: &[u8]) -> Result<Self, FrameError> {
        let word = |at: usize| {
            prelude
                .get(at..at + 4)
                .and_then(|word| word.try_into().ok())
        };
        let (Some(total), Some(headers), Some(checksum)) = (word(0), word(4), word(8)) else {
            return Err(FrameError::Length);
        };
        let lengths = prelude.get(..8).unwrap_or_default();
        if crc32fast::hash(lengths) != u32::from_be_bytes(checksum) {
            return Err(FrameError::Checksum);
        }
        let length =
            |word| usize::try_from(u32::from_be_bytes(word)).map_err(|_| FrameError::Length);
        let (total, headers) = (length(total)?, length(headers)?);
        match total.checked_sub(OVERHEAD_BYTES) {
            Some(room) if headers <= room => Ok(Self { total, headers }),
            Some(_) | None => Err(FrameError::Length),
        }
    }
}

const TYPE_STRING: u8 = 7;

type Header<'a> = (&'a [u8], (u8, &'a [u8]), &'a [u8]);

/// Name, type and value bytes of the first header, and what follows it.
fn next_header(headers: &[u8]) -> Option<Header<'_>> {
    let (name_len, rest) = headers.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*name_len))?;
    let (kind, rest) = rest.split_first()?;
    let (value_len, rest) = match kind {
        0 | 1 => (0, rest),
        2 => (1, rest),
        3 => (2, rest),
        4 => (4, rest),
        5 | 8 => (8, rest),
        6 | &TYPE_STRING => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        9 => (16, rest),
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(value_len)?;
    Some((name, (*kind, value), rest))
}
