//! The body of an answer as the connection sees it: it keeps the request's place and its log line until it is gone.

use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use super::State;
use crate::log::access::Line;

/// A body on its way out. Fields drop in this order: when the line is written, what hangs on the body has settled.
pub(crate) struct Answer {
    body: adapter::Body,
    line: Line,
    /// The place among the requests in flight; health probes and refusals have none.
    _place: Option<OwnedSemaphorePermit>,
    state: Arc<State>,
}

impl Answer {
    /// That body, and what is given back once it is gone.
    pub(super) fn new(
        body: adapter::Body,
        line: Line,
        place: Option<OwnedSemaphorePermit>,
        state: Arc<State>,
    ) -> Self {
        Self {
            body,
            line,
            _place: place,
            state,
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let this = &mut *self;
        loop {
            let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut this.body).poll_frame(cx)));
            let Ok(polled) = polled else {
                this.state.count_panic();
                this.line.panicked = true;
                return Poll::Ready(Some(Err(BrokenOff(None))));
            };
            match polled {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => {
                    this.line.complete = true;
                    return Poll::Ready(None);
                }
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Some(Err(BrokenOff(Some(error)))));
                }
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    // Netty kills a connection after a few empty DATA frames, so none leaves here.
                    Ok(bytes) if bytes.is_empty() => {}
                    Ok(bytes) => {
                        let n_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                        this.line.n_response_bytes =
                            this.line.n_response_bytes.saturating_add(n_bytes);
                        return Poll::Ready(Some(Ok(Frame::data(bytes))));
                    }
                    // Some clients cannot take trailers, and no answer here has any to say.
                    Err(_) => {}
                },
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // The connection does not poll a body of known length again after its last byte.
        self.line.complete |= self.body.is_end_stream();
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

/// The body ended before its end, by a fault of its source or, without one, by a panic.
#[derive(Debug)]
pub(crate) struct BrokenOff(Option<adapter::BodyError>);

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body of an answer broke off")
    }
}

impl StdError for BrokenOff {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .as_ref()
            .map(|error| error as &(dyn StdError + 'static))
    }
}
