//! OpenAI Chat Completions, at OpenAI itself or at any server that speaks its format.
//!
//! Knows the addresses of the API; what bodies say is the dialect's, how they travel is the exchange's.

use std::fmt;
use std::sync::Arc;

use dialects::{family, openai_chat};
use http::{HeaderMap, Uri};
use llm::{
    Answer, BoxFuture, Call, Context, Error, Key, Kind, Model, Op, Origin, Plan, Provider, chat,
};

use crate::exchange::{Exchange, Expected, Format, Outgoing, not_served, planned, unreadable};
use crate::http::{ApiKey, EndpointError, Network};

pub use dialects::openai_chat::{MaxTokens, Quirks, SystemRole, ToolChoices};

/// What an OpenAI-compatible upstream is made of.
#[derive(Clone)]
pub struct Settings {
    /// Where requests go, before `/chat/completions`; of OpenAI itself and most others it ends in `/v1`. OpenAI's own is
    /// [`BASE_URL`].
    pub base_url: Uri,
    /// The API keys by name; one without a source is for a server that asks for none.
    pub keys: Vec<(Key, Option<Arc<dyn ApiKey>>)>,
    /// What the server takes, and where it departs from OpenAI's own.
    pub quirks: Quirks,
    /// How it is reached.
    pub network: Network,
    /// A random id of this process, by which a request that comes back to it is known.
    pub via: Arc<str>,
}

/// OpenAI's own address.
pub const BASE_URL: &str = "https://api.openai.com/v1";

const CHAT_COMPLETIONS: &str = "/chat/completions";

/// OpenAI, or a server that speaks its format.
pub struct OpenAi {
    exchange: Exchange,
    quirks: Quirks,
}

impl OpenAi {
    /// A provider of those settings; touches neither the network nor a file.
    ///
    /// # Errors
    /// A base address that no request can be sent to, or a `via` that is no token.
    pub fn new(settings: Settings) -> Result<Self, EndpointError> {
        let Settings {
            base_url,
            keys,
            quirks,
            network,
            via,
        } = settings;
        Ok(Self {
            exchange: Exchange::new(Format::OpenAiChat, base_url, keys, &network, &via)?,
            quirks,
        })
    }

    fn outgoing(&self, model: &Model, call: &Call, plan: Option<&Plan>) -> Result<Outgoing, Error> {
        let stream = match call.op {
            Op::Chat => false,
            Op::ChatStream => true,
            Op::Count => return Err(uncounted()),
            Op::Other => return Err(not_served()),
        };
        let asked = call.neutral()?;
        // A body of the provider's own format passes as it is.
        let (body, expected) = if asked.dialect == Some(openai_chat::DIALECT) {
            let sent = &call.native.body;
            let openai_chat::Forward { body, wants_usage } =
                openai_chat::forward_request(&self.quirks, sent, &model.name, stream)
                    .map_err(unreadable)?;
            let hides_usage = !wants_usage;
            let expected = match stream {
                true => Expected::Documents { hides_usage },
                false => Expected::Document,
            };
            (body, expected)
        } else {
            let request = planned(plan, asked);
            // The plan's request has the family of its target.
            let native = asked.response_paths.is_some() && asked.family == Some(family::OPENAI);
            let expected = match stream {
                true => Expected::Events { native },
                false => Expected::Reply { native },
            };
            let body = openai_chat::encode_request(&self.quirks, &model.name, request, stream);
            (body, expected)
        };
        Ok(Outgoing {
            path: CHAT_COMPLETIONS,
            headers: HeaderMap::with_capacity(16),
            body,
            expected,
        })
    }
}

/// The words that Bedrock itself has for a model whose tokens nobody counts.
fn uncounted() -> Error {
    Error::new(
        Kind::InvalidRequest,
        Origin::Gateway,
        "The provided model doesn't support counting tokens.",
    )
}

impl Provider for OpenAi {
    fn relays(&self, _call: &Call, _model: Option<&Model>) -> bool {
        false
    }

    fn plan(&self, model: &Model, request: &chat::Request) -> Plan {
        openai_chat::plan(&self.quirks, &model.name, request)
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
            .field("quirks", &self.quirks)
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi")
            .field("exchange", &self.exchange)
            .field("quirks", &self.quirks)
            .finish()
    }
}
