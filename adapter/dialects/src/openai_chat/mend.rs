//! Answers that are nearly JSON: half characters that a server cut apart, and bytes that are not UTF-8.

use std::borrow::Cow;

use rest_json::{DecodeError, FromJson, json};

/// Reads a value of a server's answer. Halves of characters, which proxies in JavaScript make of a cut text, and bytes that are not
/// UTF-8 become U+FFFD rather than spoil the answer.
pub(super) fn read<T: FromJson>(body: &[u8]) -> Result<T, DecodeError> {
    match json::from_slice(body) {
        Ok(value) => Ok(value),
        Err(error) => match mend(body) {
            Some(mended) => json::from_slice(mended.as_bytes()),
            None => Err(error),
        },
    }
}

/// The same of a text, whose bytes need no look.
pub(super) fn read_text<T: FromJson>(text: &str) -> Result<T, DecodeError> {
    match json::from_text(text) {
        Ok(value) => Ok(value),
        Err(_) => read(text.as_bytes()),
    }
}

/// The text with U+FFFD in place of what is no character; none where there was nothing to mend.
fn mend(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let mut mended = String::with_capacity(text.len());
    let mut rest = &*text;
    let mut is_changed = matches!(text, Cow::Owned(_));
    while let Some((before, behind)) = rest.split_once('\\') {
        mended.push_str(before);
        rest = behind;
        match unit(rest) {
            Some((0xd800..=0xdbff, after)) => match after.strip_prefix('\\').and_then(unit) {
                Some((0xdc00..=0xdfff, after)) => {
                    // A whole pair stays as it is.
                    mended.push('\\');
                    mended.push_str(rest.strip_suffix(after).unwrap_or_default());
                    rest = after;
                }
                Some(_) | None => {
                    mended.push_str("\\ufffd");
                    is_changed = true;
                    rest = after;
                }
            },
            Some((0xdc00..=0xdfff, after)) => {
                mended.push_str("\\ufffd");
                is_changed = true;
                rest = after;
            }
            Some(_) | None => {
                // The escaped letter goes along, so that the second of two backslashes begins no escape.
                mended.push('\\');
                let mut letters = rest.chars();
                mended.extend(letters.next());
                rest = letters.as_str();
            }
        }
    }
    mended.push_str(rest);
    is_changed.then_some(mended)
}

/// The UTF-16 unit of `uXXXX`, and what follows it.
fn unit(text: &str) -> Option<(u16, &str)> {
    let text = text.strip_prefix('u')?;
    let (digits, after) = text.split_at_checked(4)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    Some((unit, after))
}
