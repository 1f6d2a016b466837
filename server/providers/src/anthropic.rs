//! Anthropic Messages, at Anthropic itself or at any server that speaks its format.
//!
//! Knows the addresses and headers of the API; what bodies say is the dialect's, how they travel is the exchange's.

mod betas;

use std::fmt;
use std::sync::Arc;

use dialects::{anthropic, family};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use llm::{Answer, BoxFuture, Call, Context, Error, Key, Model, Op, Plan, Provider, chat};

use crate::exchange::{Exchange, Expected, Format, Outgoing, not_served, planned, unreadable};
use crate::http::{ApiKey, EndpointError, Network};
use betas::Betas;

/// What an Anthropic upstream is made of.
#[derive(Clone)]
pub struct Settings {
    /// Where requests go: scheme, host, and perhaps a path, before `/v1/messages`. Anthropic's own is [`BASE_URL`].
    pub base_url: Uri,
    /// The API keys by name; one without a source is for a server that asks for none.
    pub keys: Vec<(Key, Option<Arc<dyn ApiKey>>)>,
    /// Features of the API to switch on for every request (`anthropic-beta`).
    pub betas: Vec<String>,
    /// How it is reached.
    pub network: Network,
    /// A random id of this process, by which a request that comes back to it is known.
    pub via: Arc<str>,
}

/// Anthropic's own address.
pub const BASE_URL: &str = "https://api.anthropic.com";

/// The version of the API that the dialect is written for.
const VERSION: (HeaderName, HeaderValue) = (
    HeaderName::from_static("anthropic-version"),
    HeaderValue::from_static("2023-06-01"),
);

const MESSAGES: &str = "/v1/messages";
const COUNT_TOKENS: &str = "/v1/messages/count_tokens";

/// Anthropic, or a server that speaks its format.
pub struct Anthropic {
    exchange: Exchange,
    betas: Vec<String>,
}

impl Anthropic {
    /// A provider of those settings; touches neither the network nor a file.
    ///
    /// # Errors
    /// A base address that no request can be sent to, or a `via` that is no token.
    pub fn new(settings: Settings) -> Result<Self, EndpointError> {
        let Settings {
            base_url,
            keys,
            betas,
            network,
            via,
        } = settings;
        Ok(Self {
            exchange: Exchange::new(Format::Anthropic, base_url, keys, &network, &via)?,
            betas,
        })
    }

    fn outgoing(&self, model: &Model, call: &Call, plan: Option<&Plan>) -> Result<Outgoing, Error> {
        let asked = call.neutral()?;
        let stream = match call.op {
            Op::Chat => false,
            Op::ChatStream => true,
            Op::Count => {
                let request = planned(plan, asked);
                let body = anthropic::encode_count_request(&model.name, request);
                let betas = Betas::of(&self.betas).and(anthropic::betas(request));
                return Ok(to(COUNT_TOKENS, betas, call, body, Expected::Count));
            }
            Op::Other => return Err(not_served()),
        };
        // A body of the provider's own format passes as it is.
        if asked.dialect == Some(anthropic::DIALECT) {
            let anthropic::Forward { body, betas } =
                anthropic::forward_request(&call.native.body, &model.name, stream)
                    .map_err(unreadable)?;
            let expected = match stream {
                true => Expected::Documents { hides_usage: false },
                false => Expected::Document,
            };
            let betas = Betas::of(&self.betas).and(betas);
            return Ok(to(MESSAGES, betas, call, body, expected));
        }
        let request = planned(plan, asked);
        // The plan's request has the family of its target.
        let native = asked.response_paths.is_some() && asked.family == Some(family::ANTHROPIC);
        let expected = match stream {
            true => Expected::Events { native },
            false => Expected::Reply { native },
        };
        let body = anthropic::encode_request(&model.name, request, stream);
        let betas = Betas::of(&self.betas).and(anthropic::betas(request));
        Ok(to(MESSAGES, betas, call, body, expected))
    }
}

/// A request to that path.
fn to(
    path: &'static str,
    betas: Betas,
    call: &Call,
    body: Vec<u8>,
    expected: Expected,
) -> Outgoing {
    let (name, value) = VERSION;
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(name, value);
    if let Some(value) = betas.and_of_caller(&call.native.head).header() {
        headers.insert(betas::HEADER, value);
    }
    Outgoing {
        path,
        headers,
        body,
        expected,
    }
}

impl Provider for Anthropic {
    fn relays(&self, _call: &Call, _model: Option<&Model>) -> bool {
        false
    }

    fn plan(&self, model: &Model, request: &chat::Request) -> Plan {
        anthropic::plan(&model.name, request)
    }

    fn send<'a>(
        &'a self,
        cx: &'a Context,
        key: &'a Key,
        model: Option<&'a Model>,
        call: &'a Call,
        plan: Option<&'a Plan>,
    ) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let model = model.ok_or_else(not_served)?;
            let outgoing = self.outgoing(model, call, plan)?;
            self.exchange.send(cx, key, model, call, outgoing).await
        })
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base_url", &self.base_url)
            .field("betas", &self.betas)
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Anthropic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Anthropic")
            .field("exchange", &self.exchange)
            .field("betas", &self.betas)
            .finish()
    }
}
