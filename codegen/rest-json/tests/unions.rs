//! Unions as generated code reads them, and whole bodies.
#![cfg(test)]

use rest_json::json::{from_slice, to_vec};
use rest_json::{Bytes, DecodeError, Document, FromJson, Reader, Rejection, ToJson, Writer, body};

/// What the generator makes of a union with the members `text` and `count`.
#[derive(Debug, PartialEq)]
enum Choice {
    Text(String),
    Count(i32),
    Unknown { member: String, value: Document },
}

impl FromJson for Choice {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut value = None;
        reader.begin_object()?;
        while let Some(key) = reader.next_variant(value.is_some())? {
            value = Some(match &*key {
                "text" => Self::Text(reader.variant("text")?),
                "count" => Self::Count(reader.variant("count")?),
                _ => Self::Unknown {
                    value: reader.variant(&key)?,
                    member: key.into_owned(),
                },
            });
        }
        value.ok_or_else(|| DecodeError::union(0))
    }
}

impl ToJson for Choice {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Text(value) => writer.union("text", value),
            Self::Count(value) => writer.union("count", value),
            Self::Unknown { member, value } => writer.union(member, value),
        }
    }
}

fn check(text: &str, expected: &Choice) {
    assert_eq!(
        &from_slice::<Choice>(text.as_bytes()).unwrap(),
        expected,
        "{text}"
    );
}

fn check_refused(text: &str, message: &str) {
    let error = from_slice::<Choice>(text.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), message, "{text}");
}

#[test]
fn the_one_member_that_is_not_null_is_the_value() {
    check(r#"{"text":"a"}"#, &Choice::Text("a".to_owned()));
    check(r#"{"text":null,"count":2,"other":null}"#, &Choice::Count(2));
    check(r#"{"__type":"ns#Choice","count":2}"#, &Choice::Count(2));
}

#[test]
fn an_unknown_member_is_kept_as_text() {
    let value = Document::new(r#"{"b": 1.10}"#).unwrap();
    let member = "new\n".to_owned();
    let text = r#"{"new\n":{"b": 1.10}}"#;
    check(text, &Choice::Unknown { member, value });
    assert_eq!(
        to_vec(&from_slice::<Choice>(text.as_bytes()).unwrap()),
        text.as_bytes()
    );
}

#[test]
fn none_or_several_members_are_refused() {
    check_refused("{}", "expected a union with exactly one member, found 0");
    check_refused(
        r#"{"text":null}"#,
        "expected a union with exactly one member, found 0",
    );
    for text in [
        r#"{"text":"a","count":2}"#,
        r#"{"text":"a","other":2}"#,
        r#"{"one":1,"other":2}"#,
        r#"{"text":"a","text":"b"}"#,
    ] {
        check_refused(text, "expected a union with exactly one member, found 2");
    }
    check_refused(r#"["text"]"#, "expected an object, found a list");
    check_refused(
        r#"{"count":"2"}"#,
        "count: expected an integer of 32 bits, found a string",
    );
}

#[test]
fn a_whole_body_is_one_value() {
    let of = |text: &'static str| body::request::<Vec<i32>>(&Bytes::from_static(text.as_bytes()));
    assert_eq!(of("[1]\n"), Ok(Some(vec![1])));
    assert_eq!(of(""), Ok(None));
    for text in ["[1]x", "[1", "10", "null", "{}"] {
        assert!(matches!(of(text), Err(Rejection::Body(_))), "{text}");
    }
    assert_eq!(body::of(&vec![1]).into_bytes(), b"[1]");
    assert_eq!(body::empty().into_bytes(), b"{}");
}
