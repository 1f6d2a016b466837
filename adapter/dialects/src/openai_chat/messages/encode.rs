//! Messages written: the neutral turns as wire messages, of which a turn may make several.

use llm::Json;
use llm::chat::{
    Block, Guard, GuardText, Message, Reasoning, Role, SystemItem, ToolResult, ToolResultItem,
    ToolUse,
};
use rest_json::json::MapWriter;
use rest_json::{ToJson, Writer};

use super::UNKNOWN_CALL;
use crate::openai_chat::parts::{Part, ours, write_ext};
use crate::openai_chat::raw::Raw;

/// How the target wants its messages.
#[derive(Clone, Copy, Debug)]
pub(in crate::openai_chat) struct Form {
    /// The role of the operator.
    pub(in crate::openai_chat) system: &'static str,
    /// Whether content may be a list of parts.
    pub(in crate::openai_chat) has_parts: bool,
    /// Whether the request was read from this format, so that what only it knows may be written.
    pub(in crate::openai_chat) is_ours: bool,
}

/// The whole list of messages.
#[derive(Debug)]
pub(in crate::openai_chat) struct Messages<'a> {
    pub(in crate::openai_chat) form: Form,
    pub(in crate::openai_chat) system: &'a [SystemItem],
    pub(in crate::openai_chat) messages: &'a [Message],
}

impl ToJson for Messages<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut list = writer.list();
        if !self.system.is_empty() {
            let items = self.system.iter();
            let parts = items.filter_map(|item| system_part(item, self.form.is_ours));
            list.item(&System(self.form, parts.collect()));
        }
        for message in self.messages {
            for told in turn(message, self.form) {
                list.item(&told);
            }
        }
        list.end();
    }
}

fn system_part(item: &SystemItem, is_ours: bool) -> Option<Part<'_>> {
    match item {
        SystemItem::Text(text) => Some(Part::Text(text.into())),
        SystemItem::Guard(Guard::Text(GuardText {
            text,
            qualifiers: _,
            ext: _,
        })) => Some(Part::Text(text.into())),
        SystemItem::Unknown { member: _, raw } => is_ours.then_some(Part::Raw(raw)),
        SystemItem::Guard(Guard::Image(_) | Guard::Unknown { .. }) | SystemItem::CachePoint(_) => {
            None
        }
    }
}

/// The system content as the first message.
struct System<'a>(Form, Vec<Part<'a>>);

impl ToJson for System<'_> {
    fn write(&self, writer: &mut Writer) {
        let System(form, parts) = self;
        let mut object = writer.map();
        object.entry("role", form.system);
        write_content(&mut object, parts, *form, "\n\n");
        object.end();
    }
}

/// One wire message.
#[derive(Debug)]
enum Told<'a> {
    Result(&'a ToolResult, Form),
    Said(&'a Message, Form),
}

/// The wire messages of a turn: its results first, then what else is said.
fn turn(message: &Message, form: Form) -> Vec<Told<'_>> {
    let mut told = Vec::new();
    for block in &message.content {
        if let (Block::ToolResult(result), true) = (block, message.role != Role::Assistant) {
            told.push(Told::Result(result, form));
        }
    }
    if told.is_empty() || told.len() < message.content.len() {
        told.push(Told::Said(message, form));
    }
    told
}

impl ToJson for Told<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut object = writer.map();
        match self {
            Told::Result(result, form) => write_result(&mut object, result, *form),
            Told::Said(message, form) => match &message.role {
                Role::User => write_plain(&mut object, "user", message, *form),
                Role::System => write_plain(&mut object, form.system, message, *form),
                Role::Other(role) => write_plain(&mut object, role, message, *form),
                Role::Assistant => write_assistant(&mut object, message, *form),
            },
        }
        object.end();
    }
}

fn write_plain(object: &mut MapWriter<'_>, role: &str, message: &Message, form: Form) {
    let Message {
        role: _,
        content,
        ext,
    } = message;
    let blocks = content.iter();
    let parts: Vec<Part<'_>> = blocks
        .filter_map(|block| Part::of(block, form.is_ours))
        .collect();
    object.entry("role", role);
    write_content(object, &parts, form, "\n\n");
    write_ext(object, ours(ext, form.is_ours));
}

fn write_assistant(object: &mut MapWriter<'_>, message: &Message, form: Form) {
    let Message {
        role: _,
        content,
        ext,
    } = message;
    let mut parts = Vec::new();
    let mut calls = Vec::new();
    let mut reasoning = String::new();
    for block in content {
        if let Some(call) = Call::of(block, form.is_ours) {
            calls.push(call);
        } else if let Block::Reasoning(Reasoning::Text {
            text,
            signature: None,
            ext: _,
        }) = block
        {
            reasoning.push_str(text);
        } else {
            parts.extend(Part::of(block, form.is_ours));
        }
    }
    object.entry("role", "assistant");
    if parts.is_empty() {
        object.entry("content", &None::<String>);
    } else {
        write_content(object, &parts, form, "");
    }
    if !reasoning.is_empty() {
        object.entry("reasoning_content", &reasoning);
    }
    if !calls.is_empty() {
        object.entry("tool_calls", &calls);
    }
    write_ext(object, ours(ext, form.is_ours));
}

/// A single text as a string, else a list; several texts as one where the target knows no lists, `glue` between them.
fn write_content(object: &mut MapWriter<'_>, parts: &[Part<'_>], form: Form, glue: &str) {
    let texts: Option<Vec<&str>> = parts.iter().map(Part::text).collect();
    match texts.as_deref() {
        Some([text]) => object.entry("content", *text),
        Some(texts) if !form.has_parts => object.entry("content", &texts.join(glue)),
        Some(_) | None => object.entry("content", &List(parts)),
    }
}

struct List<'a>(&'a [Part<'a>]);

impl ToJson for List<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut list = writer.list();
        for part in self.0 {
            list.item(part);
        }
        list.end();
    }
}

fn write_result(object: &mut MapWriter<'_>, result: &ToolResult, form: Form) {
    let ToolResult {
        id,
        content,
        // Whether the tool failed stands in the text by now.
        status: _,
        kind: _,
        ext,
    } = result;
    let items = content.iter();
    let parts: Vec<Part<'_>> = items
        .filter_map(|item| result_part(item, form.is_ours))
        .collect();
    object.entry("role", "tool");
    object.entry("tool_call_id", id);
    if parts.is_empty() {
        object.entry("content", "");
    } else {
        write_content(object, &parts, form, "\n");
    }
    write_ext(object, ours(ext, form.is_ours));
}

fn result_part(item: &ToolResultItem, is_ours: bool) -> Option<Part<'_>> {
    match item {
        ToolResultItem::Text(text) => Some(Part::Text(text.into())),
        ToolResultItem::Json(json) => Some(Part::Text(json.as_str().into())),
        ToolResultItem::Image(image) => Part::of_image(image, is_ours),
        ToolResultItem::Document(document) => Part::of_document(document, is_ours),
        ToolResultItem::Unknown { member: _, raw } => is_ours.then_some(Part::Raw(raw)),
        ToolResultItem::Video(_) | ToolResultItem::SearchResult(_) => None,
    }
}

/// One call.
enum Call<'a> {
    Known(&'a ToolUse, bool),
    Raw(&'a Json),
}

impl<'a> Call<'a> {
    /// The call that a block is; a call that the provider ran itself is none of the client's.
    fn of(block: &'a Block, is_ours: bool) -> Option<Self> {
        if let Block::ToolUse(call) = block {
            let is_server = call.kind.as_deref() == Some("server_tool_use");
            return (!is_server).then_some(Call::Known(call, is_ours));
        }
        if let (Block::Unknown { member, raw }, true) = (block, is_ours) {
            return member.starts_with(UNKNOWN_CALL).then_some(Call::Raw(raw));
        }
        None
    }
}

impl ToJson for Call<'_> {
    fn write(&self, writer: &mut Writer) {
        let (call, is_ours) = match self {
            Call::Known(call, is_ours) => (call, *is_ours),
            Call::Raw(raw) => return writer.raw(raw.as_str()),
        };
        let ToolUse {
            id,
            name,
            input,
            kind: _,
            ext,
        } = call;
        let ext = ours(ext, is_ours);
        let mut object = writer.map();
        object.entry("id", id);
        object.entry("type", "function");
        object.entry(
            "function",
            &Function {
                name,
                input,
                arguments: ext.get("arguments"),
            },
        );
        for (member, value) in &ext.0 {
            if &**member != "arguments" {
                object.entry(member, &Raw(value.as_str()));
            }
        }
        object.end();
    }
}

struct Function<'a> {
    name: &'a str,
    input: &'a Json,
    /// The wire's own value, where the caller's was not JSON.
    arguments: Option<&'a Json>,
}

impl ToJson for Function<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut object = writer.map();
        object.entry("name", self.name);
        match self.arguments {
            Some(arguments) => object.entry("arguments", &Raw(arguments.as_str())),
            // The exact text of the input: prompt caches compare it byte by byte.
            None => object.entry("arguments", self.input.as_str()),
        }
        object.end();
    }
}
