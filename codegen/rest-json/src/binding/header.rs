//! Header members, read and written.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::binding::{FromText, ListForm, ToText};
use crate::error::{EncodeError, Rejection};
use crate::value::Map;

/// A member of one value; of several lines the first is taken.
pub fn read<T: FromText>(headers: &HeaderMap, name: &'static str) -> Result<Option<T>, Rejection> {
    match headers.get(name) {
        None => Ok(None),
        Some(value) => {
            let value = text(value).and_then(|text| T::from_text(text.trim_matches([' ', '\t'])));
            value.map(Some).ok_or(Rejection::Header { name })
        }
    }
}

/// A member of several values, on one line or on many; an empty line has none.
pub fn read_list<T: FromText>(
    headers: &HeaderMap,
    name: &'static str,
) -> Result<Option<Vec<T>>, Rejection> {
    if !headers.contains_key(name) {
        return Ok(None);
    }
    let mut items = Vec::new();
    for line in headers.get_all(name) {
        let line = text(line).ok_or(Rejection::Header { name })?;
        let texts = split(line, T::LIST).ok_or(Rejection::Header { name })?;
        for text in texts {
            items.push(T::from_text(&text).ok_or(Rejection::Header { name })?);
        }
    }
    Ok(Some(items))
}

/// The member that takes every header whose name begins with `prefix`, which is cut from the keys.
///
/// Names are lower-case, as `http` has them, and so are the keys. A value that is not text is passed over.
pub fn read_prefixed(headers: &HeaderMap, prefix: &str) -> Option<Map<String>> {
    let prefix = prefix.to_ascii_lowercase();
    let entries = headers.keys().filter_map(|name| {
        let key = name.as_str().strip_prefix(&prefix)?;
        Some((key.to_owned(), text(headers.get(name)?)?.to_owned()))
    });
    let map: Map<String> = entries.collect();
    (!map.is_empty()).then_some(map)
}

/// Writes a member if it is there.
pub fn write<T: ToText>(
    headers: &mut HeaderMap,
    name: &'static str,
    value: &Option<T>,
) -> Result<(), EncodeError> {
    match value {
        Some(value) => put(headers, name, name, &value.to_text()),
        None => Ok(()),
    }
}

/// Writes a member of several values on one line; an empty list is an empty line (`NullAndEmptyHeaders`).
pub fn write_list<T: ToText>(
    headers: &mut HeaderMap,
    name: &'static str,
    values: &Option<Vec<T>>,
) -> Result<(), EncodeError> {
    let Some(values) = values else {
        return Ok(());
    };
    let items: Vec<String> = values
        .iter()
        .map(|value| item(&value.to_text(), T::LIST))
        .collect();
    put(headers, name, name, &items.join(", "))
}

/// Writes the entries of a map under `prefix`; headers that are already there win.
pub fn write_prefixed(
    headers: &mut HeaderMap,
    prefix: &'static str,
    values: &Option<Map<String>>,
) -> Result<(), EncodeError> {
    for (key, value) in values.iter().flatten() {
        let name = format!("{prefix}{key}");
        if !headers.contains_key(name.as_str()) {
            put(headers, prefix, &name, value)?;
        }
    }
    Ok(())
}

fn text(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}

fn put(
    headers: &mut HeaderMap,
    member: &'static str,
    name: &str,
    value: &str,
) -> Result<(), EncodeError> {
    let refused = EncodeError::Header { name: member };
    // White space at the ends does not survive HTTP, so it must not be sent.
    if value.trim_matches([' ', '\t']).len() != value.len() {
        return Err(refused);
    }
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused)?;
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| refused)?;
    headers.insert(name, value);
    Ok(())
}

fn item(text: &str, form: ListForm) -> String {
    let bare = !text.is_empty()
        && !text.contains([',', '"', '\\'])
        && text.trim_matches([' ', '\t']).len() == text.len();
    match form {
        ListForm::Quoted if !bare => {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
        }
        ListForm::Quoted | ListForm::Plain | ListForm::OneComma => text.to_owned(),
    }
}

/// The items of one line; `None` where quotes do not pair up.
fn split(line: &str, form: ListForm) -> Option<Vec<String>> {
    if line.trim_matches([' ', '\t']).is_empty() {
        return Some(Vec::new());
    }
    let trimmed = |text: &str| text.trim_matches([' ', '\t']).to_owned();
    match form {
        ListForm::Plain => Some(line.split(',').map(trimmed).collect()),
        ListForm::OneComma => {
            let pieces: Vec<&str> = line.split(',').collect();
            Some(
                pieces
                    .chunks(2)
                    .map(|pair| trimmed(&pair.join(",")))
                    .collect(),
            )
        }
        ListForm::Quoted => {
            let mut items = Vec::new();
            let mut rest = line;
            loop {
                let (item, behind) = quoted_or_bare(rest)?;
                items.push(item);
                match behind {
                    Some(behind) => rest = behind,
                    None => return Some(items),
                }
            }
        }
    }
}

/// The first item and what stands behind its comma.
fn quoted_or_bare(line: &str) -> Option<(String, Option<&str>)> {
    let line = line.trim_start_matches([' ', '\t']);
    let Some(inside) = line.strip_prefix('"') else {
        return Some(match line.split_once(',') {
            Some((item, behind)) => (item.trim_end_matches([' ', '\t']).to_owned(), Some(behind)),
            None => (line.trim_end_matches([' ', '\t']).to_owned(), None),
        });
    };
    let mut item = String::new();
    let mut characters = inside.chars();
    loop {
        match characters.next()? {
            '"' => break,
            '\\' => item.push(characters.next()?),
            character => item.push(character),
        }
    }
    let behind = characters.as_str().trim_start_matches([' ', '\t']);
    match behind.strip_prefix(',') {
        Some(behind) => Some((item, Some(behind))),
        None => behind.is_empty().then_some((item, None)),
    }
}
