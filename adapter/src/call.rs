//! From a routed request to a call: the bytes as they came, and how to read them if somebody must.

use dialects::converse;
use generated::runtime::operation::{
    Converse, ConverseInput, ConverseStream, ConverseStreamInput, CountTokens, count_tokens,
};
use generated::runtime::types::CountTokensInput;
use http::uri::PathAndQuery;
use llm::chat::Request;
use llm::{Call, Decode, Error, Model, Native, Op, Wire};
use rest_json::check::Violations;
use rest_json::{Labels, Operation, Undecoded};

use crate::error;

/// A call whose request is read by `decode`, should anybody ask.
///
/// # Errors
/// The target is no path, which the HTTP layer has ruled out before.
pub(crate) fn new<O: Operation>(
    op: Op,
    wire: Wire,
    model: Option<Model>,
    request: Undecoded<O>,
    decode: impl Fn(&rest_json::Request) -> Result<Request, Error> + Send + Sync + 'static,
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
    let decode: Decode = Box::new(move |native| decode(&again(native, &labels)));
    Ok(Call::new(op, model, native, decode))
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
pub(crate) fn decode_converse(request: &rest_json::Request) -> Result<Request, Error> {
    let input = checked::<Converse>(request, ConverseInput::check)?;
    let prompted = names_prompt(input.model_id.as_deref());
    valid(converse::decode_request(input), prompted)
}

/// The same for a streamed turn.
pub(crate) fn decode_converse_stream(request: &rest_json::Request) -> Result<Request, Error> {
    let input = checked::<ConverseStream>(request, ConverseStreamInput::check)?;
    let prompted = names_prompt(input.model_id.as_deref());
    valid(converse::decode_stream_request(input), prompted)
}

/// Reads a conversation whose tokens are to be counted.
pub(crate) fn decode_count(request: &rest_json::Request) -> Result<Request, Error> {
    let input = checked::<CountTokens>(request, count_tokens::CountTokensInput::check)?;
    match input.input {
        Some(CountTokensInput::Converse(conversation)) => {
            valid(converse::decode_count_request(conversation), false)
        }
        // Bodies of other dialects, and members this build does not know, can be relayed but not counted here.
        Some(CountTokensInput::InvokeModel(_) | CountTokensInput::Unknown { .. }) | None => Err(
            error::invalid("The provided model doesn't support counting tokens."),
        ),
    }
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
