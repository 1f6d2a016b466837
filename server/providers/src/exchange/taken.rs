//! The ids of calls that a conversation holds already: some servers count their calls anew in each turn, so that a new call has
//! the id of an old one, and clients that keep calls by their ids would mistake one for the other.

use std::collections::HashSet;

use dialects::made_id;
use llm::chat::{Block, BlockStart, Event, Reply, Request};

/// The ids that are taken.
#[derive(Debug, Default)]
pub(super) struct Taken(HashSet<String>);

impl Taken {
    /// Those of the calls in a request.
    pub(super) fn of(request: &Request) -> Self {
        let messages = request.messages.iter().flatten();
        let calls = messages
            .flat_map(|message| &message.content)
            .filter_map(Block::tool_use);
        Self(calls.map(|call| call.id.clone()).collect())
    }

    /// Gives the calls of a reply ids of their own.
    pub(super) fn part_reply(&mut self, reply: &mut Reply) {
        for block in &mut reply.message.content {
            if let Block::ToolUse(call) = block {
                self.part(&mut call.id);
            }
        }
    }

    /// The same for an event, if it announces a call.
    pub(super) fn part_event(&mut self, event: &mut Event) {
        if let Event::BlockStart {
            start: BlockStart::ToolUse { id, .. },
            ..
        } = event
        {
            self.part(id);
        }
    }

    /// Made from the id and from how many are taken, so that the same reply to the same conversation has the same ids.
    fn part(&mut self, id: &mut String) {
        while self.0.contains(id) {
            *id = made_id(&[id, &self.0.len().to_string()]);
        }
    }
}
