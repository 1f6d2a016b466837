//! The HTTP client: pooled connections to an upstream, with or without TLS.
//!
//! HTTP/1.1 only: a connection then carries one request at a time, so that dropping an answer ends its call and no other,
//! and a slow stream holds nobody up. Certificate roots are read by the first request that needs them.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::OnceCell;

use crate::http::Network;
use crate::http::patient::Patient;
use crate::http::proxy::Detour;
use crate::http::reach::Reach;
use crate::http::trust::{self, TrustError};

/// A request with its whole body.
pub(crate) type Request = http::Request<Bytes>;

type Plain = legacy::Client<Patient<Reach>, Full<Bytes>>;
type Tls = legacy::Client<Patient<HttpsConnector<Reach>>, Full<Bytes>>;

/// How long an idle connection is kept: less than the minute after which load balancers commonly close it.
const IDLE_CONNECTION: Duration = Duration::from_secs(45);
/// How many idle connections are kept; a burst beyond opens new ones.
const N_IDLE_CONNECTIONS: usize = 512;

/// Clients for both schemes over one set of settings.
pub(crate) struct Client {
    patience: Duration,
    ca_file: Option<PathBuf>,
    detour: Option<Arc<Detour>>,
    plain: Plain,
    tls: OnceCell<Tls>,
}

/// Why there is no answer.
pub(crate) struct Failure {
    /// What kind of failure.
    pub(crate) kind: FailureKind,
    /// What only the log may say, where the source is not enough.
    pub(crate) detail: Option<String>,
    /// What the client said.
    pub(crate) source: Box<dyn StdError + Send + Sync>,
}

/// What kind of failure left a request without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// There is no connection, or it ended before the answer began.
    Unreachable,
    /// What came is not HTTP.
    NotHttp,
    /// Our own doing.
    Internal,
}

impl Client {
    /// A client of that network; touches nothing yet.
    pub(crate) fn new(network: &Network) -> Self {
        let Network {
            timeouts,
            ca_file,
            proxy,
        } = network;
        let patience = timeouts.bounded().connect;
        let detour = proxy.as_ref().map(|proxy| Arc::new(Detour::by(proxy)));
        Self {
            plain: builder().build(Patient::new(
                Reach::new(patience, detour.clone(), None),
                patience,
            )),
            tls: OnceCell::new(),
            ca_file: ca_file.clone(),
            patience,
            detour,
        }
    }

    /// Sends a request to its absolute address and returns with the head of the answer.
    pub(crate) async fn send(&self, request: Request) -> Result<Response<Incoming>, Failure> {
        let mut request = request.map(Full::new);
        let mut needs_tls = request.uri().scheme() == Some(&Scheme::HTTPS);
        if let Some(detour) = &self.detour {
            needs_tls |= detour.over_tls;
            if let Some(authorization) = detour.authorization(request.uri()) {
                let headers = request.headers_mut();
                headers.insert(header::PROXY_AUTHORIZATION, authorization);
            }
        }
        let answer = if needs_tls {
            self.tls().await?.request(request)
        } else {
            self.plain.request(request)
        };
        answer.await.map_err(Failure::of)
    }

    async fn tls(&self) -> Result<&Tls, Failure> {
        let make = || async move {
            let ca_file = self.ca_file.clone();
            // The other calls of this thread shall not wait for the disk.
            let reading = tokio::task::spawn_blocking(move || trust::config(ca_file.as_deref()));
            let config = match reading.await {
                Ok(config) => config.map_err(Failure::untrusted)?,
                Err(stopped) => return Err(Failure::internal(stopped)),
            };
            let detour = self.detour.clone();
            let reach = Reach::new(self.patience, detour, Some(Arc::clone(&config)));
            let connector = HttpsConnector::from((reach, config));
            Ok(builder().build(Patient::new(connector, self.patience)))
        };
        // A failure is not kept: an operator who mends the file need not start anew.
        self.tls.get_or_try_init(make).await
    }
}

fn builder() -> legacy::Builder {
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_CONNECTION)
        .pool_max_idle_per_host(N_IDLE_CONNECTIONS)
        // The header is set by whoever makes the request, which may sign it.
        .set_host(false);
    builder
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
            detail: None,
            source: error.into(),
        }
    }

    fn untrusted(error: TrustError) -> Self {
        match error {
            TrustError::File(..) => Self {
                kind: FailureKind::Unreachable,
                detail: Some(error.to_string()),
                source: error.into(),
            },
            TrustError::Versions(_) => Self::internal(error),
        }
    }

    fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            kind: FailureKind::Internal,
            detail: None,
            source: source.into(),
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
            .field("patience", &self.patience)
            .field("ca_file", &self.ca_file)
            .field("detour", &self.detour)
            .finish_non_exhaustive()
    }
}
