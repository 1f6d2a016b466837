//! The one place that reads the process's environment and its clock.
//!
//! Everything else is handed an [`Environment`] or asks here for the time, so tests can give their own variables.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Names the configuration file where `--config` does not.
pub(crate) const CONFIG: &str = "BEDROCK_GATEWAY_CONFIG";

/// Finds the value of a variable by its name.
type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Where variables are looked up. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Environment(Arc<Lookup>);

impl Environment {
    /// The environment of this process.
    pub(crate) fn process() -> Self {
        Self::looked_up_by(process_variable)
    }

    /// Whatever `lookup` finds.
    pub(crate) fn looked_up_by(
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(lookup))
    }

    /// The value of a variable; an empty one counts as not set.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// The value of the first of these variables that is set.
    pub(crate) fn first_of(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment(***)")
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the file that reads the environment"
)]
fn process_variable(name: &str) -> Option<String> {
    // A value that is not Unicode can be neither a path nor a key we could send, so it counts as not set.
    std::env::var(name).ok()
}

/// How long ago 1970 began, by the wall clock; zero on a clock that stands before.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the file that reads the wall clock"
)]
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
