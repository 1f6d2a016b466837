//! Bedrock, relayed: bytes in are bytes out, signed anew, with usage and faults read on the way.
//!
//! Nothing is decoded but what says how many tokens were spent or why a call failed, and nothing is encoded again; except
//! for an invocation whose body its model does not understand, which goes out as a conversation ([`translate`]).
//! An answer is one stream that the HTTP server polls: no task and no channel of ours stands between, so that dropping
//! it ends the call at the upstream.

mod clock;
mod fault;
mod frames;
mod operation;
mod region;
mod relay;
mod request;
mod sign;
mod translate;
mod usage;

use std::fmt;
use std::sync::Arc;

use http::Uri;
use llm::{Answer, BoxFuture, Call, Context, Error, Key, Kind, Model, Origin, Plan, Provider};
use secrecy::SecretString;
use tokio::time::timeout_at;

pub use crate::credentials::CredentialsError;

use crate::http::client::{self, Client};
use crate::http::endpoint::Endpoint;
use crate::http::via::Via;
use crate::http::{EndpointError, Network, Timeouts};
use fault::Blame;
use operation::{Operation, Plane};

/// What a Bedrock upstream is made of.
#[derive(Clone)]
pub struct Settings {
    /// The region that requests are signed for, and that names the endpoints where none is given.
    pub region: String,
    /// Where requests go instead of to AWS: scheme, host, and perhaps a path before every request's own.
    /// Serves the control plane too, unless that has one of its own.
    pub endpoint: Option<Uri>,
    /// Where requests of the control plane go.
    pub control_endpoint: Option<Uri>,
    /// The sets of credentials by name.
    pub keys: Vec<(Key, Arc<dyn Credentials>)>,
    /// How it is reached.
    pub network: Network,
    /// A random id of this process, by which a request that comes back to it is known.
    pub via: Arc<str>,
    /// How much to hold.
    pub limits: Limits,
}

/// How much of an answer is held in memory at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one frame of an event stream; the format itself allows 16 MiB of payload.
    pub frame_bytes: usize,
    /// Of the body of an error.
    pub error_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes: 16 * 1024 * 1024,
            error_bytes: 1024 * 1024,
        }
    }
}

/// Who the gateway is to AWS.
#[derive(Clone, Debug)]
pub enum Identity {
    /// A Bedrock API key, sent as it is.
    Bearer(SecretString),
    /// Access keys, which sign each request (Signature Version 4).
    Keys {
        /// The public half.
        access_key_id: String,
        /// The secret half.
        secret_access_key: SecretString,
        /// The token that temporary keys come with.
        session_token: Option<SecretString>,
    },
}

/// Where an identity comes from: asked on each request, first by the first request that needs it.
pub trait Credentials: Send + Sync {
    /// The identity as of now; must not block.
    ///
    /// # Errors
    /// What is missing, in words for the log.
    fn get(&self) -> Result<Identity, CredentialsError>;
}

/// AWS Bedrock, or anything that speaks its wire format, as a provider that relays.
pub struct Bedrock {
    region: String,
    runtime: Endpoint,
    control: Endpoint,
    keys: Vec<(Key, Arc<dyn Credentials>)>,
    timeouts: Timeouts,
    limits: Limits,
    via: Via,
    client: Client,
}

impl Bedrock {
    /// A provider of those settings; touches neither the network nor a file.
    ///
    /// # Errors
    /// An endpoint or a region that no request can be sent to, or a `via` that is no token.
    pub fn new(settings: Settings) -> Result<Self, EndpointError> {
        let Settings {
            region,
            endpoint,
            control_endpoint,
            keys,
            network,
            via,
            limits,
        } = settings;
        let control_endpoint = control_endpoint.or_else(|| endpoint.clone());
        let timeouts = network.timeouts;
        Ok(Self {
            runtime: region::endpoint(endpoint, "bedrock-runtime", &region)?,
            control: region::endpoint(control_endpoint, "bedrock", &region)?,
            via: Via::new(&via).ok_or(EndpointError::Via)?,
            client: Client::new(&network),
            region,
            keys,
            timeouts,
            limits,
        })
    }

    async fn relay(
        &self,
        cx: &Context,
        key: &Key,
        model: Option<&Model>,
        call: &Call,
    ) -> Result<Answer, Error> {
        let operation = Operation::of(call.native.wire).ok_or_else(not_served)?;
        let blame = Blame::new(cx, model);
        let request = self.request(operation, key, model, call, &blame)?;
        let wait = self.timeouts.begin(cx.deadline);
        let answer = async {
            let response = self
                .client
                .send(request)
                .await
                .map_err(|failure| blame.no_answer(failure))?;
            relay::answer(response, operation, &wait, self.limits, &blame).await
        };
        match timeout_at(wait.head, answer).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(blame.too_late()),
        }
    }

    fn request(
        &self,
        operation: &Operation,
        key: &Key,
        model: Option<&Model>,
        call: &Call,
        blame: &Blame<'_>,
    ) -> Result<client::Request, Error> {
        let via = self.via.extend(&call.native.head)?;
        let endpoint = match operation.plane {
            Plane::Runtime => &self.runtime,
            Plane::Control => &self.control,
        };
        let mut request = request::build(operation, endpoint, model, call)?;
        let identity = self.identity(key, blame)?;
        sign::authorize(&mut request, &identity, &self.region, clock::now())?;
        // Behind the signature, which a proxy on the way may not break by adding to this header.
        request.headers_mut().insert(http::header::VIA, via);
        Ok(request)
    }

    fn identity(&self, key: &Key, blame: &Blame<'_>) -> Result<Identity, Error> {
        let named = self.keys.iter().find(|(known, _)| known == key);
        let (_, credentials) = named.ok_or_else(|| {
            Error::new(Kind::GatewayInternal, Origin::Gateway, "Internal error.")
                .with_detail(format!("no credentials are named {}", key.name()))
        })?;
        credentials
            .get()
            .map_err(|missing| blame.no_credentials(missing))
    }
}

impl Provider for Bedrock {
    /// Everything that has an operation here, but for the body of an invocation that the model is known not to understand.
    fn relays(&self, call: &Call, model: Option<&Model>) -> bool {
        Operation::of(call.native.wire)
            .is_some_and(|operation| !translate::is_foreign(operation, call, model))
    }

    fn plan(&self, model: &Model, request: &llm::chat::Request) -> Plan {
        dialects::converse::plan(&model.name, request)
    }

    fn send<'a>(
        &'a self,
        cx: &'a Context,
        key: &'a Key,
        model: Option<&'a Model>,
        call: &'a Call,
        plan: Option<&'a Plan>,
    ) -> BoxFuture<'a, Result<Answer, Error>> {
        match (plan, model) {
            (Some(plan), Some(model)) => Box::pin(self.translate(cx, key, model, call, plan)),
            (None, _) | (_, None) => Box::pin(self.relay(cx, key, model, call)),
        }
    }
}

/// AWS's own words for an operation that a model does not serve.
const NOT_SERVED: &str = "This action doesn't support the model that you provided.";

fn not_served() -> Error {
    Error::new(Kind::NotServed, Origin::Gateway, NOT_SERVED)
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .field("control_endpoint", &self.control_endpoint)
            .field("network", &self.network)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Bedrock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bedrock")
            .field("region", &self.region)
            .field("runtime", &self.runtime)
            .field("control", &self.control)
            .finish_non_exhaustive()
    }
}
