//! What a target can say: a verdict on each leaf, its limits, and how it arranges a conversation.

use std::fmt;

use llm::chat::{Dialect, Family};

use super::Leaf;

/// What becomes of a leaf at a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The format has a member for it.
    Native,
    /// Said in another way that neither the caller nor the model can tell apart; how.
    Exact(&'static str),
    /// Said in another way that the model can tell apart, with a warning; how.
    Approximate(&'static str),
    /// Left out with a warning; why.
    Dropped(&'static str),
    /// Means nothing to the model nor for the promise made to the caller, so it stays behind without a word; why.
    Silent(&'static str),
    /// Cannot be said, and the request cannot do without; why, or empty where the refusal says all.
    Refused(&'static str),
}

/// How much of something a target takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The most stop sequences; none means any number.
    pub stop_sequences: Option<usize>,
    /// The most cache points; none means any number.
    pub cache_points: Option<usize>,
}

/// Which ids and names a target takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spellings {
    /// Ids of calls; none where any text is one.
    pub call_ids: Option<Spelling>,
    /// Names of tools; none where any text is one.
    pub tool_names: Option<Spelling>,
    /// Whether each document has a name that no other of the request has, large and small letters alike, of 1 to 200 ASCII
    /// letters, digits, hyphens, parentheses, square brackets and single spaces: Bedrock's API reference, `DocumentBlock`.
    pub document_names: bool,
}

/// How ids or names are spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// What may stand in one beside ASCII letters and digits; none where anything may.
    pub marks: Option<&'static str>,
    /// The least characters.
    pub least: usize,
    /// The most characters.
    pub most: usize,
}

impl Spelling {
    /// Whether the text is spelled so.
    pub fn fits(&self, text: &str) -> bool {
        let length = text.chars().count();
        (self.least..=self.most).contains(&length) && text.chars().all(|letter| self.takes(letter))
    }

    /// Whether the character may stand in such a text.
    pub(super) fn takes(&self, letter: char) -> bool {
        self.marks
            .is_none_or(|marks| letter.is_ascii_alphanumeric() || marks.contains(letter))
    }
}

/// How a target arranges a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Consecutive messages of one role become one.
    pub merges_turns: bool,
    /// Results of tools stand before everything else of their turn, in the order of the calls.
    pub results_first: bool,
    /// Results of tools are messages of their own, so what else is said in their turn is another message.
    pub results_apart: bool,
    /// What the model says in one turn stands before its calls.
    pub calls_last: bool,
    /// A cache point is a mark on the content before it: it needs some that takes one, and those that last long come first.
    pub marks_cache: bool,
}

/// What models of one format differ in, as far as the settings go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The most tokens the model writes, where the format demands a limit and the caller sets none.
    pub max_tokens: Option<i32>,
    /// Whether temperature ends at 1.
    pub cool: bool,
    /// Whether temperature and nucleus probability exclude each other.
    pub one_of_sampling: bool,
    /// Whether a model that reasons takes a temperature of 1 only, a nucleus probability of 0.95 at least, no top k, no forced
    /// choice of a tool and no beginning of its reply.
    pub strict_reasoning: bool,
    /// The levels of effort in ascending order; none where every level goes out as it came.
    pub efforts: &'static [&'static str],
    /// Whether a promised schema has a name.
    pub named_schemas: bool,
}

/// One target: a provider's format, perhaps narrowed by the model.
pub trait Target: fmt::Debug {
    /// Its name in warnings and in the documentation.
    fn name(&self) -> &'static str;
    /// The format that it speaks.
    fn dialect(&self) -> Dialect;
    /// The family whose vocabulary the target takes beside its own members.
    fn family(&self) -> Family;
    /// The verdict on a leaf; total.
    fn verdict(&self, leaf: Leaf) -> Verdict;
    /// How much it takes.
    fn limits(&self) -> Limits;
    /// Which ids and names it takes.
    fn spellings(&self) -> Spellings {
        Spellings::default()
    }
    /// How it arranges a conversation.
    fn shape(&self) -> Shape;
    /// What its model differs in from others of the format.
    fn facts(&self) -> Facts {
        Facts::default()
    }
}
