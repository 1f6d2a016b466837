//! The authorization of a request: a bearer key as it is, or a Signature Version 4 by access keys.
//!
//! `aws-sigv4` signs as Bedrock wants it by default: each segment of the path is percent-encoded once more, and the
//! payload's hash is that of the whole body. It is kept behind this file because its interface is not settled.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header};
use llm::{Error, Kind, Origin};
use secrecy::ExposeSecret;

use crate::bedrock::Identity;
use crate::bedrock::fault;

/// The name both services sign by.
const SERVICE: &str = "bedrock";

/// Adds the authorization; the request must be final but for headers that are not to be signed.
pub(super) fn authorize(
    request: &mut Request<Bytes>,
    identity: &Identity,
    region: &str,
    now: SystemTime,
) -> Result<(), Error> {
    match identity {
        Identity::Bearer(token) => {
            let value = secret(&format!("Bearer {}", token.expose_secret()))?;
            request.headers_mut().insert(header::AUTHORIZATION, value);
            Ok(())
        }
        Identity::Keys {
            access_key_id,
            secret_access_key,
            session_token,
        } => {
            let credentials = Credentials::new(
                access_key_id,
                secret_access_key.expose_secret(),
                session_token
                    .as_ref()
                    .map(|token| token.expose_secret().to_owned()),
                None,
                "settings",
            );
            let added = signature(request, credentials, region, now)?;
            for (name, value) in added {
                let mut value = secret(&value)?;
                value.set_sensitive(name != "x-amz-date");
                request.headers_mut().insert(name, value);
            }
            Ok(())
        }
    }
}

/// The headers that sign the request.
fn signature(
    request: &Request<Bytes>,
    credentials: Credentials,
    region: &str,
    now: SystemTime,
) -> Result<Vec<(HeaderName, String)>, Error> {
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(unsigned)?
        .into();
    // What a proxy on the way may rewrite stays out, and a value that is not text cannot be signed.
    let signed = request.headers().iter().filter_map(|(name, value)| {
        let rewritable = [
            header::ACCEPT,
            header::ACCEPT_ENCODING,
            header::CONTENT_LENGTH,
        ];
        let value = value.to_str().ok().filter(|_| !rewritable.contains(name))?;
        Some((name.as_str(), value))
    });
    let body = SignableBody::Bytes(request.body());
    let address = request.uri().to_string();
    let signable =
        SignableRequest::new(request.method().as_str(), address, signed, body).map_err(unsigned)?;
    let (added, _signature) = sign(signable, &params).map_err(unsigned)?.into_parts();
    added
        .headers()
        .map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(unsigned)?;
            Ok((name, value.to_owned()))
        })
        .collect()
}

/// A header value that debug output leaves out.
fn secret(value: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        fault::no_authority("the credentials hold characters that no header can carry")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn unsigned(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(Kind::GatewayInternal, Origin::Gateway, "Internal error.")
        .with_detail("the request could not be signed")
        .with_source(error)
}
