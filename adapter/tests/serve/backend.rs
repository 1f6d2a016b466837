//! A backend made of one function, what it was asked, and what a client gets.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::{Duration, Instant};

use adapter::{Adapter, Body};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Method, Request, Response};
use http_body::Body as _;
use http_body_util::BodyExt;
use llm::chat::{Block, Delta, Event, Message, Meta, Reply, Role, Stop, Usage};
use llm::{
    Answer, Backend, BoxFuture, BoxStream, Call, Chunk, Claim, Context, Error, Ext, Observation, Op,
};
use rest_json::FrameDecoder;
use serde_json::Value;

/// What the backend was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) op: Op,
    pub(crate) wire: &'static str,
    pub(crate) model: Option<String>,
    pub(crate) target: String,
    pub(crate) body: Bytes,
}

type Answering = dyn Fn(&Context, &Call) -> Result<Answer, Error> + Send + Sync;

/// The backend.
pub(crate) struct Fake {
    answer: Box<Answering>,
    asked: Mutex<Vec<Asked>>,
}

impl Fake {
    pub(crate) fn new(
        answer: impl Fn(&Context, &Call) -> Result<Answer, Error> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            answer: Box::new(answer),
            asked: Mutex::default(),
        })
    }

    /// A backend that fails like this.
    pub(crate) fn failing(error: Error) -> Arc<Self> {
        Self::new(move |_, _| Err(error.clone()))
    }

    /// A backend that reads the request and has nothing to say.
    pub(crate) fn reading() -> Arc<Self> {
        Self::new(|_, call| {
            call.neutral()?;
            Ok(Answer::Reply(Box::new(reply(Vec::new()))))
        })
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Backend for Fake {
    fn call(&self, cx: Context, call: Call) -> BoxFuture<'_, Result<Answer, Error>> {
        self.asked.lock().unwrap().push(Asked {
            op: call.op,
            wire: call.native.wire.0,
            model: call.model.as_ref().map(|model| model.name.to_string()),
            target: call.native.target.to_string(),
            body: call.native.body.clone(),
        });
        let answer = (self.answer)(&cx, &call);
        Box::pin(std::future::ready(answer))
    }
}

pub(crate) fn context() -> Context {
    Context {
        request_id: "6f1cf6d6-0000-4000-8000-000000000001".into(),
        deadline: Instant::now() + Duration::from_secs(60),
        claim: Claim::Anonymous,
        observation: Observation::default(),
    }
}

/// What a client got.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) head: HeaderMap,
    /// The pieces of the body as they were handed over.
    pub(crate) pieces: Vec<Bytes>,
    /// Whether the body broke off.
    pub(crate) is_broken: bool,
}

impl Got {
    pub(crate) async fn all(response: Response<Body>) -> Self {
        let (parts, mut body) = response.into_parts();
        let mut got = Self {
            status: parts.status.as_u16(),
            head: parts.headers,
            pieces: Vec::new(),
            is_broken: false,
        };
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => got.pieces.push(frame.into_data().unwrap()),
                Err(_broken) => got.is_broken = true,
            }
        }
        assert!(body.is_end_stream(), "a body that is over says so");
        got
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        self.pieces.concat()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body()).unwrap()
    }

    /// Status, name and text of an error, which are all in their places.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, String, String) {
        assert_eq!(self.header("content-type"), Some("application/json"));
        let error_type = self.header("x-amzn-errortype").unwrap();
        let (name, suffix) = error_type.split_once(':').unwrap();
        assert_eq!(
            suffix,
            "http://internal.amazon.com/coral/com.amazon.bedrock/"
        );
        let message = self.json()["message"].as_str().unwrap().to_owned();
        (self.status, name.to_owned(), message)
    }

    /// The documents of an invocation's chunks, and the names of the frames that are none.
    pub(crate) fn documents(&self) -> (Vec<Value>, Vec<String>) {
        let mut documents = Vec::new();
        let mut others = Vec::new();
        for (name, payload) in self.frames() {
            if name == "chunk" {
                assert!(others.is_empty(), "nothing follows an exception");
                let bytes = rest_json::Blob::from_base64(payload["bytes"].as_str().unwrap());
                documents.push(serde_json::from_slice(bytes.unwrap().bytes()).unwrap());
            } else {
                others.push(name);
            }
        }
        (documents, others)
    }

    /// The frames: what each is called, and its payload.
    pub(crate) fn frames(&self) -> Vec<(String, Value)> {
        frames(&self.body())
    }
}

pub(crate) fn frames(bytes: &[u8]) -> Vec<(String, Value)> {
    let mut decoder = FrameDecoder::new(1 << 20);
    let frames = decoder.push(bytes).unwrap();
    decoder.finish().unwrap();
    frames
        .iter()
        .map(|frame| {
            let name = frame
                .text(":event-type")
                .or_else(|| frame.text(":exception-type"));
            let payload = serde_json::from_slice(&frame.payload).unwrap();
            (name.unwrap().to_owned(), payload)
        })
        .collect()
}

/// One request to an adapter over that backend, with a context of its own.
pub(crate) async fn serve(backend: &Arc<Fake>, method: &str, target: &str, body: &str) -> Got {
    serve_in(&context(), backend, method, target, body).await
}

pub(crate) async fn serve_in(
    cx: &Context,
    backend: &Arc<Fake>,
    method: &str,
    target: &str,
    body: &str,
) -> Got {
    Got::all(respond(cx, backend, method, target, body).await).await
}

/// The answer before its body is read.
pub(crate) async fn respond(
    cx: &Context,
    backend: &Arc<Fake>,
    method: &str,
    target: &str,
    body: &str,
) -> Response<Body> {
    let request = Request::builder()
        .method(method.parse::<Method>().unwrap())
        .uri(target)
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap();
    respond_to(cx, backend, request).await
}

/// The same for a request that is more than its body.
pub(crate) async fn respond_to(
    cx: &Context,
    backend: &Arc<Fake>,
    request: Request<Bytes>,
) -> Response<Body> {
    let backend: Arc<dyn Backend> = Arc::<Fake>::clone(backend);
    Adapter::new(backend).serve(cx.clone(), request).await
}

/// One request with headers.
pub(crate) async fn serve_with(
    backend: &Arc<Fake>,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Got {
    let mut request = Request::builder().method(Method::POST).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::copy_from_slice(body)).unwrap();
    Got::all(respond_to(&context(), backend, request).await).await
}

/// A conversation that everybody takes.
pub(crate) const HELLO: &str = r#"{"messages":[{"role":"user","content":[{"text":"hello"}]}]}"#;

pub(crate) async fn converse(backend: &Arc<Fake>) -> Got {
    serve(backend, "POST", "/model/m/converse", HELLO).await
}

pub(crate) async fn converse_stream(backend: &Arc<Fake>) -> Got {
    serve(backend, "POST", "/model/m/converse-stream", HELLO).await
}

/// A finished reply of that content.
pub(crate) fn reply(content: Vec<Block>) -> Reply {
    Reply {
        message: Message {
            role: Role::Assistant,
            content,
            ext: Ext::default(),
        },
        stop: Stop::EndTurn,
        stop_detail: None,
        usage: Usage::default(),
        latency: None,
        native: None,
        trace: None,
        performance: None,
        tier: None,
        ext: Ext::default(),
    }
}

pub(crate) fn begun() -> Event {
    Event::Start {
        role: Role::Assistant,
        ext: Ext::default(),
    }
}

pub(crate) fn said(text: &str) -> Event {
    Event::Delta {
        index: 0,
        delta: Delta::Text(text.to_owned()),
        ext: Ext::default(),
    }
}

pub(crate) fn stopped() -> Event {
    Event::Stop {
        stop: Stop::EndTurn,
        detail: None,
        native: None,
        ext: Ext::default(),
    }
}

pub(crate) fn measured() -> Event {
    Event::Meta(Box::<Meta>::default())
}

/// A backend that tells these events.
pub(crate) fn telling(events: Vec<Result<Event, Error>>) -> Arc<Fake> {
    Fake::new(move |_, _| Ok(Answer::Events(Box::pin(stream::iter(events.clone())))))
}

pub(crate) fn chunk(bytes: &'static str) -> Result<Chunk, Error> {
    Ok(Chunk {
        bytes: Bytes::from_static(bytes.as_bytes()),
        ..Chunk::default()
    })
}

/// A stream that pends wherever the script has nothing.
pub(crate) fn scripted<T: Send + 'static>(
    script: Vec<Option<Result<T, Error>>>,
) -> BoxStream<Result<T, Error>> {
    let mut script = script.into_iter();
    Box::pin(stream::poll_fn(move |_| match script.next() {
        Some(Some(item)) => Poll::Ready(Some(item)),
        Some(None) => Poll::Pending,
        None => Poll::Ready(None),
    }))
}

/// Polls a body once.
pub(crate) fn poll(body: &mut Body) -> Poll<Option<Bytes>> {
    let mut cx = TaskContext::from_waker(Waker::noop());
    Pin::new(body)
        .poll_frame(&mut cx)
        .map(|frame| frame.map(|frame| frame.unwrap().into_data().unwrap()))
}
