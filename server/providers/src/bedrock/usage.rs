//! Tokens, read from where the service tells them, out of answers that nobody else here reads.
//!
//! Members that are not counts are not read: of a relayed answer the caller has them already.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use llm::Ext;
use llm::chat::{CacheDetail, Usage, UsageSource};
use rest_json::{DecodeError, FromJson, Reader};

/// How much of the end of a document is kept: the usage of a Converse answer is its last member, and far shorter.
const TAIL_BYTES: usize = 4096;

/// Finds the usage of an answer whose body passes by.
#[derive(Debug)]
pub(super) enum Meter {
    /// There is none.
    Absent,
    /// It stood in the headers.
    Known(Option<Usage>),
    /// It stands at the end of the document, of which this is the end so far.
    Tail(Bytes),
}

impl Meter {
    /// Takes a piece of the body, and tells the usage as soon as it is known.
    pub(super) fn push(&mut self, bytes: &Bytes, last: bool) -> Option<Usage> {
        match self {
            Self::Absent => None,
            Self::Known(usage) => usage.take(),
            Self::Tail(tail) => {
                *tail = end_of(tail, bytes);
                if last { of_document(tail) } else { None }
            }
        }
    }
}

/// The last [`TAIL_BYTES`] of two pieces, copied only where both take part.
fn end_of(tail: &Bytes, bytes: &Bytes) -> Bytes {
    if let Some(surplus) = bytes.len().checked_sub(TAIL_BYTES) {
        return bytes.slice(surplus..);
    }
    let room = TAIL_BYTES - bytes.len();
    let kept = tail.slice(tail.len().saturating_sub(room)..);
    if kept.is_empty() {
        return bytes.clone();
    }
    let mut both = BytesMut::with_capacity(TAIL_BYTES);
    both.extend_from_slice(&kept);
    both.extend_from_slice(bytes);
    both.freeze()
}

/// The top-level member `usage` of a JSON object of which only the end is known.
pub(super) fn of_document(tail: &[u8]) -> Option<Usage> {
    // In a JSON string the quotes would be escaped, so this is a member's name wherever it stands.
    const NAME: &[u8] = b"\"usage\"";
    let mut until = tail.len();
    loop {
        let at = tail
            .get(..until)?
            .windows(NAME.len())
            .rposition(|bytes| bytes == NAME)?;
        let value = tail.get(at + NAME.len()..).and_then(top_level_value);
        if let Some(usage) = value.and_then(of_converse) {
            return Some(usage);
        }
        until = at + NAME.len() - 1;
    }
}

/// The JSON object behind a member's name, if the member belongs to the outermost object of the text.
fn top_level_value(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.trim_ascii_start().strip_prefix(b":")?;
    let (mut depth, mut end) = (0_usize, None);
    let mut closed = false;
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                if depth == 0 && end.is_none() {
                    end = Some(at + 1);
                }
            }
            // The object that holds the member ends; whatever ends after it held that object.
            b'}' if !closed => closed = true,
            b'}' | b']' => return None,
            _ => {}
        }
    }
    if closed { rest.get(..end?) } else { None }
}

/// The usage in the payload of a `metadata` event.
pub(super) fn of_metadata(payload: &[u8]) -> Option<Usage> {
    let usage = member(payload, "usage").ok()??;
    of_converse(usage.as_bytes())
}

/// The metrics that the service adds to a model's last chunk.
pub(super) fn of_chunk(payload: &[u8]) -> Option<Usage> {
    let encoded = member(payload, "bytes").ok()??;
    let chunk = rest_json::json::from_slice::<rest_json::Blob>(encoded.as_bytes()).ok()?;
    let metrics = member(chunk.bytes(), "amazon-bedrock-invocationMetrics").ok()??;
    let counts: Counts<InvocationNames> = rest_json::json::from_slice(metrics.as_bytes()).ok()?;
    counts.usage()
}

/// The token counts in the headers of an InvokeModel answer; embeddings have no output count.
pub(super) fn of_headers(head: &HeaderMap) -> Option<Usage> {
    let count = |name| head.get(name)?.to_str().ok()?.parse().ok();
    Counts::<InvocationNames> {
        input: count("x-amzn-bedrock-input-token-count"),
        output: count("x-amzn-bedrock-output-token-count"),
        cache_read: count("x-amzn-bedrock-cache-read-input-token-count"),
        cache_write: count("x-amzn-bedrock-cache-write-input-token-count"),
        ..Counts::default()
    }
    .usage()
}

fn of_converse(usage: &[u8]) -> Option<Usage> {
    let counts: Counts<ConverseNames> = rest_json::json::from_slice(usage).ok()?;
    counts.usage()
}

/// The text of a member of a JSON object.
fn member<'a>(object: &'a [u8], name: &str) -> Result<Option<&'a str>, DecodeError> {
    let mut reader = Reader::new(object)?.for_answer();
    reader.begin_object()?;
    let mut found = None;
    while let Some(key) = reader.next_key()? {
        let value = reader.raw()?;
        if key == name {
            found = Some(value);
        }
    }
    Ok(found)
}

/// Counts as they are told, under one of two sets of names.
struct Counts<N> {
    input: Option<i32>,
    output: Option<i32>,
    total: Option<i32>,
    cache_read: Option<i32>,
    cache_write: Option<i32>,
    cache_details: Option<Vec<Detail>>,
    names: std::marker::PhantomData<N>,
}

/// How a set of counts is spelled.
trait Names {
    const INPUT: &'static str;
    const OUTPUT: &'static str;
    const TOTAL: &'static str;
    const CACHE_READ: &'static str;
    const CACHE_WRITE: &'static str;
    const CACHE_DETAILS: &'static str;
}

/// The members of Converse's `TokenUsage`.
struct ConverseNames;

impl Names for ConverseNames {
    const INPUT: &'static str = "inputTokens";
    const OUTPUT: &'static str = "outputTokens";
    const TOTAL: &'static str = "totalTokens";
    const CACHE_READ: &'static str = "cacheReadInputTokens";
    const CACHE_WRITE: &'static str = "cacheWriteInputTokens";
    const CACHE_DETAILS: &'static str = "cacheDetails";
}

/// The members of `amazon-bedrock-invocationMetrics`, which no model describes; seen in recordings.
struct InvocationNames;

impl Names for InvocationNames {
    const INPUT: &'static str = "inputTokenCount";
    const OUTPUT: &'static str = "outputTokenCount";
    const TOTAL: &'static str = "totalTokenCount";
    const CACHE_READ: &'static str = "cacheReadInputTokenCount";
    const CACHE_WRITE: &'static str = "cacheWriteInputTokenCount";
    const CACHE_DETAILS: &'static str = "cacheDetails";
}

impl<N> Counts<N> {
    /// The usage they make; none where neither side was counted.
    fn usage(self) -> Option<Usage> {
        if self.input.is_none() && self.output.is_none() {
            return None;
        }
        Some(Usage {
            input_uncached: self.input.unwrap_or(0),
            output: self.output.unwrap_or(0),
            cache_read: self.cache_read,
            cache_write: self.cache_write,
            cache_details: self
                .cache_details
                .map(|details| details.into_iter().map(|Detail(detail)| detail).collect()),
            total_reported: self.total,
            source: UsageSource::Reported,
            ext: Ext::default(),
        })
    }
}

impl<N> Default for Counts<N> {
    fn default() -> Self {
        Self {
            input: None,
            output: None,
            total: None,
            cache_read: None,
            cache_write: None,
            cache_details: None,
            names: std::marker::PhantomData,
        }
    }
}

impl<N: Names> FromJson for Counts<N> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut counts = Self::default();
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match &*key {
                name if name == N::INPUT => counts.input = reader.member(name)?,
                name if name == N::OUTPUT => counts.output = reader.member(name)?,
                name if name == N::TOTAL => counts.total = reader.member(name)?,
                name if name == N::CACHE_READ => counts.cache_read = reader.member(name)?,
                name if name == N::CACHE_WRITE => counts.cache_write = reader.member(name)?,
                name if name == N::CACHE_DETAILS => counts.cache_details = reader.member(name)?,
                _unknown => {
                    reader.raw()?;
                }
            }
        }
        Ok(counts)
    }
}

struct Detail(CacheDetail);

impl FromJson for Detail {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (mut ttl, mut input) = (None, None);
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match &*key {
                "ttl" => ttl = reader.member("ttl")?,
                "inputTokens" => input = reader.member("inputTokens")?,
                _unknown => {
                    reader.raw()?;
                }
            }
        }
        Ok(Self(CacheDetail {
            ttl: ttl.unwrap_or_default(),
            input: input.unwrap_or_default(),
            ext: Ext::default(),
        }))
    }
}
