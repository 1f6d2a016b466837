//! What a test here stands on: recordings, a driver, a stub that replays, and the gateway between.

use std::path::{Path, PathBuf};

use conformance_tests::kits::{self, Sdk};
use conformance_tests::live::driver::{Case, Driver, Outcome};
use conformance_tests::live::gateway::{ChatAlias, ChatUpstream, Gateway, UPSTREAM_API_KEY};
use conformance_tests::live::replay::Recordings;
use conformance_tests::live::upstream::{Arrived, Upstream};
use conformance_tests::shared::folder_or_skip;
use conformance_tests::{env, provision};
use serde_json::Value;

use crate::recorded::Api;

/// Built by cargo before this test.
const GATEWAY: Option<&str> = option_env!("CARGO_BIN_EXE_gateway-under-test");

/// Ids of models that Bedrock has and that clients know, each an alias of a model of the other providers.
///
/// LangChain looks at the id to learn which body InvokeModel takes.
pub(crate) const CLAUDE_AT_OPENAI: &str = "us.anthropic.claude-3-5-haiku-20241022-v1:0";
pub(crate) const CLAUDE_AT_ANTHROPIC: &str = "anthropic.claude-sonnet-4-20250514-v1:0";

/// The models that the stub is asked for; it answers whatever it is asked.
pub(crate) const OPENAI_MODEL: &str = "gpt-4o";
pub(crate) const ANTHROPIC_MODEL: &str = "claude-sonnet-4-20250514";

/// Everything but the case.
pub(crate) struct Stage {
    pub(crate) shared: PathBuf,
    pub(crate) upstream: Upstream,
    gateway: Gateway,
    sdk: &'static Sdk,
}

impl Stage {
    /// Sets it up for one client, with the stub as OpenAI and as Anthropic; none, which is printed, where something
    /// optional is not there.
    pub(crate) fn set(sdk: &str) -> Option<Self> {
        let upstream = Upstream::start(Recordings::default()).expect("a free port");
        let (openai, anthropic) = (format!("{}/v1", upstream.endpoint()), upstream.endpoint());
        let upstreams = [
            (Api::OpenAi, openai.as_str()),
            (Api::Anthropic, anthropic.as_str()),
        ]
        .map(|(api, base_url)| ChatUpstream {
            name: api.name(),
            kind: api.name(),
            base_url,
            server: None,
        });
        let aliases = [
            (CLAUDE_AT_OPENAI, Api::OpenAi, OPENAI_MODEL),
            (CLAUDE_AT_ANTHROPIC, Api::Anthropic, ANTHROPIC_MODEL),
        ]
        .map(|(name, api, model)| ChatAlias {
            name,
            provider: api.name(),
            model,
        });
        Self::before(sdk, upstream, &upstreams, &aliases)
    }

    /// Sets it up for one client, before these upstreams.
    pub(crate) fn before(
        sdk: &str,
        upstream: Upstream,
        upstreams: &[ChatUpstream<'_>],
        aliases: &[ChatAlias<'_>],
    ) -> Option<Self> {
        let sdk = kits::client(sdk)
            .or_else(|| kits::sdk(sdk))
            .expect("the client is registered");
        let kit = sdk.kit().expect("the client has a kit");
        let binary = binary_or_skip()?;
        if let Err(reason) = provision::ready(kit, &env::sdks_root()) {
            return skipped(&reason);
        }
        let shared = folder_or_skip(sdk.name).expect("the fixtures are there if they must")?;
        let gateway = Gateway::translating(binary, upstreams, aliases).expect("the gateway starts");
        Some(Self {
            shared,
            upstream,
            gateway,
            sdk,
        })
    }

    /// Where the gateway listens, as clients are told.
    pub(crate) fn endpoint(&self) -> String {
        self.gateway.endpoint()
    }

    /// Makes the calls, and hands back what came of each, in the order of the cases.
    pub(crate) fn run(&self, cases: Vec<Case>) -> Vec<Outcome> {
        let order: Vec<String> = cases.iter().map(|case| case.id.clone()).collect();
        let endpoint = self.gateway.endpoint();
        let mut driver = Driver::start(self.sdk, &env::sdks_root(), &endpoint, false)
            .expect("the driver starts");
        let mut outcomes = Vec::new();
        driver
            .run(cases, self.sdk.window, |outcome| outcomes.push(outcome))
            .expect("the driver answers");
        outcomes.sort_by_key(|outcome| order.iter().position(|id| *id == outcome.id));
        outcomes
    }
}

/// A call of this client with the token by which the stub knows it for an id.
pub(crate) fn case(token: &str, operation: impl Into<String>, input: Value) -> Case {
    Case {
        id: token.to_owned(),
        service: "bedrock-runtime".to_owned(),
        operation: operation.into(),
        input,
        fresh: false,
        raw: false,
    }
}

/// Ends in a letter, so that no token is the beginning of another.
pub(crate) fn token(number: usize) -> String {
    format!("case{number}e")
}

/// What of a request is not as that API takes it.
pub(crate) fn ill_sent(arrived: &Arrived, api: Api, model: &str, streams: bool) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |what: &str, found: &str, expected: &str| {
        if found != expected {
            faults.push(format!("{what} is {found:?}, not {expected:?}"));
        }
    };
    let header = |name: &str| {
        let value = arrived.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let body: Value = serde_json::from_slice(&arrived.body).unwrap_or_default();
    check("the method", &arrived.method, "POST");
    check("the path", &arrived.target, api.path());
    check(
        "the content type",
        &header("content-type"),
        "application/json",
    );
    check(
        "the model",
        body["model"].as_str().unwrap_or_default(),
        model,
    );
    let streamed = body["stream"].as_bool().unwrap_or_default();
    check("`stream`", &streamed.to_string(), &streams.to_string());
    match api {
        Api::OpenAi => {
            let bearer = format!("Bearer {UPSTREAM_API_KEY}");
            check("the authorization", &header("authorization"), &bearer);
        }
        Api::Anthropic => {
            check("the key", &header("x-api-key"), UPSTREAM_API_KEY);
            check("the version", &header("anthropic-version"), "2023-06-01");
            check("the authorization", &header("authorization"), "");
        }
    }
    faults
}

/// The gateway under test, or none, which is printed.
fn binary_or_skip() -> Option<&'static Path> {
    match GATEWAY {
        Some(binary) => Some(Path::new(binary)),
        None => skipped("there is no gateway to test"),
    }
}

pub(crate) fn skipped<T>(reason: &str) -> Option<T> {
    assert!(!env::strict(), "{reason}");
    println!("skipped: {reason}");
    None
}
