//! From AWS's published descriptions to Rust: import, diff, generate, check.

pub mod error;
pub mod workspace;
pub mod model;
pub mod import;
pub mod diff;
pub mod update;
pub mod operations;
pub mod fixups;
pub mod ir;
pub mod emit;
pub mod generate;
pub mod check;
