//! The fixtures of the conformance tests: where they are, how they read, and who judges.
//!
//! Tests compare the generated codecs with recorded traffic, so only `codecs` may know them: no fixture is read, and nothing is judged, by the code under test.

pub mod captures;
pub mod codecs;
pub mod corpus;
pub mod error;
pub mod model;
pub mod same_json;
pub mod shared;
