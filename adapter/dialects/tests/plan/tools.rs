//! Tools and the choice among them.

use dialects::plan::{Leaf, Verdict};
use llm::Ext;
use llm::chat::{Request, Tool, ToolChoice, ToolSet};
use serde_json::{Value, json};

use crate::{Table, chat, claude, everything, planned, planned_request, refusals, request};

fn tool(name: &str) -> Value {
    json!({"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object"}}}})
}

fn asked(config: &Value) -> Value {
    json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}], "toolConfig": config})
}

fn check(table: &Table, config: &Value, expected: &Value, said: &[&str]) {
    let (found, warnings) = planned(table, &asked(config));
    assert_eq!(found["toolConfig"], *expected);
    assert_eq!(warnings, said);
}

fn check_refused(table: &Table, config: &Value, path: &str, text: &str) {
    let expected = [(path.to_owned(), text.to_owned())];
    assert_eq!(refusals(table, &asked(config)), expected);
}

/// A request with two tools, changed in a way that no caller of Converse can ask for.
fn with_tools(change: impl FnOnce(&mut ToolSet)) -> Request {
    let mut request = request(&asked(&json!({"tools": [tool("look"), tool("run")]})));
    change(request.tools.as_mut().unwrap());
    request
}

fn none() -> Option<ToolChoice> {
    let ext = Ext::default();
    Some(ToolChoice::None { ext })
}

#[test]
fn a_tool_that_must_be_called_is_the_only_one_offered_where_none_can_be_named() {
    let table = chat().but(Leaf::ChoiceTool, Verdict::Exact("only that tool, and any"));
    let config =
        json!({"tools": [tool("look"), tool("run")], "toolChoice": {"tool": {"name": "run"}}});
    let only = json!({"tools": [tool("run")], "toolChoice": {"any": {}}});
    check(&table, &config, &only, &[]);
    check(&claude(), &config, &config, &[]);
}

#[test]
fn a_tool_that_must_be_called_and_is_not_there_is_refused() {
    let table = chat().but(Leaf::ChoiceTool, Verdict::Exact(""));
    let config = json!({"tools": [tool("look")], "toolChoice": {"tool": {"name": "run"}}});
    check_refused(
        &table,
        &config,
        "toolConfig.toolChoice.tool: no tool has that name",
        &Leaf::ChoiceTool.refusal(),
    );
}

#[test]
fn a_call_that_cannot_be_forced_is_refused_with_its_path() {
    let table = chat().but(Leaf::ChoiceAny, Verdict::Refused(""));
    let config = json!({"tools": [tool("look")], "toolChoice": {"any": {}}});
    check_refused(
        &table,
        &config,
        "toolConfig.toolChoice.any",
        "This model doesn't support the toolChoice field. Remove toolChoice and try again.",
    );
    let named = json!({"tools": [tool("look")], "toolChoice": {"tool": {"name": "look"}}});
    let table = table.but(Leaf::ChoiceTool, Verdict::Exact(""));
    check_refused(
        &table,
        &named,
        "toolConfig.toolChoice.tool",
        &Leaf::ChoiceAny.refusal(),
    );
}

#[test]
fn no_call_may_be_made_where_no_tool_is_offered() {
    let table = everything().but(Leaf::ChoiceNone, Verdict::Exact(""));
    let asked = with_tools(|tools| tools.choice = none());
    let (planned, said) = planned_request(&table, &asked);
    assert_eq!(planned.tools, None);
    assert_eq!(said, [] as [&str; 0]);
    let (planned, _) = planned_request(&everything(), &asked);
    assert_eq!(planned, asked);
}

#[test]
fn tools_that_were_called_before_stay_and_the_caller_is_told() {
    let table = everything().but(Leaf::ChoiceNone, Verdict::Exact(""));
    let history = request(&json!({"messages": [
        {"role": "user", "content": [{"text": "look"}]},
        {"role": "assistant", "content": [
            {"toolUse": {"toolUseId": "a", "name": "look", "input": {}}}
        ]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "a", "content": []}}]},
    ]}));
    let mut asked = with_tools(|tools| tools.choice = none());
    asked.messages = history.messages;
    let (planned, said) = planned_request(&table, &asked);
    let tools = planned.tools.unwrap();
    assert_eq!((tools.items.len(), tools.choice), (2, None));
    assert_eq!(said, ["toolConfig.toolChoice.none;dropped"]);
}

#[test]
fn one_call_a_turn_is_said_of_a_choice() {
    let asked = with_tools(|tools| tools.parallel = Some(false));
    let (planned, said) = planned_request(&claude(), &asked);
    let ext = Ext::default();
    let tools = planned.tools.unwrap();
    assert_eq!(tools.parallel, Some(false));
    assert_eq!(tools.choice, Some(ToolChoice::Auto { ext }));
    assert_eq!(said, [] as [&str; 0]);
    let table = claude().but(Leaf::SingleCall, Verdict::Dropped(""));
    let (planned, said) = planned_request(&table, &asked);
    assert_eq!(planned.tools.unwrap().parallel, None);
    assert_eq!(said, ["toolConfig.parallelToolCalls;dropped"]);
}

#[test]
fn several_calls_a_turn_are_what_nothing_says_too() {
    let asked = with_tools(|tools| tools.parallel = Some(true));
    let (planned, said) = planned_request(&claude(), &asked);
    assert_eq!(planned.tools.unwrap().parallel, None);
    assert_eq!(said, [] as [&str; 0]);
}

#[test]
fn a_promise_that_calls_follow_the_schema_is_kept_or_refused() {
    let strict = |strict: bool| {
        json!({"tools": [{"toolSpec": {
            "name": "look", "inputSchema": {"json": {}}, "strict": strict,
        }}]})
    };
    let table = chat().but(Leaf::ToolStrict, Verdict::Refused(""));
    check_refused(
        &table,
        &strict(true),
        "toolConfig.tools[0].toolSpec.strict",
        "This model doesn't support the strict field. Remove strict and try again.",
    );
    let without = json!({"tools": [{"toolSpec": {"name": "look", "inputSchema": {"json": {}}}}]});
    check(&table, &strict(false), &without, &[]);
    check(&claude(), &strict(false), &strict(false), &[]);
}

#[test]
fn tools_of_the_provider_are_refused_with_their_path() {
    let table = chat().but(Leaf::ToolSystem, Verdict::Refused(""));
    let config = json!({"tools": [tool("look"), {"systemTool": {"name": "code"}}]});
    check_refused(
        &table,
        &config,
        "toolConfig.tools[1].systemTool",
        &Leaf::ToolSystem.refusal(),
    );
}

#[test]
fn a_kind_of_tool_that_nobody_knows_is_refused_by_its_name() {
    let table = chat().but(Leaf::ToolUnknown, Verdict::Refused(""));
    let asked = with_tools(|tools| {
        tools.items.push(Tool::Unknown {
            member: "web_search".to_owned(),
            raw: llm::Json::from_text("{}"),
        });
    });
    let rejects = dialects::plan::plan(&table, &asked).rejects;
    let paths: Vec<&str> = rejects.iter().map(|reject| reject.path.as_str()).collect();
    assert_eq!(paths, ["toolConfig.tools[2].web_search"]);
}

#[test]
fn a_choice_among_no_tools_is_none() {
    let config = json!({"tools": [], "toolChoice": {"auto": {}}});
    let (found, said) = planned(&chat(), &asked(&config));
    assert_eq!(found.get("toolConfig"), None);
    assert_eq!(said, [] as [&str; 0]);
    let forced = json!({"tools": [], "toolChoice": {"any": {}}});
    check_refused(
        &chat(),
        &forced,
        "toolConfig.toolChoice: there is no tool to choose",
        &Leaf::ChoiceAny.refusal(),
    );
}

#[test]
fn a_schema_keeps_its_text() {
    let body = r#"{"toolConfig":{"tools":[{"toolSpec":{"name":"look","inputSchema":{"json":
        {"type":"object","properties":{"z":{"maximum":1.10},"a":{"const":123456789012345678901234567890}}}}}}]}}"#;
    let input = rest_json::json::from_slice(body.as_bytes()).unwrap();
    let asked = dialects::converse::decode_count_request(input).unwrap();
    let (planned, _) = planned_request(&chat(), &asked);
    assert_eq!(planned, asked);
}
