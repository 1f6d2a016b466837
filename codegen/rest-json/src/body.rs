//! Whole bodies as one JSON value, and the small things every generated message needs around them.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;

use crate::error::Rejection;
use crate::json::{FromJson, Reader, ToJson, Writer};
use crate::operation::{Response, request_reader, response_reader};
use crate::value::Unknowns;

/// The value that is a request's whole body; none for an empty body.
pub fn request<T: FromJson>(body: &Bytes) -> Result<Option<T>, Rejection> {
    request_reader(body)?.map(whole).transpose()
}

/// The value that is an answer's whole body, or the payload of a frame; none where it is empty.
pub fn response<T: FromJson>(body: &Bytes) -> Result<Option<T>, Rejection> {
    response_reader(body)?.map(whole).transpose()
}

/// A value as a whole body.
pub fn of<T: ToJson>(value: &T) -> Writer {
    let mut writer = Writer::new();
    value.write(&mut writer);
    writer
}

/// The body of an absent structure, `{}`.
pub fn empty() -> Writer {
    let mut writer = Writer::new();
    writer.object(Unknowns::none()).end();
    writer
}

/// Names the error that an answer is, in `x-amzn-ErrorType`.
pub fn named(mut response: Response, name: &'static str) -> Response {
    response
        .headers
        .insert("x-amzn-errortype", HeaderValue::from_static(name));
    response
}

/// What `Debug` shows of a value that the model calls sensitive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("*** redacted ***")
    }
}

fn whole<T: FromJson>(mut reader: Reader<'_>) -> Result<T, Rejection> {
    let value = T::read(&mut reader)?;
    reader.finish()?;
    Ok(value)
}
