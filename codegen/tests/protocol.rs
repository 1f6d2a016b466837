//! AWS's restJson1 compliance suite through the generator, as client and as server.
//!
//! The suite's model is generated into the scratch workspace, together with a program that runs every case and prints
//! what came of it; what should have come of it is compared here.
#![cfg(test)]

#[path = "protocol/excluded.rs"]
mod excluded;
#[path = "protocol/judge.rs"]
mod judge;
#[path = "protocol/literal.rs"]
mod literal;
#[path = "support/models.rs"]
mod models;
#[path = "protocol/program.rs"]
mod program;
#[path = "support/scratch.rs"]
mod scratch;
mod shared;
#[path = "protocol/show.rs"]
mod show;
#[path = "protocol/suite.rs"]
mod suite;

use std::collections::BTreeSet;

use codegen::generate;

use judge::{Lines, Verdicts};
use scratch::Scratch;
use suite::{Kind, Suite};

/// How many cases pass, and how many there are.
const COUNTS: [(Kind, usize, usize); 4] = [
    (Kind::Request, 141, 151),
    (Kind::Response, 111, 116),
    (Kind::Malformed, 93, 107),
    (Kind::Event, 98, 100),
];

/// The malformed requests with every set of their parameters.
const N_MALFORMED_REQUESTS: usize = 530;

#[test]
fn every_case_passes_but_those_on_the_list() {
    let Some(folder) = shared::folder("every_case_passes_but_those_on_the_list") else {
        return;
    };
    let model = models::read(&folder.join("protocol-tests/restjson1.json"));
    let suite = Suite::of(&model);
    let groups = excluded::groups();
    let faults: Vec<String> = groups
        .iter()
        .flat_map(|group| group.faults(&model, &suite))
        .collect();
    assert!(faults.is_empty(), "reasons that do not hold: {faults:#?}");
    let n_requests: usize = suite
        .malformed
        .iter()
        .map(|at| at.case.requests().len())
        .sum();

    let verdicts = run(model, &suite);
    for (kind, _, _) in COUNTS {
        let (n_passed, n_cases) = count(&verdicts, kind);
        println!("{}: {n_passed} of {n_cases} cases pass", kind.name());
    }
    println!("malformed, with parameters: {n_requests} requests");
    for group in &groups {
        println!("{} excluded, {}", group.cases().count(), group.reason());
    }

    let listed: BTreeSet<(Kind, String)> = groups
        .iter()
        .flat_map(|group| group.cases().map(|(kind, id)| (kind, id.clone())))
        .collect();
    let failed: Vec<_> = verdicts
        .iter()
        .filter(|(case, wrong)| !wrong.is_empty() && !listed.contains(*case))
        .collect();
    assert!(failed.is_empty(), "cases that must pass: {failed:#?}");
    let passed: Vec<_> = listed
        .iter()
        .filter(|case| verdicts[*case].is_empty())
        .collect();
    assert!(
        passed.is_empty(),
        "cases on the list that pass: {passed:#?}"
    );
    for (kind, n_passed, n_cases) in COUNTS {
        assert_eq!(count(&verdicts, kind), (n_passed, n_cases), "{kind:?}");
    }
    assert_eq!(n_requests, N_MALFORMED_REQUESTS);
}

/// Generates, builds and runs.
fn run(model: codegen::model::Model, suite: &Suite) -> Verdicts {
    let settings = models::whole(model, "restjson1.json");
    let services = generate::services(&settings).expect("the model is described");
    let sources = generate::generate(&settings).expect("the model is generated");
    let program = program::files(&services[0], suite);
    let scratch = Scratch::take();
    scratch.put("protocol", &sources, &program);
    let output = scratch.run("run", &["protocol".to_owned()], &["--example", "suite"]);
    judge::verdicts(suite, Lines::of(&output))
}

fn count(verdicts: &Verdicts, of: Kind) -> (usize, usize) {
    let of_kind: Vec<_> = verdicts
        .iter()
        .filter(|((kind, _), _)| *kind == of)
        .collect();
    let n_passed = of_kind.iter().filter(|(_, wrong)| wrong.is_empty()).count();
    (n_passed, of_kind.len())
}
