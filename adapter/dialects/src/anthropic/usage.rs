//! What a call cost, in both directions. A server's numbers are brought into the range of 32 bits and never below zero.

use llm::Ext;
use llm::chat::{self, CacheDetail, Tier, UsageSource};

use super::tree::Object;
use super::wire::{CacheCreation, Usage};

/// The lifetimes that writes to a cache are told by, in the order of Bedrock's `cacheDetails`.
const ONE_HOUR: &str = "1h";
const FIVE_MINUTES: &str = "5m";

impl Usage {
    /// What is told later counts where it is told; what is not told stays as it was. Numbers are totals and are never added.
    pub(super) fn update(&mut self, later: Usage) {
        let Usage {
            input_tokens,
            cache_creation_input_tokens,
            cache_read_input_tokens,
            cache_creation,
            output_tokens,
            service_tier,
            unknown: _,
        } = later;
        self.input_tokens = input_tokens.or(self.input_tokens);
        self.cache_creation_input_tokens =
            cache_creation_input_tokens.or(self.cache_creation_input_tokens);
        self.cache_read_input_tokens = cache_read_input_tokens.or(self.cache_read_input_tokens);
        self.cache_creation = cache_creation.or(self.cache_creation.take());
        self.output_tokens = output_tokens.or(self.output_tokens);
        self.service_tier = service_tier.or(self.service_tier.take());
    }
}

/// Reads what a call cost; none was told where the member is absent.
pub(super) fn decode_usage(usage: Option<&Usage>) -> chat::Usage {
    let Some(usage) = usage else {
        return chat::Usage {
            source: UsageSource::Missing,
            ..chat::Usage::default()
        };
    };
    let Usage {
        input_tokens,
        cache_creation_input_tokens,
        cache_read_input_tokens,
        cache_creation,
        output_tokens,
        service_tier: _,
        unknown: _,
    } = usage;
    chat::Usage {
        input_uncached: input_tokens.map_or(0, count),
        output: output_tokens.map_or(0, count),
        cache_read: cache_read_input_tokens.map(count),
        cache_write: cache_creation_input_tokens.map(count),
        cache_details: cache_creation.as_ref().and_then(decode_details),
        total_reported: None,
        source: UsageSource::Reported,
        ext: Ext::default(),
    }
}

/// How the written tokens divide; none where none were written, as Bedrock does.
fn decode_details(creation: &CacheCreation) -> Option<Vec<CacheDetail>> {
    let CacheCreation {
        one_hour,
        five_minutes,
        unknown: _,
    } = creation;
    let details: Vec<CacheDetail> = [(ONE_HOUR, one_hour), (FIVE_MINUTES, five_minutes)]
        .into_iter()
        .filter_map(|(ttl, tokens)| {
            let input = tokens.map(count).filter(|input| *input > 0)?;
            Some(CacheDetail {
                ttl: ttl.to_owned(),
                input,
                ext: Ext::default(),
            })
        })
        .collect();
    (!details.is_empty()).then_some(details)
}

/// The service tier that was in force, where it is one that Bedrock knows too.
pub(super) fn decode_tier(usage: Option<&Usage>) -> Option<Tier> {
    let kind = match usage?.service_tier.as_deref()? {
        "standard" => "default",
        "priority" => "priority",
        _ => return None,
    };
    Some(Tier {
        kind: kind.to_owned(),
        ext: Ext::default(),
    })
}

/// Writes what a call cost; what is told of caches only where something is known of them.
pub(super) fn encode_usage(usage: &chat::Usage) -> Object<'static> {
    let chat::Usage {
        input_uncached,
        output,
        cache_read,
        cache_write,
        cache_details,
        total_reported: _,
        source: _,
        ext: _,
    } = usage;
    Object::default()
        .with("input_tokens", *input_uncached)
        .with_some("cache_creation_input_tokens", *cache_write)
        .with_some("cache_read_input_tokens", *cache_read)
        .with_some(
            "cache_creation",
            cache_details.as_deref().map(encode_details),
        )
        .with("output_tokens", *output)
}

/// How the written tokens divide. Lifetimes that this format has no member for are left out; their tokens are in the sum.
fn encode_details(details: &[CacheDetail]) -> Object<'static> {
    let of = |wanted: &str| -> i64 {
        let tokens = details.iter().filter(|detail| detail.ttl == wanted);
        tokens.map(|detail| i64::from(detail.input)).sum()
    };
    Object::default()
        .with("ephemeral_5m_input_tokens", of(FIVE_MINUTES))
        .with("ephemeral_1h_input_tokens", of(ONE_HOUR))
}

fn count(tokens: i64) -> i32 {
    i32::try_from(tokens.max(0)).unwrap_or(i32::MAX)
}
