//! Installs the SDKs and builds their drivers, once, so that a test run needs no network.
//!
//! A kit carries a stamp: the hash of its sources, of its place and of the versions of its tools.
//! While the stamp is right nothing is done; else the kit is removed and made anew.

mod recipe;
mod stamp;

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::kits::{KITS, Kit, Tool};

/// What became of one kit.
#[derive(Debug)]
pub struct Outcome {
    /// The kit's name.
    pub kit: &'static str,
    /// What was done.
    pub state: State,
    /// How long it took.
    pub took: Duration,
}

/// What was done for a kit.
#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// Its stamp was right.
    UpToDate,
    /// It was made.
    Installed,
    /// The machine lacks this program.
    Skipped(String),
    /// A step failed; the text ends with the last lines of its output.
    Failed(String),
}

/// Installs every kit, or those named, under `root`; kits are made side by side.
#[must_use]
pub fn run(root: &Path, only: &[String]) -> Vec<Outcome> {
    let wanted = KITS
        .iter()
        .filter(|kit| only.is_empty() || only.iter().any(|name| name == kit.name));
    std::thread::scope(|scope| {
        let running: Vec<_> = wanted
            .map(|kit| (kit, scope.spawn(|| install(kit, root))))
            .collect();
        running
            .into_iter()
            .map(|(kit, thread)| {
                thread.join().unwrap_or_else(|_| Outcome {
                    kit: kit.name,
                    state: State::Failed("the installation panicked".to_owned()),
                    took: Duration::ZERO,
                })
            })
            .collect()
    })
}

/// Whether a kit stands ready under `root`, or why not.
///
/// # Errors
/// The reason, fit to be printed as that of a skip.
pub fn ready(kit: &Kit, root: &Path) -> Result<(), String> {
    let versions = versions_of(kit)?;
    if stamp::of(kit, root, &versions)? == stamp::read(kit, root) {
        return Ok(());
    }
    Err(format!(
        "{} is not installed as pinned: run `cargo run -p conformance-tests -- provision`",
        kit.name
    ))
}

fn install(kit: &'static Kit, root: &Path) -> Outcome {
    let start = Instant::now();
    let state = match versions_of(kit) {
        Err(missing) => State::Skipped(missing),
        Ok(versions) => match make(kit, root, &versions) {
            Ok(true) => State::Installed,
            Ok(false) => State::UpToDate,
            Err(reason) => State::Failed(reason),
        },
    };
    Outcome {
        kit: kit.name,
        state,
        took: start.elapsed(),
    }
}

/// True if something had to be done.
fn make(kit: &Kit, root: &Path, versions: &str) -> Result<bool, String> {
    let wanted = stamp::of(kit, root, versions)?;
    if wanted == stamp::read(kit, root) {
        return Ok(false);
    }
    recipe::follow(kit, root)?;
    stamp::write(kit, root, &wanted)?;
    Ok(true)
}

/// The versions of the kit's tools as they print them, one a line.
fn versions_of(kit: &Kit) -> Result<String, String> {
    kit.tools.iter().map(version_of).collect()
}

fn version_of(tool: &Tool) -> Result<String, String> {
    let output = std::process::Command::new(tool.program)
        .args(tool.version)
        .output()
        .map_err(|error| format!("this machine has no {} ({error})", tool.program))?;
    if !output.status.success() {
        return Err(format!("this machine's {} does not run", tool.program));
    }
    // Java's tools print their version on standard error.
    let text = [output.stdout, output.stderr].concat();
    Ok(format!(
        "{}\n",
        String::from_utf8_lossy(&text)
            .lines()
            .next()
            .unwrap_or_default()
    ))
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        match &self.state {
            State::UpToDate => write!(f, "{:<12} up to date", self.kit),
            State::Installed => write!(f, "{:<12} installed in {seconds:.1} s", self.kit),
            State::Skipped(reason) => write!(f, "{:<12} skipped: {reason}", self.kit),
            State::Failed(reason) => write!(f, "{:<12} FAILED: {reason}", self.kit),
        }
    }
}
