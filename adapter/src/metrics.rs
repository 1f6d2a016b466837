//! What an invocation cost: in the headers of a whole answer, and in the last chunk of a stream.
//!
//! The model has neither; both are as recorded answers have them.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use llm::chat::Usage;
use rest_json::{ToJson, Writer};

const LATENCY: HeaderName = HeaderName::from_static("x-amzn-bedrock-invocation-latency");
const INPUT: HeaderName = HeaderName::from_static("x-amzn-bedrock-input-token-count");
const OUTPUT: HeaderName = HeaderName::from_static("x-amzn-bedrock-output-token-count");
const CACHE_READ: HeaderName =
    HeaderName::from_static("x-amzn-bedrock-cache-read-input-token-count");
const CACHE_WRITE: HeaderName =
    HeaderName::from_static("x-amzn-bedrock-cache-write-input-token-count");

/// The member that the last chunk of a stream has more than the model's own format says.
const MEMBER: &str = "amazon-bedrock-invocationMetrics";

/// Adds the headers of a whole answer; those of the cache only where the upstream told them.
pub(crate) fn head(head: &mut HeaderMap, usage: &Usage, latency_ms: i64) {
    head.insert(LATENCY, HeaderValue::from(latency_ms));
    let counts = [
        (CACHE_WRITE, usage.cache_write),
        (CACHE_READ, usage.cache_read),
        (OUTPUT, Some(usage.output)),
        (INPUT, Some(usage.input_uncached)),
    ];
    for (name, count) in counts {
        if let Some(count) = count {
            head.insert(name, HeaderValue::from(count));
        }
    }
}

/// What a streamed invocation cost.
#[derive(Debug)]
pub(crate) struct Metrics<'a> {
    pub(crate) usage: &'a Usage,
    /// From the whole request to the last piece of the answer.
    pub(crate) latency_ms: i64,
    /// From the whole request to the first piece of the answer.
    pub(crate) first_byte_ms: i64,
}

impl Metrics<'_> {
    /// Appends these to the last of a stream's documents, or behind it where that has no room for a member.
    pub(crate) fn append(&self, documents: &mut Vec<Bytes>) {
        match documents.last_mut() {
            Some(last) if is_object(last) => *last = self.within(last),
            Some(_) | None => documents.push(self.within(b"{}")),
        }
    }

    /// The object with one more member, last, every other byte as it was.
    fn within(&self, object: &[u8]) -> Bytes {
        let open = object.trim_ascii_end();
        let open = open.strip_suffix(b"}").unwrap_or(open).trim_ascii_end();
        let mut text = BytesMut::with_capacity(object.len() + 256);
        text.extend_from_slice(open);
        if !open.ends_with(b"{") {
            text.extend_from_slice(b",");
        }
        let member = rest_json::json::to_vec(self);
        // The member is written as an object of its own, of which the first brace is there already.
        text.extend_from_slice(member.strip_prefix(b"{").unwrap_or(&member));
        text.freeze()
    }
}

/// Whether a document, which is JSON, is an object.
fn is_object(document: &[u8]) -> bool {
    document.trim_ascii_start().starts_with(b"{") && document.trim_ascii_end().ends_with(b"}")
}

impl ToJson for Metrics<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut map = writer.map();
        map.entry(MEMBER, &Counts(self));
        map.end();
    }
}

/// The value of the member, its own members in the recorded order.
struct Counts<'a>(&'a Metrics<'a>);

impl ToJson for Counts<'_> {
    fn write(&self, writer: &mut Writer) {
        let Metrics {
            usage,
            latency_ms,
            first_byte_ms,
        } = self.0;
        let mut map = writer.map();
        map.entry("inputTokenCount", &usage.input_uncached);
        map.entry("outputTokenCount", &usage.output);
        map.entry("invocationLatency", latency_ms);
        map.entry("firstByteLatency", first_byte_ms);
        if let Some(count) = usage.cache_read {
            map.entry("cacheReadInputTokenCount", &count);
        }
        if let Some(count) = usage.cache_write {
            map.entry("cacheWriteInputTokenCount", &count);
        }
        map.end();
    }
}
