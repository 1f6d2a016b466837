//! Requests as callers of another format make them, generated: everything that this format can carry, and much that it cannot.

use llm::chat::{
    Block, CachePoint, Citations, CitedText, Document, DocumentSource, Format, Guard, GuardText,
    Image, Inference, JsonSchema, Message, Output, Reasoning, Request, Role, Src, SystemItem,
    TextFormat, Tier, Tool, ToolChoice, ToolResult, ToolResultItem, ToolSchema, ToolSet, ToolSpec,
    ToolStatus, ToolUse,
};
use llm::{Ext, Json, Num};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Just, Strategy};

/// Text with what JSON must escape, and none that is blank.
fn text() -> BoxedStrategy<String> {
    let odd = "a\"\\\n\u{1f600}\u{0}é b";
    prop_oneof!["[a-z ]{0,8}[a-z]", Just(odd.to_owned())].boxed()
}

/// JSON whose text would not survive being parsed and printed.
fn json() -> BoxedStrategy<Json> {
    let texts = [
        "{}",
        r#"{"z":1.10,"a":1E2}"#,
        r#"{ "n": 123456789012345678901234567890, "t": "\u00e9\\" }"#,
    ];
    select(texts.to_vec()).prop_map(Json::from_text).boxed()
}

fn bytes() -> BoxedStrategy<Src> {
    let bytes = vec(any::<u8>(), 1..9);
    bytes.prop_map(|bytes| Src::Bytes(bytes.into())).boxed()
}

fn image() -> BoxedStrategy<Image> {
    (select(vec!["png", "jpeg", "gif", "webp"]), bytes())
        .prop_map(|(format, source)| Image {
            format: Format(format.into()),
            source,
            error: None,
            ext: Ext::default(),
        })
        .boxed()
}

fn document() -> BoxedStrategy<Document> {
    let pdf = (Just("pdf"), bytes().prop_map(DocumentSource::File));
    let plain = text().prop_map(|text| DocumentSource::File(Src::Bytes(text.into())));
    let plain = (select(vec!["txt", "csv", "md", "html"]), plain);
    let given = (Just("txt"), text().prop_map(DocumentSource::Text));
    (prop_oneof![pdf, plain, given], text())
        .prop_map(|((format, source), name)| Document {
            format: Some(Format(format.into())),
            name,
            source,
            context: None,
            citations: None,
            ext: Ext::default(),
        })
        .boxed()
}

fn cache_point() -> CachePoint {
    CachePoint {
        kind: "default".to_owned(),
        ttl: None,
        ext: Ext::default(),
    }
}

/// What a user says.
fn asked() -> BoxedStrategy<Block> {
    let guard = text().prop_map(|text| {
        Block::Guard(Guard::Text(GuardText {
            text,
            qualifiers: None,
            ext: Ext::default(),
        }))
    });
    prop_oneof![
        4 => text().prop_map(Block::Text),
        1 => image().prop_map(Block::Image),
        1 => document().prop_map(Block::Document),
        1 => guard,
        1 => Just(Block::CachePoint(cache_point())),
        1 => Just(Block::Text(String::new())),
    ]
    .boxed()
}

/// What the model says beside its calls.
fn answered() -> BoxedStrategy<Block> {
    let reasoning = (text(), option::of(text())).prop_map(|(text, signature)| {
        Block::Reasoning(Reasoning::Text {
            text,
            signature,
            ext: Ext::default(),
        })
    });
    let cited = text().prop_map(|text| {
        let text = Some(text);
        let ext = Ext::default();
        Block::Citations(Citations {
            content: Some(vec![CitedText { text, ext }]),
            ..Citations::default()
        })
    });
    prop_oneof![3 => text().prop_map(Block::Text), 1 => reasoning, 1 => cited].boxed()
}

/// What a tool gives back.
fn given_back() -> BoxedStrategy<(Vec<ToolResultItem>, Option<ToolStatus>)> {
    let item = prop_oneof![
        2 => text().prop_map(ToolResultItem::Text),
        2 => json().prop_map(ToolResultItem::Json),
        1 => image().prop_map(ToolResultItem::Image),
        1 => document().prop_map(ToolResultItem::Document),
    ];
    let status = prop_oneof![
        Just(None),
        Just(Some(ToolStatus::Success)),
        Just(Some(ToolStatus::Error)),
    ];
    (vec(item, 0..3), status).boxed()
}

fn message(role: Role, content: Vec<Block>) -> Message {
    Message {
        role,
        content,
        ext: Ext::default(),
    }
}

/// A question, an answer, calls of tools and what they gave back, in which order the caller likes.
fn turns() -> BoxedStrategy<Vec<Message>> {
    let call = (json(), given_back());
    let turn = (
        vec(asked(), 1..3),
        vec(answered(), 0..3),
        vec(call, 0..3),
        any::<bool>(),
        any::<bool>(),
    );
    vec(turn, 1..4)
        .prop_map(|turns| {
            let mut messages = Vec::new();
            for (n, (mut asked, mut answered, calls, is_turned, is_first)) in
                turns.into_iter().enumerate()
            {
                // Bedrock wants text beside a document.
                asked.push(Block::Text("look".to_owned()));
                messages.push(message(Role::User, asked));
                let mut results = Vec::new();
                for (m, (input, (content, status))) in calls.into_iter().enumerate() {
                    let id = format!("tooluse_{n}_{m}");
                    let use_ = Block::ToolUse(ToolUse {
                        id: id.clone(),
                        name: "f".to_owned(),
                        input,
                        kind: None,
                        ext: Ext::default(),
                    });
                    let place = if is_first { 0 } else { answered.len() };
                    answered.insert(place, use_);
                    results.push(Block::ToolResult(ToolResult {
                        id,
                        content,
                        status,
                        kind: None,
                        ext: Ext::default(),
                    }));
                }
                if is_turned {
                    results.reverse();
                }
                if !answered.is_empty() {
                    messages.push(message(Role::Assistant, answered));
                }
                if !results.is_empty() {
                    let place = if is_first { results.len() } else { 0 };
                    results.insert(place, Block::Text("so".to_owned()));
                    messages.push(message(Role::User, results));
                }
            }
            messages.push(message(Role::User, vec![Block::Text("and?".to_owned())]));
            messages
        })
        .boxed()
}

fn tools() -> BoxedStrategy<ToolSet> {
    let ext = Ext::default;
    let choice = prop_oneof![
        Just(ToolChoice::Auto { ext: ext() }),
        Just(ToolChoice::Any { ext: ext() }),
        Just(ToolChoice::None { ext: ext() }),
        Just(ToolChoice::Tool {
            name: "f".to_owned(),
            ext: ext()
        }),
    ];
    let spec = |name: &'static str| {
        (option::of(text()), json(), option::of(any::<bool>())).prop_map(
            move |(description, schema, strict)| {
                Tool::Spec(ToolSpec {
                    name: name.to_owned(),
                    description,
                    schema: ToolSchema::Json(schema),
                    strict,
                    ext: Ext::default(),
                })
            },
        )
    };
    let tools = (spec("f"), option::of(spec("g")), any::<bool>());
    (tools, option::of(choice), option::of(any::<bool>()))
        .prop_map(|((one, other, is_cached), choice, parallel)| {
            let mut items = vec![one];
            items.extend(other);
            if is_cached {
                items.push(Tool::CachePoint(cache_point()));
            }
            ToolSet {
                items,
                choice,
                parallel,
                ext: Ext::default(),
            }
        })
        .boxed()
}

fn inference() -> BoxedStrategy<Inference> {
    let number = || option::of(select(vec![("0.7", 0.7), ("1", 1.0), ("0.50", 0.5)]));
    let stop = option::of(vec(text(), 1..4));
    (option::of(1..4096), number(), number(), stop)
        .prop_map(|(max_tokens, temperature, top_p, stop)| Inference {
            max_tokens,
            temperature: temperature.map(|(text, value)| Num::new(text, value)),
            top_p: top_p.map(|(text, value)| Num::new(text, value)),
            stop,
            ext: Ext::default(),
        })
        .boxed()
}

fn output() -> BoxedStrategy<Output> {
    (json(), option::of("[a-zA-Z0-9_-]{1,9}"), option::of(text()))
        .prop_map(|(schema, name, description)| Output {
            text: Some(TextFormat {
                kind: "json_schema".to_owned(),
                schema: JsonSchema::Schema {
                    schema: schema.as_str().to_owned(),
                    name,
                    description,
                    ext: Ext::default(),
                },
                ext: Ext::default(),
            }),
            effort: None,
            ext: Ext::default(),
        })
        .boxed()
}

/// A whole request.
pub(crate) fn request() -> BoxedStrategy<Request> {
    let item = prop_oneof![
        3 => text().prop_map(SystemItem::Text),
        1 => Just(SystemItem::CachePoint(cache_point())),
    ];
    let tier = select(vec!["default", "priority", "flex"]).prop_map(|kind| Tier {
        kind: kind.to_owned(),
        ext: Ext::default(),
    });
    let settings = (
        option::of(inference()),
        option::of(output()),
        option::of(tier),
    );
    (
        option::of(vec(item, 1..3)),
        turns(),
        option::of(tools()),
        settings,
    )
        .prop_map(
            |(system, messages, tools, (inference, output, tier))| Request {
                system,
                messages: Some(messages),
                tools,
                inference,
                output,
                tier,
                ..Request::default()
            },
        )
        .boxed()
}
