//! Each kind of answer as a client gets it, head and body.

use llm::chat::{Block, Event, Latency, Usage};
use llm::{Answer, Chunk, End, Kind, Warning};

use crate::backend::{
    Fake, HELLO, begun, context, converse, converse_stream, measured, reply, said, serve, serve_in,
    stopped, telling,
};

#[tokio::test]
async fn a_reply_is_a_whole_answer_of_converse() {
    let backend = Fake::new(|_, _| {
        Ok(Answer::Reply(Box::new(llm::chat::Reply {
            usage: Usage {
                input_uncached: 3,
                output: 2,
                ..Usage::default()
            },
            latency: Some(Latency::of_ms(7)),
            ..reply(vec![Block::Text("hi".to_owned())])
        })))
    });
    let got = converse(&backend).await;
    assert_eq!(got.status, 200);
    assert_eq!(got.header("content-type"), Some("application/json"));
    assert_eq!(
        got.header("x-amzn-requestid"),
        Some("6f1cf6d6-0000-4000-8000-000000000001")
    );
    assert_eq!(got.header("x-gateway-request-id"), None);
    assert_eq!(got.header("x-amzn-errortype"), None);
    // Members in the order that recorded answers have.
    assert_eq!(
        got.text(),
        r#"{"metrics":{"latencyMs":7},"output":{"message":{"content":[{"text":"hi"}],"role":"assistant"}},"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#
    );
}

#[tokio::test]
async fn events_are_a_stream_of_frames() {
    let stop = Event::BlockStop {
        index: 0,
        ext: llm::Ext::default(),
    };
    let events = [begun(), said("hi"), stop, stopped(), measured()];
    let got = converse_stream(&telling(events.into_iter().map(Ok).collect())).await;
    assert_eq!(got.status, 200);
    assert_eq!(
        got.header("content-type"),
        Some("application/vnd.amazon.eventstream")
    );
    assert_eq!(
        got.header("x-amzn-requestid"),
        Some("6f1cf6d6-0000-4000-8000-000000000001")
    );
    let frames = got.frames();
    let told: Vec<(&str, String)> = frames
        .iter()
        .map(|(name, payload)| (name.as_str(), payload.to_string()))
        .collect();
    assert_eq!(
        told,
        [
            ("messageStart", r#"{"role":"assistant"}"#.to_owned()),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex":0,"delta":{"text":"hi"}}"#.to_owned()
            ),
            ("contentBlockStop", r#"{"contentBlockIndex":0}"#.to_owned()),
            ("messageStop", r#"{"stopReason":"end_turn"}"#.to_owned()),
            (
                "metadata",
                r#"{"metrics":{"latencyMs":0},"usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0}}"#
                    .to_owned()
            ),
        ]
    );
}

#[tokio::test]
async fn a_count_is_the_answer_of_count_tokens() {
    let body = format!(r#"{{"input":{{"converse":{HELLO}}}}}"#);
    for (n_tokens, expected) in [
        (42, r#"{"inputTokens":42}"#),
        // The wire cannot say more.
        (u64::MAX, r#"{"inputTokens":2147483647}"#),
    ] {
        let backend = Fake::new(move |_, call| {
            call.neutral()?;
            Ok(Answer::Count(n_tokens))
        });
        let got = serve(&backend, "POST", "/model/m/count-tokens", &body).await;
        assert_eq!((got.status, got.text().as_str()), (200, expected));
    }
}

#[tokio::test]
async fn an_answer_to_another_question_is_a_fault_of_the_gateway() {
    let answers: [fn() -> Answer; 4] = [
        || Answer::Reply(Box::new(reply(Vec::new()))),
        || Answer::Events(Box::pin(futures_util::stream::empty())),
        || Answer::Count(1),
        || Answer::Documents(Box::pin(futures_util::stream::empty::<Result<Chunk, _>>())),
    ];
    for (operation, own) in [
        ("converse", Some(0)),
        ("converse-stream", Some(1)),
        ("count-tokens", Some(2)),
        ("invoke", None),
        ("invoke-with-response-stream", None),
    ] {
        for (at, answer) in answers.iter().enumerate() {
            let answer = *answer;
            let backend = Fake::new(move |cx, _| {
                cx.observation
                    .update(|record| record.end = Some(End::Complete));
                Ok(answer())
            });
            let cx = context();
            let target = format!("/model/m/{operation}");
            let got = serve_in(&cx, &backend, "POST", &target, "{}").await;
            if own == Some(at) {
                assert_eq!(got.status, 200, "{operation} {at}");
            } else {
                let (status, name, message) = got.error();
                assert_eq!((status, name.as_str()), (500, "InternalServerException"));
                // A client learns the id of the request and nothing else.
                assert!(message.contains("6f1cf6d6-0000-4000-8000-000000000001"));
                let record = cx.observation.record();
                assert_eq!(record.end, Some(End::Failed(Kind::GatewayInternal)));
                assert!(record.failure.is_some());
            }
        }
    }
}

#[tokio::test]
async fn the_record_of_the_call_shows_in_the_head_of_answers_and_of_errors() {
    for fails in [false, true] {
        let cx = context();
        let backend = Fake::new(move |cx, _| {
            cx.observation.update(|record| {
                record.provider = Some("sandbox".into());
                record.model = Some("echo".into());
                record.warnings = vec![
                    Warning {
                        path: "guardrailConfig".to_owned(),
                        action: "ignored",
                        reason: "target=sandbox".to_owned(),
                    },
                    Warning {
                        path: "messages[0].content[1].cachePoint".to_owned(),
                        action: "dropped",
                        reason: "no caché here".to_owned(),
                    },
                ];
            });
            if fails {
                return Err(llm::Error::new(
                    Kind::Overloaded,
                    llm::Origin::Upstream,
                    "busy",
                ));
            }
            Ok(Answer::Reply(Box::new(reply(Vec::new()))))
        });
        let got = serve_in(&cx, &backend, "POST", "/model/m/converse", HELLO).await;
        assert_eq!(got.status, if fails { 503 } else { 200 });
        assert_eq!(got.header("x-gateway-provider"), Some("sandbox"));
        assert_eq!(got.header("x-gateway-model"), Some("echo"));
        assert_eq!(
            got.header("x-gateway-warnings"),
            Some(
                "guardrailConfig;ignored;target=sandbox, messages[0].content[1].cachePoint;dropped;no cach? here"
            )
        );
    }
}

#[tokio::test]
async fn a_list_of_warnings_too_long_for_a_header_says_that_it_is_cut() {
    let backend = Fake::new(|cx, _| {
        cx.observation.update(|record| {
            record.warnings = (0..100)
                .map(|at| Warning {
                    path: format!("messages[{at}].content[0].cachePoint"),
                    action: "dropped",
                    reason: "target=x".to_owned(),
                })
                .collect();
        });
        Ok(Answer::Reply(Box::new(reply(Vec::new()))))
    });
    let got = converse(&backend).await;
    let warnings = got.header("x-gateway-warnings").unwrap();
    assert!(warnings.len() <= 2048, "{}", warnings.len());
    assert!(warnings.len() > 1900, "{}", warnings.len());
    assert!(warnings.ends_with(", ...;truncated"));
}

#[tokio::test]
async fn a_name_that_no_header_can_hold_is_left_out() {
    let backend = Fake::new(|cx, _| {
        cx.observation
            .update(|record| record.model = Some("a\nb".into()));
        Ok(Answer::Reply(Box::new(reply(Vec::new()))))
    });
    let got = converse(&backend).await;
    assert_eq!((got.status, got.header("x-gateway-model")), (200, None));
}
