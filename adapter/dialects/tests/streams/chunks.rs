//! The chunks that are written, beside those that Bedrock wrote.

use bytes::Bytes;
use dialects::{Rendering, anthropic, openai_chat};
use llm::Ext;
use llm::chat::{BlockStart, Delta, Event, Meta, ReasoningDelta, Role, Stop, StopDetail, Usage};
use serde_json::{Value, json};

use crate::shared::streams;
use crate::{Wire, decode, encode, rendering};

fn texts(chunks: impl IntoIterator<Item = Bytes>) -> Vec<String> {
    let text = |chunk: Bytes| String::from_utf8(chunk.to_vec()).unwrap();
    chunks.into_iter().map(text).collect()
}

/// Whether a recorded event is a piece that says nothing, which is not told.
fn is_empty_piece(chunk: &Value) -> bool {
    let delta = &chunk["delta"];
    let pieces = ["text", "thinking", "partial_json"].map(|name| delta[name].as_str());
    pieces.contains(&Some(""))
}

#[test]
fn the_blocks_of_bedrocks_claude_are_written_as_bedrock_wrote_them() {
    let test = "the_blocks_of_bedrocks_claude_are_written_as_bedrock_wrote_them";
    let operation = "bedrock-runtime/InvokeModelWithResponseStream";
    let Some(streams) = streams(test, operation) else {
        return;
    };
    let mut n_same = 0;
    for stream in streams {
        if !stream.target.contains("anthropic.claude") {
            continue;
        }
        let written = encode(
            Wire::Anthropic,
            decode(Wire::Anthropic, &stream.data).unwrap(),
        );
        let is_of_a_block = |chunk: &&String| chunk.contains(r#"{"type":"content_block_"#);
        let recorded: Vec<&String> = stream
            .data
            .iter()
            .filter(is_of_a_block)
            .filter(|chunk| !is_empty_piece(&serde_json::from_str(chunk).unwrap()))
            .collect();
        let written: Vec<&String> = written.iter().filter(is_of_a_block).collect();
        // A call without a piece of input gets one, which Bedrock's recordings do without.
        let written: Vec<&String> = written
            .into_iter()
            .filter(|chunk| recorded.contains(chunk) || !chunk.contains(r#""partial_json":"{}""#))
            .collect();
        assert_eq!(written, recorded, "{}", stream.name);
        n_same += 1;
    }
    assert_eq!(n_same, 29);
}

#[test]
fn the_chunks_of_bedrocks_gpt_oss_are_written_as_bedrock_wrote_them() {
    let test = "the_chunks_of_bedrocks_gpt_oss_are_written_as_bedrock_wrote_them";
    let operation = "bedrock-runtime/InvokeModelWithResponseStream";
    let Some(streams) = streams(test, operation) else {
        return;
    };
    let mut n_same = 0;
    for stream in streams {
        if !stream.target.contains("openai.gpt-oss") {
            continue;
        }
        let first: Value = serde_json::from_str(&stream.data[0]).unwrap();
        let id = first["id"]
            .as_str()
            .unwrap()
            .strip_prefix("chatcmpl-")
            .unwrap();
        let wants_usage = stream
            .data
            .iter()
            .any(|chunk| chunk.contains(r#""choices":[]"#));
        let mut encoder = openai_chat::StreamEncoder::new(Rendering {
            id: id.to_owned(),
            model: first["model"].as_str().unwrap().to_owned(),
            created_secs: first["created"].as_u64().unwrap(),
            input_tokens_guess: 0,
        })
        .telling_usage(wants_usage);
        let events = decode(Wire::OpenAi, &stream.data).unwrap();
        let written = events
            .into_iter()
            .flat_map(|event| encoder.push(event).unwrap());
        // What the adapter adds, and a tier that Bedrock has no other word for.
        let plain = |chunk: &String| {
            let chunk = chunk.replace(r#","service_tier":"auto""#, "");
            match chunk.split_once(r#","amazon-bedrock-invocationMetrics":"#) {
                Some((before, _)) => format!("{before}}}"),
                None => chunk,
            }
        };
        let recorded: Vec<String> = stream.data.iter().map(plain).flat_map(apart).collect();
        let written: Vec<String> = texts(written);
        assert_eq!(written, recorded, "{}", stream.name);
        n_same += 1;
    }
    assert_eq!(n_same, 4);
}

/// A recorded chunk as this writer writes it: the reason in a chunk of its own, and no piece that says nothing but for the first.
fn apart(chunk: String) -> Vec<String> {
    const REASON: &str = r#""finish_reason":"length""#;
    let json: Value = serde_json::from_str(&chunk).unwrap();
    let delta = &json["choices"][0]["delta"];
    if *delta == json!({"content": ""}) {
        return Vec::new();
    }
    if !chunk.contains(REASON) {
        return vec![chunk];
    }
    let text = chunk.replace(REASON, r#""finish_reason":null"#);
    vec![text, chunk.replace(&delta.to_string(), "{}")]
}

/// A reply of everything that has a form in a stream.
fn told() -> Vec<Event> {
    let deltas = |index, deltas: Vec<Delta>| {
        let mut events: Vec<Event> = deltas
            .into_iter()
            .map(|delta| Event::Delta {
                index,
                delta,
                ext: Ext::default(),
            })
            .collect();
        events.push(Event::BlockStop {
            index,
            ext: Ext::default(),
        });
        events
    };
    let call = |index, id: &str, kind: Option<&str>| Event::BlockStart {
        index,
        start: BlockStart::ToolUse {
            id: id.to_owned(),
            name: "f".to_owned(),
            kind: kind.map(str::to_owned),
            ext: Ext::default(),
        },
        ext: Ext::default(),
    };
    let input = |input: &str| Delta::ToolInput {
        input: input.to_owned(),
        ext: Ext::default(),
    };
    let mut events = vec![Event::Start {
        role: Role::Assistant,
        ext: Ext::default(),
    }];
    let thought = |text: &str| Delta::Reasoning(ReasoningDelta::Text(text.to_owned()));
    let seal = Delta::Reasoning(ReasoningDelta::Signature("seal".to_owned()));
    events.extend(deltas(0, vec![thought("h"), thought("m"), seal]));
    let redacted = ReasoningDelta::Redacted(Bytes::from_static(b"data"));
    events.extend(deltas(1, vec![Delta::Reasoning(redacted)]));
    events.extend(deltas(2, vec![Delta::Text("Hello".to_owned())]));
    events.push(call(3, "s", Some("server_tool_use")));
    events.extend(deltas(3, vec![input("{}")]));
    events.push(call(4, "i", None));
    events.extend(deltas(4, vec![input(r#"{"x":"#), input("1}")]));
    events.push(Event::Stop {
        stop: Stop::StopSequence,
        detail: Some(StopDetail {
            matched: Some("END".to_owned()),
            provider_reason: "stop_sequence".to_owned(),
        }),
        native: None,
        ext: Ext::default(),
    });
    events.push(Event::Meta(Box::new(Meta {
        usage: Usage {
            input_uncached: 5,
            output: 7,
            cache_read: Some(3),
            ..Usage::default()
        },
        ..Meta::default()
    })));
    events
}

#[test]
fn a_stream_of_anthropics_has_every_part_in_its_place() {
    // The forms are those of Bedrock's recorded streams and of Anthropic's reference (streaming messages).
    let expected = [
        r#"{"type":"message_start","message":{"model":"the-model","id":"msg_bdrk_a1b2","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":1}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"h"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"seal"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"data"}}"#,
        r#"{"type":"content_block_stop","index":1}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Hello"}}"#,
        r#"{"type":"content_block_stop","index":2}"#,
        r#"{"type":"content_block_start","index":3,"content_block":{"type":"server_tool_use","id":"s","name":"f","input":{}}}"#,
        r#"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#,
        r#"{"type":"content_block_stop","index":3}"#,
        r#"{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"i","name":"f","input":{}}}"#,
        r#"{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{\"x\":"}}"#,
        r#"{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"1}"}}"#,
        r#"{"type":"content_block_stop","index":4}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"usage":{"input_tokens":5,"cache_read_input_tokens":3,"output_tokens":7}}"#,
        r#"{"type":"message_stop"}"#,
    ];
    assert_eq!(encode(Wire::Anthropic, told()), expected);
}

#[test]
fn a_stream_of_openais_tells_reasoning_in_tags_and_only_the_clients_calls() {
    let deltas: Vec<Value> = encode(Wire::OpenAi, told())
        .iter()
        .map(|chunk| serde_json::from_str::<Value>(chunk).unwrap()["choices"][0]["delta"].clone())
        .collect();
    let call = |function: Value, id: Option<&str>| {
        let mut call = json!({"function": function, "index": 0, "type": "function"});
        if let Some(id) = id {
            call["id"] = id.into();
        }
        json!({"tool_calls": [call]})
    };
    let expected = [
        json!({"content": "", "role": "assistant"}),
        json!({"content": "<reasoning>h</reasoning>"}),
        json!({"content": "<reasoning>m</reasoning>"}),
        json!({"content": "Hello"}),
        call(json!({"arguments": "{\"x\":", "name": "f"}), Some("i")),
        call(json!({"arguments": "1}"}), None),
        json!({}),
    ];
    assert_eq!(deltas, expected);
}

#[test]
fn usage_is_told_where_the_caller_looks_for_it() {
    let last = |encoder: openai_chat::StreamEncoder| -> Vec<Value> {
        let mut encoder = encoder;
        let chunks = told()
            .into_iter()
            .flat_map(|event| encoder.push(event).unwrap());
        let chunks = texts(chunks);
        let last = chunks.iter().skip(6);
        last.map(|chunk| serde_json::from_str(chunk).unwrap())
            .collect()
    };
    let encoder = || openai_chat::StreamEncoder::new(rendering());
    // Where nobody says whether it is wanted, it comes with the end.
    let with_the_end = last(encoder());
    assert_eq!(with_the_end.len(), 1);
    assert_eq!(with_the_end[0]["choices"][0]["finish_reason"], "stop");
    assert_eq!(with_the_end[0]["usage"]["prompt_tokens"], 8);
    let apart = last(encoder().telling_usage(true));
    assert_eq!((apart.len(), &apart[0]["usage"]), (2, &Value::Null));
    assert_eq!(apart[1]["choices"], json!([]));
    assert_eq!(apart[1]["usage"]["completion_tokens"], 7);
    let nowhere = last(encoder().telling_usage(false));
    assert_eq!((nowhere.len(), &nowhere[0]["usage"]), (1, &Value::Null));
}

#[test]
fn events_out_of_order_are_refused() {
    let meta = || Event::Meta(Box::default());
    let end = told().split_off(told().len() - 2);
    for wire in [Wire::Anthropic, Wire::OpenAi] {
        let pushes = |events: Vec<Event>| -> Vec<bool> {
            let mut claude = anthropic::StreamEncoder::new(rendering());
            let mut gpt = openai_chat::StreamEncoder::new(rendering());
            let mut push = |event| match wire {
                Wire::Anthropic => claude.push(event).is_ok(),
                Wire::OpenAi => gpt.push(event).is_ok(),
            };
            events.into_iter().map(&mut push).collect()
        };
        assert_eq!(pushes(vec![meta()]), [false]);
        assert_eq!(
            pushes([end.clone(), vec![meta()]].concat()),
            [true, true, false]
        );
        let late = vec![end[0].clone(), told()[1].clone()];
        assert_eq!(pushes(late), [true, false]);
        let stray = Event::Delta {
            index: 0,
            delta: Delta::ToolInput {
                input: "{}".to_owned(),
                ext: Ext::default(),
            },
            ext: Ext::default(),
        };
        assert_eq!(pushes(vec![told()[0].clone(), stray]), [true, false]);
    }
}
