//! Recorded streams as the data of their events.

use rest_json::{Blob, FrameDecoder};
use serde_json::Value;

use crate::corpus::{Exchange, exchanges};

/// One recorded stream.
pub(crate) struct Stream {
    /// `PROVIDER/OPERATION/OWNER-REPO__ID`.
    pub(crate) name: String,
    /// The request's path.
    pub(crate) target: String,
    /// The data of its events, in order.
    pub(crate) data: Vec<String>,
}

/// The recorded streams of an operation that answered 200; none where the recordings are absent.
pub(crate) fn streams(test: &str, operation: &str) -> Option<Vec<Stream>> {
    let exchanges = exchanges(test, operation)?.into_iter();
    let streams = exchanges.filter_map(|exchange| read(operation, exchange));
    Some(streams.collect())
}

fn read(operation: &str, exchange: Exchange) -> Option<Stream> {
    if exchange.status != 200 {
        return None;
    }
    let data = if operation.starts_with("bedrock-runtime/") {
        chunks(&exchange.answer)
    } else {
        events(&String::from_utf8_lossy(&exchange.answer))
    };
    (!data.is_empty()).then(|| Stream {
        name: format!("{operation}/{}", exchange.name),
        target: exchange.target,
        data,
    })
}

/// The data of server-sent events, by the rules of the HTML standard (server-sent events, "Interpreting an event stream").
fn events(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut data: Vec<&str> = Vec::new();
    for line in text.lines().chain([""]) {
        match line.split_once(':').unwrap_or((line, "")) {
            ("data", value) => data.push(value.strip_prefix(' ').unwrap_or(value)),
            ("", _) if line.is_empty() && !data.is_empty() => {
                all.push(data.join("\n"));
                data.clear();
            }
            _ => {}
        }
    }
    all
}

/// The documents of Bedrock's frames; none where the answer is an exception.
fn chunks(body: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    for frame in FrameDecoder::new(16 * 1024 * 1024).push(body).unwrap() {
        let payload: Value = serde_json::from_slice(&frame.payload).unwrap();
        if let Some(bytes) = payload["bytes"].as_str() {
            let chunk = Blob::from_base64(bytes).unwrap().bytes().to_vec();
            all.push(String::from_utf8(chunk).unwrap());
        }
    }
    all
}
