//! Nothing that arrives is a reason to fall over, whatever stands where.

use dialects::Error;
use dialects::anthropic::{
    decode_count, decode_fault, decode_reply, decode_request, encode_request, forward_request,
};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::laws::for_all;

/// Reads the bytes as everything that can arrive.
fn read(bytes: &[u8]) -> Result<(), String> {
    let refused = |error: Error| match error {
        Error::Body { pointer, reason } => {
            (pointer.is_empty() || pointer.starts_with('/')) && !reason.is_empty()
        }
        _ => false,
    };
    let are_faults_of_the_body = [
        decode_request(bytes).err(),
        decode_reply(bytes).err(),
        decode_count(bytes).err(),
        forward_request(bytes, "m", true).err(),
    ]
    .into_iter()
    .flatten()
    .all(refused);
    for status in [0, 200, 400, 404, 429, 500, 529, u16::MAX] {
        if decode_fault(status, bytes).message.is_empty() {
            return Err("a fault without a text".to_owned());
        }
    }
    if are_faults_of_the_body {
        Ok(())
    } else {
        Err("another fault than of the body".to_owned())
    }
}

#[test]
fn no_bytes_are_a_reason_to_fall_over() {
    for_all(2000, &vec(any::<u8>(), 0..64), |bytes| read(&bytes));
}

/// Pieces of bodies, most of which are not where they belong.
fn pieces() -> Vec<&'static str> {
    vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "null",
        "true",
        "1",
        "-1",
        "1e9",
        "99999999999",
        "{}",
        "[]",
        "\"\"",
        "\"type\":",
        "\"text\"",
        "\"image\"",
        "\"thinking\"",
        "\"tool_use\"",
        "\"tool_result\"",
        "\"messages\":",
        "\"content\":",
        "\"role\":\"user\"",
        "\"max_tokens\":1",
        "\"source\":",
        "\"error\":",
        "\"message\":",
        "\"usage\":",
        "\"citations\":",
        "\"cache_control\":",
        "\"\\ud800\"",
        "{\"type\":\"text\",\"text\":\"a\"}",
        "\"system\":",
        "\"tools\":",
        "\"base64\"",
        " ",
    ]
}

#[test]
fn no_pieces_of_bodies_are_a_reason_to_fall_over() {
    for_all(4000, &vec(select(pieces()), 0..24), |pieces| {
        read(pieces.concat().as_bytes())
    });
}

/// A valid body, in which one value is put in the place of another.
#[test]
fn no_value_in_the_wrong_place_is_a_reason_to_fall_over() {
    let body = json!({
        "max_tokens": 9,
        "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        "messages": [{"role": "user", "content": [
            {"type": "text", "text": "t", "citations": [{"type": "char_location", "cited_text": "c", "document_index": 0}]},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}},
            {"type": "document", "title": "d", "citations": {"enabled": true},
                "source": {"type": "content", "content": [{"type": "text", "text": "p"}]}},
            {"type": "tool_use", "id": "i", "name": "n", "input": {}},
            {"type": "tool_result", "tool_use_id": "i", "is_error": true, "content": [{"type": "text", "text": "t"}]},
            {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "t"}]},
            {"type": "thinking", "thinking": "t", "signature": "s"},
            {"type": "redacted_thinking", "data": "d"}]}],
        "tools": [{"name": "n", "input_schema": {}, "strict": true}],
        "tool_choice": {"type": "tool", "name": "n", "disable_parallel_tool_use": true},
        "stop_sequences": ["s"], "temperature": 1, "top_p": 0.5, "service_tier": "auto",
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
    });
    let mut places = Vec::new();
    collect(&body, String::new(), &mut places);
    let values = [
        json!(null),
        json!(true),
        json!(7),
        json!("x"),
        json!([]),
        json!({}),
        json!([{}]),
        json!(["x"]),
    ];
    let mut n_read = 0;
    for place in &places {
        for value in &values {
            let mut body = body.clone();
            *body.pointer_mut(place).unwrap() = value.clone();
            let text = body.to_string();
            read(text.as_bytes()).unwrap();
            match decode_request(text.as_bytes()) {
                Ok(request) => {
                    let again = decode_request(&encode_request("m", &request, false));
                    assert_eq!(again, Ok(request), "{place} with {value}");
                    n_read += 1;
                }
                // A fault leads to the place or to what holds it.
                Err(Error::Body { pointer, reason }) => {
                    let leads_there = place.starts_with(&pointer) || pointer.starts_with(place);
                    assert!(leads_there, "{pointer} for {place}: {reason}");
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert!(
        n_read > 100 && places.len() > 60,
        "{n_read} of {}",
        places.len()
    );
}

fn collect(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                collect(value, format!("{place}/{name}"), places);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                collect(value, format!("{place}/{at}"), places);
            }
        }
        _ => {}
    }
    if !place.is_empty() {
        places.push(place);
    }
}
