//! What differs between two canonical models: operations, members, enum values and constraints, a line each.
//! A list or map is described where it is used, because its name is never on the wire and not every form keeps it.

mod facts;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use crate::{error::Result, model::Model};

use facts::{Attributes, Facts};

/// The lines of the difference; empty where there is none.
///
/// `+` is only in the new model, `-` only in the old one, `~` is in both with other attributes.
pub fn diff(old: &Model, new: &Model) -> Result<String> {
    let (old, new) = (Facts::of(old)?, Facts::of(new)?);
    let mut text = String::new();
    section(&mut text, "service", &old.service, &new.service);
    section(&mut text, "operations", &old.operations, &new.operations);
    section(&mut text, "shapes", &old.shapes, &new.shapes);
    Ok(text)
}

fn section(
    text: &mut String,
    title: &str,
    old: &BTreeMap<String, Attributes>,
    new: &BTreeMap<String, Attributes>,
) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let lines: Vec<String> = names
        .into_iter()
        .filter_map(|name| match (old.get(name), new.get(name)) {
            (None, Some(new)) => Some(format!("+ {name}{}", listed(new))),
            (Some(old), None) => Some(format!("- {name}{}", listed(old))),
            (Some(old), Some(new)) if old != new => Some(format!("~ {name}{}", changed(old, new))),
            (Some(_), Some(_)) | (None, None) => None,
        })
        .collect();
    if lines.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(title);
    text.push('\n');
    for line in lines {
        text.push_str("  ");
        text.push_str(&line);
        text.push('\n');
    }
}

fn listed(attributes: &Attributes) -> String {
    let mut text = String::new();
    for (n, (name, value)) in attributes.iter().enumerate() {
        text.push_str(if n == 0 { ": " } else { ", " });
        text.push_str(&attribute(name, value));
    }
    text
}

fn changed(old: &Attributes, new: &Attributes) -> String {
    let mut text = String::new();
    let mut part = |change: String| {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{}{change}",
            if text.is_empty() { ": " } else { "; " }
        );
    };
    for (name, value) in old {
        match new.get(name) {
            Some(now) if now != value && name == facts::TYPE => {
                part(format!("{} -> {}", shown(value), shown(now)));
            }
            None => part(format!("- {}", attribute(name, value))),
            Some(now) if now != value => part(format!("{name} {value} -> {now}")),
            Some(_) => {}
        }
    }
    for (name, value) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        part(format!("+ {}", attribute(name, value)));
    }
    text
}

/// A value that is on its own in a line.
fn shown(value: &str) -> &str {
    if value.is_empty() { "{}" } else { value }
}

fn attribute(name: &str, value: &str) -> String {
    match (name, value) {
        (facts::TYPE, value) => shown(value).to_owned(),
        (name, "") => name.to_owned(),
        (name, value) => format!("{name} {value}"),
    }
}
