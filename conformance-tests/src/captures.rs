//! Requests that real SDKs sent to a local stub, kept in `captures/CLIENT/NNN`: `.raw` as bytes, `.json` decoded.
//!
//! A raw file holds one request as it crossed the connection: over HTTP/1.1 its head and body, over HTTP/2 the connection from its preface on.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::Deserialize;

use crate::error::FixtureError;
use crate::shared::workspace_root;

/// One captured request.
#[derive(Clone, Debug)]
pub struct Capture {
    /// `boto3-paths/012`
    pub name: String,
    pub version: Version,
    pub method: String,
    /// Raw path and query, the prefix `/bedrock` included.
    pub target: String,
    /// In the order they came; over HTTP/2 the pseudo headers are among them.
    pub headers: Vec<(String, String)>,
    /// The body without its transfer coding.
    pub body: Bytes,
    /// The bytes the client sent.
    pub raw: Bytes,
}

/// The version a captured request was sent in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Version {
    Http11,
    Http2,
}

/// The folder of the captures.
pub fn folder() -> PathBuf {
    workspace_root().join("conformance-tests/captures")
}

/// Reads every capture, sorted by name.
///
/// # Errors
/// Where a file cannot be read, is not a capture, or lacks its other half.
pub fn load() -> Result<Vec<Capture>, FixtureError> {
    let folder = folder();
    let mut captures = Vec::new();
    for client in entries(&folder)? {
        if client.is_dir() {
            for file in entries(&client)? {
                match file.extension().and_then(|extension| extension.to_str()) {
                    Some("json") => captures.push(read(&folder, &file)?),
                    Some("raw") if file.with_extension("json").is_file() => {}
                    Some(_) | None => {
                        return Err(FixtureError::new(
                            &file,
                            "not one of a pair of .raw and .json",
                        ));
                    }
                }
            }
        }
    }
    captures.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(captures)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, FixtureError> {
    let entries = fs::read_dir(folder).map_err(|error| FixtureError::new(folder, error))?;
    entries
        .map(|entry| {
            entry
                .map(|entry| entry.path())
                .map_err(|error| FixtureError::new(folder, error))
        })
        .collect()
}

fn read(folder: &Path, path: &Path) -> Result<Capture, FixtureError> {
    let fail = |reason: &dyn std::fmt::Display| FixtureError::new(path, reason);
    let raw_path = path.with_extension("raw");
    let text = fs::read(path).map_err(|error| fail(&error))?;
    let raw = fs::read(&raw_path).map_err(|error| FixtureError::new(&raw_path, error))?;
    let file: File = serde_json::from_slice(&text).map_err(|error| fail(&error))?;
    let name = path.strip_prefix(folder).unwrap_or(path).with_extension("");
    let body = match (file.body, file.body_b64) {
        (Some(body), None) => Bytes::from(body),
        (None, Some(base64)) => base64_simd::STANDARD
            .decode_to_vec(base64)
            .map(Bytes::from)
            .map_err(|error| fail(&error))?,
        (Some(_), Some(_)) | (None, None) => return Err(fail(&"the body must be given once")),
    };
    Ok(Capture {
        name: name.to_string_lossy().replace('\\', "/"),
        version: match file.version.as_str() {
            "HTTP/1.1" => Version::Http11,
            "HTTP/2" => Version::Http2,
            other => return Err(fail(&format!("unknown version `{other}`"))),
        },
        method: file.method,
        target: file.path,
        headers: file.headers,
        body,
        raw: raw.into(),
    })
}

#[derive(Deserialize)]
struct File {
    version: String,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    body_b64: Option<String>,
}
