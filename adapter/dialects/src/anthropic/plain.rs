//! The plain values: members this build does not know, documents, numbers, and members that must be there.

use llm::{Ext, Json, Num};
use rest_json::{DecodeError, Document, FromJson, Reader, Reason, Unknowns};

/// The text of the fault that a member is absent, in the words of Bedrock's own schema errors.
macro_rules! required {
    ($key:literal) => {
        concat!("required key [", $key, "] not found")
    };
}

pub(super) use required;

/// The value of a member without which an object means nothing.
pub(super) fn need<T>(value: Option<T>, fault: &'static str) -> Result<T, DecodeError> {
    value.ok_or_else(|| DecodeError::new(Reason::Invalid(fault)))
}

/// Members that are `null` say nothing, so they stay behind.
pub(super) fn decode_ext(unknown: &Unknowns) -> Ext {
    Ext(unknown
        .iter()
        .filter(|(_, value)| value.as_str() != "null")
        .map(|(name, value)| (name.into(), decode_json(value.clone())))
        .collect())
}

/// Whether members that are not `null` are there which this build does not know.
pub(super) fn says_more(unknown: &Unknowns) -> bool {
    unknown.iter().any(|(_, value)| value.as_str() != "null")
}

pub(super) fn decode_json(document: Document) -> Json {
    Json::from_text(document.into_text())
}

/// The value as it is written.
pub(super) fn raw(text: &str) -> Json {
    Json::from_text(text)
}

/// Reads a value that is the whole text, which a reader has passed over before.
pub(super) fn parse<T: FromJson>(text: &str) -> Result<T, DecodeError> {
    let mut reader = Reader::of(text);
    let value = T::read(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

/// The member `type` of an object, by which everything in this format is told apart. A reader has passed over the object before,
/// so nothing behind the member is looked at: it may be an image.
pub(super) fn kind_of(text: &str) -> Result<Option<String>, DecodeError> {
    let mut reader = Reader::of(text);
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        if key == "type" {
            return reader.member("type");
        }
        reader.raw()?;
    }
    Ok(None)
}

/// A number as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decimal(pub(super) Num);

impl FromJson for Decimal {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = reader.number_text()?;
        // Every JSON number is a Rust float.
        let value = text.parse().unwrap_or(f64::NAN);
        Ok(Self(Num::new(text, value)))
    }
}

/// A number's own text, where it is a JSON number: other formats also know words such as `NaN`.
pub(super) fn number(num: &Num) -> Option<Json> {
    let text = num.as_str();
    let mut reader = Reader::of(text);
    let number = reader.number_text().ok()?;
    (number.len() == text.len()).then(|| raw(number))
}
