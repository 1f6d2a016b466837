//! What servers of this format answer, whole or in pieces.
//!
//! Knows the shapes and not what they mean. What a tool was given and gave back stays as it is written.

use rest_json::Document;

use crate::wire::readable;

readable! {
    /// A whole answer, or the message that a stream begins with.
    Answer {
        id: "id" => String,
        /// `message`.
        kind: "type" => String,
        role: "role" => String,
        model: "model" => String,
        /// The blocks as they came; [`Block`] reads one.
        content: "content" => Vec<Document>,
        stop_reason: "stop_reason" => String,
        stop_sequence: "stop_sequence" => String,
        usage: "usage" => Usage,
    }
}

readable! {
    /// A block of an answer, or what one in a stream begins with.
    Block {
        kind: "type" => String,
        text: "text" => String,
        citations: "citations" => Document,
        thinking: "thinking" => String,
        signature: "signature" => String,
        /// Sealed reasoning.
        data: "data" => String,
        /// The id of a call.
        id: "id" => String,
        name: "name" => String,
        input: "input" => Document,
        /// The call that a result is of.
        tool_use_id: "tool_use_id" => String,
        /// What a tool of the server's own gave back.
        content: "content" => Document,
    }
}

readable! {
    /// What an answer cost. A stream tells it twice, the second time without what has not changed.
    Usage {
        input_tokens: "input_tokens" => i64,
        cache_creation_input_tokens: "cache_creation_input_tokens" => i64,
        cache_read_input_tokens: "cache_read_input_tokens" => i64,
        cache_creation: "cache_creation" => CacheCreation,
        output_tokens: "output_tokens" => i64,
        /// `standard`, `priority` or `batch`.
        service_tier: "service_tier" => String,
    }
}

readable! {
    /// How the tokens written to a cache divide by lifetime.
    CacheCreation {
        one_hour: "ephemeral_1h_input_tokens" => i64,
        five_minutes: "ephemeral_5m_input_tokens" => i64,
    }
}
