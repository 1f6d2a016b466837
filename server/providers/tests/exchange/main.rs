//! What every provider that is spoken to in JSON over HTTP does alike, against an upstream that the test plays itself.
#![cfg(test)]

mod calling;
mod ends;
mod limits;
mod streams;
mod subject;
#[path = "../bedrock/upstream.rs"]
mod upstream;
mod whole;

pub(crate) use calling::PATIENCE;
