//! The sandbox's rule for tokens, the unit of its counts, its limit and its stream.
//!
//! A token is at most 16 white-space characters followed by at most 16 others.
//! So `Hello world` is two tokens, and no delta of a stream is longer than 32 characters.

use llm::chat::{
    Block, Citations, Document, DocumentSource, DocumentText, Guard, Message, Reasoning, Request,
    SearchResult, SystemItem, Tool, ToolResultItem, ToolSchema,
};

/// The most characters of a kind in one token.
const RUN_MAX: usize = 16;

/// The tokens of a text, in order; joined they are the text.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let spaces = run(rest, char::is_whitespace);
        let (_, after) = rest.split_at_checked(spaces)?;
        let word = run(after, |character| !character.is_whitespace());
        let (token, left) = rest.split_at_checked(spaces.checked_add(word)?)?;
        rest = left;
        Some(token)
    })
}

/// The length in bytes of the first run of characters that `belong`, cut at the longest a token may hold.
fn run(text: &str, belong: impl Fn(char) -> bool) -> usize {
    text.chars()
        .take(RUN_MAX)
        .take_while(|&character| belong(character))
        .map(char::len_utf8)
        .sum()
}

/// How many tokens a text has.
pub(super) fn count(text: &str) -> i32 {
    i32::try_from(tokens(text).count()).unwrap_or(i32::MAX)
}

/// How many tokens a request has: those of every text in it, of tool definitions, inputs and results as their JSON text,
/// and one for each image, document file, video and sound.
pub(super) fn count_request(request: &Request) -> i32 {
    let system = request.system.iter().flatten().map(of_system);
    let messages = request.messages.iter().flatten().map(of_message);
    let tools = request
        .tools
        .iter()
        .flat_map(|tools| &tools.items)
        .map(of_tool);
    sum(system.chain(messages).chain(tools))
}

fn sum(counts: impl Iterator<Item = i32>) -> i32 {
    counts.fold(0, i32::saturating_add)
}

fn of_system(item: &SystemItem) -> i32 {
    match item {
        SystemItem::Text(text) => count(text),
        SystemItem::Guard(guard) => of_guard(guard),
        SystemItem::CachePoint(_) => 0,
        SystemItem::Unknown { raw, .. } => count(raw.as_str()),
    }
}

fn of_message(message: &Message) -> i32 {
    sum(message.content.iter().map(of_block))
}

fn of_block(block: &Block) -> i32 {
    match block {
        Block::Text(text) => count(text),
        Block::Image(_) | Block::Video(_) | Block::Audio(_) => 1,
        Block::Document(document) => of_document(document),
        Block::ToolUse(call) => count(&call.name).saturating_add(count(call.input.as_str())),
        Block::ToolResult(result) => sum(result.content.iter().map(of_result)),
        Block::Guard(guard) => of_guard(guard),
        Block::CachePoint(_) => 0,
        Block::Reasoning(Reasoning::Text { text, .. }) => count(text),
        Block::Reasoning(Reasoning::Redacted(_)) => 1,
        Block::Reasoning(Reasoning::Unknown { raw, .. }) => count(raw.as_str()),
        Block::Citations(Citations { content, .. }) => sum(content
            .iter()
            .flatten()
            .filter_map(|piece| piece.text.as_deref())
            .map(count)),
        Block::SearchResult(result) => of_search_result(result),
        Block::ToolAddition { tool, .. } | Block::ToolRemoval { tool, .. } => {
            tool.name.as_deref().map_or(0, count)
        }
        Block::Unknown { raw, .. } => count(raw.as_str()),
    }
}

fn of_result(item: &ToolResultItem) -> i32 {
    match item {
        ToolResultItem::Json(json) => count(json.as_str()),
        ToolResultItem::Text(text) => count(text),
        ToolResultItem::Image(_) | ToolResultItem::Video(_) => 1,
        ToolResultItem::Document(document) => of_document(document),
        ToolResultItem::SearchResult(result) => of_search_result(result),
        ToolResultItem::Unknown { raw, .. } => count(raw.as_str()),
    }
}

fn of_document(document: &Document) -> i32 {
    match &document.source {
        DocumentSource::File(_) => 1,
        DocumentSource::Text(text) => count(text),
        DocumentSource::Content(pieces) => sum(pieces.iter().map(|piece| match piece {
            DocumentText::Text(text) => count(text),
            DocumentText::Unknown { raw, .. } => count(raw.as_str()),
        })),
    }
}

fn of_search_result(result: &SearchResult) -> i32 {
    sum(result.content.iter().map(|piece| count(&piece.text))).saturating_add(count(&result.title))
}

fn of_guard(guard: &Guard) -> i32 {
    match guard {
        Guard::Text(text) => count(&text.text),
        Guard::Image(_) => 1,
        Guard::Unknown { raw, .. } => count(raw.as_str()),
    }
}

fn of_tool(tool: &Tool) -> i32 {
    match tool {
        Tool::Spec(spec) => count(&spec.name)
            .saturating_add(spec.description.as_deref().map_or(0, count))
            .saturating_add(of_schema(&spec.schema)),
        Tool::System { name, .. } => count(name),
        Tool::CachePoint(_) => 0,
        Tool::Unknown { raw, .. } => count(raw.as_str()),
    }
}

fn of_schema(schema: &ToolSchema) -> i32 {
    match schema {
        ToolSchema::Json(json) | ToolSchema::Unknown { raw: json, .. } => count(json.as_str()),
    }
}
