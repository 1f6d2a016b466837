//! The same at the targets that are served: OpenAI, Anthropic, Bedrock, each by its own table.

use dialects::anthropic::Anthropic;
use dialects::converse::Bedrock;
use dialects::openai_chat::{Quirks, Server};
use dialects::plan::{Leaf, Target};
use llm::chat::Dialect;
use serde_json::{Value, json};

use crate::{check, planned, planned_request, refusals, request};

const GPT: &str = "gpt-4o";
const CLAUDE: &str = "claude-sonnet-4-5";

fn user(content: &Value) -> Value {
    json!([{"role": "user", "content": content}])
}

/// Checks that each target refuses the messages at that path, in the words for that leaf.
fn check_refused(targets: &[&dyn Target], messages: &Value, path: &str, leaf: Leaf) {
    for target in targets {
        let refusals = refusals(*target, &json!({"messages": messages}));
        let [(found, text)] = refusals.as_slice() else {
            panic!("{} refuses {refusals:?}", target.name());
        };
        // Why may follow the path.
        assert_eq!(found.split(": ").next(), Some(path), "{}", target.name());
        assert_eq!(*text, leaf.refusal(), "{}", target.name());
    }
}

#[test]
fn what_neither_openai_nor_anthropic_can_say_is_refused_with_its_path() {
    let gpt = Server::new(&Quirks::OPENAI, GPT);
    let claude = Anthropic::new(CLAUDE);
    let both: [&dyn Target; 2] = [&gpt, &claude];
    check_refused(
        &both,
        &user(&json!([{"text": "read"}, {"document": {
            "name": "a", "format": "docx", "source": {"bytes": "UEsDBA=="}
        }}])),
        "messages[0].content[1].document",
        Leaf::DocumentOffice,
    );
    check_refused(
        &both,
        &user(&json!([{"image": {
            "format": "png", "source": {"s3Location": {"uri": "s3://pictures/cat.png"}}
        }}])),
        "messages[0].content[0].image.source.s3Location",
        Leaf::ImageObject,
    );
    check_refused(
        &both,
        &user(&json!([{"video": {"format": "mp4", "source": {"bytes": "AA=="}}}])),
        "messages[0].content[0].video",
        Leaf::Video,
    );
}

#[test]
fn a_reply_that_has_begun_is_continued_by_anthropic_and_refused_by_openai() {
    let asked = json!([
        {"role": "user", "content": [{"text": "count"}]},
        {"role": "assistant", "content": [{"text": "1, 2,"}]},
    ]);
    let gpt = Server::new(&Quirks::OPENAI, GPT);
    check_refused(&[&gpt], &asked, "messages[1].role", Leaf::Prefill);
    let asked = json!({"messages": asked});
    let (found, _) = planned(&Anthropic::new(CLAUDE), &asked);
    assert_eq!(found["messages"], asked["messages"]);
}

#[test]
fn a_turn_with_results_is_what_each_format_makes_of_it() {
    let call = json!({"toolUse": {"toolUseId": "a", "name": "look", "input": {}}});
    let png = json!({"image": {"format": "png", "source": {"bytes": "iVBORw=="}}});
    let result = |content: &Value| json!({"toolResult": {"toolUseId": "a", "content": content}});
    let asked = json!({
        "messages": [
            {"role": "user", "content": [{"text": "look"}]},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [
                {"text": "here"}, result(&json!([{"json": {"n": 1}}, png]))
            ]},
        ],
        "toolConfig": {"tools": [
            {"toolSpec": {"name": "look", "inputSchema": {"json": {"type": "object"}}}}
        ]},
    });
    let (found, said) = planned(&Server::new(&Quirks::OPENAI, GPT), &asked);
    let expected = [
        json!({"role": "user", "content": [result(&json!([{"text": "{\"n\":1}"}]))]}),
        json!({"role": "user", "content": [
            {"text": "Image from tool result a:"}, png, {"text": "here"}
        ]}),
    ];
    assert_eq!(found["messages"].as_array().unwrap()[2..], expected);
    let path = "messages[2].content[1].toolResult.content[1].image;approximated";
    assert_eq!(said, [path]);
    let (found, said) = planned(&Anthropic::new(CLAUDE), &asked);
    let content = json!([result(&json!([{"text": "{\"n\":1}"}, png])), {"text": "here"}]);
    assert_eq!(found["messages"][2]["content"], content);
    assert_eq!(said, [] as [&str; 0]);
}

#[test]
fn a_conversation_of_another_format_goes_to_bedrock_as_it_is() {
    let mut asked = request(&json!({
        "system": [{"text": "be kind"}, {"cachePoint": {"type": "default"}}],
        "messages": user(&json!([
            {"text": "read"},
            {"document": {"name": "a", "format": "docx", "source": {"bytes": "UEsDBA=="}}},
        ])),
    }));
    asked.dialect = Some(Dialect("another"));
    let (found, said) = planned_request(&Bedrock::new("amazon.nova-lite-v1:0"), &asked);
    assert_eq!(found, asked);
    assert_eq!(said, [] as [&str; 0]);
}

/// Checks what Anthropic is told of an answer that cites.
#[track_caller]
fn check_cited(cited: &Value, expected: &Value, said: &[&str]) {
    let messages = |answer: &Value| {
        json!([
            {"role": "user", "content": [{"text": "say"}]},
            {"role": "assistant", "content": [answer]},
            {"role": "user", "content": [{"text": "and?"}]},
        ])
    };
    let target = Anthropic::new(CLAUDE);
    check(&target, &messages(cited), &messages(expected), said);
}

fn cited(content: &Value, citations: &Value) -> Value {
    json!({"citationsContent": {"content": content, "citations": citations}})
}

#[test]
fn what_an_answer_cites_goes_to_anthropic_where_it_can_be_said() {
    let place = json!({"documentChar": {"documentIndex": 0, "start": 1, "end": 2}});
    let whole = |location: &Value| json!({"title": "t", "sourceContent": [{"text": "ab"}], "location": location});
    let pieces = json!([{"text": "the sky "}, {"text": "is blue"}]);
    let one = json!([{"text": "the sky is blue"}]);
    let expected = cited(&one, &json!([whole(&place)]));
    check_cited(&cited(&pieces, &json!([whole(&place)])), &expected, &[]);

    let mut sourced = whole(&place);
    sourced["source"] = json!("s");
    sourced["sourceContent"] = json!([{"text": "a"}, {"text": "b"}]);
    check_cited(&cited(&pieces, &json!([sourced])), &expected, &[]);

    let found = json!({"searchResultLocation": {"searchResultIndex": 0, "start": 1, "end": 2}});
    let mut sourced = whole(&found);
    sourced["source"] = json!("s");
    let same = cited(&one, &json!([sourced]));
    check_cited(&same, &same, &[]);
}

#[test]
fn what_an_answer_cites_and_anthropic_cannot_be_told_is_dropped_with_a_warning_and_the_text_stays()
{
    let one = json!([{"text": "the sky is blue"}]);
    let text = json!({"text": "the sky is blue"});
    let place = json!({"documentPage": {"documentIndex": 0, "start": 1, "end": 2}});
    let at = "messages[1].content[0].citationsContent.citations";
    let web = json!([{"title": "t", "sourceContent": [{"text": "ab"}],
        "location": {"web": {"url": "https://example.com", "domain": "example.com"}}}]);
    check_cited(
        &cited(&one, &web),
        &text,
        &[&format!("{at}[0].location.web;dropped")],
    );
    let found = json!({"searchResultLocation": {"searchResultIndex": 0, "start": 1, "end": 2}});
    let incomplete = [
        json!({"title": "t", "sourceContent": [{"text": "ab"}]}),
        json!({"title": "t", "location": place}),
        json!({"sourceContent": [{"text": "ab"}], "location": found}),
        json!({"sourceContent": [{"text": "ab"}],
            "location": {"documentPage": {"documentIndex": 0, "start": 1}}}),
    ];
    for citation in incomplete {
        let said = format!("{at}[0];dropped");
        check_cited(&cited(&one, &json!([citation])), &text, &[&said]);
    }
    let unknown = json!([{"sourceContent": [{"text": "ab"}], "location": {"hologram": {}}}]);
    let said = format!("{at}[0].location.hologram;dropped");
    check_cited(&cited(&one, &unknown), &text, &[&said]);
}

#[test]
fn the_kind_of_a_document_that_is_text_is_not_told_to_anthropic() {
    let document = |format: Value| {
        let mut document = json!({"name": "a", "source": {"text": "a,b"}});
        if !format.is_null() {
            document["format"] = format;
        }
        user(&json!([{"text": "read"}, {"document": document}]))
    };
    let target = Anthropic::new(CLAUDE);
    check(
        &target,
        &document(json!("csv")),
        &document(Value::Null),
        &[],
    );
}
