//! The Converse dialect: laws over generated values, recorded traffic as witness, and its tables row by row.
#![cfg(test)]

mod collect;
#[path = "../shared/corpus.rs"]
#[expect(dead_code, reason = "other formats ask for other parts of a recording")]
mod corpus;
mod fill;
mod grammar;
mod laws;
mod reader;
mod recorded;
mod tables;
mod validate;

use llm::Ext;
use llm::chat::{Block, Message, Reply, Role, Stop, Usage};
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

/// A finished reply of that content, with nothing else said.
fn reply(content: Vec<Block>) -> Reply {
    Reply {
        message: Message {
            role: Role::Assistant,
            content,
            ext: Ext::default(),
        },
        stop: Stop::EndTurn,
        stop_detail: None,
        usage: Usage::default(),
        latency: None,
        native: None,
        trace: None,
        performance: None,
        tier: None,
        ext: Ext::default(),
    }
}
