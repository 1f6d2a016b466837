//! Smithy's prelude: the shapes every model may use without defining them (Smithy 2.0, "Prelude").

use std::{collections::BTreeMap, sync::LazyLock};

use super::{
    id::ShapeId,
    shape::{Kind, Shape},
    traits::Traits,
};

/// The prelude's shape of this id.
pub(super) fn shape(id: &ShapeId) -> Option<&'static Shape> {
    SHAPES.get(id.as_str())
}

static SHAPES: LazyLock<BTreeMap<String, Shape>> = LazyLock::new(|| {
    let boxed = [
        ("Blob", Kind::Blob),
        ("Boolean", Kind::Boolean),
        ("String", Kind::String),
        ("Byte", Kind::Byte),
        ("Short", Kind::Short),
        ("Integer", Kind::Integer),
        ("Long", Kind::Long),
        ("Float", Kind::Float),
        ("Double", Kind::Double),
        ("BigInteger", Kind::BigInteger),
        ("BigDecimal", Kind::BigDecimal),
        ("Timestamp", Kind::Timestamp),
        ("Document", Kind::Document),
        ("Unit", Kind::Structure(Vec::new())),
    ];
    // The primitive twins differ by a default value only, which the wire does not show.
    let primitive = [
        ("PrimitiveBoolean", Kind::Boolean),
        ("PrimitiveByte", Kind::Byte),
        ("PrimitiveShort", Kind::Short),
        ("PrimitiveInteger", Kind::Integer),
        ("PrimitiveLong", Kind::Long),
        ("PrimitiveFloat", Kind::Float),
        ("PrimitiveDouble", Kind::Double),
    ];
    boxed
        .into_iter()
        .chain(primitive)
        .map(|(name, kind)| {
            let id = format!("smithy.api#{name}");
            let traits = Traits::new(id.clone());
            (id, Shape { kind, traits })
        })
        .collect()
});
