//! How much a model reasons: not at all, as it likes, with a number of tokens or at a level, whichever of them the target takes.
//!
//! Thresholds between numbers and levels are the gateway's own: no provider documents any.

use llm::Json;
use llm::chat::{Output, Request};

use super::super::path::Path;
use super::super::{Act, Leaf, Planner, Verdict};
use super::extra::Extra;
use super::is_forced;
use crate::family;
use crate::vocabulary::{Meaning, Reasoning};

/// The levels in ascending order, and how many tokens stand for each where a model takes a number.
const LEVELS: [(&str, i64); 7] = [
    (OFF, LEAST_BUDGET),
    ("minimal", LEAST_BUDGET),
    ("low", 4_096),
    (USUAL, 16_384),
    ("high", 32_768),
    ("xhigh", 65_536),
    ("max", 65_536),
];

/// The level that is no reasoning at all.
const OFF: &str = "none";

/// The level for a model that cannot choose by itself.
const USUAL: &str = "medium";

/// The least number of tokens that models take.
const LEAST_BUDGET: i64 = 1_024;

/// Plans reasoning; whether the model is then told to reason.
pub(super) fn reasoning(
    planner: &mut Planner<'_>,
    request: &mut Request,
    extra: &mut Extra,
) -> bool {
    let mut wish = Wish::default();
    wish.read_level(planner, request, extra);
    wish.read_mode(planner, extra);
    wish.fit_level(planner, extra);
    wish.give_way(planner, request, extra);
    wish.fit_budget(planner, request);
    wish.write(request, extra)
}

/// What the caller wants, as far as it is planned.
#[derive(Debug, Default)]
struct Wish {
    mode: Option<Mode>,
    level: Option<Level>,
}

/// How to reason.
#[derive(Debug)]
struct Mode {
    reasoning: Reasoning,
    display: Option<Json>,
    place: String,
    /// The term that still says it; none where it must be said anew.
    term: Option<usize>,
}

/// How much effort to spend.
#[derive(Debug)]
struct Level {
    name: String,
    place: String,
    home: Home,
}

/// Where a level is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    /// In the request's own place for it.
    Output,
    /// In the term that came.
    Term(usize),
    /// In a term of the target's words.
    Said,
}

impl Wish {
    fn read_level(&mut self, planner: &mut Planner<'_>, request: &mut Request, extra: &mut Extra) {
        let typed = request
            .output
            .as_mut()
            .and_then(|output| output.effort.take());
        if let Some(name) = typed {
            let place = Path::REQUEST.member("outputConfig");
            let place = place.member("effort").to_string();
            let home = match planner.act(Leaf::OutputEffort, || place.clone()) {
                Act::Keep => Some(Home::Output),
                Act::Rewrite => Some(Home::Said),
                Act::Leave => None,
            };
            self.level = home.map(|home| Level { name, place, home });
        }
        let Some((at, name)) = extra.effort() else {
            return;
        };
        let place = extra.place(at);
        if let Some(level) = &self.level {
            if level.name != name {
                planner.act(Leaf::ExtraConflict, || place);
            }
            extra.leave(at);
            return;
        }
        match planner.act(Leaf::ReasoningEffort, || place.clone()) {
            Act::Keep => {
                let home = Home::Term(at);
                self.level = Some(Level { name, place, home });
                return;
            }
            Act::Rewrite if is_native(planner, Leaf::ReasoningAdaptive) => {
                self.mode = Some(Mode::anew(Reasoning::Adaptive, place.clone()));
                let home = home(planner);
                self.level = Some(Level { name, place, home });
            }
            Act::Rewrite => {
                self.mode = Some(Mode::anew(Reasoning::Budget(budget(&name)), place));
            }
            Act::Leave => {}
        }
        extra.leave(at);
    }

    fn read_mode(&mut self, planner: &mut Planner<'_>, extra: &mut Extra) {
        let Some((at, reasoning, display)) = extra.reasoning() else {
            return;
        };
        let place = extra.place(at);
        if display.is_some() && planner.target.family() != family::ANTHROPIC {
            planner.act(Leaf::ExtraForeign, || format!("{place}.display"));
        }
        let leaf = match reasoning {
            Reasoning::Off => Leaf::ReasoningOff,
            Reasoning::Adaptive => Leaf::ReasoningAdaptive,
            Reasoning::Budget(_) => Leaf::ReasoningBudget,
        };
        let mode = |reasoning| Mode {
            reasoning,
            display,
            place: place.clone(),
            term: None,
        };
        match planner.act(leaf, || place.clone()) {
            // Anthropic itself knows only one of the two names that Bedrock documents.
            Act::Keep if place.ends_with(".reasoning_config") => {
                self.mode = Some(mode(reasoning));
            }
            Act::Keep => {
                self.mode = Some(Mode {
                    term: Some(at),
                    ..mode(reasoning)
                });
                return;
            }
            Act::Rewrite => match reasoning {
                Reasoning::Off => {
                    let least = planner.target.facts().efforts.first();
                    self.suggest(planner, least.copied().unwrap_or(OFF), place);
                }
                Reasoning::Adaptive if is_native(planner, Leaf::ReasoningBudget) => {
                    let name = self.level.as_ref().map_or(USUAL, |level| &level.name);
                    self.mode = Some(mode(Reasoning::Budget(budget(name))));
                }
                Reasoning::Adaptive => self.suggest(planner, USUAL, place),
                Reasoning::Budget(tokens) => {
                    if is_native(planner, Leaf::ReasoningAdaptive) {
                        self.mode = Some(mode(Reasoning::Adaptive));
                    }
                    self.suggest(planner, nearest(tokens), place);
                }
            },
            Act::Leave => {}
        }
        extra.leave(at);
    }

    /// A level that stands for something else; one that the caller names itself wins.
    fn suggest(&mut self, planner: &Planner<'_>, name: &str, place: String) {
        self.level.get_or_insert_with(|| Level {
            name: name.to_owned(),
            place,
            home: home(planner),
        });
    }

    /// The nearest level that the target takes.
    fn fit_level(&mut self, planner: &mut Planner<'_>, extra: &mut Extra) {
        let known = planner.target.facts().efforts;
        let Some(level) = &mut self.level else {
            return;
        };
        let Some(rank) = rank(&level.name) else {
            return;
        };
        if known.is_empty() || known.contains(&level.name.as_str()) {
            return;
        }
        let mut reasoning = known.iter().filter(|name| **name != OFF).peekable();
        let lowest = reasoning.peek().copied();
        let below = reasoning
            .take_while(|name| self::rank(name) <= Some(rank))
            .last();
        let Some(nearest) = below.or(lowest) else {
            return;
        };
        let why = format!("as {nearest}: the nearest level that the target takes");
        planner.warn(level.place.clone(), "approximated", &why);
        level.name = (*nearest).to_owned();
        if let Home::Term(at) = level.home {
            extra.leave(at);
            level.home = Home::Said;
        }
    }

    /// A tool that must be called is promised, and reasoning is not.
    fn give_way(&mut self, planner: &mut Planner<'_>, request: &Request, extra: &mut Extra) {
        let excludes = planner.target.facts().strict_reasoning && is_forced(request);
        if let Some(mode) = self.mode.take_if(|mode| excludes && mode.reasons()) {
            let why = "a tool must be called and that excludes reasoning";
            planner.warn(mode.place, "dropped", why);
            if let Some(at) = mode.term {
                extra.leave(at);
            }
        }
    }

    /// A number of tokens that stands for something else leaves room for the answer.
    fn fit_budget(&mut self, planner: &mut Planner<'_>, request: &Request) {
        let limit = request
            .inference
            .as_ref()
            .and_then(|inference| inference.max_tokens);
        let Some(limit) = limit.or(planner.target.facts().max_tokens).map(i64::from) else {
            return;
        };
        let stands_for_a_level = |mode: &Mode| match mode {
            Mode {
                reasoning: Reasoning::Budget(tokens),
                term: None,
                display: _,
                place: _,
            } => Some(*tokens),
            Mode {
                reasoning: Reasoning::Off | Reasoning::Adaptive | Reasoning::Budget(_),
                term: _,
                display: _,
                place: _,
            } => None,
        };
        let Some(tokens) = self.mode.as_ref().and_then(stands_for_a_level) else {
            return;
        };
        if limit <= LEAST_BUDGET {
            if let Some(mode) = self.mode.take() {
                let why = "the reply is too short to reason before it";
                planner.warn(mode.place, "dropped", why);
            }
        } else if let Some(mode) = &mut self.mode {
            mode.reasoning = Reasoning::Budget(tokens.min(limit / 2).max(LEAST_BUDGET));
        }
    }

    /// Says what is planned; whether the model is told to reason.
    fn write(self, request: &mut Request, extra: &mut Extra) -> bool {
        let Self { mode, level } = self;
        let reasons = mode.as_ref().is_some_and(Mode::reasons);
        if let Some(Mode {
            reasoning,
            display,
            place: _,
            term: None,
        }) = mode
        {
            extra.say(Meaning::Reasoning(reasoning, display));
        }
        if let Some(Level {
            name,
            place: _,
            home,
        }) = level
        {
            match home {
                Home::Output if extra.has("output_config") => {
                    extra.say(Meaning::OutputEffort(name));
                }
                Home::Output => request.output.get_or_insert_default().effort = Some(name),
                Home::Said => extra.say(Meaning::Effort(name)),
                Home::Term(_) => {}
            }
        }
        request
            .output
            .take_if(|output| *output == Output::default());
        reasons
    }
}

impl Mode {
    fn anew(reasoning: Reasoning, place: String) -> Self {
        Self {
            reasoning,
            display: None,
            place,
            term: None,
        }
    }

    fn reasons(&self) -> bool {
        match self.reasoning {
            Reasoning::Off => false,
            Reasoning::Adaptive | Reasoning::Budget(_) => true,
        }
    }
}

fn is_native(planner: &Planner<'_>, leaf: Leaf) -> bool {
    planner.target.verdict(leaf) == Verdict::Native
}

/// Where the target says a level of effort.
fn home(planner: &Planner<'_>) -> Home {
    if is_native(planner, Leaf::OutputEffort) {
        Home::Output
    } else {
        Home::Said
    }
}

fn rank(name: &str) -> Option<usize> {
    LEVELS.iter().position(|(known, _)| *known == name)
}

fn budget(name: &str) -> i64 {
    let known = LEVELS.iter().find(|(known, _)| *known == name);
    known.map_or(16_384, |(_, tokens)| *tokens)
}

/// The level that a number of tokens comes nearest to.
fn nearest(tokens: i64) -> &'static str {
    match tokens {
        ..=4_096 => "low",
        4_097..=16_384 => USUAL,
        16_385.. => "high",
    }
}
