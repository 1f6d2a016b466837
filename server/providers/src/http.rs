//! How an upstream is reached over HTTP: connections, certificates, a proxy, addresses, and how long to wait for what.
//!
//! Knows no provider and no wire format.

pub(crate) mod client;
pub(crate) mod endpoint;
pub(crate) mod gathered;
pub(crate) mod idle;
pub(crate) mod pieces;
pub(crate) mod via;

mod patient;
mod proxy;
mod reach;
mod timeouts;
mod trust;

use std::path::PathBuf;

pub use crate::credentials::ApiKey;
pub use endpoint::EndpointError;
pub use proxy::Proxy;
pub use timeouts::Timeouts;
pub(crate) use timeouts::Wait;

/// How an upstream is reached.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// A file of certificates (PEM) that are trusted beside the machine's own; read by the first request that needs it.
    pub ca_file: Option<PathBuf>,
    /// The proxy that stands between.
    pub proxy: Option<Proxy>,
}
