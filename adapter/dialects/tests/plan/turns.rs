//! The order of a conversation: results and their calls, consecutive messages, who speaks first and last, the operator between.

use dialects::plan::{Leaf, Verdict};
use llm::Ext;
use llm::chat::{Block, Message, Role, SystemItem};
use serde_json::{Value, json};

use crate::{
    Table, chat, check, check_refused, claude, everything, planned, planned_request, request,
};

fn calls(ids: &[&str]) -> Value {
    let calls: Vec<Value> = ids.iter().map(|id| call(id)).collect();
    json!({"role": "assistant", "content": calls})
}

fn call(id: &str) -> Value {
    json!({"toolUse": {"toolUseId": id, "name": "look", "input": {}}})
}

fn result(id: &str, text: &str) -> Value {
    json!({"toolResult": {"toolUseId": id, "content": [{"text": text}]}})
}

fn user(content: &Value) -> Value {
    json!({"role": "user", "content": content})
}

fn text(text: &str) -> Value {
    json!({"text": text})
}

fn said(text: &str) -> Value {
    user(&json!([{"text": text}]))
}

fn answered(text: &str) -> Value {
    json!({"role": "assistant", "content": [{"text": text}]})
}

#[test]
fn a_result_comes_before_the_text_of_its_turn() {
    let asked = json!([
        said("look"),
        calls(&["a"]),
        user(&json!([text("one"), result("a", "seen"), text("two")])),
    ]);
    let together = json!([
        said("look"),
        calls(&["a"]),
        user(&json!([result("a", "seen"), text("one"), text("two")])),
    ]);
    check(&claude(), &asked, &together, &[]);
    let apart = json!([
        said("look"),
        calls(&["a"]),
        user(&json!([result("a", "seen")])),
        user(&json!([text("one"), text("two")])),
    ]);
    check(&chat(), &asked, &apart, &[]);
    check(&everything(), &asked, &asked, &[]);
}

#[test]
fn results_come_in_the_order_of_their_calls() {
    let asked = json!([
        said("look"),
        calls(&["a", "b"]),
        user(&json!([result("b", "second"), result("a", "first")])),
    ]);
    let ordered = json!([
        said("look"),
        calls(&["a", "b"]),
        user(&json!([result("a", "first"), result("b", "second")])),
    ]);
    check(&claude(), &asked, &ordered, &[]);
    check(&chat(), &asked, &ordered, &[]);
}

#[test]
fn results_in_several_messages_follow_their_calls_together() {
    let asked = json!([
        said("look"),
        calls(&["a", "b"]),
        user(&json!([result("a", "first"), text("one")])),
        user(&json!([result("b", "second"), text("two")])),
    ]);
    let apart = json!([
        said("look"),
        calls(&["a", "b"]),
        user(&json!([result("a", "first"), result("b", "second")])),
        said("one"),
        said("two"),
    ]);
    check(&chat(), &asked, &apart, &[]);
    let together = json!([
        said("look"),
        calls(&["a", "b"]),
        user(&json!([
            result("a", "first"),
            result("b", "second"),
            text("one"),
            text("two")
        ])),
    ]);
    check(&claude(), &asked, &together, &[]);
}

#[test]
fn results_follow_their_calls_even_where_the_operator_speaks_between() {
    let operator = json!({"role": "system", "content": [{"text": "be brief"}]});
    let asked = json!([
        said("look"),
        calls(&["a"]),
        operator,
        user(&json!([result("a", "seen"), text("so?")])),
    ]);
    let ordered = json!([
        said("look"),
        calls(&["a"]),
        user(&json!([result("a", "seen")])),
        operator,
        said("so?"),
    ]);
    check(&claude(), &asked, &ordered, &[]);
    check(&chat(), &asked, &ordered, &[]);
}

#[test]
fn text_after_a_call_comes_before_it_where_calls_are_last() {
    let asked = json!([
        said("look"),
        {"role": "assistant", "content": [call("a"), text("looking"), call("b")]},
        user(&json!([result("a", "first"), result("b", "second")])),
    ]);
    let ordered = json!([
        said("look"),
        {"role": "assistant", "content": [text("looking"), call("a"), call("b")]},
        user(&json!([result("a", "first"), result("b", "second")])),
    ]);
    check(&chat(), &asked, &ordered, &[]);
    check(&claude(), &asked, &asked, &[]);
}

#[test]
fn a_turn_in_two_messages_whose_first_calls_is_one_where_results_must_follow() {
    let asked = json!([
        said("look"),
        calls(&["a"]),
        answered("one moment"),
        user(&json!([result("a", "seen")])),
    ]);
    let one = json!([
        said("look"),
        {"role": "assistant", "content": [text("one moment"), call("a")]},
        user(&json!([result("a", "seen")])),
    ]);
    check(&chat(), &asked, &one, &[]);
}

#[test]
fn consecutive_messages_of_one_role_become_one_with_cache_points_in_place() {
    let point = json!({"cachePoint": {"type": "default"}});
    let asked = json!([
        user(&json!([text("one"), point])),
        user(&json!([text("two"), point, text("three")])),
    ]);
    let merged = json!([user(&json!([
        text("one"),
        point,
        text("two"),
        point,
        text("three")
    ]))]);
    check(&claude(), &asked, &merged, &[]);
    let apart = json!([said("one"), user(&json!([text("two"), text("three")])),]);
    check(&chat(), &asked, &apart, &[]);
}

#[test]
fn unknown_members_of_merged_messages_are_all_kept_where_they_are_known() {
    let table = claude().but(Leaf::UnknownMember, Verdict::Native);
    let asked = json!([
        {"role": "user", "content": [{"text": "one"}], "x": 1},
        {"role": "user", "content": [{"text": "two"}], "x": 2, "y": 3},
    ]);
    let merged =
        json!([{"role": "user", "content": [{"text": "one"}, {"text": "two"}], "x": 1, "y": 3}]);
    check(&table, &asked, &merged, &[]);
}

#[test]
fn the_assistant_may_speak_first_where_the_target_lets_it() {
    let asked = json!([answered("hello"), said("hi")]);
    check(&claude(), &asked, &asked, &[]);
    check(&chat(), &asked, &asked, &[]);
    check_refused(
        &chat().but(Leaf::LeadingAssistant, Verdict::Refused("")),
        &asked,
        "messages[0].role",
        &Leaf::LeadingAssistant.refusal(),
    );
    let opened = chat().but(Leaf::LeadingAssistant, Verdict::Approximate(""));
    let expected = json!([said("."), answered("hello"), said("hi")]);
    check(
        &opened,
        &asked,
        &expected,
        &["messages[0].role;approximated"],
    );
}

#[test]
fn a_reply_that_has_begun_is_refused_where_it_would_be_answered() {
    let asked = json!([said("count"), answered("1, 2, ")]);
    check_refused(
        &chat(),
        &asked,
        "messages[1].role",
        &Leaf::Prefill.refusal(),
    );
    check(&claude(), &asked, &asked, &[]);
}

#[test]
fn a_reply_that_has_begun_ends_in_no_white_space_where_that_is_refused() {
    let table = claude().but(
        Leaf::Prefill,
        Verdict::Exact("without white space at its end"),
    );
    let asked = json!([said("count"), answered("1, 2, \n")]);
    check(
        &table,
        &asked,
        &json!([said("count"), answered("1, 2,")]),
        &[],
    );
    let blank = json!([said("count"), answered(" \n")]);
    check(&table, &blank, &json!([said("count")]), &[]);
}

#[test]
fn blank_text_is_left_out_beside_other_content_only() {
    let asked = json!([user(&json!([text(""), text("hi"), text(" \n")]))]);
    check(&claude(), &asked, &json!([said("hi")]), &[]);
    check(&chat(), &asked, &asked, &[]);
    check(&everything(), &asked, &asked, &[]);
    let alone = json!([said("")]);
    check(&claude(), &alone, &alone, &[]);
    let across = json!([said(""), said("hi")]);
    check(&claude(), &across, &json!([said("hi")]), &[]);
}

#[test]
fn a_message_of_which_nothing_is_left_is_left_out() {
    let thought = json!({"role": "assistant", "content": [
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "seal"}}}
    ]});
    let asked = json!([said("one"), thought, said("two")]);
    check(
        &chat(),
        &asked,
        &json!([said("one"), said("two")]),
        &["messages[1].content[0].reasoningContent.reasoningText;dropped"],
    );
}

#[test]
fn the_operator_may_speak_in_mid_conversation_where_the_target_lets_it() {
    let operator = json!({"role": "system", "content": [{"text": "be brief"}]});
    let asked = json!([said("one"), operator, said("two")]);
    check(&chat(), &asked, &asked, &[]);
    check_refused(
        &claude().but(Leaf::MessageSystem, Verdict::Refused("")),
        &asked,
        "messages[1].role",
        &Leaf::MessageSystem.refusal(),
    );
    let folded = claude().but(Leaf::MessageSystem, Verdict::Approximate("as the user"));
    let one = json!([user(&json!([text("one"), text("be brief"), text("two")]))]);
    check(&folded, &asked, &one, &["messages[1].role;approximated"]);
}

#[test]
fn what_the_operator_says_first_is_the_system_prompt() {
    let refusing = claude().but(Leaf::MessageSystem, Verdict::Refused(""));
    for table in [everything(), chat(), refusing] {
        let asked = json!({
            "system": [{"text": "be kind"}],
            "messages": [
                {"role": "system", "content": [{"text": "be brief"}, {"text": "be right"}]},
                said("hi"),
            ],
        });
        let (planned, said_about_it) = planned(&table, &asked);
        let expected = json!({
            "system": [{"text": "be kind"}, {"text": "be brief"}, {"text": "be right"}],
            "messages": [said("hi")],
        });
        assert_eq!(planned, expected);
        assert_eq!(said_about_it, [] as [&str; 0]);
    }
}

#[test]
fn an_empty_system_prompt_is_none() {
    let (planned, _) = planned(&claude(), &json!({"system": [], "messages": [said("hi")]}));
    assert_eq!(planned, json!({"messages": [said("hi")]}));
    let blank = json!({"system": [{"text": " "}], "messages": [said("hi")]});
    let (planned, _) = crate::planned(&claude(), &blank);
    assert_eq!(planned, json!({"messages": [said("hi")]}));
}

#[test]
fn marked_text_of_the_system_prompt_is_text_to_the_model() {
    let asked = json!({
        "system": [{"guardContent": {"text": {"text": "be kind", "qualifiers": ["query"]}}}],
        "messages": [said("hi")],
    });
    let (planned, said_about_it) = planned(&chat(), &asked);
    assert_eq!(planned["system"], json!([{"text": "be kind"}]));
    assert_eq!(said_about_it, [] as [&str; 0]);
}

#[test]
fn an_unknown_role_is_refused_with_its_path() {
    let table = chat().but(Leaf::MessageOtherRole, Verdict::Refused(""));
    let asked = json!([said("hi"), {"role": "critic", "content": [{"text": "bah"}]}]);
    check_refused(
        &table,
        &asked,
        "messages[1].role",
        &Leaf::MessageOtherRole.refusal(),
    );
}

#[test]
fn a_request_in_the_targets_own_format_is_left_alone() {
    let table = chat();
    let mut asked = request(&json!({"messages": [
        user(&json!([text(""), {"video": {"format": "mp4", "source": {"bytes": "AA=="}}}])),
        answered("half"),
    ]}));
    asked.dialect = Some(dialects::Target::dialect(&table));
    let plan = dialects::plan::plan(&table, &asked);
    assert_eq!(plan.request, None);
    assert_eq!((plan.warnings, plan.rejects), (Vec::new(), Vec::new()));
}

#[test]
fn unknown_members_are_named_once_each_and_left_out() {
    let asked = json!({
        "messages": [{
            "role": "user",
            "content": [{"image": {"format": "png", "source": {"bytes": "AA=="}, "detail": "low"}}],
            "name": "x",
        }],
        "mood": "good",
    });
    let (planned, said_about_it) = planned(&chat(), &asked);
    let image = json!({"image": {"format": "png", "source": {"bytes": "AA=="}}});
    assert_eq!(planned, json!({"messages": [user(&json!([image]))]}));
    let expected = [
        "mood;dropped",
        "messages[0].name;dropped",
        "messages[0].content[0].image.detail;dropped",
    ];
    assert_eq!(said_about_it, expected);
}

#[test]
fn nothing_changes_where_everything_is_taken() {
    let asked = json!({"system": [{"text": "be kind"}], "messages": [
        user(&json!([text("look"), {"cachePoint": {"type": "default", "ttl": "1h"}}])),
        calls(&["a"]),
        user(&json!([result("a", "seen"), text("so?")])),
    ]});
    let plan = dialects::plan::plan(&everything(), &request(&asked));
    assert_eq!(plan.request, None);
}

#[test]
fn paths_name_the_place_in_the_request_as_it_came() {
    let table: Table = claude().but(Leaf::ImageBytes, Verdict::Refused(""));
    let image = json!({"image": {"format": "png", "source": {"bytes": "AA=="}}});
    let asked = json!([
        said("one"),
        said("two"),
        user(&json!([text(""), text("three"), image])),
    ]);
    let refusal = Leaf::ImageBytes.refusal();
    check_refused(&table, &asked, "messages[2].content[2].image", &refusal);
}

#[test]
fn a_role_says_only_what_some_format_lets_it_say() {
    let misplaced = [
        (user(&json!([call("a")])), "messages[0].content[0].toolUse"),
        (
            json!({"role": "system", "content": [
                {"image": {"format": "png", "source": {"bytes": "AA=="}}}
            ]}),
            "messages[0].content[0].image",
        ),
        (
            json!({"role": "assistant", "content": [
                {"document": {"name": "a", "format": "pdf", "source": {"bytes": "AA=="}}}
            ]}),
            "messages[0].content[0].document",
        ),
    ];
    for (message, path) in misplaced {
        let asked = json!({"messages": [message, said("hi")]});
        let refusals = crate::refusals(&everything(), &asked);
        let [(found, _)] = refusals.as_slice() else {
            panic!("{refusals:?}");
        };
        assert_eq!(*found, format!("{path}: not in a message of this role"));
    }
}

#[test]
fn a_system_prompt_keeps_what_only_messages_can_say_in_messages() {
    let operator = Message {
        role: Role::System,
        content: vec![Block::Unknown {
            member: "audio".to_owned(),
            raw: llm::Json::from_text("{}"),
        }],
        ext: Ext::default(),
    };
    let mut asked = request(&json!({"system": [{"text": "be kind"}], "messages": [said("hi")]}));
    asked
        .messages
        .get_or_insert_default()
        .insert(0, operator.clone());
    let (planned, _) = planned_request(&everything(), &asked);
    assert_eq!(planned.messages.unwrap().first(), Some(&operator));
    assert_eq!(
        planned.system,
        Some(vec![SystemItem::Text("be kind".to_owned())])
    );
}
