//! Whether two JSON bodies say the same, read along the Smithy model: the judge of the round trips of requests.
//!
//! Members of structures may stand in any order; typed numbers, strings and blobs are compared by value; lists and maps keep their order; documents, and members the model does not know, are compared as text.
//! It shares no code with the generator, so that a fault there cannot excuse itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::Model;

/// Every place at which two JSON bodies of the structure `shape` differ.
///
/// Each is `path: what differs`; none means that they say the same.
pub fn differences(model: &Model, shape: &str, left: &[u8], right: &[u8]) -> Vec<String> {
    let (Ok(left), Ok(right)) = (
        serde_json::from_slice::<Box<RawValue>>(left),
        serde_json::from_slice::<Box<RawValue>>(right),
    ) else {
        return vec!["one of the bodies is not JSON".to_owned()];
    };
    let mut judge = Judge {
        model,
        found: Vec::new(),
    };
    judge.compare(shape, "", &left, &right);
    judge.found
}

struct Judge<'m> {
    model: &'m Model,
    found: Vec<String>,
}

impl Judge<'_> {
    fn compare(&mut self, shape: &str, path: &str, left: &RawValue, right: &RawValue) {
        match self.model.kind(shape) {
            "structure" | "union" => self.compare_members(shape, path, left, right),
            "list" => self.compare_items(shape, path, left, right),
            "map" => self.compare_entries(shape, path, left, right),
            "float" | "double" => self.check::<f64>(path, left, right),
            "byte" | "short" | "integer" | "long" | "intenum" => {
                self.check::<i64>(path, left, right)
            }
            "boolean" => self.check::<bool>(path, left, right),
            "string" | "enum" | "blob" => self.check::<String>(path, left, right),
            "timestamp" => self.check::<Value>(path, left, right),
            "document" => self.compare_text(path, left, right),
            other => self
                .found
                .push(format!("{path}: no comparison for a {other}")),
        }
    }

    fn compare_members(&mut self, shape: &str, path: &str, left: &RawValue, right: &RawValue) {
        let (Some(left), Some(right)) = (
            self.parse::<Entries>(path, left),
            self.parse::<Entries>(path, right),
        ) else {
            return;
        };
        let members: BTreeMap<&str, &str> = self
            .model
            .body_members(shape)
            .map(|member| (member.name, member.target))
            .collect();
        let present = |entries: Entries| -> BTreeMap<String, Box<RawValue>> {
            // An explicit null means an absent member.
            entries
                .0
                .into_iter()
                .filter(|(name, value)| {
                    !(members.contains_key(name.as_str()) && value.get() == "null")
                })
                .collect()
        };
        let (left, right) = (present(left), present(right));
        let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for name in names {
            let path = format!("{path}.{name}");
            match (left.get(name), right.get(name), members.get(name.as_str())) {
                (Some(left), Some(right), Some(target)) => self.compare(target, &path, left, right),
                (Some(left), Some(right), None) => self.compare_text(&path, left, right),
                (Some(_), None, _) => self.found.push(format!("{path}: lost")),
                (None, _, _) => self.found.push(format!("{path}: added")),
            }
        }
    }

    fn compare_items(&mut self, shape: &str, path: &str, left: &RawValue, right: &RawValue) {
        let (Some(left), Some(right)) = (
            self.parse::<Vec<Box<RawValue>>>(path, left),
            self.parse::<Vec<Box<RawValue>>>(path, right),
        ) else {
            return;
        };
        if left.len() != right.len() {
            self.found.push(format!(
                "{path}: {} items became {}",
                left.len(),
                right.len()
            ));
        }
        let Some(item) = self.model.item(shape) else {
            return self.found.push(format!("{path}: the model has no item"));
        };
        for (index, (left, right)) in left.iter().zip(&right).enumerate() {
            self.compare_nullable(item, &format!("{path}.{index}"), left, right);
        }
    }

    fn compare_entries(&mut self, shape: &str, path: &str, left: &RawValue, right: &RawValue) {
        let (Some(left), Some(right)) = (
            self.parse::<Entries>(path, left),
            self.parse::<Entries>(path, right),
        ) else {
            return;
        };
        let keys = |entries: &Entries| {
            entries
                .0
                .iter()
                .map(|(key, _)| key.clone())
                .collect::<Vec<_>>()
        };
        if keys(&left) != keys(&right) {
            return self.found.push(format!(
                "{path}: keys {:?} became {:?}",
                keys(&left),
                keys(&right)
            ));
        }
        let Some(value) = self.model.map_value(shape) else {
            return self.found.push(format!("{path}: the model has no value"));
        };
        for ((key, left), (_, right)) in left.0.iter().zip(&right.0) {
            self.compare_nullable(value, &format!("{path}.{key}"), left, right);
        }
    }

    fn compare_nullable(&mut self, shape: &str, path: &str, left: &RawValue, right: &RawValue) {
        if left.get() == "null" || right.get() == "null" {
            self.compare_text(path, left, right);
        } else {
            self.compare(shape, path, left, right);
        }
    }

    fn check<'de, T: Deserialize<'de> + PartialEq>(
        &mut self,
        path: &str,
        left: &'de RawValue,
        right: &'de RawValue,
    ) {
        let (Some(a), Some(b)) = (self.parse::<T>(path, left), self.parse::<T>(path, right)) else {
            return;
        };
        if a != b {
            self.found.push(format!("{path}: {left} became {right}"));
        }
    }

    fn compare_text(&mut self, path: &str, left: &RawValue, right: &RawValue) {
        if left.get() != right.get() {
            self.found
                .push(format!("{path}: text {left} became {right}"));
        }
    }

    fn parse<'de, T: Deserialize<'de>>(&mut self, path: &str, value: &'de RawValue) -> Option<T> {
        let parsed = serde_json::from_str(value.get());
        parsed
            .map_err(|error| self.found.push(format!("{path}: {error}")))
            .ok()
    }
}

/// The entries of a JSON object in their order.
struct Entries(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Entries;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(left: &str, right: &str) -> Vec<String> {
        let shapes = serde_json::json!({
            "x#In": {"type": "structure", "members": {
                "id": {"target": "smithy.api#String", "traits": {"smithy.api#httpLabel": {}}},
                "number": {"target": "smithy.api#Float"},
                "text": {"target": "smithy.api#String"},
                "free": {"target": "x#Free"},
                "list": {"target": "x#List"},
                "map": {"target": "x#Map"}}},
            "x#Free": {"type": "document"},
            "x#List": {"type": "list", "member": {"target": "x#In"}},
            "x#Map": {"type": "map", "key": {"target": "smithy.api#String"}, "value": {"target": "smithy.api#Integer"}},
        });
        let model = Model::new(&serde_json::json!({"shapes": shapes})).unwrap();
        super::differences(&model, "x#In", left.as_bytes(), right.as_bytes())
    }

    #[test]
    fn order_spelling_and_null_are_free_at_modelled_levels() {
        let left = r#"{ "text": "\u00b0", "number": 1, "map": null, "list": [ {"text": "a", "number": 0.10} ] }"#;
        let right = r#"{"list":[{"number":0.1,"text":"a"}],"number":1.0,"text":"°"}"#;
        assert_eq!(differences(left, right), Vec::<String>::new());
    }

    #[test]
    fn documents_and_unknown_members_are_compared_as_text() {
        assert_eq!(
            differences(
                r#"{"free":{"b":1.10, "a":2}}"#,
                r#"{"free":{"b":1.10, "a":2}}"#
            ),
            Vec::<String>::new()
        );
        assert_eq!(
            differences(r#"{"free":{"b":1,"a":2}}"#, r#"{"free":{"a":2,"b":1}}"#).len(),
            1
        );
        assert_eq!(differences(r#"{"new":1.10}"#, r#"{"new":1.1}"#).len(), 1);
    }

    #[test]
    fn what_is_lost_added_or_changed_is_named() {
        assert_eq!(differences(r#"{"text":"a"}"#, "{}"), [".text: lost"]);
        assert_eq!(differences("{}", r#"{"id":"a"}"#), [".id: added"]);
        assert_eq!(
            differences(r#"{"list":[{"number":1}]}"#, r#"{"list":[{"number":2}]}"#),
            [".list.0.number: 1 became 2"]
        );
        assert_eq!(
            differences(r#"{"map":{"a":1,"b":2}}"#, r#"{"map":{"b":2,"a":1}}"#).len(),
            1
        );
    }
}
