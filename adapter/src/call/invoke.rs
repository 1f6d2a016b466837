//! The body of an invocation: which of the formats it is written in, and what the headers beside it ask for.
//!
//! Beside what a format itself demands nothing is checked here: whoever serves the request says the rest.

use bytes::Bytes;
use dialects::invoke::Format;
use generated::runtime::operation::{
    InvokeModel, InvokeModelInput, InvokeModelWithResponseStream,
    InvokeModelWithResponseStreamInput,
};
use generated::runtime::types::{PerformanceConfigLatency, ServiceTierType, Trace};
use llm::chat::{Guardrail, Performance, Request, Tier};
use llm::{Error, Ext};
use rest_json::{DecodeError, Map, Reader};

use super::{Decoded, checked};
use crate::form::Form;
use crate::{error, estimate};

/// Reads an invocation.
pub(crate) fn decode_invoke(request: &rest_json::Request) -> Result<Decoded, Error> {
    let InvokeModelInput {
        body,
        // A body is JSON whatever it is called, and so is the answer: clients name all kinds of types, or none.
        content_type: _,
        accept: _,
        model_id,
        trace,
        guardrail_identifier,
        guardrail_version,
        performance_config_latency,
        service_tier,
        request_metadata,
    } = checked::<InvokeModel>(request, InvokeModelInput::check)?;
    let beside = Beside {
        trace,
        guardrail_identifier,
        guardrail_version,
        performance_config_latency,
        service_tier,
        request_metadata,
    };
    invocation(body, model_id.as_deref(), beside, Mode::Whole)
}

/// Reads an invocation that is answered as a stream.
pub(crate) fn decode_invoke_stream(request: &rest_json::Request) -> Result<Decoded, Error> {
    let InvokeModelWithResponseStreamInput {
        body,
        content_type: _,
        accept: _,
        model_id,
        trace,
        guardrail_identifier,
        guardrail_version,
        performance_config_latency,
        service_tier,
        request_metadata,
    } = checked::<InvokeModelWithResponseStream>(
        request,
        InvokeModelWithResponseStreamInput::check,
    )?;
    let beside = Beside {
        trace,
        guardrail_identifier,
        guardrail_version,
        performance_config_latency,
        service_tier,
        request_metadata,
    };
    invocation(body, model_id.as_deref(), beside, Mode::Stream)
}

/// What the headers say beside the body.
struct Beside {
    trace: Option<Trace>,
    guardrail_identifier: Option<String>,
    guardrail_version: Option<String>,
    performance_config_latency: Option<PerformanceConfigLatency>,
    service_tier: Option<ServiceTierType>,
    request_metadata: Option<String>,
}

/// How the operation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Whole,
    Stream,
}

fn invocation(
    body: Option<Bytes>,
    model_id: Option<&str>,
    beside: Beside,
    mode: Mode,
) -> Result<Decoded, Error> {
    let bytes = body.unwrap_or_default();
    let format = Format::detect(&bytes, model_id.unwrap_or_default());
    let mut request = self::body(format, &bytes, error::not_served)?;
    let format = format.ok_or_else(error::not_served)?;
    let names = ["stream", "stream_options", "amazon-bedrock-guardrailConfig"];
    let [stream, stream_options, guardrail_config] = members(&bytes, names)?;
    agree(format, stream, mode)?;
    beside.add_to(&mut request, guardrail_config)?;
    let form = Form::Invoke {
        format,
        // A whole answer knows its tokens.
        input_tokens_guess: match mode {
            Mode::Whole => 0,
            Mode::Stream => estimate::input_tokens(&request),
        },
        wants_usage: wants_usage(stream_options)?,
    };
    Ok(Decoded { request, form })
}

/// Reads a body of that format, or says why it has none: it is no JSON object, or `unknown`.
pub(super) fn body(
    format: Option<Format>,
    body: &[u8],
    unknown: fn() -> Error,
) -> Result<Request, Error> {
    match format {
        Some(format) => format.decode_request(body).map_err(|fault| match fault {
            dialects::Error::Body { pointer, reason } => malformed(&pointer, &reason),
            other @ (dialects::Error::Absent { .. }
            | dialects::Error::Order { .. }
            | dialects::Error::Untold { .. }) => malformed("", &other.to_string()),
        }),
        None => {
            let [] = members(body, [])?;
            Err(unknown())
        }
    }
}

/// The service's words for a body that is not what a model takes.
fn malformed(pointer: &str, reason: &str) -> Error {
    error::invalid(format!(
        "Malformed input request: #{pointer}: {reason}, please reformat your input and try again."
    ))
}

/// The texts of members of a body, which is a JSON object.
fn members<'a, const N: usize>(
    body: &'a [u8],
    names: [&str; N],
) -> Result<[Option<&'a str>; N], Error> {
    let read = |mut reader: Reader<'a>| {
        reader.begin_object()?;
        let mut found = [None; N];
        while let Some(key) = reader.next_key()? {
            let value = reader.raw()?;
            for (slot, name) in found.iter_mut().zip(names) {
                if key == name {
                    *slot = Some(value);
                }
            }
        }
        reader.finish()?;
        Ok(found)
    };
    Reader::new(body)
        .and_then(read)
        .map_err(|fault: DecodeError| malformed("", &fault.reason().to_string()))
}

/// Bodies of OpenAI's format may say themselves whether they want a stream; the operation has said it before them.
fn agree(format: Format, stream: Option<&str>, mode: Mode) -> Result<(), Error> {
    match format {
        Format::OpenAiChat => {}
        Format::Anthropic | Format::MistralText => return Ok(()),
    }
    let reason = match (stream, mode) {
        (None | Some("null"), _) | (Some("false"), Mode::Whole) | (Some("true"), Mode::Stream) => {
            return Ok(());
        }
        (Some("true"), Mode::Whole) => "true is not what InvokeModel does",
        (Some("false"), Mode::Stream) => "false is not what InvokeModelWithResponseStream does",
        (Some(_), _) => "expected a boolean",
    };
    Err(malformed("/stream", reason))
}

/// Whether a body asks a stream for its usage, as bodies of OpenAI's format do.
fn wants_usage(stream_options: Option<&str>) -> Result<bool, Error> {
    match stream_options {
        None | Some("null") => Ok(false),
        Some(options) => {
            let [include_usage] = members(options.as_bytes(), ["include_usage"])?;
            Ok(include_usage == Some("true"))
        }
    }
}

impl Beside {
    /// Adds what the headers ask for, which is about how the model is run and never about what it reads.
    fn add_to(self, request: &mut Request, guardrail_config: Option<&str>) -> Result<(), Error> {
        let Beside {
            trace,
            guardrail_identifier: id,
            guardrail_version: version,
            performance_config_latency,
            service_tier,
            request_metadata,
        } = self;
        // An empty identifier is one that was not given, by the pattern of the model.
        let id = id.filter(|id| !id.is_empty());
        let version = version.filter(|version| !version.is_empty());
        if id.is_some() != version.is_some() {
            return Err(error::invalid(
                "The guardrailIdentifier and guardrailVersion fields must be given together.",
            ));
        }
        if id.is_some() {
            request.guardrail = Some(Guardrail {
                id,
                version,
                // The same words as Converse's, in capitals.
                trace: trace.map(|trace| trace.as_str().to_ascii_lowercase()),
                stream_mode: None,
                ext: Ext::default(),
            });
            beyond_the_body(request);
        } else if guardrail_config.is_some() {
            return Err(error::invalid(
                "The amazon-bedrock-guardrailConfig field needs a guardrailIdentifier and a guardrailVersion.",
            ));
        }
        if let Some(latency) = performance_config_latency {
            if latency != PerformanceConfigLatency::Standard {
                beyond_the_body(request);
            }
            request.performance = Some(Performance {
                latency: Some(latency.as_str().to_owned()),
                ext: Ext::default(),
            });
        }
        if let Some(tier) = service_tier {
            if tier != ServiceTierType::Default_ {
                beyond_the_body(request);
            }
            request.tier = Some(Tier {
                kind: tier.as_str().to_owned(),
                ext: Ext::default(),
            });
        }
        // Labels are bookkeeping: what cannot be read as labels is nobody's loss.
        request.metadata = request_metadata
            .and_then(|text| rest_json::json::from_slice::<Map<String>>(text.as_bytes()).ok())
            .map(Map::into_vec);
        Ok(())
    }
}

/// The body alone no longer says it all, so a target of the body's own format must decide about the rest too, and not pass the
/// body on as it came.
fn beyond_the_body(request: &mut Request) {
    request.dialect = None;
}
