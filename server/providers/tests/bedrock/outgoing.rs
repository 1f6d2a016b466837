//! What leaves for the upstream: the caller's bytes, few of its headers, and the model of the route.

use std::path::Path;

use http::Method;
use llm::{Kind, Origin, Provider};
use providers::bedrock::{Bedrock, Settings};
use serde_json::Value;

use crate::upstream::{Upstream, answer};
use crate::{MODEL, bearer, call, converse, keys, native, provider, send, send_as, settings};

async fn upstream() -> Upstream {
    Upstream::saying(answer(400, &[], "{}")).await
}

/// What a caller's SDK, its proxies and its owner may have put on a request.
const CALLERS_HEADERS: &[(&str, &str)] = &[
    ("accept", "application/json"),
    ("accept-encoding", "gzip"),
    ("amz-sdk-invocation-id", "4e5f2778"),
    ("amz-sdk-request", "attempt=1; max=3"),
    ("authorization", "Bearer of-the-caller"),
    ("connection", "keep-alive"),
    ("content-length", "3"),
    ("content-type", "application/json"),
    ("cookie", "a=b"),
    ("expect", "100-continue"),
    ("host", "gateway.example"),
    ("transfer-encoding", "chunked"),
    ("user-agent", "aws-sdk-rust/1.7.0"),
    ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    ("x-amz-date", "20261122T120000Z"),
    ("x-amz-security-token", "of-the-caller"),
    ("x-amzn-bedrock-accept", "application/json"),
    ("x-amzn-bedrock-guardrailidentifier", "gr1"),
    ("x-amzn-bedrock-guardrailversion", "1"),
    ("x-amzn-bedrock-performanceconfig-latency", "optimized"),
    ("x-amzn-bedrock-request-metadata", "{}"),
    ("x-amzn-bedrock-service-tier", "flex"),
    ("x-amzn-bedrock-trace", "ENABLED"),
    ("x-amzn-trace-id", "Root=1-2-3"),
    ("x-forwarded-for", "192.0.2.1"),
];

async fn header_names_of(wire: &'static str) -> Vec<String> {
    let mut upstream = upstream().await;
    let provider = provider(&upstream);
    let request = native(wire, Method::POST, "/model/m/x", CALLERS_HEADERS, "{ }");
    send(&provider, request).await.expect_err("a refusal");
    let received = upstream.received().await;
    let names = received.header_names();
    names.into_iter().map(str::to_owned).collect()
}

const OWN: &[&str] = &[
    "accept",
    "accept-encoding",
    "authorization",
    "content-length",
    "content-type",
    "host",
    "via",
    "x-amz-date",
];

#[tokio::test]
async fn of_the_callers_headers_only_content_type_and_accept_pass() {
    assert_eq!(header_names_of("bedrock/converse").await, OWN);
    assert_eq!(header_names_of("bedrock/start-async-invoke").await, OWN);
    assert_eq!(
        header_names_of("bedrock-control/get-foundation-model").await,
        OWN
    );
}

#[tokio::test]
async fn the_hop_has_headers_of_its_own() {
    let mut upstream = upstream().await;
    let provider = provider(&upstream);
    let request = native(
        "bedrock/converse",
        Method::POST,
        "/model/m/converse",
        CALLERS_HEADERS,
        "{ }",
    );
    send(&provider, request).await.expect_err("a refusal");
    let received = upstream.received().await;
    assert_eq!(received.header("accept-encoding"), Some("identity"));
    assert_eq!(received.header("host"), Some(&*upstream.host()));
    assert_eq!(received.header("content-length"), Some("3"));
    let authorization = received.header("authorization").expect("an authorization");
    assert!(!authorization.contains("caller"));
    assert_eq!(received.header("accept"), Some("application/json"));
    assert_eq!(received.header("content-type"), Some("application/json"));
}

/// The header members of each operation's input, from the model that the wire types are generated from.
fn modelled_headers() -> Vec<(&'static str, Vec<String>)> {
    let read = |name| -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../model")
            .join(name);
        let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        serde_json::from_slice(&text).expect("the model is JSON")
    };
    let (runtime, control) = (&read("bedrock-runtime.json"), &read("bedrock.json"));
    let mut found = Vec::new();
    for (wire, operation, model) in [
        ("bedrock/apply-guardrail", "ApplyGuardrail", runtime),
        ("bedrock/converse", "Converse", runtime),
        ("bedrock/converse-stream", "ConverseStream", runtime),
        ("bedrock/count-tokens", "CountTokens", runtime),
        ("bedrock/get-async-invoke", "GetAsyncInvoke", runtime),
        (
            "bedrock/invoke-guardrail-checks",
            "InvokeGuardrailChecks",
            runtime,
        ),
        ("bedrock/invoke-model", "InvokeModel", runtime),
        (
            "bedrock/invoke-model-with-response-stream",
            "InvokeModelWithResponseStream",
            runtime,
        ),
        ("bedrock/list-async-invokes", "ListAsyncInvokes", runtime),
        ("bedrock/start-async-invoke", "StartAsyncInvoke", runtime),
        (
            "bedrock-control/get-foundation-model",
            "GetFoundationModel",
            control,
        ),
        (
            "bedrock-control/get-inference-profile",
            "GetInferenceProfile",
            control,
        ),
        (
            "bedrock-control/list-foundation-models",
            "ListFoundationModels",
            control,
        ),
        (
            "bedrock-control/list-inference-profiles",
            "ListInferenceProfiles",
            control,
        ),
    ] {
        let shapes = model["shapes"].as_object().expect("shapes");
        let (_, shape) = shapes
            .iter()
            .find(|(id, _)| id.ends_with(&format!("#{operation}")))
            .expect("the operation");
        let input = shape["input"]["target"].as_str().expect("an input");
        let members = shapes[input]["members"].as_object();
        let headers = members
            .into_iter()
            .flatten()
            .filter_map(|(_, member)| member["traits"]["smithy.api#httpHeader"].as_str())
            .map(str::to_ascii_lowercase)
            .collect();
        found.push((wire, headers));
    }
    found
}

#[tokio::test]
async fn the_header_members_of_the_model_pass_and_no_others() {
    for (wire, modelled) in modelled_headers() {
        let mut expected: Vec<_> = OWN.iter().map(|name| (*name).to_owned()).collect();
        expected.extend(modelled);
        expected.sort_unstable();
        expected.dedup();
        assert_eq!(header_names_of(wire).await, expected, "{wire}");
    }
}

#[tokio::test]
async fn what_the_caller_did_not_send_is_not_sent() {
    let mut upstream = upstream().await;
    let provider = provider(&upstream);
    let request = native(
        "bedrock/invoke-model",
        Method::POST,
        "/model/m/invoke",
        &[],
        "",
    );
    send(&provider, request).await.expect_err("a refusal");
    let received = upstream.received().await;
    // boto3's InvokeModel without `contentType` sends no Content-Type.
    assert_eq!(received.header("content-type"), None);
    assert_eq!(received.header("accept"), None);
    assert_eq!(received.header("content-length"), Some("0"));
}

#[tokio::test]
async fn the_callers_spelling_of_path_query_and_body_is_kept() {
    let mut upstream = upstream().await;
    let provider = provider(&upstream);
    let body = " {\"b\" : 1.10, \"a\" : \"\u{e9}\\u00e9\", \"b\" : null}\r\n";
    for target in [
        "/model/us.amazon.nova-pro-v1:0/converse",
        "/model/us.amazon.nova-pro-v1%3A0/converse",
        "/model/us.amazon.nova-pro-v1%3a0/converse",
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/converse?a=%20&&b",
        "/model/x~!*'()@$,;=-_.y/converse?",
    ] {
        let request = native("bedrock/converse", Method::POST, target, &[], body);
        send(&provider, request).await.expect_err("a refusal");
        let received = upstream.received().await;
        assert_eq!(received.target, target);
        assert_eq!(received.body, body.as_bytes());
        assert_eq!(received.method, "POST");
    }
}

#[tokio::test]
async fn a_model_of_another_name_stands_in_the_label_and_nothing_else_changes() {
    let mut upstream = upstream().await;
    let provider = provider(&upstream);
    let routed = "arn:aws:bedrock:us-east-1:1:inference-profile/us.x \u{e9}~";
    let encoded = "arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x%20%C3%A9~";
    for (wire, method, target, expected) in [
        (
            "bedrock/converse",
            Method::POST,
            "/model/gpt%2d4o/converse?a=%2d".to_owned(),
            format!("/model/{encoded}/converse?a=%2d"),
        ),
        (
            "bedrock-control/get-inference-profile",
            Method::GET,
            "//inference-profiles/gpt-4o".to_owned(),
            format!("/inference-profiles/{encoded}"),
        ),
        (
            "bedrock/apply-guardrail",
            Method::POST,
            "/guardrail/gpt-4o/version/1/apply".to_owned(),
            "/guardrail/gpt-4o/version/1/apply".to_owned(),
        ),
    ] {
        let request = native(wire, method, &target, &[], "{}");
        let answer = send_as(&provider, request, Some("gpt-4o"), Some(routed)).await;
        answer.expect_err("a refusal");
        assert_eq!(upstream.received().await.target, expected);
    }
}

#[tokio::test]
async fn a_model_name_never_walks_up_the_path() {
    let mut upstream = upstream().await;
    let provider = provider(&upstream);
    for name in ["..", ".", ""] {
        let answer = send_as(&provider, converse(), Some("aws/.."), Some(name)).await;
        let error = answer.expect_err("no such model");
        assert_eq!(error.kind(), Kind::ModelNotFound);
        assert_eq!(error.origin(), Origin::Gateway);
    }
    assert!(!upstream.was_asked());
}

#[tokio::test]
async fn an_async_invocation_names_the_routed_model_in_its_body_alone() {
    let mut upstream = upstream().await;
    let provider = provider(&upstream);
    let request = |body: &'static str| {
        native(
            "bedrock/start-async-invoke",
            Method::POST,
            "/async-invoke",
            &[("content-type", "application/json")],
            body,
        )
    };
    for (before, after) in [
        (
            r#"{ "modelId" : "video" , "modelInput":{"modelId":"video","n":1.10}}"#,
            r#"{ "modelId" : "amazon.\"reel\"-v1:0" , "modelInput":{"modelId":"video","n":1.10}}"#,
        ),
        (
            r#"{"x":["modelId"],"mod\u0065lId":"vid\u0065o"}"#,
            r#"{"x":["modelId"],"mod\u0065lId":"amazon.\"reel\"-v1:0"}"#,
        ),
        (
            r#"{"modelId":"other","modelId":"video"}"#,
            r#"{"modelId":"amazon.\"reel\"-v1:0","modelId":"amazon.\"reel\"-v1:0"}"#,
        ),
    ] {
        let routed = Some("amazon.\"reel\"-v1:0");
        let answer = send_as(&provider, request(before), Some("video"), routed).await;
        answer.expect_err("a refusal");
        let received = upstream.received().await;
        assert_eq!(String::from_utf8_lossy(&received.body), after);
        assert_eq!(received.target, "/async-invoke");
    }

    let unchanged = r#"{"modelId" : "video"}"#;
    let answer = send_as(&provider, request(unchanged), Some("video"), Some("video")).await;
    answer.expect_err("a refusal");
    assert_eq!(upstream.received().await.body, unchanged.as_bytes());

    let answer = send_as(&provider, request("{"), Some("video"), Some("other")).await;
    let error = answer.expect_err("not JSON");
    assert_eq!(
        (error.kind(), error.origin()),
        (Kind::Malformed, Origin::Client)
    );
}

#[tokio::test]
async fn one_endpoint_serves_both_services_unless_the_control_plane_has_its_own() {
    let list = || {
        native(
            "bedrock-control/list-foundation-models",
            Method::GET,
            "/foundation-models?byProvider=amazon",
            &[],
            "",
        )
    };
    let (mut one, mut other) = (upstream().await, upstream().await);
    let provider = Bedrock::new(settings(&one, bearer())).expect("valid settings");
    let answer = send_as(&provider, list(), None, None).await;
    answer.expect_err("a refusal");
    let received = one.received().await;
    assert_eq!(received.target, "/foundation-models?byProvider=amazon");
    assert_eq!(received.method, "GET");
    assert_eq!(received.header("content-length"), None);

    let provider = Bedrock::new(Settings {
        control_endpoint: Some(other.uri("/control")),
        ..settings(&one, bearer())
    })
    .expect("valid settings");
    let answer = send_as(&provider, list(), None, None).await;
    answer.expect_err("a refusal");
    assert_eq!(
        other.received().await.target,
        "/control/foundation-models?byProvider=amazon"
    );
    send(&provider, converse()).await.expect_err("a refusal");
    assert_eq!(
        one.received().await.target,
        "/model/us.amazon.nova-pro-v1%3A0/converse"
    );
}

#[tokio::test]
async fn a_request_that_comes_back_is_refused() {
    let mut upstream = upstream().await;
    let provider = provider(&upstream);
    send(&provider, converse()).await.expect_err("a refusal");
    let received = upstream.received().await;
    let via = received.header("via").expect("a via").to_owned();

    for seen in [via.clone(), format!("1.0 fred, {via}, 1.1 other")] {
        let mut again = converse();
        again.head.insert("via", seen.parse().expect("a value"));
        let error = send(&provider, again).await.expect_err("a loop");
        assert_eq!(error.origin(), Origin::Gateway);
        assert_eq!(error.kind(), Kind::InvalidRequest);
        assert!(error.native().is_none());
    }
    assert!(!upstream.was_asked());

    let elsewhere = Bedrock::new(Settings {
        via: "ffff-another-process".into(),
        ..settings(&upstream, keys())
    })
    .expect("valid settings");
    let mut passed = converse();
    let seen = format!("1.1 proxy.example, {via}").parse();
    passed.head.insert("via", seen.expect("a value"));
    send(&elsewhere, passed).await.expect_err("a refusal");
    // The way of a loop through two gateways stays known; what other proxies say stays behind.
    assert_eq!(
        upstream.received().await.header("via"),
        Some(&*format!("{via}, 1.1 bedrock-gateway-ffff-another-process"))
    );
}

fn relays(provider: &Bedrock, wire: &'static str) -> bool {
    let native = native(wire, Method::POST, "/", &[], "{}");
    provider.relays(&call(native, None), None)
}

#[tokio::test]
async fn the_bidirectional_stream_and_foreign_wires_are_not_relayed() {
    let upstream = upstream().await;
    let provider = provider(&upstream);
    for wire in [
        "bedrock/invoke-model-with-bidirectional-stream",
        "bedrock-control/create-guardrail",
        "openai/chat-completions",
    ] {
        assert!(!relays(&provider, wire), "{wire}");
    }
    for (wire, _) in modelled_headers() {
        assert!(relays(&provider, wire), "{wire}");
    }
    let request = native("openai/chat-completions", Method::POST, "/v1", &[], "{}");
    let answer = send_as(&provider, request, Some(MODEL), Some(MODEL)).await;
    assert_eq!(answer.expect_err("not served").kind(), Kind::NotServed);
}

#[test]
fn settings_that_lead_nowhere_are_refused() {
    let check = |region: &str, endpoint: Option<&str>| {
        let settings = Settings {
            region: region.to_owned(),
            endpoint: endpoint.map(|uri| uri.parse().expect("a URI")),
            control_endpoint: None,
            keys: Vec::new(),
            network: Default::default(),
            via: "id".into(),
            limits: Default::default(),
        };
        Bedrock::new(settings)
            .map(drop)
            .map_err(|error| error.to_string())
    };
    assert_eq!(check("eu-west-1", None), Ok(()));
    assert_eq!(
        check("eu-west-1", Some("https://host:8443/prefix/")),
        Ok(())
    );
    for (region, endpoint) in [
        ("", None),
        ("us east", None),
        ("evil.example/", None),
        ("eu-west-1", Some("/relative")),
        ("eu-west-1", Some("ftp://host")),
        ("eu-west-1", Some("http://user@host")),
        ("eu-west-1", Some("http://host/?a=b")),
    ] {
        assert!(check(region, endpoint).is_err(), "{region} {endpoint:?}");
    }
}
