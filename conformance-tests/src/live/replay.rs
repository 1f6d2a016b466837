//! The replay upstream: recorded exchanges of real AWS, found again by request.
//!
//! The recordings belong to other projects and stay outside; without them there is nothing to replay.

use std::collections::HashMap;
use std::path::Path;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::kits::Sdk;

use super::driver::{Case, Driver, Outcome};
use super::expect::blob;
use super::matrix::{Cell, Matrix, Verdict};
use super::upstream::Arrived;
use super::wire::Written;

/// The folder of the recordings below the optional fixtures.
const FOLDER: &str = "corpus/bedrock-runtime";

/// Headers that belong to the connection on which they were recorded.
const OF_THE_CONNECTION: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "keep-alive",
    "set-cookie",
    "transfer-encoding",
];

/// What identifies a request: method, decoded path, body without regard to spacing and order.
type Key = (String, Vec<String>, String);

/// The recorded exchanges, one for each request.
#[derive(Debug, Default)]
pub struct Recordings {
    answers: HashMap<Key, Written>,
    /// The exchanges that can be asked for, in order of their names.
    pub exchanges: Vec<Exchange>,
    /// How many recordings repeat a request that is here already.
    pub n_repeated: usize,
    /// How many have a request that is no JSON, which no client can be made to send.
    pub n_unsayable: usize,
}

/// One recorded exchange.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Operation and file name.
    pub id: String,
    /// The operation's name in the model.
    pub operation: String,
    /// The call, for a driver that can take it in wire form.
    pub input: Value,
    /// The status that AWS gave.
    pub status: u16,
    /// The very bytes of its body.
    pub body: Bytes,
    /// Whether AWS refused the credentials: of a gateway's own a client hears nothing but that they failed.
    pub refused_credentials: bool,
}

/// The errors by which AWS refuses credentials.
const REFUSED_CREDENTIALS: [&str; 3] = [
    "ExpiredTokenException",
    "InvalidSignatureException",
    "UnrecognizedClientException",
];

#[derive(Deserialize)]
struct File {
    operation: String,
    request: RecordedRequest,
    response: RecordedResponse,
}

#[derive(Deserialize)]
struct RecordedRequest {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: Option<String>,
}

#[derive(Deserialize)]
struct RecordedResponse {
    status: u16,
    headers: Vec<(String, String)>,
    body_base64: String,
}

impl Recordings {
    /// Reads every recording below the fixtures folder; none where the folder is absent.
    ///
    /// # Errors
    /// A file that is not of the corpus's form.
    pub fn load(shared: &Path) -> Result<Self, String> {
        let mut recordings = Self::default();
        let root = shared.join(FOLDER);
        if !root.is_dir() {
            return Ok(recordings);
        }
        for folder in entries(&root)? {
            for path in entries(&folder)? {
                recordings
                    .add(&path)
                    .map_err(|fault| format!("{}: {fault}", path.display()))?;
            }
        }
        Ok(recordings)
    }

    fn add(&mut self, path: &Path) -> Result<(), String> {
        let text = std::fs::read(path).map_err(|error| error.to_string())?;
        let file: File = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        let File {
            operation,
            request,
            response,
        } = file;
        let Some(body) = request
            .body
            .as_deref()
            .and_then(|body| serde_json::from_str::<Value>(body).ok())
        else {
            self.n_unsayable += 1;
            return Ok(());
        };
        let body_bytes = base64_simd::STANDARD
            .decode_to_vec(&response.body_base64)
            .map_err(|error| error.to_string())?;
        let key = (
            request.method.clone(),
            segments(&request.path),
            canonical(&body),
        );
        if self.answers.contains_key(&key) {
            self.n_repeated += 1;
            return Ok(());
        }
        let refused_credentials = response.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("x-amzn-errortype")
                && REFUSED_CREDENTIALS
                    .iter()
                    .any(|code| value.starts_with(code))
        });
        let headers = response
            .headers
            .into_iter()
            .filter(|(name, _)| !OF_THE_CONNECTION.contains(&name.to_ascii_lowercase().as_str()));
        let written = Written {
            status: response.status,
            headers: headers.collect(),
            pieces: vec![Bytes::from(body_bytes.clone())],
            sized: true,
        };
        self.answers.insert(key, written);
        let stem = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        self.exchanges.push(Exchange {
            id: format!("{operation}/{stem}"),
            operation,
            input: json!({
                "path": request.path,
                "headers": request.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), Value::String(value))).collect::<Map<_, _>>(),
                "body": request.body,
            }),
            status: response.status,
            body: Bytes::from(body_bytes),
            refused_credentials,
        });
        Ok(())
    }

    /// What AWS answered to that request.
    #[must_use]
    pub fn answer_to(&self, arrived: &Arrived) -> Option<Written> {
        if self.answers.is_empty() {
            return None;
        }
        let body: Value = serde_json::from_slice(&arrived.body).ok()?;
        self.answers
            .get(&(
                arrived.method.clone(),
                segments(&arrived.target),
                canonical(&body),
            ))
            .cloned()
    }
}

impl Exchange {
    /// The call as a driver's case, asking for the raw bytes.
    #[must_use]
    pub fn case(&self) -> Case {
        Case {
            id: self.id.clone(),
            service: "bedrock-runtime".to_owned(),
            operation: self.operation.clone(),
            input: json!({ "$wire": self.input }),
            fresh: false,
            raw: true,
        }
    }
}

/// The decoded segments of a raw path; a query is cut off.
#[must_use]
pub fn segments(target: &str) -> Vec<String> {
    let path = target.split('?').next().unwrap_or_default();
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(decoded)
        .collect()
}

/// The name and value pairs of a raw query, decoded.
#[must_use]
pub fn query(target: &str) -> Vec<(String, String)> {
    let Some((_, query)) = target.split_once('?') else {
        return Vec::new();
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let pair = rest.clone().take(2).collect::<Vec<_>>();
        match std::str::from_utf8(&pair)
            .ok()
            .filter(|pair| pair.len() == 2)
            .map(|pair| u8::from_str_radix(pair, 16))
        {
            Some(Ok(value)) if byte == b'%' => {
                bytes.push(value);
                rest.nth(1);
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One text for all spellings of a document: members sorted, no white space.
fn canonical(value: &Value) -> String {
    sorted(value).to_string()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .iter()
                .map(|(name, member)| (name.clone(), sorted(member)))
                .collect();
            members.sort_by(|(left, _), (right, _)| left.cmp(right));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Number(number) => number
            .as_f64()
            .filter(|value| value.fract() == 0.0)
            .map_or_else(|| value.clone(), |value| json!(value)),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        paths.push(entry.map_err(fault)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Sends every exchange with boto3 and compares the bytes that boto3 got with those that AWS sent.
///
/// `relayed` says that a gateway stands between, with credentials of its own.
#[must_use]
pub fn run(
    sdk: &'static Sdk,
    root: &Path,
    endpoint: &str,
    exchanges: &[Exchange],
    relayed: bool,
) -> Matrix {
    let mut matrix = Matrix::default();
    let mut waiting: HashMap<&str, &Exchange> = exchanges
        .iter()
        .map(|exchange| (exchange.id.as_str(), exchange))
        .collect();
    let cell = |exchange: &Exchange, verdict| Cell {
        sdk: sdk.name,
        operation: exchange.operation.clone(),
        feature: "recorded".to_owned(),
        scenario: exchange.id.clone(),
        verdict,
    };
    let ran = Driver::start(sdk, root, endpoint, false).and_then(|mut driver| {
        matrix.versions.insert(sdk.name, driver.version.clone());
        driver.run(
            exchanges.iter().map(Exchange::case).collect(),
            4,
            |outcome| {
                if let Some(exchange) = waiting.remove(outcome.id.as_str()) {
                    matrix
                        .cells
                        .push(cell(exchange, compared(exchange, &outcome, relayed)));
                }
            },
        )
    });
    if let Err(fault) = ran {
        matrix.cells.extend(
            waiting
                .into_values()
                .map(|exchange| cell(exchange, Verdict::Failed(vec![fault.clone()]))),
        );
    }
    matrix
}

fn compared(exchange: &Exchange, outcome: &Outcome, relayed: bool) -> Verdict {
    if let Some(fault) = &outcome.broken {
        return Verdict::Failed(vec![format!("the driver is at fault: {fault}")]);
    }
    let mut found = Vec::new();
    if relayed && exchange.refused_credentials {
        return match outcome.status {
            Some(424) => Verdict::Passed,
            other => Verdict::Failed(vec![format!("expected the status 424, found {other:?}")]),
        };
    }
    if outcome.status != Some(exchange.status) {
        found.push(format!(
            "expected the status {}, found {:?} {:?}",
            exchange.status, outcome.status, outcome.error
        ));
    }
    let raw = outcome.raw.as_ref().and_then(blob).unwrap_or_default();
    if raw != exchange.body {
        let same = raw
            .iter()
            .zip(&exchange.body)
            .take_while(|(left, right)| left == right)
            .count();
        found.push(format!(
            "expected {} bytes, found {}, the same up to byte {same}",
            exchange.body.len(),
            raw.len()
        ));
    }
    if found.is_empty() {
        Verdict::Passed
    } else {
        Verdict::Failed(found)
    }
}
