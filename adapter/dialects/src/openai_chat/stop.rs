//! Why a reply ended, as total tables in both directions.

use llm::Kind;
use llm::chat::{Stop, StopDetail};

use crate::Fault;

/// What an answer says about its end, and what was seen of it before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ending<'a> {
    /// `finish_reason`.
    pub(super) reason: Option<&'a str>,
    /// The stop sequence that was met, which vLLM tells as `stop_reason`.
    pub(super) matched: Option<&'a str>,
    /// The reason as the provider behind OpenRouter said it.
    pub(super) native: Option<&'a str>,
    /// The model refused (`refusal`).
    pub(super) is_refused: bool,
    /// A tool is called.
    pub(super) has_calls: bool,
    /// The arguments of a call are not JSON.
    pub(super) is_malformed: bool,
}

/// Why the reply ended; none where the answer does not say and nothing seen tells it, so that what was cut is never taken for
/// what was finished.
///
/// # Errors
/// The reason is that the provider failed.
pub(super) fn decode_stop(
    ending: Ending<'_>,
) -> Result<Option<(Stop, Option<StopDetail>)>, Box<Fault>> {
    let Ending {
        reason,
        matched,
        native,
        is_refused,
        has_calls,
        is_malformed,
    } = ending;
    let stop = match reason {
        None if has_calls => Stop::ToolUse,
        None => return Ok(None),
        Some("stop" | "eos" | "end_turn") => match (matched, native) {
            (Some(_), _) => Stop::StopSequence,
            (None, Some("stop_sequence")) => Stop::StopSequence,
            (None, Some("refusal")) => Stop::ContentFiltered,
            (None, Some(_) | None) => Stop::EndTurn,
        },
        Some("length" | "max_tokens") => Stop::MaxTokens,
        Some("model_length") => Stop::ContextWindowExceeded,
        // `tool_call` is what Mistral's models say on some servers.
        Some("tool_calls" | "tool_call" | "tool_use" | "function_call") => Stop::ToolUse,
        Some("content_filter") => Stop::ContentFiltered,
        // DeepSeek: the inference system has no resources left.
        Some("insufficient_system_resource") => {
            return Err(failed(Kind::Overloaded, "insufficient_system_resource"));
        }
        // OpenRouter, where the provider behind it failed, and Mistral.
        Some("error") => return Err(failed(Kind::UpstreamInternal, "error")),
        // A word that is new: the reply is whole, and the word goes to the detail.
        Some(_) => Stop::EndTurn,
    };
    let stop = match stop {
        Stop::EndTurn | Stop::StopSequence | Stop::ToolUse if is_refused => Stop::ContentFiltered,
        Stop::EndTurn | Stop::ToolUse if is_malformed => Stop::MalformedToolUse,
        // Several servers say `stop` where they mean `tool_calls`.
        Stop::EndTurn if has_calls => Stop::ToolUse,
        other => other,
    };
    let detail = reason.map(|reason| StopDetail {
        matched: matched.map(str::to_owned),
        provider_reason: native.unwrap_or(reason).to_owned(),
    });
    Ok(Some((stop, detail)))
}

fn failed(kind: Kind, reason: &str) -> Box<Fault> {
    Box::new(Fault {
        kind,
        message: "The model provider failed before the reply was finished.".to_owned(),
        code: Some(reason.to_owned()),
    })
}

/// `finish_reason`, which has five words only.
pub(super) fn encode_stop(stop: &Stop) -> &'static str {
    match stop {
        Stop::EndTurn
        | Stop::StopSequence
        | Stop::GuardrailIntervened
        | Stop::MalformedModelOutput
        | Stop::MalformedToolUse
        | Stop::PauseTurn
        | Stop::Other(_) => "stop",
        Stop::ToolUse => "tool_calls",
        Stop::MaxTokens | Stop::ContextWindowExceeded => "length",
        Stop::ContentFiltered => "content_filter",
    }
}
