//! Recorded traffic as witness: OpenAI's own, that of servers which speak its format, and InvokeModel bodies of Bedrock.

use std::collections::BTreeMap;

use dialects::openai_chat::{
    Quirks, SystemRole, decode_fault, decode_reply, decode_request, encode_reply, encode_request,
    forward_request,
};
use dialects::{Rendering, StreamError};
use llm::Kind;
use llm::chat::{Block, Reasoning};
use serde_json::{Value, json};

use crate::corpus::{Exchange, exchanges};
use crate::same;

/// OpenAI's own service, but for the operator's role, which is the one that the request itself used.
fn quirks(body: &Value) -> Quirks {
    let is_developer = body["messages"][0]["role"] == "developer";
    Quirks {
        system_role: if is_developer {
            SystemRole::Developer
        } else {
            SystemRole::System
        },
        ..Quirks::OPENAI
    }
}

/// The request after the neutral form.
fn again(exchange: &Exchange) -> Result<Value, String> {
    let body = exchange.request_json();
    let model = body["model"].as_str().unwrap_or_default();
    let neutral = decode_request(&exchange.request).map_err(|error| error.to_string())?;
    let encoded = encode_request(&quirks(&body), model, &neutral, body["stream"] == true);
    Ok(serde_json::from_slice(&encoded).unwrap())
}

/// Compares what was found with what was recorded. Those that differ are exactly the `known`, each with its reason; how many do not.
#[track_caller]
fn check(pairs: Vec<(&Exchange, Result<Value, String>, Value)>, known: &[(&str, &str)]) -> usize {
    let mut n_same = 0;
    let mut n_known = 0;
    let mut wrong = Vec::new();
    for (exchange, found, expected) in pairs {
        let differences = match &found {
            Ok(found) => same::differences(found, &expected),
            Err(error) => vec![error.clone()],
        };
        let is_known = known.iter().any(|(name, _)| *name == exchange.name);
        match (differences.is_empty(), is_known) {
            (true, false) => n_same += 1,
            (false, true) => n_known += 1,
            (false, false) => wrong.push(format!("{}: {differences:#?}", exchange.name)),
            (true, true) => wrong.push(format!("{} is known and passes", exchange.name)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(n_known, known.len(), "every known one was there");
    n_same
}

/// How many requests say the same after the neutral form.
#[track_caller]
fn check_requests(exchanges: &[Exchange], known: &[(&str, &str)]) -> usize {
    let pairs = exchanges.iter().map(|exchange| {
        let expected = same::request(exchange.request_json());
        (exchange, again(exchange).map(same::request), expected)
    });
    check(pairs.collect(), known)
}

#[test]
fn every_request_to_openai_says_the_same_after_the_neutral_form() {
    let test = "every_request_to_openai_says_the_same_after_the_neutral_form";
    let Some(exchanges) = exchanges(test, "openai/chat.completions") else {
        return;
    };
    assert_eq!(check_requests(&exchanges, &[]), 122);
}

#[test]
fn every_request_to_a_compatible_server_says_the_same_after_the_neutral_form() {
    let test = "every_request_to_a_compatible_server_says_the_same_after_the_neutral_form";
    for (operation, n_expected) in [
        ("azure-openai/chat.completions", 54),
        ("groq/chat.completions", 67),
        ("mistral/chat.completions", 74),
        ("bedrock-mantle/v1.chat.completions", 1),
    ] {
        let Some(exchanges) = exchanges(test, operation) else {
            return;
        };
        assert_eq!(check_requests(&exchanges, &[]), n_expected, "{operation}");
    }
}

/// The bodies of this format that were sent to InvokeModel.
fn invocations(test: &str, operation: &str) -> Option<Vec<Exchange>> {
    let mut found = exchanges(test, &format!("bedrock-runtime/{operation}"))?;
    let families = ["openai.gpt-oss", "mistral.pixtral", "ai21.jamba"];
    found.retain(|exchange| {
        let is_asked = families
            .iter()
            .any(|family| exchange.target.contains(family));
        is_asked && exchange.request_json().get("messages").is_some()
    });
    Some(found)
}

#[test]
fn every_body_of_this_format_to_invoke_model_says_the_same_after_the_neutral_form() {
    let test = "every_body_of_this_format_to_invoke_model_says_the_same_after_the_neutral_form";
    for (operation, n_expected) in [("InvokeModel", 12), ("InvokeModelWithResponseStream", 5)] {
        let Some(exchanges) = invocations(test, operation) else {
            return;
        };
        assert_eq!(check_requests(&exchanges, &[]), n_expected, "{operation}");
    }
}

#[test]
fn a_forwarded_request_differs_in_model_and_stream_only() {
    let test = "a_forwarded_request_differs_in_model_and_stream_only";
    let Some(exchanges) = exchanges(test, "openai/chat.completions") else {
        return;
    };
    for exchange in &exchanges {
        let name = &exchange.name;
        let mut expected = exchange.request_json();
        let is_stream = expected["stream"] == true;
        let sent = forward_request(&Quirks::OPENAI, &exchange.request, "other", is_stream).unwrap();
        let found: Value = serde_json::from_slice(&sent.body).unwrap();
        let asked = &expected["stream_options"]["include_usage"];
        assert_eq!(sent.wants_usage, is_stream && *asked == true, "{name}");
        expected["model"] = json!("other");
        let members = expected.as_object_mut().unwrap();
        members.remove("stream");
        members.remove("stream_options");
        if is_stream {
            members.insert("stream".to_owned(), json!(true));
            let options = json!({"include_usage": true});
            members.insert("stream_options".to_owned(), options);
        }
        assert_eq!(found, expected, "{name}");
    }
}

/// The answers that are whole replies.
fn unary(exchanges: &[Exchange]) -> impl Iterator<Item = (&Exchange, Value)> {
    let whole = exchanges.iter().filter(|exchange| exchange.status == 200);
    whole.filter_map(|exchange| Some((exchange, exchange.answer_json()?)))
}

/// The answer after the neutral form, rendered as the same call.
fn rendered(exchange: &Exchange, body: &Value) -> Result<Value, String> {
    let reply = decode_reply(&exchange.answer).map_err(|error| format!("{error:?}"))?;
    let rendering = Rendering {
        id: "1".to_owned(),
        model: body["model"].as_str().unwrap().to_owned(),
        created_secs: body["created"].as_u64().unwrap_or_default(),
        input_tokens_guess: 0,
    };
    Ok(serde_json::from_slice(&encode_reply(&reply, &rendering)).unwrap())
}

/// How many whole answers say the same after the neutral form.
#[track_caller]
fn check_answers(exchanges: &[Exchange], known: &[(&str, &str)]) -> usize {
    let pairs = unary(exchanges).map(|(exchange, body)| {
        let found = rendered(exchange, &body).map(same::answer);
        (exchange, found, same::answer(body))
    });
    check(pairs.collect(), known)
}

#[test]
fn every_whole_answer_of_openai_says_the_same_after_the_neutral_form() {
    let test = "every_whole_answer_of_openai_says_the_same_after_the_neutral_form";
    let Some(exchanges) = exchanges(test, "openai/chat.completions") else {
        return;
    };
    assert_eq!(check_answers(&exchanges, &[]), 60);
}

#[test]
fn every_whole_answer_of_a_compatible_server_says_the_same_after_the_neutral_form() {
    let test = "every_whole_answer_of_a_compatible_server_says_the_same_after_the_neutral_form";
    let azure = [
        (
            "neilberkman-req-llm__1d65f502ad3e",
            "`tool_call` is `tool_calls`",
        ),
        (
            "neilberkman-req-llm__274468ff0d8f",
            "a call that ends with `stop`",
        ),
    ];
    let cases = [
        ("azure-openai/chat.completions", 34),
        ("groq/chat.completions", 36),
        ("mistral/chat.completions", 38),
        ("bedrock-mantle/v1.chat.completions", 1),
    ];
    for (operation, n_expected) in cases {
        let known = if operation.starts_with("azure") {
            azure.as_slice()
        } else {
            &[]
        };
        let Some(exchanges) = exchanges(test, operation) else {
            return;
        };
        assert_eq!(check_answers(&exchanges, known), n_expected, "{operation}");
    }
}

/// What Bedrock answers of `openai.gpt-oss-*` is its own form of this format; reasoning is in its text, in tags.
#[test]
fn every_answer_of_invoke_model_in_this_format_is_the_same_bytes_after_the_neutral_form() {
    let test =
        "every_answer_of_invoke_model_in_this_format_is_the_same_bytes_after_the_neutral_form";
    let Some(mut exchanges) = invocations(test, "InvokeModel") else {
        return;
    };
    exchanges.retain(|exchange| exchange.target.contains("openai.gpt-oss"));
    for exchange in &exchanges {
        let body = exchange.answer_json().unwrap();
        let reply = decode_reply(&exchange.answer).unwrap();
        let id = body["id"].as_str().unwrap();
        let rendering = Rendering {
            id: id.strip_prefix("chatcmpl-").unwrap().to_owned(),
            model: body["model"].as_str().unwrap().to_owned(),
            created_secs: body["created"].as_u64().unwrap(),
            input_tokens_guess: 0,
        };
        let found = String::from_utf8(encode_reply(&reply, &rendering)).unwrap();
        let expected = String::from_utf8(exchange.answer.clone()).unwrap();
        let expected = expected
            // `auto` is no tier that was in force.
            .replace(r#""service_tier":"auto","#, "")
            // The neutral form counts no tokens of sound.
            .replace(r#""audio_tokens":0,"#, "");
        assert_eq!(found, expected, "{}", exchange.name);
    }
    assert_eq!(exchanges.len(), 10);
}

#[test]
fn what_a_server_tells_as_reasoning_is_the_first_block() {
    let test = "what_a_server_tells_as_reasoning_is_the_first_block";
    let Some(exchanges) = exchanges(test, "groq/chat.completions") else {
        return;
    };
    let mut n_reasoned = 0;
    for (exchange, body) in unary(&exchanges) {
        let Some(expected) = body["choices"][0]["message"]["reasoning"].as_str() else {
            continue;
        };
        let reply = decode_reply(&exchange.answer).unwrap();
        let Some(Block::Reasoning(Reasoning::Text { text, .. })) = reply.message.content.first()
        else {
            panic!("{}: {:?}", exchange.name, reply.message.content);
        };
        assert_eq!(text, expected, "{}", exchange.name);
        n_reasoned += 1;
    }
    assert_eq!(n_reasoned, 11);
}

/// What a recorded error is, by its status and its code.
fn expected_kind(status: u16, error: &Value) -> Kind {
    match (status, error["code"].as_str()) {
        (400, Some("tool_use_failed")) => Kind::ToolCallMalformed,
        (400 | 422, _) => Kind::InvalidRequest,
        (401, _) => Kind::AuthUpstream,
        (403, _) => Kind::PermissionUpstream,
        // The model is there and lacks the feature.
        (404, None) if error["message"].as_str().unwrap().starts_with("tools is") => {
            Kind::InvalidRequest
        }
        (404, _) => Kind::ModelNotFound,
        (status, code) => panic!("no recorded error is {status} {code:?}"),
    }
}

#[test]
fn every_recorded_error_is_of_its_kind() {
    let test = "every_recorded_error_is_of_its_kind";
    let mut counts = BTreeMap::new();
    for operation in [
        "openai/chat.completions",
        "azure-openai/chat.completions",
        "groq/chat.completions",
        "mistral/chat.completions",
    ] {
        let Some(exchanges) = exchanges(test, operation) else {
            return;
        };
        for exchange in exchanges.iter().filter(|exchange| exchange.status != 200) {
            let body = exchange.answer_json().unwrap();
            let error = body.get("error").unwrap_or(&body);
            let fault = decode_fault(exchange.status, &exchange.answer);
            let expected = expected_kind(exchange.status, error);
            assert_eq!(fault.kind, expected, "{operation}/{}", exchange.name);
            let message = error["message"].as_str().or(error["detail"].as_str());
            assert_eq!(Some(fault.message.as_str()), message, "{}", exchange.name);
            *counts.entry(format!("{expected:?}")).or_insert(0) += 1;
        }
    }
    let counts: Vec<(String, i32)> = counts.into_iter().collect();
    println!("{counts:?}");
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<i32>(), 44);
}

#[test]
fn an_error_that_is_read_as_a_reply_is_that_fault() {
    let test = "an_error_that_is_read_as_a_reply_is_that_fault";
    let Some(exchanges) = exchanges(test, "openai/chat.completions") else {
        return;
    };
    let mut n_faults = 0;
    for exchange in exchanges.iter().filter(|exchange| exchange.status != 200) {
        let found = decode_reply(&exchange.answer);
        let Err(StreamError::Fault(fault)) = found else {
            panic!("{}: {found:?}", exchange.name);
        };
        assert_eq!(fault.message, decode_fault(200, &exchange.answer).message);
        n_faults += 1;
    }
    assert_eq!(n_faults, 25);
}
