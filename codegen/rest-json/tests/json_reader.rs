//! What the JSON reader takes, what it refuses, and how it says where.
#![cfg(test)]

use rest_json::json::{DEPTH_LIMIT, from_slice};
use rest_json::{Document, FromJson, Map, Number, Reader};

fn read<T: FromJson>(text: &str) -> Result<T, String> {
    from_slice(text.as_bytes()).map_err(|error| error.to_string())
}

fn check_refused<T: FromJson + std::fmt::Debug>(text: &str, message: &str) {
    assert_eq!(read::<T>(text).unwrap_err(), message, "{text}");
}

fn is_json(text: &str) -> bool {
    Document::new(text).is_ok()
}

#[test]
fn whole_values_are_kept_as_they_are_written() {
    for text in [
        "null",
        r#"{"b": 1.10, "a":[ ],"a":{}}"#,
        "123456789012345678901234567890",
        "0.9990000128746033",
        r#""\u00e9\/é""#,
    ] {
        let padded = format!(" \r\n\t{text}\n ");
        assert_eq!(read::<Document>(&padded).unwrap().as_str(), text);
    }
}

#[test]
fn text_that_is_not_json_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "]",
        "}",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{null:1}",
        "[1}",
        "{\"a\":1]",
        "nul",
        "nulll",
        "True",
        "TRUE",
        "01",
        "-01",
        "1.",
        ".5",
        "-.5",
        "+1",
        "1e",
        "1e+",
        "1.e1",
        "-",
        "0x42",
        "1_0",
        "NaN",
        "Infinity",
        "-Infinity",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"a\nb\"",
        "\"\u{1}\"",
        "{} {}",
        "1 1",
        "[] x",
        "\u{feff}1",
        "\u{a0}1",
        "{\"int\":\u{c}10}",
        "1 // one",
        "/* one */ 1",
        "{[",
        "[1,,2]",
        "{,}",
        "[:]",
        "--1",
        "1..2",
        "\"\\u+123\"",
    ] {
        assert!(!is_json(text), "{text:?}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    assert!(Reader::new(b"\"\xff\"").is_err());
    assert!(Reader::new(b"\"\xed\xa0\x80\"").is_err());
}

#[test]
fn surrogates_must_come_in_pairs() {
    assert_eq!(read::<String>(r#""\ud83d\ude39""#).unwrap(), "😹");
    assert_eq!(
        read::<String>(r#""\uD83D\uDE39\ud7ff\ue000""#).unwrap(),
        "😹\u{d7ff}\u{e000}"
    );
    for lone in [
        r#""\ud83d""#,
        r#""\ude39""#,
        r#""\ud83dx""#,
        r#""\ud83d\n""#,
        r#""\ud83d\u0041""#,
        r#""\ude39\ud83d""#,
    ] {
        assert!(!is_json(lone), "{lone}");
        assert!(read::<String>(lone).is_err(), "{lone}");
    }
}

#[test]
fn escapes_mean_what_rfc_8259_says() {
    assert_eq!(
        read::<String>(r#""\"\\\/\b\f\n\r\t\u0000é\u00E9""#).unwrap(),
        "\"\\/\u{8}\u{c}\n\r\t\0éé"
    );
}

#[test]
fn depth_is_bounded_for_documents_and_typed_reads_together() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(is_json(&nested(DEPTH_LIMIT)));
    assert!(!is_json(&nested(DEPTH_LIMIT + 1)));
    assert!(!is_json(&"[".repeat(10_000_000)));
    assert!(!is_json(&"{\"a\":".repeat(1_000_000)));
    let in_list = |depth: usize| read::<Vec<Document>>(&format!("[{}]", nested(depth)));
    assert!(in_list(DEPTH_LIMIT - 1).is_ok());
    assert_eq!(
        in_list(DEPTH_LIMIT).unwrap_err(),
        "0: lists and objects nest too deep"
    );

    struct Nest;
    impl FromJson for Nest {
        fn read(reader: &mut Reader<'_>) -> Result<Self, rest_json::DecodeError> {
            Vec::<Nest>::read(reader).map(|_| Nest)
        }
    }
    assert!(read::<Nest>(&nested(DEPTH_LIMIT)).is_ok());
    assert!(read::<Nest>(&nested(DEPTH_LIMIT + 1)).is_err());
}

#[test]
fn integers_are_integer_text_in_range() {
    assert_eq!(read::<i8>("-128"), Ok(-128));
    assert_eq!(read::<i16>("32767"), Ok(32767));
    assert_eq!(read::<i32>("-0"), Ok(0));
    assert_eq!(read::<i64>("-9223372036854775808"), Ok(i64::MIN));
    check_refused::<i8>(
        "128",
        "expected an integer of 8 bits, found a number out of range",
    );
    check_refused::<i32>(
        "2147483648",
        "expected an integer of 32 bits, found a number out of range",
    );
    check_refused::<i64>(
        "123000000000000000000000",
        "expected an integer of 64 bits, found a number out of range",
    );
    for text in ["1.0", "1e2", "1E0", "0.5"] {
        check_refused::<i32>(
            text,
            "expected an integer of 32 bits, found a number with fraction or exponent",
        );
    }
    check_refused::<i32>("\"1\"", "expected an integer of 32 bits, found a string");
    check_refused::<i32>("true", "expected an integer of 32 bits, found a boolean");
    assert!(read::<i32>("01").is_err());
    assert!(read::<i32>("1x").is_err());
}

#[test]
fn booleans_are_two_words() {
    assert_eq!(read::<bool>("true"), Ok(true));
    assert_eq!(read::<bool>(" false "), Ok(false));
    check_refused::<bool>("\"true\"", "expected a boolean, found a string");
    check_refused::<bool>("0", "expected a boolean, found a number");
    assert!(read::<bool>("True").is_err());
    assert!(read::<bool>("truex").is_err());
}

#[test]
fn errors_name_the_path_from_the_outside() {
    check_refused::<Map<Vec<Map<String>>>>(
        r#"{"messages":[{},{"content":1}]}"#,
        "messages.1.content: expected a string, found a number",
    );
    check_refused::<Vec<String>>("{}", "expected a list, found an object");
    check_refused::<Map<String>>("[]", "expected an object, found a list");
}

#[test]
fn an_error_never_repeats_the_input() {
    check_refused::<Map<i32>>(
        r#"{"my secret":true}"#,
        "*: expected an integer of 32 bits, found a boolean",
    );
    let long = format!(r#"{{"{}":true}}"#, "x".repeat(1000));
    check_refused::<Map<i32>>(&long, "*: expected an integer of 32 bits, found a boolean");
    assert!(!format!("{:?}", Reader::new(b"\"secret\"").unwrap()).contains("secret"));
    let error = read::<Vec<i32>>(r#"["my secret"]"#).unwrap_err();
    assert_eq!(error, "0: expected an integer of 32 bits, found a string");
    assert!(
        !read::<String>(r#""secret\q""#)
            .unwrap_err()
            .contains("secret")
    );
}

#[test]
fn null_is_an_item_of_sparse_lists_and_maps_only() {
    assert_eq!(
        read::<Vec<Option<String>>>(r#"[null,"a"]"#).unwrap(),
        [None, Some("a".to_owned())]
    );
    check_refused::<Vec<String>>(r#"["a",null]"#, "1: expected a string, found null");
    check_refused::<Map<String>>(r#"{"abc":null}"#, "abc: expected a string, found null");
    let sparse: Map<Option<i32>> = read(r#"{"x":null,"y":1}"#).unwrap();
    assert_eq!(sparse.get("x"), Some(&None));
    assert_eq!(sparse.get("y"), Some(&Some(1)));
    assert!(read::<Option<i32>>("nul").is_err());
    assert_eq!(
        read::<Vec<Document>>("[null]").unwrap(),
        [Document::new("null").unwrap()]
    );
}

#[test]
fn members_are_read_by_hand_and_null_is_absent() {
    let mut reader =
        Reader::new(br#" { "a" : null , "b" : [ 1 , 2 ] , "c" : { "d" : {} } , "e" : "\n" } "#)
            .unwrap();
    reader.begin_object().unwrap();
    assert_eq!(reader.next_key().unwrap().as_deref(), Some("a"));
    assert_eq!(reader.member::<i32>("a").unwrap(), None);
    assert_eq!(reader.next_key().unwrap().as_deref(), Some("b"));
    assert_eq!(reader.member::<Vec<i32>>("b").unwrap(), Some(vec![1, 2]));
    assert_eq!(reader.next_key().unwrap().as_deref(), Some("c"));
    assert_eq!(reader.raw().unwrap(), r#"{ "d" : {} }"#);
    assert_eq!(reader.next_key().unwrap().as_deref(), Some("e"));
    assert_eq!(reader.string().unwrap(), "\n");
    assert_eq!(reader.next_key().unwrap(), None);
    reader.finish().unwrap();
}

#[test]
fn strings_without_escapes_are_borrowed() {
    let mut reader = Reader::new("\"aé\"".as_bytes()).unwrap();
    assert!(matches!(
        reader.string().unwrap(),
        std::borrow::Cow::Borrowed("aé")
    ));
}

#[test]
fn of_equal_keys_the_last_value_stands_at_the_first_place() {
    let map: Map<i32> = read(r#"{"a":1,"b":2,"a":3,"c":4,"b":5,"a":6}"#).unwrap();
    let expected = [
        ("a".to_owned(), 6),
        ("b".to_owned(), 5),
        ("c".to_owned(), 4),
    ];
    assert_eq!(&*map, expected);
}

#[test]
fn floats_take_numbers_and_three_words() {
    for text in [
        "1",
        "-0",
        "1.10",
        "1e400",
        "1E-7",
        "\"NaN\"",
        "\"Infinity\"",
        "\"-Infinity\"",
    ] {
        let number: Number = read(text).unwrap();
        assert_eq!(number.as_str(), text.trim_matches('"'));
        assert_eq!(rest_json::json::to_vec(&number), text.as_bytes());
    }
    check_refused::<Number>("\"123\"", "expected a number, found a string");
    check_refused::<Number>("true", "expected a number, found a boolean");
    for text in [
        "2ABC",
        "0x42",
        "Infinity",
        "-Infinity",
        "NaN",
        "1.",
        ".1",
        "\"+Infinity\"",
        "\"nan\"",
    ] {
        assert!(read::<Number>(text).is_err(), "{text}");
    }
}
