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

/// The API key with which the gateway identifies itself to an upstream of chat models.
pub const UPSTREAM_API_KEY: &str = "sk-of-the-gateway-under-test-towards-its-upstream";

/// The header that the sandbox puts on each of its answers, with the value `sandbox`.
pub const PROVIDER_HEADER: &str = "x-gateway-provider";

/// The three-line binary of this package that calls the server's `main`.
const BINARY: &str = "gateway-under-test";

const READY: Duration = Duration::from_secs(30);

/// An upstream of chat models, as the gateway is told of it.
#[derive(Debug, Clone, Copy)]
pub struct ChatUpstream<'a> {
    /// The name that model ids begin with.
    pub name: &'a str,
    /// `openai` or `anthropic`.
    pub kind: &'a str,
    /// Where it is.
    pub base_url: &'a str,
    /// What kind of server it is, if that does not follow from its address.
    pub server: Option<&'a str>,
}

/// A model by a name that clients know.
#[derive(Debug, Clone, Copy)]
pub struct ChatAlias<'a> {
    /// That name.
    pub name: &'a str,
    /// The upstream's name.
    pub provider: &'a str,
    /// The model as the upstream calls it.
    pub model: &'a str,
}

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
        Self::configured(binary, &relaying(upstream))
    }

    /// Starts `binary` with these upstreams on, and the models of `aliases` by the names that clients know.
    ///
    /// # Errors
    /// What went wrong, or what the gateway printed instead of its ready line.
    pub fn translating(
        binary: &Path,
        upstreams: &[ChatUpstream<'_>],
        aliases: &[ChatAlias<'_>],
    ) -> Result<Self, String> {
        Self::configured(binary, &translating(upstreams, aliases))
    }

    fn configured(binary: &Path, config: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let configuration = folder.path().join("config.yaml");
        std::fs::write(&configuration, config).map_err(|error| error.to_string())?;
        let mut child = Command::new(binary)
            .args(["--listen", "127.0.0.1:0", "--config"])
            .arg(&configuration)
            .env_clear()
            .env("UPSTREAM_ACCESS_KEY_ID", UPSTREAM_KEY_ID)
            .env("UPSTREAM_SECRET_ACCESS_KEY", "upstream-secret")
            .env("UPSTREAM_API_KEY", UPSTREAM_API_KEY)
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

/// The sandbox serves `sandbox/...`; the stub every other model id and every call without one, as Bedrock itself, and besides as
/// OpenAI and as Anthropic.
///
/// The aliases are names of Bedrock that no recording has, since recordings are for the stub as Bedrock.
fn relaying(upstream: &str) -> String {
    format!(
        "providers:
  - name: bedrock
    kind: bedrock
    region: us-east-1
    endpoint: {upstream}
    credentials:
      access_key_id: env:UPSTREAM_ACCESS_KEY_ID
      secret_access_key: env:UPSTREAM_SECRET_ACCESS_KEY
  - {{ name: openai, kind: openai, server: openai, base_url: '{upstream}/v1', api_key: env:UPSTREAM_API_KEY }}
  - {{ name: anthropic, kind: anthropic, base_url: '{upstream}', api_key: env:UPSTREAM_API_KEY }}
aliases:
  - {{ name: 'au.anthropic.claude-sonnet-4-5-20250929-v1:0', provider: anthropic, model: claude-sonnet-4-5 }}
  - {{ name: 'us.mistral.mistral-7b-instruct-v0:2', provider: openai, model: gpt-4.1 }}
default_provider: bedrock
log: {{ level: off }}
"
    )
}

/// No provider is the default: each model id names its provider, or is an alias.
fn translating(upstreams: &[ChatUpstream<'_>], aliases: &[ChatAlias<'_>]) -> String {
    let mut config = "providers:\n".to_owned();
    for ChatUpstream {
        name,
        kind,
        base_url,
        server,
    } in upstreams
    {
        let server = server.map(|server| format!(", server: {server}"));
        config.push_str(&format!(
            "  - {{ name: {name}, kind: {kind}, base_url: '{base_url}', api_key: env:UPSTREAM_API_KEY{} }}\n",
            server.unwrap_or_default()
        ));
    }
    // Without one the key has no value, which is as good as no key.
    config.push_str("aliases:\n");
    for ChatAlias {
        name,
        provider,
        model,
    } in aliases
    {
        config.push_str(&format!(
            "  - {{ name: '{name}', provider: {provider}, model: '{model}' }}\n"
        ));
    }
    config.push_str("log: { level: off }\n");
    config
}

/// The base URL in the ready line.
fn address_in(line: &str) -> Option<String> {
    // The lines before it name the upstream, which has an address too.
    let (_, rest) = line.split_once("is ready on http://127.0.0.1:")?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty()).then(|| format!("http://127.0.0.1:{port}"))
}
