//! The fields of a model family's own vocabulary: what has a place of its own in a request goes there, the rest stays as it
//! came where the target is of that family and is said in the target's words where it is not.

use llm::Json;
use llm::chat::{Family, Output, Request, Tier, ToolChoice};

use super::super::path::Path;
use super::super::{Act, Leaf, Planner};
use crate::family;
use crate::vocabulary::{self, Meaning, Reasoning, Term};

/// The fields, as far as they are planned.
#[derive(Debug)]
pub(super) struct Extra {
    /// As they came.
    source: Option<Json>,
    /// Whether the target is of the caller's family, so that what stays says what it says.
    own: bool,
    /// What stays; a place is empty where something was left out.
    terms: Vec<Option<Term>>,
    /// What is said anew, in the target's words.
    said: Vec<Meaning>,
}

impl Extra {
    /// Reads the fields of a request, and gives those that have a place of their own their place.
    pub(super) fn read(planner: &mut Planner<'_>, request: &mut Request) -> Self {
        let target = planner.target.family();
        let family = request.family.unwrap_or(target);
        let mut source = request.extra.take();
        let members = source.as_ref().map(vocabulary::members);
        if members == Some(None) {
            planner.refuse(Leaf::ExtraOwned, FIELDS.to_owned(), "it is no object");
        }
        let members = members.flatten().unwrap_or_default();
        let n_members = members.len();
        let members = once(planner, members);
        if members.len() < n_members {
            // What stays is no longer what came.
            source = None;
        }
        let mut extra = Self {
            source,
            own: family == target,
            terms: Vec::new(),
            said: Vec::new(),
        };
        for term in extra.terms_of(family, request, members) {
            let stays = extra.stays(planner, request, &term);
            extra.terms.push(stays.then_some(term));
        }
        extra
    }

    /// An `output_config` that says more than the neutral form has a place for stays whole, unless its place is taken.
    fn terms_of(
        &self,
        family: Family,
        request: &Request,
        members: Vec<(String, Json)>,
    ) -> Vec<Term> {
        let mut terms = Vec::new();
        for member in members {
            let (key, value) = member.clone();
            let read = vocabulary::read(family, vec![member]);
            let is_whole = self.own
                && request.output.is_none()
                && read.iter().any(|term| {
                    matches!(term.meaning, Meaning::OutputEffort(_) | Meaning::Text(_))
                })
                && read.iter().any(|term| term.meaning == Meaning::Other);
            if is_whole {
                terms.push(Term {
                    key,
                    inner: None,
                    value,
                    meaning: Meaning::Other,
                });
            } else {
                terms.extend(read);
            }
        }
        terms
    }

    /// Whether a term stays among the fields.
    fn stays(&mut self, planner: &mut Planner<'_>, request: &mut Request, term: &Term) -> bool {
        let leaf = match &term.meaning {
            Meaning::MaxTokens(tokens) => {
                let inference = request.inference.get_or_insert_default();
                return moved(planner, term, &mut inference.max_tokens, *tokens);
            }
            Meaning::Temperature(value) => {
                let inference = request.inference.get_or_insert_default();
                return moved(planner, term, &mut inference.temperature, value.clone());
            }
            Meaning::TopP(value) => {
                let inference = request.inference.get_or_insert_default();
                return moved(planner, term, &mut inference.top_p, value.clone());
            }
            Meaning::Stop(texts) => {
                let inference = request.inference.get_or_insert_default();
                return moved(planner, term, &mut inference.stop, texts.clone());
            }
            Meaning::Tier(kind) => {
                let tier = Tier {
                    kind: kind.clone(),
                    ext: Default::default(),
                };
                return moved(planner, term, &mut request.tier, tier);
            }
            Meaning::Text(format) => {
                let output = request.output.get_or_insert_default();
                return moved(planner, term, &mut output.text, format.clone());
            }
            Meaning::OutputEffort(level) => {
                let output = request.output.get_or_insert_default();
                return moved(planner, term, &mut output.effort, level.clone());
            }
            Meaning::Parallel(several) => return parallel(planner, request, term, *several),
            Meaning::Effort(_) if self.effort().is_some() => Leaf::ExtraConflict,
            Meaning::Reasoning(_, _) if self.reasoning().is_some() => Leaf::ExtraConflict,
            // Planned together, since one excludes another.
            Meaning::Effort(_) | Meaning::Reasoning(_, _) => return true,
            Meaning::AnyJson if self.own && promises(request) => Leaf::ExtraConflict,
            Meaning::AnyJson if self.own => Leaf::ExtraOwn,
            Meaning::AnyJson => Leaf::OutputUnknown,
            Meaning::TopK(_) => Leaf::TopK,
            Meaning::Seed(_) => Leaf::Seed,
            Meaning::FrequencyPenalty(_) | Meaning::PresencePenalty(_) => Leaf::Penalties,
            Meaning::LogitBias(_) => Leaf::LogitBias,
            Meaning::Logprobs(_, _) => Leaf::Logprobs,
            Meaning::Candidates(_) => Leaf::Candidates,
            Meaning::EndUser(_) => Leaf::EndUser,
            Meaning::Betas(_) => Leaf::Betas,
            Meaning::Owned => Leaf::ExtraOwned,
            Meaning::Nothing => return self.own,
            Meaning::Usual => return false,
            Meaning::Other if self.own => own(planner.target.family(), request, term),
            Meaning::Other => Leaf::ExtraForeign,
        };
        planner.act(leaf, || place(term)) != Act::Leave
    }

    /// What is said about reasoning, and where it stands among the terms.
    pub(super) fn reasoning(&self) -> Option<(usize, Reasoning, Option<Json>)> {
        let found = self.find(|meaning| {
            if let Meaning::Reasoning(reasoning, display) = meaning {
                Some((*reasoning, display.clone()))
            } else {
                None
            }
        });
        found.map(|(at, (reasoning, display))| (at, reasoning, display))
    }

    /// The level of reasoning that is asked for, and where it stands among the terms.
    pub(super) fn effort(&self) -> Option<(usize, String)> {
        self.find(|meaning| {
            if let Meaning::Effort(level) = meaning {
                Some(level.clone())
            } else {
                None
            }
        })
    }

    fn find<T>(&self, pick: impl Fn(&Meaning) -> Option<T>) -> Option<(usize, T)> {
        let mut terms = self.terms.iter().enumerate();
        terms.find_map(|(at, term)| Some((at, pick(&term.as_ref()?.meaning)?)))
    }

    /// Where a term stands, as callers know it.
    pub(super) fn place(&self, at: usize) -> String {
        let term = self.terms.get(at).and_then(Option::as_ref);
        term.map(place).unwrap_or_else(|| FIELDS.to_owned())
    }

    /// Leaves a term out.
    pub(super) fn leave(&mut self, at: usize) {
        if let Some(term) = self.terms.get_mut(at) {
            *term = None;
        }
    }

    /// Whether a member of that name stays.
    pub(super) fn has(&self, key: &str) -> bool {
        self.terms.iter().flatten().any(|term| term.key == key)
    }

    /// Says something in the target's words; where a member that stayed says it already, in the caller's words, that one wins.
    pub(super) fn say(&mut self, meaning: Meaning) {
        self.said.push(meaning);
    }

    /// Leaves out a top k.
    pub(super) fn leave_top_k(&mut self, planner: &mut Planner<'_>, why: &'static str) {
        let found = self.find(|meaning| matches!(meaning, Meaning::TopK(_)).then_some(()));
        if let Some((at, ())) = found {
            planner.warn(self.place(at), "dropped", why);
            self.leave(at);
        }
    }

    /// Puts what stays back into the request, in the target's vocabulary.
    pub(super) fn write(self, planner: &mut Planner<'_>, request: &mut Request) {
        let Self {
            source,
            own,
            terms,
            said,
        } = self;
        let target = planner.target.family();
        let stays = own && said.is_empty() && terms.iter().all(Option::is_some);
        if stays && source.is_some() && !terms.is_empty() {
            request.extra = source;
            return;
        }
        let mut members = Vec::new();
        for term in terms.into_iter().flatten() {
            if own {
                members.push((term.key, term.inner, term.value));
                continue;
            }
            match vocabulary::write(target, &term.meaning) {
                Some((key, inner, value)) => {
                    members.push((key.to_owned(), inner.map(str::to_owned), value));
                }
                // A table that takes what its vocabulary has no word for; it is lost all the same.
                None => {
                    planner.act(Leaf::ExtraForeign, || place(&term));
                }
            }
        }
        for meaning in said {
            if let Some((key, inner, value)) = vocabulary::write(target, &meaning) {
                let is_whole = |(known, inner, _): &(String, Option<String>, Json)| {
                    known == key && inner.is_none()
                };
                if !members.iter().any(is_whole) {
                    members.push((key.to_owned(), inner.map(str::to_owned), value));
                }
            }
        }
        let members = members
            .iter()
            .map(|(key, inner, value)| (key.as_str(), inner.as_deref(), value));
        request.extra = vocabulary::object(members);
        if request.extra.is_some() {
            request.family = Some(target);
        }
    }
}

const FIELDS: &str = "additionalModelRequestFields";

fn place(term: &Term) -> String {
    let fields = Path::REQUEST.member(FIELDS);
    let member = fields.member(&term.key);
    match &term.inner {
        Some(inner) => member.member(inner).to_string(),
        None => member.to_string(),
    }
}

/// Whether the request promises a form of the text in its own place.
fn promises(request: &Request) -> bool {
    let output = request.output.as_ref();
    output.is_some_and(|output| output.text.is_some())
}

/// A member of the target's own vocabulary that means nothing to others. Beside an `output_config` in the request's own place
/// there is no second one.
fn own(family: Family, request: &Request, term: &Term) -> Leaf {
    let output = request.output.as_ref();
    let is_taken = family == family::ANTHROPIC
        && term.key == "output_config"
        && output.is_some_and(|output| *output != Output::default());
    if is_taken {
        Leaf::ExtraConflict
    } else {
        Leaf::ExtraOwn
    }
}

/// The members by name, each once: of those that are there twice the last one counts, as it does to most readers of JSON.
fn once(planner: &mut Planner<'_>, members: Vec<(String, Json)>) -> Vec<(String, Json)> {
    let mut rest = members.into_iter();
    let mut once = Vec::new();
    while let Some((key, value)) = rest.next() {
        if rest.as_slice().iter().any(|(later, _)| *later == key) {
            let fields = Path::REQUEST.member(FIELDS);
            planner.act(Leaf::ExtraConflict, || fields.member(&key).to_string());
        } else {
            once.push((key, value));
        }
    }
    once
}

/// Gives a value its own place; what stands there already wins. Never stays among the fields.
fn moved<T: PartialEq>(
    planner: &mut Planner<'_>,
    term: &Term,
    place: &mut Option<T>,
    value: T,
) -> bool {
    match place {
        None => *place = Some(value),
        Some(known) if *known == value => {}
        Some(_) => {
            planner.act(Leaf::ExtraConflict, || self::place(term));
        }
    }
    false
}

/// Several calls a turn are what everybody gets, and where no tool is called there are none.
fn parallel(planner: &mut Planner<'_>, request: &mut Request, term: &Term, several: bool) -> bool {
    let Some(tools) = &mut request.tools else {
        return false;
    };
    let calls_none = matches!(tools.choice, Some(ToolChoice::None { ext: _ }));
    if several || calls_none || tools.parallel == Some(false) {
        return false;
    }
    if planner.act(Leaf::SingleCall, || place(term)) != Act::Leave {
        tools.parallel = Some(false);
        // Formats say it of a choice, so there is one then.
        tools.choice.get_or_insert(ToolChoice::Auto {
            ext: Default::default(),
        });
    }
    false
}
