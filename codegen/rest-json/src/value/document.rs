//! A JSON value of no modelled type, kept as the text it came in.

use std::fmt;
use std::sync::Arc;

use crate::error::DecodeError;
use crate::json::{self, FromJson, Reader, ToJson, Writer};

/// One JSON value as text: order of members, form of numbers and escapes survive.
///
/// Two documents are equal when their texts are. Cloning shares the text.
///
/// ```
/// let price = rest_json::Document::new(r#"{"b": 1.10, "a": 123456789012345678901234567890}"#)?;
/// assert_eq!(price.as_str(), r#"{"b": 1.10, "a": 123456789012345678901234567890}"#);
/// # Ok::<(), rest_json::DecodeError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Document(Arc<str>);

impl Document {
    /// Takes text that holds exactly one JSON value; white space around it is cut.
    pub fn new(text: &str) -> Result<Self, DecodeError> {
        json::from_text(text)
    }

    /// Takes text that the caller vouches is exactly one JSON value, such as text that came out of another document.
    pub fn from_valid(text: Arc<str>) -> Self {
        Self(text)
    }

    /// The JSON text, shared.
    pub fn into_text(self) -> Arc<str> {
        self.0
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the document as a typed value.
    pub fn parse<T: FromJson>(&self) -> Result<T, DecodeError> {
        json::from_text(&self.0)
    }

    /// The document that a typed value writes.
    pub fn of<T: ToJson + ?Sized>(value: &T) -> Self {
        let bytes = json::to_vec(value);
        // A writer only ever appends text, so nothing is replaced here.
        Self(String::from_utf8_lossy(&bytes).into())
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromJson for Document {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(reader.raw()?.into()))
    }
}

impl ToJson for Document {
    fn write(&self, writer: &mut Writer) {
        writer.raw(&self.0);
    }
}
