//! What a target makes of a request, decided before anything is sent: one walk for all targets, one table for each.
//!
//! The walk asks the target's table for a [`Verdict`] on every leaf of the neutral form that the request holds, and makes every
//! change in the neutral form itself: what leaves the plan is encoded without loss, and planning it again changes nothing.
//! The walk destructures the neutral form without `..` and the tables match [`Leaf`] without `_`, so a new member of the
//! neutral form stops the build until every target has decided.

mod arrange;
mod cache;
mod calls;
mod cite;
mod content;
mod document;
mod leaf;
mod media;
mod names;
mod path;
mod settings;
mod system;
mod target;
mod tools;
mod turns;

use llm::chat::Request;
use llm::{Ext, Plan, Reject, Warning};

use names::Titles;
use path::Path;

pub use leaf::Leaf;
pub use target::{Facts, Limits, Shape, Spelling, Spellings, Target, Verdict};

/// Plans a request for a target. Pure; planning the planned request again changes nothing.
///
/// A request that was read from the target's own format goes out as it came, and so is neither edited nor refused.
pub fn plan(target: &dyn Target, request: &Request) -> Plan {
    if request.dialect == Some(target.dialect()) {
        return Plan::default();
    }
    let mut edited = request.clone();
    let mut planner = Planner::new(target);
    planner.members(&mut edited.ext, &Path::REQUEST);
    conversation(&mut planner, &mut edited);
    settings::settings(&mut planner, &mut edited);
    Plan {
        request: (edited != *request).then_some(edited),
        warnings: planner.warnings,
        rejects: planner.rejects,
    }
}

/// Plans what the model reads and may do; the rest of the request is settings.
fn conversation(planner: &mut Planner<'_>, request: &mut Request) {
    let Request {
        system,
        messages,
        inference: _,
        tools,
        guardrail: _,
        extra: _,
        family: _,
        prompt_variables: _,
        response_paths: _,
        metadata: _,
        performance: _,
        tier: _,
        output: _,
        dialect: _,
        ext: _,
    } = request;
    let has_messages = messages.is_some();
    let mut turns = turns::read(planner, messages.take().unwrap_or_default());
    let leading = turns::arrange(planner, &mut turns);
    let mut said = system::read(planner, system.take().unwrap_or_default(), leading);
    let mut offered = tools::read(planner, tools, &turns);
    cache::points(planner, &mut offered, &mut said, &mut turns);
    *system = system::write(said);
    *messages = has_messages.then(|| turns::write(turns));
    tools::write(tools, offered);
}

/// What a walk has found.
#[derive(Debug)]
struct Planner<'t> {
    target: &'t dyn Target,
    warnings: Vec<Warning>,
    rejects: Vec<Reject>,
    titles: Titles,
}

/// What becomes of one leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// It stays as it is.
    Keep,
    /// It is said in the other way that the walk knows for this leaf.
    Rewrite,
    /// It is left out.
    Leave,
}

impl<'t> Planner<'t> {
    fn new(target: &'t dyn Target) -> Self {
        Self {
            target,
            warnings: Vec::new(),
            rejects: Vec::new(),
            titles: Titles::default(),
        }
    }

    /// Asks the table, and notes what the caller ought to know. `path` is only made where there is something to say.
    fn act(&mut self, leaf: Leaf, path: impl FnOnce() -> String) -> Act {
        match self.target.verdict(leaf) {
            Verdict::Native => Act::Keep,
            Verdict::Exact(_) => Act::Rewrite,
            Verdict::Approximate(how) => {
                self.warn(path(), "approximated", how);
                Act::Rewrite
            }
            Verdict::Dropped(why) => {
                self.warn(path(), "dropped", why);
                Act::Leave
            }
            Verdict::Silent(_) => Act::Leave,
            Verdict::Refused(why) => {
                self.refuse(leaf, path(), why);
                Act::Leave
            }
        }
    }

    /// Asks the table about a leaf that is said in no other way: whether it stays.
    fn keeps(&mut self, leaf: Leaf, at: &Path<'_>) -> bool {
        self.act(leaf, || at.to_string()) != Act::Leave
    }

    /// Asks about each member that its own format knows and the neutral form does not, of what stands at that place.
    fn members(&mut self, ext: &mut Ext, at: &Path<'_>) {
        ext.0.retain(|(name, _)| {
            self.act(Leaf::UnknownMember, || at.member(name).to_string()) == Act::Keep
        });
    }

    /// Whether the walk says the leaf in words that the model can tell apart, rather than in the format's own.
    fn approximates(&self, leaf: Leaf) -> bool {
        matches!(self.target.verdict(leaf), Verdict::Approximate(_))
    }

    fn warn(&mut self, path: String, action: &'static str, why: &str) {
        let target = self.target.name();
        self.warnings.push(Warning {
            path,
            action,
            reason: if why.is_empty() {
                format!("target={target}")
            } else {
                format!("target={target}: {why}")
            },
        });
    }

    /// Refuses the request in the service's own words for that leaf; `why`, where there is one, follows the path.
    fn refuse(&mut self, leaf: Leaf, path: String, why: &str) {
        let path = if why.is_empty() {
            path
        } else {
            format!("{path}: {why}")
        };
        self.rejects.push(Reject {
            path,
            message: leaf.refusal(),
        });
    }
}
