//! What holds whatever was said: nothing panics, and what is written reads back as what it was.

use std::cell::Cell;

use dialects::openai_chat::{
    Quirks, decode_fault, decode_reply, decode_request, encode_reply, encode_request,
    forward_request, plan,
};
use generated::runtime::types::ConverseTokensRequest;
use llm::chat::{Block, JsonSchema, Message, Request, ToolResultItem};
use llm::{Ext, Json};
use proptest::collection::vec;
use proptest::prelude::{any, prop_oneof};
use proptest::strategy::{BoxedStrategy, Just, Strategy};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use rest_json::{Document, Map, json};
use serde_json::Value;

use crate::rendering;

/// So many cases of each law keep the whole file to seconds in a debug build.
fn config(cases: u32) -> Config {
    Config {
        cases,
        max_shrink_iters: 2000,
        failure_persistence: None,
        ..Config::default()
    }
}

/// Makes sure that the bytes are JSON. Not by `serde_json`, which takes `1e400` for none.
#[track_caller]
fn valid(bytes: &[u8]) {
    json::from_slice::<Document>(bytes).unwrap();
}

/// Reads the bytes in every way there is, and writes what could be read.
fn read_in_every_way(bytes: &[u8]) {
    if let Ok(request) = decode_request(bytes) {
        for quirks in [Quirks::OPENAI, Quirks::COMPATIBLE] {
            let sent = encode_request(&quirks, "o3", &request, true);
            valid(&sent);
        }
    }
    if let Ok(reply) = decode_reply(bytes) {
        valid(&encode_reply(&reply, &rendering()));
    }
    for status in [200, 400, 500] {
        decode_fault(status, bytes);
    }
    for stream in [true, false] {
        if let Ok(sent) = forward_request(&Quirks::OPENAI, bytes, "m", stream) {
            let members: Map<Document> = json::from_slice(&sent.body).unwrap();
            assert_eq!(members.get("model").unwrap().as_str(), "\"m\"");
        }
    }
}

#[test]
fn no_bytes_panic() {
    TestRunner::new(config(512))
        .run(&vec(any::<u8>(), 0..200), |bytes| {
            read_in_every_way(&bytes);
            Ok(())
        })
        .unwrap();
}

/// JSON made of the words of this format, put together without sense.
fn nonsense() -> BoxedStrategy<Value> {
    let words = [
        "text",
        "image_url",
        "file",
        "input_audio",
        "function",
        "custom",
        "auto",
        "required",
        "json_schema",
        "user",
        "assistant",
        "system",
        "tool",
        "error",
        "stop",
        "",
        "data:image/png;base64,AA==",
        "https://example.com/a",
        "{\"a\":1}",
        "null",
    ];
    let names = [
        "messages",
        "role",
        "content",
        "type",
        "text",
        "image_url",
        "url",
        "file",
        "file_data",
        "tool_calls",
        "tool_call_id",
        "id",
        "function",
        "name",
        "arguments",
        "tools",
        "parameters",
        "tool_choice",
        "response_format",
        "json_schema",
        "schema",
        "strict",
        "stop",
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "choices",
        "message",
        "index",
        "finish_reason",
        "usage",
        "prompt_tokens",
        "error",
        "code",
        "metadata",
        "raw",
        "annotations",
        "url_citation",
        "start_index",
        "end_index",
        "refusal",
        "reasoning",
        "stream",
        "stream_options",
        "include_usage",
        "model",
        "input_audio",
        "data",
        "format",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        proptest::sample::select(words.to_vec()).prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 96, 6, move |inner| {
        let member = (proptest::sample::select(names.to_vec()), inner.clone());
        prop_oneof![
            vec(inner, 0..4).prop_map(Value::from),
            vec(member, 0..6).prop_map(|members| {
                let members = members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                Value::Object(members.collect())
            }),
        ]
    })
    .boxed()
}

#[test]
fn no_nonsense_panics() {
    let nonsense = nonsense();
    TestRunner::new(config(768))
        .run(&(nonsense.clone(), nonsense.clone(), nonsense), |(one, two, three)| {
            for body in [
                serde_json::json!({"messages": [{"role": "user", "content": [one]}, {"role": "assistant", "tool_calls": [two]}], "tools": [three]}),
                serde_json::json!({"messages": [one], "response_format": two, "tool_choice": three}),
                serde_json::json!({"messages": [], "x": {"y": one}, "stop": two, "stream_options": three}),
                serde_json::json!({"choices": [{"message": one, "finish_reason": "stop"}], "usage": two, "x_groq": three}),
                serde_json::json!({"choices": [{"message": {"content": "text", "annotations": [one], "tool_calls": [two]}}]}),
                serde_json::json!({"error": one, "code": two, "message": three}),
                one.clone(),
            ] {
                read_in_every_way(&serde_json::to_vec(&body).unwrap());
            }
            Ok(())
        })
        .unwrap();
}

/// A request of Converse, whatever it says.
fn converse(input: &ConverseTokensRequest) -> Option<Request> {
    dialects::converse::decode_count_request(input.clone()).ok()
}

/// The members in their order without white space between them; `null` is absent, and an object of nothing is no extra.
fn settled_extra(extra: &Json) -> Json {
    let members: Map<Document> = json::from_slice(extra.as_str().as_bytes()).unwrap();
    let members = members.iter().filter(|(_, value)| value.as_str() != "null");
    let members: Vec<String> = members
        .map(|(name, value)| format!("{name:?}:{}", value.as_str()))
        .collect();
    Json::from_text(members.join(","))
}

/// The planned request as it reads back, where the two forms say the same in different ways.
fn settled(mut request: Request) -> Request {
    request.dialect = None;
    request.family = None;
    // Answered by the gateway, and no part of the body.
    request.response_paths = None;
    request.metadata = None;
    request.prompt_variables = None;
    request.performance = None;
    if request.system.as_ref().is_some_and(Vec::is_empty) {
        request.system = None;
    }
    request.extra = request.extra.as_ref().map(settled_extra);
    request.extra = request.extra.filter(|extra| !extra.as_str().is_empty());
    if let Some(inference) = &mut request.inference {
        // Which of the two names the limit has.
        inference.ext = Ext::default();
        if inference.stop.as_ref().is_some_and(Vec::is_empty) {
            inference.stop = None;
        }
    }
    request.inference = request
        .inference
        .filter(|found| *found != Default::default());
    request.tools = request.tools.filter(|tools| !tools.items.is_empty());
    request.output = request.output.filter(|output| output.text.is_some());
    let format = request
        .output
        .as_mut()
        .and_then(|output| output.text.as_mut());
    if let Some(JsonSchema::Schema { name, .. }) = format.map(|format| &mut format.schema) {
        // The name that an output without one gets.
        name.get_or_insert("response".to_owned());
    }
    request.messages.get_or_insert_default();
    for message in request.messages.iter_mut().flatten() {
        for block in &mut message.content {
            if let Block::ToolResult(result) = block {
                // Nothing and an empty text are the same on the wire.
                result
                    .content
                    .retain(|item| !matches!(item, ToolResultItem::Text(text) if text.is_empty()));
            }
        }
    }
    request
}

/// What is written of the request as planned reads back as it was planned; false where it could not be carried at all.
fn reads_back(quirks: &Quirks, model: &str, request: Request) -> Result<bool, TestCaseError> {
    let planned = plan(quirks, model, &request);
    let body = |request: &Request| encode_request(quirks, model, request, false);
    if !planned.rejects.is_empty() {
        // What cannot be said is never sent, and must not break anything either.
        valid(&body(&request));
        return Ok(false);
    }
    let planned = planned.request.unwrap_or(request);
    let sent = body(&planned);
    let again = decode_request(&sent).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let (found, expected) = (settled(again), settled(planned));
    if found == expected {
        return Ok(true);
    }
    let sent = String::from_utf8_lossy(&sent);
    let reason = format!("{found:#?}\nis not\n{expected:#?}\n{sent}");
    Err(TestCaseError::fail(reason))
}

#[test]
fn whatever_converse_says_reads_back_as_it_was_planned() {
    TestRunner::new(config(384))
        .run(&any::<ConverseTokensRequest>(), |input| {
            if let Some(request) = converse(&input) {
                reads_back(&Quirks::OPENAI, "gpt-4o", request)?;
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_this_format_can_carry_reads_back_as_it_was_planned() {
    for (quirks, model) in [
        (Quirks::OPENAI, "gpt-4o"),
        (Quirks::OPENAI, "o3"),
        (Quirks::COMPATIBLE, "m"),
    ] {
        let n_carried = Cell::new(0);
        TestRunner::new(config(256))
            .run(&crate::said::request(), |request| {
                let is_carried = reads_back(&quirks, model, request)?;
                n_carried.set(n_carried.get() + i32::from(is_carried));
                Ok(())
            })
            .unwrap();
        println!("{n_carried:?} of 256 requests could be carried to {model}");
        assert!(n_carried.get() > 16, "only {n_carried:?} could be carried");
    }
}

#[test]
fn any_request_is_written_as_json_even_unplanned() {
    TestRunner::new(config(384))
        .run(&any::<ConverseTokensRequest>(), |input| {
            let Some(mut request) = converse(&input) else {
                return Ok(());
            };
            for dialect in [None, Some(dialects::openai_chat::DIALECT)] {
                request.dialect = dialect;
                for quirks in [Quirks::OPENAI, Quirks::COMPATIBLE] {
                    let sent = encode_request(&quirks, "m", &request, true);
                    valid(&sent);
                }
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn an_extra_that_is_no_object_is_not_written() {
    for extra in ["1", "[]", "\"a\"", "null"] {
        let request = Request {
            messages: Some(Vec::<Message>::new()),
            extra: Some(Json::from_text(extra)),
            ..Request::default()
        };
        let sent = encode_request(&Quirks::COMPATIBLE, "m", &request, false);
        assert_eq!(sent, br#"{"model":"m","messages":[]}"#, "{extra}");
    }
}
