//! What reaches a provider beside the body: the gateway's own key and nothing of the caller's.

use std::collections::BTreeSet;

use conformance_tests::loopback::gateway::{BEARER, Gateway};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::BINARY;
use crate::boto3;
use crate::operations::canned;
use crate::stage::{Provider, Seen, Stage, send, setup};

const OF_EVERY_REQUEST: [&str; 7] = [
    "accept",
    "accept-encoding",
    "content-length",
    "content-type",
    "host",
    "user-agent",
    "via",
];

#[tokio::test]
async fn a_provider_gets_the_gateways_key_and_no_header_of_the_callers() {
    let mut stage = Stage::start().await;
    let cases: [(&str, &[(&str, &str)]); 2] = [
        (
            "openai/gpt-4.1",
            &[("authorization", "Bearer bedrock-api-key-of-the-gateway")],
        ),
        (
            "anthropic/claude-sonnet-4-20250514",
            &[
                ("x-api-key", BEARER),
                // The one that its API reference names.
                ("anthropic-version", "2023-06-01"),
            ],
        ),
    ];
    for (id, own) in cases {
        for (capture, accept) in [
            (boto3::CONVERSE, "application/json"),
            (boto3::CONVERSE_STREAM, "text/event-stream"),
            (boto3::INVOKE, "application/json"),
            (boto3::INVOKE_STREAM, "text/event-stream"),
        ] {
            let request = boto3::of(capture, id);
            assert!(
                request.headers().contains_key("authorization"),
                "boto3 signs"
            );
            let (seen, arrived) = stage
                .ask(request, async |arrived| {
                    let (method, headers) = (arrived.method.clone(), arrived.headers.clone());
                    let body: Value = serde_json::from_slice(&arrived.body).unwrap();
                    canned::answer(arrived);
                    (method, headers, body)
                })
                .await;
            assert_eq!(seen.status, 200, "{id} {capture}");
            let (method, headers, body) = arrived.unwrap();
            assert_eq!(method, "POST");
            assert_eq!(headers["accept"], accept, "{id} {capture}");
            assert_eq!(headers["content-type"], "application/json");
            // A stream that is compressed is held back.
            assert_eq!(headers["accept-encoding"], "identity");
            for (name, value) in own {
                assert_eq!(headers[*name], value, "{id} {capture}");
            }
            let found: BTreeSet<&str> = headers.keys().map(http::HeaderName::as_str).collect();
            let known = OF_EVERY_REQUEST.into_iter();
            let known = known.chain(own.iter().map(|(name, _)| *name));
            assert_eq!(found, known.collect(), "{id} {capture}");
            let (_, model) = id.split_once('/').unwrap();
            assert_eq!(body["model"], model);
            assert_eq!(body["stream"] == true, accept == "text/event-stream");
        }
    }
    assert!(!stage.gateway.log_text().contains(BEARER));
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_unavailable() {
    // A port that was just given back: nobody listens there.
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let setup = setup(&[Provider::OpenAi, Provider::Anthropic], address, "");
    let gateway = Gateway::start(BINARY, &setup).await.unwrap();
    for (id, name) in [
        ("openai/gpt-4.1", "openai"),
        ("anthropic/claude-3", "anthropic"),
    ] {
        for capture in [
            boto3::CONVERSE,
            boto3::CONVERSE_STREAM,
            boto3::INVOKE,
            boto3::INVOKE_STREAM,
        ] {
            let answer = send(gateway.address(), boto3::of(capture, id)).await;
            let seen = Seen::of(answer).await;
            let found = (seen.status, seen.exception());
            assert_eq!(
                found,
                (503, "ServiceUnavailableException"),
                "{id} {capture}"
            );
            assert_eq!(seen.message(), format!("Unable to reach provider {name}"));
        }
    }
}
