//! What leaves for the upstream.

use dialects::{anthropic as dialect, family};
use http::{HeaderMap, HeaderValue};
use llm::chat::{Inference, Request};
use llm::{Call, Json, Op, Provider};
use providers::anthropic::{Anthropic, Settings};
use providers::http::Network;
use serde_json::{Value, json};

use crate::calling::{MODEL, call, call_of, reply, saying_hello, send};
use crate::subject::{ANTHROPIC, KEY, VIA, keys};
use crate::upstream::{Received, Upstream, answer};

async fn sent(call: &Call) -> Received {
    sent_with(call, "", &[]).await
}

async fn sent_with(call: &Call, path: &str, betas: &[&str]) -> Received {
    let mut upstream = Upstream::saying(answer(400, &[], "{}")).await;
    let provider = Anthropic::new(Settings {
        base_url: upstream.uri(path),
        keys: keys(),
        betas: betas.iter().map(ToString::to_string).collect(),
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
    assert_eq!(received.target, "/v1/messages");
    assert_eq!(received.header("x-api-key"), Some(KEY));
    assert_eq!(received.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(received.header("anthropic-beta"), None);
    assert_eq!(received.header("authorization"), None);
    let mut expected = json!({
        "model": MODEL,
        "max_tokens": 100,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
    });
    assert_eq!(body(&received), expected);

    expected["stream"] = true.into();
    assert_eq!(body(&sent(&call(Op::ChatStream, request)).await), expected);
}

#[tokio::test]
async fn the_address_may_have_a_path() {
    for path in ["/anthropic", "/anthropic/"] {
        let received = sent_with(&call(Op::Chat, saying_hello()), path, &[]).await;
        assert_eq!(received.target, "/anthropic/v1/messages");
    }
}

#[tokio::test]
async fn a_request_of_its_own_format_goes_out_in_the_callers_bytes() {
    let request = Request {
        dialect: Some(dialect::DIALECT),
        ..saying_hello()
    };
    let sent_body = r#"{"anthropic_version":"bedrock-2023-05-31", "max_tokens": 2.56e2,"brand_new":{"b":1,"a":[1.0]},"anthropic_beta":["of-body"]}"#;
    let asked = call_of(Op::ChatStream, request, HeaderMap::new(), sent_body);
    let received = sent(&asked).await;
    let text = String::from_utf8(received.body.clone()).expect("UTF-8");
    assert!(
        text.contains(r#""max_tokens": 2.56e2,"brand_new":{"b":1,"a":[1.0]}"#),
        "{text}"
    );
    assert_eq!(
        body(&received),
        json!({"model": MODEL, "stream": true, "max_tokens": 256.0, "brand_new": {"b": 1, "a": [1.0]}})
    );
    assert_eq!(received.header("anthropic-beta"), Some("of-body"));
}

#[tokio::test]
async fn features_are_named_once_whoever_names_them() {
    let mut head = HeaderMap::new();
    head.append(
        "anthropic-beta",
        HeaderValue::from_static("of-caller, of-body,,"),
    );
    head.append("anthropic-beta", HeaderValue::from_static("of-caller-too"));
    let request = Request {
        extra: Some(Json::from_text(
            r#"{"anthropic_beta":["of-body","of-operator"]}"#,
        )),
        family: Some(family::ANTHROPIC),
        ..saying_hello()
    };
    let asked = call_of(Op::Chat, request, head, "");
    let received = sent_with(&asked, "", &["of-operator", " spaced "]).await;
    assert_eq!(
        received.header("anthropic-beta"),
        Some("of-operator,spaced,of-body,of-caller,of-caller-too")
    );
    assert_eq!(body(&received).get("anthropic_beta"), None);
}

#[tokio::test]
async fn a_server_that_asks_for_no_key_gets_none() {
    let mut upstream = Upstream::saying(answer(400, &[], "{}")).await;
    let provider = Anthropic::new(Settings {
        base_url: upstream.uri(""),
        keys: vec![(llm::Key::new("default"), None)],
        betas: Vec::new(),
        network: Network::default(),
        via: VIA.into(),
    })
    .expect("valid settings");
    send(&provider, &call(Op::Chat, saying_hello()))
        .await
        .expect_err("a refusal");
    assert_eq!(upstream.received().await.header("x-api-key"), None);
}

#[tokio::test]
async fn the_replys_own_text_is_kept_for_those_who_ask_for_paths_into_it() {
    let upstream = Upstream::saying(answer(200, &[], ANTHROPIC.reply)).await;
    let provider = (ANTHROPIC.provider)(upstream.uri(""), Network::default());
    for (family, native) in [
        (Some(family::ANTHROPIC), Some(ANTHROPIC.reply)),
        (Some(family::OPENAI), None),
        (None, None),
    ] {
        let request = Request {
            response_paths: Some(vec!["/stop_sequence".to_owned()]),
            family,
            ..saying_hello()
        };
        let answered = send(&*provider, &call(Op::Chat, request)).await;
        let reply = reply(answered.expect("an answer"));
        assert_eq!(reply.native.as_ref().map(Json::as_str), native);
    }
}

#[test]
fn settings_that_no_request_can_be_sent_with_are_refused() {
    for (base_url, via) in [
        ("/v1", VIA),
        ("ftp://api.example", VIA),
        ("https://api.example?key=a", VIA),
        ("https://user@api.example", VIA),
        ("https://api.example", "no token"),
    ] {
        let settings = Settings {
            base_url: base_url.parse().expect("an address"),
            keys: keys(),
            betas: Vec::new(),
            network: Network::default(),
            via: via.into(),
        };
        assert!(!format!("{settings:?}").contains(KEY));
        assert!(Anthropic::new(settings).is_err(), "{base_url} {via}");
    }
    let settings = Settings {
        base_url: providers::anthropic::BASE_URL.parse().expect("an address"),
        keys: keys(),
        betas: Vec::new(),
        network: Network::default(),
        via: VIA.into(),
    };
    let provider = Anthropic::new(settings).expect("valid settings");
    let native = call(Op::Chat, saying_hello());
    assert!(!provider.relays(&native, None));
    assert!(!format!("{provider:?}").contains(KEY));
}
