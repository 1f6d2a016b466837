//! The content of requests: what each kind of block becomes, and that it is written again as it was.

use dialects::anthropic::{decode_request, encode_request};
use llm::Json;
use llm::chat::{
    Block, Citations, Document, DocumentSource, DocumentText, Image, Location, Reasoning, Src,
    ToolResultItem, ToolStatus,
};
use serde_json::{Value, json};

/// The blocks of a message of that content, which is written again as `expected`.
#[track_caller]
pub(crate) fn content(content: &Value, expected: &Value) -> Vec<Block> {
    let body = json!({"max_tokens": 9, "messages": [{"role": "user", "content": content}]});
    let request = decode_request(body.to_string().as_bytes()).unwrap();
    let written: Value = serde_json::from_slice(&encode_request("m", &request, false)).unwrap();
    assert_eq!(written["messages"][0]["content"], *expected);
    request.messages.unwrap().remove(0).content
}

/// The blocks of a message of that content, which is written again as it was.
#[track_caller]
fn kept(blocks: &Value) -> Vec<Block> {
    content(blocks, blocks)
}

pub(crate) fn text(text: &str) -> Block {
    Block::Text(text.to_owned())
}

#[test]
fn images_keep_their_source() {
    let blocks = kept(&json!([
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
    ]));
    let sources: Vec<&Src> = blocks
        .iter()
        .map(|block| match block {
            Block::Image(Image { source, .. }) => source,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(*sources[0], Src::Bytes((&b"\x89PNG"[..]).into()));
    assert_eq!(
        *sources[1],
        Src::Url("https://example.com/a.png".to_owned())
    );
    assert!(matches!(sources[2], Src::Unknown { member, .. } if member == "file"));
    assert!(matches!(&blocks[0], Block::Image(image) if image.format.as_str() == "png"));
}

#[test]
fn documents_keep_their_source() {
    let blocks = kept(&json!([
        {"type": "document", "title": "a", "context": "c", "citations": {"enabled": true},
            "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "t"}},
        {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
        {"type": "document", "source": {"type": "content", "content": [
            {"type": "text", "text": "p"},
            {"type": "image", "source": {"type": "url", "url": "u"}}]}},
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "document", "source": {"type": "base64", "media_type": "a/b", "data": "AA=="}},
    ]));
    let documents: Vec<&Document> = blocks
        .iter()
        .map(|block| match block {
            Block::Document(document) => document,
            other => panic!("{other:?}"),
        })
        .collect();
    let [pdf, plain, url, pieces, file, strange] = documents[..] else {
        panic!("{documents:?}");
    };
    assert_eq!(
        pdf.format.as_ref().map(|format| format.as_str()),
        Some("pdf")
    );
    assert_eq!(
        (pdf.name.as_str(), pdf.context.as_deref()),
        ("a", Some("c"))
    );
    assert!(matches!(&pdf.citations, Some((true, _))));
    assert_eq!(plain.source, DocumentSource::Text("t".to_owned()));
    assert!(matches!(&url.source, DocumentSource::File(Src::Url(_))));
    assert!(matches!(
        &pieces.source,
        DocumentSource::Content(pieces)
            if matches!(&pieces[..], [DocumentText::Text(_), DocumentText::Unknown { .. }])
    ));
    for unknown in [file, strange] {
        assert!(matches!(
            &unknown.source,
            DocumentSource::File(Src::Unknown { .. })
        ));
    }
}

#[test]
fn a_call_and_its_result_keep_what_they_say() {
    let blocks = kept(&json!([
        {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"a": 1},
            "caller": {"type": "direct"}},
        {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": true, "content": [
            {"type": "text", "text": "no"},
            {"type": "image", "source": {"type": "url", "url": "u"}},
            {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]},
            {"type": "tool_reference", "tool_name": "n"}]},
    ]));
    let [Block::ToolUse(call), Block::ToolResult(result)] = &blocks[..] else {
        panic!("{blocks:?}");
    };
    assert_eq!(
        call.ext.get("caller").map(Json::as_str),
        Some(r#"{"type":"direct"}"#)
    );
    assert_eq!(result.status, Some(ToolStatus::Error));
    assert!(matches!(
        &result.content[..],
        [
            ToolResultItem::Text(_),
            ToolResultItem::Image(_),
            ToolResultItem::SearchResult(_),
            ToolResultItem::Unknown { .. },
        ]
    ));
}

#[test]
fn a_result_that_says_nothing_is_no_error() {
    let blocks = content(
        &json!([{"type": "tool_result", "tool_use_id": "t", "is_error": false}]),
        &json!([{"type": "tool_result", "tool_use_id": "t", "content": []}]),
    );
    assert!(matches!(&blocks[..], [Block::ToolResult(result)] if result.status.is_none()));
}

#[test]
fn seals_go_back_as_they_came() {
    let seal = "EqQBCgIYAhIM+/1gbcDEJzdGGjBJd3qGGa3hw1veDGjBJdBLz3qGGa==";
    let blocks = kept(&json!([
        {"type": "thinking", "thinking": "hm", "signature": seal},
        {"type": "redacted_thinking", "data": seal},
        {"type": "thinking", "thinking": "unsealed"},
    ]));
    let [
        Block::Reasoning(Reasoning::Text { signature, .. }),
        Block::Reasoning(Reasoning::Redacted(bytes)),
        _,
    ] = &blocks[..]
    else {
        panic!("{blocks:?}");
    };
    assert_eq!(signature.as_deref(), Some(seal));
    assert_eq!(&bytes[..], seal.as_bytes());
}

#[test]
fn what_is_cited_stays_cited() {
    let blocks = kept(&json!([{"type": "text", "text": "said", "citations": [
        {"type": "web_search_result_location", "url": "u", "title": "t", "cited_text": "c", "encrypted_index": "E"},
        {"type": "newer_location", "cited_text": "c"}]}]));
    let [Block::Citations(Citations { citations, .. })] = &blocks[..] else {
        panic!("{blocks:?}");
    };
    let citations = citations.as_ref().unwrap();
    assert!(citations[0].ext.get("encrypted_index").is_some());
    assert!(matches!(
        citations[1].location,
        Some(Location::Unknown { .. })
    ));
    let plain = json!([{"type": "text", "text": "said"}]);
    assert_eq!(
        content(
            &json!([{"type": "text", "text": "said", "citations": null}]),
            &plain
        ),
        [text("said")]
    );
}

#[test]
fn a_search_result_keeps_what_it_says() {
    let blocks = kept(
        &json!([{"type": "search_result", "source": "s", "title": "t",
        "content": [{"type": "text", "text": "x"}], "citations": {"enabled": true}}]),
    );
    assert!(matches!(&blocks[..], [Block::SearchResult(result)] if result.source == "s"));
}

#[test]
fn what_this_build_does_not_know_stays_whole() {
    let unknown = json!([
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
        {"type": "container_upload", "file_id": "file_1"},
        {"type": "text", "text": "a", "newer": 1, "cache_control": {"type": "ephemeral"}},
    ]);
    let blocks = kept(&unknown);
    for (block, raw) in blocks.iter().zip(unknown.as_array().unwrap()) {
        let Block::Unknown { member, raw: found } = block else {
            panic!("{block:?}");
        };
        assert_eq!(*member, raw["type"]);
        assert_eq!(serde_json::from_str::<Value>(found.as_str()).unwrap(), *raw);
    }
    assert_eq!(blocks.len(), 4);
}
