//! The heads of answers: the headers that Bedrock sends, and the gateway's own beside them.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, Response, StatusCode};
use llm::{Context, Error, NativeError, Record};

use crate::body::{self, Body};
use crate::error::Exception;

/// AWS's id of the request; where an upstream gave its own, ours moves to [`GATEWAY_REQUEST_ID`].
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
/// Like `Retry-After` but in milliseconds; Python, JavaScript and Rust listen to one of the two.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("x-amz-retry-after");
const GATEWAY_REQUEST_ID: HeaderName = HeaderName::from_static("x-gateway-request-id");
const GATEWAY_PROVIDER: HeaderName = HeaderName::from_static("x-gateway-provider");
const GATEWAY_MODEL: HeaderName = HeaderName::from_static("x-gateway-model");
const GATEWAY_WARNINGS: HeaderName = HeaderName::from_static("x-gateway-warnings");

/// How long the list of warnings may be, in bytes.
const WARNINGS_MAX: usize = 2048;
const TRUNCATED: &str = "...;truncated";

/// A whole answer that the generated codec has written.
pub(crate) fn generated(cx: &Context, response: rest_json::Response) -> Response<Body> {
    let rest_json::Response {
        status,
        headers,
        body,
    } = response;
    with_head(cx, status, headers, body::whole(body))
}

/// An answer with that head, to which the gateway's own headers are added.
pub(crate) fn with_head(
    cx: &Context,
    status: StatusCode,
    head: HeaderMap,
    body: Body,
) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = head;
    let id = HeaderValue::from_str(&cx.request_id).ok();
    if let Some(id) = id {
        let name = if response.headers().contains_key(&REQUEST_ID) {
            GATEWAY_REQUEST_ID
        } else {
            REQUEST_ID
        };
        response.headers_mut().insert(name, id);
    }
    cx.observation
        .read(|record| gateway_headers(record, response.headers_mut()));
    response
}

/// The answer to a fault before the head.
pub(crate) fn error(cx: &Context, operation: Option<&str>, error: &Error) -> Response<Body> {
    match error.native() {
        Some(NativeError::Answer { status, head, body }) => {
            with_head(cx, *status, head.clone(), body::whole(body.clone()))
        }
        Some(NativeError::Frame(_)) | None => exception(cx, &Exception::of(error, operation)),
    }
}

/// The answer to a request that reaches nobody, or whose answer nobody waits for; its record ends here, if it has not.
pub(crate) fn refusal(
    cx: &Context,
    operation: Option<&'static str>,
    fault: &Error,
) -> Response<Body> {
    cx.observation.update(|record| {
        record.operation = record.operation.or(operation);
        record.fail(fault);
    });
    error(cx, cx.observation.record().operation, fault)
}

fn exception(cx: &Context, exception: &Exception) -> Response<Body> {
    let mut head = HeaderMap::new();
    head.insert(
        CONTENT_TYPE,
        HeaderValue::from_static(rest_json::operation::JSON),
    );
    if let Ok(error_type) = HeaderValue::from_str(&exception.error_type()) {
        head.insert(ERROR_TYPE, error_type);
    }
    if let Some(delay) = exception.retry_after {
        // Whole seconds are rounded up, else a client would come back too early.
        let secs = delay
            .as_secs()
            .saturating_add(u64::from(delay.subsec_nanos() > 0));
        head.insert(RETRY_AFTER, HeaderValue::from(secs));
        head.insert(
            RETRY_AFTER_MS,
            HeaderValue::from(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)),
        );
    }
    let status =
        StatusCode::from_u16(exception.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body: Bytes = exception.body();
    with_head(cx, status, head, body::whole(body))
}

fn gateway_headers(record: &Record, head: &mut HeaderMap) {
    let named = [
        (GATEWAY_PROVIDER, &record.provider),
        (GATEWAY_MODEL, &record.model),
    ];
    for (name, value) in named {
        // A model name is the caller's and may hold what no header can.
        if let Some(value) = value
            .as_deref()
            .and_then(|value| HeaderValue::from_str(value).ok())
        {
            head.insert(name, value);
        }
    }
    if let Some(value) = warnings(record).and_then(|value| HeaderValue::from_str(&value).ok()) {
        head.insert(GATEWAY_WARNINGS, value);
    }
}

/// What was lost on the way, as a list that fits a header.
fn warnings(record: &Record) -> Option<String> {
    let mut list = String::new();
    for warning in &record.warnings {
        let entry: String = warning
            .to_string()
            .chars()
            .map(|letter| {
                if letter.is_ascii_graphic() || letter == ' ' {
                    letter
                } else {
                    '?'
                }
            })
            .collect();
        let separator = if list.is_empty() { "" } else { ", " };
        if list.len() + separator.len() + entry.len() + ", ".len() + TRUNCATED.len() > WARNINGS_MAX
        {
            list.push_str(separator);
            list.push_str(TRUNCATED);
            break;
        }
        list.push_str(separator);
        list.push_str(&entry);
    }
    (!list.is_empty()).then_some(list)
}
