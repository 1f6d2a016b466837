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
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = String::new();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        while !head.ends_with("\r\n\r\n") {
            lines.read_line(&mut head).unwrap();
        }
        let n_bytes = json.len();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {n_bytes}\r\nconnection: close\r\n\r\n{json}").unwrap();
        head
    });
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
