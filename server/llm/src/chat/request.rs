//! What is asked: messages, system, tools, inference settings and promises.

use crate::chat::{Block, CachePoint, Guard};
use crate::{Ext, Json, Num};

/// A whole request, without its model, which belongs to the [`Call`](crate::Call).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// System content in order; absent differs from empty.
    pub system: Option<Vec<SystemItem>>,
    /// The turns, exactly as received, unmerged.
    pub messages: Option<Vec<Message>>,
    /// Sampling and length; present and empty differs from absent.
    pub inference: Option<Inference>,
    /// Tools and how to choose among them.
    pub tools: Option<ToolSet>,
    /// The guardrail to apply.
    pub guardrail: Option<Guardrail>,
    /// Parameters of the model family's own vocabulary, verbatim.
    pub extra: Option<Json>,
    /// Whose vocabulary `extra` speaks, where the edge can tell.
    pub family: Option<Family>,
    /// Values of prompt variables, in order.
    pub prompt_variables: Option<Vec<(String, PromptVar)>>,
    /// JSON pointers into the family's native reply that the caller wants to see.
    pub response_paths: Option<Vec<String>>,
    /// The caller's own labels, in order.
    pub metadata: Option<Vec<(String, String)>>,
    /// The latency preference.
    pub performance: Option<Performance>,
    /// The service tier.
    pub tier: Option<Tier>,
    /// The promised form of the output.
    pub output: Option<Output>,
    /// The wire format the request was read from, which is whose unknown members ride in every `ext` and every `Unknown` of it.
    pub dialect: Option<Dialect>,
    /// Unknown members.
    pub ext: Ext,
}

/// A wire format of conversations, by an opaque name that only the dialects give meaning to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dialect(pub &'static str);

/// A model family, by an opaque name that only the dialects give meaning to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Family(pub &'static str);

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The user.
    User,
    /// The model.
    Assistant,
    /// The operator, in mid-conversation.
    System,
    /// A role this build does not know.
    Other(String),
}

/// One turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub content: Vec<Block>,
    /// Unknown members.
    pub ext: Ext,
}

/// One piece of system content.
#[derive(Clone, Debug, PartialEq)]
pub enum SystemItem {
    /// Text.
    Text(String),
    /// Text or image marked for the guardrail.
    Guard(Guard),
    /// The end of a cacheable prefix.
    CachePoint(CachePoint),
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// Sampling and length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inference {
    /// The most tokens to write.
    pub max_tokens: Option<i32>,
    /// Temperature, 0 to 1.
    pub temperature: Option<Num>,
    /// Nucleus probability, 0 to 1.
    pub top_p: Option<Num>,
    /// Texts that end the reply.
    pub stop: Option<Vec<String>>,
    /// Unknown members.
    pub ext: Ext,
}

/// Tools, and how to choose among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolSet {
    /// The tools in order.
    pub items: Vec<Tool>,
    /// The choice; absent means the model decides.
    pub choice: Option<ToolChoice>,
    /// Whether the model may call several tools in one turn; absent means that it may.
    pub parallel: Option<bool>,
    /// Unknown members.
    pub ext: Ext,
}

/// One entry of the tool list.
#[derive(Clone, Debug, PartialEq)]
pub enum Tool {
    /// A tool the caller runs.
    Spec(ToolSpec),
    /// A tool the provider runs.
    System {
        /// Its name.
        name: String,
        /// Unknown members.
        ext: Ext,
    },
    /// The end of a cacheable prefix.
    CachePoint(CachePoint),
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// A tool the caller runs.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolSpec {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The schema of its input.
    pub schema: ToolSchema,
    /// Whether the input must follow the schema exactly.
    pub strict: Option<bool>,
    /// Unknown members.
    pub ext: Ext,
}

/// The schema of a tool's input.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolSchema {
    /// A JSON Schema, verbatim.
    Json(Json),
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// How the model chooses among the tools.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolChoice {
    /// It decides.
    Auto {
        /// Unknown members.
        ext: Ext,
    },
    /// It must call one.
    Any {
        /// Unknown members.
        ext: Ext,
    },
    /// It must call this one.
    Tool {
        /// The tool's name.
        name: String,
        /// Unknown members.
        ext: Ext,
    },
    /// It must call none.
    None {
        /// Unknown members.
        ext: Ext,
    },
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// The guardrail to apply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guardrail {
    /// Its id.
    pub id: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// How much of its reasoning to show.
    pub trace: Option<String>,
    /// How it works on a stream.
    pub stream_mode: Option<String>,
    /// Unknown members.
    pub ext: Ext,
}

/// The value of a prompt variable.
#[derive(Clone, Debug, PartialEq)]
pub enum PromptVar {
    /// Text.
    Text(String),
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// The latency preference.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Performance {
    /// `standard`, `optimized`, or a value this build does not know.
    pub latency: Option<String>,
    /// Unknown members.
    pub ext: Ext,
}

/// The service tier.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// `priority`, `default`, `flex`, `reserved`, or a value this build does not know.
    pub kind: String,
    /// Unknown members.
    pub ext: Ext,
}

/// The promised form of the output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// The format of its text.
    pub text: Option<TextFormat>,
    /// How much effort to spend.
    pub effort: Option<String>,
    /// Unknown members.
    pub ext: Ext,
}

/// The format of the reply's text.
#[derive(Clone, Debug, PartialEq)]
pub struct TextFormat {
    /// `json_schema`, or a value this build does not know.
    pub kind: String,
    /// What the text must follow.
    pub schema: JsonSchema,
    /// Unknown members.
    pub ext: Ext,
}

/// What a structured text must follow.
#[derive(Clone, Debug, PartialEq)]
pub enum JsonSchema {
    /// A JSON Schema.
    Schema {
        /// The schema as text, exactly as the caller wrote it.
        schema: String,
        /// Its name.
        name: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// Unknown members.
        ext: Ext,
    },
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}
