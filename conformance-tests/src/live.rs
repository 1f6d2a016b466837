//! The suite: scenarios sent to live SDKs, what comes back compared, and the matrix of it.

pub mod collect;
pub mod driver;
pub mod expect;
pub mod gateway;
pub mod matrix;
pub mod probe;
pub mod replay;
pub mod scenario;
pub mod suite;
pub mod upstream;
pub mod wire;
