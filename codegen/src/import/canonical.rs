//! The last step of both forms: leaves out what only one of them carries, prose and noise, and unused shapes.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value, json};

use crate::{
    error::{Error, Result},
    model::{Kind, Model, Range, ShapeId, Traits},
};

/// Traits that botocore does not carry or that hold sentences.
const DROPPED: [&str; 14] = [
    "smithy.api#addedDefault",
    "smithy.api#auth",
    "smithy.api#clientOptional",
    "smithy.api#default",
    "smithy.api#documentation",
    "smithy.api#examples",
    "smithy.api#externalDocumentation",
    "smithy.api#input",
    "smithy.api#output",
    "smithy.api#paginated",
    "smithy.api#readonly",
    "smithy.api#title",
    "smithy.api#uniqueItems",
    "smithy.waiters#waitable",
];

/// The namespace of the endpoint rules, which are dropped as well.
const RULES: &str = "smithy.rules#";

pub(super) fn canonical(mut model: Model) -> Result<Model> {
    for shape in model.shapes.values_mut() {
        // The errors of an operation are a set; botocore gives them in no order at all.
        if let Kind::Operation(operation) = &mut shape.kind {
            operation.errors.sort();
        }
        // Lengths are counts, so a least length of nothing says nothing; a least value of 0 does say something.
        for traits in shape.traits_mut() {
            traits.retain(|id| !DROPPED.contains(&id) && !id.starts_with(RULES));
            length(traits)?;
            range(traits)?;
            http(traits)?;
            retryable(traits)?;
            deprecated(traits)?;
            service(traits)?;
        }
    }
    let reachable = reachable(&model)?;
    model.shapes.retain(|id, _| reachable.contains(id));
    "2.0".clone_into(&mut model.version);
    Ok(model)
}

fn length(traits: &mut Traits) -> Result<()> {
    let id = "smithy.api#length";
    if let Some(length) = traits.length()? {
        let min = length.min.filter(|min| *min > 0).map(Number::from);
        let max = length.max.map(Number::from);
        if min.is_none() && max.is_none() {
            traits.remove(id);
        } else {
            traits.insert(id, bounds(Range { min, max }));
        }
    }
    Ok(())
}

fn range(traits: &mut Traits) -> Result<()> {
    if let Some(Range { min, max }) = traits.range()? {
        let range = Range {
            min: min.map(plain),
            max: max.map(plain),
        };
        traits.insert("smithy.api#range", bounds(range));
    }
    Ok(())
}

fn bounds(Range { min, max }: Range) -> Value {
    let mut object = Map::new();
    for (key, bound) in [("min", min), ("max", max)] {
        if let Some(bound) = bound {
            object.insert(key.to_owned(), Value::Number(bound));
        }
    }
    Value::Object(object)
}

/// A whole number without a fraction, so that `1.0` and `1` are one text.
fn plain(number: Number) -> Number {
    let text = number.to_string();
    match text.strip_suffix(".0").map(str::parse::<i64>) {
        Some(Ok(whole)) => Number::from(whole),
        Some(Err(_)) | None => number,
    }
}

fn http(traits: &mut Traits) -> Result<()> {
    if let Some(http) = traits.http()? {
        traits.insert(
            "smithy.api#http",
            json!({ "method": http.method, "uri": http.uri, "code": http.code }),
        );
    }
    Ok(())
}

/// `throttling: false` is what the trait says without a word.
fn retryable(traits: &mut Traits) -> Result<()> {
    let id = "smithy.api#retryable";
    let Some(value) = traits.get(id) else {
        return Ok(());
    };
    let value = match value.get("throttling") {
        None | Some(Value::Bool(false)) => json!({}),
        Some(Value::Bool(true)) => json!({ "throttling": true }),
        Some(_) => {
            return Err(Error::form("`throttling` is true or false")
                .at(traits.owner())
                .on_trait(id));
        }
    };
    traits.insert(id, value);
    Ok(())
}

/// The message is prose; the date is a fact.
fn deprecated(traits: &mut Traits) -> Result<()> {
    keep(traits, "smithy.api#deprecated", &["since"])
}

/// botocore carries these two of the names.
fn service(traits: &mut Traits) -> Result<()> {
    keep(traits, "aws.api#service", &["sdkId", "endpointPrefix"])
}

fn keep(traits: &mut Traits, id: &str, keys: &[&str]) -> Result<()> {
    let Some(value) = traits.get(id) else {
        return Ok(());
    };
    let Value::Object(object) = value else {
        return Err(Error::form("expected an object")
            .at(traits.owner())
            .on_trait(id));
    };
    let kept: Map<String, Value> = keys
        .iter()
        .filter_map(|key| object.get_key_value(*key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    traits.insert(id, Value::Object(kept));
    Ok(())
}

/// The ids of the shapes the service leads to, its own among them.
fn reachable(model: &Model) -> Result<BTreeSet<ShapeId>> {
    let (service, _) = model.service()?;
    let mut found = BTreeSet::new();
    let mut waiting = vec![service];
    while let Some(id) = waiting.pop() {
        let shape = model.shape(id)?;
        if !found.insert(id.clone()) {
            continue;
        }
        waiting.extend(shape.members().map(|member| &member.target));
        match &shape.kind {
            Kind::Operation(operation) => {
                waiting.extend([&operation.input, &operation.output]);
                waiting.extend(&operation.errors);
            }
            Kind::Service(service) => {
                waiting.extend(&service.operations);
                waiting.extend(&service.errors);
            }
            Kind::Resource(_) => {
                return Err(Error::unsupported("a resource that was not flattened").at(id));
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
            | Kind::Document
            | Kind::Enum(_)
            | Kind::IntEnum(_)
            | Kind::List(_)
            | Kind::Map { .. }
            | Kind::Structure(_)
            | Kind::Union(_) => {}
        }
    }
    Ok(found)
}
