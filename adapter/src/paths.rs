//! `additionalModelResponseFieldPaths`: JSON pointers into the reply in its family's own format, and what they hit.
//!
//! Values stay the text they came in. A reply that came from another family's model is written in the requested one's format
//! first, so a pointer hits what that format's encoder can fill and nothing else.

use bytes::Bytes;
use dialects::invoke::Format;
use dialects::{Error, Rendering, family};
use llm::chat::{Event, Family, Meta, Reply, Role, Stop, StopDetail};
use llm::{Ext, Json};
use rest_json::{DecodeError, Document, Reader, ToJson, Writer};

/// The pointers of one request, and whose format they point into.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    /// Each as its parts, unescaped.
    pointers: Vec<Vec<String>>,
    family: Option<Family>,
}

impl Paths {
    /// Takes pointers that are valid (RFC 6901).
    pub(crate) fn new(pointers: &[String], family: Option<Family>) -> Self {
        Self {
            pointers: pointers.iter().map(|pointer| parts(pointer)).collect(),
            family,
        }
    }

    /// What the pointers hit in a whole reply; none where they hit nothing.
    pub(crate) fn of_reply(&self, reply: &Reply, rendering: &Rendering) -> Option<Json> {
        if let Some(native) = &reply.native {
            return self.hits(&[native.as_str()]);
        }
        let body = self.format()?.encode_reply(reply, rendering);
        self.hits(&[std::str::from_utf8(&body).ok()?])
    }

    /// What the pointers hit in the format's own last events.
    pub(crate) fn of_native(&self, native: &Json) -> Option<Json> {
        self.hits(&[native.as_str()])
    }

    /// The same where nobody has kept those events: written anew from the end of the reply.
    pub(crate) fn of_end(&self, end: &End, meta: &Meta, rendering: Rendering) -> Option<Json> {
        let documents = end.render(self.format()?, meta, rendering).ok()?;
        let documents: Vec<&str> = documents
            .iter()
            .rev()
            .filter_map(|document| std::str::from_utf8(document).ok())
            .collect();
        self.hits(&documents)
    }

    /// Whether an end can be written anew.
    pub(crate) fn renders(&self) -> bool {
        self.format().is_some()
    }

    /// The format of the family, where one is known here.
    fn format(&self) -> Option<Format> {
        match self.family? {
            family::ANTHROPIC => Some(Format::Anthropic),
            family::OPENAI => Some(Format::OpenAiChat),
            // Nova's replies have no format here, Mistral's have two, and of the rest nothing is known.
            family::NOVA | family::MISTRAL | family::OTHER | Family(_) => None,
        }
    }

    /// An object that mirrors the pointers: for each the value in the first document that has it, and no member for the others.
    fn hits(&self, documents: &[&str]) -> Option<Json> {
        let mut root = Vec::new();
        for pointer in &self.pointers {
            let hit = documents.iter().find_map(|text| find(text, pointer));
            if let Some(value) = hit {
                put(&mut root, pointer, value);
            }
        }
        if root.is_empty() {
            return None;
        }
        Some(Json::from_text(
            Document::of(&Node::Object(root)).into_text(),
        ))
    }
}

/// The end of a streamed reply, held back until its cost is known.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) stop: Stop,
    pub(crate) detail: Option<StopDetail>,
    pub(crate) ext: Ext,
}

impl End {
    /// The documents that a reply of nothing but this end has in a format.
    fn render(
        &self,
        format: Format,
        meta: &Meta,
        rendering: Rendering,
    ) -> Result<Vec<Bytes>, Error> {
        let mut teller = format.teller(rendering);
        teller.push(Event::Start {
            role: Role::Assistant,
            ext: Ext::default(),
        })?;
        let mut documents = teller.push(self.clone().into_event())?;
        documents.extend(teller.push(Event::Meta(Box::new(meta.clone())))?);
        Ok(documents)
    }

    pub(crate) fn into_event(self) -> Event {
        Event::Stop {
            stop: self.stop,
            detail: self.detail,
            native: None,
            ext: self.ext,
        }
    }
}

/// The parts of a pointer. The empty pointer has none and means the whole, which no member could mirror.
fn parts(pointer: &str) -> Vec<String> {
    pointer
        .split('/')
        .skip(1)
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// The value that a pointer leads to. What is no JSON holds nothing.
fn find<'a>(text: &'a str, pointer: &[String]) -> Option<&'a str> {
    let mut at = text;
    for part in pointer {
        at = child(at, part).ok()??;
    }
    Some(at)
}

fn child<'a>(text: &'a str, part: &str) -> Result<Option<&'a str>, DecodeError> {
    let mut reader = Reader::of(text).for_answer();
    let mut found = None;
    if reader.at_object() {
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            let value = reader.raw()?;
            if key == part {
                found = Some(value);
            }
        }
    } else if reader.begin_list().is_ok() {
        let wanted = index(part);
        let mut at = 0_usize;
        while reader.next_item()? {
            let value = reader.raw()?;
            if wanted == Some(at) {
                found = Some(value);
            }
            at = at.saturating_add(1);
        }
    }
    Ok(found)
}

/// A place in a list: digits without a leading zero.
fn index(part: &str) -> Option<usize> {
    let is_canonical = part == "0" || !part.starts_with(['0', '+']);
    is_canonical.then(|| part.parse().ok())?
}

/// The object under construction.
enum Node<'a> {
    Value(&'a str),
    Object(Vec<(&'a str, Node<'a>)>),
}

/// Puts a value at its mirrored place. Of a place and one within it the outer holds both.
fn put<'a>(members: &mut Vec<(&'a str, Node<'a>)>, pointer: &'a [String], value: &'a str) {
    let Some((name, rest)) = pointer.split_first() else {
        return;
    };
    let n_members = members.len();
    let at = members.iter().position(|(known, _)| known == name);
    if at.is_none() {
        members.push((name, Node::Object(Vec::new())));
    }
    let Some((_, slot)) = members.get_mut(at.unwrap_or(n_members)) else {
        return;
    };
    if rest.is_empty() {
        *slot = Node::Value(value);
    } else if let Node::Object(inner) = slot {
        put(inner, rest, value);
    }
}

impl ToJson for Node<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Node::Value(text) => writer.raw(text),
            Node::Object(members) => {
                let mut map = writer.map();
                for (name, value) in members {
                    map.entry(name, value);
                }
                map.end();
            }
        }
    }
}
