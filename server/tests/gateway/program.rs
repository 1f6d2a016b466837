//! The binary: what it prints, how it ends, and that nothing in its surroundings switches AWS on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};

use super::support::*;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bedrock-gateway"));
    command.env_clear().stdin(Stdio::null());
    command
}

fn finished(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// A gateway in a process of its own, which ends with the test.
struct Running {
    process: Child,
    said: Vec<String>,
    address: SocketAddr,
}

impl Running {
    /// Starts it and reads up to the line that says it is ready.
    fn start(command: &mut Command) -> Self {
        let mut process = command
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = Vec::new();
        let mut address = None;
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let ready = line.strip_prefix("bedrock-gateway is ready on http://");
            address = ready.map(|rest| rest.strip_suffix("/bedrock").unwrap().parse().unwrap());
            said.push(line);
            if address.is_some() {
                break;
            }
        }
        Self {
            process,
            said,
            address: address.expect("a line that says it is ready"),
        }
    }

    fn said(&self, text: &str) -> bool {
        self.said.iter().any(|line| line.contains(text))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn without_a_configuration_the_sandbox_answers_every_model() {
    let mut command = program();
    // Every user of boto3 has these, and they switch nothing on.
    command
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SECRET_ACCESS_KEY", "x")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:1");
    let running = Running::start(&mut command);
    assert!(running.said("provider sandbox: on, answers every model id"));
    assert!(running.said("AWS Bedrock: off"));
    assert!(running.said("modelId=\"sandbox/echo\""));
    assert!(running.said(&format!(
        "endpoint_url=\"http://{}/bedrock\"",
        running.address
    )));
    let mut client = Client::http1(running.address).await;
    let body = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hello\"}]}]}";
    for model in ["sandbox%2Fecho", "anthropic.claude-3-haiku-20240307-v1%3A0"] {
        let response = client
            .post(&format!("/bedrock/model/{model}/converse"), body)
            .await;
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "x-gateway-provider"), Some("sandbox"));
        let reply: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(reply["output"]["message"]["content"][0]["text"], "hello");
    }
}

#[tokio::test]
async fn with_a_provider_on_the_sandbox_answers_its_own_models_only() {
    let mut command = program();
    command
        .arg("--bedrock")
        .env("AWS_DEFAULT_REGION", "eu-west-1");
    let running = Running::start(&mut command);
    assert!(running.said("provider bedrock: on, AWS eu-west-1"));
    assert!(running.said("provider sandbox: on, model ids `sandbox/...`"));
    let mut client = Client::http1(running.address).await;
    let body = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hello\"}]}]}";
    let response = client
        .post("/bedrock/model/sandbox%2Fecho/converse", body)
        .await;
    assert_eq!(response.status(), 200);
    // No keys are there, which is found out now and never asks AWS.
    let response = client
        .post("/bedrock/model/amazon.nova-lite-v1%3A0/converse", body)
        .await;
    assert_eq!(response.status(), 424);
    assert_eq!(header(&response, "x-gateway-provider"), Some("bedrock"));
}

#[test]
fn bedrock_needs_a_region_at_the_start() {
    let output = finished(&["--bedrock"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        text,
        "bedrock-gateway: --bedrock needs a region: set AWS_REGION or AWS_DEFAULT_REGION\n"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_to_terminate_drains_and_ends_well() {
    let mut running = Running::start(&mut program());
    let response = Client::http1(running.address).await.get("/health").await;
    assert_eq!(response.status(), 200);
    let pid = running.process.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(running.process.wait().unwrap().code(), Some(0));
    let mut log = String::new();
    running
        .process
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    let events: Vec<String> = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| line["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(events, ["request", "draining", "drained"]);
}

#[test]
fn check_config_lists_every_problem_and_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    let name = file.to_str().unwrap();

    std::fs::write(&file, "listen: here\nlog: { level: loud }\n").unwrap();
    for output in [
        finished(&["check-config", name]),
        finished(&["--config", name, "check-config"]),
        program()
            .arg("check-config")
            .env("BEDROCK_GATEWAY_CONFIG", name)
            .output()
            .unwrap(),
        // A gateway does not start on a faulty configuration either.
        finished(&["--config", name]),
    ] {
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stderr).unwrap();
        let places: Vec<String> = text
            .lines()
            .map(|line| line.split(": ").next().unwrap().to_owned())
            .collect();
        assert_eq!(
            places,
            [format!("{name}:1:9"), format!("{name}:2:15")],
            "{text}"
        );
    }

    std::fs::write(&file, "listen: 127.0.0.1:0\n").unwrap();
    let output = finished(&["check-config", name]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("{name} is a valid configuration\n")
    );

    let output = finished(&["check-config"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_schema_is_printed_as_json() {
    let output = finished(&["schema"]);
    assert_eq!(output.status.code(), Some(0));
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema, server::Config::schema());
}

#[test]
fn an_address_that_is_taken_is_said_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = finished(&["--listen", &address]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.starts_with(&format!("bedrock-gateway: cannot listen on {address}: ")),
        "{text}"
    );
}

/// An upstream for one request: answers it with this JSON and gives back its head.
fn upstream(json: &'static str) -> (SocketAddr, std::thread::JoinHandle<String>) {
    let (address, serving) = upstream_for(1, "200 OK", json);
    let heads = std::thread::spawn(move || serving.join().unwrap().concat());
    (address, heads)
}

/// An upstream for so many requests: answers each so, and gives back their heads.
fn upstream_for(
    n_requests: usize,
    status: &'static str,
    json: &'static str,
) -> (SocketAddr, std::thread::JoinHandle<Vec<String>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = move |_| {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = String::new();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        while !head.ends_with("\r\n\r\n") {
            lines.read_line(&mut head).unwrap();
        }
        let n_bytes = json.len();
        write!(stream, "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {n_bytes}\r\nconnection: close\r\n\r\n{json}").unwrap();
        head
    };
    let serving = std::thread::spawn(move || (0..n_requests).map(serve).collect());
    (address, serving)
}

#[tokio::test]
async fn a_configured_provider_is_reached_by_alias_with_the_key_it_names() {
    let (endpoint, upstream) = upstream("{\"relayed\":true}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    let yaml = format!(
        "providers:\n  - name: mine\n    kind: bedrock\n    region: us-east-1\n    endpoint: http://{endpoint}\n    credentials: {{ bearer: env:MY_KEY }}\naliases:\n  - {{ name: gpt-4o, provider: mine, model: 'nova:0' }}\n"
    );
    std::fs::write(&file, yaml).unwrap();
    let mut command = program();
    command
        .env("BEDROCK_GATEWAY_CONFIG", &file)
        .env("MY_KEY", "the-key")
        .env("AWS_BEARER_TOKEN_BEDROCK", "another-key");
    let running = Running::start(&mut command);
    assert!(running.said(&format!("provider mine: on, http://{endpoint}/")));
    let mut client = Client::http2(running.address).await;
    let response = client.post("/bedrock/model/gpt-4o/converse", "{}").await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "x-gateway-provider"), Some("mine"));
    assert_eq!(text(response).await, "{\"relayed\":true}");
    let head = upstream.join().unwrap();
    assert!(
        head.starts_with("POST /model/nova%3A0/converse HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(head.contains("authorization: Bearer the-key\r\n"), "{head}");

    // No default is named, so an id that nobody was named for reaches nobody, the sandbox least of all.
    let response = client.post("/bedrock/model/other/converse", "{}").await;
    assert_eq!(response.status(), 400);
    assert_eq!(
        text(response).await,
        "{\"message\":\"The provided model identifier is invalid.\"}"
    );
}

const HELLO: &str = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hello\"}]}]}";

/// Waits until a proxy has seen these requests, and gives back their first lines.
fn first_lines(proxy: std::thread::JoinHandle<Vec<String>>) -> Vec<String> {
    let heads = proxy.join().unwrap();
    heads
        .iter()
        .map(|head| head.lines().next().unwrap().to_owned())
        .collect()
}

/// The proxy that the environment names is what the test sees of the request: nothing gets past it.
#[tokio::test]
async fn a_lone_key_in_the_environment_serves_every_model_through_the_proxy_of_the_environment() {
    for (variable, name, place, target) in [
        (
            "OPENAI_API_KEY",
            "openai",
            "https://api.openai.com/v1",
            "api.openai.com:443",
        ),
        (
            "ANTHROPIC_API_KEY",
            "anthropic",
            "https://api.anthropic.com/",
            "api.anthropic.com:443",
        ),
    ] {
        let (proxy, seen) = upstream_for(2, "403 Forbidden", "{}");
        let mut command = program();
        command
            .env(variable, "the-key")
            .env("HTTPS_PROXY", format!("http://{proxy}"));
        let running = Running::start(&mut command);
        assert!(running.said(&format!("provider {name}: on, {place}")));
        assert!(running.said("and every id that names neither"));
        assert!(running.said("provider sandbox: on, model ids `sandbox/...`"));
        let mut client = Client::http1(running.address).await;
        for model in ["a-model", &format!("{name}%2Fa-model")] {
            let path = format!("/bedrock/model/{model}/converse");
            let response = client.post(&path, HELLO).await;
            assert_eq!(response.status(), 503);
            assert_eq!(header(&response, "x-gateway-provider"), Some(name));
            assert_eq!(header(&response, "x-gateway-model"), Some("a-model"));
        }
        let connect = format!("CONNECT {target} HTTP/1.1");
        assert_eq!(first_lines(seen), [connect.as_str(), connect.as_str()]);
    }
}

#[tokio::test]
async fn of_two_keys_in_the_environment_neither_serves_ids_that_name_nobody() {
    let mut command = program();
    command
        .env("OPENAI_API_KEY", "x")
        .env("ANTHROPIC_API_KEY", "x");
    let running = Running::start(&mut command);
    assert!(running.said("provider openai: on"));
    assert!(running.said("provider anthropic: on"));
    assert!(!running.said("every id"));
    let mut client = Client::http1(running.address).await;
    let response = client.post("/bedrock/model/gpt-4o/converse", HELLO).await;
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn keys_in_the_environment_switch_nothing_on_beside_a_file_that_lists_providers() {
    // As OpenAI's documentation of chat completions shows an answer.
    let (endpoint, upstream) = upstream(
        "{\"id\":\"chatcmpl-123\",\"object\":\"chat.completion\",\"created\":1741569952,\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello! How can I assist you today?\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":10,\"total_tokens\":29}}",
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    let yaml = format!(
        "providers:\n  - {{ name: mine, kind: openai, base_url: 'http://{endpoint}/v1', api_key: env:MY_KEY }}\ndefault_provider: mine\n"
    );
    std::fs::write(&file, yaml).unwrap();
    let mut command = program();
    command
        .arg("--config")
        .arg(&file)
        .env("MY_KEY", "my-key")
        .env("OPENAI_API_KEY", "another-key")
        .env("ANTHROPIC_API_KEY", "another-key")
        // Nobody listens there: an upstream on this machine is reached without a proxy.
        .env("http_proxy", "http://127.0.0.1:1");
    let running = Running::start(&mut command);
    assert!(running.said(&format!(
        "provider mine: on, http://{endpoint}/v1, a server of kind compatible"
    )));
    assert!(!running.said("provider openai"));
    assert!(!running.said("provider anthropic"));
    let mut client = Client::http1(running.address).await;
    let response = client.post("/bedrock/model/gpt-4o/converse", HELLO).await;
    assert_eq!(response.status(), 200);
    let reply: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(
        reply["output"]["message"]["content"][0]["text"],
        "Hello! How can I assist you today?"
    );
    assert_eq!(reply["usage"]["totalTokens"], 29);
    let head = upstream.join().unwrap();
    assert!(
        head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(head.contains("authorization: Bearer my-key\r\n"), "{head}");
}

#[tokio::test]
async fn a_provider_of_kind_anthropic_is_reached_with_its_key_and_its_betas() {
    // As Anthropic's documentation of its Messages API shows an answer.
    let (endpoint, upstream) = upstream(
        "{\"id\":\"msg_01XFDUDYJgAACzvnptvVoYEL\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Hello!\"}],\"model\":\"claude-opus-4-20250514\",\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":12,\"output_tokens\":6}}",
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    let key = folder.path().join("key");
    std::fs::write(&key, "my-key\n").unwrap();
    let yaml = format!(
        "providers:\n  - {{ name: mine, kind: anthropic, base_url: 'http://{endpoint}', api_key: 'file:{}', betas: [one, two] }}\n",
        key.display()
    );
    std::fs::write(&file, yaml).unwrap();
    let mut command = program();
    command.arg("--config").arg(&file);
    let running = Running::start(&mut command);
    assert!(running.said(&format!("provider mine: on, http://{endpoint}/")));
    let mut client = Client::http1(running.address).await;
    let response = client
        .post("/bedrock/model/mine%2Fclaude/converse", HELLO)
        .await;
    assert_eq!(response.status(), 200);
    let reply: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(reply["output"]["message"]["content"][0]["text"], "Hello!");
    assert_eq!(reply["usage"]["totalTokens"], 18);
    let head = upstream.join().unwrap();
    assert!(head.starts_with("POST /v1/messages HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("x-api-key: my-key\r\n"), "{head}");
    assert!(head.contains("anthropic-beta: one,two\r\n"), "{head}");
}

#[test]
fn a_proxy_that_cannot_be_one_is_said_so_without_its_value() {
    let output = program()
        .env("OPENAI_API_KEY", "x")
        .env("https_proxy", "socks5://user:word@127.0.0.1:1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        text,
        "bedrock-gateway: https_proxy must be the address of an http proxy, such as http://proxy.example:3128\n"
    );
}
