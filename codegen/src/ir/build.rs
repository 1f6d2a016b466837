//! From a model and the operations asked for to the description of a service.

use std::collections::BTreeSet;

use super::{
    Enum, ErrorShape, Event, EventKind, EventPayload, EventPlaces, Member, Meta, Named, Operation,
    Service, Stream, Structure, Type, Union, bind, constraints, names, reach::Reached, recursion,
    slots, suits, traits,
};
use crate::{
    error::{Error, Result},
    generate::{Operations, ServiceSettings},
    model::{self, Kind, Model, Shape, ShapeId},
};

/// Decides everything about one service.
pub fn service(model: &Model, settings: &ServiceSettings) -> Result<Service> {
    let (id, service) = model.service()?;
    let shape = model.shape(id)?;
    traits::check(&shape.traits)?;
    if !shape.traits.has("aws.protocols#restJson1") {
        return Err(Error::unsupported("the service does not speak restJson1").at(id));
    }
    let ids = chosen(model, service, settings)?;
    let reached = Reached::new(model, service, &ids)?;
    let mut operations = Vec::new();
    for id in ids {
        operations.push(operation(&reached, service, id)?);
    }
    operations.sort_by(|a, b| a.name.cmp(&b.name));
    unique(
        operations
            .iter()
            .map(|operation| (operation.module.as_str(), operation.id.as_str())),
    )?;
    let mut types = Vec::new();
    for (id, name) in &reached.types {
        types.push(named(&reached, id, name)?);
    }
    let mut errors = Vec::new();
    for (id, name) in &reached.errors {
        errors.push(error(&reached, id, name)?);
    }
    types.sort_by(|a, b| a.name().cmp(b.name()));
    errors.sort_by(|a, b| a.name.cmp(&b.name));
    recursion::box_cycles(&mut types, &mut errors);
    let constrained = constraints::constrained(&types);
    Ok(Service {
        module: settings.module.clone(),
        trait_name: settings.trait_name.clone(),
        source: settings.source.clone(),
        meta: meta(id, service, shape)?,
        operations,
        types,
        errors,
        constrained,
    })
}

fn chosen<'a>(
    model: &'a Model,
    service: &'a model::Service,
    settings: &ServiceSettings,
) -> Result<Vec<&'a ShapeId>> {
    let all = model.operations(service)?;
    match &settings.operations {
        Operations::All => Ok(all.into_iter().collect()),
        Operations::List(names) => names
            .iter()
            .map(|name| {
                all.iter()
                    .find(|id| id.name() == name)
                    .copied()
                    .ok_or_else(|| {
                        Error::mismatch(format!("the service has no operation `{name}`"))
                    })
            })
            .collect(),
    }
}

fn meta(id: &ShapeId, service: &model::Service, shape: &Shape) -> Result<Meta> {
    let text = |trait_id: &str, key: &str| match shape.traits.get(trait_id) {
        None => Ok(None),
        Some(value) => match value.get(key) {
            None => Ok(None),
            Some(serde_json::Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Error::form(format!("expected a string as `{key}`"))
                .at(id)
                .on_trait(trait_id)),
        },
    };
    Ok(Meta {
        id: id.to_string(),
        version: service.version.clone(),
        sdk_id: text("aws.api#service", "sdkId")?,
        endpoint_prefix: text("aws.api#service", "endpointPrefix")?,
        signing_name: text("aws.auth#sigv4", "name")?,
    })
}

fn operation(reached: &Reached<'_>, service: &model::Service, id: &ShapeId) -> Result<Operation> {
    let shape = reached.model.shape(id)?;
    let operation = reached.model.operation(id)?;
    traits::check(&shape.traits)?;
    let http = shape
        .traits
        .http()?
        .ok_or_else(|| Error::unsupported("an operation without HTTP binding").at(id))?;
    suits::method(&http.method).map_err(|error| error.at(id))?;
    let name = names::pascal(id.name());
    let (segments, query) = bind::uri(&http.uri).map_err(|error| error.at(id))?;
    let (mut input, input_stream) = bind::input(reached, &operation.input, format!("{name}Input"))?;
    let (output, output_stream) =
        bind::output(reached, &operation.output, format!("{name}Output"))?;
    bind::labels(&segments, &mut input).map_err(|error| error.at(id))?;
    let mut errors = Vec::new();
    for error in service.errors.iter().chain(&operation.errors) {
        errors.push(reached.name_of(error)?.0.to_owned());
    }
    errors.sort();
    errors.dedup();
    Ok(Operation {
        id: id.to_string(),
        module: names::module(&name),
        name,
        method: http.method,
        uri: http.uri,
        segments,
        query,
        status: http.code,
        input,
        output,
        has_output: !operation.output.is_unit(),
        errors,
        input_stream,
        output_stream,
    })
}

fn named(reached: &Reached<'_>, id: &ShapeId, name: &str) -> Result<Named> {
    let shape = reached.model.shape(id)?;
    let sensitive = shape.traits.has("smithy.api#sensitive");
    let checked = reached.checked.contains(id);
    let (id, name) = (id.to_string(), name.to_owned());
    match &shape.kind {
        Kind::Union(members) if shape.is_event_stream() => {
            let mut events = Vec::new();
            for member in members {
                events.push(event(reached, member)?);
            }
            unique(
                events
                    .iter()
                    .map(|event| (event.variant.as_str(), id.as_str())),
            )?;
            Ok(Named::Stream(Stream {
                id,
                name,
                events,
                sensitive,
                checked,
            }))
        }
        Kind::Union(members) => {
            let variants = slots::members(reached, members, variant_of)?;
            unique(
                variants
                    .iter()
                    .map(|variant| (variant.name.as_str(), id.as_str())),
            )?;
            Ok(Named::Union(Union {
                id,
                name,
                variants,
                sensitive,
                checked,
            }))
        }
        Kind::Enum(members) => {
            let mut values = Vec::new();
            for member in members {
                let value = member
                    .traits
                    .text("smithy.api#enumValue")?
                    .unwrap_or(&member.name);
                values.push((
                    reserved(names::variant(&member.name), "Unknown"),
                    value.to_owned(),
                ));
            }
            unique(
                values
                    .iter()
                    .map(|(variant, _)| (variant.as_str(), id.as_str())),
            )?;
            Ok(Named::Enum(Enum {
                id,
                name,
                values,
                sensitive,
            }))
        }
        Kind::Structure(members) => {
            let event = event_places(reached, shape, members, &id)?;
            let mut members = slots::members(reached, members, field_of)?;
            bytes_of_payload(&mut members, event.as_ref());
            unique(
                members
                    .iter()
                    .map(|member| (member.name.as_str(), id.as_str())),
            )?;
            Ok(Named::Structure(Structure {
                id,
                name,
                members,
                sensitive,
                checked,
                event,
            }))
        }
        other => {
            Err(Error::mismatch(format!("a {} has no type of its own", other.type_name())).at(id))
        }
    }
}

pub(super) fn field_of(name: &str) -> String {
    reserved(names::field(name), "unknown")
}

pub(super) fn variant_of(name: &str) -> String {
    reserved(names::pascal(name), "Unknown")
}

/// Makes room for the field or variant of our own.
fn reserved(name: String, ours: &str) -> String {
    if name == ours {
        format!("{name}_")
    } else {
        name
    }
}

fn event(reached: &Reached<'_>, member: &model::Member) -> Result<Event> {
    let target = reached.model.shape(&member.target)?;
    let (wire, variant) = (member.name.clone(), variant_of(&member.name));
    let slot = slots::slot(reached, member, slots::Place::BODY)?;
    let kind = match slot.ty {
        Type::Structure(reference) if reference.error => {
            bind::all_in_body(target).map_err(|error| error.at(&member.target))?;
            EventKind::Exception(reference.name)
        }
        Type::Structure(reference) => {
            let Kind::Structure(members) = &target.kind else {
                return Err(Error::mismatch("an event is a structure").at(&member.target));
            };
            let placed = event_places(reached, target, members, member.target.as_str())?.is_some();
            EventKind::Event { reference, placed }
        }
        _ => {
            return Err(
                Error::unsupported("an event that is no structure").at(member.traits.owner())
            );
        }
    };
    Ok(Event {
        wire,
        variant,
        kind,
        redacted: slot.redacted,
    })
}

/// Where the members of an event stand, `None` where a JSON payload holds them all.
fn event_places(
    reached: &Reached<'_>,
    shape: &Shape,
    members: &[model::Member],
    id: &str,
) -> Result<Option<EventPlaces>> {
    let mut headers = Vec::new();
    let mut payload = None;
    for member in members {
        if member.traits.has("smithy.api#eventHeader") {
            let slot = slots::slot(reached, member, slots::Place::BODY)?;
            suits::event_header(&slot.ty, member)?;
            headers.push(field_of(&member.name));
        } else if member.traits.has("smithy.api#eventPayload") {
            let field = field_of(&member.name);
            payload = Some(match &reached.model.shape(&member.target)?.kind {
                Kind::Blob => EventPayload::Bytes(field),
                Kind::String | Kind::Enum(_) => EventPayload::Text(field),
                _ => EventPayload::Json(field),
            });
        }
    }
    if headers.is_empty() && payload.is_none() {
        return Ok(None);
    }
    let is_event = reached.events.iter().any(|event| event.as_str() == id);
    if !is_event || shape.is_error() {
        return Err(Error::unsupported("event traits on a structure that is no event").at(id));
    }
    let payload = match payload {
        Some(payload) if members.len() == headers.len() + 1 => payload,
        Some(_) => {
            return Err(Error::unsupported(
                "members beside an event's payload that are no headers",
            )
            .at(id));
        }
        None if members.len() == headers.len() => EventPayload::Empty,
        None => EventPayload::Members,
    };
    Ok(Some(EventPlaces { headers, payload }))
}

fn bytes_of_payload(members: &mut [Member], event: Option<&EventPlaces>) {
    if let Some(EventPlaces {
        payload: EventPayload::Bytes(field),
        ..
    }) = event
    {
        for member in members {
            if member.name == *field {
                member.slot.ty = Type::Bytes;
            }
        }
    }
}

fn error(reached: &Reached<'_>, id: &ShapeId, name: &str) -> Result<ErrorShape> {
    let shape = reached.model.shape(id)?;
    let fault = shape.traits.text("smithy.api#error")?;
    let status = match (shape.traits.integer("smithy.api#httpError")?, fault) {
        (Some(status), _) => u16::try_from(status).map_err(|error| {
            Error::form("expected a status")
                .at(id)
                .on_trait("smithy.api#httpError")
                .because(error)
        })?,
        (None, Some("client")) => 400,
        (None, Some("server")) => 500,
        (None, _) => {
            return Err(Error::form("expected `client` or `server`")
                .at(id)
                .on_trait("smithy.api#error"));
        }
    };
    let retryable = shape.traits.get("smithy.api#retryable");
    let throttling =
        retryable.and_then(|value| value.get("throttling")) == Some(&serde_json::Value::Bool(true));
    Ok(ErrorShape {
        id: id.to_string(),
        name: name.to_owned(),
        wire: id.name().to_owned(),
        status,
        retryable: retryable.is_some(),
        throttling,
        structure: bind::error(reached, id, name.to_owned())?,
    })
}

/// Fails where two names of one place fall together.
pub(super) fn unique<'n>(names: impl Iterator<Item = (&'n str, &'n str)>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (name, at) in names {
        if !seen.insert(name) {
            return Err(
                Error::mismatch(format!("two members have the name `{name}` in Rust")).at(at),
            );
        }
    }
    Ok(())
}
