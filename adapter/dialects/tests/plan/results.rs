//! Calls of tools and what came of them.

use dialects::plan::{Leaf, Verdict};
use serde_json::{Value, json};

use crate::{chat, check, check_refused, claude, everything, planned_request};

const PNG: &str = "iVBORw==";
/// `a,b\n1,2`
const CSV: &str = "YSxiCjEsMg==";

fn user(content: &Value) -> Value {
    json!({"role": "user", "content": content})
}

fn png() -> Value {
    json!({"image": {"format": "png", "source": {"bytes": PNG}}})
}

fn document(format: &str, bytes: &str) -> Value {
    json!({"document": {"name": "sales", "format": format, "source": {"bytes": bytes}}})
}

/// A conversation in which a tool was called, with that answer.
fn conversation(results: &Value) -> Value {
    json!([
        user(&json!([{"text": "look"}])),
        {"role": "assistant", "content": [
            {"toolUse": {"toolUseId": "a", "name": "look", "input": {}}},
            {"toolUse": {"toolUseId": "b", "name": "look", "input": {}}},
        ]},
        user(results),
    ])
}

fn with_messages(table: &crate::Table, asked: &Value, last: &[Value], said: &[&str]) {
    let mut expected = asked.clone();
    let messages = expected.as_array_mut().unwrap();
    messages.truncate(2);
    messages.extend(last.iter().cloned());
    check(table, asked, &expected, said);
}

#[test]
fn an_image_in_a_result_comes_after_all_results_with_a_label() {
    let asked = conversation(&json!([
        {"toolResult": {"toolUseId": "a", "content": [{"text": "one"}, png()]}},
        {"toolResult": {"toolUseId": "b", "content": [{"text": "two"}]}},
        {"text": "so?"},
    ]));
    let last = [
        user(&json!([
            {"toolResult": {"toolUseId": "a", "content": [{"text": "one"}]}},
            {"toolResult": {"toolUseId": "b", "content": [{"text": "two"}]}},
        ])),
        user(&json!([{"text": "Image from tool result a:"}, png(), {"text": "so?"}])),
    ];
    let path = "messages[2].content[0].toolResult.content[1].image;approximated";
    with_messages(&chat(), &asked, &last, &[path]);
    check(&claude(), &asked, &asked, &[]);
}

#[test]
fn media_of_results_follow_the_order_of_the_calls() {
    let file = document("pdf", "JVBERi0=");
    let asked = conversation(&json!([
        {"toolResult": {"toolUseId": "b", "content": [file.clone()]}},
        {"toolResult": {"toolUseId": "a", "content": [png()]}},
    ]));
    let last = [
        user(&json!([
            {"toolResult": {"toolUseId": "a", "content": [{"text": ""}]}},
            {"toolResult": {"toolUseId": "b", "content": [{"text": ""}]}},
        ])),
        user(&json!([
            {"text": "Image from tool result a:"},
            png(),
            {"text": "Document from tool result b:"},
            file,
        ])),
    ];
    let said = [
        "messages[2].content[0].toolResult.content[0].document;approximated",
        "messages[2].content[1].toolResult.content[0].image;approximated",
    ];
    with_messages(&chat(), &asked, &last, &said);
}

#[test]
fn an_image_in_a_result_is_refused_with_its_path_where_nothing_shows_it() {
    let asked = conversation(&json!([
        {"toolResult": {"toolUseId": "a", "content": [png()]}},
        {"toolResult": {"toolUseId": "b", "content": []}},
    ]));
    check_refused(
        &chat().but(Leaf::ToolResultImage, Verdict::Refused("")),
        &asked,
        "messages[2].content[0].toolResult.content[0].image",
        "This model doesn't support the image content block that you provided. Update the content block and try again.",
    );
}

#[test]
fn a_failed_tool_is_told_in_the_first_line_where_there_is_no_status() {
    let asked = conversation(&json!([
        {"toolResult": {"toolUseId": "a", "content": [{"text": "no"}], "status": "error"}},
        {"toolResult": {"toolUseId": "b", "content": [], "status": "error"}},
    ]));
    let last = [user(&json!([
        {"toolResult": {"toolUseId": "a", "content": [{"text": "[tool error]\nno"}]}},
        {"toolResult": {"toolUseId": "b", "content": [{"text": "[tool error]"}]}},
    ]))];
    let said = [
        "messages[2].content[0].toolResult.status;approximated",
        "messages[2].content[1].toolResult.status;approximated",
    ];
    with_messages(&chat(), &asked, &last, &said);
    check(&claude(), &asked, &asked, &[]);
}

#[test]
fn a_tool_that_failed_with_json_says_so_before_the_json() {
    let asked = conversation(&json!([
        {"toolResult": {"toolUseId": "a", "content": [{"json": {"code": 5}}], "status": "error"}},
        {"toolResult": {"toolUseId": "b", "content": [{"text": "two"}]}},
    ]));
    let last = [user(&json!([
        {"toolResult": {"toolUseId": "a", "content": [{"text": "[tool error]\n{\"code\":5}"}]}},
        {"toolResult": {"toolUseId": "b", "content": [{"text": "two"}]}},
    ]))];
    let said = ["messages[2].content[0].toolResult.status;approximated"];
    with_messages(&chat(), &asked, &last, &said);
}

#[test]
fn a_status_of_success_says_what_no_status_says() {
    let told = |status: &[(&str, &str)]| {
        let mut result = json!({"toolUseId": "a", "content": [{"text": "one"}]});
        for (name, value) in status {
            result[*name] = json!(value);
        }
        conversation(&json!([{"toolResult": result}]))
    };
    for table in [everything(), chat(), claude()] {
        check(&table, &told(&[("status", "success")]), &told(&[]), &[]);
        check(&table, &told(&[]), &told(&[]), &[]);
    }
}

#[test]
fn a_search_result_is_text_where_there_is_no_place_for_one() {
    let found = json!({"searchResult": {
        "source": "https://example.com/?a=1&b=2",
        "title": "\"A\"",
        "content": [{"text": "one"}, {"text": "two"}],
    }});
    let text = "<search_result source=\"https://example.com/?a=1&amp;b=2\" title=\"&quot;A&quot;\">\none\ntwo\n</search_result>";
    check(
        &chat(),
        &json!([user(&json!([found]))]),
        &json!([user(&json!([{"text": text}]))]),
        &["messages[0].content[0].searchResult;approximated"],
    );
    let asked = conversation(&json!([{"toolResult": {"toolUseId": "a", "content": [found]}}]));
    let last = [user(
        &json!([{"toolResult": {"toolUseId": "a", "content": [{"text": text}]}}]),
    )];
    let said = ["messages[2].content[0].toolResult.content[0].searchResult;approximated"];
    with_messages(&chat(), &asked, &last, &said);
}

#[test]
fn a_text_file_in_a_result_stays_in_the_result_as_text() {
    let asked = conversation(
        &json!([{"toolResult": {"toolUseId": "a", "content": [document("csv", CSV)]}}]),
    );
    let text = "<document name=\"sales\" format=\"csv\">\na,b\n1,2\n</document>";
    let last = [user(
        &json!([{"toolResult": {"toolUseId": "a", "content": [{"text": text}]}}]),
    )];
    let at = "messages[2].content[0].toolResult.content[0].document;approximated";
    with_messages(&chat(), &asked, &last, &[at, at]);
}

#[test]
fn a_call_of_the_kind_tool_use_is_a_call_like_any() {
    let called = |kind: &[(&str, &str)]| {
        let mut call = json!({"toolUseId": "a", "name": "look", "input": {}});
        for (name, value) in kind {
            call[*name] = json!(value);
        }
        json!([
            user(&json!([{"text": "look"}])),
            {"role": "assistant", "content": [{"toolUse": call}]},
            user(&json!([{"toolResult": {"toolUseId": "a", "content": [{"text": "seen"}]}}])),
        ])
    };
    for table in [chat(), claude(), everything()] {
        check(&table, &called(&[("type", "tool_use")]), &called(&[]), &[]);
    }
    check_refused(
        &chat(),
        &called(&[("type", "server_tool_use")]),
        "messages[1].content[0].toolUse",
        &Leaf::ToolUseServer.refusal(),
    );
}

#[test]
fn a_result_of_the_providers_own_tool_goes_back_as_it_came_or_not_at_all() {
    let asked = json!([
        user(&json!([{"text": "run"}])),
        {"role": "assistant", "content": [
            {"toolUse": {"toolUseId": "a", "name": "code", "input": {}, "type": "server_tool_use"}},
            {"toolResult": {
                "toolUseId": "a", "content": [{"json": {"out": 1}}], "status": "success",
                "type": "code_result",
            }},
            {"text": "ran"},
        ]},
        user(&json!([{"text": "and?"}])),
    ]);
    check(&claude(), &asked, &asked, &[]);
    let table = chat().but(Leaf::ToolUseServer, Verdict::Dropped(""));
    check_refused(
        &table,
        &asked,
        "messages[1].content[1].toolResult",
        &Leaf::ToolResultServer.refusal(),
    );
}

#[test]
fn an_input_that_is_no_object_is_refused_where_it_must_be_one() {
    let asked = json!([
        user(&json!([{"text": "look"}])),
        {"role": "assistant", "content": [
            {"toolUse": {"toolUseId": "a", "name": "look", "input": "there"}}
        ]},
        user(&json!([{"toolResult": {"toolUseId": "a", "content": []}}])),
    ]);
    check_refused(
        &claude(),
        &asked,
        "messages[1].content[0].toolUse.input",
        &Leaf::ToolUseOpaque.refusal(),
    );
}

#[test]
fn a_result_without_a_word_is_empty_where_blank_text_is_refused() {
    let asked = conversation(&json!([
        {"toolResult": {"toolUseId": "a", "content": [{"text": ""}]}},
        {"toolResult": {"toolUseId": "b", "content": [{"text": " "}, {"text": "two"}]}},
    ]));
    let last = [user(&json!([
        {"toolResult": {"toolUseId": "a", "content": []}},
        {"toolResult": {"toolUseId": "b", "content": [{"text": "two"}]}},
    ]))];
    with_messages(&claude(), &asked, &last, &[]);
}

#[test]
fn json_in_a_result_is_its_text_to_the_model_in_every_digit() {
    let body = r#"{"messages":[
        {"role":"user","content":[{"text":"look"}]},
        {"role":"assistant","content":[{"toolUse":{"toolUseId":"a","name":"look","input":{}}}]},
        {"role":"user","content":[{"toolResult":{"toolUseId":"a","content":[
            {"json":{"z": 1.10, "a": 123456789012345678901234567890}}
        ]}}]}
    ]}"#;
    let input = rest_json::json::from_slice(body.as_bytes()).unwrap();
    let asked = dialects::converse::decode_count_request(input).unwrap();
    let (planned, said) = planned_request(&claude(), &asked);
    let planned = crate::body(planned);
    assert_eq!(
        planned["messages"][2]["content"][0]["toolResult"]["content"],
        json!([{"text": r#"{"z": 1.10, "a": 123456789012345678901234567890}"#}])
    );
    assert_eq!(said, [] as [&str; 0]);
}
