//! A value that follows a JSON Schema: what the sandbox calls a tool with, and what it answers when a form is promised.
//!
//! `const`, `default`, the first of `enum` or of `examples` win; else the type decides:
//! `"text"` (at least `minLength` long, or a sample of its `format`), the smallest allowed number that is at least 1, `true`,
//! `minItems` items but at least one, and an object of all its properties in their order.
//! Of `anyOf` and `oneOf` the first is taken, `allOf` is merged, `$ref` is followed within the schema; deeper than 16 levels everything is `null`.

use serde_json::{Map, Value};

/// How deep a value may nest; a schema that refers to itself ends here.
const DEPTH_MAX: usize = 16;

/// The longest text and the most items the sandbox makes, whatever the schema asks for.
const SIZE_MAX: u64 = 1000;

/// A value that follows `schema`, or `{}` where the text is no schema.
pub(super) fn sample(schema: &str) -> Value {
    match serde_json::from_str::<Value>(schema) {
        Ok(root @ Value::Object(_)) => Sampler { root: &root }.sample(&root, 0),
        Ok(_) | Err(_) => Value::Object(Map::new()),
    }
}

struct Sampler<'a> {
    root: &'a Value,
}

impl Sampler<'_> {
    fn sample(&self, schema: &Value, depth: usize) -> Value {
        if depth > DEPTH_MAX {
            return Value::Null;
        }
        if let Some(value) = given(schema) {
            return value.clone();
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            return match self.resolve(target) {
                Some(schema) => self.sample(schema, depth + 1),
                None => Value::Null,
            };
        }
        if let Some(first) = ["anyOf", "oneOf"]
            .iter()
            .find_map(|name| schema.get(name)?.as_array()?.first())
        {
            return self.sample(first, depth + 1);
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.merged(parts, depth);
        }
        self.typed(schema, depth)
    }

    fn resolve(&self, target: &str) -> Option<&Value> {
        self.root.pointer(target.strip_prefix('#')?)
    }

    /// All parts of an `allOf`: objects are joined, of anything else the first part stands for all.
    fn merged(&self, parts: &[Value], depth: usize) -> Value {
        let mut samples = parts.iter().map(|part| self.sample(part, depth + 1));
        let mut whole = samples.next().unwrap_or(Value::Null);
        if let Value::Object(members) = &mut whole {
            for sample in samples {
                if let Value::Object(more) = sample {
                    members.extend(more);
                }
            }
        }
        whole
    }

    fn typed(&self, schema: &Value, depth: usize) -> Value {
        match type_of(schema) {
            Some("string") => Value::String(text(schema)),
            Some("integer") => number(schema),
            Some("number") => number(schema),
            Some("boolean") => Value::Bool(true),
            Some("array") => self.array(schema, depth),
            Some("null") => Value::Null,
            Some(_) | None => self.object(schema, depth),
        }
    }

    fn array(&self, schema: &Value, depth: usize) -> Value {
        let n_items = bound(schema, "minItems").unwrap_or(1).clamp(1, SIZE_MAX);
        let n_items = bound(schema, "maxItems").map_or(n_items, |most| n_items.min(most));
        let item = match schema.get("items") {
            Some(items) => self.sample(items, depth + 1),
            None => Value::Null,
        };
        Value::Array((0..n_items).map(|_| item.clone()).collect())
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let properties = schema.get("properties").and_then(Value::as_object);
        let members = properties.into_iter().flatten();
        Value::Object(
            members
                .map(|(name, schema)| (name.clone(), self.sample(schema, depth + 1)))
                .collect(),
        )
    }
}

/// The value that the schema itself gives.
fn given(schema: &Value) -> Option<&Value> {
    let first = |name: &str| schema.get(name)?.as_array()?.first();
    schema
        .get("const")
        .or_else(|| schema.get("default"))
        .or_else(|| first("enum"))
        .or_else(|| first("examples"))
}

/// The type, and of several the first that is not `null`.
fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => {
            let mut names = names.iter().filter_map(Value::as_str);
            names
                .clone()
                .find(|name| *name != "null")
                .or_else(|| names.next())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn text(schema: &Value) -> String {
    let sample = match schema.get("format").and_then(Value::as_str) {
        Some("date") => "2024-01-31",
        Some("time") => "12:00:00Z",
        Some("date-time") => "2024-01-31T12:00:00Z",
        Some("email") => "someone@example.com",
        Some("uri") => "https://example.com/",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        Some(_) | None => "text",
    };
    let shortest = bound(schema, "minLength").unwrap_or(0).min(SIZE_MAX);
    let longest = bound(schema, "maxLength").unwrap_or(u64::MAX);
    let mut text: String = sample.to_owned();
    while u64::try_from(text.chars().count()).is_ok_and(|length| length < shortest) {
        text.push('t');
    }
    text.chars()
        .zip(0..longest)
        .map(|(character, _)| character)
        .collect()
}

/// The smallest allowed number that is at least 1, or the largest allowed where all are smaller.
fn number(schema: &Value) -> Value {
    let least = schema.get("minimum").and_then(Value::as_i64);
    let above = schema
        .get("exclusiveMinimum")
        .and_then(Value::as_i64)
        .map(|bound| bound.saturating_add(1));
    let most = schema.get("maximum").and_then(Value::as_i64);
    let below = schema
        .get("exclusiveMaximum")
        .and_then(Value::as_i64)
        .map(|bound| bound.saturating_sub(1));
    let least = least.into_iter().chain(above).chain([1]).max().unwrap_or(1);
    let number = most
        .into_iter()
        .chain(below)
        .chain([least])
        .min()
        .unwrap_or(least);
    Value::from(number)
}

fn bound(schema: &Value, name: &str) -> Option<u64> {
    schema.get(name).and_then(Value::as_u64)
}
