//! A JSON object of which every key must be taken: what nobody took is an error at its place.

use serde_json::{Map, Number, Value};

use crate::error::{Error, Result};

/// The keys of one object that are still to be taken.
pub(super) struct Keys {
    place: String,
    left: Map<String, Value>,
}

impl Keys {
    pub(super) fn new(place: impl Into<String>, value: Value) -> Result<Self> {
        let place = place.into();
        match value {
            Value::Object(left) => Ok(Self { place, left }),
            _ => Err(Error::form("a JSON object was expected").at(place)),
        }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.left.shift_remove(key)
    }

    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, "a string")),
        }
    }

    pub(super) fn required_text(&mut self, key: &str) -> Result<String> {
        self.text(key)?
            .ok_or_else(|| self.wrong(key, "there, a string"))
    }

    /// Whether the key is there and true.
    pub(super) fn flag(&mut self, key: &str) -> Result<bool> {
        match self.take(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(self.wrong(key, "true or false")),
        }
    }

    pub(super) fn number(&mut self, key: &str) -> Result<Option<Number>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number)),
            Some(_) => Err(self.wrong(key, "a number")),
        }
    }

    pub(super) fn status(&mut self, key: &str) -> Result<Option<u16>> {
        match self.number(key)? {
            None => Ok(None),
            Some(number) => match number
                .as_u64()
                .and_then(|status| u16::try_from(status).ok())
            {
                Some(status) => Ok(Some(status)),
                None => Err(self.wrong(key, "a status")),
            },
        }
    }

    /// The entries of an object; none where the key is absent.
    pub(super) fn entries(&mut self, key: &str) -> Result<Map<String, Value>> {
        match self.take(key) {
            None => Ok(Map::new()),
            Some(Value::Object(entries)) => Ok(entries),
            Some(_) => Err(self.wrong(key, "an object")),
        }
    }

    /// The strings of a list; none where the key is absent.
    pub(super) fn texts(&mut self, key: &str) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for item in self.items(key)? {
            match item {
                Value::String(text) => texts.push(text),
                _ => return Err(self.wrong(key, "a list of strings")),
            }
        }
        Ok(texts)
    }

    /// The items of a list; none where the key is absent.
    pub(super) fn items(&mut self, key: &str) -> Result<Vec<Value>> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(self.wrong(key, "a list")),
        }
    }

    /// Leaves out keys that hold nothing the model keeps.
    pub(super) fn ignore(&mut self, keys: &[&str]) {
        for key in keys {
            self.take(key);
        }
    }

    /// Holds that nothing is left.
    pub(super) fn finish(self) -> Result<()> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(key) => Err(Error::unsupported(format!(
                "the key `{key}` has no meaning here that is known"
            ))
            .at(self.place)),
        }
    }

    pub(super) fn wrong(&self, key: &str, form: &str) -> Error {
        Error::form(format!("`{key}` should be {form}")).at(&self.place)
    }
}
