//! Documents: files, of which models read some, and text, which can be said inline where there is no place for a document.

use llm::chat::{Document, DocumentSource, DocumentText, Format, Src};

use super::cite::{element, promise};
use super::media::object;
use super::names::document_name;
use super::path::Path;
use super::{Act, Leaf, Planner};

/// What became of a document.
#[derive(Debug)]
pub(super) enum Paper {
    File(Document),
    /// Said as text where the document stood.
    Inline(String),
}

/// A document in a message, or in the result of a tool.
pub(super) fn document(
    planner: &mut Planner<'_>,
    document: Document,
    at: &Path<'_>,
) -> Option<Paper> {
    let Document {
        mut format,
        mut name,
        mut source,
        mut context,
        citations,
        mut ext,
    } = document;
    let from = at.member("source");
    let (leaf, member) = kind(format.as_ref(), &source);
    let act = match member {
        Some(member) => planner.act(leaf, || from.member(member).to_string()),
        None => planner.act(leaf, || at.to_string()),
    };
    if act == Act::Leave {
        return None;
    }
    planner.members(&mut ext, at);
    let citations = promise(planner, Leaf::DocumentCitations, citations, at);
    if context.is_some() && !planner.keeps(Leaf::DocumentContext, &at.member("context")) {
        context = None;
    }
    match &mut source {
        DocumentSource::File(source) => object(planner, source, &from),
        DocumentSource::Text(_) => {}
        DocumentSource::Content(pieces) => content(planner, pieces, &from.member("content")),
    }
    let is_text = matches!(
        leaf,
        Leaf::DocumentPlain | Leaf::DocumentText | Leaf::DocumentContent
    );
    if is_text && act == Act::Rewrite {
        let Some(text) = text(source) else {
            planner.refuse(leaf, at.to_string(), "it is not UTF-8");
            return None;
        };
        if planner.approximates(leaf) {
            if citations.is_some() {
                let at = at.member("citations");
                planner.refuse(Leaf::DocumentCitations, at.to_string(), "it becomes text");
            }
            let attributes = [
                ("name", name.as_str()),
                ("format", format.as_ref().map_or("", Format::as_str)),
                ("context", context.as_deref().unwrap_or_default()),
            ];
            let head = element("document", &attributes);
            return Some(Paper::Inline(format!("{head}\n{text}\n</document>")));
        }
        source = DocumentSource::Text(text);
    }
    match &source {
        // What stands at an address is a PDF: formats that fetch documents fetch no others.
        DocumentSource::File(Src::Url(_)) => format = Some(Format("pdf".into())),
        DocumentSource::File(Src::Bytes(_) | Src::Object { .. } | Src::Unknown { .. }) => {}
        // Where there is one kind of text only, it is not said which.
        DocumentSource::Text(_) | DocumentSource::Content(_) => {
            format.take_if(|_| !planner.keeps(Leaf::DocumentKind, &at.member("format")));
        }
    }
    if !name.is_empty() && !planner.keeps(Leaf::DocumentName, &at.member("name")) {
        name.clear();
    }
    document_name(planner, &mut name, format.as_ref(), at);
    Some(Paper::File(Document {
        format,
        name,
        source,
        context,
        citations,
        ext,
    }))
}

/// The leaf that a document is, by where it comes from and what it is; and the member of the source that a refusal names.
fn kind<'s>(format: Option<&Format>, source: &'s DocumentSource) -> (Leaf, Option<&'s str>) {
    match source {
        DocumentSource::File(Src::Bytes(_)) => match format.map(Format::as_str) {
            Some("pdf") => (Leaf::DocumentPdf, None),
            Some("txt" | "md" | "csv" | "html") => (Leaf::DocumentPlain, None),
            // A file that does not say what it is may be anything.
            Some(_) | None => (Leaf::DocumentOffice, None),
        },
        DocumentSource::File(Src::Url(_)) => (Leaf::DocumentUrl, None),
        DocumentSource::File(Src::Object { .. }) => (Leaf::DocumentObject, Some("s3Location")),
        DocumentSource::File(Src::Unknown { member, raw: _ }) => {
            (Leaf::DocumentUnknownSource, Some(member))
        }
        DocumentSource::Text(_) => (Leaf::DocumentText, None),
        DocumentSource::Content(_) => (Leaf::DocumentContent, None),
    }
}

/// The pieces of a document's text that stay.
fn content(planner: &mut Planner<'_>, pieces: &mut Vec<DocumentText>, at: &Path<'_>) {
    let mut index = 0;
    pieces.retain(|piece| {
        let at = at.index(index);
        index += 1;
        match piece {
            DocumentText::Text(_) => true,
            DocumentText::Unknown { member, raw: _ } => {
                planner.keeps(Leaf::DocumentUnknownSource, &at.member(member))
            }
        }
    });
}

/// A document's text; none where it is not text.
fn text(source: DocumentSource) -> Option<String> {
    match source {
        DocumentSource::File(Src::Bytes(bytes)) => String::from_utf8(bytes.into()).ok(),
        DocumentSource::File(Src::Url(_) | Src::Object { .. } | Src::Unknown { .. }) => None,
        DocumentSource::Text(text) => Some(text),
        DocumentSource::Content(pieces) => {
            let texts: Vec<String> = pieces
                .into_iter()
                .filter_map(|piece| match piece {
                    DocumentText::Text(text) => Some(text),
                    DocumentText::Unknown { .. } => None,
                })
                .collect();
            Some(texts.join("\n"))
        }
    }
}
