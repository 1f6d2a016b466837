//! From an AST, as AWS publishes it or as this crate wrote it, to the common ground of both forms.

use crate::{
    error::Result,
    model::{Kind, Model, Shape},
};

use super::pattern;

/// Binds the operations of resources to the service and lets patterns mean the whole value.
pub(super) fn read(mut model: Model) -> Result<Model> {
    let (id, service) = model.service()?;
    let id = id.clone();
    let mut service = service.clone();
    service.operations = model.operations(&service)?.into_iter().cloned().collect();
    service.resources.clear();
    for operation in &service.operations {
        if let Some(Shape {
            kind: Kind::Operation(operation),
            ..
        }) = model.shapes.get_mut(operation)
        {
            for error in &service.errors {
                if !operation.errors.contains(error) {
                    operation.errors.push(error.clone());
                }
            }
        }
    }
    service.errors.clear();
    if let Some(shape) = model.shapes.get_mut(&id) {
        shape.kind = Kind::Service(service);
    }
    model
        .shapes
        .retain(|_, shape| !matches!(shape.kind, Kind::Resource(_)));
    model.metadata.clear();
    for traits in model.traits_mut() {
        if let Some(pattern) = traits.pattern()? {
            let whole = pattern::from_smithy(pattern);
            traits.insert("smithy.api#pattern", whole.into());
        }
    }
    Ok(model)
}
