//! Cache points: a block of their own in the neutral form, a mark on the block before in this format.

use llm::chat::CachePoint;

use super::plain::decode_ext;
use super::tree::{Object, Value};
use crate::wire::readable;

readable! {
    /// The mark: everything up to and with this block is to be cached.
    CacheControl {
        kind: "type" => String,
        ttl: "ttl" => String,
    }
}

/// The member that is the mark.
const MARK: &str = "cache_control";

/// The one kind of cache this format knows, and what the neutral form calls it.
const EPHEMERAL: &str = "ephemeral";
const DEFAULT: &str = "default";

pub(super) fn decode_cache_point(control: CacheControl) -> CachePoint {
    let CacheControl { kind, ttl, unknown } = control;
    let kind = kind.unwrap_or_else(|| EPHEMERAL.to_owned());
    CachePoint {
        kind: if kind == EPHEMERAL {
            DEFAULT.to_owned()
        } else {
            kind
        },
        ttl,
        ext: decode_ext(&unknown),
    }
}

/// Puts a cache point as the mark on the last of what is told that takes one; `own` says whether its unknown members are this
/// format's. What stands there as text has its own, and reasoning takes none. A second point at one place says nothing more.
pub(super) fn mark<'a>(told: &mut [Value<'a>], point: &'a CachePoint, own: bool) {
    let CachePoint { kind, ttl, ext } = point;
    let last = told.iter_mut().rev().find_map(|value| match value {
        Value::Object(object) => match object.kind() {
            Some("thinking" | "redacted_thinking") => None,
            Some(_) | None => Some(object),
        },
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Text(_)
        | Value::Raw(_)
        | Value::Bytes(_)
        | Value::List(_) => None,
    });
    let kind = if kind == DEFAULT { EPHEMERAL } else { kind };
    if let Some(object) = last
        && !object.has(MARK)
    {
        let mark = Object::of_kind(kind)
            .with_some("ttl", ttl.as_ref())
            .with_ext(ext, own);
        object.set(MARK, mark);
    }
}
