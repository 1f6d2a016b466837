//! Starts the gateway under test: a binary that calls the server's `main`, on a free port, told where its upstream is.
//!
//! This is the only file here that knows the gateway's command line and configuration.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use tempfile::TempDir;

/// The access key id with which the gateway signs towards its upstream.
pub const UPSTREAM_KEY_ID: &str = "AKIDUPSTREAM";

/// The header that the sandbox puts on each of its answers, with the value `sandbox`.
pub const PROVIDER_HEADER: &str = "x-gateway-provider";

/// The three-line binary of this package that calls the server's `main`.
const BINARY: &str = "gateway-under-test";

const READY: Duration = Duration::from_secs(30);

/// A running gateway; it is ended when this is dropped.
#[derive(Debug)]
pub struct Gateway {
    child: Child,
    // Holds the configuration while the gateway runs.
    _folder: TempDir,
    address: String,
}

impl Gateway {
    /// Starts `binary` with the sandbox on and everything else relayed to `upstream`.
    ///
    /// # Errors
    /// What went wrong, or what the gateway printed instead of its ready line.
    pub fn start(binary: &Path, upstream: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let configuration = folder.path().join("config.yaml");
        std::fs::write(&configuration, config(upstream)).map_err(|error| error.to_string())?;
        let mut child = Command::new(binary)
            .args(["--listen", "127.0.0.1:0", "--config"])
            .arg(&configuration)
            .env_clear()
            .env("UPSTREAM_ACCESS_KEY_ID", UPSTREAM_KEY_ID)
            .env("UPSTREAM_SECRET_ACCESS_KEY", "upstream-secret")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let stdout = child
            .stdout
            .take()
            .ok_or("the gateway has no standard output")?;
        let mut gateway = Self {
            child,
            _folder: folder,
            address: String::new(),
        };
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            // Reads on after the ready line, so that the gateway never blocks on a full pipe.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Nobody listens once the ready line was found.
                let _ = sender.send(line);
            }
        });
        let mut seen = String::new();
        while let Ok(line) = lines.recv_timeout(READY) {
            if let Some(address) = address_in(&line) {
                gateway.address = address;
                return Ok(gateway);
            }
            seen.push_str(&line);
            seen.push('\n');
        }
        Err(format!("the gateway printed no address:\n{seen}"))
    }

    /// The base URL that a client is given, with the prefix that people use.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("{}/bedrock", self.address)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended by itself, and there is nobody left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Builds the gateway under test, which `cargo run` does not do by itself, and says where it lies: beside the runner.
///
/// # Errors
/// Why it could not be built.
pub fn build() -> Result<PathBuf, String> {
    let runner = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = runner.parent().ok_or("the runner lies nowhere")?;
    let mut command = Command::new("cargo");
    command
        .args([
            "build",
            "--quiet",
            "--locked",
            "--bin",
            BINARY,
            "--manifest-path",
        ])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    if folder.ends_with("release") {
        command.arg("--release");
    }
    let status = command
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err(format!("{BINARY} cannot be built"));
    }
    Ok(folder.join(BINARY))
}

/// The sandbox serves `sandbox/...`, the stub every other model id and every call without one.
fn config(upstream: &str) -> String {
    format!(
        "providers:
  - name: bedrock
    kind: bedrock
    region: us-east-1
    endpoint: {upstream}
    credentials:
      access_key_id: env:UPSTREAM_ACCESS_KEY_ID
      secret_access_key: env:UPSTREAM_SECRET_ACCESS_KEY
default_provider: bedrock
log: {{ level: off }}
"
    )
}

/// The base URL in the ready line.
fn address_in(line: &str) -> Option<String> {
    // The lines before it name the upstream, which has an address too.
    let (_, rest) = line.split_once("is ready on http://127.0.0.1:")?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty()).then(|| format!("http://127.0.0.1:{port}"))
}
