//! OpenAI Chat Completions as an upstream: what leaves, what comes back, and what the errors of its many servers mean.
#![cfg(test)]

#[path = "../exchange/calling.rs"]
mod calling;
mod calls;
mod outgoing;
mod refusals;
#[path = "../exchange/subject.rs"]
#[expect(dead_code, reason = "shared with tests of both providers")]
mod subject;
#[path = "../bedrock/upstream.rs"]
#[expect(dead_code, reason = "shared with tests of other providers")]
mod upstream;
mod usage;

pub(crate) use calling::PATIENCE;
