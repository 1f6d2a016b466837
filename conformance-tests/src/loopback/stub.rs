//! An upstream that answers by the test's hand: each request waits until the test says what comes back, piece by piece.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::loopback::fault::{self, Fault, within};

/// A listening upstream; it is gone when this is dropped.
#[derive(Debug)]
pub struct Stub {
    address: SocketAddr,
    arrivals: mpsc::UnboundedReceiver<Arrived>,
    accepting: JoinHandle<()>,
}

impl Stub {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// There is none.
    pub async fn start() -> Result<Self, Fault> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(fault::of("a port for the stub"))?;
        let address = listener
            .local_addr()
            .map_err(fault::of("a port for the stub"))?;
        let (sender, arrivals) = mpsc::unbounded_channel();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // The pieces of a body are to leave when the test sends them.
                let _ = stream.set_nodelay(true);
                let sender = sender.clone();
                let service = service_fn(move |request| arrive(request, sender.clone()));
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                // How it ends shows in what the other side receives.
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        Ok(Self {
            address,
            arrivals,
            accepting,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next request, whole.
    ///
    /// # Errors
    /// None comes.
    pub async fn arrived(&mut self) -> Result<Arrived, Fault> {
        within("a request at the stub", self.arrivals.recv())
            .await?
            .ok_or_else(|| Fault::new("the stub has ended"))
    }

    /// A request that is here already, if one is.
    pub fn arrived_already(&mut self) -> Option<Arrived> {
        self.arrivals.try_recv().ok()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What reached the stub, waiting for its answer.
#[derive(Debug)]
pub struct Arrived {
    pub method: http::Method,
    /// Path and query as on the request line.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    reply: oneshot::Sender<Response<Pieces>>,
}

impl Arrived {
    /// A header's value; empty where it is absent or not text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Answers with a whole body of known length.
    ///
    /// # Errors
    /// The gateway no longer waits for it.
    pub fn answer(
        self,
        status: u16,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<(), Fault> {
        let response = head(status, headers, Pieces::Whole(Some(body.into())))?;
        self.reply
            .send(response)
            .map_err(|_| Fault::new("nobody waits for the stub's answer"))
    }

    /// Sends a head now and the body as the test says.
    ///
    /// # Errors
    /// The gateway no longer waits for it.
    pub fn begin(self, status: u16, headers: &[(&str, &str)]) -> Result<Writer, Fault> {
        let (pieces, receiver) = mpsc::channel(1);
        let response = head(status, headers, Pieces::Streamed(receiver))?;
        self.reply
            .send(response)
            .map_err(|_| Fault::new("nobody waits for the stub's answer"))?;
        Ok(Writer { pieces })
    }

    /// Waits until the gateway has given up on the answer.
    ///
    /// # Errors
    /// It waits on.
    pub async fn gone(&mut self) -> Result<(), Fault> {
        within("the end of the call at the stub", self.reply.closed()).await
    }
}

/// The body of an answer, in the test's hand. Dropping it is the proper end.
#[derive(Debug)]
pub struct Writer {
    pieces: mpsc::Sender<Result<Bytes, Cut>>,
}

impl Writer {
    /// Sends a piece.
    ///
    /// # Errors
    /// The gateway has given up on the answer.
    pub async fn send(&self, piece: impl Into<Bytes>) -> Result<(), Fault> {
        within("room for a piece", self.pieces.send(Ok(piece.into())))
            .await?
            .map_err(|_| Fault::new("the gateway has given up on the stub's answer"))
    }

    /// Breaks the connection off in the middle of the body.
    ///
    /// # Errors
    /// The gateway has given up on the answer.
    pub async fn cut(self) -> Result<(), Fault> {
        within("room for a cut", self.pieces.send(Err(Cut)))
            .await?
            .map_err(|_| Fault::new("the gateway has given up on the stub's answer"))
    }

    /// Waits until the gateway has given up on the answer.
    ///
    /// # Errors
    /// It reads on.
    pub async fn gone(&self) -> Result<(), Fault> {
        within("the end of the call at the stub", self.pieces.closed()).await
    }
}

async fn arrive(
    request: Request<Incoming>,
    sender: mpsc::UnboundedSender<Arrived>,
) -> Result<Response<Pieces>, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_broken| Cut)?.to_bytes();
    let (reply, answered) = oneshot::channel();
    let arrived = Arrived {
        method: head.method,
        target: head.uri.to_string(),
        headers: head.headers,
        body,
        reply,
    };
    sender.send(arrived).map_err(|_| Cut)?;
    // A test that drops the request cuts the connection.
    answered.await.map_err(|_| Cut)
}

fn head(status: u16, headers: &[(&str, &str)], body: Pieces) -> Result<Response<Pieces>, Fault> {
    let mut response = Response::new(body);
    *response.status_mut() = status.try_into().map_err(fault::of("the stub's status"))?;
    for (name, value) in headers {
        response.headers_mut().append(
            HeaderName::try_from(*name).map_err(fault::of("the stub's header"))?,
            HeaderValue::try_from(*value).map_err(fault::of("the stub's header"))?,
        );
    }
    Ok(response)
}

/// A body, whole or by pieces.
#[derive(Debug)]
enum Pieces {
    Whole(Option<Bytes>),
    Streamed(mpsc::Receiver<Result<Bytes, Cut>>),
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Streamed(pieces) => {
                let piece = ready!(pieces.poll_recv(cx));
                Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                let n_bytes = bytes.as_ref().map_or(0, Bytes::len);
                SizeHint::with_exact(u64::try_from(n_bytes).unwrap_or(u64::MAX))
            }
            Self::Streamed(_) => SizeHint::default(),
        }
    }
}

/// The connection ends here, as the test wants it.
#[derive(Clone, Copy, Debug)]
pub struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut off by the test")
    }
}

impl std::error::Error for Cut {}
