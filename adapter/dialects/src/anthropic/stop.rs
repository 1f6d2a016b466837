//! Why a reply ended, as total tables in both directions.

use llm::chat::{Stop, StopDetail};

/// What an answer says about its end, and what was seen of it before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ending<'a> {
    /// `stop_reason`.
    pub(super) reason: Option<&'a str>,
    /// `stop_sequence`.
    pub(super) matched: Option<&'a str>,
    /// A tool that the client runs is called.
    pub(super) has_calls: bool,
    /// The input of a call is no JSON.
    pub(super) is_malformed: bool,
}

/// Why the reply ended; none where the answer does not say.
pub(super) fn decode_stop(ending: Ending<'_>) -> Option<(Stop, StopDetail)> {
    let Ending {
        reason,
        matched,
        has_calls,
        is_malformed,
    } = ending;
    let reason = reason?;
    let stop = match reason {
        "end_turn" => Stop::EndTurn,
        "max_tokens" => Stop::MaxTokens,
        "stop_sequence" => Stop::StopSequence,
        "tool_use" => Stop::ToolUse,
        "refusal" => Stop::ContentFiltered,
        "model_context_window_exceeded" => Stop::ContextWindowExceeded,
        "pause_turn" => Stop::PauseTurn,
        // A word that is new, such as `compaction`: the reply is whole, and the word goes to the detail.
        _ => Stop::EndTurn,
    };
    let stop = match stop {
        Stop::EndTurn | Stop::ToolUse if is_malformed => Stop::MalformedToolUse,
        // A client that goes by the reason alone would not run the tool.
        Stop::EndTurn if has_calls => Stop::ToolUse,
        other => other,
    };
    let detail = StopDetail {
        matched: matched.map(str::to_owned),
        provider_reason: reason.to_owned(),
    };
    Some((stop, detail))
}

/// `stop_reason` and `stop_sequence`. What Bedrock's own guardrail and the gateway find has no word here.
pub(super) fn encode_stop<'d>(
    stop: &Stop,
    detail: Option<&'d StopDetail>,
) -> (&'static str, Option<&'d str>) {
    let reason = match stop {
        Stop::EndTurn
        | Stop::GuardrailIntervened
        | Stop::MalformedModelOutput
        | Stop::MalformedToolUse
        | Stop::Other(_) => "end_turn",
        Stop::ToolUse => "tool_use",
        Stop::MaxTokens => "max_tokens",
        Stop::StopSequence => {
            let matched = detail.and_then(|detail| detail.matched.as_deref());
            return ("stop_sequence", matched);
        }
        Stop::ContentFiltered => "refusal",
        Stop::ContextWindowExceeded => "model_context_window_exceeded",
        Stop::PauseTurn => "pause_turn",
    };
    (reason, None)
}
