//! AWS's own endpoints, by service and region.

use http::Uri;

use crate::http::EndpointError;
use crate::http::endpoint::Endpoint;

/// The given place, or else AWS's own of that service and region.
pub(super) fn endpoint(
    given: Option<Uri>,
    service: &str,
    region: &str,
) -> Result<Endpoint, EndpointError> {
    let is_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if region.is_empty() || !region.bytes().all(is_label) {
        return Err(EndpointError::Region);
    }
    match given {
        Some(uri) => Endpoint::of(uri),
        None => Endpoint::of(
            format!("https://{service}.{region}.{}", domain(region))
                .parse()
                .map_err(|_| EndpointError::Region)?,
        ),
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
