//! Settings for models that are not the gateway's.

use std::path::Path;

use codegen::{
    generate::{Operations, ServiceSettings, Settings},
    model::Model,
};

/// Everything one model has, in the module `service` with the trait `Service`.
pub(crate) fn whole(model: Model, source: &str) -> Settings {
    let service = ServiceSettings {
        model,
        source: source.to_owned(),
        module: "service".to_owned(),
        trait_name: "Service".to_owned(),
        operations: Operations::All,
        fixups: Vec::new(),
    };
    Settings {
        services: vec![service],
    }
}

/// The Smithy model in a file.
pub(crate) fn read(file: &Path) -> Model {
    let text = std::fs::read_to_string(file).expect("the model is readable");
    Model::parse(&text).unwrap_or_else(|error| panic!("{}: {error:?}", file.display()))
}
