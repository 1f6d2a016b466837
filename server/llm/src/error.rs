//! Why a call failed: what kind of fault, who caused it, and whether another try may help.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// The kind of a fault, set where the knowledge is and read by the attempt loop and by the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The upstream limits requests.
    RateLimited,
    /// The upstream limits tokens.
    TokenRateLimited,
    /// The upstream has no capacity now.
    Overloaded,
    /// The account at the upstream has no quota or credit left.
    QuotaExhausted,
    /// The upstream refuses the gateway's credentials.
    AuthUpstream,
    /// The upstream knows the gateway's credentials and forbids the use.
    PermissionUpstream,
    /// Nobody serves that model.
    ModelNotFound,
    /// The model is being loaded.
    ModelLoading,
    /// The conversation does not fit the model's window.
    ContextTooLong,
    /// A content filter refused the prompt.
    ContentBlocked,
    /// The request breaks a rule.
    InvalidRequest,
    /// The request's bytes are not what the wire format says.
    Malformed,
    /// The body is too large.
    BodyTooLarge,
    /// The target cannot express a feature of the request.
    UnsupportedFeature,
    /// The operation is not served for that target.
    NotServed,
    /// The model's tool call is not usable.
    ToolCallMalformed,
    /// The model's output is not usable.
    OutputMalformed,
    /// It took too long.
    Timeout,
    /// The upstream could not be reached.
    ConnectFailed,
    /// The upstream broke off.
    Interrupted,
    /// The upstream failed inside.
    UpstreamInternal,
    /// The upstream answered outside its protocol.
    Protocol,
    /// The caller is not who it says it is.
    GatewayAuth,
    /// The caller's budget is spent.
    GatewayBudget,
    /// The gateway limits the caller's rate.
    GatewayRate,
    /// The caller may not use that model.
    GatewayPermission,
    /// The gateway failed inside.
    GatewayInternal,
}

/// Who caused a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The caller.
    Client,
    /// This gateway.
    Gateway,
    /// The model provider.
    Upstream,
}

/// Whether another try may help, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// It would fail again.
    Never,
    /// With another key of the same target, after `delay` if one was named.
    OtherKey {
        /// How long the upstream asked to wait.
        delay: Option<Duration>,
    },
    /// At another target, after `delay` if one was named.
    OtherTarget {
        /// How long the upstream asked to wait.
        delay: Option<Duration>,
    },
}

/// An upstream's own words, to be handed on unchanged when nobody else answers.
#[derive(Clone, Debug)]
pub enum NativeError {
    /// Before the head: the whole answer.
    Answer {
        /// Its status.
        status: StatusCode,
        /// Its headers, without those of the connection.
        head: HeaderMap,
        /// Its whole body.
        body: Bytes,
    },
    /// In mid-stream: one whole frame of the caller's wire format.
    Frame(Bytes),
}

/// A fault of one call. Cheap to clone; what a client may read and what the log says are different fields.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    origin: Origin,
    message: Box<str>,
    retry: Retry,
    status: Option<u16>,
    resource: Option<Box<str>>,
    detail: Option<Box<str>>,
    native: Option<NativeError>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A fault of that kind and origin, with the text a client may read.
    pub fn new(kind: Kind, origin: Origin, message: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Inner {
            kind,
            origin,
            message: message.into(),
            retry: Retry::Never,
            status: None,
            resource: None,
            detail: None,
            native: None,
            source: None,
        }))
    }

    /// Says that another try may help.
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        self.edit(|inner| inner.retry = retry)
    }

    /// Adds the upstream's HTTP status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        self.edit(|inner| inner.status = Some(status))
    }

    /// Names what failed at the upstream, such as `provider/model`.
    #[must_use]
    pub fn with_resource(self, resource: impl Into<Box<str>>) -> Self {
        self.edit(|inner| inner.resource = Some(resource.into()))
    }

    /// Adds what only the log may say.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<Box<str>>) -> Self {
        self.edit(|inner| inner.detail = Some(detail.into()))
    }

    /// Adds the upstream's own words.
    #[must_use]
    pub fn with_native(self, native: NativeError) -> Self {
        self.edit(|inner| inner.native = Some(native))
    }

    /// Adds the fault beneath this one.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let source: Arc<dyn StdError + Send + Sync> = Arc::from(source.into());
        self.edit(|inner| inner.source = Some(source))
    }

    /// The kind of fault.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Who caused it.
    pub fn origin(&self) -> Origin {
        self.0.origin
    }

    /// The text a client may read; never holds a secret or an inside of the gateway.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether another try may help.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// The upstream's HTTP status.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// What failed at the upstream.
    pub fn resource(&self) -> Option<&str> {
        self.0.resource.as_deref()
    }

    /// What only the log may say.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The upstream's own words.
    pub fn native(&self) -> Option<&NativeError> {
        self.0.native.as_ref()
    }

    fn edit(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} caused by {:?}: {}",
            self.0.kind, self.0.origin, self.0.message
        )?;
        match self.detail() {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("origin", &self.0.origin)
            .field("message", &self.0.message)
            .field("retry", &self.0.retry)
            .field("status", &self.0.status)
            .field("detail", &self.0.detail)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
