//! What a recorded answer of OpenAI's says, in Bedrock's words: by the API reference of Chat Completions.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::turn::{Call, Turn, Usage};

/// What a whole reply says.
pub(super) fn of_reply(reply: &Value) -> Turn {
    let choice = &reply["choices"][0];
    let message = &choice["message"];
    let calls = message["tool_calls"].as_array().map(Vec::as_slice);
    let calls: Vec<Call> = calls.unwrap_or_default().iter().map(call).collect();
    Turn {
        text: said(message),
        stop: stop(choice["finish_reason"].as_str().unwrap(), !calls.is_empty()),
        calls,
        usage: usage(&reply["usage"]),
        ..Turn::default()
    }
}

/// What the chunks of a stream say: pieces of text, and of calls by their index.
pub(super) fn of_events(chunks: &[Value]) -> Turn {
    let mut turn = Turn::default();
    let mut calls: BTreeMap<u64, (String, String, String)> = BTreeMap::new();
    let mut reason = String::new();
    for chunk in chunks {
        turn.usage = usage(&chunk["usage"]).or(turn.usage);
        let Some(choice) = chunk["choices"].get(0) else {
            continue;
        };
        turn.text.push_str(&said(&choice["delta"]));
        let pieces = choice["delta"]["tool_calls"].as_array();
        for piece in pieces.map(Vec::as_slice).unwrap_or_default() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let index = piece["index"].as_u64().unwrap();
            let (id, name, arguments) = calls.entry(index).or_default();
            id.push_str(&text(&piece["id"]));
            name.push_str(&text(&piece["function"]["name"]));
            arguments.push_str(&text(&piece["function"]["arguments"]));
        }
        if let Some(told) = choice["finish_reason"].as_str() {
            told.clone_into(&mut reason);
        }
    }
    turn.calls = calls
        .into_values()
        .map(|(id, name, arguments)| made(&id, &name, &arguments))
        .collect();
    turn.stop = stop(&reason, !turn.calls.is_empty());
    turn
}

/// Text, or the words in which the model refuses.
fn said(message: &Value) -> String {
    [&message["content"], &message["refusal"]]
        .into_iter()
        .filter_map(Value::as_str)
        .collect()
}

fn call(call: &Value) -> Call {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let function = &call["function"];
    made(
        &text(&call["id"]),
        &text(&function["name"]),
        &text(&function["arguments"]),
    )
}

fn made(id: &str, name: &str, arguments: &str) -> Call {
    Call {
        id: id.to_owned(),
        name: name.to_owned(),
        input: serde_json::from_str(arguments).unwrap(),
        is_of_server: false,
    }
}

fn stop(reason: &str, has_calls: bool) -> String {
    match reason {
        // A tool that the caller forced is called with this reason.
        "stop" if has_calls => "tool_use",
        "stop" => "end_turn",
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        "content_filter" => "content_filtered",
        other => panic!("a reason {other}"),
    }
    .to_owned()
}

/// The cached tokens are part of the prompt's; Bedrock counts them beside.
fn usage(usage: &Value) -> Option<Usage> {
    let prompt = usage["prompt_tokens"].as_u64()?;
    let cached = usage["prompt_tokens_details"]["cached_tokens"].as_u64();
    let cached = cached.unwrap_or_default();
    Some(Usage {
        input: prompt - cached,
        output: usage["completion_tokens"].as_u64().unwrap(),
        cache_read: cached,
        cache_write: 0,
    })
}
