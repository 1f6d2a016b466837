//! What is an event, and that cuts do not matter.

use proptest::prelude::*;

use super::{Decoder, TooLong};

const LIMIT: usize = 1 << 20;

/// The events of bytes that come in those pieces, the last of which may have no end.
fn events<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let mut decoder = Decoder::new(LIMIT);
    let mut events = Vec::new();
    for piece in pieces {
        events.extend(decoder.push(piece).expect("events of moderate length"));
    }
    events.extend(decoder.finish());
    events
}

fn check(bytes: impl AsRef<[u8]>, expected: &[&str]) {
    let bytes = bytes.as_ref();
    let shown = String::from_utf8_lossy(bytes);
    assert_eq!(events([bytes]), expected, "{shown:?}");
    assert_eq!(events(bytes.chunks(1)), expected, "{shown:?} byte by byte");
    for cut in 0..=bytes.len() {
        let (one, other) = bytes.split_at(cut);
        assert_eq!(events([one, other]), expected, "{shown:?} cut at {cut}");
    }
}

#[test]
fn every_end_of_line_ends_a_line() {
    check("data: a\n\ndata: b\n\n", &["a", "b"]);
    check("data: a\r\n\r\ndata: b\r\n\r\n", &["a", "b"]);
    check("data: a\r\rdata: b\r\r", &["a", "b"]);
    check("data: a\n\r\ndata: b\r\n\ndata: c\r\n\r", &["a", "b", "c"]);
}

#[test]
fn a_byte_order_mark_stands_before_the_first_line_only() {
    check("\u{feff}data: a\n\n", &["a"]);
    check("\u{feff}\n\ndata: a\n\n", &["a"]);
    check("data: a\n\n\u{feff}data: b\n\n", &["a"]);
}

#[test]
fn only_data_counts() {
    check(
        ": OPENROUTER PROCESSING\n\n: keep-alive\n\ndata: a\n\n",
        &["a"],
    );
    check(
        "event: message_start\nid: 7\nretry: 10\ndata: a\n\n",
        &["a"],
    );
    check("event: ping\n\ndata\n\ndata:\n\ndata:  \n\n", &[]);
    check("dataset: a\n\nnonsense\n\n", &[]);
    check("", &[]);
}

#[test]
fn one_space_behind_the_colon_is_not_of_the_value() {
    check("data:a\n\ndata: b\n\ndata:  c\n\n", &["a", "b", " c"]);
}

#[test]
fn lines_of_one_event_are_joined() {
    check(
        "data: {\ndata:  \"a\": 1\ndata: }\n\n",
        &["{\n \"a\": 1\n}"],
    );
    check("data: a\ndata\ndata: b\n\n", &["a\n\nb"]);
}

#[test]
fn what_stands_behind_the_last_blank_line_is_not_lost() {
    check("data: a\n\ndata: [DONE]\n", &["a", "[DONE]"]);
    check("data: a\n\ndata: [DONE]", &["a", "[DONE]"]);
    check("data: a\r\n\r\ndata: [DONE]\r", &["a", "[DONE]"]);
}

#[test]
fn an_error_without_the_name_of_the_field_is_data() {
    check(
        "data: a\n\n{\"error\":\"b\"}\n\n",
        &["a", "{\"error\":\"b\"}"],
    );
}

#[test]
fn bytes_that_are_not_utf_8_become_replacement_characters() {
    check(b"data: a\xffb\n\n", &["a\u{fffd}b"]);
    check("data: 🦀é\n\n", &["🦀é"]);
    check(b"data: \xf0\x9f\xa6\n\n", &["\u{fffd}"]);
}

#[test]
fn an_event_that_is_too_long_is_refused_without_holding_it() {
    let mut decoder = Decoder::new(10);
    assert_eq!(decoder.push(b"data: abc\n"), Ok(vec![]));
    assert_eq!(
        decoder.push(b"\ndata: abc\n\n"),
        Ok(vec!["abc".to_owned(), "abc".to_owned()])
    );
    assert_eq!(decoder.push(b"data: a\n"), Ok(vec![]));
    assert_eq!(decoder.push(b"data: ab\n"), Ok(vec![]));
    assert_eq!(decoder.push(b"data: a"), Err(TooLong));
    assert_eq!(
        Decoder::new(10).push(b": a comment without an end"),
        Err(TooLong)
    );
}

/// Bytes of which most mean something.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    const PARTS: &[&[u8]] = &[
        b"data:",
        b"data: {\"a\":1}",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b":",
        b" ",
        b"{",
        b"event: x",
        b"\xef\xbb\xbf",
        b"\xef\xbb",
        b"\xff",
        b"\xf0\x9f\xa6\x80",
    ];
    let part = proptest::sample::select(PARTS);
    proptest::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn cuts_do_not_matter(bytes in bytes()) {
        let whole = events([&*bytes]);
        prop_assert_eq!(&events(bytes.chunks(1)), &whole);
        for cut in 0..=bytes.len() {
            let (one, other) = bytes.split_at(cut);
            prop_assert_eq!(&events([one, other]), &whole);
        }
    }

    #[test]
    fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        events(bytes.chunks(3));
    }
}
