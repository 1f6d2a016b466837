//! Whatever comes, in whatever order, nothing panics: readers give events that follow the grammar or say that they cannot, writers
//! give JSON or say that the events are out of order.

use dialects::converse::{Grammar, events};
use dialects::{anthropic, mistral_text, openai_chat};
use llm::chat::Event;
use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Strategy, any, prop_oneof};
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::replies::replies;
use crate::{Wire, config, rendering};

/// Pushes as far as the reader goes along.
fn read(wire: Wire, data: &[String]) -> Vec<Event> {
    let mut read = Vec::new();
    let mut push = |told: Result<Vec<Event>, _>| match told {
        Ok(told) => {
            read.extend(told);
            true
        }
        Err(_) => false,
    };
    match wire {
        Wire::Anthropic => {
            let mut decoder = anthropic::StreamDecoder::new().keeping_native();
            let _went_along =
                data.iter().all(|data| push(decoder.push(data))) && push(decoder.finish());
        }
        Wire::OpenAi => {
            let mut decoder = openai_chat::StreamDecoder::new().keeping_native();
            let _went_along =
                data.iter().all(|data| push(decoder.push(data))) && push(decoder.finish());
        }
    }
    read
}

fn follows_the_grammar(events: Vec<Event>) {
    let mut grammar = Grammar::new();
    for event in events {
        assert_eq!(grammar.push(event.clone()).unwrap(), [event]);
    }
}

/// Texts that are the format's, nearly the format's, or anything.
fn data(wire: Wire) -> BoxedStrategy<String> {
    prop_oneof![
        6 => select(pieces(wire)).prop_map(str::to_owned),
        1 => (select(pieces(wire)), any::<Index>()).prop_map(|(piece, cut)| {
            let at = cut.index(piece.len());
            piece.get(..at).unwrap_or_default().to_owned()
        }),
        1 => ".{0,12}",
    ]
    .boxed()
}

/// Pieces of a stream, right, wrong and strange.
fn pieces(wire: Wire) -> &'static [&'static str] {
    match wire {
        Wire::Anthropic => &[
            r#"{"type":"message_start","message":{"usage":{"input_tokens":3,"output_tokens":1}}}"#,
            r#"{"type":"message_start"}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}"#,
            r#"{"type":"content_block_start","index":9,"content_block":{"type":"thinking"}}"#,
            r#"{"type":"content_block_start","content_block":{"type":"redacted_thinking","data":"d"}}"#,
            r#"{"type":"content_block_start","content_block":{"type":"tool_use","id":"i","name":"n","input":{}}}"#,
            r#"{"type":"content_block_start","content_block":{"type":"server_tool_use","id":"s","name":"n","input":{"a":1}}}"#,
            r#"{"type":"content_block_start","content_block":{"type":"web_search_tool_result","tool_use_id":"s","content":[]}}"#,
            r#"{"type":"content_block_start","content_block":{"type":"hologram"}}"#,
            r#"{"type":"content_block_start","content_block":{}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"b"}}"#,
            r#"{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"t"}}"#,
            r#"{"type":"content_block_delta","delta":{"type":"signature_delta","signature":"s"}}"#,
            r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}"#,
            r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"1}"}}"#,
            r#"{"type":"content_block_delta","delta":{"type":"citations_delta","citation":{"type":"char_location"}}}"#,
            r#"{"type":"content_block_delta","delta":{"type":"citations_delta","citation":5}}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}"#,
            r#"{"type":"message_delta","usage":{"output_tokens":-7,"input_tokens":99999999999}}"#,
            r#"{"type":"message_stop"}"#,
        ],
        Wire::OpenAi => &[
            r#"{"choices":[],"prompt_filter_results":[]}"#,
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"text":"t"}]},{"type":"hologram"}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"\ud83d"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"\ude00"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"reasoning":"r","reasoning_content":"r"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"refusal":"no"}}]}"#,
            r#"{"choices":[{"index":1,"delta":{"content":"other"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"i","function":{"name":"f","arguments":""}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"j","function":{"name":"g"}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}},{"index":1,"function":{"arguments":"{"}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"} "}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"function":{"name":"h","arguments":{"b":2}}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"id":"i","function":{"name":"","arguments":"null"}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"function_call":{"name":"f","arguments":"{}"}}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"annotations":[{"url_citation":{"url":"u"}},5]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"z"},"finish_reason":"length"}]}"#,
            r#"{"choices":[{"finish_reason":"error"}]}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}"#,
            "[DONE]",
        ],
    }
}

#[test]
fn whatever_comes_the_events_follow_the_grammar() {
    for wire in [Wire::Anthropic, Wire::OpenAi] {
        TestRunner::new(config(2048))
            .run(&vec(data(wire), 0..24), |data| {
                follows_the_grammar(read(wire, &data));
                Ok(())
            })
            .unwrap();
    }
}

/// What each writer makes of the events, as far as it goes along.
fn write(events: &[Event]) -> Vec<Vec<u8>> {
    let mut written: Vec<Vec<u8>> = Vec::new();
    let mut claude = anthropic::StreamEncoder::new(rendering());
    let mut gpt = openai_chat::StreamEncoder::new(rendering()).telling_usage(true);
    let mut mistral = mistral_text::StreamEncoder::new(rendering());
    for event in events {
        let chunks = [
            claude.push(event.clone()),
            gpt.push(event.clone()),
            mistral.push(event.clone()),
        ];
        let chunks = chunks.into_iter().filter_map(Result::ok).flatten();
        written.extend(chunks.map(|chunk| chunk.to_vec()));
    }
    written
}

#[test]
fn whatever_is_told_the_chunks_are_json() {
    let told = (
        replies(Wire::Anthropic),
        replies(Wire::OpenAi),
        vec(any::<Index>(), 0..32),
    );
    let told = told.prop_map(|(one, other, order)| {
        let told: Vec<Event> = [one, other]
            .into_iter()
            .filter_map(|reply| events(reply).ok())
            .flatten()
            .collect();
        let order = order.iter().filter(|_| !told.is_empty());
        order
            .map(|index| index.get(&told).clone())
            .collect::<Vec<_>>()
    });
    TestRunner::new(config(1024))
        .run(&told, |events| {
            for chunk in write(&events) {
                let value: Value = serde_json::from_slice(&chunk).unwrap();
                assert!(value.is_object());
            }
            Ok(())
        })
        .unwrap();
}
