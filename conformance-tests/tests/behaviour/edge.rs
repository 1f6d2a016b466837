//! What every answer has in common, and the requests that mean nothing to Bedrock.

use std::collections::BTreeSet;

use bytes::Bytes;
use conformance_tests::loopback::client::{
    Answer, Connection, Protocol, get, http1_bytes, post, send,
};
use conformance_tests::loopback::clock;
use conformance_tests::loopback::gateway::{Gateway, Setup};
use http::{HeaderValue, Method, Request};
use rest_json::{HttpDate, Timestamp};

use crate::{BINARY, ECHO, ECHO_STREAM, JSON, RELAYED, relay, says};

async fn alone() -> Gateway {
    Gateway::start(BINARY, &Setup::alone()).await.unwrap()
}

async fn ask(gateway: &Gateway, protocol: Protocol, request: Request<Bytes>) -> Answer {
    send(protocol, gateway.address(), request).await.unwrap()
}

async fn json(answer: &mut Answer) -> serde_json::Value {
    serde_json::from_slice(&answer.body().await.unwrap()).unwrap()
}

#[tokio::test]
async fn it_tells_orchestrators_that_it_lives_and_is_ready() {
    let gateway = alone().await;
    for protocol in Protocol::ALL {
        for (path, status) in [("/health", "ok"), ("/ready", "ready")] {
            let mut answer = ask(&gateway, protocol, get(path)).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(json(&mut answer).await["status"], status, "{path}");
        }
    }
}

/// Requests of every kind with the status of their answers.
fn samples() -> Vec<(Request<Bytes>, u16)> {
    let hello = |target| says(target, "hello");
    let mut other_method = get(ECHO);
    *other_method.method_mut() = Method::PUT;
    vec![
        (hello(ECHO), 200),
        (hello(ECHO_STREAM), 200),
        (
            post(
                "/bedrock/model/sandbox%2Fecho/count-tokens",
                r#"{"input":{"converse":{"messages":[]}}}"#,
            ),
            400,
        ),
        (hello("/bedrock/model/sandbox%2Fthrottling/converse"), 429),
        (
            hello("/bedrock/model/sandbox%2Finternal-server/converse-stream"),
            500,
        ),
        (hello("/bedrock/model/../converse"), 400),
        (hello("/bedrock/rerank"), 404),
        (get("/favicon.ico"), 404),
        (other_method, 405),
        (post(ECHO, "not json"), 400),
        (post("/bedrock/model/m/invoke", "{}"), 400),
        (get("/health"), 200),
    ]
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own_and_a_true_date_and_is_not_compressed() {
    let gateway = alone().await;
    let mut ids = BTreeSet::new();
    let mut n_answers = 0;
    for protocol in Protocol::ALL {
        for (mut request, status) in samples() {
            let what = format!("{} over {protocol:?}", request.uri());
            let all = HeaderValue::from_static("gzip, deflate, br, zstd");
            request.headers_mut().insert("accept-encoding", all);
            let before = clock::epoch_secs();
            let mut answer = ask(&gateway, protocol, request).await;
            let after = clock::epoch_secs();
            assert_eq!(answer.status.as_u16(), status, "{what}");
            let id = answer.header("x-amzn-requestid").to_owned();
            let groups: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(groups, [8, 4, 4, 4, 12], "{what}: {id}");
            let is_lower = |c: char| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c);
            assert!(id.chars().all(is_lower), "{what}: {id}");
            let date = Timestamp::<HttpDate>::parse(answer.header("date")).expect(&what);
            let date = date.instant().secs();
            // The server may keep the text of a second a little longer.
            assert!(
                (before - 2..=after + 1).contains(&date),
                "{what}: {date} not in {before}..{after}"
            );
            assert_eq!(answer.headers.get("content-encoding"), None, "{what}");
            answer.body().await.expect(&what);
            ids.insert(id);
            n_answers += 1;
        }
    }
    assert_eq!(ids.len(), n_answers);
}

#[tokio::test]
async fn every_refusal_is_json_with_a_type_that_sdks_read() {
    let gateway = alone().await;
    let mut other_method = says(ECHO, "hello");
    *other_method.method_mut() = Method::PUT;
    let cases = [
        (
            post("/bedrock/model/../converse", "{}"),
            400,
            "ValidationException",
            "The provided model identifier is invalid.",
        ),
        (
            post("/bedrock/model/%2E%2E/converse", "{}"),
            400,
            "ValidationException",
            "The provided model identifier is invalid.",
        ),
        (
            post("/bedrock/rerank", "{}"),
            404,
            "UnknownOperationException",
            "",
        ),
        (get("/"), 404, "UnknownOperationException", ""),
        (other_method, 405, "UnknownOperationException", ""),
        (post(ECHO, "{"), 400, "SerializationException", ""),
        (
            post(ECHO, r#"{"messages":"x"}"#),
            400,
            "SerializationException",
            "",
        ),
        // The sandbox speaks Converse alone, and no provider relays the rest.
        (
            post("/bedrock/model/m/invoke", "{}"),
            400,
            "ValidationException",
            "This action doesn't support the model that you provided.",
        ),
        (
            get("/bedrock/async-invoke"),
            400,
            "ValidationException",
            "This action doesn't support the model that you provided.",
        ),
        (
            get("/bedrock/foundation-models"),
            404,
            "UnknownOperationException",
            "",
        ),
    ];
    for protocol in Protocol::ALL {
        for (request, status, code, message) in &cases {
            let what = format!("{} {} over {protocol:?}", request.method(), request.uri());
            let mut answer = ask(&gateway, protocol, request.clone()).await;
            assert_eq!(answer.status.as_u16(), *status, "{what}");
            assert_eq!(answer.header("content-type"), "application/json", "{what}");
            assert_eq!(
                answer.header("x-amzn-errortype"),
                format!("{code}:http://internal.amazon.com/coral/com.amazon.bedrock/"),
                "{what}"
            );
            let body = json(&mut answer).await;
            let said = body["message"].as_str().expect(&what);
            assert!(!said.is_empty(), "{what}");
            if !message.is_empty() {
                assert_eq!(said, *message, "{what}");
            }
            assert_eq!(body.as_object().unwrap().len(), 1, "{what}: {body}");
        }
    }
}

#[tokio::test]
async fn slashes_too_many_change_nothing() {
    let gateway = alone().await;
    let targets = [
        "/model/sandbox%2Fecho/converse",
        "/bedrock/model/sandbox%2Fecho/converse",
        "/bedrock//model/sandbox%2Fecho/converse",
        "//bedrock//model/sandbox%2Fecho/converse",
        "/bedrock/model/sandbox%2Fecho/converse/",
    ];
    for protocol in Protocol::ALL {
        for target in targets {
            let mut answer = ask(&gateway, protocol, says(target, "hello")).await;
            assert_eq!(answer.status, 200, "{target} over {protocol:?}");
            let body = json(&mut answer).await;
            assert_eq!(body["output"]["message"]["content"][0]["text"], "hello");
        }
    }
}

#[tokio::test]
async fn a_target_in_absolute_form_is_served_like_any_other() {
    let gateway = alone().await;
    // As clients write it that take the gateway for a proxy.
    let request = says(ECHO, "hello");
    let bytes = String::from_utf8(http1_bytes(&request).unwrap()).unwrap();
    let bytes = bytes.replacen(ECHO, &format!("http://gateway.test{ECHO}"), 1);
    let mut connection = Connection::open(gateway.address()).await.unwrap();
    connection.write(bytes.as_bytes()).await.unwrap();
    assert_eq!(connection.answer().await.unwrap().status, 200);
}

/// Netty takes no more.
const HEAD_MAX_BYTES: usize = 8192;

#[tokio::test]
async fn the_head_of_an_answer_stays_small_however_much_there_is_to_warn_of() {
    let gateway = alone().await;
    let unknown: Vec<_> = (0..500)
        .map(|number| serde_json::json!({ format!("somethingNew{number}"): {} }))
        .collect();
    let body = serde_json::json!({ "messages": [{ "role": "user", "content": unknown }] });
    for protocol in Protocol::ALL {
        let request = post(ECHO, body.to_string());
        let answer = ask(&gateway, protocol, request).await;
        assert_eq!(answer.status, 200);
        assert!(
            answer
                .header("x-gateway-warnings")
                .contains("somethingNew0")
        );
        let headers = answer.headers.iter();
        // HTTP/2 counts 32 bytes for each header beside its name and value.
        let n_bytes: usize = headers
            .map(|(name, value)| name.as_str().len() + value.len() + 32)
            .sum();
        assert!(n_bytes < HEAD_MAX_BYTES, "{n_bytes}");
    }
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_its_body_is_told_to() {
    let (mut stub, gateway) = relay("").await;
    let head = format!(
        "POST {RELAYED} HTTP/1.1\r\nHost: gateway.test\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    );
    let mut connection = Connection::open(gateway.address()).await.unwrap();
    connection.write(head.as_bytes()).await.unwrap();
    assert_eq!(connection.interim().await.unwrap(), 100);
    connection.write(b"{}").await.unwrap();
    let arrived = stub.arrived().await.unwrap();
    assert_eq!(arrived.body, "{}");
    arrived.answer(200, &[JSON], "{}").unwrap();
    assert_eq!(connection.answer().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_body_in_chunks_is_a_body() {
    let (mut stub, gateway) = relay("").await;
    let request = format!(
        "POST {RELAYED} HTTP/1.1\r\nHost: gateway.test\r\nTransfer-Encoding: chunked\r\n\r\n\
         1\r\n{{\r\n1\r\n}}\r\n0\r\n\r\n"
    );
    let mut connection = Connection::open(gateway.address()).await.unwrap();
    connection.write(request.as_bytes()).await.unwrap();
    let arrived = stub.arrived().await.unwrap();
    assert_eq!(
        (&arrived.body[..], arrived.header("content-length")),
        (&b"{}"[..], "2")
    );
    arrived.answer(200, &[JSON], "{}").unwrap();
    assert_eq!(connection.answer().await.unwrap().status, 200);
}

#[tokio::test]
async fn bytes_that_are_not_http_end_the_connection_and_nothing_else() {
    let gateway = alone().await;
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"\0\0\0\0\r\n\r\n",
        b"HELLO\r\n\r\n",
    ] {
        let mut connection = Connection::open(gateway.address()).await.unwrap();
        connection.write(garbage).await.unwrap();
        // Either nothing is said or that the request is a bad one.
        match connection.answer().await {
            Ok(answer) => assert_eq!(answer.status, 400),
            Err(fault) => assert!(fault.to_string().contains("closed"), "{fault}"),
        }
    }
    assert_eq!(
        ask(&gateway, Protocol::Http1, get("/ready")).await.status,
        200
    );
}

#[tokio::test]
async fn the_log_says_what_happened_and_nothing_of_what_was_said() {
    let (mut stub, gateway) = relay("").await;
    let mut request = says(
        &format!("{RELAYED}?token=secret-in-a-query"),
        "secret-in-a-prompt",
    );
    let key = HeaderValue::from_static("Bearer secret-in-a-header");
    request.headers_mut().insert("authorization", key);
    let asked = tokio::spawn(send(Protocol::Http1, gateway.address(), request));
    let answer = r#"{"output":{"message":{"content":[{"text":"secret-in-an-answer"}]}},"usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7}}"#;
    let id = "00000000-1111-4222-8333-444444444444";
    let headers = [JSON, ("x-amzn-requestid", id)];
    stub.arrived()
        .await
        .unwrap()
        .answer(200, &headers, answer)
        .unwrap();
    let mut answer = asked.await.unwrap().unwrap();
    answer.body().await.unwrap();
    let refused = ask(
        &gateway,
        Protocol::H2c,
        post(ECHO, r#"{"messages":"secret-in-a-fault"}"#),
    )
    .await;
    assert_eq!(refused.status, 400);

    let line = gateway.access_line(RELAYED).await.unwrap();
    let expected = serde_json::json!({
        "event": "request", "level": "info", "protocol": "HTTP/1.1", "method": "POST", "status": 200, "end": "complete",
        "operation": "Converse", "provider": "aws", "model": "m", "requested_model": "m", "upstream_request_id": id,
        "input_tokens": 3, "output_tokens": 4, "total_tokens": 7,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(line.get(name), Some(value), "{name} in {line}");
    }
    assert_eq!(line["request_id"], answer.header("x-gateway-request-id"));
    let line = gateway.access_line(ECHO).await.unwrap();
    assert_eq!(
        (&line["end"], &line["status"]),
        (&"failed".into(), &400.into())
    );
    let text = gateway.log_text();
    assert!(!text.contains("secret"), "{text}");
}
