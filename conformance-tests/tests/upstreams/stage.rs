//! The stage: a gateway with every kind of provider on, and behind all of them one stub that the test answers for.

use std::net::SocketAddr;

use bytes::Bytes;
use conformance_tests::loopback::client::{self, Answer, Protocol};
use conformance_tests::loopback::gateway::{Gateway, Setup};
use conformance_tests::loopback::stub::{Arrived, Stub};
use http::Request;

use crate::BINARY;

/// A kind of provider, which is its name here too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Provider {
    Sandbox,
    Bedrock,
    OpenAi,
    Anthropic,
}

impl Provider {
    pub(crate) const ALL: [Self; 4] = [Self::Sandbox, Self::Bedrock, Self::OpenAi, Self::Anthropic];

    /// Its name: the part of a model id before the first `/`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Bedrock => "bedrock",
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// Its entry of the configuration, with the upstream at that address and more keys of its own.
    fn entry(self, upstream: SocketAddr, more: &str) -> String {
        let name = self.name();
        let rest = match self {
            Self::Sandbox => String::new(),
            Self::Bedrock => format!(
                ", region: us-east-1, endpoint: \"http://{upstream}{BEDROCK_PREFIX}\", credentials: {{ bearer: env:UPSTREAM_BEARER }}{more}"
            ),
            Self::OpenAi => format!(
                ", server: openai, base_url: \"http://{upstream}/openai/v1\", api_key: env:UPSTREAM_BEARER{more}"
            ),
            Self::Anthropic => format!(
                ", base_url: \"http://{upstream}/anthropic\", api_key: env:UPSTREAM_BEARER{more}"
            ),
        };
        format!("  - {{ name: {name}, kind: {name}{rest} }}\n")
    }
}

/// Where each kind of provider meets the stub.
pub(crate) const BEDROCK_PREFIX: &str = "/aws";
pub(crate) const CHAT_COMPLETIONS: &str = "/openai/v1/chat/completions";
pub(crate) const MESSAGES: &str = "/anthropic/v1/messages";
pub(crate) const COUNT_TOKENS: &str = "/anthropic/v1/messages/count_tokens";

pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");
pub(crate) const SSE: (&str, &str) = ("content-type", "text/event-stream; charset=utf-8");

/// Names that clients of Bedrock have for models, each served by a provider of another format: what a body that several formats
/// share is written in, the name tells.
pub(crate) const CLAUDE_AT_OPENAI: &str = "anthropic.claude-sonnet-4-20250514-v1:0";
pub(crate) const GPT_AT_ANTHROPIC: &str = "openai.gpt-oss-120b-1:0";
pub(crate) const MISTRAL_AT_OPENAI: &str = "mistral.mistral-7b-instruct-v0:2";
pub(crate) const MISTRAL_AT_ANTHROPIC: &str = "mistral.mixtral-8x7b-instruct-v0:1";
pub(crate) const MISTRAL_AT_CLAUDE: &str = "mistral.mistral-large-2402-v1:0";

const ALIASES: [(&str, &str); 5] = [
    (CLAUDE_AT_OPENAI, "openai/gpt-4.1"),
    (GPT_AT_ANTHROPIC, "anthropic/claude-sonnet-4-20250514"),
    (MISTRAL_AT_OPENAI, "openai/gpt-4.1"),
    (MISTRAL_AT_ANTHROPIC, "anthropic/claude-sonnet-4-20250514"),
    (
        MISTRAL_AT_CLAUDE,
        "bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0",
    ),
];

/// A configuration with those providers on, all at that address; each may have more keys of its own.
pub(crate) fn setup(providers: &[Provider], upstream: SocketAddr, more: &str) -> Setup {
    let mut config = String::from("providers:\n");
    for provider in providers {
        config.push_str(&provider.entry(upstream, more));
    }
    if providers == Provider::ALL {
        config.push_str("aliases:\n");
        for (alias, model) in ALIASES {
            let (provider, model) = model.split_once('/').unwrap();
            let alias = format!("name: \"{alias}\", provider: {provider}, model: \"{model}\"");
            config.push_str(&format!("  - {{ {alias} }}\n"));
        }
    }
    Setup::of(config)
}

/// A gateway and the stub behind it.
pub(crate) struct Stage {
    pub(crate) stub: Stub,
    pub(crate) gateway: Gateway,
}

impl Stage {
    /// With all four providers on.
    pub(crate) async fn start() -> Self {
        Self::with(&Provider::ALL, "").await
    }

    /// With those on, each with more keys of its own.
    pub(crate) async fn with(providers: &[Provider], more: &str) -> Self {
        let stub = Stub::start().await.unwrap();
        let setup = setup(providers, stub.address(), more);
        let gateway = Gateway::start(BINARY, &setup).await.unwrap();
        Self { stub, gateway }
    }

    /// Sends a request; the answer is to be awaited while the stub answers.
    pub(crate) fn send(&self, request: Request<Bytes>) -> impl Future<Output = Answer> + use<> {
        let answer = tokio::spawn(send(self.gateway.address(), request));
        async move { answer.await.unwrap() }
    }

    /// Sends a request, answers it at the stub, and reads what comes back to its end. Whatever `reply` makes of what reached
    /// the stub comes beside; none where the gateway answered without it.
    pub(crate) async fn ask<T>(
        &mut self,
        request: Request<Bytes>,
        reply: impl AsyncFnOnce(Arrived) -> T,
    ) -> (Seen, Option<T>) {
        let answer = self.send(request);
        tokio::pin!(answer);
        tokio::select! {
            arrived = self.stub.arrived() => {
                let replied = reply(arrived.unwrap()).await;
                (Seen::of(answer.await).await, Some(replied))
            }
            answer = &mut answer => (Seen::of(answer).await, None),
        }
    }
}

/// Sends a request to a gateway over HTTP/1.1, as boto3 does.
pub(crate) async fn send(gateway: SocketAddr, request: Request<Bytes>) -> Answer {
    client::send(Protocol::Http1, gateway, request)
        .await
        .unwrap()
}

/// An answer as the client has it in the end.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Seen {
    pub(crate) async fn of(mut answer: Answer) -> Self {
        let body = answer.body().await.unwrap();
        Self {
            status: answer.status.as_u16(),
            headers: answer.headers.clone(),
            body,
        }
    }

    /// A header's value; empty where it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The name of the exception, as AWS's clients read it; empty where it is none.
    pub(crate) fn exception(&self) -> &str {
        let error_type = self.header("x-amzn-errortype");
        error_type.split(':').next().unwrap_or_default()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// The text of the exception.
    pub(crate) fn message(&self) -> String {
        let body = self.json();
        body["message"].as_str().unwrap_or_default().to_owned()
    }
}

/// Answers with server-sent events, in pieces of those sizes, over and over.
pub(crate) async fn stream_in_pieces(arrived: Arrived, text: &Bytes, sizes: &[usize]) {
    let writer = arrived.begin(200, &[SSE]).unwrap();
    let mut rest = text.clone();
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let piece = rest.split_to((*size).min(rest.len()));
        // The gateway needs nothing behind the end of the reply, and may have gone.
        if writer.send(piece).await.is_err() {
            break;
        }
    }
}
