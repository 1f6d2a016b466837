//! A real server of the Chat Completions format for an upstream: LiteLLM's proxy, with models that it mocks itself and
//! one that it has from the recordings. Its chunks, its usage and its refusals are its own, not OpenAI's.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use conformance_tests::kits::{self, LITELLM};
use conformance_tests::live::collect;
use conformance_tests::live::driver::Outcome;
use conformance_tests::live::gateway::{ChatUpstream, UPSTREAM_API_KEY};
use conformance_tests::live::replay::Recordings;
use conformance_tests::live::upstream::Upstream;
use conformance_tests::{env, provision};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::clients::{converse, output};
use crate::recorded::{self, Api};
use crate::stage::{Stage, case, skipped, token};
use crate::turn::{self, Turn};

/// It imports for seconds, the longer the more tests run beside it.
const READY: Duration = Duration::from_secs(180);

/// What the mocks say.
const TEXT: &str = "Hello from the mock.";
const TOOL: &str = "get_weather";

/// A running LiteLLM; it is ended when this is dropped.
struct LiteLlm {
    child: Child,
    base_url: String,
    // Holds its configuration and its home.
    _folder: TempDir,
}

impl LiteLlm {
    /// Starts it on a free port, with `recorded` at that upstream; none, which is printed, where it is not installed.
    fn start(upstream: &Upstream) -> Option<Self> {
        let kit = kits::kit(LITELLM).expect("the kit is registered");
        if let Err(reason) = provision::ready(kit, &env::sdks_root()) {
            return skipped(&reason);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("config.yaml");
        // Its configuration is YAML, of which JSON is a part.
        let mocked = |name: &str, member: &str, value: Value| json!({ "model_name": name, "litellm_params": { "model": format!("openai/{name}"), "api_key": "none", member: value } });
        let models = json!({ "model_list": [
            mocked("text", "mock_response", json!(TEXT)),
            mocked("tool", "mock_tool_calls", json!([
                { "id": "call_1", "type": "function", "function": { "name": TOOL, "arguments": "{\"city\": \"Paris\"}" } },
            ])),
            mocked("recorded", "api_base", json!(format!("{}/v1", upstream.endpoint()))),
        ] });
        std::fs::write(&config, models.to_string()).expect("the configuration is written");
        let mut child = Command::new(kit.home(&env::sdks_root()).join("bin/litellm"))
            .args(["--host", "127.0.0.1", "--port", "0", "--telemetry", "False"])
            .arg("--config")
            .arg(&config)
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", env::search_path())
            .env("HOME", folder.path())
            .env("LC_ALL", "C.UTF-8")
            // The prices of models would be fetched otherwise.
            .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
            .env("LITELLM_MASTER_KEY", UPSTREAM_API_KEY)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("LiteLLM starts");
        let stderr = child.stderr.take().expect("its standard error");
        let mut running = Self {
            child,
            base_url: String::new(),
            _folder: folder,
        };
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            // Reads on after the line that is waited for, so that it never blocks on a full pipe.
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // Nobody listens any more then.
                let _ = sender.send(line);
            }
        });
        let mut seen = String::new();
        while let Ok(line) = lines.recv_timeout(READY) {
            if let Some((_, rest)) = line.split_once("Uvicorn running on ") {
                let address = rest.split_whitespace().next().unwrap_or_default();
                running.base_url = format!("{address}/v1");
                return Some(running);
            }
            seen.push_str(&line);
            seen.push('\n');
        }
        panic!("LiteLLM is not ready:\n{seen}");
    }
}

impl Drop for LiteLlm {
    fn drop(&mut self) {
        // It may have ended by itself, and there is nobody left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What boto3 was told, whole or as a stream.
fn told(outcome: &Outcome) -> Turn {
    let turn = match &outcome.events {
        None => output(outcome).map(turn::of_converse),
        Some(events) => collect::message(events).map(|message| turn::of_converse(&message)),
    };
    turn.unwrap_or_else(|fault| panic!("{}: {fault}; {:?}", outcome.id, outcome.error))
}

#[test]
fn boto3_converses_with_models_of_litellm() {
    let upstream = Upstream::start(Recordings::default()).expect("a free port");
    let Some(litellm) = LiteLlm::start(&upstream) else {
        return;
    };
    let upstreams = [ChatUpstream {
        name: "litellm",
        kind: Api::OpenAi.name(),
        base_url: &litellm.base_url,
        server: Some("litellm"),
    }];
    let Some(stage) = Stage::before("boto3", upstream, &upstreams, &[]) else {
        return;
    };
    let mut recordings = recorded::answers(&stage.shared, Api::OpenAi);
    recordings.retain(|recording| recording.streams && !recording.turn.tools.is_empty());
    assert!(!recordings.is_empty());

    let mut cases = vec![
        case("text", "Converse", converse("litellm/text", "Hello", &[])),
        case(
            "stream",
            "ConverseStream",
            converse("litellm/text", "Hello", &[]),
        ),
        case(
            "tool",
            "Converse",
            converse("litellm/tool", "Hello", &[TOOL]),
        ),
        case(
            "unknown",
            "Converse",
            converse("litellm/unknown", "Hello", &[]),
        ),
    ];
    for (number, recording) in recordings.iter().enumerate() {
        let token = token(number);
        stage.upstream.plan(&token, vec![recording.written.clone()]);
        let mut tools: Vec<&str> = recording
            .turn
            .tools
            .iter()
            .map(|(name, _)| &**name)
            .collect();
        tools.sort_unstable();
        tools.dedup();
        let input = converse("litellm/recorded", &format!("What of {token}?"), &tools);
        cases.push(case(&token, "ConverseStream", input));
    }
    let outcomes = stage.run(cases);
    let [text, stream, tool, unknown, streamed @ ..] = outcomes.as_slice() else {
        panic!("{} outcomes", outcomes.len());
    };

    for outcome in [text, stream] {
        let turn = told(outcome);
        assert_eq!((turn.text.as_str(), turn.stop.as_str()), (TEXT, "end_turn"));
        assert!(turn.usage.input > 0 && turn.usage.output > 0, "{turn:?}");
    }
    // The mock says that it is at its end, but calls a tool: clients go by the reason.
    let turn = told(tool);
    assert_eq!(turn.tools, [(TOOL.to_owned(), json!({ "city": "Paris" }))]);
    assert_eq!(turn.stop, "tool_use");
    let error = unknown.error.as_ref().expect("there is no such model");
    assert_eq!(error["code"], "ValidationException", "{error}");
    assert!(error.to_string().contains("Invalid model name"), "{error}");

    assert_eq!(streamed.len(), recordings.len());
    for (recording, outcome) in recordings.iter().zip(streamed) {
        let (found, expected) = (told(outcome), recording.turn.clone());
        assert_eq!(found, expected, "{}", recording.name);
    }
}
