//! A backend that answers as told, a gateway on a free port, and clients of both protocols.

use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use llm::{Answer, Backend, BoxFuture, Call, Chunk, Context, Error};
use server::{Drained, Limits, Log, LogSettings, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

pub(crate) const CONVERSE: &str = "/bedrock/model/m/converse";
pub(crate) const CONVERSE_STREAM: &str = "/bedrock/model/m/converse-stream";
pub(crate) const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

type Telling = dyn Fn(Context, Call) -> BoxFuture<'static, Result<Answer, Error>> + Send + Sync;

/// A backend that answers as told.
pub(crate) struct Told(Box<Telling>);

impl Told {
    pub(crate) fn by<F>(tell: impl Fn(Context, Call) -> F + Send + Sync + 'static) -> Arc<Self>
    where
        F: Future<Output = Result<Answer, Error>> + Send + 'static,
    {
        Arc::new(Self(Box::new(move |cx, call| Box::pin(tell(cx, call)))))
    }

    /// Answers everything with this JSON.
    pub(crate) fn json(text: &'static str) -> Arc<Self> {
        Self::by(move |_, _| async move { Ok(json(text)) })
    }
}

impl Backend for Told {
    fn call(&self, cx: Context, call: Call) -> BoxFuture<'_, Result<Answer, Error>> {
        (self.0)(cx, call)
    }
}

/// An upstream's JSON.
pub(crate) fn json(text: &str) -> Answer {
    let chunk = Chunk {
        bytes: Bytes::copy_from_slice(text.as_bytes()),
        usage: None,
        last: true,
    };
    native("application/json", stream::iter([Ok(chunk)]))
}

/// An upstream's frames, one for each text; what they hold does not matter to a relay.
pub(crate) fn frames<S>(texts: S) -> Answer
where
    S: Stream<Item = Bytes> + Send + 'static,
{
    native(
        EVENT_STREAM,
        texts.map(|bytes| {
            Ok(Chunk {
                bytes,
                usage: None,
                last: false,
            })
        }),
    )
}

pub(crate) fn native<S>(content_type: &'static str, body: S) -> Answer
where
    S: Stream<Item = Result<Chunk, Error>> + Send + 'static,
{
    let mut head = HeaderMap::new();
    head.insert(http::header::CONTENT_TYPE, content_type.parse().unwrap());
    Answer::Native {
        status: StatusCode::OK,
        head,
        body: Box::pin(body),
    }
}

/// A stream of frames that the test feeds, and whose drop it can wait for.
pub(crate) fn fed() -> (mpsc::UnboundedSender<Bytes>, oneshot::Receiver<()>, Answer) {
    let (feed, mut fed) = mpsc::unbounded_channel();
    let (gone, is_gone) = oneshot::channel();
    let guard = Gone(Some(gone));
    let texts = stream::poll_fn(move |cx| {
        let _held = &guard;
        fed.poll_recv(cx)
    });
    (feed, is_gone, frames(texts))
}

struct Gone(Option<oneshot::Sender<()>>);

impl Drop for Gone {
    fn drop(&mut self) {
        // Nobody waits in tests that do not care.
        let _ = self.0.take().map(|gone| gone.send(()));
    }
}

/// Hands out an answer that was made beforehand, once.
pub(crate) fn once(answer: Answer) -> Arc<Told> {
    let answer = std::sync::Mutex::new(Some(answer));
    Told::by(move |_, _| {
        let answer = answer.lock().unwrap().take();
        async move { Ok(answer.unwrap_or_else(|| json("{}"))) }
    })
}

/// A gateway that runs.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) lines: mpsc::UnboundedReceiver<String>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Drained>,
}

impl Gateway {
    pub(crate) async fn start(limits: Limits, backend: Arc<Told>) -> Self {
        let (written, lines) = mpsc::unbounded_channel();
        let log = Log::start(LogSettings::default(), Box::new(Lines(written)));
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), limits, backend, log)
            .await
            .unwrap();
        let address = server.address();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server.serve(async {
            // A test that ends without stopping its gateway drops the sender, which stops it too.
            let _ = stopped.await;
        }));
        Self {
            address,
            lines,
            stop,
            serving,
        }
    }

    pub(crate) fn stop(self) -> JoinHandle<Drained> {
        self.stop.send(()).unwrap();
        self.serving
    }

    /// The next line of the log about a request, as JSON.
    pub(crate) async fn line(&mut self) -> serde_json::Value {
        loop {
            let line = self.lines.recv().await.unwrap();
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            if line["event"] == "request" {
                return line;
            }
        }
    }
}

struct Lines(mpsc::UnboundedSender<String>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for line in std::str::from_utf8(bytes).unwrap().lines() {
            // A test may be over before the last line is written.
            let _ = self.0.send(line.to_owned());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

type Upload = BoxBody<Bytes, Infallible>;

/// A client on one connection.
pub(crate) enum Client {
    One(hyper::client::conn::http1::SendRequest<Upload>),
    Two(hyper::client::conn::http2::SendRequest<Upload>),
}

impl Client {
    pub(crate) async fn http1(address: SocketAddr) -> Self {
        let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
        let (send, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        Self::One(send)
    }

    /// HTTP/2 with prior knowledge.
    pub(crate) async fn http2(address: SocketAddr) -> Self {
        let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
        let (send, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
            .await
            .unwrap();
        tokio::spawn(connection);
        Self::Two(send)
    }

    pub(crate) async fn send(&mut self, request: Request<Upload>) -> Response<Incoming> {
        match self {
            Self::One(send) => {
                send.ready().await.unwrap();
                send.send_request(request).await.unwrap()
            }
            Self::Two(send) => {
                send.ready().await.unwrap();
                send.send_request(request).await.unwrap()
            }
        }
    }

    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Response<Incoming> {
        self.send(self.request("POST", path, whole(body))).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Response<Incoming> {
        self.send(self.request("GET", path, whole(""))).await
    }

    /// The answer, or none if the gateway closed the connection before it read the request.
    pub(crate) async fn try_get(&mut self, path: &str) -> Option<Response<Incoming>> {
        let request = self.request("GET", path, whole(""));
        match self {
            Self::One(send) => send.send_request(request).await.ok(),
            Self::Two(send) => send.send_request(request).await.ok(),
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str, body: Upload) -> Request<Upload> {
        let request = Request::builder().method(method);
        match self {
            Self::One(_) => request.uri(path).header("host", "gateway"),
            // The scheme of a client that believes it speaks TLS; nobody may care.
            Self::Two(_) => request.uri(format!("https://gateway{path}")),
        }
        .body(body)
        .unwrap()
    }
}

pub(crate) fn whole(text: &str) -> Upload {
    Full::new(Bytes::copy_from_slice(text.as_bytes())).boxed()
}

/// A body without a length: chunked on HTTP/1.1.
pub(crate) fn in_pieces(pieces: Vec<&'static str>) -> Upload {
    let frames = pieces
        .into_iter()
        .map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))));
    BodyExt::boxed(StreamBody::new(stream::iter(frames)))
}

pub(crate) async fn text(response: Response<Incoming>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

/// The next bytes of a body; empty at its end.
pub(crate) async fn piece(body: &mut Incoming) -> Bytes {
    match body.frame().await {
        Some(frame) => frame.unwrap().into_data().unwrap(),
        None => Bytes::new(),
    }
}

pub(crate) fn header<'a, B>(response: &'a Response<B>, name: &str) -> Option<&'a str> {
    response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}

/// The name of the exception, as clients cut it out.
pub(crate) fn exception<B>(response: &Response<B>) -> &str {
    header(response, "x-amzn-errortype")
        .unwrap()
        .split(':')
        .next()
        .unwrap()
}

/// Sends these bytes on a connection of their own and reads until the gateway closes it.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}
