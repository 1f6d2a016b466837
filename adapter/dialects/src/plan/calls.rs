//! Calls of tools and what came of them.

use llm::Json;
use llm::chat::{Block, Role, ToolResult, ToolResultItem, ToolStatus, ToolUse};

use super::cite::{Found, search_result};
use super::content::Said;
use super::document::{Paper, document};
use super::media::{image, video};
use super::names::{call_id, called_name};
use super::path::Path;
use super::{Act, Leaf, Planner};

/// The first line of a result where the tool failed and the format has no member that says so.
const FAILED: &str = "[tool error]";

/// Whether the caller runs the tool of that call, rather than the provider. Models of the service also give the kind
/// `tool_use`, which callers send back with the history, and which says nothing.
pub(super) fn is_callers(call: &ToolUse) -> bool {
    matches!(call.kind.as_deref(), None | Some("tool_use"))
}

/// A call of a tool.
pub(super) fn call(planner: &mut Planner<'_>, mut call: ToolUse, at: &Path<'_>) -> Option<ToolUse> {
    let is_callers = is_callers(&call);
    let ToolUse {
        id,
        name,
        input,
        kind,
        ext,
    } = &mut call;
    let stays = if !is_callers {
        planner.keeps(Leaf::ToolUseServer, at)
    } else if is_object(input) {
        planner.keeps(Leaf::ToolUse, at)
    } else {
        planner.keeps(Leaf::ToolUseOpaque, &at.member("input"))
    };
    if !stays {
        return None;
    }
    if is_callers {
        *kind = None;
    }
    call_id(planner, id, at);
    called_name(planner, name, at);
    planner.members(ext, at);
    Some(call)
}

fn is_object(json: &Json) -> bool {
    json.as_str().trim_start().starts_with('{')
}

/// A result of a tool.
pub(super) fn result(
    planner: &mut Planner<'_>,
    role: &Role,
    result: ToolResult,
    at: &Path<'_>,
) -> Option<Said> {
    let ToolResult {
        mut id,
        content,
        status,
        kind,
        mut ext,
    } = result;
    let is_callers =
        *role != Role::Assistant && matches!(kind.as_deref(), None | Some("tool_result"));
    let leaf = if is_callers {
        Leaf::ToolResult
    } else {
        Leaf::ToolResultServer
    };
    if !planner.keeps(leaf, at) {
        return None;
    }
    call_id(planner, &mut id, at);
    planner.members(&mut ext, at);
    if !is_callers {
        // What a provider's own tool gave back goes back to it as it came.
        let result = ToolResult {
            id,
            content,
            status,
            kind,
            ext,
        };
        return Some(Block::ToolResult(result).into());
    }
    let mut items = Items {
        id: &id,
        stay: Vec::with_capacity(content.len()),
        moved: Vec::new(),
    };
    let list = at.member("content");
    for (at, item) in content.into_iter().enumerate() {
        items.add(planner, item, &list.index(at));
    }
    let Items {
        id: _,
        stay: mut content,
        moved,
    } = items;
    let status = self::status(planner, status.as_ref(), &mut content, at);
    if planner.target.shape().results_apart && content.is_empty() {
        // A message of its own says at least nothing.
        content.push(ToolResultItem::Text(String::new()));
    }
    let result = ToolResult {
        id,
        content,
        status,
        kind: None,
        ext,
    };
    Some(Said {
        block: Block::ToolResult(result),
        moved,
    })
}

/// That a tool succeeded is what a result without a status says too.
fn status(
    planner: &mut Planner<'_>,
    status: Option<&ToolStatus>,
    content: &mut Vec<ToolResultItem>,
    at: &Path<'_>,
) -> Option<ToolStatus> {
    match status {
        None | Some(ToolStatus::Success | ToolStatus::Other(_)) => return None,
        Some(ToolStatus::Error) => {}
    }
    match planner.act(Leaf::ToolResultError, || at.member("status").to_string()) {
        Act::Keep => Some(ToolStatus::Error),
        Act::Rewrite => {
            if let Some(ToolResultItem::Text(text)) = content.first_mut() {
                *text = format!("{FAILED}\n{text}");
            } else {
                content.insert(0, ToolResultItem::Text(FAILED.to_owned()));
            }
            None
        }
        Act::Leave => None,
    }
}

/// The items of one result.
#[derive(Debug)]
struct Items<'i> {
    /// The id of the call.
    id: &'i str,
    stay: Vec<ToolResultItem>,
    /// What is said behind the results, each after words that say where it belongs.
    moved: Vec<Block>,
}

impl Items<'_> {
    fn add(&mut self, planner: &mut Planner<'_>, item: ToolResultItem, at: &Path<'_>) {
        match item {
            ToolResultItem::Json(json) => {
                match planner.act(Leaf::ToolResultJson, || at.member("json").to_string()) {
                    Act::Keep => self.stay.push(ToolResultItem::Json(json)),
                    Act::Rewrite => {
                        self.stay
                            .push(ToolResultItem::Text(json.as_str().to_owned()));
                    }
                    Act::Leave => {}
                }
            }
            ToolResultItem::Text(text) => {
                let at = at.member("text");
                let is_blank = text.trim().is_empty();
                // A result may be empty, so nothing is lost where the only text has no word in it.
                let stays = planner.keeps(Leaf::ToolResultText, &at)
                    && (!is_blank || planner.keeps(Leaf::BlankText, &at));
                if stays {
                    self.stay.push(ToolResultItem::Text(text));
                }
            }
            ToolResultItem::Image(content) => {
                let at = at.member("image");
                let act = planner.act(Leaf::ToolResultImage, || at.to_string());
                if act != Act::Leave
                    && let Some(content) = image(planner, &Role::User, content, &at)
                {
                    if act == Act::Keep {
                        self.stay.push(ToolResultItem::Image(content));
                    } else {
                        self.behind("Image", Block::Image(content));
                    }
                }
            }
            ToolResultItem::Document(content) => {
                let at = at.member("document");
                let act = planner.act(Leaf::ToolResultDocument, || at.to_string());
                if act != Act::Leave
                    && let Some(paper) = document(planner, content, &at)
                {
                    match (act == Act::Keep, paper) {
                        (true, Paper::File(document)) => {
                            self.stay.push(ToolResultItem::Document(document));
                        }
                        (false, Paper::File(document)) => {
                            self.behind("Document", Block::Document(document));
                        }
                        // Text has a place in every result.
                        (true | false, Paper::Inline(text)) => {
                            self.stay.push(ToolResultItem::Text(text));
                        }
                    }
                }
            }
            ToolResultItem::Video(content) => {
                let at = at.member("video");
                let act = planner.act(Leaf::ToolResultVideo, || at.to_string());
                if act != Act::Leave
                    && let Some(content) = video(planner, content, &at)
                {
                    if act == Act::Keep {
                        self.stay.push(ToolResultItem::Video(content));
                    } else {
                        self.behind("Video", Block::Video(content));
                    }
                }
            }
            ToolResultItem::SearchResult(content) => {
                let at = at.member("searchResult");
                match search_result(planner, Leaf::ToolResultSearch, content, &at) {
                    Some(Found::Result(result)) => {
                        self.stay.push(ToolResultItem::SearchResult(result));
                    }
                    Some(Found::Inline(text)) => self.stay.push(ToolResultItem::Text(text)),
                    None => {}
                }
            }
            ToolResultItem::Unknown { member, raw } => {
                if planner.keeps(Leaf::ToolResultUnknown, &at.member(&member)) {
                    self.stay.push(ToolResultItem::Unknown { member, raw });
                }
            }
        }
    }

    fn behind(&mut self, what: &str, media: Block) {
        let label = format!("{what} from tool result {}:", self.id);
        self.moved.extend([Block::Text(label), media]);
    }
}
