//! What people build on Bedrock: an agent that calls a tool and goes on with its result, and an answer in a form.

use serde_json::{Value, json};

use crate::clients::{by_alias, output};
use crate::recorded::{self, Api, Recording};
use crate::stage::{Stage, case, token};
use crate::turn::{Turn, Usage, count, list, text};

/// What the agent's tool answers.
const RESULT: &str = "It is sunny in the whole of the land.";

/// How many of each pair of recordings are enough.
const N_LOOPS: usize = 6;

fn calls_one_tool(recording: &Recording) -> bool {
    let Turn { tools, stop, .. } = &recording.turn;
    matches!(tools.as_slice(), [(_, input)] if input.is_object()) && stop == "tool_use"
}

fn only_talks(recording: &Recording) -> bool {
    let Turn {
        tools, text, stop, ..
    } = &recording.turn;
    tools.is_empty() && !text.is_empty() && stop == "end_turn"
}

/// A Strands agent whose model first calls its tool and then talks, both as recorded.
fn loops(api: Api, streams: bool) {
    let Some(stage) = Stage::set("strands") else {
        return;
    };
    let mut recordings = recorded::answers(&stage.shared, api);
    recordings.retain(|recording| recording.streams == streams);
    let calls = recordings.iter().filter(|found| calls_one_tool(found));
    let talks = recordings.iter().filter(|found| only_talks(found));
    let pairs: Vec<(&Recording, &Recording)> = calls.zip(talks).take(N_LOOPS).collect();
    assert!(!pairs.is_empty());
    let cases = pairs.iter().enumerate().map(|(number, (call, talk))| {
        let token = token(number);
        let answers = vec![call.written.clone(), talk.written.clone()];
        stage.upstream.plan(&token, answers);
        let input = json!({
            "model": format!("{}/a-model", api.name()),
            "system": "You know of the weather.",
            "prompt": format!("How is the weather in {token}?"),
            "streaming": streams,
            "tool": {
                "name": call.turn.tools[0].0,
                "description": "Tells something.",
                "schema": { "type": "object", "properties": {} },
                "answer": RESULT,
            },
        });
        case(&token, "agent", input)
    });
    let outcomes = stage.run(cases.collect());
    assert_eq!(outcomes.len(), pairs.len());
    for ((call, talk), outcome) in pairs.iter().zip(&outcomes) {
        let names = format!("{} and {}", call.name, talk.name);
        let told = output(outcome).unwrap_or_else(|fault| panic!("{names}: {fault}"));
        let [(tool, input)] = call.turn.tools.as_slice() else {
            panic!("one call of a tool")
        };
        assert_eq!(
            told["tools"],
            json!([{ "name": tool, "input": input }]),
            "{names}"
        );
        assert_eq!(text(&told["text"]), talk.turn.text, "{names}");
        assert_eq!(text(&told["stop"]), talk.turn.stop, "{names}");
        assert_eq!(
            told["roles"],
            json!(["user", "assistant", "user", "assistant"]),
            "{names}"
        );
        let sum = |of: fn(&Usage) -> u64| of(&call.turn.usage) + of(&talk.turn.usage);
        assert_eq!(
            count(&told["usage"]["inputTokens"]),
            sum(|usage| usage.input),
            "{names}"
        );
        assert_eq!(
            count(&told["usage"]["outputTokens"]),
            sum(|usage| usage.output),
            "{names}"
        );

        let arrived = stage.upstream.arrived(&outcome.id);
        let [_, second] = arrived.as_slice() else {
            panic!("{names}: {} requests reached the upstream", arrived.len());
        };
        let second: Value = serde_json::from_slice(&second.body).expect("a JSON body");
        assert!(answers_the_call(api, &second, input), "{names}: {second}");
    }
}

/// Whether the last message gives the tool's result to the very call that stands before it, input and all.
fn answers_the_call(api: Api, body: &Value, input: &Value) -> bool {
    let [.., assistant, result] = list(&body["messages"]) else {
        return false;
    };
    match api {
        Api::OpenAi => {
            let [call] = list(&assistant["tool_calls"]) else {
                return false;
            };
            let arguments: Value =
                serde_json::from_str(&text(&call["function"]["arguments"])).unwrap_or_default();
            result["role"] == "tool"
                && result["tool_call_id"] == call["id"]
                && result["content"].to_string().contains(RESULT)
                && arguments == *input
        }
        Api::Anthropic => {
            let called = list(&assistant["content"])
                .iter()
                .find(|block| block["type"] == "tool_use");
            let ([result], Some(call)) = (list(&result["content"]), called) else {
                return false;
            };
            result["type"] == "tool_result"
                && result["tool_use_id"] == call["id"]
                && result["content"].to_string().contains(RESULT)
                && call["input"] == *input
        }
    }
}

#[test]
fn a_strands_agent_goes_through_its_loop_on_openai() {
    loops(Api::OpenAi, true);
}

#[test]
fn a_strands_agent_goes_through_its_loop_on_anthropic() {
    loops(Api::Anthropic, true);
}

#[test]
fn a_strands_agent_without_streams_goes_through_its_loop_on_both() {
    loops(Api::OpenAi, false);
    loops(Api::Anthropic, false);
}

/// LangChain asks for a form by way of a tool that must be called.
fn structured(api: Api) {
    let Some(stage) = Stage::set("langchain") else {
        return;
    };
    let mut recordings = recorded::answers(&stage.shared, api);
    recordings.retain(|recording| !recording.streams && calls_one_tool(recording));
    assert!(!recordings.is_empty());
    let models = ["ChatBedrockConverse", "ChatBedrock"];
    let mut cases = Vec::new();
    let mut expected = Vec::new();
    for (number, recording) in recordings.iter().enumerate() {
        let (tool, input) = &recording.turn.tools[0];
        for (variant, model) in models.iter().enumerate() {
            let token = token(number * models.len() + variant);
            stage.upstream.plan(&token, vec![recording.written.clone()]);
            let schema = json!({
                "title": tool,
                "description": "Tells something.",
                "type": "object",
                "properties": {},
            });
            let asked = json!({
                "model": by_alias(api),
                "messages": [["user", format!("What do you say to {token}?")]],
                "schema": schema,
            });
            cases.push(case(&token, format!("{model}.structured"), asked));
            expected.push((&recording.name, input));
        }
    }
    let outcomes = stage.run(cases);
    assert_eq!(outcomes.len(), expected.len());
    for ((name, input), outcome) in expected.into_iter().zip(&outcomes) {
        let told = output(outcome).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(&told["value"], input, "{name}");
    }
}

#[test]
fn langchain_gets_answers_in_a_form_from_openai() {
    structured(Api::OpenAi);
}

#[test]
fn langchain_gets_answers_in_a_form_from_anthropic() {
    structured(Api::Anthropic);
}
