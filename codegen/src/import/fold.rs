//! Folds constraints back onto the members they stand on in Smithy.
//! botocore has no constraints on members, so its converter makes a shape `{Owner}{Member}{Type}` for each,
//! of which that member is the only user.

use std::collections::BTreeMap;

use crate::{
    error::{Error, Result},
    model::{Kind, Member, Model, Shape, ShapeId},
};

const CONSTRAINTS: [&str; 3] = [
    "smithy.api#length",
    "smithy.api#pattern",
    "smithy.api#range",
];

pub(super) fn fold(mut model: Model) -> Result<Model> {
    for (owner, name, target) in hoisted(&model) {
        let shape = model
            .shapes
            .get_mut(&target)
            .ok_or_else(|| gone(&target, &name))?;
        let constraints: Vec<_> = CONSTRAINTS
            .into_iter()
            .filter_map(|id| Some((id, shape.traits.remove(id)?)))
            .collect();
        // A simple shape with nothing left was the prelude's own; a list or map keeps the made-up name for its items.
        let prelude = match prelude_name(&shape.kind) {
            Some(name) if shape.traits.is_empty() => Some(ShapeId::new("smithy.api", name)?),
            Some(_) | None => None,
        };
        let member = model
            .shapes
            .get_mut(&owner)
            .and_then(|owner| owner.members_mut().find(|member| member.name == name))
            .ok_or_else(|| gone(&owner, &name))?;
        for (id, value) in constraints {
            member.traits.insert(id, value);
        }
        if let Some(prelude) = prelude {
            member.target = prelude;
            model.shapes.remove(&target);
        }
    }
    Ok(model)
}

fn gone(shape: &ShapeId, member: &str) -> Error {
    Error::mismatch(format!(
        "lost while the constraints of `{member}` were folded back"
    ))
    .at(shape)
}

/// Owner, member and target wherever the target's name says that it was made for this member.
fn hoisted(model: &Model) -> Vec<(ShapeId, String, ShapeId)> {
    let mut n_users: BTreeMap<&ShapeId, usize> = BTreeMap::new();
    for member in model.shapes.values().flat_map(Shape::members) {
        *n_users.entry(&member.target).or_default() += 1;
    }
    let mut found = Vec::new();
    for (owner, shape) in &model.shapes {
        for member in shape.members() {
            let Some(target) = model.shapes.get(&member.target) else {
                continue;
            };
            let is_constrained = CONSTRAINTS.iter().any(|id| target.traits.has(id));
            let only_user = n_users.get(&member.target) == Some(&1);
            if is_constrained
                && only_user
                && made_up_name(owner, member, &target.kind).as_deref()
                    == Some(member.target.name())
            {
                found.push((owner.clone(), member.name.clone(), member.target.clone()));
            }
        }
    }
    found
}

fn made_up_name(owner: &ShapeId, member: &Member, kind: &Kind) -> Option<String> {
    let suffix = match kind {
        Kind::List(_) => "List",
        Kind::Map { .. } => "Map",
        simple => prelude_name(simple)?,
    };
    let mut letters = member.name.chars();
    let first = letters.next()?.to_ascii_uppercase();
    Some(format!(
        "{}{first}{}{suffix}",
        owner.name(),
        letters.as_str()
    ))
}

/// The prelude's name of a simple type that can be constrained.
fn prelude_name(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Blob => Some("Blob"),
        Kind::String => Some("String"),
        Kind::Integer => Some("Integer"),
        Kind::Long => Some("Long"),
        Kind::Float => Some("Float"),
        Kind::Double => Some("Double"),
        Kind::Byte
        | Kind::Short
        | Kind::Boolean
        | Kind::BigInteger
        | Kind::BigDecimal
        | Kind::Timestamp
        | Kind::Document
        | Kind::Enum(_)
        | Kind::IntEnum(_)
        | Kind::List(_)
        | Kind::Map { .. }
        | Kind::Structure(_)
        | Kind::Union(_)
        | Kind::Operation(_)
        | Kind::Resource(_)
        | Kind::Service(_) => None,
    }
}
