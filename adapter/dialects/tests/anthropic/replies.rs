//! Answers: why they end, what they cost, and what each kind of block becomes and is rendered as.

use dialects::anthropic::{decode_reply, encode_reply};
use dialects::{Error, Rendering};
use llm::chat::{
    Block, CacheDetail, Location, Reasoning, Reply, Stop, StopDetail, ToolResultItem, Usage,
    UsageSource,
};
use llm::{Ext, Json};
use serde_json::{Value, json};

use crate::rendering;

fn read(answer: &Value) -> Reply {
    decode_reply(answer.to_string().as_bytes()).unwrap()
}

fn rendered(reply: &Reply) -> Value {
    serde_json::from_slice(&encode_reply(reply, &rendering())).unwrap()
}

/// The blocks of an answer of that content, and the same rendered again.
fn content(content: &Value) -> (Vec<Block>, Value) {
    let reply = read(&json!({"content": content, "stop_reason": "end_turn"}));
    let again = rendered(&reply)["content"].clone();
    (reply.message.content, again)
}

#[test]
fn every_reason_has_its_stop() {
    let calls = json!([{"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}]);
    let text = json!([{"type": "text", "text": "a"}]);
    for (reason, content, expected) in [
        ("end_turn", &text, Stop::EndTurn),
        ("max_tokens", &text, Stop::MaxTokens),
        ("stop_sequence", &text, Stop::StopSequence),
        ("tool_use", &calls, Stop::ToolUse),
        ("refusal", &text, Stop::ContentFiltered),
        (
            "model_context_window_exceeded",
            &text,
            Stop::ContextWindowExceeded,
        ),
        ("pause_turn", &text, Stop::PauseTurn),
        ("compaction", &text, Stop::EndTurn),
        // A client that is told the end of a turn would not run the tool.
        ("end_turn", &calls, Stop::ToolUse),
        // Part of a call may have been cut off.
        ("max_tokens", &calls, Stop::MaxTokens),
        ("refusal", &calls, Stop::ContentFiltered),
    ] {
        let reply =
            read(&json!({"content": content, "stop_reason": reason, "stop_sequence": null}));
        assert_eq!(reply.stop, expected, "{reason}");
        let detail = StopDetail {
            matched: None,
            provider_reason: reason.to_owned(),
        };
        assert_eq!(reply.stop_detail, Some(detail));
    }
    assert_eq!(read(&json!({"content": text})).stop, Stop::EndTurn);
    assert_eq!(read(&json!({"content": calls})).stop, Stop::ToolUse);
    let own = json!([{"type": "server_tool_use", "id": "srvtoolu_1", "name": "s", "input": {}}]);
    let reply = read(&json!({"content": own, "stop_reason": "end_turn"}));
    assert_eq!(reply.stop, Stop::EndTurn, "the client runs nothing");
}

#[test]
fn every_stop_has_its_reason() {
    for (stop, reason) in [
        (Stop::EndTurn, "end_turn"),
        (Stop::ToolUse, "tool_use"),
        (Stop::MaxTokens, "max_tokens"),
        (Stop::StopSequence, "stop_sequence"),
        (Stop::GuardrailIntervened, "end_turn"),
        (Stop::ContentFiltered, "refusal"),
        (Stop::MalformedModelOutput, "end_turn"),
        (Stop::MalformedToolUse, "end_turn"),
        (Stop::ContextWindowExceeded, "model_context_window_exceeded"),
        (Stop::PauseTurn, "pause_turn"),
        (Stop::Other("new".to_owned()), "end_turn"),
    ] {
        let mut reply = read(&json!({"content": []}));
        reply.stop = stop;
        assert_eq!(rendered(&reply)["stop_reason"], reason);
        assert_eq!(rendered(&reply)["stop_sequence"], Value::Null);
    }
}

#[test]
fn the_stop_sequence_that_was_met_is_told() {
    let answer = json!({"content": [], "stop_reason": "stop_sequence", "stop_sequence": "END"});
    let reply = read(&answer);
    let detail = reply.stop_detail.as_ref().unwrap();
    assert_eq!(detail.matched.as_deref(), Some("END"));
    assert_eq!(rendered(&reply)["stop_sequence"], "END");
}

#[test]
fn cached_tokens_are_counted_beside_the_others() {
    let usage = json!({
        "input_tokens": 2,
        "cache_creation_input_tokens": 1322,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 322, "ephemeral_1h_input_tokens": 1000},
        "output_tokens": 5,
    });
    let reply = read(&json!({"content": [], "usage": usage}));
    let detail = |ttl: &str, input| CacheDetail {
        ttl: ttl.to_owned(),
        input,
        ext: Ext::default(),
    };
    let expected = Usage {
        input_uncached: 2,
        output: 5,
        cache_read: Some(0),
        cache_write: Some(1322),
        cache_details: Some(vec![detail("1h", 1000), detail("5m", 322)]),
        total_reported: None,
        source: UsageSource::Reported,
        ext: Ext::default(),
    };
    assert_eq!(reply.usage, expected);
    assert_eq!(reply.usage.total(), 1329);
    assert_eq!(rendered(&reply)["usage"], usage);
}

#[test]
fn what_is_not_known_of_caches_is_not_told() {
    let reply = read(
        &json!({"content": [], "usage": {"input_tokens": 3, "output_tokens": 4,
        "cache_read_input_tokens": null}}),
    );
    assert_eq!(
        (reply.usage.cache_read, reply.usage.cache_write),
        (None, None)
    );
    assert_eq!(
        rendered(&reply)["usage"],
        json!({"input_tokens": 3, "output_tokens": 4})
    );
}

#[test]
fn numbers_out_of_range_are_brought_into_it() {
    let reply = read(
        &json!({"content": [], "usage": {"input_tokens": 5_000_000_000_i64,
        "output_tokens": -1, "cache_read_input_tokens": 2_147_483_648_i64}}),
    );
    assert_eq!(reply.usage.input_uncached, i32::MAX);
    assert_eq!(reply.usage.output, 0);
    assert_eq!(reply.usage.cache_read, Some(i32::MAX));
    assert_eq!(reply.usage.total(), i32::MAX);
}

#[test]
fn an_answer_without_usage_says_so() {
    assert_eq!(
        read(&json!({"content": []})).usage.source,
        UsageSource::Missing
    );
}

#[test]
fn the_tier_in_force_is_told_where_bedrock_has_a_name_for_it() {
    for (tier, expected) in [
        ("standard", Some("default")),
        ("priority", Some("priority")),
        ("batch", None),
    ] {
        let reply = read(&json!({"content": [], "usage": {"service_tier": tier}}));
        assert_eq!(reply.tier.map(|tier| tier.kind).as_deref(), expected);
    }
}

#[test]
fn seals_come_back_as_they_were() {
    let seal = "EqQBCgIYAhIM+/1gbcDEJzdGGjBJd3qGGa3hw1veDGjBJdBLz3qGGa==";
    let blocks = json!([
        {"type": "thinking", "thinking": "hm", "signature": seal},
        {"type": "thinking", "thinking": "", "signature": seal},
        {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIw=="},
    ]);
    let (read, again) = content(&blocks);
    assert_eq!(again, blocks);
    let Block::Reasoning(Reasoning::Text { signature, .. }) = &read[0] else {
        panic!("{read:?}");
    };
    assert_eq!(signature.as_deref(), Some(seal));
    let Block::Reasoning(Reasoning::Redacted(bytes)) = &read[2] else {
        panic!("{read:?}");
    };
    assert_eq!(
        &bytes[..],
        b"EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIw=="
    );
}

#[test]
fn blocks_that_say_nothing_are_no_blocks() {
    let (read, _) = content(&json!([
        {"type": "text", "text": ""},
        {"type": "text", "text": " "},
        {"type": "thinking", "thinking": "", "signature": ""},
    ]));
    assert_eq!(read, [Block::Text(" ".to_owned())]);
}

#[test]
fn reasoning_without_a_seal_is_rendered_with_an_empty_one() {
    let (read, again) = content(&json!([{"type": "thinking", "thinking": "hm"}]));
    let expected = Reasoning::Text {
        text: "hm".to_owned(),
        signature: None,
        ext: Ext::default(),
    };
    assert_eq!(read, [Block::Reasoning(expected)]);
    assert_eq!(
        again,
        json!([{"type": "thinking", "thinking": "hm", "signature": ""}])
    );
}

#[test]
fn the_input_of_a_call_stays_as_it_is_written() {
    let input =
        r#"{"b":1.10,"a":1E2,"n":123456789012345678901,"u":"\u00e9\ud83d\ude00", "s": [ ]}"#;
    let answer = format!(
        r#"{{"content":[{{"type":"tool_use","id":"toolu_1","name":"look","input":{input}}}]}}"#
    );
    let reply = decode_reply(answer.as_bytes()).unwrap();
    let Block::ToolUse(call) = &reply.message.content[0] else {
        panic!("{reply:?}");
    };
    assert_eq!(call.input.as_str(), input);
    assert_eq!(call.id, "toolu_1");
    let again = String::from_utf8(encode_reply(&reply, &rendering())).unwrap();
    assert!(again.contains(input), "{again}");
}

#[test]
fn what_the_servers_own_tools_did_is_told() {
    let blocks = json!([
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
            {"type": "web_search_result", "url": "https://example.com/", "title": "t"}]},
    ]);
    let (read, again) = content(&blocks);
    assert_eq!(again, blocks);
    let [Block::ToolUse(call), Block::ToolResult(result)] = &read[..] else {
        panic!("{read:?}");
    };
    assert_eq!(call.kind.as_deref(), Some("server_tool_use"));
    assert_eq!(result.id, "srvtoolu_1");
    assert_eq!(result.kind.as_deref(), Some("web_search_tool_result"));
    let [ToolResultItem::Json(content)] = &result.content[..] else {
        panic!("{result:?}");
    };
    let content: Value = serde_json::from_str(content.as_str()).unwrap();
    assert_eq!(content, blocks[1]["content"]);
}

#[test]
fn what_is_newer_than_this_build_stays_whole() {
    let blocks = json!([
        {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "n", "server_name": "s", "input": {}},
        {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": false, "content": []},
        {"type": "newer", "text": 5},
    ]);
    let (read, again) = content(&blocks);
    assert_eq!(again, blocks);
    assert!(
        read.iter()
            .all(|block| matches!(block, Block::Unknown { .. }))
    );
}

#[test]
fn citations_keep_their_places() {
    let citations = json!([
        {"type": "char_location", "cited_text": "a", "document_index": 0, "document_title": "d",
            "start_char_index": 1, "end_char_index": 2},
        {"type": "page_location", "cited_text": "b", "document_index": 1, "document_title": null,
            "start_page_number": 3, "end_page_number": 4},
        {"type": "content_block_location", "cited_text": "c", "document_index": 2, "document_title": "d",
            "start_block_index": 5, "end_block_index": 6},
        {"type": "search_result_location", "cited_text": "e", "search_result_index": 7, "source": "s",
            "title": "t", "start_block_index": 0, "end_block_index": 1},
        {"type": "web_search_result_location", "cited_text": "f", "url": "https://example.com/",
            "title": "t"},
    ]);
    let blocks = json!([{"type": "text", "text": "said", "citations": citations}]);
    let (read, again) = content(&blocks);
    assert_eq!(again, blocks);
    let [Block::Citations(cited)] = &read[..] else {
        panic!("{read:?}");
    };
    let locations: Vec<_> = cited
        .citations
        .iter()
        .flatten()
        .map(|one| one.location.as_ref())
        .collect();
    assert!(matches!(
        locations[..],
        [
            Some(Location::DocumentChar(_)),
            Some(Location::DocumentPage(_)),
            Some(Location::DocumentChunk(_)),
            Some(Location::SearchResult(_)),
            Some(Location::Web(_)),
        ]
    ));
}

#[test]
fn what_only_the_server_needs_of_a_citation_stays_behind() {
    let (read, _) = content(&json!([{"type": "text", "text": "said", "citations": [
        {"type": "web_search_result_location", "url": "u", "title": "t", "cited_text": "c",
            "encrypted_index": "Eo8B"},
        {"type": "newer_location", "cited_text": "c"}]}]));
    let [Block::Citations(cited)] = &read[..] else {
        panic!("{read:?}");
    };
    let [citation] = &cited.citations.as_ref().unwrap()[..] else {
        panic!("{cited:?}");
    };
    assert!(citation.ext.is_empty());
    let (read, _) = content(&json!([{"type": "text", "text": "said", "citations": "broken"}]));
    assert_eq!(
        read,
        [Block::Text("said".to_owned())],
        "the text is there all the same"
    );
}

#[test]
fn an_answer_is_rendered_in_the_order_of_bedrocks_own() {
    let reply = read(
        &json!({"content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 2}}),
    );
    let rendering = Rendering {
        id: "a-b".to_owned(),
        ..rendering()
    };
    let expected = concat!(
        r#"{"model":"claude-sonnet-5","id":"msg_bdrk_ab","type":"message","role":"assistant","#,
        r#""content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"#,
        r#""usage":{"input_tokens":1,"output_tokens":2}}"#,
    );
    assert_eq!(
        String::from_utf8(encode_reply(&reply, &rendering)).unwrap(),
        expected
    );
}

#[test]
fn blocks_that_are_no_part_of_an_answer_of_this_format_are_left_out() {
    let mut reply = read(&json!({"content": []}));
    reply.message.content = vec![
        Block::Unknown {
            member: "video".to_owned(),
            raw: Json::from_text(r#"{"format":"mp4"}"#),
        },
        Block::Unknown {
            member: "newer".to_owned(),
            raw: Json::from_text("[]"),
        },
        Block::Text("a".to_owned()),
    ];
    assert_eq!(
        rendered(&reply)["content"],
        json!([{"type": "text", "text": "a"}])
    );
}

#[test]
fn what_is_no_answer_is_refused_by_its_place() {
    let refused = |answer: &str| match decode_reply(answer.as_bytes()) {
        Err(Error::Body { pointer, reason }) => (pointer, reason),
        other => panic!("{other:?}"),
    };
    let at = |pointer: &str, reason: &str| (pointer.to_owned(), reason.to_owned());
    assert_eq!(refused("{}"), at("", "required key [content] not found"));
    assert_eq!(
        refused(r#"{"content": [{"type": "text", "text": "a"}, {"type": "text", "text": 5}]}"#),
        at("/content/1/text", "expected a string, found a number")
    );
    assert_eq!(
        refused(r#"{"content": [{"type": "tool_use", "name": "n"}]}"#),
        at("/content/0", "required key [id] not found")
    );
}
