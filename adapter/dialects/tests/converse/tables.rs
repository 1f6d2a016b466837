//! The tables of the dialect: reasons for a stop, and what a reply cost.

use dialects::converse::{
    decode_event, decode_reply, decode_stop, encode_event, encode_reply, encode_stop,
};
use generated::runtime::operation::converse::ConverseOutput;
use generated::runtime::types::{ConverseStreamOutput, StopReason};
use llm::chat::{Event, Latency, Meta, Performance, Stop, Tier, Usage, UsageSource};
use llm::{Ext, Json};
use rest_json::json;

use crate::reply;

#[test]
fn each_reason_of_the_model_has_a_neutral_one_and_comes_back() {
    let rows = [
        ("end_turn", Stop::EndTurn),
        ("tool_use", Stop::ToolUse),
        ("max_tokens", Stop::MaxTokens),
        ("stop_sequence", Stop::StopSequence),
        ("guardrail_intervened", Stop::GuardrailIntervened),
        ("content_filtered", Stop::ContentFiltered),
        ("malformed_model_output", Stop::MalformedModelOutput),
        ("malformed_tool_use", Stop::MalformedToolUse),
        ("model_context_window_exceeded", Stop::ContextWindowExceeded),
    ];
    for (wire, neutral) in rows {
        let reason = StopReason::from(wire);
        assert!(!matches!(reason, StopReason::Unknown(_)), "{wire}");
        assert_eq!(decode_stop(reason.clone()), neutral);
        assert_eq!(encode_stop(neutral), reason);
    }
}

#[test]
fn a_reason_of_later_is_kept_as_it_is() {
    let later = Stop::Other("later".to_owned());
    assert_eq!(decode_stop(StopReason::from("later")), later);
    assert_eq!(encode_stop(later).as_str(), "later");
}

#[test]
fn a_paused_turn_is_the_end_of_the_turn() {
    assert_eq!(encode_stop(Stop::PauseTurn).as_str(), "end_turn");
}

fn written(usage: Usage) -> String {
    let reply = llm::chat::Reply {
        usage,
        ..reply(Vec::new())
    };
    let output = encode_reply(reply, None);
    String::from_utf8(json::to_vec(&output.usage.unwrap())).unwrap()
}

#[test]
fn the_total_is_input_output_reads_and_writes_unless_it_was_reported() {
    // The numbers of a recorded answer whose prompt was written to a cache: 2 + 5 + 1322 = 1329.
    let usage = Usage {
        input_uncached: 2,
        output: 5,
        cache_read: Some(0),
        cache_write: Some(1322),
        ..Usage::default()
    };
    assert_eq!(
        written(usage.clone()),
        r#"{"cacheReadInputTokens":0,"cacheWriteInputTokens":1322,"inputTokens":2,"outputTokens":5,"totalTokens":1329}"#
    );
    let reported = Usage {
        total_reported: Some(7),
        ..usage
    };
    assert!(written(reported).ends_with(r#""totalTokens":7}"#));
}

#[test]
fn tokens_of_a_cache_are_told_only_where_there_is_one() {
    let usage = Usage {
        source: UsageSource::Missing,
        ..Usage::default()
    };
    assert_eq!(
        written(usage),
        r#"{"inputTokens":0,"outputTokens":0,"totalTokens":0}"#
    );
}

#[test]
fn a_total_beyond_the_wire_is_the_most_that_it_can_say() {
    let usage = Usage {
        input_uncached: i32::MAX,
        output: 1,
        ..Usage::default()
    };
    assert!(written(usage).ends_with(r#""totalTokens":2147483647}"#));
}

#[test]
fn a_reply_that_nobody_measured_says_so_in_the_members_that_must_be_there() {
    let output = encode_reply(reply(Vec::new()), None);
    assert_eq!(
        String::from_utf8(json::to_vec(&output)).unwrap(),
        r#"{"metrics":{"latencyMs":0},"output":{"message":{"content":[],"role":"assistant"}},"stopReason":"end_turn","usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0}}"#
    );
}

#[test]
fn all_that_a_reply_says_beside_its_message_is_told() {
    let reply = llm::chat::Reply {
        latency: Some(Latency::of_ms(12)),
        trace: Some(Json::from_text(
            r#"{"promptRouter":{"invokedModelId":"arn:x"}}"#,
        )),
        performance: Some(Performance {
            latency: Some("optimized".to_owned()),
            ext: Ext::default(),
        }),
        tier: Some(Tier {
            kind: "flex".to_owned(),
            ext: Ext::default(),
        }),
        native: Some(Json::from_text("{\"never\":1}")),
        ..reply(Vec::new())
    };
    let output = encode_reply(reply, Some(Json::from_text("{\"asked\":1}")));
    assert_eq!(
        String::from_utf8(json::to_vec(&output)).unwrap(),
        r#"{"additionalModelResponseFields":{"asked":1},"metrics":{"latencyMs":12},"output":{"message":{"content":[],"role":"assistant"}},"performanceConfig":{"latency":"optimized"},"serviceTier":{"type":"flex"},"stopReason":"end_turn","trace":{"promptRouter":{"invokedModelId":"arn:x"}},"usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0}}"#
    );
}

#[test]
fn a_trace_of_another_format_is_not_told() {
    let trace = Some(Json::from_text("[1]"));
    let whole = encode_reply(
        llm::chat::Reply {
            trace: trace.clone(),
            ..reply(Vec::new())
        },
        None,
    );
    assert_eq!((whole.trace, whole.unknown.len()), (None, 0));
    let meta = Event::Meta(Box::new(Meta {
        trace,
        ..Meta::default()
    }));
    let ConverseStreamOutput::Metadata(event) = encode_event(meta, None) else {
        panic!("metadata is metadata");
    };
    assert_eq!((event.trace, event.unknown.len()), (None, 0));
}

#[test]
fn a_reply_without_what_makes_it_one_is_refused_by_name() {
    let text =
        r#"{"output":{"message":{"content":[],"role":"assistant"}},"stopReason":"end_turn"}"#;
    let output: ConverseOutput = json::from_slice(text.as_bytes()).unwrap();
    let error = decode_reply(output).unwrap_err();
    assert_eq!(error.to_string(), "`usage` of ConverseResponse is absent");
}

#[test]
fn an_exception_in_a_stream_is_no_event_of_a_reply() {
    let exception = ConverseStreamOutput::ThrottlingException(Default::default());
    assert_eq!(decode_event(exception), Ok(None));
}
