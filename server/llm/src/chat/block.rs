//! What a turn is made of: text, media, tools, reasoning, citations.

use std::fmt;

use bytes::Bytes;

use crate::{Ext, Json};

/// One block of content; one variant for each member of the caller's union.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Text, possibly empty.
    Text(String),
    /// An image.
    Image(Image),
    /// A document.
    Document(Document),
    /// A video.
    Video(Video),
    /// A sound.
    Audio(Audio),
    /// The model calls a tool.
    ToolUse(ToolUse),
    /// A tool's answer.
    ToolResult(ToolResult),
    /// Content marked for the guardrail.
    Guard(Guard),
    /// The end of a cacheable prefix.
    CachePoint(CachePoint),
    /// The model's reasoning.
    Reasoning(Reasoning),
    /// Text with its citations.
    Citations(Citations),
    /// A search result to cite from.
    SearchResult(SearchResult),
    /// A tool becomes available from here on.
    ToolAddition {
        /// Which.
        tool: ToolReference,
        /// Unknown members.
        ext: Ext,
    },
    /// A tool is no longer available from here on.
    ToolRemoval {
        /// Which.
        tool: ToolReference,
        /// Unknown members.
        ext: Ext,
    },
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// Questions about one variant alone: every other one answers none, also those that are added later.
impl Block {
    /// The document that it is.
    pub fn document(&self) -> Option<&Document> {
        let Self::Document(document) = self else {
            return None;
        };
        Some(document)
    }

    /// The call that it is, whoever runs the tool.
    pub fn tool_use(&self) -> Option<&ToolUse> {
        let Self::ToolUse(call) = self else {
            return None;
        };
        Some(call)
    }

    /// The tool's answer that it is, whoever ran the tool.
    pub fn tool_result(&self) -> Option<&ToolResult> {
        let Self::ToolResult(result) = self else {
            return None;
        };
        Some(result)
    }
}

/// A media format by its wire name, such as `png` or `pdf`; open, since new ones appear.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Format(pub Box<str>);

impl Format {
    /// The wire name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where media bytes are.
#[derive(Clone, PartialEq)]
pub enum Src {
    /// Here, decoded.
    Bytes(Bytes),
    /// At an address on the web that the target fetches.
    Url(String),
    /// In an object store that the target can read.
    Object {
        /// The object's address.
        uri: String,
        /// The account that owns it.
        owner: Option<String>,
        /// Unknown members.
        ext: Ext,
    },
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

impl fmt::Debug for Src {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Src::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Src::Url(url) => write!(f, "Url({url})"),
            Src::Object { uri, .. } => write!(f, "Object({uri})"),
            Src::Unknown { member, .. } => write!(f, "Unknown({member})"),
        }
    }
}

/// An image.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Its format.
    pub format: Format,
    /// Its bytes.
    pub source: Src,
    /// Why it could not be made, where the model failed to.
    pub error: Option<(Option<String>, Ext)>,
    /// Unknown members.
    pub ext: Ext,
}

/// A document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its format; absent is not `txt`.
    pub format: Option<Format>,
    /// Its name as shown to the model.
    pub name: String,
    /// Its content.
    pub source: DocumentSource,
    /// What the model should know about it.
    pub context: Option<String>,
    /// Whether it may be cited.
    pub citations: Option<(bool, Ext)>,
    /// Unknown members.
    pub ext: Ext,
}

/// The content of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum DocumentSource {
    /// A file.
    File(Src),
    /// Plain text.
    Text(String),
    /// Pieces of text that are cited one by one.
    Content(Vec<DocumentText>),
}

/// One piece of a document's text.
#[derive(Clone, Debug, PartialEq)]
pub enum DocumentText {
    /// Text.
    Text(String),
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// A video.
#[derive(Clone, Debug, PartialEq)]
pub struct Video {
    /// Its format.
    pub format: Format,
    /// Its bytes.
    pub source: Src,
    /// Unknown members.
    pub ext: Ext,
}

/// A sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Its format.
    pub format: Format,
    /// Its bytes.
    pub source: Src,
    /// Why it could not be made, where the model failed to.
    pub error: Option<(Option<String>, Ext)>,
    /// Unknown members.
    pub ext: Ext,
}

/// The model calls a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolUse {
    /// The call's id, which the result repeats.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The input, verbatim.
    pub input: Json,
    /// Who runs it, where the wire says so.
    pub kind: Option<String>,
    /// Unknown members.
    pub ext: Ext,
}

/// A tool's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult {
    /// The call's id.
    pub id: String,
    /// What the tool said, in order.
    pub content: Vec<ToolResultItem>,
    /// Whether it succeeded.
    pub status: Option<ToolStatus>,
    /// What kind of result, where the wire says so.
    pub kind: Option<String>,
    /// Unknown members.
    pub ext: Ext,
}

/// Whether a tool succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ToolStatus {
    /// It did.
    Success,
    /// It did not.
    Error,
    /// A value this build does not know.
    Other(String),
}

/// One piece of a tool's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolResultItem {
    /// JSON, verbatim.
    Json(Json),
    /// Text.
    Text(String),
    /// An image.
    Image(Image),
    /// A document.
    Document(Document),
    /// A video.
    Video(Video),
    /// A search result.
    SearchResult(SearchResult),
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// The model's reasoning.
#[derive(Clone, Debug, PartialEq)]
pub enum Reasoning {
    /// Readable.
    Text {
        /// The text.
        text: String,
        /// The issuer's seal on it.
        signature: Option<String>,
        /// Unknown members.
        ext: Ext,
    },
    /// Sealed.
    Redacted(Bytes),
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// Content marked for the guardrail.
#[derive(Clone, Debug, PartialEq)]
pub enum Guard {
    /// Text.
    Text(GuardText),
    /// An image.
    Image(GuardImage),
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// Text marked for the guardrail.
#[derive(Clone, Debug, PartialEq)]
pub struct GuardText {
    /// The text.
    pub text: String,
    /// What it is to the guardrail.
    pub qualifiers: Option<Vec<String>>,
    /// Unknown members.
    pub ext: Ext,
}

/// An image marked for the guardrail.
#[derive(Clone, Debug, PartialEq)]
pub struct GuardImage {
    /// Its format.
    pub format: Format,
    /// Its bytes.
    pub source: Src,
    /// Unknown members.
    pub ext: Ext,
}

/// The end of a cacheable prefix.
#[derive(Clone, Debug, PartialEq)]
pub struct CachePoint {
    /// `default`, or a value this build does not know.
    pub kind: String,
    /// How long to keep it, such as `5m`.
    pub ttl: Option<String>,
    /// Unknown members.
    pub ext: Ext,
}

/// Text with its citations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Citations {
    /// The text, in pieces.
    pub content: Option<Vec<CitedText>>,
    /// What it cites.
    pub citations: Option<Vec<Citation>>,
    /// Unknown members.
    pub ext: Ext,
}

/// A piece of cited or citing text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CitedText {
    /// The text; absent where the piece is something this build does not know.
    pub text: Option<String>,
    /// Unknown members.
    pub ext: Ext,
}

/// One citation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Citation {
    /// The source's title.
    pub title: Option<String>,
    /// The source.
    pub source: Option<String>,
    /// The cited text.
    pub source_content: Option<Vec<CitedText>>,
    /// Where in the source.
    pub location: Option<Location>,
    /// Unknown members.
    pub ext: Ext,
}

/// Where in its source a citation points.
#[derive(Clone, Debug, PartialEq)]
pub enum Location {
    /// A web page.
    Web(Web),
    /// Characters of a document.
    DocumentChar(Span),
    /// Pages of a document.
    DocumentPage(Span),
    /// Chunks of a document.
    DocumentChunk(Span),
    /// Content of a search result.
    SearchResult(Span),
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// A web page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Web {
    /// Its address.
    pub url: Option<String>,
    /// Its domain.
    pub domain: Option<String>,
    /// Unknown members.
    pub ext: Ext,
}

/// A range within the nth source, counted from 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    /// Which source.
    pub index: Option<i32>,
    /// Where it begins.
    pub start: Option<i32>,
    /// Where it ends.
    pub end: Option<i32>,
    /// Unknown members.
    pub ext: Ext,
}

/// A search result to cite from.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchResult {
    /// Where it was found.
    pub source: String,
    /// Its title.
    pub title: String,
    /// Its text, in pieces.
    pub content: Vec<SearchText>,
    /// Whether it may be cited.
    pub citations: Option<(bool, Ext)>,
    /// Unknown members.
    pub ext: Ext,
}

/// A piece of a search result.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchText {
    /// The text.
    pub text: String,
    /// Unknown members.
    pub ext: Ext,
}

/// Names a tool that is added or removed in mid-conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolReference {
    /// What kind of tool.
    pub kind: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The server that offers it.
    pub server: Option<String>,
    /// Unknown members.
    pub ext: Ext,
}
