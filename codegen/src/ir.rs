//! What is to be emitted: a closed description of one service in which every name, place and type is decided.
//! It stands between the model and the tokens: building it is where a model can be refused, emitting it cannot fail.

mod bind;
mod build;
mod constraints;
pub mod names;
mod reach;
mod recursion;
mod slots;
mod suits;
mod traits;

use std::collections::BTreeSet;

pub use build::service;
pub use constraints::slot_can_fail;

/// One service: a module of the generated crate.
#[derive(Clone, Debug)]
pub struct Service {
    /// The module's name.
    pub module: String,
    /// The name of the service trait.
    pub trait_name: String,
    /// The file the model came from, as the header of each generated file names it.
    pub source: String,
    /// What the model says of the service as a whole.
    pub meta: Meta,
    /// Sorted by name.
    pub operations: Vec<Operation>,
    /// Structures, unions, enums and event streams that an operation reaches, sorted by name.
    pub types: Vec<Named>,
    /// The errors an operation or an event stream may give, sorted by name.
    pub errors: Vec<ErrorShape>,
    /// The names of the types in which something can be violated.
    pub constrained: BTreeSet<String>,
}

/// What the model says of a service as a whole.
#[derive(Clone, Debug)]
pub struct Meta {
    /// The shape id of the service.
    pub id: String,
    /// The version of its interface.
    pub version: String,
    /// AWS's name of it, `aws.api#service$sdkId`.
    pub sdk_id: Option<String>,
    /// The first label of its host names, `aws.api#service$endpointPrefix`.
    pub endpoint_prefix: Option<String>,
    /// The service name in signatures, `aws.auth#sigv4$name`.
    pub signing_name: Option<String>,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The shape id.
    pub id: String,
    /// The name in the model, which is the marker type's as well.
    pub name: String,
    /// The module and the method of the service trait.
    pub module: String,
    /// The HTTP method.
    pub method: String,
    /// The path pattern as the model writes it.
    pub uri: String,
    /// The path's segments.
    pub segments: Vec<Segment>,
    /// The query parameters that are part of the pattern.
    pub query: Vec<(String, Option<String>)>,
    /// The status of a good answer.
    pub status: u16,
    /// What goes in.
    pub input: HttpStructure,
    /// What comes out.
    pub output: HttpStructure,
    /// Whether the model has an output at all; without one an answer has no body.
    pub has_output: bool,
    /// The names of the errors it may give, sorted.
    pub errors: Vec<String>,
    /// The event stream that goes in.
    pub input_stream: Option<String>,
    /// The event stream that comes out.
    pub output_stream: Option<String>,
}

/// One segment of a path pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Text to be met as it is.
    Literal(String),
    /// `{name}`: one segment.
    Label(String),
    /// `{name+}`: all up to what follows.
    Greedy(String),
}

/// A structure whose members stand in several places of an HTTP message.
#[derive(Clone, Debug)]
pub struct HttpStructure {
    /// The shape id.
    pub id: String,
    /// The Rust name.
    pub name: String,
    /// The members in the model's order, but for an event stream, which is no member.
    pub members: Vec<Bound>,
    /// What the body holds.
    pub body: Body,
    /// Whether the whole is kept out of logs.
    pub sensitive: bool,
}

/// A member with its place in the message.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The member.
    pub member: Member,
    /// Where it stands.
    pub location: Location,
}

/// The places of an HTTP message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A member of the JSON object that is the body.
    Body,
    /// A label of the path.
    Label,
    /// A label that may span segments.
    GreedyLabel,
    /// The query parameter of this name.
    Query(String),
    /// All query parameters.
    QueryParams,
    /// The header of this name.
    Header(String),
    /// All headers whose name begins so.
    PrefixHeaders(String),
    /// The status of the answer.
    ResponseCode,
    /// The body as a whole.
    Payload,
}

/// What the body of a message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// A JSON object of the members without another place.
    Members,
    /// One member: bytes as they are, of this content type.
    Bytes(String),
    /// One member: its text, of this content type.
    Text(String),
    /// One member: a JSON value. Where `object` is set, an absent one goes out as `{}` in a request.
    Json {
        /// Whether the value is a structure.
        object: bool,
    },
    /// The frames of an event stream.
    Stream,
}

/// A type of its own.
#[derive(Clone, Debug)]
pub enum Named {
    Structure(Structure),
    Union(Union),
    Enum(Enum),
    Stream(Stream),
}

/// A structure.
#[derive(Clone, Debug)]
pub struct Structure {
    pub id: String,
    pub name: String,
    pub members: Vec<Member>,
    /// Whether the whole is kept out of logs.
    pub sensitive: bool,
    /// Whether it is part of an input, so that its constraints are checked.
    pub checked: bool,
    /// Where members stand in a frame, for the events that use more than a JSON payload.
    pub event: Option<EventPlaces>,
}

/// The places of an event's members, by field.
#[derive(Clone, Debug)]
pub struct EventPlaces {
    /// The fields that are headers of the frame.
    pub headers: Vec<String>,
    /// What the payload of the frame holds.
    pub payload: EventPayload,
}

/// What the payload of a frame holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventPayload {
    /// Nothing: every member is a header.
    Empty,
    /// A JSON object of the members that are no headers.
    Members,
    /// One field, as bytes.
    Bytes(String),
    /// One field, as text.
    Text(String),
    /// One field, as a JSON value.
    Json(String),
}

/// A member of a structure, or the one value of a union's variant.
#[derive(Clone, Debug)]
pub struct Member {
    /// The name on the wire.
    pub wire: String,
    /// The field of a structure, the variant of a union.
    pub name: String,
    /// Whether the model requires it.
    pub required: bool,
    /// Whether a client makes up a value where the caller gives none, so that a second try is known as one.
    pub idempotency_token: bool,
    pub slot: Slot,
}

/// A place for a value: a member, a list's item, a map's value.
#[derive(Clone, Debug)]
pub struct Slot {
    pub ty: Type,
    pub constraints: Constraints,
    /// Whether the value is kept out of logs where it is printed as part of something else.
    pub redacted: bool,
}

/// The types of values.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    String,
    Boolean,
    /// A whole number of so many bits.
    Integer(u8),
    Number,
    /// Bytes in JSON, as base64.
    Blob,
    /// Bytes that are a whole body or payload.
    Bytes,
    Document,
    Timestamp(TimestampFormat),
    Enum(String),
    Structure(Reference),
    Union(Reference),
    List(Box<List>),
    Map(Box<Map>),
}

/// A structure or union as it is referred to.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    pub name: String,
    /// Whether it lives among the errors.
    pub error: bool,
    /// Whether it would else hold itself.
    pub boxed: bool,
}

/// A list.
#[derive(Clone, Debug)]
pub struct List {
    pub item: Slot,
    /// Whether items may be null.
    pub sparse: bool,
}

/// A map; keys are strings.
#[derive(Clone, Debug)]
pub struct Map {
    pub key: Constraints,
    pub value: Slot,
    /// Whether values may be null.
    pub sparse: bool,
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        self.item.ty == other.item.ty && self.sparse == other.sparse
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.value.ty == other.value.ty && self.sparse == other.sparse
    }
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampFormat {
    EpochSeconds,
    HttpDate,
    DateTime,
}

/// What a value must satisfy beside its type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints {
    pub length: Option<(Option<u64>, Option<u64>)>,
    /// Bounds as the model writes them.
    pub range: Option<(Option<String>, Option<String>)>,
    pub pattern: Option<String>,
    pub unique: bool,
}

/// A union.
#[derive(Clone, Debug)]
pub struct Union {
    pub id: String,
    pub name: String,
    pub variants: Vec<Member>,
    pub sensitive: bool,
    pub checked: bool,
}

/// An enum of strings.
#[derive(Clone, Debug)]
pub struct Enum {
    pub id: String,
    pub name: String,
    /// Variants with the values they stand for, in the model's order.
    pub values: Vec<(String, String)>,
    pub sensitive: bool,
}

/// An event stream: a union whose members come as frames.
#[derive(Clone, Debug)]
pub struct Stream {
    pub id: String,
    pub name: String,
    pub events: Vec<Event>,
    pub sensitive: bool,
    pub checked: bool,
}

/// One kind of frame.
#[derive(Clone, Debug)]
pub struct Event {
    pub wire: String,
    pub variant: String,
    pub kind: EventKind,
    pub redacted: bool,
}

/// What a frame carries.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// A structure; `placed` where its members use more than a JSON payload.
    Event { reference: Reference, placed: bool },
    /// The error of this name.
    Exception(String),
}

/// An error.
#[derive(Clone, Debug)]
pub struct ErrorShape {
    pub id: String,
    /// The Rust name.
    pub name: String,
    /// The name on the wire.
    pub wire: String,
    pub status: u16,
    pub retryable: bool,
    pub throttling: bool,
    pub structure: HttpStructure,
}

impl Constraints {
    /// Whether anything is to be satisfied.
    pub fn is_empty(&self) -> bool {
        self.length.is_none() && self.range.is_none() && self.pattern.is_none() && !self.unique
    }
}

impl Structure {
    /// Whether it is read from a JSON object, and so keeps members the model does not know.
    pub fn is_object(&self) -> bool {
        let payload = self.event.as_ref().map(|places| &places.payload);
        payload.is_none_or(|payload| *payload == EventPayload::Members)
    }
}

impl EventPlaces {
    /// Whether this field is part of the JSON object that is the payload.
    pub fn is_in_json(&self, field: &str) -> bool {
        self.payload == EventPayload::Members && !self.headers.iter().any(|header| header == field)
    }
}

impl Named {
    /// The Rust name.
    pub fn name(&self) -> &str {
        match self {
            Self::Structure(shape) => &shape.name,
            Self::Union(shape) => &shape.name,
            Self::Enum(shape) => &shape.name,
            Self::Stream(shape) => &shape.name,
        }
    }
}
