//! The ids of tool calls: those of a server where clients of Bedrock can repeat them, and else ids made from them.
//!
//! Made ids are a function of what the server said, so that reading the same answer twice gives the same ids, and whole
//! answers and streams agree.

use std::collections::HashSet;

use crate::converse::CALL_IDS;
use crate::ids::made_id;

/// The ids of one answer's calls.
#[derive(Debug, Default)]
pub(super) struct Ids {
    answer: String,
    given: HashSet<String>,
}

impl Ids {
    /// For the answer that the server calls `answer` (`chatcmpl-...`), or an empty text.
    pub(super) fn new(answer: &str) -> Self {
        Self {
            answer: answer.to_owned(),
            given: HashSet::new(),
        }
    }

    /// The id of the next call: the server's own if it can be kept and no call before has it. An absent id is an empty text.
    pub(super) fn next(&mut self, id: &str) -> String {
        let mut next = id.to_owned();
        while !CALL_IDS.fits(&next) || self.given.contains(&next) {
            let place = self.given.len().to_string();
            next = made_id(&[&self.answer, &next, &place]);
        }
        self.given.insert(next.clone());
        next
    }
}
