//! The messages of a request: each walked block by block, then all arranged as the target wants them.
//!
//! Every block remembers where it stood, so that what is found later still names the place in the request as it came.

use llm::Ext;
use llm::chat::{Block, CachePoint, Message, Role, ToolUse};

use super::arrange;
use super::cache::{self, Marked};
use super::calls::is_callers;
use super::content::{Said, block};
use super::path::Path;
use super::{Act, Leaf, Planner};

/// A message on its way.
#[derive(Debug)]
pub(super) struct Turn {
    /// Its index in the request as it came.
    pub(super) at: usize,
    pub(super) role: Role,
    pub(super) pieces: Vec<Piece>,
    pub(super) ext: Ext,
}

impl Turn {
    /// A turn without unknown members.
    pub(super) fn new(at: usize, role: Role, pieces: Vec<Piece>) -> Self {
        Self {
            at,
            role,
            pieces,
            ext: Ext::default(),
        }
    }

    /// The path of a member of the message.
    pub(super) fn path(&self, member: &str) -> String {
        let messages = Path::REQUEST.member("messages");
        messages.index(self.at).member(member).to_string()
    }
}

/// A block on its way.
#[derive(Debug)]
pub(super) struct Piece {
    /// The index of its message in the request as it came, and its own.
    pub(super) at: (usize, usize),
    pub(super) block: Block,
    /// What was part of a result and is said behind all the results.
    pub(super) moved: Vec<Block>,
}

impl Piece {
    /// A block out of which nothing is moved.
    pub(super) fn new(at: (usize, usize), block: Block) -> Self {
        Self {
            at,
            block,
            moved: Vec::new(),
        }
    }

    /// The path of a member of the block.
    pub(super) fn path(&self, member: &str) -> String {
        let (message, block) = self.at;
        let messages = Path::REQUEST.member("messages");
        let message = messages.index(message);
        let content = message.member("content");
        content.index(block).member(member).to_string()
    }

    /// Whether it is text without a word in it.
    pub(super) fn is_blank(&self) -> bool {
        matches!(&self.block, Block::Text(text) if text.trim().is_empty())
    }

    /// The call of a tool that the caller runs.
    pub(super) fn call(&self) -> Option<&ToolUse> {
        self.block.tool_use().filter(|call| is_callers(call))
    }

    pub(super) fn is_point(&self) -> bool {
        matches!(self.block, Block::CachePoint(_))
    }
}

impl Marked for Piece {
    fn point(&mut self) -> Option<&mut CachePoint> {
        let Block::CachePoint(point) = &mut self.block else {
            return None;
        };
        Some(point)
    }

    fn takes_mark(&self) -> bool {
        !self.is_blank() && !self.is_point() && !matches!(self.block, Block::Reasoning(_))
    }

    fn path(&self) -> String {
        self.path("cachePoint")
    }
}

/// Walks the messages. One of which nothing is left is left out.
pub(super) fn read(planner: &mut Planner<'_>, messages: Vec<Message>) -> Vec<Turn> {
    let place = Path::REQUEST.member("messages");
    let mut turns = Vec::with_capacity(messages.len());
    for (at, message) in messages.into_iter().enumerate() {
        turns.extend(turn(planner, message, at, &place.index(at)));
    }
    turns
}

fn turn(planner: &mut Planner<'_>, message: Message, index: usize, at: &Path<'_>) -> Option<Turn> {
    let Message {
        role,
        content,
        mut ext,
    } = message;
    match &role {
        Role::User | Role::Assistant | Role::System => {}
        Role::Other(_) => {
            if !planner.keeps(Leaf::MessageOtherRole, &at.member("role")) {
                return None;
            }
        }
    }
    planner.members(&mut ext, at);
    let list = at.member("content");
    let mut pieces = Vec::with_capacity(content.len());
    for (at, content) in content.into_iter().enumerate() {
        if let Some(Said { block, moved }) = block(planner, &role, content, &list.index(at)) {
            let at = (index, at);
            pieces.push(Piece { at, block, moved });
        }
    }
    let turn = Turn {
        at: index,
        role,
        pieces,
        ext,
    };
    (!turn.pieces.is_empty()).then_some(turn)
}

/// Arranges the turns as the target wants them, and returns what the operator says before all of them: it belongs to the system
/// prompt.
pub(super) fn arrange(planner: &mut Planner<'_>, turns: &mut Vec<Turn>) -> Vec<Piece> {
    // First of all: where a point stands is what it means, and what follows moves blocks together with their points.
    cache::settle_turns(planner, turns);
    let mut leading = leading_system(turns);
    operator(planner, turns);
    leading_assistant(planner, turns);
    prefill(planner, turns);
    arrange::blanks(planner, turns);
    // What stood before it may be gone.
    leading.extend(leading_system(turns));
    arrange::results(planner.target.shape(), turns);
    arrange::merge(planner.target.shape(), turns);
    arrange::calls(planner.target.shape(), turns);
    leading
}

/// The operator speaks in mid-conversation.
fn operator(planner: &mut Planner<'_>, turns: &mut Vec<Turn>) {
    turns.retain_mut(|turn| match turn.role {
        Role::User | Role::Assistant | Role::Other(_) => true,
        Role::System => match planner.act(Leaf::MessageSystem, || turn.path("role")) {
            Act::Keep => true,
            Act::Rewrite => {
                turn.role = Role::User;
                true
            }
            Act::Leave => false,
        },
    });
}

/// The model speaks first.
fn leading_assistant(planner: &mut Planner<'_>, turns: &mut Vec<Turn>) {
    while let Some((at, first)) = turns
        .iter()
        .enumerate()
        .find(|(_, turn)| turn.role != Role::System)
        && first.role == Role::Assistant
    {
        match planner.act(Leaf::LeadingAssistant, || first.path("role")) {
            Act::Keep => return,
            Act::Rewrite => {
                let opening = Piece::new((first.at, 0), Block::Text(".".to_owned()));
                turns.insert(at, Turn::new(first.at, Role::User, vec![opening]));
            }
            Act::Leave => {
                turns.remove(at);
            }
        }
    }
}

/// The model speaks last: its reply begins with that.
fn prefill(planner: &mut Planner<'_>, turns: &mut Vec<Turn>) {
    while let Some(last) = turns.last_mut()
        && last.role == Role::Assistant
    {
        match planner.act(Leaf::Prefill, || last.path("role")) {
            Act::Keep => return,
            Act::Rewrite => {
                if trim_end(last) {
                    return;
                }
                turns.pop();
            }
            Act::Leave => {
                turns.pop();
            }
        }
    }
}

/// Cuts the white space at the end of what a turn says; says whether anything is left of it.
fn trim_end(turn: &mut Turn) -> bool {
    while let Some(at) = turn.pieces.iter().rposition(|piece| !piece.is_point()) {
        let Some(Block::Text(text)) = turn.pieces.get_mut(at).map(|piece| &mut piece.block) else {
            return true;
        };
        text.truncate(text.trim_end().len());
        if !text.is_empty() {
            return true;
        }
        turn.pieces.remove(at);
    }
    false
}

/// What the operator says before anybody else, which every format says in the system prompt.
fn leading_system(turns: &mut Vec<Turn>) -> Vec<Piece> {
    let n_leading = turns
        .iter()
        .take_while(|turn| {
            turn.role == Role::System
                && turn.ext.is_empty()
                && turn.pieces.iter().all(|piece| is_system(&piece.block))
        })
        .count();
    turns
        .drain(..n_leading)
        .flat_map(|turn| turn.pieces)
        .collect()
}

/// Whether the system prompt has a place for it.
fn is_system(block: &Block) -> bool {
    match block {
        Block::Text(_) | Block::Guard(_) | Block::CachePoint(_) => true,
        Block::Image(_)
        | Block::Document(_)
        | Block::Video(_)
        | Block::Audio(_)
        | Block::ToolUse(_)
        | Block::ToolResult(_)
        | Block::Reasoning(_)
        | Block::Citations(_)
        | Block::SearchResult(_)
        | Block::ToolAddition { .. }
        | Block::ToolRemoval { .. }
        | Block::Unknown { .. } => false,
    }
}

/// The messages as they leave.
pub(super) fn write(turns: Vec<Turn>) -> Vec<Message> {
    turns
        .into_iter()
        .map(
            |Turn {
                 at: _,
                 role,
                 pieces,
                 ext,
             }| Message {
                role,
                content: pieces.into_iter().map(|piece| piece.block).collect(),
                ext,
            },
        )
        .collect()
}

/// The name of the caller's tool that is called here.
pub(super) fn called(piece: &Piece) -> Option<&str> {
    piece.call().map(|call| &*call.name)
}

/// Whether a tool was called or answered before.
pub(super) fn uses_tools(turns: &[Turn]) -> bool {
    let mut blocks = turns.iter().flat_map(|turn| &turn.pieces);
    blocks.any(|piece| matches!(piece.block, Block::ToolUse(_) | Block::ToolResult(_)))
}
