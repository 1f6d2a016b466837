//! What the members of a model family's own vocabulary mean, and how another family says the same.
//!
//! Knows the words; which of them a target takes, its table says.

mod anthropic;
mod mistral;
mod nova;
mod openai;

use llm::chat::{Family, TextFormat};
use llm::{Json, Num};
use rest_json::{FromJson, Number, Reader, ToJson, Writer};

use crate::family;

/// One member, or one member of a member, and what it means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    /// The member.
    pub(crate) key: String,
    /// The member within it, where it is one of those that gather several meanings.
    pub(crate) inner: Option<String>,
    /// Its value as it came.
    pub(crate) value: Json,
    /// What it means.
    pub(crate) meaning: Meaning,
}

/// What a member means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Meaning {
    /// The most tokens to write.
    MaxTokens(i32),
    /// Temperature.
    Temperature(Num),
    /// Nucleus probability.
    TopP(Num),
    /// Texts that end the reply.
    Stop(Vec<String>),
    /// The service tier.
    Tier(String),
    /// Whether the model may call several tools a turn.
    Parallel(bool),
    /// The form of the text.
    Text(TextFormat),
    /// The promise that the text is JSON of any form.
    AnyJson,
    /// How much effort to spend on the whole reply.
    OutputEffort(String),
    /// How much effort to spend on reasoning.
    Effort(String),
    /// How to reason, and how much of it to show.
    Reasoning(Reasoning, Option<Json>),
    /// Sampling from the k most likely tokens.
    TopK(Json),
    /// The seed of sampling.
    Seed(Json),
    /// A penalty on how often a token was said.
    FrequencyPenalty(Json),
    /// A penalty on that a token was said.
    PresencePenalty(Json),
    /// Biases on tokens.
    LogitBias(Json),
    /// Log probabilities, under the name they are asked for by.
    Logprobs(&'static str, Json),
    /// More than one reply.
    Candidates(Json),
    /// An opaque id of the end user.
    EndUser(Json),
    /// Features of the API that are switched on by name.
    Betas(Json),
    /// What the gateway itself writes, or what it cannot read of what has a place of its own.
    Owned,
    /// What everybody gets, in a place of its own or in the gateway's.
    Usual,
    /// Nothing that another family would have to say.
    Nothing,
    /// Something that no other family is known to say.
    Other,
}

/// How to reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reasoning {
    /// Not at all.
    Off,
    /// As the model likes.
    Adaptive,
    /// With so many tokens.
    Budget(i64),
}

/// The members of an object, in order; none where the text is no object.
pub(crate) fn members(object: &Json) -> Option<Vec<(String, Json)>> {
    let mut reader = Reader::of(object.as_str());
    reader.begin_object().ok()?;
    let mut members = Vec::new();
    while let Some(key) = reader.next_key().ok()? {
        let value = Json::from_text(reader.raw().ok()?);
        members.push((key.into_owned(), value));
    }
    Some(members)
}

/// The value of the member of that name.
fn member<'m>(members: &'m [(String, Json)], name: &str) -> Option<&'m Json> {
    let (_, value) = members.iter().find(|(key, _)| key == name)?;
    Some(value)
}

/// Reads the members of that family's vocabulary.
pub(crate) fn read(family: Family, members: Vec<(String, Json)>) -> Vec<Term> {
    let gathers = gathers(family);
    let meaning = |key: &str, inner: Option<&str>, value: &Json| meaning(family, key, inner, value);
    let mut terms = Vec::new();
    for (key, value) in members {
        let gathered = gathers
            .contains(&&*key)
            .then(|| self::members(&value))
            .flatten()
            .filter(|inner| !inner.is_empty());
        let Some(gathered) = gathered else {
            terms.push(Term {
                meaning: meaning(&key, None, &value),
                key,
                inner: None,
                value,
            });
            continue;
        };
        for (inner, value) in gathered {
            terms.push(Term {
                key: key.clone(),
                meaning: meaning(&key, Some(&inner), &value),
                inner: Some(inner),
                value,
            });
        }
    }
    terms
}

/// The members of that family's vocabulary that gather several meanings.
fn gathers(family: Family) -> &'static [&'static str] {
    if family == family::ANTHROPIC {
        anthropic::GATHERS
    } else if family == family::NOVA {
        nova::GATHERS
    } else {
        &[]
    }
}

/// What a member of that family's vocabulary means, or a member within it.
fn meaning(family: Family, key: &str, inner: Option<&str>, value: &Json) -> Meaning {
    if family == family::ANTHROPIC {
        anthropic::meaning(key, inner, value)
    } else if family == family::OPENAI {
        openai::meaning(key, value)
    } else if family == family::NOVA {
        nova::meaning(key, inner, value)
    } else if family == family::MISTRAL {
        mistral::meaning(key, value)
    } else {
        Meaning::Other
    }
}

/// Says it in that family's vocabulary: the member, the member within it, and the value; none where it has no word for it.
pub(crate) fn write(
    family: Family,
    meaning: &Meaning,
) -> Option<(&'static str, Option<&'static str>, Json)> {
    if family == family::ANTHROPIC {
        anthropic::write(meaning)
    } else if family == family::OPENAI {
        openai::write(meaning)
    } else if family == family::NOVA {
        nova::write(meaning)
    } else if family == family::MISTRAL {
        mistral::write(meaning)
    } else {
        None
    }
}

/// An object of these members; those within another stand together where the first of them stands. None where there is none.
pub(crate) fn object<'m>(
    members: impl IntoIterator<Item = (&'m str, Option<&'m str>, &'m Json)>,
) -> Option<Json> {
    let mut groups: Vec<(&str, Group<'m>)> = Vec::new();
    for (key, inner, value) in members {
        let gathered = groups.iter_mut().find(|(known, _)| *known == key);
        match (inner, gathered) {
            (Some(inner), Some((_, Group::Members(members)))) => members.push((inner, value)),
            (Some(inner), Some(_) | None) => {
                groups.push((key, Group::Members(vec![(inner, value)])));
            }
            (None, Some(_) | None) => groups.push((key, Group::Value(value))),
        }
    }
    if groups.is_empty() {
        return None;
    }
    let mut writer = Writer::new();
    let mut map = writer.map();
    for (key, group) in groups {
        map.entry(key, &group);
    }
    map.end();
    text(writer)
}

/// What stands under one name.
enum Group<'m> {
    Value(&'m Json),
    Members(Vec<(&'m str, &'m Json)>),
}

impl ToJson for Group<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Group::Value(value) => writer.raw(value.as_str()),
            Group::Members(members) => {
                let mut map = writer.map();
                for (name, value) in members {
                    map.entry(name, &Group::Value(value));
                }
                map.end();
            }
        }
    }
}

fn text(writer: Writer) -> Option<Json> {
    // A writer only ever appends text, so nothing is lost here.
    String::from_utf8(writer.into_bytes())
        .ok()
        .map(Json::from_text)
}

/// A string as JSON.
fn quoted(value: &str) -> Json {
    let mut writer = Writer::new();
    writer.string(value);
    text(writer).unwrap_or_else(|| Json::from_text("\"\""))
}

/// The value, if it is of that type and nothing else.
fn parsed<T: FromJson>(json: &Json) -> Option<T> {
    let mut reader = Reader::of(json.as_str());
    let value = T::read(&mut reader).ok()?;
    reader.finish().ok()?;
    Some(value)
}

/// One text or a list of texts.
fn texts(json: &Json) -> Option<Vec<String>> {
    parsed::<Vec<String>>(json).or_else(|| Some(vec![parsed(json)?]))
}

/// What the value means, if it is a number.
fn numeric(json: &Json, meaning: impl FnOnce(Json) -> Meaning) -> Meaning {
    let is_number = parsed::<Number>(json).is_some();
    if is_number {
        meaning(json.clone())
    } else {
        Meaning::Other
    }
}

/// What the value means, if it is of that type.
fn typed<T: FromJson>(json: &Json, meaning: impl FnOnce(T) -> Meaning) -> Meaning {
    parsed(json).map_or(Meaning::Other, meaning)
}

/// A number of replies: one is what everybody gets.
fn candidates(json: &Json) -> Meaning {
    match parsed::<i64>(json) {
        Some(1) => Meaning::Nothing,
        Some(_) => Meaning::Candidates(json.clone()),
        None => Meaning::Other,
    }
}

/// What the value means that has a place of its own, if it is of that type; `null` says nothing there.
fn placed<T: FromJson>(json: &Json, meaning: impl FnOnce(T) -> Meaning) -> Meaning {
    match parsed::<Option<T>>(json) {
        Some(Some(value)) => meaning(value),
        Some(None) => Meaning::Usual,
        None => Meaning::Owned,
    }
}

/// One text or a list of texts that end the reply.
fn stop(json: &Json) -> Meaning {
    match texts(json) {
        Some(texts) => Meaning::Stop(texts),
        None => placed(json, Meaning::Stop),
    }
}

/// The service tier; `auto` is what everybody gets.
fn tier(json: &Json) -> Meaning {
    placed(json, |tier: String| {
        if tier == "auto" {
            Meaning::Usual
        } else {
            Meaning::Tier(tier)
        }
    })
}

fn num(number: &Number) -> Num {
    Num::new(number.as_str(), number.value())
}

/// Temperature, nucleus probability and penalties, which several families call alike.
fn sampling(key: &str, value: &Json) -> Option<Meaning> {
    match key {
        "temperature" => Some(placed(value, |number| Meaning::Temperature(num(&number)))),
        "top_p" => Some(placed(value, |number| Meaning::TopP(num(&number)))),
        "top_k" => Some(numeric(value, Meaning::TopK)),
        "frequency_penalty" => Some(numeric(value, Meaning::FrequencyPenalty)),
        "presence_penalty" => Some(numeric(value, Meaning::PresencePenalty)),
        _ => None,
    }
}
