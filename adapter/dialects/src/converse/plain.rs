//! The plain values: unknown members, documents, numbers, bytes.

use std::sync::Arc;

use bytes::Bytes;
use llm::{Ext, Json, Num};
use rest_json::{Blob, Document, Number, Unknowns};

pub(super) fn decode_ext(unknown: &Unknowns) -> Ext {
    Ext(unknown
        .iter()
        .map(|(name, value)| (name.into(), decode_json(value.clone())))
        .collect())
}

pub(super) fn encode_ext(ext: &Ext) -> Unknowns {
    let mut unknown = Unknowns::default();
    for (name, value) in &ext.0 {
        unknown.insert(name, encode_json(value.clone()));
    }
    unknown
}

pub(super) fn decode_json(document: Document) -> Json {
    Json::from_text(document.into_text())
}

pub(super) fn encode_json(json: Json) -> Document {
    let text: Arc<str> = json.into_text();
    Document::from_valid(text)
}

pub(super) fn decode_number(number: &Number) -> Num {
    Num::new(number.as_str(), number.value())
}

/// The number's own text; where that is no JSON number its value speaks.
pub(super) fn encode_number(num: &Num) -> Number {
    Number::new(num.as_str()).unwrap_or_else(|_| Number::from(num.value()))
}

pub(super) fn decode_bytes(blob: &Blob) -> Bytes {
    blob.bytes().clone()
}

pub(super) fn encode_bytes(bytes: &Bytes) -> Blob {
    Blob::from_bytes(bytes.clone())
}
