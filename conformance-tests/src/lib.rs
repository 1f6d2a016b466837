//! The conformance tests: recorded traffic and where it is, live AWS SDKs and how they are driven, and who judges.
//!
//! Tests compare the generated codecs with recorded traffic, so only `codecs` may know them: no fixture is read, and nothing is judged, by the code under test.
//! The drivers of the live SDKs under `sdks/` are programs of their own; [`provision`] installs them, [`live`] sends them the
//! scenarios of `scenarios/` and compares what each returned or raised with what it must.

pub mod captures;
pub mod codecs;
pub mod corpus;
pub mod env;
pub mod error;
pub mod kits;
pub mod live;
pub mod loopback;
pub mod model;
pub mod provision;
pub mod same_json;
pub mod shared;
