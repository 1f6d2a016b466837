//! The composition root: configuration, listener, limits, log and shutdown, and the one place that knows adapter, engine and providers.
//!
//! [`main`] is the whole program. [`Server`] is its listener alone, on any backend, which is how tests drive it.

mod cli;
mod compose;
mod config;
mod edge;
mod environment;
mod error;
mod listen;
mod log;
mod run;
mod startup;

pub use config::{
    Alias, AlsoOn, AnthropicProvider, BearerRef, BedrockProvider, Config, CredentialRefs, KeyRefs,
    Limits, LogFormat, LogLevel, LogSettings, NetworkSettings, OpenAiProvider, Problems, Provider,
    QuirkOverrides, SandboxProvider, SecretRef, StopSequences, TimeoutSettings,
};
pub use listen::{Drained, Server};
pub use log::Log;
pub use run::main;
