//! Why a run is void: what was being done, and the cause.

use std::{error, fmt};

type Source = Box<dyn error::Error + Send + Sync>;

/// A failure of the benchmark; any of them makes the run void.
#[derive(Debug)]
pub(crate) struct Error {
    what: String,
    source: Option<Source>,
}

impl Error {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        let what = what.into();
        Self { what, source: None }
    }

    /// For `map_err`: names what was being done when `source` came up.
    pub(crate) fn doing<E: Into<Source>>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |source| Self {
            what,
            source: Some(source.into()),
        }
    }

    /// The clause with those of all its sources, for the last line the tool prints.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut next = error::Error::source(self);
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| -> &(dyn error::Error + 'static) { source.as_ref() })
    }
}
