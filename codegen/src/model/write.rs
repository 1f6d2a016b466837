//! Writes the canonical text of a model: one thing a line, so that a change of the model reads as a small diff.

use serde_json::Value;

use super::{
    Model,
    id::ShapeId,
    shape::{Kind, Member, Operation, Resource, Service, Shape},
    traits::Traits,
};

pub(super) fn model(model: &Model) -> String {
    let mut text = Text::default();
    text.open('{');
    text.entry("smithy", &quoted(&model.version));
    if !model.metadata.is_empty() {
        text.entry(
            "metadata",
            &Value::Object(model.metadata.clone()).to_string(),
        );
    }
    text.key("shapes");
    text.open('{');
    for (id, shape) in &model.shapes {
        text.key(id.as_str());
        self::shape(&mut text, shape);
    }
    text.close('}');
    text.close('}');
    text.finish()
}

fn shape(text: &mut Text, shape: &Shape) {
    text.open('{');
    text.entry("type", &quoted(shape.kind.type_name()));
    match &shape.kind {
        Kind::Structure(members)
        | Kind::Union(members)
        | Kind::Enum(members)
        | Kind::IntEnum(members) => {
            text.key("members");
            text.open('{');
            for member in members {
                self::member(text, member);
            }
            text.close('}');
        }
        Kind::List(member) => self::member(text, member),
        Kind::Map { key, value } => {
            member(text, key);
            member(text, value);
        }
        Kind::Operation(operation) => self::operation(text, operation),
        Kind::Resource(resource) => self::resource(text, resource),
        Kind::Service(service) => self::service(text, service),
        Kind::Blob
        | Kind::Boolean
        | Kind::String
        | Kind::Byte
        | Kind::Short
        | Kind::Integer
        | Kind::Long
        | Kind::Float
        | Kind::Double
        | Kind::BigInteger
        | Kind::BigDecimal
        | Kind::Timestamp
        | Kind::Document => {}
    }
    traits(text, &shape.traits);
    text.close('}');
}

fn operation(text: &mut Text, operation: &Operation) {
    text.entry("input", &reference(&operation.input));
    text.entry("output", &reference(&operation.output));
    references(text, "errors", &operation.errors);
}

fn resource(text: &mut Text, resource: &Resource) {
    if !resource.identifiers.is_empty() {
        text.key("identifiers");
        text.open('{');
        for (name, id) in &resource.identifiers {
            text.entry(name, &reference(id));
        }
        text.close('}');
    }
    for (verb, id) in &resource.lifecycle {
        text.entry(verb, &reference(id));
    }
    references(text, "operations", &resource.operations);
    references(
        text,
        "collectionOperations",
        &resource.collection_operations,
    );
    references(text, "resources", &resource.resources);
}

fn service(text: &mut Text, service: &Service) {
    text.entry("version", &quoted(&service.version));
    references(text, "operations", &service.operations);
    references(text, "resources", &service.resources);
    references(text, "errors", &service.errors);
    if !service.rename.is_empty() {
        text.key("rename");
        text.open('{');
        for (id, name) in &service.rename {
            text.entry(id.as_str(), &quoted(name));
        }
        text.close('}');
    }
}

fn member(text: &mut Text, member: &Member) {
    if member.traits.is_empty() {
        text.entry(&member.name, &reference(&member.target));
        return;
    }
    text.key(&member.name);
    text.open('{');
    text.entry("target", &quoted(member.target.as_str()));
    traits(text, &member.traits);
    text.close('}');
}

fn traits(text: &mut Text, traits: &Traits) {
    if traits.is_empty() {
        return;
    }
    text.key("traits");
    text.open('{');
    for (id, value) in traits.iter() {
        text.entry(id, &value.to_string());
    }
    text.close('}');
}

fn references(text: &mut Text, key: &str, ids: &[ShapeId]) {
    if ids.is_empty() {
        return;
    }
    text.key(key);
    text.open('[');
    for id in ids {
        text.item(&reference(id));
    }
    text.close(']');
}

fn reference(id: &ShapeId) -> String {
    format!("{{ \"target\": {} }}", quoted(id.as_str()))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Lines of JSON with two spaces for each level.
#[derive(Default)]
struct Text {
    written: String,
    depth: usize,
    /// Whether a comma is due before the next entry.
    follows: bool,
    /// Whether a key stands before what is written next.
    after_key: bool,
}

impl Text {
    fn item(&mut self, value: &str) {
        self.start();
        self.written.push_str(value);
        self.follows = true;
    }

    fn key(&mut self, key: &str) {
        self.start();
        self.written.push_str(&quoted(key));
        self.written.push_str(": ");
        self.after_key = true;
    }

    fn entry(&mut self, key: &str, value: &str) {
        self.key(key);
        self.item(value);
    }

    fn open(&mut self, bracket: char) {
        self.start();
        self.written.push(bracket);
        self.depth += 1;
        self.follows = false;
    }

    fn close(&mut self, bracket: char) {
        self.depth -= 1;
        if self.follows {
            self.new_line();
        }
        self.written.push(bracket);
        self.follows = true;
    }

    fn start(&mut self) {
        if std::mem::take(&mut self.after_key) {
            return;
        }
        if self.follows {
            self.written.push(',');
        }
        if self.depth > 0 {
            self.new_line();
        }
    }

    fn new_line(&mut self) {
        self.written.push('\n');
        self.written.extend(std::iter::repeat_n("  ", self.depth));
    }

    fn finish(mut self) -> String {
        self.written.push('\n');
        self.written
    }
}
