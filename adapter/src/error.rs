//! From a fault to Bedrock's exception: the one table, for answers and for exception frames alike.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use generated::runtime::error as model;
use generated::{control, runtime};
use llm::{Error, Kind, NativeError, Origin, Retry};
use rest_json::{EventStream, Unknowns};

/// An exception as it goes out, before the head.
#[derive(Debug)]
pub(crate) struct Exception {
    pub(crate) name: &'static str,
    pub(crate) status: u16,
    pub(crate) message: String,
    /// The upstream's status, which only one exception has a member for.
    original_status: Option<u16>,
    resource: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

/// Names that no operation models and every AWS service may answer with.
const SERIALIZATION: &str = "SerializationException";
const UNKNOWN_OPERATION: &str = "UnknownOperationException";

/// Texts that clients match on, or that hide what is none of theirs.
const TOO_MANY_REQUESTS: &str = "Too many requests, please wait before trying again.";
const TOO_MANY_TOKENS: &str = "Too many tokens, please wait before trying again.";
const TOO_SLOW: &str = "The request took too long to process.";
const TOO_LONG: &str = "Input is too long for requested model.";
const UNKNOWN_MODEL: &str = "The provided model identifier is invalid.";
const UNRESOLVED_MODEL: &str =
    "Could not resolve the foundation model from the provided model identifier.";
const FORBIDDEN_MODEL: &str = "You don't have access to the model with the specified model ID.";
const NO_AUTHORITY: &str = "The gateway could not authenticate to the model provider.";

impl Exception {
    /// The exception for `error` at `operation`, one that the operation models; none named means that no operation was found.
    pub(crate) fn of(error: &Error, operation: Option<&str>) -> Self {
        let (name, message) = row(error, operation);
        let modelled = operation.map_or(&[][..], errors_of);
        let name = if modelled.is_empty() {
            name
        } else {
            allowed(name, error.kind(), modelled)
        };
        Self {
            name,
            status: status_of(name, error),
            message: message.into_owned(),
            original_status: error.status(),
            resource: error.resource().map(ToOwned::to_owned),
            retry_after: match error.retry() {
                Retry::OtherKey { delay } | Retry::OtherTarget { delay } => delay,
                Retry::Never => None,
            },
        }
    }

    /// The JSON of the body: `message`, and what else the exception has members for.
    pub(crate) fn body(&self) -> Bytes {
        let message = Some(self.message.clone());
        if self.name == model::ModelErrorException::NAME {
            return rest_json::json::to_vec(&model::ModelErrorException {
                message,
                original_status_code: self.original_status.map(i32::from),
                resource_name: self.resource.clone(),
                unknown: Unknowns::default(),
            })
            .into();
        }
        rest_json::json::to_vec(&model::ValidationException {
            message,
            unknown: Unknowns::default(),
        })
        .into()
    }

    /// What stands behind the name in `x-amzn-ErrorType`; AWS's clients cut it at the colon.
    pub(crate) fn error_type(&self) -> String {
        format!(
            "{}:http://internal.amazon.com/coral/com.amazon.bedrock/",
            self.name
        )
    }
}

/// The exceptions that an operation models; none for a name that is no operation.
fn errors_of(operation: &str) -> &'static [&'static str] {
    match runtime::router::errors_of(operation) {
        [] => control::router::errors_of(operation),
        errors => errors,
    }
}

/// Name and text for a fault, whatever the operation models.
fn row<'a>(error: &'a Error, operation: Option<&str>) -> (&'static str, Cow<'a, str>) {
    let own = || Cow::Borrowed(error.message());
    let fixed = Cow::Borrowed;
    match (error.kind(), error.origin()) {
        (Kind::RateLimited | Kind::GatewayRate, _) => {
            (model::ThrottlingException::NAME, fixed(TOO_MANY_REQUESTS))
        }
        (Kind::TokenRateLimited, _) => (model::ThrottlingException::NAME, fixed(TOO_MANY_TOKENS)),
        (Kind::Overloaded | Kind::ConnectFailed, _) => {
            (model::ServiceUnavailableException::NAME, own())
        }
        (Kind::UpstreamInternal | Kind::GatewayInternal, _) => {
            (model::InternalServerException::NAME, own())
        }
        (Kind::Timeout, _) => (model::ModelTimeoutException::NAME, fixed(TOO_SLOW)),
        (Kind::ModelLoading, _) => (model::ModelNotReadyException::NAME, own()),
        (Kind::ContextTooLong, _) => (
            model::ValidationException::NAME,
            explained(TOO_LONG, error.message()),
        ),
        (Kind::InvalidRequest, Origin::Upstream) => (
            model::ValidationException::NAME,
            Cow::Owned(format!(
                "The model returned the following errors: {}",
                error.message()
            )),
        ),
        (Kind::InvalidRequest, Origin::Client | Origin::Gateway)
        | (Kind::UnsupportedFeature | Kind::BodyTooLarge | Kind::ContentBlocked, _) => {
            (model::ValidationException::NAME, own())
        }
        (Kind::ModelNotFound, Origin::Client | Origin::Gateway) => {
            (model::ValidationException::NAME, fixed(UNKNOWN_MODEL))
        }
        (Kind::ModelNotFound, Origin::Upstream) => (
            model::ResourceNotFoundException::NAME,
            explained(UNRESOLVED_MODEL, error.message()),
        ),
        (Kind::NotServed, _) => (unserved(operation), own()),
        (Kind::AuthUpstream | Kind::PermissionUpstream, _) => {
            (model::ModelErrorException::NAME, fixed(NO_AUTHORITY))
        }
        (
            Kind::QuotaExhausted
            | Kind::ToolCallMalformed
            | Kind::OutputMalformed
            | Kind::Protocol
            | Kind::Interrupted,
            _,
        ) => (model::ModelErrorException::NAME, own()),
        (Kind::GatewayAuth, _) => (model::AccessDeniedException::NAME, own()),
        (Kind::GatewayPermission, _) => {
            (model::AccessDeniedException::NAME, fixed(FORBIDDEN_MODEL))
        }
        (Kind::GatewayBudget, _) => (model::ServiceQuotaExceededException::NAME, own()),
        (Kind::Malformed, _) => (SERIALIZATION, own()),
    }
}

/// The text that clients match on, and in brackets what the upstream said beyond it.
fn explained<'a>(text: &'static str, said: &'a str) -> Cow<'a, str> {
    if said.is_empty() {
        Cow::Borrowed(text)
    } else if said.contains(text) {
        Cow::Borrowed(said)
    } else {
        Cow::Owned(format!("{text} ({said})"))
    }
}

/// The name for an operation that is not served: the runtime's clients know no other than this one, the control plane's
/// and those who ask for no operation at all get what every AWS service answers.
fn unserved(operation: Option<&str>) -> &'static str {
    let of_runtime = |operation: &str| !runtime::router::errors_of(operation).is_empty();
    if operation.is_some_and(of_runtime) {
        model::ValidationException::NAME
    } else {
        UNKNOWN_OPERATION
    }
}

/// The first of `name` and its stand-ins that the operation models. A client's SDK has no class for any other.
fn allowed(name: &'static str, kind: Kind, modelled: &[&'static str]) -> &'static str {
    if name == SERIALIZATION || name == UNKNOWN_OPERATION || modelled.contains(&name) {
        return name;
    }
    let stand_ins: &[&'static str] = match name {
        model::ModelTimeoutException::NAME | model::ModelNotReadyException::NAME => {
            &[model::ServiceUnavailableException::NAME]
        }
        model::ModelErrorException::NAME
            if matches!(kind, Kind::AuthUpstream | Kind::PermissionUpstream) =>
        {
            &[model::AccessDeniedException::NAME]
        }
        model::ModelErrorException::NAME | model::ResourceNotFoundException::NAME => {
            &[model::ValidationException::NAME]
        }
        model::ServiceQuotaExceededException::NAME => &[model::AccessDeniedException::NAME],
        _ => &[],
    };
    let last = model::InternalServerException::NAME;
    stand_ins
        .iter()
        .copied()
        .find(|name| modelled.contains(name))
        .unwrap_or(last)
}

/// The status that the model gives the exception; the unmodelled two have their own.
fn status_of(name: &str, error: &Error) -> u16 {
    match name {
        model::AccessDeniedException::NAME => model::AccessDeniedException::STATUS,
        model::InternalServerException::NAME => model::InternalServerException::STATUS,
        model::ModelErrorException::NAME => model::ModelErrorException::STATUS,
        model::ModelNotReadyException::NAME => model::ModelNotReadyException::STATUS,
        model::ModelTimeoutException::NAME => model::ModelTimeoutException::STATUS,
        model::ResourceNotFoundException::NAME => model::ResourceNotFoundException::STATUS,
        model::ServiceQuotaExceededException::NAME => model::ServiceQuotaExceededException::STATUS,
        model::ServiceUnavailableException::NAME => model::ServiceUnavailableException::STATUS,
        model::ThrottlingException::NAME => model::ThrottlingException::STATUS,
        // 404 for an unknown path, 405 for another method, as the router found out.
        UNKNOWN_OPERATION if error.origin() == Origin::Client => error.status().unwrap_or(404),
        UNKNOWN_OPERATION => 404,
        // `SerializationException` too.
        _ => model::ValidationException::STATUS,
    }
}

/// The exception frame that ends a stream.
///
/// Some clients replay the whole request on every exception but these two (the Java SDK does), so nothing else is sent once there was output.
pub(crate) fn frame(error: &Error) -> Bytes {
    if let Some(NativeError::Frame(frame)) = error.native() {
        return frame.clone();
    }
    let exception = Exception::of(error, None);
    let unknown = Unknowns::default();
    let event = match error.kind() {
        Kind::InvalidRequest | Kind::ContextTooLong => {
            runtime::types::ConverseStreamOutput::ValidationException(model::ValidationException {
                message: Some(exception.message),
                unknown,
            })
        }
        Kind::RateLimited
        | Kind::TokenRateLimited
        | Kind::Overloaded
        | Kind::QuotaExhausted
        | Kind::AuthUpstream
        | Kind::PermissionUpstream
        | Kind::ModelNotFound
        | Kind::ModelLoading
        | Kind::ContentBlocked
        | Kind::Malformed
        | Kind::BodyTooLarge
        | Kind::UnsupportedFeature
        | Kind::NotServed
        | Kind::ToolCallMalformed
        | Kind::OutputMalformed
        | Kind::Timeout
        | Kind::ConnectFailed
        | Kind::Interrupted
        | Kind::UpstreamInternal
        | Kind::Protocol
        | Kind::GatewayAuth
        | Kind::GatewayBudget
        | Kind::GatewayRate
        | Kind::GatewayPermission
        | Kind::GatewayInternal => runtime::types::ConverseStreamOutput::ModelStreamErrorException(
            model::ModelStreamErrorException {
                // What the fault would have been before the head, which says more than an upstream's own number.
                original_status_code: Some(i32::from(exception.status)),
                original_message: Some(exception.message.clone()),
                message: Some(exception.message),
                unknown,
            },
        ),
    };
    // Two short strings always fit a frame; without one the connection ends without its last word.
    event
        .encode_frame()
        .ok()
        .and_then(|frame| frame.encode().ok())
        .unwrap_or_default()
}

/// The refusal of a model id that nobody serves.
pub(crate) fn unknown_model() -> Error {
    Error::new(Kind::ModelNotFound, Origin::Gateway, UNKNOWN_MODEL)
}

/// The refusal of an operation that is not served here at all.
pub(crate) fn not_served() -> Error {
    Error::new(
        Kind::NotServed,
        Origin::Gateway,
        "This action doesn't support the model that you provided.",
    )
}

/// The refusal of a request that breaks a rule, in the text given.
pub(crate) fn invalid(message: impl Into<Box<str>>) -> Error {
    Error::new(Kind::InvalidRequest, Origin::Client, message)
}

/// The refusal of bytes that are not what the operation takes.
pub(crate) fn malformed(rejection: &rest_json::Rejection) -> Error {
    Error::new(Kind::Malformed, Origin::Client, rejection.to_string())
}

/// A fault of our own, told to the client by the request id alone.
pub(crate) fn internal(
    request_id: &str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::new(
        Kind::GatewayInternal,
        Origin::Gateway,
        format!("The gateway failed to process the request. Request id: {request_id}"),
    )
    .with_source(source)
}
