//! What a provider says when it fails, as the gateway's own errors: named, without secrets, and with what another try needs.

use dialects::{Fault, StreamError};
use http::{HeaderMap, StatusCode};
use llm::{Error, Kind};
use secrecy::{ExposeSecret, SecretString};

use super::format::Format;
use crate::fault::{Blame, delay, interrupted, redact, retry, said, silent, upstream};
use crate::http::pieces::Broken;

/// Makes the errors of one call, for as long as its answer lasts.
pub(super) struct Faults {
    format: Format,
    resource: Box<str>,
    /// What a provider may repeat where it finds it wrong.
    secret: Option<SecretString>,
}

impl Faults {
    pub(super) fn new(format: Format, blame: &Blame<'_>, secret: Option<SecretString>) -> Self {
        Self {
            format,
            resource: blame.resource(),
            secret,
        }
    }

    /// An answer that is an error.
    pub(super) fn refused(&self, status: StatusCode, head: &HeaderMap, body: &[u8]) -> Error {
        let status = status.as_u16();
        let fault = self.format.decode_fault(status, body);
        let kind = fault.kind;
        let id = head.get(self.format.request_id());
        let id = id.and_then(|id| id.to_str().ok());
        self.of_fault(fault, id)
            .with_retry(retry(kind, delay(kind, head)))
            .with_status(status)
    }

    /// A reply or a stream that cannot be read on.
    pub(super) fn of_stream(&self, error: StreamError) -> Error {
        match error {
            StreamError::Fault(fault) => self.of_fault(fault, None),
            StreamError::Malformed(error) => self.unreadable(error),
            StreamError::Truncated => self.truncated(),
        }
    }

    /// The answer is not what its format says.
    pub(super) fn unreadable(
        &self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        self.name(upstream(Kind::Protocol, said(Kind::Protocol)).with_source(source))
    }

    /// The stream ended before the reply did.
    pub(super) fn truncated(&self) -> Error {
        self.name(upstream(
            Kind::Interrupted,
            "The model provider's stream ended before completion.",
        ))
    }

    /// The body did not come whole.
    pub(super) fn broken(&self, broken: Broken) -> Error {
        match broken {
            Broken::Late => self.name(silent()),
            Broken::Cut(error) => self.name(interrupted().with_source(error)),
            Broken::TooLong => self.unreadable(broken),
        }
    }

    fn of_fault(&self, fault: Fault, request_id: Option<&str>) -> Error {
        let Fault {
            kind,
            message,
            code,
        } = fault;
        let secret = self.secret.as_ref().map(ExposeSecret::expose_secret);
        let text = redact(&message, secret.as_slice());
        let code = redact(
            code.as_deref().unwrap_or("no error type"),
            secret.as_slice(),
        );
        let error = match speaks(kind) {
            Speaks::ToTheCaller if !text.is_empty() => upstream(kind, text).with_detail(code),
            Speaks::ToTheCaller | Speaks::OfThePrompt => {
                let told = match request_id {
                    Some(id) if kind == Kind::UpstreamInternal => {
                        format!("{} Its id of the request: {id}", said(kind))
                    }
                    Some(_) | None => said(kind).to_owned(),
                };
                upstream(kind, told).with_detail(code)
            }
            Speaks::ToTheOperator => {
                upstream(kind, said(kind)).with_detail(format!("{code}: {text}"))
            }
        };
        self.name(error)
    }

    fn name(&self, error: Error) -> Error {
        error.with_resource(&*self.resource)
    }
}

/// Whom a provider's own words are for.
enum Speaks {
    /// The caller, who can do something about it.
    ToTheCaller,
    /// The operator, whose account it is about.
    ToTheOperator,
    /// Nobody: they may quote the prompt, and say nothing that anybody can act on.
    OfThePrompt,
}

fn speaks(kind: Kind) -> Speaks {
    match kind {
        Kind::InvalidRequest
        | Kind::ContextTooLong
        | Kind::BodyTooLarge
        | Kind::ContentBlocked
        | Kind::UnsupportedFeature
        | Kind::NotServed
        | Kind::ModelNotFound
        | Kind::ModelLoading
        | Kind::Overloaded
        | Kind::Malformed
        | Kind::ToolCallMalformed
        | Kind::OutputMalformed => Speaks::ToTheCaller,
        Kind::AuthUpstream
        | Kind::PermissionUpstream
        | Kind::QuotaExhausted
        | Kind::RateLimited
        | Kind::TokenRateLimited => Speaks::ToTheOperator,
        Kind::Timeout
        | Kind::ConnectFailed
        | Kind::Interrupted
        | Kind::UpstreamInternal
        | Kind::Protocol
        | Kind::GatewayAuth
        | Kind::GatewayBudget
        | Kind::GatewayRate
        | Kind::GatewayPermission
        | Kind::GatewayInternal => Speaks::OfThePrompt,
    }
}
