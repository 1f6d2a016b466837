//! Reads the JSON AST. Every key is either understood or an error that names the shape.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Model,
    id::{ShapeId, is_name},
    shape::{Kind, Member, Operation, Resource, Service, Shape},
    traits::Traits,
};
use crate::error::{Error, Result};

type Object = Map<String, Value>;

pub(super) fn model(text: &str) -> Result<Model> {
    let document: Object = serde_json::from_str(text)
        .map_err(|error| Error::form("not a JSON object").because(error))?;
    let mut version = None;
    let mut metadata = Object::new();
    let mut shapes = BTreeMap::new();
    for (key, value) in document {
        match (key.as_str(), value) {
            ("smithy", Value::String(text)) => version = Some(text),
            ("metadata", Value::Object(object)) => metadata = object,
            ("shapes", Value::Object(object)) => {
                for (id, value) in object {
                    let shape = shape(&id, value).map_err(|error| error.at(&id))?;
                    shapes.insert(ShapeId::parse(&id)?, shape);
                }
            }
            _ => {
                return Err(Error::unsupported(format!(
                    "unexpected `{key}` at the top of the AST"
                )));
            }
        }
    }
    let version =
        version.ok_or_else(|| Error::form("a Smithy AST names its version in `smithy`"))?;
    if version != "2.0" && version != "2" {
        return Err(Error::unsupported(format!("Smithy version {version}")));
    }
    Ok(Model {
        version,
        metadata,
        shapes,
    })
}

fn shape(id: &str, value: Value) -> Result<Shape> {
    let mut object = object(value, "a shape")?;
    let type_name = match object.remove("type") {
        Some(Value::String(name)) => name,
        _ => return Err(Error::form("a shape has a `type`")),
    };
    let traits = traits(id, object.remove("traits"))?;
    let kind = match type_name.as_str() {
        "structure" => Kind::Structure(members(id, object.remove("members"))?),
        "union" => Kind::Union(members(id, object.remove("members"))?),
        "enum" => Kind::Enum(members(id, object.remove("members"))?),
        "intEnum" => Kind::IntEnum(members(id, object.remove("members"))?),
        "list" => Kind::List(Box::new(part(id, "member", &mut object)?)),
        "map" => Kind::Map {
            key: Box::new(part(id, "key", &mut object)?),
            value: Box::new(part(id, "value", &mut object)?),
        },
        "operation" => Kind::Operation(Operation {
            input: end(object.remove("input"))?,
            output: end(object.remove("output"))?,
            errors: targets(object.remove("errors"))?,
        }),
        "resource" => Kind::Resource(resource(&mut object)?),
        "service" => Kind::Service(service(&mut object)?),
        simple => Kind::simple(simple)
            .ok_or_else(|| Error::unsupported(format!("a shape of type `{simple}`")))?,
    };
    nothing_left(&object)?;
    Ok(Shape { kind, traits })
}

fn resource(object: &mut Object) -> Result<Resource> {
    let mut resource = Resource {
        identifiers: named_targets(object.remove("identifiers"))?,
        operations: targets(object.remove("operations"))?,
        collection_operations: targets(object.remove("collectionOperations"))?,
        resources: targets(object.remove("resources"))?,
        ..Resource::default()
    };
    for verb in ["create", "put", "read", "update", "delete", "list"] {
        if let Some(value) = object.remove(verb) {
            resource.lifecycle.push((verb.to_owned(), target(value)?));
        }
    }
    // What a resource's properties are is a matter of other tools than ours: the operations' members repeat them.
    object.remove("properties");
    Ok(resource)
}

fn service(object: &mut Object) -> Result<Service> {
    let version = match object.remove("version") {
        None => String::new(),
        Some(Value::String(version)) => version,
        Some(_) => return Err(Error::form("`version` is a string")),
    };
    let mut rename = Vec::new();
    if let Some(value) = object.remove("rename") {
        for (id, name) in self::object(value, "`rename`")? {
            let Value::String(name) = name else {
                return Err(Error::form("`rename` maps shape ids to names"));
            };
            rename.push((ShapeId::parse(&id)?, name));
        }
    }
    Ok(Service {
        version,
        operations: targets(object.remove("operations"))?,
        resources: targets(object.remove("resources"))?,
        errors: targets(object.remove("errors"))?,
        rename,
    })
}

fn members(id: &str, value: Option<Value>) -> Result<Vec<Member>> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    object(value, "`members`")?
        .into_iter()
        .map(|(name, value)| member(id, name, value))
        .collect()
}

fn part(id: &str, name: &str, shape: &mut Object) -> Result<Member> {
    match shape.remove(name) {
        Some(value) => member(id, name.to_owned(), value),
        None => Err(Error::form(format!("`{name}` is missing"))),
    }
}

fn member(id: &str, name: String, value: Value) -> Result<Member> {
    let place = format!("{id}${name}");
    if !is_name(&name) {
        return Err(Error::form(format!("`{name}` is not a name")).at(place));
    }
    let mut object = object(value, "a member")?;
    let traits = traits(&place, object.remove("traits"))?;
    let target = target(Value::Object(object)).map_err(|error| error.at(&place))?;
    Ok(Member {
        name,
        target,
        traits,
    })
}

fn traits(owner: &str, value: Option<Value>) -> Result<Traits> {
    let mut traits = Traits::new(owner);
    if let Some(value) = value {
        for (id, value) in object(value, "`traits`").map_err(|error| error.at(owner))? {
            traits.insert(id, value);
        }
    }
    Ok(traits)
}

fn named_targets(value: Option<Value>) -> Result<Vec<(String, ShapeId)>> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    object(value, "a map of shapes")?
        .into_iter()
        .map(|(name, value)| Ok((name, target(value)?)))
        .collect()
}

fn targets(value: Option<Value>) -> Result<Vec<ShapeId>> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items.into_iter().map(target).collect(),
        Some(_) => Err(Error::form("a list of shapes was expected")),
    }
}

/// An operation's input or output; the AST may leave out one that is `Unit`.
fn end(value: Option<Value>) -> Result<ShapeId> {
    match value {
        None => ShapeId::parse("smithy.api#Unit"),
        Some(value) => target(value),
    }
}

fn target(value: Value) -> Result<ShapeId> {
    let mut object = object(value, "a reference")?;
    let id = match object.remove("target") {
        Some(Value::String(id)) => ShapeId::parse(&id)?,
        _ => return Err(Error::form("a reference has a `target`")),
    };
    nothing_left(&object)?;
    Ok(id)
}

fn object(value: Value, what: &str) -> Result<Object> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Error::form(format!("{what} is a JSON object"))),
    }
}

fn nothing_left(object: &Object) -> Result<()> {
    match object.keys().next() {
        None => Ok(()),
        Some(key) => Err(Error::unsupported(format!("the key `{key}`"))),
    }
}
