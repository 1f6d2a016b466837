//! The tables: every leaf has a verdict everywhere, and a verdict that says otherwise knows how.

use dialects::anthropic::Anthropic;
use dialects::converse::Bedrock;
use dialects::openai_chat::{Quirks, Server};
use dialects::{Leaf, Target, Verdict};
use llm::chat::Request;

use crate::{request, to_claude, to_openai, to_server};

/// Calls `check` with every kind of target.
pub(crate) fn for_each_target(mut check: impl FnMut(&dyn Target)) {
    for model in [
        "anthropic.claude-3-haiku-20240307-v1:0",
        "us.anthropic.claude-opus-4-8",
        "amazon.nova-pro-v1:0",
        "us.amazon.nova-2-lite-v1:0",
        "openai.gpt-oss-120b-1:0",
        "mistral.mistral-large-2402-v1:0",
        "meta.llama3-70b-instruct-v1:0",
        "our-best-model",
    ] {
        check(&Bedrock::new(model));
    }
    for model in [
        "claude-3-haiku-20240307",
        "claude-3-7-sonnet-20250219",
        "claude-opus-4-1-20250805",
        "claude-opus-4-5-20251101",
        "claude-sonnet-4-6",
        "claude-opus-4-7",
        "claude-opus-5",
        "claude-sonnet-5-5",
        "claude-of-later",
        "m",
    ] {
        check(&Anthropic::new(model));
    }
    for model in ["gpt-4.1", "gpt-5", "gpt-5.1", "gpt-5.6", "o3-mini"] {
        check(&Server::new(&Quirks::OPENAI, model));
    }
    for quirks in &Quirks::ROWS {
        check(&Server::new(quirks, "m"));
    }
}

/// The leaves that the walk can say in another way.
const REWRITTEN: &[Leaf] = &[
    Leaf::SystemGuardText,
    Leaf::Prefill,
    Leaf::GuardText,
    Leaf::GuardImage,
    Leaf::DocumentPlain,
    Leaf::DocumentText,
    Leaf::DocumentContent,
    Leaf::DocumentNameOther,
    Leaf::DocumentUnnamed,
    Leaf::CallIdOther,
    Leaf::CalledNameOther,
    Leaf::CitationsText,
    Leaf::CitationsPieces,
    Leaf::SearchResult,
    Leaf::ToolResultJson,
    Leaf::ToolResultImage,
    Leaf::ToolResultDocument,
    Leaf::ToolResultSearch,
    Leaf::ToolResultError,
    Leaf::ToolsAbsent,
    Leaf::ChoiceTool,
    Leaf::ChoiceNone,
    Leaf::MaxTokensAbsent,
    Leaf::OutputSchema,
    Leaf::OutputEffort,
    Leaf::ReasoningOff,
    Leaf::ReasoningAdaptive,
    Leaf::ReasoningBudget,
    Leaf::ReasoningEffort,
];

#[test]
fn every_leaf_has_a_verdict_at_every_target_and_another_way_only_where_there_is_one() {
    for_each_target(|target| {
        for leaf in Leaf::ALL {
            let name = target.name();
            match target.verdict(*leaf) {
                Verdict::Exact(how) | Verdict::Approximate(how) => {
                    assert!(REWRITTEN.contains(leaf), "{leaf:?} at {name}: {how}");
                    assert!(!how.is_empty(), "{leaf:?} at {name}");
                }
                Verdict::Dropped(why) | Verdict::Silent(why) => {
                    assert!(!why.is_empty(), "{leaf:?} at {name}");
                }
                Verdict::Native | Verdict::Refused(_) => {}
            }
        }
    });
}

#[test]
fn reasons_fit_into_a_header() {
    for_each_target(|target| {
        for leaf in Leaf::ALL {
            let text = match target.verdict(*leaf) {
                Verdict::Native => "",
                Verdict::Exact(text)
                | Verdict::Approximate(text)
                | Verdict::Dropped(text)
                | Verdict::Silent(text)
                | Verdict::Refused(text) => text,
            };
            assert!(text.is_ascii() && text.len() < 80, "{text}");
            // What sets warnings and their parts apart.
            assert!(!text.contains([';', ',', '\n']), "{text}");
        }
    });
}

#[test]
fn promises_are_never_dropped() {
    // What a caller is told about the answer is kept or refused.
    let promises = [
        Leaf::ChoiceAny,
        Leaf::ChoiceTool,
        Leaf::OutputSchema,
        Leaf::OutputUnknown,
        Leaf::ToolStrict,
        Leaf::StopSequences,
        Leaf::MaxTokens,
        Leaf::Guardrail,
        Leaf::DocumentCitations,
        Leaf::SearchResultCitations,
        Leaf::MessageSystem,
        Leaf::Prefill,
        Leaf::Candidates,
        Leaf::Logprobs,
    ];
    for_each_target(|target| {
        for leaf in promises {
            match target.verdict(leaf) {
                Verdict::Native | Verdict::Exact(_) | Verdict::Refused(_) => {}
                verdict @ (Verdict::Approximate(_) | Verdict::Dropped(_) | Verdict::Silent(_)) => {
                    panic!("{leaf:?} at {}: {verdict:?}", target.name());
                }
            }
        }
    });
}

#[test]
fn a_guardrail_is_never_ignored_where_nobody_applies_it() {
    let request =
        request(r#""guardrailConfig":{"guardrailIdentifier":"g","guardrailVersion":"1"}"#);
    for planned in [
        to_openai("gpt-4.1", &request),
        to_server("compatible", &request),
        to_claude("claude-sonnet-4-5", &request),
    ] {
        planned.refuses("guardrailConfig: guardrails are applied by Bedrock only");
        assert_eq!(planned.request.guardrail, None);
    }
}

#[test]
fn variables_of_a_stored_prompt_are_refused_where_there_is_none() {
    let request = request(r#""promptVariables":{"a":{"text":"b"}}"#);
    to_openai("gpt-4.1", &request).refuses("promptVariables: stored prompts are Bedrock's only");
}

#[test]
fn a_latency_is_dropped_with_a_warning_and_the_usual_one_without() {
    let standard = request(r#""performanceConfig":{"latency":"standard"}"#);
    let optimized = request(r#""performanceConfig":{"latency":"optimized"}"#);
    for plan in [to_openai, to_claude] {
        plan("claude-sonnet-4-5", &standard).loses(&[]);
        let planned = plan("claude-sonnet-4-5", &optimized);
        planned.loses(&["performanceConfig.latency;dropped"]);
        assert_eq!(planned.request.performance, None);
    }
}

#[test]
fn a_tier_that_the_target_does_not_know_is_dropped_with_a_warning() {
    let tier = |kind: &str| request(&format!(r#""serviceTier":{{"type":"{kind}"}}"#));
    let kept = |planned: &crate::Planned| planned.request.tier.is_some();
    for kind in ["default", "priority"] {
        assert!(kept(to_claude("claude-sonnet-4-5", &tier(kind)).loses(&[])));
    }
    for kind in ["flex", "reserved"] {
        let planned = to_claude("claude-sonnet-4-5", &tier(kind));
        assert!(!kept(planned.loses(&["serviceTier.type;dropped"])));
    }
    for kind in ["default", "priority", "flex"] {
        assert!(kept(to_openai("gpt-4.1", &tier(kind)).loses(&[])));
    }
    to_openai("gpt-4.1", &tier("reserved")).loses(&["serviceTier.type;dropped"]);
    to_server("vllm", &tier("default")).loses(&[]);
    to_server("vllm", &tier("flex")).loses(&["serviceTier.type;dropped"]);
}

#[test]
fn labels_and_response_paths_cost_nothing_and_the_paths_stay_for_the_gateway() {
    let request = request(
        r#""requestMetadata":{"a":"b"},"additionalModelResponseFieldPaths":["/stop_sequence"]"#,
    );
    let planned = to_openai("gpt-4.1", &request);
    planned.loses(&[]);
    let Request {
        metadata,
        response_paths,
        ..
    } = &planned.request;
    assert_eq!(metadata, &None);
    assert_eq!(
        response_paths.as_deref(),
        Some(&["/stop_sequence".to_owned()][..])
    );
}

#[test]
fn a_member_that_only_its_own_format_knows_is_named() {
    let request = request(
        r#""inferenceConfig":{"maxTokens":5,"later":1},"serviceTier":{"type":"default","later":2}"#,
    );
    to_openai("gpt-4.1", &request)
        .loses(&["inferenceConfig.later;dropped", "serviceTier.later;dropped"]);
}

#[test]
fn names_that_another_format_has_for_the_same_are_no_loss() {
    let asked = request(
        r#""inferenceConfig":{"maxTokens":5,"max_completion_tokens":true},"serviceTier":{"type":"auto"},"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{}","strict":false}}}}"#,
    );
    to_claude("claude-opus-4-5", &asked).loses(&[]);
}
