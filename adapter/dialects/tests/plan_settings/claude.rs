//! Settings at Anthropic, generation by generation.

use dialects::family::{ANTHROPIC, OPENAI};
use llm::chat::{Request, Role};

use crate::{choosing, fields, request, to_claude};

const BUDGET: &str = r#"{"thinking":{"type":"enabled","budget_tokens":4000}}"#;

#[test]
fn a_limit_that_the_caller_leaves_out_is_the_most_that_the_model_writes() {
    // Anthropic's models overview.
    for (model, most) in [
        ("claude-3-haiku-20240307", 4_096),
        ("claude-3-5-haiku-20241022", 8_192),
        ("claude-opus-4-20250514", 32_000),
        ("claude-opus-4-1-20250805", 32_000),
        ("claude-sonnet-4-20250514", 64_000),
        ("claude-haiku-4-5-20251001", 64_000),
        ("claude-opus-4-5-20251101", 64_000),
        ("claude-opus-4-6", 128_000),
        ("claude-opus-4-8", 128_000),
        ("claude-sonnet-5", 128_000),
        ("claude-of-later-9", 64_000),
        ("another-model", 8_192),
    ] {
        let inference = to_claude(model, &request(""))
            .loses(&[])
            .request
            .inference
            .clone();
        assert_eq!(inference.unwrap().max_tokens, Some(most), "{model}");
    }
    let said = request(r#""inferenceConfig":{"maxTokens":5}"#);
    let inference = to_claude("claude-opus-4-8", &said)
        .request
        .inference
        .clone();
    assert_eq!(inference.unwrap().max_tokens, Some(5));
}

#[test]
fn a_tool_that_must_be_called_wins_over_reasoning() {
    for choice in [r#"{"any":{}}"#, r#"{"tool":{"name":"f"}}"#] {
        let mut forced = request(&choosing(choice));
        forced.extra = fields(None, BUDGET).extra;
        let planned = to_claude("claude-sonnet-4-5", &forced);
        planned
            .loses(&["additionalModelRequestFields.thinking;dropped"])
            .says("");
        assert!(planned.request.tools.unwrap().choice.is_some());
    }
    let mut free = request(&choosing(r#"{"auto":{}}"#));
    free.extra = fields(None, BUDGET).extra;
    to_claude("claude-sonnet-4-5", &free)
        .loses(&[])
        .says(BUDGET);
}

#[test]
fn a_model_that_cannot_be_made_to_call_a_tool_is_no_target_for_it() {
    to_claude("claude-opus-5-5", &request(&choosing(r#"{"any":{}}"#)))
        .refuses("toolConfig.toolChoice.any: the model cannot be made to call a tool");
    to_claude("claude-opus-5", &request(&choosing(r#"{"any":{}}"#))).loses(&[]);
}

#[test]
fn sampling_gives_way_to_reasoning() {
    let mut beside = request(r#""inferenceConfig":{"temperature":0.5}"#);
    beside.extra = fields(
        None,
        &BUDGET.replace("{\"thinking", r#"{"top_k":5,"thinking"#),
    )
    .extra;
    let planned = to_claude("claude-sonnet-4-5", &beside);
    planned
        .loses(&[
            "inferenceConfig.temperature;dropped",
            "additionalModelRequestFields.top_k;dropped",
        ])
        .says(BUDGET);
    for (sampling, warnings) in [
        (r#""temperature":1"#, &[][..]),
        (r#""topP":0.95"#, &[]),
        (r#""topP":0.9"#, &["inferenceConfig.topP;dropped"]),
    ] {
        let mut beside = request(&format!(r#""inferenceConfig":{{{sampling}}}"#));
        beside.extra = fields(None, BUDGET).extra;
        to_claude("claude-sonnet-4-5", &beside).loses(warnings);
    }
}

#[test]
fn a_reply_that_has_begun_excludes_reasoning() {
    let mut begun = fields(None, BUDGET);
    let mut last = begun.messages.as_ref().unwrap()[0].clone();
    last.role = Role::Assistant;
    begun.messages.as_mut().unwrap().push(last);
    to_claude("claude-sonnet-4-5", &begun).refuses("messages[1]: the model reasons");
    let begun = Request {
        extra: None,
        ..begun
    };
    to_claude("claude-sonnet-4-5", &begun).loses(&[]);
    assert_eq!(to_claude("claude-opus-4-8", &begun).rejects.len(), 1);
}

#[test]
fn temperature_and_top_p_exclude_each_other_in_some_generations() {
    let both = request(r#""inferenceConfig":{"temperature":0.7,"topP":0.9}"#);
    to_claude("claude-3-7-sonnet-20250219", &both).loses(&[]);
    to_claude("claude-haiku-4-5", &both).loses(&["inferenceConfig.topP;dropped"]);
    to_claude("claude-opus-4-7", &both).loses(&[
        "inferenceConfig.temperature;dropped",
        "inferenceConfig.topP;dropped",
    ]);
}

#[test]
fn a_temperature_beyond_one_is_one() {
    let hot = fields(Some(OPENAI), r#"{"temperature":1.5}"#);
    let planned = to_claude("claude-haiku-4-5", &hot);
    planned
        .loses(&["inferenceConfig.temperature;approximated"])
        .says("");
    let inference = planned.request.inference.unwrap();
    assert_eq!(inference.temperature.unwrap().as_str(), "1");
}

#[test]
fn a_level_of_reasoning_is_said_as_the_generation_takes_it() {
    let effort = fields(Some(OPENAI), r#"{"reasoning_effort":"high"}"#);
    let level = |planned: &crate::Planned| {
        let output = planned.request.output.as_ref();
        output.and_then(|output| output.effort.clone())
    };
    let planned = to_claude("claude-opus-4-8", &effort);
    planned
        .loses(&[])
        .says(r#"{"thinking":{"type":"adaptive"}}"#);
    assert_eq!(level(&planned).as_deref(), Some("high"));
    let planned = to_claude("claude-sonnet-4-5", &effort);
    planned
        .loses(&["additionalModelRequestFields.reasoning_effort;approximated"])
        .says(r#"{"thinking":{"type":"enabled","budget_tokens":32000}}"#);
    assert_eq!(level(&planned), None);
    to_claude("claude-3-haiku-20240307", &effort)
        .loses(&["additionalModelRequestFields.reasoning_effort;dropped"])
        .says("");
}

#[test]
fn a_budget_that_stands_for_a_level_leaves_room_for_the_answer() {
    let mut short = fields(Some(OPENAI), r#"{"reasoning_effort":"high"}"#);
    short.inference = request(r#""inferenceConfig":{"maxTokens":4096}"#).inference;
    to_claude("claude-sonnet-4-5", &short)
        .says(r#"{"thinking":{"type":"enabled","budget_tokens":2048}}"#);
    short.inference = request(r#""inferenceConfig":{"maxTokens":1024}"#).inference;
    to_claude("claude-sonnet-4-5", &short)
        .loses(&[
            "additionalModelRequestFields.reasoning_effort;approximated",
            "additionalModelRequestFields.reasoning_effort;dropped",
        ])
        .says("");
}

#[test]
fn a_budget_becomes_adaptive_reasoning_where_the_model_takes_none() {
    let shown = r#"{"thinking":{"type":"enabled","budget_tokens":4000,"display":"summarized"}}"#;
    let planned = to_claude("claude-opus-4-7", &fields(Some(ANTHROPIC), shown));
    planned
        .loses(&["additionalModelRequestFields.thinking;approximated"])
        .says(r#"{"thinking":{"type":"adaptive","display":"summarized"}}"#);
    assert_eq!(
        planned.request.output.unwrap().effort.as_deref(),
        Some("low")
    );
    to_claude("claude-sonnet-4-6", &fields(Some(ANTHROPIC), shown))
        .loses(&[])
        .says(shown);
}

#[test]
fn a_model_that_always_reasons_cannot_be_switched_off() {
    let off = fields(Some(ANTHROPIC), r#"{"thinking":{"type":"disabled"}}"#);
    to_claude("claude-opus-5", &off)
        .loses(&[])
        .says(r#"{"thinking":{"type":"disabled"}}"#);
    to_claude("claude-opus-5-5", &off)
        .loses(&["additionalModelRequestFields.thinking;dropped"])
        .says("");
}

#[test]
fn fields_that_have_a_place_of_their_own_go_there() {
    let output = fields(
        None,
        r#"{"output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}},"temperature":0.25,"max_tokens":9,"stop_sequences":["x"]}"#,
    );
    let planned = to_claude("claude-opus-4-5", &output);
    planned.loses(&[]).says("");
    let inference = planned.request.inference.unwrap();
    assert_eq!(inference.temperature.unwrap().as_str(), "0.25");
    assert_eq!(inference.max_tokens, Some(9));
    assert_eq!(inference.stop.unwrap(), ["x"]);
    let output = planned.request.output.unwrap();
    assert_eq!(output.effort.as_deref(), Some("low"));
    assert!(output.text.is_some());
}

#[test]
fn an_output_config_with_more_in_it_stays_whole_unless_its_place_is_taken() {
    let more = r#"{"output_config":{"effort":"low","task_budget":{"total":9}}}"#;
    to_claude("claude-opus-4-5", &fields(None, more))
        .loses(&[])
        .says(more);
    let mut both = fields(None, more);
    both.output = request(r#""outputConfig":{"effort":"high"}"#).output;
    let planned = to_claude("claude-opus-4-5", &both);
    planned
        .loses(&[
            "additionalModelRequestFields.output_config.effort;dropped",
            "additionalModelRequestFields.output_config.task_budget;dropped",
        ])
        .says("");
    assert_eq!(
        planned.request.output.unwrap().effort.as_deref(),
        Some("high")
    );
}

#[test]
fn the_name_of_a_schema_is_no_loss_and_its_description_is() {
    let planned = to_claude(
        "claude-opus-4-5",
        &request(
            r#""outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{}","name":"a","description":"b"}}}}"#,
        ),
    );
    planned.loses(&["outputConfig.textFormat.structure.jsonSchema.description;dropped"]);
    to_claude(
        "claude-3-haiku-20240307",
        &request(r#""outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{}"}}}}"#),
    )
    .refuses("outputConfig.textFormat: the model promises no schema");
}
