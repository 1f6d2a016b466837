//! One line a request, after everything about it is known, without anything that was said in it.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use llm::chat::Usage;
use llm::{Chunk, End, Kind, Observation, Origin};
use server::Limits;

use super::support::*;

struct SettlesWhenDropped(Observation);

impl Drop for SettlesWhenDropped {
    fn drop(&mut self) {
        self.0.update(|record| {
            record.usage = Some(Usage {
                input_uncached: 3,
                output: 4,
                ..Usage::default()
            });
            record.end = Some(End::Complete);
        });
    }
}

#[tokio::test]
async fn the_line_has_what_settled_with_the_body_and_nothing_that_was_said() {
    let backend = Told::by(|cx, _| async move {
        cx.observation.update(|record| {
            record.route = Some("alias");
            record.provider = Some(Arc::from("aws"));
            record.n_attempts = 1;
        });
        let settles = SettlesWhenDropped(cx.observation.clone());
        let mut chunks = vec![Chunk {
            bytes: Bytes::from_static(b"{\"said\":\"answer\"}"),
            usage: None,
            last: false,
        }]
        .into_iter();
        Ok(native(
            "application/json",
            stream::poll_fn(move |_| {
                let _held = &settles;
                std::task::Poll::Ready(chunks.next().map(Ok))
            }),
        ))
    });
    let mut gateway = Gateway::start(Limits::default(), backend).await;
    let mut client = Client::http1(gateway.address).await;
    let mut request = client.request(
        "POST",
        "/bedrock/model/m/converse?X-Amz-Signature=secret-query",
        whole("{\"said\":\"prompt\"}"),
    );
    request
        .headers_mut()
        .insert("authorization", "secret-header".parse().unwrap());
    let response = client.send(request).await;
    let id = header(&response, "x-amzn-requestid").unwrap().to_owned();
    text(response).await;

    let line = gateway.line().await;
    for (name, expected) in [
        ("level", serde_json::json!("info")),
        ("request_id", serde_json::json!(id)),
        ("protocol", serde_json::json!("HTTP/1.1")),
        ("method", serde_json::json!("POST")),
        ("path", serde_json::json!("/bedrock/model/m/converse")),
        ("status", serde_json::json!(200)),
        ("request_bytes", serde_json::json!(17)),
        ("response_bytes", serde_json::json!(17)),
        ("end", serde_json::json!("complete")),
        ("route", serde_json::json!("alias")),
        ("provider", serde_json::json!("aws")),
        ("attempts", serde_json::json!(1)),
        ("input_tokens", serde_json::json!(3)),
        ("output_tokens", serde_json::json!(4)),
        ("total_tokens", serde_json::json!(7)),
    ] {
        assert_eq!(line[name], expected, "{name} in {line}");
    }
    assert!(line["duration_ms"].as_f64().unwrap() >= line["head_ms"].as_f64().unwrap());
    let whole_line = line.to_string();
    for said in ["prompt", "answer", "secret-query", "secret-header"] {
        assert!(!whole_line.contains(said), "{said} in {whole_line}");
    }
}

#[tokio::test]
async fn a_request_that_reaches_no_backend_has_its_line_too() {
    let mut gateway = Gateway::start(Limits::default(), Told::json("{}")).await;
    let mut client = Client::http2(gateway.address).await;
    let response = client.get("/bedrock/nothing").await;
    assert_eq!(response.status(), 404);
    text(response).await;
    let line = gateway.line().await;
    assert_eq!(line["status"], 404);
    assert_eq!(line["level"], "warn");
    assert_eq!(line["protocol"], "HTTP/2");
    assert_eq!(line["path"], "/bedrock/nothing");
}

#[tokio::test]
async fn a_failure_names_its_kind_and_keeps_its_text_for_the_client() {
    let backend = Told::by(|cx, _| async move {
        cx.observation
            .update(|record| record.end = Some(End::Failed(Kind::UpstreamInternal)));
        Err(llm::Error::new(
            Kind::UpstreamInternal,
            Origin::Upstream,
            "quoted prompt",
        ))
    });
    let mut gateway = Gateway::start(Limits::default(), backend).await;
    let response = Client::http1(gateway.address)
        .await
        .post(CONVERSE, "{}")
        .await;
    assert_eq!(response.status(), 500);
    text(response).await;
    let line = gateway.line().await;
    assert_eq!(line["level"], "error");
    assert_eq!(line["end"], "failed");
    assert_eq!(line["error"], "UpstreamInternal");
    assert!(!line.to_string().contains("quoted prompt"));
}

#[tokio::test]
async fn a_client_that_hangs_up_is_noted_as_such() {
    let (feed, _, answer) = fed();
    let mut gateway = Gateway::start(Limits::default(), once(answer)).await;
    let mut client = Client::http1(gateway.address).await;
    let mut body = client.post(CONVERSE_STREAM, "{}").await.into_body();
    feed.send("one".into()).unwrap();
    assert_eq!(piece(&mut body).await, "one");
    drop((body, client));
    let line = gateway.line().await;
    assert_eq!(line["status"], 200);
    assert_eq!(line["end"], "cancelled");
    assert_eq!(line["level"], "warn");
    assert_eq!(line["response_bytes"], 3);
}
