//! The two traits of the gateway, and what passes through them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::chat::{self, Usage};
use crate::{BoxFuture, BoxStream, Call, Context, Error, Model};

/// How long a translated stream may stay without its first event before its head goes out all the same:
/// the most patient of the impatient clients gives up after 30 seconds of silence.
pub const HEAD_DELAY_MAX: Duration = Duration::from_secs(20);

/// What an edge calls: the engine that finds somebody to answer.
pub trait Backend: Send + Sync {
    /// Answers one call; dropping the future or the answer's stream cancels the work and settles the account.
    fn call(&self, cx: Context, call: Call) -> BoxFuture<'_, Result<Answer, Error>>;
}

/// What the engine calls: one upstream, or something that behaves like one.
pub trait Provider: Send + Sync {
    /// Whether the call goes out as the bytes it came in; `model` is this provider's own name for it. Pure, and reads nothing
    /// of the body that it need not.
    fn relays(&self, call: &Call, model: Option<&Model>) -> bool;

    /// What would have to change or could not be said if `request` went to `model` here. Pure.
    fn plan(&self, model: &Model, request: &chat::Request) -> Plan;

    /// Sends the call and returns once there is something to answer with.
    ///
    /// `plan` is absent exactly where [`relays`](Provider::relays) said yes. `model` is this provider's own name for it.
    fn send<'a>(
        &'a self,
        cx: &'a Context,
        key: &'a Key,
        model: Option<&'a Model>,
        call: &'a Call,
        plan: Option<&'a Plan>,
    ) -> BoxFuture<'a, Result<Answer, Error>>;
}

/// The name of one set of credentials of a provider, which alone holds what the name stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(Arc<str>);

impl Key {
    /// A key of that name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// What a target makes of a request, decided before anything is sent.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The request as edited for the target; none where nothing changes.
    pub request: Option<chat::Request>,
    /// What is lost that the caller ought to know.
    pub warnings: Vec<Warning>,
    /// What cannot be said at all; anything here rules the target out.
    pub rejects: Vec<Reject>,
}

/// Something the target cannot carry and the request can do without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where in the request, such as `messages[3].content[1].cachePoint`.
    pub path: String,
    /// What was done, such as `dropped`.
    pub action: &'static str,
    /// Why, such as `target=x`.
    pub reason: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};{};{}", self.path, self.action, self.reason)
    }
}

/// Something the target cannot carry and the request cannot do without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Where in the request.
    pub path: String,
    /// The text a client may read, without the path.
    pub message: String,
}

/// What comes back.
pub enum Answer {
    /// A whole reply in the neutral form.
    Reply(Box<chat::Reply>),
    /// A reply as neutral events; ends after `Meta`, or with an error as its last item.
    Events(BoxStream<Result<chat::Event, Error>>),
    /// A number of input tokens.
    Count(u64),
    /// A reply in the caller's own dialect, one JSON document a chunk, which the edge frames.
    Documents(BoxStream<Result<Chunk, Error>>),
    /// An upstream's own answer, never encoded again.
    Native {
        /// Its status.
        status: StatusCode,
        /// Its headers, without those of the connection.
        head: HeaderMap,
        /// Its body; of a stream of frames, whole frames only.
        body: BoxStream<Result<Chunk, Error>>,
    },
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Reply(_) => f.write_str("Reply"),
            Answer::Events(_) => f.write_str("Events"),
            Answer::Count(n_tokens) => write!(f, "Count({n_tokens})"),
            Answer::Documents(_) => f.write_str("Documents"),
            Answer::Native { status, .. } => write!(f, "Native({status})"),
        }
    }
}

/// A piece of a body, and what was learnt from it.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// The bytes; empty where only a fact rides on the chunk.
    pub bytes: Bytes,
    /// Usage read on the way.
    pub usage: Option<Usage>,
    /// Whether the body ends here: the HTTP layer may drop a body of known length right after its last byte.
    pub last: bool,
}
