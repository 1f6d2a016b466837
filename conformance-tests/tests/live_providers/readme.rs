//! The first page's promise: one Python file, three providers, nothing changed but the model id. The file is the README's own.

use std::path::Path;
use std::process::Command;

use conformance_tests::live::wire::Written;
use conformance_tests::{env, kits};
use serde_json::{Value, json};

use crate::stage::Stage;

/// Where the README says that the gateway is.
const ENDPOINT: &str = "http://127.0.0.1:8080/bedrock";

/// The file of the README that takes model ids on its command line.
fn script(readme: &str) -> &str {
    let blocks = readme.split("```python\n").skip(1);
    blocks
        .filter_map(|rest| rest.split_once("```"))
        .map(|(block, _)| block)
        .find(|block| block.contains("sys.argv"))
        .expect("the README has that file")
}

fn answer(json: &Value) -> Written {
    Written {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        pieces: vec![json.to_string().into()],
        sized: true,
    }
}

/// What OpenAI answers, in the form of its API reference ("The chat completion object").
fn openai(message: &Value, finish_reason: &str) -> Written {
    answer(&json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_760_000_000, "model": "gpt-4o",
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
    }))
}

/// What Anthropic answers, in the form of its API reference ("Messages").
fn anthropic(content: &Value, stop_reason: &str) -> Written {
    answer(&json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": content,
        "stop_reason": stop_reason, "stop_sequence": null, "usage": {"input_tokens": 20, "output_tokens": 5},
    }))
}

#[test]
fn the_readmes_file_reaches_three_providers_with_nothing_changed_but_the_model_id() {
    let Some(stage) = Stage::set("boto3") else {
        return;
    };
    // The stub knows the requests by their question, and gives its answers in the order in which the file asks.
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Paris\"}"}});
    let calls = json!({"role": "assistant", "content": null, "tool_calls": [call]});
    let says = json!({"role": "assistant", "content": "Clear, says GPT."});
    let uses = json!([{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Paris"}}]);
    let texts = json!([{"type": "text", "text": "Clear, says Claude."}]);
    let answers = vec![
        openai(&calls, "tool_calls"),
        openai(&says, "stop"),
        anthropic(&uses, "tool_use"),
        anthropic(&texts, "end_turn"),
    ];
    stage
        .upstream
        .plan("What is the weather in Paris?", answers);

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(root).expect("the README");
    let script = script(&readme);
    assert!(script.contains(ENDPOINT));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ask.py");
    std::fs::write(&file, script.replace(ENDPOINT, &stage.endpoint())).expect("the file");
    let kit = kits::kit("boto3").expect("the kit is registered");
    let ran = Command::new(kit.home(&env::sdks_root()).join("bin/python"))
        .arg(&file)
        .args([
            "sandbox/echo",
            "openai/gpt-4o",
            "anthropic/claude-sonnet-4-5",
        ])
        .env_clear()
        .output()
        .expect("Python runs");

    let (told, faults) = (
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr),
    );
    assert!(ran.status.success(), "{told}{faults}");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines,
        [
            // The sandbox answers with what the tool gave.
            r#"sandbox/echo: {"sky": "clear"}"#,
            "openai/gpt-4o: Clear, says GPT.",
            "anthropic/claude-sonnet-4-5: Clear, says Claude.",
        ]
    );
    let arrived = stage.upstream.arrived("What is the weather in Paris?");
    let results: Vec<Value> = arrived
        .iter()
        .map(|request| serde_json::from_slice(&request.body).expect("JSON"))
        .collect();
    let [_, openai, _, anthropic] = results.as_slice() else {
        panic!("{} requests", results.len());
    };
    assert_eq!(openai["messages"][2]["role"], "tool");
    assert_eq!(openai["messages"][2]["tool_call_id"], "call_1");
    assert_eq!(
        anthropic["messages"][2]["content"][0]["type"],
        "tool_result"
    );
    assert_eq!(
        anthropic["messages"][2]["content"][0]["tool_use_id"],
        "toolu_1"
    );
}
