//! The gateway as a process: started on a free port with an environment of its own, and ended with the test.
//!
//! This is the only file here that knows the gateway's command line, its configuration and its log.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Notify;

use crate::loopback::fault::{self, Fault, within};

/// The last line on standard output begins so; the URL that clients use follows.
const READY: &str = "bedrock-gateway is ready on http://";

/// How the gateway identifies itself to the upstream of these tests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Credentials {
    /// A Bedrock API key, [`BEARER`].
    Bearer,
    /// An access key without a session token, [`ACCESS_KEY_ID`] and [`SECRET_ACCESS_KEY`].
    Keys,
    /// The same with [`SESSION_TOKEN`].
    TemporaryKeys,
}

/// What the gateway sends as its API key.
pub const BEARER: &str = "bedrock-api-key-of-the-gateway";
/// The gateway's own access key, which no client here has.
pub const ACCESS_KEY_ID: &str = "AKIDGATEWAY";
/// Its secret.
pub const SECRET_ACCESS_KEY: &str = "secret-of-the-gateway";
/// Its session token.
pub const SESSION_TOKEN: &str = "session-token-of-the-gateway";

/// What a test's gateway is configured with.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    config: Option<String>,
}

impl Setup {
    /// No configuration at all: the sandbox answers everything.
    #[must_use]
    pub fn alone() -> Self {
        Self::default()
    }

    /// That configuration.
    #[must_use]
    pub fn of(config: impl Into<String>) -> Self {
        Self {
            config: Some(config.into()),
        }
    }

    /// A provider `aws` at that address, to which every model id goes that names no provider.
    #[must_use]
    pub fn relay(upstream: SocketAddr, credentials: Credentials) -> Self {
        let credentials = match credentials {
            Credentials::Bearer => "bearer: env:UPSTREAM_BEARER",
            Credentials::Keys => {
                "access_key_id: env:UPSTREAM_ID, secret_access_key: env:UPSTREAM_SECRET"
            }
            Credentials::TemporaryKeys => {
                "access_key_id: env:UPSTREAM_ID, secret_access_key: env:UPSTREAM_SECRET, session_token: env:UPSTREAM_TOKEN"
            }
        };
        Self::of(format!(
            "providers:\n  - name: aws\n    kind: bedrock\n    region: us-east-1\n    endpoint: http://{upstream}\n    \
             credentials: {{ {credentials} }}\ndefault_provider: aws\n"
        ))
    }

    /// The same, and that text after it.
    #[must_use]
    pub fn and(mut self, more: &str) -> Self {
        self.config.get_or_insert_default().push_str(more);
        self
    }
}

/// A running gateway; it is killed when this is dropped.
#[derive(Debug)]
pub struct Gateway {
    child: Child,
    address: SocketAddr,
    log: Arc<Log>,
    // Holds the configuration while the gateway runs.
    _folder: TempDir,
}

impl Gateway {
    /// Starts `binary` on a free port of loopback and waits until it is ready.
    ///
    /// # Errors
    /// It did not start, and what it printed instead.
    pub async fn start(binary: impl AsRef<Path>, setup: &Setup) -> Result<Self, Fault> {
        let folder = tempfile::tempdir().map_err(fault::of("a folder for the configuration"))?;
        let mut command = Command::new(binary.as_ref());
        command.args(["--listen", "127.0.0.1:0"]);
        if let Some(config) = &setup.config {
            let path = folder.path().join("config.yaml");
            std::fs::write(&path, config).map_err(fault::of("the configuration"))?;
            command.arg("--config").arg(path);
        }
        let mut child = command
            .current_dir(folder.path())
            .env_clear()
            .env("UPSTREAM_BEARER", BEARER)
            .env("UPSTREAM_ID", ACCESS_KEY_ID)
            .env("UPSTREAM_SECRET", SECRET_ACCESS_KEY)
            .env("UPSTREAM_TOKEN", SESSION_TOKEN)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(fault::of("starting the gateway"))?;
        let log = Arc::<Log>::default();
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(collect(stderr, Arc::clone(&log)));
        }
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| Fault::new("the gateway has no standard output"))?;
        let address = match within("the ready line", ready(stdout)).await? {
            Ok(address) => address,
            Err(said) => {
                let lines = log.lines().join("\n");
                return Err(Fault::new(format!("no ready line but\n{said}\n{lines}")));
            }
        };
        Ok(Self {
            child,
            address,
            log,
            _folder: folder,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The first line of the log of which that is true; waits for it.
    ///
    /// # Errors
    /// No such line came.
    pub async fn logged(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Result<Value, Fault> {
        let found = within(what, async {
            loop {
                let more = self.log.more.notified();
                let lines = self.log.lines();
                let found = lines
                    .iter()
                    .filter_map(|line| serde_json::from_str::<Value>(line).ok())
                    .find(|line| is_it(line));
                match found {
                    Some(line) => return line,
                    None => more.await,
                }
            }
        });
        found.await.map_err(|fault| {
            let lines = self.log.lines().join("\n");
            Fault::new(format!("{fault}; the log has\n{lines}"))
        })
    }

    /// The access line of the request with that path as the client wrote it.
    ///
    /// # Errors
    /// No such line came.
    pub async fn access_line(&self, path: &str) -> Result<Value, Fault> {
        let what = format!("the access line of {path}");
        self.logged(&what, |line| line.get("path").is_some_and(|is| is == path))
            .await
    }

    /// Everything it has logged so far.
    #[must_use]
    pub fn log_text(&self) -> String {
        self.log.lines().join("\n")
    }

    /// Asks it to stop, as an orchestrator does: SIGTERM.
    ///
    /// # Errors
    /// The signal could not be sent.
    pub async fn terminate(&self) -> Result<(), Fault> {
        let id = self
            .child
            .id()
            .ok_or_else(|| Fault::new("the gateway has ended already"))?;
        // The shell's own `kill`, since a machine need not have the program.
        let status = Command::new("sh")
            .args(["-c", &format!("kill -TERM {id}")])
            .status()
            .await
            .map_err(fault::of("sending SIGTERM"))?;
        if status.success() {
            Ok(())
        } else {
            Err(Fault::new(format!("kill: {status}")))
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It does not end.
    pub async fn ended(&mut self) -> Result<ExitStatus, Fault> {
        within("the end of the gateway", self.child.wait())
            .await?
            .map_err(fault::of("the end of the gateway"))
    }
}

/// The lines of standard error.
#[derive(Debug, Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    more: Notify,
}

impl Log {
    fn lines(&self) -> Vec<String> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn collect(stderr: impl AsyncRead + Unpin, log: Arc<Log>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
        log.more.notify_waiters();
    }
}

/// The address in the ready line, or everything that was printed instead.
///
/// What follows that line is nothing, so the pipe may be closed behind it.
async fn ready(stdout: impl AsyncRead + Unpin) -> Result<SocketAddr, String> {
    let mut lines = BufReader::new(stdout).lines();
    let mut said = String::new();
    while let Ok(Some(line)) = lines.next_line().await {
        let address = line
            .strip_prefix(READY)
            .and_then(|url| url.split('/').next())
            .and_then(|address| address.parse().ok());
        if let Some(address) = address {
            return Ok(address);
        }
        said.push_str(&line);
        said.push('\n');
    }
    Err(said)
}
