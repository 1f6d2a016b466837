//! The frames of a streamed conversation, read as events.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use dialects::converse;
use futures_core::Stream;
use generated::runtime::types::ConverseStreamOutput;
use llm::chat::{Event, Meta, Usage, UsageSource};
use llm::{BoxStream, Chunk, Error, Ext};
use rest_json::{EventStream as _, FrameDecoder};

use super::unreadable;

/// The events of a relayed stream, whose end and whose exceptions the relay has told apart already.
pub(super) struct Events {
    /// None once the stream is over.
    chunks: Option<BoxStream<Result<Chunk, Error>>>,
    decoder: FrameDecoder,
    ready: VecDeque<Event>,
    progress: Progress,
}

/// How far the reply has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Open,
    Stopped,
    Measured,
}

impl Events {
    /// The events in those pieces, whose frames are not longer than that.
    pub(super) fn new(chunks: BoxStream<Result<Chunk, Error>>, frame_bytes: usize) -> Self {
        Self {
            chunks: Some(chunks),
            decoder: FrameDecoder::new(frame_bytes),
            ready: VecDeque::new(),
            progress: Progress::Open,
        }
    }

    fn take(&mut self, chunk: &Chunk) -> Result<(), Error> {
        for frame in self.decoder.push(&chunk.bytes).map_err(unreadable)? {
            let output = ConverseStreamOutput::decode_frame(&frame).map_err(unreadable)?;
            // What this build does not know is no part of a reply.
            let Some(event) = converse::decode_event(output).map_err(unreadable)? else {
                continue;
            };
            match &event {
                Event::Stop { .. } => self.progress = Progress::Stopped,
                Event::Meta(_) => self.progress = Progress::Measured,
                Event::Start { .. }
                | Event::BlockStart { .. }
                | Event::Delta { .. }
                | Event::BlockStop { .. } => {}
            }
            self.ready.push_back(unpadded(event));
        }
        Ok(())
    }

    /// The stream is over. One that ends properly behind its stop lacks nothing but its cost.
    fn end(&mut self) {
        self.chunks = None;
        if self.progress == Progress::Stopped {
            self.ready.push_back(Event::Meta(Box::new(Meta {
                usage: Usage {
                    source: UsageSource::Missing,
                    ..Usage::default()
                },
                ..Meta::default()
            })));
        }
    }
}

impl Stream for Events {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(event) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            let Some(chunks) = &mut this.chunks else {
                return Poll::Ready(None);
            };
            let fault = match ready!(chunks.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => match this.take(&chunk) {
                    Ok(()) => {
                        if chunk.last {
                            this.end();
                        }
                        continue;
                    }
                    Err(fault) => fault,
                },
                Some(Err(fault)) => fault,
                None => {
                    this.end();
                    continue;
                }
            };
            this.chunks = None;
            return Poll::Ready(Some(Err(fault)));
        }
    }
}

/// The event without the padding that the service adds against those who measure lengths.
fn unpadded(mut event: Event) -> Event {
    let ext: &mut Ext = match &mut event {
        Event::Start { ext, .. }
        | Event::BlockStart { ext, .. }
        | Event::Delta { ext, .. }
        | Event::BlockStop { ext, .. }
        | Event::Stop { ext, .. } => ext,
        Event::Meta(meta) => &mut meta.ext,
    };
    ext.0.retain(|(name, _)| &**name != "p");
    event
}
