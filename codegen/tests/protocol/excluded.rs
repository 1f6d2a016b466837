//! The list of cases that do not pass, and whether it is honest: each case must have a reason that counts as one.

use std::collections::{BTreeMap, BTreeSet};

use codegen::model::{Kind as ShapeKind, Model, ShapeId};
use serde::Deserialize;

use crate::suite::{Kind, Suite};

const LIST: &str = include_str!("excluded.toml");

/// Traits no operation of the gateway has, for which a case may be passed over.
const TRAITS: [&str; 12] = [
    "default",
    "endpoint",
    "hostLabel",
    "httpChecksumRequired",
    "httpPrefixHeaders",
    "httpQueryParams",
    "httpResponseCode",
    "jsonName",
    "mediaType",
    "requestCompression",
    "requiresLength",
    "sparse",
];

/// Cases that recorded traffic contradicts. No others may be.
const RECORDED: [&str; 13] = [
    "DuplexMissingRequiredInitialResponseOutput",
    "MissingRequiredInitialResponseOutput",
    "RestJsonMalformedUnionKnownAndUnknownFieldsSet",
    "RestJsonMalformedUnionUnknownMember",
    "RestJsonStringPayloadNoContentType",
    "RestJsonStringPayloadUnsatisfiableAccept",
    "RestJsonStringPayloadWrongContentType",
    "RestJsonWithBodyExpectsApplicationJsonAccept",
    "RestJsonWithBodyExpectsApplicationJsonContentType",
    "RestJsonWithBodyExpectsApplicationJsonContentTypeNoHeaders",
    "RestJsonWithPayloadExpectsImpliedAccept",
    "RestJsonWithoutBodyEmptyInputExpectsEmptyContentType",
    "RestJsonWithoutBodyExpectsEmptyContentType",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    group: Vec<Group>,
}

/// Cases with one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    #[serde(rename = "trait")]
    trait_name: Option<String>,
    recorded: Option<String>,
    why: String,
    #[serde(default)]
    request: Vec<String>,
    #[serde(default)]
    response: Vec<String>,
    #[serde(default)]
    malformed: Vec<String>,
    #[serde(default)]
    event: Vec<String>,
}

/// The groups in the order of the file.
pub(crate) fn groups() -> Vec<Group> {
    let list: List = toml::from_str(LIST).expect("the list is readable");
    list.group
}

impl Group {
    /// The cases of the group.
    pub(crate) fn cases(&self) -> impl Iterator<Item = (Kind, &String)> {
        Kind::ALL.into_iter().flat_map(|kind| {
            let ids = match kind {
                Kind::Request => &self.request,
                Kind::Response => &self.response,
                Kind::Malformed => &self.malformed,
                Kind::Event => &self.event,
            };
            ids.iter().map(move |id| (kind, id))
        })
    }

    /// The reason as one line.
    pub(crate) fn reason(&self) -> String {
        let ground = match (&self.trait_name, &self.recorded) {
            (Some(name), None) => name,
            (None, Some(traffic)) => traffic,
            (_, _) => panic!(
                "a group has a trait or recorded traffic for a reason: {}",
                self.why
            ),
        };
        format!("{ground}: {}", self.why)
    }

    /// What is wrong with the reason: a trait must be one of those that count and stand on something the case is
    /// about; recorded traffic counts for the named cases.
    pub(crate) fn faults(&self, model: &Model, suite: &Suite) -> Vec<String> {
        let shapes = shapes(suite);
        let mut faults = Vec::new();
        for (kind, id) in self.cases() {
            let fault = match (&self.trait_name, shapes.get(&(kind, id.as_str()))) {
                (_, None) => Some("there is no such case".to_owned()),
                (None, Some(_)) if RECORDED.contains(&id.as_str()) => None,
                (None, Some(_)) => Some("no recorded traffic contradicts it".to_owned()),
                (Some(name), Some(_)) if !TRAITS.contains(&name.as_str()) => {
                    Some(format!("`{name}` is no reason"))
                }
                (Some(name), Some(shape)) => {
                    let has = has_trait(model, shape, &format!("smithy.api#{name}"));
                    (!has).then(|| format!("it has nothing to do with `{name}`"))
                }
            };
            faults.extend(fault.map(|fault| format!("{} {id}: {fault}", kind.name())));
        }
        faults
    }
}

fn shapes(suite: &Suite) -> BTreeMap<(Kind, &str), &ShapeId> {
    let requests = suite
        .requests
        .iter()
        .map(|at| ((Kind::Request, &*at.case.id), &at.shape));
    let responses = suite
        .responses
        .iter()
        .map(|at| ((Kind::Response, &*at.case.id), &at.shape));
    let malformed = suite
        .malformed
        .iter()
        .map(|at| ((Kind::Malformed, &*at.case.id), &at.shape));
    let events = suite
        .events
        .iter()
        .map(|at| ((Kind::Event, &*at.case.id), &at.shape));
    requests
        .chain(responses)
        .chain(malformed)
        .chain(events)
        .collect()
}

/// Whether the shape, or one that it leads to, or a member of these, has the trait.
fn has_trait(model: &Model, from: &ShapeId, trait_id: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let shape = model.shape(id).expect("the model is whole");
        let on_member = shape.members().any(|member| member.traits.has(trait_id));
        if shape.traits.has(trait_id) || on_member {
            return true;
        }
        waiting.extend(shape.members().map(|member| &member.target));
        if let ShapeKind::Operation(operation) = &shape.kind {
            waiting.extend([&operation.input, &operation.output]);
            waiting.extend(&operation.errors);
        }
    }
    false
}
