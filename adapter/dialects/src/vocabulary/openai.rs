//! OpenAI's vocabulary: the members of a Chat Completions body beside those that every conversation has.

use llm::chat::{JsonSchema, TextFormat};
use llm::{Ext, Json};
use rest_json::Document;

use super::{
    Meaning, Reasoning, candidates, member, members, numeric, parsed, placed, quoted, sampling,
    stop, tier, typed,
};

pub(super) fn meaning(key: &str, value: &Json) -> Meaning {
    match key {
        "model" | "messages" | "stream" | "tools" | "tool_choice" | "functions"
        | "function_call" => Meaning::Owned,
        "stream_options" => Meaning::Usual,
        "max_tokens" | "max_completion_tokens" => placed(value, Meaning::MaxTokens),
        "stop" => stop(value),
        "service_tier" => tier(value),
        "parallel_tool_calls" => placed(value, Meaning::Parallel),
        "response_format" => format(value),
        "reasoning_effort" => effort(value),
        "seed" => numeric(value, Meaning::Seed),
        "logit_bias" => members(value).map_or(Meaning::Other, |biases| {
            if biases.is_empty() {
                Meaning::Nothing
            } else {
                Meaning::LogitBias(value.clone())
            }
        }),
        "logprobs" => typed(value, |wanted| {
            if wanted {
                Meaning::Logprobs("logprobs", value.clone())
            } else {
                Meaning::Nothing
            }
        }),
        "top_logprobs" => numeric(value, |value| Meaning::Logprobs("top_logprobs", value)),
        "n" => candidates(value),
        "user" => typed(value, |id: String| Meaning::EndUser(quoted(&id))),
        _ => sampling(key, value).unwrap_or(Meaning::Other),
    }
}

pub(super) fn write(meaning: &Meaning) -> Option<(&'static str, Option<&'static str>, Json)> {
    let (key, value) = match meaning {
        Meaning::TopK(value) => ("top_k", value.clone()),
        Meaning::Seed(value) => ("seed", value.clone()),
        Meaning::FrequencyPenalty(value) => ("frequency_penalty", value.clone()),
        Meaning::PresencePenalty(value) => ("presence_penalty", value.clone()),
        Meaning::LogitBias(value) => ("logit_bias", value.clone()),
        Meaning::Logprobs(name, value) => (*name, value.clone()),
        Meaning::EndUser(id) => ("user", id.clone()),
        Meaning::Effort(level) => ("reasoning_effort", quoted(level)),
        Meaning::Reasoning(Reasoning::Off, _) => ("reasoning_effort", quoted("none")),
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
        | Meaning::Candidates(_)
        | Meaning::Betas(_)
        | Meaning::Owned
        | Meaning::Usual
        | Meaning::Nothing
        | Meaning::Other => return None,
    };
    Some((key, None, value))
}

pub(super) fn effort(value: &Json) -> Meaning {
    typed(value, |level: String| {
        if level == "none" {
            Meaning::Reasoning(Reasoning::Off, None)
        } else {
            Meaning::Effort(level)
        }
    })
}

pub(super) fn format(value: &Json) -> Meaning {
    let Some(members) = members(value) else {
        return placed(value, |_: Document| Meaning::Owned);
    };
    let kind: Option<String> = member(&members, "type").and_then(parsed);
    match kind.as_deref() {
        Some("text") => Meaning::Usual,
        Some("json_object") => Meaning::AnyJson,
        Some("json_schema") => member(&members, "json_schema")
            .and_then(schema)
            .map_or(Meaning::Owned, Meaning::Text),
        Some(_) | None => Meaning::Owned,
    }
}

fn schema(value: &Json) -> Option<TextFormat> {
    let members = members(value)?;
    Some(TextFormat {
        kind: "json_schema".to_owned(),
        schema: JsonSchema::Schema {
            schema: member(&members, "schema")?.as_str().to_owned(),
            name: member(&members, "name").and_then(parsed),
            description: member(&members, "description").and_then(parsed),
            ext: Ext::default(),
        },
        ext: Ext::default(),
    })
}
