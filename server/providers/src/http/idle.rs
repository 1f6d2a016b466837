//! The patience with an upstream that has begun to answer: it may not fall silent, nor go on for ever.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Measures silence from the first poll that found nothing, so that a client who reads slowly is not taken for an
/// upstream that writes slowly.
#[derive(Debug)]
pub(crate) struct Idle {
    limit: Duration,
    end: Option<Instant>,
    /// Until when there is patience whatever comes or does not, before the answer proper begins.
    opening: Option<Instant>,
    since: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Idle {
    /// Patience of that length with each silence, and until `end` with the whole.
    pub(crate) fn new(limit: Duration, end: Option<Instant>) -> Self {
        Self {
            limit,
            end,
            opening: None,
            since: None,
            sleep: None,
        }
    }

    /// The same, but that the answer proper has until that point to begin.
    pub(crate) fn opening(mut self, until: Instant) -> Self {
        self.opening = Some(until);
        self
    }

    /// The answer proper has begun.
    pub(crate) fn begun(&mut self) {
        if self.opening.take().is_some() {
            // Its timer may be set later than the next silence may last.
            self.sleep = None;
        }
    }

    /// Something came: whether it still came in time for the whole.
    #[must_use]
    pub(crate) fn reset(&mut self) -> bool {
        self.since = None;
        self.end.is_none_or(|end| Instant::now() < end)
    }

    /// Nothing is there: ready once that has been so for the whole limit, or once the whole has taken too long.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let silent = match self.opening {
            Some(until) => until,
            None => *self.since.get_or_insert_with(Instant::now) + self.limit,
        };
        let end = self.end.map_or(silent, |end| end.min(silent));
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
