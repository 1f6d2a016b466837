//! Bodies, as far as they tell their format themselves, and where only the model id does.

use dialects::invoke::Format;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};

/// An id that says nothing.
const ALIAS: &str = "our-best-model";

#[track_caller]
fn check(model_id: &str, expected: Option<Format>, bodies: &[&str]) {
    for body in bodies {
        assert_eq!(
            Format::detect(body.as_bytes(), model_id),
            expected,
            "{body}"
        );
    }
}

#[test]
fn what_only_anthropics_format_has_tells_it() {
    let bodies = [
        r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":5,"messages":[]}"#,
        r#"{"messages":[{"role":"user","content":"a"}],"max_tokens":5,"anthropic_version":"x"}"#,
        r#"{"messages":[{"role":"user","content":"a"}],"max_tokens":5,"system":"s"}"#,
        r#"{"messages":[{"role":"user","content":"a"}],"max_tokens":5,"stop_sequences":["x"]}"#,
        r#"{"messages":[{"role":"user","content":"a"}],"tools":[{"name":"f","input_schema":{}}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"image","source":{}}]}],"max_tokens":5}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"i"}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":5}"#,
    ];
    check(ALIAS, Some(Format::Anthropic), &bodies);
    // Whatever the model is called.
    check("openai/gpt-4o", Some(Format::Anthropic), &bodies[..7]);
}

#[test]
fn what_only_openais_format_has_tells_it() {
    let bodies = [
        r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":5}"#,
        r#"{"messages":[{"role":"developer","content":"s"},{"role":"user","content":"a"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"}],"max_completion_tokens":5}"#,
        r#"{"messages":[{"role":"user","content":"a"}],"seed":1}"#,
        r#"{"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f"}}]}"#,
        r#"{"messages":[{"role":"user","content":"a"}],"tool_choice":"auto"}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}"#,
        r#"{"messages":[{"role":"assistant","content":null,"tool_calls":[]},{"role":"tool","tool_call_id":"i","content":"r"}]}"#,
    ];
    check(ALIAS, Some(Format::OpenAiChat), &bodies);
    check(
        "anthropic.claude-3-haiku-20240307-v1:0",
        Some(Format::OpenAiChat),
        &bodies,
    );
}

#[test]
fn where_both_formats_have_it_all_the_model_id_tells() {
    let bodies = [
        r#"{"messages":[{"role":"user","content":"a"}],"max_tokens":5}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":5,"temperature":1}"#,
    ];
    check(
        "us.anthropic.claude-sonnet-4-20250514-v1:0",
        Some(Format::Anthropic),
        &bodies,
    );
    check("openai.gpt-oss-20b-1:0", Some(Format::OpenAiChat), &bodies);
    check(
        "mistral.mistral-large-2407-v1:0",
        Some(Format::OpenAiChat),
        &bodies,
    );
    // Bedrock demands a version of Anthropic's format, and typed texts are its usual ones.
    check(ALIAS, Some(Format::OpenAiChat), &bodies[..1]);
    check(ALIAS, Some(Format::Anthropic), &bodies[1..]);
}

#[test]
fn a_prompt_is_mistrals_where_the_model_id_or_its_marks_say_so() {
    let plain = [r#"{"prompt":"a","max_tokens":5}"#, r#"{"prompt":"a"}"#];
    let marked = [r#"{"prompt":"<s>[INST] a [/INST]","max_tokens":5}"#];
    for id in [
        "mistral.mistral-7b-instruct-v0:2",
        "mistral.mixtral-8x7b-instruct-v0:1",
    ] {
        check(id, Some(Format::MistralText), &plain);
        check(id, Some(Format::MistralText), &marked);
    }
    check(ALIAS, None, &plain);
    check(ALIAS, Some(Format::MistralText), &marked);
    // Who takes no prompts of its own is asked in the only format that is left.
    for id in [
        "openai/gpt-4o",
        "openai.gpt-oss-20b-1:0",
        "o3",
        "anthropic/claude-sonnet-4-5",
    ] {
        check(id, Some(Format::MistralText), &plain);
        check(id, Some(Format::MistralText), &marked);
    }
    for id in [
        "us.deepseek.r1-v1:0",
        "meta.llama3-8b-instruct-v1:0",
        "cohere.command-text-v14",
    ] {
        check(id, None, &plain);
        check(id, None, &marked);
    }
}

#[test]
fn bodies_of_other_formats_are_of_none() {
    let bodies = [
        // Nova.
        r#"{"schemaVersion":"messages-v1","messages":[{"role":"user","content":[{"text":"a"}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"max_new_tokens":5}}"#,
        r#"{"messages":[{"role":"user","content":[{"text":"a"}]}]}"#,
        r#"{"system":[{"text":"s"}],"messages":[{"role":"user","content":[{"image":{}}]}]}"#,
        // Claude's text completions.
        r#"{"prompt":"\n\nHuman: a\n\nAssistant:","max_tokens_to_sample":5}"#,
        // Llama, with marks that Mistral has too.
        r#"{"prompt":"<s>[INST] a [/INST]","max_gen_len":5}"#,
        // Titan.
        r#"{"inputText":"a","textGenerationConfig":{}}"#,
        r#"{"inputText":"a"}"#,
        r#"{"inputImage":"AA=="}"#,
        // Nova's embeddings, Nova Canvas.
        r#"{"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{}}"#,
        r#"{"taskType":"TEXT_IMAGE","textToImageParams":{"text":"a"}}"#,
        // Cohere.
        r#"{"prompt":"a","max_tokens":5,"p":0.5,"k":3}"#,
        r#"{"message":"a","chat_history":[]}"#,
        r#"{"texts":["a"],"input_type":"search_query"}"#,
        r#"{"query":"a","documents":["b"],"top_n":1,"api_version":2}"#,
        // AI21.
        r#"{"prompt":"a","maxTokens":5}"#,
        // Stability.
        r#"{"prompt":"a","negative_prompt":"b","mode":"text-to-image"}"#,
        r#"{"text_prompts":[{"text":"a"}],"cfg_scale":7}"#,
        // TwelveLabs.
        r#"{"inputPrompt":"a","mediaSource":{"base64String":"AA=="}}"#,
        // Nothing that anybody knows.
        "{}",
        r#"{"a":1}"#,
        "",
        "[]",
        "hello",
        r#""messages""#,
    ];
    for id in [
        ALIAS,
        "amazon.nova-lite-v1:0",
        "mistral.mistral-7b-instruct-v0:2",
        "openai/gpt-4o",
    ] {
        check(id, None, &bodies);
    }
}

#[test]
fn a_member_that_is_null_is_none() {
    check(
        ALIAS,
        None,
        &[r#"{"anthropic_version":null,"messages":null,"prompt":null}"#],
    );
}

#[test]
fn a_body_with_a_fault_is_of_the_format_that_it_begins_as() {
    let bodies = [
        r#"{"anthropic_version":"x","messages":["#,
        r#"{"anthropic_version":"x","messages":{}}"#,
    ];
    check(ALIAS, Some(Format::Anthropic), &bodies);
    check(
        ALIAS,
        Some(Format::OpenAiChat),
        &[r#"{"messages":7}"#, r#"{"seed":1,"messages":["#],
    );
}

#[test]
fn no_bytes_panic() {
    let names = r#"[{}\[\],:" ]{0,4}(messages|content|type|tools|prompt|null|[a-z]){0,3}"#;
    let mut runner = TestRunner::new(Config {
        cases: 1024,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(
            &(vec(any::<u8>(), 0..48), vec(names, 0..9)),
            |(bytes, names)| {
                let _any = Format::detect(&bytes, ALIAS);
                let _any = Format::detect(names.concat().as_bytes(), ALIAS);
                Ok(())
            },
        )
        .unwrap();
}
