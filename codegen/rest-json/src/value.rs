//! Values that keep what they came as: documents, numbers, blobs, timestamps, maps and unknown members.

mod blob;
mod calendar;
mod document;
mod map;
mod number;
mod timestamp;
mod unknown;

pub use blob::Blob;
pub use document::Document;
pub use map::Map;
pub use number::Number;
pub use timestamp::{DateTime, EpochSeconds, HttpDate, Timestamp, TimestampFormat};
pub use unknown::Unknowns;
