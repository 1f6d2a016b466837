//! The configuration: its shape, its defaults and its JSON Schema.
//!
//! A file is read by [`Config::parse`], which lists everything that is wrong with it at once.
//! Secrets never stand in it, only references to them; nothing here fetches one.

mod fields;
mod network;
mod problem;
mod provider;
mod quirks;
mod read;
mod secret;
mod tree;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

pub use network::{NetworkSettings, TimeoutSettings};
pub use problem::Problems;
pub use provider::{
    AnthropicProvider, BearerRef, BedrockProvider, CredentialRefs, KeyRefs, OpenAiProvider,
    Provider, SandboxProvider,
};
pub use quirks::{QuirkOverrides, StopSequences};
pub use read::AlsoOn;
pub(crate) use secret::SecretError;
pub use secret::SecretRef;

/// The name of the sandbox: the part of a model id before the first `/` that always reaches it.
pub(crate) const SANDBOX: &str = "sandbox";

/// The name under which `--bedrock` switches AWS on.
pub(crate) const BEDROCK: &str = "bedrock";

/// The name under which a key in the environment switches OpenAI on.
pub(crate) const OPENAI: &str = "openai";

/// The name under which a key in the environment switches Anthropic on.
pub(crate) const ANTHROPIC: &str = "anthropic";

/// The configuration of bedrock-gateway.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen, as an address and a port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How much one client, and all of them together, may ask for.
    pub limits: Limits,
    /// The model providers that are on. While there is none, the sandbox serves every model id; but then the keys
    /// OPENAI_API_KEY and ANTHROPIC_API_KEY of the environment switch on `openai` and `anthropic`.
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

    /// Whether it lists a provider other than the sandbox, and so decides alone which are on.
    pub(crate) fn lists_upstreams(&self) -> bool {
        self.providers.iter().any(Provider::is_upstream)
    }

    /// The pace of the sandbox, from its entry or as it is without one.
    pub(crate) fn sandbox(&self) -> SandboxProvider {
        self.providers
            .iter()
            .find_map(|provider| match provider {
                Provider::Sandbox(sandbox) => Some(sandbox.clone()),
                Provider::Bedrock(_) | Provider::OpenAi(_) | Provider::Anthropic(_) => None,
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
