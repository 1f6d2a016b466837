//! Messages read: what each role's message is in the neutral form.

use llm::chat::{Block, Message, Reasoning, Role, SystemItem, ToolResult, ToolResultItem, ToolUse};
use llm::{Ext, Json};
use rest_json::{Document, Reader};

use super::UNKNOWN_CALL;
use crate::Error;
use crate::openai_chat::parts::{Part, decode_content};
use crate::openai_chat::raw::{Members, each, each_of, is_string, parse};

/// What the messages are in the neutral form.
#[derive(Debug, Default)]
pub(in crate::openai_chat) struct Conversation {
    pub(in crate::openai_chat) system: Option<Vec<SystemItem>>,
    pub(in crate::openai_chat) messages: Vec<Message>,
    /// Whether the last message is an unfinished run of results.
    is_answering: bool,
    /// The name and the id of the last call in the old form, which has no ids.
    old_call: Option<(String, String)>,
}

/// Reads the list of messages that the reader stands at.
pub(in crate::openai_chat) fn decode_messages(
    reader: &mut Reader<'_>,
) -> Result<Conversation, Error> {
    let mut conversation = Conversation::default();
    each_of(reader, |reader| conversation.read(Members::read(reader)?))?;
    Ok(conversation)
}

impl Conversation {
    fn read(&mut self, mut members: Members<'_>) -> Result<(), Error> {
        let role: String = members.need("role")?;
        let is_answering = std::mem::replace(&mut self.is_answering, false);
        match role.as_str() {
            "system" | "developer" => self.system(members),
            "user" => self.plain(Role::User, members),
            "assistant" => self.assistant(members),
            "tool" => {
                let id = members.need("tool_call_id")?;
                self.result(id, members, is_answering)
            }
            "function" => {
                let name: String = members.need("name")?;
                let id = match &self.old_call {
                    Some((called, id)) if *called == name => id.clone(),
                    Some(_) | None => format!("function_{name}"),
                };
                self.result(id, members, is_answering)
            }
            _ => self.plain(Role::Other(role), members),
        }
    }

    /// The operator speaks: at the beginning, unless the message says more than the neutral form of that can.
    fn system(&mut self, mut members: Members<'_>) -> Result<(), Error> {
        let content = content(&mut members)?;
        let ext = members.rest();
        if !self.messages.is_empty() || !ext.is_empty() {
            self.push(Role::System, content, ext);
            return Ok(());
        }
        let items = self.system.get_or_insert_default();
        for block in content {
            items.push(match block {
                Block::Text(text) => SystemItem::Text(text),
                other => {
                    let (member, raw) = unknown(other);
                    SystemItem::Unknown { member, raw }
                }
            });
        }
        Ok(())
    }

    fn plain(&mut self, role: Role, mut members: Members<'_>) -> Result<(), Error> {
        let content = content(&mut members)?;
        self.push(role, content, members.rest());
        Ok(())
    }

    /// Reasoning, which some servers tell beside the content, came first; then content, then calls.
    fn assistant(&mut self, mut members: Members<'_>) -> Result<(), Error> {
        let mut blocks = Vec::new();
        if let Some(text) = members.value("reasoning_content")? {
            blocks.push(Block::Reasoning(Reasoning::Text {
                text,
                signature: None,
                ext: Ext::default(),
            }));
        }
        blocks.extend(content(&mut members)?);
        if let Some(refusal) = members.value::<String>("refusal")? {
            blocks.push(Block::Text(refusal));
        }
        if let Some(calls) = members.text("tool_calls") {
            each(calls, |call| {
                blocks.push(decode_call(call)?);
                Ok(())
            })
            .map_err(|error| error.within("tool_calls"))?;
        }
        if let Some(call) = members.text("function_call") {
            let id = format!("function_{}", self.messages.len());
            let call = Members::of(call).and_then(|call| decode_function(call, id));
            let (mut call, rest) = call.map_err(|error| error.within("function_call"))?;
            call.ext.0.extend(rest.0);
            self.old_call = Some((call.name.clone(), call.id.clone()));
            blocks.push(Block::ToolUse(call));
        }
        self.push(Role::Assistant, blocks, members.rest());
        Ok(())
    }

    fn result(
        &mut self,
        id: String,
        mut members: Members<'_>,
        is_answering: bool,
    ) -> Result<(), Error> {
        let mut content = content(&mut members)?;
        // A tool that has nothing to say is told as an empty string, which elsewhere is no text at all.
        content.retain(|block| !matches!(block, Block::Text(text) if text.is_empty()));
        let result = Block::ToolResult(ToolResult {
            id,
            content: content.into_iter().map(result_item).collect(),
            status: None,
            kind: None,
            ext: members.rest(),
        });
        match self.messages.last_mut() {
            Some(last) if is_answering => last.content.push(result),
            Some(_) | None => self.push(Role::User, vec![result], Ext::default()),
        }
        self.is_answering = true;
        Ok(())
    }

    fn push(&mut self, role: Role, content: Vec<Block>, ext: Ext) {
        self.messages.push(Message { role, content, ext });
    }
}

fn content(members: &mut Members<'_>) -> Result<Vec<Block>, Error> {
    let content = members.text("content").map(decode_content);
    let content = content.transpose();
    Ok(content
        .map_err(|error| error.within("content"))?
        .unwrap_or_default())
}

fn result_item(block: Block) -> ToolResultItem {
    match block {
        Block::Text(text) => ToolResultItem::Text(text),
        Block::Image(image) => ToolResultItem::Image(image),
        Block::Document(document) => ToolResultItem::Document(document),
        other => {
            let (member, raw) = unknown(other);
            ToolResultItem::Unknown { member, raw }
        }
    }
}

/// A part where the neutral form has no place for its kind: its type, and its wire form.
fn unknown(block: Block) -> (String, Json) {
    if let Block::Unknown { member, raw } = block {
        return (member, raw);
    }
    let raw = Part::of(&block, true).map(|part| (part.kind(), Document::of(&part)));
    let (kind, raw) = raw.unwrap_or(("content", Document::of("")));
    (kind.to_owned(), Json::from_text(raw.into_text()))
}

/// A call of a tool that the client runs; one of another kind, or that says more of its function than is known, is kept whole.
fn decode_call(text: &str) -> Result<Block, Error> {
    let mut members = Members::of(text)?;
    let kind: String = members.value("type")?.unwrap_or("function".to_owned());
    if kind == "function" {
        let function = Members::of(members.need_text("function")?);
        let function = function.and_then(|function| decode_function(function, String::new()));
        let (mut call, rest) = function.map_err(|error| error.within("function"))?;
        if rest.is_empty() {
            call.id = members.need("id")?;
            // Kept from a stream by some clients; the place in the list says it.
            members.text("index");
            call.ext.0.extend(members.rest().0);
            return Ok(Block::ToolUse(call));
        }
    }
    Ok(Block::Unknown {
        member: format!("{UNKNOWN_CALL}{kind}"),
        raw: Json::from_text(text),
    })
}

/// What is called, and with what, and what else is said of it. Arguments that are not JSON, which a model may have written,
/// become a JSON string of the text, and the wire's own value is kept in the ext.
fn decode_function(mut members: Members<'_>, id: String) -> Result<(ToolUse, Ext), Error> {
    let name = members.need("name")?;
    let mut ext = Ext::default();
    let input = match members.text("arguments") {
        Some(raw) if is_string(raw) => {
            let text: String = parse(raw).map_err(|error| error.within("arguments"))?;
            // What clients of several servers keep of a call without arguments.
            if matches!(text.trim_ascii(), "" | "null") {
                Json::from_text("{}")
            } else if Document::new(&text).is_ok() {
                Json::from_text(text)
            } else {
                ext.0.push(("arguments".into(), Json::from_text(raw)));
                Json::from_text(raw)
            }
        }
        Some(raw) => Json::from_text(raw),
        None => Json::from_text("{}"),
    };
    let call = ToolUse {
        id,
        name,
        input,
        kind: None,
        ext,
    };
    Ok((call, members.rest()))
}
