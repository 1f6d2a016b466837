//! The types of members: what Rust holds for what the model says, and what must be kept out of logs.

use super::{
    List, Map, Member, Reference, Slot, TimestampFormat, Type, constraints, reach::Reached,
};
use crate::{
    error::{Error, Result},
    model::{self, Kind, ShapeId},
};

/// What a member's place in the message decides of its type.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The form of timestamps whose model names none.
    timestamp: TimestampFormat,
    /// Whether a blob is the whole body.
    raw: bool,
}

impl Place {
    pub(super) const BODY: Self = Self {
        timestamp: TimestampFormat::EpochSeconds,
        raw: false,
    };
    pub(super) const HEADER: Self = Self {
        timestamp: TimestampFormat::HttpDate,
        raw: false,
    };
    pub(super) const TARGET: Self = Self {
        timestamp: TimestampFormat::DateTime,
        raw: false,
    };
    pub(super) const PAYLOAD: Self = Self {
        timestamp: TimestampFormat::EpochSeconds,
        raw: true,
    };
}

/// The members of a structure or union whose place is JSON.
pub(super) fn members(
    reached: &Reached<'_>,
    members: &[model::Member],
    name: fn(&str) -> String,
) -> Result<Vec<Member>> {
    members
        .iter()
        .map(|each| member(reached, each, name(&each.name), Place::BODY))
        .collect()
}

/// One member under its Rust name.
pub(super) fn member(
    reached: &Reached<'_>,
    member: &model::Member,
    name: String,
    place: Place,
) -> Result<Member> {
    let wire = member
        .traits
        .text("smithy.api#jsonName")?
        .unwrap_or(&member.name)
        .to_owned();
    Ok(Member {
        wire,
        name,
        required: member.traits.has("smithy.api#required"),
        idempotency_token: member.traits.has("smithy.api#idempotencyToken"),
        slot: slot(reached, member, place)?,
    })
}

/// The place a member of any shape offers.
pub(super) fn slot(reached: &Reached<'_>, member: &model::Member, place: Place) -> Result<Slot> {
    nested(reached, member, place, &mut Vec::new())
}

fn nested<'m>(
    reached: &Reached<'m>,
    member: &'m model::Member,
    place: Place,
    above: &mut Vec<&'m ShapeId>,
) -> Result<Slot> {
    let ty = ty(reached, member, place, above)?;
    let shape = reached.model.shape(&member.target)?;
    let constraints = constraints::of(reached.model, member, &ty)?;
    let sensitive =
        member.traits.has("smithy.api#sensitive") || shape.traits.has("smithy.api#sensitive");
    let redacted = match &ty {
        // These print themselves redacted.
        Type::Enum(_) | Type::Structure(_) | Type::Union(_) => false,
        Type::List(list) => sensitive || list.item.redacted,
        Type::Map(map) => sensitive || map.value.redacted || key_is_sensitive(reached, shape)?,
        Type::String
        | Type::Boolean
        | Type::Integer(_)
        | Type::Number
        | Type::Blob
        | Type::Bytes
        | Type::Document
        | Type::Timestamp(_) => sensitive,
    };
    Ok(Slot {
        ty,
        constraints,
        redacted,
    })
}

fn key_is_sensitive(reached: &Reached<'_>, shape: &model::Shape) -> Result<bool> {
    match &shape.kind {
        Kind::Map { key, .. } => Ok(reached
            .model
            .effective(key, "smithy.api#sensitive")?
            .is_some()),
        _ => Ok(false),
    }
}

fn ty<'m>(
    reached: &Reached<'m>,
    member: &'m model::Member,
    place: Place,
    above: &mut Vec<&'m ShapeId>,
) -> Result<Type> {
    let id = &member.target;
    let shape = reached.model.shape(id)?;
    let reference = || {
        let (name, error) = reached.name_of(id)?;
        Ok(Reference {
            name: name.to_owned(),
            error,
            boxed: false,
        })
    };
    match &shape.kind {
        Kind::String => Ok(Type::String),
        Kind::Boolean => Ok(Type::Boolean),
        Kind::Byte => Ok(Type::Integer(8)),
        Kind::Short => Ok(Type::Integer(16)),
        Kind::Integer | Kind::IntEnum(_) => Ok(Type::Integer(32)),
        Kind::Long => Ok(Type::Integer(64)),
        Kind::Float | Kind::Double => Ok(Type::Number),
        Kind::Blob if place.raw => Ok(Type::Bytes),
        Kind::Blob => Ok(Type::Blob),
        Kind::Document => Ok(Type::Document),
        Kind::Timestamp => timestamp(reached, member, place),
        Kind::Enum(_) => Ok(Type::Enum(reached.name_of(id)?.0.to_owned())),
        Kind::Structure(_) => reference().map(Type::Structure),
        Kind::Union(_) => reference().map(Type::Union),
        Kind::List(item) => {
            enter(above, id)?;
            let item = nested(
                reached,
                item,
                Place {
                    raw: false,
                    ..place
                },
                above,
            )?;
            above.pop();
            Ok(Type::List(Box::new(List {
                item,
                sparse: shape.traits.has("smithy.api#sparse"),
            })))
        }
        Kind::Map { key, value } => {
            enter(above, id)?;
            let target = reached.model.shape(&key.target)?;
            if !matches!(target.kind, Kind::String | Kind::Enum(_)) {
                return Err(Error::unsupported("a map whose keys are no strings").at(id));
            }
            let key = constraints::of(reached.model, key, &Type::String)?;
            let value = nested(
                reached,
                value,
                Place {
                    raw: false,
                    ..place
                },
                above,
            )?;
            above.pop();
            Ok(Type::Map(Box::new(Map {
                key,
                value,
                sparse: shape.traits.has("smithy.api#sparse"),
            })))
        }
        Kind::BigInteger
        | Kind::BigDecimal
        | Kind::Operation(_)
        | Kind::Resource(_)
        | Kind::Service(_) => Err(Error::unsupported(format!(
            "a member that is a {}",
            shape.kind.type_name()
        ))
        .at(member.traits.owner())),
    }
}

/// Lists and maps have no names in Rust, so one inside itself has no type.
fn enter<'m>(above: &mut Vec<&'m ShapeId>, id: &'m ShapeId) -> Result<()> {
    if above.contains(&id) {
        return Err(Error::unsupported(
            "a list or map that holds itself without a structure between",
        )
        .at(id));
    }
    above.push(id);
    Ok(())
}

fn timestamp(reached: &Reached<'_>, member: &model::Member, place: Place) -> Result<Type> {
    let id = "smithy.api#timestampFormat";
    let target = reached.model.shape(&member.target)?;
    let named = match member.traits.text(id)? {
        Some(named) => Some(named),
        None => target.traits.text(id)?,
    };
    let format = match named {
        None => place.timestamp,
        Some("epoch-seconds") => TimestampFormat::EpochSeconds,
        Some("http-date") => TimestampFormat::HttpDate,
        Some("date-time") => TimestampFormat::DateTime,
        Some(other) => {
            return Err(Error::unsupported(format!("the format `{other}`"))
                .at(member.traits.owner())
                .on_trait(id));
        }
    };
    Ok(Type::Timestamp(format))
}
