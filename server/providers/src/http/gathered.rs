//! Bytes that pass as one piece, though they came as several.

use bytes::{Bytes, BytesMut};

/// What has been gathered; a single piece is not copied.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    one: Bytes,
    more: BytesMut,
}

impl Gathered {
    /// Adds a piece behind the others.
    pub(crate) fn push(&mut self, bytes: Bytes) {
        if self.is_empty() {
            self.one = bytes;
            return;
        }
        if !self.one.is_empty() {
            self.more.extend_from_slice(&self.one);
            self.one.clear();
        }
        self.more.extend_from_slice(&bytes);
    }

    pub(crate) fn len(&self) -> usize {
        self.one.len() + self.more.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of it, which leaves nothing.
    pub(crate) fn take(&mut self) -> Bytes {
        if self.more.is_empty() {
            std::mem::take(&mut self.one)
        } else {
            self.more.split().freeze()
        }
    }
}
