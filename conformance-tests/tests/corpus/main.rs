//! Recorded traffic of real Bedrock through the generated codecs: requests to the same JSON, answers to the same bytes.
//!
//! The recordings belong to other projects and are optional: without them these tests say that they are skipped.
#![cfg(test)]

mod answers;
mod requests;
mod streams;
mod typed;

use std::collections::BTreeMap;

use conformance_tests::codecs::{Codec, RUNTIME};
use conformance_tests::corpus::{self, Exchange};
use conformance_tests::shared::folder_or_skip;
use rest_json::Response;

/// The recorded exchanges of Bedrock Runtime, or `None` where the recordings are absent.
fn exchanges(test: &str) -> Option<Vec<Exchange>> {
    let shared = folder_or_skip(test).unwrap()?;
    Some(corpus::load(&shared, "bedrock-runtime").unwrap())
}

fn codec(exchange: &Exchange) -> &'static Codec {
    Codec::find(RUNTIME, &exchange.operation)
        .unwrap_or_else(|| panic!("{}: no such operation", exchange.name))
}

fn response(exchange: &Exchange) -> Response {
    let recorded = &exchange.response;
    Response {
        status: recorded.status,
        headers: recorded.headers.clone(),
        body: recorded.body.clone(),
    }
}

/// Whether the recorded answer is an event stream rather than one body.
fn is_event_stream(exchange: &Exchange) -> bool {
    codec(exchange).output_event.is_some() && exchange.response.status.is_success()
}

/// How many of each operation, for a test to print and to compare.
#[derive(Debug, Default, Eq, PartialEq)]
struct Counts(BTreeMap<String, usize>);

impl Counts {
    fn add(&mut self, exchange: &Exchange) {
        *self.0.entry(exchange.operation.clone()).or_default() += 1;
    }

    fn total(&self) -> usize {
        self.0.values().sum()
    }

    #[track_caller]
    fn check(&self, what: &str, expected: &[(&str, usize)]) {
        println!("{} {what}: {:?}", self.total(), self.0);
        let expected = expected
            .iter()
            .map(|(operation, count)| ((*operation).to_owned(), *count))
            .collect();
        assert_eq!(self.0, expected, "{what}");
    }
}

#[test]
fn the_recordings_are_the_ones_that_were_counted() {
    let Some(exchanges) = exchanges("the_recordings_are_the_ones_that_were_counted") else {
        return;
    };
    let mut all = Counts::default();
    let mut fit = Counts::default();
    for exchange in &exchanges {
        all.add(exchange);
        if exchange.answer_is_fit_for_bytes() {
            fit.add(exchange);
        }
    }
    all.check(
        "exchanges",
        &[
            ("ApplyGuardrail", 3),
            ("Converse", 380),
            ("ConverseStream", 57),
            ("CountTokens", 9),
            ("InvokeModel", 122),
            ("InvokeModelWithResponseStream", 43),
        ],
    );
    assert_eq!((all.total(), fit.total()), (614, 246));
}
