//! Which format a body of InvokeModel is written in, and which family and format a model id names.
#![cfg(test)]

mod bodies;
#[path = "../shared/corpus.rs"]
#[expect(dead_code, reason = "answers have no part in detection")]
mod corpus;
mod ids;
mod recorded;
mod shared;
