//! Values between the protocol's JSON and the SDK's types; those of the shapes are written by the build script.

use std::collections::HashMap;
use std::error::Error;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::{Blob, DateTime, Document, Number};
use serde_json::{Map, Value, json};

include!(concat!(env!("OUT_DIR"), "/convert.rs"));

/// What a call returned.
pub struct Answer {
    pub output: Value,
    pub events: Option<Vec<Value>>,
    pub request_id: Option<String>,
}

/// Why a call did not return.
pub enum Fault {
    NoSuchOperation,
    /// The case asks for a member that this version does not have.
    NoSuchMember(String),
    Raised {
        code: Option<String>,
        message: String,
        typed: bool,
        events: Option<Vec<Value>>,
    },
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self::NoSuchMember(text)
    }
}

impl Fault {
    pub fn of_call<E, R>(error: &SdkError<E, R>, typed: bool) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug,
    {
        Self::raised(error, typed, None)
    }

    pub fn of_stream<E, R>(error: &SdkError<E, R>, typed: bool, events: Vec<Value>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug,
    {
        Self::raised(error, typed, Some(events))
    }

    fn raised<E, R>(error: &SdkError<E, R>, typed: bool, events: Option<Vec<Value>>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug,
    {
        let service = error.as_service_error();
        // An exception of a stream tells its code only in the text, as the class's name before the colon.
        let code = service.and_then(|error| {
            error
                .code()
                .map(str::to_owned)
                .or_else(|| typed.then(|| class_name(error)))
        });
        let message = service
            .and_then(|error| error.message())
            .map_or_else(|| chain(error), str::to_owned);
        Self::Raised {
            code,
            message,
            typed,
            events,
        }
    }
}

/// `ThrottlingException(ThrottlingException { .. })` -> `ThrottlingException`.
fn class_name<E: std::fmt::Debug>(error: &E) -> String {
    format!("{error:?}")
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect()
}

fn chain<E, R>(error: &SdkError<E, R>) -> String
where
    E: Error + 'static,
    R: std::fmt::Debug,
{
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

/// To the protocol's normal form.
pub trait Show {
    fn show(&self) -> Value;
}

/// From it.
pub trait Read: Sized {
    fn read(value: &Value) -> Result<Self, String>;
}

/// The member of a case, absent or read.
pub fn member<T: Read>(value: &Value, name: &str) -> Result<Option<T>, String> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => T::read(value)
            .map(Some)
            .map_err(|fault| format!("{name}: {fault}")),
    }
}

/// Absent members are left out.
fn put(members: &mut Map<String, Value>, name: &str, value: Value) {
    if !value.is_null() {
        members.insert(name.to_owned(), value);
    }
}

fn only_member(value: &Value) -> Result<(&str, &Value), String> {
    let mut members = value.as_object().into_iter().flatten();
    match (members.next(), members.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        _ => Err(format!("{value} has not one member")),
    }
}

impl<T: Show> Show for Option<T> {
    fn show(&self) -> Value {
        self.as_ref().map_or(Value::Null, Show::show)
    }
}

impl<T: Show> Show for Vec<T> {
    fn show(&self) -> Value {
        Value::Array(self.iter().map(Show::show).collect())
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value) -> Result<Self, String> {
        value
            .as_array()
            .ok_or_else(|| format!("{value} is no list"))?
            .iter()
            .map(T::read)
            .collect()
    }
}

impl<T: Show> Show for HashMap<String, T> {
    fn show(&self) -> Value {
        Value::Object(
            self.iter()
                .map(|(name, value)| (name.clone(), value.show()))
                .collect(),
        )
    }
}

impl<T: Read> Read for HashMap<String, T> {
    fn read(value: &Value) -> Result<Self, String> {
        let members = value
            .as_object()
            .ok_or_else(|| format!("{value} is no map"))?;
        members
            .iter()
            .map(|(name, value)| Ok((name.clone(), T::read(value)?)))
            .collect()
    }
}

impl<T: Show> Show for Box<T> {
    fn show(&self) -> Value {
        self.as_ref().show()
    }
}

impl<T: Read> Read for Box<T> {
    fn read(value: &Value) -> Result<Self, String> {
        T::read(value).map(Box::new)
    }
}

macro_rules! plain {
    ($($ty:ty => $read:expr;)+) => {$(
        impl Show for $ty {
            fn show(&self) -> Value {
                json!(self)
            }
        }

        impl Read for $ty {
            fn read(value: &Value) -> Result<Self, String> {
                ($read)(value).ok_or_else(|| format!("{value} is no {}", stringify!($ty)))
            }
        }
    )+};
}

plain! {
    String => |value: &Value| value.as_str().map(str::to_owned);
    bool => Value::as_bool;
    i32 => |value: &Value| value.as_i64().and_then(|value| i32::try_from(value).ok());
    i64 => Value::as_i64;
    f32 => |value: &Value| value.as_f64().map(|value| value as f32);
    f64 => Value::as_f64;
}

impl Show for Blob {
    fn show(&self) -> Value {
        json!({ "$base64": base64_simd::STANDARD.encode_to_string(self) })
    }
}

impl Read for Blob {
    fn read(value: &Value) -> Result<Self, String> {
        let text = value
            .get("$base64")
            .and_then(Value::as_str)
            .ok_or_else(|| format!("{value} is no blob"))?;
        base64_simd::STANDARD
            .decode_to_vec(text)
            .map(Self::new)
            .map_err(|error| error.to_string())
    }
}

impl Show for DateTime {
    fn show(&self) -> Value {
        self.fmt(Format::DateTime)
            .map_or(Value::Null, |text| json!({ "$time": text }))
    }
}

impl Read for DateTime {
    fn read(value: &Value) -> Result<Self, String> {
        let text = value
            .get("$time")
            .and_then(Value::as_str)
            .ok_or_else(|| format!("{value} is no time"))?;
        Self::from_str(text, Format::DateTime).map_err(|error| error.to_string())
    }
}

impl Show for Document {
    fn show(&self) -> Value {
        match self {
            Self::Object(members) => members.show(),
            Self::Array(items) => items.show(),
            Self::Number(Number::PosInt(number)) => json!(number),
            Self::Number(Number::NegInt(number)) => json!(number),
            Self::Number(Number::Float(number)) => json!(number),
            Self::String(text) => json!(text),
            Self::Bool(value) => json!(value),
            Self::Null => Value::Null,
        }
    }
}

impl Read for Document {
    fn read(value: &Value) -> Result<Self, String> {
        Ok(match value {
            Value::Object(_) => Self::Object(HashMap::read(value)?),
            Value::Array(_) => Self::Array(Vec::read(value)?),
            Value::Number(number) => {
                Self::Number(match (number.as_u64(), number.as_i64(), number.as_f64()) {
                    (Some(number), _, _) => Number::PosInt(number),
                    (None, Some(number), _) => Number::NegInt(number),
                    (None, None, number) => Number::Float(number.unwrap_or_default()),
                })
            }
            Value::String(text) => Self::String(text.clone()),
            Value::Bool(value) => Self::Bool(*value),
            Value::Null => Self::Null,
        })
    }
}
