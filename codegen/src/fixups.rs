//! The deviations from AWS's models, each with a name and a reason. One that no longer applies is an error,
//! so that a model update brings it up for decision. Renames of shapes and members belong here too.

use crate::{
    error::{Error, Result},
    model::{Kind, Model, ShapeId},
};

/// One deviation from a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixup {
    /// What an error calls it.
    pub name: &'static str,
    /// Why the model is not followed.
    pub reason: &'static str,
    /// The shape it changes.
    pub shape: &'static str,
    /// The change.
    pub edit: Edit,
}

/// What a fixup does to its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Puts another pattern in the place of the one that is there.
    Pattern(&'static str),
    /// Takes a trait away.
    Without(&'static str),
    /// Gives a member of an enum another name in Rust; its value stays.
    RenameValue {
        from: &'static str,
        to: &'static str,
    },
}

/// Any text a client can put into one label of a path, but for control characters.
const ANY_NAME: &str = r"[^\x00-\x1F\x7F]+";

const ALIASES: &str = "callers name models of other providers and aliases of their own (`openai/gpt-4o`); \
     the gateway's routes decide which names are served, and an unknown one is answered as AWS answers it";

const VALUES_AS_NAMES: &str = "the imported description has no names of values, and one made of this value begins with a digit";

/// Deviations in Bedrock Runtime.
///
/// The lengths stay as they are: 2048 characters, and 256 for counting tokens, which no alias reaches.
pub const RUNTIME: &[Fixup] = &[
    Fixup {
        name: "model-id-of-conversations",
        reason: ALIASES,
        shape: "com.amazonaws.bedrockruntime#ConversationalModelId",
        edit: Edit::Pattern(ANY_NAME),
    },
    Fixup {
        name: "model-id-of-invocations",
        reason: ALIASES,
        shape: "com.amazonaws.bedrockruntime#InvokeModelIdentifier",
        edit: Edit::Pattern(ANY_NAME),
    },
    Fixup {
        name: "model-id-of-asynchronous-invocations",
        reason: ALIASES,
        shape: "com.amazonaws.bedrockruntime#AsyncInvokeIdentifier",
        edit: Edit::Pattern(ANY_NAME),
    },
    Fixup {
        name: "model-id-of-token-counts",
        reason: ALIASES,
        shape: "com.amazonaws.bedrockruntime#FoundationModelVersionIdentifier",
        edit: Edit::Pattern(ANY_NAME),
    },
    Fixup {
        name: "cache-lifetime-minutes",
        reason: VALUES_AS_NAMES,
        shape: "com.amazonaws.bedrockruntime#CacheTTL",
        edit: Edit::RenameValue {
            from: "_5M",
            to: "FIVE_MINUTES",
        },
    },
    Fixup {
        name: "cache-lifetime-hours",
        reason: VALUES_AS_NAMES,
        shape: "com.amazonaws.bedrockruntime#CacheTTL",
        edit: Edit::RenameValue {
            from: "_1H",
            to: "ONE_HOUR",
        },
    },
];

/// Deviations in the control plane: none. Its operations are relayed, and no alias is known there.
pub const CONTROL: &[Fixup] = &[];

/// Applies them in order; one whose place is gone, or that changes nothing, is an error.
pub fn apply(model: &mut Model, fixups: &[Fixup]) -> Result<()> {
    for fixup in fixups {
        let id = ShapeId::parse(fixup.shape)?;
        let stale = |what: &str| {
            let message = format!(
                "the fixup `{}` no longer applies: {what} (it is there because {})",
                fixup.name, fixup.reason
            );
            Error::mismatch(message).at(&id)
        };
        let shape = model
            .shapes
            .get_mut(&id)
            .ok_or_else(|| stale("there is no such shape"))?;
        match fixup.edit {
            Edit::Pattern(pattern) => match shape.traits.pattern()? {
                None => return Err(stale("the shape has no pattern")),
                Some(old) if old == pattern => {
                    return Err(stale("the model has this pattern itself"));
                }
                Some(_) => shape.traits.insert("smithy.api#pattern", pattern.into()),
            },
            Edit::Without(trait_id) => {
                shape
                    .traits
                    .remove(trait_id)
                    .ok_or_else(|| stale("the shape lacks the trait"))?;
            }
            Edit::RenameValue { from, to } => {
                let Kind::Enum(members) = &mut shape.kind else {
                    return Err(stale("the shape is no enum"));
                };
                let member = members
                    .iter_mut()
                    .find(|member| member.name == from)
                    .ok_or_else(|| stale("the enum has no member of this name"))?;
                to.clone_into(&mut member.name);
            }
        }
    }
    Ok(())
}
