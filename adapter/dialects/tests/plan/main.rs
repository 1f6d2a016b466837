//! What a target makes of the content of a request: one sentence a test, and laws over whatever may be asked.
#![cfg(test)]

mod bedrock;
mod blocks;
mod cache;
#[path = "../shared/corpus.rs"]
#[expect(dead_code, reason = "answers have no part in plans")]
mod corpus;
#[path = "../converse/fill.rs"]
#[expect(dead_code, reason = "events have no part in requests")]
mod fill;
mod laws;
mod results;
mod served;
mod tables;
mod tools;
mod turns;

use dialects::Target;
use dialects::converse::{decode_count_request, encode_count_request};
use dialects::plan::plan;
use llm::Plan;
use llm::chat::Request;
use rest_json::json;
use serde_json::Value;

pub(crate) use tables::{Table, chat, claude, everything};

/// A request as a caller of Converse writes it.
pub(crate) fn request(body: &Value) -> Request {
    let input = json::from_slice(body.to_string().as_bytes()).unwrap();
    decode_count_request(input).unwrap()
}

/// A request as a caller of Converse would have written it.
pub(crate) fn body(request: Request) -> Value {
    serde_json::from_slice(&json::to_vec(&encode_count_request(request))).unwrap()
}

/// What the target makes of a request: the request as it leaves, and what is said about it.
pub(crate) fn planned(target: &dyn Target, asked: &Value) -> (Value, Vec<String>) {
    let asked = request(asked);
    let (planned, said) = planned_request(target, &asked);
    (body(planned), said)
}

/// As [`planned`], for a request that no caller of Converse can write.
pub(crate) fn planned_request(target: &dyn Target, asked: &Request) -> (Request, Vec<String>) {
    let Plan {
        request,
        warnings,
        rejects,
    } = plan(target, asked);
    assert_eq!(rejects, [], "nothing is refused");
    let said = warnings
        .into_iter()
        .map(|warning| format!("{};{}", warning.path, warning.action))
        .collect();
    (request.unwrap_or_else(|| asked.clone()), said)
}

/// Checks what the target makes of the messages of a request, and what it says about it.
pub(crate) fn check(target: &dyn Target, asked: &Value, expected: &Value, said: &[&str]) {
    let (planned, warnings) = planned(target, &serde_json::json!({"messages": asked}));
    assert_eq!(planned["messages"], *expected);
    assert_eq!(warnings, said);
}

/// The refusals of a request: the path and the text of each.
pub(crate) fn refusals(target: &dyn Target, asked: &Value) -> Vec<(String, String)> {
    let rejects = plan(target, &request(asked)).rejects;
    let said = rejects.into_iter();
    said.map(|reject| (reject.path, reject.message)).collect()
}

/// Checks that the messages of a request are refused at that path alone, with that text.
pub(crate) fn check_refused(target: &dyn Target, messages: &Value, path: &str, text: &str) {
    let refusals = refusals(target, &serde_json::json!({"messages": messages}));
    assert_eq!(refusals, [(path.to_owned(), text.to_owned())]);
}
