//! What servers of Anthropic's format do in their streams.

use dialects::StreamError;
use dialects::anthropic::StreamDecoder;
use llm::Kind;
use llm::chat::{Block, Event, Stop, UsageSource};

use crate::{Wire, collect, decode, follow_the_grammar, reply, said};

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"usage":{"input_tokens":2,"cache_creation_input_tokens":1322,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":322,"ephemeral_1h_input_tokens":1000},"output_tokens":1}}}"#;
const DELTA: &str = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

/// The whole stream with these events in the middle.
fn stream(events: &[String]) -> Vec<String> {
    let mut data = vec![START.to_owned()];
    data.extend_from_slice(events);
    data.extend([DELTA.to_owned(), STOP.to_owned()]);
    data
}

/// The events of a block.
fn block(start: &str, deltas: &[&str]) -> Vec<String> {
    let mut data = vec![format!(
        r#"{{"type":"content_block_start","index":0,"content_block":{start}}}"#
    )];
    data.extend(
        deltas
            .iter()
            .map(|delta| format!(r#"{{"type":"content_block_delta","index":0,"delta":{delta}}}"#)),
    );
    data.push(r#"{"type":"content_block_stop","index":0}"#.to_owned());
    data
}

fn text(text: &str) -> Vec<String> {
    let delta = format!(r#"{{"type":"text_delta","text":"{text}"}}"#);
    block(r#"{"type":"text","text":""}"#, &[&delta])
}

/// What the blocks say.
#[track_caller]
fn check(events: &[Vec<String>], expected: &[&str]) {
    assert_eq!(
        said(&reply(Wire::Anthropic, &stream(&events.concat()))),
        expected
    );
}

#[test]
fn usage_is_what_was_told_last_of_each_number_and_never_added() {
    let usage = reply(Wire::Anthropic, &stream(&text("a"))).usage;
    assert_eq!((usage.input_uncached, usage.output), (2, 5));
    assert_eq!((usage.cache_read, usage.cache_write), (Some(0), Some(1322)));
    assert_eq!(usage.total(), 1329);
    let details = usage.cache_details.unwrap();
    let details: Vec<_> = details
        .iter()
        .map(|detail| (detail.ttl.as_str(), detail.input))
        .collect();
    assert_eq!(details, [("1h", 1000), ("5m", 322)]);
    // The numbers of the end are of the whole reply.
    let data = [
        START,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":9,"cache_read_input_tokens":null,"output_tokens":7}}"#,
        STOP,
    ];
    let usage = reply(Wire::Anthropic, &data).usage;
    assert_eq!(
        (usage.input_uncached, usage.cache_read, usage.output),
        (9, Some(0), 7)
    );
}

#[test]
fn a_stream_without_usage_says_that_it_is_missing() {
    let end = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#;
    let reply = reply(
        Wire::Anthropic,
        &[r#"{"type":"message_start","message":{}}"#, end, STOP],
    );
    assert_eq!(reply.usage.source, UsageSource::Missing);
}

#[test]
fn pings_and_what_is_new_say_nothing() {
    let ping = vec![r#"{"type": "ping"}"#.to_owned()];
    let new = vec![r#"{"type":"content_block_glow","content_block":7,"delta":"x"}"#.to_owned()];
    let nameless = vec![r#"{"a":1}"#.to_owned()];
    let delta = block(
        r#"{"type":"text","text":""}"#,
        &[
            r#"{"type":"shimmer_delta","text":"no"}"#,
            r#"{"type":"text_delta","text":"yes"}"#,
        ],
    );
    check(
        &[ping.clone(), new, text("a"), nameless, delta, ping],
        &["text a", "text yes"],
    );
}

#[test]
fn an_error_in_mid_stream_is_a_fault() {
    for (kind, expected) in [
        ("overloaded_error", Kind::Overloaded),
        ("api_error", Kind::UpstreamInternal),
        ("rate_limit_error", Kind::RateLimited),
    ] {
        let error = format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"No."}}}}"#);
        match decode(Wire::Anthropic, &[START, &error]) {
            Err(StreamError::Fault(fault)) => {
                assert_eq!((fault.kind, fault.message.as_str()), (expected, "No."));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_stream_that_ends_before_the_message_is_cut() {
    let mut data = stream(&text("a"));
    data.pop();
    assert_eq!(decode(Wire::Anthropic, &data), Err(StreamError::Truncated));
    assert_eq!(
        decode::<&str>(Wire::Anthropic, &[]),
        Err(StreamError::Truncated)
    );
}

#[test]
fn an_event_that_is_no_json_is_malformed() {
    for data in [
        "{",
        "hello",
        r#"{"type":"content_block_start","content_block":{}}"#,
    ] {
        let told = decode(Wire::Anthropic, &[START, data]);
        assert!(
            matches!(told, Err(StreamError::Malformed(_))),
            "{data}: {told:?}"
        );
    }
}

#[test]
fn the_decoder_knows_when_nothing_more_needs_to_be_read() {
    let mut decoder = StreamDecoder::new();
    for data in [START, DELTA] {
        decoder.push(data).unwrap();
        assert!(!decoder.is_complete());
    }
    assert_eq!(decoder.push(STOP).unwrap().len(), 2);
    assert!(decoder.is_complete());
    assert_eq!(decoder.push(START), Ok(Vec::new()));
    assert_eq!(decoder.finish(), Ok(Vec::new()));
}

#[test]
fn each_event_has_one_member_and_no_block_of_text_is_announced() {
    let data = stream(
        &[
            text("a"),
            block(r#"{"type":"thinking","thinking":""}"#, &[]),
        ]
        .concat(),
    );
    let events = decode(Wire::Anthropic, &data).unwrap();
    let is_announced = |event: &Event| matches!(event, Event::BlockStart { .. });
    assert!(!events.iter().any(is_announced), "{events:?}");
    // The thinking that says nothing is no block at all.
    assert_eq!(said(&collect(events)), ["text a"]);
}

#[test]
fn texts_that_follow_each_other_stay_apart() {
    check(&[text("a"), text("b")], &["text a", "text b"]);
}

#[test]
fn reasoning_its_seal_and_sealed_reasoning_are_blocks() {
    let thinking = block(
        r#"{"type":"thinking","thinking":"","signature":""}"#,
        &[
            r#"{"type":"thinking_delta","thinking":"hm"}"#,
            r#"{"type":"thinking_delta","thinking":""}"#,
            r#"{"type":"signature_delta","signature":"seal=="}"#,
        ],
    );
    // What the newer models do where they are not to show it.
    let hidden = block(
        r#"{"type":"thinking","thinking":"","signature":""}"#,
        &[r#"{"type":"signature_delta","signature":"other"}"#],
    );
    let redacted = block(r#"{"type":"redacted_thinking","data":"EuoB=="}"#, &[]);
    check(
        &[thinking, hidden, redacted, text("a")],
        &[
            "reasoning hm sealed seal==",
            "reasoning  sealed other",
            "redacted EuoB==",
            "text a",
        ],
    );
}

#[test]
fn what_a_block_begins_with_is_told() {
    check(
        &[
            block(
                r#"{"type":"text","text":"be"}"#,
                &[r#"{"type":"text_delta","text":"gun"}"#],
            ),
            block(
                r#"{"type":"thinking","thinking":"whole","signature":"s"}"#,
                &[],
            ),
            block(
                r#"{"type":"tool_use","id":"i","name":"f","input":{"x":1}}"#,
                &[],
            ),
        ],
        &[
            "text begun",
            "reasoning whole sealed s",
            r#"call i f {"x":1}"#,
        ],
    );
}

#[test]
fn a_call_without_a_piece_of_input_has_an_empty_one() {
    let call = r#"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#;
    let empty = [r#"{"type":"input_json_delta","partial_json":""}"#];
    check(
        &[block(call, &[]), block(call, &empty)],
        &["call toolu_1 f {}", "call toolu_1 f {}"],
    );
}

#[test]
fn a_call_beside_the_end_of_the_turn_is_a_stop_for_the_call() {
    let call = block(r#"{"type":"tool_use","id":"i","name":"f","input":{}}"#, &[]);
    assert_eq!(reply(Wire::Anthropic, &stream(&call)).stop, Stop::ToolUse);
    let server = block(
        r#"{"type":"server_tool_use","id":"i","name":"f","input":{}}"#,
        &[],
    );
    assert_eq!(reply(Wire::Anthropic, &stream(&server)).stop, Stop::EndTurn);
}

#[test]
fn an_input_that_the_limit_cut_is_left_out_and_the_limit_stays_the_reason() {
    let call = block(
        r#"{"type":"tool_use","id":"i","name":"f","input":{}}"#,
        &[r#"{"type":"input_json_delta","partial_json":"{\"x\": \"lo"}"#],
    );
    let cut = stream(&call)
        .iter()
        .map(|data| data.replace("end_turn", "max_tokens"))
        .collect::<Vec<_>>();
    let told = reply(Wire::Anthropic, &cut);
    assert_eq!((said(&told).len(), told.stop), (0, Stop::MaxTokens));
    // Without a limit it is the model that wrote it so.
    assert_eq!(
        reply(Wire::Anthropic, &stream(&call)).stop,
        Stop::MalformedToolUse
    );
}

#[test]
fn what_the_servers_own_tools_do_is_told() {
    let call = block(
        r#"{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}"#,
        &[r#"{"type":"input_json_delta","partial_json":"{\"query\": \"x\"}"}"#],
    );
    let result = block(
        r#"{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","url":"u"}]}"#,
        &[],
    );
    check(
        &[call, result],
        &[
            r#"server_tool_use srvtoolu_1 web_search {"query": "x"}"#,
            "web_search_tool_result srvtoolu_1",
        ],
    );
}

#[test]
fn a_block_that_is_new_is_told_as_it_began() {
    let raw = r#"{"type":"container_upload","file_id":"f"}"#;
    let data = stream(&block(raw, &[r#"{"type":"upload_delta","text":"x"}"#]));
    let events = decode(Wire::Anthropic, &data).unwrap();
    follow_the_grammar("", &events);
    let reply = collect(events);
    let [Block::Unknown { member, raw: told }] = reply.message.content.as_slice() else {
        panic!("{reply:?}");
    };
    assert_eq!((member.as_str(), told.as_str()), ("container_upload", raw));
}

#[test]
fn citations_belong_to_the_text_in_which_they_come() {
    let cited = block(
        r#"{"type":"text","text":"","citations":[]}"#,
        &[
            r#"{"type":"citations_delta","citation":{"type":"char_location","cited_text":"c","document_index":0,"document_title":"d","start_char_index":1,"end_char_index":2}}"#,
            r#"{"type":"text_delta","text":"said"}"#,
            r#"{"type":"citations_delta","citation":{"type":"glow_location"}}"#,
        ],
    );
    check(
        &[cited, text("a")],
        &["text said with 1 citations", "text a"],
    );
}

#[test]
fn the_last_message_delta_is_kept_where_it_is_asked_for() {
    let mut decoder = StreamDecoder::new().keeping_native();
    let events = [START, DELTA, STOP]
        .map(|data| decoder.push(data).unwrap())
        .concat();
    let native = events.iter().find_map(|event| match event {
        Event::Stop { native, .. } => native.clone(),
        _ => None,
    });
    assert_eq!(native.unwrap().as_str(), DELTA);
}

#[test]
fn a_block_that_was_left_open_ends_where_the_next_begins() {
    let mut open = text("a");
    open.pop();
    check(&[open, text("b")], &["text a", "text b"]);
}
