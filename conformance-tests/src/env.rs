//! The one file of this crate that reads the environment.
#![expect(
    clippy::disallowed_methods,
    reason = "the environment is read here and nowhere else in this crate"
)]

use std::path::PathBuf;

/// Whether a missing runtime or fixture fails instead of being skipped (`BEDROCK_GATEWAY_STRICT=1`).
#[must_use]
pub fn strict() -> bool {
    std::env::var("BEDROCK_GATEWAY_STRICT").is_ok_and(|value| value == "1")
}

/// Where the drivers are installed: `BEDROCK_GATEWAY_SDKS`, else `sdks` in cargo's target directory.
#[must_use]
pub fn sdks_root() -> PathBuf {
    if let Some(root) = std::env::var_os("BEDROCK_GATEWAY_SDKS") {
        return PathBuf::from(root);
    }
    target_directory().join("sdks")
}

/// The optional fixtures folder: `BEDROCK_GATEWAY_SHARED`, else `../shared` beside the workspace.
#[must_use]
pub fn shared_fixtures() -> PathBuf {
    match std::env::var_os("BEDROCK_GATEWAY_SHARED") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder),
        Some(_) | None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
    }
}

/// The search path, which a driver inherits so that `java` and `node` are found.
#[must_use]
pub fn search_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// The caller's own AWS credentials and region, for a run against an endpoint that checks them.
#[must_use]
pub fn aws_credentials() -> Vec<(String, String)> {
    [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
    ]
    .into_iter()
    .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
    .collect()
}

/// Cargo marks its target directory with `CACHEDIR.TAG`, and every binary it builds lies under it.
fn target_directory() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let fallback = manifest.parent().unwrap_or(&manifest).join("target");
    let Ok(executable) = std::env::current_exe() else {
        return fallback;
    };
    executable
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())
        .map_or(fallback, PathBuf::from)
}
