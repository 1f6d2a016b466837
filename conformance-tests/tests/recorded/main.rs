//! Recorded boto3: the bytes that it sent, sent again, are answered as reviewed, and that is what each scenario says boto3 returns or raises.
//!
//! `recorded/record.py` made the recordings and had boto3 itself judge the answers; here neither is needed.
#![cfg(test)]

mod expected;
mod raw;
mod scenario;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use conformance_tests::loopback::client::Connection;
use conformance_tests::loopback::gateway::{Gateway, Setup};
use rest_json::Response;

use crate::scenario::{Scenario, folder, scenarios};

const BINARY: &str = env!("CARGO_BIN_EXE_gateway-under-test");

fn fixture(scenario: &Scenario, half: &str) -> Vec<u8> {
    let path = folder().join(format!("fixtures/{}.{half}.raw", scenario.name));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

async fn start(config: Option<&str>) -> Gateway {
    let setup = match config {
        Some(name) => Setup::of(fs::read_to_string(folder().join(name)).unwrap()),
        None => Setup::alone(),
    };
    Gateway::start(BINARY, &setup).await.unwrap()
}

async fn replay(gateway: &Gateway, request: &[u8]) -> Response {
    let mut connection = Connection::open(gateway.address()).await.unwrap();
    connection.write(request).await.unwrap();
    let mut answer = connection.answer().await.unwrap();
    Response {
        status: answer.status,
        headers: answer.headers.clone(),
        body: answer.body().await.unwrap(),
    }
}

#[tokio::test]
async fn what_boto3_sent_is_answered_as_recorded_and_as_the_scenario_says() {
    let mut gateways = BTreeMap::new();
    let mut counts = BTreeMap::<&str, usize>::new();
    let scenarios = scenarios();
    for scenario in &scenarios {
        if !gateways.contains_key(&scenario.config) {
            let gateway = start(scenario.config.as_deref()).await;
            gateways.insert(scenario.config.clone(), gateway);
        }
        let gateway = &gateways[&scenario.config];
        let answer = replay(gateway, &fixture(scenario, "request")).await;
        let recorded = raw::response(&fixture(scenario, "response"));
        raw::check_same(&answer, &recorded, &scenario.name);
        expected::check(scenario, &answer);
        *counts.entry(&scenario.operation).or_default() += 1;
    }
    println!("{} scenarios of boto3: {counts:?}", scenarios.len());
    assert!(scenarios.len() >= 122);
}

#[test]
fn every_scenario_has_its_recording_and_every_recording_its_scenario() {
    let scenarios = scenarios();
    let expected: BTreeSet<String> = scenarios
        .iter()
        .flat_map(|scenario| {
            ["request", "response"].map(|half| format!("{}.{half}.raw", scenario.name))
        })
        .collect();
    assert_eq!(
        expected.len(),
        2 * scenarios.len(),
        "two have the same name"
    );
    let found: BTreeSet<String> = fs::read_dir(folder().join("fixtures"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, expected);
}

/// The names that the sandbox fails by, from its documentation.
#[test]
fn every_exception_of_a_conversation_is_among_the_scenarios() {
    let raised: BTreeSet<(String, String)> = scenarios()
        .into_iter()
        .filter_map(|scenario| Some((scenario.operation, scenario.raises?.code)))
        .collect();
    for operation in ["Converse", "ConverseStream", "CountTokens"] {
        let modelled = generated::runtime::router::errors_of(operation);
        assert!(!modelled.is_empty());
        for code in modelled {
            // Only a stream that has begun can raise this one.
            let code = match *code {
                "ModelStreamErrorException" => "modelStreamErrorException",
                code => code,
            };
            let pair = (operation.to_owned(), code.to_owned());
            assert!(raised.contains(&pair), "{operation}: {code}");
        }
    }
}
