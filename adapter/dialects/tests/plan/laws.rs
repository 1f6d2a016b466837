//! What holds of every plan: a second changes nothing, paths lead into the request as it came, turns stand as the target wants them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt::Debug;

use dialects::anthropic::Anthropic;
use dialects::converse::{Bedrock, decode_request};
use dialects::openai_chat::{
    Quirks, Server, decode_request as decode_chat, encode_request as encode_chat,
};
use dialects::plan::{Leaf, Limits, Shape, Target, Verdict, plan};
use generated::runtime::operation::Converse;
use generated::runtime::operation::converse::ConverseInput;
use generated::runtime::router::ROUTER;
use generated::runtime::types::{self, ContentBlock};
use llm::chat::{Block, Dialect, Message, Request, Role, Tool, ToolChoice};
use llm::{Ext, Plan};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use rest_json::Operation;
use serde_json::{Value, json};

use crate::fill::Filler;
use crate::{Table, chat, claude, everything, request};

const QUIRKS: [Quirks; 2] = [Quirks::OPENAI, Quirks::COMPATIBLE];

/// Runs `law` on so many values.
fn for_all<S: Strategy<Value: Debug>>(
    cases: u32,
    values: &S,
    law: impl Fn(S::Value) -> Result<(), String>,
) {
    let config = Config {
        cases,
        max_shrink_iters: 4000,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(values, |value| law(value).map_err(TestCaseError::fail))
        .unwrap();
}

/// Every kind of target: those of the tests and those that are served.
fn targets() -> Vec<Box<dyn Target>> {
    let mut targets: Vec<Box<dyn Target>> = vec![
        Box::new(everything()),
        Box::new(chat()),
        Box::new(claude()),
        Box::new(bare()),
        Box::new(strange()),
    ];
    for model in [
        "claude-sonnet-4-5",
        "claude-3-haiku-20240307",
        "claude-opus-4-8",
        "x",
    ] {
        targets.push(Box::new(Anthropic::new(model)));
    }
    for quirks in &QUIRKS {
        for model in ["gpt-4o", "gpt-5.1", "o3", "x"] {
            targets.push(Box::new(Server::new(quirks, model)));
        }
    }
    for model in [
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "amazon.nova-2-lite-v1:0",
        "x",
    ] {
        targets.push(Box::new(Bedrock::new(model)));
    }
    targets
}

/// Takes nothing that it need not, each without refusing.
fn bare() -> Table {
    let mut table = claude();
    for leaf in Leaf::ALL {
        let is_core = matches!(
            leaf,
            Leaf::Text | Leaf::SystemText | Leaf::ToolSpec | Leaf::MaxTokensAbsent
        );
        if !is_core {
            table = table.but(*leaf, Verdict::Dropped("not taken"));
        }
    }
    table
}

/// Has a rewriting wherever the walk knows one, and a shape of its own.
fn strange() -> Table {
    let mut table = chat();
    for leaf in [
        Leaf::MessageSystem,
        Leaf::LeadingAssistant,
        Leaf::Prefill,
        Leaf::ChoiceTool,
        Leaf::ChoiceNone,
        Leaf::DocumentPlain,
        Leaf::DocumentText,
        Leaf::DocumentContent,
        Leaf::ToolResultVideo,
        Leaf::CitationsSources,
    ] {
        table = table.but(leaf, Verdict::Exact(""));
    }
    table = table.but(Leaf::BlankText, Verdict::Silent(""));
    table = table.but(Leaf::CachePoint, Verdict::Native);
    table.limits = Limits {
        stop_sequences: None,
        cache_points: Some(1),
    };
    table.shape = Shape {
        merges_turns: true,
        results_first: false,
        results_apart: true,
        calls_last: true,
        marks_cache: true,
    };
    table
}

/// A plan of a planned request finds nothing more to do, even where the first found something to refuse.
fn is_final(target: &dyn Target, asked: &Request) -> Result<(), String> {
    let first = plan(target, asked);
    let planned = first.request.unwrap_or_else(|| asked.clone());
    let Plan {
        request,
        warnings,
        rejects,
    } = plan(target, &planned);
    if request.is_none() && warnings.is_empty() && rejects.is_empty() {
        return Ok(());
    }
    let name = target.name();
    Err(format!(
        "{name} made {planned:#?}\nand then {request:#?}\nwith {warnings:#?}\nand {rejects:#?}"
    ))
}

/// Every place that a plan names in the conversation stands in the body as it came.
fn leads_home(target: &dyn Target, asked: &Request, body: &Value) -> Result<(), String> {
    let Plan {
        request: _,
        warnings,
        rejects,
    } = plan(target, asked);
    let warned = warnings.into_iter().map(|warning| warning.path);
    let refused = rejects.into_iter().map(|reject| reject.path);
    for path in warned.chain(refused) {
        let place = path.split(": ").next().unwrap_or_default();
        let is_conversation = ["messages", "system", "toolConfig"]
            .iter()
            .any(|member| place.starts_with(member));
        // What a member is called that nobody knows may hold anything, a full stop too.
        if is_conversation && find(body, place).is_none() && !place.contains("unknown") {
            return Err(format!("{} names `{path}`, not in {body:#}", target.name()));
        }
    }
    Ok(())
}

/// What stands at a path such as `messages[0].content[1].image`; members may have any name.
fn find<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.is_empty() {
        return Some(value);
    }
    match value {
        Value::Array(items) => {
            let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
            find(items.get(index.parse::<usize>().ok()?)?, rest)
        }
        Value::Object(members) => {
            let path = path.strip_prefix('.').unwrap_or(path);
            members
                .iter()
                .find_map(|(name, value)| find(value, path.strip_prefix(name.as_str())?))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Whether the turns stand as the target wants them.
fn stands(target: &dyn Target, asked: &Request) -> Result<(), String> {
    let planned = plan(target, asked).request;
    let planned = planned.as_ref().unwrap_or(asked);
    let messages = planned.messages.as_deref().unwrap_or_default();
    let shape = target.shape();
    let is_result = |block: &Block| matches!(block, Block::ToolResult(_));
    let is_point = |block: &Block| matches!(block, Block::CachePoint(_));
    let is_call = |block: &Block| matches!(block, Block::ToolUse(call) if call.kind.is_none());
    let results = |message: &Message| message.content.iter().any(is_result);
    let fail = |what: &str| Err(format!("{} {what}: {planned:#?}", target.name()));
    for pair in messages.windows(2) {
        if let [one, other] = pair
            && shape.merges_turns
            && one.role == other.role
            && !(shape.results_apart && results(one) != results(other))
        {
            return fail("has two turns of one role");
        }
    }
    for message in messages {
        if message.content.is_empty() {
            return fail("has an empty message");
        }
        let blocks = message.content.iter().filter(|block| !is_point(block));
        let kinds: Vec<bool> = blocks.clone().map(is_result).collect();
        let is_users = message.role != Role::Assistant;
        if is_users
            && (shape.results_first || shape.results_apart)
            && !kinds.is_sorted_by(|one, other| one >= other)
        {
            return fail("has content before results");
        }
        if is_users && shape.results_apart && results(message) && kinds.contains(&false) {
            return fail("has content beside results");
        }
        let calls: Vec<bool> = blocks.map(is_call).collect();
        if !is_users && shape.calls_last && !calls.is_sorted() {
            return fail("has content behind calls");
        }
    }
    let tools = planned.tools.iter().flat_map(|tools| &tools.items);
    let n_points = messages
        .iter()
        .flat_map(|message| &message.content)
        .filter(|block| is_point(block))
        .count()
        + tools
            .filter(|tool| matches!(tool, Tool::CachePoint(_)))
            .count();
    match target.limits().cache_points {
        Some(most) if n_points > most => fail("has more cache points than it takes"),
        Some(_) | None => Ok(()),
    }
}

#[test]
fn any_request_is_planned_once_and_for_all() {
    let filler = Filler::new();
    let targets = targets();
    let seen = RefCell::new(BTreeSet::new());
    let law = |mut input: ConverseInput, contents: Vec<(Role, Vec<ContentBlock>)>| {
        for (role, content) in contents {
            let role = match role {
                Role::Assistant => types::ConversationRole::Assistant,
                Role::User | Role::System | Role::Other(_) => types::ConversationRole::User,
            };
            input.messages.get_or_insert_default().push(types::Message {
                role: Some(role),
                content: Some(content),
                ..types::Message::default()
            });
        }
        let (asked, body) = valid(&filler, &input)?;
        let is_itself = asked == asked.clone();
        if !is_itself {
            // A number that is none equals nothing, so nothing can be said about it.
            return Ok(());
        }
        for target in &targets {
            for dialect in [None, Some(Dialect("another"))] {
                let asked = Request {
                    dialect,
                    ..asked.clone()
                };
                is_final(&**target, &asked)?;
                if let Some(body) = &body {
                    leads_home(&**target, &asked, body)?;
                }
                stands(&**target, &asked)?;
                let warnings = plan(&**target, &asked).warnings;
                seen.borrow_mut()
                    .extend(warnings.into_iter().map(|warning| warning.action));
            }
        }
        Ok(())
    };
    // Content of its own, since a whole request seldom comes to it before its budget is spent.
    let role = select(vec![Role::User, Role::Assistant]);
    let contents = vec((role, vec(any::<ContentBlock>(), 0..4)), 0..4);
    for_all(
        128,
        &(any::<ConverseInput>(), contents),
        |(input, contents)| law(input, contents),
    );
    let seen: Vec<&str> = seen.into_inner().into_iter().collect();
    assert_eq!(seen, ["approximated", "dropped"]);
}

/// The input as a valid request reads, and its body.
///
/// The body is none where a number in it is too large for the reader of these tests.
fn valid(filler: &Filler, input: &ConverseInput) -> Result<(Request, Option<Value>), String> {
    let mut request = Converse::encode_request(input).map_err(|error| error.to_string())?;
    let (_, labels) = ROUTER
        .match_route(&request.method, &request.target)
        .map_err(|error| format!("{}: {error}", request.target))?;
    request.labels = labels;
    request.body = filler.fill("ConverseRequest", &request.body).into();
    let body = serde_json::from_slice(&request.body).ok();
    let input = Converse::decode_request(&request).map_err(|error| error.to_string())?;
    let neutral = decode_request(input).map_err(|error| error.to_string())?;
    Ok((neutral, body))
}

/// What turns of a conversation are made of.
fn palette() -> Vec<Value> {
    let call = |id: &str| json!({"toolUse": {"toolUseId": id, "name": "look", "input": {}}});
    let result =
        |id: &str, content: Value| json!({"toolResult": {"toolUseId": id, "content": content}});
    let png = json!({"image": {"format": "png", "source": {"bytes": "iVBORw=="}}});
    let csv = json!({"document": {"name": "a", "format": "csv", "source": {"bytes": "YSxi"}}});
    let pdf = json!({"document": {"name": "a", "format": "pdf", "source": {"bytes": "JVBERi0="}}});
    vec![
        json!({"text": "one"}),
        json!({"text": "two "}),
        json!({"text": ""}),
        json!({"text": " \n"}),
        json!({"cachePoint": {"type": "default"}}),
        json!({"cachePoint": {"type": "default", "ttl": "1h"}}),
        json!({"cachePoint": {"type": "default", "ttl": "5m"}}),
        call("a"),
        call("b"),
        call("c"),
        result("a", json!([{"text": "one"}, png.clone()])),
        result("b", json!([{"json": {"two": 2}}, csv.clone(), pdf.clone()])),
        result("b", json!([{"text": " "}])),
        json!({"toolResult": {"toolUseId": "c", "content": [], "status": "error"}}),
        json!({"toolResult": {"toolUseId": "c", "content": [{"text": ""}], "status": "error"}}),
        json!({"reasoningContent": {"reasoningText": {"text": "hm", "signature": "seal"}}}),
        json!({"reasoningContent": {"reasoningText": {"text": "hm"}}}),
        json!({"citationsContent": {"content": [{"text": "cited"}], "citations": []}}),
        json!({"guardContent": {"text": {"text": "marked"}}}),
        json!({"guardContent": {"text": {"text": ""}}}),
        json!({"toolAddition": {"tool": {"name": "look"}}}),
        png,
        csv,
        pdf,
    ]
}

/// Conversations of what the palette holds, with every choice among the tools.
fn conversations() -> impl Strategy<Value = Request> {
    let role = select(vec![
        "user",
        "assistant",
        "user",
        "assistant",
        "system",
        "critic",
    ]);
    let message = (role, vec(select(palette()), 0..5));
    let point = json!({"cachePoint": {"type": "default", "ttl": "1h"}});
    let system = select(vec![
        json!({"text": "be kind"}),
        json!({"text": ""}),
        point.clone(),
    ]);
    let tool = |name: &str| json!({"toolSpec": {"name": name, "inputSchema": {"json": {}}}});
    let tools = vec(select(vec![tool("look"), tool("run"), point]), 0..4);
    let choice = select(vec![
        Some(json!({"auto": {}})),
        Some(json!({"any": {}})),
        Some(json!({"tool": {"name": "run"}})),
        Some(json!({"none": {}})),
        None,
    ]);
    let parallel = proptest::option::of(any::<bool>());
    let parts = (
        vec(message, 0..7),
        vec(system, 0..4),
        tools,
        choice,
        parallel,
    );
    parts.prop_map(|(messages, system, tools, choice, parallel)| {
        let messages: Vec<Value> = messages
            .into_iter()
            .map(|(role, content)| json!({"role": role, "content": content}))
            .collect();
        let mut config = json!({"tools": tools});
        if let Some(choice) = choice {
            config["toolChoice"] = choice;
        }
        let body = json!({"messages": messages, "system": system, "toolConfig": config});
        let mut asked = request(&body);
        asked.dialect = None;
        if let Some(tools) = &mut asked.tools {
            tools.parallel = parallel;
            // Converse has no word for it.
            if let Some(ToolChoice::Unknown { .. }) = tools.choice {
                let ext = Ext::default();
                tools.choice = Some(ToolChoice::None { ext });
            }
        }
        asked
    })
}

#[test]
fn any_conversation_is_arranged_once_and_for_all() {
    let targets = targets();
    for_all(1500, &conversations(), |asked| {
        for target in &targets {
            is_final(&**target, &asked)?;
            stands(&**target, &asked)?;
        }
        Ok(())
    });
}

#[test]
fn any_conversation_that_is_planned_for_openai_reads_the_same_once_it_was_written() {
    let n_carried = Cell::new(0);
    for_all(3000, &conversations(), |asked| {
        for quirks in &QUIRKS {
            let plan = plan(&Server::new(quirks, "gpt-4o"), &asked);
            if !plan.rejects.is_empty() {
                continue;
            }
            n_carried.set(n_carried.get() + 1);
            let planned = plan.request.unwrap_or_else(|| asked.clone());
            let written = encode_chat(quirks, "gpt-4o", &planned, false);
            let read = decode_chat(&written).map_err(|error| error.to_string())?;
            let conversation = |request: Request| {
                let Request {
                    system,
                    messages,
                    tools,
                    ..
                } = request;
                (system, messages.unwrap_or_default(), tools)
            };
            let (read, planned) = (conversation(read), conversation(planned));
            if read != planned {
                return Err(format!("{read:#?}\nis not\n{planned:#?}"));
            }
        }
        Ok(())
    });
    assert!(n_carried.get() > 100, "only {n_carried:?} could be carried");
}

#[test]
fn a_warning_is_never_given_for_nothing() {
    let targets = targets();
    let message = (
        select(vec!["user", "assistant"]),
        vec(select(palette()), 1..4),
    );
    for_all(500, &vec(message, 1..4), |messages| {
        let messages: Vec<Value> = messages
            .into_iter()
            .map(|(role, content)| json!({"role": role, "content": content}))
            .collect();
        let mut asked = request(&json!({"messages": messages}));
        asked.dialect = None;
        for target in &targets {
            let Plan {
                request,
                warnings,
                rejects,
            } = plan(&**target, &asked);
            if request.is_none() && !(warnings.is_empty() && rejects.is_empty()) {
                return Err(format!("{}: {warnings:?} {rejects:?}", target.name()));
            }
        }
        Ok(())
    });
}
