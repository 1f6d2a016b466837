//! Pure codecs between wire formats and the neutral form of [`llm::chat`], both directions, one module a format.
//!
//! Directions are `decode_*` (wire to neutral) and `encode_*` (neutral to wire) everywhere.
//! Nothing here does input or output, knows a provider's address, or looks at a clock.

pub mod converse;

mod error;

pub use error::Error;
