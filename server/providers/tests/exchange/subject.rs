//! The two providers, each with an exchange as its documentation shows it.

use std::sync::Arc;

use dialects::{anthropic, openai_chat};
use http::Uri;
use llm::chat::{Dialect, Usage};
use llm::{Key, Kind, Provider};
use providers::CredentialsError;
use providers::anthropic::Anthropic;
use providers::http::{ApiKey, Network};
use providers::openai::{OpenAi, Quirks};
use secrecy::SecretString;

/// One provider.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) dialect: Dialect,
    /// Where its requests go, below the address of the settings.
    pub(crate) target: &'static str,
    pub(crate) provider: fn(Uri, Network) -> Arc<dyn Provider>,
    /// A request in its format.
    pub(crate) body: &'static str,
    /// A whole reply.
    pub(crate) reply: &'static str,
    /// The same as a stream.
    pub(crate) documents: &'static [&'static str],
    /// What ends the stream and is no document.
    pub(crate) terminator: Option<&'static str>,
    /// What it cost.
    pub(crate) usage: fn() -> Usage,
    /// An error inside an answer of 200, and what it means.
    pub(crate) fault: (&'static str, Kind, &'static str),
}

/// The key that every request carries.
pub(crate) const KEY: &str = "key-of-a-test";

struct Fixed;

impl ApiKey for Fixed {
    fn get(&self) -> Result<SecretString, CredentialsError> {
        Ok(KEY.into())
    }
}

pub(crate) fn keys() -> Vec<(Key, Option<Arc<dyn ApiKey>>)> {
    vec![(Key::new("default"), Some(Arc::new(Fixed)))]
}

pub(crate) const VIA: &str = "0b5c4e1e-of-this-test";

pub(crate) fn anthropic(base_url: Uri, network: Network) -> Anthropic {
    Anthropic::new(providers::anthropic::Settings {
        base_url,
        keys: keys(),
        betas: Vec::new(),
        network,
        via: VIA.into(),
    })
    .expect("valid settings")
}

pub(crate) fn openai(base_url: Uri, network: Network) -> OpenAi {
    OpenAi::new(providers::openai::Settings {
        base_url,
        keys: keys(),
        quirks: Quirks::OPENAI,
        network,
        via: VIA.into(),
    })
    .expect("valid settings")
}

pub(crate) const SUBJECTS: [Subject; 2] = [ANTHROPIC, OPENAI];

/// docs.claude.com: Messages, and "Streaming messages".
pub(crate) const ANTHROPIC: Subject = Subject {
    name: "anthropic",
    dialect: anthropic::DIALECT,
    target: "/v1/messages",
    provider: |base_url, network| Arc::new(anthropic(base_url, network)),
    body: r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":256,"messages":[{"role":"user","content":"Hello"}],"top_k":5.0}"#,
    reply: r#"{"id":"msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGgszyA5cXdm7bJdr1LwJ27Xwa1d","type":"message","role":"assistant","content":[{"type":"text","text":"Hello!"}],"model":"claude-opus-4-20250514","stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":25,"output_tokens":15}}"#,
    documents: &[
        r#"{"type": "message_start", "message": {"id": "msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGgszyA5cXdm7bJdr1LwJ27Xwa1d", "type": "message", "role": "assistant", "content": [], "model": "claude-opus-4-20250514", "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 25, "output_tokens": 1}}}"#,
        r#"{"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}"#,
        r#"{"type": "ping"}"#,
        r#"{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}}"#,
        r#"{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "!"}}"#,
        r#"{"type": "content_block_stop", "index": 0}"#,
        r#"{"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence":null}, "usage": {"output_tokens": 15}}"#,
        r#"{"type": "message_stop"}"#,
    ],
    terminator: None,
    usage: || Usage {
        input_uncached: 25,
        output: 15,
        ..Usage::default()
    },
    fault: (
        r#"{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}"#,
        Kind::Overloaded,
        "Overloaded",
    ),
};

/// platform.openai.com: Chat Completions, the object, the chunk object and its `usage`.
pub(crate) const OPENAI: Subject = Subject {
    name: "openai",
    dialect: openai_chat::DIALECT,
    target: "/chat/completions",
    provider: |base_url, network| Arc::new(openai(base_url, network)),
    body: r#"{"messages":[{"role":"user","content":"Hello"}],"seed":7.0,"stream_options":{"include_usage":true}}"#,
    reply: r#"{"id":"chatcmpl-123","object":"chat.completion","created":1694268190,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"message":{"role":"assistant","content":"Hello!"},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}"#,
    documents: &[
        r#"{"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}"#,
        r#"{"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{"content":"Hello"},"logprobs":null,"finish_reason":null}],"usage":null}"#,
        r#"{"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{"content":"!"},"logprobs":null,"finish_reason":null}],"usage":null}"#,
        r#"{"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}"#,
        r#"{"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}"#,
    ],
    terminator: Some("[DONE]"),
    usage: || Usage {
        input_uncached: 9,
        output: 12,
        ..Usage::default()
    },
    fault: (
        r#"{"error":{"message":"The server is overloaded. Please slow down.","type":"server_error","param":null,"code":null}}"#,
        Kind::Overloaded,
        "The server is overloaded. Please slow down.",
    ),
};

impl Subject {
    /// The whole stream as bytes.
    pub(crate) fn stream(&self) -> String {
        let documents = self.documents.iter().copied();
        crate::calling::sse(documents.chain(self.terminator))
    }

    /// The stream as far as the reply has begun to be told.
    pub(crate) fn opening(&self) -> String {
        crate::calling::sse(
            self.documents
                .iter()
                .copied()
                .take(4 - usize::from(self.terminator.is_some())),
        )
    }
}
