//! What servers of this format answer, whole or in pieces; tolerant of the ways in which they depart from OpenAI's own.
//!
//! Knows the shapes and not what they mean.

use rest_json::{DecodeError, Document, FromJson, Reader, ToJson, Writer};

use crate::wire::{OneOrMany, object, partial};

partial! {
    /// A whole answer, or a chunk of one.
    Completion {
        id: "id" => Word,
        choices: "choices" => Vec<Choice>,
        usage: "usage" => Usage,
        service_tier: "service_tier" => Word,
        /// An error inside an answer of 200, or in place of a chunk.
        error: "error" => Document,
        /// `error` where the whole object is one, as vLLM says it.
        object: "object" => IsError,
        /// Groq's own member, which tells the usage of a stream.
        x_groq: "x_groq" => Groq,
    }
}

partial! {
    /// What Groq adds to a chunk.
    Groq {
        usage: "usage" => Usage,
        error: "error" => Document,
    }
}

partial! {
    /// One of the answers to a request; the first unless several were asked for.
    Choice {
        index: "index" => Count,
        /// What was said, in a whole answer.
        message: "message" => Box<Said>,
        /// What is said next, in a chunk.
        delta: "delta" => Box<Said>,
        finish_reason: "finish_reason" => Word,
        /// vLLM: the stop sequence that was met, or the number of the token that ended the answer.
        stop_reason: "stop_reason" => Word,
        /// OpenRouter: the reason as the provider behind it said it.
        native_finish_reason: "native_finish_reason" => Word,
        /// OpenRouter: the provider behind it failed.
        error: "error" => Document,
    }
}

partial! {
    /// What the model says.
    Said {
        content: "content" => OneOrMany<SaidPart>,
        refusal: "refusal" => Word,
        /// Reasoning as Groq, OpenRouter and newer vLLM call it.
        reasoning: "reasoning" => Word,
        /// Reasoning as DeepSeek, xAI, llama.cpp and older vLLM call it.
        reasoning_content: "reasoning_content" => Word,
        tool_calls: "tool_calls" => Vec<ToolCall>,
        /// A call in the form that `tool_calls` replaced.
        function_call: "function_call" => Function,
        annotations: "annotations" => Document,
    }
}

object! {
    /// A part of what the model says, where that is a list.
    SaidPart {
        kind: "type" => Word,
        text: "text" => Word,
        refusal: "refusal" => Word,
        /// Reasoning as Mistral tells it: a list of text parts.
        thinking: "thinking" => OneOrMany<Thought>,
    }
}

object! {
    /// A piece of reasoning.
    Thought {
        text: "text" => Word,
    }
}

partial! {
    /// A call of a tool, or a piece of one.
    ToolCall {
        index: "index" => Count,
        id: "id" => Word,
        function: "function" => Function,
    }
}

partial! {
    /// What is called, and with what.
    Function {
        name: "name" => Word,
        arguments: "arguments" => Arguments,
    }
}

partial! {
    /// What an answer cost.
    Usage {
        completion_tokens: "completion_tokens" => Count,
        completion_tokens_details: "completion_tokens_details" => CompletionTokens,
        /// Mistral's word for the cached part.
        num_cached_tokens: "num_cached_tokens" => Count,
        /// DeepSeek's words for the two parts of the prompt.
        prompt_cache_hit_tokens: "prompt_cache_hit_tokens" => Count,
        prompt_cache_miss_tokens: "prompt_cache_miss_tokens" => Count,
        prompt_tokens: "prompt_tokens" => Count,
        prompt_tokens_details: "prompt_tokens_details" => PromptTokens,
        total_tokens: "total_tokens" => Count,
    }
}

partial! {
    /// How the prompt's tokens divide.
    PromptTokens {
        cached_tokens: "cached_tokens" => Count,
        cache_write_tokens: "cache_write_tokens" => Count,
    }
}

partial! {
    /// How the answer's tokens divide.
    CompletionTokens {
        reasoning_tokens: "reasoning_tokens" => Count,
    }
}

/// A text; anything else, such as a number, counts as absent, so that a member nobody needs cannot spoil an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Word(pub(crate) Option<String>);

impl Word {
    /// The text of a member that may be absent; an empty one counts as absent too.
    pub(crate) fn of(word: Option<Self>) -> Option<String> {
        word.and_then(|Word(text)| text)
            .filter(|text| !text.is_empty())
    }
}

impl FromJson for Word {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.at_string() {
            return Ok(Self(Some(reader.string()?.into_owned())));
        }
        reader.raw()?;
        Ok(Self(None))
    }
}

impl ToJson for Word {
    fn write(&self, writer: &mut Writer) {
        self.0.write(writer);
    }
}

/// Whether a text says `error`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct IsError(pub(crate) bool);

impl FromJson for IsError {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.at_string() {
            return Ok(Self(reader.string()? == "error"));
        }
        reader.raw()?;
        Ok(Self(false))
    }
}

/// A number of things, brought into the range of 32 bits; `12.0` counts as 12, anything that is no number as absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) Option<i32>);

impl Count {
    /// The number of a member that may be absent.
    pub(crate) fn of(count: Option<Self>) -> Option<i32> {
        count.and_then(|Count(number)| number)
    }
}

impl FromJson for Count {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = reader.raw()?;
        Ok(Self(whole(text)))
    }
}

impl ToJson for Count {
    fn write(&self, writer: &mut Writer) {
        self.0.write(writer);
    }
}

/// The whole number nearest to zero that a JSON number holds, saturating; none where the text is no number.
fn whole(text: &str) -> Option<i32> {
    if let Ok(number) = text.parse::<i64>() {
        let end = if number < 0 { i32::MIN } else { i32::MAX };
        return Some(i32::try_from(number).unwrap_or(end));
    }
    let number: f64 = text.parse().ok().filter(|number: &f64| !number.is_nan())?;
    // Rust prints a truncated double in digits alone, and one beyond 64 bits is beyond 32 bits too.
    let digits = format!("{:.0}", number.trunc());
    let end = if number < 0.0 { i32::MIN } else { i32::MAX };
    Some(digits.parse().unwrap_or(end))
}

/// The arguments of a call: JSON in a string, or a piece of it; some servers (Ollama) send the object itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arguments {
    /// What the string holds.
    Text(String),
    /// A value that is no string.
    Json(Document),
}

impl Arguments {
    /// The JSON text, or the piece of it.
    pub(crate) fn text(&self) -> &str {
        match self {
            Arguments::Text(text) => text,
            Arguments::Json(value) => value.as_str(),
        }
    }
}

impl FromJson for Arguments {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.at_string() {
            return Ok(Self::Text(reader.string()?.into_owned()));
        }
        Document::read(reader).map(Self::Json)
    }
}
