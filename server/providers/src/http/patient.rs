//! The patience with a connection until it can be used: names, TCP, tunnels and TLS together.

use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use tokio::time::timeout;
use tower_service::Service;

use crate::http::reach::{BoxError, Connecting};

/// Makes connections as `inner` does, within a time.
#[derive(Clone)]
pub(super) struct Patient<S> {
    inner: S,
    patience: Duration,
}

impl<S> Patient<S> {
    pub(super) fn new(inner: S, patience: Duration) -> Self {
        Self { inner, patience }
    }
}

impl<S> Service<Uri> for Patient<S>
where
    S: Service<Uri, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Connecting<S::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let connecting = timeout(self.patience, self.inner.call(address));
        Box::pin(async move {
            match connecting.await {
                Ok(connection) => connection,
                Err(elapsed) => Err(elapsed.into()),
            }
        })
    }
}
