//! Bodies of other formats that go to Bedrock: AWS's own constraints are the witness that what is planned can be sent.

use dialects::converse::{self, Bedrock, encode_request, validate};
use dialects::{anthropic, openai_chat};
use llm::Plan;
use llm::chat::{Block, Request, Tool, ToolChoice, ToolResultItem};
use serde_json::{Value, json};

use crate::corpus::exchanges;
use crate::{body, check, planned_request, request};

const CLAUDE: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const MODELS: [&str; 5] = [
    CLAUDE,
    "amazon.nova-2-lite-v1:0",
    "openai.gpt-oss-120b-1:0",
    "mistral.mistral-large-2402-v1:0",
    "meta.llama3-70b-instruct-v1:0",
];

/// What real requests break that no plan can mend, since nothing says what the caller meant.
const UNMENDED: [&str; 2] = [
    "A text block must be included when using documents.",
    "The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.",
];

type Decode = fn(&[u8]) -> Option<Request>;

/// Sends the recorded requests of a folder to every kind of model; gives how many are sent.
fn sent(test: &str, folder: &str, decode: Decode) -> Option<usize> {
    let mut n_sent = 0;
    for exchange in exchanges(test, folder)? {
        let Some(asked) = decode(&exchange.request) else {
            continue;
        };
        for model in MODELS {
            let Plan {
                request,
                warnings: _,
                rejects,
            } = converse::plan(model, &asked);
            if !rejects.is_empty() {
                continue;
            }
            let planned = request.unwrap_or_else(|| asked.clone());
            let name = format!("{folder}/{} to {model}", exchange.name);
            let finding = validate(&planned, false).map(|finding| finding.message);
            let is_mended = finding
                .as_ref()
                .is_none_or(|message| UNMENDED.contains(&message.as_str()));
            assert!(is_mended, "{name}: {finding:?}");
            let violations = encode_request(model, planned).check();
            assert!(violations.is_empty(), "{name}: {violations}");
            n_sent += 1;
        }
    }
    Some(n_sent)
}

fn of_anthropic(body: &[u8]) -> Option<Request> {
    anthropic::decode_request(body).ok()
}

fn of_openai(body: &[u8]) -> Option<Request> {
    openai_chat::decode_request(body).ok()
}

#[test]
fn every_recorded_request_that_is_not_refused_keeps_to_the_constraints_of_aws() {
    let test = "every_recorded_request_that_is_not_refused_keeps_to_the_constraints_of_aws";
    let folders: [(&str, Decode); 8] = [
        ("anthropic/messages", of_anthropic),
        ("vertex/rawPredict", of_anthropic),
        ("vertex/streamRawPredict", of_anthropic),
        ("bedrock-runtime/InvokeModel", of_anthropic),
        ("openai/chat.completions", of_openai),
        ("azure-openai/chat.completions", of_openai),
        ("groq/chat.completions", of_openai),
        ("mistral/chat.completions", of_openai),
    ];
    let mut n_sent = 0;
    for (folder, decode) in folders {
        let Some(n) = sent(test, folder, decode) else {
            return;
        };
        println!("{folder}: {n}");
        n_sent += n;
    }
    assert!(n_sent > 2000, "{n_sent}");
}

fn document(name: &str) -> Value {
    json!({"document": {"name": name, "format": "pdf", "source": {"bytes": "JVBERi0="}}})
}

/// Checks what becomes of the names of documents, and at which of them something is said.
#[track_caller]
fn check_names(names: &[&str], expected: &[&str], said: &[usize]) {
    let messages = |names: &[&str]| {
        let documents = names.iter().map(|name| document(name));
        let content: Vec<Value> = [json!({"text": "read"})]
            .into_iter()
            .chain(documents)
            .collect();
        json!([{"role": "user", "content": content}])
    };
    let said: Vec<String> = said
        .iter()
        .map(|at| format!("messages[0].content[{}].document.name;approximated", at + 1))
        .collect();
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    let mut asked = request(&json!({"messages": messages(names)}));
    asked.dialect = Some(anthropic::DIALECT);
    let (planned, warnings) = planned_request(&Bedrock::new(CLAUDE), &asked);
    assert_eq!(body(planned)["messages"], messages(expected));
    assert_eq!(warnings, said);
}

#[test]
fn a_document_without_a_name_is_called_document() {
    check_names(
        &["", "", ""],
        &["document", "document-2", "document-3"],
        &[],
    );
}

#[test]
fn a_name_that_bedrock_takes_stays() {
    check_names(
        &["Annual report (2) [x]-1"],
        &["Annual report (2) [x]-1"],
        &[],
    );
}

#[test]
fn a_name_is_made_plain_and_loses_the_ending_that_the_format_says() {
    check_names(&["report_v1.2.pdf"], &["report v1 2"], &[0]);
    check_names(&["a  b"], &["a b"], &[0]);
    check_names(&["notes.txt"], &["notes txt"], &[0]);
    check_names(&["分析.pdf"], &["document"], &[0]);
    check_names(&[&"a".repeat(201)], &[&"a".repeat(200)], &[0]);
}

#[test]
fn no_two_documents_have_one_name_large_and_small_letters_alike() {
    check_names(
        &["Report", "report.pdf", "report", "", "document", "report-2"],
        &[
            "Report",
            "report-2",
            "report-3",
            "document",
            "document-2",
            "report-2-2",
        ],
        &[1, 2, 4, 5],
    );
    let long = "a".repeat(200);
    let other = format!("{}-2", "a".repeat(198));
    check_names(&[&long, &long], &[&long, &other], &[1]);
}

#[test]
fn many_documents_of_one_name_cost_no_more_than_others() {
    let n_documents = 20_000;
    let asked = json!({"messages": [{"role": "user", "content": vec![document(""); n_documents]}]});
    let mut asked = request(&asked);
    asked.dialect = Some(anthropic::DIALECT);
    let (planned, _) = planned_request(&Bedrock::new(CLAUDE), &asked);
    let last = planned
        .messages
        .iter()
        .flatten()
        .flat_map(|message| &message.content)
        .last();
    let Some(Block::Document(last)) = last else {
        panic!("{last:?}");
    };
    assert_eq!(last.name, format!("document-{n_documents}"));
}

#[test]
fn a_document_in_a_result_has_a_name_too() {
    let mut asked = openai_or_anthropic(&json!([
        {"role": "user", "content": [document("")]},
        {"role": "assistant", "content": [call("a", "look")]},
        {"role": "user", "content": [result("a", &json!([document("")]))]},
    ]));
    asked.tools = None;
    let (planned, _) = planned_request(&Bedrock::new(CLAUDE), &asked);
    let results = planned
        .messages
        .iter()
        .flatten()
        .flat_map(|message| &message.content);
    let names: Vec<&str> = results
        .filter_map(|block| match block {
            Block::ToolResult(result) => result.content.first(),
            _ => None,
        })
        .filter_map(|item| match item {
            ToolResultItem::Document(document) => Some(document.name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["document-2"]);
}

fn call(id: &str, name: &str) -> Value {
    json!({"toolUse": {"toolUseId": id, "name": name, "input": {}}})
}

fn result(id: &str, content: &Value) -> Value {
    json!({"toolResult": {"toolUseId": id, "content": content}})
}

fn spec(name: &str) -> Value {
    json!({"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object"}}}})
}

/// Messages of another format, as a caller of Converse would have written them.
fn openai_or_anthropic(messages: &Value) -> Request {
    let mut asked = request(&json!({"messages": messages}));
    asked.dialect = Some(anthropic::DIALECT);
    asked
}

/// A conversation in which a tool was called under that id and that name.
fn called(id: &str, name: &str) -> Value {
    json!([
        {"role": "user", "content": [{"text": "look"}]},
        {"role": "assistant", "content": [call(id, name)]},
        {"role": "user", "content": [result(id, &json!([{"text": "seen"}]))]},
    ])
}

/// What becomes of an id, in the call and in its result.
fn ids(target: &dyn dialects::Target, id: &str) -> [String; 2] {
    let asked = json!({"messages": called(id, "look"), "toolConfig": {"tools": [spec("look")]}});
    let mut asked = request(&asked);
    asked.dialect = None;
    let (planned, said) = planned_request(target, &asked);
    assert_eq!(said, [] as [&str; 0]);
    let planned = body(planned);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    [
        text(&planned["messages"][1]["content"][0]["toolUse"]["toolUseId"]),
        text(&planned["messages"][2]["content"][0]["toolResult"]["toolUseId"]),
    ]
}

/// Checks which ids stay and which are made anew, and how long those are.
#[track_caller]
fn check_ids(target: &dyn dialects::Target, kept: &[&str], made: &[&str], length: usize) {
    let is_letters = |id: &str| id.chars().all(|letter| letter.is_ascii_alphanumeric());
    for id in kept {
        assert_eq!(ids(target, id), [*id, *id], "{}", target.name());
    }
    for id in made {
        let [call, result] = ids(target, id);
        assert_eq!(call, result);
        assert_eq!(call.len(), length, "{call}");
        assert!(
            is_letters(call.strip_prefix("tooluse_").unwrap_or(&call)),
            "{call}"
        );
        assert_eq!(ids(target, id), [call, result], "the same again");
    }
}

#[test]
fn ids_that_a_target_takes_stay_and_others_are_made_anew_in_call_and_result() {
    let bedrock = Bedrock::new(CLAUDE);
    let claude = anthropic::Anthropic::new("claude-sonnet-4-5");
    let openai = openai_chat::Quirks::OPENAI;
    let mistral = openai_chat::Quirks::of("mistral").unwrap();
    let compatible = openai_chat::Quirks::COMPATIBLE;
    let openai = openai_chat::Server::new(&openai, "gpt-4o");
    let mistral = openai_chat::Server::new(&mistral, "m");
    let compatible = openai_chat::Server::new(&compatible, "m");
    let long = "a".repeat(65);
    check_ids(
        &bedrock,
        &["functions.look:0", "toolu_01"],
        &["call 1", &long, ""],
        30,
    );
    check_ids(
        &claude,
        &["tooluse_a-b", &long],
        &["functions.look:0", "a/b"],
        30,
    );
    check_ids(&openai, &["functions.look:0", "tooluse_a-b"], &[&long], 30);
    check_ids(
        &mistral,
        &["aB3dEf9h1"],
        &["tooluse_a-b", "call_1234", "a"],
        9,
    );
    check_ids(&compatible, &["functions.look:0", "call 1", &long], &[], 0);
    let [one, _] = ids(&mistral, "call_1");
    let [other, _] = ids(&mistral, "call_2");
    assert_ne!(one, other);
}

#[test]
fn a_tool_is_offered_under_a_name_that_bedrock_takes_or_not_at_all() {
    for name in ["a.b", &"a".repeat(65), ""] {
        let mut asked = request(&json!({
            "messages": [{"role": "user", "content": [{"text": "look"}]}],
            "toolConfig": {"tools": [spec("look"), spec(name)], "toolChoice": {"auto": {}}},
        }));
        asked.dialect = Some(anthropic::DIALECT);
        let rejects = converse::plan(CLAUDE, &asked).rejects;
        let paths: Vec<&str> = rejects.iter().map(|reject| reject.path.as_str()).collect();
        let why = "Bedrock takes at most 64 letters and digits and `_` and `-`";
        assert_eq!(paths, [format!("toolConfig.tools[1].toolSpec.name: {why}")]);
        if let Some(tools) = &mut asked.tools {
            tools.items.truncate(1);
            tools.choice = Some(ToolChoice::Tool {
                name: name.to_owned(),
                ext: llm::Ext::default(),
            });
        }
        let rejects = converse::plan(CLAUDE, &asked).rejects;
        let paths: Vec<&str> = rejects.iter().map(|reject| reject.path.as_str()).collect();
        assert_eq!(paths, [format!("toolConfig.toolChoice.tool.name: {why}")]);
    }
}

#[test]
fn tools_that_were_called_before_are_offered_where_none_is() {
    let asked = openai_or_anthropic(&called("a", "look.up"));
    let (planned, said) = planned_request(&Bedrock::new(CLAUDE), &asked);
    let expected = json!({"tools": [spec("look_up")]});
    let found = body(planned);
    assert_eq!(found["toolConfig"], expected);
    assert_eq!(found["messages"], called("a", "look_up"));
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    let expected = [
        "messages[1].content[0].toolUse.name;approximated",
        "messages[1].content[0].toolUse;approximated",
    ];
    assert_eq!(said, expected);
    // Others know what was called without being told again.
    let target = anthropic::Anthropic::new("claude-sonnet-4-5");
    let asked = json!({"messages": called("a", "look")});
    let (found, said) = crate::planned(&target, &asked);
    assert_eq!(found["toolConfig"], Value::Null);
    assert_eq!(said, [] as [&str; 0]);
}

#[test]
fn a_description_that_says_nothing_is_left_out() {
    let mut asked = request(&json!({
        "messages": [{"role": "user", "content": [{"text": "look"}]}],
        "toolConfig": {"tools": [spec("look")]},
    }));
    asked.dialect = Some(anthropic::DIALECT);
    if let Some(Tool::Spec(spec)) = asked.tools.iter_mut().flat_map(|set| &mut set.items).next() {
        spec.description = Some(String::new());
    }
    let (planned, said) = planned_request(&Bedrock::new(CLAUDE), &asked);
    assert_eq!(
        body(planned)["toolConfig"],
        json!({"tools": [spec("look")]})
    );
    assert_eq!(said, [] as [&str; 0]);
}

#[test]
fn a_reply_that_has_begun_ends_in_a_word_for_claude() {
    let asked = |begun: &str| {
        json!([
            {"role": "user", "content": [{"text": "count"}]},
            {"role": "assistant", "content": [{"text": begun}]},
        ])
    };
    let claude = anthropic::Anthropic::new("claude-sonnet-4-5");
    check(&claude, &asked("1, 2, \n"), &asked("1, 2,"), &[]);
    let nothing = json!([{"role": "user", "content": [{"text": "count"}]}]);
    check(&claude, &asked(" "), &nothing, &[]);
    let begun = openai_or_anthropic(&asked("1, 2, \n"));
    let (found, said) = planned_request(&Bedrock::new(CLAUDE), &begun);
    assert_eq!(body(found)["messages"], asked("1, 2,"));
    assert_eq!(said, [] as [&str; 0]);
}
