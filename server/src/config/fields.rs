//! The entries of one map of a configuration, taken key by key, with a note of everything that is not as it should be.
//!
//! Knows the forms of values (a whole number in a range, one of some words, a reference to a secret) and no key by name.

use std::ops::RangeInclusive;

use http::Uri;

use super::SecretRef;
use super::problem::{Position, Problem};
use super::tree::{Key, Node, Value};

/// A likeness, from 0 to 1, from which on a known name is suggested for an unknown one.
const LIKE: f64 = 0.6;

/// The entries of one map; those that nobody took by [`close`](Fields::close) are unknown.
pub(super) struct Fields<'f> {
    what: &'static str,
    /// Where the map stands.
    pub(super) at: Position,
    /// The notes, of this map and of all others.
    pub(super) found: &'f mut Vec<Problem>,
    entries: Vec<(Key, Node)>,
    known: Vec<&'static str>,
}

impl<'f> Fields<'f> {
    /// The entries of `node`, which problems call `what`. A node without a value is an empty map.
    pub(super) fn open(what: &'static str, node: Node, found: &'f mut Vec<Problem>) -> Self {
        let entries = match node.value {
            Value::Map(entries) => entries,
            Value::Null => Vec::new(),
            Value::Flag(_)
            | Value::Whole(_)
            | Value::OtherNumber
            | Value::Text(_)
            | Value::List(_) => {
                found.push(problem(
                    node.at,
                    format!("{what} must be a map of keys and values"),
                ));
                Vec::new()
            }
        };
        Self {
            what,
            at: node.at,
            found,
            entries,
            known: Vec::new(),
        }
    }

    /// The value of a key; one without a value counts as absent.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Node> {
        self.known.push(key);
        let place = self
            .entries
            .iter()
            .position(|(known, _)| known.name == key)?;
        let (_, node) = self.entries.swap_remove(place);
        match node.value {
            Value::Null => None,
            Value::Flag(_)
            | Value::Whole(_)
            | Value::OtherNumber
            | Value::Text(_)
            | Value::List(_)
            | Value::Map(_) => Some(node),
        }
    }

    /// The value of a key that has to be there.
    pub(super) fn required(&mut self, key: &'static str) -> Option<Node> {
        let node = self.take(key);
        if node.is_none() {
            self.note(self.at, format!("{} needs `{key}`", self.what));
        }
        node
    }

    /// A text that has to be there, and where it stands.
    pub(super) fn required_text(&mut self, key: &'static str) -> Option<(Position, String)> {
        let node = self.required(key)?;
        self.text(key, node)
    }

    /// A list; empty where the key is absent.
    pub(super) fn list(&mut self, key: &'static str) -> Vec<Node> {
        match self.take(key) {
            None => Vec::new(),
            Some(Node {
                value: Value::List(nodes),
                ..
            }) => nodes,
            Some(other) => {
                self.note(other.at, format!("`{key}` must be a list"));
                Vec::new()
            }
        }
    }

    /// A whole number in a range.
    pub(super) fn whole(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u64>,
        default: u64,
    ) -> u64 {
        self.optional_whole(key, range).unwrap_or(default)
    }

    /// A whole number in a range, for which there is no default.
    pub(super) fn optional_whole(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u64>,
    ) -> Option<u64> {
        let node = self.take(key)?;
        match node.value {
            Value::Whole(number) if range.contains(&number) => Some(number),
            Value::Null
            | Value::Flag(_)
            | Value::Whole(_)
            | Value::OtherNumber
            | Value::Text(_)
            | Value::List(_)
            | Value::Map(_) => {
                let (least, most) = range.into_inner();
                self.note(
                    node.at,
                    format!("`{key}` must be a whole number from {least} to {most}"),
                );
                None
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let node = self.take(key)?;
        match node.value {
            Value::Flag(flag) => Some(flag),
            Value::Null
            | Value::Whole(_)
            | Value::OtherNumber
            | Value::Text(_)
            | Value::List(_)
            | Value::Map(_) => {
                self.note(node.at, format!("`{key}` must be `true` or `false`"));
                None
            }
        }
    }

    /// One of some words, each of which stands for a value.
    pub(super) fn one_of<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let node = self.take(key)?;
        let choice = match &node.value {
            Value::Text(given) => choices.iter().find(|(name, _)| name == given),
            Value::Null
            | Value::Flag(_)
            | Value::Whole(_)
            | Value::OtherNumber
            | Value::List(_)
            | Value::Map(_) => None,
        };
        if choice.is_none() {
            let names: Vec<String> = choices
                .iter()
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            self.note(
                node.at,
                format!("`{key}` must be one of {}", names.join(", ")),
            );
        }
        choice.map(|(_, value)| *value)
    }

    /// The address of a service.
    pub(super) fn endpoint(&mut self, key: &'static str) -> Option<Uri> {
        let node = self.take(key)?;
        let (at, text) = self.text(key, node)?;
        let uri = text.parse::<Uri>().ok().filter(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some()
                && uri.query().is_none()
                // A password would stand before it, and secrets are never written here.
                && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
        });
        if uri.is_none() {
            self.note(
                at,
                format!("`{key}` must be an http or https address without a password and without a query"),
            );
        }
        uri
    }

    /// A reference to a secret. What stands there instead may be the secret, so it is not repeated.
    pub(super) fn secret(&mut self, key: &'static str) -> Option<SecretRef> {
        let node = self.take(key)?;
        let secret = match &node.value {
            Value::Text(text) => SecretRef::parse(text),
            Value::Null
            | Value::Flag(_)
            | Value::Whole(_)
            | Value::OtherNumber
            | Value::List(_)
            | Value::Map(_) => None,
        };
        if secret.is_none() {
            self.note(
                node.at,
                format!("`{key}` must be `env:NAME` or `file:PATH`: a secret is never written into the configuration"),
            );
        }
        secret
    }

    /// The text in a node, and where it stands.
    pub(super) fn text(&mut self, key: &str, node: Node) -> Option<(Position, String)> {
        match node.value {
            Value::Text(text) if !text.is_empty() => Some((node.at, text)),
            Value::Flag(_) | Value::Whole(_) | Value::OtherNumber => {
                self.note(node.at, format!("`{key}` must be a text: put it in quotes"));
                None
            }
            Value::Text(_) | Value::Null | Value::List(_) | Value::Map(_) => {
                self.note(node.at, format!("`{key}` must be a text that is not empty"));
                None
            }
        }
    }

    /// Notes a problem.
    pub(super) fn note(&mut self, at: Position, message: impl Into<String>) {
        self.found.push(problem(at, message));
    }

    /// Ends the map: what was not taken is unknown.
    pub(super) fn close(self) {
        for (key, _) in self.entries {
            let hint = suggestion(&key.name, self.known.iter().copied());
            self.found.push(problem(
                key.at,
                format!("{} has no key `{}`{hint}", self.what, key.name),
            ));
        }
    }
}

/// The known name that looks most like the given one, as the end of a sentence; nothing if none does.
pub(super) fn suggestion<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|name| (strsim::normalized_damerau_levenshtein(given, name), name))
        .filter(|(likeness, _)| *likeness >= LIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

fn problem(at: Position, message: impl Into<String>) -> Problem {
    Problem {
        at,
        message: message.into(),
    }
}
