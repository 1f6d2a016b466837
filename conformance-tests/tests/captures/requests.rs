//! Every routed capture decodes to typed input that holds its labels and query, and encodes to the same request.

use std::collections::BTreeMap;

use conformance_tests::captures::{self, Capture};
use conformance_tests::codecs::{CONTROL, Codec, RUNTIME};
use conformance_tests::model::Model;
use conformance_tests::same_json;
use generated::runtime::operation::{
    ApplyGuardrail, GetAsyncInvoke, ListAsyncInvokes, StartAsyncInvoke,
};
use generated::runtime::types::AsyncInvokeStatus;
use generated::{control, runtime};
use http::{HeaderMap, HeaderName, HeaderValue};
use rest_json::{Operation, Request};

use crate::routes::{route, without_prefix};
use crate::table::{Row, Service, rows};

/// The captures that go to an operation, with their rows.
pub(crate) fn routed() -> impl Iterator<Item = (Capture, Row, Request)> {
    let mut rows = rows();
    captures::load()
        .unwrap()
        .into_iter()
        .filter_map(move |capture| {
            let row = rows
                .remove(&capture.name)
                .filter(|row| row.refused.is_none())?;
            let router = match row.service {
                Service::Runtime => runtime::router::ROUTER,
                Service::Control => control::router::ROUTER,
            };
            let (_, labels) = route(&router, &capture).unwrap();
            let mut request = Request::new(
                capture.method.parse().unwrap(),
                without_prefix(&capture.target).to_owned(),
            );
            request.headers = headers(&capture);
            request.body = capture.body.clone();
            request.labels = labels;
            Some((capture, row, request))
        })
}

/// Every header but the pseudo headers of HTTP/2.
fn headers(capture: &Capture) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in capture
        .headers
        .iter()
        .filter(|(name, _)| !name.starts_with(':'))
    {
        headers.append(
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    headers
}

#[test]
fn every_routed_capture_is_the_same_request_again() {
    let (mut typed, mut opaque) = (0, 0);
    let (runtime, control) = (Model::runtime().unwrap(), Model::control().unwrap());
    for (capture, row, request) in routed() {
        let (table, model) = match row.service {
            Service::Runtime => (RUNTIME, &runtime),
            Service::Control => (CONTROL, &control),
        };
        let name = &capture.name;
        let codec = Codec::find(table, row.operation.as_deref().unwrap()).unwrap();
        let again =
            (codec.request)(&request).unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        assert_eq!(again.method, request.method, "{name}");
        check_target(&row, &again, name);
        let input = model.input(codec.operation);
        for header in model.headers(input) {
            if let Some(value) = request.headers.get(header) {
                assert_eq!(again.headers.get(header), Some(value), "{name}: {header}");
            }
        }
        if codec.input_event.is_some() {
            // The frames of the body have a test of their own.
        } else if model.has_opaque_body(input) || request.body.is_empty() {
            assert_eq!(again.body, request.body, "{name}");
            opaque += 1;
        } else {
            assert_eq!(
                same_json::differences(model, input, &request.body, &again.body),
                Vec::<String>::new(),
                "{name}"
            );
            typed += 1;
        }
    }
    println!("{typed} captures re-encode to the same JSON, {opaque} keep opaque or empty bodies");
    assert_eq!((typed, opaque), (TYPED, OPAQUE));
}

/// Converse, ConverseStream, CountTokens, ApplyGuardrail and StartAsyncInvoke.
const TYPED: usize = 93 + 12 + 9 + 4 + 4;
/// InvokeModel, InvokeModelWithResponseStream, GetAsyncInvoke, ListAsyncInvokes and ListFoundationModels.
const OPAQUE: usize = 31 + 13 + 4 + 4 + 2;

/// The encoded target, read by an own few lines, holds what the table gives.
fn check_target(row: &Row, again: &Request, name: &str) {
    let (path, query) = again.target.split_once('?').unwrap_or((&again.target, ""));
    for label in row.labels.values() {
        assert!(
            path.split('/').any(|segment| decoded(segment) == *label),
            "{name}: no `{label}` in {path}"
        );
    }
    let query: BTreeMap<String, String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decoded(key), decoded(value)))
        .collect();
    assert_eq!(query, row.query, "{name}");
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next().unwrap().as_bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn labels_and_query_become_typed_members() {
    for (capture, row, request) in routed() {
        let name = &capture.name;
        match row.operation.as_deref() {
            Some("ApplyGuardrail") => {
                let input = ApplyGuardrail::decode_request(&request).unwrap();
                assert_eq!(
                    input.guardrail_identifier.as_ref(),
                    row.labels.get("guardrailIdentifier"),
                    "{name}"
                );
                assert_eq!(
                    input.guardrail_version.as_ref(),
                    row.labels.get("guardrailVersion"),
                    "{name}"
                );
            }
            Some("GetAsyncInvoke") => {
                let input = GetAsyncInvoke::decode_request(&request).unwrap();
                assert_eq!(
                    input.invocation_arn.as_ref(),
                    row.labels.get("invocationArn"),
                    "{name}"
                );
            }
            Some("ListAsyncInvokes") => {
                let input = ListAsyncInvokes::decode_request(&request).unwrap();
                assert_eq!(input.max_results, Some(5), "{name}");
                let status = row
                    .query
                    .contains_key("statusEquals")
                    .then_some(AsyncInvokeStatus::Completed);
                assert_eq!(input.status_equals, status, "{name}");
                let after = input.submit_time_after.map(|time| time.to_string());
                assert_eq!(after.as_ref(), row.query.get("submitTimeAfter"), "{name}");
            }
            Some("StartAsyncInvoke") => {
                // Every SDK fills the idempotency token.
                let input = StartAsyncInvoke::decode_request(&request).unwrap();
                assert!(
                    input
                        .client_request_token
                        .is_some_and(|token| !token.is_empty()),
                    "{name}"
                );
            }
            Some("ListFoundationModels") => assert!(row.query.is_empty(), "{name}"),
            Some(_) => assert_eq!(
                request.labels.get("modelId"),
                row.labels.get("modelId").map(String::as_str),
                "{name}"
            ),
            None => panic!("{name}: not routed"),
        }
    }
}
