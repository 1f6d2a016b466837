//! A reply told as events and put together again is the same reply.

use std::cell::Cell;

use dialects::Error;
use dialects::converse::{Collector, Grammar, decode_reply, events};
use generated::runtime::operation::converse::ConverseOutput;
use generated::runtime::types::{self, ContentBlock, ConversationRole};
use llm::chat::{
    Block, BlockStart, Citations, CitedText, Delta, Event, Image, Meta, Reasoning, ReasoningDelta,
    Reply, Role, Src, Stop, ToolResult, ToolUse,
};
use llm::{Ext, Json};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::fill::Filler;
use crate::laws::valid_reply;
use crate::{config, reply};

const CASES: u32 = 192;

fn collect(events: impl IntoIterator<Item = Event>) -> Result<Reply, Error> {
    let mut collector = Collector::new();
    for event in events {
        collector.push(event)?;
    }
    collector.finish()
}

/// The block as a stream can tell it: the pieces of a cited text are joined, and a text that cites nothing is plain text.
fn as_told(block: Block) -> Block {
    let Block::Citations(Citations {
        content, citations, ..
    }) = block
    else {
        return block;
    };
    let pieces = content.into_iter().flatten();
    let text: String = pieces.filter_map(|piece| piece.text).collect();
    match citations.filter(|citations| !citations.is_empty()) {
        None => Block::Text(text),
        Some(citations) => Block::Citations(Citations {
            content: Some(vec![CitedText {
                text: Some(text),
                ext: Ext::default(),
            }]),
            citations: Some(citations),
            ext: Ext::default(),
        }),
    }
}

fn can_be_told(block: &Block) -> bool {
    events(reply(vec![block.clone()])).is_ok()
}

/// Whether the block says something: a stream has no empty pieces of text, and so no blocks of them.
fn says_something(block: &Block) -> bool {
    !matches!(block, Block::Text(text) if text.is_empty())
        && !matches!(block, Block::Reasoning(Reasoning::Text { text, signature: None, .. }) if text.is_empty())
}

#[test]
fn a_told_reply_is_the_same_once_collected() {
    let filler = Filler::new();
    let n_blocks = Cell::new(0);
    let law = |output: ConverseOutput, content: Vec<ContentBlock>| -> Result<(), String> {
        let message = types::Message {
            role: Some(ConversationRole::Assistant),
            content: Some(content),
            ..types::Message::default()
        };
        let output = ConverseOutput {
            output: Some(types::ConverseOutput::Message(message)),
            ..output
        };
        let output = valid_reply(&filler, &output)?.ok_or("there is a message")?;
        let mut reply = decode_reply(output).map_err(|error| error.to_string())?;
        reply.message.content.retain(can_be_told);
        n_blocks.set(n_blocks.get() + reply.message.content.len());
        let told = events(reply.clone()).map_err(|error| error.to_string())?;
        reply.message.content = reply.message.content.into_iter().map(as_told).collect();
        same(collect(told.clone()), &reply)?;
        // The same through the grammar, but for what says nothing.
        let mut grammar = Grammar::new();
        let mut strict = Vec::new();
        for event in told {
            strict.extend(grammar.push(event).map_err(|error| error.to_string())?);
        }
        reply.message.content.retain(says_something);
        same(collect(strict), &reply)
    };
    let content = vec(any::<ContentBlock>(), 0..5);
    TestRunner::new(config(CASES))
        .run(&(any::<ConverseOutput>(), content), |(output, content)| {
            law(output, content).map_err(TestCaseError::fail)
        })
        .unwrap();
    println!("{} blocks told", n_blocks.get());
    let least = usize::try_from(CASES / 8).unwrap();
    assert!(n_blocks.get() > least, "only {n_blocks:?} blocks were told");
}

fn same(found: Result<Reply, Error>, expected: &Reply) -> Result<(), String> {
    match found {
        Ok(found) if found == *expected => Ok(()),
        found => Err(format!("{found:#?}\nis not\n{expected:#?}")),
    }
}

#[test]
fn each_kind_of_block_that_a_stream_knows_comes_back() {
    let text = |text: &str| CitedText {
        text: Some(text.to_owned()),
        ext: Ext::default(),
    };
    let blocks = vec![
        Block::Text("a".to_owned()),
        Block::Citations(Citations {
            content: Some(vec![text("a")]),
            citations: Some(vec![llm::chat::Citation {
                source_content: Some(vec![text("b")]),
                ..llm::chat::Citation::default()
            }]),
            ext: Ext::default(),
        }),
        Block::Reasoning(Reasoning::Text {
            text: "a".to_owned(),
            signature: Some("s".to_owned()),
            ext: Ext::default(),
        }),
        Block::Reasoning(Reasoning::Redacted("x".into())),
        Block::ToolUse(ToolUse {
            id: "1".to_owned(),
            name: "f".to_owned(),
            input: Json::from_text("{\"b\":1.10}"),
            kind: Some("tool_use".to_owned()),
            ext: Ext::default(),
        }),
        Block::ToolResult(ToolResult {
            id: "1".to_owned(),
            content: Vec::new(),
            status: None,
            kind: None,
            ext: Ext::default(),
        }),
        Block::Image(Image {
            format: llm::chat::Format("png".into()),
            source: Src::Bytes("x".into()),
            error: None,
            ext: Ext::default(),
        }),
    ];
    let whole = reply(blocks);
    assert_eq!(collect(events(whole.clone()).unwrap()), Ok(whole));
}

#[test]
fn a_block_that_a_stream_has_no_form_for_is_refused() {
    let json = || Json::from_text("1");
    let ext = || Ext(vec![("x".into(), json())]);
    let piece = CitedText {
        text: None,
        ext: ext(),
    };
    for block in [
        Block::CachePoint(llm::chat::CachePoint {
            kind: "default".to_owned(),
            ttl: None,
            ext: Ext::default(),
        }),
        Block::Unknown {
            member: "x".to_owned(),
            raw: json(),
        },
        Block::Reasoning(Reasoning::Text {
            text: String::new(),
            signature: None,
            ext: ext(),
        }),
        Block::Citations(Citations {
            content: Some(vec![piece]),
            ..Citations::default()
        }),
        Block::Citations(Citations {
            ext: ext(),
            ..Citations::default()
        }),
    ] {
        let told = events(reply(vec![block.clone()]));
        assert!(matches!(told, Err(Error::Untold { .. })), "{block:?}");
    }
}

/// The events of a reply with one tool call of that input, in two pieces.
fn call(input: [&str; 2], stop: Stop) -> Vec<Event> {
    let start = BlockStart::ToolUse {
        id: "1".to_owned(),
        name: "f".to_owned(),
        kind: None,
        ext: Ext::default(),
    };
    let pieces = input.map(|input| {
        delta(
            1,
            Delta::ToolInput {
                input: input.to_owned(),
                ext: Ext::default(),
            },
        )
    });
    let mut events = vec![
        Event::Start {
            role: Role::Assistant,
            ext: Ext::default(),
        },
        delta(0, Delta::Text("a".to_owned())),
        block_stop(0),
        Event::BlockStart {
            index: 1,
            start,
            ext: Ext::default(),
        },
    ];
    events.extend(pieces);
    events.push(block_stop(1));
    events.push(message_stop(stop));
    events.push(Event::Meta(Box::default()));
    events
}

fn delta(index: i32, delta: Delta) -> Event {
    Event::Delta {
        index,
        delta,
        ext: Ext::default(),
    }
}

fn block_stop(index: i32) -> Event {
    Event::BlockStop {
        index,
        ext: Ext::default(),
    }
}

fn message_stop(stop: Stop) -> Event {
    Event::Stop {
        stop,
        detail: None,
        native: None,
        ext: Ext::default(),
    }
}

#[test]
fn the_pieces_of_a_tool_call_are_joined() {
    let reply = collect(call(["{\"a\":", "1}"], Stop::ToolUse)).unwrap();
    let [_, Block::ToolUse(call)] = reply.message.content.as_slice() else {
        panic!("{reply:?}");
    };
    assert_eq!(
        (call.input.as_str(), reply.stop),
        ("{\"a\":1}", Stop::ToolUse)
    );
}

#[test]
fn a_tool_call_without_input_has_an_empty_object() {
    let reply = collect(call(["", ""], Stop::ToolUse)).unwrap();
    let [_, Block::ToolUse(call)] = reply.message.content.as_slice() else {
        panic!("{reply:?}");
    };
    assert_eq!(call.input.as_str(), "{}");
}

#[test]
fn a_tool_call_whose_input_is_no_json_is_left_out_and_the_stop_says_so() {
    for (stop, expected) in [
        (Stop::ToolUse, Stop::MalformedToolUse),
        (Stop::EndTurn, Stop::MalformedToolUse),
        (Stop::MaxTokens, Stop::MaxTokens),
        (Stop::ContentFiltered, Stop::ContentFiltered),
    ] {
        let reply = collect(call(["{\"a\":", ""], stop)).unwrap();
        assert_eq!(reply.message.content, [Block::Text("a".to_owned())]);
        assert_eq!(reply.stop, expected);
    }
}

#[test]
fn events_out_of_order_are_no_reply() {
    let whole = call(["{", "}"], Stop::ToolUse);
    assert!(collect(whole.clone()).is_ok());
    for at in 0..whole.len() {
        let mut twice = whole.clone();
        twice.insert(at, whole[at].clone());
        // A piece may come again; everything else may not.
        let is_piece = matches!(whole[at], Event::Delta { .. });
        assert_eq!(collect(twice).is_ok(), is_piece, "event {at} twice");
        let mut without = whole.clone();
        without.remove(at);
        let may_go = match whole[at] {
            // What is left is no JSON, and the call is left out.
            Event::Delta { index: 1, .. } => true,
            _ => false,
        };
        assert_eq!(collect(without).is_ok(), may_go, "without event {at}");
    }
}

#[test]
fn what_is_unknown_of_the_start_and_of_the_usage_is_kept_and_of_a_piece_is_not() {
    let ext = |value: &str| Ext(vec![("x".into(), Json::from_text(value))]);
    let mut events = call(["{", "}"], Stop::ToolUse);
    events[0] = Event::Start {
        role: Role::Assistant,
        ext: ext("1"),
    };
    events[1] = Event::Delta {
        index: 0,
        delta: Delta::Text("a".to_owned()),
        ext: ext("2"),
    };
    *events.last_mut().unwrap() = Event::Meta(Box::new(Meta {
        ext: ext("3"),
        ..Meta::default()
    }));
    let reply = collect(events).unwrap();
    assert_eq!((reply.message.ext, reply.ext), (ext("1"), ext("3")));
}

#[test]
fn an_image_in_pieces_is_one_image() {
    let piece = |bytes: &'static str| {
        delta(
            0,
            Delta::Image {
                source: Some(Src::Bytes(bytes.into())),
                error: None,
                ext: Ext::default(),
            },
        )
    };
    let reply = collect([
        Event::Start {
            role: Role::Assistant,
            ext: Ext::default(),
        },
        Event::BlockStart {
            index: 0,
            start: BlockStart::Image {
                format: llm::chat::Format("png".into()),
                ext: Ext::default(),
            },
            ext: Ext::default(),
        },
        piece("ab"),
        piece("c"),
        block_stop(0),
        message_stop(Stop::EndTurn),
        Event::Meta(Box::default()),
    ])
    .unwrap();
    let [Block::Image(image)] = reply.message.content.as_slice() else {
        panic!("{reply:?}");
    };
    assert_eq!(image.source, Src::Bytes("abc".into()));
}

#[test]
fn a_sealed_block_says_nothing_else() {
    let reasoning = |piece| delta(0, Delta::Reasoning(piece));
    let start = Event::Start {
        role: Role::Assistant,
        ext: Ext::default(),
    };
    let mut collector = Collector::new();
    collector.push(start).unwrap();
    collector
        .push(reasoning(ReasoningDelta::Text("a".to_owned())))
        .unwrap();
    let found = collector.push(reasoning(ReasoningDelta::Redacted("x".into())));
    assert!(matches!(found, Err(Error::Order { .. })));
}
