//! Tools: what is offered, how it is chosen, what is called and what comes back.

use generated::runtime::types;
use llm::chat::{self, ToolResultItem, ToolStatus};
use rest_json::Document;

use super::block::{decode_cache_point, encode_cache_point};
use super::cite::{decode_search_result, encode_search_result};
use super::media::{
    decode_document, decode_image, decode_video, encode_document, encode_image, encode_video,
};
use super::plain::{decode_ext, decode_json, encode_ext, encode_json};
use crate::error::{Error, need};

pub(super) fn decode_tools(config: types::ToolConfiguration) -> Result<chat::ToolSet, Error> {
    let types::ToolConfiguration {
        tools,
        tool_choice,
        unknown,
    } = config;
    let items = need(tools, "ToolConfiguration", "tools")?;
    Ok(chat::ToolSet {
        items: items
            .into_iter()
            .map(decode_tool)
            .collect::<Result<_, _>>()?,
        choice: tool_choice.map(decode_choice).transpose()?,
        parallel: None,
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_tools(set: chat::ToolSet) -> types::ToolConfiguration {
    let chat::ToolSet {
        items,
        choice,
        // This format has no member for it; the plan for a target of this format says so.
        parallel: _,
        ext,
    } = set;
    types::ToolConfiguration {
        tools: Some(items.into_iter().map(encode_tool).collect()),
        tool_choice: choice.map(encode_choice),
        unknown: encode_ext(&ext),
    }
}

fn decode_tool(tool: types::Tool) -> Result<chat::Tool, Error> {
    Ok(match tool {
        types::Tool::ToolSpec(spec) => decode_spec(spec)?,
        types::Tool::SystemTool(tool) => {
            let types::SystemTool { name, unknown } = tool;
            chat::Tool::System {
                name: need(name, "SystemTool", "name")?,
                ext: decode_ext(&unknown),
            }
        }
        types::Tool::CachePoint(point) => chat::Tool::CachePoint(decode_cache_point(point)?),
        types::Tool::Unknown { member, value } => chat::Tool::Unknown {
            member,
            raw: decode_json(value),
        },
    })
}

fn encode_tool(tool: chat::Tool) -> types::Tool {
    match tool {
        chat::Tool::Spec(chat::ToolSpec {
            name,
            description,
            schema,
            strict,
            ext,
        }) => types::Tool::ToolSpec(types::ToolSpecification {
            name: Some(name),
            description,
            input_schema: Some(encode_schema(schema)),
            strict,
            unknown: encode_ext(&ext),
        }),
        chat::Tool::System { name, ext } => types::Tool::SystemTool(types::SystemTool {
            name: Some(name),
            unknown: encode_ext(&ext),
        }),
        chat::Tool::CachePoint(point) => types::Tool::CachePoint(encode_cache_point(point)),
        chat::Tool::Unknown { member, raw } => types::Tool::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

fn decode_spec(spec: types::ToolSpecification) -> Result<chat::Tool, Error> {
    let types::ToolSpecification {
        name,
        description,
        input_schema,
        strict,
        unknown,
    } = spec;
    Ok(chat::Tool::Spec(chat::ToolSpec {
        name: need(name, "ToolSpecification", "name")?,
        description,
        schema: decode_schema(need(input_schema, "ToolSpecification", "inputSchema")?),
        strict,
        ext: decode_ext(&unknown),
    }))
}

fn decode_schema(schema: types::ToolInputSchema) -> chat::ToolSchema {
    match schema {
        types::ToolInputSchema::Json(document) => chat::ToolSchema::Json(decode_json(document)),
        types::ToolInputSchema::Unknown { member, value } => chat::ToolSchema::Unknown {
            member,
            raw: decode_json(value),
        },
    }
}

fn encode_schema(schema: chat::ToolSchema) -> types::ToolInputSchema {
    match schema {
        chat::ToolSchema::Json(json) => types::ToolInputSchema::Json(encode_json(json)),
        chat::ToolSchema::Unknown { member, raw } => types::ToolInputSchema::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

fn decode_choice(choice: types::ToolChoice) -> Result<chat::ToolChoice, Error> {
    Ok(match choice {
        types::ToolChoice::Auto(types::AutoToolChoice { unknown }) => chat::ToolChoice::Auto {
            ext: decode_ext(&unknown),
        },
        types::ToolChoice::Any(types::AnyToolChoice { unknown }) => chat::ToolChoice::Any {
            ext: decode_ext(&unknown),
        },
        types::ToolChoice::Tool(types::SpecificToolChoice { name, unknown }) => {
            chat::ToolChoice::Tool {
                name: need(name, "SpecificToolChoice", "name")?,
                ext: decode_ext(&unknown),
            }
        }
        types::ToolChoice::Unknown { member, value } => chat::ToolChoice::Unknown {
            member,
            raw: decode_json(value),
        },
    })
}

fn encode_choice(choice: chat::ToolChoice) -> types::ToolChoice {
    match choice {
        chat::ToolChoice::Auto { ext } => types::ToolChoice::Auto(types::AutoToolChoice {
            unknown: encode_ext(&ext),
        }),
        chat::ToolChoice::Any { ext } => types::ToolChoice::Any(types::AnyToolChoice {
            unknown: encode_ext(&ext),
        }),
        chat::ToolChoice::Tool { name, ext } => {
            types::ToolChoice::Tool(types::SpecificToolChoice {
                name: Some(name),
                unknown: encode_ext(&ext),
            })
        }
        // This format has no member for it either; the plan for a target of this format takes the tools away instead.
        chat::ToolChoice::None { ext } => types::ToolChoice::Unknown {
            member: "none".to_owned(),
            value: Document::of(&types::AutoToolChoice {
                unknown: encode_ext(&ext),
            }),
        },
        chat::ToolChoice::Unknown { member, raw } => types::ToolChoice::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

pub(super) fn decode_tool_use(block: types::ToolUseBlock) -> Result<chat::ToolUse, Error> {
    let types::ToolUseBlock {
        tool_use_id,
        name,
        input,
        r#type,
        unknown,
    } = block;
    Ok(chat::ToolUse {
        id: need(tool_use_id, "ToolUseBlock", "toolUseId")?,
        name: need(name, "ToolUseBlock", "name")?,
        input: decode_json(need(input, "ToolUseBlock", "input")?),
        kind: r#type.map(|kind| kind.as_str().to_owned()),
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_tool_use(call: chat::ToolUse) -> types::ToolUseBlock {
    let chat::ToolUse {
        id,
        name,
        input,
        kind,
        ext,
    } = call;
    types::ToolUseBlock {
        tool_use_id: Some(id),
        name: Some(name),
        input: Some(encode_json(input)),
        r#type: kind.map(|kind| types::ToolUseType::from(kind.as_str())),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_tool_result(block: types::ToolResultBlock) -> Result<chat::ToolResult, Error> {
    let types::ToolResultBlock {
        tool_use_id,
        content,
        status,
        r#type,
        unknown,
    } = block;
    let content = need(content, "ToolResultBlock", "content")?;
    Ok(chat::ToolResult {
        id: need(tool_use_id, "ToolResultBlock", "toolUseId")?,
        content: content
            .into_iter()
            .map(decode_result_item)
            .collect::<Result<_, _>>()?,
        status: status.map(decode_status),
        kind: r#type,
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_tool_result(result: chat::ToolResult) -> types::ToolResultBlock {
    let chat::ToolResult {
        id,
        content,
        status,
        kind,
        ext,
    } = result;
    types::ToolResultBlock {
        tool_use_id: Some(id),
        content: Some(content.into_iter().map(encode_result_item).collect()),
        status: status.map(encode_status),
        r#type: kind,
        unknown: encode_ext(&ext),
    }
}

fn decode_result_item(item: types::ToolResultContentBlock) -> Result<ToolResultItem, Error> {
    Ok(match item {
        types::ToolResultContentBlock::Json(json) => ToolResultItem::Json(decode_json(json)),
        types::ToolResultContentBlock::Text(text) => ToolResultItem::Text(text),
        types::ToolResultContentBlock::Image(image) => ToolResultItem::Image(decode_image(image)?),
        types::ToolResultContentBlock::Document(document) => {
            ToolResultItem::Document(decode_document(document)?)
        }
        types::ToolResultContentBlock::Video(video) => ToolResultItem::Video(decode_video(video)?),
        types::ToolResultContentBlock::SearchResult(result) => {
            ToolResultItem::SearchResult(decode_search_result(result)?)
        }
        types::ToolResultContentBlock::Unknown { member, value } => ToolResultItem::Unknown {
            member,
            raw: decode_json(value),
        },
    })
}

fn encode_result_item(item: ToolResultItem) -> types::ToolResultContentBlock {
    match item {
        ToolResultItem::Json(json) => types::ToolResultContentBlock::Json(encode_json(json)),
        ToolResultItem::Text(text) => types::ToolResultContentBlock::Text(text),
        ToolResultItem::Image(image) => types::ToolResultContentBlock::Image(encode_image(image)),
        ToolResultItem::Document(document) => {
            types::ToolResultContentBlock::Document(encode_document(document))
        }
        ToolResultItem::Video(video) => types::ToolResultContentBlock::Video(encode_video(video)),
        ToolResultItem::SearchResult(result) => {
            types::ToolResultContentBlock::SearchResult(encode_search_result(result))
        }
        ToolResultItem::Unknown { member, raw } => types::ToolResultContentBlock::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

pub(super) fn decode_status(status: types::ToolResultStatus) -> ToolStatus {
    match status {
        types::ToolResultStatus::Success => ToolStatus::Success,
        types::ToolResultStatus::Error => ToolStatus::Error,
        types::ToolResultStatus::Unknown(value) => ToolStatus::Other(value),
    }
}

pub(super) fn encode_status(status: ToolStatus) -> types::ToolResultStatus {
    match status {
        ToolStatus::Success => types::ToolResultStatus::Success,
        ToolStatus::Error => types::ToolResultStatus::Error,
        ToolStatus::Other(value) => types::ToolResultStatus::Unknown(value),
    }
}

pub(super) fn decode_reference(reference: types::ToolReference) -> chat::ToolReference {
    let types::ToolReference {
        r#type,
        name,
        server_name,
        unknown,
    } = reference;
    chat::ToolReference {
        kind: r#type,
        name,
        server: server_name,
        ext: decode_ext(&unknown),
    }
}

pub(super) fn encode_reference(reference: chat::ToolReference) -> types::ToolReference {
    let chat::ToolReference {
        kind,
        name,
        server,
        ext,
    } = reference;
    types::ToolReference {
        r#type: kind,
        name,
        server_name: server,
        unknown: encode_ext(&ext),
    }
}
