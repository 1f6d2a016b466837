//! What went wrong, as the gateway's own errors: kind, blame, and whether another try may help.
//!
//! AWS's own words ride along unchanged as the native answer, but for refusals of the gateway's credentials, which are
//! not the caller's business. What an upstream wrote is never repeated in a message of ours: it may quote the prompt.

mod kind;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use llm::{Context, Error, Kind, Model, NativeError, Origin};
use rest_json::frame::FrameKind;
use rest_json::{ErrorHead, FrameError, RawFrame, Response};

use crate::bedrock::CredentialsError;
use crate::bedrock::client::{Failure, FailureKind};
use crate::bedrock::operation::{Operation, Place};

use kind::{detail, of_code, of_status, retry, retry_after, said};

/// Whom errors of one call name.
#[derive(Debug)]
pub(super) struct Blame<'a> {
    cx: &'a Context,
    model: Option<&'a Model>,
}

impl<'a> Blame<'a> {
    /// The provider on the record of the call, and the model sent to it.
    pub(super) fn new(cx: &'a Context, model: Option<&'a Model>) -> Self {
        Self { cx, model }
    }

    /// Notes the upstream's own id of the request.
    pub(super) fn saw(&self, head: &HeaderMap) {
        let id = head.get("x-amzn-requestid").and_then(|id| id.to_str().ok());
        if let Some(id) = id {
            self.cx
                .observation
                .update(|record| record.upstream_request_id = Some(id.into()));
        }
    }

    /// There is no answer.
    pub(super) fn no_answer(&self, failure: Failure) -> Error {
        let Failure { kind, source } = failure;
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
        self.name(error.with_source(source))
    }

    /// The answer did not begin in time.
    pub(super) fn too_late(&self) -> Error {
        self.name(silent())
    }

    /// There are no credentials to send.
    pub(super) fn no_credentials(&self, missing: CredentialsError) -> Error {
        self.name(no_authority("there are no credentials").with_source(missing))
    }

    /// The answer broke off before it could be read.
    pub(super) fn unread(&self, status: StatusCode, error: Error) -> Error {
        self.name(error.with_status(status.as_u16()))
    }

    /// An answer that is an error.
    pub(super) fn refused(
        &self,
        operation: &Operation,
        status: StatusCode,
        head: HeaderMap,
        body: Bytes,
    ) -> Error {
        let answer = Response {
            status,
            headers: head,
            body,
        };
        let ErrorHead { code, message } = ErrorHead::of(&answer);
        let Response { headers, body, .. } = answer;
        let text = message.as_deref().unwrap_or_default();
        // What a load balancer or some other server answers in the place of AWS is no answer of AWS's.
        let own = headers.contains_key("x-amzn-errortype")
            || body.trim_ascii_start().first() == Some(&b'{');
        let kind = match code.as_deref().and_then(|code| of_code(code, text)) {
            Some(kind) => kind,
            None => of_status(status, text, own),
        };
        let kind = match (kind, operation.model) {
            // What was not found is then something else that the caller named.
            (Kind::ModelNotFound, Place::Nowhere) => Kind::InvalidRequest,
            (kind, _) => kind,
        };
        let code = code.unwrap_or_default();
        let error = self
            .name(upstream(kind, said(kind)))
            .with_retry(retry(kind, retry_after(&headers)))
            .with_status(status.as_u16())
            .with_detail(detail(kind, &code, text));
        if kind == Kind::AuthUpstream || !own {
            return error;
        }
        error.with_native(NativeError::Answer {
            status,
            head: headers,
            body,
        })
    }

    /// A stream that failed before it began: what its first frame said is the whole answer.
    pub(super) fn stillborn(&self, error: Error, status: StatusCode, head: HeaderMap) -> Error {
        let error = self.name(error);
        match error.native() {
            Some(NativeError::Frame(frame)) => {
                let body = frame.clone();
                error.with_native(NativeError::Answer { status, head, body })
            }
            Some(NativeError::Answer { .. }) | None => error,
        }
    }

    fn provider(&self) -> Arc<str> {
        let record = self.cx.observation.record();
        record.provider.unwrap_or_else(|| "bedrock".into())
    }

    fn name(&self, error: Error) -> Error {
        match self.model {
            Some(model) => error.with_resource(format!("{}/{model}", self.provider())),
            None => error.with_resource(&*self.provider()),
        }
    }
}

/// The upstream broke off in the middle of its answer.
pub(super) fn interrupted() -> Error {
    upstream(Kind::Interrupted, said(Kind::Interrupted))
}

/// The upstream sends nothing.
pub(super) fn silent() -> Error {
    upstream(Kind::Timeout, said(Kind::Timeout))
}

/// The upstream sent what cannot be passed on.
pub(super) fn not_frames(error: FrameError) -> Error {
    upstream(Kind::Protocol, said(Kind::Protocol)).with_source(error)
}

/// The upstream's error is longer than anything AWS says.
pub(super) fn oversized() -> Error {
    upstream(Kind::Protocol, said(Kind::Protocol)).with_detail("the body of the error is too long")
}

/// The gateway has nothing valid to identify itself with; the reason is for the log.
pub(super) fn no_authority(reason: &str) -> Error {
    upstream(Kind::AuthUpstream, said(Kind::AuthUpstream)).with_detail(reason)
}

/// An exception that came as a frame, which is also what the caller gets.
pub(super) fn of_frame(frame: &RawFrame) -> Error {
    let payload = frame.payload();
    let body = Response {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: payload,
    };
    let text = ErrorHead::of(&body).message.unwrap_or_default();
    let code = match frame.kind() {
        FrameKind::Exception(name) => name,
        FrameKind::Error { code, .. } => code,
        FrameKind::Event(_) | FrameKind::Other => "",
    };
    let kind = of_code(code, &text).unwrap_or(Kind::UpstreamInternal);
    let error = upstream(kind, said(kind)).with_detail(detail(kind, code, &text));
    if kind == Kind::AuthUpstream {
        return error;
    }
    error.with_native(NativeError::Frame(frame.bytes.clone()))
}

fn upstream(kind: Kind, message: impl Into<Box<str>>) -> Error {
    Error::new(kind, Origin::Upstream, message).with_retry(retry(kind, None))
}
