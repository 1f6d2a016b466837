//! Who the gateway says it is: signatures that a verifier accepts which also accepts those of AWS's SDKs, and bearer keys.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};
use llm::{Key, Kind, Native, Wire};
use providers::bedrock::{Bedrock, Credentials, CredentialsError, Identity};

use crate::upstream::{Received, Upstream, answer};
use crate::{bearer, converse, keys, native, provider, send, settings, witness};

fn captures() -> Vec<(String, Received)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let mut captures: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of captures")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let bytes = std::fs::read(&path).expect("a capture");
            let (request, length) = Received::parse(&bytes).expect("a whole request");
            assert_eq!(length, bytes.len(), "{path:?} holds one request");
            (path.display().to_string(), request)
        })
        .collect();
    captures.sort_by(|(one, _), (other, _)| one.cmp(other));
    assert!(captures.len() >= 12, "the captures are there");
    captures
}

/// The operation of a captured path, as the edge would find it.
fn wire_of(request: &Received) -> Wire {
    let path = request.target.split('?').next().expect("a path");
    Wire(
        match (
            &*request.method,
            path.rsplit('/').next().expect("a segment"),
        ) {
            ("POST", "converse") => "bedrock/converse",
            ("POST", "converse-stream") => "bedrock/converse-stream",
            ("POST", "invoke") => "bedrock/invoke-model",
            ("POST", "count-tokens") => "bedrock/count-tokens",
            ("POST", "apply") => "bedrock/apply-guardrail",
            ("POST", "async-invoke") => "bedrock/start-async-invoke",
            ("GET", "async-invoke") => "bedrock/list-async-invokes",
            other => panic!("no operation for {other:?}"),
        },
    )
}

#[test]
fn the_witness_accepts_what_the_sdks_of_aws_signed() {
    for (name, request) in captures() {
        if let Err(canonical) = witness::verify(&request, "secret") {
            panic!("{name} does not verify:\n{canonical}");
        }
    }
}

#[test]
fn the_witness_refuses_another_secret_and_another_body() {
    for (name, mut request) in captures() {
        assert!(witness::verify(&request, "Secret").is_err(), "{name}");
        request.body.push(b' ');
        assert!(witness::verify(&request, "secret").is_err(), "{name}");
    }
}

#[tokio::test]
async fn captured_requests_leave_as_they_came_and_signed_anew() {
    let mut upstream = Upstream::saying(answer(400, &[], "{}")).await;
    let provider = provider(&upstream);
    for (name, capture) in captures() {
        let target = capture.target.strip_prefix("/bedrock").expect("the prefix");
        let headers = capture.headers.iter().map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a name");
            (name, HeaderValue::from_str(value).expect("a value"))
        });
        let request = Native {
            wire: wire_of(&capture),
            method: capture.method.parse().expect("a method"),
            target: target.parse().expect("a target"),
            head: HeaderMap::from_iter(headers),
            body: capture.body.clone().into(),
        };
        send(&provider, request).await.expect_err("a refusal");

        let received = upstream.received().await;
        assert_eq!(received.method, capture.method, "{name}");
        assert_eq!(received.target, target, "{name}");
        assert_eq!(received.body, capture.body, "{name}");
        if let Err(canonical) = witness::verify(&received, "secret") {
            panic!("{name} does not verify:\n{canonical}");
        }
    }
}

#[tokio::test]
async fn signatures_hold_for_prefixes_repeated_headers_and_odd_spaces() {
    let mut upstream = Upstream::saying(answer(400, &[], "{}")).await;
    let provider = Bedrock::new(providers::bedrock::Settings {
        endpoint: Some(upstream.uri("/some%20where/")),
        ..settings(&upstream, keys())
    })
    .expect("valid settings");
    let request = native(
        "bedrock/invoke-model",
        http::Method::POST,
        "//model/a%2Fb:c~d/invoke?x=%20y&a=1&a=0&b",
        &[
            ("content-type", "application/json;  charset=utf-8"),
            ("x-amzn-bedrock-trace", "ENABLED"),
            ("x-amzn-bedrock-request-metadata", "one"),
            ("x-amzn-bedrock-request-metadata", "two"),
        ],
        "{}",
    );
    send(&provider, request).await.expect_err("a refusal");

    let received = upstream.received().await;
    assert_eq!(
        received.target,
        "/some%20where/model/a%2Fb:c~d/invoke?x=%20y&a=1&a=0&b"
    );
    assert_eq!(witness::verify(&received, "secret"), Ok(()));
    let signed = witness::signed_headers(&received);
    for name in ["content-type", "host", "x-amz-date", "x-amzn-bedrock-trace"] {
        assert!(signed.contains(&name), "{name} is signed");
    }
    assert!(!signed.contains(&"via"), "proxies add to it");
}

#[tokio::test]
async fn a_session_token_is_sent_and_signed() {
    let mut upstream = Upstream::saying(answer(400, &[], "{}")).await;
    let temporary = Identity::Keys {
        access_key_id: "ASIAEXAMPLE".to_owned(),
        secret_access_key: "other secret".into(),
        session_token: Some("FwoGZXIvYXdzE+/=".into()),
    };
    let provider = Bedrock::new(settings(&upstream, temporary)).expect("valid settings");
    send(&provider, converse()).await.expect_err("a refusal");

    let received = upstream.received().await;
    assert_eq!(
        received.header("x-amz-security-token"),
        Some("FwoGZXIvYXdzE+/=")
    );
    assert!(witness::signed_headers(&received).contains(&"x-amz-security-token"));
    assert_eq!(witness::verify(&received, "other secret"), Ok(()));
}

#[tokio::test]
async fn a_bearer_key_is_sent_and_nothing_is_signed() {
    let mut upstream = Upstream::saying(answer(400, &[], "{}")).await;
    let provider = Bedrock::new(settings(&upstream, bearer())).expect("valid settings");
    send(&provider, converse()).await.expect_err("a refusal");

    let received = upstream.received().await;
    assert_eq!(
        received.header("authorization"),
        Some("Bearer bedrock-api-key-of-a-test")
    );
    assert_eq!(received.header("x-amz-date"), None);
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_never_leaves_and_is_not_shown() {
    let mut upstream = Upstream::saying(answer(200, &[], "{}")).await;
    let identity = Identity::Bearer("two\nlines".into());
    let provider = Bedrock::new(settings(&upstream, identity)).expect("valid settings");
    let error = send(&provider, converse()).await.expect_err("no header");
    assert_eq!(error.kind(), Kind::AuthUpstream);
    assert!(!format!("{error:?} {error}").contains("lines"));
    assert!(!upstream.was_asked());
}

/// Credentials that come and go, and count who asks.
#[derive(Default)]
struct Fickle {
    n_asked: AtomicUsize,
}

impl Credentials for Fickle {
    fn get(&self) -> Result<Identity, CredentialsError> {
        match self.n_asked.fetch_add(1, Ordering::Relaxed) {
            0 => Err(CredentialsError::new("env:SOME_NAME is not set")),
            _ => Ok(keys()),
        }
    }
}

#[tokio::test]
async fn credentials_are_asked_for_by_each_request_and_not_before() {
    let mut upstream = Upstream::saying(answer(400, &[], "{}")).await;
    let credentials = Arc::new(Fickle::default());
    let provider = Bedrock::new(providers::bedrock::Settings {
        keys: vec![(Key::new("default"), credentials.clone())],
        ..settings(&upstream, keys())
    })
    .expect("valid settings");
    assert_eq!(credentials.n_asked.load(Ordering::Relaxed), 0);

    let error = send(&provider, converse()).await.expect_err("none yet");
    assert_eq!(error.kind(), Kind::AuthUpstream);
    assert_eq!(
        error.message(),
        "The gateway could not authenticate to the model provider."
    );
    assert!(!upstream.was_asked());

    let error = send(&provider, converse()).await.expect_err("a refusal");
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert!(upstream.was_asked());
}
