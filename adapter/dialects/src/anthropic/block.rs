//! Messages, the system prompt and their content blocks.

use llm::Ext;
use llm::chat::{self, Block, CachePoint, Citations, CitedText, Reasoning, Role, SystemItem};
use rest_json::{Bytes, DecodeError, FromJson, Reader};

use super::cache::{CacheControl, decode_cache_point, mark};
use super::cite::{Cited, decode_search_result, encode_citation, encode_search_result, joined};
use super::media::{decode_document, decode_image, encode_document, encode_image};
use super::plain::{decode_ext, kind_of, need, parse, raw, required, says_more};
use super::tool::{decode_call, decode_outcome, encode_call, encode_outcome};
use super::tree::{Object, Value};
use crate::wire::{OneOrMany, readable};

readable! {
    /// A turn.
    Message {
        role: "role" => String,
        content: "content" => OneOrMany<Said>,
    }
}

readable! {
    /// Text, perhaps with what it cites.
    Text {
        kind: "type" => String,
        text: "text" => String,
        citations: "citations" => Vec<Cited>,
        cache_control: "cache_control" => CacheControl,
    }
}

readable! {
    /// Reasoning.
    Thinking {
        kind: "type" => String,
        thinking: "thinking" => String,
        signature: "signature" => String,
    }
}

readable! {
    /// Sealed reasoning.
    Redacted {
        kind: "type" => String,
        data: "data" => String,
    }
}

/// A block, and behind it the cache point that it is marked with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said(Block, Option<CachePoint>);

impl FromJson for Said {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let object = reader.raw()?;
        let kind = need(kind_of(object)?, required!("type"))?;
        let (block, mark) = match kind.as_str() {
            "text" => decode_text(object)?,
            "image" => {
                let (image, mark) = decode_image(parse(object)?)?;
                (Block::Image(image), mark)
            }
            "document" => {
                let (document, mark) = decode_document(parse(object)?)?;
                (Block::Document(document), mark)
            }
            "search_result" => {
                let (result, mark) = decode_search_result(parse(object)?)?;
                (Block::SearchResult(result), mark)
            }
            "tool_use" => {
                let (call, mark) = decode_call(parse(object)?)?;
                (Block::ToolUse(call), mark)
            }
            "tool_result" => {
                let (result, mark) = decode_outcome(parse(object)?)?;
                (Block::ToolResult(result), mark)
            }
            "thinking" => (decode_thinking(object)?, None),
            "redacted_thinking" => (decode_redacted(object)?, None),
            // What the server's own tools were asked and said, uploads, and what is newer than this build.
            _ => (unknown(kind, object), None),
        };
        Ok(Self(block, mark.map(decode_cache_point)))
    }
}

fn unknown(kind: String, object: &str) -> Block {
    Block::Unknown {
        member: kind,
        raw: raw(object),
    }
}

fn decode_text(object: &str) -> Result<(Block, Option<CacheControl>), DecodeError> {
    let Text {
        kind: _,
        text,
        citations,
        cache_control,
        unknown: more,
    } = parse(object)?;
    let text = need(text, required!("text"))?;
    if says_more(&more) {
        return Ok((unknown("text".to_owned(), object), None));
    }
    let citations = citations.unwrap_or_default();
    let block = if citations.is_empty() {
        Block::Text(text)
    } else {
        cited(text, citations.into_iter().map(|Cited(one)| one).collect())
    };
    Ok((block, cache_control))
}

/// Text with what it cites.
pub(super) fn cited(text: String, citations: Vec<chat::Citation>) -> Block {
    let piece = CitedText {
        text: Some(text),
        ext: Ext::default(),
    };
    Block::Citations(Citations {
        content: Some(vec![piece]),
        citations: Some(citations),
        ext: Ext::default(),
    })
}

fn decode_thinking(object: &str) -> Result<Block, DecodeError> {
    let Thinking {
        kind: _,
        thinking,
        signature,
        unknown,
    } = parse(object)?;
    Ok(Block::Reasoning(Reasoning::Text {
        text: need(thinking, required!("thinking"))?,
        signature,
        ext: decode_ext(&unknown),
    }))
}

fn decode_redacted(object: &str) -> Result<Block, DecodeError> {
    let Redacted {
        kind,
        data,
        unknown: more,
    } = parse(object)?;
    let data = need(data, required!("data"))?;
    if says_more(&more) {
        let kind = kind.unwrap_or_default();
        return Ok(unknown(kind, object));
    }
    Ok(Block::Reasoning(redacted(data)))
}

/// The bytes of sealed reasoning are the text that the server wrote, as in Bedrock's `redactedContent`.
pub(super) fn redacted(data: String) -> Reasoning {
    Reasoning::Redacted(Bytes::from(data))
}

/// The message of its place in the list.
pub(super) fn decode_message(message: Message) -> Result<chat::Message, DecodeError> {
    let Message {
        role,
        content,
        unknown,
    } = message;
    let role = match need(role, required!("role"))?.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        other => Role::Other(other.to_owned()),
    };
    let content = match need(content, required!("content"))? {
        OneOrMany::One(text) => vec![Block::Text(text)],
        OneOrMany::Many(said) => said
            .into_iter()
            .flat_map(|Said(block, point)| {
                [Some(block), point.map(Block::CachePoint)]
                    .into_iter()
                    .flatten()
            })
            .collect(),
    };
    Ok(chat::Message {
        role,
        content,
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_message(message: &chat::Message, own: bool) -> Object<'_> {
    let chat::Message { role, content, ext } = message;
    let role = match role {
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::System => "system",
        Role::Other(role) => role,
    };
    Object::default()
        .with("role", role)
        .with("content", encode_blocks(content, own))
        .with_ext(ext, own)
}

/// The blocks, each with the mark of the cache point behind it. What this format has no form for is left out: the plan has
/// refused it or said so before.
pub(super) fn encode_blocks(blocks: &[Block], own: bool) -> Vec<Value<'_>> {
    let mut told: Vec<Value<'_>> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match block {
            Block::CachePoint(point) => mark(&mut told, point, own),
            Block::Unknown { member: _, raw } if own => told.push(raw.into()),
            other => told.extend(encode_block(other, own).map(Value::Object)),
        }
    }
    told
}

fn encode_block(block: &Block, own: bool) -> Option<Object<'_>> {
    Some(match block {
        Block::Text(text) => Object::of_kind("text").with("text", text),
        Block::Image(image) => encode_image(image, own)?,
        Block::Document(document) => encode_document(document, own)?,
        Block::ToolUse(call) => encode_call(call, own),
        Block::ToolResult(result) => encode_outcome(result, own),
        Block::Reasoning(reasoning) => encode_reasoning(reasoning, own)?,
        Block::Citations(citations) => encode_cited(citations, own),
        Block::SearchResult(result) => encode_search_result(result, own),
        Block::Video(_)
        | Block::Audio(_)
        | Block::Guard(_)
        | Block::CachePoint(_)
        | Block::ToolAddition { .. }
        | Block::ToolRemoval { .. }
        | Block::Unknown { .. } => return None,
    })
}

/// Reasoning without a seal is nobody's, unless the caller itself wrote it so.
fn encode_reasoning(reasoning: &Reasoning, own: bool) -> Option<Object<'_>> {
    match reasoning {
        Reasoning::Text {
            text,
            signature,
            ext,
        } => (own || signature.is_some()).then(|| {
            Object::of_kind("thinking")
                .with("thinking", text)
                .with_some("signature", signature.as_ref())
                .with_ext(ext, own)
        }),
        Reasoning::Redacted(bytes) => encode_redacted(bytes),
        Reasoning::Unknown { .. } => None,
    }
}

/// None where the bytes are no text, which what this format's servers seal always is.
pub(super) fn encode_redacted(bytes: &Bytes) -> Option<Object<'_>> {
    let data = std::str::from_utf8(bytes).ok()?;
    Some(Object::of_kind("redacted_thinking").with("data", data))
}

/// Pieces are pieces of one text here.
pub(super) fn encode_cited(cited: &Citations, own: bool) -> Object<'_> {
    let Citations {
        content,
        citations,
        ext,
    } = cited;
    let citations: Vec<Value<'_>> = citations
        .iter()
        .flatten()
        .filter_map(|citation| encode_citation(citation, own))
        .collect();
    Object::of_kind("text")
        .with("text", joined(content.as_deref().unwrap_or_default()))
        .with_some(
            "citations",
            Some(citations).filter(|citations| !citations.is_empty()),
        )
        .with_ext(ext, own)
}

/// A piece of the system prompt, and behind it the cache point that it is marked with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ordered(SystemItem, Option<CachePoint>);

impl FromJson for Ordered {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let object = reader.raw()?;
        let kind = need(kind_of(object)?, required!("type"))?;
        if kind == "text"
            && let (Block::Text(text), mark) = decode_text(object)?
        {
            return Ok(Self(SystemItem::Text(text), mark.map(decode_cache_point)));
        }
        let raw = raw(object);
        Ok(Self(SystemItem::Unknown { member: kind, raw }, None))
    }
}

pub(super) fn decode_system(system: OneOrMany<Ordered>) -> Vec<SystemItem> {
    match system {
        OneOrMany::One(text) => vec![SystemItem::Text(text)],
        OneOrMany::Many(items) => items
            .into_iter()
            .flat_map(|Ordered(item, point)| {
                [Some(item), point.map(SystemItem::CachePoint)]
                    .into_iter()
                    .flatten()
            })
            .collect(),
    }
}

pub(super) fn encode_system(items: &[SystemItem], own: bool) -> Vec<Value<'_>> {
    let mut told: Vec<Value<'_>> = Vec::with_capacity(items.len());
    for item in items {
        match item {
            SystemItem::Text(text) => {
                told.push(Object::of_kind("text").with("text", text).into());
            }
            SystemItem::CachePoint(point) => mark(&mut told, point, own),
            SystemItem::Unknown { member: _, raw } if own => told.push(raw.into()),
            SystemItem::Guard(_) | SystemItem::Unknown { .. } => {}
        }
    }
    told
}
