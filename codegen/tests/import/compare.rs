//! Compares two models by structure. Lists and maps are described where they are used:
//! botocore loses the name of one whose constraint stood on a member, and no name of a list or map is on the wire.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};

use codegen::model::{Kind, Member, Model, Shape, Traits};

/// Place, what the first model says there and what the second one says; `-` for nothing.
pub(crate) fn differences(first: &Model, second: &Model) -> Vec<(String, String, String)> {
    let (first, second) = (statements(first), statements(second));
    let places: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    let say = |statements: &BTreeMap<String, String>, place: &String| {
        statements
            .get(place)
            .cloned()
            .unwrap_or_else(|| "-".to_owned())
    };
    places
        .into_iter()
        .map(|place| (place.clone(), say(&first, place), say(&second, place)))
        .filter(|(_, first, second)| first != second)
        .collect()
}

fn statements(model: &Model) -> BTreeMap<String, String> {
    let mut statements = BTreeMap::new();
    for (id, shape) in &model.shapes {
        let name = id.name();
        let parts = match &shape.kind {
            Kind::List(_) | Kind::Map { .. } => continue,
            Kind::Operation(operation) => format!("{operation:?}"),
            Kind::Service(service) => format!("{service:?}"),
            Kind::Resource(resource) => format!("{resource:?}"),
            _ => {
                for member in shape.members() {
                    statements.insert(format!("{name}${}", member.name), described(model, member));
                }
                let names: Vec<&str> = shape.members().map(|member| member.name.as_str()).collect();
                names.join(" ")
            }
        };
        statements.insert(
            name.to_owned(),
            format!(
                "{} ({parts}){}",
                shape.kind.type_name(),
                listed(&Traits::new(""), &shape.traits)
            ),
        );
    }
    statements
}

fn described(model: &Model, member: &Member) -> String {
    let target = model.shape(&member.target).expect("the target exists");
    let Shape { kind, traits } = target;
    match kind {
        Kind::List(item) => format!(
            "[{}]{}",
            described(model, item),
            listed(traits, &member.traits)
        ),
        Kind::Map { key, value } => format!(
            "{{{}: {}}}{}",
            described(model, key),
            described(model, value),
            listed(traits, &member.traits)
        ),
        _ => format!(
            "{}{}",
            member.target,
            listed(&Traits::new(""), &member.traits)
        ),
    }
}

/// Traits with their values; those of the member go before those of its target.
fn listed(target: &Traits, own: &Traits) -> String {
    let mut merged: BTreeMap<&str, String> = target
        .iter()
        .map(|(id, value)| (id, value.to_string()))
        .collect();
    merged.extend(own.iter().map(|(id, value)| (id, value.to_string())));
    merged
        .iter()
        .map(|(id, value)| format!(" @{id}{value}"))
        .collect()
}
