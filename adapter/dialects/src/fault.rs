//! What a provider says when it fails, and which kind of fault that is.

use llm::Kind;

use crate::Error;

/// A provider's own word for a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kind of fault.
    pub kind: Kind,
    /// The provider's text; may hold what no client should see, so it is redacted before it is told.
    pub message: String,
    /// The provider's own code or type, for the log.
    pub code: Option<String>,
}

/// Why a stream of events cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamError {
    /// The provider said that it failed.
    Fault(Fault),
    /// An event is not what the format says.
    Malformed(Error),
    /// The stream ended before the reply did.
    Truncated,
}

impl From<Error> for StreamError {
    fn from(error: Error) -> Self {
        StreamError::Malformed(error)
    }
}
