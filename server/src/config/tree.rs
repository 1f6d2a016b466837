//! A YAML document as a tree in which every node knows its line and column.
//!
//! It exists so that all problems of a configuration can be listed at once: reading straight into typed values stops at the first one.
//! Knows nothing of what a configuration means.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::problem::{Position, Problem};

/// A node and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: Position,
    pub(super) value: Value,
}

/// What a node holds.
#[derive(Debug)]
pub(super) enum Value {
    Null,
    /// `true` or `false`.
    Flag(bool),
    Whole(u64),
    /// A number that is negative, has a fraction or is too large; nothing in a configuration is.
    OtherNumber,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// The key of a map and where it stands.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) at: Position,
    pub(super) name: String,
}

impl Node {
    /// Reads one YAML document; an empty one is a null.
    pub(super) fn parse(yaml: &str) -> Result<Self, Problem> {
        // Only `true` and `false` are flags: a region or a model called `no` or `on` is a text.
        // The text of an error must not quote the line it is about, because a key may stand there.
        let options = serde_saphyr::options! {
            strict_booleans: true,
            with_snippet: false,
        };
        serde_saphyr::from_str_with_options::<Spanned<Value>>(yaml, options)
            .map(Node::from)
            .map_err(|error| Problem {
                at: error.location().map_or(Position::START, Position::from),
                message: syntax_message(&error),
            })
    }
}

/// What the parser says, without the position, which a problem prints by itself.
fn syntax_message(error: &serde_saphyr::Error) -> String {
    let error = error.without_snippet();
    if let serde_saphyr::Error::DuplicateMappingKey { key, .. } = error {
        let name = key.as_deref().unwrap_or("one");
        return format!("there is already a key `{name}` in this map");
    }
    if let serde_saphyr::Error::MultipleDocuments { .. } = error {
        return "a configuration is one YAML document, and here begins another".to_owned();
    }
    let text = error.to_string();
    let first_line = text.lines().next().unwrap_or_default();
    let bare = first_line
        .split_once(" at line ")
        .map_or(first_line, |(message, _position)| message);
    format!("this is not the YAML of a configuration: {bare}")
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Self {
        Self {
            at: spanned.referenced.into(),
            value: spanned.value,
        }
    }
}

impl From<Location> for Position {
    fn from(location: Location) -> Self {
        Self {
            line: location.line(),
            column: location.column(),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Whole(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(u64::try_from(number).map_or(Value::OtherNumber, Value::Whole))
    }

    fn visit_u128<E>(self, _: u128) -> Result<Value, E> {
        Ok(Value::OtherNumber)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Value, E> {
        Ok(Value::OtherNumber)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::OtherNumber)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element::<Spanned<Value>>()? {
            nodes.push(node.into());
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, node)) = map.next_entry::<Spanned<String>, Spanned<Value>>()? {
            let key = Key {
                at: key.referenced.into(),
                name: key.value,
            };
            entries.push((key, node.into()));
        }
        Ok(Value::Map(entries))
    }
}
