//! How long to wait for an upstream.

use std::time::Duration;

use tokio::time::Instant;

use crate::http::idle::Idle;

/// How long to wait for an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection: names, TCP, the proxy's tunnel and TLS together.
    pub connect: Duration,
    /// From the whole request to the head of the answer and, of a stream, its first event.
    /// The call's own deadline ends this wait too.
    pub first_byte: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
    /// From the whole request to the last piece of the answer, streams included; none where pieces may come for ever.
    pub total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(300),
            idle: Duration::from_secs(120),
            total: None,
        }
    }
}

/// The longest wait, which keeps a point of time in the range of the clock.
const FOREVER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Timeouts {
    /// The same, each in the range of the clock.
    pub(crate) fn bounded(self) -> Self {
        let Self {
            connect,
            first_byte,
            idle,
            total,
        } = self;
        Self {
            connect: connect.min(FOREVER),
            first_byte: first_byte.min(FOREVER),
            idle: idle.min(FOREVER),
            total: total.map(|total| total.min(FOREVER)),
        }
    }
}

/// The waits of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    /// When it was sent.
    pub(crate) began: Instant,
    /// Until when somebody waits for its answer to begin.
    pub(crate) head: Instant,
    first: Instant,
    idle: Duration,
    end: Option<Instant>,
}

impl Timeouts {
    /// The waits of a call that is sent now, and that nobody waits for beyond `deadline` unless its answer has begun.
    pub(crate) fn begin(self, deadline: std::time::Instant) -> Wait {
        let Self {
            connect: _,
            first_byte,
            idle,
            total,
        } = self.bounded();
        let now = Instant::now();
        let end = total.map(|total| now + total);
        let first = now + first_byte;
        let head = first.min(Instant::from_std(deadline));
        Wait {
            began: now,
            head: end.map_or(head, |end| end.min(head)),
            first,
            idle,
            end,
        }
    }
}

impl Wait {
    /// The patience with the body of the answer.
    pub(crate) fn idle(&self) -> Idle {
        Idle::new(self.idle, self.end)
    }

    /// The patience with the body of a stream, whose head says nothing of when its first event comes.
    pub(crate) fn idle_from_the_first_event(&self) -> Idle {
        self.idle().opening(self.first)
    }
}
