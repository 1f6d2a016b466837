//! From a published description to the canonical model.
//! AWS publishes one content in two forms: the Smithy JSON AST and botocore's service description.
//! Either is recognised by its content; what the canonical form leaves out is left out of both.

mod botocore;
mod canonical;
mod fold;
mod keys;
mod pattern;
mod smithy;

use serde_json::{Map, Value};

use crate::{
    error::{Error, Result},
    model::{Model, ShapeId},
};

/// A description that was read.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The service it describes.
    pub service: &'static KnownService,
    /// The form it had.
    pub form: Form,
    /// Its content in the canonical form.
    pub model: Model,
}

/// The two forms of description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The Smithy JSON AST, official or canonical.
    Smithy,
    /// The `service-2.json` of botocore.
    Botocore,
}

/// A service whose description can be imported.
#[derive(Debug, PartialEq, Eq)]
pub struct KnownService {
    /// Its service id, which both forms carry.
    pub sdk_id: &'static str,
    /// The namespace of its shapes, which botocore does not carry.
    pub namespace: &'static str,
    /// The name of its service shape, which botocore does not carry.
    pub shape: &'static str,
    /// Its folder in botocore's data, and the name of its file in `model/` before `.json`.
    pub folder: &'static str,
}

/// Every service that can be imported.
pub const SERVICES: [KnownService; 2] = [
    KnownService {
        sdk_id: "Bedrock Runtime",
        namespace: "com.amazonaws.bedrockruntime",
        shape: "AmazonBedrockFrontendService",
        folder: "bedrock-runtime",
    },
    KnownService {
        sdk_id: "Bedrock",
        namespace: "com.amazonaws.bedrock",
        shape: "AmazonBedrockControlPlaneService",
        folder: "bedrock",
    },
];

impl KnownService {
    /// The name of its file in `model/`.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}.json", self.folder)
    }
}

impl Form {
    /// The form's name in `model/SOURCES.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Smithy => "smithy",
            Self::Botocore => "botocore",
        }
    }
}

/// Reads a description of either form.
pub fn import(text: &str) -> Result<Imported> {
    let document: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| Error::form("a description is a JSON object").because(error))?;
    if document.contains_key("smithy") {
        let model = Model::parse(text)?;
        let (id, _) = model.service()?;
        let service =
            known(|service| service.namespace == id.namespace() && service.shape == id.name())
                .ok_or_else(|| {
                    Error::unsupported("the service is none of those that can be imported").at(id)
                })?;
        Ok(Imported {
            service,
            form: Form::Smithy,
            model: canonical::canonical(smithy::read(model)?)?,
        })
    } else if document.contains_key("metadata") && document.contains_key("operations") {
        let (service, model) = botocore::read(document)?;
        Ok(Imported {
            service,
            form: Form::Botocore,
            model: canonical::canonical(fold::fold(model)?)?,
        })
    } else {
        Err(Error::form(
            "neither a Smithy JSON AST nor a botocore service description",
        ))
    }
}

fn known(is_it: impl Fn(&KnownService) -> bool) -> Option<&'static KnownService> {
    SERVICES.iter().find(|service| is_it(service))
}

impl KnownService {
    fn shape_id(&self) -> Result<ShapeId> {
        ShapeId::new(self.namespace, self.shape)
    }
}
