//! Images, documents, videos and sounds.

use generated::runtime::types;
use llm::chat::{self, DocumentSource, DocumentText, Format, Src};
use rest_json::Document;

use super::plain::{decode_bytes, decode_ext, decode_json, encode_bytes, encode_ext, encode_json};
use crate::error::{Error, need};

/// The error that takes the place of media a model could not make.
type MediaError = (Option<String>, llm::Ext);

pub(super) fn decode_image(image: types::ImageBlock) -> Result<chat::Image, Error> {
    let types::ImageBlock {
        format,
        source,
        error,
        unknown,
    } = image;
    Ok(chat::Image {
        format: decode_format(need(format, "ImageBlock", "format")?.as_str()),
        source: decode_image_source(need(source, "ImageBlock", "source")?)?,
        error: error.map(decode_error),
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_image(image: chat::Image) -> types::ImageBlock {
    let chat::Image {
        format,
        source,
        error,
        ext,
    } = image;
    types::ImageBlock {
        format: Some(types::ImageFormat::from(format.as_str())),
        source: Some(encode_image_source(source)),
        error: error.map(encode_error),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_image_source(source: types::ImageSource) -> Result<Src, Error> {
    Ok(match source {
        types::ImageSource::Bytes(blob) => Src::Bytes(decode_bytes(&blob)),
        types::ImageSource::S3Location(location) => decode_object(location)?,
        types::ImageSource::Unknown { member, value } => Src::Unknown {
            member,
            raw: decode_json(value),
        },
    })
}

pub(super) fn encode_image_source(source: Src) -> types::ImageSource {
    match source {
        Src::Bytes(bytes) => types::ImageSource::Bytes(encode_bytes(&bytes)),
        Src::Url(url) => {
            let (member, value) = encode_url(&url);
            types::ImageSource::Unknown { member, value }
        }
        Src::Object { uri, owner, ext } => {
            types::ImageSource::S3Location(encode_object(uri, owner, &ext))
        }
        Src::Unknown { member, raw } => types::ImageSource::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

pub(super) fn decode_video(video: types::VideoBlock) -> Result<chat::Video, Error> {
    let types::VideoBlock {
        format,
        source,
        unknown,
    } = video;
    let source = match need(source, "VideoBlock", "source")? {
        types::VideoSource::Bytes(blob) => Src::Bytes(decode_bytes(&blob)),
        types::VideoSource::S3Location(location) => decode_object(location)?,
        types::VideoSource::Unknown { member, value } => Src::Unknown {
            member,
            raw: decode_json(value),
        },
    };
    let format = decode_format(need(format, "VideoBlock", "format")?.as_str());
    Ok(chat::Video {
        format,
        source,
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_video(video: chat::Video) -> types::VideoBlock {
    let chat::Video {
        format,
        source,
        ext,
    } = video;
    let source = match source {
        Src::Bytes(bytes) => types::VideoSource::Bytes(encode_bytes(&bytes)),
        Src::Url(url) => {
            let (member, value) = encode_url(&url);
            types::VideoSource::Unknown { member, value }
        }
        Src::Object { uri, owner, ext } => {
            types::VideoSource::S3Location(encode_object(uri, owner, &ext))
        }
        Src::Unknown { member, raw } => types::VideoSource::Unknown {
            member,
            value: encode_json(raw),
        },
    };
    types::VideoBlock {
        format: Some(types::VideoFormat::from(format.as_str())),
        source: Some(source),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_audio(audio: types::AudioBlock) -> Result<chat::Audio, Error> {
    let types::AudioBlock {
        format,
        source,
        error,
        unknown,
    } = audio;
    let source = match need(source, "AudioBlock", "source")? {
        types::AudioSource::Bytes(blob) => Src::Bytes(decode_bytes(&blob)),
        types::AudioSource::S3Location(location) => decode_object(location)?,
        types::AudioSource::Unknown { member, value } => Src::Unknown {
            member,
            raw: decode_json(value),
        },
    };
    let format = decode_format(need(format, "AudioBlock", "format")?.as_str());
    Ok(chat::Audio {
        format,
        source,
        error: error.map(decode_error),
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_audio(audio: chat::Audio) -> types::AudioBlock {
    let chat::Audio {
        format,
        source,
        error,
        ext,
    } = audio;
    let source = match source {
        Src::Bytes(bytes) => types::AudioSource::Bytes(encode_bytes(&bytes)),
        Src::Url(url) => {
            let (member, value) = encode_url(&url);
            types::AudioSource::Unknown { member, value }
        }
        Src::Object { uri, owner, ext } => {
            types::AudioSource::S3Location(encode_object(uri, owner, &ext))
        }
        Src::Unknown { member, raw } => types::AudioSource::Unknown {
            member,
            value: encode_json(raw),
        },
    };
    types::AudioBlock {
        format: Some(types::AudioFormat::from(format.as_str())),
        source: Some(source),
        error: error.map(encode_error),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_document(document: types::DocumentBlock) -> Result<chat::Document, Error> {
    let types::DocumentBlock {
        format,
        name,
        source,
        context,
        citations,
        unknown,
    } = document;
    let source = match need(source, "DocumentBlock", "source")? {
        types::DocumentSource::Bytes(blob) => DocumentSource::File(Src::Bytes(decode_bytes(&blob))),
        types::DocumentSource::S3Location(location) => {
            DocumentSource::File(decode_object(location)?)
        }
        types::DocumentSource::Text(text) => DocumentSource::Text(text),
        types::DocumentSource::Content(pieces) => {
            DocumentSource::Content(pieces.into_iter().map(decode_document_text).collect())
        }
        types::DocumentSource::Unknown { member, value } => DocumentSource::File(Src::Unknown {
            member,
            raw: decode_json(value),
        }),
    };
    Ok(chat::Document {
        format: format.map(|format| decode_format(format.as_str())),
        name: need(name, "DocumentBlock", "name")?,
        source,
        context,
        citations: citations.map(decode_citations_config).transpose()?,
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_document(document: chat::Document) -> types::DocumentBlock {
    let chat::Document {
        format,
        name,
        source,
        context,
        citations,
        ext,
    } = document;
    let source = match source {
        DocumentSource::File(Src::Bytes(bytes)) => {
            types::DocumentSource::Bytes(encode_bytes(&bytes))
        }
        DocumentSource::File(Src::Url(url)) => {
            let (member, value) = encode_url(&url);
            types::DocumentSource::Unknown { member, value }
        }
        DocumentSource::File(Src::Object { uri, owner, ext }) => {
            types::DocumentSource::S3Location(encode_object(uri, owner, &ext))
        }
        DocumentSource::File(Src::Unknown { member, raw }) => types::DocumentSource::Unknown {
            member,
            value: encode_json(raw),
        },
        DocumentSource::Text(text) => types::DocumentSource::Text(text),
        DocumentSource::Content(pieces) => {
            types::DocumentSource::Content(pieces.into_iter().map(encode_document_text).collect())
        }
    };
    types::DocumentBlock {
        format: format.map(|format| types::DocumentFormat::from(format.as_str())),
        name: Some(name),
        source: Some(source),
        context,
        citations: citations.map(encode_citations_config),
        unknown: encode_ext(&ext),
    }
}

fn decode_document_text(piece: types::DocumentContentBlock) -> DocumentText {
    match piece {
        types::DocumentContentBlock::Text(text) => DocumentText::Text(text),
        types::DocumentContentBlock::Unknown { member, value } => DocumentText::Unknown {
            member,
            raw: decode_json(value),
        },
    }
}

fn encode_document_text(piece: DocumentText) -> types::DocumentContentBlock {
    match piece {
        DocumentText::Text(text) => types::DocumentContentBlock::Text(text),
        DocumentText::Unknown { member, raw } => types::DocumentContentBlock::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

pub(super) fn decode_citations_config(
    config: types::CitationsConfig,
) -> Result<(bool, llm::Ext), Error> {
    let types::CitationsConfig { enabled, unknown } = config;
    Ok((
        need(enabled, "CitationsConfig", "enabled")?,
        decode_ext(&unknown),
    ))
}

pub(super) fn encode_citations_config((enabled, ext): (bool, llm::Ext)) -> types::CitationsConfig {
    types::CitationsConfig {
        enabled: Some(enabled),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_error(error: types::ErrorBlock) -> MediaError {
    let types::ErrorBlock { message, unknown } = error;
    (message, decode_ext(&unknown))
}

pub(super) fn encode_error((message, ext): MediaError) -> types::ErrorBlock {
    types::ErrorBlock {
        message,
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_format(format: &str) -> Format {
    Format(format.into())
}

fn decode_object(location: types::S3Location) -> Result<Src, Error> {
    let types::S3Location {
        uri,
        bucket_owner,
        unknown,
    } = location;
    Ok(Src::Object {
        uri: need(uri, "S3Location", "uri")?,
        owner: bucket_owner,
        ext: decode_ext(&unknown),
    })
}

/// An address on the web, which this format has no member for; the plan for a target of this format refuses it before.
pub(super) fn encode_url(url: &str) -> (String, Document) {
    ("url".to_owned(), Document::of(&url))
}

fn encode_object(uri: String, owner: Option<String>, ext: &llm::Ext) -> types::S3Location {
    types::S3Location {
        uri: Some(uri),
        bucket_owner: owner,
        unknown: encode_ext(ext),
    }
}
