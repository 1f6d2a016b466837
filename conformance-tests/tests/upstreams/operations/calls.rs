//! The calls of the table: boto3's own bytes where boto3 was captured, else what AWS's API reference shows.

use base64_simd::STANDARD;
use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;

use crate::boto3;
use crate::stage::{MISTRAL_AT_ANTHROPIC, MISTRAL_AT_CLAUDE, MISTRAL_AT_OPENAI, Provider};

/// A call of an operation, and where its answer depends on it, what its body is written in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asks {
    Converse,
    ConverseStream,
    InvokeModel(BodyOf),
    InvokeModelWithResponseStream(BodyOf),
    InvokeModelWithBidirectionalStream,
    CountTokens,
    CountTokensOfBody(BodyOf),
    StartAsyncInvoke,
    /// An operation for no model.
    Plain(&'static str),
}

/// The format of an invocation's body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BodyOf {
    Anthropic,
    OpenAiChat,
    MistralText,
    /// One that is not translated.
    Other,
}

impl BodyOf {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "Anthropic Messages",
            Self::OpenAiChat => "OpenAI Chat Completions",
            Self::MistralText => "Mistral text",
            Self::Other => "another format",
        }
    }

    /// As AWS's user guide has them (inference request parameters of Claude, gpt-oss, Mistral and Titan).
    fn body(self) -> Bytes {
        match self {
            Self::Anthropic => boto3::captured(boto3::INVOKE).body.clone(),
            Self::OpenAiChat => {
                let messages = json!([
                    { "role": "system", "content": "You are a helpful assistant." },
                    { "role": "user", "content": "hi" },
                ]);
                let body = json!({ "messages": messages, "max_completion_tokens": 10, "temperature": 0.7 });
                body.to_string().into()
            }
            Self::MistralText => {
                json!({ "prompt": "<s>[INST] hi [/INST]", "max_tokens": 10, "temperature": 0.5 })
                    .to_string()
                    .into()
            }
            Self::Other => json!({ "inputText": "hi" }).to_string().into(),
        }
    }

    /// A model on Bedrock whose own format it is.
    fn model(self) -> &'static str {
        match self {
            Self::Anthropic => CLAUDE,
            Self::OpenAiChat => "openai.gpt-oss-20b-1:0",
            Self::MistralText => "mistral.mistral-7b-instruct-v0:2",
            Self::Other => "amazon.titan-embed-text-v2:0",
        }
    }

    /// A model on Bedrock whose own format is known and another.
    fn foreign_model(self) -> &'static str {
        match self {
            Self::Anthropic => Self::OpenAiChat.model(),
            Self::OpenAiChat | Self::MistralText | Self::Other => CLAUDE,
        }
    }

    /// The name by which a client asks another provider's model: a Bedrock name where only that tells the format of a prompt.
    fn alias(self, provider: Provider) -> Option<&'static str> {
        match (self, provider) {
            (Self::MistralText, Provider::OpenAi) => Some(MISTRAL_AT_OPENAI),
            (Self::MistralText, Provider::Anthropic) => Some(MISTRAL_AT_ANTHROPIC),
            (Self::MistralText, Provider::Bedrock) => Some(MISTRAL_AT_CLAUDE),
            _ => None,
        }
    }
}

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";

impl Asks {
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::Converse => "Converse",
            Self::ConverseStream => "ConverseStream",
            Self::InvokeModel(_) => "InvokeModel",
            Self::InvokeModelWithResponseStream(_) => "InvokeModelWithResponseStream",
            Self::InvokeModelWithBidirectionalStream => "InvokeModelWithBidirectionalStream",
            Self::CountTokens | Self::CountTokensOfBody(_) => "CountTokens",
            Self::StartAsyncInvoke => "StartAsyncInvoke",
            Self::Plain(operation) => operation,
        }
    }

    pub(super) fn body_of(self) -> Option<BodyOf> {
        match self {
            Self::InvokeModel(body)
            | Self::InvokeModelWithResponseStream(body)
            | Self::CountTokensOfBody(body) => Some(body),
            Self::Converse
            | Self::ConverseStream
            | Self::InvokeModelWithBidirectionalStream
            | Self::CountTokens
            | Self::StartAsyncInvoke
            | Self::Plain(_) => None,
        }
    }

    pub(super) fn names_a_model(self) -> bool {
        !matches!(self, Self::Plain(_))
    }

    /// The id of a model of that provider, as a client gives it.
    pub(super) fn id(self, provider: Provider) -> String {
        let alias = self.body_of().and_then(|body| body.alias(provider));
        match alias.filter(|_| provider != Provider::Bedrock) {
            Some(alias) => alias.to_owned(),
            None => format!("{}/{}", provider.name(), self.model(provider)),
        }
    }

    /// The id of a model on Bedrock that is known to speak another format than the body's.
    pub(super) fn foreign_id(self) -> Option<String> {
        let body = self.body_of()?;
        Some(match body.alias(Provider::Bedrock) {
            Some(alias) => alias.to_owned(),
            None => format!("{}/{}", Provider::Bedrock.name(), body.foreign_model()),
        })
    }

    /// A model as that provider calls it.
    fn model(self, provider: Provider) -> &'static str {
        match (provider, self) {
            (Provider::Sandbox, _) => "echo",
            (Provider::Bedrock, Self::InvokeModelWithBidirectionalStream) => {
                "amazon.nova-sonic-v1:0"
            }
            (Provider::Bedrock, Self::StartAsyncInvoke) => "amazon.nova-reel-v1:0",
            (Provider::Bedrock, _) => self.body_of().map_or(CLAUDE, BodyOf::model),
            (Provider::OpenAi, _) => "gpt-4.1",
            (Provider::Anthropic, _) => "claude-sonnet-4-20250514",
        }
    }

    /// The call for a model by the id that clients give.
    pub(super) fn request(self, id: &str) -> Request<Bytes> {
        match self {
            Self::Converse => boto3::of(boto3::CONVERSE, id),
            Self::ConverseStream => boto3::of(boto3::CONVERSE_STREAM, id),
            Self::InvokeModel(body) => boto3::saying(boto3::INVOKE, id, body.body()),
            Self::InvokeModelWithResponseStream(body) => {
                boto3::saying(boto3::INVOKE_STREAM, id, body.body())
            }
            Self::InvokeModelWithBidirectionalStream => boto3::of("js-bidi/000", id),
            Self::CountTokens => boto3::of(boto3::COUNT, id),
            Self::CountTokensOfBody(body) => {
                let body = STANDARD.encode_to_string(body.body());
                let body = json!({ "input": { "invokeModel": { "body": body } } });
                boto3::saying(boto3::COUNT, id, body.to_string())
            }
            Self::StartAsyncInvoke => {
                let body = &boto3::captured(boto3::START_ASYNC).body;
                let body = String::from_utf8_lossy(body).replace("amazon.nova-reel-v1:0", id);
                boto3::with_body(boto3::START_ASYNC, body)
            }
            Self::Plain("ApplyGuardrail") => boto3::request(boto3::APPLY_GUARDRAIL),
            Self::Plain("GetAsyncInvoke") => boto3::request(boto3::GET_ASYNC),
            Self::Plain("ListAsyncInvokes") => boto3::request(boto3::LIST_ASYNC),
            Self::Plain("InvokeGuardrailChecks") => {
                let content = json!([{ "text": { "text": "x" } }]);
                let body = json!({ "source": "INPUT", "content": content });
                let target = "/bedrock/guardrail-checks/invoke";
                boto3::to(boto3::APPLY_GUARDRAIL, target, body.to_string())
            }
            Self::Plain(operation) => {
                let target = match operation {
                    "ListFoundationModels" => "/bedrock/foundation-models?byProvider=Amazon",
                    "GetFoundationModel" => "/bedrock/foundation-models/amazon.nova-pro-v1%3A0",
                    "ListInferenceProfiles" => "/bedrock/inference-profiles?maxResults=5",
                    "GetInferenceProfile" => {
                        "/bedrock/inference-profiles/us.amazon.nova-pro-v1%3A0"
                    }
                    other => panic!("no request of {other}"),
                };
                let request = boto3::to(boto3::LIST_ASYNC, target, "");
                assert_eq!(request.method(), Method::GET);
                request
            }
        }
    }
}
