//! The listener: HTTP/1.1 and HTTP/2 with prior knowledge on one port, and how it stops.
//!
//! The AWS SDKs for JavaScript and Java (async) speak HTTP/2 without asking on plain http, all others HTTP/1.1;
//! the first bytes of a connection tell which. Knows connections, and of requests only that [`Edge`] answers them.

mod greeting;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::config::{Limits, LogLevel};
use crate::edge::{Arrival, Edge};
use crate::log::{Log, Value};
use greeting::Greeting;

/// Clients open up to 100 streams on a connection and some lose calls where fewer are allowed.
const MAX_STREAMS: u32 = 250;

/// Session tokens of AWS take several kilobytes; 16 of them would be the default.
const MAX_HEADER_LIST_BYTES: u32 = 64 * 1024;

/// How often an HTTP/2 client that says nothing is asked whether it is still there, and how long it may take to answer.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// How long the last frames of streams that had to end may take to leave.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long accepting pauses when the process has run out of sockets.
const BREATH: Duration = Duration::from_millis(50);

/// A gateway that is bound to its address and serves when told to.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    edge: Arc<Edge>,
    builder: auto::Builder<TokioExecutor>,
    header_timeout: Duration,
    drain_timeout: Duration,
    log: Log,
}

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Every request that was running was answered to its end.
    Complete,
    /// Some were cut off when their time was up.
    CutOff,
}

impl Server {
    /// Binds `listen`, to answer with what `backend` says. Connections queue up from here on.
    ///
    /// # Errors
    /// The address cannot be had.
    pub async fn bind(
        listen: SocketAddr,
        limits: Limits,
        backend: Arc<dyn llm::Backend>,
        log: Log,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            builder: connection_builder(&limits),
            header_timeout: limits.header_timeout(),
            drain_timeout: limits.drain_timeout(),
            edge: Arc::new(Edge::new(backend, limits, log.clone())),
            log,
        })
    }

    /// The address that was bound, with the port that was taken where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is ready, then lets running requests finish within the drain timeout.
    ///
    /// While they do, new connections are still accepted, so that `/ready` can say no; other requests on them are told to go elsewhere.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> Drained {
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                accepted = self.listener.accept() => if let Some((stream, peer)) = self.welcome(accepted).await {
                    let arrival = Arrival { peer, late: false };
                    connections.spawn(self.connection(stream, arrival, graceful.watcher()));
                },
                // Finished connections are taken out, or the set would grow for ever; what they ended with is of no use.
                Some(_) = connections.join_next() => {}
                () = &mut stop => break,
            }
        }
        self.edge.begin_to_drain();
        let n_connections = u64::try_from(graceful.count()).unwrap_or(u64::MAX);
        self.log.write(
            LogLevel::Info,
            "draining",
            &[("connections", Value::Whole(n_connections))],
        );
        let mut finished = pin!(graceful.shutdown());
        let outcome = self.drain(finished.as_mut()).await;
        if outcome == Drained::CutOff {
            self.edge.end_all();
            // Time for the last frames to leave. A client that does not read them in that time loses them.
            let _ = timeout(LAST_WORDS, finished).await;
        }
        // Whatever is left has had its time: dropping a connection cancels its work and settles its accounts.
        connections.shutdown().await;
        match outcome {
            Drained::Complete => self.log.write(LogLevel::Info, "drained", &[]),
            Drained::CutOff => self.log.write(LogLevel::Error, "drain_timed_out", &[]),
        }
        outcome
    }

    async fn drain(&self, mut finished: Pin<&mut impl Future<Output = ()>>) -> Drained {
        let nobody = GracefulShutdown::new();
        let mut late_connections = JoinSet::new();
        let mut timed_out = pin!(sleep(self.drain_timeout));
        loop {
            tokio::select! {
                biased;
                () = &mut finished => return Drained::Complete,
                () = &mut timed_out => return Drained::CutOff,
                Some(_) = late_connections.join_next() => {}
                accepted = self.listener.accept() => if let Some((stream, peer)) = self.welcome(accepted).await {
                    let arrival = Arrival { peer, late: true };
                    late_connections.spawn(self.connection(stream, arrival, nobody.watcher()));
                },
            }
        }
    }

    async fn welcome(
        &self,
        accepted: io::Result<(TcpStream, SocketAddr)>,
    ) -> Option<(TcpStream, SocketAddr)> {
        match accepted {
            Ok((stream, peer)) => {
                // Without it the last bytes of an answer wait for the acknowledgement of those before.
                // If it cannot be set the connection is about to fail anyway.
                let _ = stream.set_nodelay(true);
                Some((stream, peer))
            }
            Err(error) => {
                // A client that is gone already, or no socket left: neither is a reason to stop.
                let text = error.to_string();
                self.log.write(
                    LogLevel::Warn,
                    "accept_failed",
                    &[("error", Value::Text(&text))],
                );
                sleep(BREATH).await;
                None
            }
        }
    }

    fn connection(
        &self,
        stream: TcpStream,
        arrival: Arrival,
        watcher: Watcher,
    ) -> impl Future<Output = ()> + Send + 'static {
        let edge = Arc::clone(&self.edge);
        let service = service_fn(move |request| {
            let edge = Arc::clone(&edge);
            async move { Ok::<_, Infallible>(edge.answer(arrival, request).await) }
        });
        let io = TokioIo::new(Greeting::new(stream, self.header_timeout));
        let connection = self.builder.serve_connection(io, service).into_owned();
        let serving = watcher.watch(connection);
        async move {
            // How a connection ends (reset, half a head, not HTTP at all) is its client's affair; each request has its own line.
            let _ = serving.await;
        }
    }
}

fn connection_builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST_BYTES)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT);
    builder
}
