//! Builds providers and the engine from the configuration and the command line.
//!
//! The one place that knows every kind of provider. Touches no network, no file and no key: those are for the first request that needs them.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use llm::{Key, Provider};
use pipeline::{Alias, Entry, Pipeline, Settings};
use providers::bedrock::{self, Bedrock, Credentials, CredentialsError, Identity};
use providers::{Sandbox, sandbox};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::config::{
    self, BEDROCK, BearerRef, BedrockProvider, Config, CredentialRefs, KeyRefs, SANDBOX,
    SandboxProvider, SecretError, SecretRef,
};
use crate::environment::Environment;
use crate::error::Error;

/// What is on, for the lines at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct On {
    /// Each provider but the sandbox, with where it sends requests.
    pub(crate) providers: Vec<(String, String)>,
    /// Whether the sandbox serves every model id, because nobody else is there.
    pub(crate) sandbox_serves_all: bool,
}

/// The engine that a configuration describes. `with_bedrock` is the provider that the command line switches on.
pub(crate) fn compose(
    config: &Config,
    with_bedrock: Option<EnvironmentBedrock>,
    environment: &Environment,
) -> Result<(Pipeline, On), Error> {
    // A request that comes back to this process is known by it.
    let via: Arc<str> = Uuid::new_v4().simple().to_string().into();
    let mut entries = Vec::new();
    let mut on = Vec::new();
    for provider in config.bedrock_providers() {
        let BedrockProvider {
            name,
            region,
            endpoint,
            control_endpoint,
            credentials,
        } = provider;
        let place = match endpoint {
            Some(endpoint) => format!("{endpoint}, signing for {region}"),
            None => format!("AWS {region}"),
        };
        let source = Source::Named(credentials.clone());
        entries.push(relay(
            name,
            bedrock::Settings {
                region: region.clone(),
                endpoint: endpoint.clone(),
                control_endpoint: control_endpoint.clone(),
                keys: vec![(Key::new(name.as_str()), source.credentials(environment))],
                timeouts: bedrock::Timeouts::default(),
                via: Arc::clone(&via),
                limits: bedrock::Limits::default(),
            },
        )?);
        on.push((name.clone(), place));
    }
    let mut default_provider = config.default_provider.clone();
    if let Some(EnvironmentBedrock { region }) = with_bedrock {
        on.push((BEDROCK.to_owned(), format!("AWS {region}")));
        entries.push(relay(
            BEDROCK,
            bedrock::Settings {
                region,
                endpoint: None,
                control_endpoint: None,
                keys: vec![(Key::new(BEDROCK), Source::Process.credentials(environment))],
                timeouts: bedrock::Timeouts::default(),
                via: Arc::clone(&via),
                limits: bedrock::Limits::default(),
            },
        )?);
        // Whoever switches AWS on by hand means it to answer.
        default_provider.get_or_insert_with(|| BEDROCK.to_owned());
    }
    let sandbox_serves_all = entries.is_empty();
    if sandbox_serves_all {
        default_provider = Some(SANDBOX.to_owned());
    }
    entries.push(sandbox_entry(&config.sandbox()));
    let aliases = config.aliases.iter().map(alias).collect();
    let pipeline = Pipeline::new(Settings {
        providers: entries,
        aliases,
        default_provider: default_provider.map(Arc::from),
    })
    .map_err(|error| Error::settings("the providers do not fit together", error))?;
    let on = On {
        providers: on,
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

fn relay(name: &str, settings: bedrock::Settings) -> Result<Entry, Error> {
    let keys = settings.keys.iter().map(|(key, _)| key.clone()).collect();
    let provider = Bedrock::new(settings)
        .map_err(|error| Error::settings(format!("provider `{name}` cannot be set up"), error))?;
    Ok(entry(name, Arc::new(provider), keys))
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

/// Where the credentials of one provider are found.
enum Source {
    /// Where the configuration says.
    Named(CredentialRefs),
    /// In the variables that AWS's own SDKs read.
    Process,
}

impl Source {
    fn credentials(self, environment: &Environment) -> Arc<dyn Credentials> {
        Arc::new(FirstUse {
            source: self,
            environment: environment.clone(),
            identity: OnceLock::new(),
        })
    }

    fn identity(&self, environment: &Environment) -> Result<Identity, SecretError> {
        match self {
            Source::Named(CredentialRefs::Bearer(BearerRef { bearer })) => {
                bearer.resolve(environment).map(Identity::Bearer)
            }
            Source::Named(CredentialRefs::Keys(keys)) => {
                let KeyRefs {
                    access_key_id,
                    secret_access_key,
                    session_token,
                } = keys;
                let access_key_id = access_key_id.resolve(environment)?;
                let token = session_token.as_ref();
                Ok(Identity::Keys {
                    access_key_id: access_key_id.expose_secret().to_owned(),
                    secret_access_key: secret_access_key.resolve(environment)?,
                    session_token: token
                        .map(|token: &SecretRef| token.resolve(environment))
                        .transpose()?,
                })
            }
            Source::Process => from_variables(environment),
        }
    }
}

fn from_variables(environment: &Environment) -> Result<Identity, SecretError> {
    let secret = |name| environment.get(name).map(SecretString::from);
    if let Some(key) = secret("AWS_BEARER_TOKEN_BEDROCK") {
        return Ok(Identity::Bearer(key));
    }
    match (
        environment.get("AWS_ACCESS_KEY_ID"),
        secret("AWS_SECRET_ACCESS_KEY"),
    ) {
        (Some(access_key_id), Some(secret_access_key)) => Ok(Identity::Keys {
            access_key_id,
            secret_access_key,
            session_token: secret("AWS_SESSION_TOKEN"),
        }),
        (None, _) | (_, None) => Err(SecretError::new(
            "neither AWS_BEARER_TOKEN_BEDROCK nor AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY is set",
        )),
    }
}

/// Credentials that are fetched by the first request that needs them, and kept once they are there.
struct FirstUse {
    source: Source,
    environment: Environment,
    identity: OnceLock<Identity>,
}

impl Credentials for FirstUse {
    fn get(&self) -> Result<Identity, CredentialsError> {
        if let Some(identity) = self.identity.get() {
            return Ok(identity.clone());
        }
        let identity = self
            .source
            .identity(&self.environment)
            .map_err(|error| CredentialsError::new(error.to_string()))?;
        Ok(self.identity.get_or_init(|| identity).clone())
    }
}

impl fmt::Debug for FirstUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FirstUse(***)")
    }
}

#[cfg(test)]
mod tests;
