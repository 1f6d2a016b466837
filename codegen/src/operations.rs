//! The services the gateway speaks, and which of their operations. This is data: the generator knows none of it.

use std::path::Path;

use crate::{
    error::{Error, Result},
    fixups::{self, Fixup},
    generate::{Operations, ServiceSettings, Settings},
    model::Model,
};

/// One service of the generated crate.
struct Entry {
    module: &'static str,
    trait_name: &'static str,
    /// The model's file in the folder of models.
    file: &'static str,
    /// The operations, none for all.
    operations: &'static [&'static str],
    fixups: &'static [Fixup],
}

const SERVICES: [Entry; 2] = [
    Entry {
        module: "control",
        trait_name: "BedrockControl",
        file: "bedrock.json",
        operations: &[
            "GetFoundationModel",
            "GetInferenceProfile",
            "ListFoundationModels",
            "ListInferenceProfiles",
        ],
        fixups: fixups::CONTROL,
    },
    Entry {
        module: "runtime",
        trait_name: "BedrockRuntime",
        file: "bedrock-runtime.json",
        operations: &[],
        fixups: fixups::RUNTIME,
    },
];

/// The settings of the crate `generated`, with the models of this folder.
pub fn settings(models: &Path) -> Result<Settings> {
    let mut services = Vec::new();
    for entry in &SERVICES {
        let file = models.join(entry.file);
        let text = std::fs::read_to_string(&file).map_err(|error| Error::io(&file, error))?;
        services.push(ServiceSettings {
            model: Model::parse(&text)?,
            source: format!("model/{}", entry.file),
            module: entry.module.to_owned(),
            trait_name: entry.trait_name.to_owned(),
            operations: match entry.operations {
                [] => Operations::All,
                names => Operations::List(names.iter().map(|&name| name.to_owned()).collect()),
            },
            fixups: entry.fixups.to_vec(),
        });
    }
    Ok(Settings { services })
}
