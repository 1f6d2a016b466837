//! What the chosen operations reach, and under which names: nothing else of a model is generated.

use std::collections::{BTreeMap, BTreeSet};

use super::{names, traits};
use crate::{
    error::{Error, Result},
    model::{self, Kind, Model, ShapeId},
};

/// The shapes that become types, by where they live.
pub(super) struct Reached<'a> {
    pub(super) model: &'a Model,
    /// Structures, unions and enums that are types of their own.
    pub(super) types: BTreeMap<&'a ShapeId, String>,
    pub(super) errors: BTreeMap<&'a ShapeId, String>,
    /// What inputs reach, and so what is checked.
    pub(super) checked: BTreeSet<&'a ShapeId>,
    /// The structures that event streams hold.
    pub(super) events: BTreeSet<&'a ShapeId>,
}

impl<'a> Reached<'a> {
    pub(super) fn new(
        model: &'a Model,
        service: &'a model::Service,
        operations: &[&'a ShapeId],
    ) -> Result<Self> {
        let mut inputs = Walk::new(model);
        let mut outputs = Walk::new(model);
        for id in operations {
            let operation = model.operation(id)?;
            inputs.members(&operation.input)?;
            outputs.members(&operation.output)?;
            for error in service.errors.iter().chain(&operation.errors) {
                outputs.shape(error)?;
            }
        }
        let checked: BTreeSet<&ShapeId> = inputs.seen.iter().copied().collect();
        let all: BTreeSet<&ShapeId> = inputs.seen.union(&outputs.seen).copied().collect();
        let mut types = BTreeMap::new();
        let mut errors = BTreeMap::new();
        let mut events = BTreeSet::new();
        for id in all {
            let shape = model.shape(id)?;
            if shape.is_event_stream() {
                events.extend(shape.members().map(|member| &member.target));
            }
            match &shape.kind {
                Kind::Structure(_) if shape.is_error() => {
                    errors.insert(id, rust_name(service, id, &errors)?);
                }
                Kind::Structure(_) | Kind::Union(_) | Kind::Enum(_) => {
                    types.insert(id, rust_name(service, id, &types)?);
                }
                Kind::Blob
                | Kind::Boolean
                | Kind::String
                | Kind::Byte
                | Kind::Short
                | Kind::Integer
                | Kind::Long
                | Kind::Float
                | Kind::Double
                | Kind::BigInteger
                | Kind::BigDecimal
                | Kind::Timestamp
                | Kind::Document
                | Kind::IntEnum(_)
                | Kind::List(_)
                | Kind::Map { .. } => {}
                Kind::Operation(_) | Kind::Resource(_) | Kind::Service(_) => {
                    return Err(Error::mismatch("a member cannot hold this").at(id));
                }
            }
        }
        Ok(Self {
            model,
            types,
            errors,
            checked,
            events,
        })
    }

    /// The Rust name of a structure, union or enum, and whether it lives among the errors.
    pub(super) fn name_of(&self, id: &ShapeId) -> Result<(&str, bool)> {
        match (self.types.get(id), self.errors.get(id)) {
            (Some(name), _) => Ok((name, false)),
            (None, Some(name)) => Ok((name, true)),
            (None, None) => Err(Error::mismatch("this shape was not reached").at(id)),
        }
    }
}

/// The service's own name for the shape, else the model's; one that is taken gets the last part of its namespace before it.
fn rust_name(
    service: &model::Service,
    id: &ShapeId,
    taken: &BTreeMap<&ShapeId, String>,
) -> Result<String> {
    let renamed = service.rename.iter().find(|(from, _)| from == id);
    let name = names::pascal(renamed.map_or_else(|| id.name(), |(_, to)| to));
    let is_free = |name: &String| {
        taken
            .values()
            .all(|other| names::module(other) != names::module(name))
    };
    if is_free(&name) {
        return Ok(name);
    }
    let space = id.namespace().rsplit('.').next().unwrap_or_default();
    let longer = names::pascal(&format!("{space}_{}", id.name()));
    if is_free(&longer) {
        Ok(longer)
    } else {
        Err(Error::mismatch(format!("another shape has the name `{name}` already")).at(id))
    }
}

/// The shapes that members lead to.
struct Walk<'a> {
    model: &'a Model,
    seen: BTreeSet<&'a ShapeId>,
}

impl<'a> Walk<'a> {
    fn new(model: &'a Model) -> Self {
        Self {
            model,
            seen: BTreeSet::new(),
        }
    }

    fn members(&mut self, id: &'a ShapeId) -> Result<()> {
        let shape = self.model.shape(id)?;
        traits::check(&shape.traits)?;
        if matches!(shape.kind, Kind::Enum(_) | Kind::IntEnum(_)) {
            return Ok(());
        }
        for member in shape.members() {
            traits::check(&member.traits)?;
            self.shape(&member.target)?;
        }
        Ok(())
    }

    fn shape(&mut self, id: &'a ShapeId) -> Result<()> {
        if self.seen.insert(id) {
            self.members(id)?;
        }
        Ok(())
    }
}
