//! The sandbox through the provider trait: what it documents is what it does.
#![cfg(test)]

use std::time::{Duration, Instant};

use bytes::Bytes;
use dialects::Rendering;
use dialects::converse::Collector;
use dialects::invoke::Format;
use futures_util::StreamExt;
use http::{HeaderMap, Method};
use llm::chat::{
    Block, Event, Guardrail, Image, Inference, JsonSchema, Message, Output, Reply, Request, Role,
    Src, Stop, TextFormat, Tier, Tool, ToolChoice, ToolResult, ToolResultItem, ToolSchema, ToolSet,
    ToolSpec, ToolUse,
};
use llm::{
    Answer, Call, Claim, Context, Error, Ext, Json, Key, Kind, Model, Native, NativeError,
    Observation, Op, Plan, Provider, Wire,
};
use providers::{Sandbox, sandbox};

fn user(content: Vec<Block>) -> Message {
    Message {
        role: Role::User,
        content,
        ext: Ext::default(),
    }
}

fn said(text: &str) -> Message {
    user(vec![Block::Text(text.into())])
}

fn request(messages: Vec<Message>) -> Request {
    Request {
        messages: Some(messages),
        ..Request::default()
    }
}

fn with_inference(text: &str, max_tokens: Option<i32>, stop: &[&str]) -> Request {
    let stop = (!stop.is_empty()).then(|| stop.iter().map(|&stop| stop.into()).collect());
    Request {
        inference: Some(Inference {
            max_tokens,
            stop,
            ..Inference::default()
        }),
        ..request(vec![said(text)])
    }
}

fn tool(name: &str, schema: &str) -> Tool {
    Tool::Spec(ToolSpec {
        name: name.into(),
        description: None,
        schema: ToolSchema::Json(Json::from_text(schema)),
        strict: None,
        ext: Ext::default(),
    })
}

fn with_tools(text: &str, tools: Vec<Tool>, choice: Option<ToolChoice>) -> Request {
    Request {
        tools: Some(ToolSet {
            parallel: None,
            items: tools,
            choice,
            ext: Ext::default(),
        }),
        ..request(vec![said(text)])
    }
}

async fn send(
    model: &str,
    op: Op,
    request: Request,
    settings: sandbox::Settings,
) -> Result<Answer, Error> {
    let cx = Context {
        request_id: "id".into(),
        deadline: Instant::now() + Duration::from_secs(60),
        claim: Claim::Anonymous,
        observation: Observation::default(),
    };
    let native = Native {
        wire: Wire("test"),
        method: Method::POST,
        target: "/x".parse().unwrap(),
        head: HeaderMap::new(),
        body: Bytes::new(),
    };
    let model = Model::new(model);
    let call = Call::new(
        op,
        Some(model.clone()),
        native,
        Box::new(move |_| Ok(request.clone())),
    );
    let sandbox = Sandbox::new(settings);
    let plan: Plan = sandbox.plan(&model, call.neutral()?);
    sandbox
        .send(&cx, &Key::new("k"), Some(&model), &call, Some(&plan))
        .await
}

async fn reply(request: Request) -> Reply {
    match send("echo", Op::Chat, request, sandbox::Settings::default()).await {
        Ok(Answer::Reply(reply)) => *reply,
        other => panic!("{other:?}"),
    }
}

async fn events(
    model: &str,
    request: Request,
    settings: sandbox::Settings,
) -> Vec<Result<Event, Error>> {
    match send(model, Op::ChatStream, request, settings).await {
        Ok(Answer::Events(events)) => events.collect().await,
        other => panic!("{other:?}"),
    }
}

/// What a reply says, as one text, and why it ended.
fn told(reply: &Reply) -> (String, Stop) {
    let text = reply.message.content.iter().map(|block| match block {
        Block::Text(text) => text.clone(),
        Block::ToolUse(call) => format!("{}({})", call.name, call.input.as_str()),
        other => panic!("{other:?}"),
    });
    (text.collect::<Vec<_>>().join("|"), reply.stop.clone())
}

#[tokio::test(start_paused = true)]
async fn it_answers_with_the_text_of_the_last_user_turn() {
    let assistant = Message {
        role: Role::Assistant,
        ..said("no")
    };
    let image = Block::Image(Image {
        format: llm::chat::Format("png".into()),
        source: Src::Bytes(Bytes::from_static(b"1234")),
        error: None,
        ext: Ext::default(),
    });
    let cases = [
        (request(vec![said("Hello")]), "Hello"),
        (
            request(vec![said("first"), assistant, said("second")]),
            "second",
        ),
        (
            request(vec![user(vec![
                Block::Text("a".into()),
                image.clone(),
                Block::Text("b".into()),
            ])]),
            "a\nb",
        ),
        (request(vec![user(vec![image])]), "[image png, 4 bytes]"),
        (
            request(vec![said(" kept  as\tit is\n")]),
            " kept  as\tit is\n",
        ),
    ];
    for (request, expected) in cases {
        assert_eq!(
            told(&reply(request).await),
            (expected.to_owned(), Stop::EndTurn)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn it_honours_the_limit_and_the_stop_sequences() {
    let text = "one two three four";
    let cases: [(Option<i32>, &[&str], &str, Stop); 7] = [
        (Some(4), &[], "one two three four", Stop::EndTurn),
        (Some(2), &[], "one two", Stop::MaxTokens),
        (None, &["three"], "one two ", Stop::StopSequence),
        (None, &["four", "two"], "one ", Stop::StopSequence),
        // A sequence that stands beyond the limit is never reached.
        (Some(2), &["three"], "one two", Stop::MaxTokens),
        (Some(3), &["three"], "one two ", Stop::StopSequence),
        (None, &["five"], "one two three four", Stop::EndTurn),
    ];
    for (max_tokens, stop, expected, reason) in cases {
        let reply = reply(with_inference(text, max_tokens, stop)).await;
        assert_eq!(
            told(&reply),
            (expected.to_owned(), reason),
            "{max_tokens:?} {stop:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn it_counts_a_token_for_each_word_of_up_to_sixteen_characters() {
    let cases = [
        ("", 0),
        ("Hello world", 2),
        ("Hello  \n world ", 3),
        ("0123456789abcdef", 1),
        ("0123456789abcdefg", 2),
        ("日本語 テキスト", 2),
    ];
    for (text, n_tokens) in cases {
        let answer = send(
            "echo",
            Op::Count,
            request(vec![said(text)]),
            sandbox::Settings::default(),
        )
        .await;
        assert!(
            matches!(answer, Ok(Answer::Count(counted)) if counted == n_tokens),
            "{text:?} {answer:?}"
        );
    }
    let usage = reply(with_inference("one two three", Some(2), &[]))
        .await
        .usage;
    assert_eq!(
        (usage.input_uncached, usage.output, usage.total()),
        (3, 2, 5)
    );
}

const WEATHER: &str = r#"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":3}}}"#;

#[tokio::test(start_paused = true)]
async fn it_calls_the_tool_that_must_be_called_or_is_named() {
    let ext = Ext::default;
    let any = || Some(ToolChoice::Any { ext: ext() });
    let auto = || Some(ToolChoice::Auto { ext: ext() });
    let named = |name: &str| {
        Some(ToolChoice::Tool {
            name: name.into(),
            ext: ext(),
        })
    };
    let weather = r#"weather({"city":"text","days":3})"#;
    let cases = [
        ("Hello", any(), weather, Stop::ToolUse),
        ("Hello", named("clock"), "clock({})", Stop::ToolUse),
        ("call clock, please", any(), "clock({})", Stop::ToolUse),
        ("use weather!", auto(), weather, Stop::ToolUse),
        ("use weather!", None, weather, Stop::ToolUse),
        (
            "weather_forecast and clockwork",
            None,
            "weather_forecast and clockwork",
            Stop::EndTurn,
        ),
        ("Hello", auto(), "Hello", Stop::EndTurn),
    ];
    for (text, choice, expected, reason) in cases {
        let tools = vec![
            tool("weather", WEATHER),
            tool("clock", r#"{"type":"object"}"#),
        ];
        let reply = reply(with_tools(text, tools, choice)).await;
        assert_eq!(told(&reply), (expected.to_owned(), reason), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_tool_result_it_answers_with_the_result() {
    let call = ToolUse {
        id: "t1".into(),
        name: "weather".into(),
        input: Json::from_text("{}"),
        kind: None,
        ext: Ext::default(),
    };
    let result = ToolResult {
        id: "t1".into(),
        content: vec![
            ToolResultItem::Text("Sunny".into()),
            ToolResultItem::Json(Json::from_text(r#"{"t":1.10}"#)),
        ],
        status: None,
        kind: None,
        ext: Ext::default(),
    };
    let mut request = with_tools(
        "use weather",
        vec![tool("weather", WEATHER)],
        Some(ToolChoice::Any {
            ext: Ext::default(),
        }),
    );
    let messages = request.messages.as_mut().unwrap();
    messages.push(Message {
        role: Role::Assistant,
        content: vec![Block::ToolUse(call)],
        ext: Ext::default(),
    });
    messages.push(user(vec![Block::ToolResult(result)]));
    assert_eq!(
        told(&reply(request).await),
        ("Sunny\n{\"t\":1.10}".to_owned(), Stop::EndTurn)
    );
}

#[tokio::test(start_paused = true)]
async fn a_promised_schema_is_kept() {
    let schema = r##"{"$defs":{"p":{"enum":["low","high"]}},"type":"object","properties":{
        "name":{"type":"string","minLength":6},"priority":{"$ref":"#/$defs/p"},"tags":{"type":"array","items":{"type":"string"},"minItems":2},
        "when":{"type":["null","string"],"format":"date"},"n":{"anyOf":[{"type":"number","maximum":0},{"type":"null"}]},"fixed":{"const":7}}}"##;
    let mut request = request(vec![said("anything")]);
    let schema = JsonSchema::Schema {
        schema: schema.into(),
        name: None,
        description: None,
        ext: Ext::default(),
    };
    let text = TextFormat {
        kind: "json_schema".into(),
        schema,
        ext: Ext::default(),
    };
    request.output = Some(Output {
        text: Some(text),
        ..Output::default()
    });
    let expected = r#"{"name":"texttt","priority":"low","tags":["text","text"],"when":"2024-01-31","n":0,"fixed":7}"#.to_owned();
    assert_eq!(told(&reply(request).await), (expected, Stop::EndTurn));
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_what_the_whole_answer_says() {
    let tools = || vec![tool("weather", WEATHER), tool("clock", "{}")];
    let requests = [
        request(vec![said("Hello, how are you?")]),
        with_inference("one two three four", Some(3), &[]),
        with_inference("one two three four", None, &["two"]),
        with_inference("one", None, &["one"]),
        with_tools(
            "x",
            tools(),
            Some(ToolChoice::Any {
                ext: Ext::default(),
            }),
        ),
        with_tools("use clock", tools(), None),
    ];
    for request in requests {
        let mut whole = reply(request.clone()).await;
        let mut collector = Collector::new();
        for event in events("echo", request, sandbox::Settings::default()).await {
            collector.push(event.unwrap()).unwrap();
        }
        let mut collected = collector.finish().unwrap();
        (whole.latency, collected.latency) = (None, None);
        assert_eq!(collected, whole);
    }
}

#[tokio::test(start_paused = true)]
async fn its_pace_is_as_set() {
    let settings = sandbox::Settings {
        first_byte: Duration::from_millis(40),
        gap: Duration::from_millis(10),
    };
    let began = tokio::time::Instant::now();
    let events = events("echo", request(vec![said("one two three")]), settings).await;
    assert_eq!(
        events.len(),
        7,
        "start, three pieces, block stop, stop, meta"
    );
    // The first byte, and two gaps between three pieces.
    assert_eq!(began.elapsed(), Duration::from_millis(60));
}

#[tokio::test(start_paused = true)]
async fn models_named_after_exceptions_raise_them() {
    let before_head = [
        ("access-denied", Kind::GatewayPermission),
        ("internal-server", Kind::UpstreamInternal),
        ("model-error", Kind::Protocol),
        ("model-not-ready", Kind::ModelLoading),
        ("model-timeout", Kind::Timeout),
        ("resource-not-found", Kind::ModelNotFound),
        ("service-quota-exceeded", Kind::GatewayBudget),
        ("service-unavailable", Kind::Overloaded),
        ("throttling", Kind::RateLimited),
        ("validation", Kind::InvalidRequest),
    ];
    for (model, kind) in before_head {
        for op in [Op::Chat, Op::ChatStream, Op::Count] {
            let error = send(
                model,
                op,
                request(vec![said("x")]),
                sandbox::Settings::default(),
            )
            .await
            .unwrap_err();
            assert_eq!(error.kind(), kind, "{model}");
        }
    }
    let mid_stream = [
        ("stream-internal-server", "internalServerException"),
        ("stream-model-stream-error", "modelStreamErrorException"),
        ("stream-service-unavailable", "serviceUnavailableException"),
        ("stream-throttling", "throttlingException"),
        ("stream-validation", "validationException"),
    ];
    for (model, name) in mid_stream {
        let mut events = events(
            model,
            request(vec![said("one two three")]),
            sandbox::Settings::default(),
        )
        .await;
        let error = events.pop().unwrap().unwrap_err();
        let Some(NativeError::Frame(frame)) = error.native() else {
            panic!("{error:?}")
        };
        let frame = rest_json::FrameDecoder::new(1 << 20)
            .push(frame)
            .unwrap()
            .remove(0);
        assert_eq!(frame.kind(), rest_json::frame::FrameKind::Exception(name));
        assert!(
            events.iter().all(Result::is_ok) && events.len() == 3,
            "{events:?}"
        );
        let whole = send(
            model,
            Op::Chat,
            request(vec![said("x")]),
            sandbox::Settings::default(),
        )
        .await;
        assert!(
            matches!(whole, Ok(Answer::Reply(_))),
            "a whole answer has no middle"
        );
    }
}

#[test]
fn what_a_real_model_would_act_on_and_it_does_not_it_warns_about() {
    let mut said = said("x");
    said.content.push(Block::Unknown {
        member: "later".into(),
        raw: Json::from_text("{}"),
    });
    let request = Request {
        extra: Some(Json::from_text(r#"{"top_k":5}"#)),
        guardrail: Some(Guardrail::default()),
        // These are answered, the first by the gateway.
        response_paths: Some(vec!["/a".into()]),
        tier: Some(Tier {
            kind: "flex".into(),
            ext: Ext::default(),
        }),
        ..request(vec![said])
    };
    let plan = Sandbox::default().plan(&Model::new("echo"), &request);
    assert_eq!(plan.rejects, []);
    let mut warnings: Vec<String> = plan.warnings.iter().map(ToString::to_string).collect();
    warnings.sort_unstable();
    assert_eq!(
        warnings,
        [
            "additionalModelRequestFields.top_k;dropped;target=sandbox",
            "guardrailConfig;dropped;target=sandbox",
            "messages[0].content[1].later;dropped;target=sandbox",
        ]
    );
}

/// A format of InvokeModel, a body in it, and where the answer has its text and the reason of its end.
const INVOCATIONS: [(Format, &str, [&str; 2]); 3] = [
    (
        Format::Anthropic,
        r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":2,"messages":[{"role":"user","content":"one two three"}]}"#,
        ["/content/0/text", "/stop_reason"],
    ),
    (
        Format::OpenAiChat,
        r#"{"max_completion_tokens":2,"messages":[{"role":"user","content":"one two three"}]}"#,
        ["/choices/0/message/content", "/choices/0/finish_reason"],
    ),
    (
        Format::MistralText,
        r#"{"max_tokens":2,"prompt":"<s>[INST] one two three [/INST]"}"#,
        ["/outputs/0/text", "/outputs/0/stop_reason"],
    ),
];

fn rendering() -> Rendering {
    Rendering {
        id: "id".into(),
        model: "sandbox/echo".into(),
        created_secs: 0,
        input_tokens_guess: 0,
    }
}

#[tokio::test(start_paused = true)]
async fn it_answers_bodies_of_every_format() {
    for (format, body, [text, stop]) in INVOCATIONS {
        let request = format.decode_request(body.as_bytes()).unwrap();
        let answer = format.encode_reply(&reply(request.clone()).await, &rendering());
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        let at = |place| answer.pointer(place).and_then(serde_json::Value::as_str);
        assert_eq!(at(text), Some("one two"), "{answer}");
        let cut = match format {
            Format::Anthropic => "max_tokens",
            Format::OpenAiChat | Format::MistralText => "length",
        };
        assert_eq!(at(stop), Some(cut), "{answer}");

        let mut teller = format.teller(rendering());
        let mut documents = String::new();
        for event in events("echo", request, sandbox::Settings::default()).await {
            for document in teller.push(event.unwrap()).unwrap() {
                documents.push_str(std::str::from_utf8(&document).unwrap());
            }
        }
        assert!(documents.contains("one") && documents.contains(" two"));
        assert!(documents.contains(&format!("\"{cut}\"")), "{documents}");
    }
}

#[test]
fn what_it_understands_it_takes_as_it_came() {
    let request = with_inference("one two", Some(3), &["two"]);
    let plan = Sandbox::default().plan(&Model::new("echo"), &request);
    assert_eq!((plan.request, plan.warnings), (None, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_name_it_does_not_have_is_refused_unless_it_stands_in_for_others() {
    let native = || Native {
        wire: Wire("test"),
        method: Method::POST,
        target: "/x".parse().unwrap(),
        head: HeaderMap::new(),
        body: Bytes::new(),
    };
    let cx = Context {
        request_id: "id".into(),
        deadline: Instant::now() + Duration::from_secs(60),
        claim: Claim::Anonymous,
        observation: Observation::default(),
    };
    for (called, own, known) in [
        ("sandbox/echo", "echo", true),
        ("sandbox/eco", "eco", false),
        (
            "us.vendor.some-model-v1:0",
            "us.vendor.some-model-v1:0",
            true,
        ),
    ] {
        let decode = |_: &Native| Ok(request(vec![said("x")]));
        let call = Call::new(
            Op::Chat,
            Some(Model::new(called)),
            native(),
            Box::new(decode),
        );
        let answer = Sandbox::default()
            .send(&cx, &Key::new("k"), Some(&Model::new(own)), &call, None)
            .await;
        assert_eq!(answer.is_ok(), known, "{called}");
        if let Err(error) = answer {
            assert_eq!(error.kind(), Kind::ModelNotFound);
        }
    }
}
