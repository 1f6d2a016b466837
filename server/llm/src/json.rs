//! JSON and numbers as the text they came in.
//!
//! Parsing and printing again loses key order, big integers and the form of decimals; tool schemas and prompt caches depend on all three.

use std::fmt;
use std::sync::Arc;

/// One JSON value as its source text, cheap to clone.
///
/// Whoever makes one vouches that the text is a whole JSON value; the codecs do so by construction.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(Arc<str>);

impl Json {
    /// Takes text that is known to be one JSON value.
    pub fn from_text(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The source text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The source text, shared.
    pub fn into_text(self) -> Arc<str> {
        self.0
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A decimal number as its source text, beside its value: `0.7` leaves as `0.7`, not as `0.699999988079071`.
#[derive(Clone, PartialEq)]
pub struct Num {
    text: Box<str>,
    value: f64,
}

impl Num {
    /// Takes a number's text and the value it stands for.
    pub fn new(text: impl Into<Box<str>>, value: f64) -> Self {
        Self {
            text: text.into(),
            value,
        }
    }

    /// The source text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The nearest double.
    pub fn value(&self) -> f64 {
        self.value
    }
}

impl fmt::Debug for Num {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The members of an object that the caller's wire format does not model, by name, kept so that they survive the way back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ext(pub Vec<(Box<str>, Json)>);

impl Ext {
    /// The member of that name.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0
            .iter()
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| value)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
