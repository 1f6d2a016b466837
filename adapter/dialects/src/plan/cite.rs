//! What an earlier answer cites, and search results to cite from.

use llm::Ext;
use llm::chat::{
    Block, Citation, Citations, CitedText, Location, SearchResult, SearchText, Span, Web,
};

use super::path::Path;
use super::{Act, Leaf, Planner, Verdict};

/// Earlier text with its citations, or the text alone: it stays whole, and what it cites stands in the conversation.
pub(super) fn citations(
    planner: &mut Planner<'_>,
    content: Citations,
    at: &Path<'_>,
) -> Option<Block> {
    let Citations {
        mut content,
        mut citations,
        mut ext,
    } = content;
    let pieces = at.member("content");
    let text = if content.is_some() { &pieces } else { at };
    let act = planner.act(Leaf::CitationsText, || text.to_string());
    if act == Act::Leave {
        return None;
    }
    planner.members(&mut ext, at);
    for (at, piece) in content.iter_mut().flatten().enumerate() {
        said(planner, piece, &pieces.index(at));
    }
    if act == Act::Rewrite {
        let text = joined(content.unwrap_or_default());
        return (!text.is_empty()).then_some(Block::Text(text));
    }
    let sources = at.member("citations");
    let is_one = planner.act(Leaf::CitationsPieces, || text.to_string()) == Act::Rewrite;
    if is_one {
        let text = joined(content.unwrap_or_default());
        let says_nothing = text.trim().is_empty();
        content = Some(vec![piece(text)]);
        if says_nothing && citations.take_if(|cited| !cited.is_empty()).is_some() {
            planner.warn(sources.to_string(), "dropped", "no text cites it");
        }
    }
    if citations.is_some() && !planner.keeps(Leaf::CitationsSources, &sources) {
        citations = None;
    }
    if let Some(citations) = &mut citations {
        let mut index = 0;
        citations.retain_mut(|citation| {
            let at = sources.index(index);
            index += 1;
            cited(planner, citation, &at)
        });
    }
    if is_one && citations.as_ref().is_none_or(Vec::is_empty) {
        // Text that cites nothing is text, where the two are told apart by nothing else.
        return Some(Block::Text(joined(content.unwrap_or_default())));
    }
    Some(Block::Citations(Citations {
        content,
        citations,
        ext,
    }))
}

/// Pieces of one text.
fn joined(pieces: Vec<CitedText>) -> String {
    let mut pieces = pieces.into_iter().filter_map(|piece| piece.text);
    let mut text = pieces.next().unwrap_or_default();
    text.extend(pieces);
    text
}

fn piece(text: String) -> CitedText {
    CitedText {
        text: Some(text),
        ext: Ext::default(),
    }
}

fn said(planner: &mut Planner<'_>, piece: &mut CitedText, at: &Path<'_>) {
    let CitedText { text: _, ext } = piece;
    planner.members(ext, at);
}

/// Whether the citation stays.
fn cited(planner: &mut Planner<'_>, citation: &mut Citation, at: &Path<'_>) -> bool {
    let Citation {
        title: _,
        source,
        source_content,
        location,
        ext,
    } = citation;
    planner.members(ext, at);
    let pieces = at.member("sourceContent");
    for (at, piece) in source_content.iter_mut().flatten().enumerate() {
        said(planner, piece, &pieces.index(at));
    }
    let place = at.member("location");
    let is_complete = match location {
        Some(Location::Web(Web {
            url: _,
            domain: _,
            ext,
        })) => {
            let place = place.member("web");
            planner.members(ext, &place);
            return planner.keeps(Leaf::CitationsWeb, &place);
        }
        Some(Location::DocumentChar(span)) => spanned(planner, span, &place.member("documentChar")),
        Some(Location::DocumentPage(span)) => spanned(planner, span, &place.member("documentPage")),
        Some(Location::DocumentChunk(span)) => {
            spanned(planner, span, &place.member("documentChunk"))
        }
        Some(Location::SearchResult(span)) => {
            spanned(planner, span, &place.member("searchResultLocation")) && source.is_some()
        }
        Some(Location::Unknown { member, raw: _ }) => {
            if !planner.keeps(Leaf::UnknownMember, &place.member(member)) {
                *location = None;
                // That it is incomplete now has been said with the place.
                return planner.target.verdict(Leaf::CitationsIncomplete) == Verdict::Native;
            }
            true
        }
        None => false,
    };
    let is_complete = is_complete && source_content.is_some();
    if !is_complete && !planner.keeps(Leaf::CitationsIncomplete, at) {
        return false;
    }
    let is_found = matches!(location, Some(Location::SearchResult(_)));
    source.take_if(|_| !is_found && !planner.keeps(Leaf::CitationsSource, &at.member("source")));
    if let Some(pieces) = source_content
        && planner.act(Leaf::CitationsPieces, || {
            at.member("sourceContent").to_string()
        }) == Act::Rewrite
    {
        *pieces = vec![piece(joined(std::mem::take(pieces)))];
    }
    true
}

/// Whether the place says where it is.
fn spanned(planner: &mut Planner<'_>, span: &mut Span, at: &Path<'_>) -> bool {
    let Span {
        index,
        start,
        end,
        ext,
    } = span;
    planner.members(ext, at);
    index.is_some() && start.is_some() && end.is_some()
}

/// What became of a search result.
#[derive(Debug)]
pub(super) enum Found {
    Result(SearchResult),
    /// Said as text.
    Inline(String),
}

/// A search result; `leaf` says whether it stands in a message or in the result of a tool.
pub(super) fn search_result(
    planner: &mut Planner<'_>,
    leaf: Leaf,
    result: SearchResult,
    at: &Path<'_>,
) -> Option<Found> {
    let SearchResult {
        source,
        title,
        mut content,
        citations,
        mut ext,
    } = result;
    let act = planner.act(leaf, || at.to_string());
    if act == Act::Leave {
        return None;
    }
    planner.members(&mut ext, at);
    let pieces = at.member("content");
    for (at, piece) in content.iter_mut().enumerate() {
        let SearchText { text: _, ext } = piece;
        planner.members(ext, &pieces.index(at));
    }
    let citations = promise(planner, Leaf::SearchResultCitations, citations, at);
    if act == Act::Rewrite {
        let head = element("search_result", &[("source", &source), ("title", &title)]);
        let pieces: Vec<String> = content.into_iter().map(|piece| piece.text).collect();
        let text = pieces.join("\n");
        return Some(Found::Inline(format!("{head}\n{text}\n</search_result>")));
    }
    Some(Found::Result(SearchResult {
        source,
        title,
        content,
        citations,
        ext,
    }))
}

/// Whether something may be cited. That it may not is no promise, and is only said where the format has a member for it.
pub(super) fn promise(
    planner: &mut Planner<'_>,
    leaf: Leaf,
    citations: Option<(bool, Ext)>,
    at: &Path<'_>,
) -> Option<(bool, Ext)> {
    let (enabled, mut ext) = citations?;
    let at = at.member("citations");
    let stays = if enabled {
        planner.keeps(leaf, &at.member("enabled"))
    } else {
        planner.target.verdict(leaf) == Verdict::Native
    };
    stays.then(|| {
        planner.members(&mut ext, &at);
        (enabled, ext)
    })
}

/// The opening of an element that sets text apart from what is said around it; attributes without a value are left out.
pub(super) fn element(name: &str, attributes: &[(&str, &str)]) -> String {
    let mut head = format!("<{name}");
    for (attribute, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
        let value = value
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;");
        head.push_str(&format!(" {attribute}=\"{value}\""));
    }
    head.push('>');
    head
}
