//! What can be wrong with the engine's settings.

use std::fmt;
use std::sync::Arc;

/// A fault of the settings, naming what is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// Two providers have this name.
    DuplicateProvider(Arc<str>),
    /// This provider has no key.
    NoKey(Arc<str>),
    /// Two aliases have this name.
    DuplicateAlias(Arc<str>),
    /// This name is used as a provider but no such provider is on.
    UnknownProvider(Arc<str>),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingsError::DuplicateProvider(name) => write!(f, "provider `{name}` is given twice"),
            SettingsError::NoKey(name) => write!(f, "provider `{name}` has no key"),
            SettingsError::DuplicateAlias(name) => write!(f, "alias `{name}` is given twice"),
            SettingsError::UnknownProvider(name) => write!(f, "provider `{name}` is not on"),
        }
    }
}

impl std::error::Error for SettingsError {}
