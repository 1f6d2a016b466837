//! The Anthropic Messages dialect: recorded traffic of Anthropic and of Claude on Bedrock as witness, laws over generated
//! values, and its tables row by row.
#![cfg(test)]

mod arrivals;
mod content;
#[path = "../shared/corpus.rs"]
#[expect(dead_code, reason = "answers are compared as JSON, not as bytes")]
mod corpus;
mod faults;
#[path = "../converse/fill.rs"]
#[expect(dead_code, reason = "events have no part in requests")]
mod fill;
mod forward;
mod laws;
mod recorded;
mod refusals;
mod replies;
mod requests;
mod same;

use dialects::Rendering;

/// What an answer shows of a call.
fn rendering() -> Rendering {
    Rendering {
        id: "0f0e0d0c-1234-4321-8888-0123456789ab".to_owned(),
        model: "claude-sonnet-5".to_owned(),
        created_secs: 1_780_000_000,
        input_tokens_guess: 7,
    }
}
