//! Where the recordings are, and what a test does without them: it says that it skips.
//!
//! The one file of these tests that reads the environment.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use rest_json::Blob;
use serde_json::Value;

/// One recorded answer.
pub(crate) struct Exchange {
    pub(crate) name: String,
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
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    Some(files.iter().map(|file| read(file)).collect())
}

fn read(file: &Path) -> Exchange {
    let text = fs::read(file).expect("a recording");
    let recorded: Value = serde_json::from_slice(&text).expect("JSON");
    let fidelity = &recorded["fidelity"];
    let spelling = fidelity["response"].as_str().unwrap_or_default();
    let is_exact = matches!(spelling, "exact" | "bytes" | "compact-json")
        || spelling.ends_with("-length-match");
    let body = recorded["response"]["body_base64"].as_str();
    let body = Blob::from_base64(body.unwrap_or_default()).expect("base64");
    Exchange {
        name: file.display().to_string(),
        status: recorded["response"]["status"].as_u64().unwrap_or_default(),
        answer: body.bytes().to_vec(),
        is_exact: is_exact && fidelity["suspect_synthetic"].is_null(),
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
