//! What the helpers that serve have in common: one thread, one listener, HTTP/1.1 with keep-alive.

use std::{future::Future, net::SocketAddr};

use http::{Request, Response};
use http_body::Body;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::error::Error;

/// Runs a helper on a runtime of one thread, as one core allows.
pub(crate) fn run(helper: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::doing("cannot start the runtime"))?;
    runtime.block_on(helper)
}

/// Binds `address` and prints where, as `http://ADDRESS` on a line of its own.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(Error::doing(format!("cannot listen on {address}")))?;
    let bound = listener
        .local_addr()
        .map_err(Error::doing("cannot read the bound address"))?;
    println!("http://{bound}");
    Ok(listener)
}

/// Answers every request on every connection by `answer`, for ever.
pub(crate) async fn serve<A, F, B, E>(listener: TcpListener, answer: A) -> Result<(), Error>
where
    A: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<B>, E>> + Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    loop {
        let (stream, _) = listener
            .accept()
            .await
            .map_err(Error::doing("cannot accept"))?;
        stream
            .set_nodelay(true)
            .map_err(Error::doing("cannot set TCP_NODELAY"))?;
        let answer = answer.clone();
        tokio::spawn(async move {
            // A connection that breaks is seen by the load generator, whose run is then void.
            let _ = http1::Builder::new()
                .header_read_timeout(None)
                .serve_connection(TokioIo::new(stream), service_fn(answer))
                .await;
        });
    }
}
