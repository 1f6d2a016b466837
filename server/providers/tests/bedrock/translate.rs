//! The body of an invocation whose model speaks another format: it goes out as a conversation, and its answer is read.

use bytes::Bytes;
use dialects::converse::{Collector, Grammar, decode_reply};
use dialects::invoke::Format;
use futures_util::StreamExt;
use generated::runtime::operation::Converse;
use http::Method;
use llm::chat::{Block, Delta, Event, Meta, Reply, Stop, UsageSource};
use llm::{Answer, Call, Error, Key, Kind, Model, Native, NativeError, Op, Origin, Plan, Provider};
use providers::bedrock::Bedrock;
use rest_json::{Frame, Operation};
use serde_json::{Value, json};

use crate::shared::{self, Exchange};
use crate::stream::frames;
use crate::upstream::{Step, Upstream, answer, chunked, unended};
use crate::witness::verify;
use crate::{PATIENCE, context, native, provider};

const NOVA: &str = "us.amazon.nova-pro-v1:0";
const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const GPT: &str = "openai.gpt-oss-120b-1:0";
const LLAMA: &str = "meta.llama3-8b-instruct-v1:0";
const JAMBA: &str = "ai21.jamba-1-5-mini-v1:0";
const MIXTRAL: &str = "mistral.mixtral-8x7b-instruct-v0:1";

const ANTHROPIC_BODY: &str = r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":100,"temperature":0.70,"system":"be brief","messages":[{"role":"user","content":"hello"}]}"#;
const OPENAI_BODY: &str = r#"{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hello"}],"max_completion_tokens":100,"temperature":0.70}"#;
const MISTRAL_BODY: &str = r#"{"prompt":"<s>[INST] hello [/INST]","max_tokens":100}"#;

/// How an edge hands over an invocation.
fn invocation(op: Op, asked: &str, body: &str) -> Call {
    let (wire, operation) = match op {
        Op::ChatStream => (
            "bedrock/invoke-model-with-response-stream",
            "invoke-with-response-stream",
        ),
        Op::Chat | Op::Count | Op::Other => ("bedrock/invoke-model", "invoke"),
    };
    let target = format!("/model/{}/{operation}", asked.replace(':', "%3A"));
    let native = native(
        wire,
        Method::POST,
        &target,
        &[("x-amzn-bedrock-accept", "application/json")],
        body.to_owned(),
    );
    let asked_of = asked.to_owned();
    let decode = move |native: &Native| {
        let format = Format::detect(&native.body, &asked_of).expect("a format");
        let request = format.decode_request(&native.body);
        Ok(request.expect("a body of that format"))
    };
    Call::new(op, Some(Model::new(asked)), native, Box::new(decode))
}

/// As the engine does it: asks whether the call is relayed, plans it, sends it.
async fn translated(provider: &Bedrock, call: &Call, model: &str) -> Result<Answer, Error> {
    let model = Model::new(model);
    assert!(!provider.relays(call, Some(&model)), "{model} {call:?}");
    let plan: Plan = provider.plan(&model, call.neutral()?);
    assert_eq!(plan.rejects, []);
    let (cx, key) = (context(), Key::new("default"));
    let answer = provider.send(&cx, &key, Some(&model), call, Some(&plan));
    tokio::time::timeout(PATIENCE, answer)
        .await
        .expect("an answer comes")
}

fn reply(answer: Answer) -> Reply {
    match answer {
        Answer::Reply(reply) => *reply,
        other => panic!("no reply: {other:?}"),
    }
}

async fn events(answer: Answer) -> Vec<Result<Event, Error>> {
    let Answer::Events(events) = answer else {
        panic!("no events: {answer:?}");
    };
    tokio::time::timeout(PATIENCE, events.collect())
        .await
        .expect("the events end")
}

/// An answer of the form that recordings have, unmodelled members included.
const CONVERSE: &str = r#"{"metrics":{"latencyMs":731},"output":{"message":{"content":[{"text":"Hi"},{"toolUse":{"input":{"b":1.10,"a":2},"name":"meter","toolUseId":"tooluse_1"}}],"role":"assistant"}},"stopReason":"tool_use","usage":{"cacheReadInputTokenCount":0,"cacheReadInputTokens":0,"inputTokens":8,"outputTokens":13,"serverToolUsage":{},"totalTokens":21}}"#;

fn event(name: &str, payload: &str) -> Frame {
    Frame::event(name, "application/json", payload.to_owned())
}

fn conversation() -> Vec<Frame> {
    vec![
        event("messageStart", r#"{"p":"abcd","role":"assistant"}"#),
        event(
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"text":"Hi"},"p":"ab"}"#,
        ),
        event("contentBlockStop", r#"{"contentBlockIndex":0,"p":"abc"}"#),
        event(
            "contentBlockStart",
            r#"{"contentBlockIndex":1,"p":"abc","start":{"toolUse":{"name":"meter","toolUseId":"tooluse_1"}}}"#,
        ),
        event(
            "contentBlockDelta",
            r#"{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"b\":1.10,\"a\":2}"}},"p":"ab"}"#,
        ),
        event("contentBlockStop", r#"{"contentBlockIndex":1,"p":"abc"}"#),
        event("somethingNew", r#"{"p":"abc"}"#),
        event("messageStop", r#"{"p":"abcdef","stopReason":"tool_use"}"#),
        event(
            "metadata",
            r#"{"metrics":{"latencyMs":731},"p":"abcde","usage":{"cacheReadInputTokenCount":0,"cacheReadInputTokens":0,"inputTokens":8,"outputTokens":13,"serverToolUsage":{},"totalTokens":21}}"#,
        ),
    ]
}

const EVENT_STREAM: (&str, &str) = ("content-type", "application/vnd.amazon.eventstream");

fn stream_of(all: &[Frame]) -> Vec<u8> {
    chunked(200, &[EVENT_STREAM], [&*frames(all)])
}

#[tokio::test]
async fn a_body_is_relayed_unless_its_model_is_known_to_speak_another_format() {
    let upstream = Upstream::saying(answer(200, &[], "{}")).await;
    let provider = provider(&upstream);
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
    for (model, body, is_relayed) in [
        (CLAUDE, ANTHROPIC_BODY, true),
        (CLAUDE, OPENAI_BODY, false),
        (GPT, OPENAI_BODY, true),
        (GPT, ANTHROPIC_BODY, false),
        (MIXTRAL, MISTRAL_BODY, true),
        (MIXTRAL, ANTHROPIC_BODY, false),
        (NOVA, ANTHROPIC_BODY, false),
        (NOVA, OPENAI_BODY, false),
        (LLAMA, ANTHROPIC_BODY, false),
        // These formats have much of what some models of other makers take.
        (LLAMA, OPENAI_BODY, true),
        (JAMBA, OPENAI_BODY, true),
        (MIXTRAL, OPENAI_BODY, true),
        // Nothing is known of these models.
        (arn, ANTHROPIC_BODY, true),
        (arn, OPENAI_BODY, true),
        // Nothing is known of these bodies.
        (
            NOVA,
            r#"{"messages":[{"role":"user","content":[{"text":"a"}]}]}"#,
            true,
        ),
        (CLAUDE, r#"{"inputText":"a"}"#, true),
        (CLAUDE, "", true),
    ] {
        for op in [Op::Chat, Op::ChatStream] {
            let call = invocation(op, model, body);
            let relays = provider.relays(&call, Some(&Model::new(model)));
            assert_eq!(relays, is_relayed, "{model} {body}");
        }
    }
    // What counts is the model that it goes to, whatever the caller calls it.
    let call = invocation(Op::Chat, "some-alias", ANTHROPIC_BODY);
    assert!(provider.relays(&call, Some(&Model::new(CLAUDE))));
    assert!(!provider.relays(&call, Some(&Model::new(NOVA))));
}

/// What the two bodies say, as a conversation.
fn said() -> Value {
    json!({
        "system": [{"text": "be brief"}],
        "messages": [{"role": "user", "content": [{"text": "hello"}]}],
        "inferenceConfig": {"maxTokens": 100, "temperature": 0.7},
    })
}

#[tokio::test]
async fn a_body_of_another_format_goes_out_as_a_signed_conversation() {
    for body in [ANTHROPIC_BODY, OPENAI_BODY] {
        let mut upstream = Upstream::saying(answer(200, &[], CONVERSE)).await;
        let call = invocation(Op::Chat, NOVA, body);
        let answered = translated(&provider(&upstream), &call, NOVA).await;
        let reply = reply(answered.expect("an answer"));
        let received = upstream.received().await;
        assert_eq!(received.method, "POST");
        assert_eq!(received.target, "/model/us.amazon.nova-pro-v1%3A0/converse");
        assert_eq!(received.header("content-type"), Some("application/json"));
        // A header of the operation that the caller chose means nothing to this one.
        assert_eq!(received.header("x-amzn-bedrock-accept"), None);
        verify(&received, "secret").expect("a signature");
        let sent: Value = serde_json::from_slice(&received.body).expect("JSON");
        assert_eq!(sent, said(), "{body}");
        let text = String::from_utf8(received.body).expect("text");
        assert!(text.contains("0.70"), "numbers keep their text: {text}");

        assert_eq!(reply.stop, Stop::ToolUse);
        let [Block::Text(text), Block::ToolUse(call)] = reply.message.content.as_slice() else {
            panic!("{:?}", reply.message.content);
        };
        assert_eq!(text, "Hi");
        assert_eq!(call.input.as_str(), r#"{"b":1.10,"a":2}"#);
        assert_eq!((reply.usage.input_uncached, reply.usage.output), (8, 13));
        assert_eq!(reply.latency.expect("a latency").ms, 731);
    }
}

#[tokio::test]
async fn the_model_that_was_routed_to_is_the_one_that_is_asked() {
    let mut upstream = Upstream::saying(answer(200, &[], CONVERSE)).await;
    let call = invocation(Op::Chat, "some-alias", ANTHROPIC_BODY);
    let answered = translated(&provider(&upstream), &call, NOVA).await;
    answered.expect("an answer");
    assert_eq!(
        upstream.received().await.target,
        "/model/us.amazon.nova-pro-v1%3A0/converse"
    );
}

#[tokio::test]
async fn a_stream_comes_back_as_events_without_the_services_padding() {
    for body in [ANTHROPIC_BODY, OPENAI_BODY] {
        let mut upstream = Upstream::saying(stream_of(&conversation())).await;
        let call = invocation(Op::ChatStream, NOVA, body);
        let answered = translated(&provider(&upstream), &call, NOVA).await;
        let events = events(answered.expect("an answer")).await;
        let received = upstream.received().await;
        assert_eq!(
            received.target,
            "/model/us.amazon.nova-pro-v1%3A0/converse-stream"
        );
        let sent: Value = serde_json::from_slice(&received.body).expect("JSON");
        assert_eq!(sent, said());

        let mut collector = Collector::new();
        for event in events {
            let event = event.expect("no fault");
            assert!(!format!("{event:?}").contains("\"p\""), "{event:?}");
            collector.push(event).expect("the grammar is kept");
        }
        let streamed = collector.finish().expect("a whole reply");
        let response = rest_json::Response {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: Bytes::from_static(CONVERSE.as_bytes()),
        };
        let output = Converse::decode_response(&response).expect("an answer");
        assert_eq!(streamed, decode_reply(output).expect("a reply"));
    }
}

#[tokio::test]
async fn events_come_as_they_are_told() {
    let begun = unended(200, &[EVENT_STREAM], [&*frames(&conversation()[..2])]);
    let upstream = Upstream::doing(vec![Step::Write(begun), Step::AwaitClose]).await;
    let call = invocation(Op::ChatStream, NOVA, ANTHROPIC_BODY);
    let answered = translated(&provider(&upstream), &call, NOVA).await;
    let Ok(Answer::Events(mut events)) = answered else {
        panic!("no events");
    };
    let first = events.next().await.expect("an event").expect("no fault");
    assert!(matches!(first, Event::Start { .. }), "{first:?}");
    let second = events.next().await.expect("an event").expect("no fault");
    assert!(
        matches!(&second, Event::Delta { delta: Delta::Text(text), .. } if text == "Hi"),
        "{second:?}"
    );
}

#[tokio::test]
async fn a_reply_whose_cost_is_missing_ends_all_the_same() {
    let mut all = conversation();
    all.pop();
    let upstream = Upstream::saying(stream_of(&all)).await;
    let call = invocation(Op::ChatStream, NOVA, ANTHROPIC_BODY);
    let answered = translated(&provider(&upstream), &call, NOVA).await;
    let events = events(answered.expect("an answer")).await;
    let Some(Ok(Event::Meta(meta))) = events.last() else {
        panic!("{events:?}");
    };
    let Meta { usage, .. } = &**meta;
    assert_eq!(usage.source, UsageSource::Missing);
}

#[tokio::test]
async fn a_stream_that_is_cut_ends_in_a_fault() {
    for n_frames in 1..7 {
        let bytes = unended(
            200,
            &[EVENT_STREAM],
            [&*frames(&conversation()[..n_frames])],
        );
        let upstream = Upstream::doing(vec![Step::Write(bytes), Step::Close]).await;
        let call = invocation(Op::ChatStream, NOVA, ANTHROPIC_BODY);
        let answered = translated(&provider(&upstream), &call, NOVA).await;
        let mut events = events(answered.expect("an answer")).await;
        let fault = events.pop().expect("a last item").expect_err("a fault");
        assert_eq!(
            (fault.kind(), fault.origin()),
            (Kind::Interrupted, Origin::Upstream)
        );
        assert!(events.iter().all(Result::is_ok));
    }
}

#[tokio::test]
async fn an_exception_in_mid_stream_follows_what_was_told_before() {
    let exception = Frame::exception("throttlingException", r#"{"message":"slow down"}"#);
    let mut all = conversation();
    all.truncate(2);
    all.push(exception.clone());
    let upstream = Upstream::saying(stream_of(&all)).await;
    let call = invocation(Op::ChatStream, NOVA, OPENAI_BODY);
    let answered = translated(&provider(&upstream), &call, NOVA).await;
    let mut events = events(answered.expect("an answer")).await;
    assert_eq!(events.len(), 3, "{events:?}");
    let fault = events.pop().expect("a last item").expect_err("a fault");
    assert_eq!(fault.kind(), Kind::RateLimited);
    // Both operations model the exception, so the caller gets it as it came.
    let Some(NativeError::Frame(frame)) = fault.native() else {
        panic!("{fault:?}");
    };
    assert_eq!(*frame, exception.encode().expect("a frame"));
}

#[tokio::test]
async fn a_refusal_is_handed_on_in_the_services_own_words() {
    let body = r#"{"message":"The provided model identifier is invalid."}"#;
    let headers = [(
        "x-amzn-ErrorType",
        "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/",
    )];
    for op in [Op::Chat, Op::ChatStream] {
        let upstream = Upstream::saying(answer(400, &headers, body)).await;
        let call = invocation(op, NOVA, ANTHROPIC_BODY);
        let answered = translated(&provider(&upstream), &call, NOVA).await;
        let fault = answered.expect_err("a fault");
        assert_eq!(fault.kind(), Kind::ModelNotFound);
        let Some(NativeError::Answer { status, .. }) = fault.native() else {
            panic!("{fault:?}");
        };
        assert_eq!(*status, 400);
    }
}

#[tokio::test]
async fn an_answer_that_is_no_reply_is_out_of_protocol() {
    for body in ["", "nope", "[]", "{}", r#"{"output":{"message":{}}}"#] {
        let upstream = Upstream::saying(answer(200, &[], body)).await;
        let call = invocation(Op::Chat, NOVA, ANTHROPIC_BODY);
        let answered = translated(&provider(&upstream), &call, NOVA).await;
        let fault = answered.expect_err("a fault");
        assert_eq!(
            (fault.kind(), fault.origin()),
            (Kind::Protocol, Origin::Upstream)
        );
    }
    let odd = event("messageStart", r#"{"role":5}"#);
    let upstream = Upstream::saying(stream_of(&[odd])).await;
    let call = invocation(Op::ChatStream, NOVA, ANTHROPIC_BODY);
    let answered = translated(&provider(&upstream), &call, NOVA).await;
    let mut events = events(answered.expect("an answer")).await;
    let fault = events.pop().expect("a last item").expect_err("a fault");
    assert_eq!(fault.kind(), Kind::Protocol);
}

#[tokio::test]
async fn a_call_that_has_been_here_is_known_in_its_new_form_too() {
    let upstream = Upstream::saying(answer(200, &[], CONVERSE)).await;
    let mut call = invocation(Op::Chat, NOVA, ANTHROPIC_BODY);
    let via = "1.1 bedrock-gateway-0b5c4e1e-of-this-test";
    call.native
        .head
        .insert("via", via.parse().expect("a value"));
    let answered = translated(&provider(&upstream), &call, NOVA).await;
    assert!(answered.is_err(), "it went round");
}

/// The recorded answers of an operation that were successes.
fn answered(test: &str, operation: &str) -> Option<Vec<Exchange>> {
    let mut exchanges = shared::exchanges(test, operation)?;
    exchanges.retain(|exchange| exchange.status == 200 && exchange.is_exact);
    Some(exchanges)
}

#[tokio::test]
async fn every_recorded_reply_comes_back() {
    let test = "every_recorded_reply_comes_back";
    let Some(exchanges) = answered(test, "Converse") else {
        return;
    };
    for Exchange {
        name, answer: body, ..
    } in &exchanges
    {
        let upstream = Upstream::saying(answer(200, &[], body)).await;
        let call = invocation(Op::Chat, NOVA, ANTHROPIC_BODY);
        let answered = translated(&provider(&upstream), &call, NOVA).await;
        let reply = reply(answered.unwrap_or_else(|fault| panic!("{name}: {fault}")));
        let json: Value = serde_json::from_slice(body).expect("JSON");
        let n_blocks = json["output"]["message"]["content"]
            .as_array()
            .map(Vec::len);
        assert_eq!(Some(reply.message.content.len()), n_blocks, "{name}");
        assert_eq!(
            Some(i64::from(reply.usage.input_uncached)),
            json["usage"]["inputTokens"].as_i64(),
            "{name}"
        );
    }
    assert!(exchanges.len() > 100, "{}", exchanges.len());
}

#[tokio::test]
async fn every_recorded_stream_comes_back() {
    let test = "every_recorded_stream_comes_back";
    let Some(exchanges) = answered(test, "ConverseStream") else {
        return;
    };
    let mut n_whole = 0;
    for Exchange {
        name, answer: body, ..
    } in &exchanges
    {
        let upstream = Upstream::saying(chunked(200, &[EVENT_STREAM], [&**body])).await;
        let call = invocation(Op::ChatStream, NOVA, ANTHROPIC_BODY);
        // Two of the recordings are an exception and nothing else.
        let Ok(answered) = translated(&provider(&upstream), &call, NOVA).await else {
            continue;
        };
        let (mut grammar, mut collector) = (Grammar::new(), Collector::new());
        for event in events(answered).await {
            let event = event.unwrap_or_else(|fault| panic!("{name}: {fault}"));
            for event in grammar.push(event).expect("the grammar is kept") {
                collector.push(event).expect("a part of a reply");
            }
        }
        let reply = collector.finish().expect("a whole reply");
        assert_eq!(reply.usage.source, UsageSource::Reported, "{name}");
        n_whole += 1;
    }
    assert!(n_whole > 40, "{n_whole}");
}
