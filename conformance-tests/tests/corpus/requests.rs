//! What clients sent, decoded to typed input and encoded again, says the same.

use conformance_tests::codecs::Failure;
use conformance_tests::corpus::Exchange;
use conformance_tests::model::Model;
use conformance_tests::same_json;
use generated::runtime;
use http::Method;
use rest_json::{Labels, Reason, Rejection, Request, RouteError};
use serde::de::IgnoredAny;

use crate::{Counts, codec, exchanges};

/// The one recorded body that is not JSON; its `200` was edited in by hand.
const BROKEN: &str = "Converse/pydantic-pydantic-ai__15dec26e7005";

#[test]
fn every_request_but_the_broken_one_says_the_same_again() {
    let Some(exchanges) = exchanges("every_request_but_the_broken_one_says_the_same_again") else {
        return;
    };
    let model = Model::runtime().unwrap();
    let (mut typed, mut opaque, mut faults) = (Counts::default(), Counts::default(), Vec::new());
    for exchange in exchanges.iter().filter(|exchange| exchange.name != BROKEN) {
        let request = routed(exchange);
        let again = match (codec(exchange).request)(&request) {
            Ok(again) => again,
            Err(failure) => {
                faults.push(format!("{}: {failure:?}", exchange.name));
                continue;
            }
        };
        let input = model.input(&exchange.operation);
        let differences = if model.has_opaque_body(input) {
            serde_json::from_slice::<IgnoredAny>(&request.body).unwrap();
            opaque.add(exchange);
            if again.body == request.body {
                Vec::new()
            } else {
                vec!["the opaque body was changed".to_owned()]
            }
        } else {
            typed.add(exchange);
            same_json::differences(&model, input, &request.body, &again.body)
        };
        let head = head_differences(&model.headers(input), &request, &again);
        faults.extend(
            differences
                .into_iter()
                .chain(head)
                .map(|difference| format!("{}: {difference}", exchange.name)),
        );
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    typed.check(
        "typed requests re-encode to the same JSON",
        &[
            ("ApplyGuardrail", 3),
            ("Converse", 379),
            ("ConverseStream", 57),
            ("CountTokens", 9),
        ],
    );
    opaque.check(
        "opaque requests keep their bytes",
        &[("InvokeModel", 122), ("InvokeModelWithResponseStream", 43)],
    );
}

#[test]
fn the_broken_request_is_refused_as_json_that_is_none() {
    let Some(exchanges) = exchanges("the_broken_request_is_refused_as_json_that_is_none") else {
        return;
    };
    let broken = exchanges
        .iter()
        .find(|exchange| exchange.name == BROKEN)
        .unwrap();
    // A body that is not JSON is the rejection that the edge answers with 400 SerializationException.
    match (codec(broken).request)(&routed(broken)) {
        Err(Failure::Decode(Rejection::Body(error))) => {
            assert!(matches!(error.reason(), Reason::Syntax(_)), "{error}")
        }
        other => panic!("{other:?}"),
    }
}

/// AWS took these, so a server that refused them would be stricter than the service.
#[test]
fn no_request_that_was_answered_breaks_a_constraint() {
    let Some(exchanges) = exchanges("no_request_that_was_answered_breaks_a_constraint") else {
        return;
    };
    let mut checked = 0;
    let mut faults = Vec::new();
    for exchange in exchanges
        .iter()
        .filter(|exchange| exchange.response.status.is_success() && exchange.suspect.is_none())
    {
        let violations = (codec(exchange).check)(&routed(exchange))
            .unwrap_or_else(|failure| panic!("{}: {failure:?}", exchange.name));
        checked += 1;
        if !violations.is_empty() {
            faults.push(format!("{}: {violations}", exchange.name));
        }
    }
    println!("{checked} answered requests break no constraint");
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// The operation that the router finds, and the labels.
fn route(method: &Method, target: &str) -> Result<(&'static str, Labels), RouteError> {
    let router = runtime::router::ROUTER;
    let (index, labels) = router.match_route(method, target)?;
    Ok((router.routes()[index].operation, labels))
}

/// The recorded request as the router hands it to its operation.
fn routed(exchange: &Exchange) -> Request {
    let recorded = &exchange.request;
    let (operation, labels) = route(&recorded.method, &recorded.target)
        .unwrap_or_else(|error| panic!("{}: {error}", exchange.name));
    assert_eq!(operation, exchange.operation, "{}", exchange.name);
    let mut request = Request::new(recorded.method.clone(), recorded.target.clone());
    request.headers = recorded.headers.clone();
    request.body = recorded.body.clone();
    request.labels = labels;
    request
}

/// What of the request line and of the recorded header members was changed.
fn head_differences(headers: &[&str], request: &Request, again: &Request) -> Vec<String> {
    let mut differences = Vec::new();
    if route(&again.method, &again.target) != route(&request.method, &request.target) {
        differences.push(format!("{} became {}", request.target, again.target));
    }
    for name in headers {
        if request.headers.contains_key(*name)
            && request.headers.get(*name) != again.headers.get(*name)
        {
            differences.push(format!("header {name} was changed"));
        }
    }
    differences
}
