//! Nova's vocabulary: the members of its own request format beside those that Converse has.

use llm::Json;

use super::{Meaning, Reasoning, member, members, num, numeric, parsed, placed, quoted, stop};

/// Members that gather several meanings.
pub(super) const GATHERS: &[&str] = &["inferenceConfig"];

pub(super) fn meaning(key: &str, inner: Option<&str>, value: &Json) -> Meaning {
    match (key, inner) {
        ("messages" | "system" | "toolConfig", None) => Meaning::Owned,
        ("schemaVersion", None) => Meaning::Usual,
        ("inferenceConfig", Some("topK")) => numeric(value, Meaning::TopK),
        ("inferenceConfig", Some("temperature")) => {
            placed(value, |number| Meaning::Temperature(num(&number)))
        }
        ("inferenceConfig", Some("topP")) => placed(value, |number| Meaning::TopP(num(&number))),
        ("inferenceConfig", Some("maxTokens")) => placed(value, Meaning::MaxTokens),
        ("inferenceConfig", Some("stopSequences")) => stop(value),
        ("reasoningConfig", None) => reasoning(value).unwrap_or(Meaning::Other),
        (_, _) => Meaning::Other,
    }
}

pub(super) fn write(meaning: &Meaning) -> Option<(&'static str, Option<&'static str>, Json)> {
    match meaning {
        Meaning::TopK(value) => Some(("inferenceConfig", Some("topK"), value.clone())),
        Meaning::Effort(level) => {
            let level = quoted(level);
            let value = format!(
                r#"{{"type":"enabled","maxReasoningEffort":{}}}"#,
                level.as_str()
            );
            Some(("reasoningConfig", None, Json::from_text(value)))
        }
        Meaning::Reasoning(Reasoning::Off, _) => Some((
            "reasoningConfig",
            None,
            Json::from_text(r#"{"type":"disabled"}"#),
        )),
        Meaning::MaxTokens(_)
        | Meaning::Temperature(_)
        | Meaning::TopP(_)
        | Meaning::Stop(_)
        | Meaning::Tier(_)
        | Meaning::Parallel(_)
        | Meaning::Text(_)
        | Meaning::AnyJson
        | Meaning::OutputEffort(_)
        | Meaning::Reasoning(Reasoning::Adaptive | Reasoning::Budget(_), _)
        | Meaning::Seed(_)
        | Meaning::FrequencyPenalty(_)
        | Meaning::PresencePenalty(_)
        | Meaning::LogitBias(_)
        | Meaning::Logprobs(_, _)
        | Meaning::Candidates(_)
        | Meaning::EndUser(_)
        | Meaning::Betas(_)
        | Meaning::Owned
        | Meaning::Usual
        | Meaning::Nothing
        | Meaning::Other => None,
    }
}

fn reasoning(value: &Json) -> Option<Meaning> {
    let members = members(value)?;
    let kind = member(&members, "type")?;
    match parsed::<String>(kind)?.as_str() {
        "disabled" => Some(Meaning::Reasoning(Reasoning::Off, None)),
        "enabled" => {
            let level = member(&members, "maxReasoningEffort")?;
            parsed(level).map(Meaning::Effort)
        }
        _ => None,
    }
}
