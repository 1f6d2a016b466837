//! What is answered: a message, why it ended, and what it cost.

use crate::chat::{Message, Performance, Tier};
use crate::{Ext, Json};

/// A whole reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// What the model said.
    pub message: Message,
    /// Why it stopped.
    pub stop: Stop,
    /// More about why, where the upstream said.
    pub stop_detail: Option<StopDetail>,
    /// What it cost.
    pub usage: Usage,
    /// From the whole request to the whole reply; none where nobody measured.
    pub latency: Option<Latency>,
    /// The reply in the family's own dialect, filled only where the request asks for paths into it.
    pub native: Option<Json>,
    /// What the guardrail and the router did, verbatim.
    pub trace: Option<Json>,
    /// The latency setting that was in force.
    pub performance: Option<Performance>,
    /// The service tier that was in force.
    pub tier: Option<Tier>,
    /// Unknown members.
    pub ext: Ext,
}

/// How long a reply took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latency {
    /// Milliseconds.
    pub ms: i64,
    /// Unknown members.
    pub ext: Ext,
}

impl Latency {
    /// That many milliseconds.
    pub fn of_ms(ms: i64) -> Self {
        Self {
            ms,
            ext: Ext::default(),
        }
    }
}

/// Why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    /// It was done.
    EndTurn,
    /// It calls a tool.
    ToolUse,
    /// It reached the limit.
    MaxTokens,
    /// It wrote a stop sequence.
    StopSequence,
    /// A guardrail stepped in.
    GuardrailIntervened,
    /// A content filter stepped in.
    ContentFiltered,
    /// Its output was unusable.
    MalformedModelOutput,
    /// Its tool call was unusable.
    MalformedToolUse,
    /// The window is full.
    ContextWindowExceeded,
    /// It paused for the provider's own tools.
    PauseTurn,
    /// A reason this build does not know.
    Other(String),
}

/// More about why the model stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopDetail {
    /// The stop sequence it wrote.
    pub matched: Option<String>,
    /// The provider's own word for the reason.
    pub provider_reason: String,
}

/// What a call cost, in tokens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// Input tokens that were neither read from nor written to a cache.
    pub input_uncached: i32,
    /// Output tokens.
    pub output: i32,
    /// Input tokens read from a cache.
    pub cache_read: Option<i32>,
    /// Input tokens written to a cache.
    pub cache_write: Option<i32>,
    /// How the written tokens divide by lifetime.
    pub cache_details: Option<Vec<CacheDetail>>,
    /// The total as the upstream reported it; none where it is the sum of the parts.
    pub total_reported: Option<i32>,
    /// How these numbers are known.
    pub source: UsageSource,
    /// Unknown members.
    pub ext: Ext,
}

impl Usage {
    /// All tokens: as reported, else input, output, cache reads and cache writes together.
    pub fn total(&self) -> i32 {
        self.total_reported.unwrap_or_else(|| {
            self.input_uncached
                .saturating_add(self.output)
                .saturating_add(self.cache_read.unwrap_or(0))
                .saturating_add(self.cache_write.unwrap_or(0))
        })
    }
}

/// Tokens written to a cache for one lifetime.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheDetail {
    /// The lifetime, such as `1h`.
    pub ttl: String,
    /// How many tokens.
    pub input: i32,
    /// Unknown members.
    pub ext: Ext,
}

/// How usage is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UsageSource {
    /// The upstream said so.
    #[default]
    Reported,
    /// Counted here.
    Estimated,
    /// Nobody knows.
    Missing,
}
