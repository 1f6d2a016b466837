//! How structures, unions and enums are made up: generated code names the parts, a [`Source`] gives the values.
//!
//! One function a type, over one source, and no strategy a type: the hundreds of generated types would else cost
//! minutes of compilation. Failing values shrink all the same: the source has a budget, and once it is spent every
//! further member is absent.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use bytes::Bytes;

use crate::arbitrary as leaf;
use crate::binding::{FromText, ToText};
use crate::frame::Frame;
use crate::value::{Blob, Document, Map, Number, Timestamp, TimestampFormat, Unknowns};

/// Structures and unions inside each other, at most.
const DEPTH_LIMIT: usize = 10;
/// Values in one made-up value, about.
const BUDGET_LIMIT: usize = 80;

/// A type of which values can be made up that survive the wire.
pub trait Generate: Sized {
    /// Makes one up.
    fn generate(source: &mut Source) -> Self;
}

/// The strategy of every generated type.
pub type Values<T> = BoxedStrategy<T>;

/// Made-up values of a type.
pub fn values<T: Generate + std::fmt::Debug + 'static>() -> Values<T> {
    (any::<[u8; 32]>().no_shrink(), 0..=BUDGET_LIMIT)
        .prop_map(|(seed, budget)| T::generate(&mut Source::new(&seed, budget)))
        .boxed()
}

/// Where the parts of a made-up value come from.
#[derive(Debug)]
pub struct Source {
    runner: TestRunner,
    budget: usize,
    depth: usize,
}

impl Source {
    /// A source that gives the same values for the same seed, up to the budget.
    pub fn new(seed: &[u8; 32], budget: usize) -> Self {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, seed);
        Self {
            runner: TestRunner::new_with_rng(Config::default(), rng),
            budget,
            depth: 0,
        }
    }

    /// A value.
    pub fn value<T: Generate>(&mut self) -> T {
        self.budget = self.budget.saturating_sub(1);
        self.depth += 1;
        let value = T::generate(self);
        self.depth -= 1;
        value
    }

    /// An optional member.
    pub fn member<T: Generate>(&mut self) -> Option<T> {
        (self.is_rich() && self.choose(2) == 1).then(|| self.value())
    }

    /// One of `n`, from 0.
    pub fn choose(&mut self, n: usize) -> usize {
        self.draw(&(0..n.max(1)), 0)
    }

    /// One of a union's `n` members, from 0; now and then, and always where values must end, `n` for an unknown one.
    pub fn variant(&mut self, n: usize) -> usize {
        if self.is_rich() {
            self.choose(n + 1)
        } else {
            n
        }
    }

    /// A label of a path.
    pub fn label<T: Generate + FromText + ToText>(&mut self) -> T {
        self.text_of(&leaf::label_string(), |text| {
            !matches!(text, "" | "." | "..")
        })
    }

    /// A label that may span segments.
    pub fn greedy_label<T: Generate + FromText + ToText>(&mut self) -> T {
        self.text_of(&leaf::greedy_label_string(), |text| {
            !text
                .split('/')
                .any(|segment| matches!(segment, "" | "." | ".."))
        })
    }

    /// A header that may be absent.
    pub fn header<T: Generate + FromText + ToText>(&mut self) -> Option<T> {
        self.member::<One>()
            .map(|One| self.text_of(&leaf::header_string(), is_header))
    }

    /// A list in a header, not empty where it is there.
    pub fn header_list<T: Generate + FromText + ToText>(&mut self) -> Option<Vec<T>> {
        let n_items = self.choose(4);
        let items: Vec<T> = (0..n_items)
            .map(|_| self.text_of(&leaf::header_string(), is_header))
            .collect();
        (!items.is_empty()).then_some(items)
    }

    /// A list in a query, not empty where it is there.
    pub fn query_list<T: Generate>(&mut self) -> Option<Vec<T>> {
        self.member().filter(|items: &Vec<T>| !items.is_empty())
    }

    /// A payload that is not empty where it is there.
    pub fn payload<T: Payload>(&mut self) -> Option<T> {
        self.member::<One>().map(|One| T::payload(self))
    }

    /// The status of a good answer.
    pub fn status(&mut self) -> i32 {
        self.draw(&(200..300), 200)
    }

    /// Members of a structure that has the members `known`.
    pub fn unknowns(&mut self, known: &'static [&'static str]) -> Unknowns {
        if self.is_rich() {
            self.draw(&leaf::unknowns(known), Unknowns::default())
        } else {
            Unknowns::default()
        }
    }

    /// The name of a member that a union with the members `known` lacks.
    pub fn unknown_member(&mut self, known: &'static [&'static str]) -> String {
        let (name, _) = self.draw(
            &leaf::unknown_member(known),
            ("unknown".to_owned(), Document::of("")),
        );
        name
    }

    /// A value that an enum with the values `known` lacks.
    pub fn unknown_enum_value(&mut self, known: &'static [&'static str]) -> String {
        self.draw(&leaf::unknown_enum_value(known), "unknown".to_owned())
    }

    /// An event that a stream with the members `known` lacks.
    pub fn unknown_frame(&mut self, known: &'static [&'static str]) -> Frame {
        self.draw(&leaf::unknown_frame(known), Frame::empty_event("unknown"))
    }

    /// Any JSON but `null`, which is an absent member.
    pub fn document(&mut self) -> Document {
        self.draw(&leaf::document(), Document::of(""))
    }

    /// A value of a strategy; the other one where the strategy gives up.
    fn draw<T: std::fmt::Debug>(&mut self, strategy: &impl Strategy<Value = T>, otherwise: T) -> T {
        match strategy.new_tree(&mut self.runner) {
            Ok(tree) => tree.current(),
            Err(_) => otherwise,
        }
    }

    fn is_rich(&self) -> bool {
        self.budget > 0 && self.depth < DEPTH_LIMIT
    }

    /// A value whose text is legal in its place: one of its own, else one that the strategy's text spells.
    fn text_of<T: Generate + FromText + ToText>(
        &mut self,
        texts: &BoxedStrategy<String>,
        is_legal: impl Fn(&str) -> bool,
    ) -> T {
        for _ in 0..TRIES {
            let text = self.draw(texts, "x".to_owned());
            if let Some(value) = T::from_text(&text).filter(|value| is_legal(&value.to_text())) {
                return value;
            }
            let value: T = self.value();
            if is_legal(&value.to_text()) {
                return value;
            }
        }
        self.value()
    }
}

/// How often a legal text is looked for; numbers, booleans and timestamps are legal at once.
const TRIES: usize = 100;

/// Whether a header gives the text back: an item of a list may be empty or quoted, but no control may be in it.
fn is_header(text: &str) -> bool {
    !text.is_empty()
        && text.trim_matches([' ', '\t']).len() == text.len()
        && text.chars().all(|character| matches!(character, ' '..='~'))
}

/// Whether something optional is there, as a value of its own.
struct One;

impl Generate for One {
    fn generate(_source: &mut Source) -> Self {
        Self
    }
}

/// A type that a whole body or payload may be; an empty one would be absent.
pub trait Payload: Sized {
    /// Makes one up that is not empty.
    fn payload(source: &mut Source) -> Self;
}

impl Payload for Bytes {
    fn payload(source: &mut Source) -> Self {
        source.draw(&leaf::non_empty_bytes(), Self::from_static(b"x"))
    }
}

impl<T: Generate + FromText + ToText> Payload for T {
    fn payload(source: &mut Source) -> Self {
        source.text_of(&leaf::non_empty_string(), |text| !text.is_empty())
    }
}

impl Generate for String {
    fn generate(source: &mut Source) -> Self {
        source.draw(&leaf::string(), Self::new())
    }
}

impl Generate for bool {
    fn generate(source: &mut Source) -> Self {
        source.draw(&leaf::boolean(), false)
    }
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl Generate for $type {
            fn generate(source: &mut Source) -> Self {
                source.draw(&leaf::integer::<$type>(), 0)
            }
        }
    )*};
}

integers!(i8 i16 i32 i64);

impl Generate for Number {
    fn generate(source: &mut Source) -> Self {
        source.draw(&leaf::number(), Self::from(0.0))
    }
}

impl Generate for Blob {
    fn generate(source: &mut Source) -> Self {
        source.draw(&leaf::blob(), Self::default())
    }
}

impl Generate for Bytes {
    fn generate(source: &mut Source) -> Self {
        source.draw(&leaf::bytes(), Self::new())
    }
}

impl Generate for Document {
    fn generate(source: &mut Source) -> Self {
        source.document()
    }
}

impl<F: TimestampFormat> Generate for Timestamp<F> {
    fn generate(source: &mut Source) -> Self {
        loop {
            if let Ok(tree) = leaf::timestamp::<F>().new_tree(&mut source.runner) {
                return tree.current();
            }
        }
    }
}

/// `null` in a sparse list or map.
impl<T: Generate> Generate for Option<T> {
    fn generate(source: &mut Source) -> Self {
        source.member()
    }
}

impl<T: Generate> Generate for Box<T> {
    fn generate(source: &mut Source) -> Self {
        Self::new(source.value())
    }
}

impl<T: Generate> Generate for Vec<T> {
    fn generate(source: &mut Source) -> Self {
        let n_items = if source.is_rich() {
            source.choose(4)
        } else {
            0
        };
        (0..n_items).map(|_| source.value()).collect()
    }
}

impl<T: Generate> Generate for Map<T> {
    fn generate(source: &mut Source) -> Self {
        let n_entries = if source.is_rich() {
            source.choose(4)
        } else {
            0
        };
        (0..n_entries)
            .map(|_| (source.value(), source.value()))
            .collect()
    }
}
