//! Where in a request something stands, as callers of Converse spell it; text is only made where there is something to say.
//!
//! Knows nothing of what stands there.

use std::fmt;

/// A place: members and indexes from the outside in, such as `messages[2].content[0].image`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path<'p> {
    outer: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'p> {
    Whole,
    Member(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    /// The whole request.
    pub(super) const REQUEST: Path<'static> = Path {
        outer: None,
        step: Step::Whole,
    };

    /// A member of what stands here.
    pub(super) fn member(&'p self, name: &'p str) -> Path<'p> {
        Path {
            outer: Some(self),
            step: Step::Member(name),
        }
    }

    /// An item of the list that stands here, counted from 0.
    pub(super) fn index(&'p self, at: usize) -> Path<'p> {
        Path {
            outer: Some(self),
            step: Step::Index(at),
        }
    }

    fn is_request(&self) -> bool {
        matches!(self.step, Step::Whole)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_first = match self.outer {
            Some(outer) => {
                outer.fmt(f)?;
                outer.is_request()
            }
            None => true,
        };
        match self.step {
            Step::Whole => Ok(()),
            Step::Member(name) if is_first => f.write_str(name),
            Step::Member(name) => write!(f, ".{name}"),
            Step::Index(at) => write!(f, "[{at}]"),
        }
    }
}
