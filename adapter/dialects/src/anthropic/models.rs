//! What Claude models differ in: data, one row a generation, by the beginning of the model's name.
//!
//! Facts are those of Anthropic's public documentation: models overview (maximum output), extended and adaptive thinking, effort,
//! structured outputs, prefill, mid-conversation system messages, and the migration guides of each generation (sampling, forced
//! tools). A model that is in no row is taken to know everything, so that its own server decides.

use crate::plan::Verdict;

/// One generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claude {
    /// How its names begin.
    pub(crate) prefix: &'static str,
    /// The most tokens it writes.
    pub(crate) max_output: i32,
    /// How it is told to reason.
    pub(crate) thinking: Thinking,
    /// Whether reasoning can be switched off by name.
    pub(crate) can_rest: bool,
    /// The levels of `output_config.effort`, ascending; none where it knows no effort.
    pub(crate) efforts: &'static [&'static str],
    /// Which of temperature, `top_p` and `top_k` it takes.
    pub(crate) sampling: Sampling,
    /// Whether it promises a JSON Schema.
    pub(crate) schemas: bool,
    /// Whether it continues a last message of the assistant.
    pub(crate) prefill: bool,
    /// Whether it can be made to call a tool.
    pub(crate) forced_tools: bool,
    /// Whether the operator may speak in mid-conversation.
    pub(crate) system_turns: bool,
}

/// How a model is told to reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thinking {
    /// It does not reason.
    Never,
    /// By a number of tokens.
    Budget,
    /// By a number of tokens, or as it likes.
    Both,
    /// As it likes.
    Adaptive,
}

/// Which sampling parameters a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sampling {
    /// All of them, together.
    All,
    /// Temperature or `top_p`, not both.
    One,
    /// None of them.
    Fixed,
}

const TO_HIGH: &[&str] = &["low", "medium", "high"];
const WITH_MAX: &[&str] = &["low", "medium", "high", "max"];
const WITH_XHIGH: &[&str] = &["low", "medium", "high", "xhigh", "max"];

/// A model that is in no row.
const UNKNOWN: Claude = Claude {
    prefix: "",
    // Low enough for what servers of this format commonly allow, high enough not to cut an ordinary answer.
    max_output: 8_192,
    thinking: Thinking::Both,
    can_rest: true,
    efforts: WITH_XHIGH,
    sampling: Sampling::All,
    schemas: true,
    prefill: true,
    forced_tools: true,
    system_turns: true,
};

/// A Claude of later: each one since 4.5 writes at least so much.
const LATER: Claude = Claude {
    max_output: 64_000,
    ..UNKNOWN
};

const FIRST: Claude = Claude {
    prefix: "claude-",
    max_output: 4_096,
    thinking: Thinking::Never,
    can_rest: true,
    efforts: &[],
    sampling: Sampling::All,
    schemas: false,
    prefill: true,
    forced_tools: true,
    system_turns: false,
};

const FOUR: Claude = Claude {
    max_output: 64_000,
    thinking: Thinking::Budget,
    ..FIRST
};

const FOUR_FIVE: Claude = Claude {
    sampling: Sampling::One,
    schemas: true,
    ..FOUR
};

const FOUR_SIX: Claude = Claude {
    max_output: 128_000,
    thinking: Thinking::Both,
    efforts: WITH_MAX,
    prefill: false,
    ..FOUR_FIVE
};

const FOUR_SEVEN: Claude = Claude {
    thinking: Thinking::Adaptive,
    efforts: WITH_XHIGH,
    sampling: Sampling::Fixed,
    ..FOUR_SIX
};

const FIVE: Claude = Claude {
    system_turns: true,
    ..FOUR_SEVEN
};

const RESTLESS: Claude = Claude {
    can_rest: false,
    ..FIVE
};

const FIVE_FIVE: Claude = Claude {
    forced_tools: false,
    ..RESTLESS
};

/// Every row; the longest beginning that fits speaks for a model.
pub(crate) const CLAUDES: &[Claude] = &[
    row("claude-2", FIRST),
    row("claude-v1", FIRST),
    row("claude-v2", FIRST),
    row("claude-instant", FIRST),
    row("claude-3", FIRST),
    long("claude-3-5", 8_192, FIRST),
    row("claude-3-7", FOUR),
    row("claude-sonnet-4", FOUR),
    long("claude-opus-4", 32_000, FOUR),
    long("claude-opus-4-1", 32_000, FOUR_FIVE),
    row("claude-sonnet-4-5", FOUR_FIVE),
    row("claude-haiku-4-5", FOUR_FIVE),
    Claude {
        prefix: "claude-opus-4-5",
        efforts: TO_HIGH,
        ..FOUR_FIVE
    },
    row("claude-sonnet-4-6", FOUR_SIX),
    row("claude-opus-4-6", FOUR_SIX),
    row("claude-opus-4-7", FOUR_SEVEN),
    row("claude-opus-4-8", FIVE),
    row("claude-sonnet-5", FIVE),
    row("claude-opus-5", FIVE),
    row("claude-haiku-5-5", FIVE),
    row("claude-fable-5", RESTLESS),
    row("claude-mythos-5", RESTLESS),
    Claude {
        prefix: "claude-mythos-preview",
        can_rest: false,
        sampling: Sampling::Fixed,
        ..FOUR_SIX
    },
    row("claude-opus-5-5", FIVE_FIVE),
    row("claude-sonnet-5-5", FIVE_FIVE),
    row("claude-fable-5-1", FIVE_FIVE),
    row("claude-mythos-5-1", FIVE_FIVE),
];

const fn row(prefix: &'static str, like: Claude) -> Claude {
    Claude { prefix, ..like }
}

const fn long(prefix: &'static str, max_output: i32, like: Claude) -> Claude {
    Claude {
        prefix,
        max_output,
        ..like
    }
}

impl Claude {
    /// What is known of the model of that name, which may carry what Bedrock puts before it (`eu.anthropic.`).
    pub(crate) fn of(model: &str) -> Self {
        let name = match model.find("claude") {
            Some(at) => model.get(at..).unwrap_or(model),
            None => model,
        };
        CLAUDES
            .iter()
            .filter(|row| starts(name, row.prefix))
            .max_by_key(|row| row.prefix.len())
            .copied()
            .unwrap_or(if name.starts_with("claude-") {
                LATER
            } else {
                UNKNOWN
            })
    }
}

/// What it makes of the wishes that generations differ in, wherever it is served.
impl Claude {
    /// Whether temperature and nucleus probability exclude each other.
    pub(crate) fn takes_one(&self) -> bool {
        self.sampling == Sampling::One
    }

    /// A temperature, a nucleus probability or a top k.
    pub(crate) fn sampling(&self) -> Verdict {
        match self.sampling {
            Sampling::All | Sampling::One => Verdict::Native,
            Sampling::Fixed => Verdict::Dropped("the model sets its own sampling"),
        }
    }

    /// No reasoning.
    pub(crate) fn rest(&self) -> Verdict {
        match self.thinking {
            Thinking::Never => Verdict::Silent("the model does not reason"),
            Thinking::Budget | Thinking::Both | Thinking::Adaptive if self.can_rest => {
                Verdict::Native
            }
            Thinking::Budget | Thinking::Both | Thinking::Adaptive => {
                Verdict::Dropped("the model always reasons")
            }
        }
    }

    /// As much reasoning as it likes.
    pub(crate) fn adaptive(&self) -> Verdict {
        match self.thinking {
            Thinking::Never => DOES_NOT_REASON,
            Thinking::Budget => Verdict::Approximate("as a number of tokens"),
            Thinking::Both | Thinking::Adaptive => Verdict::Native,
        }
    }

    /// A number of tokens for reasoning.
    pub(crate) fn budget(&self) -> Verdict {
        match self.thinking {
            Thinking::Never => DOES_NOT_REASON,
            Thinking::Budget | Thinking::Both => Verdict::Native,
            Thinking::Adaptive => {
                Verdict::Approximate("as adaptive reasoning of the nearest effort")
            }
        }
    }

    /// A level of reasoning.
    pub(crate) fn effort(&self) -> Verdict {
        match self.thinking {
            Thinking::Never => DOES_NOT_REASON,
            Thinking::Budget => Verdict::Approximate("as a number of tokens"),
            Thinking::Both | Thinking::Adaptive => {
                Verdict::Exact("as adaptive reasoning of that effort")
            }
        }
    }
}

const DOES_NOT_REASON: Verdict = Verdict::Dropped("the model does not reason");

/// Whether the name begins so and goes on with another part: `claude-opus-4-1` is no beginning of `claude-opus-4-10`.
fn starts(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix)
        .is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()))
}
