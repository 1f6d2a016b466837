//! Why a value of one form has none in the other.

use std::fmt;

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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Absent { shape, member } => write!(f, "`{member}` of {shape} is absent"),
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
