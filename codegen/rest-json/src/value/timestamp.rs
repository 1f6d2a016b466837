//! Points in time in the three formats of the protocol: seconds, RFC 3339, IMF-fixdate.

use std::fmt;
use std::marker::PhantomData;

use aws_smithy_types::DateTime as Instant;

use crate::error::{DecodeError, Reason};
use crate::json::{FromJson, Reader, ToJson, Writer};
use crate::value::calendar::{Civil, FOUR_DIGIT_YEARS, weekday};

/// A point in time that is written in the format `F`.
///
/// Nanoseconds are kept. Two timestamps are equal when they are the same point in time.
pub struct Timestamp<F> {
    instant: Instant,
    format: PhantomData<fn() -> F>,
}

/// One of the three formats of Smithy's `timestampFormat` trait.
pub trait TimestampFormat: 'static {
    /// The format's name in the model.
    const NAME: &'static str;
    /// Whether JSON has it as a number, else as a string.
    const IS_NUMBER: bool;
    /// What a text of this format is called in an error.
    const INVALID: &'static str;
    /// Whether a list of them in one header has a comma inside every item.
    const HAS_COMMA: bool = false;

    /// Reads the format strictly; `offsets` says whether RFC 3339 may name another offset than `Z`.
    fn parse(text: &str, offsets: bool) -> Option<Instant>;

    /// Prints a point in time for which [`holds`](Self::holds) is true.
    fn print(instant: &Instant) -> String;

    /// Whether the format can spell the point in time.
    fn holds(instant: &Instant) -> bool;
}

/// Seconds since 1970 as a number, with a fraction where there is one.
#[derive(Debug)]
pub struct EpochSeconds;

/// RFC 3339 section 5.6: `1985-04-12T23:20:50.52Z`.
///
/// Requests must be in UTC and answers may name an offset: AWS's compliance suite demands both
/// (`RestJsonBodyTimestampDateTimeRejectsUTCOffsets`, `RestJsonDateTimeWithNegativeOffset`).
#[derive(Debug)]
pub struct DateTime;

/// RFC 9110 section 5.6.7, IMF-fixdate: `Tue, 29 Apr 2014 18:30:38 GMT`, with an optional fraction of the second.
#[derive(Debug)]
pub struct HttpDate;

impl<F: TimestampFormat> Timestamp<F> {
    /// A point in time, if the format can spell it: the two textual formats have years of four digits.
    pub fn new(instant: Instant) -> Option<Self> {
        F::holds(&instant).then_some(Self {
            instant,
            format: PhantomData,
        })
    }

    /// Reads a text of the format; another offset than `Z` is refused.
    pub fn parse(text: &str) -> Option<Self> {
        F::parse(text, false).and_then(Self::new)
    }

    /// The point in time.
    pub fn instant(&self) -> Instant {
        self.instant
    }

    fn read_text(text: &str, offsets: bool) -> Result<Self, DecodeError> {
        F::parse(text, offsets)
            .and_then(Self::new)
            .ok_or_else(|| DecodeError::new(Reason::Invalid(F::INVALID)))
    }
}

impl<F> Clone for Timestamp<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Timestamp<F> {}

impl<F> PartialEq for Timestamp<F> {
    fn eq(&self, other: &Self) -> bool {
        self.instant == other.instant
    }
}

impl<F> Eq for Timestamp<F> {}

impl<F: TimestampFormat> fmt::Display for Timestamp<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&F::print(&self.instant))
    }
}

impl<F: TimestampFormat> fmt::Debug for Timestamp<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<F: TimestampFormat> FromJson for Timestamp<F> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offsets = reader.is_answer();
        if F::IS_NUMBER {
            Self::read_text(reader.number_text()?, offsets)
        } else {
            Self::read_text(&reader.string()?, offsets)
        }
    }
}

impl<F: TimestampFormat> ToJson for Timestamp<F> {
    fn write(&self, writer: &mut Writer) {
        let text = F::print(&self.instant);
        if F::IS_NUMBER {
            writer.raw(&text);
        } else {
            writer.string(&text);
        }
    }
}

impl TimestampFormat for EpochSeconds {
    const NAME: &'static str = "epoch-seconds";
    const IS_NUMBER: bool = true;
    const INVALID: &'static str = "not a number of seconds";

    /// Exact decimal arithmetic, exponents included (`1.515531081E9` is what Java services print).
    fn parse(text: &str, _offsets: bool) -> Option<Instant> {
        let mut reader = Reader::of(text);
        if reader.number_text().ok()?.len() != text.len() {
            return None;
        }
        let nanos = match text.strip_prefix('-') {
            Some(text) => -nanos_of(text)?,
            None => nanos_of(text)?,
        };
        Instant::from_nanos(nanos).ok()
    }

    fn print(instant: &Instant) -> String {
        let nanos = instant.as_nanos();
        let sign = if nanos < 0 { "-" } else { "" };
        let nanos = nanos.unsigned_abs();
        let (secs, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        if fraction == 0 {
            return format!("{sign}{secs}");
        }
        let fraction = format!("{fraction:09}");
        format!("{sign}{secs}.{}", fraction.trim_end_matches('0'))
    }

    fn holds(_: &Instant) -> bool {
        true
    }
}

impl TimestampFormat for DateTime {
    const NAME: &'static str = "date-time";
    const IS_NUMBER: bool = false;
    const INVALID: &'static str = "not a date-time of RFC 3339";

    fn parse(text: &str, offsets: bool) -> Option<Instant> {
        let mut scan = Scan(text);
        let year = scan.digits(4)?;
        let month = scan.token("-").digits(2)?;
        let day = scan.token("-").digits(2)?;
        let hour = scan.token("T").digits(2)?;
        let minute = scan.token(":").digits(2)?;
        let second = scan.token(":").digits(2)?;
        let nanos = scan.fraction()?;
        let secs = Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
        }
        .to_epoch()?;
        let offset = match scan.0 {
            "Z" => 0,
            _ if offsets => scan.offset()?,
            _ => return None,
        };
        Some(Instant::from_secs_and_nanos(secs - offset, nanos))
    }

    fn print(instant: &Instant) -> String {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = Civil::from_epoch(instant.secs());
        let fraction = fraction(instant);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
    }

    fn holds(instant: &Instant) -> bool {
        FOUR_DIGIT_YEARS.contains(&instant.secs())
    }
}

/// A JSON number without sign times 10^9, cut to an integer.
fn nanos_of(number: &str) -> Option<i128> {
    /// More digits of seconds than an `i64` has.
    const TOO_LARGE: i32 = 20;
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = whole
        .bytes()
        .chain(fraction.bytes())
        .skip_while(|byte| *byte == b'0')
        .peekable();
    if digits.peek().is_none() {
        return Some(0);
    }
    let n_zeros = mantissa
        .bytes()
        .take_while(|byte| matches!(byte, b'0' | b'.'))
        .filter(|byte| *byte == b'0')
        .count();
    // How many digits stand before the decimal point once the exponent is applied; negative for zeros behind it.
    let before_point = i32::try_from(whole.len())
        .ok()?
        .checked_sub(i32::try_from(n_zeros).ok()?)?
        .checked_add(exponent)?;
    if before_point > TOO_LARGE {
        return None;
    }
    let mut nanos: i128 = 0;
    for _ in 0..before_point.saturating_add(9).max(0) {
        let digit = digits.next().map_or(0, |byte| i128::from(byte - b'0'));
        nanos = nanos * 10 + digit;
    }
    Some(nanos)
}

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl TimestampFormat for HttpDate {
    const NAME: &'static str = "http-date";
    const IS_NUMBER: bool = false;
    const INVALID: &'static str = "not an HTTP date";
    const HAS_COMMA: bool = true;

    fn parse(text: &str, _offsets: bool) -> Option<Instant> {
        let mut scan = Scan(text);
        // A wrong day of the week is passed over, as most readers of HTTP dates do.
        scan.name(&WEEKDAYS)?;
        let day = scan.token(", ").digits(2)?;
        let month = scan.token(" ").name(&MONTHS)?;
        let year = scan.token(" ").digits(4)?;
        let hour = scan.token(" ").digits(2)?;
        let minute = scan.token(":").digits(2)?;
        let second = scan.token(":").digits(2)?;
        let nanos = scan.fraction()?;
        let month = i64::try_from(month).ok()? + 1;
        let secs = Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
        }
        .to_epoch()?;
        (scan.0 == " GMT").then(|| Instant::from_secs_and_nanos(secs, nanos))
    }

    fn print(instant: &Instant) -> String {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = Civil::from_epoch(instant.secs());
        let named = |names: &'static [&'static str], index: i64| {
            usize::try_from(index)
                .ok()
                .and_then(|index| names.get(index))
                .copied()
                .unwrap_or_default()
        };
        let weekday = named(&WEEKDAYS, weekday(instant.secs()));
        let month = named(&MONTHS, month - 1);
        let fraction = fraction(instant);
        format!(
            "{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02}{fraction} GMT"
        )
    }

    fn holds(instant: &Instant) -> bool {
        FOUR_DIGIT_YEARS.contains(&instant.secs())
    }
}

fn fraction(instant: &Instant) -> String {
    match instant.subsec_nanos() {
        0 => String::new(),
        nanos => format!(".{nanos:09}").trim_end_matches('0').to_owned(),
    }
}

/// What is left of a text; a step that does not match leaves nothing that later steps accept.
struct Scan<'a>(&'a str);

impl Scan<'_> {
    fn token(&mut self, token: &str) -> &mut Self {
        self.0 = self.0.strip_prefix(token).unwrap_or("!");
        self
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        let all = digits.bytes().all(|byte| byte.is_ascii_digit());
        if all { digits.parse().ok() } else { None }
    }

    fn name(&mut self, names: &[&str]) -> Option<usize> {
        let (name, rest) = self.0.split_at_checked(3)?;
        self.0 = rest;
        names.iter().position(|known| *known == name)
    }

    /// Nanoseconds; finer digits are cut.
    fn fraction(&mut self) -> Option<u32> {
        let Some(rest) = self.0.strip_prefix('.') else {
            return Some(0);
        };
        let end = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = rest.split_at_checked(end)?;
        self.0 = rest;
        if digits.is_empty() {
            return None;
        }
        format!("{:0<9}", digits.get(..9).unwrap_or(digits))
            .parse()
            .ok()
    }

    /// Seconds east of UTC.
    fn offset(&mut self) -> Option<i64> {
        let (sign, rest) = self.0.split_at_checked(1)?;
        self.0 = rest;
        let sign = match sign {
            "+" => 1,
            "-" => -1,
            _ => return None,
        };
        let hours = self.digits(2)?;
        let minutes = self.token(":").digits(2)?;
        let valid = hours < 24 && minutes < 60 && self.0.is_empty();
        valid.then_some(sign * (hours * 3600 + minutes * 60))
    }
}
