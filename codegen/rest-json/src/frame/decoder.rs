//! Whole frames out of a stream of bytes that is cut anywhere.

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};

use crate::frame::raw::{Lengths, PRELUDE_BYTES};
use crate::frame::{Frame, FrameError, RawFrame};

/// Cuts a byte stream into frames.
///
/// Memory is bounded by the limit, and time is linear in the bytes however they are cut. Frames that lie whole in one
/// chunk share its memory; only a frame that spans chunks is copied, once.
///
/// Whole frames before a broken one are still given out; the error comes with the next call, and with every call after.
pub struct FrameDecoder {
    limit_bytes: usize,
    /// The beginning of a frame whose end has not come.
    pending: BytesMut,
    /// The length of that frame, once its prelude is there.
    total: Option<usize>,
    failure: Option<FrameError>,
}

impl FrameDecoder {
    /// A decoder that refuses frames of more than `limit_bytes`.
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            pending: BytesMut::new(),
            total: None,
            failure: None,
        }
    }

    /// Takes the next bytes and gives the frames that they complete, undecoded.
    pub fn push_raw(&mut self, mut bytes: Bytes) -> Result<Vec<RawFrame>, FrameError> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let mut frames = Vec::new();
        loop {
            match self.next(&mut bytes) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => return Ok(frames),
                Err(failure) => {
                    self.failure = Some(failure);
                    return if frames.is_empty() {
                        Err(failure)
                    } else {
                        Ok(frames)
                    };
                }
            }
        }
    }

    /// Takes the next bytes and gives the frames that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Frame>, FrameError> {
        let raw = self.push_raw(Bytes::copy_from_slice(bytes))?;
        let mut frames = Vec::with_capacity(raw.len());
        for frame in raw {
            match frame.decode() {
                Ok(frame) => frames.push(frame),
                Err(failure) => {
                    self.failure = Some(failure);
                    return if frames.is_empty() {
                        Err(failure)
                    } else {
                        Ok(frames)
                    };
                }
            }
        }
        Ok(frames)
    }

    /// How many bytes of an unfinished frame are held.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The end of the stream: an error if it is inside a frame, or if a broken frame was seen.
    pub fn finish(&self) -> Result<(), FrameError> {
        match (self.failure, self.pending.len()) {
            (Some(failure), _) => Err(failure),
            (None, 0) => Ok(()),
            (None, pending_bytes) => Err(FrameError::Unfinished { pending_bytes }),
        }
    }

    fn next(&mut self, bytes: &mut Bytes) -> Result<Option<RawFrame>, FrameError> {
        if self.pending.is_empty() {
            let Some(prelude) = bytes.get(..PRELUDE_BYTES) else {
                self.take(bytes, PRELUDE_BYTES);
                return Ok(None);
            };
            let total = self.length(prelude)?;
            if bytes.len() >= total {
                return RawFrame::of_length_checked(bytes.split_to(total)).map(Some);
            }
            self.total = Some(total);
        }
        let total = match self.total {
            Some(total) => total,
            None => {
                self.take(bytes, PRELUDE_BYTES);
                if self.pending.len() < PRELUDE_BYTES {
                    return Ok(None);
                }
                let total = self.length(&self.pending)?;
                self.total = Some(total);
                total
            }
        };
        self.take(bytes, total);
        if self.pending.len() < total {
            return Ok(None);
        }
        self.total = None;
        RawFrame::of_length_checked(self.pending.split().freeze()).map(Some)
    }

    /// Moves bytes over until `wanted` are pending, or as many as there are.
    fn take(&mut self, bytes: &mut Bytes, wanted: usize) {
        let missing = wanted.saturating_sub(self.pending.len()).min(bytes.len());
        self.pending
            .extend_from_slice(bytes.get(..missing).unwrap_or_default());
        bytes.advance(missing);
    }

    fn length(&self, prelude: &[u8]) -> Result<usize, FrameError> {
        let total = Lengths::read(prelude)?.total;
        if total > self.limit_bytes {
            return Err(FrameError::TooLong {
                limit_bytes: self.limit_bytes,
            });
        }
        Ok(total)
    }
}

/// Shows how much is held and not what.
impl fmt::Debug for FrameDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameDecoder")
            .field("limit_bytes", &self.limit_bytes)
            .field("pending_bytes", &self.pending.len())
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}
