//! The caller's own body for another server: what is set, and that nothing else is touched.

use dialects::openai_chat::{Quirks, forward_request};

#[track_caller]
fn check(body: &str, stream: bool, expected: &str) {
    let sent = forward_request(&Quirks::OPENAI, body.as_bytes(), "m", stream).unwrap();
    assert_eq!(String::from_utf8(sent.body).unwrap(), expected);
}

#[test]
fn the_model_is_set_in_place_and_every_other_byte_stays() {
    check(
        " { \"a\" : 1.10 ,\n\t\"model\" : \"x\", \"b\":[ 1E2,\"\\u00e9\" ] } \n",
        false,
        " { \"a\" : 1.10 ,\n\t\"model\" : \"m\", \"b\":[ 1E2,\"\\u00e9\" ] } \n",
    );
}

#[test]
fn a_model_that_is_absent_is_added() {
    check("{}", false, r#"{"model":"m"}"#);
    check(r#"{ "a":1 }"#, false, r#"{ "a":1,"model":"m" }"#);
}

#[test]
fn stream_is_what_the_operation_is() {
    check(
        r#"{"stream": true, "model":"x"}"#,
        false,
        r#"{"model":"m"}"#,
    );
    check(
        r#"{"model":"x", "stream": true}"#,
        false,
        r#"{"model":"m"}"#,
    );
    check(
        r#"{"model":"x","stream":true,"stream_options":{"include_usage":true}}"#,
        false,
        r#"{"model":"m"}"#,
    );
    check(
        r#"{"stream":false,"model":"x"}"#,
        true,
        r#"{"stream":true,"model":"m","stream_options":{"include_usage":true}}"#,
    );
}

#[test]
fn usage_is_asked_for_beside_the_callers_own_options() {
    check(
        r#"{"model":"x","stream":true,"stream_options":{"include_obfuscation": false}}"#,
        true,
        r#"{"model":"m","stream":true,"stream_options":{"include_obfuscation": false,"include_usage":true}}"#,
    );
    check(
        r#"{"model":"x","stream":true,"stream_options":{"include_usage": false}}"#,
        true,
        r#"{"model":"m","stream":true,"stream_options":{"include_usage": true}}"#,
    );
    check(
        r#"{"model":"x","stream":true,"stream_options":null}"#,
        true,
        r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#,
    );
}

#[test]
fn a_server_that_tells_no_usage_is_not_asked_for_it() {
    let quirks = Quirks {
        stream_usage: false,
        ..Quirks::OPENAI
    };
    let sent = forward_request(&quirks, br#"{"model":"x"}"#, "m", true).unwrap();
    assert_eq!(sent.body, br#"{"model":"m","stream":true}"#);
    assert!(!sent.wants_usage);
}

#[test]
fn whether_the_caller_asked_for_usage_is_told() {
    let asked = br#"{"stream_options":{"include_usage":true}}"#;
    let wants = |stream| {
        forward_request(&Quirks::OPENAI, asked, "m", stream)
            .unwrap()
            .wants_usage
    };
    assert!(wants(true));
    assert!(!wants(false), "a whole answer always tells it");
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    for body in ["", "[]", "\"a\"", "{\"a\":1", "{} {}", "{\"a\":1,}"] {
        let sent = forward_request(&Quirks::OPENAI, body.as_bytes(), "m", false);
        assert!(sent.is_err(), "{body}");
    }
}
