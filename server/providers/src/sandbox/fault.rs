//! Faults on demand: model names that raise each modelled exception, before the head or in mid-stream.
//!
//! Before the head an operation answers with the exception of the name, or with what it models instead.
//! In mid-stream only a streamed answer can fail; asked for a whole answer these models echo.

use generated::runtime::error as model;
use generated::runtime::types::ConverseStreamOutput;
use llm::{Error, Kind, NativeError, Op, Origin, Retry};
use rest_json::{EventStream, Unknowns};

/// How many events a stream tells before it fails: its start and two pieces.
pub(super) const N_EVENTS_BEFORE: usize = 3;

/// A fault, and when it strikes.
#[derive(Debug)]
pub(super) enum Fault {
    BeforeHead(Error),
    MidStream(Error),
}

/// The models that fail before the head: name, kind and origin of the fault, text.
const BEFORE_HEAD: [(&str, Kind, Origin, &str); 10] = [
    (
        "access-denied",
        Kind::GatewayPermission,
        Origin::Gateway,
        "You don't have access to the model with the specified model ID.",
    ),
    (
        "internal-server",
        Kind::UpstreamInternal,
        Origin::Upstream,
        "The sandbox failed, as it was asked to.",
    ),
    (
        "model-error",
        Kind::Protocol,
        Origin::Upstream,
        "The sandbox's model failed, as it was asked to.",
    ),
    (
        "model-not-ready",
        Kind::ModelLoading,
        Origin::Upstream,
        "The model is not ready for inference.",
    ),
    (
        "model-timeout",
        Kind::Timeout,
        Origin::Upstream,
        "The request took too long to process.",
    ),
    (
        "resource-not-found",
        Kind::ModelNotFound,
        Origin::Upstream,
        "Could not resolve the foundation model from the provided model identifier.",
    ),
    (
        "service-quota-exceeded",
        Kind::GatewayBudget,
        Origin::Upstream,
        "The quota of the sandbox is used up.",
    ),
    (
        "service-unavailable",
        Kind::Overloaded,
        Origin::Upstream,
        "The sandbox is not available, as it was asked to be.",
    ),
    (
        "throttling",
        Kind::RateLimited,
        Origin::Upstream,
        "Too many requests, please wait before trying again.",
    ),
    (
        "validation",
        Kind::InvalidRequest,
        Origin::Client,
        "The sandbox refuses the request, as it was asked to.",
    ),
];

impl Fault {
    /// The fault that the model of that name raises for that kind of call.
    pub(super) fn of(model: &str, op: Op) -> Option<Self> {
        if let Some((_, kind, origin, message)) =
            BEFORE_HEAD.iter().find(|(name, ..)| *name == model)
        {
            let error = Error::new(*kind, *origin, *message).with_retry(retry(*kind));
            return Some(Self::BeforeHead(match kind {
                Kind::Protocol => error
                    .with_status(500)
                    .with_resource(format!("sandbox/{model}")),
                _ => error,
            }));
        }
        match op {
            Op::ChatStream => {
                stream_exception(model).map(|event| Self::MidStream(mid_stream(&event)))
            }
            Op::Chat | Op::Count | Op::Other => None,
        }
    }
}

/// What a real provider's fault of that kind would say about another try.
fn retry(kind: Kind) -> Retry {
    match kind {
        Kind::RateLimited | Kind::Overloaded | Kind::ModelLoading | Kind::UpstreamInternal => {
            Retry::OtherTarget { delay: None }
        }
        _ => Retry::Never,
    }
}

fn stream_exception(model: &str) -> Option<ConverseStreamOutput> {
    let message = Some("The sandbox failed in mid-stream, as it was asked to.".to_owned());
    let unknown = Unknowns::default();
    Some(match model {
        "stream-internal-server" => {
            ConverseStreamOutput::InternalServerException(model::InternalServerException {
                message,
                unknown,
            })
        }
        "stream-model-stream-error" => {
            ConverseStreamOutput::ModelStreamErrorException(model::ModelStreamErrorException {
                original_status_code: Some(500),
                original_message: message.clone(),
                message,
                unknown,
            })
        }
        "stream-service-unavailable" => {
            ConverseStreamOutput::ServiceUnavailableException(model::ServiceUnavailableException {
                message,
                unknown,
            })
        }
        "stream-throttling" => {
            ConverseStreamOutput::ThrottlingException(model::ThrottlingException {
                message,
                unknown,
            })
        }
        "stream-validation" => {
            ConverseStreamOutput::ValidationException(model::ValidationException {
                message,
                unknown,
            })
        }
        _ => return None,
    })
}

/// The exception as its own frame, since the gateway's table would send another in its place.
fn mid_stream(event: &ConverseStreamOutput) -> Error {
    let error = Error::new(
        Kind::Interrupted,
        Origin::Upstream,
        "The sandbox failed in mid-stream, as it was asked to.",
    );
    match event
        .encode_frame()
        .ok()
        .and_then(|frame| frame.encode().ok())
    {
        Some(frame) => error.with_native(NativeError::Frame(frame)),
        None => error,
    }
}
