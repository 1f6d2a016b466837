//! Server-sent events out of bytes, however they are cut: a plain state machine that knows no HTTP and no provider.
//!
//! What the WHATWG's specification asks for (section 9.2.6), but where a model's stream is better served otherwise: only the data
//! of an event is kept, an event without content says nothing, and what stands behind the last blank line is not lost.

/// A decoder of one stream.
#[derive(Debug)]
pub(crate) struct Decoder {
    limit_bytes: usize,
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// The data of the event that has not ended yet, a line feed behind each of its lines.
    data: Vec<u8>,
    /// Whether the last byte was a carriage return, with which a line feed makes one end of line.
    after_return: bool,
    /// Whether a line has ended: a byte order mark may stand before the first only.
    begun: bool,
}

/// An event is longer than anybody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Decoder {
    /// A decoder that holds so much of one event at most.
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            line: Vec::new(),
            data: Vec::new(),
            after_return: false,
            begun: false,
        }
    }

    /// The data of each event that ends in those bytes. Bytes that are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// An event is too long; nothing may be pushed after that.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut events = Vec::new();
        while let Some(first) = bytes.first() {
            if std::mem::take(&mut self.after_return) && *first == b'\n' {
                bytes = bytes.split_off(1..).unwrap_or_default();
                continue;
            }
            let (piece, end) = match end_of_line(bytes) {
                Some(place) => {
                    let piece = bytes.split_off(..place).unwrap_or_default();
                    (piece, bytes.split_off_first())
                }
                None => (std::mem::take(&mut bytes), None),
            };
            let n_held = self.line.len().saturating_add(self.data.len());
            if n_held.saturating_add(piece.len()) > self.limit_bytes {
                return Err(TooLong);
            }
            match end {
                Some(end) => {
                    self.after_return = *end == b'\r';
                    events.extend(self.end_line(piece));
                }
                None => self.line.extend_from_slice(piece),
            }
        }
        Ok(events)
    }

    /// The stream has ended: the data of an event that had not, which may be half of it.
    pub(crate) fn finish(&mut self) -> Option<String> {
        let last = self.end_line(&[]);
        last.or_else(|| self.end_event())
    }

    /// A line has ended with that piece; where it is blank, so has the event.
    fn end_line(&mut self, piece: &[u8]) -> Option<String> {
        // Most lines come in one piece.
        if self.line.is_empty() {
            return self.read_line(piece);
        }
        let mut line = std::mem::take(&mut self.line);
        line.extend_from_slice(piece);
        self.read_line(&line)
    }

    fn read_line(&mut self, line: &[u8]) -> Option<String> {
        let line = match std::mem::replace(&mut self.begun, true) {
            true => line,
            false => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line),
        };
        if line.is_empty() {
            return self.end_event();
        }
        let value = match line.strip_prefix(b"data") {
            // A field without a colon has no value.
            Some([]) => &[],
            Some([b':', b' ', value @ ..] | [b':', value @ ..]) => value,
            // No field begins with a brace: some servers forget the name of the field where they tell an error.
            None if line.starts_with(b"{") => line,
            // Comments, names of events, ids, and fields that nobody knows.
            Some(_) | None => return None,
        };
        self.data.reserve(value.len().saturating_add(1));
        self.data.extend_from_slice(value);
        self.data.push(b'\n');
        None
    }

    fn end_event(&mut self) -> Option<String> {
        let mut data = std::mem::take(&mut self.data);
        // The line feed behind the last line.
        data.pop();
        if data.trim_ascii().is_empty() {
            return None;
        }
        Some(match String::from_utf8(data) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })
    }
}

fn end_of_line(bytes: &[u8]) -> Option<usize> {
    let is_end = |byte: u8| (byte == b'\n') | (byte == b'\r');
    // What looks at all bytes of a block before it branches is a few vector instructions.
    let (blocks, _) = bytes.as_chunks::<16>();
    let is_within = |block: &&[u8; 16]| {
        let ends = block.iter().map(|byte| is_end(*byte));
        !ends.fold(false, |any, one| any | one)
    };
    let n_within = 16 * blocks.iter().take_while(is_within).count();
    let mut rest = bytes.iter().skip(n_within);
    let place = rest.position(|byte| is_end(*byte))?;
    Some(n_within + place)
}

#[cfg(test)]
mod tests;
