//! One event of a stream.

use generated::runtime::types::{self, ConverseStreamOutput};
use llm::Json;
use llm::chat::{BlockStart, Delta, Event, Latency, Meta, ReasoningDelta, ToolResultDelta};
use rest_json::Document;

use super::block::{decode_role, encode_role};
use super::cite::{decode_citation_delta, encode_citation_delta};
use super::media::{
    decode_error, decode_format, decode_image_source, encode_error, encode_image_source,
};
use super::plain::{decode_bytes, decode_ext, decode_json, encode_bytes, encode_ext, encode_json};
use super::reply::{decode_latency, decode_settings, decode_usage, encode_trace, encode_usage};
use super::settings::{encode_performance, encode_tier};
use super::stop::{decode_stop, encode_stop};
use super::tool::{decode_status, encode_status};
use crate::error::{Error, need};

/// Reads an event; none for an exception or an event this build does not know, which are no part of a reply.
///
/// # Errors
/// A member without which the event means nothing is absent.
pub fn decode_event(event: ConverseStreamOutput) -> Result<Option<Event>, Error> {
    Ok(Some(match event {
        ConverseStreamOutput::MessageStart(types::MessageStartEvent { role, unknown }) => {
            Event::Start {
                role: decode_role(need(role, "MessageStartEvent", "role")?),
                ext: decode_ext(&unknown),
            }
        }
        ConverseStreamOutput::ContentBlockStart(event) => {
            let types::ContentBlockStartEvent {
                start,
                content_block_index,
                unknown,
            } = event;
            Event::BlockStart {
                index: need(
                    content_block_index,
                    "ContentBlockStartEvent",
                    "contentBlockIndex",
                )?,
                start: decode_start(need(start, "ContentBlockStartEvent", "start")?)?,
                ext: decode_ext(&unknown),
            }
        }
        ConverseStreamOutput::ContentBlockDelta(event) => {
            let types::ContentBlockDeltaEvent {
                delta,
                content_block_index,
                unknown,
            } = event;
            Event::Delta {
                index: need(
                    content_block_index,
                    "ContentBlockDeltaEvent",
                    "contentBlockIndex",
                )?,
                delta: decode_delta(need(delta, "ContentBlockDeltaEvent", "delta")?)?,
                ext: decode_ext(&unknown),
            }
        }
        ConverseStreamOutput::ContentBlockStop(types::ContentBlockStopEvent {
            content_block_index,
            unknown,
        }) => Event::BlockStop {
            index: need(
                content_block_index,
                "ContentBlockStopEvent",
                "contentBlockIndex",
            )?,
            ext: decode_ext(&unknown),
        },
        ConverseStreamOutput::MessageStop(event) => {
            let types::MessageStopEvent {
                stop_reason,
                additional_model_response_fields,
                unknown,
            } = event;
            Event::Stop {
                stop: decode_stop(need(stop_reason, "MessageStopEvent", "stopReason")?),
                detail: None,
                native: additional_model_response_fields.map(decode_json),
                ext: decode_ext(&unknown),
            }
        }
        ConverseStreamOutput::Metadata(event) => Event::Meta(Box::new(decode_meta(event)?)),
        ConverseStreamOutput::InternalServerException(_)
        | ConverseStreamOutput::ModelStreamErrorException(_)
        | ConverseStreamOutput::ValidationException(_)
        | ConverseStreamOutput::ThrottlingException(_)
        | ConverseStreamOutput::ServiceUnavailableException(_)
        | ConverseStreamOutput::Unknown(_) => return Ok(None),
    }))
}

/// Writes an event; `additional` are the fields of the family's native reply that the caller asked for, which ride on the stop.
pub fn encode_event(event: Event, additional: Option<Json>) -> ConverseStreamOutput {
    match event {
        Event::Start { role, ext } => {
            ConverseStreamOutput::MessageStart(types::MessageStartEvent {
                role: Some(encode_role(role)),
                unknown: encode_ext(&ext),
            })
        }
        Event::BlockStart { index, start, ext } => {
            ConverseStreamOutput::ContentBlockStart(types::ContentBlockStartEvent {
                start: Some(encode_start(start)),
                content_block_index: Some(index),
                unknown: encode_ext(&ext),
            })
        }
        Event::Delta { index, delta, ext } => {
            ConverseStreamOutput::ContentBlockDelta(types::ContentBlockDeltaEvent {
                delta: Some(encode_delta(delta)),
                content_block_index: Some(index),
                unknown: encode_ext(&ext),
            })
        }
        Event::BlockStop { index, ext } => {
            ConverseStreamOutput::ContentBlockStop(types::ContentBlockStopEvent {
                content_block_index: Some(index),
                unknown: encode_ext(&ext),
            })
        }
        Event::Stop {
            stop,
            detail: _,
            native: _,
            ext,
        } => ConverseStreamOutput::MessageStop(types::MessageStopEvent {
            stop_reason: Some(encode_stop(stop)),
            additional_model_response_fields: additional.map(encode_json),
            unknown: encode_ext(&ext),
        }),
        Event::Meta(meta) => ConverseStreamOutput::Metadata(encode_meta(*meta)),
    }
}

fn decode_start(start: types::ContentBlockStart) -> Result<BlockStart, Error> {
    Ok(match start {
        types::ContentBlockStart::ToolUse(types::ToolUseBlockStart {
            tool_use_id,
            name,
            r#type,
            unknown,
        }) => BlockStart::ToolUse {
            id: need(tool_use_id, "ToolUseBlockStart", "toolUseId")?,
            name: need(name, "ToolUseBlockStart", "name")?,
            kind: r#type.map(|kind| kind.as_str().to_owned()),
            ext: decode_ext(&unknown),
        },
        types::ContentBlockStart::ToolResult(types::ToolResultBlockStart {
            tool_use_id,
            r#type,
            status,
            unknown,
        }) => BlockStart::ToolResult {
            id: need(tool_use_id, "ToolResultBlockStart", "toolUseId")?,
            kind: r#type,
            status: status.map(decode_status),
            ext: decode_ext(&unknown),
        },
        types::ContentBlockStart::Image(types::ImageBlockStart { format, unknown }) => {
            BlockStart::Image {
                format: decode_format(need(format, "ImageBlockStart", "format")?.as_str()),
                ext: decode_ext(&unknown),
            }
        }
        types::ContentBlockStart::Unknown { member, value } => BlockStart::Unknown {
            member,
            raw: decode_json(value),
        },
    })
}

fn encode_start(start: BlockStart) -> types::ContentBlockStart {
    match start {
        BlockStart::ToolUse {
            id,
            name,
            kind,
            ext,
        } => types::ContentBlockStart::ToolUse(types::ToolUseBlockStart {
            tool_use_id: Some(id),
            name: Some(name),
            r#type: kind.map(|kind| types::ToolUseType::from(kind.as_str())),
            unknown: encode_ext(&ext),
        }),
        BlockStart::ToolResult {
            id,
            kind,
            status,
            ext,
        } => types::ContentBlockStart::ToolResult(types::ToolResultBlockStart {
            tool_use_id: Some(id),
            r#type: kind,
            status: status.map(encode_status),
            unknown: encode_ext(&ext),
        }),
        BlockStart::Image { format, ext } => {
            types::ContentBlockStart::Image(types::ImageBlockStart {
                format: Some(types::ImageFormat::from(format.as_str())),
                unknown: encode_ext(&ext),
            })
        }
        BlockStart::Unknown { member, raw } => types::ContentBlockStart::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

fn decode_delta(delta: types::ContentBlockDelta) -> Result<Delta, Error> {
    Ok(match delta {
        types::ContentBlockDelta::Text(text) => Delta::Text(text),
        types::ContentBlockDelta::ToolUse(types::ToolUseBlockDelta { input, unknown }) => {
            Delta::ToolInput {
                input: need(input, "ToolUseBlockDelta", "input")?,
                ext: decode_ext(&unknown),
            }
        }
        types::ContentBlockDelta::ToolResult(pieces) => {
            Delta::ToolResult(pieces.into_iter().map(decode_result_delta).collect())
        }
        types::ContentBlockDelta::ReasoningContent(reasoning) => {
            Delta::Reasoning(match reasoning {
                types::ReasoningContentBlockDelta::Text(text) => ReasoningDelta::Text(text),
                types::ReasoningContentBlockDelta::Signature(signature) => {
                    ReasoningDelta::Signature(signature)
                }
                types::ReasoningContentBlockDelta::RedactedContent(blob) => {
                    ReasoningDelta::Redacted(decode_bytes(&blob))
                }
                types::ReasoningContentBlockDelta::Unknown { member, value } => {
                    ReasoningDelta::Unknown {
                        member,
                        raw: decode_json(value),
                    }
                }
            })
        }
        types::ContentBlockDelta::Citation(citation) => {
            Delta::Citation(Box::new(decode_citation_delta(citation)))
        }
        types::ContentBlockDelta::Image(types::ImageBlockDelta {
            source,
            error,
            unknown,
        }) => Delta::Image {
            source: source.map(decode_image_source).transpose()?,
            error: error.map(decode_error),
            ext: decode_ext(&unknown),
        },
        types::ContentBlockDelta::Unknown { member, value } => Delta::Unknown {
            member,
            raw: decode_json(value),
        },
    })
}

fn encode_delta(delta: Delta) -> types::ContentBlockDelta {
    match delta {
        Delta::Text(text) => types::ContentBlockDelta::Text(text),
        Delta::ToolInput { input, ext } => {
            types::ContentBlockDelta::ToolUse(types::ToolUseBlockDelta {
                input: Some(input),
                unknown: encode_ext(&ext),
            })
        }
        Delta::ToolResult(pieces) => types::ContentBlockDelta::ToolResult(
            pieces.into_iter().map(encode_result_delta).collect(),
        ),
        Delta::Reasoning(reasoning) => {
            types::ContentBlockDelta::ReasoningContent(match reasoning {
                ReasoningDelta::Text(text) => types::ReasoningContentBlockDelta::Text(text),
                ReasoningDelta::Signature(signature) => {
                    types::ReasoningContentBlockDelta::Signature(signature)
                }
                ReasoningDelta::Redacted(bytes) => {
                    types::ReasoningContentBlockDelta::RedactedContent(encode_bytes(&bytes))
                }
                ReasoningDelta::Unknown { member, raw } => {
                    types::ReasoningContentBlockDelta::Unknown {
                        member,
                        value: encode_json(raw),
                    }
                }
            })
        }
        Delta::Citation(citation) => {
            types::ContentBlockDelta::Citation(encode_citation_delta(*citation))
        }
        Delta::Image { source, error, ext } => {
            types::ContentBlockDelta::Image(types::ImageBlockDelta {
                source: source.map(encode_image_source),
                error: error.map(encode_error),
                unknown: encode_ext(&ext),
            })
        }
        Delta::Unknown { member, raw } => types::ContentBlockDelta::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

fn decode_result_delta(piece: types::ToolResultBlockDelta) -> ToolResultDelta {
    match piece {
        types::ToolResultBlockDelta::Text(text) => ToolResultDelta::Text(text),
        types::ToolResultBlockDelta::Json(json) => ToolResultDelta::Json(decode_json(json)),
        types::ToolResultBlockDelta::Unknown { member, value } => ToolResultDelta::Unknown {
            member,
            raw: decode_json(value),
        },
    }
}

fn encode_result_delta(piece: ToolResultDelta) -> types::ToolResultBlockDelta {
    match piece {
        ToolResultDelta::Text(text) => types::ToolResultBlockDelta::Text(text),
        ToolResultDelta::Json(json) => types::ToolResultBlockDelta::Json(encode_json(json)),
        ToolResultDelta::Unknown { member, raw } => types::ToolResultBlockDelta::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

fn decode_meta(event: types::ConverseStreamMetadataEvent) -> Result<Meta, Error> {
    let types::ConverseStreamMetadataEvent {
        usage,
        metrics,
        trace,
        performance_config,
        service_tier,
        unknown,
    } = event;
    let (performance, tier) = decode_settings(performance_config, service_tier)?;
    Ok(Meta {
        usage: decode_usage(need(usage, "ConverseStreamMetadataEvent", "usage")?)?,
        latency: metrics
            .map(
                |types::ConverseStreamMetrics {
                     latency_ms,
                     unknown,
                 }| decode_latency(latency_ms, &unknown),
            )
            .transpose()?,
        trace: trace.map(|trace| decode_json(Document::of(&trace))),
        performance,
        tier,
        ext: decode_ext(&unknown),
    })
}

fn encode_meta(meta: Meta) -> types::ConverseStreamMetadataEvent {
    let Meta {
        usage,
        latency,
        trace,
        performance,
        tier,
        ext,
    } = meta;
    let Latency { ms, ext: metrics } = latency.unwrap_or_default();
    types::ConverseStreamMetadataEvent {
        usage: Some(encode_usage(usage)),
        metrics: Some(types::ConverseStreamMetrics {
            latency_ms: Some(ms),
            unknown: encode_ext(&metrics),
        }),
        trace: encode_trace(trace),
        performance_config: performance.map(encode_performance),
        service_tier: tier.map(encode_tier),
        unknown: encode_ext(&ext),
    }
}
