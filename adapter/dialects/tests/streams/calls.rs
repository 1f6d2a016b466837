//! Calls of tools in streams of OpenAI's format, which servers cut and number in many ways.

use llm::chat::{Event, Stop};

use crate::{Wire, collect, decode, follow_the_grammar, reply, said};

/// The data of chunks with these pieces of calls, and of the end.
fn stream(pieces: &[&str], reason: &str) -> Vec<String> {
    let chunk = |delta: &str, reason: &str| {
        format!(
            r#"{{"id":"chatcmpl-1","choices":[{{"index":0,"delta":{delta},"finish_reason":{reason}}}]}}"#
        )
    };
    let mut data = vec![chunk(r#"{"role":"assistant","content":null}"#, "null")];
    let calls = |piece: &&str| chunk(&format!(r#"{{"tool_calls":[{piece}]}}"#), "null");
    data.extend(pieces.iter().map(calls));
    data.push(chunk("{}", &format!("{reason:?}")));
    data.push("[DONE]".to_owned());
    data
}

/// The calls that the pieces say, and why the reply stops.
#[track_caller]
fn check(pieces: &[&str], expected: &[&str], stop: &Stop) {
    let reply = reply(Wire::OpenAi, &stream(pieces, "tool_calls"));
    assert_eq!(said(&reply), expected);
    assert_eq!(&reply.stop, stop);
}

#[test]
fn calls_that_follow_each_other_are_blocks_that_follow_each_other() {
    check(
        &[
            r#"{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":""}}"#,
            r#"{"index":0,"function":{"arguments":"{\"x\":"}}"#,
            r#"{"index":0,"function":{"arguments":"1}"}}"#,
            r#"{"index":1,"id":"call_b","type":"function","function":{"name":"g","arguments":""}}"#,
            r#"{"index":1,"function":{"arguments":"{}"}}"#,
        ],
        &[r#"call call_a f {"x":1}"#, "call call_b g {}"],
        &Stop::ToolUse,
    );
}

#[test]
fn a_call_is_told_while_it_comes_and_ends_before_the_next_begins() {
    let pieces = [
        r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#,
        r#"{"index":0,"function":{"arguments":"1}"}}"#,
        r#"{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}"#,
    ];
    let data = stream(&pieces, "tool_calls");
    let mut decoder = dialects::openai_chat::StreamDecoder::new();
    let n_events = data.iter().map(|data| decoder.push(data).unwrap().len());
    // The start; the call's beginning and its first piece; the second piece; its end, the next call and its piece; the second
    // call's end, the stop and the usage come with the end of the stream.
    assert_eq!(n_events.collect::<Vec<_>>(), [1, 2, 1, 3, 0, 3]);
}

#[test]
fn calls_whose_pieces_alternate_are_told_one_after_the_other() {
    check(
        &[
            r#"{"index":0,"id":"call_a","function":{"name":"f","arguments":""}}"#,
            r#"{"index":1,"id":"call_b","function":{"name":"g","arguments":""}}"#,
            r#"{"index":0,"function":{"arguments":"{\"x\":"}}"#,
            r#"{"index":1,"function":{"arguments":"{\"y\":[\"}\","}}"#,
            r#"{"index":0,"function":{"arguments":"1}"}}"#,
            r#"{"index":1,"function":{"arguments":"2]}"}}"#,
        ],
        &[r#"call call_a f {"x":1}"#, r#"call call_b g {"y":["}",2]}"#],
        &Stop::ToolUse,
    );
}

#[test]
fn of_three_calls_that_alternate_the_lower_number_comes_first() {
    check(
        &[
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}"#,
            r#"{"index":2,"id":"c","function":{"name":"h","arguments":"{}"}}"#,
            r#"{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}"#,
            r#"{"index":0,"function":{"arguments":"}"}}"#,
        ],
        &["call a f {}", "call b g {}", "call c h {}"],
        &Stop::ToolUse,
    );
}

#[test]
fn without_numbers_the_id_tells_the_call_and_an_empty_or_repeated_name_begins_none() {
    check(
        &[
            r#"{"id":"call_a","function":{"name":"f","arguments":"{\"x\":"}}"#,
            r#"{"id":"call_a","function":{"name":"","arguments":"1"}}"#,
            r#"{"id":"call_a","function":{"name":"f","arguments":"}"}}"#,
            r#"{"id":"call_b","function":{"name":"g","arguments":"{}"}}"#,
        ],
        &[r#"call call_a f {"x":1}"#, "call call_b g {}"],
        &Stop::ToolUse,
    );
}

#[test]
fn without_numbers_and_ids_a_name_behind_a_whole_call_begins_another() {
    let reply = reply(
        Wire::OpenAi,
        &stream(
            &[
                r#"{"function":{"name":"f","arguments":"{\"x\":"}}"#,
                r#"{"function":{"name":"f","arguments":"1}"}}"#,
                r#"{"function":{"name":"g","arguments":"{}"}}"#,
            ],
            "tool_calls",
        ),
    );
    let said = said(&reply);
    let [one, other] = said.as_slice() else {
        panic!("{said:?}");
    };
    assert!(one.starts_with("call tooluse_") && one.ends_with(r#" f {"x":1}"#));
    assert!(other.starts_with("call tooluse_") && other.ends_with(" g {}"));
}

#[test]
fn calls_that_all_have_the_number_0_are_told_apart_by_their_ids() {
    check(
        &[
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}"#,
            r#"{"index":0,"id":"b","function":{"name":"f","arguments":"{\"x\":2}"}}"#,
        ],
        &[r#"call a f {"x":1}"#, r#"call b f {"x":2}"#],
        &Stop::ToolUse,
    );
}

#[test]
fn calls_that_share_an_id_get_ids_of_their_own() {
    let reply = reply(
        Wire::OpenAi,
        &stream(
            &[
                r#"{"index":0,"id":"call_0","function":{"name":"f","arguments":"{}"}}"#,
                r#"{"index":1,"id":"call_0","function":{"name":"g","arguments":"{}"}}"#,
            ],
            "tool_calls",
        ),
    );
    let said = said(&reply);
    assert_eq!(said[0], "call call_0 f {}");
    assert!(
        said[1].starts_with("call tooluse_") && said[1].ends_with(" g {}"),
        "{said:?}"
    );
}

#[test]
fn a_call_waits_for_its_id_and_for_its_name() {
    check(
        &[
            r#"{"index":0,"id":"a","function":{}}"#,
            r#"{"index":0,"function":{"name":"f"}}"#,
            r#"{"index":0,"function":{"arguments":"{}"}}"#,
            r#"{"index":1,"function":{"name":"g"}}"#,
            r#"{"index":1,"id":"b"}"#,
        ],
        &["call a f {}", "call b g {}"],
        &Stop::ToolUse,
    );
}

#[test]
fn an_id_that_clients_could_not_repeat_is_replaced() {
    let long = "x".repeat(65);
    let piece =
        format!(r#"{{"index":0,"id":"{long}","function":{{"name":"f","arguments":"{{}}"}}}}"#);
    let reply = reply(Wire::OpenAi, &stream(&[&piece], "tool_calls"));
    let said = said(&reply);
    let id = said[0].split(' ').nth(1).unwrap();
    assert!(
        id.starts_with("tooluse_") && id.len() == "tooluse_".len() + 22,
        "{said:?}"
    );
}

#[test]
fn a_call_without_arguments_has_an_empty_input() {
    for arguments in [r#""""#, r#""null""#, r#"" ""#, "null", r#""{}""#] {
        let piece =
            format!(r#"{{"index":0,"id":"a","function":{{"name":"f","arguments":{arguments}}}}}"#);
        check(&[&piece], &["call a f {}"], &Stop::ToolUse);
    }
    check(
        &[r#"{"index":0,"id":"a","function":{"name":"f"}}"#],
        &["call a f {}"],
        &Stop::ToolUse,
    );
}

#[test]
fn arguments_that_are_an_object_already_are_the_input() {
    check(
        &[r#"{"index":0,"id":"a","function":{"name":"f","arguments":{"x": 1.10}}}"#],
        &[r#"call a f {"x": 1.10}"#],
        &Stop::ToolUse,
    );
}

#[test]
fn white_space_behind_a_whole_input_is_no_part_of_it() {
    check(
        &[
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#,
            r#"{"index":0,"function":{"arguments":"\n"}}"#,
            r#"{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}"#,
            r#"{"index":0,"function":{"arguments":"  "}}"#,
        ],
        &["call a f {}", "call b g {}"],
        &Stop::ToolUse,
    );
}

#[test]
fn the_older_form_of_a_call_is_a_call() {
    let data = [
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","function_call":{"name":"f","arguments":""}}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"function_call":{"arguments":"{\"x\""}}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"function_call":{"arguments":":1}"}}}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"function_call"}]}"#,
        "[DONE]",
    ];
    let reply = reply(Wire::OpenAi, &data);
    assert!(said(&reply)[0].ends_with(r#" f {"x":1}"#));
    assert_eq!(reply.stop, Stop::ToolUse);
}

#[test]
fn a_call_beside_a_plain_stop_is_a_stop_for_the_call() {
    let pieces = [r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#];
    assert_eq!(
        reply(Wire::OpenAi, &stream(&pieces, "stop")).stop,
        Stop::ToolUse
    );
    assert_eq!(
        reply(Wire::OpenAi, &stream(&pieces, "length")).stop,
        Stop::MaxTokens
    );
    let filtered = reply(Wire::OpenAi, &stream(&pieces, "content_filter"));
    assert_eq!(filtered.stop, Stop::ContentFiltered);
}

#[test]
fn an_input_that_is_no_json_is_told_by_the_stop() {
    let pieces = [r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#];
    let events = decode(Wire::OpenAi, &stream(&pieces, "tool_calls")).unwrap();
    follow_the_grammar("", &events);
    let is_told = |event: &Event| matches!(event, Event::Stop { stop, .. } if *stop == Stop::MalformedToolUse);
    assert!(events.iter().any(is_told), "{events:?}");
    assert_eq!(said(&collect(events)), Vec::<String>::new());
    // The limit cut it, which says why.
    assert_eq!(
        reply(Wire::OpenAi, &stream(&pieces, "length")).stop,
        Stop::MaxTokens
    );
}

#[test]
fn a_call_that_was_never_told_is_left_out_where_it_cannot_be_run() {
    check(
        &[
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}"#,
            r#"{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\":"}}"#,
            r#"{"index":2,"id":"c","function":{"arguments":"{}"}}"#,
            r#"{"index":0,"function":{"arguments":"}"}}"#,
        ],
        &["call a f {}"],
        &Stop::MalformedToolUse,
    );
}

#[test]
fn text_in_the_middle_of_a_call_stands_behind_it() {
    let text = r#"{"choices":[{"index":0,"delta":{"content":"meanwhile"}}]}"#;
    let pieces = [
        r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#,
        r#"{"index":0,"function":{"arguments":"1}"}}"#,
    ];
    let mut data = stream(&pieces, "tool_calls");
    data.insert(2, text.to_owned());
    let reply = reply(Wire::OpenAi, &data);
    assert_eq!(said(&reply), [r#"call a f {"x":1}"#, "text meanwhile"]);
}
