//! Claude's vocabulary: the members of an Anthropic Messages body beside those that every conversation has.

use llm::chat::{JsonSchema, TextFormat};
use llm::{Ext, Json};

use super::{
    Meaning, Reasoning, member, members, parsed, placed, quoted, sampling, stop, texts, tier, typed,
};

/// Members that gather several meanings.
pub(super) const GATHERS: &[&str] = &["metadata", "output_config"];

pub(super) fn meaning(key: &str, inner: Option<&str>, value: &Json) -> Meaning {
    match (key, inner) {
        ("model" | "messages" | "system" | "stream" | "tools" | "tool_choice", None) => {
            Meaning::Owned
        }
        ("anthropic_version", None) => Meaning::Usual,
        ("max_tokens", None) => placed(value, Meaning::MaxTokens),
        ("stop_sequences", None) => stop(value),
        ("service_tier", None) => standard(value),
        ("thinking" | "reasoning_config", None) => reasoning(value).unwrap_or(Meaning::Other),
        ("output_config", Some("effort")) => placed(value, Meaning::OutputEffort),
        ("output_config", Some("format")) => format(value).map_or(Meaning::Other, Meaning::Text),
        ("metadata", Some("user_id")) => typed(value, |id: String| Meaning::EndUser(quoted(&id))),
        ("anthropic_beta", None) => {
            texts(value).map_or(Meaning::Other, |_| Meaning::Betas(value.clone()))
        }
        (_, None) => sampling(key, value)
            // The penalties are no words of Claude's.
            .filter(|meaning| {
                !matches!(
                    meaning,
                    Meaning::FrequencyPenalty(_) | Meaning::PresencePenalty(_)
                )
            })
            .unwrap_or(Meaning::Other),
        (_, Some(_)) => Meaning::Other,
    }
}

pub(super) fn write(meaning: &Meaning) -> Option<(&'static str, Option<&'static str>, Json)> {
    match meaning {
        Meaning::TopK(value) => Some(("top_k", None, value.clone())),
        Meaning::EndUser(id) => Some(("metadata", Some("user_id"), id.clone())),
        Meaning::Betas(names) => Some(("anthropic_beta", None, names.clone())),
        Meaning::OutputEffort(level) => Some(("output_config", Some("effort"), quoted(level))),
        Meaning::Reasoning(reasoning, display) => {
            let display = display
                .as_ref()
                .map(|display| format!(r#","display":{}"#, display.as_str()))
                .unwrap_or_default();
            let thinking = match reasoning {
                Reasoning::Off => r#"{"type":"disabled"}"#.to_owned(),
                Reasoning::Adaptive => format!(r#"{{"type":"adaptive"{display}}}"#),
                Reasoning::Budget(tokens) => {
                    format!(r#"{{"type":"enabled","budget_tokens":{tokens}{display}}}"#)
                }
            };
            Some(("thinking", None, Json::from_text(thinking)))
        }
        Meaning::MaxTokens(_)
        | Meaning::Temperature(_)
        | Meaning::TopP(_)
        | Meaning::Stop(_)
        | Meaning::Tier(_)
        | Meaning::Parallel(_)
        | Meaning::Text(_)
        | Meaning::AnyJson
        | Meaning::Effort(_)
        | Meaning::Seed(_)
        | Meaning::FrequencyPenalty(_)
        | Meaning::PresencePenalty(_)
        | Meaning::LogitBias(_)
        | Meaning::Logprobs(_, _)
        | Meaning::Candidates(_)
        | Meaning::Owned
        | Meaning::Usual
        | Meaning::Nothing
        | Meaning::Other => None,
    }
}

/// `auto` uses priority where it was bought; `standard_only` does not.
fn standard(value: &Json) -> Meaning {
    match tier(value) {
        Meaning::Tier(tier) if tier == "standard_only" => Meaning::Tier("default".to_owned()),
        other => other,
    }
}

fn reasoning(value: &Json) -> Option<Meaning> {
    let members = members(value)?;
    let reasoning = match parsed::<String>(member(&members, "type")?)?.as_str() {
        "disabled" => Reasoning::Off,
        "adaptive" => Reasoning::Adaptive,
        "enabled" => Reasoning::Budget(parsed(member(&members, "budget_tokens")?)?),
        _ => return None,
    };
    Some(Meaning::Reasoning(
        reasoning,
        member(&members, "display").cloned(),
    ))
}

fn format(value: &Json) -> Option<TextFormat> {
    let members = members(value)?;
    let kind: String = parsed(member(&members, "type")?)?;
    let schema = member(&members, "schema")?;
    (kind == "json_schema").then(|| TextFormat {
        kind,
        schema: JsonSchema::Schema {
            schema: schema.as_str().to_owned(),
            name: None,
            description: None,
            ext: Ext::default(),
        },
        ext: Ext::default(),
    })
}
