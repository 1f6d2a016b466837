//! What servers of this format take and where they depart from OpenAI's own: data, one row a server.

use llm::chat::Family;

use crate::family;
use crate::plan::Spelling;

/// One server, or one kind of server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quirks {
    /// The row's name, as configuration and documentation call it.
    pub name: &'static str,
    /// The member that limits the output.
    pub max_tokens: MaxTokens,
    /// The role that the operator speaks in.
    pub system_role: SystemRole,
    /// Whether content may be a list of parts; where not, parts are joined into one string.
    pub content_parts: bool,
    /// Whether a stream tells its usage when `stream_options.include_usage` asks for it.
    pub stream_usage: bool,
    /// Whether a tool may promise to follow its schema (`strict`).
    pub strict_tools: bool,
    /// Whether `parallel_tool_calls` is understood.
    pub parallel_tool_calls: bool,
    /// Which choices among the tools can be made.
    pub tool_choice: ToolChoices,
    /// Whether `response_format` takes a JSON Schema.
    pub json_schema: bool,
    /// Whether the model may see images.
    pub images: bool,
    /// Whether a part may be a PDF file.
    pub files: bool,
    /// Whether a part may be a sound (`input_audio`).
    pub audio: bool,
    /// The most stop sequences; none means any number.
    pub stop_sequences: Option<u32>,
    /// Whether `top_k` is understood, which OpenAI itself does not.
    pub top_k: bool,
    /// Whether `seed`, the penalties and `logit_bias` are understood.
    pub sampling: bool,
    /// Whether `reasoning_effort` is understood.
    pub reasoning_effort: bool,
    /// Whether `service_tier` is understood.
    pub service_tier: bool,
    /// Whether a last message of the assistant is continued rather than answered.
    pub prefill: bool,
    /// Whether models whose names say so (`o1`, `gpt-5`, ...) are reasoning models with OpenAI's rules: `developer`,
    /// `max_completion_tokens`, and neither sampling nor stop sequences.
    pub reasoning_models: bool,
}

/// The member that limits the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxTokens {
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`.
    MaxCompletionTokens,
    /// `max_completion_tokens` for reasoning models, else `max_tokens`.
    ByModel,
}

/// The role that the operator speaks in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemRole {
    /// `system`.
    System,
    /// `developer`.
    Developer,
    /// `developer` for reasoning models, else `system`.
    ByModel,
}

/// Which choices among the tools can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolChoices {
    /// All of them.
    All,
    /// `auto`, `none` and `required`; one tool is forced by offering only that one.
    Required,
    /// `auto` and `none`.
    Auto,
}

impl Quirks {
    /// OpenAI's own service.
    pub const OPENAI: Self = Self {
        name: "openai",
        max_tokens: MaxTokens::ByModel,
        system_role: SystemRole::ByModel,
        content_parts: true,
        stream_usage: true,
        strict_tools: true,
        parallel_tool_calls: true,
        tool_choice: ToolChoices::All,
        json_schema: true,
        images: true,
        files: true,
        audio: true,
        stop_sequences: Some(4),
        top_k: false,
        sampling: true,
        reasoning_effort: true,
        service_tier: true,
        prefill: false,
        reasoning_models: true,
    };

    /// A server of which nothing is known but that it speaks the format: what nearly all of them take.
    pub const COMPATIBLE: Self = Self {
        name: "compatible",
        max_tokens: MaxTokens::MaxTokens,
        system_role: SystemRole::System,
        content_parts: true,
        stream_usage: true,
        strict_tools: false,
        parallel_tool_calls: true,
        tool_choice: ToolChoices::All,
        json_schema: true,
        images: true,
        files: false,
        audio: false,
        stop_sequences: None,
        top_k: true,
        sampling: true,
        reasoning_effort: true,
        service_tier: false,
        prefill: false,
        reasoning_models: false,
    };

    /// Every row, in the order of the documentation. A well-known server differs from one of which nothing is known only where
    /// its documentation says so.
    pub const ROWS: [Self; 12] = [
        Self::OPENAI,
        Self::COMPATIBLE,
        // docs.vllm.ai, OpenAI-compatible server: `input_audio` parts beside `audio_url`.
        Self {
            name: "vllm",
            audio: true,
            ..Self::COMPATIBLE
        },
        // docs.ollama.com, OpenAI compatibility, supported request fields: neither `tool_choice`, `parallel_tool_calls` nor
        // `top_k` is among them.
        Self {
            name: "ollama",
            tool_choice: ToolChoices::Auto,
            parallel_tool_calls: false,
            top_k: false,
            ..Self::COMPATIBLE
        },
        // llama-server takes a choice by name for `auto`; it knows `required`.
        Self {
            name: "llama_cpp",
            tool_choice: ToolChoices::Required,
            ..Self::COMPATIBLE
        },
        // docs.litellm.ai: translates OpenAI's members for the provider behind it, and itself refuses what that one does not take.
        Self {
            name: "litellm",
            strict_tools: true,
            files: true,
            audio: true,
            service_tier: true,
            ..Self::COMPATIBLE
        },
        // openrouter.ai/docs, multimodal: `file` and `input_audio` parts.
        Self {
            name: "openrouter",
            files: true,
            audio: true,
            ..Self::COMPATIBLE
        },
        // console.groq.com/docs, API reference: up to 4 stop sequences, no `top_k`.
        Self {
            name: "groq",
            stop_sequences: Some(4),
            top_k: false,
            ..Self::COMPATIBLE
        },
        // api-docs.deepseek.com, create chat completion: up to 16 stop sequences, `response_format` is `text` or `json_object`,
        // content is text, no `top_k` and no `parallel_tool_calls`.
        Self {
            name: "deepseek",
            stop_sequences: Some(16),
            json_schema: false,
            images: false,
            top_k: false,
            parallel_tool_calls: false,
            ..Self::COMPATIBLE
        },
        // docs.together.ai, function calling: no choice that makes the model call some tool.
        Self {
            name: "together",
            tool_choice: ToolChoices::Auto,
            ..Self::COMPATIBLE
        },
        Self {
            name: "xai",
            ..Self::COMPATIBLE
        },
        // docs.mistral.ai, chat completion: `strict` functions, no `top_k`; usage comes at the end of a stream unasked.
        Self {
            name: "mistral",
            tool_choice: ToolChoices::Required,
            strict_tools: true,
            stream_usage: false,
            top_k: false,
            ..Self::COMPATIBLE
        },
    ];

    /// The row of that name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ROWS.into_iter().find(|row| row.name == name)
    }

    /// Whose vocabulary the members beside those of the format belong to.
    pub(crate) fn family(&self) -> Family {
        self.nature().family
    }

    /// Whether prefixes are cached without being asked for, so that nothing is lost with a cache point.
    pub(crate) fn caches(&self) -> bool {
        self.nature().caches
    }

    /// How ids of calls are spelled, where the server does not take every id.
    pub(crate) fn call_ids(&self) -> Option<Spelling> {
        self.nature().call_ids
    }

    fn nature(&self) -> &'static Nature {
        let known = NATURES.iter().find(|nature| nature.name == self.name);
        known.unwrap_or(&UNKNOWN)
    }

    /// Whether the model of that name reasons by OpenAI's rules: the o series, and GPT since 5 but for the chat models.
    pub fn reasons(&self, model: &str) -> bool {
        self.reasoning_models && generation(model).is_some()
    }

    /// The levels that `reasoning_effort` takes for the model of that name, in ascending order; none where it takes none at all.
    ///
    /// Of OpenAI's models: the o series from `low` to `high`, GPT-5 from `minimal`, GPT-5.1 has `none`, later ones `xhigh` too.
    pub fn efforts_of(&self, model: &str) -> &'static [&'static str] {
        if !self.reasoning_effort {
            return &[];
        }
        if !self.reasoning_models {
            return self.nature().efforts;
        }
        match generation(model) {
            None => &[],
            Some(Generation::Series) => TO_HIGH,
            Some(Generation::Gpt { major: 5, minor: 0 }) => FROM_MINIMAL,
            Some(Generation::Gpt { major: 5, minor: 1 }) => FROM_NONE,
            Some(Generation::Gpt { .. }) => TO_XHIGH,
        }
    }
}

/// What a server is by nature, so that no configuration changes it.
struct Nature {
    /// The name of its row.
    name: &'static str,
    /// Whose vocabulary it takes.
    family: Family,
    /// The levels that `reasoning_effort` takes, in ascending order; `none` is no reasoning at all.
    efforts: &'static [&'static str],
    /// Whether it caches prefixes without being asked for.
    caches: bool,
    /// How it spells ids of calls, where it does not take every id.
    call_ids: Option<Spelling>,
}

/// A server of which nothing is known.
const UNKNOWN: Nature = Nature {
    name: "compatible",
    family: family::OPENAI,
    efforts: TO_HIGH,
    caches: false,
    call_ids: None,
};

const NATURES: &[Nature] = &[
    // platform.openai.com, prompt caching: automatic. Its models differ in their levels. Its refusal of a long id: "Invalid
    // 'messages[2].tool_calls[0].id': string too long. Expected a string with maximum length 40".
    Nature {
        name: "openai",
        caches: true,
        call_ids: Some(Spelling {
            marks: None,
            least: 1,
            most: 40,
        }),
        ..UNKNOWN
    },
    // docs.ollama.com, OpenAI compatibility: `none` switches thinking off.
    Nature {
        name: "ollama",
        efforts: FROM_NONE,
        ..UNKNOWN
    },
    // console.groq.com/docs, prompt caching: automatic.
    Nature {
        name: "groq",
        caches: true,
        ..UNKNOWN
    },
    // api-docs.deepseek.com, context caching: on for everybody.
    Nature {
        name: "deepseek",
        caches: true,
        ..UNKNOWN
    },
    // docs.x.ai, prompt caching: automatic.
    Nature {
        name: "xai",
        caches: true,
        ..UNKNOWN
    },
    // docs.mistral.ai, chat completion: `random_seed`; reasoning is on (`high`) or off (`none`). Its refusal of another's id:
    // "Tool call id was ... but must be a-z, A-Z, 0-9, with a length of 9."
    Nature {
        name: "mistral",
        family: family::MISTRAL,
        efforts: &["none", "high"],
        call_ids: Some(Spelling {
            marks: Some(""),
            least: 9,
            most: 9,
        }),
        ..UNKNOWN
    },
];

const TO_HIGH: &[&str] = &["low", "medium", "high"];
const FROM_MINIMAL: &[&str] = &["minimal", "low", "medium", "high"];
const FROM_NONE: &[&str] = &["none", "low", "medium", "high"];
const TO_XHIGH: &[&str] = &["none", "low", "medium", "high", "xhigh"];

/// Which of OpenAI's reasoning models.
enum Generation {
    /// `o1`, `o3-mini`, `o4-mini`, ...
    Series,
    /// `gpt-5`, `gpt-5.1-codex`, ...
    Gpt { major: u32, minor: u32 },
}

/// A fine-tuned model is what it was made of: `ft:o4-mini-2025-04-16:org::id`.
fn generation(model: &str) -> Option<Generation> {
    let name = model.strip_prefix("ft:").unwrap_or(model);
    if let Some(version) = name.strip_prefix("gpt-") {
        let (number, rest) = cut(version);
        let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
        let (major, minor) = (major.parse().ok()?, minor.parse().ok()?);
        let chats = rest.starts_with("-chat");
        return (major >= 5 && !chats).then_some(Generation::Gpt { major, minor });
    }
    let (number, rest) = cut(name.strip_prefix('o')?);
    let ends = rest.is_empty() || rest.starts_with(['-', ':']);
    (!number.is_empty() && ends).then_some(Generation::Series)
}

/// The digits and points that the text begins with, and what follows.
fn cut(text: &str) -> (&str, &str) {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}
