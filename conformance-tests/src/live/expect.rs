//! Compares what an SDK gave with what a scenario says, structurally.
//!
//! | in an expectation | is met by |
//! |---|---|
//! | an object | an object with these members and no other; `"$rest": true` allows others |
//! | an empty list, or null | the same, or nothing: not every SDK tells absent from empty |
//! | a number | the same number, as exact as 32-bit floats are |
//! | `{"$exactly": NUMBER}` | the same number to its last digit |
//! | `{"$any": KIND}` | a `string`, `text` (not empty), `integer`, `number`, `object`, `array`, `uuid` |
//! | `{"$contains": TEXT}` | a string with this part |
//! | `{"$parts": [TEXT, ...]}` | a string with these parts in this order |
//! | `{"$parsed": VALUE}` | a string that is JSON and is this |
//! | `{"$begins": [ITEM, ...]}` | a list that begins with these items |
//! | `{"$sometimes": VALUE}` | this, or nothing: a member that older SDKs do not know |
//! | `{"$min": N}` | a number not below |
//! | `{"$text": TEXT}`, `{"$json": VALUE}` | a blob that holds this text, this JSON |

use serde_json::{Map, Value};

/// Every difference, one clause each, with the path of the member.
#[must_use]
pub fn differences(expected: &Value, actual: Option<&Value>) -> Vec<String> {
    let mut found = Vec::new();
    compare(
        expected,
        actual.filter(|value| !value.is_null()),
        "",
        &mut found,
    );
    found
}

/// `{"$text": ...}` and `{"$json": ...}` of an input, as the blobs they stand for.
#[must_use]
pub fn with_blobs(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let bytes = match only(members) {
                Some(("$text", Value::String(text))) => Some(text.clone().into_bytes()),
                Some(("$json", document)) => Some(document.to_string().into_bytes()),
                _ => None,
            };
            bytes.map_or_else(
                || Value::Object(members.iter().map(|(name, member)| (name.clone(), with_blobs(member))).collect()),
                |bytes| serde_json::json!({ "$base64": base64_simd::STANDARD.encode_to_string(bytes) }),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(with_blobs).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// The bytes of a blob in normal form.
#[must_use]
pub fn blob(value: &Value) -> Option<Vec<u8>> {
    let text = value.as_object()?.get("$base64")?.as_str()?;
    base64_simd::STANDARD.decode_to_vec(text).ok()
}

fn compare(expected: &Value, actual: Option<&Value>, path: &str, found: &mut Vec<String>) {
    if is_nothing(expected) && actual.is_none_or(is_nothing) {
        return;
    }
    let Some(actual) = actual else {
        if expected.get("$sometimes").is_some() {
            return;
        }
        found.push(format!(
            "{}: expected {}, found nothing",
            shown(path),
            brief(expected)
        ));
        return;
    };
    match (expected, actual) {
        (Value::Object(members), _)
            if let Some((name, argument)) =
                only(members).filter(|(name, _)| name.starts_with('$')) =>
        {
            if let Err(wanted) = matches(name, argument, actual, path, found) {
                found.push(format!(
                    "{}: expected {wanted}, found {}",
                    shown(path),
                    brief(actual)
                ));
            }
        }
        (Value::Object(expected), Value::Object(actual)) => {
            compare_members(expected, actual, path, found)
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                compare(expected, Some(actual), &format!("{path}.{index}"), found);
            }
        }
        (Value::Array(expected), Value::Array(actual)) => found.push(format!(
            "{}: expected {} items, found {}: {}",
            shown(path),
            expected.len(),
            actual.len(),
            brief(&Value::Array(actual.clone()))
        )),
        (Value::Number(expected), Value::Number(actual)) if same_number(expected, actual) => {}
        _ if expected == actual => {}
        _ => found.push(format!(
            "{}: expected {}, found {}",
            shown(path),
            brief(expected),
            brief(actual)
        )),
    }
}

fn compare_members(
    expected: &Map<String, Value>,
    actual: &Map<String, Value>,
    path: &str,
    found: &mut Vec<String>,
) {
    for (name, member) in expected.iter().filter(|(name, _)| *name != "$rest") {
        let actual = actual.get(name).filter(|value| !value.is_null());
        compare(member, actual, &format!("{path}.{name}"), found);
    }
    if expected.contains_key("$rest") {
        return;
    }
    for (name, member) in actual {
        if !expected.contains_key(name) && !is_nothing(member) {
            found.push(format!(
                "{}: not expected: {}",
                shown(&format!("{path}.{name}")),
                brief(member)
            ));
        }
    }
}

/// A matcher; the error says what was wanted.
fn matches(
    name: &str,
    argument: &Value,
    actual: &Value,
    path: &str,
    found: &mut Vec<String>,
) -> Result<(), String> {
    let met = match (name, argument) {
        ("$any", Value::String(kind)) => is_a(kind, actual),
        ("$contains", Value::String(part)) => actual
            .as_str()
            .is_some_and(|text| text.contains(part.as_str())),
        ("$parts", Value::Array(parts)) => {
            actual.as_str().is_some_and(|text| has_parts(text, parts))
        }
        ("$parsed", document) => {
            return parsed(document, actual.as_str().map(str::as_bytes), path, found);
        }
        ("$begins", Value::Array(items)) => return begins(items, actual, path, found),
        ("$sometimes", expected) => {
            compare(expected, Some(actual), path, found);
            true
        }
        ("$exactly", Value::Number(number)) => actual.as_f64() == number.as_f64(),
        ("$min", Value::Number(least)) => actual.as_f64() >= least.as_f64(),
        ("$text", Value::String(text)) => {
            blob(actual).is_some_and(|bytes| bytes == text.as_bytes())
        }
        ("$json", document) => return parsed(document, blob(actual).as_deref(), path, found),
        ("$base64" | "$time", _) => actual.get(name) == Some(argument),
        // Java and Rust do not tell the name of what they do not know.
        ("$unknown", _) => actual
            .get(name)
            .is_some_and(|named| named.is_null() || named == argument),
        _ => return Err(format!("the matcher {name}, which does not exist")),
    };
    if met {
        Ok(())
    } else {
        Err(format!("{{{name}: {}}}", brief(argument)))
    }
}

/// JSON text, in a string or a blob, compared as JSON.
fn parsed(
    document: &Value,
    text: Option<&[u8]>,
    path: &str,
    found: &mut Vec<String>,
) -> Result<(), String> {
    let value: Value = text
        .and_then(|text| serde_json::from_slice(text).ok())
        .ok_or_else(|| format!("JSON like {}", brief(document)))?;
    compare(document, Some(&value), path, found);
    Ok(())
}

fn begins(
    expected: &[Value],
    actual: &Value,
    path: &str,
    found: &mut Vec<String>,
) -> Result<(), String> {
    let actual = actual.as_array().ok_or("a list")?;
    for (index, item) in expected.iter().enumerate() {
        compare(item, actual.get(index), &format!("{path}.{index}"), found);
    }
    Ok(())
}

fn has_parts(text: &str, parts: &[Value]) -> bool {
    parts
        .iter()
        .filter_map(Value::as_str)
        .try_fold(text, |rest, part| {
            rest.find(part).and_then(|at| rest.get(at + part.len()..))
        })
        .is_some()
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "text" => value.as_str().is_some_and(|text| !text.is_empty()),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "uuid" => value.as_str().is_some_and(is_uuid),
        _ => false,
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(index, letter)| match index {
            8 | 13 | 18 | 23 => letter == '-',
            _ => letter.is_ascii_hexdigit() && !letter.is_ascii_uppercase(),
        })
}

/// The only member of an object.
fn only(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut members = members.iter();
    match (members.next(), members.next()) {
        (Some((name, member)), None) => Some((name, member)),
        _ => None,
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// Some SDKs hold a float in 32 bits, and some an integer as a float.
fn same_number(expected: &serde_json::Number, actual: &serde_json::Number) -> bool {
    if expected == actual {
        return true;
    }
    match (expected.as_f64(), actual.as_f64()) {
        (Some(expected), Some(actual)) => {
            (expected - actual).abs() <= f64::from(f32::EPSILON) * expected.abs()
        }
        _ => false,
    }
}

fn shown(path: &str) -> &str {
    let path = path.trim_start_matches('.');
    if path.is_empty() { "the whole" } else { path }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.len() <= 300 {
        return text;
    }
    let cut: String = text.chars().take(300).collect();
    format!("{cut}...")
}
