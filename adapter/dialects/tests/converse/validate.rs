//! What the service refuses whatever the model, in its words; and the neighbours of each refusal, which it takes.

use dialects::converse::{decode_stream_request, validate};
use generated::runtime::operation::converse_stream::ConverseStreamInput;
use llm::chat::Request;
use rest_json::json;

fn request(json: &str) -> Request {
    let input: ConverseStreamInput = json::from_slice(json.as_bytes()).unwrap();
    decode_stream_request(input).unwrap()
}

fn finding(json: &str) -> Option<String> {
    validate(&request(json), false).map(|finding| finding.message)
}

#[track_caller]
fn refused(json: &str, message: &str) {
    assert_eq!(finding(json).as_deref(), Some(message), "{json}");
}

#[track_caller]
fn accepted(json: &str) {
    assert_eq!(finding(json), None, "{json}");
}

/// A request of those messages, with a tool `f`.
fn with_tool(messages: &str) -> String {
    format!(
        r#"{{"messages":[{messages}],"toolConfig":{{"tools":[{{"toolSpec":{{"name":"f","inputSchema":{{"json":{{}}}}}}}}]}}}}"#
    )
}

fn turn(role: &str, blocks: &[&str]) -> String {
    format!(r#"{{"role":"{role}","content":[{}]}}"#, blocks.join(","))
}

const TEXT: &str = r#"{"text":"a"}"#;
const CALL_1: &str = r#"{"toolUse":{"toolUseId":"1","name":"f","input":{}}}"#;
const CALL_2: &str = r#"{"toolUse":{"toolUseId":"2","name":"f","input":{}}}"#;
const RESULT_1: &str = r#"{"toolResult":{"toolUseId":"1","content":[]}}"#;
const RESULT_2: &str = r#"{"toolResult":{"toolUseId":"2","content":[]}}"#;
const DOCUMENT: &str = r#"{"document":{"name":"d","source":{"text":"a"}}}"#;

/// One user message of those blocks.
fn said(blocks: &[&str]) -> String {
    format!(r#"{{"messages":[{}]}}"#, turn("user", blocks))
}

#[test]
fn a_conversation_needs_a_message_unless_a_stored_prompt_brings_some() {
    for json in ["{}", r#"{"messages":[]}"#] {
        assert!(finding(json).is_some());
        assert_eq!(validate(&request(json), true), None);
    }
}

#[test]
fn a_message_needs_content() {
    refused(
        &format!(
            r#"{{"messages":[{},{{"role":"assistant","content":[]}}]}}"#,
            turn("user", &[TEXT])
        ),
        "The content field in the Message object at messages.1 is empty. Add a ContentBlock object to the content field and try again.",
    );
}

#[test]
fn blank_text_is_refused_only_where_it_is_all_there_is() {
    for text in ["", " ", "\\n\\t "] {
        let block = format!(r#"{{"text":"{text}"}}"#);
        refused(
            &said(&[&block]),
            "The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.",
        );
        accepted(&said(&[&block, TEXT]));
    }
}

#[test]
fn a_document_needs_a_text_beside_it() {
    refused(
        &said(&[DOCUMENT]),
        "A text block must be included when using documents.",
    );
    accepted(&said(&[DOCUMENT, TEXT]));
    accepted(&said(&[
        DOCUMENT,
        r#"{"guardContent":{"text":{"text":"a"}}}"#,
    ]));
}

#[test]
fn a_message_has_at_most_five_documents() {
    accepted(&said(&[
        TEXT, DOCUMENT, DOCUMENT, DOCUMENT, DOCUMENT, DOCUMENT,
    ]));
    let six = said(&[
        TEXT, DOCUMENT, DOCUMENT, DOCUMENT, DOCUMENT, DOCUMENT, DOCUMENT,
    ]);
    assert!(finding(&six).is_some_and(|message| message.contains("messages.0")));
}

#[test]
fn tool_blocks_need_a_tool_config() {
    let messages = [
        turn("user", &[TEXT]),
        turn("assistant", &[CALL_1]),
        turn("user", &[RESULT_1]),
    ]
    .join(",");
    refused(
        &format!(r#"{{"messages":[{messages}]}}"#),
        "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
    );
    accepted(&with_tool(&messages));
}

#[test]
fn a_result_answers_a_call_of_the_turn_before() {
    let message = |at: u32| {
        format!(
            "The number of toolResult blocks at messages.{at}.content exceeds the number of toolUse blocks of previous turn."
        )
    };
    refused(&with_tool(&turn("user", &[RESULT_1])), &message(0));
    let two = [
        turn("user", &[TEXT]),
        turn("assistant", &[CALL_1]),
        turn("user", &[RESULT_1, RESULT_2]),
    ];
    refused(&with_tool(&two.join(",")), &message(2));
    let late = [
        turn("assistant", &[CALL_1]),
        turn("user", &[RESULT_1]),
        turn("assistant", &[TEXT]),
        turn("user", &[RESULT_1]),
    ];
    refused(&with_tool(&late.join(",")), &message(3));
}

#[test]
fn a_call_is_answered_in_the_turn_after() {
    let half = [
        turn("user", &[TEXT]),
        turn("assistant", &[TEXT, CALL_1, CALL_2]),
        turn("user", &[RESULT_2]),
    ];
    refused(
        &with_tool(&half.join(",")),
        "Expected toolResult blocks at messages.2.content for the following Ids: 1",
    );
    let none = [turn("assistant", &[CALL_1, CALL_2]), turn("user", &[TEXT])];
    refused(
        &with_tool(&none.join(",")),
        "Expected toolResult blocks at messages.1.content for the following Ids: 1, 2",
    );
    let other = [turn("assistant", &[CALL_1]), turn("user", &[RESULT_2])];
    refused(
        &with_tool(&other.join(",")),
        "Expected toolResult blocks at messages.1.content for the following Ids: 1",
    );
    let whole = [
        turn("assistant", &[CALL_1, CALL_2]),
        turn("user", &[RESULT_2, RESULT_1, TEXT]),
    ];
    accepted(&with_tool(&whole.join(",")));
}

#[test]
fn consecutive_messages_of_one_role_are_one_turn() {
    let turns = [
        turn("user", &[TEXT]),
        turn("user", &[TEXT]),
        turn("assistant", &[CALL_1]),
        turn("assistant", &[CALL_2]),
        turn("user", &[RESULT_1]),
        turn("user", &[RESULT_2]),
    ];
    accepted(&with_tool(&turns.join(",")));
}

#[test]
fn the_operator_may_speak_in_mid_conversation() {
    let system = turn("system", &[TEXT]);
    let turns = [
        turn("assistant", &[CALL_1]),
        system.clone(),
        turn("assistant", &[CALL_2]),
        system.clone(),
        turn("user", &[RESULT_1]),
        system,
        turn("user", &[RESULT_2]),
    ];
    accepted(&with_tool(&turns.join(",")));
}

#[test]
fn a_leading_and_a_trailing_assistant_are_accepted() {
    accepted(&format!(
        r#"{{"messages":[{},{}]}}"#,
        turn("assistant", &[TEXT]),
        turn("user", &[TEXT])
    ));
    accepted(&format!(
        r#"{{"messages":[{},{}]}}"#,
        turn("user", &[TEXT]),
        turn("assistant", &[TEXT])
    ));
}

#[test]
fn a_tool_that_the_provider_ran_is_answered_in_its_own_turn() {
    let call = r#"{"toolUse":{"toolUseId":"s","name":"f","input":{},"type":"server_tool_use"}}"#;
    let result = r#"{"toolResult":{"toolUseId":"s","content":[],"type":"nova_grounding_result"}}"#;
    let client = r#"{"toolUse":{"toolUseId":"1","name":"f","input":{},"type":"tool_use"}}"#;
    let turns = [
        turn("assistant", &[call, result, client]),
        turn("user", &[RESULT_1]),
    ];
    accepted(&with_tool(&turns.join(",")));
    let missing = [
        turn("assistant", &[call, result, client]),
        turn("user", &[TEXT]),
    ];
    refused(
        &with_tool(&missing.join(",")),
        "Expected toolResult blocks at messages.1.content for the following Ids: 1",
    );
}

#[test]
fn empty_system_and_empty_inference_are_accepted() {
    accepted(&format!(
        r#"{{"messages":[{}],"system":[],"inferenceConfig":{{}}}}"#,
        turn("user", &[TEXT])
    ));
}

/// A request with those members beside one message.
fn beside(members: &str) -> String {
    format!(r#"{{"messages":[{}],{members}}}"#, turn("user", &[TEXT]))
}

#[test]
fn tool_names_are_unique_and_a_cache_point_has_none() {
    let spec =
        |name: &str| format!(r#"{{"toolSpec":{{"name":"{name}","inputSchema":{{"json":{{}}}}}}}}"#);
    let point = r#"{"cachePoint":{"type":"default"}}"#;
    let tools =
        |list: &[&str]| beside(&format!(r#""toolConfig":{{"tools":[{}]}}"#, list.join(",")));
    let twice = tools(&[&spec("f"), point, &spec("f")]);
    assert!(finding(&twice).is_some_and(|message| message.contains("toolConfig.tools.2")));
    accepted(&tools(&[&spec("f"), point, &spec("g"), point]));
}

#[test]
fn a_chosen_tool_is_one_of_those_offered() {
    let choose = |choice: &str| {
        beside(&format!(
            r#""toolConfig":{{"tools":[{{"toolSpec":{{"name":"f","inputSchema":{{"json":{{}}}}}}}},{{"systemTool":{{"name":"s"}}}}],"toolChoice":{choice}}}"#
        ))
    };
    for choice in [
        r#"{"tool":{"name":"f"}}"#,
        r#"{"tool":{"name":"s"}}"#,
        r#"{"any":{}}"#,
        r#"{"auto":{}}"#,
        r#"{"later":{}}"#,
    ] {
        accepted(&choose(choice));
    }
    assert!(
        finding(&choose(r#"{"tool":{"name":"g"}}"#))
            .is_some_and(|message| message.contains("toolConfig.toolChoice.tool.name"))
    );
}

#[test]
fn additional_fields_are_an_object() {
    accepted(&beside(r#""additionalModelRequestFields": {"a":[]}"#));
    for value in ["[]", "1", "\"a\"", "true"] {
        let json = beside(&format!(r#""additionalModelRequestFields":{value}"#));
        assert!(
            finding(&json).is_some_and(|message| message.contains("additionalModelRequestFields"))
        );
    }
}

#[test]
fn response_paths_are_json_pointers() {
    let paths = |path: &str| {
        beside(&format!(
            r#""additionalModelResponseFieldPaths":["/a","{path}"]"#
        ))
    };
    for path in ["", "/", "/stop_sequence", "/a~0b/~1", "/0/é"] {
        accepted(&paths(path));
    }
    for path in ["a", "a/b", "/a~", "/a~2", "#/a"] {
        assert!(
            finding(&paths(path))
                .is_some_and(|message| message.contains("additionalModelResponseFieldPaths.1")),
            "{path}"
        );
    }
}

#[test]
fn a_guardrail_has_an_id_and_a_version_or_neither() {
    let guardrail = |members: &str| beside(&format!(r#""guardrailConfig":{{{members}}}"#));
    accepted(&guardrail(
        r#""guardrailIdentifier":"g","guardrailVersion":"1""#,
    ));
    accepted(&guardrail(r#""trace":"enabled""#));
    for half in [r#""guardrailIdentifier":"g""#, r#""guardrailVersion":"1""#] {
        assert!(
            finding(&guardrail(half)).is_some_and(|message| message.contains("guardrailVersion"))
        );
    }
}

#[test]
fn a_promised_schema_is_json() {
    let format = |schema: &str| {
        beside(&format!(
            r#""outputConfig":{{"textFormat":{{"type":"json_schema","structure":{{"jsonSchema":{{"schema":"{schema}"}}}}}}}}"#
        ))
    };
    accepted(&format(r#"{\"type\":\"object\"}"#));
    for schema in ["", "{", "{} {}"] {
        assert!(
            finding(&format(schema)).is_some_and(|message| message.contains("jsonSchema.schema"))
        );
    }
}
