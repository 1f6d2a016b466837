//! Builds providers and the engine from the configuration, the command line and the keys of the environment.
//!
//! The one place that knows every kind of provider. Touches no network, no file and no key: those are for the first request that needs them.

mod credentials;
mod network;

use std::sync::Arc;
use std::time::Duration;

use llm::{Key, Provider};
use pipeline::{Alias, Entry, Pipeline, Settings};
use providers::anthropic::{self, Anthropic};
use providers::bedrock::{self, Bedrock};
use providers::openai::{self, OpenAi};
use providers::{ApiKey, Sandbox, sandbox};
use uuid::Uuid;

use crate::config::{
    self, ANTHROPIC, AnthropicProvider, BEDROCK, BedrockProvider, Config, NetworkSettings, OPENAI,
    OpenAiProvider, SANDBOX, SandboxProvider, SecretRef,
};
use crate::environment::Environment;
use crate::error::Error;
use credentials::Source;

/// A provider that a key in the environment switches on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    OpenAi,
    Anthropic,
}

impl Switch {
    pub(crate) const ALL: [Self; 2] = [Self::OpenAi, Self::Anthropic];

    /// The variable that holds the key.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::OpenAi => "OPENAI_API_KEY",
            Self::Anthropic => "ANTHROPIC_API_KEY",
        }
    }

    /// The provider's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OpenAi => OPENAI,
            Self::Anthropic => ANTHROPIC,
        }
    }

    /// Those whose keys are there.
    pub(crate) fn thrown(environment: &Environment) -> Vec<Self> {
        let mut thrown = Self::ALL.to_vec();
        thrown.retain(|switch| environment.get(switch.variable()).is_some());
        thrown
    }
}

/// What is on, for the lines at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct On {
    /// Each provider but the sandbox, with where it sends requests.
    pub(crate) providers: Vec<(String, String)>,
    /// The provider of model ids that name none.
    pub(crate) default_provider: Option<String>,
    /// Whether the sandbox serves every model id, because nobody else is there.
    pub(crate) sandbox_serves_all: bool,
}

/// The engine that a configuration describes. `with_bedrock` is the provider that the command line switches on.
pub(crate) fn compose(
    config: &Config,
    with_bedrock: Option<EnvironmentBedrock>,
    environment: &Environment,
) -> Result<(Pipeline, On), Error> {
    let mut upstreams = Upstreams::new(environment);
    for provider in &config.providers {
        match provider {
            config::Provider::Bedrock(provider) => upstreams.bedrock(provider)?,
            config::Provider::OpenAi(provider) => upstreams.openai(provider)?,
            config::Provider::Anthropic(provider) => upstreams.anthropic(provider)?,
            config::Provider::Sandbox(_) => {}
        }
    }
    // A file that lists providers decides alone which are on.
    let switches = match config.lists_upstreams() {
        true => Vec::new(),
        false => Switch::thrown(environment),
    };
    for switch in &switches {
        upstreams.switched_on(*switch)?;
    }
    let mut default_provider = config.default_provider.clone();
    if let Some(EnvironmentBedrock { region }) = with_bedrock {
        upstreams.bedrock_of_environment(region)?;
        // Whoever switches AWS on by hand means it to answer.
        default_provider.get_or_insert_with(|| BEDROCK.to_owned());
    }
    // The only one there is can be meant by every model id; of two, nobody said which.
    if let ([only], 1) = (switches.as_slice(), upstreams.entries.len()) {
        default_provider.get_or_insert_with(|| only.name().to_owned());
    }
    let Upstreams {
        mut entries, on, ..
    } = upstreams;
    let sandbox_serves_all = entries.is_empty();
    if sandbox_serves_all {
        default_provider = Some(SANDBOX.to_owned());
    }
    entries.push(sandbox_entry(&config.sandbox()));
    let pipeline = Pipeline::new(Settings {
        providers: entries,
        aliases: config.aliases.iter().map(alias).collect(),
        default_provider: default_provider.as_deref().map(Arc::from),
    })
    .map_err(|error| Error::settings("the providers do not fit together", error))?;
    let on = On {
        providers: on,
        default_provider,
        sandbox_serves_all,
    };
    Ok((pipeline, on))
}

/// AWS as `--bedrock` switches it on.
#[derive(Clone, Debug)]
pub(crate) struct EnvironmentBedrock {
    region: String,
}

impl EnvironmentBedrock {
    /// Reads the region, and nothing else yet.
    pub(crate) fn of(environment: &Environment) -> Result<Self, Error> {
        environment
            .first_of(&["AWS_REGION", "AWS_DEFAULT_REGION"])
            .map(|region| Self { region })
            .ok_or_else(|| {
                Error::usage("--bedrock needs a region: set AWS_REGION or AWS_DEFAULT_REGION")
            })
    }
}

/// The providers other than the sandbox, as they are set up one by one.
struct Upstreams<'e> {
    environment: &'e Environment,
    /// A request that comes back to this process is known by it.
    via: Arc<str>,
    entries: Vec<Entry>,
    on: Vec<(String, String)>,
}

impl<'e> Upstreams<'e> {
    fn new(environment: &'e Environment) -> Self {
        Self {
            environment,
            via: Uuid::new_v4().simple().to_string().into(),
            entries: Vec::new(),
            on: Vec::new(),
        }
    }

    fn bedrock(&mut self, provider: &BedrockProvider) -> Result<(), Error> {
        let BedrockProvider {
            name,
            region,
            endpoint,
            control_endpoint,
            credentials,
            network,
        } = provider;
        let place = match endpoint {
            Some(endpoint) => format!("{endpoint}, signing for {region}"),
            None => format!("AWS {region}"),
        };
        let source = Source::Named(credentials.clone());
        let settings = bedrock::Settings {
            region: region.clone(),
            endpoint: endpoint.clone(),
            control_endpoint: control_endpoint.clone(),
            keys: vec![(
                Key::new(name.as_str()),
                source.credentials(self.environment),
            )],
            network: network::network(network, endpoint.as_ref(), self.environment)?,
            via: Arc::clone(&self.via),
            limits: bedrock::Limits::default(),
        };
        let provider = Bedrock::new(settings).map_err(|error| cannot_be_set_up(name, error))?;
        self.add(name, place, Arc::new(provider));
        Ok(())
    }

    fn bedrock_of_environment(&mut self, region: String) -> Result<(), Error> {
        let place = format!("AWS {region}");
        let source = Source::Process;
        let settings = bedrock::Settings {
            region,
            endpoint: None,
            control_endpoint: None,
            keys: vec![(Key::new(BEDROCK), source.credentials(self.environment))],
            network: network::network(&NetworkSettings::default(), None, self.environment)?,
            via: Arc::clone(&self.via),
            limits: bedrock::Limits::default(),
        };
        let provider = Bedrock::new(settings).map_err(|error| cannot_be_set_up(BEDROCK, error))?;
        self.add(BEDROCK, place, Arc::new(provider));
        Ok(())
    }

    fn switched_on(&mut self, switch: Switch) -> Result<(), Error> {
        let key = SecretRef::variable(switch.variable());
        match switch {
            Switch::OpenAi => self.openai(&OpenAiProvider::openai(switch.name(), key)),
            Switch::Anthropic => self.anthropic(&AnthropicProvider::anthropic(switch.name(), key)),
        }
    }

    fn openai(&mut self, provider: &OpenAiProvider) -> Result<(), Error> {
        let OpenAiProvider {
            name,
            base_url,
            api_key,
            server: _,
            quirks: _,
            network,
        } = provider;
        let quirks = provider.effective_quirks();
        let place = format!("{base_url}, a server of kind {}", quirks.name);
        let settings = openai::Settings {
            base_url: base_url.clone(),
            keys: vec![(Key::new(name.as_str()), self.key(api_key.as_ref()))],
            quirks,
            network: network::network(network, Some(base_url), self.environment)?,
            via: Arc::clone(&self.via),
        };
        let provider = OpenAi::new(settings).map_err(|error| cannot_be_set_up(name, error))?;
        self.add(name, place, Arc::new(provider));
        Ok(())
    }

    fn anthropic(&mut self, provider: &AnthropicProvider) -> Result<(), Error> {
        let AnthropicProvider {
            name,
            base_url,
            api_key,
            betas,
            network,
        } = provider;
        let settings = anthropic::Settings {
            base_url: base_url.clone(),
            keys: vec![(Key::new(name.as_str()), self.key(api_key.as_ref()))],
            betas: betas.clone(),
            network: network::network(network, Some(base_url), self.environment)?,
            via: Arc::clone(&self.via),
        };
        let provider = Anthropic::new(settings).map_err(|error| cannot_be_set_up(name, error))?;
        self.add(name, base_url.to_string(), Arc::new(provider));
        Ok(())
    }

    fn key(&self, reference: Option<&SecretRef>) -> Option<Arc<dyn ApiKey>> {
        reference.map(|key| credentials::api_key(key, self.environment))
    }

    fn add(&mut self, name: &str, place: String, provider: Arc<dyn Provider>) {
        self.entries
            .push(entry(name, provider, vec![Key::new(name)]));
        self.on.push((name.to_owned(), place));
    }
}

fn cannot_be_set_up(name: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::settings(format!("provider `{name}` cannot be set up"), error)
}

fn sandbox_entry(settings: &SandboxProvider) -> Entry {
    let SandboxProvider {
        name,
        first_byte_ms,
        gap_ms,
    } = settings;
    let provider = Sandbox::new(sandbox::Settings {
        first_byte: Duration::from_millis(*first_byte_ms),
        gap: Duration::from_millis(*gap_ms),
    });
    // It needs no credentials, but everyone has a key.
    entry(name, Arc::new(provider), vec![Key::new(SANDBOX)])
}

fn entry(name: &str, provider: Arc<dyn Provider>, keys: Vec<Key>) -> Entry {
    Entry {
        name: name.into(),
        provider,
        keys,
    }
}

fn alias(alias: &config::Alias) -> Alias {
    let config::Alias {
        name,
        provider,
        model,
    } = alias;
    Alias {
        name: name.as_str().into(),
        provider: provider.as_str().into(),
        model: model.as_str().into(),
    }
}

#[cfg(test)]
mod tests;
