//! The settings of a request: sampling, guardrail, prompt variables, tier, form of the output. Replies repeat some of them.

use generated::runtime::types;
use llm::chat::{self, PromptVar};
use rest_json::Map;

use super::plain::{
    decode_ext, decode_json, decode_number, encode_ext, encode_json, encode_number,
};
use crate::error::{Error, need};

pub(super) fn decode_inference(config: types::InferenceConfiguration) -> chat::Inference {
    let types::InferenceConfiguration {
        max_tokens,
        temperature,
        top_p,
        stop_sequences,
        unknown,
    } = config;
    chat::Inference {
        max_tokens,
        temperature: temperature.as_ref().map(decode_number),
        top_p: top_p.as_ref().map(decode_number),
        stop: stop_sequences,
        ext: decode_ext(&unknown),
    }
}

pub(super) fn encode_inference(inference: chat::Inference) -> types::InferenceConfiguration {
    let chat::Inference {
        max_tokens,
        temperature,
        top_p,
        stop,
        ext,
    } = inference;
    types::InferenceConfiguration {
        max_tokens,
        temperature: temperature.as_ref().map(encode_number),
        top_p: top_p.as_ref().map(encode_number),
        stop_sequences: stop,
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_guardrail(config: types::GuardrailConfiguration) -> chat::Guardrail {
    let types::GuardrailConfiguration {
        guardrail_identifier,
        guardrail_version,
        trace,
        unknown,
    } = config;
    chat::Guardrail {
        id: guardrail_identifier,
        version: guardrail_version,
        trace: trace.map(|trace| trace.as_str().to_owned()),
        stream_mode: None,
        ext: decode_ext(&unknown),
    }
}

/// A unary answer has no stream for the guardrail to work on, so its mode has no place here.
pub(super) fn encode_guardrail(guardrail: chat::Guardrail) -> types::GuardrailConfiguration {
    let chat::Guardrail {
        id,
        version,
        trace,
        stream_mode: _,
        ext,
    } = guardrail;
    types::GuardrailConfiguration {
        guardrail_identifier: id,
        guardrail_version: version,
        trace: trace.map(|trace| types::GuardrailTrace::from(trace.as_str())),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_stream_guardrail(
    config: types::GuardrailStreamConfiguration,
) -> chat::Guardrail {
    let types::GuardrailStreamConfiguration {
        guardrail_identifier,
        guardrail_version,
        trace,
        stream_processing_mode,
        unknown,
    } = config;
    chat::Guardrail {
        id: guardrail_identifier,
        version: guardrail_version,
        trace: trace.map(|trace| trace.as_str().to_owned()),
        stream_mode: stream_processing_mode.map(|mode| mode.as_str().to_owned()),
        ext: decode_ext(&unknown),
    }
}

pub(super) fn encode_stream_guardrail(
    guardrail: chat::Guardrail,
) -> types::GuardrailStreamConfiguration {
    let chat::Guardrail {
        id,
        version,
        trace,
        stream_mode,
        ext,
    } = guardrail;
    types::GuardrailStreamConfiguration {
        guardrail_identifier: id,
        guardrail_version: version,
        trace: trace.map(|trace| types::GuardrailTrace::from(trace.as_str())),
        stream_processing_mode: stream_mode
            .map(|mode| types::GuardrailStreamProcessingMode::from(mode.as_str())),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_prompt_variables(
    variables: Map<types::PromptVariableValues>,
) -> Vec<(String, PromptVar)> {
    let decode = |value| match value {
        types::PromptVariableValues::Text(text) => PromptVar::Text(text),
        types::PromptVariableValues::Unknown { member, value } => PromptVar::Unknown {
            member,
            raw: decode_json(value),
        },
    };
    variables
        .into_iter()
        .map(|(name, value)| (name, decode(value)))
        .collect()
}

pub(super) fn encode_prompt_variables(
    variables: Vec<(String, PromptVar)>,
) -> Map<types::PromptVariableValues> {
    let encode = |value| match value {
        PromptVar::Text(text) => types::PromptVariableValues::Text(text),
        PromptVar::Unknown { member, raw } => types::PromptVariableValues::Unknown {
            member,
            value: encode_json(raw),
        },
    };
    variables
        .into_iter()
        .map(|(name, value)| (name, encode(value)))
        .collect()
}

pub(super) fn decode_performance(config: types::PerformanceConfiguration) -> chat::Performance {
    let types::PerformanceConfiguration { latency, unknown } = config;
    chat::Performance {
        latency: latency.map(|latency| latency.as_str().to_owned()),
        ext: decode_ext(&unknown),
    }
}

pub(super) fn encode_performance(
    performance: chat::Performance,
) -> types::PerformanceConfiguration {
    let chat::Performance { latency, ext } = performance;
    types::PerformanceConfiguration {
        latency: latency.map(|latency| types::PerformanceConfigLatency::from(latency.as_str())),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_tier(tier: types::ServiceTier) -> Result<chat::Tier, Error> {
    let types::ServiceTier { r#type, unknown } = tier;
    Ok(chat::Tier {
        kind: need(r#type, "ServiceTier", "type")?.as_str().to_owned(),
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_tier(tier: chat::Tier) -> types::ServiceTier {
    let chat::Tier { kind, ext } = tier;
    types::ServiceTier {
        r#type: Some(types::ServiceTierType::from(kind.as_str())),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_output(config: types::OutputConfig) -> Result<chat::Output, Error> {
    let types::OutputConfig {
        text_format,
        effort,
        unknown,
    } = config;
    Ok(chat::Output {
        text: text_format.map(decode_text_format).transpose()?,
        effort,
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_output(output: chat::Output) -> types::OutputConfig {
    let chat::Output { text, effort, ext } = output;
    types::OutputConfig {
        text_format: text.map(encode_text_format),
        effort,
        unknown: encode_ext(&ext),
    }
}

fn decode_text_format(format: types::OutputFormat) -> Result<chat::TextFormat, Error> {
    let types::OutputFormat {
        r#type,
        structure,
        unknown,
    } = format;
    let schema = match need(structure, "OutputFormat", "structure")? {
        types::OutputFormatStructure::JsonSchema(types::JsonSchemaDefinition {
            schema,
            name,
            description,
            unknown,
        }) => chat::JsonSchema::Schema {
            schema: need(schema, "JsonSchemaDefinition", "schema")?,
            name,
            description,
            ext: decode_ext(&unknown),
        },
        types::OutputFormatStructure::Unknown { member, value } => chat::JsonSchema::Unknown {
            member,
            raw: decode_json(value),
        },
    };
    let kind = need(r#type, "OutputFormat", "type")?.as_str().to_owned();
    Ok(chat::TextFormat {
        kind,
        schema,
        ext: decode_ext(&unknown),
    })
}

fn encode_text_format(format: chat::TextFormat) -> types::OutputFormat {
    let chat::TextFormat { kind, schema, ext } = format;
    let structure = match schema {
        chat::JsonSchema::Schema {
            schema,
            name,
            description,
            ext,
        } => types::OutputFormatStructure::JsonSchema(types::JsonSchemaDefinition {
            schema: Some(schema),
            name,
            description,
            unknown: encode_ext(&ext),
        }),
        chat::JsonSchema::Unknown { member, raw } => types::OutputFormatStructure::Unknown {
            member,
            value: encode_json(raw),
        },
    };
    types::OutputFormat {
        r#type: Some(types::OutputFormatType::from(kind.as_str())),
        structure: Some(structure),
        unknown: encode_ext(&ext),
    }
}
