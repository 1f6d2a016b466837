//! Strategies for property tests: values that the wire can carry and give back unchanged.
//!
//! Generated `Arbitrary` implementations are made of these functions. They are small on purpose: a structure of the
//! model holds many of them.

mod source;

use std::fmt::Debug;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::frame::{Frame, HeaderValue};
use crate::json::{Integer, ToJson, Writer};
use crate::value::{Blob, Document, Map, Number, Timestamp, TimestampFormat, Unknowns};

pub use source::{Generate, Payload, Source, Values, values};

/// Any text: controls, quotes, characters beyond the basic plane.
pub fn string() -> BoxedStrategy<String> {
    vec(any::<char>(), 0..12)
        .prop_map(String::from_iter)
        .boxed()
}

/// Text that a payload or a query parameter can carry where an empty one would be absent.
pub fn non_empty_string() -> BoxedStrategy<String> {
    vec(any::<char>(), 1..12)
        .prop_map(String::from_iter)
        .boxed()
}

/// Text that one header line can carry: ASCII without controls, no white space at its ends.
pub fn header_string() -> BoxedStrategy<String> {
    vec(prop::char::range(' ', '~'), 0..12)
        .prop_map(|characters| String::from_iter(characters).trim().to_owned())
        .boxed()
}

/// Text that one label can carry: not empty, no dot segment.
pub fn label_string() -> BoxedStrategy<String> {
    non_empty_string()
        .prop_filter("a dot segment is no label", |text| !is_dots(text))
        .boxed()
}

/// Text that a greedy label can carry: segments that are labels each, without slashes.
pub fn greedy_label_string() -> BoxedStrategy<String> {
    let segment = label_string().prop_map(|text| text.replace('/', "-"));
    vec(segment, 1..3)
        .prop_map(|segments| segments.join("/"))
        .boxed()
}

/// `true` or `false`.
pub fn boolean() -> BoxedStrategy<bool> {
    any::<bool>().boxed()
}

/// Any integer of the type, its ends included.
pub fn integer<T: Integer + Arbitrary + 'static>() -> BoxedStrategy<T> {
    any::<T>().boxed()
}

/// Any number in any spelling: Java's, short and long decimals, exponents, integers beyond 64 bits, the three words.
pub fn number() -> BoxedStrategy<Number> {
    let spelled =
        number_text().prop_filter_map("a number is a number", |text| Number::new(&text).ok());
    prop_oneof![
        4 => spelled,
        2 => any::<f64>().prop_map(Number::from),
        1 => any::<f32>().prop_map(Number::from),
    ]
    .boxed()
}

/// Any bytes, as text or as bytes.
pub fn blob() -> BoxedStrategy<Blob> {
    (bytes(), any::<bool>())
        .prop_map(|(bytes, as_text)| {
            let blob = Blob::from_bytes(bytes);
            let text = as_text.then(|| Blob::from_base64(&blob.to_base64()));
            // A blob's own text is always valid base64.
            text.and_then(Result::ok).unwrap_or(blob)
        })
        .boxed()
}

/// Any bytes.
pub fn bytes() -> BoxedStrategy<Bytes> {
    vec(any::<u8>(), 0..80).prop_map(Bytes::from).boxed()
}

/// Bytes that a payload can carry, where no bytes would be absent.
pub fn non_empty_bytes() -> BoxedStrategy<Bytes> {
    vec(any::<u8>(), 1..80).prop_map(Bytes::from).boxed()
}

/// A point in time of whole milliseconds in a year of four digits, which every format and every place gives back.
pub fn timestamp<F: TimestampFormat>() -> BoxedStrategy<Timestamp<F>> {
    (-62_167_219_200_000_i64..=253_402_300_799_999)
        .prop_filter_map("years have four digits", |millis| {
            Timestamp::new(aws_smithy_types::DateTime::from_millis(millis))
        })
        .boxed()
}

/// Any JSON value but `null`, which reads as an absent member.
pub fn document() -> BoxedStrategy<Document> {
    json_text()
        .prop_filter("null is absent", |text| text != "null")
        .prop_filter_map("generated text is JSON", |text| Document::new(&text).ok())
        .boxed()
}

/// Members of a structure that has the members `known`; most often none.
pub fn unknowns(known: &'static [&'static str]) -> BoxedStrategy<Unknowns> {
    let some = vec((unknown_name(known), json_text()), 1..4).prop_map(|members| {
        let mut unknowns = Unknowns::default();
        for (name, text) in members {
            if let Ok(value) = Document::new(&text) {
                unknowns.insert(&name, value);
            }
        }
        unknowns
    });
    prop_oneof![2 => Just(Unknowns::default()), 1 => some].boxed()
}

/// A member of a union that has the members `known`.
pub fn unknown_member(known: &'static [&'static str]) -> BoxedStrategy<(String, Document)> {
    (unknown_name(known), document()).boxed()
}

/// A value of an enum that has the values `known`; of letters, so that every place can carry it.
pub fn unknown_enum_value(known: &'static [&'static str]) -> BoxedStrategy<String> {
    vec(prop::char::range('a', 'z'), 1..8)
        .prop_map(|characters| format!("x_{}", String::from_iter(characters)))
        .prop_filter("the value is unknown", |value| {
            !known.contains(&value.as_str())
        })
        .boxed()
}

/// A value or none.
pub fn optional<T: Debug + Clone + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Option<T>> {
    prop::option::of(value).boxed()
}

/// A short list, perhaps empty.
pub fn list<T: Debug + 'static>(item: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Vec<T>> {
    vec(item, 0..3).boxed()
}

/// A short list that is not empty, for headers and queries where an empty one is absent.
pub fn non_empty_list<T: Debug + 'static>(
    item: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Vec<T>> {
    vec(item, 1..4).boxed()
}

/// A short map of distinct keys, perhaps empty.
pub fn map<T: Debug + 'static>(value: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Map<T>> {
    vec((string(), value), 0..3)
        .prop_map(Map::from_iter)
        .boxed()
}

/// An event that a stream with the events and errors `known` does not know.
pub fn unknown_frame(known: &'static [&'static str]) -> BoxedStrategy<Frame> {
    let header = (unknown_enum_value(&[]), header_value());
    (unknown_enum_value(known), bytes(), vec(header, 0..3))
        .prop_map(|(event_type, payload, headers)| {
            let mut frame = Frame::event(&event_type, "application/json", payload);
            frame.headers.extend(
                headers
                    .into_iter()
                    .map(|(name, value)| (name.into(), value)),
            );
            frame
        })
        .boxed()
}

/// Any typed header value.
pub fn header_value() -> BoxedStrategy<HeaderValue> {
    let millis = any::<i32>().prop_map(|millis| {
        HeaderValue::Timestamp(aws_smithy_types::DateTime::from_millis(i64::from(millis)))
    });
    prop_oneof![
        any::<bool>().prop_map(HeaderValue::Bool),
        any::<i8>().prop_map(HeaderValue::Byte),
        any::<i16>().prop_map(HeaderValue::Short),
        any::<i32>().prop_map(HeaderValue::Int),
        any::<i64>().prop_map(HeaderValue::Long),
        bytes().prop_map(HeaderValue::Blob),
        string().prop_map(|text| HeaderValue::String(text.into())),
        millis,
        any::<u128>().prop_map(HeaderValue::Uuid),
    ]
    .boxed()
}

/// The text of any JSON value, with white space, odd escapes and duplicate keys now and then.
pub fn json_text() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        number_text().prop_filter("the words are strings", |text| !text.ends_with(['N', 'y'])),
        string_text(),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (vec(inner.clone(), 0..4), space()).prop_map(|(items, space)| format!(
                "[{space}{}]",
                items.join(&format!("{space},"))
            )),
            (vec((string_text(), inner), 0..4), space()).prop_map(|(members, space)| {
                let members: Vec<String> = members
                    .iter()
                    .map(|(key, value)| format!("{key}{space}:{value}"))
                    .collect();
                format!("{{{}{space}}}", members.join(&format!(",{space}")))
            }),
        ]
    })
    .boxed()
}

fn space() -> impl Strategy<Value = &'static str> + Clone {
    prop_oneof![4 => Just(""), 1 => Just(" "), 1 => Just("\r\n\t ")]
}

fn string_text() -> BoxedStrategy<String> {
    let printed = string().prop_map(|text| {
        let mut writer = Writer::new();
        text.write(&mut writer);
        String::from_utf8_lossy(&writer.into_bytes()).into_owned()
    });
    prop_oneof![
        6 => printed,
        1 => Just(r#""\u0041\/\ud83d\ude39\u00E9""#.to_owned()),
    ]
    .boxed()
}

fn number_text() -> BoxedStrategy<String> {
    let digits = |length| vec(prop::char::range('0', '9'), length).prop_map(String::from_iter);
    let whole = (1..=9_u8, digits(0..30)).prop_map(|(first, rest)| format!("{first}{rest}"));
    let whole = prop_oneof![1 => Just("0".to_owned()), 3 => whole];
    let fraction = prop::option::of(digits(1..20));
    let exponent = prop::option::of((
        prop_oneof![Just("e"), Just("E"), Just("e+"), Just("E-")],
        0..400_u16,
    ));
    let spelled = (any::<bool>(), whole, fraction, exponent).prop_map(
        |(negative, whole, fraction, exponent)| {
            let sign = if negative { "-" } else { "" };
            let fraction = fraction
                .map(|digits| format!(".{digits}"))
                .unwrap_or_default();
            let exponent = exponent
                .map(|(e, digits)| format!("{e}{digits}"))
                .unwrap_or_default();
            format!("{sign}{whole}{fraction}{exponent}")
        },
    );
    let known = prop_oneof![
        Just("123456789012345678901234567890"),
        Just("1.10"),
        Just("0.9990000128746033"),
        Just("-0"),
        Just("1e400"),
        Just("NaN"),
        Just("Infinity"),
        Just("-Infinity"),
    ];
    prop_oneof![3 => spelled, 1 => known.prop_map(str::to_owned)].boxed()
}

fn unknown_name(known: &'static [&'static str]) -> BoxedStrategy<String> {
    let odd = string().prop_filter("the type marker is no member", |name| name != "__type");
    let plain = vec(prop::char::range('a', 'z'), 1..6).prop_map(String::from_iter);
    prop_oneof![3 => plain, 1 => odd]
        .prop_filter("the name is unknown", |name| {
            !known.contains(&name.as_str())
        })
        .boxed()
}

fn is_dots(text: &str) -> bool {
    matches!(text, "." | "..")
}
