//! How an upstream is reached: what its entry says, and the proxy of the environment where the entry names none.
//!
//! The variables are read as curl reads them: `http_proxy` counts in lower case only, since a CGI program's `HTTP_PROXY` is a
//! header of its caller's; the lower-case form of the others wins.

use std::net::IpAddr;

use http::Uri;
use providers::http::{Network, Proxy};

use crate::config::NetworkSettings;
use crate::environment::Environment;
use crate::error::Error;

const HTTPS_PROXY: &[&str] = &["https_proxy", "HTTPS_PROXY"];
const HTTP_PROXY: &[&str] = &["http_proxy"];
const NO_PROXY: &[&str] = &["no_proxy", "NO_PROXY"];

/// How to reach `upstream`; none stands for AWS's own addresses.
///
/// # Errors
/// A variable that should name a proxy and does not. Its value may hold a password, so it is not repeated.
pub(super) fn network(
    settings: &NetworkSettings,
    upstream: Option<&Uri>,
    environment: &Environment,
) -> Result<Network, Error> {
    let NetworkSettings {
        ca_file,
        proxy,
        no_proxy,
        timeouts,
    } = settings;
    let uri = match proxy {
        Some(uri) => Some(uri.clone()),
        None if upstream.is_some_and(is_loopback) => None,
        None => from_variables(upstream, environment)?,
    };
    let except = || match no_proxy {
        Some(hosts) => hosts.clone(),
        None => environment.first_of(NO_PROXY).unwrap_or_default(),
    };
    Ok(Network {
        timeouts: (*timeouts).into(),
        ca_file: ca_file.clone(),
        proxy: uri.map(|uri| Proxy {
            uri,
            except: except(),
        }),
    })
}

fn from_variables(upstream: Option<&Uri>, environment: &Environment) -> Result<Option<Uri>, Error> {
    let names = match upstream.and_then(Uri::scheme_str) {
        Some("http") => HTTP_PROXY,
        Some(_) | None => HTTPS_PROXY,
    };
    let named = names
        .iter()
        .find_map(|name| Some((name, environment.get(name)?)));
    let Some((name, value)) = named else {
        return Ok(None);
    };
    match proxy_uri(&value) {
        Some(uri) => Ok(Some(uri)),
        None => Err(Error::usage(format!(
            "{name} must be the address of an http proxy, such as http://proxy.example:3128"
        ))),
    }
}

/// A proxy as people write it: without a scheme it is spoken to in plain http.
fn proxy_uri(value: &str) -> Option<Uri> {
    let value = value.trim();
    let uri: Uri = match value.contains("://") {
        true => value.parse().ok()?,
        false => format!("http://{value}").parse().ok()?,
    };
    let speaks_http = matches!(uri.scheme_str(), Some("http" | "https"));
    (speaks_http && uri.host().is_some_and(|host| !host.is_empty())).then_some(uri)
}

/// Whether an upstream is on this machine, where no proxy could reach it.
fn is_loopback(upstream: &Uri) -> bool {
    let host = upstream.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = host.to_ascii_lowercase();
    bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        || name == "localhost"
        || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests;
