//! One driver process: started with an environment of its own, fed cases, read line by line.
//!
//! The protocol stands in `sdks/README.md`.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;

use crate::env;
use crate::kits::Sdk;

/// A driver that says nothing for so long is stopped: the longest retries of an SDK take about 20 s.
const SILENCE: Duration = Duration::from_secs(120);

/// The names under which the drivers sign when the endpoint is our own.
pub const ACCESS_KEY_ID: &str = "AKIDCLIENT";

const DUMMY: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
    ("AWS_SECRET_ACCESS_KEY", "client-secret"),
    // boto3 reads the one, every other SDK the other.
    ("AWS_DEFAULT_REGION", "us-east-1"),
    ("AWS_REGION", "us-east-1"),
];

/// One call for a driver to make.
#[derive(Debug, Clone, Serialize)]
pub struct Case {
    /// Unique within a run.
    pub id: String,
    /// `bedrock-runtime` or `bedrock`.
    pub service: String,
    /// The operation's name in the model.
    pub operation: String,
    /// Its members.
    pub input: Value,
    /// Whether it needs a client with a full retry quota.
    pub fresh: bool,
    /// Whether the bytes of the answer are wanted.
    pub raw: bool,
}

/// What a driver says about a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Outcome {
    /// The case's id.
    pub id: String,
    /// Whether the call succeeded to its end.
    pub ok: bool,
    /// The members of the answer.
    pub output: Option<Value>,
    /// The events of its stream.
    pub events: Option<Vec<Value>>,
    /// What was raised.
    pub error: Option<Value>,
    /// How often the request was sent.
    pub attempts: Option<u64>,
    /// The status of the last answer.
    pub status: Option<u16>,
    /// Its headers, in lower case.
    pub headers: Option<Value>,
    /// The request id that the SDK shows.
    pub request_id: Option<String>,
    /// The body as it came.
    pub raw: Option<Value>,
    /// Why this SDK cannot make the call.
    pub unsupported: Option<String>,
    /// A fault of the driver.
    pub broken: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Greeting {
    sdk: String,
    version: String,
}

/// A running driver; it is ended when this is dropped.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    home: TempDir,
    /// The SDK's own name and version, as the driver says.
    pub version: String,
}

impl Driver {
    /// Starts the driver of `sdk` installed under `root`.
    ///
    /// # Errors
    /// What went wrong, with what the driver said on its standard error.
    pub fn start(
        sdk: &Sdk,
        root: &Path,
        endpoint: &str,
        own_credentials: bool,
    ) -> Result<Self, String> {
        let kit = sdk
            .kit()
            .ok_or_else(|| format!("{} has no kit", sdk.name))?;
        let words = kit.command(root);
        let (program, arguments) = words.split_first().ok_or("an empty command")?;
        let home = tempfile::tempdir().map_err(|error| error.to_string())?;
        let log =
            std::fs::File::create(home.path().join("stderr")).map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args(sdk.argument)
            .env_clear()
            .env("PATH", env::search_path())
            .env("HOME", home.path())
            .env("LC_ALL", "C.UTF-8")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("CONFORMANCE_ENDPOINT", endpoint)
            .envs(DUMMY.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log);
        if own_credentials {
            command.envs(env::aws_credentials());
        }
        let mut child = command
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the driver has no pipes".to_owned());
        };
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                // The receiver is gone when the driver is no longer wanted.
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut driver = Self {
            child,
            stdin,
            lines,
            home,
            version: String::new(),
        };
        let line = driver.line()?;
        let greeting: Greeting = serde_json::from_str(&line)
            .map_err(|error| format!("no greeting ({error}): {line}"))?;
        driver.version = format!("{} {}", greeting.sdk, greeting.version);
        Ok(driver)
    }

    /// Runs the cases, at most `window` of them at once, and hands on each outcome as it comes.
    ///
    /// # Errors
    /// What stopped the driver; the cases without an outcome have none then.
    pub fn run(
        &mut self,
        cases: Vec<Case>,
        window: usize,
        mut each: impl FnMut(Outcome),
    ) -> Result<(), String> {
        let mut waiting = VecDeque::from(cases);
        let mut flying = 0_usize;
        while flying > 0 || !waiting.is_empty() {
            while flying < window.max(1)
                && let Some(case) = waiting.pop_front()
            {
                self.send(&case)?;
                flying += 1;
            }
            let line = self.line()?;
            let outcome = serde_json::from_str(&line)
                .map_err(|error| format!("not a result ({error}): {line}"))?;
            each(outcome);
            flying -= 1;
        }
        Ok(())
    }

    fn send(&mut self, case: &Case) -> Result<(), String> {
        let mut line = serde_json::to_vec(case).map_err(|error| error.to_string())?;
        line.push(b'\n');
        self.stdin
            .write_all(&line)
            .and_then(|()| self.stdin.flush())
            .map_err(|error| {
                format!(
                    "the driver takes no more cases ({error}){}",
                    self.complaint()
                )
            })
    }

    fn line(&mut self) -> Result<String, String> {
        self.lines
            .recv_timeout(SILENCE)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => format!(
                    "the driver was silent for {} s{}",
                    SILENCE.as_secs(),
                    self.complaint()
                ),
                RecvTimeoutError::Disconnected => format!("the driver ended{}", self.complaint()),
            })
    }

    /// The end of what the driver wrote on its standard error.
    fn complaint(&self) -> String {
        let text = std::fs::read(self.home.path().join("stderr")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines
            .get(lines.len().saturating_sub(12)..)
            .unwrap_or_default();
        if tail.is_empty() {
            String::new()
        } else {
            format!(":\n{}", tail.join("\n"))
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself, and there is nobody left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
