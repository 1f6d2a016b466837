//! The grammar of a stream: kept whatever a provider tells, and no change to what keeps it already.

use std::cell::Cell;

use dialects::converse::Grammar;
use llm::chat::{
    BlockStart, Citation, Delta, Event, Format, ReasoningDelta, Role, Src, Stop, ToolResultDelta,
};
use llm::{Ext, Json};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::config;
use crate::reader::{Place, Reader};

const CASES: u32 = 2000;

/// Unknown members, most often none.
fn ext() -> impl Strategy<Value = Ext> {
    prop_oneof![
        3 => Just(Ext::default()),
        1 => Just(Ext(vec![("p".into(), Json::from_text("\"abc\""))])),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 4 => "[a-c]{1,3}"]
}

fn unknown() -> impl Strategy<Value = (String, Json)> {
    Just(("later".to_owned(), Json::from_text("{}")))
}

fn start() -> impl Strategy<Value = BlockStart> {
    prop_oneof![
        ext().prop_map(|ext| BlockStart::ToolUse {
            id: "1".to_owned(),
            name: "f".to_owned(),
            kind: None,
            ext,
        }),
        ext().prop_map(|ext| BlockStart::ToolResult {
            id: "1".to_owned(),
            kind: None,
            status: None,
            ext,
        }),
        ext().prop_map(|ext| BlockStart::Image {
            format: Format("png".into()),
            ext,
        }),
        unknown().prop_map(|(member, raw)| BlockStart::Unknown { member, raw }),
    ]
}

fn delta() -> impl Strategy<Value = Delta> {
    let source = prop::option::of(Just(Src::Bytes("x".into())));
    prop_oneof![
        4 => text().prop_map(Delta::Text),
        3 => (text(), ext()).prop_map(|(input, ext)| Delta::ToolInput { input, ext }),
        1 => vec(text().prop_map(ToolResultDelta::Text), 0..3).prop_map(Delta::ToolResult),
        3 => text().prop_map(|text| Delta::Reasoning(ReasoningDelta::Text(text))),
        1 => text().prop_map(|text| Delta::Reasoning(ReasoningDelta::Signature(text))),
        1 => Just(Delta::Reasoning(ReasoningDelta::Redacted("x".into()))),
        1 => unknown().prop_map(|(member, raw)| {
            Delta::Reasoning(ReasoningDelta::Unknown { member, raw })
        }),
        1 => Just(Delta::Citation(Box::<Citation>::default())),
        2 => (source, ext()).prop_map(|(source, ext)| Delta::Image { source, error: None, ext }),
        1 => unknown().prop_map(|(member, raw)| Delta::Unknown { member, raw }),
    ]
}

/// Any event, of one of three blocks.
fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        1 => ext().prop_map(|ext| Event::Start { role: Role::Assistant, ext }),
        4 => (0..3, start(), ext())
            .prop_map(|(index, start, ext)| Event::BlockStart { index, start, ext }),
        16 => (0..3, delta(), ext())
            .prop_map(|(index, delta, ext)| Event::Delta { index, delta, ext }),
        5 => (0..3, ext()).prop_map(|(index, ext)| Event::BlockStop { index, ext }),
    ]
}

fn end() -> [Event; 2] {
    let stop = Event::Stop {
        stop: Stop::EndTurn,
        detail: None,
        native: None,
        ext: Ext::default(),
    };
    [stop, Event::Meta(Box::default())]
}

/// What a provider told, as it goes out, and whether all of it could.
fn told(events: impl IntoIterator<Item = Event>) -> (Vec<Event>, bool) {
    let mut grammar = Grammar::new();
    let mut out = Vec::new();
    for event in events {
        match grammar.push(event) {
            Ok(more) => out.extend(more),
            Err(_) => return (out, false),
        }
    }
    (out, true)
}

#[test]
fn what_goes_out_keeps_the_grammar_whatever_a_provider_tells() {
    let n_whole = Cell::new(0);
    let events = vec(event(), 0..14);
    TestRunner::new(config(CASES))
        .run(&events, |events| {
            let (out, is_whole) = told(events.into_iter().chain(end()));
            let place = Reader::read(&out).map_err(TestCaseError::fail)?;
            if is_whole {
                prop_assert_eq!(place, Place::End);
                n_whole.set(n_whole.get() + 1);
            }
            Ok(())
        })
        .unwrap();
    assert!(
        n_whole.get() > CASES / 10,
        "only {n_whole:?} streams reached their end"
    );
}

#[test]
fn ends_that_come_at_the_wrong_time_are_refused_and_the_rest_keeps_the_grammar() {
    let any_event = prop_oneof![
        6 => event(),
        1 => prop::sample::select(end().to_vec()),
    ];
    TestRunner::new(config(CASES))
        .run(&vec(any_event, 0..14), |events| {
            let (out, _) = told(events);
            Reader::read(&out).map_err(TestCaseError::fail)?;
            Ok(())
        })
        .unwrap();
}

/// The events of one block that keeps the grammar, of an index to be set.
fn block() -> impl Strategy<Value = Vec<Event>> {
    let some = "[a-c]{1,3}";
    let deltas = |deltas: BoxedStrategy<Delta>, n: std::ops::Range<usize>| {
        vec((deltas, ext()), n)
            .prop_map(|deltas| {
                let event = |(delta, ext)| Event::Delta {
                    index: 0,
                    delta,
                    ext,
                };
                deltas.into_iter().map(event).collect::<Vec<_>>()
            })
            .boxed()
    };
    let started = |matching: fn(&BlockStart) -> bool| {
        (start().prop_filter("of that kind", matching), ext()).prop_map(|(start, ext)| {
            Event::BlockStart {
                index: 0,
                start,
                ext,
            }
        })
    };
    let joined = |start: BoxedStrategy<Event>, rest: BoxedStrategy<Vec<Event>>| {
        (start, rest)
            .prop_map(|(start, rest)| [vec![start], rest].concat())
            .boxed()
    };
    let texts = prop_oneof![
        3 => some.prop_map(Delta::Text),
        1 => Just(Delta::Citation(Box::<Citation>::default())),
    ];
    let reasons = some.prop_map(|text| Delta::Reasoning(ReasoningDelta::Text(text)));
    let seal = Just(Delta::Reasoning(ReasoningDelta::Signature("s".to_owned())));
    let redacted = Just(Delta::Reasoning(ReasoningDelta::Redacted("x".into())));
    let inputs = some.prop_map(|input| Delta::ToolInput {
        input,
        ext: Ext::default(),
    });
    let results = some.prop_map(|text| Delta::ToolResult(vec![ToolResultDelta::Text(text)]));
    let images = Just(Delta::Image {
        source: Some(Src::Bytes("x".into())),
        error: None,
        ext: Ext::default(),
    });
    let bodies = prop_oneof![
        deltas(texts.boxed(), 1..4),
        deltas(reasons.boxed(), 1..4),
        (
            deltas(
                some.prop_map(|text| Delta::Reasoning(ReasoningDelta::Text(text)))
                    .boxed(),
                0..3
            ),
            deltas(seal.boxed(), 1..2)
        )
            .prop_map(|(texts, seal)| [texts, seal].concat()),
        deltas(redacted.boxed(), 1..2),
        joined(
            started(|start| matches!(start, BlockStart::ToolUse { .. })).boxed(),
            deltas(inputs.boxed(), 1..4)
        ),
        joined(
            started(|start| matches!(start, BlockStart::ToolResult { .. })).boxed(),
            deltas(results.boxed(), 0..3)
        ),
        joined(
            started(|start| matches!(start, BlockStart::Image { .. })).boxed(),
            deltas(images.boxed(), 1..3)
        ),
    ];
    (bodies, ext()).prop_map(|(mut events, ext)| {
        events.push(Event::BlockStop { index: 0, ext });
        events
    })
}

fn numbered(events: Vec<Event>, number: i32) -> impl Iterator<Item = Event> {
    events.into_iter().map(move |mut event| {
        if let Event::BlockStart { index, .. }
        | Event::Delta { index, .. }
        | Event::BlockStop { index, .. } = &mut event
        {
            *index = number;
        }
        event
    })
}

#[test]
fn what_keeps_the_grammar_goes_out_as_it_came() {
    let message = (ext(), vec(block(), 0..5));
    TestRunner::new(config(CASES))
        .run(&message, |(ext, blocks)| {
            let start = Event::Start {
                role: Role::Assistant,
                ext,
            };
            let blocks = blocks.into_iter().zip(0..);
            let events: Vec<Event> = std::iter::once(start)
                .chain(blocks.flat_map(|(events, number)| numbered(events, number)))
                .chain(end())
                .collect();
            prop_assert_eq!(Reader::read(&events), Ok(Place::End));
            prop_assert_eq!(told(events.clone()), (events, true));
            Ok(())
        })
        .unwrap();
}

fn said(index: i32, text: &str) -> Event {
    Event::Delta {
        index,
        delta: Delta::Text(text.to_owned()),
        ext: Ext::default(),
    }
}

fn announced(index: i32, start: BlockStart) -> Event {
    Event::BlockStart {
        index,
        start,
        ext: Ext::default(),
    }
}

fn stopped(index: i32) -> Event {
    Event::BlockStop {
        index,
        ext: Ext::default(),
    }
}

fn begun() -> Event {
    Event::Start {
        role: Role::Assistant,
        ext: Ext::default(),
    }
}

fn tool_use() -> BlockStart {
    BlockStart::ToolUse {
        id: "1".to_owned(),
        name: "f".to_owned(),
        kind: None,
        ext: Ext::default(),
    }
}

fn input(index: i32, input: &str) -> Event {
    Event::Delta {
        index,
        delta: Delta::ToolInput {
            input: input.to_owned(),
            ext: Ext::default(),
        },
        ext: Ext::default(),
    }
}

#[track_caller]
fn check(events: impl IntoIterator<Item = Event>, expected: &[Event]) {
    assert_eq!(told(events), (expected.to_vec(), true));
}

#[test]
fn a_missing_start_is_made_up() {
    check([said(0, "a")], &[begun(), said(0, "a")]);
}

#[test]
fn an_open_block_is_closed_before_the_next_and_before_the_stop() {
    let [stop, meta] = end();
    check(
        [
            begun(),
            said(4, "a"),
            announced(7, tool_use()),
            input(7, "{}"),
            stop.clone(),
            meta.clone(),
        ],
        &[
            begun(),
            said(0, "a"),
            stopped(0),
            announced(1, tool_use()),
            input(1, "{}"),
            stopped(1),
            stop,
            meta,
        ],
    );
}

#[test]
fn empty_text_opens_no_block_and_its_end_says_nothing() {
    check(
        [begun(), said(0, ""), stopped(0), said(1, "a"), stopped(1)],
        &[begun(), said(0, "a"), stopped(0)],
    );
}

#[test]
fn a_tool_call_without_input_gets_an_empty_object() {
    check(
        [begun(), announced(0, tool_use()), input(0, ""), stopped(0)],
        &[
            begun(),
            announced(0, tool_use()),
            input(0, "{}"),
            stopped(0),
        ],
    );
}

#[test]
fn reasoning_after_its_signature_is_another_block() {
    let reasoned = |index, piece| Event::Delta {
        index,
        delta: Delta::Reasoning(piece),
        ext: Ext::default(),
    };
    let text = |index| reasoned(index, ReasoningDelta::Text("a".to_owned()));
    let seal = |index| reasoned(index, ReasoningDelta::Signature("s".to_owned()));
    check(
        [begun(), text(0), seal(0), text(0), stopped(0)],
        &[begun(), text(0), seal(0), stopped(0), text(1), stopped(1)],
    );
}

#[test]
fn a_piece_of_a_tool_call_that_was_not_announced_is_refused() {
    let (out, is_whole) = told([begun(), input(0, "{}")]);
    assert_eq!((out, is_whole), (vec![begun()], false));
}

#[test]
fn nothing_comes_after_the_end() {
    let [stop, meta] = end();
    let mut grammar = Grammar::new();
    for event in [begun(), stop, meta.clone()] {
        grammar.push(event).unwrap();
    }
    assert!(grammar.push(meta).is_err());
}
