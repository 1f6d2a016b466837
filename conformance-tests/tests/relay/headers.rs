//! Which headers pass the relay, in each direction.

use bytes::Bytes;
use conformance_tests::loopback::client::{Protocol, post};
use conformance_tests::loopback::gateway::BEARER;
use http::{HeaderMap, HeaderName, HeaderValue, Request};

use crate::{EVENT_STREAM, JSON, Relay};

fn with(mut request: Request<Bytes>, headers: &[(&'static str, &'static str)]) -> Request<Bytes> {
    for (name, value) in headers {
        request.headers_mut().insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    request
}

/// What a client of AWS sends along, and what proxies add to it.
const OF_THE_CALLER: [(&str, &str); 12] = [
    (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=AKIDCALLER/20250101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=00",
    ),
    ("x-amz-date", "20250101T000000Z"),
    ("x-amz-security-token", "token-of-the-caller"),
    ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    (
        "amz-sdk-invocation-id",
        "d0a0a0f8-0000-4000-8000-000000000000",
    ),
    ("amz-sdk-request", "attempt=1; max=3"),
    ("user-agent", "Boto3/1.44.5"),
    ("x-forwarded-for", "192.0.2.1"),
    ("cookie", "a=b"),
    ("accept-encoding", "gzip, br"),
    ("x-gateway-key", "of-the-caller"),
    ("expect-nothing", "of-us"),
];

fn names(headers: &HeaderMap) -> Vec<&str> {
    let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn of_the_callers_headers_only_the_modelled_ones_pass() {
    let mut relay = Relay::start().await;
    for protocol in Protocol::ALL {
        let mut request = with(
            post("/bedrock/model/m/invoke", "{}"),
            &[
                ("accept", "image/png"),
                ("content-type", "application/x-own"),
                ("x-amzn-bedrock-trace", "ENABLED"),
                ("x-amzn-bedrock-guardrailidentifier", "gr1"),
                ("x-amzn-bedrock-guardrailversion", "DRAFT"),
                ("x-amzn-bedrock-performanceconfig-latency", "optimized"),
                ("x-amzn-bedrock-service-tier", "flex"),
                ("x-amzn-bedrock-not-modelled", "x"),
            ],
        );
        request = with(request, &OF_THE_CALLER);
        let (arrived, answer) = relay.ask(protocol, request).await;
        let mut expected = vec![
            "accept",
            "accept-encoding",
            "authorization",
            "content-length",
            "content-type",
            "host",
            "via",
            "x-amzn-bedrock-guardrailidentifier",
            "x-amzn-bedrock-guardrailversion",
            "x-amzn-bedrock-performanceconfig-latency",
            "x-amzn-bedrock-service-tier",
            "x-amzn-bedrock-trace",
        ];
        expected.sort_unstable();
        let mut names = names(&arrived.headers);
        names.retain(|name| *name != "user-agent");
        assert_eq!(names, expected, "{protocol:?}");
        assert_eq!(arrived.header("accept"), "image/png");
        assert_eq!(arrived.header("content-type"), "application/x-own");
        assert_eq!(arrived.header("accept-encoding"), "identity");
        assert_eq!(arrived.header("authorization"), format!("Bearer {BEARER}"));
        assert_eq!(arrived.header("host"), relay.stub.address().to_string());
        assert!(!arrived.header("user-agent").contains("Boto3"));
        arrived.answer(200, &[JSON], "{}").unwrap();
        assert_eq!(answer.await.status, 200);
    }
}

#[tokio::test]
async fn a_header_that_the_operation_does_not_model_does_not_pass() {
    let mut relay = Relay::start().await;
    let request = with(
        post("/bedrock/model/m/converse", "{}"),
        &[
            ("x-amzn-bedrock-trace", "ENABLED"),
            ("x-amzn-bedrock-accept", "x"),
        ],
    );
    let (arrived, answer) = relay.ask(Protocol::Http1, request).await;
    assert_eq!(arrived.header("x-amzn-bedrock-trace"), "");
    assert_eq!(arrived.header("x-amzn-bedrock-accept"), "");
    arrived.answer(200, &[JSON], "{}").unwrap();
    answer.await;

    let request = with(
        post("/bedrock/model/m/invoke-with-response-stream", "{}"),
        &[("x-amzn-bedrock-accept", "application/json")],
    );
    let (arrived, _answer) = relay.ask(Protocol::Http1, request).await;
    assert_eq!(arrived.header("x-amzn-bedrock-accept"), "application/json");
}

#[tokio::test]
async fn a_content_type_that_was_not_sent_is_not_invented() {
    let mut relay = Relay::start().await;
    // As boto3 sends InvokeModel.
    let mut request = post("/bedrock/model/m/invoke", r#"{"prompt":"x"}"#);
    request.headers_mut().clear();
    let (arrived, answer) = relay.ask(Protocol::Http1, request).await;
    assert_eq!(arrived.headers.get("content-type"), None);
    assert_eq!(arrived.headers.get("accept"), None);
    arrived.answer(200, &[JSON], "{}").unwrap();
    answer.await;
}

/// What belongs to the connection to the upstream, or would tie callers together.
const NOT_FOR_THE_CALLER: [(&str, &str); 7] = [
    ("set-cookie", "session=1; Path=/"),
    ("connection", "x-of-this-hop, keep-alive"),
    ("x-of-this-hop", "1"),
    ("keep-alive", "timeout=5"),
    ("proxy-authenticate", "Basic"),
    ("te", "trailers"),
    ("trailer", "x-checksum"),
];

/// What AWS sends today, and what it may send tomorrow.
const FOR_THE_CALLER: [(&str, &str); 6] = [
    ("x-amzn-requestid", "00000000-1111-4222-8333-444444444444"),
    ("x-amzn-bedrock-invocation-latency", "712"),
    ("x-amzn-bedrock-input-token-count", "9"),
    ("x-amzn-something-new", "Of Theirs"),
    ("server-timing", "total;dur=1"),
    ("via", "1.1 front.example (CloudFront)"),
];

#[tokio::test]
async fn of_the_upstreams_headers_all_pass_but_those_of_the_connection_and_cookies() {
    let mut relay = Relay::start().await;
    let kinds = [
        (JSON, "invoke"),
        (EVENT_STREAM, "invoke-with-response-stream"),
    ];
    for protocol in Protocol::ALL {
        for (kind, operation) in kinds {
            let target = format!("/bedrock/model/m/{operation}");
            let (arrived, answer) = relay.ask(protocol, post(&target, "{}")).await;
            let headers = [&[kind][..], &NOT_FOR_THE_CALLER, &FOR_THE_CALLER].concat();
            let frame = rest_json::Frame::event("chunk", "application/json", Bytes::from("{}"));
            arrived
                .answer(200, &headers, frame.encode().unwrap())
                .unwrap();
            let answer = answer.await;
            for (name, _) in NOT_FOR_THE_CALLER {
                assert_eq!(answer.headers.get(name), None, "{name} over {protocol:?}");
            }
            for (name, value) in FOR_THE_CALLER.iter().chain(&[kind]) {
                assert_eq!(answer.header(name), *value, "{name} over {protocol:?}");
            }
            assert_ne!(answer.header("x-gateway-request-id"), "");
            assert_eq!(answer.headers.get_all("date").iter().count(), 1);
        }
    }
}
