//! Why a reply ended, as a total table.

use generated::runtime::types::StopReason;
use llm::chat::Stop;

/// Reads a stop reason; one this build does not know is kept as it is.
pub fn decode_stop(reason: StopReason) -> Stop {
    match reason {
        StopReason::EndTurn => Stop::EndTurn,
        StopReason::ToolUse => Stop::ToolUse,
        StopReason::MaxTokens => Stop::MaxTokens,
        StopReason::StopSequence => Stop::StopSequence,
        StopReason::GuardrailIntervened => Stop::GuardrailIntervened,
        StopReason::ContentFiltered => Stop::ContentFiltered,
        StopReason::MalformedModelOutput => Stop::MalformedModelOutput,
        StopReason::MalformedToolUse => Stop::MalformedToolUse,
        StopReason::ModelContextWindowExceeded => Stop::ContextWindowExceeded,
        StopReason::Unknown(value) => Stop::Other(value),
    }
}

/// Writes a stop reason. A paused turn has no name here: the content is whole, so it is the end of the turn.
pub fn encode_stop(stop: Stop) -> StopReason {
    match stop {
        Stop::EndTurn | Stop::PauseTurn => StopReason::EndTurn,
        Stop::ToolUse => StopReason::ToolUse,
        Stop::MaxTokens => StopReason::MaxTokens,
        Stop::StopSequence => StopReason::StopSequence,
        Stop::GuardrailIntervened => StopReason::GuardrailIntervened,
        Stop::ContentFiltered => StopReason::ContentFiltered,
        Stop::MalformedModelOutput => StopReason::MalformedModelOutput,
        Stop::MalformedToolUse => StopReason::MalformedToolUse,
        Stop::ContextWindowExceeded => StopReason::ModelContextWindowExceeded,
        Stop::Other(value) => StopReason::Unknown(value),
    }
}
