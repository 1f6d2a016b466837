//! Recorded HTTP exchanges, one JSON file each: `PROVIDER/OPERATION/OWNER-REPO__ID.json`.
//!
//! This module knows the recordings' own format and nothing of the protocols inside.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;

use crate::error::FixtureError;

/// One recorded request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// `Converse/OWNER-REPO__ID`: the operation and the file's name.
    pub name: String,
    /// `bedrock-runtime`, `openai`, ...
    pub provider: String,
    /// The operation's name, `Converse`.
    pub operation: String,
    pub request: RecordedRequest,
    pub response: RecordedResponse,
    /// Why the recording may have been edited by hand, where there is a sign of it.
    pub suspect: Option<String>,
}

/// What the client sent.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    pub method: Method,
    /// Raw path and query, as on the request line.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub fidelity: Fidelity,
}

/// What the service answered.
#[derive(Clone, Debug)]
pub struct RecordedResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub fidelity: Fidelity,
}

/// How true a recorded body is to the bytes that were on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fidelity {
    /// The very bytes, or JSON whose spelling or length proves that it is.
    Bytes,
    /// The same structure; spacing, escapes or member order may be the recorder's.
    Structure,
    /// No body was sent.
    Empty,
}

impl Exchange {
    /// Whether the recorded answer may be compared byte for byte.
    pub fn answer_is_fit_for_bytes(&self) -> bool {
        self.suspect.is_none() && self.response.fidelity == Fidelity::Bytes
    }
}

/// Reads every exchange of one provider, sorted by operation and name.
///
/// # Errors
/// Where a file cannot be read or is not an exchange.
pub fn load(shared: &Path, provider: &str) -> Result<Vec<Exchange>, FixtureError> {
    let mut exchanges = Vec::new();
    let folder = shared.join("corpus").join(provider);
    for operation in sorted_entries(&folder)? {
        if operation.is_dir() {
            for file in sorted_entries(&operation)? {
                exchanges.push(read(&file)?);
            }
        }
    }
    Ok(exchanges)
}

fn sorted_entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, FixtureError> {
    let entries = fs::read_dir(folder).map_err(|error| FixtureError::new(folder, error))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(
            entry
                .map_err(|error| FixtureError::new(folder, error))?
                .path(),
        );
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<Exchange, FixtureError> {
    let text = fs::read(path).map_err(|error| FixtureError::new(path, error))?;
    let file: File =
        serde_json::from_slice(&text).map_err(|error| FixtureError::new(path, error))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let fail = |reason: String| FixtureError::new(path, reason);
    Ok(Exchange {
        name: format!("{}/{stem}", file.operation),
        provider: file.provider,
        operation: file.operation,
        request: RecordedRequest {
            method: file
                .request
                .method
                .parse()
                .map_err(|error| FixtureError::new(path, error))?,
            target: file.request.path,
            headers: headers(file.request.headers).map_err(fail)?,
            body: body(file.request.body, file.request.body_base64.as_deref()).map_err(fail)?,
            fidelity: fidelity(&file.fidelity.request).map_err(fail)?,
        },
        response: RecordedResponse {
            status: StatusCode::from_u16(file.response.status)
                .map_err(|error| FixtureError::new(path, error))?,
            headers: headers(file.response.headers).map_err(fail)?,
            body: body(file.response.body, file.response.body_base64.as_deref()).map_err(fail)?,
            fidelity: fidelity(&file.fidelity.response).map_err(fail)?,
        },
        suspect: file.fidelity.suspect_synthetic,
    })
}

fn headers(recorded: Vec<(String, String)>) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in recorded {
        let name: HeaderName = name
            .parse()
            .map_err(|error| format!("header name `{name}`: {error}"))?;
        let value =
            HeaderValue::from_str(&value).map_err(|error| format!("header `{name}`: {error}"))?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn body(text: Option<String>, base64: Option<&str>) -> Result<Bytes, String> {
    match (text, base64) {
        (Some(text), None) => Ok(text.into()),
        (None, Some(base64)) => base64_simd::STANDARD
            .decode_to_vec(base64)
            .map(Bytes::from)
            .map_err(|error| format!("body: {error}")),
        (None, None) => Ok(Bytes::new()),
        (Some(_), Some(_)) => Err("the body is given twice".to_owned()),
    }
}

fn fidelity(name: &str) -> Result<Fidelity, String> {
    match name {
        "exact" | "bytes" | "compact-json" => Ok(Fidelity::Bytes),
        name if name.ends_with("-length-match") => Ok(Fidelity::Bytes),
        "reconstructed"
        | "pretty-json"
        | "python-json-spacing"
        | "python-json-spacing-length-differs"
        | "json-other-spacing" => Ok(Fidelity::Structure),
        "empty" => Ok(Fidelity::Empty),
        unknown => Err(format!("unknown fidelity `{unknown}`")),
    }
}

#[derive(Deserialize)]
struct File {
    provider: String,
    operation: String,
    fidelity: FileFidelity,
    request: FileRequest,
    response: FileResponse,
}

#[derive(Deserialize)]
struct FileFidelity {
    request: String,
    response: String,
    suspect_synthetic: Option<String>,
}

#[derive(Deserialize)]
struct FileRequest {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    body_base64: Option<String>,
}

#[derive(Deserialize)]
struct FileResponse {
    status: u16,
    headers: Vec<(String, String)>,
    body: Option<String>,
    body_base64: Option<String>,
}
