//! One simple value as text, and percent-encoding.

use std::borrow::Cow;

use crate::json::Integer as _;
use crate::value::{Number, Timestamp, TimestampFormat};

/// How items of this type stand in one header line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListForm {
    /// Separated by commas, which no item holds.
    Plain,
    /// Separated by commas; an item with a comma or a quote is quoted.
    Quoted,
    /// Every item holds exactly one comma, as HTTP dates do.
    OneComma,
}

/// A simple value that text in a label, a header or a query parameter may spell.
///
/// Generated enums implement it beside the types of this crate.
pub trait FromText: Sized {
    /// How a header holds several.
    const LIST: ListForm = ListForm::Plain;

    /// Reads the whole text, strictly.
    fn from_text(text: &str) -> Option<Self>;
}

/// The other direction of [`FromText`].
pub trait ToText {
    /// How a header holds several.
    const LIST: ListForm = ListForm::Plain;

    /// The text.
    fn to_text(&self) -> Cow<'_, str>;
}

impl FromText for String {
    const LIST: ListForm = ListForm::Quoted;

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl ToText for String {
    const LIST: ListForm = ListForm::Quoted;

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl FromText for bool {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl ToText for bool {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(if *self { "true" } else { "false" })
    }
}

macro_rules! integer {
    ($($type:ty)*) => {$(
        impl FromText for $type {
            fn from_text(text: &str) -> Option<Self> {
                Self::parse(text)
            }
        }

        impl ToText for $type {
            fn to_text(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }
        }
    )*};
}

integer!(i8 i16 i32 i64);

impl FromText for Number {
    fn from_text(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }
}

impl ToText for Number {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }
}

impl<F: TimestampFormat> FromText for Timestamp<F> {
    const LIST: ListForm = if F::HAS_COMMA {
        ListForm::OneComma
    } else {
        ListForm::Plain
    };

    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl<F: TimestampFormat> ToText for Timestamp<F> {
    const LIST: ListForm = if F::HAS_COMMA {
        ListForm::OneComma
    } else {
        ListForm::Plain
    };

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

/// Appends the text with everything but RFC 3986's unreserved characters as `%XX`.
pub fn encode_percent(text: &str, out: &mut String) {
    encode_except(text, None, out);
}

/// The same, with one more character kept: the `/` of a greedy label.
pub(super) fn encode_except(text: &str, kept: Option<u8>, out: &mut String) {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let hex = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or_default();
    for byte in text.bytes() {
        let unreserved = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if unreserved || Some(byte) == kept {
            out.push(char::from(byte));
        } else {
            out.extend(['%', hex(byte >> 4), hex(byte & 0xf)]);
        }
    }
}

/// Decodes `%XX` once; a broken escape or bytes that are not UTF-8 are `None`. A plus is a plus.
///
/// ```
/// assert_eq!(rest_json::binding::decode_percent("a%2Fb+c").as_deref(), Some("a/b+c"));
/// assert_eq!(rest_json::binding::decode_percent("%2"), None);
/// ```
pub fn decode_percent(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'%' {
            out.push(*byte);
            continue;
        }
        let (digits, behind) = rest.split_at_checked(2)?;
        rest = behind;
        let value = digits.iter().try_fold(0_u32, |sum, digit| {
            char::from(*digit)
                .to_digit(16)
                .map(|digit| sum * 16 + digit)
        })?;
        out.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}
