//! Secrets as a configuration names them: where one is found, never what it is.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::SecretString;

use crate::environment::Environment;

/// A reference to a secret: `env:NAME` or `file:PATH`. Prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretRef(Place);

#[derive(Clone, PartialEq, Eq)]
enum Place {
    Variable(String),
    File(String),
}

impl SecretRef {
    /// Reads a reference; none if it is not one. What is refused may be a secret itself, so nobody may print it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let place = match text.split_once(':')? {
            ("env", name) if is_variable_name(name) => Place::Variable(name.to_owned()),
            ("file", path) if !path.is_empty() => Place::File(path.to_owned()),
            _ => return None,
        };
        Some(Self(place))
    }

    /// The secret in that variable.
    pub(crate) fn variable(name: &str) -> Self {
        Self(Place::Variable(name.to_owned()))
    }

    /// Fetches the secret, without the line break that editors put at the end of a file.
    ///
    /// # Errors
    /// Says which variable or file is missing, empty or unreadable; the text holds no secret.
    pub(crate) fn resolve(&self, environment: &Environment) -> Result<SecretString, SecretError> {
        let (found, place) = match &self.0 {
            Place::Variable(name) => (
                environment.get(name).ok_or_else(|| {
                    SecretError::new(format!("the environment variable {name} is not set"))
                })?,
                format!("the environment variable {name}"),
            ),
            Place::File(path) => (
                std::fs::read_to_string(path).map_err(|error| {
                    SecretError::new(format!("cannot read the secret file {path}: {error}"))
                })?,
                format!("the secret file {path}"),
            ),
        };
        let secret = found.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(SecretError::new(format!("{place} is empty")));
        }
        Ok(SecretString::from(secret))
    }
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl JsonSchema for SecretRef {
    fn schema_name() -> Cow<'static, str> {
        "SecretRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Where a secret is found: `env:NAME` or `file:PATH`, read when it is first needed. A secret itself is never written here.",
            "type": "string",
            "pattern": "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$",
        })
    }
}

/// Why a secret could not be fetched.
#[derive(Clone, Debug)]
pub(crate) struct SecretError(Box<str>);

impl SecretError {
    /// That reason, in words for the log.
    pub(crate) fn new(reason: impl Into<Box<str>>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SecretError {}

fn is_variable_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
