//! The committed models as these tests read them: what each operation may answer with, and with which status.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// One operation: how it is asked for, and the errors that it models with their statuses.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) wire: &'static str,
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) body: &'static str,
    pub(crate) errors: BTreeMap<String, u16>,
}

impl Operation {
    pub(crate) fn is_of_runtime(&self) -> bool {
        self.wire.starts_with("bedrock/")
    }
}

/// Name, wire and body of each that is served; the rest is the model's word.
const SERVED: [(&str, &str, &str); 14] = [
    ("ApplyGuardrail", "bedrock/apply-guardrail", "{}"),
    ("Converse", "bedrock/converse", "{}"),
    ("ConverseStream", "bedrock/converse-stream", "{}"),
    ("CountTokens", "bedrock/count-tokens", "{}"),
    ("GetAsyncInvoke", "bedrock/get-async-invoke", ""),
    (
        "InvokeGuardrailChecks",
        "bedrock/invoke-guardrail-checks",
        "{}",
    ),
    ("InvokeModel", "bedrock/invoke-model", "{}"),
    (
        "InvokeModelWithResponseStream",
        "bedrock/invoke-model-with-response-stream",
        "{}",
    ),
    ("ListAsyncInvokes", "bedrock/list-async-invokes", ""),
    (
        "StartAsyncInvoke",
        "bedrock/start-async-invoke",
        r#"{"modelId":"m"}"#,
    ),
    (
        "GetFoundationModel",
        "bedrock-control/get-foundation-model",
        "",
    ),
    (
        "GetInferenceProfile",
        "bedrock-control/get-inference-profile",
        "",
    ),
    (
        "ListFoundationModels",
        "bedrock-control/list-foundation-models",
        "",
    ),
    (
        "ListInferenceProfiles",
        "bedrock-control/list-inference-profiles",
        "",
    ),
];

/// Every operation that is served.
pub(crate) fn operations() -> Vec<Operation> {
    let runtime = shapes("bedrock-runtime.json");
    let control = shapes("bedrock.json");
    SERVED
        .iter()
        .map(|(name, wire, body)| {
            let shapes = if wire.starts_with("bedrock/") {
                &runtime
            } else {
                &control
            };
            operation(shapes, name, wire, body)
        })
        .collect()
}

fn shapes(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../model")
        .join(name);
    let mut ast: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    ast["shapes"].take()
}

fn operation(
    shapes: &Value,
    name: &'static str,
    wire: &'static str,
    body: &'static str,
) -> Operation {
    let known = shapes.as_object().unwrap();
    let (_, shape) = known
        .iter()
        .find(|(id, shape)| id.ends_with(&format!("#{name}")) && shape["type"] == "operation")
        .unwrap();
    let http = &shape["traits"]["smithy.api#http"];
    let method = match http["method"].as_str() {
        Some("GET") => "GET",
        Some("POST") => "POST",
        other => panic!("{name}: {other:?}"),
    };
    let target: Vec<&str> = http["uri"]
        .as_str()
        .unwrap()
        .split('/')
        .map(|segment| {
            if segment.starts_with('{') {
                "x"
            } else {
                segment
            }
        })
        .collect();
    let errors = shape["errors"].as_array().unwrap().iter().map(|error| {
        let id = error["target"].as_str().unwrap();
        let status = shapes[id]["traits"]["smithy.api#httpError"]
            .as_u64()
            .unwrap();
        let (_, name) = id.split_once('#').unwrap();
        (name.to_owned(), u16::try_from(status).unwrap())
    });
    Operation {
        name,
        wire,
        method,
        target: target.join("/"),
        body,
        errors: errors.collect(),
    }
}
