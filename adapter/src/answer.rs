//! From an answer of the backend to the wire.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use bytes::{Bytes, BytesMut};
use dialects::converse::{self, Grammar};
use futures_util::Stream;
use generated::runtime::operation::converse_stream::ConverseStreamOutput;
use generated::runtime::operation::count_tokens::CountTokensOutput;
use generated::runtime::operation::{Converse, ConverseStream, CountTokens};
use generated::runtime::router::stream_errors_of;
use http::Response;
use llm::chat::{Event, Message, Meta, Reply, Role, Stop, Usage, UsageSource};
use llm::{Answer, BoxStream, Context, Error, Ext, Kind, Op, Origin};
use rest_json::{EventStream, Operation};

use crate::body::{self, Body};
use crate::{error, respond};

/// Writes the answer, or the fault, of a call of that kind to the operation of that name.
pub(crate) fn respond(
    cx: &Context,
    op: Op,
    operation: &'static str,
    answer: Result<Answer, Error>,
) -> Response<Body> {
    let response = match (op, answer) {
        (Op::Chat, Ok(Answer::Reply(reply))) => unary(cx, *reply),
        (Op::Chat, Err(fault)) if is_blocked(&fault) => unary(cx, blocked()),
        (Op::ChatStream, Ok(Answer::Events(events))) => streamed(cx, events),
        (Op::ChatStream, Err(fault)) if is_blocked(&fault) => {
            let events = futures_util::stream::iter([Err(fault)]);
            streamed(cx, Box::pin(events))
        }
        (Op::Count, Ok(Answer::Count(n_tokens))) => counted(cx, n_tokens),
        (_, Ok(Answer::Native { status, head, body })) => {
            let is_stream = status.is_success() && !stream_errors_of(operation).is_empty();
            let body = if is_stream {
                body::native_frames(body)
            } else {
                body::native(body)
            };
            Ok(respond::with_head(cx, status, head, body))
        }
        (_, Err(fault)) => Err(fault),
        // The whole for a stream and the like; and documents, which only a provider gives that speaks the dialect of an opaque
        // body, and none is here.
        (_, Ok(Answer::Reply(_) | Answer::Events(_) | Answer::Count(_) | Answer::Documents(_))) => {
            Err(error::internal(&cx.request_id, Unexpected))
        }
    };
    response.unwrap_or_else(|fault| {
        overrule(cx, &fault);
        respond::error(cx, Some(operation), &fault)
    })
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

fn unary(cx: &Context, reply: Reply) -> Result<Response<Body>, Error> {
    // The caller's paths into the native reply hit nothing where the target has no native dialect, and then the member is absent.
    let output = converse::encode_reply(reply, None);
    let response = Converse::encode_response(&output)
        .map_err(|fault| error::internal(&cx.request_id, fault))?;
    Ok(respond::generated(cx, response))
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

fn streamed(
    cx: &Context,
    events: BoxStream<Result<Event, Error>>,
) -> Result<Response<Body>, Error> {
    let response = ConverseStream::encode_response(&ConverseStreamOutput::default())
        .map_err(|fault| error::internal(&cx.request_id, fault))?;
    let frames = Told {
        events: Some(events),
        grammar: Grammar::new(),
        cx: cx.clone(),
    };
    let rest_json::Response {
        status,
        headers,
        body: _,
    } = response;
    let body = body::frames(Box::pin(frames));
    Ok(respond::with_head(cx, status, headers, body))
}

/// Events as frames, those of one event joined.
struct Told {
    /// None once the last event is told.
    events: Option<BoxStream<Result<Event, Error>>>,
    grammar: Grammar,
    cx: Context,
}

impl Stream for Told {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let Some(events) = &mut this.events else {
                return Poll::Ready(None);
            };
            let told = match ready!(events.as_mut().poll_next(cx)) {
                Some(Ok(event)) => {
                    let is_last = matches!(event, Event::Meta(_));
                    let told = this.tell(event);
                    if is_last && told.is_ok() {
                        this.events = None;
                    }
                    told
                }
                // What was said stands, and the filter is why there is no more of it.
                Some(Err(fault)) if is_blocked(&fault) => {
                    this.events = None;
                    this.stop(&fault)
                }
                Some(Err(fault)) => {
                    this.events = None;
                    return Poll::Ready(Some(Err(fault)));
                }
                None => {
                    this.events = None;
                    continue;
                }
            };
            match told {
                Ok(frames) if frames.is_empty() => {}
                Ok(frames) => return Poll::Ready(Some(Ok(frames))),
                Err(fault) => return Poll::Ready(Some(Err(this.fail(fault)))),
            }
        }
    }
}

impl Told {
    /// The frames of one event; possibly none.
    fn tell(&mut self, event: Event) -> Result<Bytes, Error> {
        let events = self.grammar.push(event).map_err(|fault| {
            Error::new(
                Kind::OutputMalformed,
                Origin::Upstream,
                "The model provider's stream is out of order.",
            )
            .with_source(fault)
        })?;
        let mut out = BytesMut::new();
        for event in events {
            let frame = converse::encode_event(event, None).encode_frame();
            let frame = frame.map_err(|fault| error::internal(&self.cx.request_id, fault))?;
            frame
                .encode_to(&mut out)
                .map_err(|fault| error::internal(&self.cx.request_id, fault))?;
        }
        Ok(out.freeze())
    }

    /// The end of a reply that a content filter cut; the fault itself where the reply had ended before.
    fn stop(&mut self, fault: &Error) -> Result<Bytes, Error> {
        let stop = Event::Stop {
            stop: Stop::ContentFiltered,
            detail: None,
            native: None,
            ext: Ext::default(),
        };
        let stop = self.tell(stop).map_err(|_out_of_order| fault.clone())?;
        let meta = self.tell(Event::Meta(Box::new(unmeasured())))?;
        Ok([stop, meta].concat().into())
    }

    /// Ends the stream for a fault found here. What hangs on it settles first.
    fn fail(&mut self, fault: Error) -> Error {
        self.events = None;
        overrule(&self.cx, &fault);
        fault
    }
}
