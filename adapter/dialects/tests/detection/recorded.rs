//! Every body that was recorded or captured, counted by the format that it is found to be of.

use std::collections::BTreeMap;

use dialects::invoke::Format::{self, Anthropic, OpenAiChat};

use crate::shared::{captured, recorded};

/// How model ids begin, behind a region, and what the bodies for them are.
type Table = [(&'static str, Option<Format>, usize)];

#[track_caller]
fn check(bodies: &[(String, Vec<u8>)], table: &Table) {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for (model_id, body) in bodies {
        let region = ["us.", "eu."]
            .iter()
            .find_map(|region| model_id.strip_prefix(region));
        let id = region.unwrap_or(model_id);
        let row = table.iter().find(|(prefix, _, _)| id.starts_with(prefix));
        let (prefix, _, _) = row.unwrap_or_else(|| panic!("no row for {model_id}"));
        let format = Format::detect(body, model_id);
        *found.entry(format!("{prefix} {format:?}")).or_default() += 1;
    }
    let expected = table.iter();
    let expected = expected.map(|(prefix, format, n)| (format!("{prefix} {format:?}"), *n));
    assert_eq!(found, expected.collect());
}

#[test]
fn every_recorded_body_is_of_its_format() {
    let Some(bodies) = recorded("every_recorded_body_is_of_its_format") else {
        return;
    };
    check(
        &bodies,
        &[
            ("anthropic.claude", Some(Anthropic), 77),
            // Their callers spoke Anthropic's format to a model that is not there.
            ("invalid-", Some(Anthropic), 2),
            ("openai.gpt-oss", Some(OpenAiChat), 14),
            // Its callers spoke OpenAI's format to it.
            ("mistral.", Some(OpenAiChat), 3),
            // What AI21's later models take is OpenAI's format.
            ("ai21.jamba", Some(OpenAiChat), 1),
            ("ai21.j2", None, 1),
            ("amazon.nova", None, 16),
            ("amazon.titan", None, 15),
            ("cohere.", None, 16),
            ("meta.llama", None, 19),
            ("arn:", None, 1),
        ],
    );
}

#[test]
fn every_captured_body_is_of_its_format() {
    let Some(bodies) = captured("every_captured_body_is_of_its_format") else {
        return;
    };
    check(
        &bodies,
        &[
            ("anthropic.claude", Some(Anthropic), 26),
            // `{}`, or one member that no format has.
            ("anthropic.claude", None, 11),
            ("openai/gpt-4o", Some(Anthropic), 2),
            ("arn:", Some(Anthropic), 2),
            ("amazon.", None, 2),
            ("cohere.", None, 1),
        ],
    );
}
