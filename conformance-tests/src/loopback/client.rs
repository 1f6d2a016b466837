//! Clients that show what arrives when it arrives: HTTP/1.1 over a bare socket, HTTP/2 with prior knowledge by hyper.

mod h2c;
mod http1;

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::loopback::fault::{Fault, within};
pub use h2c::H2c;
use http1::Framing;
pub use http1::{Connection, http1_bytes};

/// Which of the two protocols of plain http.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    /// What Python, Go and Java's blocking client speak.
    Http1,
    /// HTTP/2 with prior knowledge: what JavaScript and Java's other clients speak.
    H2c,
}

impl Protocol {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Http1, Self::H2c];
}

/// Sends one request on a connection of its own.
///
/// The target is taken as it stands: no part of it is normalised.
///
/// # Errors
/// No answer came.
pub async fn send(
    protocol: Protocol,
    address: SocketAddr,
    request: Request<Bytes>,
) -> Result<Answer, Fault> {
    match protocol {
        Protocol::Http1 => {
            let mut connection = Connection::open(address).await?;
            connection.write(&http1_bytes(&request)?).await?;
            connection.answer().await
        }
        Protocol::H2c => H2c::open(address).await?.send(request).await,
    }
}

/// A request for `target` with a JSON body.
#[must_use]
pub fn post(target: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = get(target);
    *request.method_mut() = http::Method::POST;
    *request.body_mut() = body.into();
    let json = HeaderValue::from_static("application/json");
    request
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, json);
    request
}

/// A request for `target` without a body.
#[must_use]
pub fn get(target: &str) -> Request<Bytes> {
    let mut request = Request::new(Bytes::new());
    // A target that is none would fail the test by what comes back.
    *request.uri_mut() = target.parse().unwrap_or_default();
    request
}

/// The head and the body of an answer that has begun.
#[derive(Debug)]
pub struct Answer {
    /// The status of its head.
    pub status: StatusCode,
    /// The headers of its head.
    pub headers: HeaderMap,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Http1 {
        connection: Connection,
        framing: Framing,
    },
    H2c {
        body: Incoming,
        _connection: Option<H2c>,
    },
}

impl Answer {
    /// A header's value; empty where it is absent or not text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The next bytes of the body as they are cut on the wire: a chunk, a DATA frame, or what a read gave.
    ///
    /// # Errors
    /// The body broke off, or is not of its protocol.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        within("the next bytes of the body", self.body.next()).await?
    }

    /// At least `n_bytes` of the body, beginning with what was not read before.
    ///
    /// # Errors
    /// The body ended before, or broke off.
    pub async fn at_least(&mut self, n_bytes: usize) -> Result<Bytes, Fault> {
        let mut read = BytesMut::new();
        while read.len() < n_bytes {
            match self.next().await? {
                Some(bytes) => read.extend_from_slice(&bytes),
                None => {
                    return Err(Fault::new(format!(
                        "the body ended after {} bytes of {n_bytes}",
                        read.len()
                    )));
                }
            }
        }
        Ok(read.freeze())
    }

    /// The rest of the body.
    ///
    /// # Errors
    /// It broke off.
    pub async fn body(&mut self) -> Result<Bytes, Fault> {
        let mut whole = BytesMut::new();
        while let Some(bytes) = self.next().await? {
            whole.extend_from_slice(&bytes);
        }
        Ok(whole.freeze())
    }

    /// The HTTP/1.1 connection behind a body that was read to its end.
    #[must_use]
    pub fn into_connection(self) -> Option<Connection> {
        match self.body {
            Body::Http1 {
                connection,
                framing: Framing::Ended | Framing::Length(0),
            } => Some(connection),
            Body::Http1 { .. } | Body::H2c { .. } => None,
        }
    }
}

impl Body {
    async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        match self {
            Self::Http1 {
                connection,
                framing,
            } => connection.body(framing).await,
            Self::H2c { body, .. } => match body.frame().await {
                None => Ok(None),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(trailers) => Err(Fault::new(format!("trailers: {trailers:?}"))),
                },
                Some(Err(error)) => Err(Fault::new(format!("the body broke off: {error}"))),
            },
        }
    }
}
