//! The machine the benchmark runs on: its cores, its clock tick, its environment. The one file that reads them.

use std::{fs, process::Command};

use crate::{error::Error, procfs};

/// Which core the process under test has for itself, and which the helpers share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    pub(crate) subject: usize,
    pub(crate) helpers: usize,
}

impl Cores {
    /// The process under test gets the last core, because interrupts tend to go to the first.
    pub(crate) fn choose() -> Result<Self, Error> {
        let path = "/proc/self/status";
        let status =
            fs::read_to_string(path).map_err(Error::doing(format!("cannot read {path}")))?;
        let allowed = procfs::allowed_cores(&status).unwrap_or_default();
        match allowed.as_slice() {
            [.., helpers, subject] => Ok(Self {
                subject: *subject,
                helpers: *helpers,
            }),
            [] | [_] => Err(Error::new("the benchmark needs two cores")),
        }
    }
}

/// How many clock ticks of `/proc` make a second.
pub(crate) fn ticks_per_second() -> Result<f64, Error> {
    let output = Command::new("getconf")
        .arg("CLK_TCK")
        .output()
        .map_err(Error::doing("cannot run getconf"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .map_err(Error::doing("getconf CLK_TCK printed no number"))
}

/// The CPU time this process has used so far, in clock ticks.
pub(crate) fn own_cpu_ticks() -> Result<u64, Error> {
    cpu_ticks_at("/proc/self/stat")
}

/// The CPU time that process `pid` has used so far, all its threads together, in clock ticks.
pub(crate) fn cpu_ticks(pid: u32) -> Result<u64, Error> {
    cpu_ticks_at(&format!("/proc/{pid}/stat"))
}

fn cpu_ticks_at(path: &str) -> Result<u64, Error> {
    let stat = fs::read_to_string(path).map_err(Error::doing(format!("cannot read {path}")))?;
    procfs::cpu_ticks(&stat).ok_or_else(|| Error::new(format!("{path} holds no CPU time")))
}

/// The CPU time that all processes together have used on the two cores, in clock ticks.
pub(crate) fn busy_ticks(cores: Cores) -> Result<u64, Error> {
    let path = "/proc/stat";
    let stat = fs::read_to_string(path).map_err(Error::doing(format!("cannot read {path}")))?;
    procfs::busy_ticks(&stat, &[cores.subject, cores.helpers])
        .ok_or_else(|| Error::new(format!("{path} lacks our cores")))
}

/// The resident memory of process `pid` in bytes.
pub(crate) fn resident_bytes(pid: u32) -> Result<u64, Error> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).map_err(Error::doing(format!("cannot read {path}")))?;
    procfs::resident_bytes(&status).ok_or_else(|| Error::new(format!("{path} holds no VmRSS")))
}

/// Where programs are looked up: the one variable that children inherit.
#[expect(
    clippy::disallowed_methods,
    reason = "this file reads the environment for the crate"
)]
pub(crate) fn search_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// The cargo that runs us, else the one on the path.
#[expect(
    clippy::disallowed_methods,
    reason = "this file reads the environment for the crate"
)]
pub(crate) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
