//! From an answer of the backend to the wire.

mod converse;
mod invoke;
mod told;

use generated::runtime::operation::CountTokens;
use generated::runtime::operation::count_tokens::CountTokensOutput;
use generated::runtime::router::stream_errors_of;
use http::Response;
use llm::chat::{Event, Message, Meta, Reply, Role, Stop, Usage, UsageSource};
use llm::{Answer, BoxStream, Context, Error, Ext, Kind, Op};
use rest_json::Operation;

use crate::body::{self, Body};
use crate::form::{Asked, Form};
use crate::{error, respond};
use told::Voice;

/// Writes the answer, or the fault, of a call.
pub(crate) async fn respond(
    cx: &Context,
    asked: Asked,
    answer: Result<Answer, Error>,
) -> Response<Body> {
    let operation = asked.operation;
    written(cx, asked, answer).await.unwrap_or_else(|fault| {
        overrule(cx, &fault);
        respond::error(cx, Some(operation), &fault)
    })
}

async fn written(
    cx: &Context,
    asked: Asked,
    answer: Result<Answer, Error>,
) -> Result<Response<Body>, Error> {
    match (asked.op, answer) {
        (_, Ok(Answer::Native { status, head, body })) => {
            let is_stream = status.is_success() && !stream_errors_of(asked.operation).is_empty();
            let body = if is_stream {
                body::native_frames(body)
            } else {
                body::native(body)
            };
            Ok(respond::with_head(cx, status, head, body))
        }
        (Op::Chat, Ok(Answer::Reply(reply))) => whole(cx, &asked, *reply),
        (Op::Chat, Ok(Answer::Documents(documents))) if asked.is_of_a_body() => {
            invoke::documents(cx, &asked, documents).await
        }
        (Op::ChatStream, Ok(Answer::Events(events))) => streamed(cx, asked, events),
        (Op::ChatStream, Ok(Answer::Documents(documents))) if asked.is_of_a_body() => {
            invoke::streamed_documents(cx, asked, documents)
        }
        (Op::Count, Ok(Answer::Count(n_tokens))) => counted(cx, n_tokens),
        (_, Ok(Answer::Reply(_) | Answer::Events(_) | Answer::Count(_) | Answer::Documents(_))) => {
            Err(error::internal(&cx.request_id, Unexpected))
        }
        (Op::Chat, Err(fault)) if is_blocked(&fault) && asked.form().is_some() => {
            whole(cx, &asked, blocked())
        }
        (Op::ChatStream, Err(fault)) if is_blocked(&fault) && asked.form().is_some() => {
            let events = futures_util::stream::iter([Err(fault)]);
            streamed(cx, asked, Box::pin(events))
        }
        (_, Err(fault)) => Err(fault),
    }
}

fn whole(cx: &Context, asked: &Asked, reply: Reply) -> Result<Response<Body>, Error> {
    match asked.form() {
        Some(Form::Converse(paths)) => converse::whole(cx, asked, paths.as_ref(), reply),
        Some(Form::Invoke {
            format,
            input_tokens_guess,
            wants_usage: _,
        }) => invoke::whole(cx, asked, *format, *input_tokens_guess, &reply),
        None => Err(error::internal(&cx.request_id, Unexpected)),
    }
}

fn streamed(
    cx: &Context,
    asked: Asked,
    events: BoxStream<Result<Event, Error>>,
) -> Result<Response<Body>, Error> {
    match asked.form() {
        Some(Form::Converse(paths)) => {
            let voice: Box<dyn Voice> = match paths {
                Some(paths) => {
                    let rendering = asked.rendering(cx, 0);
                    Box::new(converse::WithFields::new(paths.clone(), rendering))
                }
                None => Box::new(converse::Plain),
            };
            converse::streamed(cx, told::frames(cx, voice, events))
        }
        Some(Form::Invoke {
            format,
            input_tokens_guess,
            wants_usage,
        }) => {
            let rendering = asked.rendering(cx, *input_tokens_guess);
            let teller = format.teller(rendering).telling_usage(*wants_usage);
            let voice = Box::new(invoke::Chunks::new(teller, asked));
            invoke::streamed(cx, told::frames(cx, voice, events))
        }
        None => Err(error::internal(&cx.request_id, Unexpected)),
    }
}

fn counted(cx: &Context, n_tokens: u64) -> Result<Response<Body>, Error> {
    let input_tokens = i32::try_from(n_tokens).unwrap_or(i32::MAX);
    let output = CountTokensOutput {
        input_tokens: Some(input_tokens),
        ..CountTokensOutput::default()
    };
    let response = CountTokens::encode_response(&output)
        .map_err(|fault| error::internal(&cx.request_id, fault))?;
    Ok(respond::generated(cx, response))
}

/// Notes a fault as the end of the call. One that was found here comes after the call has settled as complete, or, its stream
/// dropped, as given up by the caller.
fn overrule(cx: &Context, fault: &Error) {
    cx.observation.update(|record| {
        record.end = None;
        record.fail(fault);
    });
}

/// The backend answered another question than it was asked.
#[derive(Debug)]
struct Unexpected;

impl std::fmt::Display for Unexpected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the backend's answer is not of the kind that the operation has")
    }
}

impl std::error::Error for Unexpected {}

/// A prompt that a content filter refused is answered as if the filter had stopped the model, unless somebody's own words are
/// to be handed on.
fn is_blocked(fault: &Error) -> bool {
    fault.kind() == Kind::ContentBlocked && fault.native().is_none()
}

fn blocked() -> Reply {
    let Meta {
        usage,
        latency,
        trace,
        performance,
        tier,
        ext,
    } = unmeasured();
    Reply {
        message: Message {
            role: Role::Assistant,
            content: Vec::new(),
            ext: Ext::default(),
        },
        stop: Stop::ContentFiltered,
        stop_detail: None,
        usage,
        latency,
        native: None,
        trace,
        performance,
        tier,
        ext,
    }
}

/// The cost of a reply that nobody measured.
fn unmeasured() -> Meta {
    Meta {
        usage: Usage {
            source: UsageSource::Missing,
            ..Usage::default()
        },
        ..Meta::default()
    }
}
