//! Processes of their own on a core of their own, ended when they are dropped.
//!
//! Their output goes to a file and not to a pipe: a reader woken by every log line would take time from the helpers,
//! and the waking would be charged to the process under test.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{error::Error, machine};

/// How long a process may take to say that it is ready.
const START_LIMIT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_micros(500);
/// 1,000 streams through a proxy are 2,000 sockets, more than the usual soft limit.
const OPEN_FILES: usize = 4096;

/// What to start. The environment of the process is `PATH` and `variables`, so that nothing ambient takes part.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) variables: Vec<(&'static str, &'static str)>,
}

impl Program {
    pub(crate) fn new(
        path: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Self {
        Self {
            path: path.into(),
            arguments: arguments
                .into_iter()
                .map(|argument| argument.as_ref().to_owned())
                .collect(),
            variables: Vec::new(),
        }
    }
}

/// A running process; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    output: PathBuf,
    started: Instant,
}

impl Process {
    /// Starts `program` on `core`, with its output in a new file `name` of `folder`.
    ///
    /// `taskset` and `prlimit` replace themselves by the program, so the process id is the program's own.
    pub(crate) fn start(
        program: &Program,
        core: usize,
        folder: &Path,
        name: &str,
    ) -> Result<Self, Error> {
        let output = folder.join(name);
        let file = File::create(&output).map_err(Error::doing("cannot create an output file"))?;
        let errors = file
            .try_clone()
            .map_err(Error::doing("cannot create an output file"))?;
        let started = Instant::now();
        let child = Command::new("taskset")
            .args(["--cpu-list", &core.to_string()])
            .args(["prlimit", &format!("--nofile={OPEN_FILES}:")])
            .arg(&program.path)
            .args(&program.arguments)
            .env_clear()
            .env("PATH", machine::search_path())
            .envs(program.variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(Error::doing("cannot run taskset (of util-linux)"))?;
        Ok(Self {
            child,
            output,
            started,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// When the process was started.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Waits for the address the process says it listens on. It may print `upstream` too, which is not its own.
    pub(crate) fn address(&mut self, upstream: Option<SocketAddr>) -> Result<SocketAddr, Error> {
        self.wait_for(|output| addresses(output).find(|address| Some(*address) != upstream))
    }

    /// Waits until `find` finds something in the whole lines the process has printed.
    pub(crate) fn wait_for<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
        let begin = Instant::now();
        loop {
            // The order matters: what an ended process printed last is read after its end is known.
            let ended = self
                .child
                .try_wait()
                .map_err(Error::doing("cannot wait for a process"))?;
            let output = self.printed()?;
            let whole_lines = output.rsplit_once('\n').map_or("", |(lines, _)| lines);
            if let Some(found) = find(whole_lines) {
                return Ok(found);
            }
            if let Some(status) = ended {
                return Err(self.failed(&format!("ended early with {status}"), &output));
            }
            if begin.elapsed() > START_LIMIT {
                return Err(self.failed("did not say that it is ready", &output));
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    /// Waits until the process ends by itself, and gives what it printed.
    pub(crate) fn finish(mut self) -> Result<String, Error> {
        let status = self
            .child
            .wait()
            .map_err(Error::doing("cannot wait for a process"))?;
        let output = self.printed()?;
        if status.success() {
            Ok(output)
        } else {
            Err(self.failed(&format!("ended with {status}"), &output))
        }
    }

    fn printed(&self) -> Result<String, Error> {
        let bytes = fs::read(&self.output).map_err(Error::doing("cannot read an output file"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn failed(&self, how: &str, output: &str) -> Error {
        let name = self.output.file_name().unwrap_or_default().display();
        let mut tail: Vec<&str> = output.lines().rev().take(10).collect();
        tail.reverse();
        Error::new(format!("process {name} {how}: {}", tail.join("\n")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, and there is nothing left to do if it cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every `http://ADDRESS` in a text, `ADDRESS` being an IP address with a port.
fn addresses(text: &str) -> impl Iterator<Item = SocketAddr> + '_ {
    text.split("http://").skip(1).filter_map(|rest| {
        let end =
            rest.find(|c: char| !(c.is_ascii_hexdigit() || matches!(c, '.' | ':' | '[' | ']')));
        rest.get(..end.unwrap_or(rest.len()))?
            .trim_end_matches([':', '.'])
            .parse()
            .ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Option<String> {
        addresses(text).next().map(|address| address.to_string())
    }

    #[test]
    fn the_address_is_found_in_any_kind_of_ready_line() {
        assert_eq!(
            first("http://127.0.0.1:4000").as_deref(),
            Some("127.0.0.1:4000")
        );
        assert_eq!(
            first("ready on http://127.0.0.1:4000.").as_deref(),
            Some("127.0.0.1:4000")
        );
        assert_eq!(
            first(r#"{"url":"http://[::1]:80/bedrock"}"#).as_deref(),
            Some("[::1]:80")
        );
        assert_eq!(
            first("see http://localhost/x, then http://0.0.0.0:1/").as_deref(),
            Some("0.0.0.0:1")
        );
        assert_eq!(first("listening on 127.0.0.1:4000"), None);
        assert_eq!(first("http://127.0.0.1"), None);
    }
}
