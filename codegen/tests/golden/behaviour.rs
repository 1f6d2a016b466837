//! What the code generated from the tiny models does, where a snapshot shows only how it is written.
#![cfg(test)]

use golden::{
    constraints, errors, event_stream, idempotency_token, payload_bytes, sensitive, unions,
};
use rest_json::http::Method;
use rest_json::{Document, EventStream, Frame, FromJson, Operation, Reader, Request, Response};

fn read<T: FromJson>(text: &str) -> T {
    T::read(&mut Reader::of(text)).unwrap()
}

/// Routes and decodes as a server does.
fn add(
    target: &str,
    headers: &[(&'static str, &'static str)],
    body: &str,
) -> constraints::operation::AddInput {
    let mut request = Request::new(Method::POST, target.to_owned());
    for (name, value) in headers {
        request.headers.insert(*name, value.parse().unwrap());
    }
    request.body = body.to_owned().into();
    let (_, labels) = constraints::router::ROUTER
        .match_route(&request.method, target)
        .unwrap();
    request.labels = labels;
    constraints::operation::Add::decode_request(&request).unwrap()
}

#[test]
fn an_input_that_meets_its_constraints_has_no_violations() {
    let input = add(
        "/add/abc?page=1",
        &[("x-mode", "on")],
        r#"{"part":{"id":"ab"},"share":1.0,"tags":["a","b"]}"#,
    );
    assert!(input.check().is_empty(), "{}", input.check());
}

#[test]
fn violations_are_told_in_the_words_and_paths_of_aws() {
    let input = add("/add/abc", &[], "{}");
    assert_eq!(
        input.check().to_string(),
        "1 validation error detected: Value at 'part' failed to satisfy constraint: Member must not be null"
    );
    let input = add(
        "/add/abc",
        &[],
        r#"{"part":{"id":"ab"},"share":2,"tags":["a","B","a"]}"#,
    );
    assert_eq!(
        input.check().to_string(),
        "4 validation errors detected: \
         Value '2' at 'share' failed to satisfy constraint: Member must have value less than or equal to 1; \
         Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 2; \
         Value at 'tags' failed to satisfy constraint: Member must have unique values; \
         Value at 'tags.2.member' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+"
    );
}

#[test]
fn members_of_labels_queries_and_headers_are_checked_too() {
    let input = add(
        "/add/ABC?page=0",
        &[("x-mode", "maybe")],
        r#"{"part":{"id":"ab"}}"#,
    );
    assert_eq!(
        input
            .check()
            .iter()
            .map(|(path, _)| path)
            .collect::<Vec<_>>(),
        ["name", "mode", "page"]
    );
}

#[test]
fn the_length_of_a_member_goes_before_the_length_of_its_target_and_the_pattern_stays() {
    let input = add("/add/abc", &[], r#"{"part":{"id":"ab"},"own":"ABCDE"}"#);
    assert_eq!(
        input.check().to_string(),
        "2 validation errors detected: \
         Value at 'own' failed to satisfy constraint: Member must have length less than or equal to 4; \
         Value at 'own' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+"
    );
}

#[test]
fn paths_lead_through_maps_sparse_lists_and_unions() {
    let body = r#"{"part":{"id":"a"},"options":{"k":{}},"maybe":[null,{}],"choice":{"parts":[{}]},"labels":{"K":"long"}}"#;
    let input = add("/add/abc", &[], body);
    assert_eq!(
        input
            .check()
            .iter()
            .map(|(path, _)| path)
            .collect::<Vec<_>>(),
        [
            "part.id",
            "labels.member",
            "labels.K.member",
            "options.k.member.id",
            "maybe.2.member.id",
            "choice.parts.1.member.id",
        ]
    );
}

#[test]
fn sensitive_values_are_not_printed() {
    let secret = "the secret";
    let input: sensitive::operation::HideInput = read(
        r#"{"open":"seen","secret":"the secret","secrets":["the secret"],"bySecret":{"the secret":1},
            "whole":{"text":"the secret"},"choice":{"secret":"the secret"},"other":{"text":"the secret"},"mood":"the secret"}"#,
    );
    let text = format!("{input:?}");
    assert!(!text.contains(secret), "{text}");
    assert!(text.contains("seen"), "{text}");
    assert_eq!(text.matches("*** redacted ***").count(), 7, "{text}");
}

#[test]
fn an_error_is_known_by_its_name_and_keeps_what_cannot_be_read() {
    use errors::operation::{Try, TryError};
    let answer = |status: u16, name: &'static str, body: &'static str| {
        let mut response = Response::new(status).unwrap();
        response
            .headers
            .insert("x-amzn-errortype", name.parse().unwrap());
        response.headers.insert("retry-after", "7".parse().unwrap());
        response.body = body.into();
        Try::decode_error(&response)
    };
    let TryError::Slow(slow) = answer(
        429,
        "example.errors#Slow:http://example.org/",
        r#"{"message":"wait"}"#,
    ) else {
        panic!("a modelled error")
    };
    assert_eq!(
        (slow.message.as_deref(), slow.delay),
        (Some("wait"), Some(7))
    );
    // An error of the service as a whole is one of each operation.
    assert!(matches!(answer(503, "Down", ""), TryError::Down(_)));
    let TryError::Unhandled(error) = answer(418, "Teapot", r#"{"message":"short"}"#) else {
        panic!("an unmodelled error")
    };
    assert_eq!(
        (
            error.status.as_u16(),
            error.code.as_deref(),
            error.message.as_deref()
        ),
        (418, Some("Teapot"), Some("short"))
    );
    // The name is modelled and the body is not what the model says.
    let TryError::Unhandled(error) = answer(400, "Wrong", r#"{"message":3}"#) else {
        panic!("an unreadable error")
    };
    assert_eq!(error.code.as_deref(), Some("Wrong"));
}

#[test]
fn errors_have_the_status_of_the_model_or_that_of_their_fault() {
    use errors::error::{Down, Gone, Slow, Wrong};
    assert_eq!(
        (Wrong::STATUS, Slow::STATUS, Gone::STATUS, Down::STATUS),
        (400, 429, 500, 503)
    );
    assert_eq!(
        (Wrong::RETRYABLE, Slow::RETRYABLE, Down::RETRYABLE),
        (false, true, true)
    );
    assert_eq!((Slow::THROTTLING, Down::THROTTLING), (true, false));
    let response = Gone::default().encode().unwrap();
    assert_eq!(response.status, 500);
    assert_eq!(response.headers["x-amzn-errortype"], "Gone");
    assert_eq!(&response.body[..], b"{}");
}

#[test]
fn null_members_of_a_union_are_passed_over_and_unknown_ones_kept() {
    use unions::types::Choice;
    assert_eq!(
        read::<Choice>(r#"{"many":null,"__type":"x","text":"a"}"#),
        Choice::Text("a".to_owned())
    );
    let unknown = Choice::Unknown {
        member: "new".to_owned(),
        value: Document::new(r#"{"b": 1}"#).unwrap(),
    };
    assert_eq!(read::<Choice>(r#"{"new":{"b": 1}}"#), unknown);
    assert_eq!(unknown.member(), "new");
    // The model's own `Unknown` has another name in Rust.
    assert_eq!(read::<Choice>(r#"{"Unknown":3}"#), Choice::Unknown_(3));
    for text in [
        "{}",
        r#"{"text":null}"#,
        r#"{"text":"a","many":[]}"#,
        r#"{"text":"a","new":1}"#,
    ] {
        assert!(Choice::read(&mut Reader::of(text)).is_err(), "{text}");
    }
}

#[test]
fn a_frame_nobody_knows_is_kept_as_it_came() {
    use event_stream::types::Events;
    let frame = Frame::event("new", "application/json", "{}");
    let event = Events::decode_frame(&frame).unwrap();
    assert_eq!(event, Events::Unknown(frame.clone()));
    assert_eq!(event.encode_frame().unwrap(), frame);
    // Events and errors have names of their own kind.
    let frame = Frame::exception("note", "{}");
    assert_eq!(
        Events::decode_frame(&frame).unwrap(),
        Events::Unknown(frame)
    );
}

#[test]
fn a_content_type_that_is_a_member_is_not_made_up() {
    use payload_bytes::operation::{Put, PutInput, PutOutput};
    let output = PutOutput {
        content_type: None,
        content: Some("x".into()),
    };
    assert!(
        !Put::encode_response(&output)
            .unwrap()
            .headers
            .contains_key("content-type")
    );
    let input = PutInput {
        name: None,
        content: Some("x".into()),
    };
    assert_eq!(
        Put::encode_request(&input).unwrap().headers["content-type"],
        "image/png"
    );
}

#[test]
fn an_idempotency_token_is_filled_on_request_only_and_in_the_input_itself() {
    let mut input = idempotency_token::operation::BeginInput {
        inner: Some(idempotency_token::types::Inner::default()),
        ..Default::default()
    };
    input.fill_idempotency_token("one");
    input.fill_idempotency_token("two");
    assert_eq!(input.token.as_deref(), Some("one"));
    assert_eq!(input.inner.unwrap().token, None);
}
