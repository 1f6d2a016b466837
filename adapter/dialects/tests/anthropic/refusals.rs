//! Bodies that are no requests: each is refused by the place of what is wrong.

use dialects::Error;
use dialects::anthropic::decode_request;

#[test]
fn what_is_no_request_is_refused_by_its_place() {
    let message = |content: &str| {
        format!(
            r#"{{"max_tokens":1,"messages":[{{"role":"user","content":"a"}},{{"role":"user","content":{content}}}]}}"#
        )
    };
    for (body, pointer, reason) in [
        ("[]".to_owned(), "", "expected an object, found a list"),
        ("{".to_owned(), "", "not valid JSON (unexpected end)"),
        ("{}".to_owned(), "", "required key [max_tokens] not found"),
        (
            r#"{"max_tokens":1}"#.to_owned(),
            "",
            "required key [messages] not found",
        ),
        (
            r#"{"max_tokens":null,"messages":[]}"#.to_owned(),
            "",
            "required key [max_tokens] not found",
        ),
        (
            r#"{"max_tokens":"1","messages":[]}"#.to_owned(),
            "/max_tokens",
            "expected an integer of 32 bits, found a string",
        ),
        (
            r#"{"max_tokens":1,"messages":[{"content":"a"}]}"#.to_owned(),
            "/messages/0",
            "required key [role] not found",
        ),
        (
            r#"{"max_tokens":1,"messages":[{"role":"user"}]}"#.to_owned(),
            "/messages/0",
            "required key [content] not found",
        ),
        (
            message("5"),
            "/messages/1/content",
            "expected a list, found a number",
        ),
        (
            message("[{}]"),
            "/messages/1/content/0",
            "required key [type] not found",
        ),
        (
            message("[5]"),
            "/messages/1/content/0",
            "expected an object, found a number",
        ),
        (
            message(r#"[{"type":"text"}]"#),
            "/messages/1/content/0",
            "required key [text] not found",
        ),
        (
            message(
                r#"[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"?"}}]"#,
            ),
            "/messages/1/content/0/source/data",
            "not valid base64",
        ),
        (
            message(
                r#"[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":[]}]}]"#,
            ),
            "/messages/1/content/0/content/0/text",
            "expected a string, found a list",
        ),
        (
            message(
                r#"[{"type":"document","source":{"type":"content","content":[{"type":"text"}]}}]"#,
            ),
            "/messages/1/content/0/source/content/0",
            "required key [text] not found",
        ),
        (
            r#"{"max_tokens":1,"messages":[],"tools":[{"name":"n"}]}"#.to_owned(),
            "/tools/0",
            "required key [input_schema] not found",
        ),
        (
            r#"{"max_tokens":1,"messages":[],"tool_choice":"auto"}"#.to_owned(),
            "/tool_choice",
            "expected an object, found a string",
        ),
        (
            r#"{"max_tokens":1,"messages":[],"system":[{"type":"text"}]}"#.to_owned(),
            "/system/0",
            "required key [text] not found",
        ),
        (
            message(r#""\ud800""#),
            "/messages/1/content",
            "not valid JSON (lone surrogate in a string)",
        ),
        (
            message(r#"[{"type":"tool_use","id":"i","name":"n","input":{"a":"\udc00"}}]"#),
            "/messages/1/content/0",
            "not valid JSON (lone surrogate in a string)",
        ),
    ] {
        let expected = Error::Body {
            pointer: pointer.to_owned(),
            reason: reason.to_owned(),
        };
        assert_eq!(decode_request(body.as_bytes()), Err(expected), "{body}");
    }
}
