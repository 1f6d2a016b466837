//! HTTP bindings: which member of an input, output or error stands where, and what the body is.
//! Smithy 2.0, "HTTP bindings": traits of the other direction are ignored, and then the member is one of the body.

use super::{
    Body, Bound, HttpStructure, Location, Segment,
    build::{field_of, unique},
    reach::Reached,
    slots::{self, Place},
    suits,
};
use crate::{
    error::{Error, Result},
    model::{self, Kind, ShapeId},
};

const HEADER: &str = "smithy.api#httpHeader";
const LABEL: &str = "smithy.api#httpLabel";
const PAYLOAD: &str = "smithy.api#httpPayload";
const PREFIX: &str = "smithy.api#httpPrefixHeaders";
const QUERY: &str = "smithy.api#httpQuery";
const QUERY_PARAMS: &str = "smithy.api#httpQueryParams";
const RESPONSE_CODE: &str = "smithy.api#httpResponseCode";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Request,
    Response,
}

/// An operation's input, with the name of the event stream in it.
pub(super) fn input(
    reached: &Reached<'_>,
    id: &ShapeId,
    name: String,
) -> Result<(HttpStructure, Option<String>)> {
    structure(reached, id, name, Direction::Request)
}

/// An operation's output, with the name of the event stream in it.
pub(super) fn output(
    reached: &Reached<'_>,
    id: &ShapeId,
    name: String,
) -> Result<(HttpStructure, Option<String>)> {
    structure(reached, id, name, Direction::Response)
}

/// An error.
pub(super) fn error(reached: &Reached<'_>, id: &ShapeId, name: String) -> Result<HttpStructure> {
    match structure(reached, id, name, Direction::Response)? {
        (structure, None) => Ok(structure),
        (_, Some(_)) => Err(Error::unsupported("an error with an event stream").at(id)),
    }
}

fn structure(
    reached: &Reached<'_>,
    id: &ShapeId,
    name: String,
    direction: Direction,
) -> Result<(HttpStructure, Option<String>)> {
    let shape = reached.model.shape(id)?;
    let Kind::Structure(members) = &shape.kind else {
        return Err(Error::mismatch(format!(
            "a structure was expected, found a {}",
            shape.kind.type_name()
        ))
        .at(id));
    };
    let mut bound = Vec::new();
    let mut body = None;
    let mut stream = None;
    for member in members {
        let location = location(member, direction)?;
        let target = reached.model.shape(&member.target)?;
        if target.is_event_stream() {
            if location != Location::Payload {
                return Err(
                    Error::unsupported("an event stream that is not the payload")
                        .at(member.traits.owner()),
                );
            }
            stream = Some(reached.name_of(&member.target)?.0.to_owned());
            body = Some(Body::Stream);
            continue;
        }
        let place = match &location {
            Location::Body | Location::ResponseCode => Place::BODY,
            Location::Payload => {
                body = Some(payload(member, target)?);
                Place::PAYLOAD
            }
            Location::Header(_) | Location::PrefixHeaders(_) => Place::HEADER,
            Location::Label
            | Location::GreedyLabel
            | Location::Query(_)
            | Location::QueryParams => Place::TARGET,
        };
        let field = slots::member(reached, member, field_of(&member.name), place)?;
        suits::location(&location, &field.slot.ty, member)?;
        bound.push(Bound {
            member: field,
            location,
        });
    }
    unique(
        bound
            .iter()
            .map(|bound| (bound.member.name.as_str(), id.as_str())),
    )?;
    let in_body = bound.iter().any(|bound| bound.location == Location::Body);
    let body = match body {
        Some(_) if in_body => {
            return Err(Error::unsupported("members of the body beside a payload").at(id));
        }
        Some(body) => body,
        // The restJson1 suite: a request without members of the body has none, an answer is at least `{}`.
        None if direction == Direction::Request && !in_body => Body::Empty,
        None if id.is_unit() => Body::Empty,
        None => Body::Members,
    };
    let sensitive = shape.traits.has("smithy.api#sensitive");
    Ok((
        HttpStructure {
            id: id.to_string(),
            name,
            members: bound,
            body,
            sensitive,
        },
        stream,
    ))
}

/// An error in an event stream has no other place than the payload of its frame.
pub(super) fn all_in_body(error: &model::Shape) -> Result<()> {
    for member in error.members() {
        if location(member, Direction::Response)? != Location::Body {
            return Err(Error::unsupported(
                "an error of an event stream with members beside its body",
            ));
        }
    }
    Ok(())
}

fn location(member: &model::Member, direction: Direction) -> Result<Location> {
    let traits = &member.traits;
    if let Some(name) = traits.text(HEADER)? {
        return Ok(Location::Header(name.to_owned()));
    }
    if let Some(prefix) = traits.text(PREFIX)? {
        return Ok(Location::PrefixHeaders(prefix.to_owned()));
    }
    if traits.has(PAYLOAD) {
        return Ok(Location::Payload);
    }
    Ok(match direction {
        Direction::Request if traits.has(LABEL) => Location::Label,
        Direction::Request if traits.has(QUERY_PARAMS) => Location::QueryParams,
        Direction::Request => match traits.text(QUERY)? {
            Some(name) => Location::Query(name.to_owned()),
            None => Location::Body,
        },
        Direction::Response if traits.has(RESPONSE_CODE) => Location::ResponseCode,
        Direction::Response => Location::Body,
    })
}

fn payload(member: &model::Member, target: &model::Shape) -> Result<Body> {
    let media_type = target.traits.text("smithy.api#mediaType")?;
    match &target.kind {
        Kind::Blob => Ok(Body::Bytes(
            media_type.unwrap_or("application/octet-stream").to_owned(),
        )),
        Kind::String | Kind::Enum(_) => {
            Ok(Body::Text(media_type.unwrap_or("text/plain").to_owned()))
        }
        Kind::Structure(_) => Ok(Body::Json { object: true }),
        Kind::Union(_) | Kind::Document | Kind::List(_) | Kind::Map { .. } => {
            Ok(Body::Json { object: false })
        }
        other => {
            let message = format!("a payload that is a {}", other.type_name());
            Err(Error::unsupported(message)
                .at(member.traits.owner())
                .on_trait(PAYLOAD))
        }
    }
}

/// The parameters of a path pattern's query, with their values where they have one.
type QueryLiterals = Vec<(String, Option<String>)>;

/// The segments and the query parameters of a path pattern.
pub(super) fn uri(pattern: &str) -> Result<(Vec<Segment>, QueryLiterals)> {
    let (path, query) = pattern.split_once('?').unwrap_or((pattern, ""));
    let path = path
        .strip_prefix('/')
        .ok_or_else(|| Error::form("a path pattern begins with `/`"))?;
    let mut segments = Vec::new();
    for text in path.split('/').filter(|text| !text.is_empty()) {
        let label = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'));
        segments.push(match label {
            Some(label) => match label.strip_suffix('+') {
                Some(label) => Segment::Greedy(label.to_owned()),
                None => Segment::Label(label.to_owned()),
            },
            None if text.contains(['{', '}']) => {
                return Err(Error::unsupported(format!(
                    "the segment `{text}` of a path pattern"
                )));
            }
            None => Segment::Literal(text.to_owned()),
        });
    }
    let query = query
        .split('&')
        .filter(|text| !text.is_empty())
        .map(|text| match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (text.to_owned(), None),
        })
        .collect();
    Ok((segments, query))
}

/// Labels of the pattern and labelled members must be the same; greedy ones are told apart from here on.
pub(super) fn labels(segments: &[Segment], input: &mut HttpStructure) -> Result<()> {
    let mut n_labels = 0;
    for segment in segments {
        let (label, location) = match segment {
            Segment::Literal(_) => continue,
            Segment::Label(label) => (label, Location::Label),
            Segment::Greedy(label) => (label, Location::GreedyLabel),
        };
        let bound = input
            .members
            .iter_mut()
            .find(|bound| bound.location == Location::Label && bound.member.wire == *label);
        match bound {
            Some(bound) => bound.location = location,
            None => {
                return Err(
                    Error::mismatch(format!("no member is bound to the label `{label}`"))
                        .on_trait(LABEL),
                );
            }
        }
        n_labels += 1;
    }
    let n_members = input
        .members
        .iter()
        .filter(|bound| matches!(bound.location, Location::Label | Location::GreedyLabel))
        .count();
    if n_members == n_labels {
        Ok(())
    } else {
        Err(Error::mismatch("a member is bound to a label the path does not have").on_trait(LABEL))
    }
}
