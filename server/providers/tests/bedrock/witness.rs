//! A verifier of Signature Version 4 written from AWS's description of it, independent of the signer under test.
//!
//! That it is right is shown by the requests of AWS's own SDKs, which it verifies.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::upstream::Received;

/// Whether the request is signed by that secret, and what was signed where it is not.
pub(crate) fn verify(request: &Received, secret: &str) -> Result<(), String> {
    let authorization = request.header("authorization").ok_or("no authorization")?;
    let fields = authorization
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .ok_or("not SigV4")?;
    let field = |name: &str| {
        let mut fields = fields.split(',').map(str::trim);
        fields.find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
    };
    let credential = field("Credential").ok_or("no credential")?;
    let signed_headers = field("SignedHeaders").ok_or("no signed headers")?;
    let signature = field("Signature").ok_or("no signature")?;
    let (_, scope) = credential.split_once('/').ok_or("no scope")?;
    let scope_parts: Vec<_> = scope.split('/').collect();
    let [date, region, service, "aws4_request"] = scope_parts[..] else {
        return Err(format!("an odd scope {scope}"));
    };

    let canonical = canonical_request(request, signed_headers)?;
    let time = request.header("x-amz-date").ok_or("no date")?;
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
        hex(&Sha256::digest(&canonical))
    );
    let mut key = hmac(format!("AWS4{secret}").as_bytes(), date);
    for part in [region, service, "aws4_request"] {
        key = hmac(&key, part);
    }
    if hex(&hmac(&key, &to_sign)) == signature {
        Ok(())
    } else {
        Err(canonical)
    }
}

pub(crate) fn signed_headers(request: &Received) -> Vec<&str> {
    let authorization = request.header("authorization").expect("an authorization");
    let (_, signed) = authorization
        .split_once("SignedHeaders=")
        .expect("signed headers");
    let signed = signed.split(',').next().expect("their list");
    signed.split(';').collect()
}

fn canonical_request(request: &Received, signed_headers: &str) -> Result<String, String> {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let path: Vec<_> = path
        .split('/')
        .map(|segment| encode(segment.as_bytes()))
        .collect();
    let mut headers = String::new();
    for name in signed_headers.split(';') {
        let values: Vec<_> = request
            .headers
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        if values.is_empty() {
            return Err(format!("{name} is signed and not there"));
        }
        headers.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    Ok(format!(
        "{}\n{}\n{}\n{headers}\n{signed_headers}\n{}",
        request.method,
        path.join("/"),
        canonical_query(query),
        hex(&Sha256::digest(&request.body)),
    ))
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encode(&decode(name)), encode(&decode(value)))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

fn encode(text: &[u8]) -> String {
    let mut encoded = String::new();
    for byte in text {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(*byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn decode(text: &str) -> Vec<u8> {
    rest_json::binding::decode_percent(text)
        .expect("a decodable query")
        .into_owned()
        .into_bytes()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
