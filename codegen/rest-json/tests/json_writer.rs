//! What the JSON writer prints.
#![cfg(test)]

use rest_json::json::to_vec;
use rest_json::{Document, Map, Unknowns, Writer};

fn written(write: impl FnOnce(&mut Writer)) -> String {
    let mut writer = Writer::new();
    write(&mut writer);
    String::from_utf8(writer.into_bytes()).unwrap()
}

fn unknowns(members: &[(&str, &str)]) -> Unknowns {
    let mut unknowns = Unknowns::default();
    for (name, text) in members {
        unknowns.insert(name, Document::new(text).unwrap());
    }
    unknowns
}

#[test]
fn strings_are_escaped_as_serde_json_does() {
    let every_control: String = (0..=0x20_u8).map(char::from).collect();
    for text in [
        every_control.as_str(),
        "",
        "\"\\/<>&'",
        "é😹\u{7f}\u{80}\u{2028}",
        "plain",
        "a\"b",
        "\n",
    ] {
        let expected = serde_json::to_string(text).unwrap();
        assert_eq!(written(|writer| writer.string(text)), expected);
    }
}

#[test]
fn unknown_members_stand_at_their_sorted_place() {
    let unknown = unknowns(&[
        ("p", r#""abc""#),
        ("Z", "1.10"),
        ("usage2", "{}"),
        ("a", "null"),
    ]);
    let text = written(|writer| {
        let mut object = writer.object(&unknown);
        object.member("metrics", &Some(1));
        object.member("missing", &None::<String>);
        object.member("stopReason", &Some("end_turn".to_owned()));
        object.member("usage", &Some(true));
        object.end();
    });
    let expected = r#"{"Z":1.10,"a":null,"metrics":1,"p":"abc","stopReason":"end_turn","usage":true,"usage2":{}}"#;
    assert_eq!(text, expected);
}

#[test]
fn a_member_of_the_model_wins_over_an_unknown_of_its_name() {
    let unknown = unknowns(&[("role", r#""theirs""#)]);
    let with = |role: Option<String>| {
        written(|writer| {
            let mut object = writer.object(&unknown);
            object.member("role", &role);
            object.end();
        })
    };
    assert_eq!(with(Some("ours".to_owned())), r#"{"role":"ours"}"#);
    assert_eq!(with(None), r#"{"role":"theirs"}"#);
}

#[test]
fn empty_lists_and_objects_are_printed() {
    assert_eq!(
        written(|writer| writer.object(Unknowns::none()).end()),
        "{}"
    );
    assert_eq!(to_vec(&Vec::<String>::new()), b"[]");
    assert_eq!(to_vec(&Map::<String>::new()), b"{}");
}

#[test]
fn maps_keep_their_order_and_lists_theirs() {
    let map: Map<Vec<Option<i64>>> = [
        ("b".to_owned(), vec![Some(i64::MIN), None]),
        ("a".to_owned(), vec![]),
    ]
    .into_iter()
    .collect();
    assert_eq!(to_vec(&map), br#"{"b":[-9223372036854775808,null],"a":[]}"#);
}

#[test]
fn unions_have_one_member() {
    let text = written(|writer| writer.union("te\"xt", &"hi".to_owned()));
    assert_eq!(text, r#"{"te\"xt":"hi"}"#);
}

#[test]
fn documents_are_made_of_typed_values() {
    let document = Document::of(&vec![1, 2]);
    assert_eq!(document.as_str(), "[1,2]");
    assert_eq!(document.parse::<Vec<i32>>().unwrap(), [1, 2]);
    assert!(document.parse::<Vec<bool>>().is_err());
    assert_eq!(to_vec(&Box::new(document)), b"[1,2]");
    assert_eq!(to_vec("text"), b"\"text\"");
}
