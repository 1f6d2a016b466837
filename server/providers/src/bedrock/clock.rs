//! The wall clock, read here and nowhere else in this crate.

use std::time::SystemTime;

/// The time of day, which signatures carry.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the wall clock"
)]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}
