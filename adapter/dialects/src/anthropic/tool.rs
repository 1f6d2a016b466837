//! Tools: what is offered, how it is chosen, what is called and what comes back.

use llm::Ext;
use llm::chat::{self, ToolChoice, ToolResultItem, ToolSchema, ToolSpec, ToolStatus};
use rest_json::{DecodeError, Document, FromJson, Reader};

use super::cache::{CacheControl, decode_cache_point, mark};
use super::cite::{Found, decode_search_result, encode_search_result};
use super::media::{Image, Paper, decode_document, decode_image, encode_document, encode_image};
use super::plain::{decode_ext, decode_json, kind_of, need, parse, raw, required, says_more};
use super::tree::{Object, Value};
use crate::wire::{OneOrMany, readable};

readable! {
    /// A tool that the caller runs.
    Spec {
        /// `custom` or nothing.
        kind: "type" => String,
        name: "name" => String,
        description: "description" => String,
        input_schema: "input_schema" => Document,
        strict: "strict" => bool,
        cache_control: "cache_control" => CacheControl,
    }
}

readable! {
    /// How the model chooses among the tools.
    Choice {
        kind: "type" => String,
        name: "name" => String,
        disable_parallel_tool_use: "disable_parallel_tool_use" => bool,
    }
}

readable! {
    /// A call.
    Call {
        kind: "type" => String,
        id: "id" => String,
        name: "name" => String,
        input: "input" => Document,
        cache_control: "cache_control" => CacheControl,
    }
}

readable! {
    /// What came of a call.
    Outcome {
        kind: "type" => String,
        tool_use_id: "tool_use_id" => String,
        content: "content" => OneOrMany<Item>,
        is_error: "is_error" => bool,
        cache_control: "cache_control" => CacheControl,
    }
}

readable! {
    /// Text in what came of a call.
    ItemText {
        kind: "type" => String,
        text: "text" => String,
        cache_control: "cache_control" => CacheControl,
    }
}

/// One tool of the list, and behind it the cache point that it is marked with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Offered(chat::Tool, Option<chat::CachePoint>);

impl FromJson for Offered {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = reader.raw()?;
        match kind_of(text)? {
            None => {}
            Some(kind) if kind == "custom" => {}
            // A tool with a type is defined by the server, whether it runs there or not, and nobody else knows it.
            Some(kind) => {
                let tool = chat::Tool::Unknown {
                    member: kind,
                    raw: raw(text),
                };
                return Ok(Self(tool, None));
            }
        }
        let Spec {
            kind: _,
            name,
            description,
            input_schema,
            strict,
            cache_control,
            unknown,
        } = parse(text)?;
        let tool = chat::Tool::Spec(ToolSpec {
            name: need(name, required!("name"))?,
            description,
            schema: ToolSchema::Json(decode_json(need(input_schema, required!("input_schema"))?)),
            strict,
            ext: decode_ext(&unknown),
        });
        Ok(Self(tool, cache_control.map(decode_cache_point)))
    }
}

/// The tools and the choice among them; none where the request speaks of neither.
pub(super) fn decode_tools(
    tools: Option<Vec<Offered>>,
    choice: Option<Chosen>,
) -> Option<chat::ToolSet> {
    if tools.is_none() && choice.is_none() {
        return None;
    }
    let (choice, parallel) = match choice {
        Some(Chosen(choice, parallel)) => (Some(choice), parallel),
        None => (None, None),
    };
    Some(chat::ToolSet {
        items: tools
            .into_iter()
            .flatten()
            .flat_map(|Offered(tool, point)| {
                [Some(tool), point.map(chat::Tool::CachePoint)]
                    .into_iter()
                    .flatten()
            })
            .collect(),
        choice,
        parallel,
        ext: Ext::default(),
    })
}

/// The list of tools, each with the mark of the cache point behind it.
pub(super) fn encode_tools(items: &[chat::Tool], own: bool) -> Vec<Value<'_>> {
    let mut tools: Vec<Value<'_>> = Vec::with_capacity(items.len());
    for item in items {
        match item {
            chat::Tool::Spec(spec) => tools.extend(encode_spec(spec, own)),
            chat::Tool::CachePoint(point) => mark(&mut tools, point, own),
            chat::Tool::Unknown { member: _, raw } if own => tools.push(raw.into()),
            chat::Tool::Unknown { .. } | chat::Tool::System { .. } => {}
        }
    }
    tools
}

fn encode_spec(spec: &ToolSpec, own: bool) -> Option<Value<'_>> {
    let ToolSpec {
        name,
        description,
        schema,
        strict,
        ext,
    } = spec;
    let schema = match schema {
        ToolSchema::Json(schema) => schema,
        ToolSchema::Unknown { .. } => return None,
    };
    let object = Object::default()
        .with("name", name)
        .with_some("description", description.as_ref())
        .with("input_schema", schema)
        .with_some("strict", *strict)
        .with_ext(ext, own);
    Some(object.into())
}

/// The choice among the tools, and whether several may be called in one turn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chosen(ToolChoice, Option<bool>);

impl FromJson for Chosen {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = reader.raw()?;
        let kind = need(kind_of(text)?, required!("type"))?;
        let Choice {
            kind: _,
            name,
            disable_parallel_tool_use,
            unknown,
        } = parse(text)?;
        let ext = decode_ext(&unknown);
        let choice = match kind.as_str() {
            "auto" => ToolChoice::Auto { ext },
            "any" => ToolChoice::Any { ext },
            "none" => ToolChoice::None { ext },
            "tool" => ToolChoice::Tool {
                name: need(name, required!("name"))?,
                ext,
            },
            _ => {
                let raw = raw(text);
                return Ok(Self(ToolChoice::Unknown { member: kind, raw }, None));
            }
        };
        Ok(Self(choice, disable_parallel_tool_use.map(|off| !off)))
    }
}

/// The choice; none where nothing is said about it, and so neither whether several tools may be called.
pub(super) fn encode_choice(
    choice: Option<&ToolChoice>,
    parallel: Option<bool>,
    own: bool,
) -> Option<Value<'_>> {
    let object = match choice {
        Some(ToolChoice::Auto { ext }) => Object::of_kind("auto").with_ext(ext, own),
        Some(ToolChoice::Any { ext }) => Object::of_kind("any").with_ext(ext, own),
        Some(ToolChoice::None { ext }) => {
            return Some(Object::of_kind("none").with_ext(ext, own).into());
        }
        Some(ToolChoice::Tool { name, ext }) => Object::of_kind("tool")
            .with("name", name)
            .with_ext(ext, own),
        Some(ToolChoice::Unknown { member: _, raw }) => return own.then(|| raw.into()),
        // What may be called at once has its place in the choice.
        None if parallel.is_some() => Object::of_kind("auto"),
        None => return None,
    };
    let disabled = parallel.map(|parallel| !parallel);
    Some(
        object
            .with_some("disable_parallel_tool_use", disabled)
            .into(),
    )
}

/// The call, and the mark on it.
pub(super) fn decode_call(
    call: Call,
) -> Result<(chat::ToolUse, Option<CacheControl>), DecodeError> {
    let Call {
        kind: _,
        id,
        name,
        input,
        cache_control,
        unknown,
    } = call;
    let call = chat::ToolUse {
        id: need(id, required!("id"))?,
        name: need(name, required!("name"))?,
        input: decode_json(need(input, required!("input"))?),
        kind: None,
        ext: decode_ext(&unknown),
    };
    Ok((call, cache_control))
}

/// What the server calls a call of a tool that it runs itself.
pub(super) const SERVER_CALL: &str = "server_tool_use";

pub(super) fn encode_call(call: &chat::ToolUse, own: bool) -> Object<'_> {
    let chat::ToolUse {
        id,
        name,
        input,
        kind,
        ext,
    } = call;
    let kind = match kind.as_deref() {
        Some(SERVER_CALL) => SERVER_CALL,
        Some(_) | None => "tool_use",
    };
    Object::of_kind(kind)
        .with("id", id)
        .with("name", name)
        .with("input", input)
        .with_ext(ext, own)
}

/// What came of a call, and the mark on it. Inside of it the neutral form has no cache points: the last of them stands behind it.
pub(super) fn decode_outcome(
    outcome: Outcome,
) -> Result<(chat::ToolResult, Option<CacheControl>), DecodeError> {
    let Outcome {
        kind: _,
        tool_use_id,
        content,
        is_error,
        cache_control,
        unknown,
    } = outcome;
    let items = match content {
        Some(OneOrMany::One(text)) => vec![Item(ToolResultItem::Text(text), None)],
        Some(OneOrMany::Many(items)) => items,
        None => Vec::new(),
    };
    let mut inner = None;
    let mut content = Vec::with_capacity(items.len());
    for Item(item, mark) in items {
        content.push(item);
        inner = mark.or(inner);
    }
    let result = chat::ToolResult {
        id: need(tool_use_id, required!("tool_use_id"))?,
        content,
        status: is_error.unwrap_or_default().then_some(ToolStatus::Error),
        kind: None,
        ext: decode_ext(&unknown),
    };
    Ok((result, cache_control.or(inner)))
}

/// A piece of what came of a call, and the mark on it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item(ToolResultItem, Option<CacheControl>);

impl FromJson for Item {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let object = reader.raw()?;
        let kind = need(kind_of(object)?, required!("type"))?;
        let unknown = |member| ToolResultItem::Unknown {
            member,
            raw: raw(object),
        };
        Ok(match kind.as_str() {
            "text" => {
                let ItemText {
                    kind: _,
                    text,
                    cache_control,
                    unknown: more,
                } = parse(object)?;
                let text = need(text, required!("text"))?;
                if says_more(&more) {
                    Self(unknown(kind), None)
                } else {
                    Self(ToolResultItem::Text(text), cache_control)
                }
            }
            "image" => {
                let (image, mark) = decode_image(parse::<Image>(object)?)?;
                Self(ToolResultItem::Image(image), mark)
            }
            "document" => {
                let (document, mark) = decode_document(parse::<Paper>(object)?)?;
                Self(ToolResultItem::Document(document), mark)
            }
            "search_result" => {
                let (result, mark) = decode_search_result(parse::<Found>(object)?)?;
                Self(ToolResultItem::SearchResult(result), mark)
            }
            _ => Self(unknown(kind), None),
        })
    }
}

pub(super) fn encode_outcome(result: &chat::ToolResult, own: bool) -> Object<'_> {
    let chat::ToolResult {
        id,
        content,
        status,
        kind: _,
        ext,
    } = result;
    let items: Vec<Value<'_>> = content
        .iter()
        .filter_map(|item| encode_item(item, own))
        .collect();
    let is_error = match status {
        Some(ToolStatus::Error) => Some(true),
        Some(ToolStatus::Success | ToolStatus::Other(_)) | None => None,
    };
    Object::of_kind("tool_result")
        .with("tool_use_id", id)
        .with("content", items)
        .with_some("is_error", is_error)
        .with_ext(ext, own)
}

fn encode_item(item: &ToolResultItem, own: bool) -> Option<Value<'_>> {
    Some(match item {
        ToolResultItem::Text(text) => Object::of_kind("text").with("text", text).into(),
        ToolResultItem::Image(image) => encode_image(image, own)?.into(),
        ToolResultItem::Document(document) => encode_document(document, own)?.into(),
        ToolResultItem::SearchResult(result) => encode_search_result(result, own).into(),
        ToolResultItem::Unknown { member: _, raw } if own => raw.into(),
        ToolResultItem::Json(_) | ToolResultItem::Video(_) | ToolResultItem::Unknown { .. } => {
            return None;
        }
    })
}
