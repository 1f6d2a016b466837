//! Characters that a server has cut in two: the first half ends the text of one chunk, the second begins that of the next.
//!
//! Only characters beyond the Basic Multilingual Plane have halves, and only in escapes (`\ud83d`, `\ude00`); some servers and
//! proxies written in JavaScript cut there. Works on the text of the chunks and knows none of their members.

use std::borrow::Cow;

/// Puts halves together.
#[derive(Debug, Default)]
pub(super) struct Halves {
    held: Option<Held>,
}

/// A chunk one of whose texts ends with a first half.
#[derive(Debug)]
struct Held {
    chunk: String,
    /// Behind that half.
    place: usize,
}

/// The bytes of an escape, `\uXXXX`.
const ESCAPE_BYTES: usize = 6;

impl Halves {
    /// The chunks that can be read now: one that was held, and this one unless it is held itself.
    pub(super) fn push<'a>(&mut self, chunk: &'a str) -> (Option<String>, Option<Cow<'a, str>>) {
        let mut chunk = Cow::Borrowed(chunk);
        let held = self.held.take().map(|mut held| {
            let second = find(&chunk, is_second_half, Place::Begin);
            let half = second.and_then(|place| chunk.get(place..place + ESCAPE_BYTES));
            if let (Some(place), Some(half)) = (second, half) {
                held.chunk.insert_str(held.place, half);
                let rest = chunk.to_mut();
                rest.replace_range(place..place + ESCAPE_BYTES, "");
            }
            held.chunk
        });
        match find(&chunk, is_first_half, Place::End) {
            Some(place) => {
                self.held = Some(Held {
                    chunk: chunk.into_owned(),
                    place: place + ESCAPE_BYTES,
                });
                (held, None)
            }
            None => (held, Some(chunk)),
        }
    }

    /// The chunk that was held, at the end of the stream.
    pub(super) fn finish(&mut self) -> Option<String> {
        self.held.take().map(|held| held.chunk)
    }
}

/// Where in a string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Begin,
    End,
}

/// The first escape that stands at that place of a string and means that.
fn find(json: &str, is_meant: fn(u16) -> bool, place: Place) -> Option<usize> {
    // Nearly every chunk.
    if !json.contains("\\u") {
        return None;
    }
    let bytes = json.as_bytes();
    // Behind the quote that opens the string.
    let mut string: Option<usize> = None;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1;
                string = match string {
                    Some(_) => None,
                    None => Some(at),
                };
            }
            b'\\' => {
                let unit = unit(json, at);
                let is_there = match place {
                    Place::Begin => string == Some(at),
                    Place::End => bytes.get(at + ESCAPE_BYTES) == Some(&b'"'),
                };
                if is_there && unit.is_some_and(is_meant) {
                    return Some(at);
                }
                at += match unit {
                    // A whole character is two escapes.
                    Some(first) if is_first_half(first) => {
                        let second = self::unit(json, at + ESCAPE_BYTES);
                        if second.is_some_and(is_second_half) {
                            2 * ESCAPE_BYTES
                        } else {
                            ESCAPE_BYTES
                        }
                    }
                    Some(_) => ESCAPE_BYTES,
                    None => 2,
                };
            }
            _ => at += 1,
        }
    }
    None
}

/// The UTF-16 unit of the escape that begins there.
fn unit(json: &str, at: usize) -> Option<u16> {
    let escape = json.get(at..at + ESCAPE_BYTES)?;
    let digits = escape.strip_prefix("\\u")?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

fn is_first_half(unit: u16) -> bool {
    (0xd800..0xdc00).contains(&unit)
}

fn is_second_half(unit: u16) -> bool {
    (0xdc00..0xe000).contains(&unit)
}
