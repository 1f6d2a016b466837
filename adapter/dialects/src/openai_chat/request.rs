//! Requests.

use llm::chat::{Dialect, Request, Tier};
use llm::{Ext, Json};
use rest_json::Writer;
use rest_json::json::MapWriter;

use super::messages::{Conversation, Form, Messages, decode_messages};
use super::raw::{Members, Raw, absent};
use super::settings::{
    decode_inference, decode_output, decode_tier, encode_inference, encode_output,
};
use super::tools::{decode_tools, encode_tools};
use super::{Quirks, SystemRole};
use crate::{Error, family};

/// The name of this wire format.
pub const DIALECT: Dialect = Dialect("openai-chat");

/// Reads a request. Members that say who serves and how (`model`, `stream`, `stream_options`) stay behind: they belong to the
/// call. Members for which the neutral form has no place go into [`Request::extra`] as they came, in the caller's order.
///
/// # Errors
/// [`Error::Body`]: the body is not what the format says.
///
/// ```
/// let body = br#"{"messages": [{"role": "user", "content": "Hello"}], "seed": 7}"#;
/// let request = dialects::openai_chat::decode_request(body)?;
/// assert_eq!(request.extra.unwrap().as_str(), r#"{"seed":7}"#);
/// # Ok::<(), dialects::Error>(())
/// ```
pub fn decode_request(body: &[u8]) -> Result<Request, Error> {
    let text =
        std::str::from_utf8(body).map_err(|_| Error::at(&[], "not valid JSON (not UTF-8)"))?;
    let mut conversation = None;
    let mut members = Members::around(text, "messages", |reader| {
        conversation = Some(decode_messages(reader)?);
        Ok(())
    })?;
    for call in ["model", "stream", "stream_options"] {
        members.text(call);
    }
    let Conversation {
        system, messages, ..
    } = conversation.ok_or_else(|| absent("messages"))?;
    let tools = decode_tools(&mut members)?;
    let inference = decode_inference(&mut members)?;
    let (output, other_format) = decode_output(&mut members)?;
    let tier = decode_tier(&mut members)?;
    let mut extra = members.rest();
    if let Some(format) = other_format {
        extra
            .0
            .push(("response_format".into(), Json::from_text(format)));
    }
    Ok(Request {
        system,
        messages: Some(messages),
        inference,
        tools,
        guardrail: None,
        extra: encode_extra(&extra),
        family: Some(family::OPENAI),
        prompt_variables: None,
        response_paths: None,
        metadata: None,
        performance: None,
        tier,
        output,
        dialect: Some(DIALECT),
        ext: Ext::default(),
    })
}

/// The members as one object; none where there are none.
fn encode_extra(members: &Ext) -> Option<Json> {
    if members.is_empty() {
        return None;
    }
    let mut writer = Writer::new();
    let mut object = writer.map();
    super::parts::write_ext(&mut object, members);
    object.end();
    // A writer only ever appends text, so nothing is replaced here.
    let text = String::from_utf8_lossy(&writer.into_bytes()).into_owned();
    Some(Json::from_text(text))
}

/// Writes a request that was planned for this format: what the plan left is said exactly, and what it should have taken out
/// is not said at all.
pub fn encode_request(quirks: &Quirks, model: &str, request: &Request, stream: bool) -> Vec<u8> {
    let Request {
        system,
        messages,
        inference,
        tools,
        guardrail: _,
        extra,
        family: _,
        prompt_variables: _,
        response_paths: _,
        metadata: _,
        performance: _,
        tier,
        output,
        dialect,
        ext: _,
    } = request;
    let is_ours = *dialect == Some(DIALECT);
    let form = Form {
        system: match quirks.system_role {
            SystemRole::Developer => "developer",
            SystemRole::ByModel if quirks.reasons(model) => "developer",
            SystemRole::System | SystemRole::ByModel => "system",
        },
        has_parts: quirks.content_parts,
        is_ours,
    };
    let mut writer = Writer::new();
    let mut object = writer.map();
    object.entry("model", model);
    object.entry(
        "messages",
        &Messages {
            form,
            system: system.as_deref().unwrap_or_default(),
            messages: messages.as_deref().unwrap_or_default(),
        },
    );
    if let Some(tools) = tools {
        encode_tools(&mut object, quirks, tools, is_ours);
    }
    if let Some(inference) = inference {
        encode_inference(&mut object, quirks, model, inference, is_ours);
    }
    if let Some(output) = output {
        encode_output(&mut object, output, is_ours);
    }
    if let Some(Tier { kind, ext: _ }) = tier {
        object.entry("service_tier", kind);
    }
    if stream {
        object.entry("stream", &true);
        if quirks.stream_usage {
            object.entry("stream_options", &Raw(r#"{"include_usage":true}"#));
        }
    }
    if let Some(extra) = extra {
        write_extra(&mut object, extra, request);
    }
    object.end();
    writer.into_bytes()
}

/// Writes the members of the extra as they are. What the request says otherwise wins, and who serves it is not the caller's to say.
fn write_extra(object: &mut MapWriter<'_>, extra: &Json, request: &Request) {
    // An extra that is no object was refused where it was read.
    let Ok(members) = Members::with_null(extra.as_str()) else {
        return;
    };
    let Ext(members) = members.rest();
    for (name, value) in &members {
        if !is_said(name, request) {
            object.entry(name, &Raw(value.as_str()));
        }
    }
}

/// Whether the member is written from elsewhere than the extra.
fn is_said(name: &str, request: &Request) -> bool {
    let inference = request.inference.as_ref();
    match name {
        "model" | "messages" | "stream" | "stream_options" => true,
        "tools" | "tool_choice" | "parallel_tool_calls" => request.tools.is_some(),
        "max_tokens" | "max_completion_tokens" => {
            inference.is_some_and(|inference| inference.max_tokens.is_some())
        }
        "temperature" => inference.is_some_and(|inference| inference.temperature.is_some()),
        "top_p" => inference.is_some_and(|inference| inference.top_p.is_some()),
        "stop" => inference.is_some_and(|inference| inference.stop.is_some()),
        "response_format" => (request.output.as_ref()).is_some_and(|output| output.text.is_some()),
        "service_tier" => request.tier.is_some(),
        _ => false,
    }
}
