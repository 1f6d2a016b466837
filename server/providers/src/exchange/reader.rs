//! The body of a streamed answer, read step by step: one document of the provider's, and the events that it makes.
//!
//! A server that answers with a whole reply, or with an error, where it was asked for a stream is understood too.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use dialects::{StreamError, converse};
use llm::Error;
use llm::chat::Event;
use tokio::time::{Instant, Sleep, sleep};

use super::REPLY_BYTES_MAX;
use super::faults::Faults;
use super::format::{Decoder, Format};
use crate::http::pieces::{Broken, Pieces};
use crate::sse;

/// How much of one event is held; the longest that a model sends is an image.
const EVENT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long the end of the body may follow the end of the reply: a connection whose body was read whole serves the next call.
const LINGER: Duration = Duration::from_millis(20);
/// What ends a stream of OpenAI's format, and is no document.
const DONE: &str = "[DONE]";

/// Reads one stream.
pub(super) struct Reader {
    pieces: Pieces,
    form: Form,
    format: Format,
    native: bool,
    decoder: Decoder,
    /// What has come and nobody has read: each document is read when its turn is, so that no more is held than must be.
    documents: std::vec::IntoIter<String>,
    ready: VecDeque<Step>,
    /// Steps that somebody has waited for.
    waited: VecDeque<Step>,
    end: End,
    began: Instant,
    faults: Faults,
}

/// One step of a stream.
#[derive(Debug)]
pub(super) struct Step {
    /// The provider's own text; none where the step has none.
    pub(super) document: Option<String>,
    /// What it says.
    pub(super) events: Vec<Event>,
}

/// What the body turns out to be.
enum Form {
    /// Nothing but white space has come.
    Unknown,
    /// Server-sent events.
    Events(sse::Decoder),
    /// One document.
    Whole(Vec<u8>),
}

/// How far the stream is.
enum End {
    Open,
    /// The reply is whole, its body perhaps not.
    Lingering(Option<Pin<Box<Sleep>>>),
    /// It ends, with this error if there is one.
    Known(Option<Error>),
}

impl Reader {
    pub(super) fn new(
        pieces: Pieces,
        format: Format,
        native: bool,
        began: Instant,
        faults: Faults,
    ) -> Self {
        Self {
            pieces,
            form: Form::Unknown,
            format,
            native,
            decoder: format.decoder(native),
            documents: Vec::new().into_iter(),
            ready: VecDeque::new(),
            waited: VecDeque::new(),
            end: End::Open,
            began,
            faults,
        }
    }

    /// Waits for the first step that says something, which stays there like those before it; a stream that fails before it gives
    /// its error. That a reply begins says nothing yet.
    pub(super) async fn wait(&mut self) -> Result<(), Error> {
        let mut says_something = false;
        while !says_something {
            let next = std::future::poll_fn(|cx| self.poll_step(cx)).await;
            let Some(step) = next.transpose()? else {
                break;
            };
            says_something = step
                .events
                .iter()
                .any(|event| !matches!(event, Event::Start { .. }));
            self.waited.push_back(step);
        }
        Ok(())
    }

    /// Whether the body is not a stream but one document.
    pub(super) fn is_of_one_document(&self) -> bool {
        matches!(self.form, Form::Whole(_))
    }

    /// The next step; the last item is the end or an error.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Step, Error>>> {
        match self.waited.pop_front() {
            Some(step) => Poll::Ready(Some(Ok(step))),
            None => self.poll_step(cx),
        }
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Step, Error>>> {
        loop {
            // The last step waits until the body has ended: whoever reads is gone once he has it.
            if matches!(self.end, End::Lingering(_)) {
                ready!(self.poll_rest(cx));
                self.end = End::Known(None);
            }
            if let Some(step) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(step)));
            }
            if let End::Known(error) = &mut self.end {
                return Poll::Ready(error.take().map(Err));
            }
            if let Some(document) = self.documents.next() {
                self.read(document);
                continue;
            }
            match ready!(self.pieces.poll_gathered(cx)) {
                Some(Ok(bytes)) => self.take(&bytes),
                Some(Err(Broken::Cut(error))) => self.over(Some(Broken::Cut(error))),
                Some(Err(broken @ (Broken::Late | Broken::TooLong))) => {
                    self.fail(self.faults.broken(broken));
                }
                None => self.over(None),
            }
        }
    }

    fn take(&mut self, bytes: &Bytes) {
        let mut bytes: &[u8] = bytes;
        if let Form::Unknown = self.form {
            let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            self.form = match bare.trim_ascii_start().first() {
                None => return,
                // No field of an event begins like this; a page of HTML does, and so does a reply.
                Some(b'{' | b'[' | b'<') => {
                    bytes = bare;
                    Form::Whole(Vec::new())
                }
                Some(_) => Form::Events(sse::Decoder::new(EVENT_BYTES_MAX)),
            };
        }
        match &mut self.form {
            Form::Unknown => {}
            Form::Whole(whole) if whole.len().saturating_add(bytes.len()) > REPLY_BYTES_MAX => {
                self.fail(self.faults.broken(Broken::TooLong));
            }
            Form::Whole(whole) => whole.extend_from_slice(bytes),
            Form::Events(decoder) => match decoder.push(bytes) {
                Ok(documents) => self.documents = documents.into_iter(),
                Err(sse::TooLong) => self.fail(self.faults.broken(Broken::TooLong)),
            },
        }
    }

    fn read(&mut self, document: String) {
        self.pieces.begun();
        match self.decoder.push(&document) {
            Ok(events) => self.step(Some(document), events),
            Err(error) => return self.fail(self.faults.of_stream(error)),
        }
        if self.decoder.is_complete() {
            self.end = End::Lingering(None);
        }
    }

    /// The body is over, by itself or cut off. Behind a whole reply there was nothing left to cut.
    fn over(&mut self, cut: Option<Broken>) {
        let ended = match (&mut self.form, &cut) {
            (Form::Whole(whole), None) => {
                let whole = std::mem::take(whole);
                return self.told(&whole);
            }
            (Form::Events(decoder), None) => match decoder.finish() {
                // Half an event is not what it might have been.
                Some(last) => match self.decoder.push(&last) {
                    Ok(events) => {
                        self.step(Some(last), events);
                        self.decoder.finish()
                    }
                    Err(StreamError::Malformed(_)) => Err(StreamError::Truncated),
                    Err(error @ (StreamError::Fault(_) | StreamError::Truncated)) => Err(error),
                },
                None => self.decoder.finish(),
            },
            (Form::Events(_), Some(_)) => self.decoder.finish(),
            (Form::Unknown, _) | (Form::Whole(_), Some(_)) => Err(StreamError::Truncated),
        };
        match (ended, cut) {
            (Ok(events), _) => {
                self.step(None, events);
                self.end = End::Known(None);
            }
            (Err(StreamError::Truncated), Some(cut)) => self.fail(self.faults.broken(cut)),
            (Err(error), _) => self.fail(self.faults.of_stream(error)),
        }
    }

    /// A whole reply in the place of a stream.
    fn told(&mut self, whole: &[u8]) {
        let reply = match self.format.decode_reply(whole, self.native) {
            Ok(reply) => reply,
            Err(error) => return self.fail(self.faults.of_stream(error)),
        };
        match converse::events(reply) {
            Ok(events) => {
                self.step(None, events);
                self.end = End::Known(None);
            }
            Err(error) => self.fail(self.faults.unreadable(error)),
        }
    }

    fn step(&mut self, document: Option<String>, mut events: Vec<Event>) {
        for event in &mut events {
            if let Event::Meta(meta) = event {
                meta.latency
                    .get_or_insert_with(|| super::latency(self.began));
            }
        }
        let document = document.filter(|document| document.trim() != DONE);
        if document.is_some() || !events.is_empty() {
            self.ready.push_back(Step { document, events });
        }
    }

    fn fail(&mut self, error: Error) {
        self.end = End::Known(Some(error));
    }

    /// Waits a little for the end of a body of which nothing more is needed.
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let End::Lingering(patience) = &mut self.end else {
            return Poll::Ready(());
        };
        let patience = patience.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        if patience.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        while let Some(Ok(_)) = ready!(self.pieces.poll_next(cx)) {}
        Poll::Ready(())
    }
}
