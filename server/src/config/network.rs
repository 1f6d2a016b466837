//! How an upstream is reached: certificates, a proxy, and how long to wait for what.
//!
//! The keys stand among a provider's own. Nothing here reads a file or the environment.

use std::path::PathBuf;
use std::time::Duration;

use http::Uri;
use providers::http::Timeouts;
use schemars::JsonSchema;
use serde::Serialize;

use super::fields::Fields;

/// How an upstream is reached.
#[derive(Clone, Debug, Default, JsonSchema)]
pub struct NetworkSettings {
    /// A file of certificates (PEM) to trust beside the machine's own, for an upstream or a proxy with a private authority.
    #[schemars(length(min = 1))]
    pub ca_file: Option<PathBuf>,
    /// The proxy to go through, without a password. Without it, what HTTPS_PROXY (for an https upstream; also
    /// lower case) or http_proxy (for an http one) says, unless the upstream is on this machine.
    #[schemars(with = "Option<String>", regex(pattern = r"^https?://[^?@]+$"))]
    pub proxy: Option<Uri>,
    /// Hosts that are reached without the proxy, separated by commas; `*` is all. Without it, what NO_PROXY says.
    #[schemars(length(min = 1))]
    pub no_proxy: Option<String>,
    /// How long to wait for what.
    #[schemars(default)]
    pub timeouts: TimeoutSettings,
}

/// How long to wait for an upstream, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields, default)]
pub struct TimeoutSettings {
    /// For a connection.
    #[schemars(range(min = 1, max = 3600))]
    pub connect_secs: u64,
    /// From the whole request to the head of the answer and, of a stream, its first event.
    /// The gateway's own `request_timeout_secs` ends this wait too.
    #[schemars(range(min = 1, max = 3600))]
    pub first_byte_secs: u64,
    /// Between two pieces of an answer.
    #[schemars(range(min = 1, max = 3600))]
    pub idle_secs: u64,
    /// For the whole answer, streams included; without it, as long as pieces keep coming.
    #[schemars(range(min = 1, max = 86_400))]
    pub total_secs: Option<u64>,
}

impl Default for TimeoutSettings {
    fn default() -> Self {
        let Timeouts {
            connect,
            first_byte,
            idle,
            total,
        } = Timeouts::default();
        Self {
            connect_secs: connect.as_secs(),
            first_byte_secs: first_byte.as_secs(),
            idle_secs: idle.as_secs(),
            total_secs: total.map(|total| total.as_secs()),
        }
    }
}

impl From<TimeoutSettings> for Timeouts {
    fn from(settings: TimeoutSettings) -> Self {
        let TimeoutSettings {
            connect_secs,
            first_byte_secs,
            idle_secs,
            total_secs,
        } = settings;
        Self {
            connect: Duration::from_secs(connect_secs),
            first_byte: Duration::from_secs(first_byte_secs),
            idle: Duration::from_secs(idle_secs),
            total: total_secs.map(Duration::from_secs),
        }
    }
}

/// Takes the keys out of a provider's entry.
pub(super) fn read(fields: &mut Fields<'_>) -> NetworkSettings {
    let ca_file = fields.take("ca_file").and_then(|node| {
        let (_, path) = fields.text("ca_file", node)?;
        Some(PathBuf::from(path))
    });
    let proxy = fields.endpoint("proxy");
    let no_proxy = fields.take("no_proxy").and_then(|node| {
        let (_, hosts) = fields.text("no_proxy", node)?;
        Some(hosts)
    });
    let timeouts = fields
        .take("timeouts")
        .map(|node| read_timeouts(Fields::open("`timeouts`", node, fields.found)))
        .unwrap_or_default();
    NetworkSettings {
        ca_file,
        proxy,
        no_proxy,
        timeouts,
    }
}

fn read_timeouts(mut fields: Fields<'_>) -> TimeoutSettings {
    let TimeoutSettings {
        connect_secs,
        first_byte_secs,
        idle_secs,
        total_secs,
    } = TimeoutSettings::default();
    let timeouts = TimeoutSettings {
        connect_secs: fields.whole("connect_secs", 1..=3600, connect_secs),
        first_byte_secs: fields.whole("first_byte_secs", 1..=3600, first_byte_secs),
        idle_secs: fields.whole("idle_secs", 1..=3600, idle_secs),
        total_secs: fields
            .optional_whole("total_secs", 1..=86_400)
            .or(total_secs),
    };
    fields.close();
    timeouts
}
