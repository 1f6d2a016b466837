//! From AWS's published descriptions to Rust: import, diff, generate, check.

pub mod check;
pub mod coverage;
pub mod diff;
pub mod emit;
pub mod error;
pub mod fixups;
pub mod generate;
pub mod import;
pub mod ir;
pub mod model;
pub mod operations;
pub mod update;
pub mod workspace;
