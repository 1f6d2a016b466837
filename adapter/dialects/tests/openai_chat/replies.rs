//! Whole replies, case by case.

use dialects::openai_chat::{decode_reply, encode_reply};
use dialects::{Error, StreamError};
use llm::chat::{Block, Location, Message, Reply, Role, Stop, Usage, UsageSource};
use llm::{Ext, Json, Kind};
use serde_json::{Value, json};

use crate::rendering;

fn decode(body: &Value) -> Reply {
    decode_reply(&serde_json::to_vec(body).unwrap()).unwrap()
}

/// A reply of that message which ended for that reason.
fn of_message(message: &Value, finish_reason: &str) -> Reply {
    decode(&json!({
        "id": "chatcmpl-1",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
    }))
}

/// A reply whose calls have those functions.
fn of_calls(functions: &[Value], finish_reason: &str) -> Reply {
    let call = |function| json!({"id": "call_0", "type": "function", "function": function});
    let calls: Vec<Value> = functions.iter().map(call).collect();
    of_message(
        &json!({"content": "text", "tool_calls": calls}),
        finish_reason,
    )
}

/// The ids and the inputs of the calls.
fn calls(reply: &Reply) -> Vec<(&str, &str)> {
    let blocks = reply.message.content.iter();
    blocks
        .filter_map(|block| match block {
            Block::ToolUse(call) => Some((call.id.as_str(), call.input.as_str())),
            _ => None,
        })
        .collect()
}

fn usage(usage: &Value) -> Usage {
    decode(&json!({"choices": [{"message": {}, "finish_reason": "stop"}], "usage": usage})).usage
}

#[test]
fn the_choice_of_index_0_is_the_reply_wherever_it_stands() {
    let reply = decode(&json!({"choices": [
        {"index": 1, "message": {"content": "one"}, "finish_reason": "stop"},
        {"index": 0, "message": {"content": "zero"}, "finish_reason": "length"},
    ]}));
    assert_eq!(reply.message.content, [Block::Text("zero".to_owned())]);
    assert_eq!(reply.stop, Stop::MaxTokens);
}

#[test]
fn a_call_without_arguments_has_an_empty_object() {
    for function in [
        json!({"name": "f", "arguments": ""}),
        json!({"name": "f", "arguments": "null"}),
        json!({"name": "f", "arguments": null}),
        json!({"name": "f"}),
    ] {
        let reply = of_calls(std::slice::from_ref(&function), "tool_calls");
        assert_eq!(calls(&reply), [("call_0", "{}")], "{function}");
    }
}

#[test]
fn arguments_keep_their_text() {
    let input = r#"{"z": 1.10, "a": 1E2, "n": 123456789012345678901234567890, "t": "\u00e9"}"#;
    let reply = of_calls(&[json!({"name": "f", "arguments": input})], "tool_calls");
    assert_eq!(calls(&reply), [("call_0", input)]);
    let encoded: Value = serde_json::from_slice(&encode_reply(&reply, &rendering())).unwrap();
    let call = &encoded["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(call["function"]["arguments"], input);
}

#[test]
fn arguments_that_are_an_object_are_the_input() {
    let body = br#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":{"b": 1.0}}}]},"finish_reason":"stop"}]}"#;
    let reply = decode_reply(body).unwrap();
    assert_eq!(calls(&reply), [("a", r#"{"b": 1.0}"#)]);
    assert_eq!(reply.stop, Stop::ToolUse, "whatever the server calls it");
}

#[test]
fn a_call_whose_arguments_are_not_json_is_dropped_and_the_stop_says_so() {
    let broken = json!({"name": "f", "arguments": "{\"a\": tru"});
    let reply = of_calls(std::slice::from_ref(&broken), "tool_calls");
    assert_eq!(reply.message.content, [Block::Text("text".to_owned())]);
    assert_eq!(reply.stop, Stop::MalformedToolUse);
    // Where the limit cut them, the limit is the reason.
    let reply = of_calls(&[broken], "length");
    assert_eq!(calls(&reply), []);
    assert_eq!(reply.stop, Stop::MaxTokens);
}

#[test]
fn ids_are_kept_where_clients_can_repeat_them_and_differ_within_an_answer() {
    let function = json!({"name": "f", "arguments": "{}"});
    let reply = of_calls(
        &[function.clone(), function.clone(), function.clone()],
        "stop",
    );
    let ids: Vec<&str> = calls(&reply).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids[0], "call_0");
    for id in &ids[1..] {
        let made = id.strip_prefix("tooluse_").unwrap();
        assert_eq!(made.len(), 22);
        assert!(made.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
    assert_ne!(ids[1], ids[2]);
    let again = of_calls(&[function.clone(), function.clone(), function], "stop");
    assert_eq!(
        calls(&reply),
        calls(&again),
        "the same answer has the same ids"
    );
}

#[test]
fn an_id_that_clients_cannot_repeat_is_made_anew() {
    for id in ["", "a b", "é", &"x".repeat(65)] {
        let call = json!({"id": id, "function": {"name": "f", "arguments": "{}"}});
        let reply = of_message(&json!({"tool_calls": [call]}), "tool_calls");
        assert!(calls(&reply)[0].0.starts_with("tooluse_"), "{id}");
    }
}

#[test]
fn a_refusal_is_text_and_the_stop_says_that_it_was_filtered() {
    let message = json!({"content": null, "refusal": "I can't."});
    let reply = of_message(&message, "stop");
    assert_eq!(reply.message.content, [Block::Text("I can't.".to_owned())]);
    assert_eq!(reply.stop, Stop::ContentFiltered);
    let reply = of_message(&json!({"content": "par"}), "content_filter");
    assert_eq!(reply.stop, Stop::ContentFiltered);
}

#[test]
fn every_reason_has_its_stop() {
    for (reason, stop) in [
        ("stop", Stop::EndTurn),
        ("length", Stop::MaxTokens),
        ("model_length", Stop::ContextWindowExceeded),
        ("tool_calls", Stop::ToolUse),
        ("tool_call", Stop::ToolUse),
        ("function_call", Stop::ToolUse),
        ("content_filter", Stop::ContentFiltered),
        ("a word of tomorrow", Stop::EndTurn),
    ] {
        let reply = of_message(&json!({"content": "a"}), reason);
        assert_eq!(reply.stop, stop, "{reason}");
        assert_eq!(reply.stop_detail.unwrap().provider_reason, reason);
    }
}

#[test]
fn the_stop_sequence_that_vllm_tells_is_in_the_detail() {
    let choice = |matched: Value| json!({"choices": [{"message": {"content": "a"}, "finish_reason": "stop", "stop_reason": matched}]});
    let reply = decode(&choice(json!("END")));
    assert_eq!(reply.stop, Stop::StopSequence);
    assert_eq!(reply.stop_detail.unwrap().matched.as_deref(), Some("END"));
    // The number of a token is the end of the turn.
    assert_eq!(decode(&choice(json!(128009))).stop, Stop::EndTurn);
}

#[test]
fn a_reply_that_the_server_could_not_finish_is_a_fault() {
    let body = |reason: &str| {
        let choice = json!({"message": {"content": "a"}, "finish_reason": reason});
        serde_json::to_vec(&json!({ "choices": [choice] })).unwrap()
    };
    for (reason, kind) in [
        ("insufficient_system_resource", Kind::Overloaded),
        ("error", Kind::UpstreamInternal),
    ] {
        let Err(StreamError::Fault(fault)) = decode_reply(&body(reason)) else {
            panic!("{reason} is a fault");
        };
        assert_eq!(fault.kind, kind);
    }
}

#[test]
fn an_error_inside_an_answer_of_200_is_a_fault() {
    for (body, kind) in [
        // OpenAI
        (
            json!({"error": {"message": "The server is overloaded", "type": "server_error"}}),
            Kind::Overloaded,
        ),
        // OpenRouter
        (
            json!({"error": {"message": "Provider returned error", "code": 429}}),
            Kind::RateLimited,
        ),
        (
            json!({"choices": [{"error": {"message": "down", "code": 502}, "finish_reason": "error"}]}),
            Kind::Overloaded,
        ),
        // vLLM
        (
            json!({"object": "error", "message": "This model's maximum context length is 5 tokens", "code": 400}),
            Kind::ContextTooLong,
        ),
    ] {
        let found = decode_reply(&serde_json::to_vec(&body).unwrap());
        let Err(StreamError::Fault(fault)) = found else {
            panic!("{body} is a fault, not {found:?}");
        };
        assert_eq!(fault.kind, kind, "{body}");
    }
    let without: Result<Reply, StreamError> = decode_reply(b"{}");
    assert!(matches!(
        without,
        Err(StreamError::Malformed(Error::Body { .. }))
    ));
}

#[test]
fn reasoning_comes_first_whatever_it_is_called() {
    for message in [
        json!({"content": "a", "reasoning": "r"}),
        json!({"content": "a", "reasoning_content": "r"}),
        json!({"content": "a", "reasoning": "r", "reasoning_content": "r"}),
        json!({"content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": "r"}]},
            {"type": "text", "text": "a"},
        ]}),
    ] {
        let reply = of_message(&message, "stop");
        let [Block::Reasoning(reasoning), Block::Text(text)] = &*reply.message.content else {
            panic!("{message}: {:?}", reply.message.content);
        };
        assert_eq!(text, "a");
        let expected = llm::chat::Reasoning::Text {
            text: "r".to_owned(),
            signature: None,
            ext: Ext::default(),
        };
        assert_eq!(*reasoning, expected);
        let encoded: Value = serde_json::from_slice(&encode_reply(&reply, &rendering())).unwrap();
        let content = &encoded["choices"][0]["message"]["content"];
        assert_eq!(content, "<reasoning>r</reasoning>a");
    }
}

#[test]
fn usage_is_split_into_what_was_cached_and_what_was_not() {
    let found = usage(&json!({
        "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
    }));
    assert_eq!((found.input_uncached, found.output), (30, 20));
    assert_eq!((found.cache_read, found.cache_write), (Some(60), Some(10)));
    assert_eq!((found.total_reported, found.total()), (None, 120));
}

#[test]
fn more_cached_tokens_than_tokens_are_no_negative_number() {
    let found = usage(&json!({
        "prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11,
        "prompt_tokens_details": {"cached_tokens": 64},
    }));
    assert_eq!((found.input_uncached, found.cache_read), (0, Some(64)));
    assert_eq!(found.total(), 11);
}

#[test]
fn deepseek_tells_hits_and_misses() {
    let found = usage(&json!({
        "prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105,
        "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36,
    }));
    assert_eq!((found.input_uncached, found.cache_read), (36, Some(64)));
}

#[test]
fn reasoning_that_the_output_does_not_count_is_added_where_the_total_shows_it() {
    // What grok-3-mini told: 12 + 1 + 386.
    let apart = json!({
        "prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 399,
        "completion_tokens_details": {"reasoning_tokens": 386},
    });
    assert_eq!((usage(&apart).output, usage(&apart).total()), (387, 399));
    // OpenAI counts them among the output: 12 + 387.
    let within = json!({
        "prompt_tokens": 12, "completion_tokens": 387, "total_tokens": 399,
        "completion_tokens_details": {"reasoning_tokens": 386},
    });
    assert_eq!((usage(&within).output, usage(&within).total()), (387, 399));
}

#[test]
fn numbers_out_of_range_saturate_and_what_is_no_number_is_absent() {
    let found =
        usage(&json!({"prompt_tokens": 1e300, "completion_tokens": 12.0, "total_tokens": "12"}));
    assert_eq!((found.input_uncached, found.output), (i32::MAX, 12));
    assert_eq!(usage(&Value::Null).source, UsageSource::Missing);
}

#[test]
fn groq_tells_usage_in_a_place_of_its_own() {
    let reply = decode(&json!({
        "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}],
        "x_groq": {"usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}},
    }));
    assert_eq!((reply.usage.input_uncached, reply.usage.output), (3, 4));
}

#[test]
fn half_a_character_does_not_spoil_an_answer() {
    let body = br#"{"choices":[{"message":{"content":"a\ud83d b\\ud83d \ud83d\ude00"},"finish_reason":"stop"}]}"#;
    let reply = decode_reply(body).unwrap();
    let text = "a\u{fffd} b\\ud83d \u{1f600}".to_owned();
    assert_eq!(reply.message.content, [Block::Text(text)]);
}

#[test]
fn web_citations_divide_the_text() {
    let text = "Né in Paris. Done.";
    let cited = |begin, end, url| {
        let citation = json!({"start_index": begin, "end_index": end, "url": url, "title": "T"});
        json!({"type": "url_citation", "url_citation": citation})
    };
    let annotations = json!([
        cited(6, 11, "https://b.example/x"),
        cited(6, 11, "https://c.example"),
        cited(0, 2, "https://a.example"),
        cited(40, 50, "https://d.example"),
    ]);
    let message = json!({"content": text, "annotations": annotations});
    let reply = of_message(&message, "stop");
    let pieces: Vec<(String, Vec<String>)> = (reply.message.content.iter())
        .map(|block| match block {
            Block::Text(text) => (text.clone(), Vec::new()),
            Block::Citations(citations) => {
                let text = citations.content.iter().flatten();
                let domains = citations.citations.iter().flatten();
                let domain = |citation: &llm::chat::Citation| match &citation.location {
                    Some(Location::Web(web)) => web.domain.clone().unwrap(),
                    other => panic!("{other:?}"),
                };
                (
                    text.filter_map(|piece| piece.text.clone()).collect(),
                    domains.map(domain).collect(),
                )
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let piece = |text: &str, domains: &[&str]| {
        let domains = domains.iter().map(|domain| (*domain).to_owned());
        (text.to_owned(), domains.collect::<Vec<_>>())
    };
    assert_eq!(
        pieces,
        [
            piece("Né", &["a.example"]),
            piece(" in ", &[]),
            piece("Paris", &["b.example", "c.example"]),
            piece(". Done.", &[]),
            piece("", &["d.example"]),
        ]
    );
    let encoded: Value = serde_json::from_slice(&encode_reply(&reply, &rendering())).unwrap();
    let message = &encoded["choices"][0]["message"];
    assert_eq!(message["content"], text);
    assert_eq!(message["annotations"][1]["url_citation"]["start_index"], 6);
    assert_eq!(message["annotations"][1]["url_citation"]["end_index"], 11);
}

#[test]
fn annotations_that_are_not_understood_cost_nothing_of_the_text() {
    for annotations in [
        json!([]),
        json!({"a": 1}),
        json!([{"type": "file_citation"}]),
        json!([1]),
    ] {
        let message = json!({"content": "text", "annotations": annotations});
        let reply = of_message(&message, "stop");
        assert_eq!(reply.message.content, [Block::Text("text".to_owned())]);
    }
}

#[test]
fn a_reply_is_rendered_as_bedrock_renders_it() {
    let reply = Reply {
        message: Message {
            role: Role::Assistant,
            content: vec![
                Block::Text("Hello ".to_owned()),
                Block::Text("there".to_owned()),
                Block::ToolUse(llm::chat::ToolUse {
                    id: "tooluse_1".to_owned(),
                    name: "f".to_owned(),
                    input: Json::from_text(r#"{ "a":1.0 }"#),
                    kind: Some("tool_use".to_owned()),
                    ext: Ext::default(),
                }),
                Block::ToolUse(llm::chat::ToolUse {
                    id: "tooluse_2".to_owned(),
                    name: "search".to_owned(),
                    input: Json::from_text("{}"),
                    kind: Some("server_tool_use".to_owned()),
                    ext: Ext::default(),
                }),
            ],
            ext: Ext::default(),
        },
        stop: Stop::ToolUse,
        stop_detail: None,
        usage: Usage {
            input_uncached: 5,
            output: 7,
            cache_read: Some(2),
            ..Usage::default()
        },
        latency: None,
        native: None,
        trace: None,
        performance: None,
        tier: None,
        ext: Ext::default(),
    };
    let expected = concat!(
        r#"{"choices":[{"finish_reason":"tool_calls","index":0,"logprobs":null,"message":"#,
        r#"{"content":"Hello there","refusal":null,"role":"assistant","tool_calls":["#,
        r#"{"function":{"arguments":"{ \"a\":1.0 }","name":"f"},"id":"tooluse_1","type":"function"}]}}],"#,
        r#""created":1700000000,"id":"chatcmpl-call-1","model":"a-model","object":"chat.completion","#,
        r#""usage":{"completion_tokens":7,"prompt_tokens":7,"#,
        r#""prompt_tokens_details":{"cached_tokens":2},"total_tokens":14}}"#,
    );
    let found = String::from_utf8(encode_reply(&reply, &rendering())).unwrap();
    assert_eq!(found, expected);
}
