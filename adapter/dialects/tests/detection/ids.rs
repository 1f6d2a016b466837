//! Model ids, as callers write them.

use dialects::family::{self, ANTHROPIC, MISTRAL, NOVA, OPENAI, OTHER};
use dialects::invoke::Format;

#[test]
fn a_model_id_names_its_family() {
    #[rustfmt::skip]
    let families = [
        (ANTHROPIC, [
            "anthropic.claude-3-haiku-20240307-v1:0", "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "global.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic/claude-sonnet-4-5", "claude-opus-4-8",
            "openrouter/anthropic/claude-sonnet-4.5", "bedrock/eu.anthropic.claude-3-7-sonnet-20250219-v1:0",
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0",
            "vertex/claude-sonnet-4@20250514", "anthropic/our-model", "Claude-3-Opus",
        ].as_slice()),
        (OPENAI, &[
            "openai.gpt-oss-120b-1:0", "us.openai.gpt-oss-20b-1:0", "openai/gpt-4o", "gpt-4.1-mini", "gpt4o", "chatgpt-4o-latest",
            "o1", "o3", "o4-mini", "openai/o3-mini", "azure/gpt-4o", "openai/our-deployment", "codex-mini-latest",
            "qwen.qwen3-32b-v1:0", "qwen2.5-72b-instruct", "deepseek.v3-v1:0", "us.deepseek.r1-v1:0", "deepseek/deepseek-chat",
            "moonshotai/kimi-k2", "z-ai/glm-4.6", "x-ai/grok-4", "google.gemma-3-27b-it", "groq/qwen/qwen3-32b",
            "nvidia.nemotron-nano-9b-v2", "writer.palmyra-x5-v1:0", "minimax.minimax-m2",
        ]),
        (NOVA, &[
            "amazon.nova-lite-v1:0", "us.amazon.nova-micro-v1:0", "amazon/nova-pro", "nova-2-lite", "amazon.nova-2-lite-v1:0",
        ]),
        (MISTRAL, &[
            "mistral.mistral-7b-instruct-v0:2", "us.mistral.pixtral-large-2502-v1:0", "mistral/mistral-large-latest",
            "mistralai/Mixtral-8x7B-Instruct-v0.1", "codestral-latest", "mistral.mixtral-8x7b-instruct-v0:1", "open-mistral-nemo",
        ]),
        (OTHER, &[
            "meta.llama3-8b-instruct-v1:0", "us.meta.llama4-scout-17b-instruct-v1:0", "groq/llama-3.3-70b-versatile", "llama3:8b",
            "amazon.titan-text-express-v1", "cohere.command-r-v1:0", "ai21.jamba-1-5-mini-v1:0", "gemini-2.5-pro",
            "google/gemini-2.5-flash", "stability.sd3-5-large-v1:0", "twelvelabs.pegasus-1-2-v1:0",
        ]),
    ];
    for (expected, ids) in families {
        for id in ids {
            assert_eq!(family::of(id), Some(expected), "{id}");
        }
    }
}

#[test]
fn an_id_that_says_nothing_names_no_family() {
    for id in [
        "",
        "our-best-model",
        "fast",
        "invalid-model-id",
        "novastar",
        "o11y",
        "openrouter/auto",
        "groq/compound",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/otnfa2ysixqd",
        "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc",
    ] {
        assert_eq!(family::of(id), None, "{id}");
    }
}

#[test]
fn a_model_of_bedrocks_speaks_its_own_format() {
    #[rustfmt::skip]
    let formats = [
        (Format::Anthropic, [
            "anthropic.claude-3-haiku-20240307-v1:0", "eu.anthropic.claude-haiku-4-5-20251001-v1:0", "apac.anthropic.claude-v2",
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0",
        ].as_slice()),
        (Format::OpenAiChat, &[
            "openai.gpt-oss-120b-1:0", "global.openai.gpt-oss-20b-1:0", "qwen.qwen3-32b-v1:0", "deepseek.v3-v1:0", "deepseek.v3.2",
            "moonshot.kimi-k2-thinking", "minimax.minimax-m2", "google.gemma-3-27b-it", "nvidia.nemotron-nano-9b-v2",
            "zai.glm-4.7", "writer.palmyra-x5-v1:0", "mistral.mistral-large-3-675b-instruct", "mistral.ministral-3-8b-instruct",
            "mistral.magistral-small-2509", "mistral.voxtral-mini-3b-2507",
        ]),
        (Format::MistralText, &[
            "mistral.mistral-7b-instruct-v0:2", "mistral.mixtral-8x7b-instruct-v0:1", "mistral.mistral-large-2402-v1:0",
            "mistral.mistral-small-2402-v1:0",
        ]),
    ];
    for (expected, ids) in formats {
        for id in ids {
            assert_eq!(Format::of_model(id), Some(expected), "{id}");
        }
    }
    for id in [
        "amazon.nova-lite-v1:0",
        "us.amazon.nova-pro-v1:0",
        "amazon.titan-text-express-v1",
        "meta.llama3-8b-instruct-v1:0",
        "cohere.command-r-v1:0",
        "ai21.jamba-1-5-mini-v1:0",
        // A prompt in a template of its own, and a chat whose answers are of no format here.
        "us.deepseek.r1-v1:0",
        "us.mistral.pixtral-large-2502-v1:0",
        "mistral.mistral-large-2407-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/otnfa2ysixqd",
        // No ids of Bedrock's.
        "claude-opus-4-8",
        "anthropic/claude-opus-4-8",
        "gpt-4o",
        "our-best-model",
        "",
    ] {
        assert_eq!(Format::of_model(id), None, "{id}");
    }
}
