//! `additionalModelResponseFieldPaths`: pointers into the reply in the format of the family that was asked for.

use std::sync::Arc;

use llm::chat::{Block, Event, Meta, Reply, Stop, StopDetail, Usage};
use llm::{Answer, Error, Ext, Json, Kind, Origin};
use serde_json::{Value, json};

use crate::backend::{Fake, begun, reply, said, serve};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0";
const GPT: &str = "openai.gpt-oss-120b-1%3A0";
const NOVA: &str = "us.amazon.nova-pro-v1%3A0";

fn asking(paths: &[&str]) -> String {
    json!({
        "messages": [{"role": "user", "content": [{"text": "hello"}]}],
        "additionalModelResponseFieldPaths": paths,
    })
    .to_string()
}

fn stop_detail() -> Option<StopDetail> {
    Some(StopDetail {
        matched: Some("END".to_owned()),
        provider_reason: "stop_sequence".to_owned(),
    })
}

fn usage() -> Usage {
    Usage {
        input_uncached: 3,
        output: 2,
        ..Usage::default()
    }
}

fn ended() -> Reply {
    Reply {
        stop: Stop::StopSequence,
        stop_detail: stop_detail(),
        usage: usage(),
        ..reply(vec![Block::Text("hi".to_owned())])
    }
}

fn replying(reply: Reply) -> Arc<Fake> {
    Fake::new(move |_, call| {
        call.neutral()?;
        Ok(Answer::Reply(Box::new(reply.clone())))
    })
}

/// The fields of a whole reply; null where the member is absent.
async fn whole(model: &str, paths: &[&str], reply: Reply) -> Value {
    let target = format!("/model/{model}/converse");
    let got = serve(&replying(reply), "POST", &target, &asking(paths)).await;
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(got.json()["stopReason"], "stop_sequence");
    got.json()["additionalModelResponseFields"].clone()
}

fn events(native: Option<&str>) -> Vec<Result<Event, Error>> {
    let stop = Event::Stop {
        stop: Stop::StopSequence,
        detail: stop_detail(),
        native: native.map(Json::from_text),
        ext: Ext::default(),
    };
    let meta = Event::Meta(Box::new(Meta {
        usage: usage(),
        ..Meta::default()
    }));
    vec![Ok(begun()), Ok(said("hi")), Ok(stop), Ok(meta)]
}

async fn frames(
    model: &str,
    paths: &[&str],
    events: Vec<Result<Event, Error>>,
) -> Vec<(String, Value)> {
    let backend = Fake::new(move |_, call| {
        call.neutral()?;
        let events = futures_util::stream::iter(events.clone());
        Ok(Answer::Events(Box::pin(events)))
    });
    let target = format!("/model/{model}/converse-stream");
    let got = serve(&backend, "POST", &target, &asking(paths)).await;
    assert_eq!(got.status, 200);
    got.frames()
}

/// The fields of a streamed reply, which ride on its stop.
async fn stream(model: &str, paths: &[&str], native: Option<&str>) -> Value {
    let frames = frames(model, paths, events(native)).await;
    let names: Vec<&str> = frames.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "messageStart",
            "contentBlockDelta",
            "contentBlockStop",
            "messageStop",
            "metadata"
        ]
    );
    assert_eq!(frames[3].1["stopReason"], "stop_sequence");
    frames[3].1["additionalModelResponseFields"].clone()
}

/// What the AI SDK asks on every call of a Claude.
#[tokio::test]
async fn the_stop_sequence_of_a_reply_by_another_family_is_told_in_the_requested_ones_format() {
    assert_eq!(
        whole(CLAUDE, &["/stop_sequence"], ended()).await,
        json!({"stop_sequence": "END"})
    );
    assert_eq!(
        stream(CLAUDE, &["/delta/stop_sequence"], None).await,
        json!({"delta": {"stop_sequence": "END"}})
    );
    // A member that is null is there.
    let none = Reply {
        stop_detail: None,
        ..ended()
    };
    assert_eq!(
        whole(CLAUDE, &["/stop_sequence"], none).await,
        json!({"stop_sequence": null})
    );
}

#[tokio::test]
async fn the_last_event_tells_what_the_reply_cost() {
    assert_eq!(
        stream(CLAUDE, &["/usage/output_tokens"], None).await,
        json!({"usage": {"output_tokens": 2}})
    );
}

#[tokio::test]
async fn openais_vocabulary_has_openais_fields() {
    assert_eq!(
        whole(GPT, &["/choices/0/finish_reason"], ended()).await,
        json!({"choices": {"0": {"finish_reason": "stop"}}})
    );
    assert_eq!(
        stream(GPT, &["/choices/0/finish_reason"], None).await,
        json!({"choices": {"0": {"finish_reason": "stop"}}})
    );
}

/// A reply as a provider of the requested family keeps it: text, in the provider's own spelling.
const NATIVE: &str = r#"{"id": "msg_1", "n": 1.10, "big": 123456789012345678901234567890, "a/b": {"m~n": [10, {"c": "\u00e9"}]},
    "twice": 1, "twice": 2, "usage": {"in": 1, "out": 2}}"#;

async fn native(paths: &[&str]) -> Option<String> {
    let reply = Reply {
        native: Some(Json::from_text(NATIVE)),
        ..ended()
    };
    let target = format!("/model/{CLAUDE}/converse");
    let got = serve(&replying(reply), "POST", &target, &asking(paths)).await;
    let text = got.text();
    let (_, rest) = text.split_once(r#"{"additionalModelResponseFields":"#)?;
    let (fields, _) = rest.split_once(r#","metrics":"#)?;
    Some(fields.to_owned())
}

#[tokio::test]
async fn values_of_the_providers_own_reply_keep_their_text_and_their_place() {
    let cases: [(&[&str], Option<&str>); 13] = [
        (&["/id"], Some(r#"{"id":"msg_1"}"#)),
        (&["/n"], Some(r#"{"n":1.10}"#)),
        (&["/big"], Some(r#"{"big":123456789012345678901234567890}"#)),
        (
            &["/a~1b/m~0n/1/c"],
            Some(r#"{"a/b":{"m~n":{"1":{"c":"\u00e9"}}}}"#),
        ),
        (
            &["/a~1b/m~0n"],
            Some(r#"{"a/b":{"m~n":[10, {"c": "\u00e9"}]}}"#),
        ),
        (&["/twice"], Some(r#"{"twice":2}"#)),
        (
            &["/usage/out", "/id", "/usage/in"],
            Some(r#"{"usage":{"out":2,"in":1},"id":"msg_1"}"#),
        ),
        // Of a place and one within it the outer holds both.
        (
            &["/usage/out", "/usage"],
            Some(r#"{"usage":{"in": 1, "out": 2}}"#),
        ),
        (
            &["/usage", "/usage/out"],
            Some(r#"{"usage":{"in": 1, "out": 2}}"#),
        ),
        (&["/nowhere", "/id"], Some(r#"{"id":"msg_1"}"#)),
        (&["/nowhere"], None),
        (&["/a~1b/m~0n/01", "/a~1b/m~0n/-", "/a~1b/m~0n/2"], None),
        (&["/id/0", "/n/x"], None),
    ];
    for (paths, expected) in cases {
        assert_eq!(native(paths).await.as_deref(), expected, "{paths:?}");
    }
}

#[tokio::test]
async fn the_providers_own_last_event_is_taken_before_one_of_ours() {
    let event = r#"{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"THEIRS"}}"#;
    assert_eq!(
        stream(CLAUDE, &["/delta/stop_sequence", "/type"], Some(event)).await,
        json!({"delta": {"stop_sequence": "THEIRS"}, "type": "message_delta"})
    );
}

#[tokio::test]
async fn a_family_without_a_format_here_has_no_fields() {
    for model in [NOVA, "some-alias"] {
        assert_eq!(whole(model, &["/stopReason"], ended()).await, Value::Null);
        assert_eq!(stream(model, &["/messageStop"], None).await, Value::Null);
    }
}

#[tokio::test]
async fn nobody_who_does_not_ask_gets_fields() {
    assert_eq!(whole(CLAUDE, &[], ended()).await, Value::Null);
    assert_eq!(stream(CLAUDE, &[], None).await, Value::Null);
}

#[tokio::test]
async fn a_stream_that_breaks_off_before_its_cost_is_known_ends_in_the_exception_alone() {
    let mut events = events(None);
    events.pop();
    events.push(Err(Error::new(
        Kind::Interrupted,
        Origin::Upstream,
        "it broke",
    )));
    let frames = frames(CLAUDE, &["/delta/stop_sequence"], events).await;
    let names: Vec<&str> = frames.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names.last(),
        Some(&"modelStreamErrorException"),
        "{names:?}"
    );
    assert!(!names.contains(&"metadata"));
}

#[tokio::test]
async fn pointers_that_are_none_and_more_than_ten_are_refused() {
    let eleven: Vec<&str> = ["/a"; 11].to_vec();
    for (paths, part) in [
        (&["stop_sequence"][..], "is not a valid JSON Pointer"),
        (&["/a~2"], "is not a valid JSON Pointer"),
        (&eleven, "Member must have length less than or equal to 10"),
        (&[""], "Member must have length greater than or equal to 1"),
    ] {
        for operation in ["converse", "converse-stream"] {
            let target = format!("/model/{CLAUDE}/{operation}");
            let got = serve(&Fake::reading(), "POST", &target, &asking(paths)).await;
            let (status, name, message) = got.error();
            assert_eq!((status, name.as_str()), (400, "ValidationException"));
            assert!(message.contains(part), "{message}");
        }
    }
}
