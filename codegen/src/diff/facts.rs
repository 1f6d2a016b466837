//! What a model says, as names with attributes that can be compared one by one.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    error::{Error, Result},
    model::{Kind, Length, Member, Model, Range, Shape, ShapeId, Traits},
};

/// Attributes by name; the value is empty where the name says all.
pub(super) type Attributes = BTreeMap<String, String>;

/// The attribute that says what a shape or member is; it sorts before the others.
pub(super) const TYPE: &str = " type";

/// The statements of one model.
pub(super) struct Facts {
    /// The traits of the service.
    pub(super) service: BTreeMap<String, Attributes>,
    /// Operations by name.
    pub(super) operations: BTreeMap<String, Attributes>,
    /// Shapes (`Name`) and members (`Name$member`), but lists and maps.
    pub(super) shapes: BTreeMap<String, Attributes>,
}

impl Facts {
    pub(super) fn of(model: &Model) -> Result<Self> {
        let mut facts = Self {
            service: BTreeMap::new(),
            operations: BTreeMap::new(),
            shapes: BTreeMap::new(),
        };
        let (id, service) = model.service()?;
        let said = |value: String| Attributes::from([(TYPE.to_owned(), value)]);
        facts
            .service
            .insert("version".to_owned(), said(service.version.clone()));
        for (name, value) in traits(&model.shape(id)?.traits)? {
            facts.service.insert(name, said(value));
        }
        for (id, shape) in &model.shapes {
            facts.shape(model, id, shape)?;
        }
        Ok(facts)
    }

    fn shape(&mut self, model: &Model, id: &ShapeId, shape: &Shape) -> Result<()> {
        let name = id.name();
        match &shape.kind {
            Kind::Service(_) | Kind::Resource(_) | Kind::List(_) | Kind::Map { .. } => {
                return Ok(());
            }
            Kind::Operation(operation) => {
                let mut attributes = traits(&shape.traits)?;
                attributes.insert("takes".to_owned(), operation.input.name().to_owned());
                attributes.insert("gives".to_owned(), operation.output.name().to_owned());
                for error in &operation.errors {
                    attributes.insert(format!("throws {}", error.name()), String::new());
                }
                self.operations.insert(name.to_owned(), attributes);
                return Ok(());
            }
            Kind::Enum(members) | Kind::IntEnum(members) => {
                for member in members {
                    let mut attributes = traits(&member.traits)?;
                    let value = attributes.remove("enumValue").unwrap_or_default();
                    attributes.insert(TYPE.to_owned(), value);
                    self.shapes
                        .insert(format!("{name}${}", member.name), attributes);
                }
            }
            Kind::Structure(members) | Kind::Union(members) => {
                for member in members {
                    self.shapes.insert(
                        format!("{name}${}", member.name),
                        described(model, member, &mut Vec::new())?,
                    );
                }
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
            | Kind::Document => {}
        }
        let mut attributes = traits(&shape.traits)?;
        attributes.insert(TYPE.to_owned(), shape.kind.type_name().to_owned());
        self.shapes.insert(name.to_owned(), attributes);
        Ok(())
    }
}

/// A member with what it holds; `inside` are the lists and maps that are being described.
fn described<'a>(
    model: &'a Model,
    member: &'a Member,
    inside: &mut Vec<&'a ShapeId>,
) -> Result<Attributes> {
    let target = model.shape(&member.target)?;
    let mut attributes = Attributes::new();
    let mut in_words = |part: &'a Member| -> Result<String> {
        if inside.contains(&&member.target) {
            return Err(Error::unsupported("a list or map that holds itself").at(&member.target));
        }
        inside.push(&member.target);
        let attributes = described(model, part, inside)?;
        inside.pop();
        let words: Vec<String> = attributes
            .iter()
            .map(|(name, value)| super::attribute(name, value))
            .collect();
        Ok(match words.as_slice() {
            [alone] => alone.clone(),
            several => format!("({})", several.join(", ")),
        })
    };
    let type_text = match &target.kind {
        Kind::List(item) => format!("list of {}", in_words(item)?),
        Kind::Map { key, value } => format!("map of {} to {}", in_words(key)?, in_words(value)?),
        _ => member.target.name().to_owned(),
    };
    if matches!(target.kind, Kind::List(_) | Kind::Map { .. }) {
        attributes.extend(traits(&target.traits)?);
    }
    attributes.extend(traits(&member.traits)?);
    attributes.insert(TYPE.to_owned(), type_text);
    Ok(attributes)
}

/// Traits as attributes, under the name without its namespace where that is Smithy's own.
fn traits(traits: &Traits) -> Result<Attributes> {
    let mut attributes = Attributes::new();
    for (id, value) in traits.iter() {
        let name = id.strip_prefix("smithy.api#").unwrap_or(id);
        let value = match (name, value) {
            ("length", _) => traits.length()?.map(length).unwrap_or_default(),
            ("range", _) => traits.range()?.map(range).unwrap_or_default(),
            (_, Value::Object(object)) if object.is_empty() => String::new(),
            (_, Value::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        };
        attributes.insert(name.to_owned(), value);
    }
    if let Some(http) = traits.http()? {
        attributes.remove("http");
        attributes.insert(TYPE.to_owned(), format!("{} {}", http.method, http.uri));
        attributes.insert("status".to_owned(), http.code.to_string());
    }
    Ok(attributes)
}

fn length(Length { min, max }: Length) -> String {
    span(
        min.map(|min| min.to_string()),
        max.map(|max| max.to_string()),
    )
}

fn range(Range { min, max }: Range) -> String {
    span(
        min.map(|min| min.to_string()),
        max.map(|max| max.to_string()),
    )
}

/// `1..4`, `1..` or `..4`, both ends included.
fn span(min: Option<String>, max: Option<String>) -> String {
    format!("{}..{}", min.unwrap_or_default(), max.unwrap_or_default())
}
