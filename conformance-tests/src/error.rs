//! Why a fixture could not be read.

use std::fmt;
use std::path::{Path, PathBuf};

/// A fixture that is missing or is not what its format says.
#[derive(Debug)]
pub struct FixtureError {
    path: PathBuf,
    reason: String,
}

impl FixtureError {
    pub(crate) fn new(path: &Path, reason: impl fmt::Display) -> Self {
        Self {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }

    /// The file or folder at fault.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for FixtureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for FixtureError {}
