//! The OpenAI Chat Completions dialect: recorded traffic of OpenAI and of servers that speak its format as witness, laws over
//! generated values, and its tables row by row.
#![cfg(test)]

#[path = "../shared/corpus.rs"]
#[expect(dead_code, reason = "answers are compared as JSON, not as bytes")]
mod corpus;
mod faults;
mod forward;
mod laws;
mod recorded;
mod replies;
mod requests;
mod said;
mod same;

use dialects::Rendering;

/// What a rendered reply is told beside the reply.
fn rendering() -> Rendering {
    Rendering {
        id: "call-1".to_owned(),
        model: "a-model".to_owned(),
        created_secs: 1_700_000_000,
        input_tokens_guess: 0,
    }
}
