//! The clients: how each is asked, and what it makes of an answer.

use conformance_tests::live::collect;
use conformance_tests::live::driver::Outcome;
use serde_json::{Map, Value, json};

use crate::recorded::{Api, Recording};
use crate::stage::{
    ANTHROPIC_MODEL, CLAUDE_AT_ANTHROPIC, CLAUDE_AT_OPENAI, OPENAI_MODEL, Stage, case, ill_sent,
    token,
};
use crate::turn::{self, Turn, Usage, count, list, text};

/// One client, by one of Bedrock's two APIs.
pub(crate) struct Client {
    /// The driver's name.
    pub(crate) sdk: &'static str,
    /// The call for a whole answer, and that for a stream.
    operations: [&'static str; 2],
    /// The input of a call: to which model, what to say, and the names of the tools to offer.
    input: fn(&str, &str, &[&str]) -> Value,
    /// What the driver says came.
    read: fn(&Outcome) -> Result<Turn, String>,
    /// What of a turn this client can tell.
    tells: fn(Turn) -> Turn,
    /// The model by which it reaches an upstream.
    model: fn(Api) -> &'static str,
    /// The upstream whose own format its bodies have.
    speaks: Option<Api>,
}

pub(crate) const BOTO3: Client = Client {
    sdk: "boto3",
    operations: ["Converse", "ConverseStream"],
    input: converse,
    read: |outcome| match &outcome.events {
        None => Ok(turn::of_converse(output(outcome)?)),
        Some(events) => collect::message(events).map(|message| turn::of_converse(&message)),
    },
    tells: |turn| turn,
    model: by_provider,
    speaks: None,
};

/// Another SDK of AWS: all are asked alike, and say alike what came.
pub(crate) const fn aws(sdk: &'static str) -> Client {
    Client { sdk, ..BOTO3 }
}

pub(crate) const ANTHROPIC_PY: Client = Client {
    sdk: "anthropic-py",
    operations: ["messages.create", "messages.stream"],
    input: messages,
    read: |outcome| output(outcome).map(turn::of_message),
    tells: |turn| turn,
    model: by_provider,
    speaks: Some(Api::Anthropic),
};

pub(crate) const ANTHROPIC_JS: Client = Client {
    sdk: "anthropic-js",
    ..ANTHROPIC_PY
};

pub(crate) const LANGCHAIN_CONVERSE: Client = Client {
    sdk: "langchain",
    operations: ["ChatBedrockConverse.invoke", "ChatBedrockConverse.stream"],
    input: |model, prompt, tools| langchain(model, prompt, tools, &json!({})),
    read: |outcome| of_langchain(output(outcome)?),
    tells: in_langchain,
    model: by_alias,
    speaks: None,
};

pub(crate) const LANGCHAIN_INVOKE: Client = Client {
    sdk: "langchain",
    operations: ["ChatBedrock.invoke", "ChatBedrock.stream"],
    input: |model, prompt, tools| {
        langchain(
            model,
            prompt,
            tools,
            &json!({ "beta_use_converse_api": false }),
        )
    },
    ..LANGCHAIN_CONVERSE
};

impl Client {
    /// Has each recording answer one call, and compares what the client tells with what the recording says.
    pub(crate) fn faults(&self, stage: &Stage, api: Api, recordings: &[Recording]) -> Vec<String> {
        let mut cases = Vec::new();
        for (number, recording) in recordings.iter().enumerate() {
            let token = token(number);
            stage.upstream.plan(&token, vec![recording.written.clone()]);
            let prompt = format!("What do you say to {token}?");
            let mut tools: Vec<&str> = recording
                .turn
                .tools
                .iter()
                .map(|(name, _)| &**name)
                .collect();
            tools.sort_unstable();
            tools.dedup();
            let operation = self.operations[usize::from(recording.streams)];
            let input = (self.input)((self.model)(api), &prompt, &tools);
            cases.push(case(&token, operation, input));
        }
        let asked: Vec<Value> = cases.iter().map(|case| case.input.clone()).collect();
        let outcomes = stage.run(cases);
        assert_eq!(outcomes.len(), recordings.len());
        let mut faults = Vec::new();
        for ((recording, asked), outcome) in recordings.iter().zip(&asked).zip(&outcomes) {
            let found = self.differences(stage, api, recording, asked, outcome);
            faults.extend(
                found
                    .into_iter()
                    .map(|fault| format!("{}: {fault}", recording.name)),
            );
        }
        faults
    }

    fn differences(
        &self,
        stage: &Stage,
        api: Api,
        recording: &Recording,
        asked: &Value,
        outcome: &Outcome,
    ) -> Vec<String> {
        let mut faults = Vec::new();
        let expected = (self.tells)(recording.turn.clone());
        match (self.read)(outcome) {
            Err(fault) => faults.push(fault),
            Ok(turn) if turn != expected => {
                faults.push(format!("told {turn:?}\n  instead of {expected:?}"));
            }
            Ok(_) => {}
        }
        let model = match api {
            Api::OpenAi => OPENAI_MODEL,
            Api::Anthropic => ANTHROPIC_MODEL,
        };
        let arrived = stage.upstream.arrived(&outcome.id);
        match arrived.as_slice() {
            [arrived] => faults.extend(ill_sent(arrived, api, model, recording.streams)),
            others => faults.push(format!("{} requests reached the upstream", others.len())),
        }
        if self.speaks == Some(api) {
            let sent = arrived.first().map(|arrived| &arrived.body[..]);
            faults.extend(changed(asked, sent.unwrap_or_default(), recording, outcome));
        }
        faults
    }
}

/// What differs where nothing needs to be translated: the body but for the model and how it is called, and the answer.
fn changed(asked: &Value, sent: &[u8], recording: &Recording, outcome: &Outcome) -> Vec<String> {
    let mut faults = Vec::new();
    let mut sent: Value = serde_json::from_slice(sent).unwrap_or_default();
    sent["model"] = asked["model"].clone();
    if let Some(members) = sent.as_object_mut() {
        members.remove("stream");
    }
    if sent != *asked {
        faults.push(format!("sent {sent}\n  instead of {asked}"));
    }
    if let Some(document) = &recording.document {
        let told = outcome.output.clone().unwrap_or_default();
        for member in ["id", "model", "content", "stop_reason", "stop_sequence"] {
            if told[member] != document[member] {
                let (found, expected) = (&told[member], &document[member]);
                faults.push(format!("`{member}` is {found}, not {expected}"));
            }
        }
    }
    faults
}

fn by_provider(api: Api) -> &'static str {
    match api {
        Api::OpenAi => "openai/gpt-4o",
        Api::Anthropic => "anthropic/claude-sonnet-4-20250514",
    }
}

pub(crate) fn by_alias(api: Api) -> &'static str {
    match api {
        Api::OpenAi => CLAUDE_AT_OPENAI,
        Api::Anthropic => CLAUDE_AT_ANTHROPIC,
    }
}

pub(crate) fn converse(model: &str, prompt: &str, tools: &[&str]) -> Value {
    let mut input = json!({
        "modelId": model,
        "messages": [{ "role": "user", "content": [{ "text": prompt }] }],
    });
    let tools: Vec<Value> = tools
        .iter()
        .map(|name| json!({ "toolSpec": { "name": name, "description": "A tool.", "inputSchema": { "json": { "type": "object" } } } }))
        .collect();
    if !tools.is_empty() {
        input["toolConfig"] = json!({ "tools": tools });
    }
    input
}

pub(crate) fn messages(model: &str, prompt: &str, tools: &[&str]) -> Value {
    let mut input = json!({
        "model": model,
        "max_tokens": 1024,
        "messages": [{ "role": "user", "content": prompt }],
    });
    let tools: Vec<Value> = tools
        .iter()
        .map(|name| json!({ "name": name, "description": "A tool.", "input_schema": { "type": "object" } }))
        .collect();
    if !tools.is_empty() {
        input["tools"] = json!(tools);
    }
    input
}

fn langchain(model: &str, prompt: &str, tools: &[&str], options: &Value) -> Value {
    let mut input = json!({ "model": model, "messages": [["user", prompt]], "options": options });
    let tools: Vec<Value> = tools
        .iter()
        .map(|name| json!({ "title": name, "description": "A tool.", "type": "object", "properties": {} }))
        .collect();
    if !tools.is_empty() {
        input["tools"] = json!(tools);
    }
    input
}

fn of_langchain(told: &Value) -> Result<Turn, String> {
    if told["invalidTools"] != 0 {
        return Err("a call of a tool whose input is not understood".to_owned());
    }
    let tools = list(&told["tools"])
        .iter()
        .map(|call| (text(&call["name"]), call["input"].clone()))
        .collect();
    Ok(Turn {
        text: text(&told["text"]),
        thinking: String::new(),
        tools,
        stop: text(&told["stop"]),
        usage: Usage {
            input: count(&told["usage"]["input_tokens"]),
            output: count(&told["usage"]["output_tokens"]),
            ..Usage::default()
        },
    })
}

/// LangChain counts everything that was read as one, and its driver tells no thoughts.
fn in_langchain(turn: Turn) -> Turn {
    let Turn {
        text,
        thinking: _,
        tools,
        stop,
        usage,
    } = turn;
    Turn {
        text,
        thinking: String::new(),
        tools,
        stop,
        usage: Usage {
            input: usage.all_input(),
            output: usage.output,
            ..Usage::default()
        },
    }
}

/// The answer of a call that went well.
pub(crate) fn output(outcome: &Outcome) -> Result<&Value, String> {
    let empty = Map::new();
    match &outcome.output {
        Some(output) if outcome.ok => Ok(output),
        Some(_) | None => Err(format!(
            "raised {}{}",
            outcome.error.clone().unwrap_or(Value::Object(empty)),
            outcome.broken.as_deref().unwrap_or_default()
        )),
    }
}
