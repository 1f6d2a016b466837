//! The data shapes, from `shapes`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::{
    error::{Error, Result},
    import::{keys::Keys, pattern},
    model::{Kind, Member, Shape, ShapeId, Traits, unit},
};

use super::Names;

/// The shapes that botocore copies from the prelude, with the type each has there.
const PRELUDE: [(&str, &str); 9] = [
    ("String", "string"),
    ("Integer", "integer"),
    ("Long", "long"),
    ("Float", "float"),
    ("Double", "double"),
    ("Boolean", "boolean"),
    ("Blob", "blob"),
    ("Timestamp", "timestamp"),
    ("Document", "structure"),
];

/// The names of those shapes that are copies of the prelude's: the right name and nothing of their own.
pub(super) fn prelude(shapes: &Map<String, Value>) -> BTreeSet<String> {
    PRELUDE
        .into_iter()
        .filter(|(name, type_name)| {
            let Some(Value::Object(shape)) = shapes.get(*name) else {
                return false;
            };
            let is_document = shape.get("document") == Some(&Value::Bool(true));
            let has_no_more = shape.iter().all(|(key, value)| match key.as_str() {
                "type" | "box" | "documentation" => true,
                "document" => *type_name == "structure",
                "members" => *type_name == "structure" && *value == unit(),
                _ => false,
            });
            shape.get("type").and_then(Value::as_str) == Some(type_name)
                && is_document == (*type_name == "structure")
                && has_no_more
        })
        .map(|(name, _)| name.to_owned())
        .collect()
}

pub(super) fn shapes(
    names: &Names,
    shapes: Map<String, Value>,
) -> Result<BTreeMap<ShapeId, Shape>> {
    shapes
        .into_iter()
        .filter(|(name, _)| !names.prelude.contains(name))
        .map(|(name, value)| {
            let id = ShapeId::new(names.service.namespace, &name)?;
            let shape = shape(names, Keys::new(id.as_str(), value)?)?;
            Ok((id, shape))
        })
        .collect()
}

fn shape(names: &Names, mut keys: Keys) -> Result<Shape> {
    let mut traits = Traits::new(keys.place());
    // `box` says that absence is not zero, which is so for every member here.
    keys.ignore(&["documentation", "box"]);
    if keys.flag("sensitive")? {
        traits.insert("smithy.api#sensitive", unit());
    }
    deprecated(&mut keys, &mut traits)?;
    let type_name = keys.required_text("type")?;
    let kind = match type_name.as_str() {
        "structure" => structure(names, &mut keys, &mut traits)?,
        "list" => {
            bounds(&mut keys, &mut traits, "smithy.api#length")?;
            Kind::List(Box::new(part(names, &mut keys, "member")?))
        }
        "map" => {
            bounds(&mut keys, &mut traits, "smithy.api#length")?;
            Kind::Map {
                key: Box::new(part(names, &mut keys, "key")?),
                value: Box::new(part(names, &mut keys, "value")?),
            }
        }
        "string" => string(&mut keys, &mut traits)?,
        "blob" => {
            bounds(&mut keys, &mut traits, "smithy.api#length")?;
            if keys.flag("streaming")? {
                traits.insert("smithy.api#streaming", unit());
            }
            Kind::Blob
        }
        "timestamp" => {
            timestamp_format(&mut keys, &mut traits)?;
            Kind::Timestamp
        }
        "boolean" => Kind::Boolean,
        "integer" => number(Kind::Integer, &mut keys, &mut traits)?,
        "long" => number(Kind::Long, &mut keys, &mut traits)?,
        "float" => number(Kind::Float, &mut keys, &mut traits)?,
        "double" => number(Kind::Double, &mut keys, &mut traits)?,
        other => {
            let error = Error::unsupported(format!("a shape of type `{other}`"));
            return Err(error.at(keys.place()));
        }
    };
    keys.finish()?;
    Ok(Shape { kind, traits })
}

fn number(kind: Kind, keys: &mut Keys, traits: &mut Traits) -> Result<Kind> {
    bounds(keys, traits, "smithy.api#range")?;
    Ok(kind)
}

fn string(keys: &mut Keys, traits: &mut Traits) -> Result<Kind> {
    bounds(keys, traits, "smithy.api#length")?;
    if let Some(text) = keys.text("pattern")? {
        traits.insert("smithy.api#pattern", pattern::from_botocore(&text).into());
    }
    let values = keys.texts("enum")?;
    if values.is_empty() {
        return Ok(Kind::String);
    }
    let mut members: Vec<Member> = Vec::new();
    for value in values {
        let name = enum_name(&value);
        if members.iter().any(|member| member.name == name) {
            return Err(
                Error::unsupported(format!("two enum values named {name}")).at(keys.place())
            );
        }
        let mut traits = Traits::new(format!("{}${name}", keys.place()));
        traits.insert("smithy.api#enumValue", value.into());
        members.push(Member {
            name,
            target: ShapeId::parse("smithy.api#Unit")?,
            traits,
        });
    }
    Ok(Kind::Enum(members))
}

/// The name of an enum's member, which botocore leaves out: upper snake case, split where a capital follows a small
/// letter. A name cannot begin with a digit, so an underscore goes before one.
fn enum_name(value: &str) -> String {
    let mut name = String::new();
    if value.starts_with(|first: char| first.is_ascii_digit()) {
        name.push('_');
    }
    let mut after_lower = false;
    for c in value.chars() {
        if c.is_ascii_uppercase() && after_lower {
            name.push('_');
        }
        after_lower = c.is_ascii_lowercase();
        name.push(if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        });
    }
    name
}

fn structure(names: &Names, keys: &mut Keys, traits: &mut Traits) -> Result<Kind> {
    if keys.flag("document")? {
        if keys.entries("members")?.is_empty() {
            return Ok(Kind::Document);
        }
        return Err(Error::unsupported("a document with members").at(keys.place()));
    }
    error(keys, traits)?;
    let is_event_stream = keys.flag("eventstream")?;
    let is_union = keys.flag("union")?;
    // Whether a structure is an event follows from the event streams it stands in.
    keys.flag("event")?;
    if is_event_stream {
        traits.insert("smithy.api#streaming", unit());
    }
    let required = keys.texts("required")?;
    let payload = keys.text("payload")?;
    let mut members = Vec::new();
    for (name, value) in keys.entries("members")? {
        members.push(member(names, keys.place(), name, value)?);
    }
    for (name, trait_id) in required
        .iter()
        .map(|name| (name, "smithy.api#required"))
        .chain(payload.iter().map(|name| (name, "smithy.api#httpPayload")))
    {
        let member = members.iter_mut().find(|member| member.name == *name);
        let member = member.ok_or_else(|| {
            Error::mismatch(format!("no member `{name}`"))
                .at(keys.place())
                .on_trait(trait_id)
        })?;
        member.traits.insert(trait_id, unit());
    }
    Ok(if is_union || is_event_stream {
        Kind::Union(members)
    } else {
        Kind::Structure(members)
    })
}

fn error(keys: &mut Keys, traits: &mut Traits) -> Result<()> {
    let is_exception = keys.flag("exception")?;
    let is_fault = keys.flag("fault")?;
    if !is_exception {
        return match is_fault {
            false => Ok(()),
            true => Err(Error::unsupported("a fault that is no exception").at(keys.place())),
        };
    }
    traits.insert(
        "smithy.api#error",
        if is_fault { "server" } else { "client" }.into(),
    );
    let error = keys.take("error").unwrap_or_default();
    let mut error = Keys::new(keys.place(), error)?;
    let status = error
        .status("httpStatusCode")?
        .ok_or_else(|| error.wrong("httpStatusCode", "there"))?;
    traits.insert("smithy.api#httpError", status.into());
    let is_sender_fault = error.flag("senderFault")?;
    error.finish()?;
    if is_sender_fault == is_fault {
        return Err(
            Error::unsupported("whose fault the error is, is said twice and differently")
                .at(keys.place()),
        );
    }
    if let Some(retryable) = keys.take("retryable") {
        let mut retryable = Keys::new(keys.place(), retryable)?;
        traits.insert(
            "smithy.api#retryable",
            json!({ "throttling": retryable.flag("throttling")? }),
        );
        retryable.finish()?;
    }
    Ok(())
}

fn part(names: &Names, keys: &mut Keys, name: &str) -> Result<Member> {
    let value = keys.take(name).ok_or_else(|| keys.wrong(name, "there"))?;
    member(names, keys.place(), name.to_owned(), value)
}

fn member(names: &Names, owner: &str, name: String, value: Value) -> Result<Member> {
    let mut keys = Keys::new(format!("{owner}${name}"), value)?;
    let mut traits = Traits::new(keys.place());
    keys.ignore(&["documentation", "box"]);
    let target = names.target(&mut keys)?;
    location(&name, &mut keys, &mut traits)?;
    timestamp_format(&mut keys, &mut traits)?;
    deprecated(&mut keys, &mut traits)?;
    for (key, trait_id) in [
        ("idempotencyToken", "smithy.api#idempotencyToken"),
        ("eventheader", "smithy.api#eventHeader"),
        ("eventpayload", "smithy.api#eventPayload"),
    ] {
        if keys.flag(key)? {
            traits.insert(trait_id, unit());
        }
    }
    keys.finish()?;
    Ok(Member {
        name,
        target,
        traits,
    })
}

/// Where a member stands in the request or the answer, and under which name.
fn location(name: &str, keys: &mut Keys, traits: &mut Traits) -> Result<()> {
    let wire_name = keys.text("locationName")?;
    let location = keys.text("location")?;
    let (trait_id, value) = match (location.as_deref(), wire_name) {
        (None, None) => return Ok(()),
        (None, Some(wire_name)) if wire_name == name => return Ok(()),
        (None, Some(wire_name)) => ("smithy.api#jsonName", wire_name.into()),
        (Some("uri"), Some(label)) if label == name => ("smithy.api#httpLabel", unit()),
        (Some("header"), Some(header)) => ("smithy.api#httpHeader", header.into()),
        (Some("headers"), Some(prefix)) => ("smithy.api#httpPrefixHeaders", prefix.into()),
        (Some("querystring"), Some(query)) => ("smithy.api#httpQuery", query.into()),
        (Some("querystring"), None) => ("smithy.api#httpQueryParams", unit()),
        (Some("statusCode"), None) => ("smithy.api#httpResponseCode", unit()),
        (Some(other), wire_name) => {
            let wire_name = wire_name.unwrap_or_default();
            return Err(Error::unsupported(format!(
                "the location `{other}` with the name `{wire_name}`"
            ))
            .at(keys.place()));
        }
    };
    traits.insert(trait_id, value);
    Ok(())
}

/// botocore's names of the formats, and Smithy's.
fn timestamp_format(keys: &mut Keys, traits: &mut Traits) -> Result<()> {
    let id = "smithy.api#timestampFormat";
    let format = match keys.text("timestampFormat")?.as_deref() {
        None => return Ok(()),
        Some("iso8601") => "date-time",
        Some("rfc822") => "http-date",
        Some("unixTimestamp") => "epoch-seconds",
        Some(other) => {
            return Err(Error::unsupported(format!("the format `{other}`"))
                .at(keys.place())
                .on_trait(id));
        }
    };
    traits.insert(id, format.into());
    Ok(())
}

fn bounds(keys: &mut Keys, traits: &mut Traits, trait_id: &str) -> Result<()> {
    let mut object = Map::new();
    for key in ["min", "max"] {
        if let Some(bound) = keys.number(key)? {
            object.insert(key.to_owned(), Value::Number(bound));
        }
    }
    if !object.is_empty() {
        traits.insert(trait_id, Value::Object(object));
    }
    Ok(())
}

/// The message is prose and left out.
pub(super) fn deprecated(keys: &mut Keys, traits: &mut Traits) -> Result<()> {
    let is_deprecated = keys.flag("deprecated")?;
    keys.ignore(&["deprecatedMessage"]);
    let since = keys.text("deprecatedSince")?;
    if is_deprecated {
        traits.insert(
            "smithy.api#deprecated",
            since.map_or_else(unit, |since| json!({ "since": since })),
        );
    } else if since.is_some() {
        return Err(
            Error::unsupported("a date of deprecation on something not deprecated")
                .at(keys.place()),
        );
    }
    Ok(())
}
