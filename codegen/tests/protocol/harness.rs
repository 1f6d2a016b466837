//! What every case does at run time: it hands a message or a value to the generated code and prints what came of it, one
//! line of JSON a case and role. Whether that is right is not judged here.
//!
//! This file is part of the program in the scratch workspace; the workspace itself does not compile it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rest_json::{
    Blob, Bytes, DateTime, Document, EncodeError, EpochSeconds, EventStream, Frame, FrameDecoder,
    HttpDate, InputStream, Instant, Map, Number, Operation, OutputStream, Rejection, Request,
    Response, Timestamp, TimestampFormat, check,
    frame::{FrameKind, HeaderValue},
    http,
};

use protocol::service::router::ROUTER;

/// A request as it comes from the wire.
pub struct Message {
    pub method: &'static str,
    pub target: &'static str,
    pub headers: &'static [(&'static str, &'static str)],
    pub body: &'static str,
}

/// An answer as it comes from the wire.
pub struct Answer {
    pub status: u16,
    pub headers: &'static [(&'static str, &'static str)],
    pub body: &'static str,
}

/// A value as JSON for comparison.
pub trait Show {
    fn show(&self) -> String;
}

/// What reading an event means for the one who reads.
pub trait Outcome {
    /// Whether it is an error, and which one of the model's.
    fn failure(&self) -> Option<Option<&'static str>>;
}

/// Why nothing was read.
pub struct Refused {
    status: u16,
    name: &'static str,
    why: String,
    error: Option<&'static str>,
}

/// The client writes a request.
pub fn sends<O: Operation>(case: &str, input: impl Fn() -> O::Input) {
    line(case, "client", || {
        let request = O::encode_request(&input()).map_err(unwritten)?;
        Ok(vec![("sent", sent(&request))])
    });
}

/// The server reads a request.
pub fn accepts<O: Operation>(case: &str, message: &Message, input: impl Fn() -> O::Input)
where
    O::Input: Show + check::Check,
{
    line(case, "server", || {
        let read = take::<O>(message)?;
        Ok(vec![("read", read.show()), ("want", input().show())])
    });
}

/// The server reads a request that it must refuse.
pub fn refuses<O: Operation>(case: &str, message: &Message)
where
    O::Input: Show + check::Check,
{
    line(case, "server", || {
        Ok(vec![("read", take::<O>(message)?.show())])
    });
}

/// The server writes an answer.
pub fn answers(case: &str, answer: impl Fn() -> Result<Response, EncodeError>) {
    line(case, "server", || {
        Ok(vec![("sent", answered(&answer().map_err(unwritten)?))])
    });
}

/// The client reads a good answer.
pub fn reads<O: Operation>(case: &str, answer: &Answer, output: impl Fn() -> O::Output)
where
    O::Output: Show,
{
    line(case, "client", || {
        let read = O::decode_response(&response(answer)).map_err(rejected)?;
        Ok(vec![("read", read.show()), ("want", output().show())])
    });
}

/// The client reads an error answer; `pick` is none where it is another error than the one of the case.
pub fn fails<O: Operation, E: Show>(
    case: &str,
    answer: &Answer,
    pick: impl Fn(O::Error) -> Option<E>,
    error: impl Fn() -> E,
) {
    line(case, "client", || {
        let read = pick(O::decode_error(&response(answer)));
        Ok(vec![("read", read.show()), ("want", error().show())])
    });
}

/// One end writes a frame.
pub fn writes<E: EventStream>(case: &str, role: &str, event: impl Fn() -> E) {
    line(case, role, || {
        let frame = event().encode_frame().map_err(unwritten)?;
        // Over bytes and back, since the bytes are what is sent.
        let bytes = frame
            .encode()
            .map_err(|error| unwritten(EncodeError::Frame(error)))?;
        let frame = decoded(&bytes)?;
        Ok(vec![("sent", framed(&frame))])
    });
}

/// The server reads the head of a request and the frames behind it.
pub fn hears<O: InputStream>(
    case: &str,
    message: &Message,
    frames: &[&[u8]],
    input: Option<fn() -> O::Input>,
    events: &[fn() -> O::Event],
) where
    O::Input: Show + check::Check,
    O::Event: Show + Outcome,
{
    line(case, "server", || {
        let head = take::<O>(message)?.show();
        let head = input.map(|input| (head, input().show()));
        stream(head, frames, events)
    });
}

/// The client reads the head of an answer and the frames behind it. `which` names an error of the model.
pub fn listens<O: OutputStream>(
    case: &str,
    answer: &Answer,
    frames: &[&[u8]],
    output: Option<fn() -> O::Output>,
    events: &[fn() -> O::Event],
    which: impl Fn(O::Error) -> Option<&'static str>,
) where
    O::Output: Show,
    O::Event: Show + Outcome,
{
    line(case, "client", || {
        let response = response(answer);
        if response.status != O::STATUS {
            let error = which(O::decode_error(&response));
            return Err(failed(response.status.as_u16(), "an error answer", error));
        }
        let head = O::decode_response(&response).map_err(rejected)?.show();
        let head = output.map(|output| (head, output().show()));
        stream(head, frames, events)
    });
}

type Parts = Vec<(&'static str, String)>;

fn stream<E: EventStream + Show + Outcome>(
    head: Option<(String, String)>,
    frames: &[&[u8]],
    events: &[fn() -> E],
) -> Result<Parts, Refused> {
    let (mut read, mut want): (Vec<String>, Vec<String>) = head.into_iter().unzip();
    for bytes in frames {
        let event = E::decode_frame(&decoded(bytes)?).map_err(rejected)?;
        if let Some(error) = event.failure() {
            return Err(failed(200, "an error in the stream", error));
        }
        read.push(event.show());
    }
    want.extend(events.iter().map(|event| event().show()));
    Ok(vec![("read", list(read)), ("want", list(want))])
}

fn decoded(bytes: &[u8]) -> Result<Frame, Refused> {
    let mut decoder = FrameDecoder::new(1 << 20);
    let mut frames = decoder
        .push(bytes)
        .map_err(|error| rejected(error.into()))?;
    decoder.finish().map_err(|error| rejected(error.into()))?;
    match (frames.pop(), frames.is_empty()) {
        (Some(frame), true) => Ok(frame),
        (_, _) => Err(failed(0, "not exactly one frame", None)),
    }
}

/// Routes, decodes and checks, as the server edge does.
fn take<O: Operation>(message: &Message) -> Result<O::Input, Refused>
where
    O::Input: check::Check,
{
    let method = http::Method::from_bytes(message.method.as_bytes()).unwrap();
    let mut request = Request::new(method, message.target.to_owned());
    request.headers = headers(message.headers);
    request.body = Bytes::from_static(message.body.as_bytes());
    let (index, labels) = ROUTER
        .match_route(&request.method, &request.target)
        .map_err(|error| failed(404, &error.to_string(), None))?;
    let name = ROUTER.routes()[index].operation;
    if name != O::NAME {
        return Err(failed(404, &format!("routed to {name}"), None));
    }
    request.labels = labels;
    let input = O::decode_request(&request).map_err(rejected)?;
    let mut violations = check::Violations::default();
    check::Check::check(&input, &check::Path::ROOT, &mut violations);
    if violations.is_empty() {
        return Ok(input);
    }
    let why = violations.to_string();
    Err(Refused {
        status: 400,
        name: "ValidationException",
        why,
        error: None,
    })
}

fn response(answer: &Answer) -> Response {
    let mut response = Response::new(answer.status).unwrap();
    response.headers = headers(answer.headers);
    response.body = Bytes::from_static(answer.body.as_bytes());
    response
}

fn headers(pairs: &[(&'static str, &'static str)]) -> http::HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        let name: http::HeaderName = name.parse().unwrap();
        (name, http::HeaderValue::from_str(value).unwrap())
    };
    pairs.iter().map(pair).collect()
}

/// AWS's code of a message that cannot be decoded.
fn rejected(rejection: Rejection) -> Refused {
    let why = rejection.to_string();
    Refused {
        status: 400,
        name: "SerializationException",
        why,
        error: None,
    }
}

fn unwritten(error: EncodeError) -> Refused {
    failed(0, &error.to_string(), None)
}

fn failed(status: u16, why: &str, error: Option<&'static str>) -> Refused {
    Refused {
        status,
        name: "",
        why: why.to_owned(),
        error,
    }
}

fn line(case: &str, role: &str, run: impl FnOnce() -> Result<Parts, Refused>) {
    let mut members = vec![("case", Some(quote(case))), ("role", Some(quote(role)))];
    let outcome = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(parts)) => parts,
        Ok(Err(refused)) => vec![("refused", refused.show())],
        Err(_) => vec![("panicked", "true".to_owned())],
    };
    members.extend(outcome.into_iter().map(|(name, value)| (name, Some(value))));
    println!("{}", object(&members));
}

fn sent(request: &Request) -> String {
    object(&[
        ("method", Some(quote(request.method.as_str()))),
        ("target", Some(quote(&request.target))),
        ("headers", Some(shown_headers(&request.headers))),
        ("body", Some(request.body.show())),
    ])
}

fn answered(response: &Response) -> String {
    object(&[
        ("status", Some(response.status.as_u16().to_string())),
        ("headers", Some(shown_headers(&response.headers))),
        ("body", Some(response.body.show())),
    ])
}

fn shown_headers(headers: &http::HeaderMap) -> String {
    list(headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        list([quote(name.as_str()), quote(&value)])
    }))
}

fn framed(frame: &Frame) -> String {
    let headers = list(frame.headers.iter().map(|(name, value)| {
        let (kind, value) = match value {
            HeaderValue::Bool(value) => ("boolean", value.to_string()),
            HeaderValue::Byte(value) => ("byte", value.to_string()),
            HeaderValue::Short(value) => ("short", value.to_string()),
            HeaderValue::Int(value) => ("integer", value.to_string()),
            HeaderValue::Long(value) => ("long", value.to_string()),
            HeaderValue::Blob(value) => ("blob", value.show()),
            HeaderValue::String(value) => ("string", quote(value)),
            HeaderValue::Timestamp(value) => ("timestamp", shown_instant(value)),
            HeaderValue::Uuid(value) => ("uuid", quote(&value.to_string())),
        };
        list([quote(name), quote(kind), value])
    }));
    object(&[
        ("headers", Some(headers)),
        ("body", Some(frame.payload.show())),
    ])
}

fn shown_instant(instant: &Instant) -> String {
    quote(&format!("{}.{:09}", instant.secs(), instant.subsec_nanos()))
}

/// A JSON object; members without a value are left out.
pub fn object(members: &[(&str, Option<String>)]) -> String {
    let members = members.iter().filter_map(|(name, value)| {
        let value = value.as_ref()?;
        Some(format!("{}:{value}", quote(name)))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// A JSON list.
pub fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(","))
}

/// A JSON string.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if u32::from(control) < 0x20 => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

/// The number of a case.
pub fn number(text: &str) -> Number {
    Number::new(text).unwrap()
}

/// The document of a case.
pub fn document(text: &str) -> Document {
    Document::new(text).unwrap()
}

/// The time of a case.
pub fn time<F: TimestampFormat>(secs: i64, nanos: u32) -> Timestamp<F> {
    Timestamp::new(Instant::from_secs_and_nanos(secs, nanos)).unwrap()
}

impl Show for Refused {
    fn show(&self) -> String {
        object(&[
            ("status", Some(self.status.to_string())),
            ("name", Some(quote(self.name))),
            ("why", Some(quote(&self.why))),
            ("error", self.error.map(quote)),
        ])
    }
}

impl Show for String {
    fn show(&self) -> String {
        quote(self)
    }
}

macro_rules! plain {
    ($($type:ty)*) => {$(
        impl Show for $type {
            fn show(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

plain! { bool i8 i16 i32 i64 }

impl Show for Number {
    fn show(&self) -> String {
        if self.is_finite() {
            self.as_str().to_owned()
        } else {
            quote(self.as_str())
        }
    }
}

impl Show for Bytes {
    fn show(&self) -> String {
        quote(
            &self
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>(),
        )
    }
}

impl Show for Blob {
    fn show(&self) -> String {
        self.bytes().show()
    }
}

impl Show for Document {
    /// Between tokens a line break is white space, and inside strings there is none.
    fn show(&self) -> String {
        self.as_str().replace(['\n', '\r'], " ")
    }
}

macro_rules! timestamp {
    ($($format:ty)*) => {$(
        impl Show for Timestamp<$format> {
            fn show(&self) -> String {
                shown_instant(&self.instant())
            }
        }
    )*};
}

timestamp! { EpochSeconds HttpDate DateTime }

impl<T: Show> Show for Option<T> {
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "null".to_owned(), Show::show)
    }
}

impl<T: Show> Show for Box<T> {
    fn show(&self) -> String {
        (**self).show()
    }
}

impl<T: Show> Show for Vec<T> {
    fn show(&self) -> String {
        list(self.iter().map(Show::show))
    }
}

impl<T: Show> Show for Map<T> {
    fn show(&self) -> String {
        let entries: Vec<_> = self
            .iter()
            .map(|(key, value)| (key.as_str(), Some(value.show())))
            .collect();
        object(&entries)
    }
}
