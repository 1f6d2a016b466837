//! Tools and the choice among them, both directions. `functions` and `function_call`, which `tools` and `tool_choice` replaced,
//! are read as what they became.

use llm::chat::{Tool, ToolChoice, ToolSchema, ToolSet, ToolSpec};
use llm::{Ext, Json};
use rest_json::json::MapWriter;
use rest_json::{ToJson, Writer};

use super::Quirks;
use super::parts::{ours, write_ext};
use super::raw::{Members, Raw, each, is_string, parse};
use crate::Error;

/// What a function without `parameters` takes: nothing, says OpenAI's reference.
const NO_PARAMETERS: &str = r#"{"type":"object","properties":{}}"#;

/// Reads what a request says about tools; none where it says nothing.
pub(super) fn decode_tools(request: &mut Members<'_>) -> Result<Option<ToolSet>, Error> {
    let tools = request.text("tools");
    let functions = request.text("functions");
    let choice = request.text("tool_choice");
    let old_choice = request.text("function_call");
    let parallel = request.value("parallel_tool_calls")?;
    let says_nothing = [tools, functions, choice, old_choice]
        .iter()
        .all(Option::is_none);
    if says_nothing && parallel.is_none() {
        return Ok(None);
    }
    let mut items = Vec::new();
    if let Some(tools) = tools {
        each(tools, |tool| {
            items.push(decode_tool(tool)?);
            Ok(())
        })
        .map_err(|error| error.within("tools"))?;
    }
    if let Some(functions) = functions {
        each(functions, |function| {
            items.push(Tool::Spec(decode_function(Members::of(function)?)?));
            Ok(())
        })
        .map_err(|error| error.within("functions"))?;
    }
    let choice = match (choice, old_choice) {
        (Some(choice), _) => {
            Some(decode_choice(choice).map_err(|error| error.within("tool_choice"))?)
        }
        (None, Some(choice)) => {
            Some(decode_old_choice(choice).map_err(|error| error.within("function_call"))?)
        }
        (None, None) => None,
    };
    Ok(Some(ToolSet {
        items,
        choice,
        parallel,
        ext: Ext::default(),
    }))
}

/// A function, or a tool of another kind, which is kept whole; so is a function whose tool says more than that it is one.
fn decode_tool(text: &str) -> Result<Tool, Error> {
    let mut members = Members::of(text)?;
    // Mistral's clients leave the type out.
    let kind: String = members.value("type")?.unwrap_or("function".to_owned());
    if kind == "function" {
        let function = Members::of(members.need_text("function")?).and_then(decode_function);
        let function = function.map_err(|error| error.within("function"))?;
        if members.is_spent() {
            return Ok(Tool::Spec(function));
        }
    }
    Ok(Tool::Unknown {
        member: kind,
        raw: Json::from_text(text),
    })
}

fn decode_function(mut members: Members<'_>) -> Result<ToolSpec, Error> {
    let name = members.need("name")?;
    let parameters = members.text("parameters").unwrap_or(NO_PARAMETERS);
    Ok(ToolSpec {
        name,
        description: members.value("description")?,
        schema: ToolSchema::Json(Json::from_text(parameters)),
        strict: members.value("strict")?,
        ext: members.rest(),
    })
}

fn decode_choice(text: &str) -> Result<ToolChoice, Error> {
    let ext = Ext::default();
    if is_string(text) {
        let word: String = parse(text)?;
        return Ok(match word.as_str() {
            "auto" => ToolChoice::Auto { ext },
            "none" => ToolChoice::None { ext },
            // `any` is Mistral's word.
            "required" | "any" => ToolChoice::Any { ext },
            _ => ToolChoice::Unknown {
                member: word,
                raw: Json::from_text(text),
            },
        });
    }
    let mut members = Members::of(text)?;
    let kind: String = members.value("type")?.unwrap_or("function".to_owned());
    if kind == "function" {
        let function = Members::of(members.need_text("function")?);
        let name = function.and_then(|mut function| function.need("name"));
        return Ok(ToolChoice::Tool {
            name: name.map_err(|error| error.within("function"))?,
            ext: members.rest(),
        });
    }
    Ok(ToolChoice::Unknown {
        member: kind,
        raw: Json::from_text(text),
    })
}

fn decode_old_choice(text: &str) -> Result<ToolChoice, Error> {
    if is_string(text) {
        return decode_choice(text);
    }
    let mut members = Members::of(text)?;
    Ok(ToolChoice::Tool {
        name: members.need("name")?,
        ext: members.rest(),
    })
}

/// Writes what a request says about tools. A choice without tools to choose from is refused by OpenAI, so it is not said.
pub(super) fn encode_tools(
    object: &mut MapWriter<'_>,
    quirks: &Quirks,
    tools: &ToolSet,
    is_ours: bool,
) {
    let ToolSet {
        items,
        choice,
        parallel,
        ext: _,
    } = tools;
    let items: Vec<Told<'_>> = items
        .iter()
        .filter_map(|tool| Told::of(tool, is_ours))
        .collect();
    if items.is_empty() {
        return;
    }
    object.entry("tools", &items);
    if let Some(choice) = choice {
        encode_choice(object, choice, is_ours);
    }
    if let (Some(parallel), true) = (parallel, quirks.parallel_tool_calls) {
        object.entry("parallel_tool_calls", parallel);
    }
}

fn encode_choice(object: &mut MapWriter<'_>, choice: &ToolChoice, is_ours: bool) {
    match choice {
        ToolChoice::Auto { ext: _ } => object.entry("tool_choice", "auto"),
        ToolChoice::Any { ext: _ } => object.entry("tool_choice", "required"),
        ToolChoice::None { ext: _ } => object.entry("tool_choice", "none"),
        ToolChoice::Tool { name, ext } => {
            object.entry("tool_choice", &Chosen(name, ours(ext, is_ours)));
        }
        ToolChoice::Unknown { member: _, raw } => {
            if is_ours {
                object.entry("tool_choice", &Raw(raw.as_str()));
            }
        }
    }
}

/// The one tool that must be called.
struct Chosen<'a>(&'a str, &'a Ext);

impl ToJson for Chosen<'_> {
    fn write(&self, writer: &mut Writer) {
        let Chosen(name, ext) = self;
        let mut object = writer.map();
        object.entry("type", "function");
        object.entry("function", &Name(name));
        write_ext(&mut object, ext);
        object.end();
    }
}

struct Name<'a>(&'a str);

impl ToJson for Name<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.union("name", self.0);
    }
}

/// One tool.
enum Told<'a> {
    Function(&'a ToolSpec, bool),
    Raw(&'a Json),
}

impl<'a> Told<'a> {
    /// The tool in this format; the plan has refused those that have no form in it.
    fn of(tool: &'a Tool, is_ours: bool) -> Option<Self> {
        match tool {
            Tool::Spec(spec) => Some(Told::Function(spec, is_ours)),
            Tool::Unknown { member: _, raw } => is_ours.then_some(Told::Raw(raw)),
            Tool::System { name: _, ext: _ } | Tool::CachePoint(_) => None,
        }
    }
}

impl ToJson for Told<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Told::Function(spec, is_ours) => {
                let mut object = writer.map();
                object.entry("type", "function");
                object.entry("function", &Function(spec, *is_ours));
                object.end();
            }
            Told::Raw(raw) => writer.raw(raw.as_str()),
        }
    }
}

struct Function<'a>(&'a ToolSpec, bool);

impl ToJson for Function<'_> {
    fn write(&self, writer: &mut Writer) {
        let Function(spec, is_ours) = self;
        let ToolSpec {
            name,
            description,
            schema,
            strict,
            ext,
        } = spec;
        let mut object = writer.map();
        object.entry("name", name);
        if let Some(description) = description {
            object.entry("description", description);
        }
        match schema {
            ToolSchema::Json(schema) => object.entry("parameters", &Raw(schema.as_str())),
            ToolSchema::Unknown { member: _, raw: _ } => {}
        }
        if let Some(strict) = strict {
            object.entry("strict", strict);
        }
        write_ext(&mut object, ours(ext, *is_ours));
        object.end();
    }
}
