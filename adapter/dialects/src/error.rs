//! Why a value of one form has none in the other.

use std::fmt;

use rest_json::DecodeError;

/// A fault of a value that is to be read or told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A member without which the value means nothing is absent.
    Absent {
        /// The shape.
        shape: &'static str,
        /// The member.
        member: &'static str,
    },
    /// A body is not what its format says.
    Body {
        /// The JSON pointer of the place, such as `/messages/0/content`; empty for the whole body.
        pointer: String,
        /// What is wrong there; repeats nothing of the body.
        reason: String,
    },
    /// Events came in an order that the grammar does not allow.
    Order {
        /// What came.
        found: &'static str,
    },
    /// A part of a reply has no form in a stream.
    Untold {
        /// The part.
        what: &'static str,
    },
}

impl Error {
    /// A fault of the body at that place: member names and indexes, from the outside in.
    pub(crate) fn at(place: &[&str], reason: impl Into<String>) -> Self {
        let pointer = place.iter().flat_map(|part| ["/", part]).collect();
        Error::Body {
            pointer,
            reason: reason.into(),
        }
    }

    /// The same fault seen from the object or the list that holds the place.
    #[must_use]
    pub(crate) fn within(self, part: &str) -> Self {
        match self {
            Error::Body { pointer, reason } => Error::Body {
                pointer: format!("/{part}{pointer}"),
                reason,
            },
            other @ (Error::Absent { .. } | Error::Order { .. } | Error::Untold { .. }) => other,
        }
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        let parts = error.path().split('.').filter(|part| !part.is_empty());
        Error::Body {
            pointer: parts.flat_map(|part| ["/", part]).collect(),
            reason: error.reason().to_string(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Absent { shape, member } => write!(f, "`{member}` of {shape} is absent"),
            Error::Body { pointer, reason } => write!(f, "#{pointer}: {reason}"),
            Error::Order { found } => write!(f, "{found} came out of order"),
            Error::Untold { what } => write!(f, "{what} has no form in a stream"),
        }
    }
}

impl std::error::Error for Error {}

/// The member, or the fault that it is absent.
pub(crate) fn need<T>(
    value: Option<T>,
    shape: &'static str,
    member: &'static str,
) -> Result<T, Error> {
    value.ok_or(Error::Absent { shape, member })
}
