//! The verifier that stands in for AWS accepts what real SDKs signed, so what it refuses of the gateway's is wrong.

use std::collections::BTreeSet;

use conformance_tests::captures::{self, Capture};
use conformance_tests::loopback::signature::{Signed, verify};
use http::{HeaderMap, HeaderName, HeaderValue};

/// The secret of the captures' dummy credentials.
const SECRET: &str = "secret";

/// Two clients had others.
const OF_ANOTHER_SECRET: [&str; 2] = ["boto3-inv", "js-inv"];

fn headers(capture: &Capture) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &capture.headers {
        let name = match name.as_str() {
            ":authority" => "host",
            pseudo if pseudo.starts_with(':') => continue,
            name => name,
        };
        headers.append(
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    headers
}

#[test]
fn what_the_sdks_signed_verifies() {
    let (mut n_verified, mut others) = (0, BTreeSet::new());
    for capture in captures::load().unwrap() {
        let headers = headers(&capture);
        let signed = headers
            .get("authorization")
            .is_some_and(|value| value.as_bytes().starts_with(b"AWS4-HMAC-SHA256"));
        // A bidirectional call signs its events one by one. Clients differ in how they sign a path with a dot segment, which is refused.
        if !signed || capture.target.contains("bidirectional") || capture.target.contains("/../") {
            continue;
        }
        let request = Signed {
            method: &capture.method,
            target: &capture.target,
            headers: &headers,
            body: &capture.body,
        };
        let (client, _) = capture.name.split_once('/').unwrap();
        match verify(request, SECRET) {
            Ok(_) => n_verified += 1,
            Err(_) if OF_ANOTHER_SECRET.contains(&client) => {
                others.insert(client.to_owned());
            }
            Err(fault) => panic!("{}: {fault}", capture.name),
        }
        let another = "not the secret";
        assert!(verify(request, another).is_err(), "{}", capture.name);
    }
    println!("{n_verified} signatures of real SDKs verify");
    assert_eq!(others, BTreeSet::from(OF_ANOTHER_SECRET.map(str::to_owned)));
    assert_eq!(n_verified, 156);
}
