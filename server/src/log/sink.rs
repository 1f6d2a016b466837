//! A buffer that requests append lines to and one thread writes out.
//!
//! A request never waits for a slow reader of the log: lines that find the buffer full are lost and counted.
//! Lines that come within a few milliseconds go out in one write.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How much may wait to be written.
const CAPACITY_BYTES: usize = 1 << 20;

/// How long the thread lets lines gather before it writes them.
const GATHER: Duration = Duration::from_millis(5);

/// The buffer. Its thread ends when it is dropped, after it has written what is left.
#[derive(Debug)]
pub(super) struct Sink(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Lines have come, or the end has.
    work: Condvar,
    /// Everything is written.
    idle: Condvar,
}

#[derive(Debug, Default)]
struct State {
    pending: Vec<u8>,
    n_lost: u64,
    writing: bool,
    closed: bool,
}

impl Sink {
    /// Starts the thread that writes.
    pub(super) fn start(writer: Box<dyn Write + Send>) -> Self {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let started = thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || theirs.run(writer));
        if started.is_err() {
            // Without its thread the buffer only fills up and loses lines; the gateway serves all the same.
            shared.lock().closed = true;
        }
        Self(shared)
    }

    /// Appends a line. Returns how many were lost before it; it is lost itself where that number stands still.
    pub(super) fn push(&self, line: &str) -> u64 {
        let mut state = self.0.lock();
        if state.pending.len() + line.len() > CAPACITY_BYTES {
            state.n_lost += 1;
            return 0;
        }
        let was_empty = state.pending.is_empty();
        state.pending.extend_from_slice(line.as_bytes());
        let n_lost = std::mem::take(&mut state.n_lost);
        drop(state);
        if was_empty {
            self.0.work.notify_one();
        }
        n_lost
    }

    /// Waits until everything is written, but not longer than `at_most`.
    pub(super) fn flush(&self, at_most: Duration) {
        let until = Instant::now() + at_most;
        let mut state = self.0.lock();
        while !state.closed && (state.writing || !state.pending.is_empty()) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self
                .0
                .idle
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.work.notify_one();
    }
}

impl Shared {
    fn run(&self, mut writer: Box<dyn Write + Send>) {
        let mut batch = Vec::new();
        while self.next_batch(&mut batch) {
            // A log that nobody can read any more is no reason to stop serving, and there is nowhere else to say so.
            let _ = writer.write_all(&batch).and_then(|()| writer.flush());
            batch.clear();
            let mut state = self.lock();
            state.writing = false;
            if state.pending.is_empty() {
                self.idle.notify_all();
            }
        }
    }

    /// Waits for lines and swaps them into `batch`; false once the buffer is closed and empty.
    fn next_batch(&self, batch: &mut Vec<u8>) -> bool {
        let mut state = self.lock();
        while state.pending.is_empty() {
            if state.closed {
                return false;
            }
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if !state.closed {
            drop(state);
            thread::sleep(GATHER);
            state = self.lock();
        }
        std::mem::swap(&mut state.pending, batch);
        state.writing = true;
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic under this lock leaves at worst half a line.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
