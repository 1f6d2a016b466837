//! What is wrong with a configuration, and where.

use std::fmt;

/// A place in a configuration file, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// The line.
    pub(crate) line: u64,
    /// The column, in characters.
    pub(crate) column: u64,
}

impl Position {
    /// Where a file begins: the place of a problem that has no better one.
    pub(crate) const START: Position = Position { line: 1, column: 1 };
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where.
    pub(crate) at: Position,
    /// What, as a clause that never quotes a secret.
    pub(crate) message: String,
}

/// Everything that is wrong with one configuration, in the order of the file; never empty.
///
/// `Display` prints one line a problem, `LINE:COLUMN: what is wrong`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The value, if nothing was found, else what was.
    pub(super) fn or<T>(mut found: Vec<Problem>, value: T) -> Result<T, Problems> {
        if found.is_empty() {
            return Ok(value);
        }
        found.sort_by_key(|problem| problem.at);
        Err(Problems(found))
    }

    /// The same lines, each with the name of the file in front.
    pub fn in_file(&self, name: &str) -> String {
        self.0
            .iter()
            .map(|problem| format!("{name}:{problem}\n"))
            .collect()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Problems(vec![problem])
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.at.line, self.at.column, self.message)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|problem| writeln!(f, "{problem}"))
    }
}

impl std::error::Error for Problems {}
