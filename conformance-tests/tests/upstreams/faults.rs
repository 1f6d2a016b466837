//! What a client of Bedrock sees when a provider refuses or fails: the exception by who can do something about it, the text by
//! what the client may read of the provider's own, and never a key, an account or an address of the gateway's.

mod recorded;
mod rows;
mod silence;
mod streams;

use conformance_tests::loopback::frames;
use conformance_tests::loopback::gateway::BEARER;
use http::Request;
use serde_json::{Value, json};

use crate::boto3;
use crate::invoked;
use crate::stage::{JSON, Provider, Seen, Stage};
use crate::turn::{self, End, Turn};
use rows::{Expect, KNOWN, ROWS, Row};

/// A way to ask a model.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Way {
    Converse,
    ConverseStream,
    /// With a body of that provider's format.
    Invoke(Provider),
    InvokeStream(Provider),
}

impl Way {
    const ALL: [Self; 6] = [
        Self::Converse,
        Self::ConverseStream,
        Self::Invoke(Provider::OpenAi),
        Self::Invoke(Provider::Anthropic),
        Self::InvokeStream(Provider::OpenAi),
        Self::InvokeStream(Provider::Anthropic),
    ];
    const STREAMS: [Self; 3] = [
        Self::ConverseStream,
        Self::InvokeStream(Provider::OpenAi),
        Self::InvokeStream(Provider::Anthropic),
    ];

    fn request(self, provider: Provider) -> Request<bytes::Bytes> {
        let id = format!("{}/{}", provider.name(), model(provider));
        match self {
            Self::Converse => boto3::of(boto3::CONVERSE, &id),
            Self::ConverseStream => boto3::of(boto3::CONVERSE_STREAM, &id),
            Self::Invoke(format) => boto3::saying(boto3::INVOKE, &id, body(format)),
            Self::InvokeStream(format) => boto3::saying(boto3::INVOKE_STREAM, &id, body(format)),
        }
    }
}

fn model(provider: Provider) -> &'static str {
    match provider {
        Provider::OpenAi => "gpt-4.1",
        Provider::Anthropic => "claude-sonnet-4-20250514",
        Provider::Sandbox | Provider::Bedrock => panic!("{provider:?} is not asked here"),
    }
}

fn body(format: Provider) -> bytes::Bytes {
    match format {
        Provider::OpenAi => {
            let messages = json!([
                { "role": "system", "content": "You are a helpful assistant." },
                { "role": "user", "content": "hi" },
            ]);
            json!({ "messages": messages, "max_tokens": 10 })
                .to_string()
                .into()
        }
        _ => boto3::captured(boto3::INVOKE).body.clone(),
    }
}

/// What no client may read.
fn secrets(stage: &Stage) -> Vec<String> {
    let address = stage.stub.address();
    vec![
        BEARER.to_owned(),
        "org-".to_owned(),
        address.to_string(),
        "sk-".to_owned(),
        "<html".to_owned(),
    ]
}

/// What is wrong with an answer where that error is expected.
fn differences(seen: &Seen, expect: Expect, provider: Provider, secrets: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |what: &str, found: String, expected: String| {
        if found != expected {
            wrong.push(format!("{what} is {found:?}, not {expected:?}"));
        }
    };
    let text = String::from_utf8_lossy(&seen.body);
    for secret in secrets {
        check(secret, text.contains(secret).to_string(), "false".into());
    }
    let Expect {
        status,
        exception,
        message,
        retry,
        original,
    } = expect;
    check("the status", seen.status.to_string(), status.to_string());
    check("the exception", seen.exception().into(), exception.into());
    check(
        "the type",
        seen.header("content-type").into(),
        JSON.1.into(),
    );
    let (secs, millis) = retry.unwrap_or_default();
    check(
        "Retry-After",
        seen.header("retry-after").into(),
        secs.into(),
    );
    let found = seen.header("x-amz-retry-after");
    check("x-amz-retry-after", found.into(), millis.into());
    if seen.status == 200 {
        return wrong;
    }
    let mut body = json!({ "message": message });
    if exception == "ModelErrorException" {
        if let Some(original) = original {
            body["originalStatusCode"] = original.into();
        }
        let resource = format!("{}/{}", provider.name(), model(provider));
        body["resourceName"] = resource.into();
    }
    if seen.json() != body {
        wrong.push(format!("the body is {}, not {body}", seen.json()));
    }
    wrong
}

/// The same where a content filter refused the prompt: an answer that says so, in the caller's form.
fn is_filtered(way: Way, seen: &Seen) -> bool {
    let said = |of: fn(&Value) -> (Value, Value)| of(&seen.json());
    seen.status == 200
        && match way {
            Way::Converse => {
                let turn = turn::of_answer(&seen.json());
                let nothing = Turn {
                    stop: "content_filtered".to_owned(),
                    usage: turn.usage,
                    ..Turn::default()
                };
                turn == nothing
            }
            Way::ConverseStream => {
                let (turn, end) = turn::of_frames(&frames::frames(&seen.body).unwrap());
                end == End::Whole
                    && (turn.stop.as_str(), turn.text.as_str()) == ("content_filtered", "")
            }
            Way::Invoke(Provider::OpenAi) => {
                let (reason, text) = said(|reply| {
                    let choice = &reply["choices"][0];
                    (
                        choice["finish_reason"].clone(),
                        choice["message"]["content"].clone(),
                    )
                });
                reason == "content_filter" && (text.is_null() || text == "")
            }
            Way::Invoke(_) => {
                let (reason, content) =
                    said(|reply| (reply["stop_reason"].clone(), reply["content"].clone()));
                reason == "refusal" && content == json!([])
            }
            Way::InvokeStream(format) => {
                let (documents, end) = invoked::documents(&seen.body);
                let (place, reason) = match format {
                    Provider::OpenAi => ("/choices/0/finish_reason", "content_filter"),
                    _ => ("/delta/stop_reason", "refusal"),
                };
                let mut reasons = documents.iter().filter_map(|one| one.pointer(place));
                end == End::Whole && reasons.any(|told| told == reason)
            }
        }
}

/// How the answer differs from that row's, asked for in every way.
async fn check(stage: &mut Stage, row: &Row) -> Vec<String> {
    let Row {
        provider,
        status,
        headers,
        body,
        expect,
    } = row;
    let secrets = secrets(stage);
    let body = body.replace("{KEY}", BEARER);
    let is_page = body.starts_with('<');
    let kind = if is_page {
        ("content-type", "text/html")
    } else {
        JSON
    };
    let mut wrong = Vec::new();
    for way in Way::ALL {
        let (seen, _) = stage
            .ask(way.request(*provider), async |arrived| {
                let headers = [&[kind], *headers].concat();
                arrived.answer(*status, &headers, body.clone()).unwrap();
            })
            .await;
        let faults = match expect {
            Some(expect) => differences(&seen, *expect, *provider, &secrets),
            None if is_filtered(way, &seen) => Vec::new(),
            None => vec![format!("{seen:?}")],
        };
        let place = format!("{provider:?} {status} {body} by {way:?}");
        wrong.extend(faults.into_iter().map(|fault| format!("{place}: {fault}")));
    }
    wrong
}

#[tokio::test]
async fn each_documented_error_of_a_provider_is_the_exception_of_who_can_do_something_about_it() {
    let mut stage = Stage::start().await;
    let mut wrong = Vec::new();
    for row in ROWS {
        wrong.extend(check(&mut stage, row).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!stage.gateway.log_text().contains(BEARER));
}

#[tokio::test]
async fn what_is_known_not_to_hold_still_does_not() {
    let mut stage = Stage::start().await;
    for row in KNOWN {
        let wrong = check(&mut stage, row).await;
        assert!(!wrong.is_empty(), "{} {} holds", row.status, row.body);
    }
}

#[tokio::test]
async fn no_answer_to_a_count_is_an_exception_that_the_operation_does_not_model() {
    let mut stage = Stage::start().await;
    let cases = [
        (401, "authentication_error", 403, "AccessDeniedException"),
        (403, "permission_error", 403, "AccessDeniedException"),
        (404, "not_found_error", 404, "ResourceNotFoundException"),
        (429, "rate_limit_error", 429, "ThrottlingException"),
        (500, "api_error", 500, "InternalServerException"),
        (504, "timeout_error", 503, "ServiceUnavailableException"),
        (529, "overloaded_error", 503, "ServiceUnavailableException"),
        (402, "billing_error", 400, "ValidationException"),
    ];
    let id = format!("anthropic/{}", model(Provider::Anthropic));
    for (status, code, expected, exception) in cases {
        let (seen, _) = stage
            .ask(boto3::of(boto3::COUNT, &id), async |arrived| {
                let body = json!({ "type": "error", "error": { "type": code, "message": "m" } });
                arrived.answer(status, &[JSON], body.to_string()).unwrap();
            })
            .await;
        assert_eq!(
            (seen.status, seen.exception()),
            (expected, exception),
            "{code}"
        );
    }
}
