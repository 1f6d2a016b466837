//! Integers from their decimal text, without wrap and without detour through a float.

use std::str::FromStr;

/// The integer types of the protocol.
pub trait Integer: Copy + FromStr + std::fmt::Display + sealed::Sealed {
    /// For messages: `an integer of 32 bits`.
    const EXPECTED: &'static str;

    /// Reads `-?(0|[1-9][0-9]*)`; anything else, also a fraction, an exponent or a plus, is `None`.
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let canonical = !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits.len() == 1 || !digits.starts_with('0'));
        if canonical { text.parse().ok() } else { None }
    }
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! integer {
    ($($type:ty: $expected:literal),* $(,)?) => {$(
        impl sealed::Sealed for $type {}
        impl Integer for $type {
            const EXPECTED: &'static str = $expected;
        }
    )*};
}

integer! {
    i8: "an integer of 8 bits",
    i16: "an integer of 16 bits",
    i32: "an integer of 32 bits",
    i64: "an integer of 64 bits",
}
