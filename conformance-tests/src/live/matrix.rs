//! The matrix: what came of each scenario with each SDK, and how it is printed.

use std::collections::BTreeMap;
use std::fmt;

/// What came of one scenario with one SDK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As the scenario says.
    Passed,
    /// The differences, one clause each.
    Failed(Vec<String>),
    /// The SDK has no such call: the reason.
    NotThere(String),
    /// Not tried here: the reason.
    Skipped(String),
}

/// One cell.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The column.
    pub sdk: &'static str,
    /// The first heading of the row.
    pub operation: String,
    /// The second.
    pub feature: String,
    /// The scenario.
    pub scenario: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// Every cell of a run.
#[derive(Debug, Default)]
pub struct Matrix {
    /// In the order of the run.
    pub cells: Vec<Cell>,
    /// SDK -> its own name and version.
    pub versions: BTreeMap<&'static str, String>,
}

#[derive(Default, Clone, Copy)]
struct Count {
    passed: usize,
    failed: usize,
    not_there: usize,
    skipped: usize,
}

impl Count {
    fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::NotThere(_) => self.not_there += 1,
            Verdict::Skipped(_) => self.skipped += 1,
        }
    }

    /// `3`, all passed; `2/3`, one failed; `-`, the SDK has no such call; `skip`.
    fn shown(self) -> String {
        match self {
            Self {
                failed: 0,
                passed: 0,
                skipped: 0,
                ..
            } => "-".to_owned(),
            Self {
                failed: 0,
                passed: 0,
                ..
            } => "skip".to_owned(),
            Self {
                failed: 0,
                passed,
                skipped,
                ..
            } if skipped > 0 => format!("{passed}+skip"),
            Self {
                failed: 0, passed, ..
            } => passed.to_string(),
            Self { failed, passed, .. } => format!("{passed}/{} FAIL", passed + failed),
        }
    }
}

impl Matrix {
    /// Every cell that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Cell> {
        self.cells
            .iter()
            .filter(|cell| matches!(cell.verdict, Verdict::Failed(_)))
    }

    /// Every cell that was skipped.
    pub fn skips(&self) -> impl Iterator<Item = &Cell> {
        self.cells
            .iter()
            .filter(|cell| matches!(cell.verdict, Verdict::Skipped(_)))
    }

    /// Takes the cells of another run in.
    pub fn extend(&mut self, other: Self) {
        self.cells.extend(other.cells);
        self.versions.extend(other.versions);
    }

    fn columns(&self) -> Vec<&'static str> {
        let mut columns = Vec::new();
        for cell in &self.cells {
            if !columns.contains(&cell.sdk) {
                columns.push(cell.sdk);
            }
        }
        columns
    }

    fn rows(&self) -> Vec<(&str, &str)> {
        let mut rows = Vec::new();
        for cell in &self.cells {
            let row = (cell.operation.as_str(), cell.feature.as_str());
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        rows.sort_by_key(|(operation, _)| *operation);
        rows
    }

    fn count(&self, row: (&str, &str), column: &str) -> Count {
        let mut count = Count::default();
        for cell in &self.cells {
            if cell.sdk == column && (cell.operation.as_str(), cell.feature.as_str()) == row {
                count.add(&cell.verdict);
            }
        }
        count
    }

    /// Each reason of a skip or of a call that is not there once, with how many cells have it.
    fn reasons(&self) -> BTreeMap<String, usize> {
        let mut reasons = BTreeMap::new();
        for cell in &self.cells {
            let reason = match &cell.verdict {
                Verdict::Passed | Verdict::Failed(_) => continue,
                Verdict::NotThere(reason) => format!("not with {}: {reason}", cell.sdk),
                Verdict::Skipped(reason) => format!("skipped with {}: {reason}", cell.sdk),
            };
            *reasons.entry(reason).or_default() += 1;
        }
        reasons
    }

    /// A driver that stops fails all of its cases in the same way, which is told once.
    fn write_failures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = None;
        for cell in self.failures() {
            let Verdict::Failed(clauses) = &cell.verdict else {
                continue;
            };
            writeln!(f, "FAILED {} with {}", cell.scenario, cell.sdk)?;
            if told == Some(clauses) {
                writeln!(f, "    as the one before")?;
            } else {
                for clause in clauses {
                    writeln!(f, "    {}", clause.replace('\n', "\n    "))?;
                }
            }
            told = Some(clauses);
        }
        Ok(())
    }

    fn total(&self) -> Count {
        let mut count = Count::default();
        for cell in &self.cells {
            count.add(&cell.verdict);
        }
        count
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns();
        for (sdk, version) in &self.versions {
            writeln!(f, "{sdk:<12} {version}")?;
        }
        write!(f, "\n{:<48}", "operation, feature")?;
        for column in &columns {
            write!(f, "{column:>12}")?;
        }
        writeln!(f)?;
        for row in self.rows() {
            write!(f, "{:<48}", format!("{} {}", row.0, row.1))?;
            for column in &columns {
                write!(f, "{:>12}", self.count(row, column).shown())?;
            }
            writeln!(f)?;
        }
        writeln!(f)?;
        for (reason, n) in self.reasons() {
            writeln!(f, "{n:>5} {reason}")?;
        }
        self.write_failures(f)?;
        let Count {
            passed,
            failed,
            not_there,
            skipped,
        } = self.total();
        writeln!(f, "\n{not_there} calls that an SDK does not have")?;
        writeln!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}
