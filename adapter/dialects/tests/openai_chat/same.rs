//! When two bodies of this format say the same: one rule for each difference that means nothing, with its reason.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// A request as compared.
pub(crate) fn request(mut body: Value) -> Value {
    let members = body.as_object_mut().unwrap();
    without_null(members);
    // Who serves the call and how belongs to the call, and is set anew.
    for call in ["model", "stream", "stream_options"] {
        members.remove(call);
    }
    // One stop sequence may stand without a list.
    if let Some(stop @ Value::String(_)) = members.get_mut("stop") {
        *stop = json!([stop]);
    }
    // Nothing is to be chosen where there are no tools.
    if members.get("tools").is_none_or(|tools| *tools == json!([])) {
        members.remove("tools");
        members.remove("tool_choice");
        members.remove("parallel_tool_calls");
    }
    for tool in items(members, "tools") {
        without_null(tool);
        // A function is what a tool is that does not say (Mistral's clients).
        tool.entry("type").or_insert(json!("function"));
        if let Some(Value::Object(function)) = tool.get_mut("function") {
            without_null(function);
            // A function that names no parameters takes none (OpenAI's reference).
            let nothing = json!({"type": "object", "properties": {}});
            function.entry("parameters").or_insert(nothing);
        }
    }
    // `any` is Mistral's word for `required`.
    if let Some(choice) = members.get_mut("tool_choice")
        && *choice == "any"
    {
        *choice = json!("required");
    }
    // What does not say that it is strict is not (OpenAI's reference).
    if let Some(Value::Object(schema)) =
        (members.get_mut("response_format")).and_then(|format| format.get_mut("json_schema"))
    {
        without_null(schema);
        schema.entry("strict").or_insert(json!(false));
    }
    for message in items(members, "messages") {
        self::message(message);
    }
    leading_system(members);
    body
}

/// `null` is absent.
fn without_null(members: &mut Map<String, Value>) {
    members.retain(|_, value| !value.is_null());
}

fn items<'a>(
    members: &'a mut Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    let list = members.get_mut(name).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn message(message: &mut Map<String, Value>) {
    without_null(message);
    // An image may be a bare URL (Mistral's clients).
    for part in items(message, "content") {
        if let Some(url @ Value::String(_)) = part.get_mut("image_url") {
            *url = json!({ "url": url });
        }
    }
    // No calls are no member.
    message.retain(|name, value| name != "tool_calls" || *value != json!([]));
    let content = message.get("content").cloned();
    match content
        .as_ref()
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        // A list of nothing is no content.
        Some([]) => {
            message.remove("content");
        }
        // A list of one plain text is that text.
        Some([part]) if plain(part).is_some() => {
            message.insert("content".to_owned(), plain(part).unwrap());
        }
        Some(_) | None => {}
    }
    for call in items(message, "tool_calls") {
        without_null(call);
        // A call is one of a function unless it says so.
        call.entry("type").or_insert(json!("function"));
        // The place in the list says it.
        call.remove("index");
        // No arguments are no members.
        if let Some(arguments) = call
            .get_mut("function")
            .and_then(|f| f.get_mut("arguments"))
            && (*arguments == "" || *arguments == "null")
        {
            *arguments = json!("{}");
        }
    }
}

/// The text of a part that is text and nothing more.
fn plain(part: &Value) -> Option<Value> {
    let members = part.as_object().unwrap();
    (members.len() == 2 && part["type"] == "text").then(|| part["text"].clone())
}

/// Leading messages of the operator are one message of as many parts: where a part ends is kept, where a message ends is not.
fn leading_system(members: &mut Map<String, Value>) {
    let Some(messages) = members.get_mut("messages").and_then(Value::as_array_mut) else {
        return;
    };
    let is_system = |message: &Value| {
        let members = message.as_object().unwrap();
        let is_plain = members
            .keys()
            .all(|name| name == "role" || name == "content");
        is_plain && (message["role"] == "system" || message["role"] == "developer")
    };
    let n_leading = messages
        .iter()
        .take_while(|message| is_system(message))
        .count();
    if n_leading < 2 {
        return;
    }
    let leading: Vec<Value> = messages.drain(..n_leading).collect();
    let parts = leading
        .iter()
        .flat_map(|message| match &message["content"] {
            Value::String(text) => vec![json!({"type": "text", "text": text})],
            Value::Array(parts) => parts.clone(),
            _ => Vec::new(),
        });
    let parts: Vec<Value> = parts.collect();
    messages.insert(0, json!({"role": leading[0]["role"], "content": parts}));
}

/// Members of an answer that only its server has, or that say nothing: by place, as `/choices/0/message/annotations`.
const PROVIDER_ONLY: [&str; 19] = [
    // The gateway's own.
    "/id",
    "/system_fingerprint",
    "/x_groq",
    "/usage_breakdown",
    "/prompt_filter_results",
    "/choices/0/content_filter_results",
    "/choices/0/stop_reason",
    // Probabilities are never asked for in the neutral form.
    "/choices/0/logprobs",
    // Counts that the neutral form has no place for.
    "/usage/completion_tokens_details",
    "/usage/prompt_tokens_details/audio_tokens",
    "/usage/prompt_tokens_details/text_tokens",
    "/usage/prompt_tokens_details/image_tokens",
    "/usage/audio_prompt_tokens",
    "/usage/prompt_audio_seconds",
    "/usage/service_tier",
    "/usage/queue_time",
    "/usage/prompt_time",
    "/usage/completion_time",
    "/usage/total_time",
];

/// An answer as compared.
pub(crate) fn answer(mut body: Value) -> Value {
    for place in PROVIDER_ONLY {
        remove(&mut body, place);
    }
    // A tier of which Bedrock has no name (Groq's `on_demand`) is not told.
    let tiers = ["default", "flex", "priority"];
    if !body["service_tier"]
        .as_str()
        .is_some_and(|tier| tiers.contains(&tier))
    {
        remove(&mut body, "/service_tier");
    }
    if let Some(Value::Object(usage)) = body.get_mut("usage") {
        without_null(usage);
        // Mistral's word for what was cached.
        if let Some(cached) = usage.remove("num_cached_tokens") {
            let details = json!({"cached_tokens": cached});
            usage.entry("prompt_tokens_details").or_insert(details);
        }
    }
    if let Some(Value::Object(message)) = body.pointer_mut("/choices/0/message") {
        without_null(message);
        // A list of nothing says nothing.
        message.retain(|_, value| *value != json!([]));
        reasoning_in_tags(message);
        for call in items(message, "tool_calls") {
            // Its place in the list, and what only its server knows.
            call.remove("index");
            call.entry("type").or_insert(json!("function"));
            if let Some(Value::Object(function)) = call.get_mut("function") {
                function.remove("call_id");
            }
        }
    }
    body
}

/// Bedrock tells reasoning in tags before the text, servers in a member of its own or as a part.
fn reasoning_in_tags(message: &mut Map<String, Value>) {
    let mut text = String::new();
    for name in ["reasoning", "reasoning_content"] {
        if let Some(Value::String(reasoning)) = message.remove(name) {
            text.push_str(&format!("<reasoning>{reasoning}</reasoning>"));
        }
    }
    match message.get("content") {
        Some(Value::String(content)) => text.push_str(content),
        Some(Value::Array(parts)) => {
            for part in parts {
                match part["thinking"].as_array() {
                    Some(thoughts) => {
                        let thoughts = thoughts
                            .iter()
                            .filter_map(|thought| thought["text"].as_str());
                        let thoughts: String = thoughts.collect();
                        text.push_str(&format!("<reasoning>{thoughts}</reasoning>"));
                    }
                    None => text.push_str(part["text"].as_str().unwrap_or_default()),
                }
            }
        }
        _ => {}
    }
    message.remove("content");
    if !text.is_empty() {
        message.insert("content".to_owned(), json!(text));
    }
}

pub(crate) fn remove(body: &mut Value, place: &str) {
    let (parent, name) = place.rsplit_once('/').unwrap();
    if let Some(Value::Object(members)) = body.pointer_mut(parent) {
        members.remove(name);
    }
}

/// Where two bodies differ: places and what stands there.
pub(crate) fn differences(found: &Value, expected: &Value) -> Vec<String> {
    let mut places = Vec::new();
    differ("", Some(found), Some(expected), &mut places);
    places
}

fn differ(place: &str, found: Option<&Value>, expected: Option<&Value>, places: &mut Vec<String>) {
    match (found, expected) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                let place = format!("{place}/{name}");
                differ(&place, one.get(name), other.get(name), places);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            for n in 0..one.len().max(other.len()) {
                differ(&format!("{place}/{n}"), one.get(n), other.get(n), places);
            }
        }
        _ if found == expected => {}
        _ => {
            let shown = |value: Option<&Value>| match value {
                Some(value) => value.to_string().chars().take(120).collect(),
                None => "absent".to_owned(),
            };
            places.push(format!(
                "{place}: {} is not {}",
                shown(found),
                shown(expected)
            ));
        }
    }
}
