//! Labels, headers and query parameters, there and back.
#![cfg(test)]

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use rest_json::arbitrary as any_of;
use rest_json::binding::{FromText, Query, Target, decode_percent, encode_percent, header};
use rest_json::value::{DateTime, EpochSeconds, HttpDate};
use rest_json::{EncodeError, Map, Number, Rejection, Timestamp};

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let line = |(name, value): &(&str, &str)| {
        (
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        )
    };
    lines.iter().map(line).collect()
}

fn check_list(line: &str, items: &[&str]) {
    let read = header::read_list::<String>(&headers(&[("x-list", line)]), "X-List").unwrap();
    assert_eq!(read.unwrap(), items, "{line}");
}

#[test]
fn text_is_percent_encoded_but_for_unreserved_characters() {
    let encoded = |text: &str| {
        let mut out = String::new();
        encode_percent(text, &mut out);
        out
    };
    assert_eq!(encoded("AZaz09-._~"), "AZaz09-._~");
    assert_eq!(
        encoded(" %:/?#[]@!$&'()*+,;=😹"),
        "%20%25%3A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%F0%9F%98%B9"
    );
}

#[test]
fn text_is_percent_decoded_once_and_strictly() {
    assert_eq!(
        decode_percent("a%3ab%2Fc%252F+").as_deref(),
        Some("a:b/c%2F+")
    );
    for broken in ["%", "%2", "%zz", "%+2", "a%", "%ff", "%C3"] {
        assert_eq!(decode_percent(broken), None, "{broken}");
    }
}

#[test]
fn targets_are_filled_in() {
    let mut target = Target::new();
    target.literal("/HttpRequestWithGreedyLabelInPath/foo/");
    target
        .label("foo", &Some("hello/escape".to_owned()))
        .unwrap();
    target.literal("/baz/");
    target
        .greedy_label("baz", &Some("there/guy".to_owned()))
        .unwrap();
    assert_eq!(
        target.finish(),
        "/HttpRequestWithGreedyLabelInPath/foo/hello%2Fescape/baz/there/guy"
    );
}

#[test]
fn a_label_that_would_change_the_path_is_an_error() {
    let name = "modelId";
    for text in ["", ".", ".."] {
        let error = Target::new().label(name, &Some(text.to_owned()));
        assert_eq!(error, Err(EncodeError::Label { name }));
    }
    assert_eq!(
        Target::new().label::<String>(name, &None),
        Err(EncodeError::Label { name })
    );
    for text in ["", "a//b", "a/../b", "./a", "/a", "a/"] {
        let error = Target::new().greedy_label(name, &Some(text.to_owned()));
        assert_eq!(error, Err(EncodeError::Label { name }), "{text}");
    }
}

#[test]
fn queries_are_written_in_order_and_named_members_win() {
    let mut target = Target::new();
    target.literal("/x");
    target.query_literal("foo", Some("bar"));
    target.query_literal("hello", None);
    target.query("n", &Some(Number::from(1.5)));
    target.query("absent", &None::<bool>);
    target.query_list("b", &Some(vec![true, false]));
    target.query_list::<bool>("empty", &Some(vec![]));
    target.query("Empty", &Some(String::new()));
    let further: Map<String> = [("b", "2"), ("ü", "&")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into_iter()
        .collect();
    target.query_map(&Some(further));
    assert_eq!(
        target.finish(),
        "/x?foo=bar&hello&n=1.5&b=true&b=false&Empty=&%C3%BC=%26"
    );
}

#[test]
fn queries_are_read_by_name() {
    let query = Query::of_target("/x?a=1&b=x%26y&a=2&c&&d==e&e=%zz+");
    assert_eq!(query.value::<i32>("a").unwrap(), Some(1));
    assert_eq!(query.list::<i32>("a").unwrap(), Some(vec![1, 2]));
    assert_eq!(query.value::<String>("b").unwrap().unwrap(), "x&y");
    assert_eq!(query.value::<String>("c").unwrap().unwrap(), "");
    assert_eq!(query.value::<String>("d").unwrap().unwrap(), "=e");
    assert_eq!(query.value::<String>("e").unwrap().unwrap(), "%zz+");
    assert_eq!(query.value::<String>("f").unwrap(), None);
    assert_eq!(query.list::<String>("f").unwrap(), None);
    assert_eq!(
        query.value::<bool>("b"),
        Err(Rejection::Query { name: "b" })
    );
    assert_eq!(query.list::<bool>("a"), Err(Rejection::Query { name: "a" }));
    let all = query.list_map().unwrap();
    assert_eq!(all.get("a").unwrap(), &["1", "2"]);
    assert_eq!(query.map().unwrap().get("a").unwrap(), "1");
    assert_eq!(Query::of_target("/x").map(), None);
    assert_eq!(Query::of_target("/x?").list_map(), None);
}

#[test]
fn simple_values_are_read_strictly() {
    fn refused<T: FromText>(texts: &[&str]) {
        for text in texts {
            assert!(T::from_text(text).is_none(), "{text}");
        }
    }
    refused::<bool>(&[
        "True", "TRUE", "y", "yes", "1", "on", "False", "0", "off", "", " true",
    ]);
    refused::<i8>(&[
        "256",
        "-256",
        "123000000000000000000000",
        "true",
        "1.001",
        "2ABC",
        "0x42",
        "Infinity",
        "NaN",
        "+1",
        "",
        "01",
    ]);
    refused::<i64>(&["184467440737095500000", "1e2"]);
    refused::<Number>(&["true", "2ABC", "0x42", "", "1.", "inf"]);
    refused::<Timestamp<DateTime>>(&["1996-12-19T16:39:57-08:00", "1515531081"]);
    refused::<Timestamp<EpochSeconds>>(&["1515531081ABC", "true"]);
    refused::<Timestamp<HttpDate>>(&["1985-04-12T23:20:50Z"]);
    assert_eq!(i8::from_text("-128"), Some(-128));
    assert_eq!(
        Number::from_text("-Infinity").unwrap().value(),
        f64::NEG_INFINITY
    );
}

#[test]
fn header_members_are_read_and_written() {
    let map = headers(&[
        ("x-integer", " 123 "),
        ("x-bad", "12x"),
        ("x-string", "Hello"),
    ]);
    assert_eq!(header::read::<i32>(&map, "X-Integer").unwrap(), Some(123));
    assert_eq!(
        header::read::<String>(&map, "X-String").unwrap().unwrap(),
        "Hello"
    );
    assert_eq!(header::read::<i32>(&map, "X-None").unwrap(), None);
    assert_eq!(
        header::read::<i32>(&map, "X-Bad"),
        Err(Rejection::Header { name: "X-Bad" })
    );
    let mut written = HeaderMap::new();
    header::write(&mut written, "X-Integer", &Some(123)).unwrap();
    header::write(&mut written, "X-None", &None::<i32>).unwrap();
    header::write(&mut written, "X-Empty", &Some(String::new())).unwrap();
    assert_eq!(written, headers(&[("x-integer", "123"), ("x-empty", "")]));
    for text in ["a\nb", "\u{0}", " a", "a\t"] {
        let error = header::write(&mut written, "X-String", &Some(text.to_owned()));
        assert_eq!(
            error,
            Err(EncodeError::Header { name: "X-String" }),
            "{text:?}"
        );
    }
}

#[test]
fn header_lists_are_split_as_the_compliance_suite_has_them() {
    check_list("a, b, c", &["a", "b", "c"]);
    check_list("\"b,c\", \"\\\"def\\\"\", a", &["b,c", "\"def\"", "a"]);
    check_list("a,b,\tc ", &["a", "b", "c"]);
    check_list("a,,b", &["a", "", "b"]);
    check_list("\"\"", &[""]);
    check_list("\"\\\\\"", &["\\"]);
    check_list("", &[]);
    for broken in ["\"a", "\"a\" b", "\"a\\"] {
        let read = header::read_list::<String>(&headers(&[("x-list", broken)]), "X-List");
        assert_eq!(read, Err(Rejection::Header { name: "X-List" }), "{broken}");
    }
    let lines = headers(&[("x-list", "1, 2"), ("x-list", "3")]);
    assert_eq!(
        header::read_list::<i32>(&lines, "X-List").unwrap().unwrap(),
        [1, 2, 3]
    );
    assert_eq!(
        header::read_list::<i32>(&HeaderMap::new(), "X-List").unwrap(),
        None
    );
    assert!(header::read_list::<i32>(&headers(&[("x-list", "1, x")]), "X-List").is_err());
}

#[test]
fn lists_of_http_dates_hold_a_comma_in_each() {
    let line = "Mon, 16 Dec 2019 23:48:18 GMT, Mon, 16 Dec 2019 23:48:18 GMT";
    let dates =
        header::read_list::<Timestamp<HttpDate>>(&headers(&[("x-list", line)]), "X-List").unwrap();
    assert_eq!(dates.as_ref().unwrap().len(), 2);
    let mut written = HeaderMap::new();
    header::write_list(&mut written, "X-List", &dates).unwrap();
    assert_eq!(written.get("x-list").unwrap(), line);
}

#[test]
fn an_empty_list_is_an_empty_header() {
    let mut written = HeaderMap::new();
    header::write_list::<String>(&mut written, "X-C", &Some(vec![])).unwrap();
    header::write_list::<String>(&mut written, "X-A", &None).unwrap();
    assert_eq!(written, headers(&[("x-c", "")]));
}

#[test]
fn prefixed_headers_are_a_map() {
    let map = headers(&[
        ("x-foo", "Foo"),
        ("x-foo-abc", "Abc value"),
        ("x-foo-def", ""),
    ]);
    let read = header::read_prefixed(&map, "X-Foo-");
    let expected: Map<String> = [
        ("abc".to_owned(), "Abc value".to_owned()),
        ("def".to_owned(), String::new()),
    ]
    .into_iter()
    .collect();
    assert_eq!(read.as_ref(), Some(&expected));
    assert_eq!(header::read_prefixed(&map, "X-Bar-"), None);
    let mut written = headers(&[("x-foo-abc", "mine")]);
    header::write_prefixed(&mut written, "X-Foo-", &read).unwrap();
    assert_eq!(
        written,
        headers(&[("x-foo-abc", "mine"), ("x-foo-def", "")])
    );
    let broken: Map<String> = [("a b".to_owned(), String::new())].into_iter().collect();
    let error = header::write_prefixed(&mut written, "X-Foo-", &Some(broken));
    assert_eq!(error, Err(EncodeError::Header { name: "X-Foo-" }));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn percent_encoding_is_undone_by_decoding(text in any_of::string()) {
        let mut encoded = String::new();
        encode_percent(&text, &mut encoded);
        let decoded = decode_percent(&encoded);
        prop_assert_eq!(decoded.as_deref(), Some(text.as_str()));
    }

    #[test]
    fn any_text_is_decoded_without_panic(text in any::<String>()) {
        let _either = decode_percent(&text);
        let query = Query::of_target(&text);
        let _either = query.list_map();
        if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
            let map = HeaderMap::from_iter([(HeaderName::from_static("x-list"), value)]);
            let _either = header::read_list::<String>(&map, "X-List");
            let _either = header::read_list::<Timestamp<HttpDate>>(&map, "X-List");
        }
    }

    #[test]
    fn query_members_come_back(
        one in any_of::optional(any_of::string()),
        many in any_of::optional(any_of::non_empty_list(any_of::number())),
        times in any_of::optional(any_of::non_empty_list(any_of::timestamp::<HttpDate>())),
    ) {
        let mut target = Target::new();
        target.query("one", &one);
        target.query_list("many", &many);
        target.query_list("times", &times);
        let target = target.finish();
        let query = Query::of_target(&target);
        prop_assert_eq!(query.value("one").unwrap(), one);
        prop_assert_eq!(query.list("many").unwrap(), many);
        prop_assert_eq!(query.list("times").unwrap(), times);
    }

    #[test]
    fn header_members_come_back(
        one in any_of::optional(any_of::header_string()),
        many in any_of::optional(any_of::list(any_of::header_string())),
        numbers in any_of::optional(any_of::list(any_of::integer::<i16>())),
        dates in any_of::optional(any_of::list(any_of::timestamp::<HttpDate>())),
        seconds in any_of::optional(any_of::list(any_of::timestamp::<EpochSeconds>())),
    ) {
        let mut map = HeaderMap::new();
        header::write(&mut map, "X-One", &one).unwrap();
        header::write_list(&mut map, "X-Many", &many).unwrap();
        header::write_list(&mut map, "X-Numbers", &numbers).unwrap();
        header::write_list(&mut map, "X-Dates", &dates).unwrap();
        header::write_list(&mut map, "X-Seconds", &seconds).unwrap();
        prop_assert_eq!(header::read(&map, "X-One").unwrap(), one);
        prop_assert_eq!(header::read_list(&map, "X-Many").unwrap(), many);
        prop_assert_eq!(header::read_list(&map, "X-Numbers").unwrap(), numbers);
        prop_assert_eq!(header::read_list(&map, "X-Dates").unwrap(), dates);
        prop_assert_eq!(header::read_list(&map, "X-Seconds").unwrap(), seconds);
    }
}
