//! The program that runs the cases: calls on the harness, with everything a case says as literals.

use std::{collections::BTreeMap, fmt::Write as _};

use codegen::{
    ir::{Location, Operation, Service, names},
    model::ShapeId,
};
use serde_json::{Map, Value};

use crate::{
    literal, show,
    suite::{
        At, Direction, Event, EventCase, Kind, MalformedCase, RequestCase, ResponseCase, Role,
        Suite,
    },
};

/// What the suite's client makes up where the caller gives no token (`RestJsonQueryIdempotencyTokenAutoFill`).
const TOKEN: &str = "00000000-0000-4000-8000-000000000000";

const HARNESS: &str = include_str!("harness.rs");

/// The program's files, by their paths in the crate's folder.
pub(crate) fn files(service: &Service, suite: &Suite) -> Vec<(&'static str, String)> {
    let mut calls = Vec::new();
    for At { shape, case } in &suite.requests {
        request(&mut calls, service, shape, case);
    }
    for At { shape, case } in &suite.responses {
        response(&mut calls, service, shape, case);
    }
    for At { shape, case } in &suite.malformed {
        malformed(&mut calls, service, shape, case);
    }
    for At { shape, case } in &suite.events {
        event(&mut calls, service, shape, case);
    }
    let mut main = String::from(
        "//! The cases of the suite.\n\n#![allow(unused_imports)]\n\nmod harness;\nmod show;\n\n\
         use harness::*;\nuse protocol::service::{error, operation, types};\n\n",
    );
    // One function a case: a compiler takes many small functions faster than a large one.
    for (index, call) in calls.iter().enumerate() {
        writeln!(main, "fn case_{index}() {{\n{call}}}\n").expect("a string takes all text");
    }
    let list: String = (0..calls.len())
        .map(|index| format!("case_{index}(); "))
        .collect();
    writeln!(main, "fn main() {{ {list}}}").expect("a string takes all text");
    let show = format!(
        "//! How the types of the service look.\n\n#![allow(unused_imports)]\n\nuse crate::harness::*;\n\
         use protocol::service::{{error, operation, types}};\n\n{}",
        show::implementations(service)
    );
    vec![
        ("examples/suite/main.rs", main),
        ("examples/suite/show.rs", show),
        ("examples/suite/harness.rs", HARNESS.to_owned()),
    ]
}

/// The name of a case in the program's lines.
pub(crate) fn case_name(kind: Kind, id: &str) -> String {
    format!("{}/{id}", kind.name())
}

/// The name of a malformed case with one of its sets of parameters.
pub(crate) fn set_name(id: &str, index: usize) -> String {
    format!("{}#{index}", case_name(Kind::Malformed, id))
}

/// Whether a case is for this end.
pub(crate) fn is_for(role: Role, applies_to: Option<Role>) -> bool {
    applies_to.is_none_or(|only| only == role)
}

fn request(calls: &mut Vec<String>, service: &Service, shape: &ShapeId, case: &RequestCase) {
    let operation = operation(service, shape);
    let name = case_name(Kind::Request, &case.id);
    let input = input(service, operation, &case.params);
    let mut call = String::new();
    if is_for(Role::Client, case.applies_to) {
        let input = filled(operation, &input);
        call += &format!(
            "sends::<operation::{}>({name:?}, || {input});\n",
            operation.name
        );
    }
    if is_for(Role::Server, case.applies_to) {
        let query = case.query_params.as_deref().unwrap_or_default();
        let body = case.body.as_deref().unwrap_or_default();
        let message = message(&case.method, &case.uri, query, &case.headers, body);
        let input = self::input(
            service,
            operation,
            &without_empty_lists(operation, &case.params),
        );
        call += &format!(
            "accepts::<operation::{}>({name:?}, &{message}, || {input});\n",
            operation.name
        );
    }
    calls.push(call);
}

fn response(calls: &mut Vec<String>, service: &Service, shape: &ShapeId, case: &ResponseCase) {
    let name = case_name(Kind::Response, &case.id);
    let body = case.body.as_deref().unwrap_or_default();
    let answer = answer(case.code, &case.headers, body);
    let found = service
        .operations
        .iter()
        .find(|operation| operation.id == shape.as_str());
    let (encode, decode) = match found {
        Some(operation) => {
            let marker = &operation.name;
            let output = output(service, operation, &case.params);
            (
                format!(
                    "<operation::{marker} as rest_json::Operation>::encode_response(&{output})"
                ),
                format!("reads::<operation::{marker}>({name:?}, &{answer}, || {output});\n"),
            )
        }
        None => {
            let error = service
                .errors
                .iter()
                .find(|error| error.id == shape.as_str());
            let error = &error
                .unwrap_or_else(|| panic!("{shape} is nothing of the service"))
                .name;
            let operation = service
                .operations
                .iter()
                .find(|it| it.errors.contains(error));
            let marker = &operation
                .unwrap_or_else(|| panic!("no operation gives {error}"))
                .name;
            let literal = literal::error(service, error, &case.params);
            let pick = format!(
                "|error| match error {{ operation::{marker}Error::{error}(error) => Some(error), _ => None }}"
            );
            (
                format!(
                    "<operation::{marker} as rest_json::Operation>::encode_error(&operation::{marker}Error::{error}({literal}))"
                ),
                format!(
                    "fails::<operation::{marker}, _>({name:?}, &{answer}, {pick}, || {literal});\n"
                ),
            )
        }
    };
    let mut call = String::new();
    if is_for(Role::Server, case.applies_to) {
        call += &format!("answers({name:?}, || {encode});\n");
    }
    if is_for(Role::Client, case.applies_to) {
        call += &decode;
    }
    calls.push(call);
}

fn malformed(calls: &mut Vec<String>, service: &Service, shape: &ShapeId, case: &MalformedCase) {
    let marker = &operation(service, shape).name;
    let mut call = String::new();
    for (index, request) in case.requests().iter().enumerate() {
        let name = set_name(&case.id, index);
        let message = message(
            &request.method,
            &request.uri,
            &request.query_params,
            &request.headers,
            &request.body,
        );
        call += &format!("refuses::<operation::{marker}>({name:?}, &{message});\n");
    }
    calls.push(call);
}

fn event(calls: &mut Vec<String>, service: &Service, shape: &ShapeId, case: &EventCase) {
    let operation = operation(service, shape);
    let marker = &operation.name;
    let name = case_name(Kind::Event, &case.id);
    let is_failure = case.expectation.is_some();
    let mut call = String::new();
    if let Some(_head) = &case.initial_request {
        let input = input(service, operation, &case.initial_request_params);
        if is_for(Role::Client, case.applies_to) && !is_failure {
            call += &format!("sends::<operation::{marker}>({name:?}, || {input});\n");
        }
    }
    if case.initial_response.is_some() && is_for(Role::Server, case.applies_to) && !is_failure {
        let output = output(service, operation, &case.initial_response_params);
        call += &format!(
            "answers({name:?}, || <operation::{marker} as rest_json::Operation>::encode_response(&{output}));\n"
        );
    }
    for direction in [Direction::Request, Direction::Response] {
        let events: Vec<&Event> = case
            .events
            .iter()
            .filter(|event| event.direction == direction)
            .collect();
        let has_head = match direction {
            Direction::Request => case.initial_request.is_some(),
            Direction::Response => case.initial_response.is_some(),
        };
        if events.is_empty() && !has_head {
            continue;
        }
        let stream = match direction {
            Direction::Request => &operation.input_stream,
            Direction::Response => &operation.output_stream,
        };
        let stream = stream
            .as_deref()
            .unwrap_or_else(|| panic!("{shape} lacks a stream"));
        let literals: Vec<String> = events
            .iter()
            .filter_map(|event| event.params.as_ref())
            .map(|params| literal::event(service, stream, params))
            .collect();
        let writer = direction.writer();
        if is_for(writer, case.applies_to) && !is_failure {
            for literal in &literals {
                call += &format!("writes({name:?}, {:?}, || {literal});\n", writer.name());
            }
        }
        let reader = Role::BOTH
            .into_iter()
            .find(|role| *role != writer)
            .expect("there are two");
        if is_for(reader, case.applies_to) {
            let frames: Vec<String> = events.iter().map(|event| bytes(event)).collect();
            let events: String = literals
                .iter()
                .map(|literal| format!("|| {literal}, "))
                .collect();
            let frames = format!("&[{}]", frames.join(", "));
            call += &match direction {
                Direction::Request => hears(service, operation, case, &name, &frames, &events),
                Direction::Response => listens(service, operation, case, &name, &frames, &events),
            };
        }
    }
    calls.push(call);
}

fn hears(
    service: &Service,
    operation: &Operation,
    case: &EventCase,
    name: &str,
    frames: &str,
    events: &str,
) -> String {
    let marker = &operation.name;
    let (message, input) = match &case.initial_request {
        Some(head) => (
            message(&head.method, &head.uri, &[], &head.headers, ""),
            format!(
                "Some(|| {})",
                input(service, operation, &case.initial_request_params)
            ),
        ),
        None => (
            message(&operation.method, &operation.uri, &[], &BTreeMap::new(), ""),
            "None".to_owned(),
        ),
    };
    format!("hears::<operation::{marker}>({name:?}, &{message}, {frames}, {input}, &[{events}]);\n")
}

fn listens(
    service: &Service,
    operation: &Operation,
    case: &EventCase,
    name: &str,
    frames: &str,
    events: &str,
) -> String {
    let marker = &operation.name;
    let (answer, output) = match &case.initial_response {
        Some(head) => (
            answer(head.code, &head.headers, &head.body),
            format!(
                "Some(|| {})",
                output(service, operation, &case.initial_response_params)
            ),
        ),
        None => (
            answer(operation.status, &BTreeMap::new(), ""),
            "None".to_owned(),
        ),
    };
    let which: String = operation
        .errors
        .iter()
        .map(|error| {
            let id = show::id_of(service, error);
            format!("operation::{marker}Error::{error}(_) => Some({id:?}), ")
        })
        .collect();
    let unhandled = format!("operation::{marker}Error::Unhandled(_) => None");
    format!(
        "listens::<operation::{marker}>({name:?}, &{answer}, {frames}, {output}, &[{events}], \
         |error| match error {{ {which}{unhandled} }});\n"
    )
}

fn operation<'s>(service: &'s Service, shape: &ShapeId) -> &'s Operation {
    let found = service
        .operations
        .iter()
        .find(|operation| operation.id == shape.as_str());
    found.unwrap_or_else(|| panic!("{shape} is no operation of the service"))
}

fn input(service: &Service, operation: &Operation, params: &Map<String, Value>) -> String {
    let path = format!("operation::{}", operation.input.name);
    literal::http(service, &path, &operation.input, params)
}

fn output(service: &Service, operation: &Operation, params: &Map<String, Value>) -> String {
    let path = format!("operation::{}", operation.output.name);
    literal::http(service, &path, &operation.output, params)
}

fn message(
    method: &str,
    uri: &str,
    query: &[String],
    headers: &BTreeMap<String, String>,
    body: &str,
) -> String {
    let mut target = uri.to_owned();
    for (index, pair) in query.iter().enumerate() {
        target.push(if index == 0 { '?' } else { '&' });
        target.push_str(pair);
    }
    let headers = pairs(headers);
    format!(
        "Message {{ method: {method:?}, target: {target:?}, headers: &[{headers}], body: {body:?} }}"
    )
}

fn answer(status: u16, headers: &BTreeMap<String, String>, body: &str) -> String {
    let headers = pairs(headers);
    format!("Answer {{ status: {status}, headers: &[{headers}], body: {body:?} }}")
}

fn pairs(headers: &BTreeMap<String, String>) -> String {
    headers
        .iter()
        .map(|(name, value)| format!("({name:?}, {value:?}), "))
        .collect()
}

fn bytes(event: &Event) -> String {
    let bytes = base64_simd::STANDARD
        .decode_to_vec(&event.bytes)
        .expect("the suite has base64");
    format!("&{bytes:?}")
}

/// The input as a client sends it: the suite says which token it makes up.
fn filled(operation: &Operation, input: &str) -> String {
    let members = &operation.input.members;
    if members.iter().any(|bound| bound.member.idempotency_token) {
        format!("{{ let mut input = {input}; input.fill_idempotency_token({TOKEN:?}); input }}")
    } else {
        input.to_owned()
    }
}

/// An empty list in the query is written as nothing, so what is read is absent.
fn without_empty_lists(operation: &Operation, params: &Map<String, Value>) -> Map<String, Value> {
    let mut params = params.clone();
    params.retain(|key, value| {
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        let bound = operation
            .input
            .members
            .iter()
            .find(|bound| literal::is_named(&bound.member.name, &names::field(key)));
        !is_empty || !bound.is_some_and(|bound| matches!(bound.location, Location::Query(_)))
    });
    params
}
