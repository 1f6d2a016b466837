//! The tools that the model may call, and how it chooses among them.

use std::collections::HashSet;

use llm::chat::{CachePoint, Tool, ToolChoice, ToolSchema, ToolSet, ToolSpec};
use llm::{Ext, Json};

use super::cache::Marked;
use super::content::cache_point;
use super::names::takes_name;
use super::path::Path;
use super::turns::{Turn, called, uses_tools};
use super::{Act, Leaf, Planner, Verdict};

/// A tool on its way.
#[derive(Debug)]
pub(super) struct Offered {
    /// Its index in the request as it came.
    at: usize,
    tool: Tool,
}

impl Marked for Offered {
    fn point(&mut self) -> Option<&mut CachePoint> {
        match &mut self.tool {
            Tool::CachePoint(point) => Some(point),
            Tool::Spec(_) | Tool::System { .. } | Tool::Unknown { .. } => None,
        }
    }

    fn takes_mark(&self) -> bool {
        match &self.tool {
            Tool::Spec(_) | Tool::System { .. } | Tool::Unknown { .. } => true,
            Tool::CachePoint(_) => false,
        }
    }

    fn path(&self) -> String {
        let config = Path::REQUEST.member("toolConfig");
        let tools = config.member("tools");
        tools.index(self.at).member("cachePoint").to_string()
    }
}

/// Walks the tools and the choice among them. The tools are taken out of the set, since their cache points are still to be counted.
pub(super) fn read(
    planner: &mut Planner<'_>,
    tools: &mut Option<ToolSet>,
    turns: &[Turn],
) -> Vec<Offered> {
    let offered = walked(planner, tools, turns);
    let first = turns
        .iter()
        .flat_map(|turn| &turn.pieces)
        .find(|piece| called(piece).is_some());
    match first {
        Some(first)
            if tools.is_none()
                && planner.act(Leaf::ToolsAbsent, || first.path("toolUse")) == Act::Rewrite =>
        {
            *tools = Some(ToolSet::default());
            remembered(turns)
        }
        Some(_) | None => offered,
    }
}

/// The tools that were called before, of which no more than the name is known.
fn remembered(turns: &[Turn]) -> Vec<Offered> {
    let mut names = HashSet::new();
    turns
        .iter()
        .flat_map(|turn| &turn.pieces)
        .filter_map(called)
        .filter(|name| names.insert(*name))
        .enumerate()
        .map(|(at, name)| {
            let spec = ToolSpec {
                name: name.to_owned(),
                description: None,
                schema: ToolSchema::Json(Json::from_text(r#"{"type":"object"}"#)),
                strict: None,
                ext: Ext::default(),
            };
            let tool = Tool::Spec(spec);
            Offered { at, tool }
        })
        .collect()
}

fn walked(planner: &mut Planner<'_>, tools: &mut Option<ToolSet>, turns: &[Turn]) -> Vec<Offered> {
    let Some(ToolSet {
        items,
        choice,
        parallel,
        ext,
    }) = tools
    else {
        return Vec::new();
    };
    let config = Path::REQUEST.member("toolConfig");
    planner.members(ext, &config);
    let list = config.member("tools");
    let mut offered = Vec::with_capacity(items.len());
    for (at, item) in std::mem::take(items).into_iter().enumerate() {
        if let Some(tool) = tool(planner, item, &list.index(at)) {
            offered.push(Offered { at, tool });
        }
    }
    *choice = choice
        .take()
        .and_then(|wanted| self::choice(planner, wanted, &mut offered, turns, &config));
    if !offered.iter().any(Marked::takes_mark) {
        match choice {
            Some(ToolChoice::Any { .. } | ToolChoice::Tool { .. }) => {
                let path = config.member("toolChoice").to_string();
                planner.refuse(Leaf::ChoiceAny, path, "there is no tool to choose");
            }
            Some(
                ToolChoice::Auto { .. } | ToolChoice::None { .. } | ToolChoice::Unknown { .. },
            )
            | None => {}
        }
        *tools = None;
        return Vec::new();
    }
    if !self::parallel(planner, *parallel, choice, &config) {
        *parallel = None;
    }
    offered
}

/// The tools as they leave.
pub(super) fn write(tools: &mut Option<ToolSet>, offered: Vec<Offered>) {
    if let Some(set) = tools {
        set.items = offered.into_iter().map(|offered| offered.tool).collect();
    }
}

fn tool(planner: &mut Planner<'_>, tool: Tool, at: &Path<'_>) -> Option<Tool> {
    match tool {
        Tool::Spec(spec) => self::spec(planner, spec, &at.member("toolSpec")).map(Tool::Spec),
        Tool::System { name, mut ext } => {
            let at = at.member("systemTool");
            planner.keeps(Leaf::ToolSystem, &at).then(|| {
                planner.members(&mut ext, &at);
                Tool::System { name, ext }
            })
        }
        Tool::CachePoint(point) => {
            let at = at.member("cachePoint");
            cache_point(planner, Leaf::ToolCachePoint, point, &at).map(Tool::CachePoint)
        }
        Tool::Unknown { member, raw } => planner
            .keeps(Leaf::ToolUnknown, &at.member(&member))
            .then_some(Tool::Unknown { member, raw }),
    }
}

fn spec(planner: &mut Planner<'_>, mut spec: ToolSpec, at: &Path<'_>) -> Option<ToolSpec> {
    let ToolSpec {
        name,
        description,
        schema,
        strict,
        ext,
    } = &mut spec;
    if !planner.keeps(Leaf::ToolSpec, at) || !takes_name(planner, name, at) {
        return None;
    }
    description.take_if(|text| {
        text.is_empty() && !planner.keeps(Leaf::ToolDescriptionBlank, &at.member("description"))
    });
    match schema {
        ToolSchema::Json(_) => {}
        ToolSchema::Unknown { member, raw: _ } => {
            let at = at.member("inputSchema");
            if !planner.keeps(Leaf::ToolSchemaUnknown, &at.member(member)) {
                return None;
            }
        }
    }
    let stays = match strict {
        Some(true) => planner.keeps(Leaf::ToolStrict, &at.member("strict")),
        // What is not promised is only said where the format has a member for it.
        Some(false) => planner.target.verdict(Leaf::ToolStrict) == Verdict::Native,
        None => true,
    };
    if !stays {
        *strict = None;
    }
    planner.members(ext, at);
    Some(spec)
}

/// How the model chooses; may take tools away, which is the same to it as not being allowed to call them.
fn choice(
    planner: &mut Planner<'_>,
    choice: ToolChoice,
    offered: &mut Vec<Offered>,
    turns: &[Turn],
    at: &Path<'_>,
) -> Option<ToolChoice> {
    let at = at.member("toolChoice");
    match choice {
        ToolChoice::Auto { mut ext } => {
            let at = at.member("auto");
            planner.keeps(Leaf::ChoiceAuto, &at).then(|| {
                planner.members(&mut ext, &at);
                ToolChoice::Auto { ext }
            })
        }
        ToolChoice::Any { mut ext } => {
            let at = at.member("any");
            planner.keeps(Leaf::ChoiceAny, &at).then(|| {
                planner.members(&mut ext, &at);
                ToolChoice::Any { ext }
            })
        }
        ToolChoice::Tool { name, mut ext } => {
            let at = at.member("tool");
            let act = planner.act(Leaf::ChoiceTool, || at.to_string());
            if act == Act::Leave || !takes_name(planner, &name, &at) {
                return None;
            }
            planner.members(&mut ext, &at);
            if act == Act::Keep {
                return Some(ToolChoice::Tool { name, ext });
            }
            if !offered.iter().any(|offered| is_named(&offered.tool, &name)) {
                planner.refuse(Leaf::ChoiceTool, at.to_string(), "no tool has that name");
                return None;
            }
            offered
                .retain_mut(|offered| offered.point().is_some() || is_named(&offered.tool, &name));
            planner
                .keeps(Leaf::ChoiceAny, &at)
                .then_some(ToolChoice::Any { ext })
        }
        ToolChoice::None { mut ext } => {
            let at = at.member("none");
            match planner.act(Leaf::ChoiceNone, || at.to_string()) {
                Act::Keep => {
                    planner.members(&mut ext, &at);
                    Some(ToolChoice::None { ext })
                }
                Act::Rewrite if uses_tools(turns) => {
                    // The tools explain what was called before.
                    planner.warn(at.to_string(), "dropped", "tools were called before");
                    None
                }
                Act::Rewrite => {
                    planner.members(&mut ext, &at);
                    offered.clear();
                    None
                }
                Act::Leave => None,
            }
        }
        ToolChoice::Unknown { member, raw } => planner
            .keeps(Leaf::ChoiceUnknown, &at.member(&member))
            .then_some(ToolChoice::Unknown { member, raw }),
    }
}

/// Whether there is a word about calls of several tools in one turn. Only that they are off is a word, and only where there may be
/// calls; formats say it of a choice, so there is one then.
fn parallel(
    planner: &mut Planner<'_>,
    parallel: Option<bool>,
    choice: &mut Option<ToolChoice>,
    at: &Path<'_>,
) -> bool {
    let calls_none = matches!(choice, Some(ToolChoice::None { .. }));
    if parallel != Some(false) || calls_none {
        return false;
    }
    let stays = planner.keeps(Leaf::SingleCall, &at.member("parallelToolCalls"));
    if stays && choice.is_none() {
        let ext = Ext::default();
        *choice = Some(ToolChoice::Auto { ext });
    }
    stays
}

fn is_named(tool: &Tool, wanted: &str) -> bool {
    match tool {
        Tool::Spec(spec) => spec.name == wanted,
        Tool::System { name, ext: _ } => name == wanted,
        Tool::CachePoint(_) | Tool::Unknown { .. } => false,
    }
}
