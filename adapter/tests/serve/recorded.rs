//! Recorded invocations as witness: what the service adds to a model's own answer is what is added here.
//!
//! The one file of these tests that reads the environment.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use llm::chat::Usage;
use llm::{Answer, Chunk};
use rest_json::{Blob, FrameDecoder};
use serde_json::Value;

use crate::backend::{Fake, serve};
use crate::invoke::ANTHROPIC;

const MEMBER: &str = "amazon-bedrock-invocationMetrics";

/// The recorded answers of an operation, each as its name, its headers and its body; none where the recordings are absent.
fn answers(test: &str, operation: &str) -> Option<Vec<(String, Value, Vec<u8>)>> {
    let folder = folder().join("corpus/bedrock-runtime").join(operation);
    if !folder.is_dir() {
        assert!(
            variable("BEDROCK_GATEWAY_STRICT").is_none_or(|value| value != "1"),
            "`{test}` needs the recordings, and BEDROCK_GATEWAY_STRICT=1 forbids to skip it"
        );
        println!("skipped: `{test}` needs the fixtures folder");
        return None;
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let answers = files.iter().filter_map(|file| {
        let recorded: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        let fidelity = &recorded["fidelity"];
        let is_exact = fidelity["response"] == "exact" && fidelity["suspect_synthetic"].is_null();
        let response = &recorded["response"];
        if !is_exact || response["status"] != 200 {
            return None;
        }
        let body = Blob::from_base64(response["body_base64"].as_str()?).unwrap();
        let name = file.display().to_string();
        Some((name, response["headers"].clone(), body.bytes().to_vec()))
    });
    Some(answers.collect())
}

fn folder() -> PathBuf {
    match variable("BEDROCK_GATEWAY_SHARED") {
        Some(path) if !path.is_empty() => PathBuf::from(path),
        Some(_) | None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place of these tests that reads the environment"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The documents in a stream's chunks; none where it holds an exception.
fn documents(body: &[u8]) -> Option<Vec<String>> {
    let frames = FrameDecoder::new(1 << 24).push(body).unwrap();
    frames
        .iter()
        .map(|frame| {
            let payload: Value = serde_json::from_slice(&frame.payload).unwrap();
            let bytes = Blob::from_base64(payload["bytes"].as_str()?).unwrap();
            Some(String::from_utf8(bytes.bytes().to_vec()).unwrap())
        })
        .collect()
}

/// A document without the values of the two latencies.
fn timeless(document: &str) -> String {
    let mut text = document.to_owned();
    for name in ["\"invocationLatency\":", "\"firstByteLatency\":"] {
        let Some((before, after)) = text.split_once(name) else {
            continue;
        };
        let after = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
        text = format!("{before}{name}{after}");
    }
    text
}

fn count(metrics: &Value, name: &str) -> Option<i32> {
    metrics[name]
        .as_i64()
        .map(|count| i32::try_from(count).unwrap())
}

#[tokio::test]
async fn metrics_stand_in_the_last_document_as_recorded_ones_do() {
    let test = "metrics_stand_in_the_last_document_as_recorded_ones_do";
    let Some(answers) = answers(test, "InvokeModelWithResponseStream") else {
        return;
    };
    let mut n_checked = 0;
    for (name, _, body) in answers {
        let Some(recorded) = documents(&body) else {
            continue;
        };
        let last = recorded.last().unwrap();
        // A guardrail adds members of its own, and where it blocked the input there are no metrics.
        let Some((model, _)) = last.split_once(&format!("\"{MEMBER}\"")) else {
            continue;
        };
        let json: Value = serde_json::from_str(last).unwrap();
        if json.as_object().unwrap().keys().next_back().unwrap() != MEMBER {
            continue;
        }
        let usage = Usage {
            input_uncached: count(&json[MEMBER], "inputTokenCount").unwrap_or(0),
            output: count(&json[MEMBER], "outputTokenCount").unwrap_or(0),
            cache_read: count(&json[MEMBER], "cacheReadInputTokenCount"),
            cache_write: count(&json[MEMBER], "cacheWriteInputTokenCount"),
            ..Usage::default()
        };
        let mut chunks: Vec<Chunk> = recorded
            .iter()
            .map(|document| Chunk {
                bytes: Bytes::from(document.clone()),
                ..Chunk::default()
            })
            .collect();
        let end = chunks.last_mut().unwrap();
        end.bytes = Bytes::from(format!("{}}}", model.trim_end_matches(',')));
        end.usage = Some(usage);
        end.last = true;
        let backend = Fake::new(move |_, call| {
            call.neutral()?;
            let chunks = futures_util::stream::iter(chunks.clone().into_iter().map(Ok));
            Ok(Answer::Documents(Box::pin(chunks)))
        });
        let got = serve(&backend, "POST", &ANTHROPIC.stream(), ANTHROPIC.body).await;
        let told = documents(&got.body()).unwrap();
        let timeless_last = |documents: &[String]| timeless(documents.last().unwrap());
        assert_eq!(timeless_last(&told), timeless_last(&recorded), "{name}");
        assert_eq!(told[..told.len() - 1], recorded[..recorded.len() - 1]);
        n_checked += 1;
    }
    assert!(n_checked > 20, "{n_checked}");
}

#[tokio::test]
async fn a_whole_answer_has_no_header_that_recorded_ones_lack() {
    let test = "a_whole_answer_has_no_header_that_recorded_ones_lack";
    let Some(answers) = answers(test, "InvokeModel") else {
        return;
    };
    let chunk = Chunk {
        bytes: Bytes::from_static(b"{}"),
        usage: Some(Usage {
            cache_read: Some(1),
            cache_write: Some(1),
            ..Usage::default()
        }),
        last: true,
    };
    let backend = Fake::new(move |_, call| {
        call.neutral()?;
        let chunks = futures_util::stream::iter([Ok(chunk.clone())]);
        Ok(Answer::Documents(Box::pin(chunks)))
    });
    let got = serve(&backend, "POST", &ANTHROPIC.whole(), ANTHROPIC.body).await;
    let mut recorded: Vec<String> = answers
        .iter()
        .flat_map(|(_, headers, _)| headers.as_array().unwrap())
        .map(|header| header[0].as_str().unwrap().to_ascii_lowercase())
        .collect();
    recorded.sort_unstable();
    recorded.dedup();
    for name in got.head.keys() {
        assert!(
            recorded.iter().any(|known| known == name.as_str()),
            "{name}"
        );
    }
    for name in recorded.iter().filter(|name| name.starts_with("x-amzn-")) {
        assert!(got.head.contains_key(name.as_str()), "{name}");
    }
}
