//! Answers in Converse's own form.

use bytes::BytesMut;
use dialects::{Rendering, converse};
use generated::runtime::operation::converse_stream::ConverseStreamOutput;
use generated::runtime::operation::{Converse, ConverseStream};
use http::Response;
use llm::chat::{Event, Reply};
use llm::{Context, Error, Json};
use rest_json::{EventStream, Operation};

use crate::answer::told::{Fault, Voice};
use crate::body::{self, Body, Frames};
use crate::form::Asked;
use crate::paths::{End, Paths};
use crate::{error, respond};

/// A whole reply.
pub(super) fn whole(
    cx: &Context,
    asked: &Asked,
    paths: Option<&Paths>,
    reply: Reply,
) -> Result<Response<Body>, Error> {
    let additional = paths.and_then(|paths| paths.of_reply(&reply, &asked.rendering(cx, 0)));
    let output = converse::encode_reply(reply, additional);
    let response = Converse::encode_response(&output)
        .map_err(|fault| error::internal(&cx.request_id, fault))?;
    Ok(respond::generated(cx, response))
}

/// A stream of those frames.
pub(super) fn streamed(cx: &Context, frames: Box<dyn Frames>) -> Result<Response<Body>, Error> {
    let response = ConverseStream::encode_response(&ConverseStreamOutput::default())
        .map_err(|fault| error::internal(&cx.request_id, fault))?;
    let rest_json::Response {
        status,
        headers,
        body: _,
    } = response;
    Ok(respond::with_head(
        cx,
        status,
        headers,
        body::frames(frames),
    ))
}

/// Writes events as Converse's.
pub(super) struct Plain;

impl Voice for Plain {
    fn tell(&mut self, event: Event, out: &mut BytesMut) -> Result<(), Fault> {
        write(event, None, out)
    }
}

/// The same, with the fields of the family's own last event that the caller asks for: they ride on the stop.
pub(super) struct WithFields {
    paths: Paths,
    rendering: Rendering,
    /// The stop, which waits for the usage: the family's own last event tells both.
    held: Option<End>,
}

impl WithFields {
    pub(super) fn new(paths: Paths, rendering: Rendering) -> Self {
        Self {
            paths,
            rendering,
            held: None,
        }
    }
}

impl Voice for WithFields {
    fn tell(&mut self, event: Event, out: &mut BytesMut) -> Result<(), Fault> {
        match event {
            Event::Stop {
                stop,
                detail,
                native,
                ext,
            } => {
                let end = End { stop, detail, ext };
                match native {
                    Some(native) => write(end.into_event(), self.paths.of_native(&native), out),
                    None if self.paths.renders() => {
                        self.held = Some(end);
                        Ok(())
                    }
                    None => write(end.into_event(), None, out),
                }
            }
            Event::Meta(meta) => {
                if let Some(end) = self.held.take() {
                    let additional = self.paths.of_end(&end, &meta, self.rendering.clone());
                    write(end.into_event(), additional, out)?;
                }
                write(Event::Meta(meta), None, out)
            }
            event @ (Event::Start { .. }
            | Event::BlockStart { .. }
            | Event::Delta { .. }
            | Event::BlockStop { .. }) => write(event, None, out),
        }
    }
}

fn write(event: Event, additional: Option<Json>, out: &mut BytesMut) -> Result<(), Fault> {
    let frame = converse::encode_event(event, additional).encode_frame()?;
    Ok(frame.encode_to(out)?)
}
