//! Float and Double: the text a number came as beside its value.

use std::fmt;

use crate::error::{DecodeError, Reason};
use crate::json::{FromJson, Reader, ToJson, Writer};

/// A floating point number that is written as it was read.
///
/// `NaN`, `Infinity` and `-Infinity` are strings in JSON (Smithy's restJson1 specification, "Shape serialization").
/// A number beyond the range of `f64` (`1e400`) is kept and written again as it came; its [`value`](Self::value) is an
/// infinity and [`is_finite`](Self::is_finite) is false, as for the three words.
/// Two numbers are equal when their texts are: `1` and `1.0` differ.
#[derive(Clone)]
pub struct Number {
    value: f64,
    text: Box<str>,
}

impl Number {
    /// Takes the text of a JSON number, or one of `NaN`, `Infinity` and `-Infinity`.
    pub fn new(text: &str) -> Result<Self, DecodeError> {
        if let Some(value) = word(text) {
            return Ok(Self {
                value,
                text: text.into(),
            });
        }
        let mut reader = Reader::of(text);
        match reader.number_text() {
            // White space is JSON's, not the number's.
            Ok(number) if number.len() == text.len() => Self::of_checked(number),
            Ok(_) | Err(_) => Err(DecodeError::new(Reason::Invalid("not a number"))),
        }
    }

    /// The text as it came, without quotes.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The nearest `f64`.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Whether the value is a number that `f64` can hold.
    pub fn is_finite(&self) -> bool {
        self.value.is_finite()
    }

    fn of_checked(text: &str) -> Result<Self, DecodeError> {
        // Every JSON number is a Rust float, so this refuses nothing.
        let value = text
            .parse()
            .map_err(|_| DecodeError::new(Reason::Invalid("not a number")))?;
        Ok(Self {
            value,
            text: text.into(),
        })
    }

    /// The number that an integer is.
    pub(crate) fn from_text_of<T: crate::json::Integer>(integer: T) -> Self {
        let text = integer.to_string();
        Self {
            value: text.parse().unwrap_or(f64::NAN),
            text: text.into(),
        }
    }

    fn is_word(&self) -> bool {
        self.text.ends_with(['N', 'y'])
    }
}

fn word(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Prints as Java's `Double.toString`: `1.0`, `0.75`, `9.5E-4`, `1.0E10`.
impl From<f64> for Number {
    fn from(value: f64) -> Self {
        let text = java(
            value.is_finite(),
            value,
            || format!("{value:e}"),
            || format!("{value:.1e}"),
        );
        Self { value, text }
    }
}

/// Prints as Java's `Float.toString`; the value is the text's, so `0.1f32` is 0.1.
impl From<f32> for Number {
    fn from(value: f32) -> Self {
        let wide = f64::from(value);
        let text = java(
            value.is_finite(),
            wide,
            || format!("{value:e}"),
            || format!("{value:.1e}"),
        );
        let value = text.parse().unwrap_or(wide);
        Self { value, text }
    }
}

/// `shortest` is the shortest text that reads back as the value, `two_digits` the nearest one of two digits, both as
/// `D.De-E`. Java prefers the latter where the former has a single digit (JDK 19, `Double.toString`).
fn java(
    finite: bool,
    value: f64,
    shortest: impl Fn() -> String,
    two_digits: impl Fn() -> String,
) -> Box<str> {
    if !finite {
        let word = if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        return word.into();
    }
    if value == 0.0 {
        return if value.is_sign_negative() {
            "-0.0".into()
        } else {
            "0.0".into()
        };
    }
    let mut text = shortest();
    if !text.contains('.') {
        text = two_digits();
    }
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => ("-", mantissa),
        None => ("", mantissa),
    };
    let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let printed = match exponent {
        -3..=-1 => {
            let digits = if rest == "0" {
                first.to_owned()
            } else {
                format!("{first}{rest}")
            };
            let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or_default());
            format!("{sign}0.{zeros}{digits}")
        }
        0..=6 => {
            let whole = usize::try_from(exponent).unwrap_or_default();
            let shifted = rest
                .get(..whole)
                .map_or_else(|| format!("{rest:0<whole$}"), str::to_owned);
            let behind = rest
                .get(whole..)
                .filter(|behind| !behind.is_empty())
                .unwrap_or("0");
            format!("{sign}{first}{shifted}.{behind}")
        }
        _ => format!("{sign}{first}.{rest}E{exponent}"),
    };
    printed.into()
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Number {}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromJson for Number {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if !reader.at_string() {
            return Self::of_checked(reader.number_text()?);
        }
        let text = reader.string()?;
        match word(&text) {
            Some(value) => Ok(Self {
                value,
                text: text.into(),
            }),
            None => Err(DecodeError::new(Reason::Expected {
                expected: "a number",
                found: "a string",
            })),
        }
    }
}

impl ToJson for Number {
    fn write(&self, writer: &mut Writer) {
        if self.is_word() {
            writer.string(&self.text);
        } else {
            writer.raw(&self.text);
        }
    }
}
