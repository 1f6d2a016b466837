//! The proxy between here and an upstream, and which hosts are reached without it.

use std::fmt;

use http::uri::Scheme;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

/// A proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Its address; a user name and password in it are sent to it (HTTP Basic).
    pub uri: Uri,
    /// Hosts that are reached without it, in the syntax of `NO_PROXY`: names with all their subdomains, addresses, networks such
    /// as `10.0.0.0/8`, separated by commas; `*` is all.
    pub except: String,
}

/// The way by a proxy, for those that must take it.
#[derive(Debug)]
pub(super) struct Detour {
    matcher: Matcher,
    /// Whether nobody must take it.
    is_closed: bool,
    /// Whether the proxy itself is spoken to over TLS.
    pub(super) over_tls: bool,
}

impl Detour {
    /// The way by that proxy.
    pub(super) fn by(proxy: &Proxy) -> Self {
        Self {
            matcher: Matcher::builder()
                .all(proxy.uri.to_string())
                .no(proxy.except.clone())
                .build(),
            // The matcher takes it for all names, but not for addresses.
            is_closed: proxy.except.split(',').any(|host| host.trim() == "*"),
            over_tls: proxy.uri.scheme() == Some(&Scheme::HTTPS),
        }
    }

    /// The proxy on the way to that address, if it lies on it.
    pub(super) fn to(&self, address: &Uri) -> Option<Intercept> {
        if self.is_closed {
            return None;
        }
        self.matcher.intercept(address)
    }

    /// What a request to that address must say to the proxy itself: where the proxy only passes bytes on, it never reads one.
    pub(super) fn authorization(&self, address: &Uri) -> Option<HeaderValue> {
        if address.scheme() == Some(&Scheme::HTTPS) {
            return None;
        }
        let mut value = self.to(address)?.basic_auth()?.clone();
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Proxy {
    /// The address stays out but for its host: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("host", &self.uri.host())
            .field("except", &self.except)
            .finish_non_exhaustive()
    }
}
