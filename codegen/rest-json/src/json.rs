//! A strict JSON reader and a writer that prints what AWS prints; neither knows a shape.

mod impls;
mod integer;
mod reader;
mod scan;
mod variant;
mod writer;

pub use integer::Integer;
pub use reader::Reader;
pub use writer::{ListWriter, MapWriter, ObjectWriter, Writer};

use crate::error::DecodeError;

/// How deep lists and objects may nest, in typed reads and in documents alike.
pub const DEPTH_LIMIT: usize = 128;

/// A value that can be read where the reader stands; it consumes exactly that value.
pub trait FromJson: Sized {
    /// Reads one value. `null` is a value of `Option` and of `Document` only.
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

/// A value that can be written as one JSON value.
pub trait ToJson {
    /// Appends the value.
    fn write(&self, writer: &mut Writer);
}

/// Reads one value that is the whole text.
///
/// ```
/// let names: Vec<String> = rest_json::json::from_slice(br#"["a", "b"]"#)?;
/// assert_eq!(names, ["a", "b"]);
/// # Ok::<(), rest_json::DecodeError>(())
/// ```
pub fn from_slice<T: FromJson>(bytes: &[u8]) -> Result<T, DecodeError> {
    whole(Reader::new(bytes)?)
}

/// The same of text, which needs no check.
pub fn from_text<T: FromJson>(text: &str) -> Result<T, DecodeError> {
    whole(Reader::of(text))
}

fn whole<T: FromJson>(mut reader: Reader<'_>) -> Result<T, DecodeError> {
    let value = T::read(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

/// Writes one value as a whole text.
pub fn to_vec<T: ToJson + ?Sized>(value: &T) -> Vec<u8> {
    let mut writer = Writer::new();
    value.write(&mut writer);
    writer.into_bytes()
}
