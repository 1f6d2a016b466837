//! The service and its operations, from `metadata` and `operations`.

use serde_json::{Map, Value, json};

use crate::{
    error::{Error, Result},
    import::{KnownService, keys::Keys, known},
    model::{Kind, Model, Operation, Service, Shape, ShapeId, Traits, unit},
};

use super::Names;

/// What `metadata` says that the model keeps.
pub(super) struct Metadata {
    version: String,
    traits: Vec<(&'static str, Value)>,
}

pub(super) fn metadata(metadata: Map<String, Value>) -> Result<(&'static KnownService, Metadata)> {
    let mut keys = Keys::new("metadata", Value::Object(metadata))?;
    let sdk_id = keys.required_text("serviceId")?;
    let service = known(|service| service.sdk_id == sdk_id).ok_or_else(|| {
        Error::unsupported(format!(
            "the service `{sdk_id}` is none of those that can be imported"
        ))
    })?;
    let protocol = keys.required_text("protocol")?;
    if protocol != "rest-json" {
        return Err(Error::unsupported(format!("the protocol `{protocol}`")).at("metadata"));
    }
    // `protocols` lists others a client may choose; the service is generated for the one above.
    keys.ignore(&["protocols", "serviceFullName", "serviceAbbreviation", "uid"]);
    let endpoint_prefix = keys.required_text("endpointPrefix")?;
    let mut traits = vec![
        (
            "aws.api#service",
            json!({ "sdkId": sdk_id, "endpointPrefix": endpoint_prefix }),
        ),
        (
            "aws.protocols#restJson1",
            protocol_settings(keys.entries("protocolSettings")?)?,
        ),
    ];
    let signature_version = keys.required_text("signatureVersion")?;
    if signature_version != "v4" {
        return Err(
            Error::unsupported(format!("the signature version `{signature_version}`"))
                .at("metadata"),
        );
    }
    let signing_name = keys.required_text("signingName")?;
    for scheme in keys.texts("auth")? {
        match scheme.as_str() {
            "aws.auth#sigv4" => traits.push(("aws.auth#sigv4", json!({ "name": signing_name }))),
            "smithy.api#httpBearerAuth" => traits.push(("smithy.api#httpBearerAuth", unit())),
            other => {
                return Err(
                    Error::unsupported(format!("the authentication scheme `{other}`"))
                        .at("metadata"),
                );
            }
        }
    }
    let version = keys.required_text("apiVersion")?;
    keys.finish()?;
    Ok((service, Metadata { version, traits }))
}

/// The HTTP versions in the order of preference; `h2: optional` is what botocore makes of this pair.
fn protocol_settings(settings: Map<String, Value>) -> Result<Value> {
    let mut keys = Keys::new("protocolSettings", Value::Object(settings))?;
    let h2 = keys.text("h2")?;
    keys.finish()?;
    match h2.as_deref() {
        None => Ok(unit()),
        Some("optional") => {
            Ok(json!({ "http": ["h2", "http/1.1"], "eventStreamHttp": ["h2", "http/1.1"] }))
        }
        Some(other) => Err(Error::unsupported(format!("`h2: {other}`")).at("protocolSettings")),
    }
}

pub(super) fn operations(
    names: &Names,
    operations: Map<String, Value>,
    model: &mut Model,
) -> Result<()> {
    for (name, value) in operations {
        let id = ShapeId::new(names.service.namespace, &name)?;
        let shape = operation(names, &id, &name, value)?;
        if model.shapes.insert(id.clone(), shape).is_some() {
            return Err(Error::unsupported("an operation and a shape of one name").at(id));
        }
    }
    Ok(())
}

fn operation(names: &Names, id: &ShapeId, name: &str, value: Value) -> Result<Shape> {
    let mut keys = Keys::new(id.as_str(), value)?;
    if keys.required_text("name")? != name {
        return Err(Error::mismatch("the operation has another name inside").at(id));
    }
    // `readonly` is not in every release, so the canonical form does without.
    keys.ignore(&["documentation", "documentationUrl", "readonly"]);
    let mut traits = Traits::new(id.as_str());
    let mut http = Keys::new(id.as_str(), keys.take("http").unwrap_or_default())?;
    traits.insert(
        "smithy.api#http",
        json!({
            "method": http.required_text("method")?,
            "uri": http.required_text("requestUri")?,
            "code": http.status("responseCode")?.unwrap_or(200),
        }),
    );
    http.finish()?;
    if keys.flag("idempotent")? {
        traits.insert("smithy.api#idempotent", unit());
    }
    super::shapes::deprecated(&mut keys, &mut traits)?;
    let mut end = |key: &str| match keys.take(key) {
        None => ShapeId::parse("smithy.api#Unit"),
        Some(value) => names.reference(id.as_str(), value),
    };
    let (input, output) = (end("input")?, end("output")?);
    let errors = keys
        .items("errors")?
        .into_iter()
        .map(|value| names.reference(id.as_str(), value))
        .collect::<Result<_>>()?;
    keys.finish()?;
    Ok(Shape {
        kind: Kind::Operation(Operation {
            input,
            output,
            errors,
        }),
        traits,
    })
}

pub(super) fn service(metadata: Metadata, names: &Names, model: &mut Model) -> Result<()> {
    let id = names.service.shape_id()?;
    let mut traits = Traits::new(id.as_str());
    for (trait_id, value) in metadata.traits {
        traits.insert(trait_id, value);
    }
    let operations = model
        .shapes
        .iter()
        .filter(|(_, shape)| matches!(shape.kind, Kind::Operation(_)))
        .map(|(id, _)| id.clone())
        .collect();
    let service = Service {
        version: metadata.version,
        operations,
        ..Service::default()
    };
    model.shapes.insert(
        id,
        Shape {
            kind: Kind::Service(service),
            traits,
        },
    );
    Ok(())
}
