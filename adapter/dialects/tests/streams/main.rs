//! Streams of Anthropic Messages and OpenAI Chat: recorded ones as witness, laws over generated replies, and what servers do that
//! their references do not say, case by case.
#![cfg(test)]

mod anthropic;
mod calls;
mod chunks;
#[path = "../shared/corpus.rs"]
#[expect(dead_code, reason = "requests have no part in streams")]
mod corpus;
mod laws;
mod openai_chat;
mod recorded;
mod replies;
mod shared;
mod totality;

use dialects::converse::{Collector, Grammar};
use dialects::{Rendering, StreamError, anthropic as messages, openai_chat as chat};
use llm::chat::{Block, Event, Reply};
use proptest::test_runner::Config;

/// So many cases of each law keep the whole file to seconds in a debug build.
fn config(cases: u32) -> Config {
    Config {
        cases,
        max_shrink_iters: 2000,
        failure_persistence: None,
        ..Config::default()
    }
}

fn rendering() -> Rendering {
    Rendering {
        id: "a1-b2".to_owned(),
        model: "the-model".to_owned(),
        created_secs: 1_761_958_573,
        input_tokens_guess: 12,
    }
}

/// The two formats of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    Anthropic,
    OpenAi,
}

/// Reads the data of a stream's events, all of them; what comes after the reply is whole is not read.
fn decode<S: AsRef<str>>(wire: Wire, data: &[S]) -> Result<Vec<Event>, StreamError> {
    let mut events = Vec::new();
    match wire {
        Wire::Anthropic => {
            let mut decoder = messages::StreamDecoder::new();
            for data in data {
                events.extend(decoder.push(data.as_ref())?);
            }
            events.extend(decoder.finish()?);
        }
        Wire::OpenAi => {
            let mut decoder = chat::StreamDecoder::new();
            for data in data {
                events.extend(decoder.push(data.as_ref())?);
            }
            events.extend(decoder.finish()?);
        }
    }
    Ok(events)
}

/// Writes events as the chunks of a stream.
fn encode(wire: Wire, events: Vec<Event>) -> Vec<String> {
    let mut chunks = Vec::new();
    match wire {
        Wire::Anthropic => {
            let mut encoder = messages::StreamEncoder::new(rendering());
            for event in events {
                chunks.extend(encoder.push(event).unwrap());
            }
        }
        Wire::OpenAi => {
            let mut encoder = chat::StreamEncoder::new(rendering());
            for event in events {
                chunks.extend(encoder.push(event).unwrap());
            }
        }
    }
    let text = |chunk: &bytes::Bytes| String::from_utf8(chunk.to_vec()).unwrap();
    chunks.iter().map(text).collect()
}

/// The events follow the grammar as they are: the machine that mends others changes nothing.
#[track_caller]
fn follow_the_grammar(name: &str, events: &[Event]) {
    let mut grammar = Grammar::new();
    for event in events {
        let told = grammar
            .push(event.clone())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(told, std::slice::from_ref(event), "{name}");
    }
}

#[track_caller]
fn collect(events: Vec<Event>) -> Reply {
    let mut collector = Collector::new();
    for event in events {
        collector.push(event).unwrap();
    }
    collector.finish().unwrap()
}

/// The reply that a stream tells.
#[track_caller]
fn reply<S: AsRef<str>>(wire: Wire, data: &[S]) -> Reply {
    let events = decode(wire, data).unwrap();
    follow_the_grammar("", &events);
    collect(events)
}

/// What a reply says, block by block, for comparisons that fit a line.
fn said(reply: &Reply) -> Vec<String> {
    reply.message.content.iter().map(shown).collect()
}

fn shown(block: &Block) -> String {
    match block {
        Block::Text(text) => format!("text {text}"),
        Block::Citations(cited) => {
            let texts = cited.content.iter().flatten();
            let text: String = texts.filter_map(|piece| piece.text.clone()).collect();
            let n_citations = cited.citations.iter().flatten().count();
            format!("text {text} with {n_citations} citations")
        }
        Block::Reasoning(llm::chat::Reasoning::Text {
            text, signature, ..
        }) => match signature {
            Some(signature) => format!("reasoning {text} sealed {signature}"),
            None => format!("reasoning {text}"),
        },
        Block::Reasoning(llm::chat::Reasoning::Redacted(bytes)) => {
            format!("redacted {}", String::from_utf8_lossy(bytes))
        }
        Block::ToolUse(call) => {
            let kind = call.kind.as_deref().unwrap_or("call");
            format!("{kind} {} {} {}", call.id, call.name, call.input.as_str())
        }
        Block::ToolResult(result) => {
            format!(
                "{} {}",
                result.kind.as_deref().unwrap_or("result"),
                result.id
            )
        }
        Block::Unknown { member, .. } => format!("unknown {member}"),
        other => format!("{other:?}"),
    }
}
