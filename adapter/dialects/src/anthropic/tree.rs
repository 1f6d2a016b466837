//! JSON on its way out: objects whose leaves are borrowed from the neutral form, so that media is not copied to be written.
//!
//! Members stand in the order they are given.

use std::borrow::Cow;

use llm::{Ext, Json};
use rest_json::{Blob, Bytes, ToJson, Writer};

/// One value.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Text(Cow<'a, str>),
    /// JSON as text.
    Raw(Cow<'a, str>),
    /// Bytes, which are written in base64.
    Bytes(&'a Bytes),
    List(Vec<Value<'a>>),
    Object(Object<'a>),
}

/// An object.
#[derive(Debug, Default)]
pub(super) struct Object<'a>(Vec<(&'a str, Value<'a>)>);

impl<'a> Object<'a> {
    /// An object whose first member is its type.
    pub(super) fn of_kind(kind: &'a str) -> Self {
        Self::default().with("type", kind)
    }

    /// The type, where it has one.
    pub(super) fn kind(&self) -> Option<&str> {
        match self.0.first() {
            Some(("type", Value::Text(kind))) => Some(kind),
            Some(_) | None => None,
        }
    }

    /// Whether it has a member of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    /// Adds a member; the caller knows that it is not there yet.
    pub(super) fn set(&mut self, name: &'a str, value: impl Into<Value<'a>>) {
        self.0.push((name, value.into()));
    }

    /// Adds members of JSON as text, but for those that are there already.
    pub(super) fn fill(&mut self, members: impl Iterator<Item = (&'a str, &'a str)>) {
        // Only what stood there before can collide: the members themselves have a name each. So the cost is not their square.
        let n_before = self.0.len();
        for (name, text) in members {
            let before = self.0.get(..n_before).unwrap_or_default();
            if !before.iter().any(|(known, _)| *known == name) {
                self.0.push((name, Value::Raw(Cow::Borrowed(text))));
            }
        }
    }

    #[must_use]
    pub(super) fn with(mut self, name: &'a str, value: impl Into<Value<'a>>) -> Self {
        self.set(name, value);
        self
    }

    /// With a member that is left out where it has no value.
    #[must_use]
    pub(super) fn with_some(self, name: &'a str, value: Option<impl Into<Value<'a>>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With the members that this build does not know, where they are this format's `own`.
    #[must_use]
    pub(super) fn with_ext(mut self, ext: &'a Ext, own: bool) -> Self {
        if own {
            let members = ext.0.iter();
            self.fill(members.map(|(name, value)| (&**name, value.as_str())));
        }
        self
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a Json> for Value<'a> {
    fn from(json: &'a Json) -> Self {
        Self::Raw(Cow::Borrowed(json.as_str()))
    }
}

impl From<Json> for Value<'_> {
    fn from(json: Json) -> Self {
        Self::Raw(Cow::Owned(json.as_str().to_owned()))
    }
}

impl<'a> From<&'a Bytes> for Value<'a> {
    fn from(bytes: &'a Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl<'a> From<Vec<Value<'a>>> for Value<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self::List(items)
    }
}

impl<'a> From<Vec<Object<'a>>> for Value<'a> {
    fn from(items: Vec<Object<'a>>) -> Self {
        Self::List(items.into_iter().map(Value::Object).collect())
    }
}

impl<'a> From<Object<'a>> for Value<'a> {
    fn from(object: Object<'a>) -> Self {
        Self::Object(object)
    }
}

impl ToJson for Value<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Value::Null => writer.null(),
            Value::Bool(value) => writer.boolean(*value),
            Value::Integer(number) => writer.integer(*number),
            Value::Text(text) => writer.string(text),
            Value::Raw(text) => writer.raw(text),
            Value::Bytes(bytes) => Blob::from_bytes(Bytes::clone(bytes)).write(writer),
            Value::List(items) => items.write(writer),
            Value::Object(object) => object.write(writer),
        }
    }
}

impl ToJson for Object<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut map = writer.map();
        for (name, value) in &self.0 {
            map.entry(name, value);
        }
        map.end();
    }
}
