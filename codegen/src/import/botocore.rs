//! From botocore's service description (`service-2.json`) to a model.
//! Undone here: its copies of the prelude, its spelling of traits, enums without member names, cut patterns.
//! Hoisted member constraints are the business of `fold`.

mod service;
mod shapes;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    error::{Error, Result},
    model::{Model, ShapeId},
};

use super::{KnownService, keys::Keys};

/// Reads a description; its service is found by its id.
pub(super) fn read(document: Map<String, Value>) -> Result<(&'static KnownService, Model)> {
    let mut keys = Keys::new("the description", Value::Object(document))?;
    let version = keys.required_text("version")?;
    if version != "2.0" {
        return Err(Error::unsupported(format!(
            "version {version} of botocore's description"
        )));
    }
    keys.ignore(&["documentation", "examples"]);
    let metadata = keys.entries("metadata")?;
    let operations = keys.entries("operations")?;
    let shapes = keys.entries("shapes")?;
    keys.finish()?;

    let (service, metadata) = service::metadata(metadata)?;
    let names = Names {
        service,
        prelude: shapes::prelude(&shapes),
    };
    let mut model = Model {
        version: "2.0".to_owned(),
        metadata: Map::new(),
        shapes: shapes::shapes(&names, shapes)?,
    };
    service::operations(&names, operations, &mut model)?;
    service::service(metadata, &names, &mut model)?;
    Ok((service, model))
}

/// What a name in the description stands for.
struct Names {
    service: &'static KnownService,
    /// The shapes that are copies of the prelude's.
    prelude: BTreeSet<String>,
}

impl Names {
    fn id(&self, name: &str) -> Result<ShapeId> {
        if self.prelude.contains(name) {
            ShapeId::new("smithy.api", name)
        } else {
            ShapeId::new(self.service.namespace, name)
        }
    }

    /// The shape a reference (`{"shape": NAME}`) names.
    fn target(&self, keys: &mut Keys) -> Result<ShapeId> {
        let name = keys.required_text("shape")?;
        self.id(&name).map_err(|error| error.at(keys.place()))
    }

    /// The shape of a reference that says nothing else.
    fn reference(&self, place: &str, value: Value) -> Result<ShapeId> {
        let mut keys = Keys::new(place, value)?;
        let target = self.target(&mut keys)?;
        keys.ignore(&["documentation"]);
        keys.finish()?;
        Ok(target)
    }
}
