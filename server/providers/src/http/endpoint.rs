//! Where requests go: scheme, host, and a path before every request's own.

use std::fmt;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Uri, uri};

/// One place that requests go to.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    scheme: Scheme,
    authority: Authority,
    /// The authority as the `Host` header has it: without the scheme's own port.
    pub(crate) host: HeaderValue,
    /// The path before every request's own, without a slash at its end.
    pub(crate) prefix: String,
}

impl Endpoint {
    /// That place.
    pub(crate) fn of(uri: Uri) -> Result<Self, EndpointError> {
        if uri.query().is_some() {
            return Err(EndpointError::Query);
        }
        let uri::Parts {
            scheme,
            authority,
            path_and_query,
            ..
        } = uri.into_parts();
        let (Some(scheme), Some(authority)) = (scheme, authority) else {
            return Err(EndpointError::NotAbsolute);
        };
        let own_port = if scheme == Scheme::HTTPS {
            443
        } else if scheme == Scheme::HTTP {
            80
        } else {
            return Err(EndpointError::Scheme);
        };
        if authority.as_str().contains('@') {
            return Err(EndpointError::UserInfo);
        }
        let host = match authority.port_u16() {
            Some(port) if port == own_port => authority.host(),
            Some(_) | None => authority.as_str(),
        };
        let prefix = path_and_query.as_ref().map_or("", PathAndQuery::path);
        Ok(Self {
            host: HeaderValue::from_str(host).map_err(|_| EndpointError::NotAbsolute)?,
            prefix: prefix.trim_end_matches('/').to_owned(),
            scheme,
            authority,
        })
    }

    /// The absolute address of one request.
    pub(crate) fn address(&self, target: PathAndQuery) -> Result<Uri, http::Error> {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(target);
        Ok(Uri::from_parts(parts)?)
    }
}

/// Why no request can be sent with some settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointError {
    /// The region is not made of letters, digits and hyphens.
    Region,
    /// The endpoint lacks a scheme or a host.
    NotAbsolute,
    /// The endpoint's scheme is neither `http` nor `https`.
    Scheme,
    /// The endpoint has a query.
    Query,
    /// The endpoint has a user name in it.
    UserInfo,
    /// The id of this process cannot stand in a `Via` header.
    Via,
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Region => "a region is made of letters, digits and hyphens",
            Self::NotAbsolute => "an endpoint needs a scheme and a host",
            Self::Scheme => "an endpoint's scheme is http or https",
            Self::Query => "an endpoint has no query",
            Self::UserInfo => "an endpoint has no user name",
            Self::Via => "the id of a process is made of letters, digits and hyphens",
        })
    }
}

impl std::error::Error for EndpointError {}
