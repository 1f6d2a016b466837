//! What the upstreams of the table answer: one short turn, in whatever format they are asked in.

use bytes::Bytes;
use conformance_tests::loopback::stub::Arrived;
use rest_json::Frame;
use serde_json::{Value, json};

use crate::stage::{BEDROCK_PREFIX, CHAT_COMPLETIONS, COUNT_TOKENS, JSON, MESSAGES, Provider, SSE};

/// What the model says.
pub(crate) const TEXT: &str = "Said by the upstream.";
/// How many tokens the upstream counts.
pub(crate) const N_TOKENS: u64 = 17;

const EVENT_STREAM: (&str, &str) = ("content-type", "application/vnd.amazon.eventstream");

/// Answers a request by its path; what went out, for comparison.
pub(crate) fn answer(arrived: Arrived) -> Bytes {
    let (headers, body) = of(&arrived.target, &arrived.body);
    arrived.answer(200, &[headers], body.clone()).unwrap();
    body
}

fn of(target: &str, asked: &[u8]) -> ((&'static str, &'static str), Bytes) {
    let asked: Value = serde_json::from_slice(asked).unwrap_or_default();
    let streams = asked["stream"] == true;
    match target {
        CHAT_COMPLETIONS if streams => (SSE, chat_chunks().into()),
        CHAT_COMPLETIONS => (JSON, chat_completion().to_string().into()),
        MESSAGES if streams => (SSE, message_events().into()),
        MESSAGES => (JSON, message().to_string().into()),
        COUNT_TOKENS => (JSON, json!({ "input_tokens": N_TOKENS }).to_string().into()),
        _ if !target.starts_with(BEDROCK_PREFIX) => panic!("nobody is at {target}"),
        _ if target.ends_with("/converse") => (JSON, converse().to_string().into()),
        _ if target.ends_with("/converse-stream") => (EVENT_STREAM, converse_events()),
        _ if target.ends_with("-stream") => {
            let chunk = json!({ "bytes": base64_simd::STANDARD.encode_to_string("{}") });
            (EVENT_STREAM, frame("chunk", &chunk))
        }
        // The gateway does not look into it.
        _ => (JSON, Bytes::from_static(b"{ \"any\" : 1.10 }")),
    }
}

/// The beginning of a stream of that provider: up to the event with the text, and no further.
pub(crate) fn beginning(provider: Provider) -> String {
    let whole = match provider {
        Provider::OpenAi => chat_chunks(),
        Provider::Anthropic => message_events(),
        Provider::Bedrock | Provider::Sandbox => panic!("no events of {provider:?}"),
    };
    let (before, behind) = whole.split_once(TEXT).unwrap();
    let (rest, _) = behind.split_once("\n\n").unwrap();
    format!("{before}{TEXT}{rest}\n\n")
}

fn frame(name: &str, payload: &Value) -> Bytes {
    let frame = Frame::event(name, "application/json", payload.to_string());
    frame.encode().unwrap()
}

/// As AWS's API reference has it (Converse).
fn converse() -> Value {
    let message = json!({ "role": "assistant", "content": [{ "text": TEXT }] });
    json!({
        "output": { "message": message },
        "stopReason": "end_turn",
        "usage": { "inputTokens": 8, "outputTokens": 6, "totalTokens": 14 },
        "metrics": { "latencyMs": 5 },
    })
}

fn converse_events() -> Bytes {
    let delta = json!({ "contentBlockIndex": 0, "delta": { "text": TEXT } });
    let usage = json!({ "inputTokens": 8, "outputTokens": 6, "totalTokens": 14 });
    let events = [
        frame("messageStart", &json!({ "role": "assistant" })),
        frame("contentBlockDelta", &delta),
        frame("contentBlockStop", &json!({ "contentBlockIndex": 0 })),
        frame("messageStop", &json!({ "stopReason": "end_turn" })),
        frame(
            "metadata",
            &json!({ "usage": usage, "metrics": { "latencyMs": 5 } }),
        ),
    ];
    events.concat().into()
}

/// As OpenAI's API reference has it (chat completion object).
pub(crate) fn chat_completion() -> Value {
    json!({
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT", "object": "chat.completion", "created": 1741569952, "model": "gpt-4.1",
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": TEXT, "refusal": null, "annotations": [] },
            "logprobs": null, "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": 8, "completion_tokens": 6, "total_tokens": 14 },
    })
}

/// As OpenAI's API reference has it (chat completion chunk object).
pub(crate) fn chat_chunks() -> String {
    let chunk = |choices: Value, usage: Value| {
        json!({
            "id": "chatcmpl-123", "object": "chat.completion.chunk", "created": 1694268190, "model": "gpt-4.1",
            "choices": choices, "usage": usage,
        })
    };
    let choice = |delta: Value, reason: Value| json!([{ "index": 0, "delta": delta, "finish_reason": reason }]);
    let begin = choice(json!({ "role": "assistant", "content": "" }), Value::Null);
    let usage = json!({ "prompt_tokens": 8, "completion_tokens": 6, "total_tokens": 14 });
    let chunks = [
        chunk(begin, Value::Null),
        chunk(choice(json!({ "content": TEXT }), Value::Null), Value::Null),
        chunk(choice(json!({}), json!("stop")), Value::Null),
        chunk(json!([]), usage),
    ];
    let mut text: String = chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\n\n"))
        .collect();
    text.push_str("data: [DONE]\n\n");
    text
}

/// As Anthropic's API reference has it (create a message).
pub(crate) fn message() -> Value {
    json!({
        "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF", "type": "message", "role": "assistant", "model": "claude-sonnet-4-20250514",
        "content": [{ "type": "text", "text": TEXT }],
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": { "input_tokens": 8, "output_tokens": 6 },
    })
}

/// As Anthropic's documentation has it (streaming messages).
pub(crate) fn message_events() -> String {
    let message = json!({
        "id": "msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyY", "type": "message", "role": "assistant", "content": [],
        "model": "claude-sonnet-4-20250514", "stop_reason": null, "stop_sequence": null,
        "usage": { "input_tokens": 8, "output_tokens": 1 },
    });
    let delta = json!({ "type": "text_delta", "text": TEXT });
    let stop = json!({ "stop_reason": "end_turn", "stop_sequence": null });
    let events = [
        json!({ "type": "message_start", "message": message }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        json!({ "type": "ping" }),
        json!({ "type": "content_block_delta", "index": 0, "delta": delta }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": stop, "usage": { "output_tokens": 6 } }),
        json!({ "type": "message_stop" }),
    ];
    let event = |event: &Value| {
        let name = event["type"].as_str().unwrap();
        format!("event: {name}\ndata: {event}\n\n")
    };
    events.iter().map(event).collect()
}
