//! Laws of JSON over arbitrary text, with serde_json as the independent witness.
#![cfg(test)]

use proptest::collection::vec;
use proptest::prelude::*;
use rest_json::arbitrary as any_of;
use rest_json::json::{from_slice, to_vec};
use rest_json::value::{DateTime, EpochSeconds, HttpDate};
use rest_json::{Blob, Document, FromJson, Map, Number, Reader, Timestamp, ToJson, Unknowns};

/// Text that is often almost JSON.
fn json_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"b\":", "\\", "\\u", "\\n", "\\\"", "d83d", "\\ude39", "00",
            "0", "1", "9", "-", ".", "e", "E", "+", "true", "false", "null", "t", "n", " ", "\n", "\t", "é", "\u{1}", "1e9",
            "[]", "{}", "1.5", "\u{feff}", "/",
        ]).prop_map(str::to_owned),
        2 => any_of::json_text(),
    ];
    prop_oneof![
        vec(piece.clone(), 0..8).prop_map(|pieces| pieces.concat()),
        vec(piece, 0..6).prop_map(|pieces| format!("[{}]", pieces.join(","))),
        (
            any_of::json_text(),
            any::<prop::sample::Index>(),
            any::<char>()
        )
            .prop_map(|(text, at, character)| {
                let mut characters: Vec<char> = text.chars().collect();
                let at = at.index(characters.len());
                characters[at] = character;
                characters.into_iter().collect()
            }),
    ]
}

/// What serde_json says, or nothing where its own limits and not the text decide.
fn witness(text: &str) -> Option<bool> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(_) => Some(true),
        Err(error) => {
            let error = error.to_string();
            (!error.contains("number out of range") && !error.contains("recursion"))
                .then_some(false)
        }
    }
}

fn read_everything(bytes: &[u8]) {
    fn one<T: FromJson>(bytes: &[u8]) {
        let _either = from_slice::<T>(bytes);
    }
    one::<Document>(bytes);
    one::<String>(bytes);
    one::<bool>(bytes);
    one::<i8>(bytes);
    one::<i64>(bytes);
    one::<Number>(bytes);
    one::<Blob>(bytes);
    one::<Timestamp<EpochSeconds>>(bytes);
    one::<Timestamp<DateTime>>(bytes);
    one::<Timestamp<HttpDate>>(bytes);
    one::<Vec<Option<Map<Vec<i32>>>>>(bytes);
    one::<Map<Vec<String>>>(bytes);
    if let Ok(mut reader) = Reader::new(bytes) {
        // Calls in no sensible order must be errors and nothing worse.
        let _either = reader.begin_object();
        let _either = reader.next_item();
        let _either = reader.raw();
        let _either = reader.next_key();
        let _either = reader.next_key();
        let _either = reader.number_text();
        let _either = reader.finish();
    }
}

fn check_round_trip<T: ToJson + FromJson + PartialEq + std::fmt::Debug>(value: &T) {
    let bytes = to_vec(value);
    let again: T = from_slice(&bytes).unwrap();
    assert_eq!(&again, value);
    assert_eq!(to_vec(&again), bytes);
    assert_ne!(witness(std::str::from_utf8(&bytes).unwrap()), Some(false));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn any_bytes_are_read_without_panic(bytes in vec(any::<u8>(), 0..64)) {
        read_everything(&bytes);
    }

    #[test]
    fn almost_json_is_read_without_panic(text in json_like()) {
        read_everything(text.as_bytes());
    }

    #[test]
    fn what_is_json_is_what_serde_json_takes(text in json_like()) {
        if let Some(expected) = witness(&text) {
            prop_assert_eq!(Document::new(&text).is_ok(), expected, "{}", text);
        }
    }

    #[test]
    fn strings_mean_what_serde_json_reads(text in json_like()) {
        let text = format!("\"{}\"", text.trim_matches('"'));
        let ours = from_slice::<String>(text.as_bytes()).ok();
        prop_assert_eq!(ours, serde_json::from_str::<String>(&text).ok());
    }

    #[test]
    fn strings_are_printed_as_serde_json_prints_them(text in any_of::string()) {
        prop_assert_eq!(to_vec(&text), serde_json::to_vec(&text).unwrap());
    }

    #[test]
    fn documents_survive_as_text(text in any_of::json_text()) {
        let document = Document::new(&text).unwrap();
        prop_assert_eq!(document.as_str(), text.as_str());
        prop_assert_eq!(to_vec(&document), text.as_bytes());
        prop_assert_eq!(from_slice::<Document>(text.as_bytes()).unwrap(), document);
    }

    #[test]
    fn typed_values_come_back(
        texts in any_of::map(any_of::list(any_of::string())),
        numbers in any_of::list(any_of::optional(any_of::number())),
        blobs in any_of::list(any_of::blob()),
        integers in any_of::map(any_of::integer::<i64>()),
        documents in any_of::list(any_of::document()),
    ) {
        check_round_trip(&texts);
        check_round_trip(&numbers);
        check_round_trip(&blobs);
        check_round_trip(&integers);
        check_round_trip(&documents);
    }

    #[test]
    fn timestamps_come_back(
        seconds in any_of::timestamp::<EpochSeconds>(),
        date_time in any_of::timestamp::<DateTime>(),
        http_date in any_of::timestamp::<HttpDate>(),
    ) {
        check_round_trip(&seconds);
        check_round_trip(&date_time);
        check_round_trip(&http_date);
    }

    #[test]
    fn unknown_members_come_back_sorted(unknowns in any_of::unknowns(&["a", "known"])) {
        let mut writer = rest_json::Writer::new();
        writer.object(&unknowns).end();
        let bytes = writer.into_bytes();
        let mut reader = Reader::new(&bytes).unwrap();
        let mut again = Unknowns::default();
        reader.begin_object().unwrap();
        let mut names = Vec::new();
        while let Some(key) = reader.next_key().unwrap() {
            again.read(&key, &mut reader).unwrap();
            names.push(key.into_owned());
        }
        reader.finish().unwrap();
        prop_assert!(names.is_sorted());
        prop_assert_eq!(again.get("known"), None);
        prop_assert_eq!(again, unknowns);
    }

    #[test]
    fn numbers_have_the_value_that_rust_parses(number in any_of::number()) {
        let value: f64 = number.as_str().parse().unwrap();
        prop_assert!(number.value() == value || (value.is_nan() && number.value().is_nan()));
        prop_assert_eq!(number.is_finite(), value.is_finite());
    }

    #[test]
    fn a_float_is_printed_so_that_it_reads_back(value in any::<f64>(), narrow in any::<f32>()) {
        let number = Number::from(value);
        prop_assert!(number.value() == value || value.is_nan());
        prop_assert!(number.as_str().parse::<f64>().unwrap() == value || value.is_nan());
        let number = Number::from(narrow);
        prop_assert!(number.as_str().parse::<f32>().unwrap() == narrow || narrow.is_nan());
    }
}
