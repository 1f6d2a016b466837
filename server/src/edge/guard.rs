//! A backend whose streams never just stop: where the work panics, or the gateway has to go before a stream is over,
//! the stream ends with an error, which the adapter makes its last frame. Clients take a bare cut for a complete answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use futures_util::Stream;
use futures_util::future::{Either, select};
use llm::{Answer, Backend, BoxFuture, BoxStream, Call, Context, End, Error, Observation};

use super::{State, refusal};

/// A backend, guarded.
pub(super) struct Guard {
    backend: Arc<dyn Backend>,
    state: Arc<State>,
}

impl Guard {
    /// Guards `backend`; what is counted and when all has to end stands in `state`.
    pub(super) fn new(backend: Arc<dyn Backend>, state: Arc<State>) -> Self {
        Self { backend, state }
    }

    fn guard<T>(
        &self,
        stream: BoxStream<Result<T, Error>>,
        observation: Observation,
    ) -> BoxStream<Result<T, Error>>
    where
        T: Send + 'static,
    {
        Box::pin(Guarded {
            stream: Some(stream),
            end: Box::pin(self.state.end()),
            observation,
            state: Arc::clone(&self.state),
        })
    }
}

impl Backend for Guard {
    fn call(&self, cx: Context, call: Call) -> BoxFuture<'_, Result<Answer, Error>> {
        let observation = cx.observation.clone();
        let end = self.state.end();
        Box::pin(async move {
            let answer = match select(Box::pin(end), self.backend.call(cx, call)).await {
                Either::Left(((), _dropped)) => return Err(refusal::stopping()),
                Either::Right((answer, _)) => answer?,
            };
            Ok(match answer {
                Answer::Events(events) => Answer::Events(self.guard(events, observation)),
                Answer::Documents(documents) => {
                    Answer::Documents(self.guard(documents, observation))
                }
                Answer::Native { status, head, body } => Answer::Native {
                    status,
                    head,
                    body: self.guard(body, observation),
                },
                whole @ (Answer::Reply(_) | Answer::Count(_)) => whole,
            })
        })
    }
}

/// A stream that ends with an error where it would otherwise be torn.
struct Guarded<T> {
    /// None once it is over.
    stream: Option<BoxStream<Result<T, Error>>>,
    end: BoxFuture<'static, ()>,
    observation: Observation,
    state: Arc<State>,
}

impl<T> Guarded<T> {
    /// Ends the stream before its time. What hangs on it settles first, then the reason takes the place of a "cancelled".
    fn tear(&mut self, error: Error) -> Poll<Option<Result<T, Error>>> {
        self.stream = None;
        self.observation
            .update(|record| record.end = Some(End::Failed(error.kind())));
        Poll::Ready(Some(Err(error)))
    }
}

impl<T> Stream for Guarded<T> {
    type Item = Result<T, Error>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<T, Error>>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(None);
        };
        // Nothing that a panic leaves half done is used again: the stream goes down with it.
        let polled = catch_unwind(AssertUnwindSafe(|| stream.as_mut().poll_next(cx)));
        match polled {
            Ok(Poll::Ready(Some(item))) => Poll::Ready(Some(item)),
            Ok(Poll::Ready(None)) => {
                self.stream = None;
                Poll::Ready(None)
            }
            // What is ready goes out first, so a stream that is over by itself at the last moment is whole.
            Ok(Poll::Pending) if self.end.as_mut().poll(cx).is_ready() => {
                self.tear(refusal::cut_off())
            }
            Ok(Poll::Pending) => Poll::Pending,
            Err(_panic) => {
                self.state.count_panic();
                self.tear(refusal::panicked_in_stream())
            }
        }
    }
}
