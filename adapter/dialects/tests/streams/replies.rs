//! Replies that a format can say: what the laws range over.

use llm::chat::{
    Block, CacheDetail, Citation, Citations, CitedText, Location, Message, Reasoning, Reply, Role,
    Span, Stop, StopDetail, ToolResult, ToolResultItem, ToolUse, Usage, Web,
};
use llm::{Ext, Json};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{BoxedStrategy, Just, Strategy, prop_oneof};

use crate::Wire;

/// A reply of that format, its stop beside its word for it.
pub(crate) fn replies(wire: Wire) -> BoxedStrategy<Reply> {
    let blocks = match wire {
        Wire::Anthropic => vec(anthropic_block(), 0..6).boxed(),
        Wire::OpenAi => vec(openai_block(), 0..6).prop_map(apart).boxed(),
    };
    (blocks, stops(wire), usage(wire))
        .prop_map(move |(content, (stop, word, matched), usage)| {
            let content = distinct(content);
            // Whoever calls a tool stops for it.
            let (stop, word) = match (stop, calls(&content), wire) {
                (Stop::EndTurn | Stop::StopSequence, true, Wire::Anthropic) => {
                    (Stop::ToolUse, "tool_use")
                }
                (Stop::EndTurn, true, Wire::OpenAi) => (Stop::ToolUse, "tool_calls"),
                (Stop::ToolUse, false, _) => (Stop::MaxTokens, max_tokens(wire)),
                (stop, _, _) => (stop, word),
            };
            let matched = matched.filter(|_| stop == Stop::StopSequence);
            Reply {
                message: Message {
                    role: Role::Assistant,
                    content,
                    ext: Ext::default(),
                },
                stop,
                stop_detail: Some(StopDetail {
                    matched,
                    provider_reason: word.to_owned(),
                }),
                usage,
                latency: None,
                native: None,
                trace: None,
                performance: None,
                tier: None,
                ext: Ext::default(),
            }
        })
        .boxed()
}

fn max_tokens(wire: Wire) -> &'static str {
    match wire {
        Wire::Anthropic => "max_tokens",
        Wire::OpenAi => "length",
    }
}

/// A stop, the format's word for it, and the sequence that was met.
fn stops(wire: Wire) -> BoxedStrategy<(Stop, &'static str, Option<String>)> {
    let word = |stop, word| Just((stop, word, None)).boxed();
    match wire {
        Wire::Anthropic => prop_oneof![
            word(Stop::EndTurn, "end_turn"),
            word(Stop::ToolUse, "tool_use"),
            word(Stop::MaxTokens, "max_tokens"),
            word(Stop::ContentFiltered, "refusal"),
            word(Stop::ContextWindowExceeded, "model_context_window_exceeded"),
            word(Stop::PauseTurn, "pause_turn"),
            option::of("[a-z]{1,5}").prop_map(|met| (Stop::StopSequence, "stop_sequence", met)),
        ]
        .boxed(),
        Wire::OpenAi => prop_oneof![
            word(Stop::EndTurn, "stop"),
            word(Stop::ToolUse, "tool_calls"),
            word(Stop::MaxTokens, "length"),
            word(Stop::ContentFiltered, "content_filter"),
        ]
        .boxed(),
    }
}

fn usage(wire: Wire) -> BoxedStrategy<Usage> {
    let tokens = || 0..1_000_000_i32;
    let details = match wire {
        Wire::Anthropic => option::of((1..9_000_i32, 1..9_000_i32)).boxed(),
        Wire::OpenAi => Just(None).boxed(),
    };
    let cached = (option::of(tokens()), option::of(tokens()), details);
    (tokens(), tokens(), cached)
        .prop_map(
            |(input_uncached, output, (cache_read, cache_write, details))| {
                let detail = |ttl: &str, input| CacheDetail {
                    ttl: ttl.to_owned(),
                    input,
                    ext: Ext::default(),
                };
                Usage {
                    input_uncached,
                    output,
                    cache_read,
                    cache_write,
                    cache_details: details
                        .map(|(one, five)| vec![detail("1h", one), detail("5m", five)]),
                    ..Usage::default()
                }
            },
        )
        .boxed()
}

fn text() -> impl Strategy<Value = String> {
    // Everything that JSON escapes, and what takes two UTF-16 units.
    prop_oneof!["[ -~]{1,12}", "[\"\\\\\n\t\u{1}😀é\u{2028}]{1,6}", ".{1,9}"]
        .prop_filter("says something", |text| !text.is_empty())
}

fn input() -> impl Strategy<Value = Json> {
    vec((text(), text()), 0..3).prop_map(|members| {
        let members: serde_json::Map<_, _> = members
            .into_iter()
            .map(|(name, value)| (name, serde_json::Value::from(value)))
            .collect();
        Json::from_text(serde_json::Value::Object(members).to_string())
    })
}

fn call(kind: Option<&'static str>) -> impl Strategy<Value = Block> {
    ("[a-zA-Z0-9_-]{1,20}", "[a-z_]{1,10}", input()).prop_map(move |(id, name, input)| {
        Block::ToolUse(ToolUse {
            id,
            name,
            input,
            kind: kind.map(str::to_owned),
            ext: Ext::default(),
        })
    })
}

fn cited(citations: impl Strategy<Value = Citation>) -> impl Strategy<Value = Block> {
    (text(), vec(citations, 1..3)).prop_map(|(text, citations)| {
        let piece = CitedText {
            text: Some(text),
            ext: Ext::default(),
        };
        Block::Citations(Citations {
            content: Some(vec![piece]),
            citations: Some(citations),
            ext: Ext::default(),
        })
    })
}

fn anthropic_block() -> BoxedStrategy<Block> {
    let reasoning = (text(), option::of(text())).prop_map(|(text, signature)| Reasoning::Text {
        text,
        signature,
        ext: Ext::default(),
    });
    // The newer models seal reasoning that they do not show.
    let hidden = text().prop_map(|signature| Reasoning::Text {
        text: String::new(),
        signature: Some(signature),
        ext: Ext::default(),
    });
    let redacted = text().prop_map(|data| Reasoning::Redacted(data.into()));
    let result = ("[a-zA-Z0-9_]{1,20}", input()).prop_map(|(id, content)| {
        Block::ToolResult(ToolResult {
            id,
            content: vec![ToolResultItem::Json(content)],
            status: None,
            kind: Some("web_search_tool_result".to_owned()),
            ext: Ext::default(),
        })
    });
    let unknown = text().prop_map(|data| Block::Unknown {
        member: "hologram".to_owned(),
        raw: Json::from_text(serde_json::json!({"type": "hologram", "data": data}).to_string()),
    });
    prop_oneof![
        3 => text().prop_map(Block::Text),
        2 => cited(document_citation()),
        1 => reasoning.prop_map(Block::Reasoning),
        1 => hidden.prop_map(Block::Reasoning),
        1 => redacted.prop_map(Block::Reasoning),
        2 => call(None),
        1 => call(Some("server_tool_use")),
        1 => result,
        1 => unknown,
    ]
    .boxed()
}

fn document_citation() -> impl Strategy<Value = Citation> {
    let span = option::of((0..9_i32, 0..99_i32, 0..99_i32));
    let kinds: [fn(Span) -> Location; 4] = [
        Location::DocumentChar,
        Location::DocumentPage,
        Location::DocumentChunk,
        Location::SearchResult,
    ];
    let kind = (0..kinds.len()).prop_map(move |at| kinds[at]);
    (option::of(text()), text(), span, kind).prop_map(|(title, cited, span, kind)| {
        let (index, start, end) = match span {
            Some((index, start, end)) => (Some(index), Some(start), Some(end)),
            None => (None, None, None),
        };
        let span = Span {
            index,
            start,
            end,
            ext: Ext::default(),
        };
        Citation {
            title,
            source: None,
            source_content: Some(vec![CitedText {
                text: Some(cited),
                ext: Ext::default(),
            }]),
            location: Some(kind(span)),
            ext: Ext::default(),
        }
    })
}

fn openai_block() -> BoxedStrategy<Block> {
    let page = (option::of(text()), "[a-z]{1,8}\\.com").prop_map(|(title, domain)| Citation {
        title,
        location: Some(Location::Web(Web {
            url: Some(format!("https://{domain}/a?b")),
            domain: Some(domain),
            ext: Ext::default(),
        })),
        ..Citation::default()
    });
    prop_oneof![
        2 => text().prop_map(Block::Text),
        1 => cited(page),
        2 => call(None),
    ]
    .boxed()
}

/// Without texts that follow texts, which this format does not keep apart.
fn apart(blocks: Vec<Block>) -> Vec<Block> {
    let mut apart: Vec<Block> = Vec::new();
    for block in blocks {
        let is_text = |block: &Block| matches!(block, Block::Text(_) | Block::Citations(_));
        if !(is_text(&block) && apart.last().is_some_and(is_text)) {
            apart.push(block);
        }
    }
    apart
}

/// With ids that are one call's each.
fn distinct(mut blocks: Vec<Block>) -> Vec<Block> {
    for (at, block) in blocks.iter_mut().enumerate() {
        if let Block::ToolUse(call) = block {
            call.id = format!("{at}_{}", call.id);
        }
    }
    blocks
}

fn calls(blocks: &[Block]) -> bool {
    blocks
        .iter()
        .any(|block| matches!(block, Block::ToolUse(call) if call.kind.is_none()))
}
