//! Citations, and the search results they are taken from.

use generated::runtime::types;
use llm::Ext;
use llm::chat::{self, CitedText, Location, Span};
use rest_json::Document;

use super::media::{decode_citations_config, encode_citations_config};
use super::plain::{decode_ext, decode_json, encode_ext, encode_json};
use crate::error::{Error, need};

pub(super) fn decode_citations(block: types::CitationsContentBlock) -> chat::Citations {
    let types::CitationsContentBlock {
        content,
        citations,
        unknown,
    } = block;
    chat::Citations {
        content: content.map(|pieces| pieces.into_iter().map(decode_generated).collect()),
        citations: citations.map(|citations| citations.into_iter().map(decode_citation).collect()),
        ext: decode_ext(&unknown),
    }
}

pub(super) fn encode_citations(block: chat::Citations) -> types::CitationsContentBlock {
    let chat::Citations {
        content,
        citations,
        ext,
    } = block;
    types::CitationsContentBlock {
        content: content.map(|pieces| pieces.into_iter().map(encode_generated).collect()),
        citations: citations.map(|citations| citations.into_iter().map(encode_citation).collect()),
        unknown: encode_ext(&ext),
    }
}

fn decode_generated(piece: types::CitationGeneratedContent) -> CitedText {
    match piece {
        types::CitationGeneratedContent::Text(text) => said(text),
        types::CitationGeneratedContent::Unknown { member, value } => unsaid(&member, value),
    }
}

fn encode_generated(piece: CitedText) -> types::CitationGeneratedContent {
    match only(piece) {
        Ok(text) => types::CitationGeneratedContent::Text(text),
        Err((member, value)) => types::CitationGeneratedContent::Unknown { member, value },
    }
}

/// A piece of text, where the wire spells it as a union.
fn said(text: String) -> CitedText {
    CitedText {
        text: Some(text),
        ext: Ext::default(),
    }
}

/// A union member that is not text.
fn unsaid(member: &str, value: Document) -> CitedText {
    CitedText {
        text: None,
        ext: Ext(vec![(member.into(), decode_json(value))]),
    }
}

/// The one thing that a union can say of a piece: its text, or the member it has instead.
fn only(piece: CitedText) -> Result<String, (String, Document)> {
    let CitedText { text, ext } = piece;
    match (text, ext.0.into_iter().next()) {
        (Some(text), _) => Ok(text),
        (None, Some((member, value))) => Err((member.into(), encode_json(value))),
        (None, None) => Ok(String::new()),
    }
}

fn decode_citation(citation: types::Citation) -> chat::Citation {
    let types::Citation {
        title,
        source,
        source_content,
        location,
        unknown,
    } = citation;
    let decode = |piece| match piece {
        types::CitationSourceContent::Text(text) => said(text),
        types::CitationSourceContent::Unknown { member, value } => unsaid(&member, value),
    };
    chat::Citation {
        title,
        source,
        source_content: source_content.map(|pieces| pieces.into_iter().map(decode).collect()),
        location: location.map(decode_location),
        ext: decode_ext(&unknown),
    }
}

fn encode_citation(citation: chat::Citation) -> types::Citation {
    let chat::Citation {
        title,
        source,
        source_content,
        location,
        ext,
    } = citation;
    let encode = |piece| match only(piece) {
        Ok(text) => types::CitationSourceContent::Text(text),
        Err((member, value)) => types::CitationSourceContent::Unknown { member, value },
    };
    types::Citation {
        title,
        source,
        source_content: source_content.map(|pieces| pieces.into_iter().map(encode).collect()),
        location: location.map(encode_location),
        unknown: encode_ext(&ext),
    }
}

pub(super) fn decode_citation_delta(delta: types::CitationsDelta) -> chat::Citation {
    let types::CitationsDelta {
        title,
        source,
        source_content,
        location,
        unknown,
    } = delta;
    // The stream spells as a structure what the whole answer spells as a union.
    let decode = |piece: types::CitationSourceContentDelta| {
        let types::CitationSourceContentDelta { text, unknown } = piece;
        CitedText {
            text,
            ext: decode_ext(&unknown),
        }
    };
    chat::Citation {
        title,
        source,
        source_content: source_content.map(|pieces| pieces.into_iter().map(decode).collect()),
        location: location.map(decode_location),
        ext: decode_ext(&unknown),
    }
}

pub(super) fn encode_citation_delta(citation: chat::Citation) -> types::CitationsDelta {
    let chat::Citation {
        title,
        source,
        source_content,
        location,
        ext,
    } = citation;
    let encode = |CitedText { text, ext }: CitedText| types::CitationSourceContentDelta {
        text,
        unknown: encode_ext(&ext),
    };
    types::CitationsDelta {
        title,
        source,
        source_content: source_content.map(|pieces| pieces.into_iter().map(encode).collect()),
        location: location.map(encode_location),
        unknown: encode_ext(&ext),
    }
}

fn decode_location(location: types::CitationLocation) -> Location {
    match location {
        types::CitationLocation::Web(web) => {
            let types::WebLocation {
                url,
                domain,
                unknown,
            } = web;
            Location::Web(chat::Web {
                url,
                domain,
                ext: decode_ext(&unknown),
            })
        }
        types::CitationLocation::DocumentChar(span) => {
            let types::DocumentCharLocation {
                document_index,
                start,
                end,
                unknown,
            } = span;
            Location::DocumentChar(Span {
                index: document_index,
                start,
                end,
                ext: decode_ext(&unknown),
            })
        }
        types::CitationLocation::DocumentPage(span) => {
            let types::DocumentPageLocation {
                document_index,
                start,
                end,
                unknown,
            } = span;
            Location::DocumentPage(Span {
                index: document_index,
                start,
                end,
                ext: decode_ext(&unknown),
            })
        }
        types::CitationLocation::DocumentChunk(span) => {
            let types::DocumentChunkLocation {
                document_index,
                start,
                end,
                unknown,
            } = span;
            Location::DocumentChunk(Span {
                index: document_index,
                start,
                end,
                ext: decode_ext(&unknown),
            })
        }
        types::CitationLocation::SearchResultLocation(span) => {
            let types::SearchResultLocation {
                search_result_index,
                start,
                end,
                unknown,
            } = span;
            Location::SearchResult(Span {
                index: search_result_index,
                start,
                end,
                ext: decode_ext(&unknown),
            })
        }
        types::CitationLocation::Unknown { member, value } => Location::Unknown {
            member,
            raw: decode_json(value),
        },
    }
}

fn encode_location(location: Location) -> types::CitationLocation {
    match location {
        Location::Web(chat::Web { url, domain, ext }) => {
            types::CitationLocation::Web(types::WebLocation {
                url,
                domain,
                unknown: encode_ext(&ext),
            })
        }
        Location::DocumentChar(Span {
            index,
            start,
            end,
            ext,
        }) => types::CitationLocation::DocumentChar(types::DocumentCharLocation {
            document_index: index,
            start,
            end,
            unknown: encode_ext(&ext),
        }),
        Location::DocumentPage(Span {
            index,
            start,
            end,
            ext,
        }) => types::CitationLocation::DocumentPage(types::DocumentPageLocation {
            document_index: index,
            start,
            end,
            unknown: encode_ext(&ext),
        }),
        Location::DocumentChunk(Span {
            index,
            start,
            end,
            ext,
        }) => types::CitationLocation::DocumentChunk(types::DocumentChunkLocation {
            document_index: index,
            start,
            end,
            unknown: encode_ext(&ext),
        }),
        Location::SearchResult(Span {
            index,
            start,
            end,
            ext,
        }) => types::CitationLocation::SearchResultLocation(types::SearchResultLocation {
            search_result_index: index,
            start,
            end,
            unknown: encode_ext(&ext),
        }),
        Location::Unknown { member, raw } => types::CitationLocation::Unknown {
            member,
            value: encode_json(raw),
        },
    }
}

pub(super) fn decode_search_result(
    block: types::SearchResultBlock,
) -> Result<chat::SearchResult, Error> {
    let types::SearchResultBlock {
        source,
        title,
        content,
        citations,
        unknown,
    } = block;
    let pieces = need(content, "SearchResultBlock", "content")?
        .into_iter()
        .map(|piece| {
            let types::SearchResultContentBlock { text, unknown } = piece;
            Ok(chat::SearchText {
                text: need(text, "SearchResultContentBlock", "text")?,
                ext: decode_ext(&unknown),
            })
        });
    Ok(chat::SearchResult {
        source: need(source, "SearchResultBlock", "source")?,
        title: need(title, "SearchResultBlock", "title")?,
        content: pieces.collect::<Result<_, Error>>()?,
        citations: citations.map(decode_citations_config).transpose()?,
        ext: decode_ext(&unknown),
    })
}

pub(super) fn encode_search_result(result: chat::SearchResult) -> types::SearchResultBlock {
    let chat::SearchResult {
        source,
        title,
        content,
        citations,
        ext,
    } = result;
    let pieces =
        content.into_iter().map(
            |chat::SearchText { text, ext }| types::SearchResultContentBlock {
                text: Some(text),
                unknown: encode_ext(&ext),
            },
        );
    types::SearchResultBlock {
        source: Some(source),
        title: Some(title),
        content: Some(pieces.collect()),
        citations: citations.map(encode_citations_config),
        unknown: encode_ext(&ext),
    }
}
