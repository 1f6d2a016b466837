//! The chunk that only tells what a stream cost: asked for by the gateway, shown to those who asked for it themselves.

use dialects::openai_chat;
use http::HeaderMap;
use llm::Op;
use llm::chat::{Event, Request, UsageSource};
use providers::http::Network;

use crate::calling::{call, call_of, documents, events, saying_hello, send, sse};
use crate::subject::OPENAI;
use crate::upstream::{Upstream, chunked};

#[tokio::test]
async fn it_is_none_of_a_callers_who_did_not_ask_for_it() {
    let upstream = Upstream::saying(chunked(200, &[], [OPENAI.stream().as_bytes()])).await;
    let provider = (OPENAI.provider)(upstream.uri(""), Network::default());
    let (_, before) = OPENAI.documents.split_last().expect("documents");
    for (body, expected) in [
        (r#"{"messages":[]}"#, before),
        (
            r#"{"messages":[],"stream_options":{"include_usage":false}}"#,
            before,
        ),
        (
            r#"{"messages":[],"stream_options":{"include_usage":true}}"#,
            OPENAI.documents,
        ),
    ] {
        let request = Request {
            dialect: Some(openai_chat::DIALECT),
            ..saying_hello()
        };
        let asked = call_of(Op::ChatStream, request, HeaderMap::new(), body);
        let passed = documents(send(&*provider, &asked).await.expect("an answer")).await;
        assert_eq!(passed.texts(), expected, "{body}");
        assert_eq!(*passed.usage(), (OPENAI.usage)());
    }
}

#[tokio::test]
async fn a_stream_without_it_is_whole_and_its_cost_unknown() {
    let (_, before) = OPENAI.documents.split_last().expect("documents");
    for terminator in [Some("[DONE]"), None] {
        let stream = sse(before.iter().copied().chain(terminator));
        let upstream = Upstream::saying(chunked(200, &[], [stream.as_bytes()])).await;
        let provider = (OPENAI.provider)(upstream.uri(""), Network::default());
        let answered = send(&*provider, &call(Op::ChatStream, saying_hello())).await;
        let told = events(answered.expect("an answer")).await.unmeasured();
        let Some(Event::Meta(meta)) = told.last() else {
            panic!("no end: {told:?}");
        };
        assert_eq!(meta.usage.source, UsageSource::Missing);

        let request = Request {
            dialect: Some(openai_chat::DIALECT),
            ..saying_hello()
        };
        let asked = call_of(
            Op::ChatStream,
            request,
            HeaderMap::new(),
            r#"{"messages":[]}"#,
        );
        let passed = documents(send(&*provider, &asked).await.expect("an answer")).await;
        assert_eq!(passed.texts(), before);
        assert_eq!(passed.usage().source, UsageSource::Missing);
    }
}
