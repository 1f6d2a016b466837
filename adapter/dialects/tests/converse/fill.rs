//! Makes generated values valid: every member that the model requires, and that the strategies left out, is put in.
//!
//! Works on the JSON along the committed model, so that what counts as required is the model's word and not the dialect's.

use std::fs;
use std::path::Path;

use generated::runtime::meta::SERVICE;
use rest_json::Reader;
use serde_json::Value;

/// The shapes of the runtime's model.
pub(crate) struct Filler {
    shapes: Value,
    namespace: &'static str,
}

impl Filler {
    pub(crate) fn new() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../model/bedrock-runtime.json");
        let ast: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let (namespace, _) = SERVICE.split_once('#').unwrap();
        Self {
            shapes: ast["shapes"].clone(),
            namespace,
        }
    }

    /// The JSON of the shape of that name, with what was required and absent.
    pub(crate) fn fill(&self, shape: &str, json: &[u8]) -> Vec<u8> {
        let id = format!("{}#{shape}", self.namespace);
        self.filled(&id, std::str::from_utf8(json).unwrap())
            .into_bytes()
    }

    /// The JSON of an event of the stream union `stream`.
    pub(crate) fn fill_event(&self, stream: &str, event: &str, json: &[u8]) -> Vec<u8> {
        let member = &self.shapes[format!("{}#{stream}", self.namespace)]["members"][event];
        match member["target"].as_str() {
            Some(target) => self
                .filled(target, std::str::from_utf8(json).unwrap())
                .into_bytes(),
            None => json.to_vec(),
        }
    }

    fn filled(&self, id: &str, json: &str) -> String {
        let shape = &self.shapes[id];
        match shape["type"].as_str() {
            Some("structure" | "union") => {
                let mut members = entries(json);
                for (name, value) in &mut members {
                    if let Some(target) = shape["members"][name.as_str()]["target"].as_str() {
                        *value = self.filled(target, value);
                    }
                }
                for (name, target) in self.required(shape) {
                    if !members.iter().any(|(known, _)| known == name) {
                        members.push((name.to_owned(), self.least(target)));
                    }
                }
                object(&members)
            }
            Some("list") => {
                let item = shape["member"]["target"].as_str().unwrap();
                let items: Vec<String> = items(json)
                    .iter()
                    .map(|value| self.filled(item, value))
                    .collect();
                format!("[{}]", items.join(","))
            }
            Some("map") => {
                let item = shape["value"]["target"].as_str().unwrap();
                let mut values = entries(json);
                for (_, value) in &mut values {
                    *value = self.filled(item, value);
                }
                object(&values)
            }
            _ => json.to_owned(),
        }
    }

    /// The required members of a structure that stand in its JSON.
    fn required<'a>(&self, shape: &'a Value) -> impl Iterator<Item = (&'a str, &'a str)> {
        let members = shape["members"].as_object();
        members
            .filter(|_| shape["type"] == "structure")
            .into_iter()
            .flatten()
            .filter(|(_, member)| {
                let traits = &member["traits"];
                traits.get("smithy.api#required").is_some()
                    && traits.get("smithy.api#httpLabel").is_none()
            })
            .map(|(name, member)| (name.as_str(), member["target"].as_str().unwrap()))
    }

    /// The least value of a shape.
    fn least(&self, id: &str) -> String {
        let shape = &self.shapes[id];
        let kind = shape["type"].as_str().unwrap_or(id);
        match kind {
            "structure" => self.filled(id, "{}"),
            "union" => {
                let members = shape["members"].as_object().unwrap();
                let (name, member) = members.iter().next().unwrap();
                let value = self.least(member["target"].as_str().unwrap());
                object(&[(name.clone(), value)])
            }
            "list" => "[]".to_owned(),
            "map" | "document" | "smithy.api#Document" => "{}".to_owned(),
            "enum" => {
                let members = shape["members"].as_object().unwrap();
                let member = members.values().next().unwrap();
                member["traits"]["smithy.api#enumValue"].to_string()
            }
            "boolean" | "smithy.api#Boolean" => "true".to_owned(),
            "integer" | "long" | "float" | "double" => "1".to_owned(),
            "smithy.api#Integer" | "smithy.api#Long" => "1".to_owned(),
            "smithy.api#Float" | "smithy.api#Double" => "1".to_owned(),
            "blob" | "smithy.api#Blob" => "\"AA==\"".to_owned(),
            "string" | "smithy.api#String" => "\"x\"".to_owned(),
            other => panic!("no least value of {id}, a {other}"),
        }
    }
}

fn entries(json: &str) -> Vec<(String, String)> {
    let mut reader = Reader::of(json);
    reader.begin_object().unwrap();
    let mut entries = Vec::new();
    while let Some(key) = reader.next_key().unwrap() {
        let key = key.into_owned();
        entries.push((key, reader.raw().unwrap().to_owned()));
    }
    entries
}

fn items(json: &str) -> Vec<String> {
    let mut reader = Reader::of(json);
    reader.begin_list().unwrap();
    let mut items = Vec::new();
    while reader.next_item().unwrap() {
        items.push(reader.raw().unwrap().to_owned());
    }
    items
}

fn object(members: &[(String, String)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
        .collect();
    format!("{{{}}}", members.join(","))
}
