//! The system prompt.

use llm::chat::{Block, CachePoint, Guard, GuardImage, GuardText, SystemItem};

use super::cache::Marked;
use super::content::cache_point;
use super::path::Path;
use super::turns::Piece;
use super::{Act, Leaf, Planner};

/// A piece of the system prompt on its way.
#[derive(Debug)]
pub(super) struct Item {
    at: Origin,
    item: SystemItem,
}

/// Where it stood in the request as it came.
#[derive(Clone, Copy, Debug)]
enum Origin {
    /// In the system prompt.
    System(usize),
    /// In a message of the operator: which, and which block.
    Message(usize, usize),
}

impl Marked for Item {
    fn point(&mut self) -> Option<&mut CachePoint> {
        match &mut self.item {
            SystemItem::CachePoint(point) => Some(point),
            SystemItem::Text(_) | SystemItem::Guard(_) | SystemItem::Unknown { .. } => None,
        }
    }

    fn takes_mark(&self) -> bool {
        match &self.item {
            SystemItem::Text(text) => !text.trim().is_empty(),
            SystemItem::Guard(_) | SystemItem::Unknown { .. } => true,
            SystemItem::CachePoint(_) => false,
        }
    }

    fn path(&self) -> String {
        located(self.at, |at| at.member("cachePoint").to_string())
    }
}

/// Walks the system prompt, and behind it what the operator says before anybody else.
pub(super) fn read(
    planner: &mut Planner<'_>,
    system: Vec<SystemItem>,
    leading: Vec<Piece>,
) -> Vec<Item> {
    let own = system
        .into_iter()
        .enumerate()
        .map(|(at, item)| (Origin::System(at), item));
    let spoken = leading.into_iter().filter_map(|piece| {
        let (message, block) = piece.at;
        Some((Origin::Message(message, block), of_block(piece.block)?))
    });
    own.chain(spoken)
        .filter_map(|(at, item)| {
            let item = located(at, |at| walked(planner, item, at))?;
            Some(Item { at, item })
        })
        .collect()
}

/// What the system prompt has for a block; nothing for what was not let through.
fn of_block(block: Block) -> Option<SystemItem> {
    match block {
        Block::Text(text) => Some(SystemItem::Text(text)),
        Block::Guard(guard) => Some(SystemItem::Guard(guard)),
        Block::CachePoint(point) => Some(SystemItem::CachePoint(point)),
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
        | Block::Unknown { .. } => None,
    }
}

fn walked(planner: &mut Planner<'_>, item: SystemItem, at: &Path<'_>) -> Option<SystemItem> {
    match item {
        SystemItem::Text(text) => said(planner, text, &at.member("text")),
        SystemItem::Guard(guard) => {
            let at = at.member("guardContent");
            match guard {
                Guard::Text(GuardText {
                    text,
                    qualifiers,
                    mut ext,
                }) => {
                    let at = at.member("text");
                    match planner.act(Leaf::SystemGuardText, || at.to_string()) {
                        Act::Keep => {
                            planner.members(&mut ext, &at);
                            Some(SystemItem::Guard(Guard::Text(GuardText {
                                text,
                                qualifiers,
                                ext,
                            })))
                        }
                        Act::Rewrite => {
                            planner.members(&mut ext, &at);
                            said(planner, text, &at)
                        }
                        Act::Leave => None,
                    }
                }
                Guard::Image(GuardImage {
                    format,
                    source,
                    mut ext,
                }) => {
                    let at = at.member("image");
                    planner.keeps(Leaf::SystemGuardImage, &at).then(|| {
                        planner.members(&mut ext, &at);
                        SystemItem::Guard(Guard::Image(GuardImage {
                            format,
                            source,
                            ext,
                        }))
                    })
                }
                Guard::Unknown { member, raw } => planner
                    .keeps(Leaf::SystemUnknown, &at.member(&member))
                    .then(|| SystemItem::Guard(Guard::Unknown { member, raw })),
            }
        }
        SystemItem::CachePoint(point) => {
            let at = at.member("cachePoint");
            cache_point(planner, Leaf::SystemCachePoint, point, &at).map(SystemItem::CachePoint)
        }
        SystemItem::Unknown { member, raw } => planner
            .keeps(Leaf::SystemUnknown, &at.member(&member))
            .then(|| SystemItem::Unknown { member, raw }),
    }
}

/// Text, which says nothing where there is no word in it.
fn said(planner: &mut Planner<'_>, text: String, at: &Path<'_>) -> Option<SystemItem> {
    let stays = planner.keeps(Leaf::SystemText, at)
        && (!text.trim().is_empty() || planner.keeps(Leaf::BlankText, at));
    stays.then_some(SystemItem::Text(text))
}

fn located<T>(at: Origin, then: impl FnOnce(&Path<'_>) -> T) -> T {
    let request = Path::REQUEST;
    match at {
        Origin::System(at) => {
            let system = request.member("system");
            then(&system.index(at))
        }
        Origin::Message(message, block) => {
            let messages = request.member("messages");
            let message = messages.index(message);
            let content = message.member("content");
            then(&content.index(block))
        }
    }
}

/// The system prompt as it leaves. An empty one is none.
pub(super) fn write(items: Vec<Item>) -> Option<Vec<SystemItem>> {
    let system: Vec<SystemItem> = items.into_iter().map(|item| item.item).collect();
    (!system.is_empty()).then_some(system)
}
