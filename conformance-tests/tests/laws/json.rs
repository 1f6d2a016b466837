//! JSON as the service writes it, made along the model from a string of bytes: members sorted, and at every level something the model does not know.

use std::collections::BTreeMap;

use conformance_tests::model::{Member, Model};

/// Texts that any decoder that takes a number for a double, or sorts an object, would change.
pub(crate) const HARD: [&str; 12] = [
    "123456789012345678901234567890",
    "1.10",
    "0.9990000128746033",
    "9.5E-4",
    "-0.0",
    "1e400",
    r#"{"b":1.10,"a":[123456789012345678901234567890,{}],"b2":null}"#,
    r#"[0.9990000128746033,"\u00e9",null,[],{"":""}]"#,
    r#"{ "spaced" : [ 1 , 2 ] }"#,
    "\"quote \\\" and slash \\/\"",
    "{}",
    "true",
];

/// Names that sort before, between and after the model's.
const UNKNOWN_NAMES: [&str; 6] = ["Aaa", "_unknown", "metricsNew", "p", "zzz", "\u{e9}t\u{e9}"];

const STRINGS: [&str; 8] = [
    "",
    "text",
    "with \"quotes\", \\ and /",
    "line\nbreak\ttab\u{1}",
    "\u{2019} \u{65e5}\u{672c} \u{1f600}",
    "</script>",
    "a longer text that says nothing at all, twenty times over",
    "\u{7f}\u{2028}",
];

const NUMBERS: [&str; 9] = [
    "1",
    "1.0",
    "1.10",
    "0.75",
    "9.5E-4",
    "0.9990000128746033",
    "123456789012345678901234567890",
    "-3.8E-6",
    "\"NaN\"",
];

/// Structures and lists nest at most so deep; below, only what is small is written.
const DEPTH: usize = 7;

/// Writes JSON of the model's shapes; each choice takes a byte, and when none is left the smallest choice is made.
pub(crate) struct Wire<'a> {
    model: &'a Model,
    choices: std::slice::Iter<'a, u8>,
    /// How many members, values and union members were written that the model does not know.
    pub(crate) unknowns: usize,
}

impl<'a> Wire<'a> {
    pub(crate) fn new(model: &'a Model, choices: &'a [u8]) -> Self {
        Self {
            model,
            choices: choices.iter(),
            unknowns: 0,
        }
    }

    /// The JSON object of a structure, an unknown member or two in it.
    pub(crate) fn structure(&mut self, shape: &str, depth: usize) -> String {
        let members: Vec<Member<'a>> = self.model.body_members(shape).collect();
        let mut written = BTreeMap::new();
        for member in &members {
            if self.pick(3) > 0 && depth < DEPTH {
                written.insert(member.name.to_owned(), self.value(member.target, depth + 1));
            }
        }
        for _ in 0..self.pick(3) {
            let name = UNKNOWN_NAMES[self.pick(UNKNOWN_NAMES.len())];
            if members.iter().all(|member| member.name != name) {
                self.unknowns += 1;
                written.insert(name.to_owned(), self.hard());
            }
        }
        object(written.iter().map(|(name, value)| (name.as_str(), value)))
    }

    fn union(&mut self, shape: &str, depth: usize) -> String {
        let members: Vec<Member<'a>> = self.model.body_members(shape).collect();
        let choice = self.pick(members.len() + 1);
        match members.get(choice) {
            Some(member) if depth < DEPTH => {
                let value = self.value(member.target, depth + 1);
                object([(member.name, &value)].into_iter())
            }
            Some(_) | None => {
                self.unknowns += 1;
                // A null member would be no member at all.
                let value = self.hard();
                object([("notInTheModel", &value)].into_iter())
            }
        }
    }

    fn value(&mut self, shape: &str, depth: usize) -> String {
        let model = self.model;
        match model.kind(shape) {
            "structure" => self.structure(shape, depth),
            "union" => self.union(shape, depth),
            "list" => {
                let item = model.item(shape).unwrap();
                let items: Vec<String> = (0..self.count(depth))
                    .map(|_| self.value(item, depth + 1))
                    .collect();
                format!("[{}]", items.join(","))
            }
            "map" => {
                let value = model.map_value(shape).unwrap();
                // Maps keep the order they came in.
                let keys = ["z", "a", "\u{e9}", "__type"];
                let entries: Vec<(&str, String)> = (0..self.count(depth))
                    .filter_map(|index| keys.get(index))
                    .map(|key| (*key, self.value(value, depth + 1)))
                    .collect();
                object(entries.iter().map(|(key, value)| (*key, value)))
            }
            "enum" => {
                let values: Vec<&str> = model
                    .members(shape)
                    .filter_map(|member| member.smithy_trait("enumValue")?.as_str())
                    .collect();
                let choice = self.pick(values.len() + 1);
                let known = values.get(choice);
                self.unknowns += usize::from(known.is_none());
                quoted(known.unwrap_or(&"not in the model"))
            }
            "string" => quoted(STRINGS[self.pick(STRINGS.len())]),
            "blob" => quoted(["", "AA==", "aGk=", "////", "8J+YgA=="][self.pick(5)]),
            "boolean" => ["false", "true"][self.pick(2)].to_owned(),
            "integer" => ["0", "1", "-1", "2147483647", "-2147483648"][self.pick(5)].to_owned(),
            "long" => [
                "0",
                "7",
                "-1",
                "9223372036854775807",
                "-9223372036854775808",
            ][self.pick(5)]
            .to_owned(),
            "float" | "double" => NUMBERS[self.pick(NUMBERS.len())].to_owned(),
            "timestamp" => {
                assert_eq!(
                    model
                        .shape_trait(shape, "timestampFormat")
                        .and_then(|format| format.as_str()),
                    Some("date-time"),
                    "{shape}"
                );
                ["\"2026-01-01T00:00:00Z\"", "\"1969-12-31T23:59:59.5Z\""][self.pick(2)].to_owned()
            }
            "document" => self.hard(),
            other => panic!("{shape}: nothing is written for a {other}"),
        }
    }

    fn hard(&mut self) -> String {
        HARD[self.pick(HARD.len())].to_owned()
    }

    fn count(&mut self, depth: usize) -> usize {
        if depth < DEPTH { self.pick(4) } else { 0 }
    }

    /// A number below `bound`.
    fn pick(&mut self, bound: usize) -> usize {
        self.choices
            .next()
            .map_or(0, |byte| usize::from(*byte) % bound)
    }
}

fn object<'s>(entries: impl Iterator<Item = (&'s str, &'s String)>) -> String {
    let entries: Vec<String> = entries
        .map(|(name, value)| format!("{}:{value}", quoted(name)))
        .collect();
    format!("{{{}}}", entries.join(","))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}
