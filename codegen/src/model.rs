//! A Smithy 2.0 model as its JSON AST gives it: shapes by id, members in published order, traits by id.
//! It knows the form, not the service: nothing here depends on what AWS describes with it.

mod id;
mod parse;
mod prelude;
mod shape;
mod traits;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::error::{Error, Result};

pub use id::ShapeId;
pub use shape::{Kind, Member, Operation, Resource, Service, Shape};
pub use traits::{HttpBinding, Length, Range, Traits, unit};

/// A whole model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The version of the Smithy language, as the file gives it (`2.0`).
    pub version: String,
    /// The file's metadata; empty in canonical models.
    pub metadata: Map<String, Value>,
    /// The shapes the file defines. Those of Smithy's prelude are not among them; [`Model::shape`] finds both.
    pub shapes: BTreeMap<ShapeId, Shape>,
}

impl Model {
    /// Reads a JSON AST as published or as [`Model::to_canonical_json`] wrote it.
    /// A key of the AST that is not understood is an error; traits are kept whatever they are.
    pub fn parse(text: &str) -> Result<Self> {
        parse::model(text)
    }

    /// The text of the canonical form: shapes sorted by id, members in their order, one trait a line.
    #[must_use]
    pub fn to_canonical_json(&self) -> String {
        write::model(self)
    }

    /// The shape of this id, from the model or from Smithy's prelude.
    pub fn shape(&self, id: &ShapeId) -> Result<&Shape> {
        self.shapes
            .get(id)
            .or_else(|| prelude::shape(id))
            .ok_or_else(|| Error::mismatch("no shape has this id").at(id))
    }

    /// The one service of the model with its id.
    pub fn service(&self) -> Result<(&ShapeId, &Service)> {
        let mut services = self
            .shapes
            .iter()
            .filter_map(|(id, shape)| match &shape.kind {
                Kind::Service(service) => Some((id, service)),
                _ => None,
            });
        match (services.next(), services.next()) {
            (Some(service), None) => Ok(service),
            (None, _) => Err(Error::mismatch("the model has no service")),
            (Some(_), Some((second, _))) => {
                Err(Error::mismatch("the model has a second service").at(second))
            }
        }
    }

    /// The operations of a service, those of its resources (however deep) included, sorted by id.
    pub fn operations<'a>(&'a self, service: &'a Service) -> Result<BTreeSet<&'a ShapeId>> {
        let mut found: BTreeSet<&ShapeId> = service.operations.iter().collect();
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<&ShapeId> = service.resources.iter().collect();
        while let Some(id) = waiting.pop() {
            if !seen.insert(id) {
                continue;
            }
            let Kind::Resource(resource) = &self.shape(id)?.kind else {
                return Err(Error::mismatch("a resource was expected here").at(id));
            };
            found.extend(resource.all_operations());
            waiting.extend(&resource.resources);
        }
        for id in &found {
            self.operation(id)?;
        }
        Ok(found)
    }

    /// The operation of this id.
    pub fn operation(&self, id: &ShapeId) -> Result<&Operation> {
        match &self.shape(id)?.kind {
            Kind::Operation(operation) => Ok(operation),
            other => Err(Error::mismatch(format!(
                "an operation was expected, found a {}",
                other.type_name()
            ))
            .at(id)),
        }
    }

    /// The traits of every shape and member, to be changed.
    pub fn traits_mut(&mut self) -> impl Iterator<Item = &mut Traits> {
        self.shapes.values_mut().flat_map(Shape::traits_mut)
    }

    /// What a member has of a trait: its own value, else that of its target.
    pub fn effective<'a>(
        &'a self,
        member: &'a Member,
        trait_id: &str,
    ) -> Result<Option<&'a Value>> {
        match member.traits.get(trait_id) {
            Some(value) => Ok(Some(value)),
            None => Ok(self.shape(&member.target)?.traits.get(trait_id)),
        }
    }
}
