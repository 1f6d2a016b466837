//! Why the gateway did not start.

use std::error::Error as StdError;
use std::fmt;
use std::path::Path;

use crate::config::Problems;

/// A fault at the start, in words for the one who starts the gateway.
#[derive(Debug)]
pub(crate) struct Error {
    kind: Kind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The command line or what it refers to.
    Usage,
    /// The configuration.
    Config,
    /// The machine: an address that is taken, a thread that cannot be had.
    System,
}

impl Error {
    /// The command line asks for something that is not there.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message, None)
    }

    /// The file is not a configuration; the message is one line a problem.
    pub(crate) fn config(file: &Path, problems: &Problems) -> Self {
        let lines = problems.in_file(&file.display().to_string());
        Self::new(Kind::Config, lines.trim_end(), None)
    }

    /// The parts of the configuration do not make a gateway.
    pub(crate) fn settings(
        message: impl Into<String>,
        source: impl StdError + Send + Sync + 'static,
    ) -> Self {
        Self::new(Kind::Config, message, Some(Box::new(source)))
    }

    /// The machine said no.
    pub(crate) fn system(message: impl Into<String>, source: std::io::Error) -> Self {
        Self::new(Kind::System, message, Some(Box::new(source)))
    }

    /// The kind of fault.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    fn new(
        kind: Kind,
        message: impl Into<String>,
        source: Option<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            message: message.into(),
            source,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
