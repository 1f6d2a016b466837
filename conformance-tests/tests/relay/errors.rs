//! What the client learns when the upstream refuses, fails, or is not there.

use std::net::SocketAddr;

use conformance_tests::loopback::client::{Protocol, post, send};
use conformance_tests::loopback::gateway::{Credentials, Gateway, Setup};
use tokio::net::{TcpListener, TcpStream};

use crate::{BINARY, EVENT_STREAM, JSON, Relay};

const CONVERSE: &str = "/bedrock/model/us.m-v1%3A0/converse";
const CONVERSE_STREAM: &str = "/bedrock/model/us.m-v1%3A0/converse-stream";

/// What AWS puts behind the code.
const OF_THE_SERVICE: &str = "http://internal.amazon.com/coral/com.amazon.bedrock/";
const OF_AUTHENTICATION: &str = "http://internal.amazon.com/coral/com.amazon.coral.service/";

/// A 403 of AWS as it came from recordings and public reports.
const ABOUT_OUR_CREDENTIALS: [(&str, &str, &str); 5] = [
    (
        "ExpiredTokenException",
        OF_AUTHENTICATION,
        "The security token included in the request is expired",
    ),
    (
        "UnrecognizedClientException",
        OF_AUTHENTICATION,
        "The security token included in the request is invalid.",
    ),
    (
        "InvalidSignatureException",
        OF_AUTHENTICATION,
        "Signature expired: 20250521T030814Z is now earlier than 20250521T074804Z (20250521T075304Z - 5 min.)",
    ),
    (
        "AccessDeniedException",
        OF_AUTHENTICATION,
        "User: arn:aws:iam::123456789012:user/gateway is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/us.m-v1:0 because no identity-based policy allows the bedrock:InvokeModel action",
    ),
    (
        "AccessDeniedException",
        OF_AUTHENTICATION,
        "Authentication failed: Please make sure your API Key is valid.",
    ),
];

#[tokio::test]
async fn a_refusal_of_the_gateways_own_credentials_is_no_business_of_the_client() {
    let mut relay = Relay::with(Credentials::Keys, "").await;
    for protocol in Protocol::ALL {
        for target in [CONVERSE, CONVERSE_STREAM] {
            for (code, suffix, message) in ABOUT_OUR_CREDENTIALS {
                let (arrived, answer) = relay.ask(protocol, post(target, "{}")).await;
                let error_type = format!("{code}:{suffix}");
                let headers = [
                    JSON,
                    ("x-amzn-errortype", error_type.as_str()),
                    ("x-amzn-requestid", "theirs"),
                ];
                let body = serde_json::json!({ "message": message }).to_string();
                arrived.answer(403, &headers, body).unwrap();
                let mut answer = answer.await;
                assert_eq!(answer.status, 424, "{code}: {message}");
                assert_eq!(
                    answer.header("x-amzn-errortype"),
                    format!("ModelErrorException:{OF_THE_SERVICE}")
                );
                let body = answer.body().await.unwrap();
                let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(
                    body["message"],
                    "The gateway could not authenticate to the model provider."
                );
                assert_eq!(body["originalStatusCode"], 403);
                assert_eq!(body["resourceName"], "aws/us.m-v1:0");
            }
        }
    }
}

#[tokio::test]
async fn any_other_error_of_aws_comes_as_it_is() {
    let mut relay = Relay::start().await;
    let cases = [
        (
            400,
            "ValidationException",
            r#"{"message":"The model returned the following errors: x"}"#,
        ),
        (
            403,
            "AccessDeniedException",
            r#"{"message":"You don't have access to the model with the specified model ID."}"#,
        ),
        (
            404,
            "ResourceNotFoundException",
            r#"{"message":"This model version has reached the end of its life."}"#,
        ),
        (408, "ModelTimeoutException", r#"{"message":"slow"}"#),
        (
            424,
            "ModelErrorException",
            r#"{"message":"m","originalStatusCode":500,"resourceName":"r","more":1.10}"#,
        ),
        (
            429,
            "ThrottlingException",
            r#"{"message":"Too many tokens, please wait before trying again."}"#,
        ),
        (429, "ModelNotReadyException", r#"{"message":"wait"}"#),
        (500, "InternalServerException", r#"{"message":"oops"}"#),
        (
            503,
            "ServiceUnavailableException",
            r#"{ "Message" : "isn’t here" }"#,
        ),
    ];
    for protocol in Protocol::ALL {
        for target in [CONVERSE, CONVERSE_STREAM] {
            for (status, code, body) in cases {
                let (arrived, answer) = relay.ask(protocol, post(target, "{}")).await;
                let error_type = format!("{code}:{OF_THE_SERVICE}");
                let headers = [
                    JSON,
                    ("x-amzn-errortype", error_type.as_str()),
                    ("x-amzn-requestid", "theirs"),
                    ("retry-after", "2"),
                ];
                arrived.answer(status, &headers, body).unwrap();
                let mut answer = answer.await;
                assert_eq!(answer.status.as_u16(), status);
                for (name, value) in headers {
                    assert_eq!(answer.header(name), value, "{code}");
                }
                assert_eq!(answer.body().await.unwrap(), body);
                // Whether to try again is the client's to say: it counts its attempts.
                assert!(relay.stub.arrived_already().is_none(), "{code}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_answer_of_aws_becomes_one_of_ours_in_json() {
    let mut relay = Relay::start().await;
    let html = "<html><body><h1>Secret internal proxy</h1></body></html>";
    let cases = [
        (502, 503, "ServiceUnavailableException"),
        (503, 503, "ServiceUnavailableException"),
        (500, 500, "InternalServerException"),
        (404, 424, "ModelErrorException"),
        (302, 424, "ModelErrorException"),
    ];
    for (status, expected, code) in cases {
        let (arrived, answer) = relay.ask(Protocol::Http1, post(CONVERSE, "{}")).await;
        arrived
            .answer(status, &[("content-type", "text/html")], html)
            .unwrap();
        let mut answer = answer.await;
        assert_eq!(answer.status.as_u16(), expected, "{status}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(
            answer.header("x-amzn-errortype"),
            format!("{code}:{OF_THE_SERVICE}")
        );
        let body = answer.body().await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert!(
            body["message"].is_string() && !body.to_string().contains("Secret"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_unavailable() {
    // A port that was just given back: nobody listens there.
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let setup = Setup::relay(address, Credentials::Bearer);
    let gateway = Gateway::start(BINARY, &setup).await.unwrap();
    for protocol in Protocol::ALL {
        let mut answer = send(protocol, gateway.address(), post(CONVERSE_STREAM, "{}"))
            .await
            .unwrap();
        assert_eq!(answer.status, 503);
        assert_eq!(
            answer.header("x-amzn-errortype"),
            format!("ServiceUnavailableException:{OF_THE_SERVICE}")
        );
        assert_eq!(
            answer.body().await.unwrap(),
            r#"{"message":"Unable to reach provider aws"}"#
        );
    }
}

#[tokio::test]
async fn a_connection_that_closes_before_the_head_is_an_error_that_may_be_tried_again() {
    let mut relay = Relay::start().await;
    let (arrived, answer) = relay.ask(Protocol::Http1, post(CONVERSE, "{}")).await;
    drop(arrived);
    // The gateway may try once more on a new connection; nothing came back that a client could have seen.
    let again = tokio::spawn(async move {
        while let Ok(arrived) = relay.stub.arrived().await {
            drop(arrived);
        }
    });
    let answer = answer.await;
    again.abort();
    assert_eq!(answer.status, 503);
}

#[tokio::test]
async fn an_answer_in_one_piece_that_breaks_off_is_not_taken_for_whole() {
    let mut relay = Relay::start().await;
    for protocol in Protocol::ALL {
        let (arrived, answer) = relay.ask(protocol, post(CONVERSE, "{}")).await;
        let writer = arrived.begin(200, &[JSON]).unwrap();
        writer.send(r#"{"output":"#).await.unwrap();
        let mut answer = answer.await;
        assert_eq!(answer.at_least(10).await.unwrap(), r#"{"output":"#);
        writer.cut().await.unwrap();
        assert!(answer.body().await.is_err(), "{protocol:?}");
    }
}

#[tokio::test]
async fn an_exception_that_is_the_first_frame_comes_as_it_is() {
    let mut relay = Relay::start().await;
    let payload = r#"{"message":"The model returned the following errors: x"}"#;
    let frame = rest_json::Frame::exception("validationException", payload);
    let frame = frame.encode().unwrap();
    for protocol in Protocol::ALL {
        let (arrived, answer) = relay.ask(protocol, post(CONVERSE_STREAM, "{}")).await;
        let headers = [EVENT_STREAM, ("x-amzn-requestid", "theirs")];
        arrived.answer(200, &headers, frame.clone()).unwrap();
        let mut answer = answer.await;
        assert_eq!(answer.status, 200);
        for (name, value) in headers {
            assert_eq!(answer.header(name), value);
        }
        assert_eq!(answer.body().await.unwrap(), frame);
    }
}

/// Sends every connection on to wherever `to` says by then.
async fn forward(listener: TcpListener, to: tokio::sync::watch::Receiver<Option<SocketAddr>>) {
    while let Ok((mut here, _)) = listener.accept().await {
        let mut to = to.clone();
        tokio::spawn(async move {
            let address = to.wait_for(Option::is_some).await.unwrap().unwrap();
            let mut there = TcpStream::connect(address).await.unwrap();
            // It ends with either side.
            let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
        });
    }
}

#[tokio::test]
async fn a_request_that_comes_back_is_refused_at_its_second_visit() {
    let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let setup = Setup::relay(front.local_addr().unwrap(), Credentials::Bearer);
    let gateway = Gateway::start(BINARY, &setup).await.unwrap();
    let (to, address) = tokio::sync::watch::channel(None);
    let forwarding = tokio::spawn(forward(front, address));
    to.send_replace(Some(gateway.address()));
    for protocol in Protocol::ALL {
        let answer = send(protocol, gateway.address(), post(CONVERSE, "{}")).await;
        let mut answer = answer.unwrap();
        assert_eq!(answer.status, 400, "nothing that an SDK would try again");
        let body = answer.body().await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let message = body["message"].as_str().unwrap();
        assert!(
            message.contains("already passed through this gateway"),
            "{message}"
        );
    }
    forwarding.abort();
}
