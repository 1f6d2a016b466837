//! What is wrong with a request, told in AWS's words once somebody reads it.

use crate::backend::{Fake, HELLO, serve};

async fn answered(operation: &str, body: &str) -> (u16, String, String) {
    let target = format!("/model/m/{operation}");
    serve(&Fake::reading(), "POST", &target, body).await.error()
}

async fn check(body: &str, name: &str, message: &str) {
    for operation in ["converse", "converse-stream"] {
        assert_eq!(
            answered(operation, body).await,
            (400, name.to_owned(), message.to_owned()),
            "{operation} {body}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_the_operation_takes_is_refused_with_its_path() {
    for (body, path) in [
        ("{\"messages\":", ""),
        ("[]", ""),
        (r#"{"messages":{}}"#, "messages"),
        (
            r#"{"messages":[{"role":"user","content":[{"text":1}]}]}"#,
            "messages.0.content.0.text",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"text":"a","image":{"format":"png"}}]}]}"#,
            "messages.0.content.0",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{}]}]}"#,
            "messages.0.content.0",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"!"}}}]}]}"#,
            "messages.0.content.0.image.source.bytes",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"text":"\ud83d"}]}]}"#,
            "messages.0.content.0.text",
        ),
        (
            r#"{"inferenceConfig":{"maxTokens":99999999999}}"#,
            "inferenceConfig.maxTokens",
        ),
    ] {
        for operation in ["converse", "converse-stream"] {
            let (status, name, message) = answered(operation, body).await;
            assert_eq!((status, name.as_str()), (400, "SerializationException"));
            assert!(message.contains(path), "{body}: {message}");
        }
    }
}

#[tokio::test]
async fn a_broken_constraint_is_told_with_its_path_and_its_value() {
    check(
        r#"{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"temperature":2}}"#,
        "ValidationException",
        "1 validation error detected: Value '2' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
    )
    .await;
    check(
        r#"{"messages":[{"role":"user"}],"inferenceConfig":{"maxTokens":0}}"#,
        "ValidationException",
        "2 validation errors detected: Value at 'messages.1.member.content' failed to satisfy constraint: Member must not be null; Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1",
    )
    .await;
}

#[tokio::test]
async fn a_broken_rule_between_members_is_told_in_the_words_that_clients_know() {
    check(
        r#"{"messages":[{"role":"user","content":[{"text":" "}]}]}"#,
        "ValidationException",
        "The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.",
    )
    .await;
    let body = r#"{"input":{"converse":{"messages":[{"role":"user","content":[]}]}}}"#;
    let (status, name, message) = answered("count-tokens", body).await;
    assert_eq!((status, name.as_str()), (400, "ValidationException"));
    assert!(message.starts_with("The content field in the Message object at messages.0 is empty."));
}

#[tokio::test]
async fn a_stored_prompt_brings_its_messages_and_nothing_else_does() {
    let prompt =
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aprompt%2FABCDEFGHIJ/converse";
    let got = serve(&Fake::reading(), "POST", prompt, "{}").await;
    assert_eq!(got.status, 200, "{}", got.text());
    let got = serve(&Fake::reading(), "POST", "/model/m/converse", "{}").await;
    assert_eq!(got.error().1, "ValidationException");
}

#[tokio::test]
async fn what_nobody_can_read_is_not_counted() {
    for (input, name, message) in [
        (
            r#"{"input":{"invokeModel":{"body":"e30="}}}"#,
            "ValidationException",
            "The provided model doesn't support counting tokens.",
        ),
        (
            r#"{"input":{"later":{}}}"#,
            "ValidationException",
            "The provided model doesn't support counting tokens.",
        ),
        (
            "{}",
            "ValidationException",
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must not be null",
        ),
    ] {
        assert_eq!(
            answered("count-tokens", input).await,
            (400, name.to_owned(), message.to_owned())
        );
    }
}

#[tokio::test]
async fn what_a_newer_client_says_is_no_fault() {
    let body = r#"{"later":{"a":1},"messages":[{"role":"user","content":[{"text":"a"},{"later":{}}],"later":1}]}"#;
    for target in ["/model/m/converse", "/model/gpt-4o%2Fmini/converse"] {
        let got = serve(&Fake::reading(), "POST", target, body).await;
        assert_eq!(got.status, 200, "{}", got.text());
    }
    let got = serve(&Fake::reading(), "POST", "/model/m/converse?later=1", HELLO).await;
    assert_eq!(got.status, 200);
}
