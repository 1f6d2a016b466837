//! Bedrock as a client meets it: bytes in, bytes out, over a backend that says what a test tells it to.
#![cfg(test)]

mod answers;
mod backend;
mod documents;
mod errors;
mod fields;
mod invoke;
mod invoke_requests;
mod model;
mod native;
mod operations;
mod property;
mod recorded;
mod refusals;
mod requests;
mod streams;
mod totality;
