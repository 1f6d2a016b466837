//! A pull reader over one JSON text: the caller says what stands next, the reader keeps commas, depth and position.

use std::borrow::Cow;
use std::fmt;

use crate::error::{DecodeError, Reason};
use crate::json::{DEPTH_LIMIT, FromJson, Integer, scan};

/// Reads one JSON text from front to back.
///
/// Strict RFC 8259: no byte order mark, no comments, no trailing commas, no lone surrogates, at most
/// [`DEPTH_LIMIT`] levels. After an error the position is unspecified and the reader is to be thrown away.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// A list or an object was just opened: no comma stands before what comes.
    fresh: bool,
    answer: bool,
}

impl<'a> Reader<'a> {
    /// Checks that the bytes are UTF-8, once for the whole text.
    pub fn new(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self::of(text)),
            Err(_) => Err(syntax("not UTF-8")),
        }
    }

    /// A reader over text, which needs no check.
    pub fn of(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            fresh: false,
            answer: false,
        }
    }

    /// The same reader for an answer, in which timestamps may name an offset (see [`crate::value::DateTime`]).
    #[must_use]
    pub fn for_answer(self) -> Self {
        Self {
            answer: true,
            ..self
        }
    }

    /// Whether an answer is read, and not a request.
    pub fn is_answer(&self) -> bool {
        self.answer
    }

    /// Makes sure that only white space is left.
    pub fn finish(&mut self) -> Result<(), DecodeError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(syntax("text behind the value")),
        }
    }

    /// Enters an object.
    pub fn begin_object(&mut self) -> Result<(), DecodeError> {
        self.begin(b'{', "an object")
    }

    /// The next member's name, with the reader at its value; `None` has left the object.
    ///
    /// The value must be consumed before the next call.
    pub fn next_key(&mut self) -> Result<Option<Cow<'a, str>>, DecodeError> {
        if self.ends(b'}')? {
            return Ok(None);
        }
        if self.peek() != Some(b'"') {
            return Err(syntax("expected a member name"));
        }
        let key = self.string()?;
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(_) | None => return Err(syntax("expected a colon")),
        }
        Ok(Some(key))
    }

    /// Enters a list.
    pub fn begin_list(&mut self) -> Result<(), DecodeError> {
        self.begin(b'[', "a list")
    }

    /// Whether the reader stands at another item; `false` has left the list.
    pub fn next_item(&mut self) -> Result<bool, DecodeError> {
        Ok(!self.ends(b']')?)
    }

    /// Consumes `null` if it is next.
    pub fn null(&mut self) -> Result<bool, DecodeError> {
        if self.peek() != Some(b'n') {
            return Ok(false);
        }
        self.at = scan::word(self.text, self.at, "null").map_err(DecodeError::new)?;
        Ok(true)
    }

    /// Whether a string is next.
    pub fn at_string(&mut self) -> bool {
        self.peek() == Some(b'"')
    }

    /// Whether an object is next.
    pub fn at_object(&mut self) -> bool {
        self.peek() == Some(b'{')
    }

    /// A string's meaning, borrowed where it holds no escapes.
    pub fn string(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a string"));
        }
        let (end, escaped) = scan::string(self.text, self.at).map_err(DecodeError::new)?;
        // `scan::string` has found both quotes, so the inside is never out of range.
        let inside = self.text.get(self.at + 1..end - 1).unwrap_or_default();
        self.at = end;
        if escaped {
            let text = scan::unescape(inside).map_err(DecodeError::new)?;
            Ok(Cow::Owned(text))
        } else {
            Ok(Cow::Borrowed(inside))
        }
    }

    /// `true` or `false`.
    pub fn boolean(&mut self) -> Result<bool, DecodeError> {
        let (value, word) = match self.peek() {
            Some(b't') => (true, "true"),
            Some(b'f') => (false, "false"),
            Some(_) | None => return Err(self.expected("a boolean")),
        };
        self.at = scan::word(self.text, self.at, word).map_err(DecodeError::new)?;
        Ok(value)
    }

    /// An integer written as one: `1.0`, `1e2`, `"1"` and values out of range are errors.
    pub fn integer<T: Integer>(&mut self) -> Result<T, DecodeError> {
        if !self.at_number() {
            return Err(self.expected(T::EXPECTED));
        }
        let text = self.number_text()?;
        let found = if text.contains(['.', 'e', 'E']) {
            "a number with fraction or exponent"
        } else {
            "a number out of range"
        };
        T::parse(text).ok_or_else(|| {
            DecodeError::new(Reason::Expected {
                expected: T::EXPECTED,
                found,
            })
        })
    }

    /// A number as it is written.
    pub fn number_text(&mut self) -> Result<&'a str, DecodeError> {
        if !self.at_number() {
            return Err(self.expected("a number"));
        }
        let end = scan::number(self.text, self.at).map_err(DecodeError::new)?;
        let text = self.text.get(self.at..end).unwrap_or_default();
        self.at = end;
        Ok(text)
    }

    /// One whole value as it is written, checked; white space around it is cut, inside it is kept.
    pub fn raw(&mut self) -> Result<&'a str, DecodeError> {
        self.at = scan::white_space(self.text, self.at);
        let end = scan::value(self.text, self.at, self.depth).map_err(DecodeError::new)?;
        let text = self.text.get(self.at..end).unwrap_or_default();
        self.at = end;
        Ok(text)
    }

    /// The value of the member `name`, whose key was just read; `null` counts as absent.
    pub fn member<T: FromJson>(&mut self, name: &str) -> Result<Option<T>, DecodeError> {
        Option::<T>::read(self).map_err(|error| error.within(name))
    }

    fn begin(&mut self, open: u8, expected: &'static str) -> Result<(), DecodeError> {
        if self.peek() != Some(open) {
            return Err(self.expected(expected));
        }
        if self.depth >= DEPTH_LIMIT {
            return Err(DecodeError::new(Reason::TooDeep));
        }
        self.at += 1;
        self.depth += 1;
        self.fresh = true;
        Ok(())
    }

    /// Consumes the end of a list or an object, or else the comma before its next part.
    fn ends(&mut self, close: u8) -> Result<bool, DecodeError> {
        let fresh = std::mem::replace(&mut self.fresh, false);
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                self.depth = self.depth.saturating_sub(1);
                Ok(true)
            }
            Some(_) if fresh => Ok(false),
            Some(b',') => {
                self.at += 1;
                // A list would take the comma's missing item for a value of the wrong kind.
                if self.peek() == Some(close) {
                    return Err(syntax("comma before an end"));
                }
                Ok(false)
            }
            Some(_) => Err(syntax("expected a comma or an end")),
            None => Err(syntax("unexpected end")),
        }
    }

    fn at_number(&mut self) -> bool {
        matches!(self.peek(), Some(b'-' | b'0'..=b'9'))
    }

    /// The first byte behind white space, which is skipped.
    fn peek(&mut self) -> Option<u8> {
        self.at = scan::white_space(self.text, self.at);
        self.text.as_bytes().get(self.at).copied()
    }

    fn expected(&mut self, expected: &'static str) -> DecodeError {
        let found = match self.peek() {
            Some(b'"') => "a string",
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            Some(b'-' | b'0'..=b'9') => "a number",
            Some(_) => return syntax("expected a value"),
            None => return syntax("unexpected end"),
        };
        DecodeError::new(Reason::Expected { expected, found })
    }
}

/// Shows where it stands and not what it reads.
impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("at", &self.at)
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

fn syntax(what: &'static str) -> DecodeError {
    DecodeError::new(Reason::Syntax(what))
}
