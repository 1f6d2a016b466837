//! Replies that come in the caller's own format go out as they are: framed, with the metrics, and with the headers.

use std::sync::Arc;

use bytes::Bytes;
use llm::chat::{Usage, UsageSource};
use llm::{Answer, Chunk, Error, Kind, Origin};
use serde_json::json;

use crate::backend::{Fake, HELLO, serve};
use crate::invoke::{ALL, ANTHROPIC, OPENAI};

fn counted() -> Option<Usage> {
    Some(Usage {
        input_uncached: 8,
        output: 13,
        cache_read: Some(4),
        source: UsageSource::Reported,
        ..Usage::default()
    })
}

fn giving(chunks: Vec<Result<Chunk, Error>>) -> Arc<Fake> {
    Fake::new(move |_, call| {
        call.neutral()?;
        let chunks = futures_util::stream::iter(chunks.clone());
        Ok(Answer::Documents(Box::pin(chunks)))
    })
}

fn document(text: &'static str) -> Result<Chunk, Error> {
    Ok(Chunk {
        bytes: Bytes::from_static(text.as_bytes()),
        ..Chunk::default()
    })
}

fn last(text: &'static str) -> Result<Chunk, Error> {
    Ok(Chunk {
        bytes: Bytes::from_static(text.as_bytes()),
        usage: counted(),
        last: true,
    })
}

#[tokio::test]
async fn a_whole_document_is_the_body_and_its_cost_is_in_the_head() {
    // Spacing, order and unknown members are the upstream's.
    let text = r#"{"type": "message", "later": 1.10, "content": []}"#;
    for spoken in ALL {
        let got = serve(
            &giving(vec![last(text)]),
            "POST",
            &spoken.whole(),
            spoken.body,
        )
        .await;
        assert_eq!((got.status, got.text().as_str()), (200, text));
        assert_eq!(got.header("content-type"), Some("application/json"));
        assert_eq!(got.header("x-amzn-bedrock-input-token-count"), Some("8"));
        assert_eq!(got.header("x-amzn-bedrock-output-token-count"), Some("13"));
        assert_eq!(
            got.header("x-amzn-bedrock-cache-read-input-token-count"),
            Some("4")
        );
        assert_eq!(
            got.header("x-amzn-bedrock-cache-write-input-token-count"),
            None
        );
        assert!(got.header("x-amzn-bedrock-invocation-latency").is_some());
    }
}

#[tokio::test]
async fn a_whole_document_may_come_in_pieces_and_fail_among_them() {
    let pieces = || vec![document("{\"a\""), document(":1}")];
    let got = serve(
        &giving(pieces()),
        "POST",
        &ANTHROPIC.whole(),
        ANTHROPIC.body,
    )
    .await;
    assert_eq!(got.json(), json!({"a": 1}));

    let mut broken = pieces();
    broken.push(Err(Error::new(
        Kind::Interrupted,
        Origin::Upstream,
        "it broke",
    )));
    let got = serve(&giving(broken), "POST", &ANTHROPIC.whole(), ANTHROPIC.body).await;
    let (status, name, _) = got.error();
    assert_eq!((status, name.as_str()), (424, "ModelErrorException"));
}

/// What the chunks of a stream hold, byte for byte.
fn texts(got: &crate::backend::Got) -> Vec<String> {
    got.frames()
        .into_iter()
        .map(|(name, payload)| match payload["bytes"].as_str() {
            Some(bytes) => {
                let bytes = rest_json::Blob::from_base64(bytes).unwrap();
                String::from_utf8(bytes.bytes().to_vec()).unwrap()
            }
            None => name,
        })
        .collect()
}

/// The last document without the two latencies, which are measured here.
fn without_latencies(text: &str) -> String {
    let (before, rest) = text.split_once(r#","invocationLatency":"#).unwrap();
    let (_, after) = rest
        .split_once(r#","cacheReadInputTokenCount""#)
        .unwrap_or(("", rest));
    format!("{before}|{after}")
}

#[tokio::test]
async fn each_document_is_a_chunk_and_the_metrics_are_the_last_member_of_the_last() {
    let chunks = vec![
        document(r#"{"type": "message_start", "b":1, "a":2}"#),
        last("{\"type\": \"message_stop\" }\n"),
        document("never"),
    ];
    let got = serve(&giving(chunks), "POST", &ANTHROPIC.stream(), ANTHROPIC.body).await;
    let texts = texts(&got);
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert_eq!(texts[0], r#"{"type": "message_start", "b":1, "a":2}"#);
    assert_eq!(
        without_latencies(&texts[1]),
        r#"{"type": "message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":8,"outputTokenCount":13|:4}}"#
    );
    let (documents, _) = got.documents();
    let metrics = &documents[1]["amazon-bedrock-invocationMetrics"];
    let first = metrics["firstByteLatency"].as_u64().unwrap();
    assert!(first <= metrics["invocationLatency"].as_u64().unwrap());
}

#[tokio::test]
async fn metrics_without_a_document_to_stand_in_are_one_of_their_own() {
    // As recorded streams of AI21's models end.
    for end in [
        Ok(Chunk {
            bytes: Bytes::new(),
            usage: counted(),
            last: true,
        }),
        last("{}"),
    ] {
        let chunks = vec![document(r#"{"object":"chat.completion.chunk"}"#), end];
        let got = serve(&giving(chunks), "POST", &OPENAI.stream(), OPENAI.body).await;
        let (documents, _) = got.documents();
        let names: Vec<&String> = documents[1].as_object().unwrap().keys().collect();
        assert_eq!(names, ["amazon-bedrock-invocationMetrics"]);
        let metrics = &documents[1]["amazon-bedrock-invocationMetrics"];
        assert_eq!(metrics["inputTokenCount"], 8);
    }
    // A document that is no object is not touched.
    let got = serve(
        &giving(vec![last("[1]")]),
        "POST",
        &OPENAI.stream(),
        OPENAI.body,
    )
    .await;
    assert_eq!(texts(&got)[0], "[1]");
    assert_eq!(texts(&got).len(), 2);
}

#[tokio::test]
async fn a_fault_among_documents_is_the_last_frame() {
    let fault = Err(Error::new(Kind::Interrupted, Origin::Upstream, "it broke"));
    let chunks = vec![document("{}"), fault, document("{}")];
    let got = serve(&giving(chunks), "POST", &ANTHROPIC.stream(), ANTHROPIC.body).await;
    assert_eq!(texts(&got), ["{}", "modelStreamErrorException"]);
}

#[tokio::test]
async fn a_conversation_is_not_answered_with_documents() {
    for operation in ["converse", "converse-stream"] {
        let target = format!("/model/m/{operation}");
        let got = serve(&giving(vec![last("{}")]), "POST", &target, HELLO).await;
        assert_eq!(got.error().0, 500);
    }
}
