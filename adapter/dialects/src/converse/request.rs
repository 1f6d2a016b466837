//! The whole request, unary, streamed and to be counted.

use generated::runtime::operation::{
    converse::ConverseInput, converse_stream::ConverseStreamInput,
};
use generated::runtime::types;
use llm::chat::{self, Dialect, SystemItem};
use rest_json::Map;

use super::block::{
    decode_cache_point, decode_guard, decode_message, encode_cache_point, encode_guard,
    encode_message,
};
use super::plain::{decode_ext, decode_json, encode_ext, encode_json};
use super::settings::{
    decode_guardrail, decode_inference, decode_output, decode_performance, decode_prompt_variables,
    decode_stream_guardrail, decode_tier, encode_guardrail, encode_inference, encode_output,
    encode_performance, encode_prompt_variables, encode_stream_guardrail, encode_tier,
};
use super::tool::{decode_tools, encode_tools};
use crate::error::Error;

/// The name of this wire format.
pub const DIALECT: Dialect = Dialect("converse");

/// Reads a unary request. The model id stays behind: it belongs to the call.
///
/// # Errors
/// A member without which the request means nothing is absent; the edge has checked for that before.
pub fn decode_request(input: ConverseInput) -> Result<chat::Request, Error> {
    let ConverseInput {
        model_id: _,
        messages,
        system,
        inference_config,
        tool_config,
        guardrail_config,
        additional_model_request_fields,
        prompt_variables,
        additional_model_response_field_paths,
        request_metadata,
        performance_config,
        service_tier,
        output_config,
        unknown,
    } = input;
    Ok(chat::Request {
        system: decode_system(system)?,
        messages: decode_messages(messages)?,
        inference: inference_config.map(decode_inference),
        tools: tool_config.map(decode_tools).transpose()?,
        guardrail: guardrail_config.map(decode_guardrail),
        extra: additional_model_request_fields.map(decode_json),
        family: None,
        prompt_variables: prompt_variables.map(decode_prompt_variables),
        response_paths: additional_model_response_field_paths,
        metadata: request_metadata.map(Map::into_vec),
        performance: performance_config.map(decode_performance),
        tier: service_tier.map(decode_tier).transpose()?,
        output: output_config.map(decode_output).transpose()?,
        dialect: Some(DIALECT),
        ext: decode_ext(&unknown),
    })
}

/// Writes a unary request for the model of that id.
pub fn encode_request(model_id: &str, request: chat::Request) -> ConverseInput {
    let chat::Request {
        system,
        messages,
        inference,
        tools,
        guardrail,
        extra,
        // Derived from the model id, which says it on the wire.
        family: _,
        prompt_variables,
        response_paths,
        metadata,
        performance,
        tier,
        output,
        dialect: _,
        ext,
    } = request;
    ConverseInput {
        model_id: Some(model_id.to_owned()),
        messages: messages.map(encode_messages),
        system: system.map(encode_system),
        inference_config: inference.map(encode_inference),
        tool_config: tools.map(encode_tools),
        guardrail_config: guardrail.map(encode_guardrail),
        additional_model_request_fields: extra.map(encode_json),
        prompt_variables: prompt_variables.map(encode_prompt_variables),
        additional_model_response_field_paths: response_paths,
        request_metadata: metadata.map(|metadata| metadata.into_iter().collect()),
        performance_config: performance.map(encode_performance),
        service_tier: tier.map(encode_tier),
        output_config: output.map(encode_output),
        unknown: encode_ext(&ext),
    }
}

/// Reads a request for a stream, which differs from the unary one only in its guardrail.
///
/// # Errors
/// As [`decode_request`].
pub fn decode_stream_request(input: ConverseStreamInput) -> Result<chat::Request, Error> {
    let ConverseStreamInput {
        model_id,
        messages,
        system,
        inference_config,
        tool_config,
        guardrail_config,
        additional_model_request_fields,
        prompt_variables,
        additional_model_response_field_paths,
        request_metadata,
        performance_config,
        service_tier,
        output_config,
        unknown,
    } = input;
    let request = decode_request(ConverseInput {
        model_id,
        messages,
        system,
        inference_config,
        tool_config,
        guardrail_config: None,
        additional_model_request_fields,
        prompt_variables,
        additional_model_response_field_paths,
        request_metadata,
        performance_config,
        service_tier,
        output_config,
        unknown,
    })?;
    Ok(chat::Request {
        guardrail: guardrail_config.map(decode_stream_guardrail),
        ..request
    })
}

/// Writes a request for a stream.
pub fn encode_stream_request(model_id: &str, request: chat::Request) -> ConverseStreamInput {
    let mut request = request;
    let guardrail = request.guardrail.take();
    let ConverseInput {
        model_id,
        messages,
        system,
        inference_config,
        tool_config,
        guardrail_config: _,
        additional_model_request_fields,
        prompt_variables,
        additional_model_response_field_paths,
        request_metadata,
        performance_config,
        service_tier,
        output_config,
        unknown,
    } = encode_request(model_id, request);
    ConverseStreamInput {
        model_id,
        messages,
        system,
        inference_config,
        tool_config,
        guardrail_config: guardrail.map(encode_stream_guardrail),
        additional_model_request_fields,
        prompt_variables,
        additional_model_response_field_paths,
        request_metadata,
        performance_config,
        service_tier,
        output_config,
        unknown,
    }
}

/// Reads a conversation whose tokens are to be counted.
///
/// # Errors
/// As [`decode_request`].
pub fn decode_count_request(input: types::ConverseTokensRequest) -> Result<chat::Request, Error> {
    let types::ConverseTokensRequest {
        messages,
        system,
        tool_config,
        additional_model_request_fields,
        unknown,
    } = input;
    Ok(chat::Request {
        system: decode_system(system)?,
        messages: decode_messages(messages)?,
        tools: tool_config.map(decode_tools).transpose()?,
        extra: additional_model_request_fields.map(decode_json),
        dialect: Some(DIALECT),
        ext: decode_ext(&unknown),
        ..chat::Request::default()
    })
}

/// Writes a conversation whose tokens are to be counted. How it would be answered has no place there and stays behind.
pub fn encode_count_request(request: chat::Request) -> types::ConverseTokensRequest {
    let chat::Request {
        system,
        messages,
        inference: _,
        tools,
        guardrail: _,
        extra,
        family: _,
        prompt_variables: _,
        response_paths: _,
        metadata: _,
        performance: _,
        tier: _,
        output: _,
        dialect: _,
        ext,
    } = request;
    types::ConverseTokensRequest {
        messages: messages.map(encode_messages),
        system: system.map(encode_system),
        tool_config: tools.map(encode_tools),
        additional_model_request_fields: extra.map(encode_json),
        unknown: encode_ext(&ext),
    }
}

fn decode_messages(
    messages: Option<Vec<types::Message>>,
) -> Result<Option<Vec<chat::Message>>, Error> {
    messages
        .map(|messages| messages.into_iter().map(decode_message).collect())
        .transpose()
}

fn encode_messages(messages: Vec<chat::Message>) -> Vec<types::Message> {
    messages.into_iter().map(encode_message).collect()
}

fn decode_system(
    system: Option<Vec<types::SystemContentBlock>>,
) -> Result<Option<Vec<SystemItem>>, Error> {
    system
        .map(|items| items.into_iter().map(decode_system_item).collect())
        .transpose()
}

fn encode_system(items: Vec<SystemItem>) -> Vec<types::SystemContentBlock> {
    items.into_iter().map(encode_system_item).collect()
}

fn decode_system_item(item: types::SystemContentBlock) -> Result<SystemItem, Error> {
    Ok(match item {
        types::SystemContentBlock::Text(text) => SystemItem::Text(text),
        types::SystemContentBlock::GuardContent(guard) => SystemItem::Guard(decode_guard(guard)?),
        types::SystemContentBlock::CachePoint(point) => {
            SystemItem::CachePoint(decode_cache_point(point)?)
        }
        types::SystemContentBlock::Unknown { member, value } => SystemItem::Unknown {
            member,
            raw: decode_json(value),
        },
    })
}

fn encode_system_item(item: SystemItem) -> types::SystemContentBlock {
    match item {
        SystemItem::Text(text) => types::SystemContentBlock::Text(text),
        SystemItem::Guard(guard) => types::SystemContentBlock::GuardContent(encode_guard(guard)),
        SystemItem::CachePoint(point) => {
            types::SystemContentBlock::CachePoint(encode_cache_point(point))
        }
        SystemItem::Unknown { member, raw } => types::SystemContentBlock::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}
