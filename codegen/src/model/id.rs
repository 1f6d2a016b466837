//! Ids of shapes, `namespace#Name`.

use std::fmt;

use crate::error::{Error, Result};

/// The absolute id of a shape, without a member.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShapeId(Box<str>);

/// The namespace of Smithy's prelude, where `String` and `Unit` live.
const PRELUDE: &str = "smithy.api";

impl ShapeId {
    /// Reads `namespace#Name`.
    pub fn parse(text: &str) -> Result<Self> {
        match text.split_once('#') {
            Some((namespace, name)) if !namespace.is_empty() && is_name(name) => {
                Ok(Self(text.into()))
            }
            Some(_) | None => Err(Error::form(format!("`{text}` is not an absolute shape id"))),
        }
    }

    /// Puts a name into a namespace.
    pub fn new(namespace: &str, name: &str) -> Result<Self> {
        Self::parse(&format!("{namespace}#{name}"))
    }

    /// The whole id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before `#`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.0
            .split_once('#')
            .map_or("", |(namespace, _)| namespace)
    }

    /// The part after `#`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split_once('#').map_or("", |(_, name)| name)
    }

    /// Whether it names a shape of Smithy's prelude.
    #[must_use]
    pub fn is_prelude(&self) -> bool {
        self.namespace() == PRELUDE
    }

    /// Whether it is `smithy.api#Unit`, the structure without members that stands for "no input" and "no output".
    #[must_use]
    pub fn is_unit(&self) -> bool {
        self.is_prelude() && self.name() == "Unit"
    }
}

/// Whether the text is an identifier of Smithy: a letter first, or underscores and then a letter or digit.
pub(super) fn is_name(text: &str) -> bool {
    let rest = text.trim_start_matches('_');
    let first = if rest.len() < text.len() {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric())
    } else {
        rest.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    first && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl fmt::Display for ShapeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ShapeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
