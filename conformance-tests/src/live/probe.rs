//! Asks a plain-http endpoint whether the gateway's sandbox answers there.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::gateway::PROVIDER_HEADER;

const PATIENCE: Duration = Duration::from_secs(5);

const BODY: &str = r#"{"messages":[{"role":"user","content":[{"text":"hello"}]}]}"#;

/// Whether a Converse with `sandbox/echo` is answered with the sandbox's header. False for anything else, also for https.
#[must_use]
pub fn is_sandbox(endpoint: &str) -> bool {
    head(endpoint).is_some_and(|head| {
        let head = head.to_ascii_lowercase();
        head.starts_with("http/1.1 200") && head.contains(&format!("{PROVIDER_HEADER}: sandbox"))
    })
}

/// Whatever fails here means that it is not our sandbox, and the scenarios that need it are skipped with that reason.
fn head(endpoint: &str) -> Option<String> {
    let (authority, prefix) = match endpoint.strip_prefix("http://")?.split_once('/') {
        Some((authority, prefix)) => (authority, format!("/{}", prefix.trim_end_matches('/'))),
        None => (endpoint.strip_prefix("http://")?, String::new()),
    };
    let address = if authority.contains(':') {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let prefix = prefix.trim_end_matches('/');
    write!(
        stream,
        "POST {prefix}/model/sandbox%2Fecho/converse HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{BODY}",
        BODY.len()
    )
    .ok()?;
    let mut bytes = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.split_once("\r\n\r\n").map(|(head, _)| head.to_owned())
}
