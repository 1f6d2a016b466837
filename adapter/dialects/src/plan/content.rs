//! The blocks of a message, each after its kind.
//!
//! Knows no order: what stands where is decided when the turns are arranged.

use llm::chat::{Block, CachePoint, Guard, Image, Reasoning, Role};

use super::calls::{call, result};
use super::cite::{Found, citations, search_result};
use super::document::{Paper, document};
use super::media::{audio, image, video};
use super::path::Path;
use super::{Act, Leaf, Planner};

/// What became of a block.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) block: Block,
    /// What was part of it and is said behind it.
    pub(super) moved: Vec<Block>,
}

impl From<Block> for Said {
    fn from(block: Block) -> Self {
        Self {
            block,
            moved: Vec::new(),
        }
    }
}

/// One block; none where it is left out.
pub(super) fn block(
    planner: &mut Planner<'_>,
    role: &Role,
    block: Block,
    at: &Path<'_>,
) -> Option<Said> {
    if let Some((leaf, member)) = misplaced(role, &block) {
        let why = "not in a message of this role";
        planner.refuse(leaf, at.member(member).to_string(), why);
        return None;
    }
    match block {
        Block::Text(text) => planner
            .keeps(Leaf::Text, &at.member("text"))
            .then(|| Block::Text(text).into()),
        Block::Image(content) => {
            Some(Block::Image(image(planner, role, content, &at.member("image"))?).into())
        }
        Block::Document(content) => {
            Some(match document(planner, content, &at.member("document"))? {
                Paper::File(document) => Block::Document(document).into(),
                Paper::Inline(text) => Block::Text(text).into(),
            })
        }
        Block::Video(content) => {
            Some(Block::Video(video(planner, content, &at.member("video"))?).into())
        }
        Block::Audio(content) => {
            Some(Block::Audio(audio(planner, role, content, &at.member("audio"))?).into())
        }
        Block::ToolUse(content) => {
            Some(Block::ToolUse(call(planner, content, &at.member("toolUse"))?).into())
        }
        Block::ToolResult(content) => result(planner, role, content, &at.member("toolResult")),
        Block::Guard(content) => guard(planner, role, content, &at.member("guardContent")),
        Block::CachePoint(point) => {
            let at = at.member("cachePoint");
            Some(Block::CachePoint(cache_point(planner, Leaf::CachePoint, point, &at)?).into())
        }
        Block::Reasoning(content) => Some(
            Block::Reasoning(reasoning(planner, content, &at.member("reasoningContent"))?).into(),
        ),
        Block::Citations(content) => {
            Some(citations(planner, content, &at.member("citationsContent"))?.into())
        }
        Block::SearchResult(content) => {
            let at = at.member("searchResult");
            Some(
                match search_result(planner, Leaf::SearchResult, content, &at)? {
                    Found::Result(result) => Block::SearchResult(result).into(),
                    Found::Inline(text) => Block::Text(text).into(),
                },
            )
        }
        Block::ToolAddition { mut tool, mut ext } => {
            let at = at.member("toolAddition");
            planner.keeps(Leaf::ToolAddition, &at).then(|| {
                planner.members(&mut ext, &at);
                planner.members(&mut tool.ext, &at.member("tool"));
                Block::ToolAddition { tool, ext }.into()
            })
        }
        Block::ToolRemoval { mut tool, mut ext } => {
            let at = at.member("toolRemoval");
            planner.keeps(Leaf::ToolRemoval, &at).then(|| {
                planner.members(&mut ext, &at);
                planner.members(&mut tool.ext, &at.member("tool"));
                Block::ToolRemoval { tool, ext }.into()
            })
        }
        Block::Unknown { member, raw } => planner
            .keeps(Leaf::BlockUnknown, &at.member(&member))
            .then(|| Block::Unknown { member, raw }.into()),
    }
}

/// The leaf and the member under which a block is refused that nobody in that role can say, since no format has a place for it;
/// none where one can.
fn misplaced(role: &Role, block: &Block) -> Option<(Leaf, &'static str)> {
    match (block, role) {
        (
            Block::Text(_)
            | Block::CachePoint(_)
            | Block::Citations(_)
            | Block::Guard(Guard::Text(_) | Guard::Unknown { .. })
            | Block::ToolAddition { .. }
            | Block::ToolRemoval { .. }
            | Block::Unknown { .. },
            Role::User | Role::Assistant | Role::System | Role::Other(_),
        )
        | (
            Block::Image(_)
            | Block::Audio(_)
            | Block::Guard(Guard::Image(_))
            | Block::ToolResult(_),
            Role::User | Role::Assistant | Role::Other(_),
        )
        | (
            Block::Document(_) | Block::Video(_) | Block::SearchResult(_),
            Role::User | Role::Other(_),
        )
        | (Block::ToolUse(_) | Block::Reasoning(_), Role::Assistant) => None,
        (Block::Image(_), Role::System) => Some((Leaf::ImageBytes, "image")),
        (Block::Audio(_), Role::System) => Some((Leaf::AudioOther, "audio")),
        (Block::Guard(Guard::Image(_)), Role::System) => {
            Some((Leaf::SystemGuardImage, "guardContent.image"))
        }
        (Block::ToolResult(_), Role::System) => Some((Leaf::ToolResult, "toolResult")),
        (Block::Document(_), Role::Assistant | Role::System) => {
            Some((Leaf::DocumentText, "document"))
        }
        (Block::Video(_), Role::Assistant | Role::System) => Some((Leaf::Video, "video")),
        (Block::SearchResult(_), Role::Assistant | Role::System) => {
            Some((Leaf::SearchResult, "searchResult"))
        }
        (Block::ToolUse(_), Role::User | Role::System | Role::Other(_)) => {
            Some((Leaf::ToolUse, "toolUse"))
        }
        (Block::Reasoning(_), Role::User | Role::System | Role::Other(_)) => {
            Some((Leaf::ReasoningPlain, "reasoningContent"))
        }
    }
}

/// The model reads content that is marked for the guardrail as if it were not.
fn guard(planner: &mut Planner<'_>, role: &Role, content: Guard, at: &Path<'_>) -> Option<Said> {
    Some(
        match content {
            Guard::Text(mut text) => {
                let at = at.member("text");
                let act = planner.act(Leaf::GuardText, || at.to_string());
                match act {
                    Act::Keep => {
                        planner.members(&mut text.ext, &at);
                        Block::Guard(Guard::Text(text))
                    }
                    Act::Rewrite => {
                        planner.members(&mut text.ext, &at);
                        planner
                            .keeps(Leaf::Text, &at)
                            .then(|| Block::Text(text.text))?
                    }
                    Act::Leave => return None,
                }
            }
            Guard::Image(mut content) => {
                let at = at.member("image");
                let act = planner.act(Leaf::GuardImage, || at.to_string());
                match act {
                    Act::Keep => {
                        planner.members(&mut content.ext, &at);
                        Block::Guard(Guard::Image(content))
                    }
                    Act::Rewrite => {
                        let content = Image {
                            format: content.format,
                            source: content.source,
                            error: None,
                            ext: content.ext,
                        };
                        Block::Image(image(planner, role, content, &at)?)
                    }
                    Act::Leave => return None,
                }
            }
            Guard::Unknown { member, raw } => planner
                .keeps(Leaf::GuardUnknown, &at.member(&member))
                .then(|| Block::Guard(Guard::Unknown { member, raw }))?,
        }
        .into(),
    )
}

/// A cache point of messages, of the system prompt or of the tools.
pub(super) fn cache_point(
    planner: &mut Planner<'_>,
    leaf: Leaf,
    mut point: CachePoint,
    at: &Path<'_>,
) -> Option<CachePoint> {
    if !planner.keeps(leaf, at) {
        return None;
    }
    let CachePoint { kind, ttl, ext } = &mut point;
    let is_known = kind == "default";
    if !is_known && !planner.keeps(Leaf::UnknownMember, &at.member("type")) {
        return None;
    }
    if ttl.is_some() && !planner.keeps(Leaf::CachePointTtl, &at.member("ttl")) {
        *ttl = None;
    }
    planner.members(ext, at);
    Some(point)
}

fn reasoning(planner: &mut Planner<'_>, content: Reasoning, at: &Path<'_>) -> Option<Reasoning> {
    match content {
        Reasoning::Text {
            text,
            signature,
            mut ext,
        } => {
            let is_sealed = signature.as_ref().is_some_and(|seal| !seal.is_empty());
            let at = at.member("reasoningText");
            let leaf = if is_sealed {
                Leaf::ReasoningSealed
            } else {
                Leaf::ReasoningPlain
            };
            planner.keeps(leaf, &at).then(|| {
                planner.members(&mut ext, &at);
                Reasoning::Text {
                    text,
                    signature,
                    ext,
                }
            })
        }
        Reasoning::Redacted(bytes) => {
            // Whoever is known to seal reasoning whole seals it as text, and Bedrock gives the bytes of that text.
            let leaf = if std::str::from_utf8(&bytes).is_ok() {
                Leaf::ReasoningRedacted
            } else {
                Leaf::ReasoningUnknown
            };
            planner
                .keeps(leaf, &at.member("redactedContent"))
                .then_some(Reasoning::Redacted(bytes))
        }
        Reasoning::Unknown { member, raw } => planner
            .keeps(Leaf::ReasoningUnknown, &at.member(&member))
            .then(|| Reasoning::Unknown { member, raw }),
    }
}
