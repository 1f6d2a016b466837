//! The requests of the benchmark, built here so that every run sends the same bytes.

use bytes::Bytes;
use clap::ValueEnum;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::{Value, json};

use crate::error::Error;

/// The name of a model on Bedrock, for relays.
pub(crate) const BEDROCK_MODEL: &str = "anthropic.claude-3-haiku-20240307-v1:0";
/// The model of the gateway's own sandbox that repeats the last user text.
pub(crate) const SANDBOX_MODEL: &str = "sandbox/echo";

/// The name of a model at OpenAI, for translations.
pub(crate) const OPENAI_MODEL: &str = "gpt-4o";

const SMALL_BYTES: usize = 1024;
const AGENT_BYTES: usize = 120 * 1024;
/// The opening question and then 80 turns: a call of a tool by the assistant, its result from the user, and so on.
const AGENT_TURNS: usize = 80;
const AGENT_TOOLS: usize = 30;

/// What one turn of the load generator sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Traffic {
    /// Converse with a body of 1 KB.
    Small,
    /// Converse with the 120 KB body of an agent in its eightieth turn.
    Agent,
    /// ConverseStream with a body of 1 KB.
    Stream,
}

impl Traffic {
    pub(crate) fn body(self) -> Bytes {
        match self {
            Self::Small | Self::Stream => small_request(),
            Self::Agent => agent_request(),
        }
    }

    /// The path for `model`, its name percent-encoded as the AWS SDKs do it.
    pub(crate) fn path(self, model: &str) -> String {
        let operation = match self {
            Self::Small | Self::Agent => "converse",
            Self::Stream => "converse-stream",
        };
        let model = model.replace(':', "%3A").replace('/', "%2F");
        format!("/bedrock/model/{model}/{operation}")
    }

    /// The value the option of the load generator takes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Agent => "agent",
            Self::Stream => "stream",
        }
    }
}

/// The headers boto3 sends with Converse, signature included: a caller's signature is there to be read past.
pub(crate) fn headers(host: &str) -> Result<HeaderMap, Error> {
    let host = HeaderValue::from_str(host).map_err(Error::doing("the address is no host"))?;
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, host);
    for (name, value) in [
        ("accept-encoding", "identity"),
        ("content-type", "application/json"),
        (
            "user-agent",
            "Boto3/1.40.56 md/Botocore#1.40.56 ua/2.1 os/linux md/arch#x86_64 lang/python#3.12.3",
        ),
        ("x-amz-date", "20260102T030405Z"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260102/us-east-1/bedrock/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        ),
        (
            "amz-sdk-invocation-id",
            "0f9a4c1e-7d35-4b5e-9a61-2f0d8c7b6a51",
        ),
        ("amz-sdk-request", "attempt=1"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    Ok(headers)
}

/// A Converse request of exactly 1,024 bytes: a system prompt, three messages, an inference configuration.
pub(crate) fn small_request() -> Bytes {
    padded(SMALL_BYTES, small_of)
}

/// The text that the sandbox is to repeat: the last text of the small request.
pub(crate) fn small_last_text() -> String {
    let empty = small_of("").to_string();
    prose(SMALL_BYTES.saturating_sub(empty.len()), 0)
}

fn small_of(last_text: &str) -> Value {
    json!({
        "system": [{"text": prose(120, 1)}],
        "messages": [
            {"role": "user", "content": [{"text": prose(80, 2)}]},
            {"role": "assistant", "content": [{"text": prose(100, 3)}]},
            {"role": "user", "content": [{"text": last_text}]},
        ],
        "inferenceConfig": {"maxTokens": 1024, "temperature": 0.5, "topP": 0.9},
    })
}

/// A Converse request of exactly 122,880 bytes: 30 tools, an opening question, and 80 turns of calls and results.
pub(crate) fn agent_request() -> Bytes {
    padded(AGENT_BYTES, |last_text| {
        let mut messages = vec![json!({"role": "user", "content": [{"text": prose(600, 4)}]})];
        let mut call_id = String::new();
        for turn in 0..AGENT_TURNS {
            if turn % 2 == 0 {
                call_id = format!("tooluse_{turn:022}");
                messages.push(agent_call(turn, &call_id));
            } else {
                let text = if turn + 1 == AGENT_TURNS {
                    last_text.to_owned()
                } else {
                    prose(1150, turn)
                };
                messages.push(json!({"role": "user", "content": [
                    {"toolResult": {"toolUseId": call_id, "content": [{"text": text}], "status": "success"}},
                ]}));
            }
        }
        json!({
            "system": [{"text": prose(4000, 5)}],
            "messages": messages,
            "inferenceConfig": {"maxTokens": 4096, "temperature": 0.0},
            "toolConfig": {"tools": (0..AGENT_TOOLS).map(agent_tool).collect::<Vec<_>>(), "toolChoice": {"auto": {}}},
        })
    })
}

fn agent_call(turn: usize, call_id: &str) -> Value {
    json!({"role": "assistant", "content": [
        {"text": prose(240, turn)},
        {"toolUse": {
            "toolUseId": call_id,
            "name": format!("tool_{:02}", turn % AGENT_TOOLS),
            "input": {"path": format!("src/module_{turn}.rs"), "query": prose(160, turn + 100), "limit": turn},
        }},
    ]})
}

fn agent_tool(number: usize) -> Value {
    let property =
        |seed: usize| json!({"type": "string", "description": prose(140, number * 10 + seed)});
    json!({"toolSpec": {
        "name": format!("tool_{number:02}"),
        "description": prose(400, number + 200),
        "inputSchema": {"json": {
            "type": "object",
            "properties": {
                "path": property(1),
                "query": property(2),
                "limit": {"type": "integer", "minimum": 0, "maximum": 1000, "description": prose(80, number)},
                "kinds": {"type": "array", "items": {"type": "string", "enum": ["file", "folder", "symbol", "text"]}},
            },
            "required": ["path", "query"],
            "additionalProperties": false,
        }},
    }})
}

/// The document that `build` makes when its last text is so long that the whole is `total` bytes.
fn padded(total: usize, build: impl Fn(&str) -> Value) -> Bytes {
    let rest = total.saturating_sub(build("").to_string().len());
    build(&prose(rest, 0)).to_string().into()
}

/// `length` characters of lower-case English-looking text, a different one for each `seed`, with nothing to escape.
pub(crate) fn prose(length: usize, seed: usize) -> String {
    const WORDS: [&str; 16] = [
        "the", "gateway", "reads", "a", "request", "and", "sends", "it", "to", "model", "which",
        "answers", "with", "text", "of", "measured",
    ];
    let mut text = String::with_capacity(length + 10);
    let mut state = seed.wrapping_mul(7919).wrapping_add(17);
    while text.len() < length {
        // A linear congruential generator (Numerical Recipes); its upper bits choose the word.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) & 0xFFFF_FFFF;
        text.push_str(WORDS.get(state >> 28).unwrap_or(&"the"));
        text.push(' ');
    }
    text.truncate(length);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(body: &[u8]) -> Value {
        serde_json::from_slice(body).expect("a request is JSON")
    }

    #[test]
    fn requests_have_the_sizes_the_table_names() {
        assert_eq!(small_request().len(), 1024);
        assert_eq!(agent_request().len(), 122_880);
    }

    #[test]
    fn the_agent_request_has_eighty_turns_after_the_question_and_thirty_tools() {
        let request = parsed(&agent_request());
        let messages = request["messages"].as_array().expect("messages");
        assert_eq!(messages.len(), 81);
        for (number, message) in messages.iter().enumerate() {
            assert_eq!(
                message["role"],
                if number % 2 == 0 { "user" } else { "assistant" }
            );
        }
        assert_eq!(
            request["toolConfig"]["tools"].as_array().map(Vec::len),
            Some(30)
        );
    }

    #[test]
    fn every_tool_result_answers_the_call_before_it() {
        let request = parsed(&agent_request());
        let messages = request["messages"].as_array().expect("messages");
        let pairs: Vec<_> = messages[1..].chunks(2).collect();
        assert_eq!(pairs.len(), 40);
        for pair in pairs {
            let call = &pair[0]["content"][1]["toolUse"]["toolUseId"];
            assert!(call.is_string());
            assert_eq!(call, &pair[1]["content"][0]["toolResult"]["toolUseId"]);
        }
    }

    #[test]
    fn the_last_text_of_the_small_request_is_the_one_to_be_repeated() {
        let request = parsed(&small_request());
        assert_eq!(
            request["messages"][2]["content"][0]["text"],
            small_last_text()
        );
    }

    #[test]
    fn prose_has_the_length_asked_for_and_depends_on_its_seed_alone() {
        for length in [0, 1, 2, 99, 1000] {
            assert_eq!(prose(length, 3).len(), length);
        }
        assert_eq!(prose(50, 1), prose(50, 1));
        assert_ne!(prose(50, 1), prose(50, 2));
    }

    #[test]
    fn model_names_are_one_path_segment() {
        assert_eq!(
            Traffic::Small.path(SANDBOX_MODEL),
            "/bedrock/model/sandbox%2Fecho/converse"
        );
        assert_eq!(
            Traffic::Stream.path("a:0"),
            "/bedrock/model/a%3A0/converse-stream"
        );
    }
}
