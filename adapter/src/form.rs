//! What an answer needs of its request: the form it is to take, learnt when somebody reads the request.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use dialects::Rendering;
use dialects::invoke::Format;
use llm::{Context, Model, Op};

use crate::clock;
use crate::paths::Paths;

/// The form of an answer.
#[derive(Debug)]
pub(crate) enum Form {
    /// Converse, with the fields of the family's own reply that the caller asks for.
    Converse(Option<Paths>),
    /// The format of the request's body.
    Invoke {
        format: Format,
        /// A guess at the request's tokens, for a format that tells them before they are known.
        input_tokens_guess: i32,
        /// Whether the body asks a stream for its usage, in formats where that is a question.
        wants_usage: bool,
    },
}

/// Where the reader of a request leaves the form of the answer.
pub(crate) type Learnt = Arc<OnceLock<Form>>;

/// A call on its way, as far as its answer must know it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) op: Op,
    /// The operation's name.
    pub(crate) operation: &'static str,
    /// The form of an answer to a request that nobody has read; none where nobody can tell.
    unread: Option<Form>,
    learnt: Learnt,
    /// The model as the caller named it.
    pub(crate) model: Option<Model>,
    began: Instant,
}

impl Asked {
    /// A call that begins now, its request whole.
    pub(crate) fn new(
        op: Op,
        operation: &'static str,
        unread: Option<Form>,
        model: Option<Model>,
    ) -> Self {
        Self {
            op,
            operation,
            unread,
            learnt: Learnt::default(),
            model,
            began: Instant::now(),
        }
    }

    /// The place for the form.
    pub(crate) fn learnt(&self) -> Learnt {
        Arc::clone(&self.learnt)
    }

    /// The form of the answer; none where it cannot be told without the request, and nobody has read that.
    pub(crate) fn form(&self) -> Option<&Form> {
        self.learnt.get().or(self.unread.as_ref())
    }

    /// Whether the answer has the format of the request's body, so that documents of that format are an answer.
    pub(crate) fn is_of_a_body(&self) -> bool {
        match self.form() {
            Some(Form::Invoke { .. }) => true,
            Some(Form::Converse(_)) | None => false,
        }
    }

    /// How long ago the call began, in milliseconds.
    pub(crate) fn elapsed_ms(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// What a model's own format shows of the call beside the reply.
    pub(crate) fn rendering(&self, cx: &Context, input_tokens_guess: i32) -> Rendering {
        Rendering {
            id: cx.request_id.to_string(),
            model: self
                .model
                .as_ref()
                .map(|model| model.name.to_string())
                .unwrap_or_default(),
            created_secs: clock::now_secs(),
            input_tokens_guess,
        }
    }
}
