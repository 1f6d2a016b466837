//! What went wrong with an upstream, as the gateway's own errors: whom they name, what a client may read of them, and whether
//! another try may help.
//!
//! Knows no provider's words: which kind of fault they mean is for each provider to say.

mod delay;
mod redact;

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use llm::{Context, Error, Kind, Model, Origin, Retry};

use crate::credentials::CredentialsError;
use crate::http::client::{Failure, FailureKind};

pub(crate) use delay::delay;
pub(crate) use redact::redact;

/// Whom errors of one call name.
#[derive(Debug)]
pub(crate) struct Blame<'a> {
    cx: &'a Context,
    model: Option<&'a Model>,
}

impl<'a> Blame<'a> {
    /// The provider on the record of the call, and the model sent to it.
    pub(crate) fn new(cx: &'a Context, model: Option<&'a Model>) -> Self {
        Self { cx, model }
    }

    /// Notes the upstream's own id of the request, which stands in the header of that name.
    pub(crate) fn saw(&self, head: &HeaderMap, name: &str) {
        let id = head.get(name).and_then(|id| id.to_str().ok());
        if let Some(id) = id {
            self.cx
                .observation
                .update(|record| record.upstream_request_id = Some(id.into()));
        }
    }

    /// There is no answer.
    pub(crate) fn no_answer(&self, failure: Failure) -> Error {
        let Failure {
            kind,
            detail,
            source,
        } = failure;
        let error = match kind {
            FailureKind::Unreachable => upstream(
                Kind::ConnectFailed,
                format!("Unable to reach provider {}", self.provider()),
            ),
            FailureKind::NotHttp => upstream(Kind::Protocol, said(Kind::Protocol)),
            FailureKind::Internal => {
                Error::new(Kind::GatewayInternal, Origin::Gateway, "Internal error.")
            }
        };
        let error = self.name(error.with_source(source));
        match detail {
            Some(detail) => error.with_detail(detail),
            None => error,
        }
    }

    /// The answer did not begin in time.
    pub(crate) fn too_late(&self) -> Error {
        self.name(silent())
    }

    /// There are no credentials to send.
    pub(crate) fn no_credentials(&self, missing: CredentialsError) -> Error {
        self.name(no_authority("there are no credentials").with_source(missing))
    }

    fn provider(&self) -> Arc<str> {
        let record = self.cx.observation.record();
        record.provider.unwrap_or_else(|| "upstream".into())
    }

    /// What failed at the upstream.
    pub(crate) fn resource(&self) -> Box<str> {
        match self.model {
            Some(model) => format!("{}/{model}", self.provider()).into(),
            None => (&*self.provider()).into(),
        }
    }

    /// The error with the name of what failed.
    pub(crate) fn name(&self, error: Error) -> Error {
        error.with_resource(self.resource())
    }
}

/// The upstream broke off in the middle of its answer.
pub(crate) fn interrupted() -> Error {
    upstream(Kind::Interrupted, said(Kind::Interrupted))
}

/// The upstream sends nothing.
pub(crate) fn silent() -> Error {
    upstream(Kind::Timeout, said(Kind::Timeout))
}

/// The gateway has nothing valid to identify itself with; the reason is for the log.
pub(crate) fn no_authority(reason: &str) -> Error {
    upstream(Kind::AuthUpstream, said(Kind::AuthUpstream)).with_detail(reason)
}

/// A fault of the upstream.
pub(crate) fn upstream(kind: Kind, message: impl Into<Box<str>>) -> Error {
    Error::new(kind, Origin::Upstream, message).with_retry(retry(kind, None))
}

/// What a client may read of a fault whose own words it does not get.
pub(crate) fn said(kind: Kind) -> &'static str {
    match kind {
        Kind::RateLimited => "Too many requests, please wait before trying again.",
        Kind::TokenRateLimited => "Too many tokens, please wait before trying again.",
        Kind::Overloaded => "The model provider has no capacity at the moment.",
        Kind::QuotaExhausted => "The quota at the model provider is exhausted.",
        Kind::AuthUpstream => "The gateway could not authenticate to the model provider.",
        Kind::PermissionUpstream => "The gateway may not use that model at the model provider.",
        Kind::ModelNotFound => {
            "Could not resolve the foundation model from the provided model identifier."
        }
        Kind::ModelLoading => "The model is not ready yet.",
        Kind::ContextTooLong => "Input is too long for requested model.",
        Kind::Timeout => "The request took too long to process.",
        Kind::ConnectFailed => "Unable to reach the model provider.",
        Kind::Interrupted => "The model provider broke off its answer.",
        Kind::Protocol => "The model provider gave an answer that is not of its protocol.",
        Kind::InvalidRequest | Kind::Malformed | Kind::BodyTooLarge | Kind::NotServed => {
            "The model provider refused the request."
        }
        Kind::UpstreamInternal
        | Kind::ContentBlocked
        | Kind::UnsupportedFeature
        | Kind::ToolCallMalformed
        | Kind::OutputMalformed
        | Kind::GatewayAuth
        | Kind::GatewayBudget
        | Kind::GatewayRate
        | Kind::GatewayPermission
        | Kind::GatewayInternal => "The model provider failed.",
    }
}

/// Where another try may help: with another key where the key was the matter, else at another target.
pub(crate) fn retry(kind: Kind, delay: Option<Duration>) -> Retry {
    match kind {
        Kind::RateLimited
        | Kind::TokenRateLimited
        | Kind::QuotaExhausted
        | Kind::AuthUpstream
        | Kind::PermissionUpstream => Retry::OtherKey { delay },
        Kind::Overloaded
        | Kind::ModelNotFound
        | Kind::ModelLoading
        | Kind::ContextTooLong
        | Kind::Timeout
        | Kind::ConnectFailed
        | Kind::Interrupted
        | Kind::UpstreamInternal
        | Kind::NotServed
        | Kind::Protocol
        | Kind::UnsupportedFeature => Retry::OtherTarget { delay },
        Kind::ContentBlocked
        | Kind::InvalidRequest
        | Kind::Malformed
        | Kind::BodyTooLarge
        | Kind::ToolCallMalformed
        | Kind::OutputMalformed
        | Kind::GatewayAuth
        | Kind::GatewayBudget
        | Kind::GatewayRate
        | Kind::GatewayPermission
        | Kind::GatewayInternal => Retry::Never,
    }
}
