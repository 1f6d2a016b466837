//! What an invocation says beside its body, and what is wrong with a body, told once somebody reads it.

use std::sync::Mutex;

use llm::Answer;
use llm::chat::{Block, Request, Role};
use serde_json::json;

use crate::backend::{Fake, reply, serve, serve_with};
use crate::invoke::{ALL, ANTHROPIC, MISTRAL, OPENAI, Spoken};

/// The neutral form of an invocation.
async fn read(spoken: Spoken, headers: &[(&str, &str)]) -> Request {
    let read = std::sync::Arc::new(Mutex::new(None));
    let kept = std::sync::Arc::clone(&read);
    let backend = Fake::new(move |_, call| {
        *kept.lock().unwrap() = Some(call.neutral()?.clone());
        Ok(Answer::Reply(Box::new(reply(Vec::new()))))
    });
    let got = serve_with(&backend, &spoken.whole(), headers, spoken.body.as_bytes()).await;
    assert_eq!(got.status, 200, "{}", got.text());
    let request = read.lock().unwrap().take();
    request.unwrap()
}

async fn refused(spoken: Spoken, headers: &[(&str, &str)], body: &[u8]) -> String {
    let mut messages = Vec::new();
    for target in [spoken.whole(), spoken.stream()] {
        let got = serve_with(&Fake::reading(), &target, headers, body).await;
        let (status, name, message) = got.error();
        assert_eq!((status, name.as_str()), (400, "ValidationException"));
        messages.push(message);
    }
    assert_eq!(messages[0], messages[1]);
    messages.remove(0)
}

#[tokio::test]
async fn a_body_is_read_by_the_format_that_it_is_written_in() {
    for spoken in ALL {
        let request = read(spoken, &[]).await;
        let messages = request.messages.unwrap();
        assert_eq!(messages.len(), 1, "{spoken:?}");
        assert_eq!(messages[0].role, Role::User);
        let [Block::Text(text)] = messages[0].content.as_slice() else {
            panic!("{messages:?}");
        };
        assert!(text.contains("hello"), "{text}");
        assert_eq!(request.inference.unwrap().max_tokens, Some(100));
        assert!(request.dialect.is_some());
        assert!(request.guardrail.is_none());
    }
}

#[tokio::test]
async fn headers_say_how_the_model_is_run() {
    let request = read(
        ANTHROPIC,
        &[
            ("x-amzn-bedrock-performanceconfig-latency", "optimized"),
            ("x-amzn-bedrock-service-tier", "flex"),
            ("x-amzn-bedrock-request-metadata", r#"{"team":"a"}"#),
            ("x-amzn-bedrock-trace", "ENABLED"),
        ],
    )
    .await;
    assert_eq!(
        request.performance.unwrap().latency.as_deref(),
        Some("optimized")
    );
    assert_eq!(request.tier.unwrap().kind, "flex");
    assert_eq!(
        request.metadata,
        Some(vec![("team".to_owned(), "a".to_owned())])
    );
    // Without a guardrail there is nothing to trace.
    assert!(request.guardrail.is_none());
    // A target that speaks the body's own format has to decide about these all the same.
    assert_eq!(request.dialect, None);
}

#[tokio::test]
async fn what_goes_without_saying_leaves_the_body_as_it_is() {
    for spoken in ALL {
        let plain = read(spoken, &[]).await;
        let request = read(
            spoken,
            &[
                ("x-amzn-bedrock-performanceconfig-latency", "standard"),
                ("x-amzn-bedrock-service-tier", "default"),
                ("x-amzn-bedrock-guardrailidentifier", ""),
                ("x-amzn-bedrock-request-metadata", "no labels"),
            ],
        )
        .await;
        assert!(request.dialect.is_some());
        assert_eq!(request.dialect, plain.dialect);
        assert_eq!(request.metadata, None);
    }
}

#[tokio::test]
async fn a_guardrail_is_asked_for_by_id_and_version() {
    let id = ("x-amzn-bedrock-guardrailidentifier", "abc123");
    let version = ("x-amzn-bedrock-guardrailversion", "2");
    let trace = ("x-amzn-bedrock-trace", "ENABLED");
    for spoken in ALL {
        let request = read(spoken, &[id, version, trace]).await;
        let guardrail = request.guardrail.unwrap();
        assert_eq!(guardrail.id.as_deref(), Some("abc123"));
        assert_eq!(guardrail.version.as_deref(), Some("2"));
        // The word that Converse has for it.
        assert_eq!(guardrail.trace.as_deref(), Some("enabled"));
        // A target that speaks the body's own format has to decide about it all the same.
        assert_eq!(request.dialect, None);
        for one in [id, version] {
            let message = refused(spoken, &[one], spoken.body.as_bytes()).await;
            assert_eq!(
                message,
                "The guardrailIdentifier and guardrailVersion fields must be given together."
            );
        }
    }
}

#[tokio::test]
async fn settings_of_a_guardrail_need_one() {
    let body = r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"user","content":"a"}],"amazon-bedrock-guardrailConfig":{"tagSuffix":"x"}}"#;
    let message = refused(ANTHROPIC, &[], body.as_bytes()).await;
    assert!(message.contains("guardrailIdentifier"), "{message}");
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_malformed() {
    for body in [
        "",
        "no JSON at all",
        "{\"messages\":",
        "{} {}",
        "[]",
        "\"text\"",
        "1",
        "null",
    ] {
        for spoken in ALL {
            let message = refused(spoken, &[], body.as_bytes()).await;
            assert!(
                message.starts_with("Malformed input request: #"),
                "{body}: {message}"
            );
            assert!(message.ends_with(", please reformat your input and try again."));
        }
    }
    let message = refused(ANTHROPIC, &[], b"{\"a\":\"\xff\"}").await;
    assert!(message.starts_with("Malformed input request: #: "));
}

#[tokio::test]
async fn a_member_of_the_wrong_type_is_malformed_at_its_place() {
    for (spoken, body, start) in [
        (
            ANTHROPIC,
            r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":5}"#,
            "Malformed input request: #/messages: ",
        ),
        (
            ANTHROPIC,
            r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":"many","messages":[]}"#,
            "Malformed input request: #/max_tokens: ",
        ),
        (
            OPENAI,
            r#"{"messages":[{"role":5,"content":"a"}]}"#,
            "Malformed input request: #/messages/0/role: ",
        ),
        (
            MISTRAL,
            r#"{"prompt":"a","max_tokens":"many"}"#,
            "Malformed input request: #/max_tokens: ",
        ),
    ] {
        let message = refused(spoken, &[], body.as_bytes()).await;
        assert!(message.starts_with(start), "{message}");
    }
}

#[tokio::test]
async fn a_body_of_no_format_that_is_translated_is_not_served() {
    for body in [
        "{}",
        r#"{"inputText":"a","textGenerationConfig":{}}"#,
        r#"{"texts":["a"],"input_type":"search_query"}"#,
        r#"{"taskType":"TEXT_IMAGE"}"#,
    ] {
        let spoken = Spoken {
            model: "some-alias",
            body,
        };
        assert_eq!(
            refused(spoken, &[], body.as_bytes()).await,
            "This action doesn't support the model that you provided."
        );
    }
}

#[tokio::test]
async fn a_body_that_wants_a_stream_agrees_with_its_operation() {
    let body = |stream: serde_json::Value| {
        json!({"messages": [{"role": "user", "content": "hello"}], "stream": stream}).to_string()
    };
    for (operation, stream, agrees) in [
        ("invoke", json!(false), true),
        ("invoke", json!(null), true),
        ("invoke", json!(true), false),
        ("invoke", json!("true"), false),
        ("invoke-with-response-stream", json!(true), true),
        ("invoke-with-response-stream", json!(null), true),
        ("invoke-with-response-stream", json!(false), false),
        ("invoke-with-response-stream", json!(1), false),
    ] {
        let backend = Fake::new(|_, call| {
            call.neutral()?;
            Ok(Answer::Count(0))
        });
        let target = format!("/model/{}/{operation}", OPENAI.model);
        let got = serve(&backend, "POST", &target, &body(stream.clone())).await;
        let (status, _, message) = got.error();
        if agrees {
            // Nothing is wrong with it but the backend's answer.
            assert_eq!(status, 500, "{operation} {stream}: {message}");
        } else {
            assert_eq!(status, 400, "{operation} {stream}");
            assert!(
                message.starts_with("Malformed input request: #/stream: "),
                "{message}"
            );
        }
    }
}

#[tokio::test]
async fn the_tokens_of_a_body_are_counted_by_its_format() {
    for spoken in ALL {
        let backend = Fake::new(|_, call| {
            let request = call.neutral()?;
            assert!(request.messages.is_some());
            Ok(Answer::Count(7))
        });
        let body = rest_json::Blob::from_bytes(spoken.body.as_bytes().to_vec()).to_base64();
        let body = format!(r#"{{"input":{{"invokeModel":{{"body":"{body}"}}}}}}"#);
        let target = format!("/model/{}/count-tokens", spoken.model);
        let got = serve(&backend, "POST", &target, &body).await;
        assert_eq!(got.json(), json!({"inputTokens": 7}), "{}", got.text());
    }
    let body = rest_json::Blob::from_bytes(&b"[]"[..]).to_base64();
    let body = format!(r#"{{"input":{{"invokeModel":{{"body":"{body}"}}}}}}"#);
    let got = serve(&Fake::reading(), "POST", "/model/m/count-tokens", &body).await;
    let (status, _, message) = got.error();
    assert_eq!(status, 400);
    assert!(message.starts_with("Malformed input request: #: "));
}
