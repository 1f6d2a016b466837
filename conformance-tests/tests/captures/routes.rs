//! Every capture goes to the operation, with the labels, that the table gives.

use std::collections::BTreeMap;

use conformance_tests::captures::{self, Capture};
use generated::{control, runtime};
use http::Method;
use rest_json::{Labels, RouteError, Router};

use crate::table::{Refusal, Service, rows};

/// What clients put between the host and the operation's path.
const PREFIX: &str = "/bedrock";

/// A target relative to the endpoint; without the prefix it is that already.
pub(crate) fn without_prefix(target: &str) -> &str {
    match target.strip_prefix(PREFIX) {
        Some(rest) if rest.starts_with('/') => rest,
        Some(_) | None => target,
    }
}

/// The operation and the labels, or why there is none.
pub(crate) fn route(
    router: &Router,
    capture: &Capture,
) -> Result<(&'static str, Labels), RouteError> {
    let method: Method = capture.method.parse().unwrap();
    let (index, labels) = router.match_route(&method, without_prefix(&capture.target))?;
    Ok((router.routes()[index].operation, labels))
}

#[test]
fn every_capture_goes_where_the_table_says() {
    let rows = rows();
    let (mut routed, mut bad_labels, mut unknown) = (0, 0, 0);
    for capture in captures::load().unwrap() {
        let row = &rows[&capture.name];
        let (here, elsewhere) = match row.service {
            Service::Runtime => (runtime::router::ROUTER, control::router::ROUTER),
            Service::Control => (control::router::ROUTER, runtime::router::ROUTER),
        };
        match (route(&here, &capture), row.refused) {
            (Ok((operation, labels)), None) => {
                assert_eq!(
                    Some(operation),
                    row.operation.as_deref(),
                    "{}",
                    capture.name
                );
                let labels: BTreeMap<String, String> = labels
                    .iter()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                assert_eq!(labels, row.labels, "{}", capture.name);
                assert_eq!(
                    route(&elsewhere, &capture),
                    Err(RouteError::UnknownPath),
                    "{}: the other service has it too",
                    capture.name
                );
                routed += 1;
            }
            (Err(RouteError::BadLabel), Some(Refusal::BadLabel)) => bad_labels += 1,
            (Err(RouteError::UnknownPath), Some(Refusal::UnknownPath)) => {
                assert_eq!(
                    route(&elsewhere, &capture),
                    Err(RouteError::UnknownPath),
                    "{}",
                    capture.name
                );
                unknown += 1;
            }
            (found, expected) => panic!("{}: {found:?}, expected {expected:?}", capture.name),
        }
    }
    println!(
        "{routed} captures routed, {bad_labels} with a bad label, {unknown} of an unknown operation"
    );
    assert_eq!((routed, bad_labels, unknown), (183, 6, 1));
}

#[test]
fn a_path_routes_alike_with_and_without_the_prefix() {
    for mut capture in captures::load().unwrap() {
        for router in [runtime::router::ROUTER, control::router::ROUTER] {
            let with = route(&router, &capture);
            assert!(capture.target.starts_with(PREFIX), "{}", capture.name);
            let without = without_prefix(&capture.target).to_owned();
            let target = std::mem::replace(&mut capture.target, without);
            assert_eq!(route(&router, &capture), with, "{}", capture.name);
            capture.target = target;
        }
    }
}

#[test]
fn a_wrong_method_an_unknown_path_and_a_bad_label_are_told_apart() {
    let router = runtime::router::ROUTER;
    assert_eq!(
        router
            .match_route(&Method::GET, "/model/m/converse")
            .map(|_| ()),
        Err(RouteError::WrongMethod)
    );
    assert_eq!(
        router
            .match_route(&Method::POST, "/model/m/conversation")
            .map(|_| ()),
        Err(RouteError::UnknownPath)
    );
    assert_eq!(
        router
            .match_route(&Method::POST, "/model/%2E%2E/converse")
            .map(|_| ()),
        Err(RouteError::BadLabel)
    );
    assert_eq!(
        router
            .match_route(&Method::POST, "/model//converse")
            .map(|_| ()),
        Err(RouteError::BadLabel)
    );
}
