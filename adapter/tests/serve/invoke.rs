//! Invocations answered in the format of their body: whole, with the headers of recorded answers, and as chunks, the last of
//! which has the metrics of recorded streams.

use std::sync::Arc;

use llm::chat::{Block, BlockStart, Delta, Event, Latency, Meta, Reply, Stop, ToolUse, Usage};
use llm::{Answer, End, Error, Ext, Json, Kind, Origin};
use serde_json::{Value, json};

use crate::backend::{Fake, Got, begun, context, reply, said, serve, serve_in, serve_with};

/// One format: the id of a model that speaks it on Bedrock, and a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken {
    pub(crate) model: &'static str,
    pub(crate) body: &'static str,
}

/// As clients of Anthropic's models send it.
pub(crate) const ANTHROPIC: Spoken = Spoken {
    model: "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0",
    body: r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":100,"messages":[{"role":"user","content":"hello"}]}"#,
};

/// As clients of OpenAI's open models send it.
pub(crate) const OPENAI: Spoken = Spoken {
    model: "openai.gpt-oss-120b-1%3A0",
    body: r#"{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hello"}],"max_completion_tokens":100}"#,
};

/// As clients of Mistral's first models send it.
pub(crate) const MISTRAL: Spoken = Spoken {
    model: "mistral.mistral-7b-instruct-v0%3A2",
    body: r#"{"prompt":"<s>[INST] hello [/INST]","max_tokens":100}"#,
};

pub(crate) const ALL: [Spoken; 3] = [ANTHROPIC, OPENAI, MISTRAL];

impl Spoken {
    pub(crate) fn whole(self) -> String {
        format!("/model/{}/invoke", self.model)
    }

    pub(crate) fn stream(self) -> String {
        format!("/model/{}/invoke-with-response-stream", self.model)
    }
}

fn usage() -> Usage {
    Usage {
        input_uncached: 3,
        output: 2,
        ..Usage::default()
    }
}

/// A backend that reads the request and gives this reply.
fn replying(reply: Reply) -> Arc<Fake> {
    Fake::new(move |_, call| {
        call.neutral()?;
        Ok(Answer::Reply(Box::new(reply.clone())))
    })
}

/// A backend that reads the request and tells these events.
pub(crate) fn telling(events: Vec<Result<Event, Error>>) -> Arc<Fake> {
    Fake::new(move |_, call| {
        call.neutral()?;
        let events = futures_util::stream::iter(events.clone());
        Ok(Answer::Events(Box::pin(events)))
    })
}

fn greeting() -> Reply {
    Reply {
        usage: usage(),
        latency: Some(Latency::of_ms(7)),
        ..reply(vec![Block::Text("hi there".to_owned())])
    }
}

fn stopped(stop: Stop) -> Event {
    Event::Stop {
        stop,
        detail: None,
        native: None,
        ext: Ext::default(),
    }
}

fn cost(usage: Usage) -> Event {
    Event::Meta(Box::new(Meta {
        usage,
        latency: Some(Latency::of_ms(7)),
        ..Meta::default()
    }))
}

fn greeting_events() -> Vec<Result<Event, Error>> {
    let end = Event::BlockStop {
        index: 0,
        ext: Ext::default(),
    };
    [
        begun(),
        said("hi "),
        said("there"),
        end,
        stopped(Stop::EndTurn),
        cost(usage()),
    ]
    .into_iter()
    .map(Ok)
    .collect()
}

async fn whole(spoken: Spoken, backend: &Arc<Fake>) -> Got {
    serve(backend, "POST", &spoken.whole(), spoken.body).await
}

async fn stream(spoken: Spoken, backend: &Arc<Fake>) -> Got {
    serve(backend, "POST", &spoken.stream(), spoken.body).await
}

/// The headers of a recorded answer of InvokeModel, but for the two of HTTP.
#[tokio::test]
async fn a_whole_answer_has_the_headers_of_recorded_ones() {
    for spoken in ALL {
        let got = whole(spoken, &replying(greeting())).await;
        assert_eq!(got.status, 200, "{}", got.text());
        let mut head: Vec<(&str, &str)> = got
            .head
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        head.sort_unstable();
        assert_eq!(
            head,
            [
                ("content-type", "application/json"),
                ("x-amzn-bedrock-input-token-count", "3"),
                ("x-amzn-bedrock-invocation-latency", "7"),
                ("x-amzn-bedrock-output-token-count", "2"),
                ("x-amzn-requestid", "6f1cf6d6-0000-4000-8000-000000000001"),
            ]
        );
    }
}

#[tokio::test]
async fn tokens_of_the_cache_are_told_where_the_upstream_told_them() {
    let cached = Usage {
        cache_read: Some(5),
        cache_write: Some(0),
        ..usage()
    };
    let got = whole(
        ANTHROPIC,
        &replying(Reply {
            usage: cached.clone(),
            ..greeting()
        }),
    )
    .await;
    let header = |name| got.header(name);
    assert_eq!(
        (
            header("x-amzn-bedrock-cache-read-input-token-count"),
            header("x-amzn-bedrock-cache-write-input-token-count")
        ),
        (Some("5"), Some("0"))
    );

    let mut events = greeting_events();
    events.pop();
    events.push(Ok(cost(cached)));
    let (documents, _) = stream(ANTHROPIC, &telling(events)).await.documents();
    let metrics = &documents.last().unwrap()["amazon-bedrock-invocationMetrics"];
    let names: Vec<&String> = metrics.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "inputTokenCount",
            "outputTokenCount",
            "invocationLatency",
            "firstByteLatency",
            "cacheReadInputTokenCount",
            "cacheWriteInputTokenCount"
        ]
    );
    assert_eq!(metrics["cacheReadInputTokenCount"], 5);
}

#[tokio::test]
async fn a_latency_that_nobody_measured_is_measured_here() {
    let got = whole(
        ANTHROPIC,
        &replying(Reply {
            latency: None,
            ..greeting()
        }),
    )
    .await;
    let latency = got.header("x-amzn-bedrock-invocation-latency").unwrap();
    assert!(latency.parse::<u64>().is_ok(), "{latency}");
}

#[tokio::test]
async fn settings_that_were_in_force_are_repeated_in_the_head() {
    let got = whole(
        ANTHROPIC,
        &replying(Reply {
            performance: Some(llm::chat::Performance {
                latency: Some("standard".to_owned()),
                ext: Ext::default(),
            }),
            tier: Some(llm::chat::Tier {
                kind: "flex".to_owned(),
                ext: Ext::default(),
            }),
            ..greeting()
        }),
    )
    .await;
    assert_eq!(
        got.header("x-amzn-bedrock-performanceconfig-latency"),
        Some("standard")
    );
    assert_eq!(got.header("x-amzn-bedrock-service-tier"), Some("flex"));
}

#[tokio::test]
async fn a_whole_answer_is_what_a_model_of_the_bodys_format_says() {
    let anthropic = whole(ANTHROPIC, &replying(greeting())).await.json();
    assert!(anthropic["id"].as_str().unwrap().starts_with("msg_"));
    assert_eq!(anthropic["type"], "message");
    assert_eq!(anthropic["role"], "assistant");
    assert_eq!(
        anthropic["content"],
        json!([{"type": "text", "text": "hi there"}])
    );
    assert_eq!(anthropic["stop_reason"], "end_turn");
    assert_eq!(anthropic["stop_sequence"], Value::Null);
    assert_eq!(anthropic["usage"]["input_tokens"], 3);
    assert_eq!(anthropic["usage"]["output_tokens"], 2);

    let openai = whole(OPENAI, &replying(greeting())).await.json();
    assert!(!openai["id"].as_str().unwrap().is_empty());
    assert_eq!(openai["object"], "chat.completion");
    assert!(openai["created"].as_u64().unwrap() > 1_700_000_000);
    let choice = &openai["choices"][0];
    assert_eq!(choice["index"], 0);
    assert_eq!(choice["message"]["role"], "assistant");
    assert_eq!(choice["message"]["content"], "hi there");
    assert_eq!(choice["finish_reason"], "stop");
    assert_eq!(openai["usage"]["prompt_tokens"], 3);
    assert_eq!(openai["usage"]["completion_tokens"], 2);
    assert_eq!(openai["usage"]["total_tokens"], 5);

    let mistral = whole(MISTRAL, &replying(greeting())).await.json();
    assert_eq!(
        mistral,
        json!({"outputs": [{"text": "hi there", "stop_reason": "stop"}]})
    );
}

#[tokio::test]
async fn a_call_of_a_tool_has_the_form_of_the_bodys_format() {
    let call = ToolUse {
        id: "tooluse_1".to_owned(),
        name: "weather".to_owned(),
        input: Json::from_text(r#"{"b":1.10,"a":2}"#),
        kind: None,
        ext: Ext::default(),
    };
    let calling = Reply {
        stop: Stop::ToolUse,
        ..reply(vec![Block::ToolUse(call)])
    };
    let got = whole(ANTHROPIC, &replying(calling.clone())).await;
    let (json, text) = (got.json(), got.text());
    assert_eq!(json["stop_reason"], "tool_use");
    assert_eq!(json["content"][0]["type"], "tool_use");
    assert_eq!(json["content"][0]["id"], "tooluse_1");
    assert_eq!(json["content"][0]["name"], "weather");
    assert!(text.contains(r#"{"b":1.10,"a":2}"#), "{text}");

    let json = whole(OPENAI, &replying(calling)).await.json();
    let choice = &json["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(call["type"], "function");
    assert_eq!(call["id"], "tooluse_1");
    assert_eq!(call["function"]["name"], "weather");
    assert_eq!(call["function"]["arguments"], r#"{"b":1.10,"a":2}"#);
}

/// The metrics of the last chunk, which no other has and which stand behind everything else in it.
fn metrics(documents: &[Value]) -> Value {
    const NAME: &str = "amazon-bedrock-invocationMetrics";
    let (last, before) = documents.split_last().unwrap();
    assert!(before.iter().all(|document| document.get(NAME).is_none()));
    let names: Vec<&String> = last.as_object().unwrap().keys().collect();
    assert_eq!(names.last().unwrap().as_str(), NAME);
    last[NAME].clone()
}

#[tokio::test]
async fn a_stream_has_the_head_of_recorded_ones_and_its_last_chunk_the_metrics() {
    for spoken in ALL {
        let got = stream(spoken, &telling(greeting_events())).await;
        assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.body()));
        let mut head: Vec<(&str, &str)> = got
            .head
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        head.sort_unstable();
        assert_eq!(
            head,
            [
                ("content-type", "application/vnd.amazon.eventstream"),
                ("x-amzn-bedrock-content-type", "application/json"),
                ("x-amzn-requestid", "6f1cf6d6-0000-4000-8000-000000000001"),
            ]
        );
        let (documents, others) = got.documents();
        assert!(others.is_empty(), "{others:?}");
        let metrics = metrics(&documents);
        assert_eq!(metrics["inputTokenCount"], 3);
        assert_eq!(metrics["outputTokenCount"], 2);
        assert_eq!(metrics["invocationLatency"], 7);
        assert!(metrics["firstByteLatency"].as_u64().unwrap() <= 7);
        let names: Vec<&String> = metrics.as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            [
                "inputTokenCount",
                "outputTokenCount",
                "invocationLatency",
                "firstByteLatency"
            ]
        );
    }
}

#[tokio::test]
async fn a_chunk_is_framed_as_recorded_ones_are() {
    let got = stream(ANTHROPIC, &telling(greeting_events())).await;
    let mut decoder = rest_json::FrameDecoder::new(1 << 20);
    for frame in decoder.push(&got.body()).unwrap() {
        let headers: Vec<&str> = frame.headers.iter().map(|(name, _)| &**name).collect();
        assert_eq!(headers, [":event-type", ":content-type", ":message-type"]);
        assert_eq!(frame.text(":event-type"), Some("chunk"));
        assert_eq!(frame.text(":content-type"), Some("application/json"));
        assert_eq!(frame.text(":message-type"), Some("event"));
    }
}

#[tokio::test]
async fn an_anthropic_stream_has_anthropics_events() {
    let (documents, _) = stream(ANTHROPIC, &telling(greeting_events()))
        .await
        .documents();
    let types: Vec<&str> = documents
        .iter()
        .map(|document| document["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop"
        ]
    );
    let start = &documents[0]["message"];
    assert!(start["id"].as_str().unwrap().starts_with("msg_"));
    // The request has five letters, of which a guess makes two tokens.
    assert_eq!(start["usage"]["input_tokens"], 2);
    assert_eq!(
        documents[2]["delta"],
        json!({"type": "text_delta", "text": "hi "})
    );
    assert_eq!(documents[5]["delta"]["stop_reason"], "end_turn");
    assert_eq!(documents[5]["usage"]["output_tokens"], 2);
    assert_eq!(documents[5]["usage"]["input_tokens"], 3);
}

#[tokio::test]
async fn an_openai_stream_has_openais_chunks() {
    let (documents, _) = stream(OPENAI, &telling(greeting_events()))
        .await
        .documents();
    let ids: Vec<&Value> = documents.iter().map(|document| &document["id"]).collect();
    assert!(ids.windows(2).all(|two| two[0] == two[1]), "{ids:?}");
    for document in &documents {
        assert_eq!(document["object"], "chat.completion.chunk");
    }
    let text: String = documents
        .iter()
        .filter_map(|document| document["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(text, "hi there");
    let reasons: Vec<&str> = documents
        .iter()
        .filter_map(|document| document["choices"][0]["finish_reason"].as_str())
        .collect();
    assert_eq!(reasons, ["stop"]);
}

/// As recorded streams of the open models do: a chunk of its own without choices, and only for those who ask.
#[tokio::test]
async fn an_openai_stream_tells_its_usage_to_those_who_ask() {
    const ASKING: Spoken = Spoken {
        body: r#"{"messages":[{"role":"user","content":"hello"}],"stream_options":{"include_usage":true}}"#,
        ..OPENAI
    };
    let told = |documents: &[Value]| -> Vec<Value> {
        let with_usage = documents
            .iter()
            .filter(|document| !document["usage"].is_null());
        with_usage.cloned().collect()
    };
    let (documents, _) = stream(ASKING, &telling(greeting_events()))
        .await
        .documents();
    let told_once = told(&documents);
    assert_eq!(told_once.len(), 1);
    assert_eq!(told_once[0]["choices"], json!([]));
    assert_eq!(told_once[0]["usage"]["prompt_tokens"], 3);
    assert_eq!(documents.last(), told_once.last());

    let (documents, _) = stream(OPENAI, &telling(greeting_events()))
        .await
        .documents();
    assert_eq!(told(&documents), Vec::<Value>::new());
}

#[tokio::test]
async fn a_mistral_stream_has_mistrals_outputs() {
    let (documents, _) = stream(MISTRAL, &telling(greeting_events()))
        .await
        .documents();
    let text: String = documents
        .iter()
        .filter_map(|document| document["outputs"][0]["text"].as_str())
        .collect();
    assert_eq!(text, "hi there");
    let reasons: Vec<&str> = documents
        .iter()
        .filter_map(|document| document["outputs"][0]["stop_reason"].as_str())
        .collect();
    assert_eq!(reasons, ["stop"]);
}

#[tokio::test]
async fn the_input_of_a_tool_call_streams_as_the_text_it_is() {
    let start = Event::BlockStart {
        index: 0,
        start: BlockStart::ToolUse {
            id: "tooluse_1".to_owned(),
            name: "weather".to_owned(),
            kind: None,
            ext: Ext::default(),
        },
        ext: Ext::default(),
    };
    let piece = |input: &str| Event::Delta {
        index: 0,
        delta: Delta::ToolInput {
            input: input.to_owned(),
            ext: Ext::default(),
        },
        ext: Ext::default(),
    };
    let events: Vec<Result<Event, Error>> = [
        begun(),
        start,
        piece(r#"{"a":"#),
        piece("1.10}"),
        stopped(Stop::ToolUse),
        cost(usage()),
    ]
    .into_iter()
    .map(Ok)
    .collect();
    let (documents, _) = stream(ANTHROPIC, &telling(events.clone()))
        .await
        .documents();
    let input: String = documents
        .iter()
        .filter_map(|document| document["delta"]["partial_json"].as_str())
        .collect();
    assert_eq!(input, r#"{"a":1.10}"#);
    let (documents, _) = stream(OPENAI, &telling(events)).await.documents();
    let input: String = documents
        .iter()
        .filter_map(|document| {
            document["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"].as_str()
        })
        .collect();
    assert_eq!(input, r#"{"a":1.10}"#);
}

#[tokio::test]
async fn the_format_is_the_bodys_whatever_the_model_is_called() {
    let target = "/model/openai%2Fgpt-4o/invoke";
    let got = serve(&replying(greeting()), "POST", target, ANTHROPIC.body).await;
    assert_eq!(got.json()["type"], "message");
    // Clients name all kinds of types for a body, or none.
    for headers in [
        &[("content-type", "application/octet-stream")][..],
        &[("accept", "*/*")],
        &[],
    ] {
        let backend = replying(greeting());
        let got = serve_with(&backend, target, headers, ANTHROPIC.body.as_bytes()).await;
        assert_eq!(got.json()["type"], "message", "{headers:?}");
        assert_eq!(got.header("content-type"), Some("application/json"));
    }
}

fn blocked() -> Error {
    Error::new(Kind::ContentBlocked, Origin::Upstream, "no")
}

#[tokio::test]
async fn a_filter_that_refuses_the_prompt_is_the_formats_own_end() {
    let refusing = Fake::new(|_, call| {
        call.neutral()?;
        Err(blocked())
    });
    let got = whole(ANTHROPIC, &refusing).await;
    assert_eq!(got.status, 200);
    assert_eq!(got.json()["stop_reason"], "refusal");
    assert_eq!(got.json()["content"], json!([]));
    let got = whole(OPENAI, &refusing).await;
    assert_eq!(got.status, 200);
    assert_eq!(got.json()["choices"][0]["finish_reason"], "content_filter");

    let (documents, others) = stream(ANTHROPIC, &refusing).await.documents();
    assert!(others.is_empty());
    let reasons: Vec<&str> = documents
        .iter()
        .filter_map(|document| document["delta"]["stop_reason"].as_str())
        .collect();
    assert_eq!(reasons, ["refusal"]);
    assert_eq!(documents.last().unwrap()["type"], "message_stop");
}

#[tokio::test]
async fn a_filter_that_cuts_the_reply_is_the_formats_own_end() {
    let cut = || telling(vec![Ok(begun()), Ok(said("a")), Err(blocked())]);
    let (documents, others) = stream(ANTHROPIC, &cut()).await.documents();
    assert!(others.is_empty(), "{others:?}");
    let reasons: Vec<&str> = documents
        .iter()
        .filter_map(|document| document["delta"]["stop_reason"].as_str())
        .collect();
    assert_eq!(reasons, ["refusal"]);
    let (documents, others) = stream(OPENAI, &cut()).await.documents();
    assert!(others.is_empty(), "{others:?}");
    let reasons: Vec<&str> = documents
        .iter()
        .filter_map(|document| document["choices"][0]["finish_reason"].as_str())
        .collect();
    assert_eq!(reasons, ["content_filter"]);
}

#[tokio::test]
async fn a_fault_before_the_head_is_an_exception_with_a_status() {
    for (kind, expected) in [
        (Kind::RateLimited, (429, "ThrottlingException")),
        (Kind::Overloaded, (503, "ServiceUnavailableException")),
        (Kind::Timeout, (408, "ModelTimeoutException")),
        (Kind::AuthUpstream, (424, "ModelErrorException")),
        (Kind::UnsupportedFeature, (400, "ValidationException")),
    ] {
        let failing = Fake::new(move |_, call| {
            call.neutral()?;
            Err(Error::new(kind, Origin::Upstream, "their words"))
        });
        for spoken in ALL {
            for got in [
                whole(spoken, &failing).await,
                stream(spoken, &failing).await,
            ] {
                let (status, name, _) = got.error();
                assert_eq!((status, name.as_str()), expected, "{kind:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_fault_in_mid_stream_is_the_last_frame_and_nothing_ends_before_it() {
    for spoken in ALL {
        for (kind, exception) in [
            (Kind::Interrupted, "modelStreamErrorException"),
            (Kind::RateLimited, "modelStreamErrorException"),
            (Kind::InvalidRequest, "validationException"),
        ] {
            let fault = Error::new(kind, Origin::Upstream, "it broke");
            let events = vec![Ok(begun()), Ok(said("a")), Err(fault), Ok(said("never"))];
            let got = stream(spoken, &telling(events)).await;
            assert_eq!((got.status, got.is_broken), (200, false));
            let (documents, others) = got.documents();
            assert_eq!(others, [exception]);
            let told = documents
                .iter()
                .any(|document| document.get("amazon-bedrock-invocationMetrics").is_some());
            assert!(!told, "a stream that broke off has no metrics");
        }
    }
}

#[tokio::test]
async fn events_out_of_order_end_the_stream_and_the_record_says_why() {
    let cx = context();
    let input = Event::Delta {
        index: 0,
        delta: Delta::ToolInput {
            input: "{}".to_owned(),
            ext: Ext::default(),
        },
        ext: Ext::default(),
    };
    let backend = telling(vec![Ok(begun()), Ok(input), Ok(said("never"))]);
    let got = serve_in(&cx, &backend, "POST", &ANTHROPIC.stream(), ANTHROPIC.body).await;
    let (_, others) = got.documents();
    assert_eq!(others, ["modelStreamErrorException"]);
    let record = cx.observation.record();
    assert_eq!(record.end, Some(End::Failed(Kind::OutputMalformed)));
}
