//! Bodies that go to another server of the format as they came, but for who serves them and how.

use dialects::Error;
use dialects::anthropic::forward_request;

/// Checks the body that goes out, unary and streamed, and the features that leave it.
#[track_caller]
fn check(body: &str, unary: &str, stream: &str, betas: &[&str]) {
    for (is_stream, expected) in [(false, unary), (true, stream)] {
        let sent = forward_request(body.as_bytes(), "m", is_stream).unwrap();
        assert_eq!(String::from_utf8(sent.body).unwrap(), expected);
        assert_eq!(sent.betas, betas);
    }
}

#[test]
fn a_body_of_bedrock_names_its_model_and_loses_what_is_of_bedrock_only() {
    check(
        r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[]}"#,
        r#"{"max_tokens":9,"messages":[],"model":"m"}"#,
        r#"{"max_tokens":9,"messages":[],"model":"m","stream":true}"#,
        &[],
    );
}

#[test]
fn every_other_byte_stays() {
    check(
        "\n{ \"temperature\" : 1.10 ,\"model\": \"x\",\n \"top_k\":1E2, \"stream\" : false, \"a\\u00e9\":[ ] }\n",
        "\n{ \"temperature\" : 1.10 ,\"model\": \"m\",\n \"top_k\":1E2, \"a\\u00e9\":[ ] }\n",
        "\n{ \"temperature\" : 1.10 ,\"model\": \"m\",\n \"top_k\":1E2, \"stream\" : true, \"a\\u00e9\":[ ] }\n",
        &[],
    );
}

#[test]
fn members_are_taken_out_wherever_they_stand() {
    let unary = r#"{"model":"m"}"#;
    let stream = r#"{"model":"m","stream":true}"#;
    check("{}", unary, stream, &[]);
    check(
        " { } ",
        "{\"model\":\"m\" } ",
        "{\"model\":\"m\",\"stream\":true } ",
        &[],
    );
    check(r#"{"anthropic_version":"v"}"#, unary, stream, &[]);
    check(
        r#"{"anthropic_version":"v","anthropic_beta":[]}"#,
        unary,
        stream,
        &[],
    );
    check(
        r#"{"anthropic_version":"v", "anthropic_beta":null, "a":1,"stream":null}"#,
        r#"{"a":1,"model":"m"}"#,
        r#"{"a":1,"stream":true,"model":"m"}"#,
        &[],
    );
}

#[test]
fn a_member_that_stands_twice_is_set_twice() {
    check(
        r#"{"model":"x","model":"y"}"#,
        r#"{"model":"m","model":"m"}"#,
        r#"{"model":"m","model":"m","stream":true}"#,
        &[],
    );
}

#[test]
fn features_leave_the_body() {
    let unary = r#"{"a":1,"model":"m"}"#;
    let stream = r#"{"a":1,"model":"m","stream":true}"#;
    check(
        r#"{"a":1,"anthropic_beta":["one","two"]}"#,
        unary,
        stream,
        &["one", "two"],
    );
    check(
        r#"{"a":1,"anthropic_beta":"one, two,"}"#,
        unary,
        stream,
        &["one", "two"],
    );
}

#[test]
fn a_name_in_escapes_is_the_same_name() {
    check(
        r#"{"\u006dodel":"x","anthropic\u005fversion":"v"}"#,
        r#"{"\u006dodel":"m"}"#,
        r#"{"\u006dodel":"m","stream":true}"#,
        &[],
    );
}

#[test]
fn what_is_no_object_is_refused() {
    let refused = |body: &[u8]| forward_request(body, "m", false).unwrap_err().to_string();
    assert_eq!(refused(b"[]"), "#: expected an object, found a list");
    assert_eq!(refused(b"{\"a\":1"), "#: not valid JSON (unexpected end)");
    assert_eq!(
        refused(b"{} {}"),
        "#: not valid JSON (text behind the value)"
    );
    assert_eq!(refused(b"\xff"), "#: not valid JSON (not UTF-8)");
    assert_eq!(
        forward_request(br#"{"anthropic_beta":[1]}"#, "m", false),
        Err(Error::Body {
            pointer: "/anthropic_beta/0".to_owned(),
            reason: "expected a string, found a number".to_owned(),
        })
    );
}
