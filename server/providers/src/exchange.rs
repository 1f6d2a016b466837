//! One call to a provider that is spoken to in JSON over HTTP and answers with JSON or with server-sent events: the request goes
//! out, and what comes back is told in the neutral form or, document by document, in the caller's own.
//!
//! Which formats there are, and where they differ on the wire, is [`format`]'s to know; what a request says is its provider's.

mod documents;
mod events;
mod faults;
mod format;
mod reader;
mod taken;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use hyper::body::Incoming;
use llm::chat::{Latency, Reply, Request};
use llm::{Answer, Call, Chunk, Context, Error, Key, Kind, Model, Origin, Plan};
use secrecy::SecretString;
use tokio::time::{Instant, timeout, timeout_at};

use crate::credentials::ApiKey;
use crate::fault::Blame;
use crate::http::client::{self, Client};
use crate::http::endpoint::Endpoint;
use crate::http::pieces::Pieces;
use crate::http::via::Via;
use crate::http::{EndpointError, Network, Timeouts, Wait};
use documents::Documents;
use events::Events;
use faults::Faults;
use reader::Reader;
use taken::Taken;

pub(crate) use format::Format;

/// The sets of credentials of one provider, by name; none where the server asks for nothing.
pub(crate) type Keys = Vec<(Key, Option<Arc<dyn ApiKey>>)>;

/// How long a whole answer may be; the longest that a model writes is far shorter.
const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long an answer that is an error may be.
const ERROR_BYTES_MAX: usize = 1024 * 1024;

/// What the gateway calls itself.
const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("bedrock-gateway/", env!("CARGO_PKG_VERSION")));

/// One server of one format.
pub(crate) struct Exchange {
    format: Format,
    endpoint: Endpoint,
    client: Client,
    timeouts: Timeouts,
    keys: Keys,
    via: Via,
}

/// A request as its provider has written it.
pub(crate) struct Outgoing {
    /// Where it goes, below the path of the endpoint.
    pub(crate) path: &'static str,
    /// What the provider has to say beside what every request says.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// What comes back.
    pub(crate) expected: Expected,
}

/// What is to become of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A whole reply is read; with `native`, its own text is kept.
    Reply { native: bool },
    /// A stream is read; with `native`, the text of its last event is kept.
    Events { native: bool },
    /// A number of tokens is read.
    Count,
    /// A whole reply passes as it is.
    Document,
    /// The documents of a stream pass as they are; with `hides_usage` but for the one that only tells what it cost.
    Documents { hides_usage: bool },
}

impl Expected {
    fn is_stream(self) -> bool {
        match self {
            Self::Events { .. } | Self::Documents { .. } => true,
            Self::Reply { .. } | Self::Count | Self::Document => false,
        }
    }
}

impl Exchange {
    /// The server at that address; touches neither the network nor a file.
    pub(crate) fn new(
        format: Format,
        base_url: Uri,
        keys: Keys,
        network: &Network,
        via: &str,
    ) -> Result<Self, EndpointError> {
        Ok(Self {
            format,
            endpoint: Endpoint::of(base_url)?,
            client: Client::new(network),
            timeouts: network.timeouts,
            keys,
            via: Via::new(via).ok_or(EndpointError::Via)?,
        })
    }

    /// Sends a request and reads what comes back.
    pub(crate) async fn send(
        &self,
        cx: &Context,
        key: &Key,
        model: &Model,
        call: &Call,
        outgoing: Outgoing,
    ) -> Result<Answer, Error> {
        let blame = Blame::new(cx, Some(model));
        let secret = self.secret(key, &blame)?;
        let expected = outgoing.expected;
        let request = self.request(call, outgoing, secret.as_ref())?;
        let faults = Faults::new(self.format, &blame, secret);
        let wait = self.timeouts.begin(cx.deadline);
        let response = match timeout_at(wait.head, self.client.send(request)).await {
            Ok(response) => response.map_err(|failure| blame.no_answer(failure))?,
            Err(_elapsed) => return Err(blame.too_late()),
        };
        let (head, body) = response.into_parts();
        blame.saw(&head.headers, self.format.request_id());
        if !head.status.is_success() {
            let body = Pieces::new(body, wait.idle()).whole(ERROR_BYTES_MAX).await;
            // The status alone says enough where the body does not come.
            let body = body.unwrap_or_default();
            return Err(faults.refused(head.status, &head.headers, &body));
        }
        let answer = Arrived {
            format: self.format,
            body,
            wait,
            faults,
        };
        answer.read(expected, call.neutral()?).await
    }

    fn secret(&self, key: &Key, blame: &Blame<'_>) -> Result<Option<SecretString>, Error> {
        let named = self.keys.iter().find(|(known, _)| known == key);
        let (_, source) = named.ok_or_else(|| {
            internal().with_detail(format!("no credentials are named {}", key.name()))
        })?;
        let secret = source.as_ref().map(|source| source.get()).transpose();
        secret.map_err(|missing| blame.no_credentials(missing))
    }

    fn request(
        &self,
        call: &Call,
        outgoing: Outgoing,
        secret: Option<&SecretString>,
    ) -> Result<client::Request, Error> {
        let Outgoing {
            path,
            mut headers,
            body,
            expected,
        } = outgoing;
        let accepted = match expected.is_stream() {
            true => HeaderValue::from_static("text/event-stream"),
            false => JSON,
        };
        headers.insert(header::HOST, self.endpoint.host.clone());
        headers.insert(header::CONTENT_TYPE, JSON);
        headers.insert(header::ACCEPT, accepted);
        // A compressed stream would be buffered by whoever compresses it.
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        headers.insert(header::USER_AGENT, USER_AGENT);
        headers.insert(header::VIA, self.via.extend(&call.native.head)?);
        if let Some(secret) = secret {
            let (name, value) = self.format.authorization(secret)?;
            headers.insert(name, value);
        }
        let target = format!("{}{path}", self.endpoint.prefix);
        let target = PathAndQuery::try_from(target).map_err(unsendable)?;
        let mut request = client::Request::new(Bytes::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.address(target).map_err(unsendable)?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer that is none of the errors that a status tells.
struct Arrived {
    format: Format,
    body: Incoming,
    wait: Wait,
    faults: Faults,
}

impl Arrived {
    /// What a caller of another format gets has ids of calls that what was asked does not hold already.
    async fn read(self, expected: Expected, asked: &Request) -> Result<Answer, Error> {
        match expected {
            Expected::Reply { native } => {
                let (mut reply, _) = self.reply(native).await?;
                Taken::of(asked).part_reply(&mut reply);
                Ok(Answer::Reply(Box::new(reply)))
            }
            Expected::Document => {
                let (reply, bytes) = self.reply(false).await?;
                let chunk = Chunk {
                    bytes,
                    usage: Some(reply.usage),
                    last: true,
                };
                Ok(Answer::Documents(Box::pin(stream::iter([Ok(chunk)]))))
            }
            Expected::Count => {
                let (format, faults) = (self.format, self.faults);
                let body = whole(self.body, self.wait, &faults).await?;
                let count = format.decode_count(&body);
                let count = count.map_err(|error| faults.of_stream(error.into()))?;
                Ok(Answer::Count(count))
            }
            Expected::Events { native } => {
                let events = Events::new(self.stream(native), Taken::of(asked));
                Ok(Answer::Events(Box::pin(events)))
            }
            Expected::Documents { hides_usage } => {
                let mut reader = self.stream(false);
                // Like the engine with events. In time or not, what is there by then is looked at.
                if let Ok(first) = timeout(llm::HEAD_DELAY_MAX, reader.wait()).await {
                    first?;
                }
                // A server that answers with a whole reply all the same leaves it to the edge to write a stream.
                Ok(if reader.is_of_one_document() {
                    Answer::Events(Box::pin(Events::new(reader, Taken::default())))
                } else {
                    Answer::Documents(Box::pin(Documents::new(reader, hides_usage)))
                })
            }
        }
    }

    /// The whole reply, and its own text.
    async fn reply(self, native: bool) -> Result<(Reply, Bytes), Error> {
        let Self {
            format,
            body,
            wait,
            faults,
        } = self;
        let body = whole(body, wait, &faults).await?;
        let mut reply = format
            .decode_reply(&body, native)
            .map_err(|error| faults.of_stream(error))?;
        reply.latency.get_or_insert_with(|| latency(wait.began));
        Ok((reply, body))
    }

    fn stream(self, native: bool) -> Reader {
        let Self {
            format,
            body,
            wait,
            faults,
        } = self;
        let pieces = Pieces::new(body, wait.idle_from_the_first_event());
        Reader::new(pieces, format, native, wait.began, faults)
    }
}

async fn whole(body: Incoming, wait: Wait, faults: &Faults) -> Result<Bytes, Error> {
    let body = Pieces::new(body, wait.idle()).whole(REPLY_BYTES_MAX).await;
    body.map_err(|broken| faults.broken(broken))
}

/// The time since the whole request.
fn latency(began: Instant) -> Latency {
    let ms = began.elapsed().as_millis();
    Latency::of_ms(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// The request as the plan has edited it.
pub(crate) fn planned<'a>(plan: Option<&'a Plan>, asked: &'a Request) -> &'a Request {
    plan.and_then(|plan| plan.request.as_ref()).unwrap_or(asked)
}

/// The refusal of an operation that the provider has nothing for, in AWS's own words.
pub(crate) fn not_served() -> Error {
    Error::new(
        Kind::NotServed,
        Origin::Gateway,
        "This action doesn't support the model that you provided.",
    )
}

/// The refusal of a body that has no form for another server.
pub(crate) fn unreadable(error: dialects::Error) -> Error {
    Error::new(Kind::InvalidRequest, Origin::Client, error.to_string()).with_source(error)
}

fn internal() -> Error {
    Error::new(Kind::GatewayInternal, Origin::Gateway, "Internal error.")
}

fn unsendable(error: impl Into<http::Error>) -> Error {
    internal().with_source(error.into())
}

impl fmt::Debug for Exchange {
    /// The keys stay out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("format", &self.format)
            .field("endpoint", &self.endpoint)
            .field("client", &self.client)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
