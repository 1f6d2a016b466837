//! Requests.

use llm::chat::{Dialect, Inference, Request, SystemItem};
use llm::{Ext, Json, Num};
use rest_json::{DecodeError, Document, FromJson, Map, Number, Reader, json};

use super::prompt::{Conversation, decode_prompt};
use crate::{Error, family};

/// The name of this wire format.
pub const DIALECT: Dialect = Dialect("mistral-text");

/// Reads a request: the turns of its `prompt`, where that follows Mistral's template, else one turn with the prompt as it is.
///
/// `max_tokens`, `temperature`, `top_p` and `stop` are the neutral form's; all other members, such as `top_k`, are the family's
/// own and go into [`Request::extra`]. Members that say who serves and how (`model`, `stream`, the guardrail of Bedrock) stay
/// behind: they belong to the call.
///
/// # Errors
/// [`Error::Body`]: the body is not what the format says.
///
/// ```
/// use dialects::mistral_text::decode_request;
///
/// let request = decode_request(br#"{"prompt": "<s>[INST] Hello [/INST]", "max_tokens": 9}"#)?;
/// assert_eq!(request.messages.unwrap().len(), 1);
/// # Ok::<(), dialects::Error>(())
/// ```
pub fn decode_request(body: &[u8]) -> Result<Request, Error> {
    let members: Map<Document> = json::from_slice(body)?;
    let mut prompt: Option<String> = None;
    let mut inference = Inference::default();
    let mut extra = Vec::new();
    for (name, value) in members {
        if value.as_str() == "null" {
            continue;
        }
        match name.as_str() {
            "prompt" => prompt = Some(read(&name, &value)?),
            "max_tokens" => inference.max_tokens = Some(read(&name, &value)?),
            "temperature" => inference.temperature = Some(number(&name, &value)?),
            "top_p" => inference.top_p = Some(number(&name, &value)?),
            "stop" => {
                let Texts(stop) = read(&name, &value)?;
                inference.stop = Some(stop);
            }
            "model" | "stream" | "amazon-bedrock-guardrailConfig" => {}
            _ => extra.push((name, value)),
        }
    }
    let prompt = prompt.ok_or_else(|| Error::at(&[], "required key [prompt] not found"))?;
    let Conversation { system, messages } = decode_prompt(&prompt);
    Ok(Request {
        system: system.map(|text| vec![SystemItem::Text(text)]),
        messages: Some(messages),
        inference: Some(inference).filter(|inference| *inference != Inference::default()),
        tools: None,
        guardrail: None,
        extra: encode_extra(extra),
        family: Some(family::MISTRAL),
        prompt_variables: None,
        response_paths: None,
        metadata: None,
        performance: None,
        tier: None,
        output: None,
        dialect: Some(DIALECT),
        ext: Ext::default(),
    })
}

fn read<T: FromJson>(name: &str, value: &Document) -> Result<T, Error> {
    value
        .parse()
        .map_err(|error| Error::from(error).within(name))
}

fn number(name: &str, value: &Document) -> Result<Num, Error> {
    let number: Number = read(name, value)?;
    Ok(Num::new(number.as_str(), number.value()))
}

/// The members as one object; none where there are none.
fn encode_extra(members: Vec<(String, Document)>) -> Option<Json> {
    if members.is_empty() {
        return None;
    }
    let members: Map<Document> = members.into_iter().collect();
    Some(Json::from_text(Document::of(&members).into_text()))
}

/// One text, or a list of them.
struct Texts(Vec<String>);

impl FromJson for Texts {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.at_string() {
            return String::read(reader).map(|one| Self(vec![one]));
        }
        Vec::read(reader).map(Self)
    }
}
