//! The gateway as its users start it: the binary, its command line, its configuration file.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{error::Error, machine, process::Program, traffic};

const BINARY: &str = "bedrock-gateway";

/// What stands in the gateway's place in a run.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// The gateway's binary.
    Gateway(PathBuf),
    /// The bare proxy a second time, which proves the measurement: the ratio must be 1.
    BareProxy,
}

/// How the gateway is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setup {
    /// Without a configuration: the sandbox serves.
    Sandbox,
    /// A relay whose upstream takes a bearer key.
    Bearer,
    /// A relay whose upstream takes SigV4.
    Signed,
    /// An upstream that speaks OpenAI Chat Completions, so that every call is translated.
    OpenAi,
}

impl Setup {
    /// The model that the load generator names.
    pub(crate) fn model(self) -> &'static str {
        match self {
            Self::Sandbox => traffic::SANDBOX_MODEL,
            Self::Bearer | Self::Signed => traffic::BEDROCK_MODEL,
            Self::OpenAi => traffic::OPENAI_MODEL,
        }
    }
}

/// The keys AWS's documentation uses, under the names the configuration file refers to.
const VARIABLES: [(&str, &str); 3] = [
    ("BENCH_KEY", "bench-bearer-key"),
    ("BENCH_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
    (
        "BENCH_SECRET_ACCESS_KEY",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ),
];

/// The command that starts the gateway in this setup; a configuration file it needs is written into `folder`.
pub(crate) fn program(
    binary: &Path,
    setup: Setup,
    upstream: SocketAddr,
    folder: &Path,
) -> Result<Program, Error> {
    let mut program = match configuration(setup, upstream) {
        None => Program::new(binary, ["--listen", "127.0.0.1:0"]),
        Some(text) => {
            let file = folder.join("config.yaml");
            fs::write(&file, text).map_err(Error::doing("cannot write the configuration"))?;
            Program::new(binary, ["--config".as_ref(), file.as_os_str()])
        }
    };
    program.variables = VARIABLES.to_vec();
    Ok(program)
}

fn configuration(setup: Setup, upstream: SocketAddr) -> Option<String> {
    let credentials = match setup {
        Setup::Sandbox => return None,
        Setup::Bearer => "{ bearer: env:BENCH_KEY }",
        Setup::Signed => {
            "{ access_key_id: env:BENCH_ACCESS_KEY_ID, secret_access_key: env:BENCH_SECRET_ACCESS_KEY }"
        }
        Setup::OpenAi => {
            return Some(format!(
                "listen: 127.0.0.1:0
providers:
  - name: upstream
    kind: openai
    base_url: http://{upstream}/v1
    server: openai
    api_key: env:BENCH_KEY
default_provider: upstream
"
            ));
        }
    };
    Some(format!(
        "listen: 127.0.0.1:0
providers:
  - name: upstream
    kind: bedrock
    region: us-east-1
    endpoint: http://{upstream}
    credentials: {credentials}
default_provider: upstream
"
    ))
}

/// Builds the gateway as the README tells a user to, and gives the path of its binary as cargo names it.
pub(crate) fn build() -> Result<PathBuf, Error> {
    let output = Command::new(machine::cargo())
        .args(["build", "--release", "--locked", "-p", "server"])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .map_err(Error::doing("cannot run cargo"))?;
    if !output.status.success() {
        return Err(Error::new(format!(
            "the gateway does not build: cargo ended with {}",
            output.status
        )));
    }
    executable(&String::from_utf8_lossy(&output.stdout))
        .ok_or_else(|| Error::new(format!("cargo built no binary {BINARY}")))
}

/// The path of our binary in cargo's messages, one JSON document a line (cargo's reference, "External tools").
fn executable(messages: &str) -> Option<PathBuf> {
    messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        if message.pointer("/target/name")? != BINARY {
            return None;
        }
        message.get("executable")?.as_str().map(PathBuf::from)
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn secrets_stand_in_the_configuration_by_the_names_of_their_variables_only() {
        let upstream = SocketAddr::from((Ipv4Addr::LOCALHOST, 4000));
        for (setup, names) in [
            (Setup::Bearer, &["env:BENCH_KEY"][..]),
            (
                Setup::Signed,
                &["env:BENCH_ACCESS_KEY_ID", "env:BENCH_SECRET_ACCESS_KEY"],
            ),
        ] {
            let text = configuration(setup, upstream).expect("a configuration");
            assert!(text.contains("endpoint: http://127.0.0.1:4000\n"), "{text}");
            assert!(names.iter().all(|name| text.contains(name)), "{text}");
            assert!(
                VARIABLES.iter().all(|(_, secret)| !text.contains(secret)),
                "{text}"
            );
        }
        assert_eq!(configuration(Setup::Sandbox, upstream), None);
    }

    #[test]
    fn the_binary_is_the_one_cargo_names() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"server","kind":["lib"]},"executable":null}
{"reason":"compiler-artifact","target":{"name":"bedrock-gateway","kind":["bin"]},"executable":"/t/release/bedrock-gateway"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(
            executable(messages),
            Some(PathBuf::from("/t/release/bedrock-gateway"))
        );
        assert_eq!(
            executable(r#"{"reason":"build-finished","success":true}"#),
            None
        );
    }
}
