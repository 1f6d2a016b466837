//! Single blocks: documents, images, sounds, reasoning, citations, and what nobody knows.

use dialects::plan::{Leaf, Verdict};
use llm::chat::{Block, Document, DocumentSource, Format, Image, Message, Role, Src};
use llm::{Ext, Json};
use serde_json::{Value, json};

use crate::{chat, check, check_refused, claude, everything, planned_request, refusals, request};

const PNG: &str = "iVBORw==";
/// `a,b\n1,2`
const CSV: &str = "YSxiCjEsMg==";

fn user(content: &Value) -> Value {
    json!({"role": "user", "content": content})
}

fn png() -> Value {
    json!({"image": {"format": "png", "source": {"bytes": PNG}}})
}

fn document(format: &str, bytes: &str) -> Value {
    json!({"document": {"name": "sales", "format": format, "source": {"bytes": bytes}}})
}

#[test]
fn a_search_result_that_must_be_cited_is_refused_where_nothing_is_cited() {
    let asked = json!([user(&json!([{"searchResult": {
        "source": "a", "title": "b", "content": [], "citations": {"enabled": true},
    }}]))]);
    let refusals = refusals(&chat(), &json!({"messages": asked}));
    let expected = (
        "messages[0].content[0].searchResult.citations.enabled".to_owned(),
        "This model doesn't support the citations field. Remove citations and try again."
            .to_owned(),
    );
    assert_eq!(refusals, [expected]);
}

#[test]
fn a_csv_file_is_text_at_the_same_position_where_there_is_no_place_for_one() {
    let asked = json!([user(&json!([
        {"text": "read"}, document("csv", CSV), {"text": "and sum"}
    ]))]);
    let text = "<document name=\"sales\" format=\"csv\">\na,b\n1,2\n</document>";
    check(
        &chat(),
        &asked,
        &json!([user(
            &json!([{"text": "read"}, {"text": text}, {"text": "and sum"}])
        )]),
        &["messages[0].content[1].document;approximated"],
    );
}

#[test]
fn a_csv_file_is_a_document_of_plain_text_where_there_are_such() {
    let asked = json!([user(&json!([{"text": "read"}, document("csv", CSV)]))]);
    let plain = json!({"document": {"name": "sales", "source": {"text": "a,b\n1,2"}}});
    check(
        &claude(),
        &asked,
        &json!([user(&json!([{"text": "read"}, plain]))]),
        &[],
    );
}

#[test]
fn a_text_file_that_is_no_text_is_refused() {
    // 0xff 0xfe
    let asked = json!({"messages": [user(&json!([{"text": "read"}, document("txt", "//4=")]))]});
    let path = "messages[0].content[1].document: it is not UTF-8".to_owned();
    let expected = (path, Leaf::DocumentPlain.refusal());
    assert_eq!(refusals(&claude(), &asked), [expected]);
}

#[test]
fn pieces_of_a_document_are_text_one_after_the_other() {
    let asked = json!([user(&json!([{"text": "read"}, {"document": {
        "name": "notes", "source": {"content": [{"text": "one"}, {"text": "two"}]},
        "context": "of the meeting",
    }}]))]);
    let text = "<document name=\"notes\">\none\ntwo\n</document>";
    check(
        &chat(),
        &asked,
        &json!([user(&json!([{"text": "read"}, {"text": text}]))]),
        &[
            "messages[0].content[1].document;approximated",
            "messages[0].content[1].document.context;dropped",
        ],
    );
    check(&claude(), &asked, &asked, &[]);
}

#[test]
fn a_word_file_is_refused_with_its_path() {
    let asked = json!([user(
        &json!([{"text": "read"}, document("docx", "UEsDBA==")])
    )]);
    let text = "This model doesn't support the document content block that you provided. Update the content block and try again.";
    let path = "messages[0].content[1].document";
    check_refused(&chat(), &asked, path, text);
    check_refused(&claude(), &asked, path, text);
    check(&everything(), &asked, &asked, &[]);
}

#[test]
fn a_document_that_must_be_cited_is_refused_where_nothing_is_cited() {
    let cited = |enabled: bool| {
        json!([user(&json!([{"text": "read"}, {"document": {
            "name": "a", "format": "pdf", "source": {"bytes": "JVBERi0="},
            "citations": {"enabled": enabled},
        }}]))])
    };
    check_refused(
        &chat(),
        &cited(true),
        "messages[0].content[1].document.citations.enabled",
        "This model doesn't support the citations field. Remove citations and try again.",
    );
    let without = json!([user(&json!([{"text": "read"}, {"document": {
        "name": "a", "format": "pdf", "source": {"bytes": "JVBERi0="},
    }}]))]);
    check(&chat(), &cited(false), &without, &[]);
    check(&everything(), &cited(false), &cited(false), &[]);
}

#[test]
fn an_image_in_a_store_is_refused_in_the_services_words() {
    let asked = json!([user(&json!([{"image": {
        "format": "png", "source": {"s3Location": {"uri": "s3://pictures/cat.png"}},
    }}]))]);
    check_refused(
        &chat(),
        &asked,
        "messages[0].content[0].image.source.s3Location",
        "This model doesn't support the s3Uri field. Remove s3Uri and try again.",
    );
    check(&everything(), &asked, &asked, &[]);
}

#[test]
fn a_video_is_refused_in_the_services_words() {
    let asked = json!([user(&json!([
        {"text": "watch"}, {"video": {"format": "mp4", "source": {"bytes": "AA=="}}}
    ]))]);
    check_refused(
        &claude(),
        &asked,
        "messages[0].content[1].video",
        "This model doesn't support the video content block that you provided. Update the content block and try again.",
    );
}

#[test]
fn images_are_judged_by_where_they_are_and_what_they_are() {
    let of = |format: &str, source: &Value| json!({"image": {"format": format, "source": source}});
    let cases = [
        (Leaf::ImageBytes, "user", of("webp", &json!({"bytes": PNG}))),
        (
            Leaf::ImageOtherFormat,
            "user",
            of("tiff", &json!({"bytes": PNG})),
        ),
        (
            Leaf::ImageUnknownSource,
            "user",
            of("png", &json!({"url": "https://example.com"})),
        ),
        (
            Leaf::ImageOfAssistant,
            "assistant",
            of("png", &json!({"bytes": PNG})),
        ),
        (
            Leaf::ImageError,
            "user",
            json!({"image": {
                "format": "png", "source": {"bytes": PNG}, "error": {"message": "no"},
            }}),
        ),
    ];
    for (leaf, role, block) in cases {
        let table = everything().but(leaf, Verdict::Refused(""));
        let asked = json!({"messages": [{"role": role, "content": [block]}]});
        let refusals = refusals(&table, &asked);
        let texts: Vec<&str> = refusals.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, [leaf.refusal()], "{leaf:?}");
        let path = &refusals.first().unwrap().0;
        assert!(path.starts_with("messages[0].content[0].image"), "{path}");
    }
}

#[test]
fn sounds_are_judged_by_their_format_and_source() {
    let of = |format: &str, source: &Value| {
        json!([user(
            &json!([{"audio": {"format": format, "source": source}}])
        )])
    };
    let here = json!({"bytes": "AA=="});
    let there = json!({"s3Location": {"uri": "s3://a/b"}});
    let table = everything().but(Leaf::AudioOther, Verdict::Refused(""));
    check(&table, &of("wav", &here), &of("wav", &here), &[]);
    for asked in [of("ogg", &here), of("mp3", &there)] {
        let path = "messages[0].content[0].audio";
        check_refused(&table, &asked, path, &Leaf::AudioOther.refusal());
    }
}

#[test]
fn an_image_at_an_address_has_no_format_before_it_is_fetched() {
    let image = |format: &str| {
        Block::Image(Image {
            format: Format(format.into()),
            source: Src::Url("https://example.com/cat".to_owned()),
            error: None,
            ext: Ext::default(),
        })
    };
    assert_eq!(one_block(&claude(), image("png")), image(""));
}

#[test]
fn a_document_at_an_address_is_a_pdf() {
    let at_address = |format: Option<&str>| {
        Block::Document(Document {
            format: format.map(|format| Format(format.into())),
            name: "report".to_owned(),
            source: DocumentSource::File(Src::Url("https://example.com/a.pdf".to_owned())),
            context: None,
            citations: None,
            ext: Ext::default(),
        })
    };
    assert_eq!(
        one_block(&claude(), at_address(None)),
        at_address(Some("pdf"))
    );
}

/// What becomes of one block of the user.
fn one_block(table: &crate::Table, block: Block) -> Block {
    let mut asked = request(&json!({}));
    asked.messages = Some(vec![Message {
        role: Role::User,
        content: vec![block],
        ext: Ext::default(),
    }]);
    let (planned, said) = planned_request(table, &asked);
    assert_eq!(said, [] as [&str; 0]);
    let mut messages = planned.messages.unwrap();
    messages.remove(0).content.remove(0)
}

#[test]
fn marked_content_is_read_as_if_it_were_not_marked() {
    let asked = json!([user(&json!([
        {"guardContent": {"text": {"text": "hi", "qualifiers": ["query"]}}},
        {"guardContent": {"image": {"format": "png", "source": {"bytes": PNG}}}},
    ]))]);
    let plain = json!([user(&json!([{"text": "hi"}, png()]))]);
    check(&chat(), &asked, &plain, &[]);
    check(&claude(), &asked, &plain, &[]);
    let blind = chat().but(Leaf::ImageBytes, Verdict::Refused(""));
    let path = "messages[0].content[1].guardContent.image";
    check_refused(&blind, &asked, path, &Leaf::ImageBytes.refusal());
}

#[test]
fn reasoning_goes_back_to_its_issuer_only_with_its_seal() {
    let sealed = json!({"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}});
    let plain = json!({"reasoningContent": {"reasoningText": {"text": "hm"}}});
    let redacted = json!({"reasoningContent": {"redactedContent": "RXU4"}});
    let asked = json!([
        user(&json!([{"text": "think"}])),
        {"role": "assistant", "content": [plain, sealed, redacted, {"text": "so"}]},
        user(&json!([{"text": "and?"}])),
    ]);
    let mut kept = asked.clone();
    kept[1]["content"] = json!([sealed, redacted, {"text": "so"}]);
    let at = "messages[1].content[0].reasoningContent.reasoningText;dropped";
    check(&claude(), &asked, &kept, &[at]);
    kept[1]["content"] = json!([{"text": "so"}]);
    let said = [
        at,
        "messages[1].content[1].reasoningContent.reasoningText;dropped",
        "messages[1].content[2].reasoningContent.redactedContent;dropped",
    ];
    check(&chat(), &asked, &kept, &said);
}

#[test]
fn cited_text_is_kept_whole_without_a_word() {
    let asked = json!([
        user(&json!([{"text": "say"}])),
        {"role": "assistant", "content": [{"citationsContent": {
            "content": [{"text": "the sky "}, {"text": "is blue"}],
            "citations": [{"title": "sky", "location": {"web": {"url": "https://example.com"}}}],
        }}]},
        user(&json!([{"text": "and?"}])),
    ]);
    let mut expected = asked.clone();
    expected[1]["content"] = json!([{"text": "the sky is blue"}]);
    check(&chat(), &asked, &expected, &[]);
    check(&claude(), &asked, &asked, &[]);
    let without = claude().but(Leaf::CitationsSources, Verdict::Dropped(""));
    let mut expected = asked.clone();
    expected[1]["content"][0]["citationsContent"]
        .as_object_mut()
        .unwrap()
        .remove("citations");
    let said = ["messages[1].content[0].citationsContent.citations;dropped"];
    check(&without, &asked, &expected, &said);
}

#[test]
fn content_that_nobody_knows_is_refused_by_its_name() {
    let mut asked = request(&json!({}));
    asked.messages = Some(vec![Message {
        role: Role::User,
        content: vec![Block::Unknown {
            member: "hologram".to_owned(),
            raw: Json::from_text("{}"),
        }],
        ext: Ext::default(),
    }]);
    let rejects = dialects::plan::plan(&claude(), &asked).rejects;
    let paths: Vec<&str> = rejects.iter().map(|reject| reject.path.as_str()).collect();
    assert_eq!(paths, ["messages[0].content[0].hologram"]);
}

#[test]
fn reasoning_that_is_sealed_by_nobody_known_is_named_and_left_out() {
    // 0xff 0xfe is no text, which every known seal is.
    let asked = json!([
        user(&json!([{"text": "think"}])),
        {"role": "assistant", "content": [
            {"reasoningContent": {"redactedContent": "//4="}}, {"text": "so"}
        ]},
        user(&json!([{"text": "and?"}])),
    ]);
    let mut expected = asked.clone();
    expected[1]["content"] = json!([{"text": "so"}]);
    let table = claude().but(Leaf::ReasoningUnknown, Verdict::Dropped(""));
    let said = ["messages[1].content[0].reasoningContent.redactedContent;dropped"];
    check(&table, &asked, &expected, &said);
}
