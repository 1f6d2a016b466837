//! What a call cost, in both directions. Every difference saturates: a server's numbers need not fit together.

use llm::Ext;
use llm::chat::{self, UsageSource};
use rest_json::{ToJson, Writer};

use super::wire::{self, Count};

/// Reads what a call cost; none was told where the member is absent.
pub(super) fn decode_usage(usage: Option<&wire::Usage>) -> chat::Usage {
    let Some(usage) = usage else {
        return chat::Usage {
            source: UsageSource::Missing,
            ..chat::Usage::default()
        };
    };
    let wire::Usage {
        prompt_tokens,
        completion_tokens,
        total_tokens,
        prompt_tokens_details,
        completion_tokens_details,
        prompt_cache_hit_tokens,
        prompt_cache_miss_tokens,
        num_cached_tokens,
    } = usage;
    let details = prompt_tokens_details.as_ref();
    let cache_read = details
        .and_then(|details| Count::of(details.cached_tokens))
        .or(Count::of(*prompt_cache_hit_tokens))
        .or(Count::of(*num_cached_tokens))
        .map(at_least_zero);
    let cache_write = details
        .and_then(|details| Count::of(details.cache_write_tokens))
        .map(at_least_zero);
    let prompt = Count::of(*prompt_tokens).map_or(0, at_least_zero);
    let completion = Count::of(*completion_tokens).map_or(0, at_least_zero);
    let total = Count::of(*total_tokens);
    let reasoning = completion_tokens_details
        .as_ref()
        .and_then(|details| Count::of(details.reasoning_tokens))
        .map_or(0, at_least_zero);
    let uncached = match Count::of(*prompt_cache_miss_tokens) {
        Some(missed) => at_least_zero(missed),
        None => prompt
            .saturating_sub(cache_read.unwrap_or(0))
            .saturating_sub(cache_write.unwrap_or(0)),
    };
    let mut usage = chat::Usage {
        input_uncached: at_least_zero(uncached),
        output: with_reasoning(prompt, completion, reasoning, total),
        cache_read,
        cache_write,
        cache_details: None,
        total_reported: None,
        source: UsageSource::Reported,
        ext: Ext::default(),
    };
    // Kept only where it is not the sum, which says something.
    usage.total_reported = total.filter(|total| *total != usage.total());
    usage
}

/// The tokens of the answer. xAI "counts reasoning tokens separately from `completion_tokens`" and does count them in
/// `total_tokens` (its documentation, consumption and rate limits); everybody else counts them in both, so the total tells
/// which of the two it is.
fn with_reasoning(prompt: i32, completion: i32, reasoning: i32, total: Option<i32>) -> i32 {
    let apart = completion.saturating_add(reasoning);
    if reasoning > 0 && total == Some(prompt.saturating_add(apart)) {
        apart
    } else {
        completion
    }
}

fn at_least_zero(number: i32) -> i32 {
    number.max(0)
}

/// Writes what a call cost, in the order in which Bedrock does.
pub(super) fn encode_usage(usage: &chat::Usage) -> impl ToJson {
    Told(usage)
}

struct Told<'a>(&'a chat::Usage);

impl ToJson for Told<'_> {
    fn write(&self, writer: &mut Writer) {
        let chat::Usage {
            input_uncached,
            output,
            cache_read,
            cache_write,
            cache_details: _,
            total_reported: _,
            source: _,
            ext: _,
        } = self.0;
        let prompt = input_uncached
            .saturating_add(cache_read.unwrap_or(0))
            .saturating_add(cache_write.unwrap_or(0));
        let mut object = writer.map();
        object.entry("completion_tokens", output);
        object.entry("prompt_tokens", &prompt);
        if cache_read.or(*cache_write).is_some() {
            let details = Details {
                cached_tokens: *cache_read,
                cache_write_tokens: *cache_write,
            };
            object.entry("prompt_tokens_details", &details);
        }
        object.entry("total_tokens", &self.0.total());
        object.end();
    }
}

struct Details {
    cached_tokens: Option<i32>,
    cache_write_tokens: Option<i32>,
}

impl ToJson for Details {
    fn write(&self, writer: &mut Writer) {
        let mut object = writer.map();
        if let Some(tokens) = &self.cached_tokens {
            object.entry("cached_tokens", tokens);
        }
        if let Some(tokens) = &self.cache_write_tokens {
            object.entry("cache_write_tokens", tokens);
        }
        object.end();
    }
}
