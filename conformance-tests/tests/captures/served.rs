//! Every captured request, sent to a running gateway: the upstream gets that operation with those labels, that query and that body, or nobody does.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use conformance_tests::captures::{self, Capture, Version};
use conformance_tests::loopback::client::{Connection, Protocol, send};
use conformance_tests::loopback::fault::Fault;
use conformance_tests::loopback::gateway::{Credentials, Gateway, Setup};
use conformance_tests::loopback::h2::{self, Frame, Kind, RawConnection};
use conformance_tests::loopback::stub::{Arrived, Stub};
use http::{HeaderName, HeaderValue, Request};
use rest_json::binding::decode_percent;

use crate::table::{Refusal, Row, Service, rows};

const BINARY: &str = env!("CARGO_BIN_EXE_gateway-under-test");

/// Method and path of each operation in the captures, from AWS's API reference.
const OPERATIONS: [(&str, &str, &str); 10] = [
    ("Converse", "POST", "/model/{modelId}/converse"),
    ("ConverseStream", "POST", "/model/{modelId}/converse-stream"),
    ("InvokeModel", "POST", "/model/{modelId}/invoke"),
    (
        "InvokeModelWithResponseStream",
        "POST",
        "/model/{modelId}/invoke-with-response-stream",
    ),
    ("CountTokens", "POST", "/model/{modelId}/count-tokens"),
    (
        "ApplyGuardrail",
        "POST",
        "/guardrail/{guardrailIdentifier}/version/{guardrailVersion}/apply",
    ),
    ("StartAsyncInvoke", "POST", "/async-invoke"),
    ("GetAsyncInvoke", "GET", "/async-invoke/{invocationArn}"),
    ("ListAsyncInvokes", "GET", "/async-invoke"),
    ("ListFoundationModels", "GET", "/foundation-models"),
];

/// The one operation that is not served: its answer begins before its request has ended.
const BIDIRECTIONAL: &str = "InvokeModelWithBidirectionalStream";

/// What is to become of a capture.
#[derive(Clone, Copy, Debug)]
enum Fate<'r> {
    Relayed(&'r Row),
    Refused {
        status: u16,
        code: &'static str,
        message: &'static str,
    },
}

fn fate(row: &Row) -> Fate<'_> {
    match row.refused {
        Some(Refusal::BadLabel) => Fate::Refused {
            status: 400,
            code: "ValidationException",
            message: "The provided model identifier is invalid.",
        },
        Some(Refusal::UnknownPath) => Fate::Refused {
            status: 404,
            code: "UnknownOperationException",
            message: "The requested operation is not recognized by the service.",
        },
        None if row.operation.as_deref() == Some(BIDIRECTIONAL) => Fate::Refused {
            status: 400,
            code: "ValidationException",
            message: "This action doesn't support the model that you provided.",
        },
        None => Fate::Relayed(row),
    }
}

/// Holds what arrived against the hand-written row.
fn check_arrived(arrived: &Arrived, capture: &Capture, row: &Row) {
    let name = &capture.name;
    let operation = row.operation.as_deref().unwrap();
    let (_, method, path) = OPERATIONS
        .iter()
        .find(|(known, ..)| *known == operation)
        .unwrap_or_else(|| panic!("{name}: {operation} is not in the table of paths"));
    assert_eq!(arrived.method, *method, "{name}");
    let of_control_plane = *path == "/foundation-models";
    assert_eq!(row.service == Service::Control, of_control_plane, "{name}");
    let (target, query) = arrived
        .target
        .split_once('?')
        .unwrap_or((&arrived.target, ""));
    let segments: Vec<_> = target
        .split('/')
        .map(|segment| decode_percent(segment).unwrap().into_owned())
        .collect();
    let expected: Vec<_> = path
        .split('/')
        .map(|part| {
            match part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'))
            {
                Some(label) => row.labels[label].clone(),
                None => part.to_owned(),
            }
        })
        .collect();
    assert_eq!(segments, expected, "{name}");
    let query: BTreeMap<String, String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = |text| decode_percent(text).unwrap().into_owned();
            (plain(name), plain(value))
        })
        .collect();
    assert_eq!(query, row.query, "{name}");
    assert_eq!(arrived.body, capture.body, "{name}");
}

/// What the client saw: the status, and over HTTP/1.1 and by a library also head and body.
struct Seen {
    status: u16,
    error_type: Option<String>,
    body: Option<Bytes>,
}

fn check_refusal(seen: &Seen, name: &str, status: u16, code: &str, message: &str) {
    assert_eq!(seen.status, status, "{name}");
    if let Some(error_type) = &seen.error_type {
        assert_eq!(error_type.split(':').next(), Some(code), "{name}");
    }
    if let Some(body) = &seen.body {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        assert_eq!(body, serde_json::json!({ "message": message }), "{name}");
    }
}

#[derive(Debug, Default, Eq, PartialEq)]
struct Counts {
    relayed: usize,
    refused: usize,
}

/// Sends each of `captures` by `send` and holds what comes of it against the table.
async fn check<F>(captures: &[Capture], how: impl Fn(std::net::SocketAddr, Capture) -> F) -> Counts
where
    F: Future<Output = Result<Seen, Fault>>,
{
    let rows = rows();
    let mut stub = Stub::start().await.unwrap();
    let setup = Setup::relay(stub.address(), Credentials::Keys);
    let gateway = Gateway::start(BINARY, &setup).await.unwrap();
    let mut counts = Counts::default();
    for capture in captures {
        let name = &capture.name;
        let seen = how(gateway.address(), capture.clone());
        match fate(&rows[name]) {
            Fate::Relayed(row) => {
                let upstream = async {
                    let arrived = stub
                        .arrived()
                        .await
                        .unwrap_or_else(|fault| panic!("{name}: {fault}"));
                    check_arrived(&arrived, capture, row);
                    answer(arrived);
                };
                let (seen, ()) = tokio::join!(seen, upstream);
                let seen = seen.unwrap_or_else(|fault| panic!("{name}: {fault}"));
                assert_eq!(seen.status, 200, "{name}");
                counts.relayed += 1;
            }
            Fate::Refused {
                status,
                code,
                message,
            } => {
                let seen = seen.await.unwrap_or_else(|fault| panic!("{name}: {fault}"));
                check_refusal(&seen, name, status, code, message);
                assert!(stub.arrived_already().is_none(), "{name} reached upstream");
                counts.refused += 1;
            }
        }
    }
    counts
}

/// An empty answer of the kind that the operation has.
fn answer(arrived: Arrived) {
    const EVENT_STREAM: (&str, &str) = ("content-type", "application/vnd.amazon.eventstream");
    const JSON: (&str, &str) = ("content-type", "application/json");
    if arrived.target.ends_with("-stream") {
        let frame = rest_json::Frame::event("unknown", "application/json", "{}");
        let frame = frame.encode().unwrap();
        arrived.answer(200, &[EVENT_STREAM], frame).unwrap();
    } else {
        arrived.answer(200, &[JSON], "{}").unwrap();
    }
}

fn captured(version: Version) -> Vec<Capture> {
    let mut captures = captures::load().unwrap();
    captures.retain(|capture| capture.version == version);
    captures
}

#[tokio::test]
async fn the_raw_bytes_of_each_http1_request_reach_the_operation_that_its_client_meant() {
    let counts = check(&captured(Version::Http11), |address, capture| async move {
        let mut connection = Connection::open(address).await?;
        connection.write(&capture.raw).await?;
        let mut answer = connection.answer().await?;
        Ok(Seen {
            status: answer.status.as_u16(),
            error_type: Some(answer.header("x-amzn-errortype").to_owned()),
            body: Some(answer.body().await?),
        })
    })
    .await;
    println!("raw over HTTP/1.1: {counts:?}");
    assert_eq!(
        counts,
        Counts {
            relayed: 143,
            refused: 8
        }
    );
}

#[tokio::test]
async fn the_raw_bytes_of_each_http2_connection_reach_the_operation_that_its_client_meant() {
    let counts = check(&captured(Version::Http2), |address, capture| async move {
        let mut connection = RawConnection::open(address).await?;
        connection.write(h2::PREFACE).await?;
        let mut stream = 0;
        let mut greeted = false;
        for frame in h2::frames_of(&capture.raw)? {
            if frame.kind == Kind::Settings && frame.is_ack() && !greeted {
                // What the client acknowledged must have come before.
                connection.next_of(Kind::Settings).await?;
                greeted = true;
            }
            if frame.kind == Kind::Headers {
                stream = frame.stream;
            }
            connection.write(&frame.to_bytes()).await?;
        }
        let frames = connection.stream(stream).await?;
        let status = frames.iter().find_map(Frame::status);
        Ok(Seen {
            status: status.ok_or_else(|| Fault::new(format!("no head: {frames:?}")))?,
            error_type: None,
            body: None,
        })
    })
    .await;
    println!("raw over HTTP/2: {counts:?}");
    assert_eq!(
        counts,
        Counts {
            relayed: 33,
            refused: 6
        }
    );
}

/// The captured request as a client library sends it: without what belongs to the captured connection.
fn request(capture: &Capture) -> Request<Bytes> {
    const OF_THE_CONNECTION: [&str; 6] = [
        "connection",
        "expect",
        "host",
        "keep-alive",
        "te",
        "transfer-encoding",
    ];
    let mut request = Request::new(capture.body.clone());
    *request.method_mut() = capture.method.parse().unwrap();
    *request.uri_mut() = capture.target.parse().unwrap();
    for (name, value) in &capture.headers {
        let lower = name.to_ascii_lowercase();
        if name.starts_with(':') || OF_THE_CONNECTION.contains(&lower.as_str()) {
            continue;
        }
        request.headers_mut().append(
            lower.parse::<HeaderName>().unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    request
}

async fn check_over(protocol: Protocol) {
    let captures = captures::load().unwrap();
    let counts = check(&captures, |address, capture| async move {
        let mut answer = send(protocol, address, request(&capture)).await?;
        Ok(Seen {
            status: answer.status.as_u16(),
            error_type: Some(answer.header("x-amzn-errortype").to_owned()),
            body: Some(answer.body().await?),
        })
    })
    .await;
    println!("by a library over {protocol:?}: {counts:?}");
    // Six ids with a dot segment, one foreign operation, seven bidirectional calls.
    assert_eq!(
        counts,
        Counts {
            relayed: 176,
            refused: 14
        }
    );
}

#[tokio::test]
async fn each_request_means_the_same_over_http1() {
    check_over(Protocol::Http1).await;
}

#[tokio::test]
async fn each_request_means_the_same_over_http2() {
    check_over(Protocol::H2c).await;
}

#[test]
fn the_table_of_paths_has_every_operation_of_the_captures() {
    let used: BTreeSet<String> = rows()
        .into_values()
        .filter_map(|row| row.operation)
        .filter(|operation| operation != BIDIRECTIONAL)
        .collect();
    let known: BTreeSet<String> = OPERATIONS
        .iter()
        .map(|(operation, ..)| (*operation).to_owned())
        .collect();
    assert_eq!(used, known);
}
