//! The Bedrock provider against an upstream that the test plays itself, byte by byte, on loopback.
#![cfg(test)]

mod answer;
mod cancel;
mod error;
mod outgoing;
mod shared;
mod signing;
mod stream;
mod translate;
mod upstream;
mod witness;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use llm::{
    Answer, BoxStream, Call, Chunk, Claim, Context, Error, Key, Kind, Model, Native, Observation,
    Op, Origin, Provider, Wire,
};
use providers::bedrock::{Bedrock, Credentials, CredentialsError, Identity, Limits, Settings};
use providers::http::Network;

use upstream::Upstream;

/// Credentials that are always there.
pub(crate) struct Fixed(pub(crate) Identity);

impl Credentials for Fixed {
    fn get(&self) -> Result<Identity, CredentialsError> {
        Ok(self.0.clone())
    }
}

/// The dummy keys that the captures were signed with.
pub(crate) fn keys() -> Identity {
    Identity::Keys {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "secret".into(),
        session_token: None,
    }
}

pub(crate) fn bearer() -> Identity {
    Identity::Bearer("bedrock-api-key-of-a-test".into())
}

pub(crate) fn settings(upstream: &Upstream, identity: Identity) -> Settings {
    Settings {
        region: "us-east-1".to_owned(),
        endpoint: Some(upstream.uri("")),
        control_endpoint: None,
        keys: vec![(Key::new("default"), Arc::new(Fixed(identity)))],
        network: Network::default(),
        via: "0b5c4e1e-of-this-test".into(),
        limits: Limits::default(),
    }
}

pub(crate) fn provider(upstream: &Upstream) -> Bedrock {
    Bedrock::new(settings(upstream, keys())).expect("the settings are valid")
}

/// A request as an edge hands it over.
pub(crate) fn native(
    wire: &'static str,
    method: Method,
    target: &str,
    headers: &[(&'static str, &str)],
    body: impl Into<Bytes>,
) -> Native {
    let headers = headers.iter().map(|(name, value)| {
        let value = HeaderValue::from_str(value).expect("a header's value");
        (HeaderName::from_static(name), value)
    });
    let mut head = HeaderMap::new();
    for (name, value) in headers {
        head.append(name, value);
    }
    Native {
        wire: Wire(wire),
        method,
        target: target.parse().expect("a target"),
        head,
        body: body.into(),
    }
}

pub(crate) fn converse() -> Native {
    native(
        "bedrock/converse",
        Method::POST,
        "/model/us.amazon.nova-pro-v1%3A0/converse",
        &[("content-type", "application/json")],
        r#"{"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}"#,
    )
}

pub(crate) fn converse_stream() -> Native {
    Native {
        wire: Wire("bedrock/converse-stream"),
        target: "/model/us.amazon.nova-pro-v1%3A0/converse-stream"
            .parse()
            .expect("a target"),
        ..converse()
    }
}

pub(crate) const MODEL: &str = "us.amazon.nova-pro-v1:0";

pub(crate) fn call(native: Native, model: Option<&str>) -> Call {
    let decode = |_: &Native| {
        Err(Error::new(
            Kind::GatewayInternal,
            Origin::Gateway,
            "a relay never decodes",
        ))
    };
    Call::new(Op::Other, model.map(Model::new), native, Box::new(decode))
}

pub(crate) fn context() -> Context {
    let observation = Observation::default();
    observation.update(|record| record.provider = Some("bedrock".into()));
    Context {
        request_id: "3c1d".into(),
        deadline: Instant::now() + Duration::from_secs(30),
        claim: Claim::Anonymous,
        observation,
    }
}

/// Sends a request for the model that its path names.
pub(crate) async fn send(provider: &Bedrock, native: Native) -> Result<Answer, Error> {
    send_as(provider, native, Some(MODEL), Some(MODEL)).await
}

/// Sends a request that asks for one model and was routed to another.
pub(crate) async fn send_as(
    provider: &Bedrock,
    native: Native,
    asked: Option<&str>,
    routed: Option<&str>,
) -> Result<Answer, Error> {
    let call = call(native, asked);
    let model = routed.map(Model::new);
    let key = Key::new("default");
    let cx = context();
    let answer = provider.send(&cx, &key, model.as_ref(), &call, None);
    tokio::time::timeout(PATIENCE, answer)
        .await
        .expect("an answer comes")
}

/// How long anything here may take before the test counts as hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What an answer's body came to.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) error: Option<Error>,
}

impl Read {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let bytes = self.chunks.iter().map(|chunk| &*chunk.bytes);
        bytes.collect::<Vec<_>>().concat()
    }

    pub(crate) fn usage(&self) -> Option<llm::chat::Usage> {
        self.chunks.iter().find_map(|chunk| chunk.usage.clone())
    }

    /// Whether exactly the last chunk is marked as the last.
    pub(crate) fn ends_once(&self) -> bool {
        let marks: Vec<_> = self.chunks.iter().map(|chunk| chunk.last).collect();
        marks.iter().rev().skip(1).all(|last| !last) && marks.last() == Some(&true)
    }
}

pub(crate) async fn read(mut body: BoxStream<Result<Chunk, Error>>) -> Read {
    let mut read = Read::default();
    let reading = async {
        while let Some(item) = body.next().await {
            match item {
                Ok(chunk) => read.chunks.push(chunk),
                Err(error) => read.error = Some(error),
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading)
        .await
        .expect("the body ends");
    read
}

pub(crate) fn body_of(answer: Answer) -> BoxStream<Result<Chunk, Error>> {
    match answer {
        Answer::Native { body, .. } => body,
        other => panic!("not relayed: {other:?}"),
    }
}
