//! What a provider of another format cannot take: refused with its place before anybody is asked, or left out with a word in a
//! header.

use http::Request;
use serde_json::{Value, json};

use crate::boto3;
use crate::operations::canned;
use crate::stage::{Provider, Seen, Stage};

/// A call of Converse that says those things beside its question.
fn asking(capture: &str, id: &str, members: &Value) -> Request<bytes::Bytes> {
    let mut body = json!({ "messages": [{ "role": "user", "content": [{ "text": "hi" }] }] });
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    boto3::saying(capture, id, body.to_string())
}

fn user(content: &Value) -> Value {
    json!({ "messages": [{ "role": "user", "content": content }] })
}

const GPT: &str = "openai/gpt-4.1";
const O3: &str = "openai/o3";
const CLAUDE: &str = "anthropic/claude-sonnet-4-20250514";

/// Each of these with what it is refused for, in AWS's own words where AWS has some.
fn refusals() -> Vec<(&'static str, Value, &'static str)> {
    let video = json!({ "video": { "format": "mp4", "source": { "bytes": "AAAA" } } });
    let audio = json!({ "audio": { "format": "flac", "source": { "bytes": "AAAA" } } });
    let image = |source: Value| json!({ "image": { "format": "png", "source": source } });
    let object = json!({ "s3Location": { "uri": "s3://bucket/key.png" } });
    let office =
        json!({ "document": { "format": "docx", "name": "d", "source": { "bytes": "AAAA" } } });
    let text = json!({ "text": "look" });
    let five = json!({ "inferenceConfig": { "stopSequences": ["a", "b", "c", "d", "e"] } });
    let two = json!({ "inferenceConfig": { "stopSequences": ["a"] } });
    let guardrail =
        json!({ "guardrailConfig": { "guardrailIdentifier": "gr1", "guardrailVersion": "1" } });
    let system_tool =
        json!({ "toolConfig": { "tools": [{ "systemTool": { "name": "nova_grounding" } }] } });
    let no_video = "This model doesn't support the video content block that you provided. Update the content block and try again. (messages[0].content[1].video";
    let no_object = "This model doesn't support the s3Uri field. Remove s3Uri and try again. (messages[0].content[1].image.source.s3Location";
    let no_guardrail = "This model doesn't support the guardrailConfig field. Remove guardrailConfig and try again. (guardrailConfig";
    let no_tool = "This model doesn't support the systemTool field. Remove systemTool and try again. (toolConfig.tools[0].systemTool";
    let no_audio = "This model doesn't support the audio content block that you provided. Update the content block and try again. (messages[0].content[1].audio";
    let no_stop = "This model doesn't support the stopSequences field. Remove stopSequences and try again. (inferenceConfig.stopSequences";
    let no_office = "This model doesn't support the document content block that you provided. Update the content block and try again. (messages[0].content[1].document";
    vec![
        (GPT, user(&json!([text, video])), no_video),
        (CLAUDE, user(&json!([text, video])), no_video),
        (GPT, user(&json!([text, image(object.clone())])), no_object),
        (CLAUDE, user(&json!([text, image(object)])), no_object),
        (GPT, user(&json!([text, audio])), no_audio),
        (CLAUDE, user(&json!([text, audio])), no_audio),
        (GPT, user(&json!([text, office])), no_office),
        (CLAUDE, user(&json!([text, office])), no_office),
        (GPT, five, no_stop),
        // OpenAI's reasoning models take none at all.
        (O3, two, no_stop),
        (GPT, guardrail.clone(), no_guardrail),
        (CLAUDE, guardrail, no_guardrail),
        (GPT, system_tool.clone(), no_tool),
        (CLAUDE, system_tool, no_tool),
    ]
}

#[tokio::test]
async fn what_a_provider_cannot_take_is_refused_with_its_place_and_nobody_is_asked() {
    let mut stage = Stage::start().await;
    let mut wrong = Vec::new();
    for capture in [boto3::CONVERSE, boto3::CONVERSE_STREAM] {
        for (id, members, expected) in refusals() {
            let request = asking(capture, id, &members);
            let (seen, arrived) = stage.ask(request, async |arrived| drop(arrived)).await;
            let is_refused = arrived.is_none()
                && (seen.status, seen.exception()) == (400, "ValidationException")
                && seen.message().starts_with(expected);
            if !is_refused {
                wrong.push(format!("{id} {members}: {seen:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each of these with the places and the ends of what is not acted on.
fn warnings() -> Vec<(&'static str, Value, Vec<&'static str>)> {
    let text = json!({ "text": "look" });
    let cache_point = json!({ "cachePoint": { "type": "default" } });
    let table =
        json!({ "document": { "format": "csv", "name": "t", "source": { "bytes": "YSxiCg==" } } });
    let unsealed = json!({ "reasoningContent": { "reasoningText": { "text": "hm" } } });
    let replayed = json!({ "messages": [
        { "role": "user", "content": [text] },
        { "role": "assistant", "content": [unsealed, { "text": "I see." }] },
        { "role": "user", "content": [text] },
    ] });
    let failed = json!({
        "messages": [
            { "role": "user", "content": [text] },
            { "role": "assistant", "content": [{ "toolUse": { "toolUseId": "t1", "name": "f", "input": {} } }] },
            { "role": "user", "content": [{ "toolResult": { "toolUseId": "t1", "status": "error", "content": [{ "text": "no" }] } }] },
        ],
        "toolConfig": { "tools": [{ "toolSpec": { "name": "f", "inputSchema": { "json": { "type": "object" } } } }] },
    });
    vec![
        (GPT, json!({}), vec![]),
        (CLAUDE, json!({}), vec![]),
        // OpenAI caches by itself.
        (GPT, user(&json!([text, cache_point])), vec![]),
        (CLAUDE, user(&json!([text, cache_point])), vec![]),
        (
            GPT,
            json!({ "additionalModelRequestFields": { "top_k": 5 } }),
            vec!["additionalModelRequestFields.top_k;dropped"],
        ),
        (
            CLAUDE,
            json!({ "additionalModelRequestFields": { "top_k": 5 } }),
            vec![],
        ),
        (
            O3,
            json!({ "inferenceConfig": { "temperature": 0.5, "topP": 0.9 } }),
            vec![
                "inferenceConfig.temperature;dropped",
                "inferenceConfig.topP;dropped",
            ],
        ),
        (
            GPT,
            user(&json!([text, table])),
            vec!["messages[0].content[1].document;approximated"],
        ),
        (CLAUDE, user(&json!([text, table])), vec![]),
        (
            GPT,
            failed.clone(),
            vec!["messages[2].content[0].toolResult.status;approximated"],
        ),
        (CLAUDE, failed, vec![]),
        (
            GPT,
            replayed.clone(),
            vec!["messages[1].content[0].reasoningContent.reasoningText;dropped"],
        ),
        (
            CLAUDE,
            replayed,
            vec!["messages[1].content[0].reasoningContent.reasoningText;dropped"],
        ),
        (
            GPT,
            json!({ "performanceConfig": { "latency": "optimized" } }),
            vec!["performanceConfig.latency;dropped"],
        ),
    ]
}

/// The places and the actions of the warnings that a client reads.
fn told(seen: &Seen) -> Vec<String> {
    let warnings = seen.header("x-gateway-warnings").split(", ");
    warnings
        .filter(|warning| !warning.is_empty())
        .map(|warning| {
            let mut parts = warning.splitn(3, ';');
            let (place, action) = (parts.next().unwrap(), parts.next().unwrap());
            assert!(
                parts.next().is_some_and(|reason| !reason.is_empty()),
                "{warning}"
            );
            format!("{place};{action}")
        })
        .collect()
}

#[tokio::test]
async fn what_is_not_acted_on_is_told_in_a_header_with_the_answer_of_a_stream_too() {
    let mut stage = Stage::start().await;
    let mut wrong = Vec::new();
    for capture in [boto3::CONVERSE, boto3::CONVERSE_STREAM] {
        for (id, members, expected) in warnings() {
            let request = asking(capture, id, &members);
            let (seen, arrived) = stage
                .ask(request, async |arrived| drop(canned::answer(arrived)))
                .await;
            if arrived.is_none() || seen.status != 200 || told(&seen) != expected {
                let found = seen.header("x-gateway-warnings");
                wrong.push(format!(
                    "{id} {members}: {} {found:?}, not {expected:?}",
                    seen.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_answer_names_who_gave_it_and_no_member_of_it_does() {
    let mut stage = Stage::start().await;
    for (id, provider) in [(GPT, Provider::OpenAi), (CLAUDE, Provider::Anthropic)] {
        let request = boto3::of(boto3::CONVERSE, id);
        let (seen, _) = stage
            .ask(request, async |arrived| drop(canned::answer(arrived)))
            .await;
        assert_eq!(seen.header("x-gateway-provider"), provider.name());
        assert_eq!(
            format!("{}/{}", provider.name(), seen.header("x-gateway-model")),
            id
        );
        let answer = seen.json();
        let members: Vec<&str> = answer
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        // As AWS has them.
        assert_eq!(members, ["metrics", "output", "stopReason", "usage"]);
    }
}
