//! What a recorded answer of Anthropic's says, in Bedrock's words: by the API reference of Messages.

use serde_json::Value;

use crate::turn::{Call, Turn, Usage};

/// What a whole reply says.
pub(super) fn of_reply(reply: &Value) -> Turn {
    let mut turn = Turn::default();
    for block in reply["content"].as_array().unwrap() {
        take(&mut turn, block);
    }
    turn.stop = stop(&reply["stop_reason"]);
    turn.usage = usage(&reply["usage"], Usage::default());
    turn
}

/// What the events of a stream say: blocks by their pieces.
pub(super) fn of_events(events: &[Value]) -> Turn {
    let mut turn = Turn::default();
    let mut block = Value::Null;
    let mut input = String::new();
    for event in events {
        match event["type"].as_str().unwrap() {
            "message_start" => {
                turn.usage = usage(&event["message"]["usage"], Usage::default());
            }
            "content_block_start" => {
                block = event["content_block"].clone();
                input.clear();
            }
            "content_block_delta" => {
                let delta = &event["delta"];
                match delta["type"].as_str().unwrap() {
                    "text_delta" => append(&mut block["text"], &delta["text"]),
                    "thinking_delta" => append(&mut block["thinking"], &delta["thinking"]),
                    "signature_delta" => append(&mut block["signature"], &delta["signature"]),
                    "input_json_delta" => input.push_str(delta["partial_json"].as_str().unwrap()),
                    other => panic!("a delta {other}"),
                }
            }
            "content_block_stop" => {
                if !input.is_empty() {
                    block["input"] = serde_json::from_str(&input).unwrap();
                }
                take(&mut turn, &block);
            }
            "message_delta" => {
                turn.stop = stop(&event["delta"]["stop_reason"]);
                turn.usage = usage(&event["usage"], turn.usage.unwrap_or_default());
            }
            "message_stop" | "ping" => {}
            other => panic!("an event {other}"),
        }
    }
    turn
}

fn append(text: &mut Value, piece: &Value) {
    let whole = format!(
        "{}{}",
        text.as_str().unwrap_or_default(),
        piece.as_str().unwrap()
    );
    *text = whole.into();
}

fn take(turn: &mut Turn, block: &Value) {
    let text = |name: &str| block[name].as_str().unwrap_or_default();
    match text("type") {
        "text" => turn.text.push_str(text("text")),
        "thinking" => {
            turn.reasoning.push_str(text("thinking"));
            turn.seals.push(text("signature").to_owned());
        }
        kind @ ("tool_use" | "server_tool_use") => turn.calls.push(Call {
            id: text("id").to_owned(),
            name: text("name").to_owned(),
            input: block["input"].clone(),
            is_of_server: kind == "server_tool_use",
        }),
        // What Anthropic's own tools gave back.
        kind if kind.ends_with("_tool_result") => {}
        other => panic!("a block {other}"),
    }
}

fn stop(reason: &Value) -> String {
    match reason.as_str().unwrap() {
        "refusal" => "content_filtered",
        // A turn of the server's tools that is to be taken up again.
        "pause_turn" => "end_turn",
        same @ ("end_turn" | "max_tokens" | "stop_sequence" | "tool_use") => same,
        other => panic!("a reason {other}"),
    }
    .to_owned()
}

/// The last number told counts; what is not told stays.
fn usage(usage: &Value, before: Usage) -> Option<Usage> {
    let told = |name: &str, before: u64| usage[name].as_u64().unwrap_or(before);
    Some(Usage {
        input: told("input_tokens", before.input),
        output: told("output_tokens", before.output),
        cache_read: told("cache_read_input_tokens", before.cache_read),
        cache_write: told("cache_creation_input_tokens", before.cache_write),
    })
}
