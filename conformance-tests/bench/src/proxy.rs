//! The helper `proxy`: a bare reverse proxy on hyper, the reference every ratio is taken against.
//!
//! It does what any proxy of HTTP/1.1 must and nothing else: pooled upstream connections, bodies streamed through.

use std::net::SocketAddr;

use clap::Args;
use http::{Request, Response, StatusCode, Uri, uri};
use http_body_util::{Either, Empty};
use hyper::body::{Bytes, Incoming};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use tokio::net::TcpListener;

use crate::{error::Error, listen};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The address of the upstream, without a scheme.
    #[arg(long)]
    upstream: SocketAddr,
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

pub(crate) async fn serve(options: Options) -> Result<(), Error> {
    let Options { upstream, listen } = options;
    forward(listen::bind(listen).await?, upstream).await
}

/// Sends every request that reaches `listener` to `upstream`, for ever.
pub(crate) async fn forward(listener: TcpListener, upstream: SocketAddr) -> Result<(), Error> {
    let authority: uri::Authority = upstream
        .to_string()
        .parse()
        .map_err(Error::doing("the upstream is no authority"))?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<HttpConnector, Incoming> = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .build(connector);
    listen::serve(listener, move |request| {
        relay(client.clone(), authority.clone(), request)
    })
    .await
}

async fn relay(
    client: Client<HttpConnector, Incoming>,
    authority: uri::Authority,
    mut request: Request<Incoming>,
) -> Result<Response<Either<Incoming, Empty<Bytes>>>, http::Error> {
    let mut parts = uri::Parts::default();
    parts.scheme = Some(uri::Scheme::HTTP);
    parts.authority = Some(authority);
    parts.path_and_query = request.uri().path_and_query().cloned();
    *request.uri_mut() = Uri::from_parts(parts)?;
    match client.request(request).await {
        Ok(response) => Ok(response.map(Either::Left)),
        Err(_) => Response::builder()
            .status(StatusCode::BAD_GATEWAY)
            .body(Either::Right(Empty::new())),
    }
}
