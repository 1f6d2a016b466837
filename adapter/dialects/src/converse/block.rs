//! Messages and their content blocks.

use generated::runtime::types;
use llm::chat::{self, Block, Guard, Reasoning, Role, Src};

use super::cite::{decode_citations, decode_search_result, encode_citations, encode_search_result};
use super::media::{
    decode_audio, decode_document, decode_format, decode_image, decode_video, encode_audio,
    encode_document, encode_image, encode_url, encode_video,
};
use super::plain::{decode_bytes, decode_ext, decode_json, encode_bytes, encode_ext, encode_json};
use super::tool::{
    decode_reference, decode_tool_result, decode_tool_use, encode_reference, encode_tool_result,
    encode_tool_use,
};
use crate::error::{Error, need};

pub(super) fn decode_message(message: types::Message) -> Result<chat::Message, Error> {
    let types::Message {
        role,
        content,
        unknown,
    } = message;
    let content = need(content, "Message", "content")?;
    Ok(chat::Message {
        role: decode_role(need(role, "Message", "role")?),
        content: content
            .into_iter()
            .map(decode_block)
            .collect::<Result<_, _>>()?,
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_message(message: chat::Message) -> types::Message {
    let chat::Message { role, content, ext } = message;
    types::Message {
        role: Some(encode_role(role)),
        content: Some(content.into_iter().map(encode_block).collect()),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_role(role: types::ConversationRole) -> Role {
    match role {
        types::ConversationRole::User => Role::User,
        types::ConversationRole::Assistant => Role::Assistant,
        types::ConversationRole::System => Role::System,
        types::ConversationRole::Unknown(value) => Role::Other(value),
    }
}

pub(super) fn encode_role(role: Role) -> types::ConversationRole {
    match role {
        Role::User => types::ConversationRole::User,
        Role::Assistant => types::ConversationRole::Assistant,
        Role::System => types::ConversationRole::System,
        Role::Other(value) => types::ConversationRole::Unknown(value),
    }
}

fn decode_block(block: types::ContentBlock) -> Result<Block, Error> {
    Ok(match block {
        types::ContentBlock::Text(text) => Block::Text(text),
        types::ContentBlock::Image(image) => Block::Image(decode_image(image)?),
        types::ContentBlock::Document(document) => Block::Document(decode_document(document)?),
        types::ContentBlock::Video(video) => Block::Video(decode_video(video)?),
        types::ContentBlock::Audio(audio) => Block::Audio(decode_audio(audio)?),
        types::ContentBlock::ToolUse(call) => Block::ToolUse(decode_tool_use(call)?),
        types::ContentBlock::ToolResult(result) => Block::ToolResult(decode_tool_result(result)?),
        types::ContentBlock::GuardContent(guard) => Block::Guard(decode_guard(guard)?),
        types::ContentBlock::CachePoint(point) => Block::CachePoint(decode_cache_point(point)?),
        types::ContentBlock::ReasoningContent(reasoning) => {
            Block::Reasoning(decode_reasoning(reasoning)?)
        }
        types::ContentBlock::CitationsContent(citations) => {
            Block::Citations(decode_citations(citations))
        }
        types::ContentBlock::SearchResult(result) => {
            Block::SearchResult(decode_search_result(result)?)
        }
        types::ContentBlock::ToolAddition(types::ToolAdditionBlock { tool, unknown }) => {
            Block::ToolAddition {
                tool: decode_reference(need(tool, "ToolAdditionBlock", "tool")?),
                ext: decode_ext(&unknown),
            }
        }
        types::ContentBlock::ToolRemoval(types::ToolRemovalBlock { tool, unknown }) => {
            Block::ToolRemoval {
                tool: decode_reference(need(tool, "ToolRemovalBlock", "tool")?),
                ext: decode_ext(&unknown),
            }
        }
        types::ContentBlock::Unknown { member, value } => Block::Unknown {
            member,
            raw: decode_json(value),
        },
    })
}

fn encode_block(block: Block) -> types::ContentBlock {
    match block {
        Block::Text(text) => types::ContentBlock::Text(text),
        Block::Image(image) => types::ContentBlock::Image(encode_image(image)),
        Block::Document(document) => types::ContentBlock::Document(encode_document(document)),
        Block::Video(video) => types::ContentBlock::Video(encode_video(video)),
        Block::Audio(audio) => types::ContentBlock::Audio(encode_audio(audio)),
        Block::ToolUse(call) => types::ContentBlock::ToolUse(encode_tool_use(call)),
        Block::ToolResult(result) => types::ContentBlock::ToolResult(encode_tool_result(result)),
        Block::Guard(guard) => types::ContentBlock::GuardContent(encode_guard(guard)),
        Block::CachePoint(point) => types::ContentBlock::CachePoint(encode_cache_point(point)),
        Block::Reasoning(reasoning) => {
            types::ContentBlock::ReasoningContent(encode_reasoning(reasoning))
        }
        Block::Citations(citations) => {
            types::ContentBlock::CitationsContent(encode_citations(citations))
        }
        Block::SearchResult(result) => {
            types::ContentBlock::SearchResult(encode_search_result(result))
        }
        Block::ToolAddition { tool, ext } => {
            types::ContentBlock::ToolAddition(types::ToolAdditionBlock {
                tool: Some(encode_reference(tool)),
                unknown: encode_ext(&ext),
            })
        }
        Block::ToolRemoval { tool, ext } => {
            types::ContentBlock::ToolRemoval(types::ToolRemovalBlock {
                tool: Some(encode_reference(tool)),
                unknown: encode_ext(&ext),
            })
        }
        Block::Unknown { member, raw } => types::ContentBlock::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

fn decode_reasoning(block: types::ReasoningContentBlock) -> Result<Reasoning, Error> {
    Ok(match block {
        types::ReasoningContentBlock::ReasoningText(types::ReasoningTextBlock {
            text,
            signature,
            unknown,
        }) => Reasoning::Text {
            text: need(text, "ReasoningTextBlock", "text")?,
            signature,
            ext: decode_ext(&unknown),
        },
        types::ReasoningContentBlock::RedactedContent(blob) => {
            Reasoning::Redacted(decode_bytes(&blob))
        }
        types::ReasoningContentBlock::Unknown { member, value } => Reasoning::Unknown {
            member,
            raw: decode_json(value),
        },
    })
}

fn encode_reasoning(reasoning: Reasoning) -> types::ReasoningContentBlock {
    match reasoning {
        Reasoning::Text {
            text,
            signature,
            ext,
        } => types::ReasoningContentBlock::ReasoningText(types::ReasoningTextBlock {
            text: Some(text),
            signature,
            unknown: encode_ext(&ext),
        }),
        Reasoning::Redacted(bytes) => {
            types::ReasoningContentBlock::RedactedContent(encode_bytes(&bytes))
        }
        Reasoning::Unknown { member, raw } => types::ReasoningContentBlock::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

pub(super) fn decode_cache_point(point: types::CachePointBlock) -> Result<chat::CachePoint, Error> {
    let types::CachePointBlock {
        r#type,
        ttl,
        unknown,
    } = point;
    Ok(chat::CachePoint {
        kind: need(r#type, "CachePointBlock", "type")?.as_str().to_owned(),
        ttl: ttl.map(|ttl| ttl.as_str().to_owned()),
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_cache_point(point: chat::CachePoint) -> types::CachePointBlock {
    let chat::CachePoint { kind, ttl, ext } = point;
    types::CachePointBlock {
        r#type: Some(types::CachePointType::from(kind.as_str())),
        ttl: ttl.map(|ttl| types::CacheTTL::from(ttl.as_str())),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_guard(block: types::GuardrailConverseContentBlock) -> Result<Guard, Error> {
    Ok(match block {
        types::GuardrailConverseContentBlock::Text(text) => {
            let types::GuardrailConverseTextBlock {
                text,
                qualifiers,
                unknown,
            } = text;
            Guard::Text(chat::GuardText {
                text: need(text, "GuardrailConverseTextBlock", "text")?,
                qualifiers: qualifiers.map(|values| {
                    values
                        .iter()
                        .map(|value| value.as_str().to_owned())
                        .collect()
                }),
                ext: decode_ext(&unknown),
            })
        }
        types::GuardrailConverseContentBlock::Image(image) => {
            let types::GuardrailConverseImageBlock {
                format,
                source,
                unknown,
            } = image;
            let source = match need(source, "GuardrailConverseImageBlock", "source")? {
                types::GuardrailConverseImageSource::Bytes(blob) => Src::Bytes(decode_bytes(&blob)),
                types::GuardrailConverseImageSource::Unknown { member, value } => Src::Unknown {
                    member,
                    raw: decode_json(value),
                },
            };
            let format = need(format, "GuardrailConverseImageBlock", "format")?;
            Guard::Image(chat::GuardImage {
                format: decode_format(format.as_str()),
                source,
                ext: decode_ext(&unknown),
            })
        }
        types::GuardrailConverseContentBlock::Unknown { member, value } => Guard::Unknown {
            member,
            raw: decode_json(value),
        },
    })
}

pub(super) fn encode_guard(guard: Guard) -> types::GuardrailConverseContentBlock {
    match guard {
        Guard::Text(chat::GuardText {
            text,
            qualifiers,
            ext,
        }) => {
            let qualifiers = qualifiers.map(|values| {
                values
                    .iter()
                    .map(|value| types::GuardrailConverseContentQualifier::from(value.as_str()))
                    .collect()
            });
            types::GuardrailConverseContentBlock::Text(types::GuardrailConverseTextBlock {
                text: Some(text),
                qualifiers,
                unknown: encode_ext(&ext),
            })
        }
        Guard::Image(chat::GuardImage {
            format,
            source,
            ext,
        }) => types::GuardrailConverseContentBlock::Image(types::GuardrailConverseImageBlock {
            format: Some(types::GuardrailConverseImageFormat::from(format.as_str())),
            source: Some(encode_guard_source(source)),
            unknown: encode_ext(&ext),
        }),
        Guard::Unknown { member, raw } => types::GuardrailConverseContentBlock::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

fn encode_guard_source(source: Src) -> types::GuardrailConverseImageSource {
    match source {
        Src::Bytes(bytes) => types::GuardrailConverseImageSource::Bytes(encode_bytes(&bytes)),
        Src::Url(url) => {
            let (member, value) = encode_url(&url);
            types::GuardrailConverseImageSource::Unknown { member, value }
        }
        // No other dialect puts an object here, and this one has no member for it, so it is spelt as the union it is elsewhere.
        Src::Object { uri, owner, ext } => {
            let location = types::S3Location {
                uri: Some(uri),
                bucket_owner: owner,
                unknown: encode_ext(&ext),
            };
            types::GuardrailConverseImageSource::Unknown {
                member: "s3Location".to_owned(),
                value: rest_json::Document::of(&location),
            }
        }
        Src::Unknown { member, raw } => types::GuardrailConverseImageSource::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}
