//! Verifies what a request was signed with: Signature Version 4 in a header, as Bedrock has it.
//!
//! The rule is that of the recorded SDKs: the path is what was sent with each segment percent-encoded again,
//! and the payload's hash is that of the body, whether or not a header says it.

use hmac::{Hmac, Mac};
use http::HeaderMap;
use rest_json::binding::{decode_percent, encode_percent};
use sha2::{Digest, Sha256};

use crate::loopback::fault::Fault;

/// A request as its receiver sees it.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    pub method: &'a str,
    /// Path and query as sent.
    pub target: &'a str,
    /// With `host`, over HTTP/2 made of `:authority`.
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// Who signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signer {
    pub access_key_id: String,
    pub region: String,
    pub service: String,
    /// The names of the signed headers, as the signature lists them.
    pub headers: Vec<String>,
}

/// The signer of a request whose signature is right for that secret.
///
/// # Errors
/// It is not signed, or not with that secret, or not over what was sent.
pub fn verify(request: Signed<'_>, secret: &str) -> Result<Signer, Fault> {
    let text = |name: &str| {
        request
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let authorization = text("authorization").ok_or_else(|| Fault::new("not signed"))?;
    let fields = authorization
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .ok_or_else(|| Fault::new(format!("another scheme: {authorization}")))?;
    let field = |name: &str| {
        fields
            .split(',')
            .find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
            .ok_or_else(|| Fault::new(format!("no {name} in {authorization}")))
    };
    let (credential, names, signature) = (
        field("Credential")?,
        field("SignedHeaders")?,
        field("Signature")?,
    );
    let (access_key_id, scope) = credential
        .split_once('/')
        .ok_or_else(|| Fault::new(format!("no scope in {credential}")))?;
    let [date, region, service, "aws4_request"] = scope.split('/').collect::<Vec<_>>()[..] else {
        return Err(Fault::new(format!("another scope: {scope}")));
    };
    let time = text("x-amz-date").ok_or_else(|| Fault::new("no x-amz-date"))?;
    let canonical = canonical(request, names)?;
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let mut key = mac(format!("AWS4{secret}").as_bytes(), date);
    for part in [region, service, "aws4_request"] {
        key = mac(&key, part);
    }
    if hex(&mac(&key, &to_sign)) != signature {
        return Err(Fault::new(format!(
            "the signature is another; it should be over\n{canonical}"
        )));
    }
    Ok(Signer {
        access_key_id: access_key_id.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
        headers: names.split(';').map(ToOwned::to_owned).collect(),
    })
}

fn canonical(request: Signed<'_>, names: &str) -> Result<String, Fault> {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((request.target, ""));
    let mut canonical = format!("{}\n", request.method);
    // Normalised: without empty segments, but for a slash at the end.
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        canonical.push('/');
        encode_percent(segment, &mut canonical);
    }
    if path.ends_with('/') {
        canonical.push('/');
    }
    canonical.push('\n');
    canonical.push_str(&canonical_query(query)?);
    canonical.push('\n');
    for name in names.split(';') {
        // JavaScript signs the pseudo header of HTTP/2 by its own name.
        let values = request.headers.get_all(match name {
            ":authority" => "host",
            name => name,
        });
        let values: Vec<&str> = values
            .iter()
            .filter_map(|value| value.to_str().ok())
            .map(str::trim)
            .collect();
        if values.is_empty() {
            return Err(Fault::new(format!("the signed header {name} is missing")));
        }
        canonical.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    canonical.push_str(&format!(
        "\n{names}\n{}",
        hex(&Sha256::digest(request.body))
    ));
    Ok(canonical)
}

fn canonical_query(query: &str) -> Result<String, Fault> {
    let again = |text: &str| {
        let plain = decode_percent(text).ok_or_else(|| Fault::new("a query that is not text"))?;
        let mut encoded = String::new();
        encode_percent(&plain, &mut encoded);
        Ok::<_, Fault>(encoded)
    };
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push(format!("{}={}", again(name)?, again(value)?));
    }
    pairs.sort();
    Ok(pairs.join("&"))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
