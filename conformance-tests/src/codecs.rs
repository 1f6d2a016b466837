//! The generated codecs by the names of their operations: each reads what a fixture holds and writes it again.

use std::fmt;

use generated::{control, runtime};
use rest_json::check::{Check, Path, Violations};
use rest_json::{
    EncodeError, EventStream, Frame, InputStream, Operation, OutputStream, Rejection, Request,
    Response,
};

/// Both directions of one operation's codecs, joined: what goes in comes out again.
#[derive(Clone, Copy, Debug)]
pub struct Codec {
    /// The operation's name, `Converse`.
    pub operation: &'static str,
    /// The status of its successful answer.
    pub status: u16,
    /// Decodes a request to its typed input and encodes that.
    pub request: fn(&Request) -> Result<Request, Failure>,
    /// Decodes a request and holds it against the model's constraints.
    pub check: fn(&Request) -> Result<Violations, Failure>,
    /// Joins decoding and encoding of a successful answer; of an event stream for its head.
    pub answer: fn(&Response) -> Result<Response, Failure>,
    /// The same for an error answer.
    pub error: fn(&Response) -> Result<Response, Failure>,
    /// The same for one frame of the request, where the request is an event stream.
    pub input_event: Option<EventAgain>,
    /// The same for one frame of the answer, where the answer is an event stream.
    pub output_event: Option<EventAgain>,
}

/// Decodes one frame to its typed event and encodes that.
pub type EventAgain = fn(&Frame) -> Result<Frame, Failure>;

/// Every operation of Bedrock Runtime, in the order of their names.
pub const RUNTIME: &[Codec] = &[
    Codec::unary::<runtime::operation::ApplyGuardrail>(),
    Codec::unary::<runtime::operation::Converse>(),
    Codec::streaming::<runtime::operation::ConverseStream>(),
    Codec::unary::<runtime::operation::CountTokens>(),
    Codec::unary::<runtime::operation::GetAsyncInvoke>(),
    Codec::unary::<runtime::operation::InvokeGuardrailChecks>(),
    Codec::unary::<runtime::operation::InvokeModel>(),
    Codec::duplex::<runtime::operation::InvokeModelWithBidirectionalStream>(),
    Codec::streaming::<runtime::operation::InvokeModelWithResponseStream>(),
    Codec::unary::<runtime::operation::ListAsyncInvokes>(),
    Codec::unary::<runtime::operation::StartAsyncInvoke>(),
];

/// The operations of the control plane that are generated, in the order of their names.
pub const CONTROL: &[Codec] = &[
    Codec::unary::<control::operation::GetFoundationModel>(),
    Codec::unary::<control::operation::GetInferenceProfile>(),
    Codec::unary::<control::operation::ListFoundationModels>(),
    Codec::unary::<control::operation::ListInferenceProfiles>(),
];

impl Codec {
    /// The codec of the operation `name` in one of the tables.
    pub fn find(table: &'static [Self], name: &str) -> Option<&'static Self> {
        table.iter().find(|codec| codec.operation == name)
    }

    const fn unary<O: Operation<Input: Check>>() -> Self {
        Self {
            operation: O::NAME,
            status: O::STATUS,
            request: request_again::<O>,
            check: check::<O>,
            answer: answer_again::<O>,
            error: error_again::<O>,
            input_event: None,
            output_event: None,
        }
    }

    const fn streaming<O: OutputStream + Operation<Input: Check>>() -> Self {
        Self {
            output_event: Some(event_again::<<O as OutputStream>::Event>),
            ..Self::unary::<O>()
        }
    }

    const fn duplex<O: InputStream + OutputStream + Operation<Input: Check>>() -> Self {
        Self {
            input_event: Some(event_again::<<O as InputStream>::Event>),
            ..Self::streaming::<O>()
        }
    }
}

/// Why something could not be read or written again.
#[derive(Debug)]
pub enum Failure {
    Decode(Rejection),
    Encode(EncodeError),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(_) => f.write_str("cannot be decoded"),
            Self::Encode(_) => f.write_str("cannot be encoded again"),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Decode(rejection) => Some(rejection),
            Self::Encode(error) => Some(error),
        }
    }
}

fn request_again<O: Operation>(request: &Request) -> Result<Request, Failure> {
    let input = O::decode_request(request).map_err(Failure::Decode)?;
    O::encode_request(&input).map_err(Failure::Encode)
}

fn check<O: Operation<Input: Check>>(request: &Request) -> Result<Violations, Failure> {
    let input = O::decode_request(request).map_err(Failure::Decode)?;
    let mut violations = Violations::default();
    input.check(&Path::ROOT, &mut violations);
    Ok(violations)
}

fn answer_again<O: Operation>(response: &Response) -> Result<Response, Failure> {
    let output = O::decode_response(response).map_err(Failure::Decode)?;
    O::encode_response(&output).map_err(Failure::Encode)
}

fn error_again<O: Operation>(response: &Response) -> Result<Response, Failure> {
    O::encode_error(&O::decode_error(response)).map_err(Failure::Encode)
}

fn event_again<E: EventStream>(frame: &Frame) -> Result<Frame, Failure> {
    let event = E::decode_frame(frame).map_err(Failure::Decode)?;
    event.encode_frame().map_err(Failure::Encode)
}
