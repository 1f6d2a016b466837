//! The formats of an InvokeModel body, and how to tell them apart.

mod detect;

use llm::chat::{Dialect, Event, Reply, Request};
use rest_json::Bytes;

use crate::{Error, Rendering, anthropic, family, mistral_text, openai_chat};

/// A format that InvokeModel bodies are written in and that is translated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI Chat Completions.
    OpenAiChat,
    /// Mistral text: `prompt` and `outputs[].text`.
    MistralText,
}

/// Writes the events of a reply as the chunks of a format.
#[derive(Debug)]
pub enum Teller {
    /// Anthropic Messages.
    Anthropic(anthropic::StreamEncoder),
    /// OpenAI Chat Completions.
    OpenAiChat(openai_chat::StreamEncoder),
    /// Mistral text.
    MistralText(mistral_text::StreamEncoder),
}

impl Format {
    /// Every format, in the order of the documentation.
    pub const ALL: [Format; 3] = [Format::Anthropic, Format::OpenAiChat, Format::MistralText];

    /// The format of a body; the model id only breaks ties. None where the body is of no format that is translated here.
    ///
    /// A body that is no JSON, or not what a format says, is of the format that its beginning says: that format's decoder tells
    /// what is wrong with it.
    ///
    /// ```
    /// use dialects::invoke::Format;
    ///
    /// let body = br#"{"anthropic_version": "bedrock-2023-05-31", "max_tokens": 5, "messages": []}"#;
    /// assert_eq!(Format::detect(body, "our-best-model"), Some(Format::Anthropic));
    /// assert_eq!(Format::detect(br#"{"inputText": "Hello"}"#, "our-best-model"), None);
    /// ```
    pub fn detect(body: &[u8], model_id: &str) -> Option<Self> {
        detect::detect(body, model_id)
    }

    /// The format that the model of that id itself speaks on Bedrock; none where that is not known, or is none of these.
    ///
    /// ```
    /// use dialects::invoke::Format;
    ///
    /// assert_eq!(Format::of_model("eu.anthropic.claude-haiku-4-5-20251001-v1:0"), Some(Format::Anthropic));
    /// assert_eq!(Format::of_model("amazon.nova-lite-v1:0"), None);
    /// ```
    pub fn of_model(model_id: &str) -> Option<Self> {
        family::format(model_id)
    }

    /// Its name in the neutral form.
    pub fn dialect(self) -> Dialect {
        match self {
            Format::Anthropic => anthropic::DIALECT,
            Format::OpenAiChat => openai_chat::DIALECT,
            Format::MistralText => mistral_text::DIALECT,
        }
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`Error::Body`]: the body is not what the format says.
    pub fn decode_request(self, body: &[u8]) -> Result<Request, Error> {
        match self {
            Format::Anthropic => anthropic::decode_request(body),
            Format::OpenAiChat => openai_chat::decode_request(body),
            Format::MistralText => mistral_text::decode_request(body),
        }
    }

    /// Writes a whole reply.
    pub fn encode_reply(self, reply: &Reply, rendering: &Rendering) -> Vec<u8> {
        match self {
            Format::Anthropic => anthropic::encode_reply(reply, rendering),
            Format::OpenAiChat => openai_chat::encode_reply(reply, rendering),
            Format::MistralText => mistral_text::encode_reply(reply, rendering),
        }
    }

    /// Writes a reply event by event.
    pub fn teller(self, rendering: Rendering) -> Teller {
        match self {
            Format::Anthropic => Teller::Anthropic(anthropic::StreamEncoder::new(rendering)),
            Format::OpenAiChat => Teller::OpenAiChat(openai_chat::StreamEncoder::new(rendering)),
            Format::MistralText => Teller::MistralText(mistral_text::StreamEncoder::new(rendering)),
        }
    }
}

impl Teller {
    /// For a caller that says whether it wants the usage at the end of a stream, as OpenAI's format lets it
    /// (`stream_options.include_usage`). Who says nothing of it there does not want it; the other formats know no such wish.
    #[must_use]
    pub fn telling_usage(self, is_wanted: bool) -> Self {
        match self {
            Teller::OpenAiChat(encoder) => Teller::OpenAiChat(encoder.telling_usage(is_wanted)),
            other @ (Teller::Anthropic(_) | Teller::MistralText(_)) => other,
        }
    }

    /// The chunks that an event makes, each one JSON document; possibly none. The last chunk of the reply comes with [`Event::Meta`].
    ///
    /// # Errors
    /// The events do not follow the grammar.
    pub fn push(&mut self, event: Event) -> Result<Vec<Bytes>, Error> {
        match self {
            Teller::Anthropic(encoder) => encoder.push(event),
            Teller::OpenAiChat(encoder) => encoder.push(event),
            Teller::MistralText(encoder) => encoder.push(event),
        }
    }
}
