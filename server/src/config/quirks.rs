//! Where one OpenAI-compatible server departs from the row of its kind, field by field.
//!
//! What the fields mean is told by [`Quirks`], which the provider works by; here is how a configuration says them.

use providers::openai::{MaxTokens, Quirks, SystemRole, ToolChoices};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::fields::{Fields, suggestion};
use super::tree::{Node, Value};

/// The words for [`MaxTokens`].
const MAX_TOKENS: &[(&str, MaxTokens)] = &[
    ("max_tokens", MaxTokens::MaxTokens),
    ("max_completion_tokens", MaxTokens::MaxCompletionTokens),
    ("by_model", MaxTokens::ByModel),
];

/// The words for [`SystemRole`].
const SYSTEM_ROLES: &[(&str, SystemRole)] = &[
    ("system", SystemRole::System),
    ("developer", SystemRole::Developer),
    ("by_model", SystemRole::ByModel),
];

/// The words for [`ToolChoices`].
const TOOL_CHOICES: &[(&str, ToolChoices)] = &[
    ("all", ToolChoices::All),
    ("required", ToolChoices::Required),
    ("auto", ToolChoices::Auto),
];

/// The word for "as many as one likes".
const ANY: &str = "any";

/// Where one server departs from its kind; what is left out is as its kind has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct QuirkOverrides {
    /// The member that limits the output; `by_model` is `max_completion_tokens` for reasoning models, else `max_tokens`.
    #[schemars(schema_with = "max_tokens_schema")]
    pub max_tokens: Option<MaxTokens>,
    /// The role that the operator speaks in; `by_model` is `developer` for reasoning models, else `system`.
    #[schemars(schema_with = "system_role_schema")]
    pub system_role: Option<SystemRole>,
    /// Whether content may be a list of parts; where not, parts are joined into one string.
    pub content_parts: Option<bool>,
    /// Whether a stream tells its usage when `stream_options.include_usage` asks for it.
    pub stream_usage: Option<bool>,
    /// Whether a tool may promise to follow its schema (`strict`).
    pub strict_tools: Option<bool>,
    /// Whether `parallel_tool_calls` is understood.
    pub parallel_tool_calls: Option<bool>,
    /// Which choices among the tools can be made: `required` is all but naming one tool, `auto` is `auto` and `none`.
    #[schemars(schema_with = "tool_choice_schema")]
    pub tool_choice: Option<ToolChoices>,
    /// Whether `response_format` takes a JSON Schema.
    pub json_schema: Option<bool>,
    /// Whether the model may see images.
    pub images: Option<bool>,
    /// Whether a part may be a PDF file.
    pub files: Option<bool>,
    /// Whether a part may be a sound (`input_audio`).
    pub audio: Option<bool>,
    /// The most stop sequences, or `any` for any number.
    #[schemars(schema_with = "stop_sequences_schema")]
    pub stop_sequences: Option<StopSequences>,
    /// Whether `top_k` is understood.
    pub top_k: Option<bool>,
    /// Whether `seed`, the penalties and `logit_bias` are understood.
    pub sampling: Option<bool>,
    /// Whether `reasoning_effort` is understood.
    pub reasoning_effort: Option<bool>,
    /// Whether `service_tier` is understood.
    pub service_tier: Option<bool>,
    /// Whether a last message of the assistant is continued rather than answered.
    pub prefill: Option<bool>,
    /// Whether models whose names say so (`o1`, `gpt-5`, ...) are reasoning models with OpenAI's rules.
    pub reasoning_models: Option<bool>,
}

/// The most stop sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSequences {
    /// Any number.
    Any,
    /// So many.
    AtMost(u32),
}

impl QuirkOverrides {
    /// That row with these departures.
    pub(crate) fn applied_to(&self, row: &Quirks) -> Quirks {
        let Self {
            max_tokens,
            system_role,
            content_parts,
            stream_usage,
            strict_tools,
            parallel_tool_calls,
            tool_choice,
            json_schema,
            images,
            files,
            audio,
            stop_sequences,
            top_k,
            sampling,
            reasoning_effort,
            service_tier,
            prefill,
            reasoning_models,
        } = *self;
        Quirks {
            name: row.name,
            max_tokens: max_tokens.unwrap_or(row.max_tokens),
            system_role: system_role.unwrap_or(row.system_role),
            content_parts: content_parts.unwrap_or(row.content_parts),
            stream_usage: stream_usage.unwrap_or(row.stream_usage),
            strict_tools: strict_tools.unwrap_or(row.strict_tools),
            parallel_tool_calls: parallel_tool_calls.unwrap_or(row.parallel_tool_calls),
            tool_choice: tool_choice.unwrap_or(row.tool_choice),
            json_schema: json_schema.unwrap_or(row.json_schema),
            images: images.unwrap_or(row.images),
            files: files.unwrap_or(row.files),
            audio: audio.unwrap_or(row.audio),
            stop_sequences: match stop_sequences {
                None => row.stop_sequences,
                Some(StopSequences::Any) => None,
                Some(StopSequences::AtMost(most)) => Some(most),
            },
            top_k: top_k.unwrap_or(row.top_k),
            sampling: sampling.unwrap_or(row.sampling),
            reasoning_effort: reasoning_effort.unwrap_or(row.reasoning_effort),
            service_tier: service_tier.unwrap_or(row.service_tier),
            prefill: prefill.unwrap_or(row.prefill),
            reasoning_models: reasoning_models.unwrap_or(row.reasoning_models),
        }
    }
}

/// Takes `server`, the name of a row, out of a provider's entry.
pub(super) fn read_server(fields: &mut Fields<'_>) -> Option<Quirks> {
    let node = fields.take("server")?;
    let (at, name) = fields.text("server", node)?;
    let row = Quirks::of(&name);
    if row.is_none() {
        let hint = suggestion(&name, row_names());
        let known: Vec<String> = row_names().map(|name| format!("`{name}`")).collect();
        fields.note(
            at,
            format!("`server` must be one of {}{hint}", known.join(", ")),
        );
    }
    row
}

/// Takes `quirks` out of a provider's entry.
pub(super) fn read_overrides(fields: &mut Fields<'_>) -> QuirkOverrides {
    match fields.take("quirks") {
        None => QuirkOverrides::default(),
        Some(node) => read_fields(Fields::open("`quirks`", node, fields.found)),
    }
}

fn read_fields(mut fields: Fields<'_>) -> QuirkOverrides {
    let overrides = QuirkOverrides {
        max_tokens: fields.one_of("max_tokens", MAX_TOKENS),
        system_role: fields.one_of("system_role", SYSTEM_ROLES),
        content_parts: fields.flag("content_parts"),
        stream_usage: fields.flag("stream_usage"),
        strict_tools: fields.flag("strict_tools"),
        parallel_tool_calls: fields.flag("parallel_tool_calls"),
        tool_choice: fields.one_of("tool_choice", TOOL_CHOICES),
        json_schema: fields.flag("json_schema"),
        images: fields.flag("images"),
        files: fields.flag("files"),
        audio: fields.flag("audio"),
        stop_sequences: read_stop_sequences(&mut fields),
        top_k: fields.flag("top_k"),
        sampling: fields.flag("sampling"),
        reasoning_effort: fields.flag("reasoning_effort"),
        service_tier: fields.flag("service_tier"),
        prefill: fields.flag("prefill"),
        reasoning_models: fields.flag("reasoning_models"),
    };
    fields.close();
    overrides
}

fn read_stop_sequences(fields: &mut Fields<'_>) -> Option<StopSequences> {
    let node = fields.take("stop_sequences")?;
    let Node { at, value } = node;
    let most = match value {
        Value::Text(text) if text == ANY => Some(StopSequences::Any),
        Value::Whole(most) => u32::try_from(most).ok().map(StopSequences::AtMost),
        Value::Null
        | Value::Flag(_)
        | Value::OtherNumber
        | Value::Text(_)
        | Value::List(_)
        | Value::Map(_) => None,
    };
    if most.is_none() {
        fields.note(
            at,
            format!("`stop_sequences` must be a whole number or `{ANY}`"),
        );
    }
    most
}

fn row_names() -> impl Iterator<Item = &'static str> {
    Quirks::ROWS.iter().map(|row| row.name)
}

/// The names of the rows, or nothing.
pub(super) fn server_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(row_names())
}

fn max_tokens_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(MAX_TOKENS.iter().map(|(word, _)| *word))
}

fn system_role_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(SYSTEM_ROLES.iter().map(|(word, _)| *word))
}

fn tool_choice_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(TOOL_CHOICES.iter().map(|(word, _)| *word))
}

fn stop_sequences_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [
            { "type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX },
            { "const": ANY },
        ],
    })
}

/// One of these words; a key without a value counts as absent.
fn one_of<'w>(words: impl Iterator<Item = &'w str>) -> Schema {
    let mut choices: Vec<Option<&str>> = words.map(Some).collect();
    choices.push(None);
    json_schema!({ "enum": choices })
}
