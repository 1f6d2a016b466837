//! The two questions an orchestrator asks: does it live, and may it get requests.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};

use super::State;

/// The answer to `GET /health` or `GET /ready`; none for any other request.
///
/// `/health` says 200 as long as the process runs, `/ready` says 503 once it has been told to stop.
pub(super) fn answer(
    parts: &Parts,
    request_id: &str,
    state: &State,
) -> Option<Response<adapter::Body>> {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return None;
    }
    let (status, text) = match parts.uri.path() {
        "/health" => {
            let text = format!(
                "{{\"status\":\"ok\",\"version\":\"{}\",\"panics\":{}}}",
                env!("CARGO_PKG_VERSION"),
                state.n_panics()
            );
            (StatusCode::OK, text)
        }
        "/ready" if state.is_draining() => (
            StatusCode::SERVICE_UNAVAILABLE,
            "{\"status\":\"draining\"}".to_owned(),
        ),
        "/ready" => (StatusCode::OK, "{\"status\":\"ready\"}".to_owned()),
        _ => return None,
    };
    let body = Full::new(Bytes::from(text))
        .map_err(|never| match never {})
        .boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // An id of ours is made of hexadecimal digits and hyphens, so it always is a header value.
    headers.extend(
        HeaderValue::from_str(request_id)
            .ok()
            .map(|id| (Some(REQUEST_ID), id)),
    );
    Some(response)
}

/// The name AWS gives to the id of a request.
const REQUEST_ID: http::HeaderName = http::HeaderName::from_static("x-amzn-requestid");
