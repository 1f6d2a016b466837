//! The line of one request, written when the request is over.
//!
//! It is made before routing and dropped after the body of the answer, so everything that settles with that body has happened.
//! It carries facts about a request and never its content: no body, no query (a signature may stand there), no header.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode, Uri, Version};
use llm::{End, Observation};
use tokio::time::Instant;

use super::{Log, Value};
use crate::config::LogLevel;

/// A longer text is cut: it may be the caller's.
const TEXT_MAX_BYTES: usize = 512;

/// The record of one request, written when it is dropped.
#[derive(Debug)]
pub(crate) struct Line {
    log: Log,
    observation: Observation,
    request_id: Arc<str>,
    peer: SocketAddr,
    method: Method,
    uri: Uri,
    version: Version,
    started: Instant,
    /// Bytes of the request's body.
    pub(crate) n_request_bytes: u64,
    /// Bytes of the answer's body handed to the connection.
    pub(crate) n_response_bytes: u64,
    /// Whether a panic was caught on the way.
    pub(crate) panicked: bool,
    /// Whether the whole answer was handed to the connection.
    pub(crate) complete: bool,
    head: Option<(StatusCode, Duration)>,
}

impl Line {
    /// Opens the line of a request that has just arrived.
    pub(crate) fn open<B>(
        log: &Log,
        observation: &Observation,
        request_id: &Arc<str>,
        peer: SocketAddr,
        request: &http::Request<B>,
    ) -> Self {
        Self {
            log: log.clone(),
            observation: observation.clone(),
            request_id: Arc::clone(request_id),
            peer,
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            started: Instant::now(),
            n_request_bytes: 0,
            n_response_bytes: 0,
            panicked: false,
            complete: false,
            head: None,
        }
    }

    /// Notes that the head of the answer is about to leave.
    pub(crate) fn head(&mut self, status: StatusCode) {
        self.head = Some((status, self.started.elapsed()));
    }

    fn level(&self, record: &llm::Record) -> LogLevel {
        let failed = matches!(record.end, Some(End::Failed(_)));
        match self.head {
            Some((status, _)) if status.is_server_error() || self.panicked => LogLevel::Error,
            // The status of a fault of the model provider that no retry mends.
            Some((StatusCode::FAILED_DEPENDENCY, _)) => LogLevel::Error,
            Some((status, _)) if status.is_client_error() => LogLevel::Warn,
            // The head was good, so it broke in mid-stream.
            Some(_) if failed => LogLevel::Error,
            Some(_) if self.complete && record.warnings.is_empty() => LogLevel::Info,
            Some(_) | None => LogLevel::Warn,
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let record = self.observation.record();
        let level = self.level(&record);
        if !self.log.writes(level) {
            return;
        }
        let peer = self.peer.to_string();
        let (end, kind) = match record.end {
            Some(End::Complete) => ("complete", None),
            Some(End::Failed(kind)) => ("failed", Some(format!("{kind:?}"))),
            Some(End::Cancelled) => ("cancelled", None),
            None if self.complete => ("complete", None),
            None => ("cancelled", None),
        };
        let detail = record.failure.as_ref().and_then(detail);
        let warnings = (!record.warnings.is_empty()).then(|| {
            let texts: Vec<String> = record.warnings.iter().map(ToString::to_string).collect();
            texts.join(", ")
        });

        let mut fields = Vec::with_capacity(28);
        let text = |value: &'static str| Value::Text(value);
        fields.push(("request_id", Value::Text(&self.request_id)));
        fields.push(("peer", Value::Text(&peer)));
        fields.push(("protocol", text(protocol(self.version))));
        fields.push(("method", Value::Text(self.method.as_str())));
        fields.push(("path", Value::Text(cut(self.uri.path()))));
        if let Some((status, after)) = self.head {
            fields.push(("status", Value::Whole(status.as_u16().into())));
            fields.push(("head_ms", Value::Millis(after)));
        }
        fields.push(("duration_ms", Value::Millis(self.started.elapsed())));
        fields.push(("request_bytes", Value::Whole(self.n_request_bytes)));
        fields.push(("response_bytes", Value::Whole(self.n_response_bytes)));
        fields.push(("end", text(end)));
        push_text(&mut fields, "error", kind.as_deref());
        push_text(&mut fields, "detail", detail.as_deref());
        if self.panicked {
            fields.push(("panicked", Value::Whole(1)));
        }
        push_text(&mut fields, "operation", record.operation);
        push_text(
            &mut fields,
            "requested_model",
            record.requested_model.as_deref(),
        );
        push_text(&mut fields, "route", record.route);
        push_text(&mut fields, "provider", record.provider.as_deref());
        push_text(&mut fields, "model", record.model.as_deref());
        push_text(
            &mut fields,
            "upstream_request_id",
            record.upstream_request_id.as_deref(),
        );
        if record.n_attempts > 0 {
            fields.push(("attempts", Value::Whole(record.n_attempts.into())));
        }
        push_text(&mut fields, "warnings", warnings.as_deref());
        if let Some(usage) = &record.usage {
            push_count(&mut fields, "input_tokens", Some(usage.input_uncached));
            push_count(&mut fields, "output_tokens", Some(usage.output));
            push_count(&mut fields, "cache_read_tokens", usage.cache_read);
            push_count(&mut fields, "cache_write_tokens", usage.cache_write);
            push_count(&mut fields, "total_tokens", Some(usage.total()));
        }
        self.log.write(level, "request", &fields);
    }
}

/// What only the log may say of a fault, with everything beneath it. Its text for the client may quote the request and stays out.
fn detail(error: &llm::Error) -> Option<String> {
    let mut parts: Vec<String> = error.detail().map(ToOwned::to_owned).into_iter().collect();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        parts.push(cause.to_string());
        source = cause.source();
    }
    (!parts.is_empty()).then(|| parts.join(": "))
}

fn push_text<'a>(
    fields: &mut Vec<(&'static str, Value<'a>)>,
    name: &'static str,
    text: Option<&'a str>,
) {
    fields.extend(text.map(|text| (name, Value::Text(cut(text)))));
}

fn push_count(fields: &mut Vec<(&'static str, Value<'_>)>, name: &'static str, count: Option<i32>) {
    let count = count.map(|count| u64::try_from(count).unwrap_or(0));
    fields.extend(count.map(|count| (name, Value::Whole(count))));
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

fn cut(text: &str) -> &str {
    let end = text.floor_char_boundary(TEXT_MAX_BYTES);
    text.get(..end).unwrap_or(text)
}
