//! Recorded traffic of Anthropic and of Claude on Bedrock as witness: requests and answers say the same after the neutral form.

use std::collections::BTreeSet;

use dialects::anthropic::{
    DIALECT, betas, decode_count, decode_fault, decode_reply, decode_request, encode_count_request,
    encode_reply, encode_request, plan,
};
use dialects::family;
use llm::Kind;
use rest_json::Blob;
use serde_json::{Value, json};

use crate::corpus::{Exchange, exchanges};
use crate::{rendering, same};

const MESSAGES: &str = "anthropic/messages";
const COUNTS: &str = "anthropic/messages.count-tokens";
const INVOKE: &str = "bedrock-runtime/InvokeModel";
const INVOKE_STREAM: &str = "bedrock-runtime/InvokeModelWithResponseStream";

/// A guardrail stopped the request before the model saw it, so the answer tells no usage. Rendered, there is one of zeros: clients
/// of this format need the member.
const NO_USAGE: &str = "Arize-ai-openinference__b179a5d02bcd";

/// The exchanges of an operation of Bedrock whose body is of this format.
fn invocations(test: &str, operation: &str) -> Option<Vec<Exchange>> {
    let mut exchanges = exchanges(test, operation)?;
    exchanges.retain(|exchange| {
        let body: Option<Value> = serde_json::from_slice(&exchange.request).ok();
        body.is_some_and(|body| body.get("anthropic_version").is_some())
    });
    Some(exchanges)
}

/// Whether the request says the same after the neutral form.
fn survives(exchange: &Exchange) -> Result<(), String> {
    let body = exchange.request_json();
    let request = decode_request(&exchange.request).map_err(|error| error.to_string())?;
    assert_eq!(request.dialect, Some(DIALECT), "{}", exchange.name);
    assert_eq!(request.family, Some(family::ANTHROPIC), "{}", exchange.name);
    let model = body["model"].as_str().unwrap_or("m");
    let stream = body["stream"] == true;
    let again: Value = serde_json::from_slice(&encode_request(model, &request, stream)).unwrap();
    assert_eq!(again["model"], model, "{}", exchange.name);
    assert_eq!(
        again["stream"],
        if stream { json!(true) } else { json!(null) }
    );
    assert_eq!(json!(betas(&request)), listed(&body["anthropic_beta"]));
    let (found, expected) = (same::request(&again), same::request(&body));
    if found == expected {
        Ok(())
    } else {
        Err(format!("\n{found}\n{expected}"))
    }
}

fn listed(betas: &Value) -> Value {
    if betas.is_null() {
        json!([])
    } else {
        betas.clone()
    }
}

/// Checks every exchange, and that the exceptions are those that are known.
fn check(
    exchanges: &[Exchange],
    exceptions: &[&str],
    law: impl Fn(&Exchange) -> Result<(), String>,
) {
    let mut known: BTreeSet<&str> = exceptions.iter().copied().collect();
    for exchange in exchanges {
        let is_known = known.remove(exchange.name.as_str());
        match law(exchange) {
            Ok(()) => assert!(!is_known, "{} is no exception any more", exchange.name),
            Err(difference) => assert!(is_known, "{}: {difference}", exchange.name),
        }
    }
    assert!(known.is_empty(), "not recorded: {known:?}");
}

#[test]
fn every_recorded_request_says_the_same_after_the_neutral_form() {
    let test = "every_recorded_request_says_the_same_after_the_neutral_form";
    let Some(exchanges) = exchanges(test, MESSAGES) else {
        return;
    };
    check(&exchanges, &[], survives);
    assert_eq!(exchanges.len(), 160);
    assert!(
        exchanges
            .iter()
            .all(|exchange| exchange.target.contains("/v1/messages"))
    );
}

#[test]
fn every_recorded_request_of_bedrock_says_the_same_after_the_neutral_form() {
    let test = "every_recorded_request_of_bedrock_says_the_same_after_the_neutral_form";
    let (Some(unary), Some(streams)) =
        (invocations(test, INVOKE), invocations(test, INVOKE_STREAM))
    else {
        return;
    };
    check(&unary, &[], survives);
    check(&streams, &[], survives);
    assert_eq!((unary.len(), streams.len()), (48, 31));
}

#[test]
fn every_recorded_body_that_bedrock_is_to_count_says_the_same_after_the_neutral_form() {
    let test = "every_recorded_body_that_bedrock_is_to_count_says_the_same_after_the_neutral_form";
    let Some(mut exchanges) = exchanges(test, "bedrock-runtime/CountTokens") else {
        return;
    };
    exchanges.retain_mut(|exchange| {
        let body = exchange.request_json();
        let body = body["input"]["invokeModel"]["body"].as_str();
        let body = body.map(|body| Blob::from_base64(body).unwrap());
        exchange.request = body
            .as_ref()
            .map(|body| body.bytes().to_vec())
            .unwrap_or_default();
        body.is_some()
    });
    check(&exchanges, &[], survives);
    assert_eq!(exchanges.len(), 3);
}

#[test]
fn a_request_of_this_format_needs_no_plan() {
    let test = "a_request_of_this_format_needs_no_plan";
    let Some(exchanges) = exchanges(test, MESSAGES) else {
        return;
    };
    for exchange in &exchanges {
        let request = decode_request(&exchange.request).unwrap();
        let plan = plan("claude-sonnet-5", &request);
        assert!(plan.request.is_none() && plan.warnings.is_empty() && plan.rejects.is_empty());
    }
}

/// Whether the answer, rendered again, says the same.
fn answers_the_same(exchange: &Exchange) -> Result<(), String> {
    let reply = decode_reply(&exchange.answer).map_err(|error| error.to_string())?;
    assert!(reply.ext.is_empty() && reply.message.ext.is_empty());
    let rendered: Value = serde_json::from_slice(&encode_reply(&reply, &rendering())).unwrap();
    assert_eq!(rendered["id"], "msg_bdrk_0f0e0d0c1234432188880123456789ab");
    assert_eq!(rendered["model"], rendering().model);
    let answer = exchange.answer_json().unwrap();
    let (found, expected) = (same::answer(&rendered), same::answer(&answer));
    if found == expected {
        Ok(())
    } else {
        Err(format!("\n{found}\n{expected}"))
    }
}

fn unary(exchanges: Vec<Exchange>) -> Vec<Exchange> {
    let is_unary = |exchange: &Exchange| exchange.status == 200 && exchange.answer_json().is_some();
    exchanges.into_iter().filter(is_unary).collect()
}

#[test]
fn every_recorded_answer_says_the_same_after_the_neutral_form() {
    let test = "every_recorded_answer_says_the_same_after_the_neutral_form";
    let Some(exchanges) = exchanges(test, MESSAGES) else {
        return;
    };
    let answers = unary(exchanges);
    check(&answers, &[], answers_the_same);
    assert_eq!(answers.len(), 98);
}

#[test]
fn every_recorded_answer_of_bedrock_says_the_same_after_the_neutral_form() {
    let test = "every_recorded_answer_of_bedrock_says_the_same_after_the_neutral_form";
    let Some(exchanges) = invocations(test, INVOKE) else {
        return;
    };
    let answers = unary(exchanges);
    check(&answers, &[NO_USAGE], answers_the_same);
    assert_eq!(answers.len(), 34);
}

#[test]
fn every_recorded_error_is_understood() {
    let test = "every_recorded_error_is_understood";
    let (Some(messages), Some(counts)) = (exchanges(test, MESSAGES), exchanges(test, COUNTS))
    else {
        return;
    };
    let mut n_errors = 0;
    for exchange in messages
        .iter()
        .chain(&counts)
        .filter(|one| one.status != 200)
    {
        let fault = decode_fault(exchange.status, &exchange.answer);
        let kind = match exchange.status {
            400 => Kind::InvalidRequest,
            401 => Kind::AuthUpstream,
            404 => Kind::ModelNotFound,
            other => panic!("{}: {other}", exchange.name),
        };
        let answer = exchange.answer_json().unwrap();
        assert_eq!(fault.kind, kind, "{}", exchange.name);
        assert_eq!(fault.message, answer["error"]["message"].as_str().unwrap());
        assert_eq!(fault.code.as_deref(), answer["error"]["type"].as_str());
        n_errors += 1;
    }
    assert_eq!(n_errors, 15);
}

#[test]
fn every_recorded_count_is_read_and_its_request_is_written() {
    let test = "every_recorded_count_is_read_and_its_request_is_written";
    let Some(exchanges) = exchanges(test, COUNTS) else {
        return;
    };
    assert_eq!(exchanges.len(), 10);
    for exchange in &exchanges {
        let body = exchange.request_json();
        // What is counted is a request that could also be answered.
        let mut answerable = body.clone();
        answerable["max_tokens"] = json!(9);
        let request = decode_request(answerable.to_string().as_bytes()).unwrap();
        let model = body["model"].as_str().unwrap();
        let again: Value = serde_json::from_slice(&encode_count_request(model, &request)).unwrap();
        assert_eq!(again["model"], model);
        assert_eq!(
            same::request(&again),
            same::request(&body),
            "{}",
            exchange.name
        );
        if exchange.status == 200 {
            let answer = exchange.answer_json().unwrap();
            assert_eq!(
                decode_count(&exchange.answer).ok(),
                answer["input_tokens"].as_u64()
            );
        }
    }
}
