//! The end of a call, accounted for exactly once: complete, failed, or given up by the caller.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use llm::{Answer, BoxStream, Chunk, End, Error, Kind, Observation, Origin, chat};

/// Settles on the first of: a known end, or its own drop, which means that the caller went away.
#[derive(Debug)]
pub(crate) struct Settle {
    observation: Observation,
    settled: bool,
}

impl Settle {
    pub(crate) fn new(observation: Observation) -> Self {
        Self {
            observation,
            settled: false,
        }
    }

    /// Settles an error before the head.
    pub(crate) fn error(mut self, error: Error) -> Error {
        self.fail(&error);
        error
    }

    /// Settles a whole answer now, and a stream when it ends.
    pub(crate) fn answer(mut self, answer: Answer) -> Answer {
        match answer {
            Answer::Reply(reply) => {
                self.usage(&reply.usage);
                self.end(End::Complete);
                Answer::Reply(reply)
            }
            Answer::Count(n_tokens) => {
                self.end(End::Complete);
                Answer::Count(n_tokens)
            }
            Answer::Events(events) => Answer::Events(Box::pin(Settled {
                stream: events,
                settle: self,
            })),
            Answer::Documents(body) => Answer::Documents(Box::pin(Settled {
                stream: body,
                settle: self,
            })),
            Answer::Native { status, head, body } => Answer::Native {
                status,
                head,
                body: Box::pin(Settled {
                    stream: body,
                    settle: self,
                }),
            },
        }
    }

    fn usage(&self, usage: &chat::Usage) {
        self.observation
            .update(|record| record.usage = Some(usage.clone()));
    }

    fn end(&mut self, end: End) {
        if !self.settled {
            self.settled = true;
            self.observation.update(|record| record.end = Some(end));
        }
    }

    fn fail(&mut self, error: &Error) {
        if !self.settled {
            self.settled = true;
            self.observation.update(|record| record.fail(error));
        }
    }
}

impl Drop for Settle {
    fn drop(&mut self) {
        self.end(End::Cancelled);
    }
}

/// A stream that settles at its end.
struct Settled<T> {
    stream: BoxStream<Result<T, Error>>,
    settle: Settle,
}

/// What an item of a stream says about its end.
trait Item {
    /// Whether the stream must say so itself when it is complete; a body may simply end.
    const MARKS_ITS_END: bool;
    fn usage(&self) -> Option<&chat::Usage>;
    fn is_last(&self) -> bool;
}

impl Item for chat::Event {
    const MARKS_ITS_END: bool = true;

    fn usage(&self) -> Option<&chat::Usage> {
        match self {
            chat::Event::Meta(meta) => Some(&meta.usage),
            chat::Event::Start { .. }
            | chat::Event::BlockStart { .. }
            | chat::Event::Delta { .. }
            | chat::Event::BlockStop { .. }
            | chat::Event::Stop { .. } => None,
        }
    }

    fn is_last(&self) -> bool {
        self.usage().is_some()
    }
}

impl Item for Chunk {
    const MARKS_ITS_END: bool = false;

    fn usage(&self) -> Option<&chat::Usage> {
        self.usage.as_ref()
    }

    fn is_last(&self) -> bool {
        self.last
    }
}

impl<T: Item> Stream for Settled<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.settle.settled && T::MARKS_ITS_END {
            return Poll::Ready(None);
        }
        let item = ready!(self.stream.as_mut().poll_next(cx));
        match &item {
            Some(Ok(item)) => {
                if let Some(usage) = item.usage() {
                    self.settle.usage(usage);
                }
                if item.is_last() {
                    self.settle.end(End::Complete);
                }
            }
            Some(Err(error)) => self.settle.fail(error),
            None if T::MARKS_ITS_END => {
                // Clients take a stream that just stops for a complete answer, so it must not just stop.
                let error = Error::new(
                    Kind::Interrupted,
                    Origin::Upstream,
                    "The model provider's stream ended before completion.",
                );
                self.settle.fail(&error);
                return Poll::Ready(Some(Err(error)));
            }
            None => self.settle.end(End::Complete),
        }
        Poll::Ready(item)
    }
}
