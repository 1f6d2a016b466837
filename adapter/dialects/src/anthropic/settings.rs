//! The settings of a request: sampling and length, the promised form of the output, the service tier.

use llm::chat::{self, JsonSchema, TextFormat};
use llm::{Ext, Json};
use rest_json::{DecodeError, Document, FromJson, Reader};

use super::plain::{decode_ext, kind_of, need, number, parse, raw, required};
use super::tree::{Object, Value};
use crate::wire::readable;

readable! {
    /// The promised form of the output.
    OutputConfig {
        format: "format" => Format,
        effort: "effort" => String,
    }
}

readable! {
    /// A schema that the text follows.
    Schema {
        kind: "type" => String,
        schema: "schema" => Document,
    }
}

/// The only format of a text that this build knows.
const JSON_SCHEMA: &str = "json_schema";

/// The format of the reply's text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Format(TextFormat);

impl FromJson for Format {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = reader.raw()?;
        let kind = need(kind_of(text)?, required!("type"))?;
        if kind != JSON_SCHEMA {
            let schema = JsonSchema::Unknown {
                member: kind.clone(),
                raw: raw(text),
            };
            return Ok(Self(TextFormat {
                kind,
                schema,
                ext: Ext::default(),
            }));
        }
        let Schema {
            kind: _,
            schema,
            unknown,
        } = parse(text)?;
        let schema = need(schema, required!("schema"))?;
        Ok(Self(TextFormat {
            kind,
            schema: JsonSchema::Schema {
                schema: schema.as_str().to_owned(),
                name: None,
                description: None,
                ext: Ext::default(),
            },
            ext: decode_ext(&unknown),
        }))
    }
}

/// The promise; `older` is the format where requests said it before there was `output_config`, which counts where that names none.
pub(super) fn decode_output(
    config: Option<OutputConfig>,
    older: Option<Format>,
) -> Option<chat::Output> {
    if config.is_none() && older.is_none() {
        return None;
    }
    let OutputConfig {
        format,
        effort,
        unknown,
    } = config.unwrap_or_default();
    Some(chat::Output {
        text: format.or(older).map(|Format(format)| format),
        effort,
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_output(output: &chat::Output, own: bool) -> Object<'_> {
    let chat::Output { text, effort, ext } = output;
    Object::default()
        .with_some(
            "format",
            text.as_ref().and_then(|text| encode_format(text, own)),
        )
        .with_some("effort", effort.as_ref())
        .with_ext(ext, own)
}

/// None where it is no JSON Schema, which the plan has refused before.
fn encode_format(format: &TextFormat, own: bool) -> Option<Value<'_>> {
    let TextFormat { kind, schema, ext } = format;
    let schema = match schema {
        JsonSchema::Schema {
            schema,
            name: _,
            description: _,
            ext: _,
        } => schema,
        JsonSchema::Unknown { member: _, raw } => return own.then(|| raw.into()),
    };
    // The neutral form does not vouch that this text is JSON.
    let schema = Json::from_text(Document::new(schema).ok()?.into_text());
    let object = Object::of_kind(kind).with("schema", schema);
    Some(object.with_ext(ext, own).into())
}

/// The members of the body that are sampling and length.
pub(super) fn encode_inference<'a>(body: &mut Object<'a>, inference: &'a chat::Inference) {
    let chat::Inference {
        max_tokens: _,
        temperature,
        top_p,
        stop,
        // There is no object in this format whose unknown members these could be.
        ext: _,
    } = inference;
    let numbers = [("temperature", temperature), ("top_p", top_p)];
    for (name, value) in numbers {
        if let Some(number) = value.as_ref().and_then(number) {
            body.set(name, number);
        }
    }
    if let Some(stop) = stop {
        let stop: Vec<Value<'a>> = stop.iter().map(Into::into).collect();
        body.set("stop_sequences", stop);
    }
}

/// Priority where the account has it; also what everybody gets who asks for nothing, so that reading it is no wish for priority.
const AUTO: &str = "auto";
const STANDARD: &str = "standard_only";

pub(super) fn decode_tier(tier: String) -> chat::Tier {
    chat::Tier {
        kind: if tier == STANDARD {
            "default".to_owned()
        } else {
            tier
        },
        ext: Ext::default(),
    }
}

/// None where the server knows no such tier, unless the caller itself named it so.
pub(super) fn encode_tier(tier: &chat::Tier, own: bool) -> Option<&str> {
    let chat::Tier { kind, ext: _ } = tier;
    match kind.as_str() {
        "priority" => Some(AUTO),
        "default" => Some(STANDARD),
        other => own.then_some(other),
    }
}
