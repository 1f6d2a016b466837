//! The wall clock, read here and nowhere else in this crate.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time of day in seconds since 1970, which some formats write into their replies.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the wall clock"
)]
pub(crate) fn now_secs() -> u64 {
    // A clock before 1970 is wrong, and whatever it says is as good as nothing.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
