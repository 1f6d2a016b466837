//! Shapes and their parts.

use super::{id::ShapeId, traits::Traits};

/// One shape: what it is and its traits.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// What it is, with the parts that only such a shape has.
    pub kind: Kind,
    /// Its traits.
    pub traits: Traits,
}

/// The types of shape that Smithy 2.0 has.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Blob,
    Boolean,
    String,
    Byte,
    Short,
    Integer,
    Long,
    Float,
    Double,
    BigInteger,
    BigDecimal,
    Timestamp,
    Document,
    /// Strings with names; the value of a member is its `enumValue` trait.
    Enum(Vec<Member>),
    /// Integers with names; the value of a member is its `enumValue` trait.
    IntEnum(Vec<Member>),
    /// The one member, named `member`.
    List(Box<Member>),
    /// The members named `key` and `value`.
    Map {
        key: Box<Member>,
        value: Box<Member>,
    },
    /// Members in published order.
    Structure(Vec<Member>),
    /// Members in published order.
    Union(Vec<Member>),
    Operation(Operation),
    Resource(Resource),
    Service(Service),
}

/// A member of a structure, union, enum, list or map.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name; `member`, `key` or `value` in lists and maps.
    pub name: String,
    /// The shape it holds; `smithy.api#Unit` for the members of an enum.
    pub target: ShapeId,
    /// Its own traits, which go before those of the target.
    pub traits: Traits,
}

/// An operation's ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The structure it takes; `smithy.api#Unit` for none.
    pub input: ShapeId,
    /// The structure it gives; `smithy.api#Unit` for none.
    pub output: ShapeId,
    /// The errors it may give beside those of its service.
    pub errors: Vec<ShapeId>,
}

/// A resource, kept only for the operations below it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// The names and targets of what identifies one.
    pub identifiers: Vec<(String, ShapeId)>,
    /// Its life-cycle operations by verb (`create`, `put`, `read`, `update`, `delete`, `list`).
    pub lifecycle: Vec<(String, ShapeId)>,
    /// Its other operations on one resource.
    pub operations: Vec<ShapeId>,
    /// Its other operations on all of them.
    pub collection_operations: Vec<ShapeId>,
    /// The resources inside it.
    pub resources: Vec<ShapeId>,
}

/// A service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    /// The version of its interface, a date with AWS.
    pub version: String,
    /// The operations bound to it directly; [`super::Model::operations`] adds those of its resources.
    pub operations: Vec<ShapeId>,
    /// Its resources.
    pub resources: Vec<ShapeId>,
    /// The errors every operation may give.
    pub errors: Vec<ShapeId>,
    /// Shapes that have another name in this service.
    pub rename: Vec<(ShapeId, String)>,
}

impl Shape {
    /// The members in order: those of a structure, union or enum, a list's `member`, a map's `key` and `value`.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        let (slice, pair): (&[Member], [Option<&Member>; 2]) = match &self.kind {
            Kind::Structure(members)
            | Kind::Union(members)
            | Kind::Enum(members)
            | Kind::IntEnum(members) => (members, [None, None]),
            Kind::List(member) => (&[], [Some(member), None]),
            Kind::Map { key, value } => (&[], [Some(key), Some(value)]),
            Kind::Blob
            | Kind::Boolean
            | Kind::String
            | Kind::Byte
            | Kind::Short
            | Kind::Integer
            | Kind::Long
            | Kind::Float
            | Kind::Double
            | Kind::BigInteger
            | Kind::BigDecimal
            | Kind::Timestamp
            | Kind::Document
            | Kind::Operation(_)
            | Kind::Resource(_)
            | Kind::Service(_) => (&[], [None, None]),
        };
        slice.iter().chain(pair.into_iter().flatten())
    }

    /// The same members, to be changed.
    pub fn members_mut(&mut self) -> impl Iterator<Item = &mut Member> {
        parts_mut(&mut self.kind)
    }

    /// The traits of the shape and of its members, to be changed.
    pub fn traits_mut(&mut self) -> impl Iterator<Item = &mut Traits> {
        std::iter::once(&mut self.traits)
            .chain(parts_mut(&mut self.kind).map(|member| &mut member.traits))
    }

    /// The member of this name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members().find(|member| member.name == name)
    }

    /// Whether it is a structure with the `error` trait.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.traits.has("smithy.api#error")
    }

    /// Whether it is a union with the `streaming` trait.
    #[must_use]
    pub fn is_event_stream(&self) -> bool {
        matches!(self.kind, Kind::Union(_)) && self.traits.has("smithy.api#streaming")
    }
}

fn parts_mut(kind: &mut Kind) -> impl Iterator<Item = &mut Member> {
    let (slice, pair): (&mut [Member], [Option<&mut Member>; 2]) = match kind {
        Kind::Structure(members)
        | Kind::Union(members)
        | Kind::Enum(members)
        | Kind::IntEnum(members) => (members, [None, None]),
        Kind::List(member) => (&mut [], [Some(member), None]),
        Kind::Map { key, value } => (&mut [], [Some(key), Some(value)]),
        Kind::Blob
        | Kind::Boolean
        | Kind::String
        | Kind::Byte
        | Kind::Short
        | Kind::Integer
        | Kind::Long
        | Kind::Float
        | Kind::Double
        | Kind::BigInteger
        | Kind::BigDecimal
        | Kind::Timestamp
        | Kind::Document
        | Kind::Operation(_)
        | Kind::Resource(_)
        | Kind::Service(_) => (&mut [], [None, None]),
    };
    slice.iter_mut().chain(pair.into_iter().flatten())
}

impl Kind {
    /// The name that the AST has for this type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::Byte => "byte",
            Self::Short => "short",
            Self::Integer => "integer",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::BigInteger => "bigInteger",
            Self::BigDecimal => "bigDecimal",
            Self::Timestamp => "timestamp",
            Self::Document => "document",
            Self::Enum(_) => "enum",
            Self::IntEnum(_) => "intEnum",
            Self::List(_) => "list",
            Self::Map { .. } => "map",
            Self::Structure(_) => "structure",
            Self::Union(_) => "union",
            Self::Operation(_) => "operation",
            Self::Resource(_) => "resource",
            Self::Service(_) => "service",
        }
    }

    /// The type without parts that has this name in the AST.
    #[must_use]
    pub fn simple(type_name: &str) -> Option<Self> {
        [
            Self::Blob,
            Self::Boolean,
            Self::String,
            Self::Byte,
            Self::Short,
            Self::Integer,
            Self::Long,
            Self::Float,
            Self::Double,
            Self::BigInteger,
            Self::BigDecimal,
            Self::Timestamp,
            Self::Document,
        ]
        .into_iter()
        .find(|kind| kind.type_name() == type_name)
    }
}

impl Resource {
    /// Every operation bound to it.
    pub fn all_operations(&self) -> impl Iterator<Item = &ShapeId> {
        self.lifecycle
            .iter()
            .map(|(_, id)| id)
            .chain(&self.operations)
            .chain(&self.collection_operations)
    }
}
