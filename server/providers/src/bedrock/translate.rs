//! The body of an invocation whose model speaks another format, sent as a conversation: Converse speaks for every model.
//!
//! What goes out is relayed like any other conversation, so signature, faults and waiting are the relay's; what comes back
//! is read here, for the caller wants it in the format of its body.

mod events;

use bytes::BytesMut;
use dialects::invoke::Format;
use dialects::{converse, family};
use futures_util::StreamExt;
use generated::runtime::operation::{Converse, ConverseStream};
use http::header::VIA;
use http::{HeaderMap, StatusCode};
use llm::chat::Reply;
use llm::{
    Answer, BoxStream, Call, Chunk, Context, Error, Key, Kind, Model, Native, Op, Origin, Plan,
    Wire,
};
use rest_json::{EncodeError, Operation as _, Response};

use crate::bedrock::operation::{Operation, Reply as Told};
use crate::bedrock::{Bedrock, not_served};
use events::Events;

const CONVERSE: Wire = Wire("bedrock/converse");
const CONVERSE_STREAM: Wire = Wire("bedrock/converse-stream");

/// How long a whole reply may be; the longest that a model writes is far shorter.
const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Whether the body of a call is of a format that the model is known not to speak.
pub(super) fn is_foreign(operation: &Operation, call: &Call, model: Option<&Model>) -> bool {
    match operation.reply {
        Told::Counted | Told::Chunks => {}
        Told::Plain | Told::Usage | Told::Events => return false,
    }
    let (Some(model), Some(asked)) = (model, &call.model) else {
        return false;
    };
    let own = Format::of_model(&model.name);
    let family = family::of(&model.name);
    // Nothing is known of the model, so there is nothing to read in the body.
    if own.is_none() && family.is_none() {
        return false;
    }
    let Some(body) = Format::detect(&call.native.body, &asked.name) else {
        return false;
    };
    match (own, family) {
        // Recorded: even those that are known for prompts take messages.
        (_, Some(family::MISTRAL)) if body == Format::OpenAiChat => false,
        (Some(own), _) => own != body,
        (None, Some(family::NOVA)) => true,
        // None of these is an Anthropic model; what some take has much of the other formats, as recordings of Jamba show.
        (None, Some(family::MISTRAL | family::OTHER)) => body == Format::Anthropic,
        (None, Some(_) | None) => false,
    }
}

impl Bedrock {
    /// Sends what was planned as a conversation.
    pub(super) async fn translate(
        &self,
        cx: &Context,
        key: &Key,
        model: &Model,
        call: &Call,
        plan: &Plan,
    ) -> Result<Answer, Error> {
        let request = match &plan.request {
            Some(edited) => edited,
            None => call.neutral()?,
        };
        match call.op {
            Op::Chat => {
                let input = converse::encode_request(&model.name, request.clone());
                let call = restated(call, CONVERSE, Converse::encode_request(&input))?;
                let answer = self.relay(cx, key, Some(model), &call).await?;
                let reply = whole(answer).await?;
                Ok(Answer::Reply(Box::new(reply)))
            }
            Op::ChatStream => {
                let input = converse::encode_stream_request(&model.name, request.clone());
                let call = restated(
                    call,
                    CONVERSE_STREAM,
                    ConverseStream::encode_request(&input),
                )?;
                let answer = self.relay(cx, key, Some(model), &call).await?;
                let (_, _, frames) = parts(answer)?;
                let events = Events::new(frames, self.limits.frame_bytes);
                Ok(Answer::Events(Box::pin(events)))
            }
            Op::Count | Op::Other => Err(not_served()),
        }
    }
}

/// The call as it would have come in that operation.
fn restated(
    call: &Call,
    wire: Wire,
    request: Result<rest_json::Request, EncodeError>,
) -> Result<Call, Error> {
    let rest_json::Request {
        method,
        target,
        headers: mut head,
        body,
        labels: _,
    } = request.map_err(unsendable)?;
    // Where the call has been is true of it in every form.
    for value in call.native.head.get_all(VIA) {
        head.append(VIA, value.clone());
    }
    let native = Native {
        wire,
        method,
        target: target.parse().map_err(unsendable)?,
        head,
        body,
    };
    // It is only relayed from here on.
    let decode = |_: &Native| Err(not_served());
    Ok(Call::new(
        call.op,
        call.model.clone(),
        native,
        Box::new(decode),
    ))
}

type Parts = (StatusCode, HeaderMap, BoxStream<Result<Chunk, Error>>);

/// The answer that a relay gives.
fn parts(answer: Answer) -> Result<Parts, Error> {
    match answer {
        Answer::Native { status, head, body } => Ok((status, head, body)),
        Answer::Reply(_) | Answer::Events(_) | Answer::Count(_) | Answer::Documents(_) => {
            Err(not_served())
        }
    }
}

async fn whole(answer: Answer) -> Result<Reply, Error> {
    let (status, headers, mut chunks) = parts(answer)?;
    let mut body = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let Chunk {
            bytes,
            usage: _,
            last,
        } = chunk?;
        if body.len().saturating_add(bytes.len()) > REPLY_BYTES_MAX {
            return Err(unreadable("the answer is too long"));
        }
        body.extend_from_slice(&bytes);
        if last {
            break;
        }
    }
    let response = Response {
        status,
        headers,
        body: body.freeze(),
    };
    let output = Converse::decode_response(&response).map_err(unreadable)?;
    converse::decode_reply(output).map_err(unreadable)
}

fn unreadable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(
        Kind::Protocol,
        Origin::Upstream,
        "The model provider gave an answer that is not of its protocol.",
    )
    .with_source(source)
}

fn unsendable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(Kind::GatewayInternal, Origin::Gateway, "Internal error.").with_source(source)
}
