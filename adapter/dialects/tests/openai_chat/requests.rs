//! Requests, case by case: what of them is where in the neutral form, and what leaves.

use dialects::openai_chat::{Quirks, decode_request, encode_request};
use llm::Json;
use llm::chat::{
    Block, DocumentSource, Request, Role, Src, SystemItem, Tool, ToolChoice, ToolResultItem,
    ToolSchema, ToolUse,
};
use serde_json::{Value, json};

fn decode(body: &Value) -> Request {
    decode_request(&serde_json::to_vec(body).unwrap()).unwrap()
}

/// A request of those messages.
fn of_messages(messages: &Value) -> Request {
    decode(&json!({ "messages": messages }))
}

fn encode(request: &Request) -> String {
    String::from_utf8(encode_request(&Quirks::COMPATIBLE, "m", request, false)).unwrap()
}

fn encoded(request: &Request) -> Value {
    serde_json::from_str(&encode(request)).unwrap()
}

/// The blocks of the nth message.
fn blocks(request: &Request, n: usize) -> &[Block] {
    &request.messages.as_ref().unwrap()[n].content
}

fn the_call(request: &Request) -> &ToolUse {
    let calls: Vec<&ToolUse> = request
        .messages
        .iter()
        .flatten()
        .flat_map(|message| &message.content)
        .filter_map(|block| match block {
            Block::ToolUse(call) => Some(call),
            _ => None,
        })
        .collect();
    assert_eq!(calls.len(), 1);
    calls[0]
}

/// A request whose one call has arguments that are written like this on the wire.
fn with_arguments(wire: &str) -> Request {
    let function = if wire.is_empty() {
        r#"{"name":"f"}"#.to_owned()
    } else {
        format!(r#"{{"name":"f","arguments":{wire}}}"#)
    };
    let body = format!(
        r#"{{"messages":[{{"role":"assistant","tool_calls":[{{"id":"c","type":"function","function":{function}}}]}}]}}"#
    );
    decode_request(body.as_bytes()).unwrap()
}

#[test]
fn the_text_of_arguments_schemas_and_numbers_is_kept() {
    let input = r#"{"z": 1.10, "a": 1E2, "n": 123456789012345678901234567890, "t": "\u00e9\n"}"#;
    let wire = serde_json::to_string(input).unwrap();
    let schema = r#"{ "type":"object", "properties":{"z":{"default":1.10},"a":{}} }"#;
    let body = format!(
        r#"{{"messages":[{{"role":"assistant","tool_calls":[{{"id":"c","type":"function","function":{{"name":"f","arguments":{wire}}}}}]}}],"temperature":0.7,"top_p":0.30,"seed":1.0,"tools":[{{"type":"function","function":{{"name":"f","parameters":{schema}}}}}]}}"#
    );
    let request = decode_request(body.as_bytes()).unwrap();
    assert_eq!(the_call(&request).input, Json::from_text(input));
    let Tool::Spec(spec) = &request.tools.as_ref().unwrap().items[0] else {
        panic!("no function");
    };
    assert_eq!(spec.schema, ToolSchema::Json(Json::from_text(schema)));
    let sent = encode(&request);
    for part in [
        format!(r#""arguments":{wire}"#),
        format!(r#""parameters":{schema}"#),
        r#""temperature":0.7,"#.to_owned(),
        r#""top_p":0.30,"#.to_owned(),
        r#""seed":1.0}"#.to_owned(),
    ] {
        assert!(sent.contains(&part), "{part} is not in {sent}");
    }
}

#[test]
fn a_call_without_arguments_has_an_empty_object() {
    for wire in ["", r#""""#, r#""  ""#, "null", r#""null""#] {
        let request = with_arguments(wire);
        assert_eq!(the_call(&request).input, Json::from_text("{}"), "{wire}");
        let sent = encoded(&request);
        let arguments = &sent["messages"][0]["tool_calls"][0]["function"]["arguments"];
        assert_eq!(arguments, "{}", "{wire}");
    }
}

#[test]
fn arguments_that_are_an_object_are_its_text() {
    let request = with_arguments(r#"{"b": 1.0}"#);
    assert_eq!(the_call(&request).input, Json::from_text(r#"{"b": 1.0}"#));
}

#[test]
fn arguments_that_are_not_json_are_kept_as_a_string_and_leave_as_they_came() {
    let request = with_arguments(r#""{\"a\": tru""#);
    let call = the_call(&request);
    assert_eq!(call.input, Json::from_text(r#""{\"a\": tru""#));
    let sent = encoded(&request);
    let arguments = &sent["messages"][0]["tool_calls"][0]["function"]["arguments"];
    assert_eq!(arguments, r#"{"a": tru"#);
}

#[test]
fn leading_messages_of_the_operator_are_system_items_and_later_ones_are_messages() {
    let request = of_messages(&json!([
        {"role": "system", "content": "one"},
        {"role": "developer", "content": [
            {"type": "text", "text": "two"},
            {"type": "text", "text": "three", "cache_control": {"type": "ephemeral"}},
        ]},
        {"role": "user", "content": "hello"},
        {"role": "system", "content": "later"},
    ]));
    let raw = r#"{"type":"text","text":"three","cache_control":{"type":"ephemeral"}}"#;
    assert_eq!(
        request.system,
        Some(vec![
            SystemItem::Text("one".to_owned()),
            SystemItem::Text("two".to_owned()),
            SystemItem::Unknown {
                member: "text".to_owned(),
                raw: Json::from_text(raw),
            },
        ])
    );
    let roles: Vec<&Role> = (request.messages.iter().flatten())
        .map(|message| &message.role)
        .collect();
    assert_eq!(roles, [&Role::User, &Role::System]);
}

#[test]
fn a_run_of_results_is_one_turn_and_leaves_before_what_the_user_says() {
    let messages = json!([
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            {"id": "b", "type": "function", "function": {"name": "f", "arguments": "{}"}},
        ]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "tool", "tool_call_id": "b", "content": [
            {"type": "text", "text": "2"}, {"type": "text", "text": "3"},
        ]},
        {"role": "user", "content": "and now?"},
    ]);
    let mut request = of_messages(&messages);
    let Block::ToolResult(result) = &blocks(&request, 1)[1] else {
        panic!("no result");
    };
    let texts = ["2", "3"].map(|text| ToolResultItem::Text(text.to_owned()));
    assert_eq!((result.id.as_str(), &*result.content), ("b", &texts[..]));
    assert_eq!(encoded(&request)["messages"], messages);

    // A turn of Converse may have the text first; the results must leave before it all the same.
    let turns = request.messages.as_mut().unwrap();
    let said = turns.pop().unwrap().content;
    turns[1].content.splice(0..0, said);
    assert_eq!(encoded(&request)["messages"], messages);
}

#[test]
fn a_tool_that_says_nothing_has_a_result_without_content() {
    let messages = json!([{"role": "tool", "tool_call_id": "a", "content": ""}]);
    let request = of_messages(&messages);
    let Block::ToolResult(result) = &blocks(&request, 0)[0] else {
        panic!("no result");
    };
    assert_eq!(result.content, []);
    assert_eq!(encoded(&request)["messages"], messages);
}

#[test]
fn calls_and_results_of_the_old_form_are_read_as_those_of_the_new() {
    let request = decode(&json!({
        "messages": [
            {"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "1"},
        ],
        "functions": [{"name": "f"}],
        "function_call": {"name": "f"},
    }));
    let sent = encoded(&request);
    assert_eq!(
        sent["messages"][1]["tool_call_id"],
        sent["messages"][0]["tool_calls"][0]["id"]
    );
    assert_eq!(sent["tools"][0]["function"]["name"], "f");
    assert_eq!(
        sent["tool_choice"],
        json!({"type": "function", "function": {"name": "f"}})
    );
}

#[test]
fn media_are_bytes_and_leave_as_data_urls() {
    let parts = json!([
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw==", "detail": "high"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "image_url", "image_url": {"url": "data:image/svg+xml;utf8,<svg/>"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
    ]);
    let request = of_messages(&json!([{"role": "user", "content": parts}]));
    let found = blocks(&request, 0);
    let Block::Image(image) = &found[0] else {
        panic!("{:?}", found[0]);
    };
    assert_eq!(image.format.as_str(), "png");
    assert_eq!(image.source, Src::Bytes(b"\x89PNG".as_slice().into()));
    assert_eq!(image.ext.get("detail"), Some(&Json::from_text("\"high\"")));
    let Block::Document(document) = &found[3] else {
        panic!("{:?}", found[3]);
    };
    assert_eq!(document.name, "a.pdf");
    let bytes = Src::Bytes(b"%PDF".as_slice().into());
    assert_eq!(document.source, DocumentSource::File(bytes));
    let unknown = |block: &Block| match block {
        Block::Unknown { member, .. } => Some(member.clone()),
        _ => None,
    };
    assert_eq!(unknown(&found[5]).as_deref(), Some("image_url"));
    assert_eq!(unknown(&found[6]).as_deref(), Some("video_url"));
    assert_eq!(encoded(&request)["messages"][0]["content"], parts);
}

#[test]
fn what_only_this_format_knows_is_not_written_for_a_request_of_another() {
    let mut request = decode(&json!({
        "messages": [
            {"role": "user", "name": "ann", "content": [
                {"type": "text", "text": "look"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw==", "detail": "high"}},
                {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
            ]},
        ],
        "tools": [
            {"type": "function", "function": {"name": "f", "parameters": {}, "x": 1}},
            {"type": "custom", "custom": {"name": "g"}},
        ],
        "max_completion_tokens": 5,
    }));
    request.dialect = None;
    assert_eq!(
        encoded(&request),
        json!({
            "model": "m",
            "messages": [{"role": "user", "content": [
                {"type": "text", "text": "look"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
            ]}],
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
            "max_tokens": 5,
        })
    );
}

#[test]
fn choices_are_read_by_their_meaning_and_what_is_new_is_kept() {
    let choice = |choice: Value| decode(&json!({"messages": [], "tool_choice": choice}));
    let of = |choice: Request| choice.tools.unwrap().choice.unwrap();
    let ext = llm::Ext::default();
    assert_eq!(
        of(choice(json!("auto"))),
        ToolChoice::Auto { ext: ext.clone() }
    );
    assert_eq!(
        of(choice(json!("none"))),
        ToolChoice::None { ext: ext.clone() }
    );
    assert_eq!(
        of(choice(json!("required"))),
        ToolChoice::Any { ext: ext.clone() }
    );
    let one = json!({"type": "function", "function": {"name": "f"}});
    let name = "f".to_owned();
    assert_eq!(of(choice(one)), ToolChoice::Tool { name, ext });
    let several = json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}});
    assert!(matches!(
        of(choice(several)),
        ToolChoice::Unknown { member, .. } if member == "allowed_tools"
    ));
}

#[test]
fn a_structured_output_is_strict_unless_the_request_says_otherwise() {
    let format = |schema: Value| {
        decode(&json!({
            "messages": [],
            "response_format": {"type": "json_schema", "json_schema": schema},
        }))
    };
    let mut strict = format(json!({"name": "a b/c", "schema": {"type": "object"}, "strict": true}));
    let told = |request: &Request| encoded(request)["response_format"]["json_schema"].clone();
    assert_eq!(
        told(&strict),
        json!({"name": "a_b_c", "schema": {"type": "object"}, "strict": true})
    );
    let lax = format(json!({"name": "a", "schema": {"type": "object"}}));
    assert_eq!(told(&lax)["strict"], false);
    // A request of another format makes the promise without a word about how.
    strict.dialect = None;
    let output = strict.output.as_mut().unwrap().text.as_mut().unwrap();
    if let llm::chat::JsonSchema::Schema { name, .. } = &mut output.schema {
        *name = None;
    }
    assert_eq!(told(&strict)["name"], "response");
}

#[test]
fn another_form_of_output_rides_in_the_extra() {
    let body = json!({"messages": [], "response_format": {"type": "json_object"}});
    let request = decode(&body);
    assert_eq!(request.output, None);
    assert_eq!(
        encoded(&request)["response_format"],
        body["response_format"]
    );
}

#[test]
fn what_the_extra_says_again_is_said_once_and_who_serves_is_not_its_to_say() {
    let mut request = decode(&json!({"messages": [], "temperature": 0.5}));
    request.extra = Some(Json::from_text(
        r#"{"temperature":1,"model":"x","stream":true,"seed":1,"seed":2}"#,
    ));
    assert_eq!(
        encode(&request),
        r#"{"model":"m","messages":[],"temperature":0.5,"seed":2}"#
    );
}

#[test]
fn a_server_that_takes_no_parts_gets_one_string() {
    let quirks = Quirks {
        content_parts: false,
        ..Quirks::COMPATIBLE
    };
    let two = json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]);
    let request = of_messages(&json!([
        {"role": "system", "content": two},
        {"role": "user", "content": two},
        {"role": "assistant", "content": two},
        {"role": "tool", "tool_call_id": "c", "content": two},
    ]));
    let sent = encode_request(&quirks, "m", &request, false);
    let sent: Value = serde_json::from_slice(&sent).unwrap();
    let contents: Vec<&Value> = (sent["messages"].as_array().unwrap().iter())
        .map(|message| &message["content"])
        .collect();
    // Blocks of the assistant are pieces of one text; those of others stand for themselves.
    assert_eq!(contents, ["a\n\nb", "a\n\nb", "ab", "a\nb"]);
}

#[test]
fn a_stream_asks_for_its_usage_where_the_server_can_tell_it() {
    let request = decode(&json!({"messages": []}));
    let sent = |quirks: &Quirks| String::from_utf8(encode_request(quirks, "m", &request, true));
    assert_eq!(
        sent(&Quirks::COMPATIBLE).unwrap(),
        r#"{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#
    );
    let silent = Quirks {
        stream_usage: false,
        ..Quirks::COMPATIBLE
    };
    assert_eq!(
        sent(&silent).unwrap(),
        r#"{"model":"m","messages":[],"stream":true}"#
    );
}

#[test]
fn reasoning_models_of_openai_have_their_own_words() {
    let request = decode(&json!({
        "messages": [{"role": "system", "content": "s"}],
        "max_tokens": 5,
    }));
    let sent = |model| {
        let sent = encode_request(&Quirks::OPENAI, model, &request, false);
        String::from_utf8(sent).unwrap()
    };
    assert_eq!(
        sent("o3-mini"),
        r#"{"model":"o3-mini","messages":[{"role":"developer","content":"s"}],"max_completion_tokens":5}"#
    );
    assert_eq!(
        sent("gpt-4o"),
        r#"{"model":"gpt-4o","messages":[{"role":"system","content":"s"}],"max_tokens":5}"#
    );
}

#[test]
fn a_body_that_is_not_of_this_format_is_refused_with_its_place() {
    let refused = |body: &str| decode_request(body.as_bytes()).unwrap_err().to_string();
    for (body, expected) in [
        ("", "#: not valid JSON (unexpected end)"),
        ("[]", "#: expected an object, found a list"),
        ("{}", "#: required key [messages] not found"),
        (
            r#"{"messages":1}"#,
            "#/messages: expected a list, found a number",
        ),
        (
            r#"{"messages":[{"content":"a"}]}"#,
            "#/messages/0: required key [role] not found",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"type":"text"}]}]}"#,
            "#/messages/0/content/0: required key [text] not found",
        ),
        (
            r#"{"messages":[],"max_tokens":"5"}"#,
            "#/max_tokens: expected an integer of 32 bits, found a string",
        ),
        (
            r#"{"messages":[],"tools":[{"type":"function","function":{}}]}"#,
            "#/tools/0/function: required key [name] not found",
        ),
        (
            r#"{"messages":[{"role":"user","content":"\ud800"}]}"#,
            "#/messages/0/content: not valid JSON (lone surrogate in a string)",
        ),
    ] {
        assert_eq!(refused(body), expected, "{body}");
    }
}
