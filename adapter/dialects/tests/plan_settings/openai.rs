//! Settings at OpenAI and at servers that speak its format.

use dialects::family::{ANTHROPIC, OPENAI};
use dialects::openai_chat::Quirks;
use llm::chat::{JsonSchema, ToolChoice};

use crate::{choosing, fields, request, to_openai, to_server};

#[test]
fn more_stop_sequences_than_the_target_takes_are_refused_with_the_limit() {
    let stop = |n: usize| {
        let texts: Vec<String> = (0..n).map(|at| format!("\"{at}\"")).collect();
        request(&format!(
            r#""inferenceConfig":{{"stopSequences":[{}]}}"#,
            texts.join(",")
        ))
    };
    to_openai("gpt-4.1", &stop(4)).loses(&[]);
    let planned = to_openai("gpt-4.1", &stop(5));
    planned.refuses("inferenceConfig.stopSequences: the target takes at most 4, got 5");
    assert_eq!(
        planned.messages,
        ["This model doesn't support the stopSequences field. Remove stopSequences and try again."]
    );
    to_server("deepseek", &stop(16)).loses(&[]);
    to_server("deepseek", &stop(17))
        .refuses("inferenceConfig.stopSequences: the target takes at most 16, got 17");
    to_server("vllm", &stop(100)).loses(&[]);
}

#[test]
fn a_reasoning_model_takes_no_stop_sequences_and_no_sampling() {
    let stop = request(r#""inferenceConfig":{"stopSequences":["a"]}"#);
    let sampling = request(r#""inferenceConfig":{"temperature":0.7,"topP":0.9,"maxTokens":5}"#);
    for model in [
        "o1",
        "o3-mini",
        "o4-mini-2025-04-16",
        "gpt-5",
        "gpt-5.1-codex",
        "ft:o4-mini:org::id",
    ] {
        to_openai(model, &stop)
            .refuses("inferenceConfig.stopSequences: a reasoning model takes no stop sequences");
        to_openai(model, &sampling).loses(&[
            "inferenceConfig.temperature;dropped",
            "inferenceConfig.topP;dropped",
        ]);
    }
    for model in [
        "gpt-4o",
        "gpt-4.1-mini",
        "gpt-5-chat-latest",
        "gpt-oss-120b",
        "omni",
    ] {
        to_openai(model, &stop).loses(&[]);
        to_openai(model, &sampling).loses(&[]);
    }
    // Whose names say nothing at another server.
    to_server("compatible", &stop).loses(&[]);
}

#[test]
fn a_temperature_leaves_as_it_was_written() {
    let planned = to_openai(
        "gpt-4.1",
        &request(r#""inferenceConfig":{"temperature":0.7}"#),
    );
    let inference = planned.request.inference.unwrap();
    assert_eq!(inference.temperature.unwrap().as_str(), "0.7");
    assert_eq!(inference.max_tokens, None);
}

#[test]
fn settings_that_say_nothing_are_not_there() {
    let planned = to_openai(
        "gpt-4.1",
        &request(r#""inferenceConfig":{"stopSequences":[]}"#),
    );
    assert_eq!(planned.loses(&[]).request.inference, None);
    let planned = to_openai("gpt-4.1", &request(r#""outputConfig":{}"#));
    assert_eq!(planned.loses(&[]).request.output, None);
}

#[test]
fn a_server_that_cannot_make_a_model_call_a_tool_is_no_target_for_it() {
    for server in ["ollama", "together"] {
        to_server(server, &request(&choosing(r#"{"auto":{}}"#))).loses(&[]);
        to_server(server, &request(&choosing(r#"{"any":{}}"#)))
            .refuses("toolConfig.toolChoice.any: the target cannot make the model call a tool");
    }
    let planned = to_server("mistral", &request(&choosing(r#"{"tool":{"name":"f"}}"#)));
    let choice = planned
        .loses(&[])
        .request
        .tools
        .as_ref()
        .unwrap()
        .choice
        .clone();
    assert!(matches!(choice, Some(ToolChoice::Any { .. })), "{choice:?}");
}

const SCHEMA: &str = r#""outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"type\":\"object\"}"}}}}"#;

#[test]
fn a_promised_schema_is_refused_by_a_server_that_promises_none() {
    to_server("deepseek", &request(SCHEMA))
        .refuses("outputConfig.textFormat: the target promises no schema");
}

#[test]
fn a_promised_schema_gets_a_name_that_the_format_takes() {
    let name = |members: &str| {
        let planned = to_openai("gpt-4.1", &request(members));
        let text = planned
            .loses(&[])
            .request
            .output
            .clone()
            .unwrap()
            .text
            .unwrap();
        match text.schema {
            JsonSchema::Schema { name, .. } => name.unwrap(),
            JsonSchema::Unknown { .. } => panic!("a schema"),
        }
    };
    assert_eq!(name(SCHEMA), "response");
    let named =
        |name: &str| SCHEMA.replace(r#"{"schema""#, &format!(r#"{{"name":"{name}","schema""#));
    assert_eq!(name(&named("my_answer-1")), "my_answer-1");
    assert_eq!(name(&named("mine: é")), "mine___");
    assert_eq!(name(&named(&"a".repeat(65))), "a".repeat(64));
}

#[test]
fn a_budget_becomes_the_nearest_effort_with_a_warning() {
    let budget = |tokens: u32| {
        fields(
            Some(ANTHROPIC),
            &format!(r#"{{"thinking":{{"type":"enabled","budget_tokens":{tokens}}}}}"#),
        )
    };
    for (tokens, effort) in [
        (1024, "low"),
        (4000, "low"),
        (16_000, "medium"),
        (32_000, "high"),
    ] {
        to_openai("gpt-5", &budget(tokens))
            .loses(&["additionalModelRequestFields.thinking;approximated"])
            .says(&format!(r#"{{"reasoning_effort":"{effort}"}}"#));
    }
    to_openai("gpt-4.1", &budget(4000))
        .loses(&["additionalModelRequestFields.thinking;dropped"])
        .says("");
}

#[test]
fn reasoning_as_the_model_likes_is_what_a_reasoning_model_does() {
    let adaptive = fields(
        Some(ANTHROPIC),
        r#"{"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}"#,
    );
    to_openai("gpt-5", &adaptive)
        .loses(&[])
        .says(r#"{"reasoning_effort":"high"}"#);
}

#[test]
fn reasoning_is_switched_off_as_far_as_the_model_can() {
    let off = fields(Some(ANTHROPIC), r#"{"thinking":{"type":"disabled"}}"#);
    to_openai("gpt-5.1", &off)
        .loses(&[])
        .says(r#"{"reasoning_effort":"none"}"#);
    to_openai("gpt-5", &off)
        .loses(&["additionalModelRequestFields.thinking;approximated"])
        .says(r#"{"reasoning_effort":"minimal"}"#);
    to_openai("o3", &off)
        .loses(&["additionalModelRequestFields.thinking;approximated"])
        .says(r#"{"reasoning_effort":"low"}"#);
    to_openai("gpt-4.1", &off).loses(&[]).says("");
    to_server("ollama", &off)
        .loses(&[])
        .says(r#"{"reasoning_effort":"none"}"#);
    to_server("compatible", &off)
        .loses(&["additionalModelRequestFields.thinking;dropped"])
        .says("");
}

#[test]
fn a_level_that_the_model_does_not_know_becomes_the_nearest() {
    let effort = |level: &str| request(&format!(r#""outputConfig":{{"effort":"{level}"}}"#));
    to_openai("gpt-5.6", &effort("max"))
        .loses(&["outputConfig.effort;approximated"])
        .says(r#"{"reasoning_effort":"xhigh"}"#);
    to_openai("o3", &effort("minimal"))
        .loses(&["outputConfig.effort;approximated"])
        .says(r#"{"reasoning_effort":"low"}"#);
    to_openai("gpt-5", &effort("medium"))
        .loses(&[])
        .says(r#"{"reasoning_effort":"medium"}"#);
    to_openai("gpt-4.1", &effort("medium"))
        .loses(&["outputConfig.effort;dropped"])
        .says("");
    // Off is not near to anything.
    to_server("mistral", &effort("low"))
        .loses(&["outputConfig.effort;approximated"])
        .says(r#"{"reasoning_effort":"high"}"#);
    // A word that nobody knows goes out as it came.
    to_openai("gpt-5", &effort("enormous"))
        .loses(&[])
        .says(r#"{"reasoning_effort":"enormous"}"#);
}

#[test]
fn the_level_in_its_own_place_wins_over_the_field() {
    let mut both = fields(Some(OPENAI), r#"{"reasoning_effort":"low"}"#);
    both.output = request(r#""outputConfig":{"effort":"high"}"#).output;
    to_openai("gpt-5", &both)
        .loses(&["additionalModelRequestFields.reasoning_effort;dropped"])
        .says(r#"{"reasoning_effort":"high"}"#);
}

#[test]
fn a_reasoning_model_takes_no_penalties_in_any_vocabulary() {
    let penalties = fields(
        Some(OPENAI),
        r#"{"presence_penalty":1,"seed":7,"user":"u"}"#,
    );
    to_openai("gpt-4.1", &penalties)
        .loses(&[])
        .says(r#"{"presence_penalty":1,"seed":7,"user":"u"}"#);
    to_openai("o3", &penalties)
        .loses(&[
            "additionalModelRequestFields.presence_penalty;dropped",
            "additionalModelRequestFields.seed;dropped",
        ])
        .says(r#"{"user":"u"}"#);
}

#[test]
fn rows_of_servers_have_names_of_their_own() {
    for quirks in Quirks::ROWS {
        assert_eq!(Quirks::of(quirks.name), Some(quirks));
    }
    assert_eq!(Quirks::of("nobody"), None);
}
