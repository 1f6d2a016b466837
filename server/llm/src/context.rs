//! Who calls, until when, and where the facts about the call are written.

use std::sync::Arc;
use std::time::Instant;

use crate::Observation;

/// Everything about a call that is not its content.
#[derive(Clone, Debug)]
pub struct Context {
    /// The id the caller sees on the answer and in the log.
    pub request_id: Arc<str>,
    /// When the gateway gives up waiting for the head of an answer.
    pub deadline: Instant,
    /// Who the caller says it is.
    pub claim: Claim,
    /// The record of this call, shared by everyone who handles it.
    pub observation: Observation,
}

/// Who the caller says it is; the engine decides whether that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody in particular.
    Anonymous,
}
