//! What values must satisfy: the member's own constraints before those of its target.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Constraints, EventKind, Named, Slot, Type};
use crate::{
    error::{Error, Result},
    model::{Member, Model, Traits},
};

/// The constraints of a member. One that its type cannot have is an error, since it would go unchecked.
pub(super) fn of(model: &Model, member: &Member, ty: &Type) -> Result<Constraints> {
    let target = &model.shape(&member.target)?.traits;
    let pick = |id: &str| -> &Traits {
        if member.traits.has(id) {
            &member.traits
        } else {
            target
        }
    };
    let length = pick("smithy.api#length")
        .length()?
        .map(|length| (length.min, length.max));
    let range = pick("smithy.api#range").range()?.map(|range| {
        (
            range.min.map(|bound| bound.to_string()),
            range.max.map(|bound| bound.to_string()),
        )
    });
    let pattern = pick("smithy.api#pattern").pattern()?.map(str::to_owned);
    let unique = match pick("smithy.api#uniqueItems").get("smithy.api#uniqueItems") {
        None => false,
        Some(Value::Object(_)) => true,
        Some(_) => {
            return Err(Error::form("expected an object")
                .at(member.traits.owner())
                .on_trait("smithy.api#uniqueItems"));
        }
    };
    let constraints = Constraints {
        length,
        range,
        pattern,
        unique,
    };
    let misplaced = |id: &str| {
        Err(
            Error::unsupported("a constraint that this type cannot have")
                .at(member.traits.owner())
                .on_trait(id),
        )
    };
    let (text, number, sized) = match ty {
        Type::String | Type::Enum(_) => (true, false, true),
        Type::Integer(_) | Type::Number => (false, true, false),
        Type::Blob | Type::Bytes | Type::List(_) | Type::Map(_) => (false, false, true),
        Type::Boolean
        | Type::Document
        | Type::Timestamp(_)
        | Type::Structure(_)
        | Type::Union(_) => (false, false, false),
    };
    if constraints.pattern.is_some() && !text {
        return misplaced("smithy.api#pattern");
    }
    if constraints.range.is_some() && !number {
        return misplaced("smithy.api#range");
    }
    if constraints.length.is_some() && !sized {
        return misplaced("smithy.api#length");
    }
    if constraints.unique && !matches!(ty, Type::List(_)) {
        return misplaced("smithy.api#uniqueItems");
    }
    if let Some(pattern) = &constraints.pattern
        && let Err(error) = regex::Regex::new(&format!("^(?:{pattern})$"))
    {
        return Err(Error::unsupported("this pattern is no regular expression")
            .at(member.traits.owner())
            .on_trait("smithy.api#pattern")
            .because(error));
    }
    Ok(constraints)
}

/// The types in which something can be violated, at any depth.
pub(super) fn constrained(types: &[Named]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let more: Vec<String> = types
            .iter()
            .filter(|named| !found.contains(named.name()) && can_fail(named, &found))
            .map(|named| named.name().to_owned())
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

fn can_fail(named: &Named, known: &BTreeSet<String>) -> bool {
    match named {
        Named::Structure(shape) => shape
            .members
            .iter()
            .any(|member| member.required || slot_can_fail(&member.slot, known)),
        Named::Union(shape) => shape
            .variants
            .iter()
            .any(|variant| slot_can_fail(&variant.slot, known)),
        Named::Stream(shape) => shape.events.iter().any(|event| match &event.kind {
            EventKind::Event { reference, .. } => known.contains(&reference.name),
            EventKind::Exception(_) => false,
        }),
        Named::Enum(_) => false,
    }
}

/// Whether a value in this place can violate anything, given the types known to.
pub fn slot_can_fail(slot: &Slot, known: &BTreeSet<String>) -> bool {
    !slot.constraints.is_empty()
        || match &slot.ty {
            Type::Structure(reference) | Type::Union(reference) => {
                !reference.error && known.contains(&reference.name)
            }
            Type::List(list) => slot_can_fail(&list.item, known),
            Type::Map(map) => !map.key.is_empty() || slot_can_fail(&map.value, known),
            Type::String
            | Type::Boolean
            | Type::Integer(_)
            | Type::Number
            | Type::Blob
            | Type::Bytes
            | Type::Document
            | Type::Timestamp(_)
            | Type::Enum(_) => false,
        }
}
