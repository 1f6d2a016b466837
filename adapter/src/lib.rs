//! Serves Bedrock on any [`llm::Backend`]: routed requests become calls, answers become Bedrock's wire format.
//!
//! It knows Bedrock's operations, headers and errors; it knows no upstream and keeps no state between requests.
//! A request is not decoded here unless somebody behind the backend asks for its neutral form.

mod answer;
mod body;
mod call;
mod clock;
mod error;
mod estimate;
mod form;
mod metrics;
mod paths;
mod respond;
mod serving;
mod wire;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use generated::{control, runtime};
use http::{Method, Response};
use llm::{Backend, Context, Error, Kind, Origin};
use rest_json::{Labels, RouteError};

pub use body::{Body, BodyError};
use serving::Serving;

/// The Bedrock edge over a backend. Cheap to clone.
#[derive(Clone)]
pub struct Adapter {
    backend: Arc<dyn Backend>,
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapter").finish_non_exhaustive()
    }
}

impl Adapter {
    /// Serves on `backend`.
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend }
    }

    /// Answers one request, whose target is below the prefix and whose body is whole.
    ///
    /// Always an answer: a failure is one of Bedrock's own errors, in JSON before the head and as an exception frame after it.
    pub async fn serve(&self, cx: Context, request: http::Request<Bytes>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let request = rest_json::Request {
            method: head.method,
            target: head
                .uri
                .path_and_query()
                .map_or_else(String::new, |target| target.as_str().to_owned()),
            headers: head.headers,
            body,
            labels: Labels::default(),
        };
        let serving = Serving::new(&*self.backend, &cx);
        // Runtime and control plane share one base URL, as clients that set only one expect.
        let (runtime, request) = match runtime::service::dispatch(&serving, request) {
            Ok(answer) => return answer.await,
            Err((error, request)) => (error, request),
        };
        match control::service::dispatch(&serving, request) {
            Ok(answer) => answer.await,
            Err((control, _)) => respond::refusal(&cx, None, &unrouted(runtime, control)),
        }
    }

    /// The refusal of a request that no body could save: an unknown path, another method, a broken label, or an operation
    /// whose body has no end of its own. None where the body is worth reading.
    pub fn refuse_early(
        &self,
        cx: &Context,
        method: &Method,
        target: &str,
    ) -> Option<Response<Body>> {
        let runtime = match runtime::router::ROUTER.match_route(method, target) {
            Ok((index, _)) => {
                let route = runtime::router::ROUTES.get(index)?;
                return wire::has_endless_body(route.operation)
                    .then(|| respond::refusal(cx, Some(route.operation), &error::not_served()));
            }
            Err(error) => error,
        };
        match control::router::ROUTER.match_route(method, target) {
            Ok(_) => None,
            Err(control) => Some(respond::refusal(cx, None, &unrouted(runtime, control))),
        }
    }

    /// The refusal of a request that the HTTP layer does not let through, or stops: while it is served its record names the
    /// operation, and the answer is then one that the operation models.
    pub fn refuse(&self, cx: &Context, error: &Error) -> Response<Body> {
        respond::refusal(cx, None, error)
    }
}

/// Why neither service has the request: the answer of the one that came closest.
fn unrouted(runtime: RouteError, control: RouteError) -> Error {
    let client = |kind, message| Error::new(kind, Origin::Client, message);
    match (runtime, control) {
        (RouteError::BadLabel, _) | (_, RouteError::BadLabel) => error::unknown_model(),
        (RouteError::WrongMethod, _) | (_, RouteError::WrongMethod) => client(
            Kind::NotServed,
            "The HTTP method is not supported for this path.",
        )
        .with_status(405),
        (RouteError::UnknownPath, RouteError::UnknownPath) => client(
            Kind::NotServed,
            "The requested operation is not recognized by the service.",
        )
        .with_status(404),
    }
}
