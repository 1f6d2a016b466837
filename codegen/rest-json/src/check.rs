//! Constraints of the model, and the words in which AWS tells that they do not hold.
//!
//! The texts are those of public reports of real answers. Lengths are Unicode scalar values of strings, decoded bytes
//! of blobs, items of lists and maps. A pattern means the whole value.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::sync::OnceLock;

use regex::Regex;

use crate::json::ToJson;
use crate::value::Number;

/// A structure or a union whose constraints can be checked.
pub trait Check {
    /// Adds what does not hold; `path` is where the value stands.
    fn check(&self, path: &Path<'_>, violations: &mut Violations);
}

impl<T: Check + ?Sized> Check for Box<T> {
    fn check(&self, path: &Path<'_>, violations: &mut Violations) {
        (**self).check(path, violations);
    }
}

/// Where a value stands in an input: a list on the stack, printed only when something does not hold.
///
/// ```
/// use rest_json::check::Path;
/// let messages = Path::ROOT.member("messages");
/// let path = messages.item(72);
/// assert_eq!(path.member("content").to_string(), "messages.73.member.content");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Segment<'a> {
    Root,
    Member(&'a str),
    Item(usize),
    Key,
    Value(&'a str),
}

impl Path<'static> {
    /// The input itself, which prints as nothing.
    pub const ROOT: Self = Path {
        parent: None,
        segment: Segment::Root,
    };
}

impl<'a> Path<'a> {
    /// A member of the structure or union here.
    pub fn member<'b>(&'b self, name: &'b str) -> Path<'b> {
        Path {
            parent: Some(self),
            segment: Segment::Member(name),
        }
    }

    /// The element of the list here, `index` counted from 0 and printed from 1: `NAME.1.member`.
    pub fn item(&self, index: usize) -> Path<'_> {
        Path {
            parent: Some(self),
            segment: Segment::Item(index),
        }
    }

    /// A key of the map here: `NAME.member`.
    pub fn key(&self) -> Path<'_> {
        Path {
            parent: Some(self),
            segment: Segment::Key,
        }
    }

    /// The value of a key of the map here: `NAME.KEY.member`.
    pub fn value<'b>(&'b self, key: &'b str) -> Path<'b> {
        Path {
            parent: Some(self),
            segment: Segment::Value(key),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
            if !matches!(parent.segment, Segment::Root) {
                f.write_str(".")?;
            }
        }
        match self.segment {
            Segment::Root => Ok(()),
            Segment::Member(name) => f.write_str(name),
            Segment::Item(index) => write!(f, "{}.member", index.saturating_add(1)),
            Segment::Key => f.write_str("member"),
            Segment::Value(key) => write!(f, "{}.member", cut(key)),
        }
    }
}

/// The beginning of a key, which is the caller's own text and may have any length.
fn cut(key: &str) -> &str {
    const LIMIT_CHARACTERS: usize = 256;
    key.char_indices()
        .nth(LIMIT_CHARACTERS)
        .and_then(|(end, _)| key.get(..end))
        .unwrap_or(key)
}

/// What does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// A required member is absent.
    Required,
    /// Shorter than this.
    MinLength(u64),
    /// Longer than this.
    MaxLength(u64),
    /// Smaller than this number.
    MinValue(&'static str),
    /// Larger than this number.
    MaxValue(&'static str),
    /// Not of this pattern, shown without anchors.
    Pattern(&'static str),
    /// Equal items in a set.
    UniqueItems,
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("Member must not be null"),
            Self::MinLength(bound) => {
                write!(
                    f,
                    "Member must have length greater than or equal to {bound}"
                )
            }
            Self::MaxLength(bound) => {
                write!(f, "Member must have length less than or equal to {bound}")
            }
            Self::MinValue(bound) => {
                write!(f, "Member must have value greater than or equal to {bound}")
            }
            Self::MaxValue(bound) => {
                write!(f, "Member must have value less than or equal to {bound}")
            }
            Self::Pattern(pattern) => {
                write!(
                    f,
                    "Member must satisfy regular expression pattern: {pattern}"
                )
            }
            Self::UniqueItems => f.write_str("Member must have unique values"),
        }
    }
}

/// How many violations are told of one input; what is beyond neither counts nor costs memory.
pub const VIOLATIONS_LIMIT: usize = 100;

/// The constraints that do not hold, in the order they were found.
///
/// `Display` is the message of AWS's ValidationException; empty for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Violation {
    path: String,
    value: Option<String>,
    constraint: Constraint,
}

impl Violations {
    /// Adds one; `value` is the text of a number, which AWS shows, and nothing for other values.
    pub fn push(&mut self, path: &Path<'_>, value: Option<&str>, constraint: Constraint) {
        if self.0.len() < VIOLATIONS_LIMIT {
            let value = value.map(str::to_owned);
            self.0.push(Violation {
                path: path.to_string(),
                value,
                constraint,
            });
        }
    }

    /// Whether everything holds.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many do not hold, up to [`VIOLATIONS_LIMIT`].
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Path and constraint of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Constraint)> {
        self.0
            .iter()
            .map(|violation| (violation.path.as_str(), violation.constraint))
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        if !self.0.is_empty() {
            write!(f, "{} validation error{plural} detected: ", self.0.len())?;
        }
        for (
            at,
            Violation {
                path,
                value,
                constraint,
            },
        ) in self.0.iter().enumerate()
        {
            f.write_str(if at == 0 { "Value " } else { "; Value " })?;
            if let Some(value) = value {
                write!(f, "'{value}' ")?;
            }
            write!(f, "at '{path}' failed to satisfy constraint: {constraint}")?;
        }
        Ok(())
    }
}

/// The member must be there.
pub fn required<T>(value: &Option<T>, path: &Path<'_>, violations: &mut Violations) {
    if value.is_none() {
        violations.push(path, None, Constraint::Required);
    }
}

/// Items or bytes must be between the bounds, both included.
pub fn length(
    n_items: usize,
    min: Option<u64>,
    max: Option<u64>,
    path: &Path<'_>,
    violations: &mut Violations,
) {
    // A length beyond 64 bits does not exist on any machine.
    let n_items = u64::try_from(n_items).unwrap_or(u64::MAX);
    if let Some(min) = min.filter(|min| n_items < *min) {
        violations.push(path, None, Constraint::MinLength(min));
    }
    if let Some(max) = max.filter(|max| n_items > *max) {
        violations.push(path, None, Constraint::MaxLength(max));
    }
}

/// Unicode scalar values must be between the bounds, both included.
pub fn string_length(
    text: &str,
    min: Option<u64>,
    max: Option<u64>,
    path: &Path<'_>,
    violations: &mut Violations,
) {
    length(text.chars().count(), min, max, path, violations);
}

/// The number must be between the bounds, both included.
pub fn range<T: Measured>(
    value: &T,
    min: Option<&'static str>,
    max: Option<&'static str>,
    path: &Path<'_>,
    violations: &mut Violations,
) {
    if let Some(min) = min.filter(|min| !value.compared_to(min).is_some_and(Ordering::is_ge)) {
        violations.push(path, Some(&value.shown()), Constraint::MinValue(min));
    }
    if let Some(max) = max.filter(|max| !value.compared_to(max).is_some_and(Ordering::is_le)) {
        violations.push(path, Some(&value.shown()), Constraint::MaxValue(max));
    }
}

/// The whole text must be of the pattern.
pub fn pattern(text: &str, pattern: &Pattern, path: &Path<'_>, violations: &mut Violations) {
    if !pattern.is_match(text) {
        violations.push(path, None, Constraint::Pattern(pattern.shown()));
    }
}

/// No two items may be the same; they are compared as they are written, in time linear in their text.
pub fn unique_items<T: ToJson>(items: &[T], path: &Path<'_>, violations: &mut Violations) {
    let mut seen = HashSet::with_capacity(items.len());
    if !items
        .iter()
        .all(|item| seen.insert(crate::json::to_vec(item)))
    {
        violations.push(path, None, Constraint::UniqueItems);
    }
}

/// A number that a range constrains.
pub trait Measured {
    /// The order of the number and the bound; none if there is no order, as with NaN.
    fn compared_to(&self, bound: &str) -> Option<Ordering>;

    /// The text that AWS shows.
    fn shown(&self) -> Cow<'_, str>;
}

macro_rules! integer {
    ($($type:ty)*) => {$(
        impl Measured for $type {
            fn compared_to(&self, bound: &str) -> Option<Ordering> {
                match bound.parse::<i64>() {
                    Ok(bound) => Some(i64::from(*self).cmp(&bound)),
                    // A bound that is no integer is compared as a decimal; those of the models are small.
                    Err(_) => Number::from_text_of(*self).compared_to(bound),
                }
            }

            fn shown(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }
        }
    )*};
}

integer!(i8 i16 i32 i64);

impl Measured for Number {
    fn compared_to(&self, bound: &str) -> Option<Ordering> {
        self.value().partial_cmp(&bound.parse().ok()?)
    }

    fn shown(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }
}

/// A regular expression of the model, compiled on first use.
///
/// It means the whole value, whatever anchors it shows: `^(?:P)$`.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The pattern as the model has it.
    pub const fn new(source: &'static str) -> Self {
        Self {
            source,
            compiled: OnceLock::new(),
        }
    }

    /// The pattern without the anchors at its ends.
    pub fn shown(&self) -> &'static str {
        let text = self.source.strip_prefix('^').unwrap_or(self.source);
        match text.strip_suffix('$') {
            // An escaped dollar is a character and no anchor.
            Some(shown) if !shown.ends_with('\\') => shown,
            Some(_) | None => text,
        }
    }

    /// Whether the whole text is of the pattern; one that is no regular expression constrains nothing.
    ///
    /// The generator compiles every pattern before it writes it, so the latter does not occur in generated code.
    pub fn is_match(&self, text: &str) -> bool {
        let compiled = self
            .compiled
            .get_or_init(|| Regex::new(&format!("^(?:{})$", self.source)).ok());
        compiled.as_ref().is_none_or(|regex| regex.is_match(text))
    }

    /// Whether the pattern is a regular expression.
    pub fn is_valid(&self) -> bool {
        self.is_match("");
        self.compiled.get().is_some_and(Option::is_some)
    }
}
