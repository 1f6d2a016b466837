//! Recorded streams as witness. What they say is found a second way, by plain JSON, and compared.

use dialects::StreamError;
use llm::chat::{Block, Citations, Reasoning, Reply, UsageSource};
use serde_json::Value;

use crate::shared::{Stream, streams};
use crate::{Wire, collect, decode, follow_the_grammar};

/// The streams that end in an error of the server's own.
const FAILED: [&str; 3] = [
    "groq/chat.completions/neilberkman-req-llm__454c615e9fcf",
    "groq/chat.completions/pydantic-pydantic-ai__40dd8323d1cd",
    "groq/chat.completions/pydantic-pydantic-ai__fa633fd36e8e",
];

/// Reads every stream and compares it with what `expect` finds in it.
fn all_say(test: &str, wire: Wire, operation: &str, expect: fn(&[Value]) -> Expected) -> usize {
    let Some(streams) = streams(test, operation) else {
        return usize::MAX;
    };
    let mut n_checked = 0;
    for stream in &streams {
        if says(wire, stream, expect) {
            n_checked += 1;
        }
    }
    n_checked
}

fn says(wire: Wire, stream: &Stream, expect: fn(&[Value]) -> Expected) -> bool {
    let name = &stream.name;
    let events = match decode(wire, &stream.data) {
        Ok(events) => events,
        Err(error) => {
            let is_fault = matches!(error, StreamError::Fault(_));
            assert!(
                is_fault && FAILED.contains(&name.as_str()),
                "{name}: {error:?}"
            );
            return false;
        }
    };
    follow_the_grammar(name, &events);
    let reply = collect(events);
    let json: Vec<Value> = stream
        .data
        .iter()
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    assert_eq!(found(&reply), expect(&json), "{name}");
    true
}

/// What a stream says, in plain words.
#[derive(Debug, Default, PartialEq)]
struct Expected {
    text: String,
    reasoning: String,
    /// Names and inputs.
    calls: Vec<(String, Value)>,
    n_citations: usize,
    reason: String,
    /// Input with what was cached, and output.
    tokens: Option<(i64, i64)>,
}

fn found(reply: &Reply) -> Expected {
    let usage = &reply.usage;
    let input = [
        Some(usage.input_uncached),
        usage.cache_read,
        usage.cache_write,
    ];
    let input: i64 = input.into_iter().flatten().map(i64::from).sum();
    let mut found = Expected {
        reason: reply.stop_detail.clone().unwrap().provider_reason,
        tokens: (usage.source == UsageSource::Reported).then_some((input, usage.output.into())),
        ..Expected::default()
    };
    for block in &reply.message.content {
        match block {
            Block::Text(text) => found.text.push_str(text),
            Block::Citations(Citations {
                content, citations, ..
            }) => {
                let texts = content.iter().flatten();
                found
                    .text
                    .extend(texts.filter_map(|piece| piece.text.clone()));
                found.n_citations += citations.iter().flatten().count();
            }
            Block::Reasoning(Reasoning::Text { text, .. }) => found.reasoning.push_str(text),
            Block::ToolUse(call) => {
                let input = serde_json::from_str(call.input.as_str()).unwrap();
                found.calls.push((call.name.clone(), input));
            }
            _ => {}
        }
    }
    found
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn anthropic(events: &[Value]) -> Expected {
    let mut expected = Expected::default();
    let mut input = String::new();
    let mut usage = serde_json::Map::new();
    for event in events {
        let delta = &event["delta"];
        expected.text.push_str(text_of(&delta["text"]));
        expected.reasoning.push_str(text_of(&delta["thinking"]));
        expected.n_citations += usize::from(delta["type"] == "citations_delta");
        let block = &event["content_block"];
        if let Some(name) = block["name"].as_str() {
            expected
                .calls
                .push((name.to_owned(), block["input"].clone()));
            input.clear();
        }
        if let Some(piece) = delta["partial_json"].as_str() {
            input.push_str(piece);
        }
        if event["type"] == "content_block_stop" && !input.is_empty() {
            expected.calls.last_mut().unwrap().1 = serde_json::from_str(&input).unwrap();
            input.clear();
        }
        if let Some(reason) = delta["stop_reason"].as_str() {
            reason.clone_into(&mut expected.reason);
        }
        for told in [&event["usage"], &event["message"]["usage"]] {
            let told = told.as_object().cloned().unwrap_or_default();
            usage.extend(told.into_iter().filter(|(_, tokens)| !tokens.is_null()));
        }
    }
    let tokens = |name| usage.get(name).and_then(Value::as_i64).unwrap_or(0);
    let input = tokens("input_tokens")
        + tokens("cache_read_input_tokens")
        + tokens("cache_creation_input_tokens");
    expected.tokens = Some((input, tokens("output_tokens")));
    expected
}

fn openai(chunks: &[Value]) -> Expected {
    let mut expected = Expected::default();
    let mut calls: Vec<(Value, String, String)> = Vec::new();
    for chunk in chunks {
        if let Some(usage) = chunk["usage"].as_object() {
            let tokens = |name: &str| usage[name].as_i64().unwrap_or(0);
            expected.tokens = Some((tokens("prompt_tokens"), tokens("completion_tokens")));
        }
        let choices = chunk["choices"].as_array().cloned().unwrap_or_default();
        for choice in choices.iter().filter(|choice| choice["index"] == 0) {
            let delta = &choice["delta"];
            expected.text.push_str(text_of(&delta["content"]));
            for part in delta["content"].as_array().into_iter().flatten() {
                expected.text.push_str(text_of(&part["text"]));
                for thought in part["thinking"].as_array().into_iter().flatten() {
                    expected.reasoning.push_str(text_of(&thought["text"]));
                }
            }
            expected.text.push_str(text_of(&delta["refusal"]));
            expected.reasoning.push_str(text_of(&delta["reasoning"]));
            expected.n_citations += delta["annotations"].as_array().map_or(0, Vec::len);
            for piece in delta["tool_calls"].as_array().into_iter().flatten() {
                let function = &piece["function"];
                if !calls.iter().any(|(index, _, _)| *index == piece["index"]) {
                    let name = text_of(&function["name"]).to_owned();
                    calls.push((piece["index"].clone(), name, String::new()));
                }
                let call = calls
                    .iter_mut()
                    .find(|call| call.0 == piece["index"])
                    .unwrap();
                call.2.push_str(text_of(&function["arguments"]));
            }
            if let Some(reason) = choice["finish_reason"].as_str() {
                reason.clone_into(&mut expected.reason);
            }
        }
    }
    let calls = calls.into_iter().map(|(_, name, input)| {
        let input = if input.is_empty() { "{}" } else { &input };
        (name, serde_json::from_str(input).unwrap())
    });
    expected.calls = calls.collect();
    expected
}

#[test]
fn every_recorded_stream_of_anthropics_is_a_reply() {
    let test = "every_recorded_stream_of_anthropics_is_a_reply";
    let n_checked = all_say(test, Wire::Anthropic, "anthropic/messages", anthropic);
    assert!(n_checked == 48 || n_checked == usize::MAX, "{n_checked}");
}

#[test]
fn every_recorded_stream_of_vertexs_claude_is_a_reply() {
    let test = "every_recorded_stream_of_vertexs_claude_is_a_reply";
    let n_checked = all_say(test, Wire::Anthropic, "vertex/streamRawPredict", anthropic);
    assert!(n_checked == 9 || n_checked == usize::MAX, "{n_checked}");
}

#[test]
fn every_recorded_stream_of_openais_is_a_reply() {
    let test = "every_recorded_stream_of_openais_is_a_reply";
    let n_checked = all_say(test, Wire::OpenAi, "openai/chat.completions", openai);
    assert!(n_checked == 37 || n_checked == usize::MAX, "{n_checked}");
}

#[test]
fn every_recorded_stream_of_a_server_that_speaks_openais_format_is_a_reply() {
    let test = "every_recorded_stream_of_a_server_that_speaks_openais_format_is_a_reply";
    for (operation, n_streams) in [
        ("azure-openai/chat.completions", 13),
        ("groq/chat.completions", 21),
        ("mistral/chat.completions", 29),
    ] {
        let n_checked = all_say(test, Wire::OpenAi, operation, openai);
        assert!(
            n_checked == n_streams || n_checked == usize::MAX,
            "{operation}: {n_checked}"
        );
    }
}

#[test]
fn every_recorded_stream_of_bedrocks_in_these_formats_is_a_reply() {
    let test = "every_recorded_stream_of_bedrocks_in_these_formats_is_a_reply";
    let operation = "bedrock-runtime/InvokeModelWithResponseStream";
    let Some(streams) = streams(test, operation) else {
        return;
    };
    let of = |vendor: &str| -> Vec<&Stream> {
        let streams = streams.iter();
        streams
            .filter(|stream| stream.target.contains(vendor))
            .collect()
    };
    let (claudes, gpts) = (of("anthropic.claude"), of("openai.gpt"));
    assert_eq!((claudes.len(), gpts.len()), (29, 4));
    assert!(
        claudes
            .iter()
            .all(|stream| says(Wire::Anthropic, stream, anthropic))
    );
    assert!(gpts.iter().all(|stream| says(Wire::OpenAi, stream, openai)));
}
