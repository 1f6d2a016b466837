//! The replay upstream: answers each recorded request with what AWS answered, byte for byte.
//!
//! A request finds its recording by method, target and body, all to the byte, so one that was changed on the way finds none.
//! Where a request was recorded several times with different answers, the query says which of them: [`Replay::target`] writes it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::corpus::Exchange;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::loopback::fault::{self, Fault};
use crate::loopback::frames;

/// The parameter of the query that chooses between recordings of the same request.
const CHOICE: &str = "recording";

/// How a recorded body is cut when it is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pieces {
    /// In one piece.
    Whole,
    /// A frame a piece; a body without frames in one piece.
    Frames,
    /// That many bytes a piece.
    Of(usize),
}

/// Whether a request may be answered: the part of AWS that asks who sends it.
pub type Admit = dyn Fn(&Request<Bytes>) -> Result<(), Fault> + Send + Sync;

/// A listening upstream of recordings; it is gone when this is dropped.
#[derive(Debug)]
pub struct Replay {
    address: SocketAddr,
    recordings: Arc<Recordings>,
    accepting: JoinHandle<()>,
}

impl Replay {
    /// Listens on a free port of loopback, with the answers of `exchanges` to requests that are admitted.
    ///
    /// # Errors
    /// There is no port, or a recorded stream is not made of frames.
    pub async fn start(
        exchanges: &[Exchange],
        pieces: Pieces,
        admit: Box<Admit>,
    ) -> Result<Self, Fault> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(fault::of("a port for the replay"))?;
        let address = listener
            .local_addr()
            .map_err(fault::of("a port for the replay"))?;
        let recordings = Arc::new(Recordings::new(exchanges, pieces)?);
        let (served, admit) = (Arc::clone(&recordings), Arc::<Admit>::from(admit));
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Pieces are to leave as they are cut.
                let _ = stream.set_nodelay(true);
                let (served, admit) = (Arc::clone(&served), Arc::clone(&admit));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (served, admit) = (Arc::clone(&served), Arc::clone(&admit));
                    async move { Ok::<_, Infallible>(served.answer(request, &*admit).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                // How it ends shows in what the other side receives.
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        Ok(Self {
            address,
            recordings,
            accepting,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The target that is answered with this very recording: its own, and a query where that alone does not tell.
    #[must_use]
    pub fn target(&self, exchange: &Exchange) -> String {
        self.recordings.target(exchange)
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Method, target and body.
type Asked = (String, String, Bytes);

#[derive(Debug, Default)]
struct Recordings {
    n_answers: HashMap<Asked, usize>,
    answers: HashMap<Asked, Recorded>,
}

#[derive(Clone, Debug)]
struct Recorded {
    status: StatusCode,
    headers: HeaderMap,
    pieces: Vec<Bytes>,
    /// Written with a length, as AWS writes answers in one piece.
    sized: bool,
}

impl Recordings {
    fn new(exchanges: &[Exchange], pieces: Pieces) -> Result<Self, Fault> {
        let mut recordings = Self::default();
        for exchange in exchanges {
            *recordings.n_answers.entry(asked(exchange)).or_default() += 1;
        }
        for exchange in exchanges {
            let (method, _, body) = asked(exchange);
            let asked = (method, recordings.target(exchange), body);
            let recorded = Recorded::new(exchange, pieces)
                .map_err(|fault| Fault::new(format!("{}: {fault}", exchange.name)))?;
            recordings.answers.insert(asked, recorded);
        }
        Ok(recordings)
    }

    fn target(&self, exchange: &Exchange) -> String {
        let target = &exchange.request.target;
        match self.n_answers.get(&asked(exchange)) {
            Some(2..) => {
                let sign = if target.contains('?') { '&' } else { '?' };
                let (_, name) = exchange.name.split_once('/').unwrap_or_default();
                format!("{target}{sign}{CHOICE}={name}")
            }
            Some(0 | 1) | None => target.clone(),
        }
    }

    async fn answer(&self, request: Request<Incoming>, admit: &Admit) -> Response<Written> {
        let (head, body) = request.into_parts();
        let refuse = |status, text: String| {
            let mut response = Response::new(Written {
                pieces: vec![Bytes::from(text)].into_iter(),
                sized: true,
            });
            *response.status_mut() = status;
            response
        };
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return refuse(StatusCode::BAD_REQUEST, error.to_string()),
        };
        let request = Request::from_parts(head, body);
        if let Err(fault) = admit(&request) {
            return refuse(StatusCode::UNAUTHORIZED, fault.to_string());
        }
        let target = request.uri().to_string();
        let asked = (request.method().to_string(), target, request.into_body());
        match self.answers.get(&asked) {
            Some(recorded) => recorded.written(),
            None => refuse(
                StatusCode::NOT_IMPLEMENTED,
                format!("no recording of {} {}", asked.0, asked.1),
            ),
        }
    }
}

fn asked(exchange: &Exchange) -> Asked {
    let request = &exchange.request;
    (
        request.method.to_string(),
        request.target.clone(),
        request.body.clone(),
    )
}

impl Recorded {
    fn new(exchange: &Exchange, pieces: Pieces) -> Result<Self, Fault> {
        let response = &exchange.response;
        let kind = response.headers.get(header::CONTENT_TYPE);
        let framed = kind.is_some_and(|kind| kind == rest_json::operation::EVENT_STREAM);
        let pieces = match pieces {
            Pieces::Frames if framed => frames::cut(&response.body)?,
            Pieces::Whole | Pieces::Frames => vec![response.body.clone()],
            Pieces::Of(n_bytes) => (0..response.body.len())
                .step_by(n_bytes.max(1))
                .map(|start| {
                    let end = (start + n_bytes.max(1)).min(response.body.len());
                    response.body.slice(start..end)
                })
                .collect(),
        };
        Ok(Self {
            status: response.status,
            headers: of_the_answer(&response.headers),
            pieces,
            sized: !framed,
        })
    }

    fn written(&self) -> Response<Written> {
        let mut response = Response::new(Written {
            pieces: self.pieces.clone().into_iter(),
            sized: self.sized,
        });
        *response.status_mut() = self.status;
        response.headers_mut().clone_from(&self.headers);
        response
    }
}

/// The headers of a recorded answer that belong to it, not to the connection it was recorded on or to its recorder.
#[must_use]
pub fn of_the_answer(recorded: &HeaderMap) -> HeaderMap {
    const OF_THE_CONNECTION: [HeaderName; 4] = [
        header::CONNECTION,
        header::CONTENT_ENCODING,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
    ];
    let mut headers = recorded.clone();
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
    headers
}

/// A recorded body on its way.
#[derive(Debug)]
struct Written {
    pieces: std::vec::IntoIter<Bytes>,
    sized: bool,
}

impl Body for Written {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.pieces.next().map(|piece| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        if !self.sized {
            return SizeHint::default();
        }
        let n_bytes: usize = self.pieces.as_slice().iter().map(Bytes::len).sum();
        SizeHint::with_exact(u64::try_from(n_bytes).unwrap_or(u64::MAX))
    }
}
