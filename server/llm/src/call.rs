//! What a caller asks for: the request as it came, and how to read it if somebody must.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, Method, uri::PathAndQuery};

use crate::{Error, chat};

/// What kind of work a call is, as far as the engine must tell calls apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A conversation turn answered whole.
    Chat,
    /// A conversation turn answered as a stream of events.
    ChatStream,
    /// The number of tokens a conversation would cost.
    Count,
    /// Anything else: it can be relayed, never translated.
    Other,
}

/// The name of one operation of one wire format, such as `format/operation`.
///
/// Opaque here: the edge sets it, and a provider that relays it compares it for equality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wire(pub &'static str);

/// A model by name: in a [`Call`] as the caller wrote it, in [`Provider::send`](crate::Provider::send) as the target knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Model {
    /// The name, decoded, never empty.
    pub name: Arc<str>,
}

impl Model {
    /// A model of that name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into() }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A request in the caller's own bytes.
#[derive(Clone)]
pub struct Native {
    /// Which operation of which format these bytes are.
    pub wire: Wire,
    /// The method they came with.
    pub method: Method,
    /// Path and query below the prefix, in the caller's encoding.
    pub target: PathAndQuery,
    /// The caller's headers, all of them; a relay picks what may pass.
    pub head: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl fmt::Debug for Native {
    /// Headers and body stay out: they hold credentials and prompts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Native")
            .field("wire", &self.wire)
            .field("method", &self.method)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Reads a native request into the neutral form.
pub type Decode = Box<dyn Fn(&Native) -> Result<chat::Request, Error> + Send + Sync>;

/// One call: what kind, which model, the bytes, and the neutral form on demand.
pub struct Call {
    /// What kind of work it is.
    pub op: Op,
    /// The model as the caller named it; none where the operation has no model.
    pub model: Option<Model>,
    /// The request as it came.
    pub native: Native,
    decode: Decode,
    neutral: OnceLock<Result<chat::Request, Error>>,
}

impl Call {
    /// A call whose neutral form `decode` makes on first use.
    pub fn new(op: Op, model: Option<Model>, native: Native, decode: Decode) -> Self {
        Self {
            op,
            model,
            native,
            decode,
            neutral: OnceLock::new(),
        }
    }

    /// The neutral form, decoded on first use and kept.
    ///
    /// A call whose every target relays never comes here, so it is never parsed.
    ///
    /// # Errors
    /// What the decoder says: the caller's request is malformed or breaks a constraint.
    pub fn neutral(&self) -> Result<&chat::Request, Error> {
        self.neutral
            .get_or_init(|| (self.decode)(&self.native))
            .as_ref()
            .map_err(Error::clone)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("op", &self.op)
            .field("model", &self.model)
            .field("native", &self.native)
            .finish_non_exhaustive()
    }
}
