//! What OpenAI and Anthropic refuse, and how clients of Bedrock hear of it: their own typed exceptions.

use conformance_tests::live::driver::Outcome;
use serde_json::Value;

use crate::clients::{by_alias, converse, messages};
use crate::recorded::{self, Api};
use crate::stage::{Stage, case, token};
use crate::turn::text;

/// The operations of a client, the input of a call, and what it raises for a recorded status.
struct Client {
    sdk: &'static str,
    operations: [&'static str; 2],
    input: fn(&str, &str, &[&str]) -> Value,
    raises: fn(Cause) -> &'static str,
}

/// What was wrong, by the words of OpenAI's and Anthropic's documentation of their errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Something about the request.
    Request,
    /// There is no such model, or not for this API.
    Model,
    /// The key, or what it may do.
    Key,
}

impl Cause {
    fn of(status: u16, error: &Value) -> Self {
        let is = |member: &str, word: &str| error[member] == word;
        match status {
            401 | 403 => Self::Key,
            _ if is("code", "model_not_found") || is("type", "not_found_error") => Self::Model,
            404 if is("param", "model") => Self::Model,
            _ => Self::Request,
        }
    }
}

const BOTO3: Client = Client {
    sdk: "boto3",
    operations: ["Converse", "ConverseStream"],
    input: converse,
    raises: |cause| match cause {
        Cause::Request => "ValidationException",
        Cause::Model => "ResourceNotFoundException",
        // What the gateway may do at the provider is not the caller's to answer for.
        Cause::Key => "ModelErrorException",
    },
};

/// It goes by the status alone, and has no class of its own for 424.
const ANTHROPIC_PY: Client = Client {
    sdk: "anthropic-py",
    operations: ["messages.create", "messages.stream"],
    input: messages,
    raises: |cause| match cause {
        Cause::Request => "BadRequestError",
        Cause::Model => "NotFoundError",
        Cause::Key => "APIStatusError",
    },
};

const ANTHROPIC_JS: Client = Client {
    sdk: "anthropic-js",
    raises: |cause| match cause {
        Cause::Key => "APIError",
        Cause::Request | Cause::Model => (ANTHROPIC_PY.raises)(cause),
    },
    ..ANTHROPIC_PY
};

fn refused_alike(client: &Client) {
    let Some(stage) = Stage::set(client.sdk) else {
        return;
    };
    for api in [Api::OpenAi, Api::Anthropic] {
        let refusals = recorded::refusals(&stage.shared, api);
        assert!(!refusals.is_empty());
        let mut cases = Vec::new();
        for (number, (_, written, _)) in refusals.iter().enumerate() {
            for (variant, operation) in client.operations.iter().enumerate() {
                let token = format!("{}{}", api.name(), token(number * 2 + variant));
                stage.upstream.plan(&token, vec![written.clone()]);
                let input = (client.input)(by_alias(api), &token, &[]);
                cases.push(case(&token, *operation, input));
            }
        }
        let outcomes = stage.run(cases);
        assert_eq!(outcomes.len(), 2 * refusals.len());
        let mut faults = Vec::new();
        for ((name, written, body), pair) in refusals.iter().zip(outcomes.chunks(2)) {
            for outcome in pair {
                let fault = difference(client, written.status, body, outcome);
                faults.extend(fault.map(|fault| format!("{name}: {fault}")));
                assert_eq!(stage.upstream.arrived(&outcome.id).len(), 1, "{name}");
            }
        }
        assert!(faults.is_empty(), "{}:\n{}", api.name(), faults.join("\n"));
    }
}

fn difference(client: &Client, status: u16, body: &Value, outcome: &Outcome) -> Option<String> {
    let Some(error) = &outcome.error else {
        return Some(format!("raised nothing: {outcome:?}"));
    };
    let cause = Cause::of(status, &body["error"]);
    let (expected, reason) = ((client.raises)(cause), text(&body["error"]["message"]));
    // The caller hears what is wrong with the request, and nothing of what is wrong with the gateway's own key.
    let told = text(&error["message"]).contains(&reason);
    let tells = match cause {
        Cause::Request => told,
        Cause::Key => !told,
        Cause::Model => true,
    };
    let as_expected = error["code"] == expected && tells;
    (!as_expected).then(|| format!("{status} with {reason:?} raised {error}, not {expected}"))
}

#[test]
fn boto3_raises_its_typed_exceptions() {
    refused_alike(&BOTO3);
}

#[test]
fn anthropics_python_sdk_raises_its_typed_errors() {
    refused_alike(&ANTHROPIC_PY);
}

#[test]
fn anthropics_javascript_sdk_raises_its_typed_errors() {
    refused_alike(&ANTHROPIC_JS);
}
