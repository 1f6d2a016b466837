//! Where the recordings are, and what a test does without them: it says that it skips.
//!
//! The one file of these tests that reads the environment; each test binary includes it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use rest_json::Blob;
use serde_json::Value;

/// One recorded request and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// `OWNER-REPO__ID`.
    pub(crate) name: String,
    /// The path that was asked.
    pub(crate) target: String,
    pub(crate) request: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) answer: Vec<u8>,
    /// Whether the answer is, byte for byte, what was on the wire.
    pub(crate) is_exact: bool,
}

impl Exchange {
    /// The request as JSON.
    pub(crate) fn request_json(&self) -> Value {
        serde_json::from_slice(&self.request).unwrap()
    }

    /// The answer as JSON; none for a stream.
    pub(crate) fn answer_json(&self) -> Option<Value> {
        serde_json::from_slice(&self.answer).ok()
    }
}

/// The recorded exchanges of a folder such as `openai/chat.completions`; none where the recordings are absent.
pub(crate) fn exchanges(test: &str, operation: &str) -> Option<Vec<Exchange>> {
    let files = files(test, &format!("corpus/{operation}"))?;
    Some(files.iter().map(|file| read(file)).collect())
}

/// What is in a folder of the fixtures, in the order of names; none where it is absent.
pub(crate) fn files(test: &str, folder: &str) -> Option<Vec<PathBuf>> {
    let folder = root().join(folder);
    if !folder.is_dir() {
        assert!(
            variable("BEDROCK_GATEWAY_STRICT").is_none_or(|value| value != "1"),
            "`{test}` needs the recordings, and BEDROCK_GATEWAY_STRICT=1 forbids to skip it"
        );
        println!("skipped: `{test}` needs the fixtures folder");
        return None;
    }
    Some(listed(&folder))
}

/// What is in a folder, in the order of names.
pub(crate) fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn read(file: &Path) -> Exchange {
    let recorded = json(file);
    let (request, answer) = (&recorded["request"], &recorded["response"]);
    let target = request["path"].as_str().or(request["url"].as_str());
    Exchange {
        name: file.file_stem().unwrap().to_string_lossy().into_owned(),
        target: target.unwrap_or_default().to_owned(),
        request: body(request),
        status: u16::try_from(answer["status"].as_u64().unwrap()).unwrap(),
        answer: body(answer),
        is_exact: is_exact(&recorded["fidelity"]),
    }
}

fn is_exact(fidelity: &Value) -> bool {
    let spelling = fidelity["response"].as_str().unwrap_or_default();
    let is_kept = matches!(spelling, "exact" | "bytes" | "compact-json")
        || spelling.ends_with("-length-match");
    is_kept && fidelity["suspect_synthetic"].is_null()
}

/// The JSON in a file.
pub(crate) fn json(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// The body of a recorded or captured message.
pub(crate) fn body(message: &Value) -> Vec<u8> {
    let encoded = message["body_base64"]
        .as_str()
        .or(message["body_b64"].as_str());
    match (message["body"].as_str(), encoded) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(text)) => Blob::from_base64(text).unwrap().bytes().to_vec(),
        (None, None) => Vec::new(),
    }
}

fn root() -> PathBuf {
    match variable("BEDROCK_GATEWAY_SHARED") {
        Some(path) if !path.is_empty() => PathBuf::from(path),
        Some(_) | None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place of these tests that reads the environment"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
