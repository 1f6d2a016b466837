//! The vocabularies of model families: what stays as it came, what is said in other words, what is lost and named.

use dialects::converse::Bedrock;
use dialects::family::{ANTHROPIC, MISTRAL, NOVA, OPENAI, OTHER};
use dialects::plan;
use llm::chat::{Dialect, Family, Request};

use crate::tables::for_each_target;
use crate::{Planned, choosing, fields, request, to_claude, to_openai, to_server};

/// A request in another format than any, to a model on Bedrock.
fn to_bedrock(model: &str, request: &Request) -> Planned {
    let request = Request {
        dialect: Some(Dialect("another")),
        ..request.clone()
    };
    Planned::new(&request, plan::plan(&Bedrock::new(model), &request))
}

#[test]
fn a_field_of_the_targets_own_vocabulary_stays_as_it_came() {
    let own = r#"{ "verbosity": "low",  "metadata":{"a" : 1.10} }"#;
    for family in [Some(OPENAI), None] {
        let planned = to_openai("gpt-4.1", &fields(family, own));
        planned.loses(&[]).says(own);
        assert_eq!(planned.request.family, family);
    }
}

#[test]
fn a_field_of_another_vocabulary_is_named_and_left_out() {
    to_openai("gpt-4.1", &fields(Some(NOVA), r#"{"later":{"a":1}}"#))
        .loses(&["additionalModelRequestFields.later;dropped"])
        .says("");
    to_claude("claude-sonnet-4-5", &fields(Some(OTHER), r#"{"top_k":1}"#))
        .loses(&["additionalModelRequestFields.top_k;dropped"])
        .says("");
}

#[test]
fn a_field_that_the_gateway_writes_is_refused() {
    for (family, key) in [
        (OPENAI, "messages"),
        (OPENAI, "model"),
        (OPENAI, "stream"),
        (OPENAI, "tools"),
        (ANTHROPIC, "messages"),
        (ANTHROPIC, "system"),
        (ANTHROPIC, "tool_choice"),
        (NOVA, "toolConfig"),
        (MISTRAL, "messages"),
    ] {
        let request = fields(Some(family), &format!(r#"{{"{key}":[]}}"#));
        let place = format!("additionalModelRequestFields.{key}: the gateway writes it");
        to_openai("gpt-4.1", &request).refuses(&place).says("");
        to_claude("claude-sonnet-4-5", &request)
            .refuses(&place)
            .says("");
    }
}

#[test]
fn fields_that_are_no_object_are_refused() {
    to_openai("gpt-4.1", &fields(None, "[1]"))
        .refuses("additionalModelRequestFields: it is no object")
        .says("");
}

#[test]
fn what_a_request_says_in_its_own_place_wins_over_a_field() {
    let mut both = fields(Some(OPENAI), r#"{"temperature":0.5,"top_p":0.25}"#);
    both.inference = request(r#""inferenceConfig":{"temperature":0.7}"#).inference;
    let planned = to_openai("gpt-4.1", &both);
    planned
        .loses(&["additionalModelRequestFields.temperature;dropped"])
        .says("");
    let inference = planned.request.inference.unwrap();
    assert_eq!(inference.temperature.unwrap().as_str(), "0.7");
    assert_eq!(inference.top_p.unwrap().as_str(), "0.25");
}

/// The same wishes in the words of two families, to a target of the second.
#[track_caller]
fn translates(from: Family, words: &str, target: fn(&Request) -> Planned, into: &str) {
    target(&fields(Some(from), words)).loses(&[]).says(into);
}

#[test]
fn wishes_are_said_in_the_words_of_the_target() {
    let claude: fn(&Request) -> Planned = |request| to_claude("claude-3-7-sonnet", request);
    let openai: fn(&Request) -> Planned = |request| to_openai("gpt-4.1", request);
    let vllm: fn(&Request) -> Planned = |request| to_server("vllm", request);
    let mistral: fn(&Request) -> Planned = |request| to_server("mistral", request);
    let nova: fn(&Request) -> Planned = |request| to_bedrock("us.amazon.nova-2-lite-v1:0", request);
    translates(
        OPENAI,
        r#"{"user":"u","n":1}"#,
        claude,
        r#"{"metadata":{"user_id":"u"}}"#,
    );
    translates(
        ANTHROPIC,
        r#"{"metadata":{"user_id":"u"}}"#,
        openai,
        r#"{"user":"u"}"#,
    );
    translates(ANTHROPIC, r#"{"top_k":5}"#, vllm, r#"{"top_k":5}"#);
    translates(
        NOVA,
        r#"{"inferenceConfig":{"topK":5}}"#,
        claude,
        r#"{"top_k":5}"#,
    );
    translates(
        ANTHROPIC,
        r#"{"top_k":5}"#,
        nova,
        r#"{"inferenceConfig":{"topK":5}}"#,
    );
    translates(OPENAI, r#"{"seed":7}"#, mistral, r#"{"random_seed":7}"#);
    translates(MISTRAL, r#"{"random_seed":7}"#, openai, r#"{"seed":7}"#);
    translates(
        OPENAI,
        r#"{"reasoning_effort":"low"}"#,
        nova,
        r#"{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"low"}}"#,
    );
    translates(
        NOVA,
        r#"{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"low"}}"#,
        |request| to_openai("gpt-5", request),
        r#"{"reasoning_effort":"low"}"#,
    );
    translates(
        OPENAI,
        r#"{"reasoning_effort":"none"}"#,
        claude,
        r#"{"thinking":{"type":"disabled"}}"#,
    );
}

#[test]
fn a_body_for_gpt_reaches_a_model_on_bedrock_with_what_the_model_knows() {
    let asked = fields(
        Some(OPENAI),
        r#"{"seed":7,"user":"u","stream_options":{"include_usage":true},"reasoning_effort":"high"}"#,
    );
    let planned = to_bedrock("us.anthropic.claude-opus-4-8", &asked);
    planned
        .loses(&["additionalModelRequestFields.seed;dropped"])
        .says(r#"{"metadata":{"user_id":"u"},"thinking":{"type":"adaptive"}}"#);
    assert_eq!(
        planned.request.output.unwrap().effort.as_deref(),
        Some("high")
    );
    to_bedrock("meta.llama3-70b-instruct-v1:0", &asked)
        .loses(&[
            "additionalModelRequestFields.seed;dropped",
            "additionalModelRequestFields.reasoning_effort;dropped",
        ])
        .says("");
}

#[test]
fn a_reply_that_must_be_json_is_a_promise() {
    let json = fields(
        Some(OPENAI),
        r#"{"response_format":{"type":"json_object"}}"#,
    );
    to_openai("gpt-4.1", &json)
        .loses(&[])
        .says(r#"{"response_format":{"type":"json_object"}}"#);
    to_claude("claude-opus-4-5", &json).refuses("additionalModelRequestFields.response_format");
}

#[test]
fn more_than_one_reply_is_refused_everywhere() {
    let several = fields(Some(OPENAI), r#"{"n":2}"#);
    let place = "additionalModelRequestFields.n: there is one reply only";
    to_openai("gpt-4.1", &several).refuses(place);
    to_claude("claude-opus-4-5", &several).refuses(place);
    to_bedrock("openai.gpt-oss-120b-1:0", &several).refuses(place);
}

#[test]
fn one_call_a_turn_may_be_asked_for_in_openais_words() {
    let mut single = request(&choosing(r#"{"auto":{}}"#));
    single.extra = fields(None, r#"{"parallel_tool_calls":false}"#).extra;
    single.family = Some(OPENAI);
    for planned in [
        to_openai("gpt-4.1", &single),
        to_claude("claude-opus-4-5", &single),
    ] {
        planned.loses(&[]).says("");
        assert_eq!(planned.request.tools.unwrap().parallel, Some(false));
    }
    to_server("ollama", &single)
        .loses(&["additionalModelRequestFields.parallel_tool_calls;dropped"]);
}

/// Every word that is known of each family.
const WORDS: &[(Family, &str)] = &[
    (ANTHROPIC, r#"{"top_k":5}"#),
    (
        ANTHROPIC,
        r#"{"thinking":{"type":"enabled","budget_tokens":2000}}"#,
    ),
    (ANTHROPIC, r#"{"thinking":{"type":"adaptive"}}"#),
    (ANTHROPIC, r#"{"reasoning_config":{"type":"adaptive"}}"#),
    (ANTHROPIC, r#"{"output_config":{"effort":"high"}}"#),
    (
        ANTHROPIC,
        r#"{"output_config":{"format":{"type":"json_schema","schema":{}}}}"#,
    ),
    (ANTHROPIC, r#"{"metadata":{"later":1}}"#),
    (ANTHROPIC, r#"{"anthropic_beta":["a"]}"#),
    (ANTHROPIC, r#"{"container":"c"}"#),
    (ANTHROPIC, r#"{"mcp_servers":[]}"#),
    (ANTHROPIC, r#"{"context_management":{}}"#),
    (ANTHROPIC, r#"{"temperature":0.5}"#),
    (ANTHROPIC, r#"{"service_tier":"standard_only"}"#),
    (OPENAI, r#"{"top_k":5}"#),
    (OPENAI, r#"{"seed":5}"#),
    (OPENAI, r#"{"n":3}"#),
    (OPENAI, r#"{"presence_penalty":0.5}"#),
    (OPENAI, r#"{"frequency_penalty":0.5}"#),
    (OPENAI, r#"{"logit_bias":{"5":1}}"#),
    (OPENAI, r#"{"logprobs":true}"#),
    (OPENAI, r#"{"top_logprobs":2}"#),
    (OPENAI, r#"{"reasoning_effort":"high"}"#),
    (OPENAI, r#"{"verbosity":"low"}"#),
    (OPENAI, r#"{"response_format":{"type":"json_object"}}"#),
    (OPENAI, r#"{"web_search_options":{}}"#),
    (OPENAI, r#"{"service_tier":"flex"}"#),
    (OPENAI, r#"{"stop":"a"}"#),
    (NOVA, r#"{"inferenceConfig":{"topK":5}}"#),
    (NOVA, r#"{"inferenceConfig":{"later":5}}"#),
    (
        NOVA,
        r#"{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"low"}}"#,
    ),
    (MISTRAL, r#"{"random_seed":5}"#),
    (MISTRAL, r#"{"safe_prompt":true}"#),
    (MISTRAL, r#"{"reasoning_effort":"high"}"#),
    (OTHER, r#"{"later":5}"#),
];

#[test]
fn nothing_that_a_family_says_vanishes() {
    for_each_target(|target| {
        for (family, words) in WORDS {
            let asked = Request {
                dialect: Some(Dialect("another")),
                ..fields(Some(*family), words)
            };
            let silent = Request {
                extra: None,
                ..asked.clone()
            };
            let planned = Planned::new(&asked, plan::plan(target, &asked));
            let without = Planned::new(&silent, plan::plan(target, &silent));
            let is_noted =
                (&planned.warnings, &planned.rejects) != (&without.warnings, &without.rejects);
            let is_said = planned.request != without.request;
            // A model that chooses for itself is told so by saying nothing.
            let is_usual = words.contains("adaptive") || words.contains("standard_only");
            assert!(is_noted || is_said || is_usual, "{words} to {target:?}");
        }
    });
}

#[test]
fn the_other_name_of_reasoning_becomes_the_one_that_anthropic_knows() {
    let other = r#"{"reasoning_config":{"type":"enabled","budget_tokens":2000}}"#;
    to_claude("claude-3-7-sonnet", &fields(None, other))
        .loses(&[])
        .says(r#"{"thinking":{"type":"enabled","budget_tokens":2000}}"#);
    let both = r#"{"thinking":{"type":"enabled","budget_tokens":3000},"reasoning_config":{"type":"disabled"}}"#;
    to_claude("claude-3-7-sonnet", &fields(None, both))
        .loses(&["additionalModelRequestFields.reasoning_config;dropped"])
        .says(r#"{"thinking":{"type":"enabled","budget_tokens":3000}}"#);
}

#[test]
fn of_a_field_that_is_there_twice_the_last_one_counts() {
    to_openai(
        "gpt-4.1",
        &fields(None, r#"{"verbosity":"low","a":1,"verbosity":"high"}"#),
    )
    .loses(&["additionalModelRequestFields.verbosity;dropped"])
    .says(r#"{"a":1,"verbosity":"high"}"#);
}

#[test]
fn a_field_that_cannot_be_read_and_has_a_place_of_its_own_is_refused() {
    for field in [
        r#""temperature":"hot""#,
        r#""max_tokens":1.5"#,
        r#""response_format":[]"#,
    ] {
        let key = field.split('"').nth(1).unwrap();
        to_openai("gpt-4.1", &fields(None, &format!("{{{field}}}"))).refuses(&format!(
            "additionalModelRequestFields.{key}: the gateway writes it"
        ));
    }
    to_openai(
        "gpt-4.1",
        &fields(None, r#"{"temperature":null,"service_tier":"auto"}"#),
    )
    .loses(&[])
    .says("");
}
