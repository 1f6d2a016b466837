//! Unmodified AWS SDKs against the gateway under test, one test an SDK; only loopback is touched.
#![cfg(test)]

use std::path::Path;

use conformance_tests::env;
use conformance_tests::kits;
use conformance_tests::live::gateway::Gateway;
use conformance_tests::live::matrix::{Matrix, Verdict};
use conformance_tests::live::replay::{self, Recordings};
use conformance_tests::live::suite::{Suite, Target};
use conformance_tests::live::upstream::Upstream;

/// Built by cargo before this test.
const GATEWAY: Option<&str> = option_env!("CARGO_BIN_EXE_gateway-under-test");

fn drive(name: &str) {
    let Some(binary) = GATEWAY else {
        return skipped("there is no gateway to test");
    };
    let sdk = kits::sdk(name).expect("the SDK is registered");
    let upstream = Upstream::start(Recordings::default()).expect("a free port");
    let gateway =
        Gateway::start(Path::new(binary), &upstream.endpoint()).expect("the gateway starts");
    let target = Target {
        endpoint: gateway.endpoint(),
        model: "sandbox/echo".to_owned(),
        sandbox: true,
        upstream: Some(&upstream),
        relayed: true,
        own_credentials: false,
    };
    let matrix = Suite::load(&[])
        .expect("the scenarios are well formed")
        .run(sdk, &env::sdks_root(), &target);
    judge(&matrix);
}

fn judge(matrix: &Matrix) {
    println!("{matrix}");
    assert_eq!(matrix.failures().count(), 0, "{matrix}");
    if let Some(Verdict::Skipped(reason)) = matrix.skips().next().map(|cell| &cell.verdict) {
        skipped(reason);
    }
}

fn skipped(reason: &str) {
    assert!(!env::strict(), "{reason}");
    println!("skipped: {reason}");
}

#[test]
fn boto3_gets_what_the_scenarios_say() {
    drive("boto3");
}

#[test]
fn boto3_1_40_gets_what_the_scenarios_say() {
    drive("boto3-1.40");
}

#[test]
fn the_aws_cli_gets_what_the_scenarios_say() {
    drive("awscli");
}

#[test]
fn the_javascript_sdk_gets_what_the_scenarios_say() {
    drive("js");
}

#[test]
fn the_go_sdk_gets_what_the_scenarios_say() {
    drive("go");
}

#[test]
fn the_sync_java_sdk_gets_what_the_scenarios_say() {
    drive("java-sync");
}

#[test]
fn the_async_java_sdk_gets_what_the_scenarios_say() {
    drive("java-async");
}

#[test]
fn the_rust_sdk_gets_what_the_scenarios_say() {
    drive("rust");
}

#[test]
fn boto3_sees_the_bytes_that_aws_sent() {
    let Some(binary) = GATEWAY else {
        return skipped("there is no gateway to test");
    };
    let recordings =
        Recordings::load(&env::shared_fixtures()).expect("the recordings are well formed");
    let exchanges = recordings.exchanges.clone();
    if exchanges.is_empty() {
        return skipped("there are no recordings");
    }
    let upstream = Upstream::start(recordings).expect("a free port");
    let gateway =
        Gateway::start(Path::new(binary), &upstream.endpoint()).expect("the gateway starts");
    let boto3 = kits::sdk("boto3").expect("the SDK is registered");
    judge(&replay::run(
        boto3,
        &env::sdks_root(),
        &gateway.endpoint(),
        &exchanges,
        true,
    ));
}
