//! The cases of the suite as its traits give them. A key that is not understood is an error, so that nothing of a case
//! is passed over.

use std::collections::BTreeMap;

use codegen::model::{Model, ShapeId};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// Which end of the wire a case is for; none for both.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Client,
    Server,
}

/// The four kinds of cases; identifiers are unique in one kind only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Request,
    Response,
    Malformed,
    Event,
}

/// Every case with the shape it stands on: an operation, or an error for some responses.
pub(crate) struct Suite {
    pub(crate) requests: Vec<At<RequestCase>>,
    pub(crate) responses: Vec<At<ResponseCase>>,
    pub(crate) malformed: Vec<At<MalformedCase>>,
    pub(crate) events: Vec<At<EventCase>>,
}

/// A case and the shape it stands on.
pub(crate) struct At<C> {
    pub(crate) shape: ShapeId,
    pub(crate) case: C,
}

/// `smithy.test#httpRequestTests`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RequestCase {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) host: Option<String>,
    pub(crate) resolved_host: Option<String>,
    pub(crate) query_params: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) forbid_query_params: Vec<String>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) forbid_headers: Vec<String>,
    #[serde(default)]
    pub(crate) require_headers: Vec<String>,
    pub(crate) body: Option<String>,
    pub(crate) body_media_type: Option<String>,
    #[serde(default)]
    pub(crate) params: Map<String, Value>,
    pub(crate) applies_to: Option<Role>,
}

/// `smithy.test#httpResponseTests`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ResponseCase {
    pub(crate) id: String,
    pub(crate) code: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) forbid_headers: Vec<String>,
    pub(crate) body: Option<String>,
    pub(crate) body_media_type: Option<String>,
    #[serde(default)]
    pub(crate) params: Map<String, Value>,
    pub(crate) applies_to: Option<Role>,
}

/// `smithy.test#httpMalformedRequestTests`, its parameters not yet put in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MalformedCase {
    pub(crate) id: String,
    pub(crate) request: MalformedRequest,
    pub(crate) response: Refusal,
    #[serde(default)]
    pub(crate) test_parameters: BTreeMap<String, Vec<String>>,
}

/// What a server is sent.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MalformedRequest {
    pub(crate) method: String,
    pub(crate) uri: String,
    #[serde(default)]
    pub(crate) query_params: Vec<String>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) body: String,
}

/// How a server must answer it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    pub(crate) code: u16,
    pub(crate) headers: BTreeMap<String, String>,
}

/// `smithy.test#eventStreamTests`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EventCase {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) initial_request_params: Map<String, Value>,
    pub(crate) initial_request: Option<InitialRequest>,
    #[serde(rename = "initialRequestShape")]
    pub(crate) _initial_request_shape: Option<String>,
    #[serde(default)]
    pub(crate) initial_response_params: Map<String, Value>,
    pub(crate) initial_response: Option<InitialResponse>,
    #[serde(rename = "initialResponseShape")]
    pub(crate) _initial_response_shape: Option<String>,
    #[serde(default)]
    pub(crate) events: Vec<Event>,
    pub(crate) expectation: Option<Expectation>,
    pub(crate) applies_to: Option<Role>,
}

/// The head of a request with a stream.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct InitialRequest {
    pub(crate) method: String,
    pub(crate) uri: String,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
}

/// The head of an answer with a stream, or a whole error answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct InitialResponse {
    pub(crate) code: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) body: String,
    #[serde(rename = "bodyMediaType")]
    pub(crate) _body_media_type: Option<String>,
}

/// One frame: what it says, decoded and as bytes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Event {
    #[serde(rename = "type")]
    pub(crate) direction: Direction,
    pub(crate) params: Option<Map<String, Value>>,
    /// By name, a value of one key: the header's type.
    pub(crate) headers: BTreeMap<String, Map<String, Value>>,
    #[serde(default)]
    pub(crate) body: String,
    pub(crate) body_media_type: Option<String>,
    /// Base64.
    pub(crate) bytes: String,
}

/// Which way a frame goes.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    Request,
    Response,
}

/// What must come of an event-stream case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expectation {
    pub(crate) failure: Failure,
}

/// The reader must fail; with this error, if one is named.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Failure {
    pub(crate) error_id: Option<String>,
}

impl Suite {
    pub(crate) fn of(model: &Model) -> Self {
        Self {
            requests: cases(model, "smithy.test#httpRequestTests"),
            responses: cases(model, "smithy.test#httpResponseTests"),
            malformed: cases(model, "smithy.test#httpMalformedRequestTests"),
            events: cases(model, "smithy.test#eventStreamTests"),
        }
    }
}

fn cases<C: DeserializeOwned>(model: &Model, trait_id: &str) -> Vec<At<C>> {
    let mut found = Vec::new();
    for (id, shape) in &model.shapes {
        let Some(value) = shape.traits.get(trait_id) else {
            continue;
        };
        for case in value.as_array().expect("the trait holds a list") {
            let mut case = case.clone();
            let keys = case.as_object_mut().expect("a case is an object");
            assert_eq!(
                keys.remove("protocol"),
                Some("aws.protocols#restJson1".into()),
                "{id}"
            );
            // Prose says why a case is there, not what is in it.
            keys.remove("documentation");
            keys.remove("tags");
            let case = serde_json::from_value(case)
                .unwrap_or_else(|error| panic!("{id}, {trait_id}: {error}"));
            found.push(At {
                shape: id.clone(),
                case,
            });
        }
    }
    found
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Request, Self::Response, Self::Malformed, Self::Event];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Malformed => "malformed",
            Self::Event => "event",
        }
    }
}

impl Role {
    pub(crate) const BOTH: [Self; 2] = [Self::Client, Self::Server];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

impl Direction {
    pub(crate) fn writer(self) -> Role {
        match self {
            Self::Request => Role::Client,
            Self::Response => Role::Server,
        }
    }
}

impl MalformedCase {
    /// The requests with every set of parameters put in.
    pub(crate) fn requests(&self) -> Vec<MalformedRequest> {
        let n_sets = self.test_parameters.values().map(Vec::len).max();
        let Some(n_sets) = n_sets else {
            return vec![self.request.clone()];
        };
        (0..n_sets).map(|index| self.with_set(index)).collect()
    }

    fn with_set(&self, index: usize) -> MalformedRequest {
        let fill = |text: &String| {
            let mut text = text.clone();
            for (name, values) in &self.test_parameters {
                let value = &values[index];
                let quoted = Value::from(value.as_str()).to_string();
                text = text
                    .replace(&format!("${name}:L"), value)
                    .replace(&format!("${name}:S"), &quoted);
            }
            text
        };
        let MalformedRequest {
            method,
            uri,
            query_params,
            headers,
            body,
        } = &self.request;
        MalformedRequest {
            method: method.clone(),
            uri: fill(uri),
            query_params: query_params.iter().map(fill).collect(),
            headers: headers
                .iter()
                .map(|(name, value)| (name.clone(), fill(value)))
                .collect(),
            body: fill(body),
        }
    }
}
