//! Recorded answers of OpenAI and Anthropic: as a stub sends them again, and what they say, read by hand.
//!
//! Taken is what clients of every format can tell: texts, thoughts and calls of the caller's own tools.

use bytes::Bytes;
use conformance_tests::corpus::{self, Exchange};
use conformance_tests::live::wire::Written;
use serde_json::{Map, Value};

use crate::turn::{self, Turn, Usage, count, list, text};

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    OpenAi,
    Anthropic,
}

impl Api {
    /// The name of the provider in the gateway's configuration, and of its kind.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// The path of a request.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::OpenAi => "/v1/chat/completions",
            Self::Anthropic => "/v1/messages",
        }
    }

    fn operation(self) -> &'static str {
        match self {
            Self::OpenAi => "chat.completions",
            Self::Anthropic => "messages",
        }
    }
}

/// One recorded answer.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) streams: bool,
    /// What it says.
    pub(crate) turn: Turn,
    /// How it is sent again.
    pub(crate) written: Written,
    /// The message as it came, if it is one document.
    pub(crate) document: Option<Value>,
}

/// Every recorded answer that says something in the taken forms.
pub(crate) fn answers(shared: &std::path::Path, api: Api) -> Vec<Recording> {
    let mut exchanges = corpus::load(shared, api.name()).expect("the recordings are well formed");
    exchanges.retain(|exchange| exchange.operation == api.operation());
    exchanges
        .iter()
        .filter(|exchange| exchange.response.status == 200)
        .filter_map(|exchange| answer(exchange, api))
        .collect()
}

/// Every recorded refusal: its status and its body.
pub(crate) fn refusals(shared: &std::path::Path, api: Api) -> Vec<(String, Written, Value)> {
    let mut exchanges = corpus::load(shared, api.name()).expect("the recordings are well formed");
    exchanges.retain(|exchange| exchange.operation == api.operation());
    exchanges
        .iter()
        .filter(|exchange| exchange.response.status.is_client_error())
        .filter_map(|exchange| {
            let body = serde_json::from_slice(&exchange.response.body).ok()?;
            Some((exchange.name.clone(), written(exchange), body))
        })
        .collect()
}

fn answer(exchange: &Exchange, api: Api) -> Option<Recording> {
    let events = events(&exchange.response.body);
    let streams = !events.is_empty();
    let document = match streams {
        true => None,
        false => Some(serde_json::from_slice::<Value>(&exchange.response.body).ok()?),
    };
    let turn = match (api, &document) {
        (Api::OpenAi, Some(document)) => of_completion(document),
        (Api::OpenAi, None) => of_chunks(&events),
        (Api::Anthropic, Some(document)) => of_plain_message(document),
        (Api::Anthropic, None) => of_message_events(&events),
    }?;
    Some(Recording {
        name: exchange.name.clone(),
        streams,
        turn,
        written: written(exchange),
        document,
    })
}

/// The answer as a stub sends it: an event stream event by event.
fn written(exchange: &Exchange) -> Written {
    let body = &exchange.response.body;
    let streams = !events(body).is_empty();
    let content_type = match streams {
        true => "text/event-stream; charset=utf-8",
        false => "application/json",
    };
    let pieces = match streams {
        true => String::from_utf8_lossy(body)
            .split_inclusive("\n\n")
            .map(|event| Bytes::copy_from_slice(event.as_bytes()))
            .collect(),
        false => vec![body.clone()],
    };
    Written {
        status: exchange.response.status.as_u16(),
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        pieces,
        sized: !streams,
    }
}

/// The documents of an event stream; none if the body is no such stream.
fn events(body: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(body)
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(str::trim)
        .filter(|data| *data != "[DONE]")
        .filter_map(|data| serde_json::from_str(data).ok())
        .collect()
}

/// OpenAI's finish reasons in Bedrock's words.
fn finish(reason: &Value, calls_tools: bool) -> Option<String> {
    let stop = match reason.as_str()? {
        // Some servers say `stop` where a tool is to be called.
        "stop" if calls_tools => "tool_use",
        "stop" => "end_turn",
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        "content_filter" => "content_filtered",
        _ => return None,
    };
    Some(stop.to_owned())
}

fn completion_usage(usage: &Value) -> Usage {
    let cached = usage
        .pointer("/prompt_tokens_details/cached_tokens")
        .map(count)
        .unwrap_or_default();
    Usage {
        input: count(&usage["prompt_tokens"]) - cached,
        cache_read: cached,
        cache_write: 0,
        output: count(&usage["completion_tokens"]),
    }
}

fn of_completion(document: &Value) -> Option<Turn> {
    let [choice] = list(&document["choices"]) else {
        return None;
    };
    let message = choice["message"].as_object()?;
    let known = ["role", "content", "tool_calls", "refusal", "annotations"];
    says_only(message, &known)?;
    let mut tools = Vec::new();
    for call in list(&choice["message"]["tool_calls"]) {
        let function = call.get("function")?;
        let input = serde_json::from_str(function["arguments"].as_str()?).ok()?;
        tools.push((text(&function["name"]), input));
    }
    Some(Turn {
        text: text(&choice["message"]["content"]),
        thinking: String::new(),
        stop: finish(&choice["finish_reason"], !tools.is_empty())?,
        tools,
        usage: completion_usage(&document["usage"]),
    })
}

fn of_chunks(chunks: &[Value]) -> Option<Turn> {
    let mut said = String::new();
    let mut calls: Vec<(String, String)> = Vec::new();
    let mut reason = Value::Null;
    let mut usage = None;
    for chunk in chunks {
        if chunk["usage"].is_object() {
            usage = Some(completion_usage(&chunk["usage"]));
        }
        for choice in list(&chunk["choices"]) {
            if count(&choice["index"]) != 0 {
                return None;
            }
            let delta = choice["delta"].as_object()?;
            says_only(delta, &["role", "content", "tool_calls", "refusal"])?;
            said.push_str(&text(&choice["delta"]["content"]));
            for call in list(&choice["delta"]["tool_calls"]) {
                let place = usize::try_from(count(&call["index"])).ok()?;
                calls.resize(calls.len().max(place + 1), Default::default());
                let (name, input) = calls.get_mut(place)?;
                name.push_str(&text(&call["function"]["name"]));
                input.push_str(&text(&call["function"]["arguments"]));
            }
            if !choice["finish_reason"].is_null() {
                reason = choice["finish_reason"].clone();
            }
        }
    }
    let tools = calls
        .into_iter()
        .map(|(name, input)| Some((name, serde_json::from_str(&input).ok()?)))
        .collect::<Option<Vec<_>>>()?;
    Some(Turn {
        text: said,
        thinking: String::new(),
        stop: finish(&reason, !tools.is_empty())?,
        tools,
        // Without it the gateway has to guess, and what it guesses is not recorded.
        usage: usage?,
    })
}

/// Whether a message says nothing but what stands under these names.
fn says_only(message: &Map<String, Value>, known: &[&str]) -> Option<()> {
    let is_nothing = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let says = |name: &str| message.get(name).is_some_and(|value| !is_nothing(value));
    let others = message
        .iter()
        .any(|(name, value)| !known.contains(&name.as_str()) && !is_nothing(value));
    (!others && !says("refusal") && !says("annotations")).then_some(())
}

fn of_plain_message(message: &Value) -> Option<Turn> {
    let plain = list(&message["content"]).iter().all(is_plain);
    plain.then(|| turn::of_message(message))
}

fn is_plain(block: &Value) -> bool {
    match block["type"].as_str() {
        Some("text") => list(&block["citations"]).is_empty(),
        Some("tool_use" | "thinking") => true,
        Some(_) | None => false,
    }
}

fn of_message_events(events: &[Value]) -> Option<Turn> {
    let mut message = Map::new();
    let mut usage = Map::new();
    let mut blocks: Vec<Value> = Vec::new();
    let mut input = String::new();
    for event in events {
        match event["type"].as_str()? {
            "message_start" => message.clone_from(event["message"].as_object()?),
            "content_block_start" => {
                blocks.push(event["content_block"].clone());
                input.clear();
            }
            "content_block_delta" => {
                let block = blocks.last_mut()?.as_object_mut()?;
                let delta = &event["delta"];
                let (member, more) = match delta["type"].as_str()? {
                    "text_delta" => ("text", &delta["text"]),
                    "thinking_delta" => ("thinking", &delta["thinking"]),
                    "signature_delta" => continue,
                    "input_json_delta" => {
                        input.push_str(delta["partial_json"].as_str()?);
                        continue;
                    }
                    _ => return None,
                };
                let whole = text(block.get(member)?) + more.as_str()?;
                block.insert(member.to_owned(), Value::String(whole));
            }
            "content_block_stop" if !input.is_empty() => {
                let block = blocks.last_mut()?.as_object_mut()?;
                block.insert("input".to_owned(), serde_json::from_str(&input).ok()?);
            }
            "message_delta" => message.extend(event["delta"].as_object()?.clone()),
            "content_block_stop" | "message_stop" | "ping" => {}
            _ => return None,
        }
        // Both reports count from the beginning, so the later one replaces the earlier one.
        for told in [&event["message"]["usage"], &event["usage"]] {
            for (name, value) in told.as_object().into_iter().flatten() {
                if !value.is_null() {
                    usage.insert(name.clone(), value.clone());
                }
            }
        }
    }
    message.insert("content".to_owned(), Value::Array(blocks));
    message.insert("usage".to_owned(), Value::Object(usage));
    of_plain_message(&Value::Object(message))
}
