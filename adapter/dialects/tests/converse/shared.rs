//! Where the recordings are, and what a test does without them: it says that it skips.
//!
//! The one file of these tests that reads the environment.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use rest_json::Blob;
use serde_json::Value;

/// One recorded request and its answer.
pub(crate) struct Exchange {
    /// `Converse/OWNER-REPO__ID`.
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) request: Vec<u8>,
    pub(crate) status: u64,
    pub(crate) answer: Vec<u8>,
    /// Whether the answer is, byte for byte, what was on the wire.
    pub(crate) is_exact: bool,
}

/// The recorded exchanges of an operation of the runtime; none where the recordings are absent.
pub(crate) fn exchanges(test: &str, operation: &str) -> Option<Vec<Exchange>> {
    let folder = folder().join("corpus/bedrock-runtime").join(operation);
    if !folder.is_dir() {
        assert!(
            variable("BEDROCK_GATEWAY_STRICT").is_none_or(|value| value != "1"),
            "`{test}` needs the recordings, and BEDROCK_GATEWAY_STRICT=1 forbids to skip it"
        );
        println!("skipped: `{test}` needs the fixtures folder");
        return None;
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    Some(files.iter().map(|file| read(file)).collect())
}

fn read(file: &Path) -> Exchange {
    let recorded: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let stem = file.file_stem().unwrap().to_string_lossy();
    let fidelity = &recorded["fidelity"];
    let spelling = fidelity["response"].as_str().unwrap();
    let is_exact = matches!(spelling, "exact" | "bytes" | "compact-json")
        || spelling.ends_with("-length-match");
    Exchange {
        name: format!("{}/{stem}", recorded["operation"].as_str().unwrap()),
        target: recorded["request"]["path"].as_str().unwrap().to_owned(),
        request: body(&recorded["request"]),
        status: recorded["response"]["status"].as_u64().unwrap(),
        answer: body(&recorded["response"]),
        is_exact: is_exact && fidelity["suspect_synthetic"].is_null(),
    }
}

fn body(message: &Value) -> Vec<u8> {
    match (message["body"].as_str(), message["body_base64"].as_str()) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(text)) => Blob::from_base64(text).unwrap().bytes().to_vec(),
        (None, None) => Vec::new(),
    }
}

fn folder() -> PathBuf {
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
