//! The shape of one entry of `providers`: what each kind of provider can be told.
//!
//! Knows no upstream: what a setting does there is the provider's own business.

use http::Uri;
use providers::openai::Quirks;
use providers::{anthropic, openai};
use schemars::JsonSchema;

use super::network::NetworkSettings;
use super::quirks::{self, QuirkOverrides};
use super::{SANDBOX, SecretRef};

/// A model provider; its name is the part of a model id before the first `/`.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(tag = "kind", rename_all = "snake_case")]
pub enum Provider {
    /// AWS Bedrock, or anything that speaks its protocol.
    Bedrock(Box<BedrockProvider>),
    /// OpenAI, or any server of its Chat Completions API.
    #[schemars(rename = "openai")]
    OpenAi(Box<OpenAiProvider>),
    /// Anthropic, or any server of its Messages API.
    Anthropic(Box<AnthropicProvider>),
    /// The built-in sandbox, to set its pace. It is on without an entry too, and its name is always `sandbox`.
    Sandbox(SandboxProvider),
}

impl Provider {
    /// The word that stands under `kind`, of every kind there is.
    pub(super) const KINDS: [&'static str; 4] = ["bedrock", "openai", "anthropic", SANDBOX];

    /// Whether it stands for somebody else's models.
    pub(crate) fn is_upstream(&self) -> bool {
        match self {
            Self::Bedrock(_) | Self::OpenAi(_) | Self::Anthropic(_) => true,
            Self::Sandbox(_) => false,
        }
    }
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
    /// How it is reached.
    #[schemars(flatten)]
    pub network: NetworkSettings,
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

/// OpenAI, or any server of its Chat Completions API.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OpenAiProvider {
    /// The name: letters, digits, `.`, `_` and `-`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]+$"))]
    pub name: String,
    /// Where it is reached, with the `/v1` that most servers have; requests go to `/chat/completions` behind it.
    #[schemars(
        with = "Option<String>",
        regex(pattern = r"^https?://[^?@]+$"),
        extend("default" = openai::BASE_URL)
    )]
    pub base_url: Uri,
    /// The API key; without one, requests carry no `Authorization`, as servers on one's own machine like it.
    pub api_key: Option<SecretRef>,
    /// The kind of server, which says what of the format it takes. Without it, `openai` at `api.openai.com` and
    /// `compatible` anywhere else.
    #[schemars(default, schema_with = "quirks::server_schema")]
    pub server: Option<Quirks>,
    /// Where this server departs from what `server` says of its kind.
    #[schemars(default)]
    pub quirks: QuirkOverrides,
    /// How it is reached.
    #[schemars(flatten)]
    pub network: NetworkSettings,
}

impl OpenAiProvider {
    /// OpenAI itself, under that name.
    pub(crate) fn openai(name: &str, api_key: SecretRef) -> Self {
        Self {
            name: name.to_owned(),
            base_url: Uri::from_static(openai::BASE_URL),
            api_key: Some(api_key),
            server: None,
            quirks: QuirkOverrides::default(),
            network: NetworkSettings::default(),
        }
    }

    /// What the server takes: the row of its kind, with this entry's own departures.
    pub(crate) fn effective_quirks(&self) -> Quirks {
        let own = Uri::from_static(openai::BASE_URL);
        let row = match &self.server {
            Some(row) => row,
            None if self.base_url.host() == own.host() => &Quirks::OPENAI,
            None => &Quirks::COMPATIBLE,
        };
        self.quirks.applied_to(row)
    }
}

/// Anthropic, or any server of its Messages API.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AnthropicProvider {
    /// The name: letters, digits, `.`, `_` and `-`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]+$"))]
    pub name: String,
    /// Where it is reached; requests go to `/v1/messages` behind it.
    #[schemars(
        with = "Option<String>",
        regex(pattern = r"^https?://[^?@]+$"),
        extend("default" = anthropic::BASE_URL)
    )]
    pub base_url: Uri,
    /// The API key; without one, requests carry no `x-api-key`.
    pub api_key: Option<SecretRef>,
    /// Beta features to switch on for every request (`anthropic-beta`), beside those that a request names itself.
    #[schemars(default, inner(regex(pattern = r"^[A-Za-z0-9._-]+$")))]
    pub betas: Vec<String>,
    /// How it is reached.
    #[schemars(flatten)]
    pub network: NetworkSettings,
}

impl AnthropicProvider {
    /// Anthropic itself, under that name.
    pub(crate) fn anthropic(name: &str, api_key: SecretRef) -> Self {
        Self {
            name: name.to_owned(),
            base_url: Uri::from_static(anthropic::BASE_URL),
            api_key: Some(api_key),
            betas: Vec::new(),
            network: NetworkSettings::default(),
        }
    }
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
