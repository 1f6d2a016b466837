//! From a routed request to a call: the bytes as they came, and how to read them if somebody must.

mod invoke;

use dialects::invoke::Format;
use dialects::{converse, family};
use generated::runtime::operation::{
    Converse, ConverseInput, ConverseStream, ConverseStreamInput, CountTokens, count_tokens,
};
use generated::runtime::types::{CountTokensInput, InvokeModelTokensRequest};
use http::uri::PathAndQuery;
use llm::chat::Request;
use llm::{Call, Decode, Error, Native, Wire};
use rest_json::check::Violations;
use rest_json::{Labels, Operation, Undecoded};

use crate::error;
use crate::form::{Asked, Form};
use crate::paths::Paths;

pub(crate) use invoke::{decode_invoke, decode_invoke_stream};

/// A request that was read, and the form that its answer is to have.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) request: Request,
    pub(crate) form: Form,
}

/// How a request is read.
pub(crate) type Read = fn(&rest_json::Request) -> Result<Decoded, Error>;

/// A call whose request is read by `read`, should anybody ask; what its answer is to look like is then learnt too.
///
/// # Errors
/// The target is no path, which the HTTP layer has ruled out before.
pub(crate) fn new<O: Operation>(
    asked: &Asked,
    wire: Wire,
    request: Undecoded<O>,
    read: Read,
) -> Result<Call, Error> {
    let rest_json::Request {
        method,
        target,
        headers,
        body,
        labels,
    } = request.into_request();
    let target: PathAndQuery = target.parse().map_err(|_| error::unknown_model())?;
    let native = Native {
        wire,
        method,
        target,
        head: headers,
        body,
    };
    let learnt = asked.learnt();
    let decode: Decode = Box::new(move |native| {
        let Decoded { request, form } = read(&again(native, &labels))?;
        learnt.get_or_init(|| form);
        Ok(request)
    });
    Ok(Call::new(asked.op, asked.model.clone(), native, decode))
}

/// The request as the codec reads it. Made only when somebody asks, so that a relayed call copies nothing.
fn again(native: &Native, labels: &Labels) -> rest_json::Request {
    rest_json::Request {
        method: native.method.clone(),
        target: native.target.as_str().to_owned(),
        headers: native.head.clone(),
        body: native.body.clone(),
        labels: labels.clone(),
    }
}

/// Reads a conversation turn: its bytes, then its members' constraints, then the rules between members.
pub(crate) fn decode_converse(request: &rest_json::Request) -> Result<Decoded, Error> {
    let input = checked::<Converse>(request, ConverseInput::check)?;
    let model_id = input.model_id.clone();
    conversation(converse::decode_request(input), model_id.as_deref())
}

/// The same for a streamed turn.
pub(crate) fn decode_converse_stream(request: &rest_json::Request) -> Result<Decoded, Error> {
    let input = checked::<ConverseStream>(request, ConverseStreamInput::check)?;
    let model_id = input.model_id.clone();
    conversation(converse::decode_stream_request(input), model_id.as_deref())
}

/// Reads a conversation whose tokens are to be counted, or the body of an invocation.
pub(crate) fn decode_count(request: &rest_json::Request) -> Result<Decoded, Error> {
    let input = checked::<CountTokens>(request, count_tokens::CountTokensInput::check)?;
    let model_id = input.model_id.unwrap_or_default();
    let request = match input.input {
        Some(CountTokensInput::Converse(conversation)) => {
            let mut request = valid(converse::decode_count_request(conversation), false)?;
            request.family = family::of(&model_id);
            request
        }
        Some(CountTokensInput::InvokeModel(InvokeModelTokensRequest { body, unknown: _ })) => {
            let body = body.unwrap_or_default();
            let format = Format::detect(body.bytes(), &model_id);
            invoke::body(format, body.bytes(), not_counted)?
        }
        // What this build does not know can be relayed but not counted here.
        Some(CountTokensInput::Unknown { .. }) | None => return Err(not_counted()),
    };
    Ok(Decoded {
        request,
        form: Form::Converse(None),
    })
}

fn not_counted() -> Error {
    error::invalid("The provided model doesn't support counting tokens.")
}

/// A conversation by the rules between its members, in the vocabulary of the model that was asked for.
fn conversation(
    request: Result<Request, dialects::Error>,
    model_id: Option<&str>,
) -> Result<Decoded, Error> {
    let mut request = valid(request, names_prompt(model_id))?;
    request.family = model_id.and_then(family::of);
    let paths = request
        .response_paths
        .as_deref()
        .filter(|pointers| !pointers.is_empty())
        .map(|pointers| Paths::new(pointers, request.family));
    Ok(Decoded {
        request,
        form: Form::Converse(paths),
    })
}

/// The typed input of a request whose bytes are what the operation takes and whose members keep their constraints.
fn checked<O: Operation>(
    request: &rest_json::Request,
    check: fn(&O::Input) -> Violations,
) -> Result<O::Input, Error> {
    let input = O::decode_request(request).map_err(|rejection| error::malformed(&rejection))?;
    let violations = check(&input);
    if violations.is_empty() {
        Ok(input)
    } else {
        Err(error::invalid(violations.to_string()))
    }
}

fn valid(request: Result<Request, dialects::Error>, prompted: bool) -> Result<Request, Error> {
    // A required member is missing only where the constraints have found it before.
    let request = request.map_err(|absent| error::invalid(absent.to_string()))?;
    match converse::validate(&request, prompted) {
        Some(finding) => Err(error::invalid(finding.message)),
        None => Ok(request),
    }
}

/// Whether a model id names a stored prompt, which brings messages of its own.
fn names_prompt(model_id: Option<&str>) -> bool {
    model_id.is_some_and(|id| id.starts_with("arn:") && id.contains(":prompt/"))
}
