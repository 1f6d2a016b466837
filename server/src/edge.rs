//! What happens to one request between the connection and the adapter: its id, its limits, its deadline, its line in the log.
//!
//! Every refusal made here is worded by the adapter, so that clients see the same form of error from everywhere.
//! Knows HTTP and nothing of what a request means.

mod answer;
mod body;
mod guard;
mod health;
mod prefix;
mod refusal;

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use adapter::Adapter;
use futures_util::FutureExt;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, Version, header};
use http_body::Body;
use hyper::body::Incoming;
use llm::{Backend, Claim, Context, End, Kind, Observation};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::config::Limits;
use crate::log::Log;
use crate::log::access::Line;
pub(crate) use answer::Answer;
use body::Unread;
use guard::Guard;

/// How long the rest of a refused request is read for.
const DISCARD_FOR: Duration = Duration::from_secs(2);

/// The way every request takes.
#[derive(Debug)]
pub(crate) struct Edge {
    adapter: Adapter,
    limits: Limits,
    places: Arc<Semaphore>,
    log: Log,
    state: Arc<State>,
}

/// What the whole gateway knows about itself.
#[derive(Debug, Default)]
pub(crate) struct State {
    draining: AtomicBool,
    /// True once whatever still runs has to end.
    ending: watch::Sender<bool>,
    n_panics: AtomicU64,
}

/// How a request came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    /// The other end of the connection.
    pub(crate) peer: SocketAddr,
    /// Whether the connection was opened after the gateway began to stop.
    pub(crate) late: bool,
}

impl Edge {
    /// A way to that backend, within those limits.
    pub(crate) fn new(backend: Arc<dyn Backend>, limits: Limits, log: Log) -> Self {
        let n_places = usize::try_from(limits.concurrency).unwrap_or(usize::MAX);
        let state = Arc::<State>::default();
        Self {
            adapter: Adapter::new(Arc::new(Guard::new(backend, Arc::clone(&state)))),
            places: Arc::new(Semaphore::new(n_places.min(Semaphore::MAX_PERMITS))),
            limits,
            log,
            state,
        }
    }

    /// From now on the gateway is not ready, and new connections get no work done.
    pub(crate) fn begin_to_drain(&self) {
        self.state.draining.store(true, Ordering::Relaxed);
    }

    /// Whatever still runs ends now, streams with a last frame that says so.
    pub(crate) fn end_all(&self) {
        self.state.ending.send_replace(true);
    }

    /// Answers one request. The future may be dropped at any time: the client went away.
    pub(crate) async fn answer(
        &self,
        arrival: Arrival,
        request: Request<Incoming>,
    ) -> Response<Answer> {
        let request_id: Arc<str> = Uuid::new_v4().hyphenated().to_string().into();
        let observation = Observation::default();
        let mut line = Line::open(&self.log, &observation, &request_id, arrival.peer, &request);
        let (mut parts, incoming) = request.into_parts();
        let version = parts.version;
        let asks_first = parts.headers.contains_key(header::EXPECT);
        let call = Pending {
            request_id,
            observation,
            deadline: Instant::now() + self.limits.request_timeout(),
        };
        let mut place = None;
        let mut response =
            if let Some(response) = health::answer(&parts, &call.request_id, &self.state) {
                response
            } else {
                parts.uri = prefix::strip(parts.uri);
                let outcome = match self.admit(arrival) {
                    Ok(permit) => {
                        place = Some(permit);
                        self.serve(&call, parts, incoming, &mut line).await
                    }
                    Err(error) => Err(self.refuse(&call, &error, Rest::Unread(incoming))),
                };
                match outcome {
                    Ok(response) => response,
                    Err(refusal) => self.turn_away(refusal, asks_first).await,
                }
            };
        if arrival.late {
            close_after(&mut response);
        }
        if version == Version::HTTP_2 {
            // There a connection lives on whatever happens to one of its streams.
            response.headers_mut().remove(header::CONNECTION);
        }
        line.head(response.status());
        response.map(|body| Answer::new(body, line, place, Arc::clone(&self.state)))
    }

    /// A place among the requests in flight.
    fn admit(&self, arrival: Arrival) -> Result<OwnedSemaphorePermit, llm::Error> {
        if arrival.late {
            return Err(refusal::stopping());
        }
        Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_full| refusal::too_many())
    }

    /// Reads the body and hands the request on, both before the deadline.
    async fn serve(
        &self,
        call: &Pending,
        parts: Parts,
        mut incoming: Incoming,
        line: &mut Line,
    ) -> Result<Response<adapter::Body>, Refusal> {
        // A body without a length may never end, and for some requests it need not be read at all.
        if incoming.size_hint().exact().is_none() {
            let cx = call.context();
            let target = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
            if let Some(response) = self.adapter.refuse_early(&cx, &parts.method, target) {
                return Err(Refusal {
                    response,
                    rest: Rest::Lost,
                });
            }
        }
        let limit_bytes = self.limits.body_bytes;
        let reading = body::read(&mut incoming, limit_bytes);
        let body = match timeout_at(call.deadline, reading).await {
            Ok(Ok(body)) => body,
            Ok(Err(Unread::TooLarge)) => {
                let error = refusal::too_large(limit_bytes);
                return Err(self.refuse(call, &error, Rest::TooLarge(incoming)));
            }
            Ok(Err(Unread::Broken)) => {
                return Err(self.refuse(call, &refusal::broken_off(), Rest::Lost));
            }
            Err(_elapsed) => {
                return Err(self.refuse(call, &refusal::too_slow(), Rest::Lost));
            }
        };
        line.n_request_bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let cx = call.context();
        let work = self.adapter.serve(cx, Request::from_parts(parts, body));
        // Nothing that a panic leaves half done is used again: what the request owned goes down with it.
        match timeout_at(call.deadline, AssertUnwindSafe(work).catch_unwind()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(_panic)) => {
                self.state.count_panic();
                line.panicked = true;
                call.fail(Kind::GatewayInternal);
                let error = refusal::panicked(&call.request_id);
                Err(self.refuse(call, &error, Rest::Read))
            }
            Err(_elapsed) => {
                call.fail(Kind::Timeout);
                Err(self.refuse(call, &refusal::too_slow(), Rest::Read))
            }
        }
    }

    /// A refusal, worded by the adapter.
    fn refuse(&self, call: &Pending, error: &llm::Error, rest: Rest) -> Refusal {
        Refusal {
            response: self.adapter.refuse(&call.context(), error),
            rest,
        }
    }

    /// Answers a refused request once its client can be expected to listen.
    ///
    /// Most clients send a whole body before they read an answer, and take a connection that closes meanwhile for a broken one.
    /// So a body that was not read is thrown away for a while; where it does not end, the connection closes after the answer.
    async fn turn_away(&self, refusal: Refusal, asks_first: bool) -> Response<adapter::Body> {
        let Refusal { mut response, rest } = refusal;
        // Enough for bodies that are only somewhat too large.
        let limit_bytes = self.limits.body_bytes.saturating_mul(2);
        let reusable = match rest {
            Rest::Read => true,
            Rest::Lost => false,
            // A client that asks first sends its body only if somebody reads it.
            Rest::Unread(_) | Rest::TooLarge(_) if asks_first => false,
            Rest::Unread(incoming) => body::discard(incoming, limit_bytes, DISCARD_FOR).await,
            Rest::TooLarge(incoming) => {
                body::discard(incoming, limit_bytes, DISCARD_FOR).await;
                false
            }
        };
        if !reusable {
            close_after(&mut response);
        }
        response
    }
}

/// A request that is not worked on: the answer, and what became of its body.
struct Refusal {
    response: Response<adapter::Body>,
    rest: Rest,
}

/// What became of the body of a refused request.
enum Rest {
    /// It was read.
    Read,
    /// It was not looked at.
    Unread(Incoming),
    /// It is larger than it may be; its connection is not used again.
    TooLarge(Incoming),
    /// It broke off, or will not end.
    Lost,
}

impl State {
    /// Whether the gateway is about to stop.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// How many panics were caught since the start.
    pub(crate) fn n_panics(&self) -> u64 {
        self.n_panics.load(Ordering::Relaxed)
    }

    /// Ready once whatever still runs has to end.
    fn end(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut ending = self.ending.subscribe();
        async move {
            if ending.wait_for(|ending| *ending).await.is_err() {
                // The gateway is gone, and nobody is left to wait for anything.
                std::future::pending::<()>().await;
            }
        }
    }

    fn count_panic(&self) {
        self.n_panics.fetch_add(1, Ordering::Relaxed);
    }
}

/// A request that has no answer yet.
struct Pending {
    request_id: Arc<str>,
    observation: Observation,
    deadline: Instant,
}

impl Pending {
    fn context(&self) -> Context {
        Context {
            request_id: Arc::clone(&self.request_id),
            deadline: self.deadline.into_std(),
            claim: Claim::Anonymous,
            observation: self.observation.clone(),
        }
    }

    /// Says after the fact why the work on a request ended: dropping it looks like a client that went away.
    fn fail(&self, kind: Kind) {
        self.observation
            .update(|record| record.end = Some(End::Failed(kind)));
    }
}

fn close_after(response: &mut Response<adapter::Body>) {
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
}
