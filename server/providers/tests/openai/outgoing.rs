//! What leaves for the upstream.

use dialects::{family, openai_chat};
use http::HeaderMap;
use llm::chat::{Inference, Request};
use llm::{Call, Json, Kind, Op, Origin};
use providers::http::Network;
use providers::openai::{OpenAi, Quirks, Settings};
use serde_json::{Value, json};

use crate::calling::{MODEL, call, call_of, reply, saying_hello, send};
use crate::subject::{KEY, OPENAI, VIA, keys};
use crate::upstream::{Received, Upstream, answer};

async fn sent(call: &Call) -> Received {
    sent_with(call, "/v1", Quirks::OPENAI).await
}

async fn sent_with(call: &Call, path: &str, quirks: Quirks) -> Received {
    let mut upstream = Upstream::saying(answer(400, &[], "{}")).await;
    let provider = OpenAi::new(Settings {
        base_url: upstream.uri(path),
        keys: keys(),
        quirks,
        network: Network::default(),
        via: VIA.into(),
    })
    .expect("valid settings");
    send(&provider, call).await.expect_err("a refusal");
    upstream.received().await
}

fn body(received: &Received) -> Value {
    serde_json::from_slice(&received.body).expect("JSON")
}

#[tokio::test]
async fn a_translated_request_is_one_of_the_api() {
    let request = Request {
        inference: Some(Inference {
            max_tokens: Some(100),
            ..Inference::default()
        }),
        ..saying_hello()
    };
    let received = sent(&call(Op::Chat, request.clone())).await;
    assert_eq!(received.target, "/v1/chat/completions");
    assert_eq!(
        received.header("authorization"),
        Some(&*format!("Bearer {KEY}"))
    );
    let mut expected = json!({
        "model": MODEL,
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hello"}],
    });
    let mut sent_body = body(&received);
    // One text may be said as a string or as a part.
    if sent_body["messages"][0]["content"] == json!([{"type": "text", "text": "Hello"}]) {
        sent_body["messages"][0]["content"] = "Hello".into();
    }
    assert_eq!(sent_body, expected);

    expected["stream"] = true.into();
    expected["stream_options"] = json!({"include_usage": true});
    let mut sent_body = body(&sent(&call(Op::ChatStream, request)).await);
    sent_body["messages"] = expected["messages"].clone();
    assert_eq!(sent_body, expected);
}

#[tokio::test]
async fn the_servers_quirks_count() {
    let quirks = Quirks {
        stream_usage: false,
        ..Quirks::OPENAI
    };
    let received = sent_with(&call(Op::ChatStream, saying_hello()), "/openai/v1/", quirks).await;
    assert_eq!(received.target, "/openai/v1/chat/completions");
    assert_eq!(body(&received).get("stream_options"), None);
}

#[tokio::test]
async fn a_request_of_its_own_format_goes_out_in_the_callers_bytes() {
    let request = Request {
        dialect: Some(openai_chat::DIALECT),
        ..saying_hello()
    };
    let asked = call_of(
        Op::Chat,
        request,
        HeaderMap::new(),
        r#"{ "seed": 7.0, "brand_new":{"b":1,"a":[1.0]}, "model": "x"}"#,
    );
    let received = sent(&asked).await;
    let text = String::from_utf8(received.body).expect("UTF-8");
    assert_eq!(
        text,
        format!(r#"{{ "seed": 7.0, "brand_new":{{"b":1,"a":[1.0]}}, "model": "{MODEL}"}}"#)
    );
}

#[tokio::test]
async fn a_server_that_asks_for_no_key_gets_none() {
    let mut upstream = Upstream::saying(answer(400, &[], "{}")).await;
    let provider = OpenAi::new(Settings {
        base_url: upstream.uri("/v1"),
        keys: vec![(llm::Key::new("default"), None)],
        quirks: Quirks::COMPATIBLE,
        network: Network::default(),
        via: VIA.into(),
    })
    .expect("valid settings");
    send(&provider, &call(Op::Chat, saying_hello()))
        .await
        .expect_err("a refusal");
    assert_eq!(upstream.received().await.header("authorization"), None);
}

#[tokio::test]
async fn nobody_counts_tokens() {
    let mut upstream = Upstream::saying("").await;
    let provider = (OPENAI.provider)(upstream.uri(""), Network::default());
    let error = send(&*provider, &call(Op::Count, saying_hello())).await;
    let error = error.expect_err("a refusal");
    assert_eq!(
        (error.kind(), error.origin()),
        (Kind::InvalidRequest, Origin::Gateway)
    );
    assert_eq!(
        error.message(),
        "The provided model doesn't support counting tokens."
    );
    assert!(!upstream.was_asked());
}

#[tokio::test]
async fn the_replys_own_text_is_kept_for_those_who_ask_for_paths_into_it() {
    let upstream = Upstream::saying(answer(200, &[], OPENAI.reply)).await;
    let provider = (OPENAI.provider)(upstream.uri(""), Network::default());
    for (family, native) in [(Some(family::OPENAI), Some(OPENAI.reply)), (None, None)] {
        let request = Request {
            response_paths: Some(vec!["/system_fingerprint".to_owned()]),
            family,
            ..saying_hello()
        };
        let answered = send(&*provider, &call(Op::Chat, request)).await;
        let reply = reply(answered.expect("an answer"));
        assert_eq!(reply.native.as_ref().map(Json::as_str), native);
    }
}
