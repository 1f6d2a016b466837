//! The words of an error, found in whatever shape it has, and which kind of fault they mean: one table, first match wins.

use llm::Kind;
use rest_json::Document;

use crate::openai_chat::wire::{Count, Word};
use crate::wire::object;

/// How deep errors nest: OpenRouter puts the inner provider's answer as text into its own.
const LIMIT_LEVELS: usize = 4;

object! {
    /// Any of the shapes: `{"error":{...}}`, `{"error":"..."}`, `{"code","error"}`, `{"message"}`, `{"object":"error",...}`,
    /// `{"detail"}`.
    Shape {
        error: "error" => Document,
        message: "message" => Document,
        /// FastAPI, which vLLM and Mistral stand on: a text, or a list of findings.
        detail: "detail" => Document,
        code: "code" => Document,
        kind: "type" => Word,
        inner: "innererror" => Inner,
        metadata: "metadata" => Metadata,
    }
}

object! {
    /// Azure's own finding beneath the error.
    Inner {
        code: "code" => Word,
    }
}

object! {
    /// OpenRouter's: what the provider behind it answered.
    Metadata {
        raw: "raw" => Document,
    }
}

/// What an error says.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The texts, from the outside in.
    pub(super) message: String,
    /// Codes and types, the most telling first.
    pub(super) codes: Vec<String>,
    /// The HTTP status that the error itself names, which OpenRouter puts into answers of 200.
    pub(super) status: Option<u16>,
}

impl Words {
    /// The words of an error's JSON.
    pub(super) fn of(document: &Document) -> Self {
        let mut words = Self::default();
        words.read(document, LIMIT_LEVELS);
        words
    }

    fn read(&mut self, document: &Document, n_levels: usize) {
        let Some(n_levels) = n_levels.checked_sub(1) else {
            return;
        };
        // A shape that is not known says nothing but itself.
        if let Ok(text) = document.parse::<String>() {
            return self.say(&text);
        }
        if let Ok(list) = document.parse::<Vec<Document>>() {
            // Google's servers of this format put the error into a list.
            if let Some(first) = list.first() {
                self.read(first, n_levels);
            }
            return;
        }
        let Ok(shape) = document.parse::<Shape>() else {
            return self.say(document.as_str());
        };
        let Shape {
            error,
            message,
            detail,
            code,
            kind,
            inner,
            metadata,
            unknown: _,
        } = shape;
        if let Some(code) = &code {
            self.code(code);
        }
        self.codes
            .extend(inner.and_then(|inner| Word::of(inner.code)));
        self.codes.extend(Word::of(kind));
        for text in [&message, &detail].into_iter().flatten() {
            match text.parse::<String>() {
                Ok(text) => self.say(&text),
                Err(_) => self.say(text.as_str()),
            }
        }
        if let Some(error) = &error {
            self.read(error, n_levels);
        }
        if let Some(raw) = metadata.and_then(|metadata| metadata.raw) {
            let inside = raw.parse::<String>().ok();
            let inside = inside.and_then(|text| Document::new(&text).ok());
            self.read(inside.as_ref().unwrap_or(&raw), n_levels);
        }
    }

    /// A code is a word (`invalid_api_key`) or a number, which is a status where it can be one.
    fn code(&mut self, code: &Document) {
        if let Ok(word) = code.parse::<String>() {
            if !word.is_empty() {
                self.codes.push(word);
            }
            return;
        }
        let number = code.parse::<Count>().ok();
        let number = number.and_then(|count| Count::of(Some(count)));
        let Some(number) = number.and_then(|number| u16::try_from(number).ok()) else {
            return;
        };
        self.codes.push(number.to_string());
        if (400..=599).contains(&number) && self.status.is_none() {
            self.status = Some(number);
        }
    }

    fn say(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if !self.message.is_empty() {
            self.message.push_str(": ");
        }
        self.message.push_str(text);
    }
}

/// Where a row looks.
#[derive(Clone, Copy)]
enum In {
    /// A code or a type is this.
    Code(&'static str),
    /// The text holds this, without regard to case.
    Text(&'static str),
}

/// One row: where the words are, under which statuses they count (none named: all), and what they mean.
struct Row(In, &'static [u16], Kind);

/// What the words mean; none where they are not in the table.
pub(super) fn kind_of_words(status: u16, words: &Words) -> Option<Kind> {
    let text = words.message.to_ascii_lowercase();
    let is_met = |row: &&Row| {
        let Row(place, statuses, _) = row;
        let is_here = match place {
            In::Code(code) => words.codes.iter().any(|known| known == code),
            In::Text(part) => text.contains(part),
        };
        is_here && (statuses.is_empty() || statuses.contains(&status))
    };
    ROWS.iter().find(is_met).map(|Row(_, _, kind)| *kind)
}

/// The order matters: what is said about the window comes before what is said about limits, and codes before texts.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    // OpenAI, Groq.
    Row(In::Code("context_length_exceeded"), &[], Kind::ContextTooLong),
    Row(In::Code("string_above_max_length"), &[], Kind::ContextTooLong),
    // llama.cpp.
    Row(In::Code("exceed_context_size_error"), &[], Kind::ContextTooLong),
    Row(In::Text("context size has been exceeded"), &[], Kind::ContextTooLong),
    Row(In::Text("exceeds the available context size"), &[], Kind::ContextTooLong),
    // OpenAI, vLLM, Mistral.
    Row(In::Text("maximum context length"), &[], Kind::ContextTooLong),
    Row(In::Text("longer than the maximum model length"), &[], Kind::ContextTooLong),
    // xAI.
    Row(In::Text("maximum prompt length"), &[], Kind::ContextTooLong),
    // Together, whose 403 means the window where it speaks of tokens.
    Row(In::Text("`inputs` tokens"), &[], Kind::ContextTooLong),
    Row(In::Text("max_new_tokens"), &[400, 403, 422], Kind::ContextTooLong),
    Row(In::Text("input token"), &[403], Kind::ContextTooLong),
    Row(In::Text("token count"), &[403], Kind::ContextTooLong),
    // Servers that pass on what Anthropic, Bedrock or Google said.
    Row(In::Text("prompt is too long"), &[], Kind::ContextTooLong),
    Row(In::Text("input is too long"), &[], Kind::ContextTooLong),
    Row(In::Text("exceeds the maximum number of tokens"), &[], Kind::ContextTooLong),
    // OpenAI, Azure.
    Row(In::Code("content_policy_violation"), &[], Kind::ContentBlocked),
    Row(In::Code("content_filter"), &[], Kind::ContentBlocked),
    Row(In::Code("ResponsibleAIPolicyViolation"), &[], Kind::ContentBlocked),
    Row(In::Text("content management policy"), &[400], Kind::ContentBlocked),
    // OpenRouter.
    Row(In::Text("moderation"), &[403], Kind::ContentBlocked),
    Row(In::Text("flagged"), &[403], Kind::ContentBlocked),
    // Groq.
    Row(In::Code("tool_use_failed"), &[], Kind::ToolCallMalformed),
    Row(In::Code("json_validate_failed"), &[], Kind::OutputMalformed),
    Row(In::Code("capacity_exceeded"), &[], Kind::Overloaded),
    Row(In::Code("model_decommissioned"), &[], Kind::ModelNotFound),
    // OpenAI.
    Row(In::Code("insufficient_quota"), &[], Kind::QuotaExhausted),
    Row(In::Code("billing_hard_limit_reached"), &[], Kind::QuotaExhausted),
    Row(In::Code("billing_not_active"), &[], Kind::QuotaExhausted),
    Row(In::Code("invalid_api_key"), &[], Kind::AuthUpstream),
    Row(In::Code("model_not_found"), &[], Kind::ModelNotFound),
    // Azure.
    Row(In::Code("DeploymentNotFound"), &[], Kind::ModelNotFound),
    // xAI answers a wrong key with 400 and no credits with 403.
    Row(In::Text("incorrect api key"), &[400, 403], Kind::AuthUpstream),
    Row(In::Text("credits"), &[403, 429], Kind::QuotaExhausted),
    Row(In::Text("spending limit"), &[403, 429], Kind::QuotaExhausted),
    // Mistral.
    Row(In::Text("monthly"), &[429], Kind::QuotaExhausted),
    Row(In::Code("3505"), &[429], Kind::Overloaded),
    // OpenAI names the limit as the type, Azure and Groq in the text.
    Row(In::Code("tokens"), &[413, 429], Kind::TokenRateLimited),
    Row(In::Text("tokens per"), &[413, 429], Kind::TokenRateLimited),
    Row(In::Text("token rate limit"), &[413, 429], Kind::TokenRateLimited),
    // Groq's 413 is the limit of tokens in a minute where the code says that it is a limit.
    Row(In::Code("rate_limit_exceeded"), &[413], Kind::TokenRateLimited),
    Row(In::Code("rate_limit_exceeded"), &[], Kind::RateLimited),
    // llama.cpp, Ollama.
    Row(In::Text("loading model"), &[500, 503], Kind::ModelLoading),
    // llama.cpp and vLLM: the model's template refuses the conversation.
    Row(In::Text("template"), &[500], Kind::InvalidRequest),
    Row(In::Text("jinja"), &[500], Kind::InvalidRequest),
    Row(In::Text("roles must alternate"), &[500], Kind::InvalidRequest),
    // vLLM: the engine is gone and its supervisor starts another.
    Row(In::Text("enginedeaderror"), &[], Kind::Overloaded),
    Row(In::Text("engine core"), &[500, 503], Kind::Overloaded),
    // Ollama.
    Row(In::Text("does not support tools"), &[400], Kind::UnsupportedFeature),
    // OpenAI answers 404 where the model is there and lacks a feature.
    Row(In::Text("is not supported in this model"), &[400, 404], Kind::InvalidRequest),
    // OpenAI, DeepSeek, Together.
    Row(In::Text("overloaded"), &[200, 500, 502, 503, 529], Kind::Overloaded),
    Row(In::Text("slow down"), &[200, 500, 503], Kind::Overloaded),
    // Errors inside an answer of 200, which have their type only.
    Row(In::Code("overloaded_error"), &[200], Kind::Overloaded),
    Row(In::Code("invalid_request_error"), &[200], Kind::InvalidRequest),
    Row(In::Code("BadRequestError"), &[200], Kind::InvalidRequest),
    Row(In::Code("authentication_error"), &[200], Kind::AuthUpstream),
];
