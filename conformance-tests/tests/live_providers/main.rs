//! Clients of Bedrock's two APIs against the gateway with OpenAI and Anthropic behind it: what a recording of those says
//! is what the client gets. Only loopback is touched; the recordings and the clients are optional, as everywhere here.
#![cfg(test)]

mod agent;
mod clients;
mod litellm;
mod readme;
mod recorded;
mod refusals;
mod stage;
mod turn;

use clients::{ANTHROPIC_JS, ANTHROPIC_PY, BOTO3, Client, LANGCHAIN_CONVERSE, LANGCHAIN_INVOKE};
use recorded::Api;
use stage::Stage;

/// Those that stream; each has a decoder of its own.
const OTHER_SDKS: [&str; 4] = ["js", "go", "java-async", "rust"];

/// Every recorded answer of `api`, as `client` sees it.
fn told_alike(client: &Client, api: Api) {
    let Some(stage) = Stage::set(client.sdk) else {
        return;
    };
    let recordings = recorded::answers(&stage.shared, api);
    let n_streams = recordings.iter().filter(|found| found.streams).count();
    assert!(n_streams > 0 && n_streams < recordings.len());
    let faults = client.faults(&stage, api, &recordings);
    assert!(
        faults.is_empty(),
        "{} of {} recordings of {}:\n{}",
        faults.len(),
        recordings.len(),
        api.name(),
        faults.join("\n")
    );
    println!("{} recordings of {}", recordings.len(), api.name());
}

#[test]
fn boto3_gets_by_converse_what_openai_said() {
    told_alike(&BOTO3, Api::OpenAi);
}

#[test]
fn boto3_gets_by_converse_what_anthropic_said() {
    told_alike(&BOTO3, Api::Anthropic);
}

#[test]
fn the_other_sdks_of_aws_get_by_converse_what_openai_said() {
    for sdk in OTHER_SDKS {
        told_alike(&clients::aws(sdk), Api::OpenAi);
    }
}

#[test]
fn the_other_sdks_of_aws_get_by_converse_what_anthropic_said() {
    for sdk in OTHER_SDKS {
        told_alike(&clients::aws(sdk), Api::Anthropic);
    }
}

#[test]
fn anthropics_python_sdk_gets_by_invoke_model_what_openai_said() {
    told_alike(&ANTHROPIC_PY, Api::OpenAi);
}

#[test]
fn anthropics_python_sdk_gets_by_invoke_model_what_anthropic_said() {
    told_alike(&ANTHROPIC_PY, Api::Anthropic);
}

#[test]
fn anthropics_javascript_sdk_gets_by_invoke_model_what_openai_said() {
    told_alike(&ANTHROPIC_JS, Api::OpenAi);
}

#[test]
fn anthropics_javascript_sdk_gets_by_invoke_model_what_anthropic_said() {
    told_alike(&ANTHROPIC_JS, Api::Anthropic);
}

#[test]
fn langchain_gets_by_converse_what_openai_said() {
    told_alike(&LANGCHAIN_CONVERSE, Api::OpenAi);
}

#[test]
fn langchain_gets_by_converse_what_anthropic_said() {
    told_alike(&LANGCHAIN_CONVERSE, Api::Anthropic);
}

#[test]
fn langchain_gets_by_invoke_model_what_openai_said() {
    told_alike(&LANGCHAIN_INVOKE, Api::OpenAi);
}

#[test]
fn langchain_gets_by_invoke_model_what_anthropic_said() {
    told_alike(&LANGCHAIN_INVOKE, Api::Anthropic);
}
