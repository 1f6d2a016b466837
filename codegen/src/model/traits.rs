//! The traits of one shape or member, by id, with typed views of those that this crate reads.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use crate::error::{Error, Result};

/// Traits by id, with the place they stand at, which every error about them names.
#[derive(Clone, Debug, PartialEq)]
pub struct Traits {
    owner: String,
    values: BTreeMap<String, Value>,
}

/// The `length` trait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// The least number of characters, bytes or items.
    pub min: Option<u64>,
    /// The greatest number of characters, bytes or items.
    pub max: Option<u64>,
}

/// The `range` trait, with its numbers as the model writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The least value.
    pub min: Option<Number>,
    /// The greatest value.
    pub max: Option<Number>,
}

/// The `http` trait of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpBinding {
    /// `POST` and so on.
    pub method: String,
    /// The path pattern with its labels and query literals.
    pub uri: String,
    /// The status of a good answer, 200 where the model does not say.
    pub code: u16,
}

/// The value of a trait without content.
#[must_use]
pub fn unit() -> Value {
    Value::Object(Map::new())
}

impl Traits {
    /// No traits, at this place (`namespace#Name` or `namespace#Name$member`).
    pub fn new(owner: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            values: BTreeMap::new(),
        }
    }

    /// The place they stand at.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Ids and values, sorted by id.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(id, value)| (id.as_str(), value))
    }

    /// Whether the trait is there.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.values.contains_key(id)
    }

    /// The trait's value as JSON.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.values.get(id)
    }

    /// Puts a trait in, over an older value.
    pub fn insert(&mut self, id: impl Into<String>, value: Value) {
        self.values.insert(id.into(), value);
    }

    /// Takes a trait out.
    pub fn remove(&mut self, id: &str) -> Option<Value> {
        self.values.remove(id)
    }

    /// Keeps the traits the function says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.values.retain(|id, _| keep(id));
    }

    /// A trait whose value is a string.
    pub fn text(&self, id: &str) -> Result<Option<&str>> {
        self.view(id, "a string", Value::as_str)
    }

    /// A trait whose value is a whole number.
    pub fn integer(&self, id: &str) -> Result<Option<i64>> {
        self.view(id, "a whole number", Value::as_i64)
    }

    /// The `length` trait.
    pub fn length(&self) -> Result<Option<Length>> {
        let id = "smithy.api#length";
        let Some(bounds) = self.bounds(id)? else {
            return Ok(None);
        };
        let whole = |bound: Option<&Number>| match bound {
            None => Ok(None),
            Some(number) => match number.as_u64() {
                Some(whole) => Ok(Some(whole)),
                None => Err(self.wrong(id, "bounds that are whole numbers")),
            },
        };
        Ok(Some(Length {
            min: whole(bounds.min.as_ref())?,
            max: whole(bounds.max.as_ref())?,
        }))
    }

    /// The `range` trait.
    pub fn range(&self) -> Result<Option<Range>> {
        self.bounds("smithy.api#range")
    }

    /// The `pattern` trait. A pattern means the whole value, whatever anchors it shows.
    pub fn pattern(&self) -> Result<Option<&str>> {
        self.text("smithy.api#pattern")
    }

    /// The `http` trait.
    pub fn http(&self) -> Result<Option<HttpBinding>> {
        let id = "smithy.api#http";
        let Some(object) = self.view(id, "an object", Value::as_object)? else {
            return Ok(None);
        };
        let mut binding = HttpBinding {
            method: String::new(),
            uri: String::new(),
            code: 200,
        };
        for (key, value) in object {
            match (key.as_str(), value) {
                ("method", Value::String(method)) => binding.method.clone_from(method),
                ("uri", Value::String(uri)) => binding.uri.clone_from(uri),
                ("code", value) => {
                    binding.code = value
                        .as_u64()
                        .and_then(|code| u16::try_from(code).ok())
                        .ok_or_else(|| self.wrong(id, "a status as `code`"))?;
                }
                _ => return Err(self.wrong(id, "nothing but method, uri and code")),
            }
        }
        if binding.method.is_empty() || binding.uri.is_empty() {
            return Err(self.wrong(id, "a method and a uri"));
        }
        Ok(Some(binding))
    }

    fn bounds(&self, id: &str) -> Result<Option<Range>> {
        let Some(object) = self.view(id, "an object", Value::as_object)? else {
            return Ok(None);
        };
        let mut range = Range {
            min: None,
            max: None,
        };
        for (key, value) in object {
            match (key.as_str(), value) {
                ("min", Value::Number(min)) => range.min = Some(min.clone()),
                ("max", Value::Number(max)) => range.max = Some(max.clone()),
                _ => return Err(self.wrong(id, "nothing but a min and a max")),
            }
        }
        Ok(Some(range))
    }

    fn view<'a, T>(
        &'a self,
        id: &str,
        form: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>> {
        match self.values.get(id) {
            None => Ok(None),
            Some(value) => match read(value) {
                Some(read) => Ok(Some(read)),
                None => Err(self.wrong(id, form)),
            },
        }
    }

    fn wrong(&self, id: &str, form: &str) -> Error {
        Error::form(format!("expected {form}"))
            .at(&self.owner)
            .on_trait(id)
    }
}
