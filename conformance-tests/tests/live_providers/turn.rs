//! What a model said in one turn, in a form that recordings and clients of every format can be brought to.

use serde_json::Value;

/// One turn of the assistant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Turn {
    /// All texts, one behind the other.
    pub(crate) text: String,
    /// All thoughts, one behind the other.
    pub(crate) thinking: String,
    /// Each call: the tool and its input.
    pub(crate) tools: Vec<(String, Value)>,
    /// In Bedrock's words.
    pub(crate) stop: String,
    pub(crate) usage: Usage,
}

/// Tokens, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Read anew.
    pub(crate) input: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_write: u64,
    pub(crate) output: u64,
}

impl Usage {
    /// Everything that the model read.
    pub(crate) fn all_input(self) -> u64 {
        self.input + self.cache_read + self.cache_write
    }
}

/// What an SDK of AWS returned for Converse, or the folded stream of ConverseStream.
///
/// The one has the message in `output.message`, the other is the message itself.
pub(crate) fn of_converse(answer: &Value) -> Turn {
    let message = answer.pointer("/output/message").unwrap_or(answer);
    let mut turn = Turn {
        stop: text(&answer["stopReason"]),
        ..Turn::default()
    };
    for block in list(&message["content"]) {
        if let Some(said) = block["text"].as_str() {
            turn.text.push_str(said);
        }
        // A stream has no `reasoningText` between.
        for member in [
            "/reasoningContent/reasoningText/text",
            "/reasoningContent/text",
        ] {
            let thought = block.pointer(member).map(text);
            turn.thinking.push_str(&thought.unwrap_or_default());
        }
        if let Some(call) = block.get("toolUse") {
            turn.tools
                .push((text(&call["name"]), call["input"].clone()));
        }
    }
    let usage = &answer["usage"];
    turn.usage = Usage {
        input: count(&usage["inputTokens"]),
        cache_read: count(&usage["cacheReadInputTokens"]),
        cache_write: count(&usage["cacheWriteInputTokens"]),
        output: count(&usage["outputTokens"]),
    };
    turn
}

/// A message of Anthropic's API, from the API itself or from the SDK.
pub(crate) fn of_message(message: &Value) -> Turn {
    let mut turn = Turn {
        stop: text(&message["stop_reason"]),
        usage: of_message_usage(&message["usage"]),
        ..Turn::default()
    };
    for block in list(&message["content"]) {
        match block["type"].as_str() {
            Some("text") => turn.text.push_str(&text(&block["text"])),
            Some("thinking") => turn.thinking.push_str(&text(&block["thinking"])),
            Some("tool_use") => turn
                .tools
                .push((text(&block["name"]), block["input"].clone())),
            other => panic!("a block of type {other:?}"),
        }
    }
    turn
}

pub(crate) fn of_message_usage(usage: &Value) -> Usage {
    Usage {
        input: count(&usage["input_tokens"]),
        cache_read: count(&usage["cache_read_input_tokens"]),
        cache_write: count(&usage["cache_creation_input_tokens"]),
        output: count(&usage["output_tokens"]),
    }
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}
