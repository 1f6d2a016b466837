//! HTTP/2 with prior knowledge, by hyper.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::{Answer, Body};
use crate::loopback::fault::{self, Fault, within};

/// An HTTP/2 connection with prior knowledge. Clones share it; it closes with the last of them and of their answers.
#[derive(Clone, Debug)]
pub struct H2c {
    requests: SendRequest<Full<Bytes>>,
    _driver: Arc<Driver>,
}

/// Ends the connection with its owner.
#[derive(Debug)]
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl H2c {
    /// Connects and says hello.
    ///
    /// # Errors
    /// Nobody listens there, or not for HTTP/2.
    pub async fn open(address: SocketAddr) -> Result<Self, Fault> {
        let stream = TcpStream::connect(address)
            .await
            .map_err(fault::of("connecting"))?;
        stream.set_nodelay(true).map_err(fault::of("connecting"))?;
        let handshake =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (requests, connection) = within("the HTTP/2 handshake", handshake)
            .await?
            .map_err(fault::of("the HTTP/2 handshake"))?;
        let driver = tokio::spawn(async move {
            // How it ends shows in the answers.
            let _ = connection.await;
        });
        Ok(Self {
            requests,
            _driver: Arc::new(Driver(driver)),
        })
    }

    /// Sends a request on a stream of this connection. Without one the scheme is `http` and the authority `gateway.test`.
    ///
    /// # Errors
    /// No answer came.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Answer, Fault> {
        let mut request = request.map(Full::new);
        let mut parts = request.uri().clone().into_parts();
        if parts.scheme.is_none() {
            parts.scheme = Some(http::uri::Scheme::HTTP);
            parts.authority = Some(http::uri::Authority::from_static("gateway.test"));
            *request.uri_mut() =
                http::Uri::from_parts(parts).map_err(fault::of("the target of a request"))?;
        }
        let mut requests = self.requests.clone();
        within("room for a stream", requests.ready())
            .await?
            .map_err(fault::of("the HTTP/2 connection"))?;
        let response = within("the head of an answer", requests.send_request(request))
            .await?
            .map_err(fault::of("the head of an answer"))?;
        let (head, body) = response.into_parts();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: Body::H2c {
                body,
                _connection: Some(self.clone()),
            },
        })
    }
}
