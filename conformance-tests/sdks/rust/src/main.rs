//! Drives the AWS SDK for Rust with its default settings; the protocol stands in ../README.md.

mod convert;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_bedrock::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::Builder as HttpClient;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use convert::{Answer, Fault};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

/// The SDK's version, which cargo knows and the SDK does not tell.
const MANIFEST: &str = include_str!("../Cargo.toml");

struct Clients {
    runtime: aws_sdk_bedrockruntime::Client,
    control: aws_sdk_bedrock::Client,
}

/// What is seen of a call on its way.
#[derive(Debug, Default)]
struct Seen {
    attempts: u64,
    status: Option<u16>,
    headers: Map<String, Value>,
}

#[derive(Debug, Clone)]
struct Watch(Arc<Mutex<Seen>>);

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .attempts += 1;
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let response = context.response();
        seen.status = Some(response.status().as_u16());
        seen.headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), json!(value)))
            .collect();
        Ok(())
    }
}

impl Clients {
    /// `number` keeps the retry quota of these clients apart: the SDK shares it within a process by its name.
    fn new(number: u64) -> Self {
        let endpoint = variable("CONFORMANCE_ENDPOINT");
        let token = std::env::var("AWS_SESSION_TOKEN").ok();
        let credentials = Credentials::new(
            variable("AWS_ACCESS_KEY_ID"),
            variable("AWS_SECRET_ACCESS_KEY"),
            token,
            None,
            "environment",
        );
        let region = Region::new(variable("AWS_REGION"));
        let partition =
            aws_sdk_bedrockruntime::config::retry::RetryPartition::new(format!("case {number}"));
        let runtime = aws_sdk_bedrockruntime::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&endpoint)
            .credentials_provider(credentials.clone())
            .region(region.clone())
            .retry_partition(partition.clone())
            .http_client(HttpClient::new().build_http())
            .build();
        let control = aws_sdk_bedrock::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&endpoint)
            .credentials_provider(credentials)
            .region(region)
            .retry_partition(partition)
            .http_client(HttpClient::new().build_http())
            .build();
        Self {
            runtime: aws_sdk_bedrockruntime::Client::from_conf(runtime),
            control: aws_sdk_bedrock::Client::from_conf(control),
        }
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    static FRESH: AtomicU64 = AtomicU64::new(1);
    let shared = Arc::new(Clients::new(0));
    let out = Arc::new(tokio::sync::Mutex::new(tokio::io::stdout()));
    say(&out, json!({ "sdk": "aws-sdk-rust", "version": version() })).await?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let case: Value = serde_json::from_str(&line)?;
        let (shared, out) = (Arc::clone(&shared), Arc::clone(&out));
        tokio::spawn(async move {
            let clients = if case["fresh"] == json!(true) {
                Arc::new(Clients::new(FRESH.fetch_add(1, Ordering::Relaxed)))
            } else {
                shared
            };
            let mut result = answer(&clients, &case).await;
            result["id"] = case["id"].clone();
            // The runner is gone when its end of the pipe is.
            let _ = say(&out, result).await;
        });
    }
    Ok(())
}

async fn answer(clients: &Clients, case: &Value) -> Value {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let watch = Watch(Arc::clone(&seen));
    let (operation, input) = (
        case["operation"].as_str().unwrap_or_default(),
        &case["input"],
    );
    let called = match case["service"].as_str() {
        Some("bedrock") => convert::bedrock::call(&clients.control, operation, input, watch).await,
        _ => convert::bedrockruntime::call(&clients.runtime, operation, input, watch).await,
    };
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let mut result = match called {
        Ok(Answer {
            output,
            events,
            request_id,
        }) => json!({ "ok": true, "output": output, "events": events, "requestId": request_id }),
        Err(Fault::NoSuchOperation) => {
            return json!({ "unsupported": "this version has no such operation" });
        }
        Err(Fault::NoSuchMember(fault)) => return json!({ "broken": fault }),
        Err(Fault::Raised {
            code,
            message,
            typed,
            events,
        }) => json!({
            "ok": false,
            "error": { "code": code.map(|code| capital(&code)), "message": message, "status": seen.status, "typed": typed },
            "events": events,
            "requestId": seen.headers.get("x-amzn-requestid"),
        }),
    };
    result["attempts"] = json!(seen.attempts);
    result["status"] = json!(seen.status);
    result["headers"] = Value::Object(seen.headers.clone());
    result
}

async fn say(out: &tokio::sync::Mutex<tokio::io::Stdout>, members: Value) -> std::io::Result<()> {
    let mut out = out.lock().await;
    out.write_all(format!("{members}\n").as_bytes()).await?;
    out.flush().await
}

/// An exception frame names its union member in camelCase.
fn capital(code: &str) -> String {
    let mut letters = code.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn version() -> &'static str {
    let line = MANIFEST
        .lines()
        .find(|line| line.starts_with("aws-sdk-bedrockruntime"));
    line.and_then(|line| line.split('"').nth(1))
        .unwrap_or_default()
        .trim_start_matches('=')
}
