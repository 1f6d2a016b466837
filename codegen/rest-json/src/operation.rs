//! What every generated operation offers, and the requests and answers it is read from and written to.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::binding::{FromText, Query};
use crate::error::{EncodeError, Rejection};
use crate::frame::Frame;
use crate::json::{Reader, Writer};
use crate::route::Labels;

/// One operation of a model: its HTTP binding and both directions of its codecs.
pub trait Operation: Sized + Send + Sync + 'static {
    /// The name in the model.
    const NAME: &'static str;
    /// The HTTP method.
    const METHOD: &'static str;
    /// The URI pattern, with its query literals.
    const URI: &'static str;
    /// The status of a successful answer.
    const STATUS: u16;
    /// What is asked.
    type Input: Send;
    /// What is answered.
    type Output: Send;
    /// The errors that the model names for it, and the others.
    type Error: Send;

    /// Reads a routed request.
    fn decode_request(request: &Request) -> Result<Self::Input, Rejection>;

    /// Writes a request whose target is relative to the endpoint.
    fn encode_request(input: &Self::Input) -> Result<Request, EncodeError>;

    /// Reads a successful answer; of an event stream the header members only.
    fn decode_response(response: &Response) -> Result<Self::Output, Rejection>;

    /// Writes a successful answer.
    fn encode_response(output: &Self::Output) -> Result<Response, EncodeError>;

    /// Reads an error answer; what cannot be read as a modelled error is unhandled, never lost.
    fn decode_error(response: &Response) -> Self::Error;

    /// Writes an error answer.
    fn encode_error(error: &Self::Error) -> Result<Response, EncodeError>;
}

/// An operation whose answer is a stream of events.
pub trait OutputStream: Operation {
    /// One event.
    type Event: EventStream;
}

/// An operation whose request is a stream of events.
pub trait InputStream: Operation {
    /// One event.
    type Event: EventStream;
}

/// A union of events, one frame each.
pub trait EventStream: Sized {
    /// Reads one frame.
    fn decode_frame(frame: &Frame) -> Result<Self, Rejection>;

    /// Writes one frame.
    fn encode_frame(&self) -> Result<Frame, EncodeError>;
}

/// A future in a box, so that a service is an object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A request as the protocol sees it.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The raw path and query as received, a prefix of the endpoint stripped.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// The labels of the path, which the router has decoded; empty on a request that is sent.
    pub labels: Labels,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, target: String) -> Self {
        Self {
            method,
            target,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            labels: Labels::default(),
        }
    }

    /// Sets the body and the Content-Type, unless a header member has set one.
    pub fn set_body(&mut self, content_type: &'static str, body: impl Into<Bytes>) {
        set_body(&mut self.headers, &mut self.body, content_type, body.into());
    }

    /// Sets what was written as a JSON body.
    pub fn set_json(&mut self, writer: Writer) {
        self.set_body(JSON, writer.into_bytes());
    }

    /// A label's member; a router fills every label of its pattern.
    pub fn label<T: FromText>(&self, name: &'static str) -> Result<Option<T>, Rejection> {
        let text = self.labels.get(name).ok_or(Rejection::Label { name })?;
        T::from_text(text)
            .map(Some)
            .ok_or(Rejection::Label { name })
    }

    /// The parameters of the query.
    pub fn query(&self) -> Query<'_> {
        Query::of_target(&self.target)
    }
}

/// An answer as the protocol sees it.
#[derive(Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body; of an event stream nothing.
    pub body: Bytes,
}

impl Response {
    /// An answer without headers and body; a number that is no status is an error.
    pub fn new(status: u16) -> Result<Self, EncodeError> {
        let status = StatusCode::from_u16(status).map_err(|_| EncodeError::Status)?;
        Ok(Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        })
    }

    /// An answer with a JSON body.
    pub fn json(status: StatusCode, writer: Writer) -> Self {
        let mut response = Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        response.set_json(writer);
        response
    }

    /// Sets the body and the Content-Type, unless a header member has set one.
    pub fn set_body(&mut self, content_type: &'static str, body: impl Into<Bytes>) {
        set_body(&mut self.headers, &mut self.body, content_type, body.into());
    }

    /// Sets what was written as a JSON body.
    pub fn set_json(&mut self, writer: Writer) {
        self.set_body(JSON, writer.into_bytes());
    }
}

/// Shows no header and no byte of the body: credentials and prompts stand there.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Shows no header and no byte of the body.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The Content-Type of JSON bodies.
pub const JSON: &str = "application/json";
/// The Content-Type of opaque bodies whose model names none.
pub const OCTETS: &str = "application/octet-stream";
/// The Content-Type of text bodies.
pub const TEXT: &str = "text/plain";
/// The Content-Type of event streams.
pub const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

fn set_body(headers: &mut HeaderMap, slot: &mut Bytes, content_type: &'static str, body: Bytes) {
    *slot = body;
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static(content_type));
}

/// A reader of a request's body; none for an empty body, which stands for an object without members.
pub fn request_reader(body: &Bytes) -> Result<Option<Reader<'_>>, Rejection> {
    if body.is_empty() {
        Ok(None)
    } else {
        Ok(Some(Reader::new(body)?))
    }
}

/// The same for the body of an answer.
pub fn response_reader(body: &Bytes) -> Result<Option<Reader<'_>>, Rejection> {
    Ok(request_reader(body)?.map(Reader::for_answer))
}

/// A text payload; empty is absent.
pub fn read_text(body: &Bytes) -> Result<Option<String>, Rejection> {
    if body.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(body).map_err(|_| Rejection::Text)?;
    Ok(Some(text.to_owned()))
}

/// An opaque payload; empty is absent.
pub fn read_bytes(body: &Bytes) -> Option<Bytes> {
    (!body.is_empty()).then(|| body.clone())
}

/// A routed request that nobody has decoded yet.
pub struct Undecoded<O> {
    request: Request,
    operation: PhantomData<fn() -> O>,
}

impl<O: Operation> Undecoded<O> {
    /// A request that the router has given to the operation `O`.
    pub fn new(request: Request) -> Self {
        Self {
            request,
            operation: PhantomData,
        }
    }

    /// The request as it came.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// A decoded label of the path.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.request.labels.get(name)
    }

    /// Decodes the whole request.
    pub fn decode(&self) -> Result<O::Input, Rejection> {
        O::decode_request(&self.request)
    }

    /// Gives the request back.
    pub fn into_request(self) -> Request {
        self.request
    }
}

impl<O: Operation> fmt::Debug for Undecoded<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undecoded")
            .field("operation", &O::NAME)
            .finish_non_exhaustive()
    }
}
