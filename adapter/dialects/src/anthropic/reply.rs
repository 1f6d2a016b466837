//! Whole replies.

use llm::chat::{
    Block, Message, Reasoning, Reply, Role, Stop, ToolResult, ToolResultItem, ToolUse,
};
use llm::{Ext, Json};
use rest_json::{DecodeError, Document, json};

use super::block::{cited, encode_cited, encode_redacted, redacted};
use super::cite::decode_citations;
use super::plain::{decode_json, kind_of, need, parse, required};
use super::stop::{Ending, decode_stop, encode_stop};
use super::tool::{SERVER_CALL, encode_call};
use super::tree::{Object, Value};
use super::usage::{decode_tier, decode_usage, encode_usage};
use super::wire;
use crate::{Error, Rendering};

/// How the types of what the server's own tools gave back end.
const SERVER_RESULT: &str = "_tool_result";

/// Reads a whole reply.
///
/// # Errors
/// [`Error::Body`]: the body is not what the format says.
pub fn decode_reply(body: &[u8]) -> Result<Reply, Error> {
    let wire::Answer {
        id: _,
        kind: _,
        role: _,
        model: _,
        content,
        stop_reason,
        stop_sequence,
        usage,
        unknown: _,
    } = json::from_slice(body)?;
    let content = need(content, required!("content"))?;
    let mut blocks = Vec::with_capacity(content.len());
    for (at, block) in content.iter().enumerate() {
        let block = decode_block(block).map_err(|error| error.at_index(at).within("content"))?;
        blocks.extend(block);
    }
    let has_calls = blocks.iter().any(is_callers);
    let ending = decode_stop(Ending {
        reason: stop_reason.as_deref(),
        matched: stop_sequence.as_deref(),
        has_calls,
        is_malformed: false,
    });
    // The answer is whole, so one that does not say why it ended did end.
    let (stop, stop_detail) = match ending {
        Some((stop, detail)) => (stop, Some(detail)),
        None if has_calls => (Stop::ToolUse, None),
        None => (Stop::EndTurn, None),
    };
    Ok(Reply {
        message: Message {
            role: Role::Assistant,
            content: blocks,
            ext: Ext::default(),
        },
        stop,
        stop_detail,
        usage: decode_usage(usage.as_ref()),
        latency: None,
        native: None,
        trace: None,
        performance: None,
        tier: decode_tier(usage.as_ref()),
        ext: Ext::default(),
    })
}

/// Whether the block is a call of a tool that the client runs.
fn is_callers(block: &Block) -> bool {
    matches!(block, Block::ToolUse(call) if call.kind.as_deref() != Some(SERVER_CALL))
}

/// Whether a block is what a tool of the server's own gave back. What an MCP server did is told in blocks that belong to it.
pub(super) fn is_server_result(kind: &str) -> bool {
    kind.ends_with(SERVER_RESULT) && kind != "mcp_tool_result"
}

/// A block of an answer; none where it says nothing, as in a stream.
fn decode_block(raw: &Document) -> Result<Option<Block>, DecodeError> {
    let kind = need(kind_of(raw.as_str())?, required!("type"))?;
    Ok(match kind.as_str() {
        "text" => decode_text(parse(raw.as_str())?),
        "thinking" => decode_thinking(parse(raw.as_str())?),
        "redacted_thinking" => {
            let data = parse::<wire::Block>(raw.as_str())?.data;
            Some(Block::Reasoning(redacted(need(data, required!("data"))?)))
        }
        "tool_use" => Some(decode_call(parse(raw.as_str())?, None)?),
        SERVER_CALL => Some(decode_call(parse(raw.as_str())?, Some(SERVER_CALL))?),
        kind if is_server_result(kind) => {
            let block: wire::Block = parse(raw.as_str())?;
            Some(Block::ToolResult(ToolResult {
                id: need(block.tool_use_id, required!("tool_use_id"))?,
                content: block
                    .content
                    .map(|content| ToolResultItem::Json(decode_json(content)))
                    .into_iter()
                    .collect(),
                status: None,
                kind: Some(kind.to_owned()),
                ext: Ext::default(),
            }))
        }
        _ => Some(Block::Unknown {
            member: kind,
            raw: decode_json(raw.clone()),
        }),
    })
}

fn decode_text(block: wire::Block) -> Option<Block> {
    let text = block.text.unwrap_or_default();
    let citations = block.citations.as_ref().map(decode_citations);
    match citations.filter(|citations| !citations.is_empty()) {
        Some(citations) => Some(cited(text, citations)),
        None => (!text.is_empty()).then_some(Block::Text(text)),
    }
}

fn decode_thinking(block: wire::Block) -> Option<Block> {
    let text = block.thinking.unwrap_or_default();
    let signature = block.signature.filter(|signature| !signature.is_empty());
    (!text.is_empty() || signature.is_some()).then(|| {
        Block::Reasoning(Reasoning::Text {
            text,
            signature,
            ext: Ext::default(),
        })
    })
}

fn decode_call(block: wire::Block, kind: Option<&str>) -> Result<Block, DecodeError> {
    Ok(Block::ToolUse(ToolUse {
        id: need(block.id, required!("id"))?,
        name: need(block.name, required!("name"))?,
        input: block
            .input
            .map_or_else(|| Json::from_text("{}"), decode_json),
        kind: kind.map(str::to_owned),
        ext: Ext::default(),
    }))
}

/// Writes a whole reply, its members in the order of Bedrock's own answers in this format.
pub fn encode_reply(reply: &Reply, rendering: &Rendering) -> Vec<u8> {
    let Reply {
        message,
        stop,
        stop_detail,
        usage,
        latency: _,
        native: _,
        trace: _,
        performance: _,
        // Bedrock tells the tier in a header, and in no answer of this format.
        tier: _,
        ext: _,
    } = reply;
    let Message {
        role: _,
        content,
        ext: _,
    } = message;
    let content: Vec<Value<'_>> = content.iter().filter_map(encode_block).collect();
    let (reason, matched) = encode_stop(stop, stop_detail.as_ref());
    let told = Object::default()
        .with("model", &rendering.model)
        .with("id", message_id(rendering))
        .with("type", "message")
        .with("role", "assistant")
        .with("content", content)
        .with("stop_reason", reason)
        .with("stop_sequence", matched.map_or(Value::Null, Value::from))
        .with("usage", encode_usage(usage));
    json::to_vec(&told)
}

/// The id of the message that the call makes, as Bedrock forms it.
pub(super) fn message_id(rendering: &Rendering) -> String {
    format!("msg_bdrk_{}", rendering.id.replace('-', ""))
}

/// A block of an answer; none where an answer in this format has no place for it.
fn encode_block(block: &Block) -> Option<Value<'_>> {
    let object = match block {
        Block::Text(text) => Object::of_kind("text").with("text", text),
        Block::Citations(citations) => encode_cited(citations, false),
        Block::Reasoning(Reasoning::Text {
            text,
            signature,
            ext: _,
        }) => Object::of_kind("thinking")
            .with("thinking", text)
            // Clients of this format need the member; an empty seal is what a block in a stream begins with.
            .with("signature", signature.as_deref().unwrap_or_default()),
        Block::Reasoning(Reasoning::Redacted(bytes)) => encode_redacted(bytes)?,
        Block::ToolUse(call) => encode_call(call, false),
        Block::ToolResult(result) => encode_server_result(result)?,
        Block::Unknown { member, raw } if is_block(member, raw) => return Some(raw.into()),
        Block::Reasoning(Reasoning::Unknown { .. })
        | Block::Image(_)
        | Block::Document(_)
        | Block::Video(_)
        | Block::Audio(_)
        | Block::Guard(_)
        | Block::CachePoint(_)
        | Block::SearchResult(_)
        | Block::ToolAddition { .. }
        | Block::ToolRemoval { .. }
        | Block::Unknown { .. } => return None,
    };
    Some(object.into())
}

/// What a tool of the server's own gave back; other results are no part of an answer.
fn encode_server_result(result: &ToolResult) -> Option<Object<'_>> {
    let ToolResult {
        id,
        content,
        status: _,
        kind,
        ext: _,
    } = result;
    let kind = kind.as_deref().filter(|kind| is_server_result(kind))?;
    let content = content.iter().find_map(|item| match item {
        ToolResultItem::Json(json) => Some(json),
        ToolResultItem::Text(_)
        | ToolResultItem::Image(_)
        | ToolResultItem::Document(_)
        | ToolResultItem::Video(_)
        | ToolResultItem::SearchResult(_)
        | ToolResultItem::Unknown { .. } => None,
    })?;
    let object = Object::of_kind(kind).with("tool_use_id", id);
    Some(object.with("content", content))
}

/// Whether what this build does not know is a block of this format, which names its own type.
pub(super) fn is_block(member: &str, raw: &Json) -> bool {
    matches!(kind_of(raw.as_str()), Ok(Some(kind)) if kind == member)
}
