//! The record of one call: the one way facts about it travel.
//!
//! The engine writes route, provider, attempts, usage and end; the edge reads them for its answer headers; the server writes them as one log line.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::chat::Usage;
use crate::{Error, Kind, Warning};

/// A handle on the record of one call; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Observation(Arc<Mutex<Record>>);

/// What is known about a call so far.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The operation in the caller's wire format.
    pub operation: Option<&'static str>,
    /// The model as the caller named it.
    pub requested_model: Option<Arc<str>>,
    /// How the target was found, such as `provider` or `alias`.
    pub route: Option<&'static str>,
    /// The provider that answered or was last tried.
    pub provider: Option<Arc<str>>,
    /// The model as that provider knows it.
    pub model: Option<Arc<str>>,
    /// The upstream's own id of the request, where it gave one.
    pub upstream_request_id: Option<Arc<str>>,
    /// How many times an upstream was tried.
    pub n_attempts: u32,
    /// What was changed on the way, as planned for the target that answered.
    pub warnings: Vec<Warning>,
    /// Tokens, once known.
    pub usage: Option<Usage>,
    /// How it ended, once it has.
    pub end: Option<End>,
    /// The fault it ended with, whose details only the log may tell.
    pub failure: Option<Error>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The whole answer was handed over.
    Complete,
    /// It failed, before the head or in mid-stream.
    Failed(Kind),
    /// The caller went away first.
    Cancelled,
}

impl Record {
    /// Notes that the call failed, if nobody has noted an end before.
    pub fn fail(&mut self, error: &Error) {
        if self.end.is_none() {
            self.end = Some(End::Failed(error.kind()));
            self.failure = Some(error.clone());
        }
    }
}

impl Observation {
    /// Changes the record under its lock; `change` must be short and must not wait.
    pub fn update(&self, change: impl FnOnce(&mut Record)) {
        change(&mut self.lock());
    }

    /// A copy of the record as it stands.
    pub fn record(&self) -> Record {
        self.read(Record::clone)
    }

    /// Reads from the record under its lock; `read` must be short and must not wait.
    pub fn read<T>(&self, read: impl FnOnce(&Record) -> T) -> T {
        read(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        // A panic under the lock leaves at worst a half-written log record, which is better than a second panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
