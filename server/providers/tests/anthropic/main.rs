//! Anthropic Messages as an upstream: what leaves, what comes back, and what its errors mean.
#![cfg(test)]

#[path = "../exchange/calling.rs"]
#[expect(dead_code, reason = "shared with tests that read other answers")]
mod calling;
mod count;
mod outgoing;
mod refusals;
#[path = "../exchange/subject.rs"]
#[expect(dead_code, reason = "shared with tests of both providers")]
mod subject;
#[path = "../bedrock/upstream.rs"]
#[expect(dead_code, reason = "shared with tests of other providers")]
mod upstream;

pub(crate) use calling::PATIENCE;
