//! Servers that count their calls anew in each turn: an id that the conversation holds already is given to no second call.

use std::collections::BTreeSet;

use llm::chat::{
    Block, Message, Request, Role, Stop, ToolResult, ToolResultItem, ToolSet, ToolUse,
};
use llm::{Ext, Json, Op};
use providers::http::Network;

use crate::calling::{call, events, reply, saying_hello, send, sse};
use crate::subject::OPENAI;
use crate::upstream::{Upstream, chunked};

/// A conversation in which `call_0` was made and answered.
fn after_one_call() -> Request {
    let said = |role, block| Message {
        role,
        content: vec![block],
        ext: Ext::default(),
    };
    let used = Block::ToolUse(ToolUse {
        id: "call_0".to_owned(),
        name: "weather".to_owned(),
        input: Json::from_text("{}"),
        kind: None,
        ext: Ext::default(),
    });
    let gave = Block::ToolResult(ToolResult {
        id: "call_0".to_owned(),
        content: vec![ToolResultItem::Text("clear".to_owned())],
        status: None,
        kind: None,
        ext: Ext::default(),
    });
    let mut request = saying_hello();
    request.tools = Some(ToolSet::default());
    let messages = request.messages.get_or_insert_default();
    messages.push(said(Role::Assistant, used));
    messages.push(said(Role::User, gave));
    request
}

fn ids(message: &Message) -> BTreeSet<&str> {
    let calls = message.content.iter().filter_map(Block::tool_use);
    calls.map(|call| call.id.as_str()).collect()
}

/// Some servers that run on one's own machine number the calls of every turn from 0.
#[tokio::test]
async fn a_call_never_has_the_id_of_an_earlier_one() {
    let calls = r#"[{"index":0,"id":"call_0","type":"function","function":{"name":"weather","arguments":"{}"}},{"index":1,"id":"call_1","type":"function","function":{"name":"weather","arguments":"{}"}}]"#;
    let whole = format!(
        r#"{{"id":"a","object":"chat.completion","choices":[{{"index":0,"message":{{"role":"assistant","content":null,"tool_calls":{calls}}},"finish_reason":"tool_calls"}}],"usage":{{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}}}"#
    );
    let piece = format!(
        r#"{{"id":"a","object":"chat.completion.chunk","choices":[{{"index":0,"delta":{{"role":"assistant","tool_calls":{calls}}},"finish_reason":null}}]}}"#
    );
    let stop = r#"{"id":"a","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#;
    let stream = sse([&*piece, stop, "[DONE]"]);

    let upstream = Upstream::saying(chunked(200, &[], [whole.as_bytes()])).await;
    let provider = (OPENAI.provider)(upstream.uri(""), Network::default());
    let answered = send(&*provider, &call(Op::Chat, after_one_call())).await;
    let told = reply(answered.expect("an answer"));
    let upstream = Upstream::saying(chunked(200, &[], [stream.as_bytes()])).await;
    let provider = (OPENAI.provider)(upstream.uri(""), Network::default());
    let answered = send(&*provider, &call(Op::ChatStream, after_one_call())).await;
    let streamed = events(answered.expect("an answer")).await.reply();

    assert_eq!(told.stop, Stop::ToolUse);
    let found = ids(&told.message);
    assert_eq!(found.len(), 2);
    assert!(!found.contains("call_0"), "{found:?}");
    assert!(found.contains("call_1"), "{found:?}");
    // The same reply to the same conversation has the same ids, however it comes.
    assert_eq!(found, ids(&streamed.message));
}
