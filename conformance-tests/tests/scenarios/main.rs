//! The scenario files are whole: unique, tied to what they need, with attempts for every SDK.
#![cfg(test)]

use std::collections::BTreeSet;

use conformance_tests::kits::{self, SDKS};
use conformance_tests::live::scenario::{self, Needs, Scenario};
use conformance_tests::live::wire;

fn all() -> Vec<Scenario> {
    scenario::all().expect("the scenarios are well formed")
}

#[test]
fn every_id_is_unique() {
    let mut seen = BTreeSet::new();
    for scenario in all() {
        assert!(
            seen.insert(scenario.id.clone()),
            "{} occurs twice",
            scenario.id
        );
    }
}

#[test]
fn a_scenario_has_an_upstream_exactly_if_it_needs_one() {
    for scenario in all() {
        let is_right = match scenario.needs {
            Needs::Any | Needs::Sandbox => scenario.upstream.is_none(),
            Needs::Upstream => scenario.upstream.is_some(),
            // What the gateway refuses by itself reaches nobody.
            Needs::Translation => scenario.upstream.is_some() || scenario.expect.error.is_some(),
        };
        assert!(is_right, "{}", scenario.id);
    }
}

#[test]
fn every_hand_written_answer_can_be_written() {
    for scenario in all() {
        for answer in scenario
            .upstream
            .iter()
            .flat_map(|exchange| &exchange.answers)
        {
            wire::answer(answer).unwrap_or_else(|fault| panic!("{}: {fault}", scenario.id));
        }
    }
}

#[test]
fn every_relayed_call_carries_its_token() {
    for scenario in all()
        .into_iter()
        .filter(|scenario| matches!(scenario.needs, Needs::Upstream | Needs::Translation))
    {
        assert!(
            scenario.input.to_string().contains("${run}"),
            "{}",
            scenario.id
        );
    }
}

#[test]
fn attempts_are_told_for_every_sdk() {
    let attempts = scenario::attempts().expect("the table is well formed");
    for scenario in all() {
        let Some(row) = &scenario.attempts else {
            continue;
        };
        let row = attempts
            .get(row)
            .unwrap_or_else(|| panic!("{} names the row {row}", scenario.id));
        for sdk in SDKS {
            assert!(row.contains_key(sdk.name), "{} is missing", sdk.name);
        }
    }
}

#[test]
fn exceptions_name_an_sdk() {
    for scenario in all() {
        for name in scenario.except.keys() {
            assert!(kits::sdk(name).is_some(), "{} names {name}", scenario.id);
        }
    }
}

#[test]
fn every_operation_that_an_sdk_has_is_called() {
    let called: BTreeSet<String> = all()
        .into_iter()
        .map(|scenario| scenario.operation)
        .collect();
    for operation in [
        "ApplyGuardrail",
        "Converse",
        "ConverseStream",
        "CountTokens",
        "GetAsyncInvoke",
        "GetFoundationModel",
        "GetInferenceProfile",
        "InvokeGuardrailChecks",
        "InvokeModel",
        "InvokeModelWithResponseStream",
        "ListAsyncInvokes",
        "ListFoundationModels",
        "ListInferenceProfiles",
        "StartAsyncInvoke",
    ] {
        assert!(called.contains(operation), "{operation} is not called");
    }
}
