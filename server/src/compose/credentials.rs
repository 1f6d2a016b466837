//! Where a provider's credentials are found, and when: by the first request that needs them.

use std::fmt;
use std::sync::{Arc, OnceLock};

use providers::bedrock::{Credentials, Identity};
use providers::{ApiKey, CredentialsError};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{BearerRef, CredentialRefs, KeyRefs, SecretError, SecretRef};
use crate::environment::Environment;

/// The API key that a reference names.
pub(super) fn api_key(key: &SecretRef, environment: &Environment) -> Arc<dyn ApiKey> {
    Arc::new(FirstUse {
        source: key.clone(),
        environment: environment.clone(),
        found: OnceLock::new(),
    })
}

/// Where the AWS credentials of one provider are found.
#[derive(Clone)]
pub(super) enum Source {
    /// Where the configuration says.
    Named(CredentialRefs),
    /// In the variables that AWS's own SDKs read.
    Process,
}

impl Source {
    pub(super) fn credentials(self, environment: &Environment) -> Arc<dyn Credentials> {
        Arc::new(FirstUse {
            source: self,
            environment: environment.clone(),
            found: OnceLock::new(),
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
struct FirstUse<S, C> {
    source: S,
    environment: Environment,
    found: OnceLock<C>,
}

impl<S, C: Clone> FirstUse<S, C> {
    fn get_by(
        &self,
        fetch: impl FnOnce(&S, &Environment) -> Result<C, SecretError>,
    ) -> Result<C, CredentialsError> {
        if let Some(found) = self.found.get() {
            return Ok(found.clone());
        }
        let found = fetch(&self.source, &self.environment)
            .map_err(|error| CredentialsError::new(error.to_string()))?;
        Ok(self.found.get_or_init(|| found).clone())
    }
}

impl Credentials for FirstUse<Source, Identity> {
    fn get(&self) -> Result<Identity, CredentialsError> {
        self.get_by(Source::identity)
    }
}

impl ApiKey for FirstUse<SecretRef, SecretString> {
    fn get(&self) -> Result<SecretString, CredentialsError> {
        self.get_by(SecretRef::resolve)
    }
}

impl<S, C> fmt::Debug for FirstUse<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FirstUse(***)")
    }
}

#[cfg(test)]
mod tests;
