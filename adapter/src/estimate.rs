//! A guess at how many tokens a request has, for a format whose first event tells them and whose last corrects it.

use llm::chat::{
    Block, CitedText, Document, DocumentSource, DocumentText, Guard, Message, Reasoning, Request,
    SearchResult, Src, SystemItem, Tool, ToolResultItem, ToolSchema,
};

/// How many bytes of text a token stands for: what providers tell their users for English.
const BYTES_PER_TOKEN: usize = 4;
/// What an image, a sound or a page or two of a file cost, roughly: as much as a large image does at Anthropic.
const MEDIA_TOKENS: usize = 1600;

/// The guess.
pub(crate) fn input_tokens(request: &Request) -> i32 {
    let system = request.system.iter().flatten().map(of_system);
    let messages = request.messages.iter().flatten().map(of_message);
    let tools = request
        .tools
        .iter()
        .flat_map(|tools| &tools.items)
        .map(of_tool);
    let n_bytes = sum(system.chain(messages).chain(tools));
    i32::try_from(n_bytes.div_ceil(BYTES_PER_TOKEN)).unwrap_or(i32::MAX)
}

/// A medium as so many bytes of text.
const MEDIA: usize = MEDIA_TOKENS * BYTES_PER_TOKEN;

fn sum(counts: impl Iterator<Item = usize>) -> usize {
    counts.fold(0, usize::saturating_add)
}

fn of_system(item: &SystemItem) -> usize {
    match item {
        SystemItem::Text(text) => text.len(),
        SystemItem::Guard(guard) => of_guard(guard),
        SystemItem::CachePoint(_) => 0,
        SystemItem::Unknown { raw, .. } => raw.as_str().len(),
    }
}

fn of_message(message: &Message) -> usize {
    sum(message.content.iter().map(of_block))
}

fn of_tool(tool: &Tool) -> usize {
    match tool {
        Tool::Spec(spec) => {
            let schema = match &spec.schema {
                ToolSchema::Json(raw) | ToolSchema::Unknown { raw, .. } => raw.as_str().len(),
            };
            let description = spec.description.as_deref().map_or(0, str::len);
            sum([spec.name.len(), description, schema].into_iter())
        }
        Tool::System { name, .. } => name.len(),
        Tool::CachePoint(_) => 0,
        Tool::Unknown { raw, .. } => raw.as_str().len(),
    }
}

fn of_block(block: &Block) -> usize {
    match block {
        Block::Text(text) => text.len(),
        Block::Image(_) | Block::Video(_) | Block::Audio(_) => MEDIA,
        Block::Document(document) => of_document(document),
        Block::ToolUse(call) => call.name.len().saturating_add(call.input.as_str().len()),
        Block::ToolResult(result) => sum(result.content.iter().map(of_result)),
        Block::Guard(guard) => of_guard(guard),
        Block::Reasoning(Reasoning::Text { text, .. }) => text.len(),
        Block::Reasoning(Reasoning::Redacted(bytes)) => bytes.len(),
        Block::Citations(citations) => sum(citations.content.iter().flatten().map(of_cited)),
        Block::SearchResult(result) => of_search(result),
        Block::Reasoning(Reasoning::Unknown { raw, .. }) | Block::Unknown { raw, .. } => {
            raw.as_str().len()
        }
        Block::CachePoint(_) | Block::ToolAddition { .. } | Block::ToolRemoval { .. } => 0,
    }
}

fn of_result(item: &ToolResultItem) -> usize {
    match item {
        ToolResultItem::Text(text) => text.len(),
        ToolResultItem::Json(raw) | ToolResultItem::Unknown { raw, .. } => raw.as_str().len(),
        ToolResultItem::Image(_) | ToolResultItem::Video(_) => MEDIA,
        ToolResultItem::Document(document) => of_document(document),
        ToolResultItem::SearchResult(result) => of_search(result),
    }
}

fn of_document(document: &Document) -> usize {
    match &document.source {
        DocumentSource::File(
            Src::Bytes(_) | Src::Url(_) | Src::Object { .. } | Src::Unknown { .. },
        ) => MEDIA,
        DocumentSource::Text(text) => text.len(),
        DocumentSource::Content(pieces) => sum(pieces.iter().map(|piece| match piece {
            DocumentText::Text(text) => text.len(),
            DocumentText::Unknown { raw, .. } => raw.as_str().len(),
        })),
    }
}

fn of_guard(guard: &Guard) -> usize {
    match guard {
        Guard::Text(text) => text.text.len(),
        Guard::Image(_) => MEDIA,
        Guard::Unknown { raw, .. } => raw.as_str().len(),
    }
}

fn of_cited(piece: &CitedText) -> usize {
    piece.text.as_deref().map_or(0, str::len)
}

fn of_search(result: &SearchResult) -> usize {
    let pieces = result.content.iter().map(|piece| piece.text.len());
    sum(pieces.chain([result.title.len(), result.source.len()]))
}
