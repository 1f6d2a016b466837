//! Failures before the head: AWS's own words unchanged, what is the gateway's own matter kept from the caller.

use std::time::{Duration, Instant};

use llm::{Error, Key, Kind, Model, NativeError, Origin, Provider, Retry};
use providers::bedrock::{Bedrock, Limits, Settings};
use providers::http::{Network, Timeouts};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::upstream::{Step, Upstream, answer, chunked};
use crate::{MODEL, call, context, converse, keys, native, provider, send, send_as, settings};

async fn refused(bytes: Vec<u8>) -> Error {
    let upstream = Upstream::saying(bytes).await;
    send(&provider(&upstream), converse())
        .await
        .expect_err("a refusal")
}

fn aws(status: u16, code: &str, message: &str) -> Vec<u8> {
    let code = format!("{code}:http://internal.amazon.com/coral/com.amazon.bedrock/");
    let headers = [
        ("content-type", "application/json"),
        ("x-amzn-RequestId", "5f3a"),
        ("x-amzn-ErrorType", &*code),
        ("set-cookie", "a=b"),
    ];
    answer(status, &headers, format!(r#"{{"message":"{message}"}}"#))
}

#[tokio::test]
async fn errors_of_aws_keep_status_head_and_body() {
    let text = "Invocation of model ID x with on-demand throughput isn\u{2019}t supported.";
    let error = refused(aws(400, "ValidationException", text)).await;
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert_eq!(error.origin(), Origin::Upstream);
    assert_eq!(error.status(), Some(400));
    assert_eq!(error.resource(), Some("bedrock/us.amazon.nova-pro-v1:0"));
    let Some(NativeError::Answer { status, head, body }) = error.native() else {
        panic!("no native answer");
    };
    assert_eq!(*status, 400);
    assert_eq!(*body, format!(r#"{{"message":"{text}"}}"#));
    let mut names: Vec<_> = head.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "content-length",
            "content-type",
            "x-amzn-errortype",
            "x-amzn-requestid"
        ]
    );
    assert!(!format!("{error} {error:?}").contains("throughput"));
}

#[tokio::test]
async fn each_exception_has_its_kind() {
    let tokens = "Too many tokens, please wait before trying again.";
    let access = "You don't have access to the model with the specified model ID.";
    for (status, code, text, kind) in [
        (400, "ValidationException", "x", Kind::InvalidRequest),
        (
            400,
            "ValidationException",
            "The provided model identifier is invalid.",
            Kind::ModelNotFound,
        ),
        (
            400,
            "ValidationException",
            "Input is too long for requested model.",
            Kind::ContextTooLong,
        ),
        (
            400,
            "ServiceQuotaExceededException",
            "x",
            Kind::QuotaExhausted,
        ),
        (
            403,
            "AccessDeniedException",
            access,
            Kind::PermissionUpstream,
        ),
        (404, "ResourceNotFoundException", "x", Kind::ModelNotFound),
        (408, "ModelTimeoutException", "x", Kind::Timeout),
        (424, "ModelErrorException", "x", Kind::UpstreamInternal),
        (429, "ThrottlingException", "x", Kind::RateLimited),
        (429, "ThrottlingException", tokens, Kind::TokenRateLimited),
        (429, "ModelNotReadyException", "x", Kind::ModelLoading),
        (500, "InternalServerException", "x", Kind::UpstreamInternal),
        (503, "ServiceUnavailableException", "x", Kind::Overloaded),
        (400, "SerializationException", "x", Kind::Malformed),
        (404, "UnknownOperationException", "x", Kind::NotServed),
        // Names that this build does not know go by the status.
        (400, "BrandNewException", "x", Kind::InvalidRequest),
        (409, "BrandNewException", "x", Kind::Protocol),
        (413, "BrandNewException", "x", Kind::BodyTooLarge),
        (429, "BrandNewException", "x", Kind::RateLimited),
        (503, "BrandNewException", "x", Kind::Overloaded),
        (529, "BrandNewException", "x", Kind::UpstreamInternal),
    ] {
        let error = refused(aws(status, code, text)).await;
        assert_eq!(error.kind(), kind, "{status} {code} {text}");
        assert!(error.native().is_some(), "{code} passes as it came");
    }
}

#[tokio::test]
async fn the_type_is_found_in_the_body_too() {
    let body = r#"{"__type":"com.amazon.bedrock#ThrottlingException","message":"x"}"#;
    assert_eq!(
        refused(answer(400, &[], body)).await.kind(),
        Kind::RateLimited
    );
}

#[tokio::test]
async fn refusals_of_the_gateways_credentials_are_not_the_callers_business() {
    let principal = "User: arn:aws:iam::123456789012:user/gateway is not authorized to perform: bedrock:InvokeModel";
    let canonical = "The request signature we calculated does not match. The Canonical String for this request should have been 'x-amz-security-token:of-the-gateway'";
    for (status, code, text) in [
        (
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
        (
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        (403, "InvalidSignatureException", canonical),
        (400, "IncompleteSignatureException", "x"),
        (403, "IncompleteSignature", "x"),
        (
            403,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        (403, "AccessDeniedException", principal),
        (403, "AccessDeniedException", "Bearer Token has expired"),
        (401, "BrandNewException", "x"),
    ] {
        let error = refused(aws(status, code, text)).await;
        assert_eq!(error.kind(), Kind::AuthUpstream, "{code} {text}");
        assert!(error.native().is_none(), "{code} stays here");
        assert_eq!(
            error.message(),
            "The gateway could not authenticate to the model provider."
        );
        assert_eq!(error.status(), Some(status));
        let detail = error.detail().expect("words for the log");
        assert!(detail.contains(code));
        assert!(
            !format!("{error} {error:?}").contains("of-the-gateway"),
            "no token in the log"
        );
    }
    // As the service answers an API key that it does not know.
    let body = r#"{"Message":"Authentication failed: Please make sure your API Key is valid."}"#;
    let error = refused(answer(403, &[], body)).await;
    assert_eq!(error.kind(), Kind::AuthUpstream);
    assert!(error.native().is_none());
}

#[tokio::test]
async fn what_others_answer_in_the_place_of_aws_does_not_pass() {
    let html = "<html><body>Something else answers here</body></html>";
    for (status, kind) in [
        (301, Kind::Protocol),
        (400, Kind::Protocol),
        (403, Kind::Protocol),
        (404, Kind::Protocol),
        (407, Kind::Protocol),
        (413, Kind::BodyTooLarge),
        (429, Kind::RateLimited),
        (500, Kind::UpstreamInternal),
        (502, Kind::Overloaded),
        (503, Kind::Overloaded),
        (504, Kind::Timeout),
    ] {
        let error = refused(answer(status, &[("content-type", "text/html")], html)).await;
        assert_eq!(error.kind(), kind, "{status}");
        assert!(error.native().is_none(), "{status}");
    }
}

#[tokio::test]
async fn what_is_not_found_is_the_model_only_where_one_was_named() {
    let upstream = Upstream::saying(aws(404, "ResourceNotFoundException", "x")).await;
    let request = native(
        "bedrock/get-async-invoke",
        http::Method::GET,
        "/async-invoke/arn",
        &[],
        "",
    );
    let error = send_as(&provider(&upstream), request, None, None).await;
    let error = error.expect_err("a refusal");
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert_eq!(error.retry(), Retry::Never);
    assert!(error.native().is_some());
}

#[tokio::test]
async fn another_try_is_hinted_at_with_the_time_that_was_asked_for() {
    let throttled = |headers: &[(&str, &str)]| {
        let mut all = vec![("x-amzn-errortype", "ThrottlingException")];
        all.extend_from_slice(headers);
        answer(429, &all, "{}")
    };
    for (headers, delay) in [
        (&[][..], None),
        (&[("retry-after", "2")], Some(Duration::from_secs(2))),
        (
            &[("retry-after", "2"), ("x-amz-retry-after", "1500")],
            Some(Duration::from_millis(1500)),
        ),
        (&[("retry-after", "Mon, 23 Nov 2026 02:18:31 GMT")], None),
        (&[("retry-after", "-1")], None),
    ] {
        let error = refused(throttled(headers)).await;
        assert_eq!(error.retry(), Retry::OtherKey { delay }, "{headers:?}");
    }
    let headers = [
        ("x-amzn-errortype", "ServiceUnavailableException"),
        ("retry-after", "3"),
    ];
    let error = refused(answer(503, &headers, "{}")).await;
    let delay = Some(Duration::from_secs(3));
    assert_eq!(error.retry(), Retry::OtherTarget { delay });
}

#[tokio::test]
async fn an_error_longer_than_the_limit_is_not_read() {
    let bytes = chunked(400, &[], [&[b'{'; 600][..], &[b' '; 600][..]]);
    let upstream = Upstream::doing(vec![Step::Write(bytes), Step::AwaitClose]).await;
    let provider = Bedrock::new(Settings {
        limits: Limits {
            error_bytes: 1_000,
            ..Limits::default()
        },
        ..settings(&upstream, keys())
    })
    .expect("valid settings");
    let error = send(&provider, converse()).await.expect_err("a refusal");
    assert_eq!(error.kind(), Kind::Protocol);
    assert_eq!(error.status(), Some(400));
    assert!(error.native().is_none());
}

#[tokio::test]
async fn an_upstream_that_is_not_there_cannot_be_reached() {
    let vacant = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        listener.local_addr().expect("its address")
    };
    let upstream = Upstream::saying("").await;
    for scheme in ["http", "https"] {
        let endpoint = format!("{scheme}://{vacant}").parse().expect("a URI");
        let provider = Bedrock::new(Settings {
            endpoint: Some(endpoint),
            ..settings(&upstream, keys())
        })
        .expect("valid settings");
        let error = send(&provider, converse()).await.expect_err("nobody");
        assert_eq!(error.kind(), Kind::ConnectFailed, "{scheme}");
        assert_eq!(error.message(), "Unable to reach provider bedrock");
        assert_eq!(error.retry(), Retry::OtherTarget { delay: None });
    }
}

#[tokio::test]
async fn the_error_names_the_provider_on_record() {
    let upstream = Upstream::doing(vec![Step::Close]).await;
    let provider = provider(&upstream);
    let (cx, call) = (context(), call(converse(), Some(MODEL)));
    cx.observation
        .update(|record| record.provider = Some("aws-eu".into()));
    let (key, model) = (Key::new("default"), Model::new(MODEL));
    let answer = provider.send(&cx, &key, Some(&model), &call, None).await;
    let error = answer.expect_err("a closed connection");
    assert_eq!(error.kind(), Kind::ConnectFailed);
    assert_eq!(error.message(), "Unable to reach provider aws-eu");
    assert_eq!(error.resource(), Some("aws-eu/us.amazon.nova-pro-v1:0"));
}

#[tokio::test]
async fn a_server_without_tls_cannot_be_reached_by_https() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.expect("a connection");
        let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        connection.write_all(answer).await.expect("a listener");
    });
    let upstream = Upstream::saying("").await;
    let provider = Bedrock::new(Settings {
        endpoint: Some(format!("https://{address}").parse().expect("a URI")),
        ..settings(&upstream, keys())
    })
    .expect("valid settings");
    let error = send(&provider, converse()).await.expect_err("no TLS");
    assert_eq!(error.kind(), Kind::ConnectFailed);
}

#[tokio::test]
async fn bytes_that_are_not_http_are_a_fault_of_the_upstream() {
    for bytes in ["SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 abc\r\n\r\n"] {
        let upstream = Upstream::doing(vec![Step::Write(bytes.into()), Step::Close]).await;
        let error = send(&provider(&upstream), converse()).await;
        assert_eq!(
            error.expect_err("no HTTP").kind(),
            Kind::Protocol,
            "{bytes:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_does_not_begin_in_time_is_given_up() {
    let mut upstream = Upstream::doing(vec![Step::AwaitClose]).await;
    let impatient = Bedrock::new(Settings {
        network: Network {
            timeouts: Timeouts {
                first_byte: Duration::from_millis(20),
                ..Timeouts::default()
            },
            ..Network::default()
        },
        ..settings(&upstream, keys())
    })
    .expect("valid settings");
    let error = send(&impatient, converse()).await.expect_err("no answer");
    assert_eq!(error.kind(), Kind::Timeout);
    assert_eq!(error.message(), "The request took too long to process.");
    upstream.closed().await;

    let provider = provider(&upstream);
    let mut cx = context();
    cx.deadline = Instant::now() + Duration::from_millis(20);
    let call = call(converse(), Some(MODEL));
    let (key, model) = (Key::new("default"), Model::new(MODEL));
    let answer = provider.send(&cx, &key, Some(&model), &call, None).await;
    assert_eq!(answer.expect_err("no answer").kind(), Kind::Timeout);
    upstream.closed().await;
}

#[tokio::test]
async fn a_key_that_nobody_configured_is_a_fault_of_the_gateway() {
    let upstream = Upstream::saying("").await;
    let provider = provider(&upstream);
    let (cx, call) = (context(), call(converse(), Some(MODEL)));
    let answer = provider
        .send(&cx, &Key::new("other"), None, &call, None)
        .await;
    let error = answer.expect_err("no such key");
    assert_eq!(error.kind(), Kind::GatewayInternal);
    assert_eq!(error.origin(), Origin::Gateway);
}
