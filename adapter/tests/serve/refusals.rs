//! Requests that reach nobody.

use std::sync::Arc;
use std::time::Duration;

use adapter::Adapter;
use http::Method;
use llm::{Backend, Context, End, Error, Kind, Origin, Retry};

use crate::backend::{Fake, Got, HELLO, context, serve_in};

const BIDIRECTIONAL: &str = "/model/m/invoke-with-bidirectional-stream";

/// A request's method and target, and the status, name and text that it is refused with.
type Case = (
    &'static str,
    &'static str,
    (u16, &'static str, &'static str),
);

const UNKNOWN: (u16, &str, &str) = (
    404,
    "UnknownOperationException",
    "The requested operation is not recognized by the service.",
);
const OTHER_METHOD: (u16, &str, &str) = (
    405,
    "UnknownOperationException",
    "The HTTP method is not supported for this path.",
);
const BAD_LABEL: (u16, &str, &str) = (
    400,
    "ValidationException",
    "The provided model identifier is invalid.",
);
const NOT_SERVED: (u16, &str, &str) = (
    400,
    "ValidationException",
    "This action doesn't support the model that you provided.",
);

const CASES: [Case; 14] = [
    ("GET", "/", UNKNOWN),
    ("POST", "/rerank", UNKNOWN),
    ("POST", "/model/m/converse/more", UNKNOWN),
    ("POST", "/model/a/b/converse", UNKNOWN),
    ("GET", "/model/m/converse", OTHER_METHOD),
    ("PUT", "/async-invoke", OTHER_METHOD),
    ("DELETE", "/foundation-models", OTHER_METHOD),
    ("POST", "/foundation-models/m", OTHER_METHOD),
    ("POST", "/model/../converse", BAD_LABEL),
    ("POST", "/model/%2e%2E/converse", BAD_LABEL),
    ("POST", "/model/./invoke", BAD_LABEL),
    ("POST", "/model//converse", BAD_LABEL),
    ("GET", "/foundation-models/..", BAD_LABEL),
    ("POST", BIDIRECTIONAL, NOT_SERVED),
];

fn early(cx: &Context, method: &str, target: &str) -> Option<http::Response<adapter::Body>> {
    let backend: Arc<dyn Backend> = Fake::reading();
    let method: Method = method.parse().unwrap();
    Adapter::new(backend).refuse_early(cx, &method, target)
}

#[track_caller]
fn check(cx: &Context, got: &Got, (status, name, message): (u16, &str, &str)) {
    assert_eq!(got.error(), (status, name.to_owned(), message.to_owned()));
    assert_eq!(
        got.header("x-amzn-requestid"),
        Some("6f1cf6d6-0000-4000-8000-000000000001")
    );
    let end = cx.observation.record().end;
    assert!(matches!(end, Some(End::Failed(_))), "{end:?}");
}

#[tokio::test]
async fn a_request_for_nothing_is_refused_with_and_without_its_body() {
    for (method, target, expected) in CASES {
        let backend = Fake::reading();
        let cx = context();
        let got = serve_in(&cx, &backend, method, target, HELLO).await;
        println!("{method} {target}");
        check(&cx, &got, expected);
        assert!(backend.asked().is_empty());

        let cx = context();
        let got = Got::all(early(&cx, method, target).unwrap()).await;
        check(&cx, &got, expected);
    }
}

#[tokio::test]
async fn a_request_for_something_is_not_refused_before_its_body() {
    for (method, target) in [
        ("POST", "/model/m/converse"),
        ("POST", "/model/m/invoke"),
        ("GET", "/async-invoke"),
        ("GET", "/foundation-models"),
        ("GET", "/inference-profiles/p?x=1"),
    ] {
        let cx = context();
        assert!(early(&cx, method, target).is_none(), "{method} {target}");
        assert_eq!(cx.observation.record().end, None);
    }
}

#[tokio::test]
async fn an_operation_whose_body_has_no_end_is_named_in_the_record() {
    let cx = context();
    assert!(early(&cx, "POST", BIDIRECTIONAL).is_some());
    assert_eq!(
        cx.observation.record().operation,
        Some("InvokeModelWithBidirectionalStream")
    );
}

async fn refused(cx: &Context, error: &Error) -> Got {
    let backend: Arc<dyn Backend> = Fake::reading();
    Got::all(Adapter::new(backend).refuse(cx, error)).await
}

#[tokio::test]
async fn what_the_http_layer_refuses_is_told_as_everything_else() {
    let gateway = |kind, text: &str| Error::new(kind, Origin::Gateway, text);
    let wait = Retry::OtherTarget {
        delay: Some(Duration::from_secs(1)),
    };
    let cx = context();
    let got = refused(&cx, &gateway(Kind::GatewayRate, "full").with_retry(wait)).await;
    check(
        &cx,
        &got,
        (
            429,
            "ThrottlingException",
            "Too many requests, please wait before trying again.",
        ),
    );
    assert_eq!(got.header("retry-after"), Some("1"));
    assert_eq!(got.header("x-amz-retry-after"), Some("1000"));

    for (error, expected) in [
        (
            gateway(Kind::BodyTooLarge, "too large"),
            (400, "ValidationException", "too large"),
        ),
        (
            gateway(Kind::Timeout, "late"),
            (
                408,
                "ModelTimeoutException",
                "The request took too long to process.",
            ),
        ),
        (
            gateway(Kind::GatewayInternal, "id"),
            (500, "InternalServerException", "id"),
        ),
        (
            gateway(Kind::Overloaded, "stopping"),
            (503, "ServiceUnavailableException", "stopping"),
        ),
    ] {
        let cx = context();
        let got = refused(&cx, &error).await;
        check(&cx, &got, expected);
    }
}

#[tokio::test]
async fn what_stops_an_operation_is_an_exception_that_it_models() {
    let cx = context();
    cx.observation
        .update(|record| record.operation = Some("CountTokens"));
    let late = Error::new(Kind::Timeout, Origin::Gateway, "late");
    let got = refused(&cx, &late).await;
    let (status, name, _) = got.error();
    assert_eq!(
        (status, name.as_str()),
        (503, "ServiceUnavailableException")
    );
}

#[tokio::test]
async fn how_a_call_ended_is_not_said_twice() {
    let cx = context();
    cx.observation
        .update(|record| record.end = Some(End::Failed(Kind::GatewayInternal)));
    refused(&cx, &Error::new(Kind::Timeout, Origin::Gateway, "late")).await;
    assert_eq!(
        cx.observation.record().end,
        Some(End::Failed(Kind::GatewayInternal))
    );
}
