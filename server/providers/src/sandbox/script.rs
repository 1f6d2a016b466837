//! What the sandbox answers: decided whole from the request alone, then told as a reply or as events.

use llm::chat::{
    Block, BlockStart, Delta, Event, Format, Guard, Image, Message, Meta, Reply, Request, Role,
    Src, Stop, StopDetail, Tool, ToolChoice, ToolResult, ToolResultItem, ToolSchema, ToolUse,
    Usage, UsageSource,
};
use llm::{Error, Ext, Json, Kind, Origin};

use super::{schema, tokens};

/// A decided answer.
#[derive(Debug)]
pub(super) struct Script {
    body: Body,
    stop: Stop,
    matched: Option<String>,
    usage: Usage,
    request: Echoed,
}

#[derive(Debug)]
enum Body {
    Text(String),
    ToolUse(ToolUse),
}

/// The settings that an answer repeats.
#[derive(Debug)]
struct Echoed {
    performance: Option<llm::chat::Performance>,
    tier: Option<llm::chat::Tier>,
}

impl Script {
    /// Decides the answer to `request`.
    ///
    /// # Errors
    /// The tool that must be called is not among the tools.
    pub(super) fn new(request: &Request) -> Result<Self, Error> {
        let body = match tool_call(request)? {
            Some(call) => Body::ToolUse(call),
            None => Body::Text(text(request)),
        };
        let (body, stop, matched) = limit(body, request);
        let output = match &body {
            Body::Text(text) => tokens::count(text),
            Body::ToolUse(call) => tokens::count(call.input.as_str()),
        };
        let usage = Usage {
            input_uncached: tokens::count_request(request),
            output,
            source: UsageSource::Reported,
            ..Usage::default()
        };
        let request = Echoed {
            performance: request.performance.clone(),
            tier: request.tier.clone(),
        };
        Ok(Self {
            body,
            stop,
            matched,
            usage,
            request,
        })
    }

    /// The answer in one piece. An empty text is no block.
    pub(super) fn reply(self) -> Reply {
        let stop_detail = self.detail();
        let content = match self.body {
            Body::Text(text) if text.is_empty() => Vec::new(),
            Body::Text(text) => vec![Block::Text(text)],
            Body::ToolUse(call) => vec![Block::ToolUse(call)],
        };
        Reply {
            message: Message {
                role: Role::Assistant,
                content,
                ext: Ext::default(),
            },
            stop: self.stop,
            stop_detail,
            usage: self.usage,
            latency: None,
            native: None,
            trace: None,
            performance: self.request.performance,
            tier: self.request.tier,
            ext: Ext::default(),
        }
    }

    /// The answer as events, a delta for each token.
    pub(super) fn events(self) -> Vec<Event> {
        let ext = Ext::default;
        let detail = self.detail();
        let mut events = vec![Event::Start {
            role: Role::Assistant,
            ext: ext(),
        }];
        let n_before = events.len();
        match self.body {
            Body::Text(text) => events.extend(tokens::tokens(&text).map(|token| Event::Delta {
                index: 0,
                delta: Delta::Text(token.to_owned()),
                ext: ext(),
            })),
            Body::ToolUse(ToolUse {
                id,
                name,
                input,
                kind,
                ext: more,
            }) => {
                let start = BlockStart::ToolUse {
                    id,
                    name,
                    kind,
                    ext: more,
                };
                events.push(Event::BlockStart {
                    index: 0,
                    start,
                    ext: ext(),
                });
                events.extend(tokens::tokens(input.as_str()).map(|token| Event::Delta {
                    index: 0,
                    delta: Delta::ToolInput {
                        input: token.to_owned(),
                        ext: ext(),
                    },
                    ext: ext(),
                }));
            }
        }
        if events.len() > n_before {
            events.push(Event::BlockStop {
                index: 0,
                ext: ext(),
            });
        }
        events.push(Event::Stop {
            stop: self.stop,
            detail,
            native: None,
            ext: ext(),
        });
        events.push(Event::Meta(Box::new(Meta {
            usage: self.usage,
            latency: None,
            trace: None,
            performance: self.request.performance,
            tier: self.request.tier,
            ext: ext(),
        })));
        events
    }

    fn detail(&self) -> Option<StopDetail> {
        self.matched.clone().map(|matched| StopDetail {
            matched: Some(matched),
            provider_reason: "stop".into(),
        })
    }
}

/// Applies stop sequences and the limit of tokens, whichever comes first in the text.
fn limit(body: Body, request: &Request) -> (Body, Stop, Option<String>) {
    let inference = request.inference.as_ref();
    let most = inference
        .and_then(|inference| inference.max_tokens)
        .unwrap_or(i32::MAX);
    match body {
        Body::ToolUse(call) if tokens::count(call.input.as_str()) <= most => {
            (Body::ToolUse(call), Stop::ToolUse, None)
        }
        // A call that was cut short is not a call; the stop reason tells.
        Body::ToolUse(_) => (Body::Text(String::new()), Stop::MaxTokens, None),
        Body::Text(text) => {
            let within: String = tokens::tokens(&text)
                .zip(0..most)
                .map(|(token, _)| token)
                .collect();
            let stops = inference
                .and_then(|inference| inference.stop.as_deref())
                .unwrap_or_default();
            let hit = stops
                .iter()
                .filter_map(|stop| Some((within.find(stop.as_str())?, stop)));
            match hit.min_by_key(|(at, _)| *at) {
                Some((at, stop)) => {
                    let kept = within.get(..at).unwrap_or_default().to_owned();
                    (Body::Text(kept), Stop::StopSequence, Some(stop.clone()))
                }
                None if within.len() < text.len() => (Body::Text(within), Stop::MaxTokens, None),
                None => (Body::Text(text), Stop::EndTurn, None),
            }
        }
    }
}

/// The tool to call: none after a tool's answer; else the one that the choice or the last user text names, or any if one must be called.
fn tool_call(request: &Request) -> Result<Option<ToolUse>, Error> {
    let Some(set) = &request.tools else {
        return Ok(None);
    };
    if last_results(request).next().is_some() {
        return Ok(None);
    }
    let mut specs = set.items.iter().filter_map(|tool| match tool {
        Tool::Spec(spec) => Some(spec),
        Tool::System { .. } | Tool::CachePoint(_) | Tool::Unknown { .. } => None,
    });
    let said = last_user_text(request);
    let named = specs.clone().find(|spec| names(&said, &spec.name));
    let spec = match &set.choice {
        Some(ToolChoice::Tool { name, .. }) => Some(
            specs
                .find(|spec| spec.name == *name)
                .ok_or_else(not_offered)?,
        ),
        Some(ToolChoice::Any { .. }) => named.or_else(|| specs.next()),
        Some(ToolChoice::Auto { .. } | ToolChoice::Unknown { .. }) | None => named,
        Some(ToolChoice::None { .. }) => None,
    };
    Ok(spec.map(|spec| ToolUse {
        // Unique within a conversation, since each call adds a turn, and the same each time the conversation is replayed.
        id: format!(
            "tooluse_sandbox{:015}",
            request.messages.as_ref().map_or(0, Vec::len)
        ),
        name: spec.name.clone(),
        input: Json::from_text(sample_input(&spec.schema)),
        kind: None,
        ext: Ext::default(),
    }))
}

fn sample_input(schema: &ToolSchema) -> String {
    match schema {
        ToolSchema::Json(json) => schema::sample(json.as_str()).to_string(),
        ToolSchema::Unknown { .. } => "{}".to_owned(),
    }
}

fn not_offered() -> Error {
    Error::new(
        Kind::InvalidRequest,
        Origin::Client,
        "The tool in toolConfig.toolChoice.tool.name is not in toolConfig.tools.",
    )
}

/// Whether `text` has `name` as a whole word.
fn names(text: &str, name: &str) -> bool {
    let part_of_name =
        |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text
                .get(at.saturating_add(name.len())..)
                .and_then(|after| after.chars().next());
            !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
        })
}

/// The text of the answer: promised JSON, else the tools' answers, else what the user said last.
fn text(request: &Request) -> String {
    let promised = request
        .output
        .as_ref()
        .and_then(|output| output.text.as_ref());
    if let Some(llm::chat::TextFormat {
        schema: llm::chat::JsonSchema::Schema { schema, .. },
        ..
    }) = promised
    {
        return schema::sample(schema).to_string();
    }
    let results: Vec<String> = last_results(request).map(result_text).collect();
    if results.is_empty() {
        last_user_text(request)
    } else {
        results.join("\n")
    }
}

fn last(request: &Request) -> Option<&Message> {
    request.messages.iter().flatten().next_back()
}

/// The tool results of the last turn.
fn last_results(request: &Request) -> impl Iterator<Item = &ToolResult> {
    last(request)
        .into_iter()
        .flat_map(|message| &message.content)
        .filter_map(Block::tool_result)
}

/// The text of the last user turn; where it has none, a line for each of its media, so that a caller sees that they arrived.
fn last_user_text(request: &Request) -> String {
    let mut users = request
        .messages
        .iter()
        .flatten()
        .filter(|message| message.role == Role::User);
    let Some(message) = users.next_back() else {
        return String::new();
    };
    let texts: Vec<&str> = message.content.iter().filter_map(said).collect();
    if texts.is_empty() {
        let lines: Vec<String> = message.content.iter().filter_map(shown).collect();
        return lines.join("\n");
    }
    texts.join("\n")
}

fn said(block: &Block) -> Option<&str> {
    match block {
        Block::Text(text) => Some(text),
        Block::Guard(Guard::Text(text)) => Some(&text.text),
        Block::Guard(Guard::Image(_) | Guard::Unknown { .. })
        | Block::Image(_)
        | Block::Document(_)
        | Block::Video(_)
        | Block::Audio(_)
        | Block::ToolUse(_)
        | Block::ToolResult(_)
        | Block::CachePoint(_)
        | Block::Reasoning(_)
        | Block::Citations(_)
        | Block::SearchResult(_)
        | Block::ToolAddition { .. }
        | Block::ToolRemoval { .. }
        | Block::Unknown { .. } => None,
    }
}

fn shown(block: &Block) -> Option<String> {
    match block {
        Block::Image(image) => Some(shown_image(image)),
        Block::Document(document) => Some(format!("[document {}]", document.name)),
        Block::Video(video) => Some(shown_media("video", &video.format, &video.source)),
        Block::Audio(audio) => Some(shown_media("audio", &audio.format, &audio.source)),
        Block::SearchResult(result) => Some(format!("[search result {}]", result.title)),
        Block::Guard(Guard::Image(image)) => {
            Some(shown_media("image", &image.format, &image.source))
        }
        Block::Guard(Guard::Text(_) | Guard::Unknown { .. })
        | Block::Text(_)
        | Block::ToolUse(_)
        | Block::ToolResult(_)
        | Block::CachePoint(_)
        | Block::Reasoning(_)
        | Block::Citations(_)
        | Block::ToolAddition { .. }
        | Block::ToolRemoval { .. }
        | Block::Unknown { .. } => None,
    }
}

fn shown_image(image: &Image) -> String {
    shown_media("image", &image.format, &image.source)
}

fn shown_media(what: &str, format: &Format, source: &Src) -> String {
    match source {
        Src::Bytes(bytes) => format!("[{what} {}, {} bytes]", format.as_str(), bytes.len()),
        Src::Url(url) => format!("[{what} {}, {url}]", format.as_str()),
        Src::Object { uri, .. } => format!("[{what} {}, {uri}]", format.as_str()),
        Src::Unknown { .. } => format!("[{what} {}]", format.as_str()),
    }
}

fn result_text(result: &ToolResult) -> String {
    let items: Vec<String> = result
        .content
        .iter()
        .map(|item| match item {
            ToolResultItem::Text(text) => text.clone(),
            ToolResultItem::Json(json) => json.as_str().to_owned(),
            ToolResultItem::Image(image) => shown_image(image),
            ToolResultItem::Document(document) => format!("[document {}]", document.name),
            ToolResultItem::Video(video) => shown_media("video", &video.format, &video.source),
            ToolResultItem::SearchResult(result) => result
                .content
                .iter()
                .map(|piece| piece.text.as_str())
                .collect::<Vec<_>>()
                .join("\n"),
            ToolResultItem::Unknown { raw, .. } => raw.as_str().to_owned(),
        })
        .collect();
    items.join("\n")
}
