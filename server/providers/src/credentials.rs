//! Keys that are sent as they are, and why there may be none.

use std::fmt;

use secrecy::SecretString;

/// Where an API key comes from: asked on each request, first by the first request that needs it.
pub trait ApiKey: Send + Sync {
    /// The key as of now; must not block.
    ///
    /// # Errors
    /// What is missing, in words for the log.
    fn get(&self) -> Result<SecretString, CredentialsError>;
}

/// Why there are no credentials, in words for the log; holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialsError(Box<str>);

impl CredentialsError {
    /// That reason.
    pub fn new(reason: impl Into<Box<str>>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CredentialsError {}
