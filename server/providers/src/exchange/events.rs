//! The answer as neutral events.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use llm::Error;
use llm::chat::Event;

use super::reader::Reader;
use super::taken::Taken;

/// The events of a stream.
pub(super) struct Events {
    reader: Reader,
    taken: Taken,
    ready: std::vec::IntoIter<Event>,
}

impl Events {
    pub(super) fn new(reader: Reader, taken: Taken) -> Self {
        Self {
            reader,
            taken,
            ready: Vec::new().into_iter(),
        }
    }
}

impl Stream for Events {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(mut event) = self.ready.next() {
                self.taken.part_event(&mut event);
                return Poll::Ready(Some(Ok(event)));
            }
            match ready!(self.reader.poll_next(cx)) {
                Some(Ok(step)) => self.ready = step.events.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}
