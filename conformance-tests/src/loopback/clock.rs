//! The wall clock, for what the wire says about the time of day.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since the epoch, now.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of this crate that reads the wall clock"
)]
pub fn epoch_secs() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
