//! The upstream that the runner owns: a Bedrock-speaking stub on loopback, HTTP/1.1 and h2c on one port.
//!
//! A case marks its request with a token of its own, anywhere in the target or the body; by that token the stub knows
//! which answers to give and keeps what arrived, so that SDKs can be driven side by side against one gateway.
//! A request without a known token is offered to the recordings, if there are any.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::replay::Recordings;
use super::wire::Written;

/// The Go SDK loses a stream that is answered within microseconds, so the stub takes this long, as any network would.
const FIRST_BYTE: Duration = Duration::from_millis(5);

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// The method.
    pub method: String,
    /// The raw path and query.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

#[derive(Debug, Default)]
struct Table {
    cases: HashMap<String, Planned>,
    n_requests: u64,
    strays: Vec<String>,
}

#[derive(Debug)]
struct Planned {
    answers: Vec<Written>,
    arrived: Vec<Arrived>,
}

type Shared = Arc<Mutex<Table>>;

/// A running stub; it ends when this is dropped.
#[derive(Debug)]
pub struct Upstream {
    // Dropping the runtime ends the listener and every connection.
    _runtime: Runtime,
    table: Shared,
    address: SocketAddr,
}

impl Upstream {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// The system's reason.
    pub fn start(recordings: Recordings) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
        let table = Shared::default();
        runtime.spawn(accept(listener, Arc::clone(&table), Arc::new(recordings)));
        Ok(Self {
            _runtime: runtime,
            table,
            address,
        })
    }

    /// The base URL.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Has the requests that carry `token` answered so, one after the other, the last again and again.
    pub fn plan(&self, token: &str, answers: Vec<Written>) {
        let planned = Planned {
            answers,
            arrived: Vec::new(),
        };
        lock(&self.table).cases.insert(token.to_owned(), planned);
    }

    /// The requests that carried `token`, in order.
    #[must_use]
    pub fn arrived(&self, token: &str) -> Vec<Arrived> {
        lock(&self.table)
            .cases
            .get(token)
            .map(|planned| planned.arrived.clone())
            .unwrap_or_default()
    }

    /// Method and target of the requests that nobody had planned or recorded.
    #[must_use]
    pub fn strays(&self) -> Vec<String> {
        lock(&self.table).strays.clone()
    }
}

async fn accept(listener: TcpListener, table: Shared, recordings: Arc<Recordings>) {
    loop {
        // A connection that was reset before it was accepted concerns nobody.
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let (table, recordings) = (Arc::clone(&table), Arc::clone(&recordings));
        tokio::spawn(async move {
            let service =
                service_fn(|request| serve(request, Arc::clone(&table), Arc::clone(&recordings)));
            // Clients hang up as they like; what they saw is told by their driver.
            let _ = Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn serve(
    request: Request<Incoming>,
    table: Shared,
    recordings: Arc<Recordings>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let arrived = Arrived {
        method: head.method.to_string(),
        target: head
            .uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default(),
        headers: head.headers,
        body,
    };
    let (written, number) = choose(&table, &recordings, arrived);
    tokio::time::sleep(FIRST_BYTE).await;
    Ok(response(written, number))
}

fn choose(table: &Shared, recordings: &Recordings, arrived: Arrived) -> (Option<Written>, u64) {
    let mut table = lock(table);
    table.n_requests += 1;
    let number = table.n_requests;
    let planned = table
        .cases
        .iter_mut()
        .find(|(token, _)| carries(&arrived, token));
    if let Some((_, planned)) = planned {
        let last = planned.answers.len().saturating_sub(1);
        let written = planned
            .answers
            .get(planned.arrived.len().min(last))
            .cloned();
        planned.arrived.push(arrived);
        return (written, number);
    }
    let recorded = recordings.answer_to(&arrived);
    if recorded.is_none() {
        table
            .strays
            .push(format!("{} {}", arrived.method, arrived.target));
    }
    (recorded, number)
}

fn carries(arrived: &Arrived, token: &str) -> bool {
    arrived.target.contains(token)
        || arrived
            .body
            .windows(token.len())
            .any(|window| window == token.as_bytes())
}

fn response(written: Option<Written>, number: u64) -> Response<BoxBody<Bytes, Infallible>> {
    let mut response = Response::new(Full::default().boxed());
    let Some(written) = written else {
        *response.status_mut() = http::StatusCode::IM_A_TEAPOT;
        return response;
    };
    *response.status_mut() =
        http::StatusCode::from_u16(written.status).unwrap_or(http::StatusCode::IM_A_TEAPOT);
    let headers = response.headers_mut();
    for (name, value) in written.headers {
        if let (Ok(name), Ok(value)) = (
            http::HeaderName::try_from(name),
            http::HeaderValue::try_from(value),
        ) {
            headers.append(name, value);
        }
    }
    if !headers.contains_key("x-amzn-requestid")
        && let Ok(value) = http::HeaderValue::try_from(request_id(number))
    {
        headers.insert("x-amzn-requestid", value);
    }
    *response.body_mut() = if written.sized {
        Full::new(Bytes::from(written.pieces.concat())).boxed()
    } else {
        let frames = written
            .pieces
            .into_iter()
            .map(|piece| Ok(Frame::data(piece)));
        StreamBody::new(Pieces(frames.collect::<Vec<_>>().into_iter())).boxed()
    };
    response
}

/// The ids of the stub are counted, so that a test can see which request an answer belongs to.
fn request_id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

struct Pieces(std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>);

impl futures_core::Stream for Pieces {
    type Item = Result<Frame<Bytes>, Infallible>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.next())
    }
}

fn lock(table: &Shared) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}
