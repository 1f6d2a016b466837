//! Images, documents and where their content is.

use llm::chat::{self, DocumentSource, DocumentText, Format, Src};
use rest_json::{Blob, DecodeError, FromJson, Reader};

use super::cache::CacheControl;
use super::plain::{decode_ext, kind_of, need, parse, raw, required, says_more};
use super::tree::{Object, Value};
use crate::wire::{OneOrMany, readable};

readable! {
    /// An image.
    Image {
        kind: "type" => String,
        source: "source" => ImageSource,
        cache_control: "cache_control" => CacheControl,
    }
}

readable! {
    /// A document.
    Paper {
        kind: "type" => String,
        source: "source" => PaperSource,
        title: "title" => String,
        context: "context" => String,
        citations: "citations" => Citable,
        cache_control: "cache_control" => CacheControl,
    }
}

readable! {
    /// Whether something may be cited.
    Citable {
        enabled: "enabled" => bool,
    }
}

readable! {
    /// A source that is bytes.
    Base64 {
        kind: "type" => String,
        media_type: "media_type" => String,
        data: "data" => Blob,
    }
}

readable! {
    /// A source that is text.
    Plain {
        kind: "type" => String,
        media_type: "media_type" => String,
        data: "data" => String,
    }
}

readable! {
    /// A source that is an address on the web.
    Address {
        kind: "type" => String,
        url: "url" => String,
    }
}

readable! {
    /// A source that is pieces of text.
    Pieces {
        kind: "type" => String,
        content: "content" => OneOrMany<Piece>,
    }
}

readable! {
    /// A piece of text that says nothing but itself.
    Bare {
        kind: "type" => String,
        text: "text" => String,
    }
}

/// The format of a medium that does not say it, such as an image at an address.
const UNSAID: &str = "";

const IMAGE: &str = "image/";
const TEXT: &str = "text/plain";

/// The media types of files, and what the neutral form calls them. Anthropic takes the first; others are for servers that take
/// more.
const FILES: &[(&str, &str)] = &[
    ("application/pdf", "pdf"),
    (TEXT, "txt"),
    ("text/markdown", "md"),
    ("text/csv", "csv"),
    ("text/html", "html"),
    ("application/msword", "doc"),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "docx",
    ),
    ("application/vnd.ms-excel", "xls"),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
    ),
];

/// Where an image is, and its format where the source says it. A source with a member that this build does not know is unknown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ImageSource(Format, Src);

impl FromJson for ImageSource {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = reader.raw()?;
        let kind = need(kind_of(text)?, required!("type"))?;
        let known = match kind.as_str() {
            "base64" => bytes(text)?.and_then(|(media_type, data)| {
                let format = media_type.strip_prefix(IMAGE)?;
                Some((format.to_owned(), Src::Bytes(data.bytes().clone())))
            }),
            "url" => address(text)?.map(|url| (UNSAID.to_owned(), Src::Url(url))),
            _ => None,
        };
        let (format, source) = known.unwrap_or_else(|| {
            let raw = raw(text);
            (UNSAID.to_owned(), Src::Unknown { member: kind, raw })
        });
        Ok(Self(Format(format.into()), source))
    }
}

/// Where a document is, and its format where the source says it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PaperSource(Option<&'static str>, DocumentSource);

impl FromJson for PaperSource {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = reader.raw()?;
        let kind = need(kind_of(text)?, required!("type"))?;
        let known = match kind.as_str() {
            "base64" => bytes(text)?.and_then(|(media_type, data)| {
                let (_, format) = FILES.iter().find(|(known, _)| *known == media_type)?;
                let source = Src::Bytes(data.bytes().clone());
                Some((Some(*format), DocumentSource::File(source)))
            }),
            // Any text is `text/plain` here, so that says nothing of what it was.
            "text" => plain(text)?.map(|text| (None, DocumentSource::Text(text))),
            "url" => address(text)?.map(|url| (None, DocumentSource::File(Src::Url(url)))),
            "content" => pieces(text)?.map(|pieces| (None, DocumentSource::Content(pieces))),
            _ => None,
        };
        let (format, source) = known.unwrap_or_else(|| {
            let raw = raw(text);
            let source = Src::Unknown { member: kind, raw };
            (None, DocumentSource::File(source))
        });
        Ok(Self(format, source))
    }
}

fn bytes(text: &str) -> Result<Option<(String, Blob)>, DecodeError> {
    let Base64 {
        kind: _,
        media_type,
        data,
        unknown,
    } = parse(text)?;
    let media_type = need(media_type, required!("media_type"))?;
    let data = need(data, required!("data"))?;
    Ok((!says_more(&unknown)).then_some((media_type, data)))
}

fn plain(text: &str) -> Result<Option<String>, DecodeError> {
    let Plain {
        kind: _,
        media_type,
        data,
        unknown,
    } = parse(text)?;
    let is_plain = media_type.is_none_or(|media_type| media_type == TEXT);
    let data = need(data, required!("data"))?;
    Ok((is_plain && !says_more(&unknown)).then_some(data))
}

fn address(text: &str) -> Result<Option<String>, DecodeError> {
    let Address {
        kind: _,
        url,
        unknown,
    } = parse(text)?;
    let url = need(url, required!("url"))?;
    Ok((!says_more(&unknown)).then_some(url))
}

fn pieces(text: &str) -> Result<Option<Vec<DocumentText>>, DecodeError> {
    let Pieces {
        kind: _,
        content,
        unknown,
    } = parse(text)?;
    let pieces = match need(content, required!("content"))? {
        OneOrMany::One(text) => vec![DocumentText::Text(text)],
        OneOrMany::Many(pieces) => pieces.into_iter().map(|Piece(piece)| piece).collect(),
    };
    Ok((!says_more(&unknown)).then_some(pieces))
}

/// A piece of a document's content.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece(DocumentText);

impl FromJson for Piece {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = reader.raw()?;
        let kind = need(kind_of(text)?, required!("type"))?;
        if let Some(said) = bare_text(&kind, text)? {
            return Ok(Self(DocumentText::Text(said)));
        }
        let raw = raw(text);
        Ok(Self(DocumentText::Unknown { member: kind, raw }))
    }
}

/// The text of an object that is text and nothing else.
fn bare_text(kind: &str, object: &str) -> Result<Option<String>, DecodeError> {
    if kind != "text" {
        return Ok(None);
    }
    let Bare {
        kind: _,
        text,
        unknown,
    } = parse(object)?;
    let text = need(text, required!("text"))?;
    Ok((!says_more(&unknown)).then_some(text))
}

/// The image, and the mark on it.
pub(super) fn decode_image(
    image: Image,
) -> Result<(chat::Image, Option<CacheControl>), DecodeError> {
    let Image {
        kind: _,
        source,
        cache_control,
        unknown,
    } = image;
    let ImageSource(format, source) = need(source, required!("source"))?;
    let image = chat::Image {
        format,
        source,
        error: None,
        ext: decode_ext(&unknown),
    };
    Ok((image, cache_control))
}

/// None where this format has no form for it, which the plan has said before.
pub(super) fn encode_image(image: &chat::Image, own: bool) -> Option<Object<'_>> {
    let chat::Image {
        format,
        source,
        error,
        ext,
    } = image;
    let source: Value<'_> = match source {
        Src::Bytes(bytes) => {
            let media_type = format!("{IMAGE}{}", format.as_str());
            told_bytes(media_type, bytes)
        }
        Src::Url(url) => told_url(url),
        Src::Unknown { member: _, raw } if own => raw.into(),
        Src::Object { .. } | Src::Unknown { .. } => return None,
    };
    if error.is_some() {
        return None;
    }
    let object = Object::of_kind("image").with("source", source);
    Some(object.with_ext(ext, own))
}

/// The document, and the mark on it.
pub(super) fn decode_document(
    document: Paper,
) -> Result<(chat::Document, Option<CacheControl>), DecodeError> {
    let Paper {
        kind: _,
        source,
        title,
        context,
        citations,
        cache_control,
        unknown,
    } = document;
    let PaperSource(format, source) = need(source, required!("source"))?;
    let document = chat::Document {
        format: format.map(|format| Format(format.into())),
        name: title.unwrap_or_default(),
        source,
        context,
        citations: citations.map(decode_citable),
        ext: decode_ext(&unknown),
    };
    Ok((document, cache_control))
}

/// None where this format has no form for it, which the plan has said before.
pub(super) fn encode_document(document: &chat::Document, own: bool) -> Option<Object<'_>> {
    let chat::Document {
        format,
        name,
        source,
        context,
        citations,
        ext,
    } = document;
    let source: Value<'_> = match source {
        DocumentSource::File(Src::Bytes(bytes)) => {
            let format = format.as_ref()?;
            let (media_type, _) = FILES.iter().find(|(_, name)| *name == format.as_str())?;
            told_bytes((*media_type).to_owned(), bytes)
        }
        DocumentSource::File(Src::Url(url)) => told_url(url),
        DocumentSource::File(Src::Unknown { member: _, raw }) if own => raw.into(),
        DocumentSource::File(Src::Object { .. } | Src::Unknown { .. }) => return None,
        DocumentSource::Text(text) => Object::of_kind("text")
            .with("media_type", TEXT)
            .with("data", text)
            .into(),
        DocumentSource::Content(pieces) => {
            let pieces: Vec<Value<'_>> = pieces
                .iter()
                .filter_map(|piece| match piece {
                    DocumentText::Text(text) => {
                        Some(Object::of_kind("text").with("text", text).into())
                    }
                    DocumentText::Unknown { member: _, raw } => own.then(|| raw.into()),
                })
                .collect();
            Object::of_kind("content").with("content", pieces).into()
        }
    };
    let object = Object::of_kind("document")
        .with("source", source)
        .with_some("title", Some(name).filter(|name| !name.is_empty()))
        .with_some("context", context.as_ref())
        .with_some(
            "citations",
            citations.as_ref().map(|set| encode_citable(set, own)),
        );
    Some(object.with_ext(ext, own))
}

fn told_bytes(media_type: String, bytes: &rest_json::Bytes) -> Value<'_> {
    Object::of_kind("base64")
        .with("media_type", media_type)
        .with("data", bytes)
        .into()
}

fn told_url(url: &str) -> Value<'_> {
    Object::of_kind("url").with("url", url).into()
}

/// A switch that does not say where it stands is off, as on the server.
pub(super) fn decode_citable(citable: Citable) -> (bool, llm::Ext) {
    let Citable { enabled, unknown } = citable;
    (enabled.unwrap_or_default(), decode_ext(&unknown))
}

pub(super) fn encode_citable((enabled, ext): &(bool, llm::Ext), own: bool) -> Object<'_> {
    Object::default()
        .with("enabled", *enabled)
        .with_ext(ext, own)
}
