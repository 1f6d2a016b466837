//! Requests.

use llm::chat::{self, Dialect, Request};
use llm::{Ext, Json};
use rest_json::{DecodeError, Document, FromJson, Map, Reader, json};

use super::block::{
    Message, Ordered, decode_message, decode_system, encode_message, encode_system,
};
use super::plain::{Decimal, need, parse, required};
use super::settings::{
    Format, OutputConfig, decode_output, decode_tier, encode_inference, encode_output, encode_tier,
};
use super::tool::{Chosen, Offered, decode_tools, encode_choice, encode_tools};
use super::tree::Object;
use crate::wire::OneOrMany;
use crate::{Error, family};

/// The name of this wire format.
pub const DIALECT: Dialect = Dialect("anthropic-messages");

/// A body as it is written.
#[derive(Debug, Default)]
struct Body {
    max_tokens: Option<i32>,
    system: Option<OneOrMany<Ordered>>,
    messages: Option<Vec<Message>>,
    tools: Option<Vec<Offered>>,
    tool_choice: Option<Chosen>,
    temperature: Option<Decimal>,
    top_p: Option<Decimal>,
    stop_sequences: Option<Vec<String>>,
    output_config: Option<OutputConfig>,
    output_format: Option<Format>,
    service_tier: Option<String>,
    /// What the neutral form has no place for, in the caller's order.
    rest: Vec<(String, Document)>,
}

impl FromJson for Body {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut body = Self::default();
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match &*key {
                "max_tokens" => body.max_tokens = reader.member("max_tokens")?,
                "system" => body.system = reader.member("system")?,
                "messages" => body.messages = reader.member("messages")?,
                "tools" => body.tools = reader.member("tools")?,
                "tool_choice" => body.tool_choice = reader.member("tool_choice")?,
                "temperature" => body.temperature = reader.member("temperature")?,
                "top_p" => body.top_p = reader.member("top_p")?,
                "stop_sequences" => body.stop_sequences = reader.member("stop_sequences")?,
                "output_config" => body.output_config = reader.member("output_config")?,
                "output_format" => body.output_format = reader.member("output_format")?,
                "service_tier" => body.service_tier = reader.member("service_tier")?,
                // Who serves and how belongs to the call.
                "model" | "stream" | "anthropic_version" => {
                    reader.raw()?;
                }
                _ => {
                    let value = Document::read(reader).map_err(|error| error.within_key(&key))?;
                    body.rest.push((key.into_owned(), value));
                }
            }
        }
        Ok(body)
    }
}

/// Reads a request. Members that say who serves and how (`model`, `stream`) stay behind: they belong to the call.
///
/// # Errors
/// [`Error::Body`]: the body is not what the format says.
///
/// ```
/// let body = br#"{"max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}], "top_k": 5}"#;
/// let request = dialects::anthropic::decode_request(body)?;
/// assert_eq!(request.extra.as_ref().map(llm::Json::as_str), Some(r#"{"top_k":5}"#));
/// # Ok::<(), dialects::Error>(())
/// ```
pub fn decode_request(body: &[u8]) -> Result<Request, Error> {
    let Body {
        max_tokens,
        system,
        messages,
        tools,
        tool_choice,
        temperature,
        top_p,
        stop_sequences,
        output_config,
        output_format,
        service_tier,
        rest,
    } = json::from_slice(body)?;
    let max_tokens = need(max_tokens, required!("max_tokens"))?;
    let messages = need(messages, required!("messages"))?;
    Ok(Request {
        system: system.map(decode_system),
        messages: Some(decode_messages(messages)?),
        inference: Some(chat::Inference {
            max_tokens: Some(max_tokens),
            temperature: temperature.map(|Decimal(number)| number),
            top_p: top_p.map(|Decimal(number)| number),
            stop: stop_sequences,
            ext: Ext::default(),
        }),
        tools: decode_tools(tools, tool_choice),
        guardrail: None,
        extra: decode_rest(rest),
        family: Some(family::ANTHROPIC),
        prompt_variables: None,
        response_paths: None,
        metadata: None,
        performance: None,
        tier: service_tier.map(decode_tier),
        output: decode_output(output_config, output_format),
        dialect: Some(DIALECT),
        ext: Ext::default(),
    })
}

fn decode_messages(messages: Vec<Message>) -> Result<Vec<chat::Message>, DecodeError> {
    let mut decoded = Vec::with_capacity(messages.len());
    for (at, message) in messages.into_iter().enumerate() {
        let message =
            decode_message(message).map_err(|error| error.at_index(at).within("messages"))?;
        decoded.push(message);
    }
    Ok(decoded)
}

/// The members as one object; none where there are none.
fn decode_rest(rest: Vec<(String, Document)>) -> Option<Json> {
    // Of a member that stands twice the last counts, as everywhere.
    let rest: Map<Document> = rest.into_iter().collect();
    let said: Map<Document> = rest
        .into_iter()
        .filter(|(_, value)| value.as_str() != "null")
        .collect();
    (!said.is_empty()).then(|| Json::from_text(Document::of(&said).into_text()))
}

/// Features that are switched on by name: a member of bodies on Bedrock, a header of the format's own server.
pub(super) const BETAS: &str = "anthropic_beta";

/// What stands in a body by a place of its own in the neutral form, or not at all.
const OWNED: [&str; 8] = [
    "model",
    "stream",
    "anthropic_version",
    BETAS,
    "messages",
    "system",
    "tools",
    "tool_choice",
];

/// What a request whose tokens are to be counted may say beside the conversation; the server refuses anything else.
const COUNTED: [&str; 6] = [
    "cache_control",
    "context_management",
    "mcp_servers",
    "output_config",
    "speed",
    "thinking",
];

/// Writes a request that was planned for this format. The features that it switches on by name go into a header: see [`betas`].
pub fn encode_request(model: &str, request: &Request, stream: bool) -> Vec<u8> {
    let rest = rest(request);
    let mut body = Object::default().with("model", model);
    if let Some(inference) = &request.inference {
        body = body.with_some("max_tokens", inference.max_tokens);
    }
    conversation(&mut body, request);
    settings(&mut body, request);
    let rest = rest
        .iter()
        .filter(|(name, _)| !OWNED.contains(&name.as_str()));
    body.fill(rest.map(|(name, value)| (name.as_str(), value.as_str())));
    if stream {
        body.set("stream", true);
    }
    json::to_vec(&body)
}

/// Writes a request whose tokens are to be counted: the conversation, without how it would be answered.
pub(super) fn encode_counted(model: &str, request: &Request) -> Vec<u8> {
    let rest = rest(request);
    let mut body = Object::default().with("model", model);
    conversation(&mut body, request);
    if let Some(output) = &request.output {
        body.set("output_config", encode_output(output, is_own(request)));
    }
    let rest = rest
        .iter()
        .filter(|(name, _)| COUNTED.contains(&name.as_str()));
    body.fill(rest.map(|(name, value)| (name.as_str(), value.as_str())));
    json::to_vec(&body)
}

/// The features that a request switches on by name, for the header `anthropic-beta`.
pub fn betas(request: &Request) -> Vec<String> {
    let rest = rest(request);
    let betas = rest.get(BETAS).map(|betas| decode_betas(betas.as_str()));
    // What is no list of names switches nothing on.
    betas.and_then(Result::ok).unwrap_or_default()
}

/// The names of features: a list, or one text in the header's spelling.
pub(super) fn decode_betas(betas: &str) -> Result<Vec<String>, DecodeError> {
    Ok(match parse::<Option<OneOrMany<String>>>(betas)? {
        Some(OneOrMany::Many(names)) => names,
        Some(OneOrMany::One(names)) => names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        None => Vec::new(),
    })
}

/// Whether unknown members of the request are this format's own.
fn is_own(request: &Request) -> bool {
    request.dialect == Some(DIALECT)
}

/// What the request says in this format's vocabulary beside the members of the neutral form; nothing where it speaks another.
fn rest(request: &Request) -> Map<Document> {
    let is_ours = request
        .family
        .is_none_or(|family| family == family::ANTHROPIC);
    let extra = request.extra.as_ref().filter(|_| is_ours);
    // What is no object was refused where it was read.
    let rest = extra.and_then(|extra| parse(extra.as_str()).ok());
    rest.unwrap_or_default()
}

/// The members that a model reads before it answers.
fn conversation<'a>(body: &mut Object<'a>, request: &'a Request) {
    let own = is_own(request);
    if let Some(system) = &request.system {
        body.set("system", encode_system(system, own));
    }
    let messages = request.messages.iter().flatten();
    let messages: Vec<Object<'a>> = messages
        .map(|message| encode_message(message, own))
        .collect();
    body.set("messages", messages);
    if let Some(chat::ToolSet {
        items,
        choice,
        parallel,
        // There is no object in this format whose unknown members these could be.
        ext: _,
    }) = &request.tools
    {
        body.set("tools", encode_tools(items, own));
        if let Some(choice) = encode_choice(choice.as_ref(), *parallel, own) {
            body.set("tool_choice", choice);
        }
    }
}

/// The members that say how to answer.
fn settings<'a>(body: &mut Object<'a>, request: &'a Request) {
    let Request {
        system: _,
        messages: _,
        inference,
        tools: _,
        // Bedrock's own, and the caller's labels: the plan has said what becomes of them.
        guardrail: _,
        extra: _,
        family: _,
        prompt_variables: _,
        response_paths: _,
        metadata: _,
        performance: _,
        tier,
        output,
        dialect: _,
        ext: _,
    } = request;
    let own = is_own(request);
    if let Some(inference) = inference {
        encode_inference(body, inference);
    }
    if let Some(output) = output {
        body.set("output_config", encode_output(output, own));
    }
    if let Some(tier) = tier.as_ref().and_then(|tier| encode_tier(tier, own)) {
        body.set("service_tier", tier);
    }
}
