//! The replay upstream: recorded exchanges of real AWS, found again by request.
//!
//! The recordings belong to other projects and stay outside; without them there is nothing to replay.

use std::collections::HashMap;
use std::path::Path;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::corpus;
use crate::kits::Sdk;

use super::driver::{Case, Driver, Outcome};
use super::expect::blob;
use super::matrix::{Cell, Matrix, Verdict};
use super::upstream::Arrived;
use super::wire::Written;

/// Whose recordings are replayed.
const PROVIDER: &str = "bedrock-runtime";

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

impl Recordings {
    /// Reads every recording below the fixtures folder; none where the folder is absent.
    ///
    /// # Errors
    /// A file that is not of the corpus's form.
    pub fn load(shared: &Path) -> Result<Self, String> {
        let mut recordings = Self::default();
        if !shared.join("corpus").join(PROVIDER).is_dir() {
            return Ok(recordings);
        }
        for exchange in corpus::load(shared, PROVIDER).map_err(|error| error.to_string())? {
            recordings.add(exchange);
        }
        Ok(recordings)
    }

    fn add(&mut self, recorded: corpus::Exchange) {
        let corpus::Exchange {
            name,
            operation,
            request,
            response,
            ..
        } = recorded;
        let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
            self.n_unsayable += 1;
            return;
        };
        let key = (
            request.method.to_string(),
            segments(&request.target),
            canonical(&body),
        );
        if self.answers.contains_key(&key) {
            self.n_repeated += 1;
            return;
        }
        let headers = texts(&response.headers);
        let refused_credentials = headers.iter().any(|(name, value)| {
            name == "x-amzn-errortype"
                && REFUSED_CREDENTIALS
                    .iter()
                    .any(|code| value.starts_with(code))
        });
        let written = Written {
            status: response.status.as_u16(),
            headers: headers
                .into_iter()
                .filter(|(name, _)| !OF_THE_CONNECTION.contains(&name.as_str()))
                .collect(),
            pieces: vec![response.body.clone()],
            sized: true,
        };
        self.answers.insert(key, written);
        self.exchanges.push(Exchange {
            id: name,
            operation,
            input: json!({
                "path": request.target,
                "headers": texts(&request.headers).into_iter().map(|(name, value)| (name, Value::String(value))).collect::<Map<_, _>>(),
                "body": String::from_utf8_lossy(&request.body),
            }),
            status: response.status.as_u16(),
            body: response.body,
            refused_credentials,
        });
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

/// Names in lower case, and values.
fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
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
