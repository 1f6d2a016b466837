//! Laws of the plan of settings, over generated requests.

use dialects::family::{ANTHROPIC, MISTRAL, NOVA, OPENAI, OTHER};
use dialects::openai_chat::Quirks;
use dialects::{Error, anthropic, openai_chat, plan};
use llm::Ext;
use llm::chat::{Dialect, Inference, JsonSchema, Output, Request, TextFormat};
use proptest::option;
use proptest::prelude::{Just, Strategy, any};
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use rest_json::Reader;
use serde_json::Value;

use crate::tables::for_each_target;
use crate::{choosing, fields, request};

/// Members of a Converse request that are settings.
fn members() -> Vec<String> {
    [
        r#""inferenceConfig":{"temperature":0.7,"topP":0.5,"stopSequences":["a","b","c","d","e"],"later":1}"#,
        r#""guardrailConfig":{"guardrailIdentifier":"g","guardrailVersion":"1"}"#,
        r#""promptVariables":{"a":{"text":"b"}}"#,
        r#""requestMetadata":{"a":"b"}"#,
        r#""performanceConfig":{"latency":"optimized","later":{}}"#,
        r#""serviceTier":{"type":"flex"}"#,
        r#""outputConfig":{"effort":"xhigh","textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{}","name":"ä","description":"d"}}}}"#,
    ]
    .into_iter()
    .map(str::to_owned)
    .chain([choosing(r#"{"any":{}}"#)])
    .collect()
}

/// Members of several vocabularies; a family reads those of others as words that it does not know.
const FIELDS: [&str; 31] = [
    r#""messages":[]"#,
    r#""temperature":1.5"#,
    r#""top_p":0.99"#,
    r#""top_k":5"#,
    r#""max_tokens":2000"#,
    r#""stop":["x"]"#,
    r#""stop_sequences":["y"]"#,
    r#""thinking":{"type":"enabled","budget_tokens":4000,"display":"summarized"}"#,
    r#""reasoning_config":{"type":"adaptive"}"#,
    r#""output_config":{"effort":"low"}"#,
    r#""output_config":{"effort":"low","later":1}"#,
    r#""output_config":{"later":1}"#,
    r#""metadata":{"user_id":"u","later":1}"#,
    r#""anthropic_beta":["b"]"#,
    r#""service_tier":"flex""#,
    r#""reasoning_effort":"none""#,
    r#""reasoning_effort":"max""#,
    r#""seed":1"#,
    r#""random_seed":2"#,
    r#""presence_penalty":1"#,
    r#""n":2"#,
    r#""parallel_tool_calls":false"#,
    r#""inferenceConfig":{"topK":3,"later":1}"#,
    r#""reasoningConfig":{"type":"enabled","maxReasoningEffort":"high"}"#,
    r#""service_tier":"auto""#,
    r#""temperature":"hot""#,
    r#""max_tokens":null"#,
    r#""response_format":{"type":"text"}"#,
    r#""response_format":{"type":"json_object"}"#,
    r#""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}}"#,
    r#""stream_options":{"include_usage":true}"#,
];

fn requests() -> impl Strategy<Value = Request> {
    let families = select(vec![ANTHROPIC, OPENAI, NOVA, MISTRAL, OTHER]);
    (
        subsequence(members(), 0..=8),
        subsequence(FIELDS.to_vec(), 0..=12),
        option::of(families),
        any::<bool>(),
        Just(Some(Dialect("another"))),
    )
        .prop_map(|(members, extra, family, has_extra, dialect)| {
            let extra = fields(family, &format!("{{{}}}", extra.join(","))).extra;
            Request {
                extra: extra.filter(|_| has_extra),
                family,
                dialect,
                ..request(&members.join(","))
            }
        })
}

fn for_all(law: impl Fn(&Request) -> Result<(), String>) {
    TestRunner::new(Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    })
    .run(&requests(), |request| {
        law(&request).map_err(TestCaseError::fail)
    })
    .unwrap();
}

#[test]
fn planning_a_planned_request_again_changes_nothing() {
    for_all(|asked| {
        let mut found = Ok(());
        for_each_target(|target| {
            let planned = plan::plan(target, asked)
                .request
                .unwrap_or_else(|| asked.clone());
            let again = plan::plan(target, &planned);
            if again.request.is_some() || !again.warnings.is_empty() || !again.rejects.is_empty() {
                found = Err(format!("{target:?}\n{planned:#?}\n{again:#?}"));
            }
        });
        found
    });
}

#[test]
fn what_is_planned_is_an_object_or_nothing_and_says_nothing_twice() {
    for_all(|asked| {
        let mut found = Ok(());
        for_each_target(|target| {
            let planned = plan::plan(target, asked)
                .request
                .unwrap_or_else(|| asked.clone());
            let Some(extra) = &planned.extra else { return };
            let value: Value = serde_json::from_str(extra.as_str()).unwrap();
            let n_distinct = value.as_object().map_or(0, serde_json::Map::len);
            if n_distinct == 0 || n_distinct < names(extra.as_str()).len() {
                found = Err(format!("{target:?}\n{planned:#?}"));
            }
        });
        found
    });
}

/// The settings of a request that a body can say, in a form in which order and spelling do not count.
fn said(request: &Request) -> (Option<Value>, Option<String>, Option<Output>, Inference) {
    let extra = request.extra.as_ref();
    let mut extra: Option<Value> = extra.map(|extra| serde_json::from_str(extra.as_str()).unwrap());
    if let Some(Value::Object(extra)) = &mut extra {
        // It goes into a header.
        extra.remove("anthropic_beta");
    }
    extra.take_if(|extra| *extra == Value::Object(Default::default()));
    let tier = request.tier.as_ref().map(|tier| tier.kind.clone());
    let mut output = request.output.clone();
    if let Some(TextFormat { schema, .. }) = output.as_mut().and_then(|output| output.text.as_mut())
        && let JsonSchema::Schema { ext, .. } = schema
    {
        *ext = Ext::default();
    }
    let inference = Inference {
        // The name of the limit.
        ext: Ext::default(),
        ..request.inference.clone().unwrap_or_default()
    };
    (extra, tier, output, inference)
}

#[test]
fn planned_settings_survive_the_body_of_the_target() {
    let read_back =
        |planned: &Request, body: Vec<u8>, decode: fn(&[u8]) -> Result<Request, Error>| {
            let text = String::from_utf8_lossy(&body).into_owned();
            let names = names(&text);
            if let Some(twice) = names
                .iter()
                .find(|name| names.iter().filter(|other| other == name).count() > 1)
            {
                return Err(format!("{text}: {twice} is there twice"));
            }
            let read = decode(&body).map_err(|error| format!("{text}: {error}"))?;
            let (found, expected) = (said(&read), said(planned));
            if found == expected {
                Ok(())
            } else {
                Err(format!("{text}\n{found:#?}\nis not\n{expected:#?}"))
            }
        };
    for_all(|asked| {
        for model in ["claude-3-7-sonnet", "claude-opus-4-5", "claude-opus-4-8"] {
            let planned = anthropic::plan(model, asked).request.unwrap();
            if is_whole(&planned) {
                continue;
            }
            let body = anthropic::encode_request(model, &planned, false);
            read_back(&planned, body, anthropic::decode_request)?;
        }
        for (quirks, model) in [
            (Quirks::OPENAI, "gpt-4.1"),
            (Quirks::OPENAI, "gpt-5"),
            (Quirks::COMPATIBLE, "m"),
        ] {
            let plan = openai_chat::plan(&quirks, model, asked);
            let planned = plan.request.unwrap_or_else(|| asked.clone());
            let body = openai_chat::encode_request(&quirks, model, &planned, false);
            read_back(&planned, body, openai_chat::decode_request)?;
        }
        Ok(())
    });
}

/// The names of an object's members.
fn names(object: &str) -> Vec<String> {
    let mut reader = Reader::of(object);
    reader.begin_object().unwrap();
    let mut names = Vec::new();
    while let Some(name) = reader.next_key().unwrap() {
        names.push(name.into_owned());
        reader.raw().unwrap();
    }
    names
}

/// Whether a member stays whole that a body is read into the request's own place from.
fn is_whole(planned: &Request) -> bool {
    let extra = planned.extra.as_ref();
    extra.is_some_and(|extra| extra.as_str().contains("output_config"))
}
