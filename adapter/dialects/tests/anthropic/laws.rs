//! What is planned is written without loss, and whatever is written is JSON.

use std::cell::Cell;
use std::fmt::Debug;

use dialects::anthropic::{
    DIALECT, betas, decode_reply, decode_request, encode_count_request, encode_reply,
    encode_request, plan,
};
use dialects::{converse, family, openai_chat};
use generated::runtime::operation::Converse;
use generated::runtime::operation::converse::ConverseInput;
use generated::runtime::router::ROUTER;
use generated::runtime::types::{self, ContentBlock};
use llm::chat::{Dialect, JsonSchema, Request, Role};
use llm::{Json, Num};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use rest_json::{Map, Operation, Reader};
use serde_json::{Value, json};

use crate::corpus::exchanges;
use crate::fill::Filler;
use crate::rendering;

const MODELS: [&str; 4] = [
    "claude-3-haiku-20240307",
    "claude-sonnet-4-5",
    "claude-opus-4-8",
    "another",
];

/// Runs `law` on so many values.
pub(crate) fn for_all<S: Strategy<Value: Debug>>(
    cases: u32,
    values: &S,
    law: impl Fn(S::Value) -> Result<(), String>,
) {
    let config = Config {
        cases,
        max_shrink_iters: 4000,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(values, |value| law(value).map_err(TestCaseError::fail))
        .unwrap();
}

/// A planned request as it reads once it was written: what the neutral form says in several ways and this format in one.
fn as_read(mut planned: Request) -> Request {
    planned.family = Some(family::ANTHROPIC);
    planned.dialect = Some(DIALECT);
    planned.messages.get_or_insert_default();
    // Answered by the gateway, from the answer.
    planned.response_paths = None;
    read_again(&mut planned);
    planned.extra = planned.extra.as_ref().and_then(without_betas);
    if let Some(tier) = &mut planned.tier
        && tier.kind == "priority"
    {
        // The word for it is also the word for no wish at all.
        tier.kind = "auto".to_owned();
    }
    if let Some(inference) = &mut planned.inference {
        // Bedrock also knows numbers that JSON does not.
        inference.temperature.take_if(|number| !is_json(number));
        inference.top_p.take_if(|number| !is_json(number));
    }
    planned
}

/// An `output_config` that stayed among the fields is the one of the body.
fn read_again(planned: &mut Request) {
    let fields = planned.extra.as_ref();
    let fields = fields.and_then(|extra| serde_json::from_str::<Value>(extra.as_str()).ok());
    let Some(Value::Object(mut fields)) = fields else {
        return;
    };
    if let (Some(config), None) = (fields.remove("output_config"), &planned.output) {
        let body = json!({"max_tokens": 1, "messages": [], "output_config": config});
        planned.output = decode_request(body.to_string().as_bytes()).unwrap().output;
        planned.extra = Some(Json::from_text(Value::Object(fields).to_string()));
    }
}

/// Features go into a header; the members are told once each and without white space between them.
fn without_betas(extra: &Json) -> Option<Json> {
    let members: Map<rest_json::Document> =
        rest_json::json::from_slice(extra.as_str().as_bytes()).ok()?;
    let members = members.into_iter();
    let kept: Map<rest_json::Document> = members
        .filter(|(name, value)| name != "anthropic_beta" && value.as_str() != "null")
        .collect();
    let text = rest_json::Document::of(&kept).into_text();
    (!kept.is_empty()).then(|| Json::from_text(text))
}

fn is_json(number: &Num) -> bool {
    let text = number.as_str();
    Reader::of(text)
        .number_text()
        .is_ok_and(|number| number.len() == text.len())
}

/// What is planned for a model reads the same once it was written.
fn survives(model: &str, asked: &Request) -> Result<(), String> {
    let planned = plan(model, asked).request.unwrap_or_else(|| asked.clone());
    let written = encode_request(model, &planned, false);
    let read = decode_request(&written).map_err(|error| {
        format!(
            "{error} in {}\nof {planned:#?}",
            String::from_utf8_lossy(&written)
        )
    })?;
    let expected = as_read(planned);
    if read == expected {
        Ok(())
    } else {
        Err(format!("{model}: {read:#?}\nis not\n{expected:#?}"))
    }
}

/// The input as a valid request reads.
fn valid(filler: &Filler, input: &ConverseInput) -> Result<Request, String> {
    let mut request = Converse::encode_request(input).map_err(|error| error.to_string())?;
    let (_, labels) = ROUTER
        .match_route(&request.method, &request.target)
        .map_err(|error| format!("{}: {error}", request.target))?;
    request.labels = labels;
    request.body = filler.fill("ConverseRequest", &request.body).into();
    let input = Converse::decode_request(&request).map_err(|error| error.to_string())?;
    let mut neutral = converse::decode_request(input).map_err(|error| error.to_string())?;
    // The edge has refused a schema that is no JSON.
    if let Some(text) = neutral
        .output
        .as_mut()
        .and_then(|output| output.text.as_mut())
        && let JsonSchema::Schema { schema, .. } = &mut text.schema
    {
        *schema = r#"{"type": "object"}"#.to_owned();
    }
    Ok(neutral)
}

/// Any request of Converse, with content of its own, since a whole request seldom comes to it before its budget is spent.
fn inputs() -> impl Strategy<Value = ConverseInput> {
    let role = select(vec![
        types::ConversationRole::User,
        types::ConversationRole::Assistant,
        types::ConversationRole::System,
    ]);
    let message = (role, vec(any::<ContentBlock>(), 0..4));
    (any::<ConverseInput>(), vec(message, 0..4)).prop_map(|(mut input, messages)| {
        for (role, content) in messages {
            input.messages.get_or_insert_default().push(types::Message {
                role: Some(role),
                content: Some(content),
                ..types::Message::default()
            });
        }
        input
    })
}

#[test]
fn any_planned_request_reads_the_same_once_it_was_written() {
    let filler = Filler::new();
    let n_blocks = Cell::new(0);
    for_all(256, &inputs(), |input| {
        let asked = valid(&filler, &input)?;
        if asked != asked.clone() {
            // A number that is none equals nothing, so nothing can be said about it.
            return Ok(());
        }
        for model in MODELS {
            survives(model, &asked)?;
        }
        let blocks = asked
            .messages
            .iter()
            .flatten()
            .map(|message| message.content.len());
        n_blocks.set(n_blocks.get() + blocks.sum::<usize>());
        Ok(())
    });
    assert!(n_blocks.get() > 300, "{}", n_blocks.get());
}

#[test]
fn every_recorded_request_of_other_formats_reads_the_same_once_it_was_planned_and_written() {
    let test =
        "every_recorded_request_of_other_formats_reads_the_same_once_it_was_planned_and_written";
    let (Some(of_openai), Some(of_converse)) = (
        exchanges(test, "openai/chat.completions"),
        exchanges(test, "bedrock-runtime/Converse"),
    ) else {
        return;
    };
    let of_openai = of_openai
        .iter()
        .filter_map(|exchange| openai_chat::decode_request(&exchange.request).ok());
    let of_converse = of_converse.iter().filter_map(|exchange| {
        let input = rest_json::json::from_slice(&exchange.request).ok()?;
        converse::decode_request(input).ok()
    });
    let mut n_checked = 0;
    for asked in of_openai.chain(of_converse) {
        for model in MODELS {
            survives(model, &asked).unwrap();
        }
        n_checked += 1;
    }
    println!("{n_checked} requests");
    assert!(n_checked > 500, "{n_checked}");
}

/// What turns of a conversation are made of.
fn palette() -> Vec<Value> {
    let call =
        |id: &str| json!({"toolUse": {"toolUseId": id, "name": "look", "input": {"a": [1, 2.50]}}});
    let result =
        |id: &str, content: Value| json!({"toolResult": {"toolUseId": id, "content": content}});
    let png = json!({"image": {"format": "png", "source": {"bytes": "iVBORw=="}}});
    let csv = json!({"document": {"name": "a", "format": "csv", "source": {"bytes": "YSxi"}}});
    let pdf = json!({"document": {"name": "a", "format": "pdf", "source": {"bytes": "JVBERi0="},
        "context": "c", "citations": {"enabled": true}}});
    let found = json!({"searchResult": {"source": "s", "title": "t", "content": [{"text": "x"}],
        "citations": {"enabled": false}}});
    let at = |location: Value| {
        json!({"citationsContent": {"content": [{"text": "said"}], "citations": [
            {"title": "t", "sourceContent": [{"text": "x"}], "location": location}]}})
    };
    vec![
        json!({"text": "one"}),
        json!({"text": " "}),
        json!({"cachePoint": {"type": "default"}}),
        json!({"cachePoint": {"type": "default", "ttl": "1h"}}),
        call("a"),
        call("b"),
        result("a", json!([{"text": "one"}, png.clone(), found.clone()])),
        result("b", json!([{"json": {"two": 2}}, csv.clone(), pdf.clone()])),
        json!({"toolResult": {"toolUseId": "c", "content": [], "status": "error"}}),
        json!({"reasoningContent": {"reasoningText": {"text": "hm", "signature": "seal"}}}),
        json!({"reasoningContent": {"reasoningText": {"text": "hm"}}}),
        json!({"reasoningContent": {"redactedContent": "RXVVQg=="}}),
        json!({"citationsContent": {"content": [{"text": "cited"}], "citations": []}}),
        at(json!({"documentChar": {"documentIndex": 0, "start": 1, "end": 2}})),
        at(json!({"documentPage": {"documentIndex": 0, "start": 1, "end": 2}})),
        at(json!({"documentChunk": {"documentIndex": 0, "start": 1, "end": 2}})),
        at(json!({"searchResultLocation": {"searchResultIndex": 0, "start": 1, "end": 2}})),
        at(json!({"web": {"url": "https://example.com/"}})),
        json!({"guardContent": {"text": {"text": "marked"}}}),
        json!({"document": {"name": "a", "source": {"text": "plain"}}}),
        json!({"document": {"name": "a", "source": {"content": [{"text": "one"}, {"text": "two"}]}}}),
        found,
        png,
        csv,
        pdf,
    ]
}

#[test]
fn any_conversation_reads_the_same_once_it_was_written() {
    let role = select(vec!["user", "assistant", "user", "assistant", "system"]);
    let messages = vec((role, vec(select(palette()), 0..5)), 0..7);
    let point = json!({"cachePoint": {"type": "default", "ttl": "5m"}});
    let system = vec(
        select(vec![json!({"text": "be kind"}), point.clone()]),
        0..3,
    );
    let look = json!({"toolSpec": {"name": "look", "strict": true, "description": "d",
        "inputSchema": {"json": {"type": "object"}}}});
    let run = json!({"toolSpec": {"name": "run", "inputSchema": {"json": {}}}});
    let tools = vec(select(vec![look, run, point]), 0..4);
    let choice = select(vec![
        json!({"auto": {}}),
        json!({"any": {}}),
        json!({"tool": {"name": "run"}}),
    ]);
    let fields = select(vec![
        json!({}),
        json!({"top_k": 5, "thinking": {"type": "adaptive"}}),
        json!({"reasoning_effort": "high", "anthropic_beta": ["a", "b"]}),
        json!({"output_config": {"effort": "low", "task_budget": 9}}),
    ]);
    let parallel = proptest::option::of(any::<bool>());
    let conversations = (messages, system, tools, choice, fields, parallel);
    for_all(
        2000,
        &conversations,
        |(messages, system, tools, choice, fields, parallel)| {
            let messages: Vec<Value> = messages
                .into_iter()
                .map(|(role, content)| json!({"role": role, "content": content}))
                .collect();
            let body = json!({
                "messages": messages,
                "system": system,
                "toolConfig": {"tools": tools, "toolChoice": choice},
                "additionalModelRequestFields": fields,
            });
            let input = rest_json::json::from_slice(body.to_string().as_bytes()).unwrap();
            let mut asked = converse::decode_request(input).unwrap();
            if let Some(tools) = &mut asked.tools {
                tools.parallel = parallel;
            }
            for model in MODELS {
                survives(model, &asked)?;
                let planned = plan(model, &asked).request.unwrap_or_else(|| asked.clone());
                let expected = planned.extra.as_ref().map_or(Value::Null, |extra| {
                    serde_json::from_str::<Value>(extra.as_str()).unwrap()["anthropic_beta"].clone()
                });
                let expected = if expected.is_null() {
                    json!([])
                } else {
                    expected
                };
                assert_eq!(json!(betas(&planned)), expected);
            }
            Ok(())
        },
    );
}

#[test]
fn any_request_is_written_as_json_planned_or_not() {
    let filler = Filler::new();
    for_all(256, &inputs(), |input| {
        let mut asked = valid(&filler, &input)?;
        for dialect in [None, Some(Dialect("another")), Some(DIALECT)] {
            asked.dialect = dialect;
            for written in [
                encode_request("m", &asked, true),
                encode_count_request("m", &asked),
            ] {
                rest_json::json::from_slice::<rest_json::Document>(&written)
                    .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&written)))?;
            }
        }
        // An answer may be of anything that a turn may be of.
        for message in asked.messages.into_iter().flatten() {
            let mut reply = decode_reply(br#"{"content": []}"#).unwrap();
            reply.message = message;
            reply.message.role = Role::Assistant;
            let written = encode_reply(&reply, &rendering());
            rest_json::json::from_slice::<rest_json::Document>(&written)
                .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&written)))?;
        }
        Ok(())
    });
}
