//! The parts of a message's content.
//!
//! A part that holds more than the neutral form can say, or says it in another way than here understood, is kept whole as
//! [`Block::Unknown`], named by its type.

use std::borrow::Cow;

use llm::chat::{
    Audio, Block, Document, DocumentSource, Format, Guard, GuardImage, GuardText, Image, Src,
};
use llm::{Ext, Json};
use rest_json::json::MapWriter;
use rest_json::{Blob, ToJson, Writer};

use super::cite::cited_text;
use super::data_url::{
    decode_data_url, decode_document_type, decode_image_type, encode_data_url, encode_document_type,
};
use super::raw::{Members, Raw, each, is_string, parse};
use crate::Error;

/// Reads content: one string, or a list of parts.
pub(super) fn decode_content(text: &str) -> Result<Vec<Block>, Error> {
    if is_string(text) {
        return Ok(vec![Block::Text(parse(text)?)]);
    }
    let mut blocks = Vec::new();
    each(text, |part| {
        blocks.push(decode_part(part)?);
        Ok(())
    })?;
    Ok(blocks)
}

fn decode_part(text: &str) -> Result<Block, Error> {
    let mut members = Members::of(text)?;
    let kind: String = members.need("type")?;
    let known = decode_known(&kind, members)?;
    Ok(known.unwrap_or_else(|| Block::Unknown {
        member: kind,
        raw: Json::from_text(text),
    }))
}

/// The part in the neutral form; none where that would lose something of it.
fn decode_known(kind: &str, mut members: Members<'_>) -> Result<Option<Block>, Error> {
    let block = match kind {
        "text" => Some(Block::Text(members.need("text")?)),
        // What the model refused with is text that it wrote.
        "refusal" => Some(Block::Text(members.need("refusal")?)),
        "image_url" => {
            let image = decode_image(members.need_text("image_url")?);
            image.map_err(|error| error.within("image_url"))?
        }
        "input_audio" => match members.need_text("input_audio")? {
            // Mistral's clients send the bare base64, without a format.
            text if is_string(text) => None,
            text => decode_audio(text).map_err(|error| error.within("input_audio"))?,
        },
        "file" => {
            let file = decode_file(members.need_text("file")?);
            file.map_err(|error| error.within("file"))?
        }
        _ => None,
    };
    Ok(block.filter(|_| members.is_spent()))
}

/// `{"url": "data:image/png;base64,..."}`, or an address on the web; Mistral's clients send the bare URL.
fn decode_image(text: &str) -> Result<Option<Block>, Error> {
    let (url, ext): (String, Ext) = if is_string(text) {
        (parse(text)?, Ext::default())
    } else {
        let mut members = Members::of(text)?;
        (members.need("url")?, members.rest())
    };
    let (format, source) = if is_web(&url) {
        // Nobody knows the format before it is fetched.
        (String::new(), Src::Url(url))
    } else {
        let decoded = decode_data_url(&url);
        let Some((media_type, bytes)) = decoded else {
            return Ok(None);
        };
        let Some(format) = decode_image_type(&media_type) else {
            return Ok(None);
        };
        (format.to_owned(), Src::Bytes(bytes))
    };
    Ok(Some(Block::Image(Image {
        format: Format(format.into()),
        source,
        error: None,
        ext,
    })))
}

fn decode_audio(text: &str) -> Result<Option<Block>, Error> {
    let mut members = Members::of(text)?;
    let data: String = members.need("data")?;
    let format: String = members.need("format")?;
    let Ok(blob) = Blob::from_base64(&data) else {
        return Ok(None);
    };
    Ok(Some(Block::Audio(Audio {
        format: Format(format.into()),
        source: Src::Bytes(blob.bytes().clone()),
        error: None,
        ext: members.rest(),
    })))
}

/// A file as a data URL, at an address (OpenRouter), or by the id of one that was uploaded before.
fn decode_file(text: &str) -> Result<Option<Block>, Error> {
    let mut members = Members::of(text)?;
    let name: Option<String> = members.value("filename")?;
    let data: Option<String> = members.value("file_data")?;
    let id = members.text("file_id");
    let (format, source) = match (data, id) {
        (Some(data), None) if is_web(&data) => (None, Src::Url(data)),
        (Some(data), None) => {
            let Some((media_type, bytes)) = decode_data_url(&data) else {
                return Ok(None);
            };
            let Some(format) = decode_document_type(&media_type) else {
                return Ok(None);
            };
            (Some(format), Src::Bytes(bytes))
        }
        (None, Some(id)) => {
            let raw = Json::from_text(id);
            let member = "file_id".to_owned();
            (None, Src::Unknown { member, raw })
        }
        (Some(_), Some(_)) | (None, None) => return Ok(None),
    };
    Ok(Some(Block::Document(Document {
        format: format.map(|format| Format(format.into())),
        name: name.unwrap_or_default(),
        source: DocumentSource::File(source),
        context: None,
        citations: None,
        ext: members.rest(),
    })))
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// One part to be written.
#[derive(Debug)]
pub(super) enum Part<'a> {
    Text(Cow<'a, str>),
    Image(&'a Format, &'a Src, &'a Ext),
    Audio(&'a Format, &'a Src, &'a Ext),
    File {
        format: Option<&'a Format>,
        name: &'a str,
        source: &'a Src,
        ext: &'a Ext,
    },
    Raw(&'a Json),
}

impl<'a> Part<'a> {
    /// The part that a block makes; none where it has none in this format, or is nobody's but another format's.
    pub(super) fn of(block: &'a Block, is_ours: bool) -> Option<Self> {
        match block {
            Block::Text(text) => Some(Part::Text(text.into())),
            Block::Image(image) => Part::of_image(image, is_ours),
            Block::Audio(audio) => {
                let Audio {
                    format,
                    source,
                    error,
                    ext,
                } = audio;
                let can_be_sent = matches!(source, Src::Bytes(_)) && error.is_none();
                can_be_sent.then_some(Part::Audio(format, source, ours(ext, is_ours)))
            }
            Block::Document(document) => Part::of_document(document, is_ours),
            Block::Citations(citations) => Some(Part::Text(cited_text(citations).into())),
            Block::Guard(Guard::Text(GuardText {
                text,
                qualifiers: _,
                ext: _,
            })) => Some(Part::Text(text.into())),
            Block::Guard(Guard::Image(GuardImage {
                format,
                source,
                ext,
            })) => has_url(source).then_some(Part::Image(format, source, ours(ext, is_ours))),
            Block::Unknown { member: _, raw } => is_ours.then_some(Part::Raw(raw)),
            // These stand beside the content, or the plan has said them in another way or refused them.
            Block::Video(_)
            | Block::ToolUse(_)
            | Block::ToolResult(_)
            | Block::Guard(Guard::Unknown { .. })
            | Block::CachePoint(_)
            | Block::Reasoning(_)
            | Block::SearchResult(_)
            | Block::ToolAddition { .. }
            | Block::ToolRemoval { .. } => None,
        }
    }
}

impl<'a> Part<'a> {
    /// The part of an image; none where its bytes are in a store that the target cannot read, or where there are none.
    pub(super) fn of_image(image: &'a Image, is_ours: bool) -> Option<Self> {
        let Image {
            format,
            source,
            error,
            ext,
        } = image;
        let can_be_sent = has_url(source) && error.is_none();
        can_be_sent.then_some(Part::Image(format, source, ours(ext, is_ours)))
    }

    /// The part of a file; none where the document is no file, or one that the target cannot read.
    pub(super) fn of_document(document: &'a Document, is_ours: bool) -> Option<Self> {
        let Document {
            format,
            name,
            source,
            context: _,
            citations: _,
            ext,
        } = document;
        let source = match source {
            DocumentSource::File(source) => source,
            DocumentSource::Text(_) | DocumentSource::Content(_) => return None,
        };
        let is_uploaded = is_ours && matches!(source, Src::Unknown { .. });
        (has_url(source) || is_uploaded).then_some(Part::File {
            format: format.as_ref(),
            name,
            source,
            ext: ours(ext, is_ours),
        })
    }

    /// The part's type.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Part::Text(_) => "text",
            Part::Image(..) => "image_url",
            Part::Audio(..) => "input_audio",
            Part::File { .. } => "file",
            Part::Raw(_) => "content",
        }
    }

    /// The text of a part that is text.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Part::Text(text) => Some(text),
            Part::Image(..) | Part::Audio(..) | Part::File { .. } | Part::Raw(_) => None,
        }
    }
}

impl Part<'_> {
    /// `{"type": kind, ...}`
    fn typed(&self, writer: &mut Writer, write: impl FnOnce(&mut MapWriter<'_>)) {
        let mut object = writer.map();
        object.entry("type", self.kind());
        write(&mut object);
        object.end();
    }
}

impl ToJson for Part<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Part::Text(text) => self.typed(writer, |object| object.entry("text", &**text)),
            Part::Image(format, source, ext) => self.typed(writer, |object| {
                let url = url(source, &format!("image/{}", format.as_str()));
                object.entry("image_url", &Inside(&[("url", Raw(&quoted(&url)))], ext));
            }),
            Part::Audio(format, source, ext) => self.typed(writer, |object| {
                let data = match source {
                    Src::Bytes(bytes) => Blob::from_bytes(bytes.clone()).to_base64(),
                    Src::Url(_) | Src::Object { .. } | Src::Unknown { .. } => String::new(),
                };
                let members = [
                    ("data", Raw(&quoted(&data))),
                    ("format", Raw(&quoted(format.as_str()))),
                ];
                object.entry("input_audio", &Inside(&members, ext));
            }),
            Part::File {
                format,
                name,
                source,
                ext,
            } => self.typed(writer, |object| {
                let media_type = encode_document_type(format.map(Format::as_str));
                let (member, value) = match source {
                    Src::Unknown { member, raw } => (member.as_str(), raw.as_str().to_owned()),
                    Src::Bytes(_) | Src::Url(_) | Src::Object { .. } => {
                        ("file_data", quoted(&url(source, media_type)))
                    }
                };
                let name = quoted(name);
                let members = [("filename", Raw(&name)), (member, Raw(&value))];
                // A name that is empty is one that nobody gave.
                let members = if name == "\"\"" {
                    members.get(1..)
                } else {
                    members.get(..)
                };
                object.entry("file", &Inside(members.unwrap_or_default(), ext));
            }),
            Part::Raw(raw) => writer.raw(raw.as_str()),
        }
    }
}

/// A JSON string.
fn quoted(text: &str) -> String {
    rest_json::Document::of(text).as_str().to_owned()
}

/// The object inside a part: its members, then those of the caller that this build does not know.
struct Inside<'a>(&'a [(&'a str, Raw<'a>)], &'a Ext);

impl ToJson for Inside<'_> {
    fn write(&self, writer: &mut Writer) {
        let Inside(members, ext) = self;
        let mut object = writer.map();
        for (name, value) in *members {
            object.entry(name, value);
        }
        write_ext(&mut object, ext);
        object.end();
    }
}

/// Writes the caller's unknown members.
pub(super) fn write_ext(object: &mut MapWriter<'_>, ext: &Ext) {
    for (name, value) in &ext.0 {
        object.entry(name, &Raw(value.as_str()));
    }
}

/// Unknown members are written to the format they came from and to no other.
pub(super) fn ours(ext: &Ext, is_ours: bool) -> &Ext {
    static NONE: Ext = Ext(Vec::new());
    if is_ours { ext } else { &NONE }
}

fn has_url(source: &Src) -> bool {
    match source {
        Src::Bytes(_) | Src::Url(_) => true,
        Src::Object { .. } | Src::Unknown { .. } => false,
    }
}

/// The data URL of bytes, or the address.
fn url(source: &Src, media_type: &str) -> String {
    match source {
        Src::Bytes(bytes) => encode_data_url(media_type, bytes),
        Src::Url(url) => url.clone(),
        Src::Object { .. } | Src::Unknown { .. } => String::new(),
    }
}
