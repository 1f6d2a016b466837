//! Whole replies.

use llm::chat::{Block, Message, Reasoning, Reply, Role, Stop, Tier, ToolUse};
use llm::{Ext, Json};
use rest_json::{Document, ToJson, Writer};

use super::cite::{Annotated, decode_text};
use super::fault::fault_of;
use super::ids::Ids;
use super::mend;
use super::stop::{Ending, decode_stop, encode_stop};
use super::usage::{decode_usage, encode_usage};
use super::wire::{
    Arguments, Choice, Completion, Count, Function, IsError, Said, SaidPart, Thought, Word,
};
use crate::wire::{Nullable, OneOrMany};
use crate::{Error, Rendering, StreamError};

/// What Bedrock puts around reasoning in the content of this format, which has no member for it.
pub(super) const REASONING_TAGS: (&str, &str) = ("<reasoning>", "</reasoning>");

/// Reads a whole reply: the choice of index 0.
///
/// # Errors
/// [`StreamError::Fault`]: the body is an error, which some servers send with a status of 200, or the reply ended in one.
/// [`StreamError::Malformed`]: the body is not what the format says.
pub fn decode_reply(body: &[u8]) -> Result<Reply, StreamError> {
    let completion: Completion =
        mend::read(body).map_err(|error| StreamError::Malformed(error.into()))?;
    let Completion {
        id,
        choices,
        usage,
        service_tier,
        error,
        object,
        x_groq,
    } = completion;
    let is_error = choices.is_none() && object == Some(IsError(true));
    if error.is_some() || is_error {
        return Err(StreamError::Fault(super::decode_fault(200, body)));
    }
    let Some(choice) = first(choices.unwrap_or_default()) else {
        return Err(Error::at(&[], "required key [choices] not found").into());
    };
    let Choice {
        index: _,
        message,
        delta: _,
        finish_reason,
        stop_reason,
        native_finish_reason,
        error,
    } = choice;
    if let Some(error) = error {
        return Err(StreamError::Fault(fault_of(200, &error)));
    }
    let Some(message) = message else {
        return Err(Error::at(&["choices", "0"], "required key [message] not found").into());
    };
    let mut said = Content::of(*message, &Word::of(id).unwrap_or_default());
    let ending = decode_stop(Ending {
        reason: Word::of(finish_reason).as_deref(),
        matched: Word::of(stop_reason).as_deref(),
        native: Word::of(native_finish_reason).as_deref(),
        is_refused: said.is_refused,
        has_calls: said.has_calls,
        is_malformed: said.is_malformed,
    })
    .map_err(|fault| StreamError::Fault(*fault))?;
    // The answer is whole, so one that does not say why it ended did end.
    let (stop, stop_detail) = ending.unwrap_or((Stop::EndTurn, None));
    let usage = usage.or(x_groq.and_then(|groq| groq.usage));
    Ok(Reply {
        message: Message {
            role: Role::Assistant,
            content: std::mem::take(&mut said.blocks),
            ext: Ext::default(),
        },
        stop,
        stop_detail,
        usage: decode_usage(usage.as_ref()),
        latency: None,
        native: None,
        trace: None,
        performance: None,
        tier: decode_tier(Word::of(service_tier)),
        ext: Ext::default(),
    })
}

/// The choice whose index is 0 wherever it stands, else the first.
fn first(mut choices: Vec<Choice>) -> Option<Choice> {
    let place = choices
        .iter()
        .position(|choice| Count::of(choice.index) == Some(0));
    let place = place.unwrap_or(0);
    (place < choices.len()).then(|| choices.swap_remove(place))
}

/// The service tier that was in force, where it is one that Bedrock knows too.
pub(super) fn decode_tier(tier: Option<String>) -> Option<Tier> {
    let kind = tier.filter(|tier| matches!(tier.as_str(), "default" | "flex" | "priority"))?;
    Some(Tier {
        kind,
        ext: Ext::default(),
    })
}

/// What the model said, and what it means for the end.
#[derive(Debug, Default)]
struct Content {
    blocks: Vec<Block>,
    is_refused: bool,
    has_calls: bool,
    is_malformed: bool,
}

impl Content {
    /// Reasoning comes first, since the model said it first; then content, then calls.
    fn of(said: Said, answer: &str) -> Self {
        let Said {
            content,
            refusal,
            reasoning,
            reasoning_content,
            tool_calls,
            function_call,
            annotations,
        } = said;
        let mut found = Self::default();
        // A server that sends both says the same twice.
        if let Some(text) = Word::of(reasoning).or(Word::of(reasoning_content)) {
            found.reasoning(text);
        }
        match content {
            Some(OneOrMany::One(text)) => {
                found
                    .blocks
                    .extend(decode_text(&text, annotations.as_ref()));
            }
            Some(OneOrMany::Many(parts)) => parts.into_iter().for_each(|part| found.part(part)),
            None => {}
        }
        if let Some(text) = Word::of(refusal) {
            found.refusal(text);
        }
        let mut ids = Ids::new(answer);
        for call in tool_calls.into_iter().flatten() {
            found.call(
                ids.next(&Word::of(call.id).unwrap_or_default()),
                call.function,
            );
        }
        if let Some(function) = function_call {
            found.call(ids.next(""), Some(function));
        }
        found
    }

    fn part(&mut self, part: SaidPart) {
        match decode_part(part) {
            Part::Text(text) => self.blocks.extend(text.map(Block::Text)),
            Part::Reasoning(text) => self.reasoning(text),
            Part::Refusal(text) => self.refusal(text),
            Part::Unknown { member, raw } => self.blocks.push(Block::Unknown { member, raw }),
        }
    }

    fn reasoning(&mut self, text: String) {
        if !text.is_empty() {
            self.blocks.push(Block::Reasoning(Reasoning::Text {
                text,
                signature: None,
                ext: Ext::default(),
            }));
        }
    }

    fn refusal(&mut self, text: String) {
        self.is_refused = true;
        if !text.is_empty() {
            self.blocks.push(Block::Text(text));
        }
    }

    fn call(&mut self, id: String, function: Option<Function>) {
        let Function { name, arguments } = function.unwrap_or_default();
        match (Word::of(name), decode_arguments(arguments.as_ref())) {
            (Some(name), Some(input)) => {
                self.has_calls = true;
                self.blocks.push(Block::ToolUse(ToolUse {
                    id,
                    name,
                    input,
                    kind: None,
                    ext: Ext::default(),
                }));
            }
            (_, None) | (None, Some(_)) => self.is_malformed = true,
        }
    }
}

/// A part of what the model said.
pub(super) enum Part {
    /// Text; none where the part has no text.
    Text(Option<String>),
    /// Reasoning.
    Reasoning(String),
    /// Why the model does not answer.
    Refusal(String),
    /// A kind of part that this build does not know.
    Unknown {
        /// Its kind.
        member: String,
        /// All of it.
        raw: Json,
    },
}

/// Reads a part of what the model said, told at once or piece by piece.
pub(super) fn decode_part(part: SaidPart) -> Part {
    let raw = Document::of(&part);
    let SaidPart {
        kind,
        text,
        refusal,
        thinking,
        unknown: _,
    } = part;
    let kind = Word::of(kind).unwrap_or_default();
    match kind.as_str() {
        "text" | "output_text" => Part::Text(Word::of(text)),
        "thinking" => Part::Reasoning(thought(thinking)),
        "refusal" => Part::Refusal(Word::of(refusal).unwrap_or_default()),
        _ => Part::Unknown {
            member: kind,
            raw: Json::from_text(raw.into_text()),
        },
    }
}

/// The text of a piece of reasoning, told whole or in parts.
fn thought(thinking: Option<OneOrMany<Thought>>) -> String {
    match thinking {
        Some(OneOrMany::One(text)) => text,
        Some(OneOrMany::Many(parts)) => parts
            .into_iter()
            .filter_map(|part| Word::of(part.text))
            .collect(),
        None => String::new(),
    }
}

/// The input of a call; none where it is no JSON. A call without arguments is told as `""`, `null` or not at all.
fn decode_arguments(arguments: Option<&Arguments>) -> Option<Json> {
    let text = arguments.map_or("", Arguments::text).trim_ascii();
    if text.is_empty() || text == "null" {
        return Some(Json::from_text("{}"));
    }
    let document = Document::new(text).ok()?;
    Some(Json::from_text(document.into_text()))
}

/// Writes a whole reply, its members in the order of Bedrock's own answers in this format.
pub fn encode_reply(reply: &Reply, rendering: &Rendering) -> Vec<u8> {
    let Reply {
        message,
        stop,
        stop_detail: _,
        usage,
        latency: _,
        native: _,
        trace: _,
        performance: _,
        tier,
        ext: _,
    } = reply;
    let Rendering {
        id,
        model,
        created_secs,
        input_tokens_guess: _,
    } = rendering;
    let mut writer = Writer::new();
    let mut object = writer.map();
    object.entry("choices", &vec![Told { message, stop }]);
    object.entry("created", &i64::try_from(*created_secs).unwrap_or(i64::MAX));
    object.entry("id", &format!("chatcmpl-{id}"));
    object.entry("model", model);
    object.entry("object", "chat.completion");
    if let Some(Tier { kind, ext: _ }) = tier {
        object.entry("service_tier", kind);
    }
    object.entry("usage", &encode_usage(usage));
    object.end();
    writer.into_bytes()
}

/// The one choice of a reply.
struct Told<'a> {
    message: &'a Message,
    stop: &'a Stop,
}

impl ToJson for Told<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut object = writer.map();
        object.entry("finish_reason", encode_stop(self.stop));
        object.entry("index", &0);
        object.entry("logprobs", &Nullable::<String>(None));
        object.entry("message", &ToldMessage(self.message));
        object.end();
    }
}

struct ToldMessage<'a>(&'a Message);

impl ToJson for ToldMessage<'_> {
    fn write(&self, writer: &mut Writer) {
        let Message {
            role: _,
            content,
            ext: _,
        } = self.0;
        let mut said = Annotated::default();
        let mut calls = Vec::new();
        for block in content {
            match block {
                Block::Text(text) => said.text.push_str(text),
                Block::Citations(citations) => said.cited(citations),
                Block::Reasoning(Reasoning::Text {
                    text,
                    signature: _,
                    ext: _,
                }) => {
                    let (open, close) = REASONING_TAGS;
                    said.text.extend([open, text, close]);
                }
                // A call that the provider ran itself is nothing for the client to run.
                Block::ToolUse(call) if call.kind.as_deref() != Some("server_tool_use") => {
                    calls.push(Call(call));
                }
                // An answer in this format has no place for these.
                Block::ToolUse(_)
                | Block::ToolResult(_)
                | Block::Reasoning(Reasoning::Redacted(_) | Reasoning::Unknown { .. })
                | Block::Image(_)
                | Block::Document(_)
                | Block::Video(_)
                | Block::Audio(_)
                | Block::Guard(_)
                | Block::CachePoint(_)
                | Block::SearchResult(_)
                | Block::ToolAddition { .. }
                | Block::ToolRemoval { .. }
                | Block::Unknown { .. } => {}
            }
        }
        let mut object = writer.map();
        if let Some(annotations) = said.annotations() {
            object.entry("annotations", annotations);
        }
        let text = Some(&said.text).filter(|text| !text.is_empty() || calls.is_empty());
        object.entry("content", &text);
        object.entry("refusal", &Nullable::<String>(None));
        object.entry("role", "assistant");
        if !calls.is_empty() {
            object.entry("tool_calls", &calls);
        }
        object.end();
    }
}

/// A call of a tool that the client runs.
struct Call<'a>(&'a ToolUse);

impl ToJson for Call<'_> {
    fn write(&self, writer: &mut Writer) {
        let ToolUse {
            id,
            name,
            input,
            kind: _,
            ext: _,
        } = self.0;
        let mut object = writer.map();
        object.entry("function", &Called { name, input });
        object.entry("id", id);
        object.entry("type", "function");
        object.end();
    }
}

struct Called<'a> {
    name: &'a str,
    input: &'a Json,
}

impl ToJson for Called<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut object = writer.map();
        object.entry("arguments", self.input.as_str());
        object.entry("name", self.name);
        object.end();
    }
}
