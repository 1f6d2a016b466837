//! Whatever a client sends and whatever a provider tells: an answer, and never a panic.

use llm::chat::{BlockStart, Delta, Event, ReasoningDelta, Stop, StopDetail, ToolResultDelta};
use llm::{Error, Ext, Json, Kind, Origin};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::backend::{Fake, begun, frames, measured, serve, serve_with};
use crate::invoke::{ALL, Spoken, telling};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

fn spoken() -> impl Strategy<Value = Spoken> {
    proptest::sample::select(ALL.to_vec())
}

fn event() -> impl Strategy<Value = Event> {
    let ext = Ext::default;
    let index = -1..3_i32;
    prop_oneof![
        Just(begun()),
        Just(measured()),
        index
            .clone()
            .prop_map(move |index| Event::BlockStop { index, ext: ext() }),
        (index.clone(), start()).prop_map(move |(index, start)| Event::BlockStart {
            index,
            start,
            ext: ext()
        }),
        (index, delta()).prop_map(move |(index, delta)| Event::Delta {
            index,
            delta,
            ext: ext()
        }),
        stop().prop_map(move |(stop, matched)| Event::Stop {
            stop,
            detail: matched.map(|matched| StopDetail {
                matched: Some(matched),
                provider_reason: "theirs".to_owned()
            }),
            native: None,
            ext: ext()
        }),
    ]
}

fn stop() -> impl Strategy<Value = (Stop, Option<String>)> {
    let stop = prop_oneof![
        Just(Stop::EndTurn),
        Just(Stop::ToolUse),
        Just(Stop::MaxTokens),
        Just(Stop::StopSequence),
        Just(Stop::GuardrailIntervened),
        Just(Stop::ContentFiltered),
        Just(Stop::MalformedModelOutput),
        Just(Stop::MalformedToolUse),
        Just(Stop::ContextWindowExceeded),
        Just(Stop::PauseTurn),
        ".{0,4}".prop_map(Stop::Other),
    ];
    (stop, proptest::option::of(".{0,4}"))
}

fn start() -> impl Strategy<Value = BlockStart> {
    let ext = Ext::default;
    prop_oneof![
        (".{0,4}", ".{0,4}", proptest::option::of("server_tool_use")).prop_map(
            move |(id, name, kind)| BlockStart::ToolUse {
                id,
                name,
                kind,
                ext: ext()
            }
        ),
        ".{0,4}".prop_map(move |id| BlockStart::ToolResult {
            id,
            kind: None,
            status: None,
            ext: ext()
        }),
        Just(BlockStart::Image {
            format: llm::chat::Format("png".into()),
            ext: ext()
        }),
        Just(BlockStart::Unknown {
            member: "later".to_owned(),
            raw: Json::from_text("{}")
        }),
    ]
}

fn delta() -> impl Strategy<Value = Delta> {
    let ext = Ext::default;
    prop_oneof![
        ".{0,4}".prop_map(Delta::Text),
        ".{0,4}".prop_map(move |input| Delta::ToolInput { input, ext: ext() }),
        ".{0,4}".prop_map(|text| Delta::Reasoning(ReasoningDelta::Text(text))),
        ".{0,4}".prop_map(|text| Delta::Reasoning(ReasoningDelta::Signature(text))),
        vec(any::<u8>(), 0..4)
            .prop_map(|bytes| Delta::Reasoning(ReasoningDelta::Redacted(bytes.into()))),
        ".{0,4}".prop_map(|text| Delta::ToolResult(vec![ToolResultDelta::Text(text)])),
        Just(Delta::Citation(Box::default())),
        Just(Delta::Unknown {
            member: "later".to_owned(),
            raw: Json::from_text("{}")
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_answered(body in vec(any::<u8>(), 0..200), spoken in spoken()) {
        block_on(async {
            for target in [spoken.whole(), spoken.stream()] {
                let got = serve_with(&Fake::reading(), &target, &[], &body).await;
                prop_assert_eq!(got.status, 400);
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_body_with_a_fault_in_it_is_read_or_refused(
        spoken in spoken(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut body = spoken.body.as_bytes().to_vec();
        let at = at.index(body.len());
        if cut {
            body.truncate(at);
        } else {
            body[at] = byte;
        }
        block_on(async {
            let got = serve_with(&Fake::reading(), &spoken.whole(), &[], &body).await;
            prop_assert!(matches!(got.status, 200 | 400), "{}", got.status);
            Ok(())
        })?;
    }

    #[test]
    fn any_events_are_told_to_an_end(
        spoken in spoken(), events in vec(event(), 0..12), fails in any::<bool>(),
    ) {
        let mut events: Vec<Result<Event, Error>> = events.into_iter().map(Ok).collect();
        if fails {
            events.push(Err(Error::new(Kind::Interrupted, Origin::Upstream, "it broke")));
        }
        block_on(async {
            let got = serve(&telling(events), "POST", &spoken.stream(), spoken.body).await;
            prop_assert_eq!(got.status, 200);
            prop_assert!(!got.is_broken);
            let (documents, others) = got.documents();
            let n_metrics = documents
                .iter()
                .filter(|document| document.get("amazon-bedrock-invocationMetrics").is_some())
                .count();
            prop_assert!(n_metrics + others.len() <= 1, "an end or a fault, not both");
            prop_assert_eq!(frames(&got.body()).len(), documents.len() + others.len());
            Ok(())
        })?;
    }
}
