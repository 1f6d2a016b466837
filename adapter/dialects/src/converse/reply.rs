//! The whole reply, and what it cost.

use generated::runtime::operation::converse::ConverseOutput;
use generated::runtime::types;
use llm::Json;
use llm::chat::{self, CacheDetail, Latency, Reply, Usage, UsageSource};
use rest_json::{Document, FromJson, Unknowns};

use super::block::{decode_message, encode_message};
use super::plain::{decode_ext, decode_json, encode_ext, encode_json};
use super::settings::{decode_performance, decode_tier, encode_performance, encode_tier};
use super::stop::{decode_stop, encode_stop};
use crate::error::{Error, need};

/// Reads a reply.
///
/// # Errors
/// There is no message, no stop reason or no usage.
pub fn decode_reply(output: ConverseOutput) -> Result<Reply, Error> {
    let ConverseOutput {
        output,
        stop_reason,
        usage,
        metrics,
        additional_model_response_fields,
        trace,
        performance_config,
        service_tier,
        unknown,
    } = output;
    let message = match need(output, "ConverseResponse", "output")? {
        types::ConverseOutput::Message(message) => decode_message(message)?,
        types::ConverseOutput::Unknown { .. } => {
            return Err(Error::Absent {
                shape: "ConverseOutput",
                member: "message",
            });
        }
    };
    Ok(Reply {
        message,
        stop: decode_stop(need(stop_reason, "ConverseResponse", "stopReason")?),
        stop_detail: None,
        usage: decode_usage(need(usage, "ConverseResponse", "usage")?)?,
        latency: metrics
            .map(
                |types::ConverseMetrics {
                     latency_ms,
                     unknown,
                 }| decode_latency(latency_ms, &unknown),
            )
            .transpose()?,
        native: additional_model_response_fields.map(decode_json),
        trace: trace.map(|trace| decode_json(Document::of(&trace))),
        performance: performance_config.map(decode_performance),
        tier: service_tier.map(decode_tier).transpose()?,
        ext: decode_ext(&unknown),
    })
}

/// Writes a reply; `additional` are the fields of the family's native reply that the caller asked for.
pub fn encode_reply(reply: Reply, additional: Option<Json>) -> ConverseOutput {
    let Reply {
        message,
        stop,
        stop_detail: _,
        usage,
        latency,
        native: _,
        trace,
        performance,
        tier,
        ext,
    } = reply;
    let Latency { ms, ext: metrics } = latency.unwrap_or_default();
    ConverseOutput {
        output: Some(types::ConverseOutput::Message(encode_message(message))),
        stop_reason: Some(encode_stop(stop)),
        usage: Some(encode_usage(usage)),
        metrics: Some(types::ConverseMetrics {
            latency_ms: Some(ms),
            unknown: encode_ext(&metrics),
        }),
        additional_model_response_fields: additional.map(encode_json),
        trace: encode_trace(trace),
        performance_config: performance.map(encode_performance),
        service_tier: tier.map(encode_tier),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_latency(ms: Option<i64>, unknown: &Unknowns) -> Result<Latency, Error> {
    Ok(Latency {
        ms: need(ms, "metrics", "latencyMs")?,
        ext: decode_ext(unknown),
    })
}

/// Writes a trace. One that is not of this format cannot be told: a client that fails to read it would lose the whole reply.
pub(super) fn encode_trace<T: FromJson>(trace: Option<Json>) -> Option<T> {
    trace.and_then(|trace| encode_json(trace).parse().ok())
}

pub(super) fn decode_usage(usage: types::TokenUsage) -> Result<Usage, Error> {
    let types::TokenUsage {
        input_tokens,
        output_tokens,
        total_tokens,
        cache_read_input_tokens,
        cache_write_input_tokens,
        cache_details,
        unknown,
    } = usage;
    let details = cache_details.map(|details| {
        let decode = |detail| {
            let types::CacheDetail {
                ttl,
                input_tokens,
                unknown,
            } = detail;
            Ok(CacheDetail {
                ttl: need(ttl, "CacheDetail", "ttl")?.as_str().to_owned(),
                input: need(input_tokens, "CacheDetail", "inputTokens")?,
                ext: decode_ext(&unknown),
            })
        };
        details
            .into_iter()
            .map(decode)
            .collect::<Result<_, Error>>()
    });
    Ok(Usage {
        input_uncached: need(input_tokens, "TokenUsage", "inputTokens")?,
        output: need(output_tokens, "TokenUsage", "outputTokens")?,
        cache_read: cache_read_input_tokens,
        cache_write: cache_write_input_tokens,
        cache_details: details.transpose()?,
        total_reported: total_tokens,
        source: UsageSource::Reported,
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_usage(usage: Usage) -> types::TokenUsage {
    let total = usage.total();
    let Usage {
        input_uncached,
        output,
        cache_read,
        cache_write,
        cache_details,
        total_reported: _,
        source: _,
        ext,
    } = usage;
    let encode = |detail| {
        let CacheDetail { ttl, input, ext } = detail;
        types::CacheDetail {
            ttl: Some(types::CacheTTL::from(ttl.as_str())),
            input_tokens: Some(input),
            unknown: encode_ext(&ext),
        }
    };
    types::TokenUsage {
        input_tokens: Some(input_uncached),
        output_tokens: Some(output),
        total_tokens: Some(total),
        cache_read_input_tokens: cache_read,
        cache_write_input_tokens: cache_write,
        cache_details: cache_details.map(|details| details.into_iter().map(encode).collect()),
        unknown: encode_ext(&ext),
    }
}

/// The latency setting and tier that an event carries.
pub(super) fn decode_settings(
    performance: Option<types::PerformanceConfiguration>,
    tier: Option<types::ServiceTier>,
) -> Result<(Option<chat::Performance>, Option<chat::Tier>), Error> {
    Ok((
        performance.map(decode_performance),
        tier.map(decode_tier).transpose()?,
    ))
}
