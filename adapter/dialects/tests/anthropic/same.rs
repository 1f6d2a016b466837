//! When two bodies say the same: what the format writes in more than one way is brought to one.
//!
//! Every rule has its reason; what no rule covers has to be equal. The order of members never counts, that of lists always does.

use serde_json::{Map, Value, json};

/// Where JSON is the caller's own, in which nothing is the same as something else.
const OPAQUE: [&str; 4] = ["input", "input_schema", "schema", "properties"];

/// A request, but for who serves it and how, and for the features that go into a header.
pub(crate) fn request(body: &Value) -> Value {
    let mut body = without_nulls(body);
    let members = body.as_object_mut().unwrap();
    for member in ["model", "stream", "anthropic_version", "anthropic_beta"] {
        members.remove(member);
    }
    // The place of a schema before there was `output_config`; the reference calls the two the same.
    if let Some(format) = members.remove("output_format") {
        let config = members.entry("output_config").or_insert_with(|| json!({}));
        config["format"] = format;
    }
    if let Some(system) = members.get_mut("system") {
        parts(system);
    }
    for message in items(&mut body, "messages") {
        parts(&mut message["content"]);
        for block in items(message, "content") {
            if block["type"] == "tool_result" {
                outcome(block);
            }
        }
    }
    body
}

fn outcome(block: &mut Value) {
    // No content and a list without content are the same.
    parts(
        block
            .as_object_mut()
            .unwrap()
            .entry("content")
            .or_insert(json!([])),
    );
    // A result is no error unless it says so.
    if block["is_error"] == false {
        block.as_object_mut().unwrap().remove("is_error");
    }
}

/// One text is the same as a list of one text block.
fn parts(content: &mut Value) {
    if let Some(text) = content.as_str() {
        *content = json!([{"type": "text", "text": text}]);
    }
}

/// An answer, but for what says who gave it: those members are the server's own or of its own features, which nobody but its own
/// clients reads, and those talk to it without a translation.
pub(crate) fn answer(body: &Value) -> Value {
    const SERVERS: [&str; 7] = [
        "id",
        "model",
        "container",
        "context_management",
        "stop_details",
        "amazon-bedrock-trace",
        "amazon-bedrock-guardrailAction",
    ];
    const SERVERS_USAGE: [&str; 4] = [
        "inference_geo",
        "output_tokens_details",
        "server_tool_use",
        "service_tier",
    ];
    let mut body = without_nulls(body);
    let members = body.as_object_mut().unwrap();
    for member in SERVERS {
        members.remove(member);
    }
    for block in items(&mut body, "content") {
        // Who made a call; it is the model unless a tool of the server's did.
        block.as_object_mut().unwrap().remove("caller");
    }
    if let Some(usage) = body.get_mut("usage").and_then(Value::as_object_mut) {
        for member in SERVERS_USAGE {
            usage.remove(member);
        }
        // How nothing divides says nothing, and Bedrock leaves it out.
        let none = json!({"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0});
        if usage.get("cache_creation") == Some(&none) {
            usage.remove("cache_creation");
        }
    }
    body
}

/// A member that is `null` says nothing.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let said: Map<String, Value> = members
                .map(|(name, value)| {
                    let is_opaque = OPAQUE.contains(&name.as_str());
                    let value = if is_opaque {
                        value.clone()
                    } else {
                        without_nulls(value)
                    };
                    (name.clone(), value)
                })
                .collect();
            Value::Object(said)
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

/// The items of a member that is a list.
fn items<'v>(value: &'v mut Value, member: &str) -> &'v mut [Value] {
    match value.get_mut(member) {
        Some(Value::Array(items)) => items,
        Some(_) | None => &mut [],
    }
}
