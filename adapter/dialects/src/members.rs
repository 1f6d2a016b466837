//! Single members of a JSON object set or taken out, every other byte kept: numbers, key order and escapes stay as they came.
//!
//! Knows no format: which members those are is the formats' to say.

use std::borrow::Cow;

use rest_json::{DecodeError, Document, Reader};

/// What becomes of a member.
#[derive(Debug)]
pub(crate) enum Edit {
    /// It has this value, behind the other members where it was absent.
    Set(Document),
    /// It is taken out.
    Remove,
}

/// An object cut into its members, nothing of its text lost.
#[derive(Debug)]
pub(crate) struct Members<'a> {
    text: &'a str,
    members: Vec<Member<'a>>,
    /// Everything behind the last value; the whole text where there is none.
    end: &'a str,
}

#[derive(Debug)]
struct Member<'a> {
    name: Cow<'a, str>,
    /// Everything between the value before, or the beginning, and this value: comma, white space, name and colon.
    before: &'a str,
    value: &'a str,
}

impl<'a> Members<'a> {
    /// Cuts a text that is one JSON object.
    pub(crate) fn of(text: &'a str) -> Result<Self, DecodeError> {
        let mut reader = Reader::of(text);
        let mut members = Vec::new();
        let mut rest = text;
        reader.begin_object()?;
        while let Some(name) = reader.next_key()? {
            let value = reader.raw().map_err(|error| error.within_key(&name))?;
            // `value` is a part of `rest`, so the distance of their beginnings is its place.
            let begin = value.as_ptr().addr().saturating_sub(rest.as_ptr().addr());
            let before = rest.get(..begin).unwrap_or_default();
            let behind = begin.saturating_add(value.len());
            rest = rest.get(behind..).unwrap_or_default();
            members.push(Member {
                name,
                before,
                value,
            });
        }
        reader.finish()?;
        Ok(Self {
            text,
            members,
            end: rest,
        })
    }

    /// The value of that name; of several the last, which is the one that counts.
    pub(crate) fn last(&self, name: &str) -> Option<&'a str> {
        let mut members = self.members.iter().rev();
        let member = members.find(|member| member.name == name)?;
        Some(member.value)
    }

    /// The text with each named member edited. A member that is not there yet comes behind the others, in the order of the edits;
    /// one that stands twice is edited twice, since readers differ in which of the two they take.
    pub(crate) fn edited(&self, edits: &[(&str, Edit)]) -> String {
        const ROOM_BYTES: usize = 128;
        let mut text = String::with_capacity(self.text.len().saturating_add(ROOM_BYTES));
        for member in &self.members {
            let edit = edits.iter().find(|(name, _)| *name == member.name);
            let value = match edit {
                Some((_, Edit::Remove)) => continue,
                Some((_, Edit::Set(value))) => value.as_str(),
                None => member.value,
            };
            match member.before.trim_ascii_start().strip_prefix(',') {
                // The members before it are gone, and with them the comma.
                Some(name) if text.is_empty() => {
                    text.push('{');
                    text.push_str(name.trim_ascii_start());
                }
                Some(_) | None => text.push_str(member.before),
            }
            text.push_str(value);
        }
        let is_new = |name: &str| !self.members.iter().any(|member| member.name == name);
        for (name, edit) in edits {
            if let (Edit::Set(value), true) = (edit, is_new(name)) {
                text.push(if text.is_empty() { '{' } else { ',' });
                text.push_str(&format!("\"{name}\":{}", value.as_str()));
            }
        }
        if text.is_empty() {
            text.push('{');
        }
        let end = if self.members.is_empty() {
            // The whole text, whose first brace is there already.
            let end = self.end.trim_ascii_start();
            end.strip_prefix('{').unwrap_or(end)
        } else {
            self.end
        };
        text.push_str(end);
        text
    }
}
