//! Tokens are counted by the upstream.

use llm::chat::{Inference, Request};
use llm::{Answer, Kind, Op};
use providers::http::Network;
use serde_json::{Value, json};

use crate::calling::{MODEL, call, saying_hello, send};
use crate::subject::ANTHROPIC;
use crate::upstream::{Upstream, answer};

#[tokio::test]
async fn the_conversation_is_counted_without_how_it_would_be_answered() {
    let mut upstream = Upstream::saying(answer(200, &[], r#"{"input_tokens": 2095}"#)).await;
    let provider = (ANTHROPIC.provider)(upstream.uri(""), Network::default());
    let request = Request {
        inference: Some(Inference {
            max_tokens: Some(100),
            ..Inference::default()
        }),
        ..saying_hello()
    };
    let answered = send(&*provider, &call(Op::Count, request)).await;
    assert!(matches!(answered, Ok(Answer::Count(2095))), "{answered:?}");
    let received = upstream.received().await;
    assert_eq!(received.target, "/v1/messages/count_tokens");
    assert_eq!(received.header("accept"), Some("application/json"));
    assert_eq!(
        serde_json::from_slice::<Value>(&received.body).expect("JSON"),
        json!({
            "model": MODEL,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        })
    );
}

#[tokio::test]
async fn an_answer_without_a_number_is_a_fault_of_protocol() {
    for body in [
        "{}",
        "[]",
        "7",
        r#"{"input_tokens": -1}"#,
        r#"{"input_tokens": "7"}"#,
    ] {
        let upstream = Upstream::saying(answer(200, &[], body)).await;
        let provider = (ANTHROPIC.provider)(upstream.uri(""), Network::default());
        let error = send(&*provider, &call(Op::Count, saying_hello())).await;
        assert_eq!(
            error.expect_err("no number").kind(),
            Kind::Protocol,
            "{body}"
        );
    }
}
