//! Which family a model id belongs to, and so whose vocabulary `additionalModelRequestFields` speaks.
//!
//! Reads the id as callers write it and knows no list of models, so that a model that is new is known too.

use llm::chat::Family;

use crate::invoke::Format;

/// Claude: Anthropic Messages.
pub const ANTHROPIC: Family = Family("anthropic");
/// GPT and everything that speaks OpenAI Chat Completions.
pub const OPENAI: Family = Family("openai");
/// Amazon Nova.
pub const NOVA: Family = Family("nova");
/// Mistral.
pub const MISTRAL: Family = Family("mistral");
/// Any other family whose name is in the id, none of whose vocabulary is known here.
pub const OTHER: Family = Family("other");

/// The family of a model id, as callers write them; none where the id says nothing, such as an alias of the operator's own.
///
/// ```
/// use dialects::family::{self, ANTHROPIC, OPENAI};
///
/// assert_eq!(family::of("us.anthropic.claude-sonnet-4-5-20250929-v1:0"), Some(ANTHROPIC));
/// assert_eq!(family::of("openrouter/anthropic/claude-sonnet-4.5"), Some(ANTHROPIC));
/// assert_eq!(family::of("gpt-4o"), Some(OPENAI));
/// assert_eq!(family::of("our-best-model"), None);
/// ```
pub fn of(model_id: &str) -> Option<Family> {
    let id = model_id.to_ascii_lowercase();
    names(&id).find_map(|Name { vendor, model }| {
        let by_name = MODELS.iter().find(|(name, _)| begins_with(model, name));
        let by_vendor = || VENDORS.iter().find(|(name, _)| vendor == Some(name));
        by_name.or_else(by_vendor).map(|(_, family)| *family)
    })
}

/// The format that a model of Bedrock itself speaks there; none where the id is not one of Bedrock's, and where the format is
/// none of those that are translated here.
pub(crate) fn format(model_id: &str) -> Option<Format> {
    let id = model_id.to_ascii_lowercase();
    let (vendor, model) = names(&id).find_map(|Name { vendor, model }| Some((vendor?, model)))?;
    let is_any = |beginnings: &[&str]| beginnings.iter().any(|name| model.starts_with(name));
    match vendor {
        "anthropic" if is_any(&["claude"]) => Some(Format::Anthropic),
        "openai" | "qwen" | "moonshot" | "moonshotai" | "minimax" | "zai" if !model.is_empty() => {
            Some(Format::OpenAiChat)
        }
        // R1 takes a prompt.
        "deepseek" if is_any(&["v3"]) => Some(Format::OpenAiChat),
        "google" if is_any(&["gemma"]) => Some(Format::OpenAiChat),
        "nvidia" if is_any(&["nemotron"]) => Some(Format::OpenAiChat),
        "writer" if is_any(&["palmyra-x"]) => Some(Format::OpenAiChat),
        "mistral" if is_any(&["mistral-7b", "mixtral"]) || model.contains("-2402") => {
            Some(Format::MistralText)
        }
        // Those between these two generations answer in a format of their own.
        "mistral" if is_any(&MISTRAL_CHAT) => Some(Format::OpenAiChat),
        _ => None,
    }
}

/// Whether the model of that id takes conversations only, so that a bare prompt for it is no format of its own: Claude, whose
/// prompts of old have members that tell, and OpenAI's models.
pub(crate) fn has_no_prompts(model_id: &str) -> bool {
    let id = model_id.to_ascii_lowercase();
    let is_openais = |Name { vendor, model }: Name<'_>| {
        vendor == Some("openai") || OPENAI_MODELS.iter().any(|name| begins_with(model, name))
    };
    match of(model_id) {
        Some(ANTHROPIC) => true,
        Some(OPENAI) => names(&id).any(is_openais),
        Some(_) | None => false,
    }
}

/// How the names of OpenAI's own models begin.
const OPENAI_MODELS: [&str; 6] = ["gpt", "chatgpt", "codex", "o1", "o3", "o4"];

/// How the names of Mistral's models begin that Bedrock serves in OpenAI's format.
const MISTRAL_CHAT: [&str; 5] = [
    "mistral-large-3",
    "ministral",
    "magistral",
    "devstral",
    "voxtral",
];

/// A model as one part of an id names it.
#[derive(Clone, Copy, Debug)]
struct Name<'a> {
    /// Who made it, in the way of Bedrock: `anthropic` of `anthropic.claude-3-haiku`.
    vendor: Option<&'a str>,
    model: &'a str,
}

/// The names in an id, the most telling first: behind the last slash stands the model, before it whoever made or serves it.
///
/// ARNs are like that too: `arn:aws:bedrock:REGION::foundation-model/VENDOR.MODEL`.
fn names(id: &str) -> impl Iterator<Item = Name<'_>> {
    id.rsplit('/').map(|part| {
        let region = REGIONS.iter().find_map(|region| part.strip_prefix(region));
        let part = region.unwrap_or(part);
        let (vendor, model) = part.split_once('.').unwrap_or((part, ""));
        if VENDORS.iter().any(|(name, _)| *name == vendor) {
            Name {
                vendor: Some(vendor),
                model,
            }
        } else {
            Name {
                vendor: None,
                model: part,
            }
        }
    })
}

/// How the ids of Bedrock's inference profiles begin: by where they are served.
const REGIONS: [&str; 10] = [
    "us.", "eu.", "apac.", "ap.", "jp.", "au.", "ca.", "sa.", "us-gov.", "global.",
];

/// Whether a name begins with that word, which a letter behind it would make another, and a digit another number.
fn begins_with(name: &str, word: &str) -> bool {
    let Some(behind) = name.strip_prefix(word) else {
        return false;
    };
    let is_number = word.ends_with(|last: char| last.is_ascii_digit());
    !behind.starts_with(|next: char| {
        next.is_ascii_alphabetic() || (is_number && next.is_ascii_digit())
    })
}

/// How the names of models begin. Those that Bedrock, or whoever made them, serves in OpenAI's format speak its vocabulary.
#[rustfmt::skip]
const MODELS: &[(&str, Family)] = &[
    ("claude", ANTHROPIC),
    ("nova", NOVA),
    ("gpt", OPENAI), ("chatgpt", OPENAI), ("codex", OPENAI), ("o1", OPENAI), ("o3", OPENAI), ("o4", OPENAI),
    ("deepseek", OPENAI), ("gemma", OPENAI), ("glm", OPENAI), ("grok", OPENAI), ("kimi", OPENAI), ("minimax", OPENAI),
    ("nemotron", OPENAI), ("palmyra", OPENAI), ("qwen", OPENAI), ("qwq", OPENAI),
    ("codestral", MISTRAL), ("devstral", MISTRAL), ("magistral", MISTRAL), ("ministral", MISTRAL), ("mistral", MISTRAL),
    ("mixtral", MISTRAL), ("open-mistral", MISTRAL), ("open-mixtral", MISTRAL), ("pixtral", MISTRAL), ("voxtral", MISTRAL),
    ("command-a", OTHER), ("command-r", OTHER), ("gemini", OTHER), ("jamba", OTHER), ("llama", OTHER), ("sonar", OTHER),
    ("titan", OTHER),
];

/// Who makes models, as Bedrock and others call them.
#[rustfmt::skip]
const VENDORS: &[(&str, Family)] = &[
    ("anthropic", ANTHROPIC),
    ("openai", OPENAI),
    ("deepseek", OPENAI), ("deepseek-ai", OPENAI), ("minimax", OPENAI), ("moonshot", OPENAI), ("moonshotai", OPENAI),
    ("nvidia", OPENAI), ("qwen", OPENAI), ("writer", OPENAI), ("x-ai", OPENAI), ("xai", OPENAI), ("z-ai", OPENAI), ("zai", OPENAI),
    ("zai-org", OPENAI),
    ("mistral", MISTRAL), ("mistralai", MISTRAL),
    ("ai21", OTHER), ("amazon", OTHER), ("cohere", OTHER), ("google", OTHER), ("luma", OTHER), ("meta", OTHER),
    ("meta-llama", OTHER), ("perplexity", OTHER), ("stability", OTHER), ("twelvelabs", OTHER),
];
