//! The engine through its public trait: who serves which id, when a stream is committed, and how each call is settled.
#![cfg(test)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Method, StatusCode};
use llm::{
    Answer, Backend, BoxFuture, BoxStream, Call, Chunk, Claim, Context, End, Error, Ext, Key, Kind,
    Model, Native, Observation, Op, Origin, Plan, Provider, Reject, Wire, chat,
};
use pipeline::{Alias, Entry, Pipeline, Settings, SettingsError};

const RELAYED: Wire = Wire("test/relayed");
const TRANSLATED: Wire = Wire("test/translated");

type Reply = Box<dyn Fn() -> Result<Answer, Error> + Send + Sync>;

/// A provider that relays one wire, answers as told and remembers the model names it was given.
struct Fake {
    relays: bool,
    rejects: Vec<Reject>,
    models: Mutex<Vec<Option<String>>>,
    reply: Reply,
}

impl Provider for Fake {
    fn relays(&self, call: &Call, _model: Option<&Model>) -> bool {
        let wire = call.native.wire;
        self.relays && wire == RELAYED
    }

    fn plan(&self, _model: &Model, _request: &chat::Request) -> Plan {
        Plan {
            rejects: self.rejects.clone(),
            ..Plan::default()
        }
    }

    fn send<'a>(
        &'a self,
        _cx: &'a Context,
        _key: &'a Key,
        model: Option<&'a Model>,
        _call: &'a Call,
        _plan: Option<&'a Plan>,
    ) -> BoxFuture<'a, Result<Answer, Error>> {
        self.models
            .lock()
            .unwrap()
            .push(model.map(|model| model.name.to_string()));
        let answer = (self.reply)();
        Box::pin(async move { answer })
    }
}

fn fake(
    relays: bool,
    reply: impl Fn() -> Result<Answer, Error> + Send + Sync + 'static,
) -> Arc<Fake> {
    Arc::new(Fake {
        relays,
        rejects: Vec::new(),
        models: Mutex::default(),
        reply: Box::new(reply),
    })
}

fn entry(name: &str, provider: &Arc<Fake>) -> Entry {
    Entry {
        name: name.into(),
        provider: Arc::clone(provider) as Arc<dyn Provider>,
        keys: vec![Key::new("only")],
    }
}

fn alias(name: &str, provider: &str, model: &str) -> Alias {
    Alias {
        name: name.into(),
        provider: provider.into(),
        model: model.into(),
    }
}

fn context() -> Context {
    Context {
        request_id: "id".into(),
        deadline: Instant::now() + Duration::from_secs(60),
        claim: Claim::Anonymous,
        observation: Observation::default(),
    }
}

fn call(op: Op, wire: Wire, model: Option<&str>) -> Call {
    let native = Native {
        wire,
        method: Method::POST,
        target: "/x".parse().unwrap(),
        head: HeaderMap::new(),
        body: Bytes::new(),
    };
    Call::new(
        op,
        model.map(Model::new),
        native,
        Box::new(|_| Ok(chat::Request::default())),
    )
}

fn events(items: Vec<Result<chat::Event, Error>>) -> Answer {
    Answer::Events(Box::pin(stream::iter(items)))
}

fn start() -> chat::Event {
    chat::Event::Start {
        role: chat::Role::Assistant,
        ext: Ext::default(),
    }
}

fn delta() -> chat::Event {
    chat::Event::Delta {
        index: 0,
        delta: chat::Delta::Text("x".to_owned()),
        ext: Ext::default(),
    }
}

fn meta() -> chat::Event {
    chat::Event::Meta(Box::new(chat::Meta {
        usage: chat::Usage {
            input_uncached: 3,
            output: 4,
            ..chat::Usage::default()
        },
        ..chat::Meta::default()
    }))
}

fn broken(kind: Kind) -> Error {
    Error::new(kind, Origin::Upstream, "broken")
}

async fn drain(
    mut events: BoxStream<Result<chat::Event, Error>>,
) -> Vec<Result<chat::Event, Kind>> {
    let mut seen = Vec::new();
    while let Some(item) = events.next().await {
        seen.push(item.map_err(|error| error.kind()));
    }
    seen
}

#[tokio::test]
async fn an_id_goes_to_the_named_provider_then_the_alias_then_the_default() {
    // id as called -> (provider, its own name for the model), or nobody.
    let cases: [(&str, Option<(&str, &str)>); 9] = [
        ("one/some-model", Some(("one", "some-model"))),
        ("one/some/deeper/model", Some(("one", "some/deeper/model"))),
        ("two/x", Some(("two", "x"))),
        ("nick", Some(("two", "full-name"))),
        ("nick/with-slash", Some(("one", "other-name"))),
        ("unheard-of", Some(("one", "unheard-of"))),
        ("unheard/of", Some(("one", "unheard/of"))),
        ("x:y::profile/z", Some(("one", "x:y::profile/z"))),
        ("one/", None),
    ];
    for (id, expected) in cases {
        let (one, two) = (
            fake(false, || Ok(Answer::Count(1))),
            fake(false, || Ok(Answer::Count(2))),
        );
        let pipeline = Pipeline::new(Settings {
            providers: vec![entry("one", &one), entry("two", &two)],
            aliases: vec![
                alias("nick", "two", "full-name"),
                alias("nick/with-slash", "one", "other-name"),
            ],
            default_provider: Some("one".into()),
        })
        .unwrap();
        let result = pipeline
            .call(context(), call(Op::Count, TRANSLATED, Some(id)))
            .await;
        let called = |fake: &Fake| fake.models.lock().unwrap().clone();
        match expected {
            Some((provider, model)) => {
                result.unwrap();
                let (hit, missed) = if provider == "one" {
                    (&one, &two)
                } else {
                    (&two, &one)
                };
                assert_eq!(called(hit), [Some(model.to_owned())], "{id}");
                assert_eq!(called(missed), [], "{id}");
            }
            None => {
                let error = result.unwrap_err();
                assert_eq!(
                    (error.kind(), error.origin()),
                    (Kind::ModelNotFound, Origin::Gateway),
                    "{id}"
                );
                assert_eq!(error.message(), "The provided model identifier is invalid.");
            }
        }
    }
}

#[tokio::test]
async fn without_a_default_an_unknown_id_is_served_by_nobody() {
    let one = fake(false, || Ok(Answer::Count(1)));
    let settings = Settings {
        providers: vec![entry("one", &one)],
        ..Settings::default()
    };
    let error = Pipeline::new(settings)
        .unwrap()
        .call(context(), call(Op::Count, TRANSLATED, Some("x")))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::ModelNotFound);
}

#[tokio::test]
async fn a_call_without_a_model_goes_to_the_first_that_relays_it() {
    let (deaf, relay) = (
        fake(false, || Ok(Answer::Count(1))),
        fake(true, || Ok(Answer::Count(2))),
    );
    let settings = |wire_default: &str| Settings {
        providers: vec![entry("deaf", &deaf), entry("relay", &relay)],
        default_provider: Some(wire_default.into()),
        ..Settings::default()
    };
    for default in ["deaf", "relay"] {
        let pipeline = Pipeline::new(settings(default)).unwrap();
        let cx = context();
        let observation = cx.observation.clone();
        pipeline
            .call(cx, call(Op::Other, RELAYED, None))
            .await
            .unwrap();
        assert_eq!(observation.record().provider.as_deref(), Some("relay"));
        let error = pipeline
            .call(context(), call(Op::Other, TRANSLATED, None))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::NotServed);
    }
}

#[tokio::test]
async fn what_is_neither_relayed_nor_a_conversation_is_not_served() {
    let one = fake(true, || Ok(Answer::Count(1)));
    let settings = Settings {
        providers: vec![entry("one", &one)],
        default_provider: Some("one".into()),
        ..Settings::default()
    };
    let error = Pipeline::new(settings)
        .unwrap()
        .call(context(), call(Op::Other, TRANSLATED, Some("x")))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::NotServed);
}

#[tokio::test]
async fn a_relayed_call_is_never_decoded_and_a_translated_one_once() {
    let n_decoded = Arc::new(AtomicUsize::new(0));
    for (wire, expected) in [(RELAYED, 0), (TRANSLATED, 1)] {
        n_decoded.store(0, Ordering::SeqCst);
        let one = fake(true, || Ok(Answer::Count(1)));
        let settings = Settings {
            providers: vec![entry("one", &one)],
            default_provider: Some("one".into()),
            ..Settings::default()
        };
        let counter = Arc::clone(&n_decoded);
        let mut call = call(Op::Chat, wire, Some("x"));
        call = Call::new(
            call.op,
            call.model,
            call.native,
            Box::new(move |_| {
                counter.fetch_add(1, Ordering::SeqCst);
                Ok(chat::Request::default())
            }),
        );
        Pipeline::new(settings)
            .unwrap()
            .call(context(), call)
            .await
            .unwrap();
        assert_eq!(n_decoded.load(Ordering::SeqCst), expected);
    }
}

#[tokio::test]
async fn a_plan_that_rejects_is_an_error_that_names_the_path() {
    let one = Arc::new(Fake {
        relays: false,
        rejects: vec![Reject {
            path: "messages[2].content[0]".into(),
            message: "No video.".into(),
        }],
        models: Mutex::default(),
        reply: Box::new(|| Ok(Answer::Count(1))),
    });
    let settings = Settings {
        providers: vec![entry("one", &one)],
        default_provider: Some("one".into()),
        ..Settings::default()
    };
    let error = Pipeline::new(settings)
        .unwrap()
        .call(context(), call(Op::Chat, TRANSLATED, Some("x")))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (
            Kind::UnsupportedFeature,
            "No video. (messages[2].content[0])"
        )
    );
    assert!(one.models.lock().unwrap().is_empty(), "nothing was sent");
}

/// Runs one streamed call and gives what the caller saw and how it was settled.
async fn streamed(
    reply: impl Fn() -> Result<Answer, Error> + Send + Sync + 'static,
) -> (Result<Vec<Result<chat::Event, Kind>>, Kind>, Option<End>) {
    let one = fake(false, reply);
    let settings = Settings {
        providers: vec![entry("one", &one)],
        default_provider: Some("one".into()),
        ..Settings::default()
    };
    let cx = context();
    let observation = cx.observation.clone();
    let seen = match Pipeline::new(settings)
        .unwrap()
        .call(cx, call(Op::ChatStream, TRANSLATED, Some("x")))
        .await
    {
        Ok(Answer::Events(events)) => Ok(drain(events).await),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.kind()),
    };
    (seen, observation.record().end)
}

#[tokio::test]
async fn a_whole_stream_is_complete_with_its_usage() {
    let (seen, end) = streamed(|| Ok(events(vec![Ok(start()), Ok(meta())]))).await;
    assert_eq!(seen, Ok(vec![Ok(start()), Ok(meta())]));
    assert_eq!(end, Some(End::Complete));
}

#[tokio::test]
async fn a_failure_before_the_first_event_is_an_error_with_a_status() {
    let (seen, end) = streamed(|| Ok(events(vec![Err(broken(Kind::Overloaded))]))).await;
    assert_eq!(
        (seen, end),
        (Err(Kind::Overloaded), Some(End::Failed(Kind::Overloaded)))
    );
    // That a reply begins is not yet an answer.
    let begun = || Ok(events(vec![Ok(start()), Err(broken(Kind::Overloaded))]));
    let (seen, end) = streamed(begun).await;
    assert_eq!(
        (seen, end),
        (Err(Kind::Overloaded), Some(End::Failed(Kind::Overloaded)))
    );
    for nothing in [vec![], vec![start()]] {
        let told = move || Ok(events(nothing.iter().cloned().map(Ok).collect()));
        let (seen, end) = streamed(told).await;
        assert_eq!(
            (seen, end),
            (Err(Kind::Protocol), Some(End::Failed(Kind::Protocol)))
        );
    }
}

#[tokio::test]
async fn a_stream_that_just_stops_ends_in_an_error() {
    let (seen, end) = streamed(|| Ok(events(vec![Ok(start()), Ok(delta())]))).await;
    assert_eq!(
        seen,
        Ok(vec![Ok(start()), Ok(delta()), Err(Kind::Interrupted)])
    );
    assert_eq!(end, Some(End::Failed(Kind::Interrupted)));
}

#[tokio::test]
async fn nothing_follows_the_error_of_a_stream() {
    let (seen, end) = streamed(|| {
        Ok(events(vec![
            Ok(start()),
            Ok(delta()),
            Err(broken(Kind::Overloaded)),
            Ok(meta()),
        ]))
    })
    .await;
    assert_eq!(
        seen,
        Ok(vec![Ok(start()), Ok(delta()), Err(Kind::Overloaded)])
    );
    assert_eq!(end, Some(End::Failed(Kind::Overloaded)));
}

#[tokio::test]
async fn a_stream_dropped_by_its_caller_is_cancelled_once() {
    let one = fake(false, || {
        Ok(events(vec![Ok(start()), Ok(start()), Ok(meta())]))
    });
    let settings = Settings {
        providers: vec![entry("one", &one)],
        default_provider: Some("one".into()),
        ..Settings::default()
    };
    let cx = context();
    let observation = cx.observation.clone();
    let answer = Pipeline::new(settings)
        .unwrap()
        .call(cx, call(Op::ChatStream, TRANSLATED, Some("x")))
        .await;
    assert_eq!(
        observation.record().end,
        None,
        "a stream is not settled at its head"
    );
    drop(answer);
    assert_eq!(observation.record().end, Some(End::Cancelled));
}

#[tokio::test]
async fn a_native_body_is_complete_at_its_last_chunk_even_if_nobody_polls_on() {
    let one = fake(true, || {
        let chunk = |last| {
            Ok(Chunk {
                bytes: Bytes::from_static(b"x"),
                usage: None,
                last,
            })
        };
        let body = Box::pin(stream::iter([chunk(false), chunk(true)]));
        Ok(Answer::Native {
            status: StatusCode::OK,
            head: HeaderMap::new(),
            body,
        })
    });
    let settings = Settings {
        providers: vec![entry("one", &one)],
        default_provider: Some("one".into()),
        ..Settings::default()
    };
    let pipeline = Pipeline::new(settings).unwrap();
    for (n_polls, expected) in [(1, End::Cancelled), (2, End::Complete)] {
        let cx = context();
        let observation = cx.observation.clone();
        let Ok(Answer::Native { mut body, .. }) =
            pipeline.call(cx, call(Op::Other, RELAYED, Some("x"))).await
        else {
            panic!("not a native answer");
        };
        for _ in 0..n_polls {
            body.next().await.unwrap().unwrap();
        }
        drop(body);
        assert_eq!(observation.record().end, Some(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_is_committed_after_twenty_seconds() {
    let one = fake(false, || Ok(Answer::Events(Box::pin(stream::pending()))));
    let settings = Settings {
        providers: vec![entry("one", &one)],
        default_provider: Some("one".into()),
        ..Settings::default()
    };
    let began = tokio::time::Instant::now();
    let answer = Pipeline::new(settings)
        .unwrap()
        .call(context(), call(Op::ChatStream, TRANSLATED, Some("x")))
        .await;
    assert!(matches!(answer, Ok(Answer::Events(_))));
    assert_eq!(began.elapsed(), Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn a_call_past_its_deadline_times_out() {
    let one = fake(false, || Ok(Answer::Events(Box::pin(stream::pending()))));
    let settings = Settings {
        providers: vec![entry("one", &one)],
        default_provider: Some("one".into()),
        ..Settings::default()
    };
    let cx = Context {
        deadline: Instant::now() + Duration::from_secs(5),
        ..context()
    };
    let error = Pipeline::new(settings)
        .unwrap()
        .call(cx, call(Op::ChatStream, TRANSLATED, Some("x")))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.origin()),
        (Kind::Timeout, Origin::Gateway)
    );
}

#[test]
fn settings_that_contradict_themselves_are_refused() {
    let one = fake(false, || Ok(Answer::Count(1)));
    let no_key = Entry {
        keys: Vec::new(),
        ..entry("one", &one)
    };
    let cases = [
        (
            Settings {
                providers: vec![entry("one", &one), entry("one", &one)],
                ..Settings::default()
            },
            "given twice",
        ),
        (
            Settings {
                providers: vec![no_key],
                ..Settings::default()
            },
            "has no key",
        ),
        (
            Settings {
                default_provider: Some("x".into()),
                ..Settings::default()
            },
            "is not on",
        ),
        (
            Settings {
                aliases: vec![alias("a", "x", "m")],
                ..Settings::default()
            },
            "is not on",
        ),
        (
            Settings {
                providers: vec![entry("one", &one)],
                aliases: vec![alias("a", "one", "m"), alias("a", "one", "n")],
                ..Settings::default()
            },
            "given twice",
        ),
    ];
    for (settings, expected) in cases {
        let error: SettingsError = Pipeline::new(settings).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn the_record_of_a_failed_call_keeps_the_fault_with_its_details() {
    let one = fake(false, || {
        Err(broken(Kind::ConnectFailed).with_detail("connection refused"))
    });
    let settings = Settings {
        providers: vec![entry("one", &one)],
        default_provider: Some("one".into()),
        ..Settings::default()
    };
    let cx = context();
    let observation = cx.observation.clone();
    let answer = Pipeline::new(settings)
        .unwrap()
        .call(cx, call(Op::Chat, TRANSLATED, Some("x")))
        .await;
    assert!(answer.is_err());
    let failure = observation.record().failure.unwrap();
    assert_eq!(failure.detail(), Some("connection refused"));
}
