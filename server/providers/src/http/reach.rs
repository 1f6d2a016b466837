//! Connections: straight to an upstream, or by a proxy, which is asked for each request of a plain upstream and for one tunnel
//! to an upstream that speaks TLS.
//!
//! Knows nothing of the TLS that is spoken with the upstream itself, which lies over what is made here.

use std::error::Error as StdError;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::http::proxy::Detour;

pub(super) type BoxError = Box<dyn StdError + Send + Sync>;
pub(super) type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;
/// A connection to the next machine on the way.
type Hop = MaybeHttpsStream<TokioIo<TcpStream>>;

/// How often a silent connection is probed.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Makes connections.
#[derive(Clone)]
pub(super) struct Reach {
    next: Next,
    detour: Option<Arc<Detour>>,
}

impl Reach {
    /// Connections whose TCP is there within that time. `tls` is for a proxy that is spoken to over TLS.
    pub(super) fn new(
        patience: Duration,
        detour: Option<Arc<Detour>>,
        tls: Option<Arc<ClientConfig>>,
    ) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(patience));
        tcp.set_keepalive(Some(KEEPALIVE));
        Self {
            next: Next { tcp, tls },
            detour,
        }
    }
}

impl Service<Uri> for Reach {
    type Response = Way;
    type Error = BoxError;
    type Future = Connecting<Way>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.next.poll_ready(cx)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let proxy = self.detour.as_ref().and_then(|detour| detour.to(&address));
        let mut next = self.next.clone();
        Box::pin(async move {
            let (hop, asks_proxy) = match proxy {
                None => {
                    let tcp = next.tcp.call(address).await?;
                    (MaybeHttpsStream::Http(tcp), false)
                }
                Some(proxy) if address.scheme() == Some(&Scheme::HTTPS) => {
                    let mut tunnel = Tunnel::new(proxy.uri().clone(), next);
                    if let Some(authorization) = proxy.basic_auth() {
                        tunnel = tunnel.with_auth(authorization.clone());
                    }
                    (tunnel.call(address).await?, false)
                }
                Some(proxy) => (next.call(proxy.uri().clone()).await?, true),
            };
            Ok(Way { hop, asks_proxy })
        })
    }
}

/// Connects to the next machine, over TLS where its address says so and there is somebody to trust.
#[derive(Clone)]
struct Next {
    tcp: HttpConnector,
    tls: Option<Arc<ClientConfig>>,
}

impl Service<Uri> for Next {
    type Response = Hop;
    type Error = BoxError;
    type Future = Connecting<Hop>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(BoxError::from)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        match &self.tls {
            Some(tls) => HttpsConnector::from((self.tcp.clone(), Arc::clone(tls))).call(address),
            None => {
                let connecting = self.tcp.call(address);
                Box::pin(async move { Ok(MaybeHttpsStream::Http(connecting.await?)) })
            }
        }
    }
}

/// A connection that reaches the upstream, or a proxy that is asked for it.
pub(super) struct Way {
    hop: Hop,
    /// Whether each request names the whole address, because a proxy reads it.
    asks_proxy: bool,
}

impl Connection for Way {
    fn connected(&self) -> Connected {
        self.hop.connected().proxy(self.asks_proxy)
    }
}

impl Read for Way {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.hop).poll_read(cx, buffer)
    }
}

impl Write for Way {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.hop).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.hop).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.hop).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.hop.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.hop).poll_write_vectored(cx, slices)
    }
}
