//! How an expectation is met and missed, and how a stream folds into a message.
#![cfg(test)]

use conformance_tests::live::collect::message;
use conformance_tests::live::expect::differences;
use serde_json::{Value, json};

#[track_caller]
fn meets(expected: &Value, actual: &Value) {
    let found = differences(expected, Some(actual));
    assert!(found.is_empty(), "{found:?}");
}

#[track_caller]
fn misses(expected: &Value, actual: &Value, clause: &str) {
    let found = differences(expected, Some(actual));
    assert!(
        found.iter().any(|found| found.contains(clause)),
        "{found:?}"
    );
}

#[test]
fn members_that_nobody_expects_are_told() {
    misses(
        &json!({"a": 1}),
        &json!({"a": 1, "b": 2}),
        "b: not expected",
    );
    meets(&json!({"a": 1, "$rest": true}), &json!({"a": 1, "b": 2}));
}

#[test]
fn an_empty_list_is_as_good_as_none() {
    meets(&json!({"a": []}), &json!({}));
    meets(&json!({}), &json!({"a": []}));
    misses(
        &json!({"a": [1]}),
        &json!({}),
        "a: expected [1], found nothing",
    );
}

#[test]
fn numbers_are_equal_as_far_as_32_bits_tell() {
    meets(&json!(1), &json!(1.0));
    meets(&json!(0.9), &json!(0.899_999_976_158_142_1));
    misses(&json!(0.9), &json!(0.8), "expected 0.9");
}

#[test]
fn a_number_may_be_asked_for_to_its_last_digit() {
    meets(&json!({"$exactly": 0.9}), &json!(0.9));
    misses(
        &json!({"$exactly": 0.9}),
        &json!(0.899_999_976_158_142_1),
        "exactly",
    );
}

#[test]
fn kinds_and_parts_are_matched() {
    meets(&json!({"$any": "text"}), &json!("x"));
    misses(&json!({"$any": "text"}), &json!(""), "text");
    meets(
        &json!({"$any": "uuid"}),
        &json!("0b3c1fd8-7d2f-4e0a-9c55-3a1d6c1e2f00"),
    );
    misses(
        &json!({"$any": "uuid"}),
        &json!("0B3C1FD8-7D2F-4E0A-9C55-3A1D6C1E2F00"),
        "uuid",
    );
    meets(&json!({"$parts": ["a", "c"]}), &json!("abcd"));
    misses(&json!({"$parts": ["c", "a"]}), &json!("abcd"), "parts");
}

#[test]
fn blobs_are_compared_by_what_they_hold() {
    let blob = json!({"$base64": "eyJhIjogMX0="});
    meets(&json!({"$json": {"a": 1}}), &blob);
    meets(&json!({"$text": "{\"a\": 1}"}), &blob);
    misses(&json!({"$json": {"a": 2}}), &blob, "a: expected 2, found 1");
}

#[test]
fn a_matcher_that_does_not_exist_is_no_match() {
    misses(&json!({"$no": 1}), &json!(1), "does not exist");
}

#[test]
fn a_list_may_go_on_after_its_beginning() {
    meets(&json!({"$begins": [1]}), &json!([1, 2]));
    misses(
        &json!({"$begins": [1, 2]}),
        &json!([1]),
        "1: expected 2, found nothing",
    );
}

fn text(index: u64, text: &str) -> Value {
    json!({"contentBlockDelta": {"contentBlockIndex": index, "delta": {"text": text}}})
}

fn whole(blocks: &[Value]) -> Vec<Value> {
    let mut events = vec![json!({"messageStart": {"role": "assistant"}})];
    events.extend_from_slice(blocks);
    events.push(json!({"messageStop": {"stopReason": "end_turn"}}));
    events.push(json!({"metadata": {"usage": {"inputTokens": 1}}}));
    events
}

fn stop(index: u64) -> Value {
    json!({"contentBlockStop": {"contentBlockIndex": index}})
}

#[test]
fn text_and_tool_calls_fold_into_one_message() {
    let start = json!({"contentBlockStart": {"contentBlockIndex": 1, "start": {"toolUse": {"name": "t", "toolUseId": "1"}}}});
    let piece = |piece: &str| json!({"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"toolUse": {"input": piece}}}});
    let events = whole(&[
        text(0, "a"),
        text(0, "b"),
        stop(0),
        start,
        piece(""),
        piece("{\"x\":"),
        piece("1}"),
        stop(1),
    ]);
    let folded = message(&events).expect("the stream is whole");
    assert_eq!(
        folded["content"],
        json!([{"text": "ab"}, {"toolUse": {"name": "t", "toolUseId": "1", "input": {"x": 1}}}])
    );
    assert_eq!(folded["stopReason"], json!("end_turn"));
}

#[test]
fn a_stream_that_breaks_the_grammar_is_told() {
    let faults = [
        (whole(&[text(1, "a"), stop(1)]), "the block is 0"),
        (whole(&[text(0, "a")]), "not allowed here"),
        (
            whole(&[text(0, "a"), text(1, "b"), stop(1)]),
            "the block is 0",
        ),
        (
            whole(&[json!({"contentBlockStart": {"contentBlockIndex": 0, "start": {"text": ""}}})]),
            "text blocks have no start",
        ),
        (vec![json!({"messageStart": {"role": "assistant"}})], "ends"),
        (vec![text(0, "a")], "not allowed here"),
    ];
    for (events, fault) in faults {
        let told = message(&events).expect_err("the grammar is broken");
        assert!(told.contains(fault), "{told}");
    }
}
