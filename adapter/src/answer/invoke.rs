//! Answers in the format of the request's body: what a model of that format says on Bedrock, with the headers and the metrics
//! that the service adds.

use std::task::{Context as TaskContext, Poll, ready};

use bytes::{Bytes, BytesMut};
use dialects::invoke::{Format, Teller};
use futures_util::StreamExt;
use generated::runtime::operation::{
    InvokeModel, InvokeModelOutput, InvokeModelWithResponseStream,
    InvokeModelWithResponseStreamOutput,
};
use generated::runtime::types::{
    PayloadPart, PerformanceConfigLatency, ResponseStream, ServiceTierType,
};
use http::Response;
use llm::chat::{Event, Meta, Performance, Reply, Tier, Usage};
use llm::{BoxStream, Chunk, Context, Error};
use rest_json::{Blob, EventStream, Operation, Unknowns};

use crate::answer::overrule;
use crate::answer::told::{Fault, Voice};
use crate::body::{self, Body, Frames};
use crate::form::Asked;
use crate::metrics::{self, Metrics};
use crate::{error, respond};

/// A whole reply.
pub(super) fn whole(
    cx: &Context,
    asked: &Asked,
    format: Format,
    input_tokens_guess: i32,
    reply: &Reply,
) -> Result<Response<Body>, Error> {
    let body = format.encode_reply(reply, &asked.rendering(cx, input_tokens_guess));
    let latency_ms = reply
        .latency
        .as_ref()
        .map_or_else(|| asked.elapsed_ms(), |latency| latency.ms);
    let output = InvokeModelOutput {
        body: Some(body.into()),
        content_type: Some(rest_json::operation::JSON.to_owned()),
        performance_config_latency: reply.performance.as_ref().and_then(latency_setting),
        service_tier: reply.tier.as_ref().map(tier),
    };
    answered(cx, &output, &reply.usage, latency_ms)
}

/// A whole reply that came in the caller's own format.
pub(super) async fn documents(
    cx: &Context,
    asked: &Asked,
    mut chunks: BoxStream<Result<Chunk, Error>>,
) -> Result<Response<Body>, Error> {
    let mut whole = BytesMut::new();
    let mut known = None;
    while let Some(chunk) = chunks.next().await {
        let Chunk { bytes, usage, last } = chunk?;
        whole.extend_from_slice(&bytes);
        known = usage.or(known);
        if last {
            break;
        }
    }
    let output = InvokeModelOutput {
        body: Some(whole.freeze()),
        content_type: Some(rest_json::operation::JSON.to_owned()),
        performance_config_latency: None,
        service_tier: None,
    };
    answered(cx, &output, &known.unwrap_or_default(), asked.elapsed_ms())
}

fn answered(
    cx: &Context,
    output: &InvokeModelOutput,
    usage: &Usage,
    latency_ms: i64,
) -> Result<Response<Body>, Error> {
    let mut response = InvokeModel::encode_response(output)
        .map_err(|fault| error::internal(&cx.request_id, fault))?;
    metrics::head(&mut response.headers, usage, latency_ms);
    Ok(respond::generated(cx, response))
}

fn latency_setting(performance: &Performance) -> Option<PerformanceConfigLatency> {
    let Performance { latency, ext: _ } = performance;
    latency.as_deref().map(PerformanceConfigLatency::from)
}

fn tier(tier: &Tier) -> ServiceTierType {
    let Tier { kind, ext: _ } = tier;
    ServiceTierType::from(kind.as_str())
}

/// A stream of those frames.
pub(super) fn streamed(cx: &Context, frames: Box<dyn Frames>) -> Result<Response<Body>, Error> {
    let output = InvokeModelWithResponseStreamOutput {
        content_type: Some(rest_json::operation::JSON.to_owned()),
        // Known only at the end of a reply.
        performance_config_latency: None,
        service_tier: None,
    };
    let response = InvokeModelWithResponseStream::encode_response(&output)
        .map_err(|fault| error::internal(&cx.request_id, fault))?;
    let rest_json::Response {
        status,
        headers,
        body: _,
    } = response;
    Ok(respond::with_head(
        cx,
        status,
        headers,
        body::frames(frames),
    ))
}

/// A stream of documents that came in the caller's own format.
pub(super) fn streamed_documents(
    cx: &Context,
    asked: Asked,
    chunks: BoxStream<Result<Chunk, Error>>,
) -> Result<Response<Body>, Error> {
    let frames = Framed {
        chunks: Some(chunks),
        usage: Usage::default(),
        clock: Clock::new(asked),
        cx: cx.clone(),
    };
    streamed(cx, Box::new(frames))
}

/// When the first piece came and when the last.
struct Clock {
    asked: Asked,
    first_byte_ms: Option<i64>,
}

impl Clock {
    fn new(asked: Asked) -> Self {
        Self {
            asked,
            first_byte_ms: None,
        }
    }

    /// Notes that a piece has come.
    fn tick(&mut self) {
        self.first_byte_ms
            .get_or_insert_with(|| self.asked.elapsed_ms());
    }

    /// The cost of a stream that ends now, its latency measured here unless somebody nearer to the model has done so.
    fn metrics<'a>(&self, usage: &'a Usage, latency_ms: Option<i64>) -> Metrics<'a> {
        let latency_ms = latency_ms.unwrap_or_else(|| self.asked.elapsed_ms());
        Metrics {
            usage,
            latency_ms,
            first_byte_ms: self.first_byte_ms.unwrap_or(latency_ms).min(latency_ms),
        }
    }
}

/// Writes events as the chunks of a format.
pub(super) struct Chunks {
    teller: Teller,
    clock: Clock,
}

impl Chunks {
    pub(super) fn new(teller: Teller, asked: Asked) -> Self {
        Self {
            teller,
            clock: Clock::new(asked),
        }
    }
}

impl Voice for Chunks {
    fn tell(&mut self, event: Event, out: &mut BytesMut) -> Result<(), Fault> {
        self.clock.tick();
        let cost = match &event {
            Event::Meta(meta) => {
                let Meta { usage, latency, .. } = &**meta;
                Some((usage.clone(), latency.as_ref().map(|latency| latency.ms)))
            }
            Event::Start { .. }
            | Event::BlockStart { .. }
            | Event::Delta { .. }
            | Event::BlockStop { .. }
            | Event::Stop { .. } => None,
        };
        let mut documents = self.teller.push(event)?;
        if let Some((usage, latency_ms)) = cost {
            self.clock
                .metrics(&usage, latency_ms)
                .append(&mut documents);
        }
        write(documents, out)
    }
}

/// Documents as frames.
struct Framed {
    /// None once the last document is framed.
    chunks: Option<BoxStream<Result<Chunk, Error>>>,
    /// What is known of it so far.
    usage: Usage,
    clock: Clock,
    cx: Context,
}

impl Frames for Framed {
    fn poll_frames(
        &mut self,
        cx: &mut TaskContext<'_>,
        out: &mut BytesMut,
    ) -> Poll<Option<Result<(), Error>>> {
        let Some(chunks) = &mut self.chunks else {
            return Poll::Ready(None);
        };
        let chunk = match ready!(chunks.as_mut().poll_next(cx)) {
            Some(Ok(chunk)) => chunk,
            Some(Err(fault)) => {
                self.chunks = None;
                return Poll::Ready(Some(Err(fault)));
            }
            // Whoever gives documents knows a cut from an end, so this is an end that nobody has marked.
            None => Chunk {
                last: true,
                ..Chunk::default()
            },
        };
        self.clock.tick();
        Poll::Ready(Some(self.write(chunk, out).map_err(|fault| {
            self.chunks = None;
            let fault = fault.told(&self.cx);
            overrule(&self.cx, &fault);
            fault
        })))
    }
}

impl Framed {
    /// Writes the frames of one chunk: none of one that only carries a fact.
    fn write(&mut self, chunk: Chunk, out: &mut BytesMut) -> Result<(), Fault> {
        let Chunk { bytes, usage, last } = chunk;
        if let Some(usage) = usage {
            self.usage = usage;
        }
        let mut documents = Vec::from_iter((!bytes.is_empty()).then_some(bytes));
        if last {
            self.chunks = None;
            self.clock.metrics(&self.usage, None).append(&mut documents);
        }
        write(documents, out)
    }
}

/// Writes documents as frames.
fn write(documents: Vec<Bytes>, out: &mut BytesMut) -> Result<(), Fault> {
    for document in documents {
        let chunk = ResponseStream::Chunk(PayloadPart {
            bytes: Some(Blob::from_bytes(document)),
            unknown: Unknowns::default(),
        });
        chunk.encode_frame()?.encode_to(out)?;
    }
    Ok(())
}
