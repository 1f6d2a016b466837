//! Where requests go: scheme, host, and a path before every request's own.

use std::fmt;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Uri, uri};

/// One place that requests go to.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    scheme: Scheme,
    authority: Authority,
    /// The authority as the `Host` header has it: without the scheme's own port.
    pub(super) host: HeaderValue,
    /// The path before every request's own, without a slash at its end.
    pub(super) prefix: String,
}

impl Endpoint {
    /// The given place, or else AWS's own of that service and region.
    pub(super) fn new(
        given: Option<Uri>,
        service: &str,
        region: &str,
    ) -> Result<Self, EndpointError> {
        let is_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if region.is_empty() || !region.bytes().all(is_label) {
            return Err(EndpointError::Region);
        }
        match given {
            Some(uri) => Self::of(uri),
            None => Self::of(
                format!("https://{service}.{region}.{}", domain(region))
                    .parse()
                    .map_err(|_| EndpointError::Region)?,
            ),
        }
    }

    fn of(uri: Uri) -> Result<Self, EndpointError> {
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
    pub(super) fn address(&self, target: PathAndQuery) -> Result<Uri, http::Error> {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(target);
        Ok(Uri::from_parts(parts)?)
    }
}

/// The domain of a region's endpoints: two partitions have one of their own (botocore's `partitions.json`).
fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else if region.starts_with("eusc-") {
        "amazonaws.eu"
    } else {
        "amazonaws.com"
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
