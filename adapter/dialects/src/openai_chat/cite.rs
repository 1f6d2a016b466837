//! Web citations: `annotations` beside the text, and pieces of text with their citations in the neutral form.
//!
//! OpenAI's reference does not say what the offsets count; they are taken for characters (Unicode scalar values), and one that
//! does not fit the text costs the place and not the text.

use llm::Ext;
use llm::chat::{Block, Citation, Citations, CitedText, Location, Web};
use rest_json::{Document, ToJson};

use super::wire::{Count, Word};
use crate::wire::object;

object! {
    /// Something about a part of the text.
    Annotation {
        kind: "type" => Word,
        url_citation: "url_citation" => UrlCitation,
    }
}

object! {
    /// A web page that a part of the text cites.
    UrlCitation {
        start_index: "start_index" => Count,
        end_index: "end_index" => Count,
        title: "title" => Word,
        url: "url" => Word,
    }
}

/// The text in pieces: plain ones, and those that cite.
pub(super) fn decode_text(text: &str, annotations: Option<&Document>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut begin = 0;
    // Most answers come with an empty list.
    let citations = annotations.map(url_citations).unwrap_or_default();
    if !citations.is_empty() {
        let ends: Vec<usize> = text
            .char_indices()
            .map(|(place, _)| place)
            .chain([text.len()])
            .collect();
        let byte = |count: Option<Count>| {
            let n_chars = Count::of(count).and_then(|count| usize::try_from(count).ok());
            n_chars.and_then(|n_chars| ends.get(n_chars)).copied()
        };
        for citation in citations {
            let UrlCitation {
                start_index,
                end_index,
                title,
                url,
                unknown: _,
            } = citation;
            let citation = decode_citation(Word::of(title), Word::of(url));
            let place = byte(start_index).zip(byte(end_index));
            match (place, blocks.last_mut()) {
                // Another page for what was cited just before.
                (Some((_, until)), Some(Block::Citations(last))) if until <= begin => {
                    last.citations.get_or_insert_default().push(citation);
                }
                (Some((from, until)), _) if from.max(begin) < until => {
                    let from = from.max(begin);
                    push_text(&mut blocks, text.get(begin..from));
                    let cited = text.get(from..until).unwrap_or_default();
                    blocks.push(Block::Citations(cite(cited, citation)));
                    begin = until;
                }
                // Nothing of the text is cited: the page goes to a piece without text at the end.
                (Some(_) | None, _) => {
                    push_text(&mut blocks, text.get(begin..));
                    begin = text.len();
                    blocks.push(Block::Citations(cite("", citation)));
                }
            }
        }
    }
    push_text(&mut blocks, text.get(begin..));
    blocks
}

/// The citations in the order of the text. Annotations that are not what this format says cost the citations and not the text.
fn url_citations(annotations: &Document) -> Vec<UrlCitation> {
    let annotations: Vec<Annotation> = annotations.parse().unwrap_or_default();
    let mut citations: Vec<UrlCitation> = annotations
        .into_iter()
        .filter_map(|annotation| annotation.url_citation)
        .collect();
    citations.sort_by_key(|citation| {
        let begin = Count::of(citation.start_index);
        (begin.is_none(), begin, Count::of(citation.end_index))
    });
    citations
}

/// The citations of a piece of an answer, which are about what was said before.
pub(super) fn decode_annotations(annotations: &Document) -> Vec<Citation> {
    let citations = url_citations(annotations).into_iter();
    citations
        .map(|citation| decode_citation(Word::of(citation.title), Word::of(citation.url)))
        .collect()
}

fn push_text(blocks: &mut Vec<Block>, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        blocks.push(Block::Text(text.to_owned()));
    }
}

fn cite(text: &str, citation: Citation) -> Citations {
    let piece = CitedText {
        text: Some(text.to_owned()),
        ext: Ext::default(),
    };
    Citations {
        content: Some(vec![piece]),
        citations: Some(vec![citation]),
        ext: Ext::default(),
    }
}

fn decode_citation(title: Option<String>, url: Option<String>) -> Citation {
    let domain = url
        .as_deref()
        .and_then(|url| url.split_once("://"))
        .and_then(|(_, behind)| behind.split(['/', '?', '#']).next())
        .map(str::to_owned);
    Citation {
        title,
        location: Some(Location::Web(Web {
            url,
            domain,
            ext: Ext::default(),
        })),
        ..Citation::default()
    }
}

/// The text of a cited piece of an answer.
pub(super) fn cited_text(citations: &Citations) -> String {
    let Citations {
        content,
        citations: _,
        ext: _,
    } = citations;
    let pieces = content.iter().flatten();
    pieces.filter_map(|piece| piece.text.as_deref()).collect()
}

impl Annotation {
    /// A citation of what is said between these places; none where it is of no web page.
    pub(super) fn of(citation: &Citation, begin: i32, end: i32) -> Option<Self> {
        let Citation {
            title,
            source: _,
            source_content: _,
            location,
            ext: _,
        } = citation;
        let url = match location {
            Some(Location::Web(web)) => &web.url,
            Some(
                Location::DocumentChar(_)
                | Location::DocumentPage(_)
                | Location::DocumentChunk(_)
                | Location::SearchResult(_)
                | Location::Unknown { .. },
            )
            | None => return None,
        };
        Some(Self {
            kind: Some(Word(Some("url_citation".to_owned()))),
            url_citation: Some(UrlCitation {
                start_index: Some(Count(Some(begin))),
                end_index: Some(Count(Some(end))),
                title: title.clone().map(|title| Word(Some(title))),
                url: url.clone().map(|url| Word(Some(url))),
                ..UrlCitation::default()
            }),
            ..Self::default()
        })
    }
}

/// Collects the text of an answer, and which parts of it cite what.
#[derive(Debug, Default)]
pub(super) struct Annotated {
    pub(super) text: String,
    annotations: Vec<Annotation>,
}

impl Annotated {
    /// The next piece. Only web pages have a form here; what cites anything else is told as its text.
    pub(super) fn cited(&mut self, citations: &Citations) {
        let begin = self.n_chars();
        self.text.push_str(&cited_text(citations));
        let end = self.n_chars();
        let citations = citations.citations.iter().flatten();
        let annotations = citations.filter_map(|citation| Annotation::of(citation, begin, end));
        self.annotations.extend(annotations);
    }

    /// The annotations; none where nothing is cited.
    pub(super) fn annotations(&self) -> Option<&impl ToJson> {
        Some(&self.annotations).filter(|annotations| !annotations.is_empty())
    }

    fn n_chars(&self) -> i32 {
        i32::try_from(self.text.chars().count()).unwrap_or(i32::MAX)
    }
}
