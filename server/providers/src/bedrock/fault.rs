//! What went wrong, as the gateway's own errors: kind, blame, and whether another try may help.
//!
//! AWS's own words ride along unchanged as the native answer, but for refusals of the gateway's credentials, which are
//! not the caller's business. What an upstream wrote is never repeated in a message of ours: it may quote the prompt.

mod kind;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use llm::{Error, Kind, NativeError};
use rest_json::frame::FrameKind;
use rest_json::{ErrorHead, FrameError, RawFrame, Response};

use crate::bedrock::operation::{Operation, Place};
use crate::fault::{retry, said, upstream};

use kind::{detail, of_code, of_status, retry_after};

pub(super) use crate::fault::{Blame, interrupted, no_authority, silent};

impl Blame<'_> {
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
}

/// The upstream sent what cannot be passed on.
pub(super) fn not_frames(error: FrameError) -> Error {
    upstream(Kind::Protocol, said(Kind::Protocol)).with_source(error)
}

/// The upstream's error is longer than anything AWS says.
pub(super) fn oversized() -> Error {
    upstream(Kind::Protocol, said(Kind::Protocol)).with_detail("the body of the error is too long")
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
