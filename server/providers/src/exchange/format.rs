//! Where the formats differ: who the gateway says it is, and which of the dialects reads what comes back.

use dialects::{Fault, StreamError, anthropic, openai_chat};
use http::{HeaderName, HeaderValue, header};
use llm::chat::{Event, Reply};
use llm::{Error, Json};
use rest_json::{DecodeError, Reader};
use secrecy::{ExposeSecret, SecretString};

use crate::fault::no_authority;

/// A format that providers are spoken to in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI Chat Completions.
    OpenAiChat,
}

/// Reads a stream of one format.
pub(super) enum Decoder {
    Anthropic(anthropic::StreamDecoder),
    OpenAiChat(openai_chat::StreamDecoder),
}

impl Format {
    /// The header that the key goes into.
    pub(super) fn authorization(
        self,
        key: &SecretString,
    ) -> Result<(HeaderName, HeaderValue), Error> {
        let (name, value) = match self {
            Self::Anthropic => (
                HeaderName::from_static("x-api-key"),
                HeaderValue::from_str(key.expose_secret()),
            ),
            Self::OpenAiChat => (
                header::AUTHORIZATION,
                HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())),
            ),
        };
        let mut value =
            value.map_err(|_| no_authority("the key holds characters that no header can carry"))?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    /// The header with the upstream's own id of the request.
    pub(super) fn request_id(self) -> &'static str {
        match self {
            Self::Anthropic => "request-id",
            Self::OpenAiChat => "x-request-id",
        }
    }

    pub(super) fn decode_fault(self, status: u16, body: &[u8]) -> Fault {
        match self {
            Self::Anthropic => anthropic::decode_fault(status, body),
            Self::OpenAiChat => openai_chat::decode_fault(status, body),
        }
    }

    /// Reads a whole reply; with `native`, its own text is kept.
    pub(super) fn decode_reply(self, body: &[u8], native: bool) -> Result<Reply, StreamError> {
        let mut reply = match self {
            Self::Anthropic => anthropic::decode_reply(body).map_err(|error| {
                if is_error(body) {
                    return StreamError::Fault(anthropic::decode_fault(200, body));
                }
                error.into()
            })?,
            Self::OpenAiChat => openai_chat::decode_reply(body)?,
        };
        if native {
            // It has just been read, so it is JSON.
            reply.native = Some(Json::from_text(String::from_utf8_lossy(body)));
        }
        Ok(reply)
    }

    pub(super) fn decode_count(self, body: &[u8]) -> Result<u64, dialects::Error> {
        match self {
            Self::Anthropic => anthropic::decode_count(body),
            // Nobody asks: there is no such request.
            Self::OpenAiChat => Err(dialects::Error::Untold {
                what: "a number of tokens",
            }),
        }
    }

    /// A reader of one stream; with `native`, the text of the last event is kept.
    pub(super) fn decoder(self, native: bool) -> Decoder {
        match (self, native) {
            (Self::Anthropic, false) => Decoder::Anthropic(anthropic::StreamDecoder::new()),
            (Self::Anthropic, true) => {
                Decoder::Anthropic(anthropic::StreamDecoder::new().keeping_native())
            }
            (Self::OpenAiChat, false) => Decoder::OpenAiChat(openai_chat::StreamDecoder::new()),
            (Self::OpenAiChat, true) => {
                Decoder::OpenAiChat(openai_chat::StreamDecoder::new().keeping_native())
            }
        }
    }
}

impl Decoder {
    pub(super) fn push(&mut self, data: &str) -> Result<Vec<Event>, StreamError> {
        match self {
            Self::Anthropic(decoder) => decoder.push(data),
            Self::OpenAiChat(decoder) => decoder.push(data),
        }
    }

    pub(super) fn finish(&mut self) -> Result<Vec<Event>, StreamError> {
        match self {
            Self::Anthropic(decoder) => decoder.finish(),
            Self::OpenAiChat(decoder) => decoder.finish(),
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        match self {
            Self::Anthropic(decoder) => decoder.is_complete(),
            Self::OpenAiChat(decoder) => decoder.is_complete(),
        }
    }
}

/// Whether a document of Anthropic's says of itself that it is an error.
fn is_error(body: &[u8]) -> bool {
    fn kind(body: &[u8]) -> Result<Option<String>, DecodeError> {
        let mut reader = Reader::new(body)?;
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            if key == "type" {
                return reader.member(&key);
            }
            reader.raw()?;
        }
        Ok(None)
    }
    kind(body).is_ok_and(|kind| kind.as_deref() == Some("error"))
}
