//! The bodies of recorded and captured calls of InvokeModel.

use serde_json::Value;

use crate::corpus::{body, files, json, listed};

/// The model id as it was called, and the body.
pub(crate) type Called = (String, Vec<u8>);

/// The bodies that were recorded with real answers; none where the recordings are absent.
pub(crate) fn recorded(test: &str) -> Option<Vec<Called>> {
    let mut bodies = Vec::new();
    for operation in ["InvokeModel", "InvokeModelWithResponseStream"] {
        for file in files(test, &format!("corpus/bedrock-runtime/{operation}"))? {
            let recorded = json(&file);
            bodies.extend(called(&recorded["request"]));
        }
    }
    Some(bodies)
}

/// The bodies that SDKs sent; none where the captures are absent.
pub(crate) fn captured(test: &str) -> Option<Vec<Called>> {
    let mut bodies = Vec::new();
    for folder in files(test, "captures")? {
        let mut captures = listed(&folder);
        captures.retain(|file| file.extension().is_some_and(|kind| kind == "json"));
        for file in captures {
            let request = json(&file);
            bodies.extend(called(&request));
        }
    }
    Some(bodies)
}

/// A request to invoke a model.
fn called(request: &Value) -> Option<Called> {
    let path = request["path"].as_str()?;
    let (_, behind) = path.split_once("/model/")?;
    let (model_id, operation) = behind.rsplit_once('/')?;
    let is_invocation = matches!(operation, "invoke" | "invoke-with-response-stream");
    let model_id = model_id.replace("%3A", ":").replace("%2F", "/");
    is_invocation.then(|| (model_id, body(request)))
}
