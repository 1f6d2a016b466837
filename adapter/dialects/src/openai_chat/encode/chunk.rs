//! One chunk of a stream.

use llm::chat::{Stop, Tier, Usage};
use rest_json::{Bytes, ToJson, Writer, json};

use crate::Rendering;
use crate::openai_chat::cite::Annotation;
use crate::openai_chat::reply::REASONING_TAGS;
use crate::openai_chat::stop::encode_stop;
use crate::openai_chat::usage::encode_usage;

/// A chunk.
pub(super) struct Chunk<'a> {
    pub(super) rendering: &'a Rendering,
    /// What the only choice says; none for a chunk about the whole answer.
    pub(super) said: Option<Said<'a>>,
    pub(super) tier: Option<&'a Tier>,
    pub(super) usage: Option<&'a Usage>,
}

/// What is said next.
#[derive(Clone, Copy)]
pub(super) enum Said<'a> {
    /// Who speaks.
    Begin,
    Text(&'a str),
    Reasoning(&'a str),
    /// What a part of the text cites.
    Annotation(&'a Annotation),
    /// A piece of a call's arguments.
    Call {
        index: i32,
        /// The id and the name, where it is the first piece.
        begins: Option<&'a (String, String)>,
        arguments: &'a str,
    },
    /// Why nothing more is said.
    End(&'a Stop),
}

impl Chunk<'_> {
    pub(super) fn written(&self) -> Bytes {
        json::to_vec(self).into()
    }
}

impl ToJson for Chunk<'_> {
    fn write(&self, writer: &mut Writer) {
        let Self {
            rendering,
            said,
            tier,
            usage,
        } = self;
        let Rendering {
            id,
            model,
            created_secs,
            input_tokens_guess: _,
        } = rendering;
        let choices: Vec<Choice<'_>> = said.iter().map(|said| Choice(*said)).collect();
        let mut object = writer.map();
        object.entry("choices", &choices);
        object.entry("created", &i64::try_from(*created_secs).unwrap_or(i64::MAX));
        object.entry("id", &format!("chatcmpl-{id}"));
        object.entry("model", model);
        object.entry("object", "chat.completion.chunk");
        if let Some(Tier { kind, ext: _ }) = tier {
            object.entry("service_tier", kind);
        }
        if let Some(usage) = usage {
            object.entry("usage", &encode_usage(usage));
        }
        object.end();
    }
}

struct Choice<'a>(Said<'a>);

impl ToJson for Choice<'_> {
    fn write(&self, writer: &mut Writer) {
        let finish_reason = match self.0 {
            Said::End(stop) => Some(encode_stop(stop)),
            Said::Begin
            | Said::Text(_)
            | Said::Reasoning(_)
            | Said::Annotation(_)
            | Said::Call { .. } => None,
        };
        let mut object = writer.map();
        object.entry("delta", &Told(self.0));
        object.entry("finish_reason", &finish_reason);
        object.entry("index", &0);
        object.end();
    }
}

struct Told<'a>(Said<'a>);

impl ToJson for Told<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut object = writer.map();
        match self.0 {
            Said::Begin => {
                object.entry("content", "");
                object.entry("role", "assistant");
            }
            Said::Text(text) => object.entry("content", text),
            Said::Reasoning(text) => {
                let (open, close) = REASONING_TAGS;
                object.entry("content", &format!("{open}{text}{close}"));
            }
            Said::Annotation(annotation) => object.entry("annotations", &vec![annotation]),
            Said::Call {
                index,
                begins,
                arguments,
            } => {
                let call = Call {
                    index,
                    begins,
                    arguments,
                };
                object.entry("tool_calls", &vec![call]);
            }
            Said::End(_) => {}
        }
        object.end();
    }
}

/// A piece of a call.
struct Call<'a> {
    index: i32,
    begins: Option<&'a (String, String)>,
    arguments: &'a str,
}

impl ToJson for Call<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut object = writer.map();
        object.entry("function", &Function(self));
        if let Some((id, _)) = self.begins {
            object.entry("id", id);
        }
        object.entry("index", &self.index);
        object.entry("type", "function");
        object.end();
    }
}

struct Function<'a>(&'a Call<'a>);

impl ToJson for Function<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut object = writer.map();
        object.entry("arguments", self.0.arguments);
        if let Some((_, name)) = self.0.begins {
            object.entry("name", name);
        }
        object.end();
    }
}
