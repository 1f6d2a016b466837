//! Why a step of a test did not happen, and the one bound on how long each may take.

use std::fmt;
use std::time::Duration;

/// No step of any test takes so long; one that does has hung.
const PATIENCE: Duration = Duration::from_secs(20);

/// What went wrong, in words for whoever reads the failed test.
#[derive(Clone)]
pub struct Fault(String);

impl Fault {
    /// A fault of that description.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As its text, since that is what `unwrap` prints.
impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

/// Puts in front of an error what was being done.
pub(crate) fn of<E: fmt::Display>(what: &'static str) -> impl FnOnce(E) -> Fault {
    move |error| Fault(format!("{what}: {error}"))
}

/// The result of `step`, or a fault that says which step never came to its end.
///
/// # Errors
/// The step took far longer than it can take.
pub async fn within<T>(what: &str, step: impl Future<Output = T>) -> Result<T, Fault> {
    tokio::time::timeout(PATIENCE, step)
        .await
        .map_err(|_elapsed| Fault(format!("waited {} s in vain: {what}", PATIENCE.as_secs())))
}
