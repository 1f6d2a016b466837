//! The scenarios: what boto3 is asked to do, and what it must return or raise. Their form is told in `record.py`.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// The folder of scenarios, fixtures and their recorder.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("recorded")
}

/// One call of boto3.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    #[serde(rename = "about")]
    _about: String,
    /// boto3's name of the service, where it is not `bedrock-runtime`.
    #[serde(default)]
    pub(crate) service: Option<String>,
    /// The gateway's configuration; without one the sandbox answers everything.
    #[serde(default)]
    pub(crate) config: Option<String>,
    /// Whether boto3 checks the arguments first.
    #[serde(default, rename = "validate")]
    _validate: bool,
    #[serde(rename = "call")]
    _call: String,
    /// The operation's name in the model.
    pub(crate) operation: String,
    #[serde(rename = "arguments")]
    _arguments: String,
    /// What the call returns, as JSON.
    #[serde(default)]
    returns: Option<String>,
    /// What the stream yields, as JSON.
    #[serde(default)]
    events: Option<String>,
    #[serde(default)]
    pub(crate) raises: Option<Raises>,
}

/// What the call, or its stream after the events, raises.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raises {
    /// The class in Python: the modelled exception's, `ClientError`, or `EventStreamError`.
    pub(crate) class: String,
    pub(crate) code: String,
    /// Absent in mid-stream.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// The whole message, or a part of it.
    #[serde(default)]
    pub(crate) message: Option<String>,
    #[serde(default)]
    pub(crate) contains: Option<String>,
    /// Members beside the message, as JSON.
    #[serde(default)]
    members: Option<String>,
}

impl Scenario {
    pub(crate) fn returns(&self) -> Option<Value> {
        self.returns.as_deref().map(json)
    }

    pub(crate) fn events(&self) -> Option<Vec<(String, Value)>> {
        let events = json(self.events.as_deref()?);
        let one = |event: &Value| {
            let (name, payload) = event.as_object().unwrap().iter().next().unwrap();
            (name.clone(), payload.clone())
        };
        Some(events.as_array().unwrap().iter().map(one).collect())
    }
}

impl Raises {
    pub(crate) fn members(&self) -> serde_json::Map<String, Value> {
        match self.members.as_deref().map(json) {
            Some(Value::Object(members)) => members,
            Some(other) => panic!("not members: {other}"),
            None => serde_json::Map::new(),
        }
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// Every scenario, in the order of their files.
pub(crate) fn scenarios() -> Vec<Scenario> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        scenario: Vec<Scenario>,
    }
    let mut paths: Vec<PathBuf> = fs::read_dir(folder().join("scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let file: File =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        file.scenario
    };
    paths.into_iter().flat_map(read).collect()
}
