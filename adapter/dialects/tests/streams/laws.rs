//! Laws: what is written is read as it was, a stream says what a whole answer says, and how a text is cut says nothing.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Debug;

use dialects::converse::events;
use dialects::{anthropic, openai_chat};
use llm::chat::{Delta, Event, Reply};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::replies::replies;
use crate::{Wire, collect, config, decode, encode, follow_the_grammar, rendering, said};

const CASES: u32 = 512;

/// Runs the law on so many replies that the format can say.
fn for_all(wire: Wire, law: impl Fn(Reply) -> Result<(), String>) {
    TestRunner::new(config(CASES))
        .run(&replies(wire), |reply| {
            law(reply).map_err(TestCaseError::fail)
        })
        .unwrap();
}

fn same<T: PartialEq + Debug>(found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{found:#?}\nis not\n{expected:#?}"))
    }
}

/// The reply after it was written as a stream and read again.
fn again(wire: Wire, told: Vec<Event>) -> Result<Reply, String> {
    let chunks = encode(wire, told);
    let events = decode(wire, &chunks).map_err(|error| format!("{error:?}\n{chunks:#?}"));
    // Bedrock ends a stream without OpenAI's `[DONE]`.
    let events = events?;
    follow_the_grammar("", &events);
    Ok(collect(events))
}

#[test]
fn a_reply_of_anthropics_is_the_same_after_its_stream() {
    let kinds = RefCell::new(BTreeSet::new());
    for_all(Wire::Anthropic, |reply| {
        let said = said(&reply);
        let kind = |said: &String| said.split(' ').next().unwrap().to_owned();
        kinds.borrow_mut().extend(said.iter().map(kind));
        let told = events(reply.clone());
        // What is unknown has no pieces in Converse, and is told by its announcement alone.
        match told {
            Ok(told) => same(&again(Wire::Anthropic, told)?, &reply),
            Err(_) => same(&said.iter().any(|said| said.starts_with("unknown")), &true),
        }
    });
    assert_eq!(
        kinds.borrow().len(),
        7,
        "all kinds of blocks were there: {kinds:?}"
    );
}

#[test]
fn a_reply_of_openais_is_the_same_after_its_stream() {
    for_all(Wire::OpenAi, |reply| {
        let told = events(reply.clone()).map_err(|error| error.to_string())?;
        same(&again(Wire::OpenAi, told)?, &reply)
    });
}

#[test]
fn a_stream_of_anthropics_says_what_the_whole_answer_says() {
    for_all(Wire::Anthropic, |reply| {
        let Ok(told) = events(reply.clone()) else {
            return Ok(());
        };
        let body = anthropic::encode_reply(&reply, &rendering());
        let whole = anthropic::decode_reply(&body).map_err(|error| error.to_string())?;
        same(&again(Wire::Anthropic, told)?, &whole)
    });
}

#[test]
fn a_stream_of_openais_says_what_the_whole_answer_says() {
    for_all(Wire::OpenAi, |reply| {
        // A whole answer tells its text before its calls.
        let reply = Reply {
            message: llm::chat::Message {
                content: texts_first(reply.message.content),
                ..reply.message
            },
            ..reply
        };
        let body = openai_chat::encode_reply(&reply, &rendering());
        let whole = openai_chat::decode_reply(&body).map_err(|error| format!("{error:?}"))?;
        let told = events(reply).map_err(|error| error.to_string())?;
        same(&again(Wire::OpenAi, told)?, &whole)
    });
}

/// The first text, then the calls.
fn texts_first(blocks: Vec<llm::chat::Block>) -> Vec<llm::chat::Block> {
    let is_call = |block: &llm::chat::Block| matches!(block, llm::chat::Block::ToolUse(_));
    let (calls, texts): (Vec<_>, Vec<_>) = blocks.into_iter().partition(is_call);
    texts.into_iter().take(1).chain(calls).collect()
}

#[test]
fn how_pieces_are_cut_says_nothing() {
    for wire in [Wire::Anthropic, Wire::OpenAi] {
        let law = |reply: Reply, cuts: Vec<u8>| -> Result<(), String> {
            let Ok(told) = events(reply.clone()) else {
                return Ok(());
            };
            let mut cuts = cuts.into_iter().cycle();
            let told = told.into_iter().flat_map(|event| cut(event, &mut cuts));
            same(&again(wire, told.collect())?, &reply)
        };
        TestRunner::new(config(CASES))
            .run(&(replies(wire), vec(any::<u8>(), 1..9)), |(reply, cuts)| {
                law(reply, cuts).map_err(TestCaseError::fail)
            })
            .unwrap();
    }
}

/// The event in two, where it is a piece of text that can be cut.
fn cut(event: Event, cuts: &mut impl Iterator<Item = u8>) -> Vec<Event> {
    let Event::Delta { index, delta, ext } = event else {
        return vec![event];
    };
    let text = match &delta {
        Delta::Text(text) | Delta::ToolInput { input: text, .. } => text.clone(),
        _ => return vec![Event::Delta { index, delta, ext }],
    };
    let at = usize::from(cuts.next().unwrap_or_default()) % (text.chars().count() + 1);
    let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
    let (one, other) = text.split_at(at);
    let piece = |text: &str| Event::Delta {
        index,
        delta: match &delta {
            Delta::ToolInput { ext, .. } => Delta::ToolInput {
                input: text.to_owned(),
                ext: ext.clone(),
            },
            _ => Delta::Text(text.to_owned()),
        },
        ext: ext.clone(),
    };
    vec![piece(one), piece(other)]
}
