//! Requests: what each part of a body becomes, and what the parts of a planned request are written as.

use dialects::anthropic::{
    DIALECT, betas, decode_request, encode_count_request, encode_request, plan,
};
use dialects::converse;
use llm::Json;
use llm::chat::{
    Block, CachePoint, JsonSchema, Request, Role, SystemItem, Tool, ToolChoice, ToolSchema,
};
use serde_json::{Value, json};

use crate::content::{content, text};

fn read(body: &Value) -> Request {
    decode_request(body.to_string().as_bytes()).unwrap()
}

fn written(request: &Request) -> Value {
    serde_json::from_slice(&encode_request("m", request, false)).unwrap()
}

/// The members beside what every body has.
fn with(members: &Value) -> Value {
    let mut body = json!({"max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn point(ttl: Option<&str>) -> CachePoint {
    CachePoint {
        kind: "default".to_owned(),
        ttl: ttl.map(str::to_owned),
        ext: llm::Ext::default(),
    }
}

#[test]
fn one_string_is_one_block_of_text() {
    let blocks = content(&json!("Hi"), &json!([{"type": "text", "text": "Hi"}]));
    assert_eq!(blocks, [text("Hi")]);
    let request = read(&with(&json!({"system": "Be kind"})));
    assert_eq!(
        request.system,
        Some(vec![SystemItem::Text("Be kind".to_owned())])
    );
    assert_eq!(
        written(&request)["system"],
        json!([{"type": "text", "text": "Be kind"}])
    );
}

#[test]
fn everybody_may_speak() {
    for (wire, role) in [
        ("user", Role::User),
        ("assistant", Role::Assistant),
        ("system", Role::System),
        ("critic", Role::Other("critic".to_owned())),
    ] {
        let request = read(&json!({"max_tokens": 9, "messages": [{"role": wire, "content": []}]}));
        assert_eq!(request.messages.as_ref().unwrap()[0].role, role);
        assert_eq!(written(&request)["messages"][0]["role"], wire);
    }
}

#[test]
fn a_mark_for_the_cache_is_a_point_behind_its_block() {
    let hour = json!({"type": "ephemeral", "ttl": "1h"});
    let plain = json!({"type": "ephemeral"});
    let request = read(&with(&json!({
        "system": [{"type": "text", "text": "s", "cache_control": hour}],
        "messages": [{"role": "user", "content": [
            {"type": "text", "text": "a", "cache_control": plain}, {"type": "text", "text": "b"}]}],
        "tools": [{"name": "n", "input_schema": {}, "cache_control": hour}],
    })));
    let system = request.system.as_ref().unwrap();
    assert_eq!(system[1], SystemItem::CachePoint(point(Some("1h"))));
    let content = &request.messages.as_ref().unwrap()[0].content;
    assert_eq!(
        content[..],
        [text("a"), Block::CachePoint(point(None)), text("b")]
    );
    let tools = request.tools.as_ref().unwrap();
    assert_eq!(tools.items[1], Tool::CachePoint(point(Some("1h"))));
    let body = written(&request);
    assert_eq!(body["system"][0]["cache_control"], hour);
    assert_eq!(body["messages"][0]["content"][0]["cache_control"], plain);
    assert_eq!(body["tools"][0]["cache_control"], hour);
}

#[test]
fn a_mark_inside_a_result_stands_behind_the_result() {
    let mark = json!({"type": "ephemeral"});
    let blocks = content(
        &json!([{"type": "tool_result", "tool_use_id": "t", "content": [
            {"type": "text", "text": "a", "cache_control": mark}]}]),
        &json!([{"type": "tool_result", "tool_use_id": "t", "cache_control": mark, "content": [
            {"type": "text", "text": "a"}]}]),
    );
    assert_eq!(blocks[1], Block::CachePoint(point(None)));
}

#[test]
fn reasoning_is_never_marked_and_a_place_is_marked_once() {
    let mut request = read(
        &json!({"max_tokens": 9, "messages": [{"role": "assistant", "content": [
        {"type": "text", "text": "a"}, {"type": "thinking", "thinking": "t", "signature": "s"}]}]}),
    );
    let content = &mut request.messages.as_mut().unwrap()[0].content;
    content.push(Block::CachePoint(point(Some("1h"))));
    content.push(Block::CachePoint(point(None)));
    let mark = json!({"type": "ephemeral", "ttl": "1h"});
    assert_eq!(
        written(&request)["messages"][0]["content"],
        json!([{"type": "text", "text": "a", "cache_control": mark},
            {"type": "thinking", "thinking": "t", "signature": "s"}])
    );
}

#[test]
fn unknown_content_goes_to_nobody_else() {
    let mut request = read(&with(&json!({
        "system": [{"type": "newer"}],
        "messages": [{"role": "user", "newer": 1, "content": [
            {"type": "newer"}, {"type": "image", "source": {"type": "file", "file_id": "f"}}, {"type": "text", "text": "a"}]}],
        "tools": [{"type": "web_search_20250305", "name": "web_search"}],
    })));
    request.dialect = Some(converse::DIALECT);
    let body = written(&request);
    assert_eq!(body["system"], json!([]));
    assert_eq!(body["tools"], json!([]));
    assert_eq!(
        body["messages"],
        json!([{"role": "user", "content": [{"type": "text", "text": "a"}]}])
    );
}

#[test]
fn tools_of_the_caller_and_of_the_server_are_told_apart() {
    let tools = json!([
        {"name": "look", "description": "d", "input_schema": {"type": "object"}, "strict": true,
            "defer_loading": true},
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3,
            "cache_control": {"type": "ephemeral"}},
    ]);
    let request = read(&with(&json!({"tools": tools})));
    assert_eq!(written(&request)["tools"], tools);
    let items = &request.tools.as_ref().unwrap().items;
    let [Tool::Spec(spec), Tool::Unknown { member, .. }] = &items[..] else {
        panic!("{items:?}");
    };
    assert_eq!(
        (spec.strict, member.as_str()),
        (Some(true), "web_search_20250305")
    );
    assert_eq!(
        spec.ext.get("defer_loading").map(Json::as_str),
        Some("true")
    );
    let custom = read(&with(
        &json!({"tools": [{"type": "custom", "name": "n", "input_schema": {}}]}),
    ));
    assert!(matches!(&custom.tools.unwrap().items[..], [Tool::Spec(_)]));
}

#[test]
fn the_choice_among_tools_says_how_many_at_once() {
    for (choice, parallel) in [
        (json!({"type": "auto"}), None),
        (
            json!({"type": "any", "disable_parallel_tool_use": true}),
            Some(false),
        ),
        (
            json!({"type": "tool", "name": "n", "disable_parallel_tool_use": false}),
            Some(true),
        ),
        (json!({"type": "none"}), None),
        (
            json!({"type": "newer", "disable_parallel_tool_use": true}),
            None,
        ),
    ] {
        let request = read(&with(&json!({"tools": [], "tool_choice": choice})));
        assert_eq!(written(&request)["tool_choice"], choice);
        let tools = request.tools.unwrap();
        assert_eq!(tools.parallel, parallel, "{choice}");
        let is_known = match tools.choice.unwrap() {
            ToolChoice::Auto { .. } => choice["type"] == "auto",
            ToolChoice::Any { .. } => choice["type"] == "any",
            ToolChoice::Tool { name, .. } => choice["name"] == name,
            ToolChoice::None { .. } => choice["type"] == "none",
            ToolChoice::Unknown { member, .. } => choice["type"] == member,
        };
        assert!(is_known, "{choice}");
    }
}

#[test]
fn a_promised_form_has_two_places_and_one_meaning() {
    let format = json!({"type": "json_schema", "schema": {"type": "object"}});
    let config = json!({"format": format, "effort": "low", "task_budget": 5});
    let request = read(&with(&json!({"output_config": config})));
    assert_eq!(written(&request)["output_config"], config);
    let output = request.output.unwrap();
    assert_eq!(output.effort.as_deref(), Some("low"));
    let JsonSchema::Schema { schema, .. } = output.text.unwrap().schema else {
        panic!("a schema");
    };
    assert_eq!(schema, r#"{"type":"object"}"#);
    let older = read(&with(&json!({"output_format": format})));
    assert_eq!(written(&older)["output_config"], json!({"format": format}));
    let newer = json!({"format": {"type": "newer", "a": 1}});
    assert_eq!(
        written(&read(&with(&json!({"output_config": newer}))))["output_config"],
        newer
    );
}

#[test]
fn sampling_keeps_its_spelling() {
    let body = br#"{"max_tokens":9,"messages":[],"temperature":0.70,"top_p":1E-1,"stop_sequences":["a"," "]}"#;
    let request = decode_request(body).unwrap();
    let inference = request.inference.as_ref().unwrap();
    assert_eq!(inference.temperature.as_ref().unwrap().as_str(), "0.70");
    assert_eq!(inference.temperature.as_ref().unwrap().value(), 0.7);
    let written = String::from_utf8(encode_request("m", &request, false)).unwrap();
    let expected = r#""temperature":0.70,"top_p":1E-1,"stop_sequences":["a"," "]"#;
    assert!(written.contains(expected), "{written}");
}

#[test]
fn what_else_is_said_stays_in_the_callers_order() {
    let body =
        br#"{"top_k":5, "model":"m", "metadata":{ "user_id":"u" }, "max_tokens":9, "messages":[],
        "thinking":{"type":"enabled","budget_tokens":1024}, "anthropic_version":"v", "a": null,
        "service_tier":"standard_only", "top_k":6, "anthropic_beta":["one"], "stream":true}"#;
    let request = decode_request(body).unwrap();
    let extra = concat!(
        r#"{"top_k":6,"metadata":{ "user_id":"u" },"#,
        r#""thinking":{"type":"enabled","budget_tokens":1024},"anthropic_beta":["one"]}"#
    );
    assert_eq!(request.extra.as_ref().map(Json::as_str), Some(extra));
    assert_eq!(
        request.tier.as_ref().map(|tier| tier.kind.as_str()),
        Some("default")
    );
    assert_eq!(betas(&request), ["one"]);
    assert!(
        written(&request).get("anthropic_beta").is_none(),
        "it goes into a header"
    );
}

#[test]
fn tiers_have_their_names() {
    for (wire, kind) in [
        ("auto", "auto"),
        ("standard_only", "default"),
        ("newer", "newer"),
    ] {
        let request = read(&with(&json!({"service_tier": wire})));
        assert_eq!(request.tier.as_ref().unwrap().kind, kind);
        assert_eq!(written(&request)["service_tier"], wire);
    }
    let mut request = read(&with(&json!({"service_tier": "newer"})));
    request.dialect = None;
    assert_eq!(written(&request).get("service_tier"), None);
}

#[test]
fn json_of_the_callers_stays_as_it_is_written() {
    let json = r#"{"b":1.10,"a":1E2,"n":123456789012345678901,"u":"\u00e9\ud83d\ude00", "s": [ ]}"#;
    let body = format!(
        r#"{{"max_tokens":9,"messages":[{{"role":"assistant","content":[{{"type":"tool_use","id":"i","name":"n","input":{json}}}]}}],
        "tools":[{{"name":"n","input_schema":{json}}}],"output_config":{{"format":{{"type":"json_schema","schema":{json}}}}},
        "context_management":{json}}}"#
    );
    let request = decode_request(body.as_bytes()).unwrap();
    let written = String::from_utf8(encode_request("m", &request, false)).unwrap();
    assert_eq!(written.matches(json).count(), 4, "{written}");
    let items = &request.tools.as_ref().unwrap().items;
    let [Tool::Spec(spec)] = &items[..] else {
        panic!("{items:?}");
    };
    assert_eq!(spec.schema, ToolSchema::Json(Json::from_text(json)));
}

#[test]
fn a_body_is_written_in_the_order_of_the_reference() {
    let request = read(&with(&json!({
        "top_k": 5, "stop_sequences": ["x"], "tool_choice": {"type": "any"}, "temperature": 1,
        "tools": [{"name": "n", "input_schema": {}}], "system": "s",
        "output_config": {"effort": "low"},
    })));
    let written = String::from_utf8(encode_request("claude-sonnet-5", &request, true)).unwrap();
    let expected = concat!(
        r#"{"model":"claude-sonnet-5","max_tokens":9,"system":[{"type":"text","text":"s"}],"#,
        r#""messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],"#,
        r#""tools":[{"name":"n","input_schema":{}}],"tool_choice":{"type":"any"},"#,
        r#""temperature":1,"stop_sequences":["x"],"output_config":{"effort":"low"},"#,
        r#""top_k":5,"stream":true}"#,
    );
    assert_eq!(written, expected);
}

#[test]
fn what_is_counted_is_what_the_model_reads() {
    let request = read(&with(&json!({
        "system": "s", "temperature": 1, "top_k": 5, "stop_sequences": ["x"], "service_tier": "auto",
        "thinking": {"type": "adaptive"}, "metadata": {"user_id": "u"}, "anthropic_beta": ["a"],
        "tools": [{"name": "n", "input_schema": {}}], "tool_choice": {"type": "auto"},
        "output_config": {"effort": "low"},
    })));
    let counted: Value = serde_json::from_slice(&encode_count_request("m", &request)).unwrap();
    let mut members: Vec<&String> = counted.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(
        members,
        [
            "messages",
            "model",
            "output_config",
            "system",
            "thinking",
            "tool_choice",
            "tools"
        ]
    );
}

#[test]
fn a_request_of_converse_is_written_as_anthropic_reads_it() {
    let input = json!({
        "system": [{"text": "Be kind"}, {"cachePoint": {"type": "default"}}],
        "messages": [
            {"role": "user", "content": [{"text": "Look"}]},
            {"role": "assistant", "content": [
                {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "seal"}}},
                {"toolUse": {"toolUseId": "tooluse_1", "name": "look", "input": {"a": 1}, "type": "tool_use"}}]},
            {"role": "user", "content": [
                {"text": "Well?"},
                {"toolResult": {"toolUseId": "tooluse_1", "status": "error", "content": [{"json": {"b": [2]}}]}}]},
            {"role": "user", "content": [
                {"document": {"name": "d", "format": "csv", "source": {"bytes": "YSxi"}}},
                {"image": {"format": "png", "source": {"bytes": "iVBORw=="}}}]}],
        "inferenceConfig": {"maxTokens": 100, "stopSequences": ["END"]},
        "toolConfig": {"tools": [{"toolSpec": {"name": "look", "inputSchema": {"json": {"type": "object"}}}}],
            "toolChoice": {"auto": {}}},
        "additionalModelRequestFields": {"top_k": 5},
        "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {
            "name": "n", "schema": "{\"type\": \"object\"}"}}}},
        "serviceTier": {"type": "priority"},
        "requestMetadata": {"team": "a"},
    });
    let input = rest_json::json::from_slice(input.to_string().as_bytes()).unwrap();
    let asked = converse::decode_request(input).unwrap();
    let planned = plan("claude-sonnet-4-5", &asked);
    assert_eq!(planned.rejects, []);
    let body = written(&planned.request.unwrap());
    let expected = json!({
        "model": "m",
        "max_tokens": 100,
        "system": [{"type": "text", "text": "Be kind", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Look"}]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "seal"},
                {"type": "tool_use", "id": "tooluse_1", "name": "look", "input": {"a": 1}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "tooluse_1", "is_error": true,
                    "content": [{"type": "text", "text": "{\"b\":[2]}"}]},
                {"type": "text", "text": "Well?"},
                {"type": "document", "title": "d",
                    "source": {"type": "text", "media_type": "text/plain", "data": "a,b"}},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}}]}],
        "tools": [{"name": "look", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "auto"},
        "stop_sequences": ["END"],
        "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
        "service_tier": "auto",
        "top_k": 5,
    });
    assert_eq!(body, expected);
}

#[test]
fn a_request_says_whose_it_is() {
    let request = read(&with(&json!({})));
    assert_eq!(request.dialect, Some(DIALECT));
    assert_eq!(request.family, Some(dialects::family::ANTHROPIC));
    assert_eq!(request.extra, None);
}
