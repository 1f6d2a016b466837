//! Which format a body is written in: one pass over its outermost members, and over the outermost ones of its messages and tools.
//!
//! Builds no values, so that a body of many megabytes costs little more than finding its end. What is wrong with a body is for
//! its decoder to say.

use llm::chat::Family;
use rest_json::{DecodeError, Reader};

use super::Format;
use crate::family;

/// The format of a body: by its members, and where two formats share them all, by the model id.
pub(super) fn detect(body: &[u8], model_id: &str) -> Option<Format> {
    let mut seen = Seen::default();
    // What was seen before a fault says which format's decoder is to find the fault.
    let _faulty = Reader::new(body).and_then(|mut reader| seen.body(&mut reader));
    let Seen {
        has_version,
        anthropic,
        openai,
        other,
        has_messages,
        has_typed_text,
        has_max_tokens,
        prompt,
        has_query,
        has_documents,
    } = seen;
    let family = || family::of(model_id);
    if has_version {
        Some(Format::Anthropic)
    } else if other || (has_query && has_documents) {
        None
    } else if has_messages {
        Some(match (anthropic, openai) {
            (true, false) => Format::Anthropic,
            (false, true) => Format::OpenAiChat,
            (true, true) | (false, false) => {
                by_family(family()).unwrap_or(if anthropic || (has_typed_text && has_max_tokens) {
                    Format::Anthropic
                } else {
                    Format::OpenAiChat
                })
            }
        })
    } else {
        let is_mistral = match prompt? {
            _ if family::has_no_prompts(model_id) => true,
            Prompt::Instructions => matches!(family(), None | Some(family::MISTRAL)),
            Prompt::Plain => family() == Some(family::MISTRAL),
        };
        is_mistral.then_some(Format::MistralText)
    }
}

/// The format of a conversation that only the model id tells.
fn by_family(family: Option<Family>) -> Option<Format> {
    match family? {
        family::ANTHROPIC => Some(Format::Anthropic),
        family::OPENAI | family::MISTRAL => Some(Format::OpenAiChat),
        _ => None,
    }
}

/// What was seen of a body.
#[derive(Debug, Default)]
struct Seen {
    /// `anthropic_version`, which Bedrock demands of Anthropic's format and no other format has.
    has_version: bool,
    /// Something that only Anthropic Messages has.
    anthropic: bool,
    /// Something that only OpenAI Chat Completions has.
    openai: bool,
    /// Something that only a format has which is not translated here.
    other: bool,
    has_messages: bool,
    /// Text with a `type`, which both Anthropic's format and OpenAI's have.
    has_typed_text: bool,
    has_max_tokens: bool,
    prompt: Option<Prompt>,
    /// With documents, a request to rank them.
    has_query: bool,
    has_documents: bool,
}

#[derive(Clone, Copy, Debug)]
enum Prompt {
    /// In the marks of Mistral's template, which Llama 2 shares.
    Instructions,
    Plain,
}

impl Seen {
    fn body(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            if reader.null()? {
                continue;
            }
            match &*key {
                "anthropic_version" => {
                    self.has_version = true;
                    return Ok(());
                }
                "messages" => {
                    self.has_messages = true;
                    self.messages(reader)?;
                    continue;
                }
                "tools" => {
                    self.tools(reader)?;
                    continue;
                }
                "tool_choice" => {
                    self.tool_choice(reader)?;
                    continue;
                }
                "prompt" => {
                    let text = reader.raw()?;
                    let has_marks = text.contains("[INST]") && text.contains("[/INST]");
                    self.prompt = Some(if has_marks {
                        Prompt::Instructions
                    } else {
                        Prompt::Plain
                    });
                    continue;
                }
                "max_tokens" => self.has_max_tokens = true,
                "query" => self.has_query = true,
                "documents" => self.has_documents = true,
                "anthropic_beta" | "container" | "context_management" | "mcp_servers"
                | "output_config" | "stop_sequences" | "system" | "thinking" => {
                    self.anthropic = true;
                }
                "frequency_penalty"
                | "function_call"
                | "functions"
                | "logit_bias"
                | "logprobs"
                | "max_completion_tokens"
                | "n"
                | "parallel_tool_calls"
                | "presence_penalty"
                | "reasoning_effort"
                | "response_format"
                | "seed"
                | "stop"
                | "stream_options"
                | "top_logprobs"
                | "user"
                | "verbosity" => self.openai = true,
                name if is_of_another_format(name) => self.other = true,
                _ => {}
            }
            reader.raw()?;
        }
        // A member of these is something else beside a prompt than beside messages.
        self.other |= !self.has_messages && self.prompt.is_some() && self.anthropic;
        Ok(())
    }

    fn messages(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.begin_list()?;
        let mut is_first = true;
        while reader.next_item()? {
            reader.begin_object()?;
            while let Some(key) = reader.next_key()? {
                match &*key {
                    "content" => {
                        self.content(reader)?;
                        continue;
                    }
                    "role" if reader.at_string() => {
                        match &*reader.string()? {
                            "developer" | "function" | "tool" => self.openai = true,
                            // Anthropic's newer models take one too, but never first.
                            "system" => self.openai |= is_first,
                            _ => {}
                        }
                        continue;
                    }
                    "function_call" | "reasoning_content" | "refusal" | "tool_call_id"
                    | "tool_calls" => self.openai = true,
                    _ => {}
                }
                reader.raw()?;
            }
            is_first = false;
        }
        Ok(())
    }

    fn content(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        if reader.null()? {
            return Ok(());
        }
        if reader.at_string() || reader.at_object() {
            reader.raw()?;
            return Ok(());
        }
        reader.begin_list()?;
        while reader.next_item()? {
            if reader.at_object() {
                self.part(reader)?;
            } else {
                reader.raw()?;
            }
        }
        Ok(())
    }

    fn part(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        let mut is_typed = false;
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            if key != "type" || !reader.at_string() {
                reader.raw()?;
                continue;
            }
            is_typed = true;
            match &*reader.string()? {
                "text" => self.has_typed_text = true,
                "document" | "image" | "redacted_thinking" | "search_result"
                | "server_tool_use" | "thinking" | "tool_result" | "tool_use" => {
                    self.anthropic = true;
                }
                "file" | "image_url" | "input_audio" | "refusal" | "video_url" => {
                    self.openai = true;
                }
                _ => {}
            }
        }
        // Nova's parts are told apart by the names of their members.
        self.other |= !is_typed;
        Ok(())
    }

    fn tools(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.begin_list()?;
        while reader.next_item()? {
            self.keys(reader, |seen, key| match key {
                "function" => seen.openai = true,
                "input_schema" | "name" => seen.anthropic = true,
                "parameter_definitions" => seen.other = true,
                _ => {}
            })?;
        }
        Ok(())
    }

    fn tool_choice(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        if reader.at_string() {
            self.openai = true;
            reader.raw()?;
            return Ok(());
        }
        self.keys(reader, |seen, key| match key {
            "function" => seen.openai = true,
            "disable_parallel_tool_use" | "name" => seen.anthropic = true,
            _ => {}
        })
    }

    /// Looks at the names of an object's members.
    fn keys(
        &mut self,
        reader: &mut Reader<'_>,
        mut look: impl FnMut(&mut Self, &str),
    ) -> Result<(), DecodeError> {
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            look(self, &key);
            reader.raw()?;
        }
        Ok(())
    }
}

/// Whether only a format has that member which is not translated here.
fn is_of_another_format(name: &str) -> bool {
    matches!(
        name,
        // Claude's text completions.
        "max_tokens_to_sample"
        // Nova.
        | "schemaVersion" | "inferenceConfig" | "toolConfig" | "singleEmbeddingParams" | "segmentedEmbeddingParams"
        // Titan, and all that makes images.
        | "inputText" | "inputImage" | "textGenerationConfig" | "embeddingConfig" | "taskType" | "text_prompts"
        | "negative_prompt" | "aspect_ratio" | "cfg_scale"
        // Llama.
        | "max_gen_len"
        // Cohere: Command, Command R, embeddings.
        | "p" | "k" | "num_generations" | "return_likelihoods" | "message" | "chat_history" | "input_type"
        // AI21's Jurassic.
        | "maxTokens" | "numResults" | "countPenalty"
        // TwelveLabs.
        | "inputPrompt" | "inputType" | "mediaSource"
    )
}
