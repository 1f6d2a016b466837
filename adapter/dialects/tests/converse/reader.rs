//! A reader of streams by their grammar, written from the grammar's own text: it shares no code with the machine that it judges.

use llm::chat::{BlockStart, Delta, Event, ReasoningDelta};

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    Head,
    Between,
    Text,
    Reasoning,
    /// After the signature, or a redacted piece.
    Sealed,
    ToolUse {
        has_piece: bool,
    },
    ToolResult,
    Image {
        has_piece: bool,
    },
    Unknown,
    Stopped,
    End,
}

/// Reads a stream by the grammar.
pub(crate) struct Reader {
    place: Place,
    n_blocks: i32,
}

impl Reader {
    /// Where the events lead, or the first that may not come.
    pub(crate) fn read(events: &[Event]) -> Result<Place, String> {
        let mut reader = Self {
            place: Place::Head,
            n_blocks: 0,
        };
        for (at, event) in events.iter().enumerate() {
            reader.place = reader
                .next(event)
                .ok_or_else(|| format!("event {at} in {:?}: {event:?}", reader.place))?;
        }
        Ok(reader.place)
    }

    fn next(&mut self, event: &Event) -> Option<Place> {
        match (event, self.place) {
            (Event::Start { .. }, Place::Head) => Some(Place::Between),
            (Event::BlockStart { index, start, .. }, Place::Between) => (*index == self.n_blocks)
                .then_some(match start {
                    BlockStart::ToolUse { .. } => Place::ToolUse { has_piece: false },
                    BlockStart::ToolResult { .. } => Place::ToolResult,
                    BlockStart::Image { .. } => Place::Image { has_piece: false },
                    BlockStart::Unknown { .. } => Place::Unknown,
                }),
            (Event::Delta { index, delta, ext }, place) => {
                (*index == self.n_blocks).then_some(())?;
                // An empty piece of text may pass only for what else it carries.
                let is_empty = matches!(delta, Delta::Text(text) if text.is_empty());
                (!is_empty || !ext.is_empty()).then_some(())?;
                piece(place, delta)
            }
            (Event::BlockStop { index, .. }, place) => {
                let is_whole = match place {
                    Place::Text
                    | Place::Reasoning
                    | Place::Sealed
                    | Place::ToolResult
                    | Place::Unknown
                    | Place::ToolUse { has_piece: true }
                    | Place::Image { has_piece: true } => *index == self.n_blocks,
                    _ => false,
                };
                self.n_blocks += 1;
                is_whole.then_some(Place::Between)
            }
            (Event::Stop { .. }, Place::Between) => Some(Place::Stopped),
            (Event::Meta(_), Place::Stopped) => Some(Place::End),
            _ => None,
        }
    }
}

fn piece(place: Place, delta: &Delta) -> Option<Place> {
    match (delta, place) {
        (Delta::Text(_) | Delta::Citation(_), Place::Between | Place::Text) => Some(Place::Text),
        (
            Delta::Reasoning(ReasoningDelta::Text(_) | ReasoningDelta::Unknown { .. }),
            Place::Between | Place::Reasoning,
        ) => Some(Place::Reasoning),
        (Delta::Reasoning(ReasoningDelta::Signature(_)), Place::Between | Place::Reasoning)
        | (Delta::Reasoning(ReasoningDelta::Redacted(_)), Place::Between) => Some(Place::Sealed),
        (Delta::ToolInput { .. }, Place::ToolUse { .. }) => {
            Some(Place::ToolUse { has_piece: true })
        }
        (Delta::ToolResult(_), Place::ToolResult) => Some(Place::ToolResult),
        (Delta::Image { .. }, Place::Image { .. }) => Some(Place::Image { has_piece: true }),
        // What this build does not know may stand in any block, or be one.
        (Delta::Unknown { .. }, Place::Between | Place::Unknown) => Some(Place::Unknown),
        (
            Delta::Unknown { .. },
            Place::Text
            | Place::Reasoning
            | Place::Sealed
            | Place::ToolUse { .. }
            | Place::ToolResult
            | Place::Image { .. },
        ) => Some(place),
        _ => None,
    }
}
