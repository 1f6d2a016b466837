//! The gateway before providers of other formats than Bedrock's: what of a call reaches them, and what a client of Bedrock sees
//! of their answers and of their failures.
//!
//! The witnesses are boto3's own requests, answers that OpenAI and Anthropic gave and others recorded, and what the two say in
//! their documentation. What an answer must be is worked out here from the provider's own JSON, by no code of the gateway.
#![cfg(test)]

mod boto3;
mod faults;
mod invoked;
mod operations;
mod outgoing;
mod planned;
mod recorded;
mod stage;
mod turn;

const BINARY: &str = env!("CARGO_BIN_EXE_gateway-under-test");
