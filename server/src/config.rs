//! The configuration: its shape, its defaults and its JSON Schema.
//!
//! A file is read by [`Config::parse`], which lists everything that is wrong with it at once.
//! Secrets never stand in it, only references to them; nothing here fetches one.

mod fields;
mod problem;
mod read;
mod secret;
mod tree;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::Uri;
use schemars::JsonSchema;
use serde::Serialize;

pub use problem::Problems;
pub(crate) use secret::SecretError;
pub use secret::SecretRef;

/// The name of the sandbox: the part of a model id before the first `/` that always reaches it.
pub(crate) const SANDBOX: &str = "sandbox";

/// The name under which `--bedrock` switches AWS on.
pub(crate) const BEDROCK: &str = "bedrock";

/// The configuration of bedrock-gateway.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen, as an address and a port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How much one client, and all of them together, may ask for.
    pub limits: Limits,
    /// The model providers that are on. While there is none, the sandbox serves every model id.
    pub providers: Vec<Provider>,
    /// Names of your own for models. Looked up when a model id does not begin with a provider's name and a `/`.
    pub aliases: Vec<Alias>,
    /// The provider of model ids that name neither a provider nor an alias; without it those are refused.
    pub default_provider: Option<String>,
    /// What is written to standard error.
    pub log: LogSettings,
}

/// How much one client, and all of them together, may ask for.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields, default)]
pub struct Limits {
    /// The largest request body, in bytes. AWS documents 25,000,000 for its own service.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub body_bytes: u64,
    /// How long a connection may take to send the head of its next request, in seconds; so also how long an idle one is kept.
    #[schemars(range(min = 1, max = 3600))]
    pub header_timeout_secs: u64,
    /// How many requests may be in flight at once, streams counted until their end; the next one is told to come back later.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub concurrency: u64,
    /// How long a request may wait for the head of its answer, in seconds. Below the 60 seconds after which boto3 gives up and sends again.
    #[schemars(range(min = 1, max = 3600))]
    pub request_timeout_secs: u64,
    /// How long running requests get to finish after SIGTERM, in seconds.
    #[schemars(range(min = 0, max = 3600))]
    pub drain_timeout_secs: u64,
}

/// A model provider; its name is the part of a model id before the first `/`.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(tag = "kind", rename_all = "snake_case")]
pub enum Provider {
    /// AWS Bedrock, or anything that speaks its protocol.
    Bedrock(Box<BedrockProvider>),
    /// The built-in sandbox, to set its pace. It is on without an entry too, and its name is always `sandbox`.
    Sandbox(SandboxProvider),
}

/// AWS Bedrock, or anything that speaks its protocol.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BedrockProvider {
    /// The name: letters, digits, `.`, `_` and `-`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]+$"))]
    pub name: String,
    /// The region to call and to sign for, such as `us-east-1`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9-]+$"))]
    pub region: String,
    /// Where the runtime is reached, if not at AWS's own address for the region.
    #[schemars(with = "Option<String>", regex(pattern = r"^https?://[^?@]+$"))]
    pub endpoint: Option<Uri>,
    /// Where the control plane is reached, if not at AWS's own address for the region.
    #[schemars(with = "Option<String>", regex(pattern = r"^https?://[^?@]+$"))]
    pub control_endpoint: Option<Uri>,
    /// What to identify with. Credentials in the environment count only if they are named here.
    pub credentials: CredentialRefs,
}

/// What to identify with at AWS.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum CredentialRefs {
    /// A Bedrock API key.
    Bearer(BearerRef),
    /// An access key, and a session token if it is a temporary one.
    Keys(KeyRefs),
}

/// A Bedrock API key.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BearerRef {
    /// The API key.
    pub bearer: SecretRef,
}

/// An access key, and a session token if it is a temporary one.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct KeyRefs {
    /// The access key id.
    pub access_key_id: SecretRef,
    /// The secret access key.
    pub secret_access_key: SecretRef,
    /// The session token of temporary keys.
    pub session_token: Option<SecretRef>,
}

/// The built-in sandbox, to set its pace.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SandboxProvider {
    /// Always `sandbox`.
    #[schemars(regex(pattern = r"^sandbox$"))]
    pub name: String,
    /// How long an answer waits for its first byte, in milliseconds.
    #[schemars(default = "default_first_byte_ms", range(min = 0, max = 600_000))]
    pub first_byte_ms: u64,
    /// How long a stream pauses between two events, in milliseconds.
    #[schemars(default, range(min = 0, max = 600_000))]
    pub gap_ms: u64,
}

/// A name of your own for a model.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Alias {
    /// The model id that clients send.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The provider that serves it.
    pub provider: String,
    /// The model as that provider calls it.
    #[schemars(length(min = 1))]
    pub model: String,
}

/// What is written to standard error.
#[derive(Clone, Copy, Debug, Default, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields, default)]
pub struct LogSettings {
    /// The form of a line.
    pub format: LogFormat,
    /// The least grave lines that are written.
    pub level: LogLevel,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object.
    #[default]
    Json,
    /// Words for people.
    Text,
}

/// How grave a log line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Every request.
    #[default]
    Info,
    /// Requests that were refused or broken off, and answers that lack something the caller asked for.
    Warn,
    /// Requests that failed by a fault of the gateway or of a provider.
    Error,
    /// Nothing.
    Off,
}

impl Config {
    /// The JSON Schema of a configuration file.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Config).into()
    }

    /// The providers other than the sandbox.
    pub(crate) fn bedrock_providers(&self) -> impl Iterator<Item = &BedrockProvider> {
        self.providers.iter().filter_map(|provider| match provider {
            Provider::Bedrock(bedrock) => Some(&**bedrock),
            Provider::Sandbox(_) => None,
        })
    }

    /// The pace of the sandbox, from its entry or as it is without one.
    pub(crate) fn sandbox(&self) -> SandboxProvider {
        self.providers
            .iter()
            .find_map(|provider| match provider {
                Provider::Bedrock(_) => None,
                Provider::Sandbox(sandbox) => Some(sandbox.clone()),
            })
            .unwrap_or_default()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            limits: Limits::default(),
            providers: Vec::new(),
            aliases: Vec::new(),
            default_provider: None,
            log: LogSettings::default(),
        }
    }
}

impl Limits {
    /// How long a connection may take to send the head of its next request.
    pub(crate) fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_secs)
    }

    /// How long a request may wait for the head of its answer.
    pub(crate) fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_secs)
    }

    /// How long running requests get to finish.
    pub(crate) fn drain_timeout(&self) -> Duration {
        Duration::from_secs(self.drain_timeout_secs)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 25_000_000,
            header_timeout_secs: 60,
            concurrency: 1024,
            request_timeout_secs: 55,
            drain_timeout_secs: 30,
        }
    }
}

impl Default for SandboxProvider {
    fn default() -> Self {
        Self {
            name: SANDBOX.to_owned(),
            first_byte_ms: default_first_byte_ms(),
            gap_ms: 0,
        }
    }
}

/// Go's HTTP client breaks off a stream that answers before its upload is finished; 5 ms are enough that it never does.
fn default_first_byte_ms() -> u64 {
    5
}
