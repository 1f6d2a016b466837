//! Length, sampling, the form of the output and the service tier, both directions.

use llm::chat::{Inference, JsonSchema, Output, TextFormat, Tier};
use llm::{Ext, Json, Num};
use rest_json::json::MapWriter;
use rest_json::{Number, ToJson, Writer};

use super::parts::{ours, write_ext};
use super::raw::{Members, Raw, is_string, parse};
use super::{MaxTokens, Quirks};
use crate::Error;

/// The newer of the two names of the limit.
const MAX_COMPLETION_TOKENS: &str = "max_completion_tokens";
const MAX_TOKENS: &str = "max_tokens";

/// The name of a structured output that the caller did not name; OpenAI wants one.
const NAME: &str = "response";

/// What OpenAI allows for that name.
const NAME_LIMIT_BYTES: usize = 64;

/// Reads length and sampling; none where the request says nothing of them. The limit's newer name is remembered in the ext.
pub(super) fn decode_inference(request: &mut Members<'_>) -> Result<Option<Inference>, Error> {
    let mut inference = Inference {
        max_tokens: request.value(MAX_TOKENS)?,
        temperature: number(request, "temperature")?,
        top_p: number(request, "top_p")?,
        stop: decode_stop_sequences(request)?,
        ext: Ext::default(),
    };
    if let Some(newer) = request.value(MAX_COMPLETION_TOKENS)? {
        let mut ext = Vec::new();
        // With both, both are said again.
        if let Some(older) = inference.max_tokens {
            ext.push((MAX_TOKENS.into(), Json::from_text(older.to_string())));
        }
        ext.push((MAX_COMPLETION_TOKENS.into(), Json::from_text("true")));
        inference.max_tokens = Some(newer);
        inference.ext = Ext(ext);
    }
    Ok(Some(inference).filter(|inference| *inference != Inference::default()))
}

fn number(request: &mut Members<'_>, name: &str) -> Result<Option<Num>, Error> {
    let number: Option<Number> = request.value(name)?;
    Ok(number.map(|number| Num::new(number.as_str(), number.value())))
}

/// One text, or a list of them.
fn decode_stop_sequences(request: &mut Members<'_>) -> Result<Option<Vec<String>>, Error> {
    let stop = request.text("stop").map(|text| {
        if is_string(text) {
            parse(text).map(|one| vec![one])
        } else {
            parse(text)
        }
    });
    stop.transpose().map_err(|error| error.within("stop"))
}

/// Writes length and sampling.
pub(super) fn encode_inference(
    object: &mut MapWriter<'_>,
    quirks: &Quirks,
    model: &str,
    inference: &Inference,
    is_ours: bool,
) {
    let Inference {
        max_tokens,
        temperature,
        top_p,
        stop,
        ext,
    } = inference;
    let ext = ours(ext, is_ours);
    if let Some(max_tokens) = max_tokens {
        let newer = match quirks.max_tokens {
            MaxTokens::MaxTokens => false,
            MaxTokens::MaxCompletionTokens => true,
            MaxTokens::ByModel => quirks.reasons(model),
        };
        let newer = newer || ext.get(MAX_COMPLETION_TOKENS).is_some();
        let name = if newer {
            MAX_COMPLETION_TOKENS
        } else {
            MAX_TOKENS
        };
        object.entry(name, max_tokens);
    }
    if let Some(older) = ext.get(MAX_TOKENS) {
        object.entry(MAX_TOKENS, &Raw(older.as_str()));
    }
    if let Some(temperature) = temperature {
        object.entry("temperature", &encode_number(temperature));
    }
    if let Some(top_p) = top_p {
        object.entry("top_p", &encode_number(top_p));
    }
    if let Some(stop) = stop.as_ref().filter(|stop| !stop.is_empty()) {
        object.entry("stop", stop);
    }
}

/// The number's own text; where that is no JSON number its value speaks.
fn encode_number(number: &Num) -> Number {
    Number::new(number.as_str()).unwrap_or_else(|_| Number::from(number.value()))
}

/// Reads a promise of JSON that follows a schema; none where the request makes another promise, whose text is given back, or none.
pub(super) fn decode_output<'a>(
    request: &mut Members<'a>,
) -> Result<(Option<Output>, Option<&'a str>), Error> {
    let Some(text) = request.text("response_format") else {
        return Ok((None, None));
    };
    let within = |error: Error| error.within("response_format");
    let mut members = Members::of(text).map_err(within)?;
    let kind: String = members.need("type").map_err(within)?;
    let schema = members.text("json_schema");
    let schema = match (kind.as_str(), schema) {
        ("json_schema", Some(schema)) => decode_schema(schema)
            .map_err(|error| error.within("json_schema"))
            .map_err(within)?,
        (_, Some(_) | None) => None,
    };
    let Some(schema) = schema else {
        return Ok((None, Some(text)));
    };
    let output = Output {
        text: Some(TextFormat {
            kind,
            schema,
            ext: members.rest(),
        }),
        effort: None,
        ext: Ext::default(),
    };
    Ok((Some(output), None))
}

/// A schema by name; none where there is only a name. What is not `strict`, as nothing is unless it says so, is remembered in the
/// ext, since the neutral form promises that the output follows the schema.
fn decode_schema(text: &str) -> Result<Option<JsonSchema>, Error> {
    let mut members = Members::of(text)?;
    let Some(schema) = members.text("schema") else {
        return Ok(None);
    };
    let name = members.value("name")?;
    let description = members.value("description")?;
    let strict: Option<bool> = members.value("strict")?;
    let mut ext = members.rest();
    if strict != Some(true) {
        ext.0.insert(0, ("strict".into(), Json::from_text("false")));
    }
    Ok(Some(JsonSchema::Schema {
        schema: schema.to_owned(),
        name,
        description,
        ext,
    }))
}

/// Writes the promise of JSON that follows a schema.
pub(super) fn encode_output(object: &mut MapWriter<'_>, output: &Output, is_ours: bool) {
    let Output {
        text,
        // The plan has said it in the words of the extra.
        effort: _,
        ext: _,
    } = output;
    let Some(TextFormat { kind, schema, ext }) = text else {
        return;
    };
    match schema {
        JsonSchema::Schema { .. } => object.entry(
            "response_format",
            &Told {
                kind,
                schema,
                ext: ours(ext, is_ours),
                is_ours,
            },
        ),
        JsonSchema::Unknown { member: _, raw: _ } => {}
    }
}

struct Told<'a> {
    kind: &'a str,
    schema: &'a JsonSchema,
    ext: &'a Ext,
    is_ours: bool,
}

impl ToJson for Told<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut object = writer.map();
        object.entry("type", self.kind);
        object.entry("json_schema", &Schema(self.schema, self.is_ours));
        write_ext(&mut object, self.ext);
        object.end();
    }
}

struct Schema<'a>(&'a JsonSchema, bool);

impl ToJson for Schema<'_> {
    fn write(&self, writer: &mut Writer) {
        let Schema(schema, is_ours) = self;
        let JsonSchema::Schema {
            schema,
            name,
            description,
            ext,
        } = schema
        else {
            return writer.null();
        };
        let ext = ours(ext, *is_ours);
        let mut object = writer.map();
        object.entry("name", &schema_name(name.as_deref()));
        if let Some(description) = description {
            object.entry("description", description);
        }
        object.entry("schema", &Raw(schema));
        if ext.get("strict").is_none() {
            object.entry("strict", &true);
        }
        write_ext(&mut object, ext);
        object.end();
    }
}

/// The name as OpenAI allows it: `[a-zA-Z0-9_-]{1,64}`.
fn schema_name(name: Option<&str>) -> String {
    let letters = name.unwrap_or_default().chars().take(NAME_LIMIT_BYTES);
    let name: String = letters
        .map(|letter| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => letter,
            _ => '_',
        })
        .collect();
    if name.is_empty() {
        NAME.to_owned()
    } else {
        name
    }
}

/// Reads the service tier.
pub(super) fn decode_tier(request: &mut Members<'_>) -> Result<Option<Tier>, Error> {
    let kind: Option<String> = request.value("service_tier")?;
    Ok(kind.map(|kind| Tier {
        kind,
        ext: Ext::default(),
    }))
}
