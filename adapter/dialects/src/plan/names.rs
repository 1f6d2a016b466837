//! Ids of calls and names of tools and documents, of which some targets take fewer than others.
//!
//! What takes the place of an id or a name follows from what was said before and from nothing else, so that calls and results
//! agree, and so do the requests of a conversation that grows: no cached prefix is lost.

use std::collections::{HashMap, HashSet};

use llm::chat::Format;

use super::path::Path;
use super::{Act, Leaf, Planner, Spelling};
use crate::ids::{letters, made_id};

/// The most characters in the title of a document.
const TITLE_MOST: usize = 200;

/// The id of a call, in the call itself and in its result.
pub(super) fn call_id(planner: &mut Planner<'_>, id: &mut String, at: &Path<'_>) {
    let Some(spelling) = planner.target.spellings().call_ids else {
        return;
    };
    if !spelling.fits(id)
        && planner.act(Leaf::CallIdOther, || at.member("toolUseId").to_string()) == Act::Rewrite
    {
        let made = made_id(&[id.as_str()]);
        *id = if spelling.fits(&made) {
            made
        } else {
            letters(&[id.as_str()], spelling.most)
        };
    }
}

/// The name of a tool that was called. One that is offered too is refused under that name, so the two cannot part.
pub(super) fn called_name(planner: &mut Planner<'_>, name: &mut String, at: &Path<'_>) {
    let Some(spelling) = planner.target.spellings().tool_names else {
        return;
    };
    if !spelling.fits(name)
        && planner.act(Leaf::CalledNameOther, || at.member("name").to_string()) == Act::Rewrite
    {
        *name = plain(name, spelling);
    }
}

/// Whether the target takes the name of a tool that may be called. There is no other name for it, since the caller must know the
/// tool again by the name that the model calls.
pub(super) fn takes_name(planner: &mut Planner<'_>, name: &str, at: &Path<'_>) -> bool {
    let spelling = planner.target.spellings().tool_names;
    spelling.is_none_or(|spelling| spelling.fits(name))
        || planner.keeps(Leaf::ToolNameOther, &at.member("name"))
}

/// The text with `_` for what may not stand in it, and cut to the length that is taken.
fn plain(text: &str, spelling: Spelling) -> String {
    let plain: String = text
        .chars()
        .map(|letter| if spelling.takes(letter) { letter } else { '_' })
        .take(spelling.most)
        .collect();
    if plain.is_empty() {
        "_".to_owned()
    } else {
        plain
    }
}

/// The name of a document.
pub(super) fn document_name(
    planner: &mut Planner<'_>,
    name: &mut String,
    format: Option<&Format>,
    at: &Path<'_>,
) {
    if !planner.target.spellings().document_names {
        return;
    }
    let at = at.member("name");
    if name.is_empty() {
        if planner.act(Leaf::DocumentUnnamed, || at.to_string()) == Act::Rewrite {
            *name = planner.titles.another("document");
        }
        return;
    }
    let stays = is_title(name) && planner.titles.take(name);
    if !stays && planner.act(Leaf::DocumentNameOther, || at.to_string()) == Act::Rewrite {
        *name = planner.titles.another(&title(name, format));
    }
}

/// The titles of the documents of a request, in small letters.
#[derive(Debug, Default)]
pub(super) struct Titles {
    taken: HashSet<String>,
    /// The last number behind each title that was wanted more than once, so that many of one name cost no more than others.
    numbers: HashMap<String, usize>,
}

impl Titles {
    /// Whether the title was still free; now it is taken.
    fn take(&mut self, title: &str) -> bool {
        self.taken.insert(title.to_ascii_lowercase())
    }

    /// The title, or the first of `title-2`, `title-3`, ... that is free.
    fn another(&mut self, title: &str) -> String {
        if self.take(title) {
            return title.to_owned();
        }
        let wanted = title.to_ascii_lowercase();
        let mut number = self.numbers.get(&wanted).copied().unwrap_or(1);
        loop {
            number = number.saturating_add(1);
            let behind = format!("-{number}");
            let length = TITLE_MOST.saturating_sub(behind.len());
            let numbered: String = title.chars().take(length).chain(behind.chars()).collect();
            if self.take(&numbered) {
                self.numbers.insert(wanted, number);
                return numbered;
            }
        }
    }
}

fn is_title(name: &str) -> bool {
    let length = name.chars().count();
    (1..=TITLE_MOST).contains(&length) && name.chars().all(may_title) && !name.contains("  ")
}

fn may_title(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, ' ' | '-' | '(' | ')' | '[' | ']')
}

/// The name with a space for whatever may not stand in a title, without the ending that the format says already.
fn title(name: &str, format: Option<&Format>) -> String {
    let name = format
        .and_then(|format| name.strip_suffix(format.as_str()))
        .and_then(|name| name.strip_suffix('.'))
        .unwrap_or(name);
    let words: Vec<&str> = name
        .split(|letter| letter == ' ' || !may_title(letter))
        .filter(|word| !word.is_empty())
        .collect();
    let title: String = words.join(" ").chars().take(TITLE_MOST).collect();
    if title.is_empty() {
        "document".to_owned()
    } else {
        title
    }
}
