//! Events as frames: the grammar holds their order, a voice gives them their form.

use std::task::{Context as TaskContext, Poll, ready};

use bytes::BytesMut;
use dialects::converse::Grammar;
use llm::chat::{Event, Stop};
use llm::{BoxStream, Context, Error, Ext, Kind, Origin};
use rest_json::{EncodeError, FrameError};

use crate::answer::{is_blocked, overrule, unmeasured};
use crate::body::Frames;
use crate::error;

/// Gives events the form that the caller reads.
pub(super) trait Voice: Send {
    /// Writes the frames of an event that follows the grammar; possibly none.
    fn tell(&mut self, event: Event, out: &mut BytesMut) -> Result<(), Fault>;
}

/// Why an event has no form.
#[derive(Debug)]
pub(super) enum Fault {
    /// It stands where it cannot.
    Order(dialects::Error),
    /// It cannot be written.
    Encode(EncodeError),
    /// It does not fit a frame.
    Frame(FrameError),
}

impl From<dialects::Error> for Fault {
    fn from(error: dialects::Error) -> Self {
        Fault::Order(error)
    }
}

impl From<EncodeError> for Fault {
    fn from(error: EncodeError) -> Self {
        Fault::Encode(error)
    }
}

impl From<FrameError> for Fault {
    fn from(error: FrameError) -> Self {
        Fault::Frame(error)
    }
}

impl Fault {
    /// The fault as the caller learns of it.
    pub(super) fn told(self, cx: &Context) -> Error {
        match self {
            Fault::Order(fault) => Error::new(
                Kind::OutputMalformed,
                Origin::Upstream,
                "The model provider's stream is out of order.",
            )
            .with_source(fault),
            Fault::Encode(fault) => error::internal(&cx.request_id, fault),
            Fault::Frame(fault) => error::internal(&cx.request_id, fault),
        }
    }
}

/// The frames of those events.
pub(super) fn frames(
    cx: &Context,
    voice: Box<dyn Voice>,
    events: BoxStream<Result<Event, Error>>,
) -> Box<dyn Frames> {
    Box::new(Told {
        events: Some(events),
        grammar: Grammar::new(),
        voice,
        cx: cx.clone(),
    })
}

struct Told {
    /// None once the last event is told.
    events: Option<BoxStream<Result<Event, Error>>>,
    grammar: Grammar,
    voice: Box<dyn Voice>,
    cx: Context,
}

impl Frames for Told {
    fn poll_frames(
        &mut self,
        cx: &mut TaskContext<'_>,
        out: &mut BytesMut,
    ) -> Poll<Option<Result<(), Error>>> {
        let Some(events) = &mut self.events else {
            return Poll::Ready(None);
        };
        let told = match ready!(events.as_mut().poll_next(cx)) {
            Some(Ok(event)) => {
                let is_last = matches!(event, Event::Meta(_));
                let told = self.tell(event, out);
                if is_last && told.is_ok() {
                    self.events = None;
                }
                told
            }
            // What was said stands, and the filter is why there is no more of it.
            Some(Err(fault)) if is_blocked(&fault) => {
                self.events = None;
                self.stop(&fault, out)
            }
            Some(Err(fault)) => {
                self.events = None;
                return Poll::Ready(Some(Err(fault)));
            }
            None => {
                self.events = None;
                return Poll::Ready(None);
            }
        };
        Poll::Ready(Some(told.map_err(|fault| self.fail(fault))))
    }
}

impl Told {
    /// Writes the frames of one event; possibly none.
    fn tell(&mut self, event: Event, out: &mut BytesMut) -> Result<(), Error> {
        self.write(event, out).map_err(|fault| fault.told(&self.cx))
    }

    fn write(&mut self, event: Event, out: &mut BytesMut) -> Result<(), Fault> {
        for event in self.grammar.push(event)? {
            self.voice.tell(event, out)?;
        }
        Ok(())
    }

    /// The end of a reply that a content filter cut; the fault itself where the reply had ended before.
    fn stop(&mut self, fault: &Error, out: &mut BytesMut) -> Result<(), Error> {
        let stop = Event::Stop {
            stop: Stop::ContentFiltered,
            detail: None,
            native: None,
            ext: Ext::default(),
        };
        self.tell(stop, out)
            .map_err(|_out_of_order| fault.clone())?;
        self.tell(Event::Meta(Box::new(unmeasured())), out)
    }

    /// Ends the stream for a fault found here. What hangs on it settles first.
    fn fail(&mut self, fault: Error) -> Error {
        self.events = None;
        overrule(&self.cx, &fault);
        fault
    }
}
