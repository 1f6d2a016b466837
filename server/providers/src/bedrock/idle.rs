//! The patience with an upstream that has begun to answer and falls silent.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Measures silence from the first poll that found nothing, so that a client who reads slowly is not taken for an
/// upstream that writes slowly.
#[derive(Debug)]
pub(super) struct Idle {
    limit: Duration,
    since: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Idle {
    /// Patience of that length.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            since: None,
            sleep: None,
        }
    }

    /// Something came.
    pub(super) fn reset(&mut self) {
        self.since = None;
    }

    /// Nothing is there: ready once that has been so for the whole limit.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let end = *self.since.get_or_insert_with(Instant::now) + self.limit;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(end)));
        // The timer is moved only when it fires: most pieces come long before.
        loop {
            ready!(sleep.as_mut().poll(cx));
            if sleep.deadline() >= end {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(end);
        }
    }
}
