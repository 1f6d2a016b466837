//! What servers of OpenAI's format do in their streams beside calls.

use dialects::StreamError;
use dialects::openai_chat::StreamDecoder;
use llm::Kind;
use llm::chat::{Event, Stop, UsageSource};

use crate::{Wire, decode, follow_the_grammar, reply, said};

const BEGIN: &str = r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#;
const HELLO: &str = r#"{"choices":[{"index":0,"delta":{"content":"Hello"}}]}"#;
const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const USAGE: &str =
    r#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}"#;
const DONE: &str = "[DONE]";

/// What the stream says, block by block.
#[track_caller]
fn check(data: &[&str], expected: &[&str]) {
    assert_eq!(said(&reply(Wire::OpenAi, data)), expected);
}

#[track_caller]
fn fault(data: &[&str]) -> dialects::Fault {
    match decode(Wire::OpenAi, data) {
        Err(StreamError::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

fn content(text: &str) -> String {
    format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}"#)
}

#[test]
fn usage_behind_the_reason_is_told_with_the_end() {
    let events = decode(Wire::OpenAi, &[BEGIN, HELLO, STOP, USAGE, DONE]).unwrap();
    let Some(Event::Meta(meta)) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!((meta.usage.input_uncached, meta.usage.output), (5, 7));
    assert_eq!(meta.usage.source, UsageSource::Reported);
    let n_ends = events
        .iter()
        .filter(|event| matches!(event, Event::Stop { .. }))
        .count();
    assert_eq!(n_ends, 1);
}

#[test]
fn a_stream_without_usage_is_whole_and_says_that_it_is_missing() {
    let reply = reply(Wire::OpenAi, &[BEGIN, HELLO, STOP, DONE]);
    assert_eq!(reply.usage.source, UsageSource::Missing);
    assert_eq!((reply.usage.input_uncached, reply.usage.output), (0, 0));
}

#[test]
fn of_several_reports_of_usage_the_last_counts() {
    let first = r#"{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":5,"completion_tokens":1}}"#;
    let none = r#"{"choices":[{"index":0,"delta":{"content":"b"}}],"usage":null}"#;
    let reply = reply(Wire::OpenAi, &[first, USAGE, none, STOP, DONE]);
    assert_eq!((reply.usage.input_uncached, reply.usage.output), (5, 7));
}

#[test]
fn groqs_own_member_tells_usage() {
    let last = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"r","usage":{"prompt_tokens":2,"completion_tokens":3}}}"#;
    let reply = reply(Wire::OpenAi, &[BEGIN, HELLO, last, DONE]);
    assert_eq!((reply.usage.input_uncached, reply.usage.output), (2, 3));
}

#[test]
fn azures_first_chunk_says_nothing() {
    let first = r#"{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}"#;
    assert_eq!(StreamDecoder::new().push(first), Ok(Vec::new()));
    check(&[first, BEGIN, HELLO, STOP, DONE], &["text Hello"]);
}

#[test]
fn content_in_the_chunk_of_the_reason_is_told() {
    let last = r#"{"choices":[{"index":0,"delta":{"content":" world"},"finish_reason":"stop"}]}"#;
    check(&[BEGIN, HELLO, last, DONE], &["text Hello world"]);
}

#[test]
fn the_end_of_the_connection_behind_a_reason_is_the_end_of_the_reply() {
    check(&[BEGIN, HELLO, STOP], &["text Hello"]);
}

#[test]
fn the_end_of_the_connection_without_a_reason_is_a_cut() {
    assert_eq!(
        decode(Wire::OpenAi, &[BEGIN, HELLO]),
        Err(StreamError::Truncated)
    );
    assert_eq!(
        decode::<&str>(Wire::OpenAi, &[]),
        Err(StreamError::Truncated)
    );
    // Said to be done, but not why: never taken for a finished text.
    assert_eq!(
        decode(Wire::OpenAi, &[BEGIN, HELLO, DONE]),
        Err(StreamError::Truncated)
    );
}

#[test]
fn a_stream_that_is_done_after_whole_calls_stops_for_the_calls() {
    let call = r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}}]}"#;
    assert_eq!(reply(Wire::OpenAi, &[call, DONE]).stop, Stop::ToolUse);
    assert_eq!(decode(Wire::OpenAi, &[call]), Err(StreamError::Truncated));
}

#[test]
fn the_decoder_knows_when_nothing_more_needs_to_be_read() {
    let mut decoder = StreamDecoder::new();
    for data in [BEGIN, HELLO, STOP, USAGE] {
        decoder.push(data).unwrap();
        assert!(!decoder.is_complete());
    }
    assert!(!decoder.push(DONE).unwrap().is_empty());
    assert!(decoder.is_complete());
    assert_eq!(decoder.push(HELLO), Ok(Vec::new()));
    assert_eq!(decoder.finish(), Ok(Vec::new()));
}

#[test]
fn an_error_in_place_of_a_chunk_is_a_fault() {
    // OpenRouter, whose code is a number.
    let error = r#"{"id":"gen-1","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":429,"message":"Rate limit exceeded"}}"#;
    assert_eq!(fault(&[BEGIN, HELLO, error]).kind, Kind::RateLimited);
    let error = r#"{"error":{"code":502,"message":"Provider returned error"}}"#;
    assert_eq!(fault(&[error]).kind, Kind::Overloaded);
    // llama.cpp.
    let error = r#"{"error":{"code":500,"message":"context size has been exceeded","type":"server_error"}}"#;
    assert_eq!(fault(&[BEGIN, error]).kind, Kind::ContextTooLong);
    // vLLM.
    let error = r#"{"object":"error","message":"too long for the maximum context length","type":"BadRequestError","code":400}"#;
    assert_eq!(fault(&[BEGIN, error]).kind, Kind::ContextTooLong);
    // A choice's own.
    let error =
        r#"{"choices":[{"index":0,"delta":{},"error":{"code":503,"message":"no instances"}}]}"#;
    assert_eq!(fault(&[BEGIN, error]).kind, Kind::Overloaded);
}

#[test]
fn a_reason_that_is_a_failure_is_a_fault() {
    let busy =
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"insufficient_system_resource"}]}"#;
    assert_eq!(fault(&[BEGIN, HELLO, busy, DONE]).kind, Kind::Overloaded);
}

#[test]
fn a_chunk_that_is_no_json_is_malformed() {
    for data in ["{", "hello", "[1]", r#"{"choices":7}"#] {
        let told = decode(Wire::OpenAi, &[BEGIN, data]);
        assert!(
            matches!(told, Err(StreamError::Malformed(_))),
            "{data}: {told:?}"
        );
    }
}

#[test]
fn reasoning_is_a_block_before_the_text_whatever_it_is_called() {
    for name in ["reasoning", "reasoning_content"] {
        let thought = |text: &str| {
            format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"","{name}":"{text}"}}}}]}}"#)
        };
        let data = [&thought("think"), &thought("ing"), HELLO, STOP, DONE];
        check(&data, &["reasoning thinking", "text Hello"]);
    }
    let both =
        r#"{"choices":[{"index":0,"delta":{"reasoning":"once","reasoning_content":"once"}}]}"#;
    check(&[both, STOP, DONE], &["reasoning once"]);
}

#[test]
fn reasoning_behind_text_and_text_behind_that_keep_their_order() {
    let thought = r#"{"choices":[{"index":0,"delta":{"reasoning":"hm"}}]}"#;
    let events = decode(Wire::OpenAi, &[BEGIN, HELLO, thought, HELLO, STOP, DONE]).unwrap();
    follow_the_grammar("", &events);
    check(
        &[BEGIN, HELLO, thought, HELLO, STOP, DONE],
        &["text Hello", "reasoning hm", "text Hello"],
    );
}

#[test]
fn parts_of_text_and_of_thought_are_text_and_reasoning() {
    // Mistral's reasoning models.
    let thought = r#"{"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}}]}"#;
    let text = r#"{"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"yes"}]}}]}"#;
    check(
        &[thought, thought, text, STOP, DONE],
        &["reasoning hmhm", "text yes"],
    );
}

#[test]
fn a_refusal_is_text_and_stops_as_a_filter_does() {
    let refusal = r#"{"choices":[{"index":0,"delta":{"refusal":"I cannot."}}]}"#;
    let reply = reply(Wire::OpenAi, &[BEGIN, refusal, STOP, DONE]);
    assert_eq!(said(&reply), ["text I cannot."]);
    assert_eq!(reply.stop, Stop::ContentFiltered);
}

#[test]
fn a_stop_sequence_is_told_where_the_server_tells_it() {
    let matched =
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop","stop_reason":"END"}]}"#;
    let reply = reply(Wire::OpenAi, &[BEGIN, HELLO, matched, DONE]);
    assert_eq!(reply.stop, Stop::StopSequence);
    assert_eq!(reply.stop_detail.unwrap().matched.as_deref(), Some("END"));
    // The number of a token is no sequence.
    let token =
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop","stop_reason":128009}]}"#;
    assert_eq!(
        crate::reply(Wire::OpenAi, &[BEGIN, HELLO, token, DONE]).stop,
        Stop::EndTurn
    );
}

#[test]
fn of_several_answers_the_one_of_number_0_is_told_wherever_it_stands() {
    let other = r#"{"choices":[{"index":1,"delta":{"content":"other"},"finish_reason":"length"}]}"#;
    let both =
        r#"{"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}"#;
    let reply = reply(Wire::OpenAi, &[other, both, other, STOP, other, DONE]);
    assert_eq!(said(&reply), ["text a"]);
    assert_eq!(reply.stop, Stop::EndTurn);
}

#[test]
fn pages_that_the_text_cites_are_citations_of_it() {
    let cited = r#"{"choices":[{"index":0,"delta":{"annotations":[{"type":"url_citation","url_citation":{"start_index":0,"end_index":5,"url":"https://a.example/b","title":"A"}}]}}]}"#;
    check(
        &[BEGIN, HELLO, cited, STOP, DONE],
        &["text Hello with 1 citations"],
    );
}

#[test]
fn half_a_character_waits_for_the_other_half() {
    let (one, other) = (content(r"a\ud83d"), content(r"\ude00b"));
    let mut decoder = StreamDecoder::new();
    decoder.push(BEGIN).unwrap();
    assert_eq!(decoder.push(&one), Ok(Vec::new()));
    assert_eq!(decoder.push(&other).unwrap().len(), 2);
    check(&[BEGIN, &one, &other, STOP, DONE], &["text a😀b"]);
    // In a call's arguments too, whose own escapes are no halves.
    let call = |input: &str| {
        format!(
            r#"{{"choices":[{{"index":0,"delta":{{"tool_calls":[{{"index":0,"id":"i","function":{{"name":"f","arguments":"{input}"}}}}]}}}}]}}"#
        )
    };
    check(
        &[&call(r#"{\"\ud83d"#), &call(r#"\ude00\":1}"#), STOP, DONE],
        &[r#"call i f {"😀":1}"#],
    );
}

#[test]
fn half_a_character_without_another_is_replaced() {
    let half = content(r"a\ud83d");
    check(&[BEGIN, &half, STOP, DONE], &["text a\u{fffd}"]);
    check(
        &[BEGIN, &half, &content("b"), STOP, DONE],
        &["text a\u{fffd}b"],
    );
    check(
        &[BEGIN, &content(r"\ude00"), STOP, DONE],
        &["text \u{fffd}"],
    );
    // The stream ends while it waits.
    let last = r#"{"choices":[{"index":0,"delta":{"content":"\ud83d"},"finish_reason":"stop"}]}"#;
    check(&[BEGIN, last], &["text \u{fffd}"]);
}

#[test]
fn the_chunk_that_tells_the_reason_is_kept_where_it_is_asked_for() {
    let native = |mut decoder: StreamDecoder| {
        let data = [BEGIN, HELLO, STOP, USAGE, DONE];
        let events = data.iter().flat_map(|data| decoder.push(data).unwrap());
        let native = events.filter_map(|event| match event {
            Event::Stop { native, .. } => native,
            _ => None,
        });
        native
            .map(|native| native.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(native(StreamDecoder::new().keeping_native()), [STOP]);
    assert_eq!(native(StreamDecoder::new()), Vec::<String>::new());
}

#[test]
fn a_message_that_comes_whole_is_told() {
    let whole = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}"#;
    check(&[whole, DONE], &["text Hello"]);
}

#[test]
fn empty_data_and_white_space_around_it_say_nothing() {
    let spaced = format!(" {HELLO} \r");
    check(
        &["", BEGIN, &spaced, " ", STOP, " [DONE]\r"],
        &["text Hello"],
    );
}
