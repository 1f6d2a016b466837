//! The optional fixtures folder beside the workspace. The only file of these tests that reads the environment.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "the tests of this crate read the environment here"
)]

use std::path::{Path, PathBuf};

/// The folder `BEDROCK_GATEWAY_SHARED` names, else `../shared` beside the workspace.
/// Where it is absent this says so and the test has nothing to do; under `BEDROCK_GATEWAY_STRICT=1` that is a failure.
pub(crate) fn folder(test: &str) -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the workspace");
    // A relative path means relative to the workspace, wherever the tests run.
    let folder = match std::env::var_os("BEDROCK_GATEWAY_SHARED") {
        Some(folder) => workspace.join(folder),
        None => workspace.join("../shared"),
    };
    if folder.is_dir() {
        return Some(folder);
    }
    let strict = std::env::var_os("BEDROCK_GATEWAY_STRICT").is_some_and(|value| value == "1");
    assert!(!strict, "{test}: the fixtures folder is absent");
    println!("{test}: skipped, the fixtures folder is absent");
    None
}
