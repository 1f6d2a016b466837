//! What an answer cites, and search results to cite from.

use llm::Ext;
use llm::chat::{self, CitedText, Location, SearchText, Span, Web};
use rest_json::{DecodeError, Document, FromJson, Reader};

use super::cache::CacheControl;
use super::media::{Citable, decode_citable, encode_citable};
use super::plain::{decode_ext, kind_of, need, parse, raw, required};
use super::tree::{Object, Value};
use crate::wire::readable;

readable! {
    /// One citation, of any kind.
    Citation {
        kind: "type" => String,
        cited_text: "cited_text" => String,
        document_index: "document_index" => i32,
        document_title: "document_title" => String,
        search_result_index: "search_result_index" => i32,
        start_char_index: "start_char_index" => i32,
        end_char_index: "end_char_index" => i32,
        start_page_number: "start_page_number" => i32,
        end_page_number: "end_page_number" => i32,
        start_block_index: "start_block_index" => i32,
        end_block_index: "end_block_index" => i32,
        source: "source" => String,
        title: "title" => String,
        url: "url" => String,
    }
}

readable! {
    /// A search result.
    Found {
        kind: "type" => String,
        source: "source" => String,
        title: "title" => String,
        content: "content" => Vec<FoundText>,
        citations: "citations" => Citable,
        cache_control: "cache_control" => CacheControl,
    }
}

readable! {
    /// A piece of a search result.
    FoundText {
        kind: "type" => String,
        text: "text" => String,
    }
}

const CHARS: &str = "char_location";
const PAGES: &str = "page_location";
const CHUNKS: &str = "content_block_location";
const RESULT: &str = "search_result_location";
const WEB: &str = "web_search_result_location";

/// A citation of a request: what this build does not know of it stays beside it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cited(pub(super) chat::Citation);

impl FromJson for Cited {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = reader.raw()?;
        let kind = need(kind_of(text)?, required!("type"))?;
        let citation: Citation = parse(text)?;
        let ext = decode_ext(&citation.unknown);
        let decoded = match decode_citation(citation) {
            Some(decoded) => chat::Citation { ext, ..decoded },
            None => chat::Citation {
                location: Some(Location::Unknown {
                    member: kind,
                    raw: raw(text),
                }),
                ..chat::Citation::default()
            },
        };
        Ok(Self(decoded))
    }
}

/// The citations of an answer. What this build does not know of them is the server's own and stays behind; citations that are not
/// what this format says cost themselves and not the text.
pub(super) fn decode_citations(citations: &Document) -> Vec<chat::Citation> {
    let citations: Vec<Citation> = citations.parse().unwrap_or_default();
    citations.into_iter().filter_map(decode_citation).collect()
}

/// One citation; none where this build does not know its kind.
pub(super) fn decode_citation(citation: Citation) -> Option<chat::Citation> {
    let Citation {
        kind,
        cited_text,
        document_index,
        document_title,
        search_result_index,
        start_char_index,
        end_char_index,
        start_page_number,
        end_page_number,
        start_block_index,
        end_block_index,
        source,
        title,
        url,
        unknown: _,
    } = citation;
    let span = |index, start, end| Span {
        index,
        start,
        end,
        ext: Ext::default(),
    };
    let (location, title, source) = match kind?.as_str() {
        CHARS => {
            let span = span(document_index, start_char_index, end_char_index);
            (Location::DocumentChar(span), document_title, None)
        }
        PAGES => {
            let span = span(document_index, start_page_number, end_page_number);
            (Location::DocumentPage(span), document_title, None)
        }
        CHUNKS => {
            let span = span(document_index, start_block_index, end_block_index);
            (Location::DocumentChunk(span), document_title, None)
        }
        RESULT => {
            let span = span(search_result_index, start_block_index, end_block_index);
            (Location::SearchResult(span), title, source)
        }
        WEB => {
            let web = Web {
                url,
                domain: None,
                ext: Ext::default(),
            };
            (Location::Web(web), title, None)
        }
        _ => return None,
    };
    let piece = |text| CitedText {
        text: Some(text),
        ext: Ext::default(),
    };
    Some(chat::Citation {
        title,
        source,
        source_content: cited_text.map(|text| vec![piece(text)]),
        location: Some(location),
        ext: Ext::default(),
    })
}

/// None where it does not say where it points, without which it means nothing here.
pub(super) fn encode_citation(citation: &chat::Citation, own: bool) -> Option<Value<'_>> {
    let chat::Citation {
        title,
        source,
        source_content,
        location,
        ext,
    } = citation;
    let spanned = |kind, (index, place), start, end, span: &'_ Span| {
        let Span {
            index: index_at,
            start: start_at,
            end: end_at,
            ext: _,
        } = span;
        Object::of_kind(kind)
            .with_some(index, *index_at)
            // Anthropic's API asks for it even where there is none.
            .with(place, title.as_ref().map_or(Value::Null, Value::from))
            .with_some(start, *start_at)
            .with_some(end, *end_at)
    };
    let of_document = ("document_index", "document_title");
    let object = match location.as_ref()? {
        Location::DocumentChar(span) => spanned(
            CHARS,
            of_document,
            "start_char_index",
            "end_char_index",
            span,
        ),
        Location::DocumentPage(span) => spanned(
            PAGES,
            of_document,
            "start_page_number",
            "end_page_number",
            span,
        ),
        Location::DocumentChunk(span) => spanned(
            CHUNKS,
            of_document,
            "start_block_index",
            "end_block_index",
            span,
        ),
        Location::SearchResult(span) => {
            let place = ("search_result_index", "title");
            spanned(RESULT, place, "start_block_index", "end_block_index", span)
                .with_some("source", source.as_ref())
        }
        Location::Web(Web {
            url,
            domain: _,
            ext: _,
        }) => Object::of_kind(WEB)
            .with_some("url", url.as_ref())
            .with_some("title", title.as_ref()),
        Location::Unknown { member: _, raw } => return own.then(|| raw.into()),
    };
    let cited = source_content.as_ref().map(|pieces| joined(pieces));
    Some(
        object
            .with_some("cited_text", cited)
            .with_ext(ext, own)
            .into(),
    )
}

/// Text in pieces, which are pieces of one text.
pub(super) fn joined(pieces: &[CitedText]) -> String {
    let pieces = pieces.iter().filter_map(|piece| piece.text.as_deref());
    pieces.collect()
}

/// The search result, and the mark on it.
pub(super) fn decode_search_result(
    result: Found,
) -> Result<(chat::SearchResult, Option<CacheControl>), DecodeError> {
    let Found {
        kind: _,
        source,
        title,
        content,
        citations,
        cache_control,
        unknown,
    } = result;
    let pieces = need(content, required!("content"))?;
    let mut content = Vec::with_capacity(pieces.len());
    for (at, piece) in pieces.into_iter().enumerate() {
        let FoundText {
            kind: _,
            text,
            unknown,
        } = piece;
        let text =
            need(text, required!("text")).map_err(|error| error.at_index(at).within("content"))?;
        content.push(SearchText {
            text,
            ext: decode_ext(&unknown),
        });
    }
    let result = chat::SearchResult {
        source: need(source, required!("source"))?,
        title: need(title, required!("title"))?,
        content,
        citations: citations.map(decode_citable),
        ext: decode_ext(&unknown),
    };
    Ok((result, cache_control))
}

pub(super) fn encode_search_result(result: &chat::SearchResult, own: bool) -> Object<'_> {
    let chat::SearchResult {
        source,
        title,
        content,
        citations,
        ext,
    } = result;
    let pieces: Vec<Object<'_>> = content
        .iter()
        .map(|SearchText { text, ext }| {
            Object::of_kind("text")
                .with("text", text)
                .with_ext(ext, own)
        })
        .collect();
    Object::of_kind("search_result")
        .with("source", source)
        .with("title", title)
        .with("content", pieces)
        .with_some(
            "citations",
            citations.as_ref().map(|set| encode_citable(set, own)),
        )
        .with_ext(ext, own)
}
