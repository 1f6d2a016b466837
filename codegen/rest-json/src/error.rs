//! What can go wrong between bytes and typed values, in words that never quote the content they are about.

use std::fmt;

use crate::frame::FrameError;
use crate::operation::Response;

/// Why a piece of JSON is not the value that was asked for, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(Box<Place>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    path: String,
    reason: Reason,
}

/// What was wrong at the place of a [`DecodeError`].
///
/// The texts are our own constants: nothing of the input is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The bytes are not JSON (RFC 8259, UTF-8, no byte order mark, no lone surrogate).
    Syntax(&'static str),
    /// Lists and objects nest deeper than [`crate::json::DEPTH_LIMIT`].
    TooDeep,
    /// A well-formed value of another kind: `expected a string, found a number`.
    Expected {
        /// What the model says stands here, with its article.
        expected: &'static str,
        /// What stands here, with its article.
        found: &'static str,
    },
    /// The value has the right JSON kind and does not spell what the model says: `not valid base64`.
    Invalid(&'static str),
    /// A union without exactly one member.
    Union {
        /// How many members that are not null were found.
        n_members: usize,
    },
}

impl DecodeError {
    /// An error at the place where the reader stands, whose path is still empty.
    pub fn new(reason: Reason) -> Self {
        Self(Box::new(Place {
            path: String::new(),
            reason,
        }))
    }

    /// A union whose number of members is not one.
    pub fn union(n_members: usize) -> Self {
        Self::new(Reason::Union { n_members })
    }

    /// The same error seen from the structure or map that holds the place as `name`.
    pub fn within(mut self, name: &str) -> Self {
        let path = &mut self.0.path;
        if path.is_empty() {
            path.push_str(name);
        } else {
            path.insert(0, '.');
            path.insert_str(0, name);
        }
        self
    }

    /// The same error seen from the map that holds the place under `key`.
    ///
    /// Keys are the caller's own text, so only short and plain ones are repeated; others are shown as `*`.
    pub fn within_key(self, key: &str) -> Self {
        const LIMIT_BYTES: usize = 64;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let shown = !key.is_empty() && key.len() <= LIMIT_BYTES && key.bytes().all(plain);
        self.within(if shown { key } else { "*" })
    }

    /// The same error seen from the list that holds the place as element `index`, counted from 0.
    pub fn at_index(self, index: usize) -> Self {
        self.within(&index.to_string())
    }

    /// Member names and list indexes (from 0) joined by dots; empty for the whole document.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What was wrong there.
    pub fn reason(&self) -> Reason {
        self.0.reason
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.path.is_empty() {
            write!(f, "{}: ", self.0.path)?;
        }
        self.0.reason.fmt(f)
    }
}

impl std::error::Error for DecodeError {}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(what) => write!(f, "not valid JSON ({what})"),
            Self::TooDeep => f.write_str("lists and objects nest too deep"),
            Self::Expected { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::Invalid(what) => f.write_str(what),
            Self::Union { n_members } => {
                write!(
                    f,
                    "expected a union with exactly one member, found {n_members}"
                )
            }
        }
    }
}

/// Why a request or a response cannot be decoded; `Display` may be shown to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The JSON body, or the JSON payload of a frame.
    Body(DecodeError),
    /// A label of the path does not spell a value of its member.
    Label {
        /// The member's name in the model.
        name: &'static str,
    },
    /// A header does not spell a value of its member.
    Header {
        /// The header's name in the model.
        name: &'static str,
    },
    /// A query parameter does not spell a value of its member.
    Query {
        /// The parameter's name in the model.
        name: &'static str,
    },
    /// A text payload is not UTF-8.
    Text,
    /// An event-stream frame.
    Frame(FrameError),
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(error) => error.fmt(f),
            Self::Label { name } => write!(f, "{name}: the label of the path is not a valid value"),
            Self::Header { name } => write!(f, "{name}: the header is not a valid value"),
            Self::Query { name } => write!(f, "{name}: the query parameter is not a valid value"),
            Self::Text => f.write_str("the body is not valid UTF-8"),
            Self::Frame(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Rejection {}

impl From<DecodeError> for Rejection {
    fn from(error: DecodeError) -> Self {
        Self::Body(error)
    }
}

impl From<FrameError> for Rejection {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}

/// Why a typed value cannot be put on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// A label is absent or empty, or would read as a dot segment.
    Label {
        /// The member's name in the model.
        name: &'static str,
    },
    /// A value or a name that no HTTP header can carry.
    Header {
        /// The header's name or prefix in the model.
        name: &'static str,
    },
    /// An event without the header its kind needs, or with one that no frame can carry.
    Frame(FrameError),
    /// An error value whose status is no HTTP status, or that is not modelled for this operation.
    Status,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label { name } => write!(f, "{name}: the value cannot be a label of the path"),
            Self::Header { name } => write!(f, "{name}: the value cannot be a header"),
            Self::Frame(error) => error.fmt(f),
            Self::Status => f.write_str("the error has no HTTP status"),
        }
    }
}

impl std::error::Error for EncodeError {}

impl From<FrameError> for EncodeError {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}

/// The type and the text of an error answer, read without knowing its shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorHead {
    /// The plain name of the error shape, from `x-amzn-errortype` or else the body's `__type` or `code`.
    pub code: Option<String>,
    /// The body's `message` or `Message`.
    pub message: Option<String>,
}

impl ErrorHead {
    /// Reads header and body; a body that is not a JSON object has no message and no code.
    pub fn of(response: &Response) -> Self {
        let header = response
            .headers
            .get("x-amzn-errortype")
            .and_then(|value| value.to_str().ok())
            .map(plain_name)
            .filter(|name| !name.is_empty());
        let mut body = read_body(&response.body);
        Self {
            code: header.map(str::to_owned).or(body.code.take()),
            message: body.message,
        }
    }
}

/// The shape name in `aws.protocoltests#FooError:http://internal/`: what follows `#`, cut at `:`.
///
/// Smithy's restJson1 specification, "Operation error serialization": both decorations are to be ignored.
pub fn plain_name(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(name, _)| name);
    code.rsplit_once('#').map_or(code, |(_, name)| name).trim()
}

fn read_body(body: &[u8]) -> ErrorHead {
    let mut found = ErrorHead::default();
    let mut code_of_last_resort = None;
    // A broken error body still has a status and perhaps a header, so what was read up to the break is kept.
    let _broken = walk(body, |key, text| match key {
        "__type" => found.code = Some(plain_name(&text).to_owned()),
        "code" => code_of_last_resort = Some(plain_name(&text).to_owned()),
        "message" => found.message = Some(text),
        "Message" if found.message.is_none() => found.message = Some(text),
        _ => {}
    });
    found.code = found
        .code
        .or(code_of_last_resort)
        .filter(|name| !name.is_empty());
    found
}

fn walk(body: &[u8], mut take: impl FnMut(&str, String)) -> Result<(), DecodeError> {
    let mut reader = crate::json::Reader::new(body)?;
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        if reader.at_string() {
            take(&key, reader.string()?.into_owned());
        } else {
            reader.raw()?;
        }
    }
    Ok(())
}

/// An error answer that the model does not know for this operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unhandled {
    /// The HTTP status of the answer.
    pub status: http::StatusCode,
    /// The plain name of the error, if the answer told one.
    pub code: Option<String>,
    /// The error's text, if the answer told one.
    pub message: Option<String>,
}

impl Unhandled {
    /// What can be told of an answer without knowing its shape.
    pub fn of(response: &Response) -> Self {
        let ErrorHead { code, message } = ErrorHead::of(response);
        Self {
            status: response.status,
            code,
            message,
        }
    }

    /// The answer that says the same: status, `x-amzn-ErrorType`, `{"message":...}`.
    pub fn encode(&self) -> Result<Response, EncodeError> {
        let mut writer = crate::json::Writer::new();
        let mut body = writer.object(crate::value::Unknowns::none());
        body.member("message", &self.message);
        body.end();
        let mut response = Response::json(self.status, writer);
        crate::binding::header::write(&mut response.headers, "x-amzn-ErrorType", &self.code)?;
        Ok(response)
    }
}
