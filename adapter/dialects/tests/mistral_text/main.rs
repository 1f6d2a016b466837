//! Mistral's text format: the turns in a prompt, the settings beside it, and the text of a reply.
#![cfg(test)]

use dialects::converse::events;
use dialects::mistral_text::{DIALECT, StreamEncoder, decode_request, encode_reply};
use dialects::{Error, Rendering, family};
use llm::Ext;
use llm::chat::{
    Block, Citations, CitedText, Event, Message, Reasoning, Reply, Request, Role, Stop, SystemItem,
    ToolUse, Usage,
};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

fn decode(body: &Value) -> Request {
    decode_request(body.to_string().as_bytes()).unwrap()
}

/// The system text and the turns of a prompt.
fn turns(prompt: &str) -> (Option<String>, Vec<(Role, String)>) {
    let request = decode(&json!({"prompt": prompt}));
    let system = request.system.map(|items| match items.as_slice() {
        [SystemItem::Text(text)] => text.clone(),
        other => panic!("{other:?}"),
    });
    let messages =
        request
            .messages
            .unwrap()
            .into_iter()
            .map(|message| match message.content.as_slice() {
                [Block::Text(text)] => (message.role, text.clone()),
                other => panic!("{other:?}"),
            });
    (system, messages.collect())
}

#[track_caller]
fn check(prompt: &str, system: Option<&str>, expected: &[(Role, &str)]) {
    let (found, messages) = turns(prompt);
    let expected: Vec<(Role, String)> = expected
        .iter()
        .map(|(role, text)| (role.clone(), (*text).to_owned()))
        .collect();
    assert_eq!((found.as_deref(), messages), (system, expected));
}

/// The prompt is one turn of the user's, as it is.
#[track_caller]
fn check_plain(prompt: &str) {
    check(prompt, None, &[(Role::User, prompt)]);
}

#[test]
fn instructions_are_a_turn_of_the_users() {
    // The example of the user guide of Bedrock (Mistral AI text completion).
    let prompt = "<s>[INST] What is your favourite condiment? [/INST]";
    check(
        prompt,
        None,
        &[(Role::User, "What is your favourite condiment?")],
    );
    check("[INST]Hello[/INST]", None, &[(Role::User, "Hello")]);
    check(
        " <s>[INST] two\nlines [/INST]\n",
        None,
        &[(Role::User, "two\nlines")],
    );
}

#[test]
fn what_stands_between_instructions_is_the_models() {
    let prompt = "<s>[INST] What is it? [/INST] Lemon juice.</s>[INST] Why? [/INST]";
    let turns = [
        (Role::User, "What is it?"),
        (Role::Assistant, "Lemon juice."),
        (Role::User, "Why?"),
    ];
    check(prompt, None, &turns);
    // Each turn anew, and one a line, as libraries write it.
    let prompt = "<s>[INST] What is it? [/INST] Lemon juice. </s><s>[INST] Why? [/INST]";
    check(prompt, None, &turns);
    let prompt = "[INST] What is it? [/INST]\nLemon juice.\n[INST] Why? [/INST]";
    check(prompt, None, &turns);
}

#[test]
fn what_stands_at_the_end_is_how_the_models_turn_begins() {
    let turns = [(Role::User, "Count."), (Role::Assistant, "One, two,")];
    check("<s>[INST] Count. [/INST] One, two,", None, &turns);
}

#[test]
fn a_leading_text_of_the_operators_is_the_system_prompt() {
    for prompt in [
        "<s>[SYSTEM_PROMPT] Be kind.[/SYSTEM_PROMPT][INST] Hello[/INST]",
        "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHello [/INST]",
        "<<SYS>> Be kind. <</SYS>>\n[INST] Hello [/INST]",
    ] {
        check(prompt, Some("Be kind."), &[(Role::User, "Hello")]);
    }
}

#[test]
fn a_prompt_that_does_not_follow_the_template_is_one_turn_as_it_is() {
    for prompt in [
        "Once upon a time",
        " spaced ",
        "",
        "Before [INST] Hello [/INST]",
        "<s>[INST] Hello",
        "[INST] [INST] Hello [/INST] [/INST]",
        "[INST] [/INST]",
        "[INST] a [/INST][INST] b [/INST]",
        "[INST] a [/INST] b </s> c",
        "[INST] a <<SYS>> b [/INST]",
        "<<SYS>> only <</SYS>>",
        "[/INST] [INST]",
    ] {
        check_plain(prompt);
    }
}

#[test]
fn settings_are_the_neutral_forms_and_the_rest_is_the_familys_own() {
    let body = br#"{"prompt": "a", "top_k": 50, "max_tokens": 9, "temperature": 0.70, "top_p": 1, "stop": ["x", "y"],
        "safe_prompt": true, "model": "m", "stream": true, "min_p": null}"#;
    let request = decode_request(body).unwrap();
    let inference = request.inference.unwrap();
    assert_eq!(inference.max_tokens, Some(9));
    assert_eq!(inference.temperature.unwrap().as_str(), "0.70");
    assert_eq!(inference.top_p.unwrap().as_str(), "1");
    assert_eq!(inference.stop, Some(vec!["x".to_owned(), "y".to_owned()]));
    assert_eq!(inference.ext, Ext::default());
    assert_eq!(
        request.extra.unwrap().as_str(),
        r#"{"top_k":50,"safe_prompt":true}"#
    );
    assert_eq!(request.family, Some(family::MISTRAL));
    assert_eq!(request.dialect, Some(DIALECT));
}

#[test]
fn a_prompt_alone_says_nothing_else() {
    let request = decode(&json!({"prompt": "a", "stop": null, "max_tokens": null}));
    let expected = Request {
        messages: request.messages.clone(),
        family: Some(family::MISTRAL),
        dialect: Some(DIALECT),
        ..Request::default()
    };
    assert_eq!(request, expected);
    let request = decode(&json!({"prompt": "a", "stop": "x"}));
    assert_eq!(request.inference.unwrap().stop, Some(vec!["x".to_owned()]));
}

#[test]
fn a_body_that_is_not_of_the_format_is_refused_with_its_place() {
    let place = |body: &str| match decode_request(body.as_bytes()) {
        Err(Error::Body { pointer, reason }) => (pointer, reason),
        other => panic!("{other:?}"),
    };
    let absent = "required key [prompt] not found".to_owned();
    assert_eq!(place("{}"), (String::new(), absent));
    for (body, pointer) in [
        ("", ""),
        ("[]", ""),
        (r#"{"prompt": "a""#, ""),
        (r#"{"prompt": 5}"#, "/prompt"),
        (r#"{"prompt": "a", "max_tokens": 1.5}"#, "/max_tokens"),
        (r#"{"prompt": "a", "temperature": "warm"}"#, "/temperature"),
        (r#"{"prompt": "a", "stop": [1]}"#, "/stop/0"),
    ] {
        assert_eq!(place(body).0, pointer, "{body}");
    }
}

fn reply(content: Vec<Block>, stop: Stop) -> Reply {
    Reply {
        message: Message {
            role: Role::Assistant,
            content,
            ext: Ext::default(),
        },
        stop,
        stop_detail: None,
        usage: Usage::default(),
        latency: None,
        native: None,
        trace: None,
        performance: None,
        tier: None,
        ext: Ext::default(),
    }
}

fn rendering() -> Rendering {
    Rendering {
        id: "a1".to_owned(),
        model: "m".to_owned(),
        created_secs: 1,
        input_tokens_guess: 2,
    }
}

fn whole(reply: &Reply) -> String {
    String::from_utf8(encode_reply(reply, &rendering())).unwrap()
}

fn chunks(reply: Reply) -> Vec<String> {
    let mut encoder = StreamEncoder::new(rendering());
    let events = events(reply).unwrap().into_iter();
    let chunks = events.flat_map(|event| encoder.push(event).unwrap());
    chunks
        .map(|chunk| String::from_utf8(chunk.to_vec()).unwrap())
        .collect()
}

/// Everything that a reply can hold, of which this format tells the texts.
fn everything() -> Vec<Block> {
    vec![
        Block::Reasoning(Reasoning::Text {
            text: "hm".to_owned(),
            signature: None,
            ext: Ext::default(),
        }),
        Block::Text("Hello".to_owned()),
        Block::ToolUse(ToolUse {
            id: "i".to_owned(),
            name: "f".to_owned(),
            input: llm::Json::from_text("{}"),
            kind: None,
            ext: Ext::default(),
        }),
        Block::Citations(Citations {
            content: Some(vec![CitedText {
                text: Some(" world".to_owned()),
                ext: Ext::default(),
            }]),
            citations: Some(Vec::new()),
            ext: Ext::default(),
        }),
    ]
}

#[test]
fn a_reply_is_its_text_and_why_it_ended() {
    // The form is that of the user guide of Bedrock (Mistral AI text completion).
    let reply = |stop| reply(everything(), stop);
    assert_eq!(
        whole(&reply(Stop::EndTurn)),
        r#"{"outputs":[{"text":"Hello world","stop_reason":"stop"}]}"#
    );
    for (stop, word) in [
        (Stop::StopSequence, "stop"),
        (Stop::MaxTokens, "length"),
        (Stop::ContextWindowExceeded, "length"),
        (Stop::ToolUse, "tool_calls"),
        (Stop::ContentFiltered, "stop"),
        (Stop::Other("new".to_owned()), "stop"),
    ] {
        let body: Value = serde_json::from_str(&whole(&reply(stop))).unwrap();
        assert_eq!(body["outputs"][0]["stop_reason"], word);
    }
}

#[test]
fn a_stream_is_the_text_piece_by_piece_and_why_it_ended_at_last() {
    let expected = [
        r#"{"outputs":[{"text":"Hello","stop_reason":null}]}"#,
        r#"{"outputs":[{"text":" world","stop_reason":null}]}"#,
        r#"{"outputs":[{"text":"","stop_reason":"length"}]}"#,
    ];
    assert_eq!(chunks(reply(everything(), Stop::MaxTokens)), expected);
}

#[test]
fn events_out_of_order_are_refused() {
    let told = events(reply(everything(), Stop::EndTurn)).unwrap();
    let meta = || Event::Meta(Box::default());
    assert!(StreamEncoder::new(rendering()).push(meta()).is_err());
    let mut encoder = StreamEncoder::new(rendering());
    for event in told {
        encoder.push(event).unwrap();
    }
    assert!(encoder.push(meta()).is_err());
}

/// Marks and letters in any order.
const PROMPTS: &str = "(<s>|</s>|\\[INST\\]|\\[/INST\\]|<<SYS>>|<</SYS>>|[a é\n]){0,9}";

#[test]
fn nothing_that_a_prompt_says_is_lost() {
    // All but the marks and white space, which are the template's.
    let bare = |text: &str| {
        let marks = ["<s>", "</s>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"];
        let text = marks
            .iter()
            .fold(text.to_owned(), |text, mark| text.replace(mark, ""));
        text.split_whitespace().collect::<String>()
    };
    runner()
        .run(&PROMPTS, |prompt| {
            let (system, messages) = turns(&prompt);
            let messages = messages.into_iter().map(|(_, text)| text);
            let told: String = system.into_iter().chain(messages).collect();
            assert_eq!(bare(&told), bare(&prompt));
            Ok(())
        })
        .unwrap();
}

#[test]
fn no_bytes_panic() {
    runner()
        .run(&vec(any::<u8>(), 0..64), |bytes| {
            let _refused = decode_request(&bytes);
            Ok(())
        })
        .unwrap();
}

fn runner() -> TestRunner {
    TestRunner::new(Config {
        cases: 2048,
        failure_persistence: None,
        ..Config::default()
    })
}
