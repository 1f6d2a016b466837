//! Mistral's vocabulary: that of its chat completions, and of its text models on Bedrock.

use llm::Json;

use super::openai::{effort, format};
use super::{Meaning, Reasoning, candidates, numeric, placed, quoted, sampling, stop};

pub(super) fn meaning(key: &str, value: &Json) -> Meaning {
    match key {
        "model" | "messages" | "prompt" | "stream" | "tools" | "tool_choice" => Meaning::Owned,
        "max_tokens" => placed(value, Meaning::MaxTokens),
        "stop" => stop(value),
        "parallel_tool_calls" => placed(value, Meaning::Parallel),
        "response_format" => format(value),
        "reasoning_effort" => effort(value),
        "random_seed" => numeric(value, Meaning::Seed),
        "n" => candidates(value),
        _ => sampling(key, value).unwrap_or(Meaning::Other),
    }
}

pub(super) fn write(meaning: &Meaning) -> Option<(&'static str, Option<&'static str>, Json)> {
    let (key, value) = match meaning {
        Meaning::TopK(value) => ("top_k", value.clone()),
        Meaning::Seed(value) => ("random_seed", value.clone()),
        Meaning::FrequencyPenalty(value) => ("frequency_penalty", value.clone()),
        Meaning::PresencePenalty(value) => ("presence_penalty", value.clone()),
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
        | Meaning::LogitBias(_)
        | Meaning::Logprobs(_, _)
        | Meaning::Candidates(_)
        | Meaning::EndUser(_)
        | Meaning::Betas(_)
        | Meaning::Owned
        | Meaning::Usual
        | Meaning::Nothing
        | Meaning::Other => return None,
    };
    Some((key, None, value))
}
