//! Where a relayed request goes, and how little of it is changed on the way.

use conformance_tests::loopback::client::{Protocol, get, post, send};
use conformance_tests::loopback::gateway::{Credentials, Gateway, Setup};
use conformance_tests::loopback::stub::Stub;
use http::Method;

use crate::{BINARY, JSON, Relay};

const ALIASES: &str = r#"
aliases:
  - { name: gpt-4o, provider: aws, model: "us.amazon.nova-pro-v1:0" }
  - { name: "team/best", provider: aws, model: "arn:aws:bedrock:us-east-1:123456789012:inference-profile/best" }
"#;

async fn check(relay: &mut Relay, protocol: Protocol, asked: &str, upstream: &str) {
    let body = br#"{ "messages" : [] ,"unknown":1.10}"#.as_slice();
    let (arrived, answer) = relay.ask(protocol, post(asked, body)).await;
    assert_eq!(arrived.target, upstream, "{asked} over {protocol:?}");
    assert_eq!(arrived.body, body);
    arrived.answer(200, &[JSON], "{}").unwrap();
    assert_eq!(answer.await.status, 200);
}

#[tokio::test]
async fn the_path_is_the_clients_own_but_for_prefix_alias_and_provider() {
    let mut relay = Relay::with(Credentials::Bearer, ALIASES).await;
    for protocol in Protocol::ALL {
        let cases = [
            // As the SDKs of AWS spell it, and as others do.
            (
                "/bedrock/model/a.b-v1%3A0/converse",
                "/model/a.b-v1%3A0/converse",
            ),
            (
                "/bedrock/model/a.b-v1:0/converse",
                "/model/a.b-v1:0/converse",
            ),
            ("/model/a.b-v1:0/converse", "/model/a.b-v1:0/converse"),
            // One segment, decoded once.
            (
                "/bedrock/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fx/converse",
                "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fx/converse",
            ),
            ("/bedrock/model/a%252Fb/converse", "/model/a%252Fb/converse"),
            // What stands before the slash is no provider here.
            (
                "/bedrock/model/openai%2Fgpt-4o/converse",
                "/model/openai%2Fgpt-4o/converse",
            ),
            // The provider's name goes, and what follows is spelled as AWS's SDKs would.
            (
                "/bedrock/model/aws%2Fa.b-v1:0/converse",
                "/model/a.b-v1%3A0/converse",
            ),
            ("/bedrock/model/aws%2Fa%2Fb/invoke", "/model/a%2Fb/invoke"),
            (
                "/bedrock/model/gpt-4o/converse",
                "/model/us.amazon.nova-pro-v1%3A0/converse",
            ),
            (
                "/bedrock/model/team%2Fbest/count-tokens",
                "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fbest/count-tokens",
            ),
            // Empty segments are collapsed, and the prefix is taken off once.
            ("/bedrock//model/a/converse", "/model/a/converse"),
            ("//bedrock/model/a/converse", "/model/a/converse"),
            ("/bedrock/model/a/converse/", "/model/a/converse/"),
        ];
        for (asked, upstream) in cases {
            if asked.ends_with('/') {
                // Whether the slash at the end is kept says nothing; that it routes does.
                let (arrived, answer) = relay.ask(protocol, post(asked, "{}")).await;
                assert_eq!(
                    arrived.target.trim_end_matches('/'),
                    upstream.trim_end_matches('/')
                );
                arrived.answer(200, &[JSON], "{}").unwrap();
                assert_eq!(answer.await.status, 200);
            } else {
                check(&mut relay, protocol, asked, upstream).await;
            }
        }
    }
}

#[tokio::test]
async fn the_query_is_kept_as_it_was_written() {
    let mut relay = Relay::start().await;
    for protocol in Protocol::ALL {
        let cases = [
            (
                "/bedrock/async-invoke?maxResults=5&statusEquals=Completed",
                "/async-invoke?maxResults=5&statusEquals=Completed",
            ),
            (
                "/bedrock/async-invoke?nextToken=a%2Fb%2Bc&x",
                "/async-invoke?nextToken=a%2Fb%2Bc&x",
            ),
            (
                "/bedrock/inference-profiles?type=SYSTEM_DEFINED",
                "/inference-profiles?type=SYSTEM_DEFINED",
            ),
            (
                "/bedrock/foundation-models?byProvider=amazon&byOutputModality=TEXT",
                "/foundation-models?byProvider=amazon&byOutputModality=TEXT",
            ),
        ];
        for (asked, upstream) in cases {
            let (arrived, answer) = relay.ask(protocol, get(asked)).await;
            assert_eq!(
                (arrived.method.as_str(), arrived.target.as_str()),
                ("GET", upstream)
            );
            arrived.answer(200, &[JSON], r#"{"answer":1}"#).unwrap();
            let mut answer = answer.await;
            assert_eq!(answer.body().await.unwrap(), r#"{"answer":1}"#);
        }
    }
}

#[tokio::test]
async fn operations_without_a_model_reach_the_provider_that_relays_them() {
    let mut relay = Relay::start().await;
    let guardrail = "/guardrail/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aguardrail%2Fgr1/version/1/apply";
    let cases = [
        (
            Method::POST,
            guardrail,
            r#"{"source":"INPUT","content":[]}"#,
        ),
        (Method::POST, "/guardrail-checks/invoke", "{}"),
        (
            Method::GET,
            "/async-invoke/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aasync-invoke%2Fabc",
            "",
        ),
        (Method::GET, "/async-invoke", ""),
        (Method::GET, "/foundation-models/a.b-v1%3A0", ""),
        (
            Method::GET,
            "/inference-profiles/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fx",
            "",
        ),
    ];
    for (method, target, body) in cases {
        let mut request = post(&format!("/bedrock{target}"), body);
        *request.method_mut() = method.clone();
        let (arrived, answer) = relay.ask(Protocol::Http1, request).await;
        assert_eq!(
            (&arrived.method, arrived.target.as_str()),
            (&method, target)
        );
        assert_eq!(arrived.body, body);
        arrived.answer(200, &[JSON], r#"{"k":[]}"#).unwrap();
        let mut answer = answer.await;
        assert_eq!(
            (answer.status.as_u16(), answer.body().await.unwrap()),
            (200, r#"{"k":[]}"#.into())
        );
    }
}

#[tokio::test]
async fn the_model_of_an_async_invoke_is_replaced_in_the_body_and_nothing_else_is() {
    let mut relay = Relay::with(Credentials::Keys, ALIASES).await;
    let cases = [
        (
            r#"{ "modelInput" : {"modelId":"gpt-4o", "n": 1.10},"modelId"  :"gpt-4o" , "x":null}"#,
            r#"{ "modelInput" : {"modelId":"gpt-4o", "n": 1.10},"modelId"  :"us.amazon.nova-pro-v1:0" , "x":null}"#,
        ),
        (
            r#"{"modelId":"aws/amazon.nova-reel-v1:0","clientRequestToken":"t"}"#,
            r#"{"modelId":"amazon.nova-reel-v1:0","clientRequestToken":"t"}"#,
        ),
        // Nothing is replaced where the route changes nothing, however the text is escaped.
        (
            r#"{"modelId":"amazon.nova\u002dreel-v1:0"}"#,
            r#"{"modelId":"amazon.nova\u002dreel-v1:0"}"#,
        ),
    ];
    for (asked, upstream) in cases {
        let (arrived, answer) = relay
            .ask(Protocol::H2c, post("/bedrock/async-invoke", asked))
            .await;
        assert_eq!(arrived.target, "/async-invoke");
        assert_eq!(arrived.body, upstream);
        arrived.answer(200, &[JSON], "{}").unwrap();
        assert_eq!(answer.await.status, 200);
    }
}

#[tokio::test]
async fn the_control_plane_may_have_an_endpoint_of_its_own() {
    let mut runtime = Stub::start().await.unwrap();
    let mut control = Stub::start().await.unwrap();
    let setup = Setup::of(format!(
        "providers:\n  - {{ name: aws, kind: bedrock, region: us-east-1, endpoint: 'http://{}', control_endpoint: 'http://{}/there', credentials: {{ bearer: env:UPSTREAM_BEARER }} }}\n",
        runtime.address(),
        control.address()
    ));
    let gateway = Gateway::start(BINARY, &setup).await.unwrap();
    let address = gateway.address();
    let asked = tokio::spawn(send(
        Protocol::Http1,
        address,
        get("/bedrock/foundation-models/a?b=c"),
    ));
    let arrived = control.arrived().await.unwrap();
    assert_eq!(arrived.target, "/there/foundation-models/a?b=c");
    arrived.answer(200, &[JSON], "{}").unwrap();
    assert_eq!(asked.await.unwrap().unwrap().status, 200);
    assert!(runtime.arrived_already().is_none());

    // Without a default provider only ids that name one are served.
    let refused = send(
        Protocol::Http1,
        address,
        post("/bedrock/model/a/converse", "{}"),
    )
    .await;
    let mut refused = refused.unwrap();
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.body().await.unwrap(),
        r#"{"message":"The provided model identifier is invalid."}"#
    );
    assert!(
        refused
            .header("x-amzn-errortype")
            .starts_with("ValidationException:")
    );
    assert!(runtime.arrived_already().is_none());
}

#[tokio::test]
async fn the_sandbox_keeps_to_its_name_and_the_upstream_never_sees_it() {
    let mut relay = Relay::start().await;
    let hello = r#"{"messages":[{"role":"user","content":[{"text":"hello"}]}]}"#;
    let request = post("/bedrock/model/sandbox%2Fecho/converse", hello);
    let answer = send(Protocol::Http1, relay.gateway.address(), request)
        .await
        .unwrap();
    assert_eq!(
        (answer.status.as_u16(), answer.header("x-gateway-provider")),
        (200, "sandbox")
    );
    assert!(relay.stub.arrived_already().is_none());
    let (arrived, answer) = relay
        .ask(Protocol::Http1, post("/bedrock/model/echo/converse", hello))
        .await;
    arrived.answer(200, &[JSON], "{}").unwrap();
    assert_eq!(answer.await.header("x-gateway-provider"), "aws");
}
