//! Cache points: where they stand, how many there are, how long they last.

use dialects::plan::{Leaf, Verdict};
use serde_json::{Value, json};

use crate::{chat, check, claude, everything, planned};

fn point() -> Value {
    json!({"cachePoint": {"type": "default"}})
}

fn lasting(ttl: &str) -> Value {
    json!({"cachePoint": {"type": "default", "ttl": ttl}})
}

fn text(text: &str) -> Value {
    json!({"text": text})
}

fn user(content: &Value) -> Value {
    json!({"role": "user", "content": content})
}

fn tool(name: &str) -> Value {
    json!({"toolSpec": {"name": name, "inputSchema": {"json": {}}}})
}

#[test]
fn a_point_before_everything_marks_nothing() {
    let asked = json!({
        "system": [point(), text("be kind")],
        "messages": [user(&json!([point(), text("hi")]))],
        "toolConfig": {"tools": [point(), tool("look")]},
    });
    let (found, said) = planned(&claude(), &asked);
    let expected = json!({
        "system": [text("be kind")],
        "messages": [user(&json!([text("hi")]))],
        "toolConfig": {"tools": [tool("look")]},
    });
    assert_eq!(found, expected);
    let expected = [
        "messages[0].content[0].cachePoint;dropped",
        "toolConfig.tools[0].cachePoint;dropped",
        "system[0].cachePoint;dropped",
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_point_at_the_beginning_of_a_message_marks_the_message_before() {
    let answer = |content: &Value| json!({"role": "assistant", "content": content});
    let asked = json!([
        user(&json!([text("one")])),
        answer(&json!([text("two")])),
        user(&json!([point(), text("three")])),
    ]);
    let moved = json!([
        user(&json!([text("one")])),
        answer(&json!([text("two"), point()])),
        user(&json!([text("three")])),
    ]);
    check(&claude(), &asked, &moved, &[]);
    check(&everything(), &asked, &asked, &[]);
}

#[test]
fn a_point_right_after_reasoning_marks_what_stands_before_it() {
    let thought = json!({"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}});
    let asked = json!([
        user(&json!([text("think")])),
        {"role": "assistant", "content": [text("well"), thought, point(), text("so")]},
        user(&json!([text("and?")])),
    ]);
    let mut moved = asked.clone();
    moved[1]["content"] = json!([text("well"), point(), thought, text("so")]);
    check(&claude(), &asked, &moved, &[]);
}

#[test]
fn a_point_right_after_a_document_marks_it() {
    let pdf = json!({"document": {
        "name": "a", "format": "pdf", "source": {"bytes": "JVBERi0="}
    }});
    let asked = json!([user(&json!([pdf, point(), text("sum up")]))]);
    check(&claude(), &asked, &asked, &[]);
}

#[test]
fn a_point_goes_with_the_result_that_it_stands_behind() {
    let result = |id: &str| json!({"toolResult": {"toolUseId": id, "content": [text(id)]}});
    let call = |id: &str| json!({"toolUse": {"toolUseId": id, "name": "look", "input": {}}});
    let asked = json!([
        user(&json!([text("look")])),
        {"role": "assistant", "content": [call("a"), call("b")]},
        user(&json!([text("here"), result("b"), result("a"), point()])),
    ]);
    let mut moved = asked.clone();
    moved[2]["content"] = json!([result("a"), point(), result("b"), text("here")]);
    check(&claude(), &asked, &moved, &[]);
}

#[test]
fn of_two_points_at_one_place_the_first_counts() {
    let asked = json!([user(&json!([text("one"), point(), point(), text("two")]))]);
    let one = json!([user(&json!([text("one"), point(), text("two")]))]);
    check(&claude(), &asked, &one, &[]);
    let unequal = json!([user(&json!([
        text("one"),
        point(),
        lasting("1h"),
        text("two")
    ]))]);
    let said = ["messages[0].content[2].cachePoint;dropped"];
    check(&claude(), &unequal, &one, &said);
}

#[test]
fn of_five_points_those_of_tools_and_system_stay_and_the_newest_of_messages() {
    let asked = json!({
        "system": [text("be kind"), point()],
        "messages": [
            user(&json!([text("one"), point(), text("two"), point()])),
            {"role": "assistant", "content": [text("three")]},
            user(&json!([text("four"), point()])),
        ],
        "toolConfig": {"tools": [tool("look"), point()]},
    });
    let (found, said) = planned(&claude(), &asked);
    let mut expected = asked.clone();
    expected["messages"][0]["content"] = json!([text("one"), text("two"), point()]);
    assert_eq!(found, expected);
    assert_eq!(said, ["messages[0].content[1].cachePoint;dropped"]);
    let (found, said) = planned(&everything(), &asked);
    assert_eq!(found, asked);
    assert_eq!(said, [] as [&str; 0]);
}

#[test]
fn how_long_a_prefix_is_cached_is_kept_or_named() {
    let asked = json!([user(&json!([text("one"), lasting("1h"), text("two")]))]);
    check(&claude(), &asked, &asked, &[]);
    let table = claude().but(Leaf::CachePointTtl, Verdict::Dropped(""));
    let short = json!([user(&json!([text("one"), point(), text("two")]))]);
    let said = ["messages[0].content[1].cachePoint.ttl;dropped"];
    check(&table, &asked, &short, &said);
}

#[test]
fn a_prefix_lasts_no_longer_than_one_before_it() {
    let asked = json!([user(&json!([
        text("one"),
        lasting("1h"),
        text("two"),
        lasting("5m"),
        text("three"),
        lasting("1h")
    ]))]);
    let shorter = json!([user(&json!([
        text("one"),
        lasting("1h"),
        text("two"),
        lasting("5m"),
        text("three"),
        lasting("5m")
    ]))]);
    let said = ["messages[0].content[5].cachePoint.ttl;approximated"];
    check(&claude(), &asked, &shorter, &said);
}

#[test]
fn an_unknown_kind_of_point_is_named_and_left_out() {
    let asked = json!([user(
        &json!([text("one"), {"cachePoint": {"type": "x"}}, text("two")])
    )]);
    let without = json!([user(&json!([text("one"), text("two")]))]);
    let said = ["messages[0].content[1].cachePoint.type;dropped"];
    check(&claude(), &asked, &without, &said);
}

#[test]
fn points_are_left_out_where_the_target_caches_by_itself() {
    let asked = json!([user(&json!([point(), text("one"), lasting("1h")]))]);
    check(&chat(), &asked, &json!([user(&json!([text("one")]))]), &[]);
    let table = chat().but(Leaf::CachePoint, Verdict::Dropped(""));
    let said = [
        "messages[0].content[0].cachePoint;dropped",
        "messages[0].content[2].cachePoint;dropped",
    ];
    check(&table, &asked, &json!([user(&json!([text("one")]))]), &said);
}
