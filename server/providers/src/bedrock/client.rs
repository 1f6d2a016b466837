//! The HTTP client: pooled connections to an upstream, with or without TLS.
//!
//! HTTP/1.1 only: a connection then carries one request at a time, so that dropping an answer ends its call and no other,
//! and a slow stream holds nobody up. Certificate roots are read by the first request that needs them.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http::uri::Scheme;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::OnceCell;

/// A request with its whole body.
pub(super) type Request = http::Request<Bytes>;

type Plain = legacy::Client<HttpConnector, Full<Bytes>>;
type Tls = legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// How long an idle connection is kept: less than the minute after which load balancers commonly close it.
const IDLE_CONNECTION: Duration = Duration::from_secs(45);
/// How many idle connections are kept; a burst beyond opens new ones.
const N_IDLE_CONNECTIONS: usize = 512;
/// How often a silent connection is probed.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Clients for both schemes over one set of settings.
pub(super) struct Client {
    connect_timeout: Duration,
    plain: Plain,
    tls: OnceCell<Tls>,
}

/// Why there is no answer.
pub(super) struct Failure {
    /// What kind of failure.
    pub(super) kind: FailureKind,
    /// What the client said.
    pub(super) source: Box<dyn StdError + Send + Sync>,
}

/// What kind of failure left a request without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// There is no connection, or it ended before the answer began.
    Unreachable,
    /// What came is not HTTP.
    NotHttp,
    /// Our own doing.
    Internal,
}

impl Client {
    /// A client that waits so long for a TCP connection; touches nothing yet.
    pub(super) fn new(connect_timeout: Duration) -> Self {
        Self {
            connect_timeout,
            plain: builder().build(connector(connect_timeout)),
            tls: OnceCell::new(),
        }
    }

    /// Sends a request to its absolute address and returns with the head of the answer.
    pub(super) async fn send(&self, request: Request) -> Result<Response<Incoming>, Failure> {
        let request = request.map(Full::new);
        let answer = if request.uri().scheme() == Some(&Scheme::HTTPS) {
            self.tls().await?.request(request)
        } else {
            self.plain.request(request)
        };
        answer.await.map_err(Failure::of)
    }

    async fn tls(&self) -> Result<&Tls, Failure> {
        let connect_timeout = self.connect_timeout;
        // Reading the machine's roots takes tens of milliseconds, which the other calls of this thread shall not wait for.
        let make = || async move {
            let connector = tokio::task::spawn_blocking(move || secure(connector(connect_timeout)));
            Ok(builder().build(connector.await.map_err(|stopped| Failure {
                kind: FailureKind::Internal,
                source: stopped.into(),
            })?))
        };
        self.tls.get_or_try_init(make).await
    }
}

fn builder() -> legacy::Builder {
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_CONNECTION)
        .pool_max_idle_per_host(N_IDLE_CONNECTIONS)
        // The header is set before the request is signed.
        .set_host(false);
    builder
}

fn connector(connect_timeout: Duration) -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(connect_timeout));
    connector.set_keepalive(Some(KEEPALIVE));
    connector
}

/// Trusts the machine's roots, or those of the Mozilla programme on a machine that has none, such as an empty container.
fn secure(connector: HttpConnector) -> HttpsConnector<HttpConnector> {
    let builder = HttpsConnectorBuilder::new();
    let builder = match builder.with_native_roots() {
        Ok(builder) => builder,
        Err(_none) => HttpsConnectorBuilder::new().with_webpki_roots(),
    };
    builder
        .https_only()
        .enable_http1()
        .wrap_connector(connector)
}

impl Failure {
    fn of(error: legacy::Error) -> Self {
        let kind = if error.is_connect() {
            FailureKind::Unreachable
        } else {
            kind_beneath(&error)
        };
        Self {
            kind,
            source: error.into(),
        }
    }
}

/// The kind by what lies beneath: bytes that are not HTTP, or a connection that ended.
fn kind_beneath(error: &legacy::Error) -> FailureKind {
    let mut beneath: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = beneath {
        if let Some(error) = error.downcast_ref::<hyper::Error>()
            && (error.is_parse() || error.is_parse_too_large() || error.is_parse_status())
        {
            return FailureKind::NotHttp;
        }
        if let Some(error) = error.downcast_ref::<io::Error>()
            && error.kind() == io::ErrorKind::InvalidData
        {
            return FailureKind::NotHttp;
        }
        beneath = error.source();
    }
    FailureKind::Unreachable
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}
