//! The hand-written table of what each capture asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use conformance_tests::captures;
use serde::Deserialize;

/// One row of `expected.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    #[serde(default)]
    pub(crate) service: Service,
    pub(crate) operation: Option<String>,
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) refused: Option<Refusal>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Service {
    #[default]
    Runtime,
    Control,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(crate) enum Refusal {
    #[serde(rename = "bad label")]
    BadLabel,
    #[serde(rename = "unknown path")]
    UnknownPath,
}

/// The rows by the name of their capture, `boto3-paths/012`.
pub(crate) fn rows() -> BTreeMap<String, Row> {
    let text = fs::read_to_string(captures::folder().join("expected.toml")).unwrap();
    let clients: BTreeMap<String, BTreeMap<String, Row>> = toml::from_str(&text).unwrap();
    let rows = clients.into_iter().flat_map(|(client, rows)| {
        rows.into_iter()
            .map(move |(number, row)| (format!("{client}/{number}"), row))
    });
    rows.collect()
}

#[test]
fn every_capture_has_its_row_and_every_row_its_capture() {
    let rows: BTreeSet<String> = rows().into_keys().collect();
    let captures: BTreeSet<String> = captures::load()
        .unwrap()
        .into_iter()
        .map(|capture| capture.name)
        .collect();
    assert_eq!(rows, captures);
    assert_eq!(captures.len(), 190);
}

#[test]
fn a_row_names_an_operation_or_a_refusal() {
    for (name, row) in rows() {
        assert!(
            row.operation.is_some() != row.refused.is_some(),
            "{name}: {row:?}"
        );
    }
}
