//! The scenario files: what is called, what an upstream answers, what the SDK must return or raise.
//!
//! Every expectation is written by hand, from the model, from AWS's documentation, from a provider's or from the sandbox's.
//! The form of the files is told in `scenarios/README.md`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The files, in the order of the matrix.
static FILES: &[(&str, &str)] = &[
    (
        "any-model.json",
        include_str!("../../scenarios/any-model.json"),
    ),
    (
        "sandbox-converse.json",
        include_str!("../../scenarios/sandbox-converse.json"),
    ),
    (
        "sandbox-tools.json",
        include_str!("../../scenarios/sandbox-tools.json"),
    ),
    (
        "sandbox-errors.json",
        include_str!("../../scenarios/sandbox-errors.json"),
    ),
    (
        "sandbox-stream-errors.json",
        include_str!("../../scenarios/sandbox-stream-errors.json"),
    ),
    (
        "validation.json",
        include_str!("../../scenarios/validation.json"),
    ),
    (
        "relay-converse.json",
        include_str!("../../scenarios/relay-converse.json"),
    ),
    (
        "relay-invoke.json",
        include_str!("../../scenarios/relay-invoke.json"),
    ),
    (
        "relay-guardrails.json",
        include_str!("../../scenarios/relay-guardrails.json"),
    ),
    (
        "relay-async-invoke.json",
        include_str!("../../scenarios/relay-async-invoke.json"),
    ),
    (
        "relay-control.json",
        include_str!("../../scenarios/relay-control.json"),
    ),
    (
        "relay-errors.json",
        include_str!("../../scenarios/relay-errors.json"),
    ),
    (
        "bedrock-invoke.json",
        include_str!("../../scenarios/bedrock-invoke.json"),
    ),
    (
        "openai-converse.json",
        include_str!("../../scenarios/openai-converse.json"),
    ),
    (
        "openai-tools.json",
        include_str!("../../scenarios/openai-tools.json"),
    ),
    (
        "openai-stream.json",
        include_str!("../../scenarios/openai-stream.json"),
    ),
    (
        "openai-invoke.json",
        include_str!("../../scenarios/openai-invoke.json"),
    ),
    (
        "openai-errors.json",
        include_str!("../../scenarios/openai-errors.json"),
    ),
    (
        "anthropic-converse.json",
        include_str!("../../scenarios/anthropic-converse.json"),
    ),
    (
        "anthropic-tools.json",
        include_str!("../../scenarios/anthropic-tools.json"),
    ),
    (
        "anthropic-stream.json",
        include_str!("../../scenarios/anthropic-stream.json"),
    ),
    (
        "anthropic-invoke.json",
        include_str!("../../scenarios/anthropic-invoke.json"),
    ),
    (
        "anthropic-errors.json",
        include_str!("../../scenarios/anthropic-errors.json"),
    ),
];

static ATTEMPTS: &str = include_str!("../../scenarios/attempts.json");

/// One call and what must come of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// A sentence in kebab case, unique.
    pub id: String,
    /// The matrix's second heading: `text`, `tools`, `error`, ...
    pub feature: String,
    /// Where the expectation comes from, if the file's readers would wonder.
    #[serde(default)]
    pub about: String,
    /// What the endpoint must have.
    pub needs: Needs,
    /// `bedrock-runtime` unless told.
    #[serde(default = "runtime")]
    pub service: String,
    /// The operation's name in the model.
    pub operation: String,
    /// The members of the call, in the drivers' normal form.
    pub input: Value,
    /// A row of `attempts.json`: how often each SDK sends the request.
    #[serde(default)]
    pub attempts: Option<String>,
    /// What the SDK must return or raise.
    pub expect: Expect,
    /// What the upstream must be sent and answers; with `needs: upstream`, and with `needs: translation` unless nothing may
    /// reach it.
    #[serde(default)]
    pub upstream: Option<Exchange>,
    /// SDKs that fall short of the expectation by a fault of their own, and which; one that comes to pass is a failure.
    #[serde(default)]
    pub except: BTreeMap<String, String>,
}

/// What an endpoint must have for a scenario to make sense there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Needs {
    /// Any Bedrock-compatible endpoint and one chat model.
    Any,
    /// The gateway's built-in sandbox.
    Sandbox,
    /// A relay to the runner's own upstream.
    Upstream,
    /// A gateway that has the runner's own upstream for its providers `bedrock`, `openai` and `anthropic`.
    Translation,
}

/// What an SDK must return or raise; members that are absent are not looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The members of the answer.
    #[serde(default)]
    pub output: Option<Value>,
    /// The events of the stream, one by one.
    #[serde(default)]
    pub events: Option<Value>,
    /// A ConverseStream folded into one message; its grammar is checked too.
    #[serde(default)]
    pub stream: Option<Value>,
    /// `code`, `message`, `status`, `typed`; a call that must fail has it.
    #[serde(default)]
    pub error: Option<Value>,
    /// Headers of the last answer, for the SDKs that show them.
    #[serde(default)]
    pub headers: Option<Value>,
}

/// What passes between the gateway and its upstream.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What must arrive.
    pub request: Arrives,
    /// What is answered, one after the other; the last again and again.
    pub answers: Vec<WireAnswer>,
}

/// The request as the upstream must see it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrives {
    /// The HTTP method.
    pub method: String,
    /// The path, decoded segment by segment.
    pub path: String,
    /// The query, decoded.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The body as JSON, which also a blob body is here.
    #[serde(default)]
    pub body: Option<Value>,
    /// Headers that must be there, in lower case.
    #[serde(default)]
    pub headers: BTreeMap<String, Value>,
}

/// An answer as AWS would write it, or another provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireAnswer {
    /// The status.
    pub status: u16,
    /// Headers beside Content-Type, which follows from the body, and the request id, which the upstream makes.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A JSON body, written compactly and in this order.
    #[serde(default)]
    pub json: Option<Value>,
    /// A body as text, for what JSON alone does not tell.
    #[serde(default)]
    pub text: Option<String>,
    /// An event stream of AWS.
    #[serde(default)]
    pub frames: Option<Vec<WireFrame>>,
    /// Server-sent events, of any other provider: the data of each, a string as it is and everything else as JSON.
    #[serde(default)]
    pub sse: Option<Vec<Value>>,
}

/// One frame of an event stream.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireFrame {
    /// `:event-type`.
    #[serde(default)]
    pub event: Option<String>,
    /// `:exception-type`.
    #[serde(default)]
    pub exception: Option<String>,
    /// The payload.
    #[serde(default)]
    pub json: Option<Value>,
    /// The payload of a `chunk`: this document in base64 under `bytes`.
    #[serde(default)]
    pub chunk: Option<Value>,
}

impl WireAnswer {
    /// With values in the place of `${name}` in its JSON.
    #[must_use]
    pub fn filled(&self, variables: &[(&str, &str)]) -> Self {
        Self {
            json: self
                .json
                .as_ref()
                .map(|document| filled(document, variables)),
            ..self.clone()
        }
    }
}

/// Rows of `attempts.json`: a name, then SDK -> number of attempts.
pub type Attempts = BTreeMap<String, BTreeMap<String, u64>>;

/// Every scenario.
///
/// # Errors
/// The file and the fault, if one of them is not of this form.
pub fn all() -> Result<Vec<Scenario>, String> {
    let mut scenarios = Vec::new();
    for (name, text) in FILES {
        let file: Vec<Scenario> =
            serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?;
        scenarios.extend(file);
    }
    Ok(scenarios)
}

/// The attempts that each SDK makes with its default settings.
///
/// # Errors
/// The fault, if the file is not of this form.
pub fn attempts() -> Result<Attempts, String> {
    serde_json::from_str(ATTEMPTS).map_err(|error| format!("attempts.json: {error}"))
}

/// Puts values in the place of `${name}` in every string of a document.
#[must_use]
pub fn filled(value: &Value, variables: &[(&str, &str)]) -> Value {
    match value {
        Value::String(text) => Value::String(filled_text(text, variables)),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| filled(item, variables)).collect())
        }
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, member)| (filled_text(name, variables), filled(member, variables)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Puts values in the place of `${name}` in one string.
#[must_use]
pub fn filled_text(text: &str, variables: &[(&str, &str)]) -> String {
    variables
        .iter()
        .fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("${{{name}}}"), value)
        })
}

fn runtime() -> String {
    "bedrock-runtime".to_owned()
}
