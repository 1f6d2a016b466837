//! From a whole reply to its events.

use llm::Ext;
use llm::chat::{
    Block, BlockStart, Citations, CitedText, Delta, Event, Image, Message, Meta, Reasoning,
    ReasoningDelta, Reply, ToolResult, ToolResultDelta, ToolResultItem, ToolUse,
};

use crate::Error;

/// Tells a whole reply as events, each block in as few pieces as can be.
///
/// The texts of a block with citations become one, which its citations follow.
///
/// # Errors
/// A block has no form in a stream: only text, citations, reasoning, tool calls, results of text and JSON, and images have,
/// and of text, citations and reasoning only what the model knows.
pub fn events(reply: Reply) -> Result<Vec<Event>, Error> {
    let Reply {
        message,
        stop,
        stop_detail,
        usage,
        latency,
        native,
        trace,
        performance,
        tier,
        ext,
    } = reply;
    let Message {
        role,
        content,
        ext: message_ext,
    } = message;
    let mut events = vec![Event::Start {
        role,
        ext: message_ext,
    }];
    for (block, index) in content.into_iter().zip(0..) {
        let (start, deltas) = pieces(block)?;
        events.extend(start.map(|start| Event::BlockStart {
            index,
            start,
            ext: Ext::default(),
        }));
        events.extend(deltas.into_iter().map(|delta| Event::Delta {
            index,
            delta,
            ext: Ext::default(),
        }));
        events.push(Event::BlockStop {
            index,
            ext: Ext::default(),
        });
    }
    events.push(Event::Stop {
        stop,
        detail: stop_detail,
        native,
        ext: Ext::default(),
    });
    events.push(Event::Meta(Box::new(Meta {
        usage,
        latency,
        trace,
        performance,
        tier,
        ext,
    })));
    Ok(events)
}

/// How a block is announced, if it is, and its pieces.
type Told = (Option<BlockStart>, Vec<Delta>);

fn pieces(block: Block) -> Result<Told, Error> {
    match block {
        Block::Text(text) => Ok((None, vec![Delta::Text(text)])),
        Block::Citations(citations) => cited(citations).map(|deltas| (None, deltas)),
        Block::Reasoning(reasoning) => reasoned(reasoning).map(|deltas| (None, deltas)),
        Block::ToolUse(call) => Ok(called(call)),
        Block::ToolResult(result) => returned(result),
        Block::Image(image) => Ok(pictured(image)),
        Block::Document(_)
        | Block::Video(_)
        | Block::Audio(_)
        | Block::Guard(_)
        | Block::CachePoint(_)
        | Block::SearchResult(_)
        | Block::ToolAddition { .. }
        | Block::ToolRemoval { .. }
        | Block::Unknown { .. } => Err(untold("such a block")),
    }
}

fn untold(what: &'static str) -> Error {
    Error::Untold { what }
}

fn cited(block: Citations) -> Result<Vec<Delta>, Error> {
    let Citations {
        content,
        citations,
        ext,
    } = block;
    if !ext.is_empty() {
        return Err(untold("an unknown member of cited text"));
    }
    let mut text = String::new();
    for CitedText { text: piece, ext } in content.into_iter().flatten() {
        match piece {
            Some(piece) if ext.is_empty() => text.push_str(&piece),
            Some(_) | None => return Err(untold("an unknown piece of cited text")),
        }
    }
    let citations = citations
        .into_iter()
        .flatten()
        .map(|citation| Delta::Citation(Box::new(citation)));
    Ok(std::iter::once(Delta::Text(text))
        .chain(citations)
        .collect())
}

fn reasoned(reasoning: Reasoning) -> Result<Vec<Delta>, Error> {
    let deltas: Vec<ReasoningDelta> = match reasoning {
        Reasoning::Text {
            text,
            signature,
            ext,
        } if ext.is_empty() => std::iter::once(ReasoningDelta::Text(text))
            .chain(signature.map(ReasoningDelta::Signature))
            .collect(),
        Reasoning::Redacted(bytes) => vec![ReasoningDelta::Redacted(bytes)],
        // The pieces have members of other names than the whole, so what is unknown of one says nothing in the other.
        Reasoning::Text { .. } | Reasoning::Unknown { .. } => {
            return Err(untold("an unknown member of reasoning"));
        }
    };
    Ok(deltas.into_iter().map(Delta::Reasoning).collect())
}

fn called(call: ToolUse) -> Told {
    let ToolUse {
        id,
        name,
        input,
        kind,
        ext,
    } = call;
    let start = BlockStart::ToolUse {
        id,
        name,
        kind,
        ext,
    };
    let delta = Delta::ToolInput {
        input: input.as_str().to_owned(),
        ext: Ext::default(),
    };
    (Some(start), vec![delta])
}

fn returned(result: ToolResult) -> Result<Told, Error> {
    let ToolResult {
        id,
        content,
        status,
        kind,
        ext,
    } = result;
    let start = BlockStart::ToolResult {
        id,
        kind,
        status,
        ext,
    };
    let pieces: Vec<ToolResultDelta> = content
        .into_iter()
        .map(result_piece)
        .collect::<Result<_, _>>()?;
    let deltas = if pieces.is_empty() {
        Vec::new()
    } else {
        vec![Delta::ToolResult(pieces)]
    };
    Ok((Some(start), deltas))
}

fn pictured(image: Image) -> Told {
    let Image {
        format,
        source,
        error,
        ext,
    } = image;
    let delta = Delta::Image {
        source: Some(source),
        error,
        ext: Ext::default(),
    };
    (Some(BlockStart::Image { format, ext }), vec![delta])
}

fn result_piece(item: ToolResultItem) -> Result<ToolResultDelta, Error> {
    match item {
        ToolResultItem::Text(text) => Ok(ToolResultDelta::Text(text)),
        ToolResultItem::Json(json) => Ok(ToolResultDelta::Json(json)),
        ToolResultItem::Unknown { member, raw } => Ok(ToolResultDelta::Unknown { member, raw }),
        ToolResultItem::Image(_)
        | ToolResultItem::Document(_)
        | ToolResultItem::Video(_)
        | ToolResultItem::SearchResult(_) => Err(untold("such a result of a tool")),
    }
}
