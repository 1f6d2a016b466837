//! Errors that OpenAI and Anthropic gave and others recorded, those of other endpoints among them since one provider's errors
//! are all of one form.
//!
//! The recordings belong to other projects and are optional: without them this test says that it is skipped.

use conformance_tests::corpus;
use conformance_tests::shared::folder_or_skip;
use serde_json::Value;

use super::{Way, secrets};
use crate::stage::{JSON, Provider, Stage};

/// What OpenAI says with 404 of a model that is there and cannot do what was asked.
const NO_TOOLS: &str = "tools is not supported in this model";

/// The exception for a recorded error, by what the providers document of its status and code, and the text.
fn expected(status: u16, error: &Value) -> (u16, &'static str, String) {
    let message = error["message"].as_str().unwrap();
    let is_unknown_model = error["code"] == "model_not_found";
    let about_model = || {
        let text = "Could not resolve the foundation model from the provided model identifier.";
        (
            404,
            "ResourceNotFoundException",
            format!("{text} ({message})"),
        )
    };
    match status {
        400 if is_unknown_model => about_model(),
        404 if !message.starts_with(NO_TOOLS) => about_model(),
        400 | 404 => (
            400,
            "ValidationException",
            format!("The model returned the following errors: {message}"),
        ),
        401 | 403 => (
            424,
            "ModelErrorException",
            "The gateway could not authenticate to the model provider.".to_owned(),
        ),
        other => panic!("a status {other}"),
    }
}

#[tokio::test]
async fn each_recorded_error_of_a_provider_is_the_exception_that_its_status_and_code_mean() {
    let test = "each_recorded_error_of_a_provider_is_the_exception_that_its_status_and_code_mean";
    let Some(shared) = folder_or_skip(test).unwrap() else {
        return;
    };
    let mut stage = Stage::start().await;
    let secrets = secrets(&stage);
    let (mut n_errors, mut wrong) = (0, Vec::new());
    for provider in [Provider::OpenAi, Provider::Anthropic] {
        for exchange in corpus::load(&shared, provider.name()).unwrap() {
            let (name, recorded) = (&exchange.name, &exchange.response);
            if recorded.status.as_u16() < 400 {
                continue;
            }
            n_errors += 1;
            let body: Value = serde_json::from_slice(&recorded.body).unwrap();
            let expected = expected(recorded.status.as_u16(), &body["error"]);
            for way in Way::ALL {
                let (seen, _) = stage
                    .ask(way.request(provider), async |arrived| {
                        let (status, body) = (recorded.status.as_u16(), recorded.body.clone());
                        arrived.answer(status, &[JSON], body).unwrap();
                    })
                    .await;
                let found = (seen.status, seen.exception(), seen.message());
                let text = String::from_utf8_lossy(&seen.body);
                let leaks = secrets.iter().any(|secret| text.contains(secret));
                if leaks || found != (expected.0, expected.1, expected.2.clone()) {
                    wrong.push(format!("{name} by {way:?}: {found:?}, not {expected:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(n_errors, 65);
}
