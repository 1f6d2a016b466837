//! The committed Smithy models as the tests read them, without the generator's help.

use std::fs;

use serde_json::{Map, Value};

use crate::error::FixtureError;
use crate::shared::workspace_root;

/// The shapes of one service.
#[derive(Debug)]
pub struct Model {
    shapes: Map<String, Value>,
}

/// A member of a structure or union.
#[derive(Clone, Copy, Debug)]
pub struct Member<'m> {
    pub name: &'m str,
    /// The id of its shape.
    pub target: &'m str,
    traits: &'m Value,
}

impl<'m> Member<'m> {
    /// The value of the trait `smithy.api#NAME`.
    pub fn smithy_trait(&self, name: &str) -> Option<&'m Value> {
        self.traits.get(format!("smithy.api#{name}"))
    }
}

/// A member with one of these belongs to the HTTP head or is the whole body.
const BINDINGS: [&str; 6] = [
    "httpLabel",
    "httpQuery",
    "httpHeader",
    "httpPayload",
    "httpResponseCode",
    "httpPrefixHeaders",
];

impl Model {
    /// The committed model of Bedrock Runtime.
    ///
    /// # Errors
    /// Where the file cannot be read or is not a Smithy JSON AST.
    pub fn runtime() -> Result<Self, FixtureError> {
        Self::load("bedrock-runtime.json")
    }

    /// The committed model of the control plane.
    ///
    /// # Errors
    /// Where the file cannot be read or is not a Smithy JSON AST.
    pub fn control() -> Result<Self, FixtureError> {
        Self::load("bedrock.json")
    }

    fn load(name: &str) -> Result<Self, FixtureError> {
        let path = workspace_root().join("model").join(name);
        let text = fs::read(&path).map_err(|error| FixtureError::new(&path, error))?;
        let ast: Value =
            serde_json::from_slice(&text).map_err(|error| FixtureError::new(&path, error))?;
        Self::new(&ast).ok_or_else(|| FixtureError::new(&path, "not a Smithy JSON AST: no shapes"))
    }

    /// The model that an AST holds.
    pub fn new(ast: &Value) -> Option<Self> {
        match ast.get("shapes") {
            Some(Value::Object(shapes)) => Some(Self {
                shapes: shapes.clone(),
            }),
            Some(_) | None => None,
        }
    }

    /// The id of an operation's input structure.
    pub fn input(&self, operation: &str) -> &str {
        self.side(operation, "input")
    }

    /// The id of an operation's output structure.
    pub fn output(&self, operation: &str) -> &str {
        self.side(operation, "output")
    }

    /// Names a shape that does not exist where the operation has no such side.
    fn side(&self, operation: &str, side: &str) -> &str {
        let found = self.shapes.iter().find(|(id, shape)| {
            id.split_once('#')
                .is_some_and(|(_, name)| name == operation)
                && shape["type"] == "operation"
        });
        found
            .and_then(|(_, shape)| target(shape.get(side)))
            .unwrap_or("no such shape")
    }

    /// The shape's type, with the prelude's simple shapes under their types' names.
    pub fn kind(&self, id: &str) -> &str {
        match id {
            "smithy.api#String" => "string",
            "smithy.api#Boolean" => "boolean",
            "smithy.api#Integer" => "integer",
            "smithy.api#Long" => "long",
            "smithy.api#Float" => "float",
            "smithy.api#Double" => "double",
            "smithy.api#Blob" => "blob",
            "smithy.api#Timestamp" => "timestamp",
            "smithy.api#Document" => "document",
            "smithy.api#Unit" => "structure",
            ours => self
                .shapes
                .get(ours)
                .and_then(|shape| shape["type"].as_str())
                .unwrap_or("missing"),
        }
    }

    /// A trait of the shape itself.
    pub fn shape_trait(&self, id: &str, name: &str) -> Option<&Value> {
        self.shapes.get(id)?["traits"].get(format!("smithy.api#{name}"))
    }

    /// The shape of a list's items.
    pub fn item(&self, id: &str) -> Option<&str> {
        target(self.shapes.get(id)?.get("member"))
    }

    /// The shape of a map's values.
    pub fn map_value(&self, id: &str) -> Option<&str> {
        target(self.shapes.get(id)?.get("value"))
    }

    /// Every member of a structure, union or enum.
    pub fn members(&self, id: &str) -> impl Iterator<Item = Member<'_>> {
        let members = self
            .shapes
            .get(id)
            .and_then(|shape| shape["members"].as_object());
        members.into_iter().flatten().filter_map(|(name, member)| {
            Some(Member {
                name,
                target: target(Some(member))?,
                traits: &member["traits"],
            })
        })
    }

    /// The members that stand in the JSON object of a structure or union.
    pub fn body_members(&self, id: &str) -> impl Iterator<Item = Member<'_>> {
        self.members(id).filter(|member| {
            BINDINGS
                .iter()
                .all(|binding| member.smithy_trait(binding).is_none())
        })
    }

    /// The headers that are members of a structure.
    pub fn headers(&self, id: &str) -> Vec<&str> {
        self.members(id)
            .filter_map(|member| member.smithy_trait("httpHeader")?.as_str())
            .collect()
    }

    /// The member of a structure that is the whole body, and none of whose JSON is modelled by the structure itself.
    pub fn payload(&self, id: &str) -> Option<Member<'_>> {
        self.members(id)
            .find(|member| member.smithy_trait("httpPayload").is_some())
    }

    /// Whether a structure's body is a blob that belongs to the caller or to a model.
    pub fn has_opaque_body(&self, id: &str) -> bool {
        self.payload(id)
            .is_some_and(|member| self.kind(member.target) == "blob")
    }
}

fn target(reference: Option<&Value>) -> Option<&str> {
    reference?.get("target")?.as_str()
}
