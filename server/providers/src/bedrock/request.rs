//! What goes out for a request that came in: the caller's method, path, query and body, and few of its headers.

use bytes::{Bytes, BytesMut};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, header};
use llm::{Call, Error, Kind, Model, Native, Origin};
use rest_json::binding::encode_percent;
use rest_json::{DecodeError, Reader};

use crate::bedrock::operation::{Operation, Place};
use crate::http::endpoint::Endpoint;

/// The request for `endpoint`, without its authorization.
///
/// Where the route led to a model of another name, that name is put in place of the caller's, and nothing else is touched.
pub(super) fn build(
    operation: &Operation,
    endpoint: &Endpoint,
    model: Option<&Model>,
    call: &Call,
) -> Result<Request<Bytes>, Error> {
    let native = &call.native;
    let rerouted = match (model, &call.model) {
        (Some(model), Some(asked)) if model != asked => Some(&*model.name),
        (Some(_), Some(_) | None) | (None, Some(_) | None) => None,
    };
    let (label, member) = match (operation.model, rerouted) {
        (Place::Segment(index), Some(name)) => (Some((index, name)), None),
        (Place::Member(member), Some(name)) => (None, Some((member, name))),
        (Place::Nowhere, Some(_)) | (_, None) => (None, None),
    };
    let target = target(endpoint, &native.target, label)?;
    let body = match member {
        Some((member, name)) => replace_member(&native.body, member, name).map_err(malformed)?,
        None => native.body.clone(),
    };
    let mut request = Request::new(body);
    *request.uri_mut() = endpoint.address(target).map_err(internal)?;
    *request.headers_mut() = headers(operation, endpoint, native, request.body().is_empty());
    request.method_mut().clone_from(&native.method);
    Ok(request)
}

/// The modelled header members, content type and accepted types, and what this hop needs itself.
fn headers(operation: &Operation, endpoint: &Endpoint, native: &Native, empty: bool) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(header::HOST, endpoint.host.clone());
    // A compressed stream would be buffered by whoever compresses it, and its frames could not be cut.
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    let always = [header::CONTENT_TYPE, header::ACCEPT];
    for name in always.iter().chain(operation.headers) {
        for value in native.head.get_all(name) {
            headers.append(name, value.clone());
        }
    }
    if empty && native.method != Method::GET {
        // The client leaves the length of nothing out, which some servers answer with 411.
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    headers
}

/// Path and query at the endpoint: the caller's own spelling of every segment but the named one.
fn target(
    endpoint: &Endpoint,
    asked: &PathAndQuery,
    label: Option<(usize, &str)>,
) -> Result<PathAndQuery, Error> {
    let path = asked.path();
    if label.is_none() && endpoint.prefix.is_empty() && !path.contains("//") {
        return Ok(asked.clone());
    }
    let mut target = String::with_capacity(endpoint.prefix.len() + asked.as_str().len() + 64);
    target.push_str(&endpoint.prefix);
    // Clients whose endpoint ends with a slash send `//model/...`; signatures are made over the path without empty
    // segments, so it is sent that way too.
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    for (index, segment) in segments.enumerate() {
        target.push('/');
        match label {
            Some((place, name)) if place == index => push_label(name, &mut target)?,
            Some(_) | None => target.push_str(segment),
        }
    }
    if let Some(query) = asked.query() {
        target.push('?');
        target.push_str(query);
    }
    PathAndQuery::try_from(target).map_err(internal)
}

fn push_label(name: &str, target: &mut String) -> Result<(), Error> {
    // These would survive the encoding and walk up the path.
    if matches!(name, "" | "." | "..") {
        return Err(Error::new(
            Kind::ModelNotFound,
            Origin::Gateway,
            "The provided model identifier is invalid.",
        ));
    }
    encode_percent(name, target);
    Ok(())
}

/// The JSON object with another text as its member of that name; every other byte stays.
///
/// Where the member stands twice, both are replaced: readers differ in which of the two they take.
fn replace_member(body: &Bytes, member: &str, text: &str) -> Result<Bytes, DecodeError> {
    let mut replaced = BytesMut::with_capacity(body.len() + text.len());
    let mut written = 0;
    let mut reader = Reader::new(body)?;
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        let value = reader.raw()?;
        if key != member {
            continue;
        }
        // `value` is a part of `body`, so the distance of their beginnings is its place.
        let start = value.as_ptr().addr() - body.as_ptr().addr();
        replaced.extend_from_slice(body.get(written..start).unwrap_or_default());
        replaced.extend_from_slice(&rest_json::json::to_vec(&text));
        written = start + value.len();
    }
    reader.finish()?;
    replaced.extend_from_slice(body.get(written..).unwrap_or_default());
    Ok(replaced.freeze())
}

fn malformed(error: DecodeError) -> Error {
    Error::new(Kind::Malformed, Origin::Client, error.to_string()).with_source(error)
}

fn internal(error: impl Into<http::Error>) -> Error {
    Error::new(Kind::GatewayInternal, Origin::Gateway, "Internal error.").with_source(error.into())
}
