//! A relayed event stream: whole frames pass, what arrived together passes together, and an end that is none is a fault.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body;
use hyper::body::Incoming;
use llm::chat::Usage;
use llm::{Chunk, Error};
use rest_json::frame::FrameKind;
use rest_json::{FrameDecoder, FrameError, RawFrame};

use crate::bedrock::fault;
use crate::bedrock::operation::Reply;
use crate::bedrock::usage;
use crate::http::gathered::Gathered;
use crate::http::idle::Idle;

/// How much is gathered before it passes, however much more is there.
const GATHERED_BYTES: usize = 64 * 1024;

/// The frames of one answer.
///
/// Invariant: only whole frames leave, for behind half a frame no exception frame of the gateway could follow.
pub(super) struct Frames {
    body: Incoming,
    decoder: FrameDecoder,
    idle: Idle,
    progress: Progress,
    ready: Gathered,
    usage: Option<Usage>,
    end: End,
    waited: bool,
    /// What [`Frames::open`] has taken out.
    first: Option<Chunk>,
}

/// How the stream ends, once that is known.
enum End {
    Open,
    Known(Result<Chunk, Error>),
    Told,
}

impl Frames {
    /// The frames of a body; `reply` says what they are.
    pub(super) fn new(body: Incoming, reply: Reply, frame_bytes: usize, idle: Idle) -> Self {
        Self {
            body,
            decoder: FrameDecoder::new(frame_bytes),
            idle,
            progress: Progress::new(reply),
            ready: Gathered::default(),
            usage: None,
            end: End::Open,
            waited: false,
            first: None,
        }
    }

    /// Waits for the first frame, so that a stream that fails at once is still an error with a status.
    pub(super) async fn open(mut self) -> Result<Self, Error> {
        match std::future::poll_fn(|cx| Pin::new(&mut self).poll_next(cx)).await {
            Some(Ok(chunk)) => {
                self.first = Some(chunk);
                Ok(self)
            }
            Some(Err(error)) => Err(error),
            None => Err(fault::interrupted()),
        }
    }

    fn take(&mut self, bytes: Bytes) {
        let frames = match self.decoder.push_raw(bytes) {
            Ok(frames) => frames,
            Err(error) => return self.end_with(Err(fault::not_frames(error))),
        };
        for frame in frames {
            match frame.kind() {
                // Nothing follows an exception, and it is the error's to carry it to the caller.
                FrameKind::Exception(_) | FrameKind::Error { .. } => {
                    return self.end_with(Err(fault::of_frame(&frame)));
                }
                FrameKind::Event(name) => {
                    if let Some(usage) = self.progress.see(name, &frame) {
                        self.usage = Some(usage);
                    }
                }
                FrameKind::Other => {}
            }
            self.ready.push(frame.bytes);
        }
        // A broken frame behind whole ones is told by the decoder's next call, which may be long in coming.
        match self.decoder.finish() {
            Ok(()) | Err(FrameError::Unfinished { .. }) => {}
            Err(error) => self.end_with(Err(fault::not_frames(error))),
        }
    }

    fn end_with(&mut self, end: Result<Chunk, Error>) {
        self.end = End::Known(end);
    }

    /// The body is over, by itself or broken off.
    fn over(&mut self, broken: Option<hyper::Error>) {
        let is_whole = self.decoder.pending() == 0;
        let end = if is_whole && self.progress.is_complete(broken.is_none()) {
            // Behind the last event there was nothing left to break.
            Ok(Chunk {
                bytes: Bytes::new(),
                usage: self.progress.last_usage(),
                last: true,
            })
        } else {
            Err(match broken {
                Some(broken) => fault::interrupted().with_source(broken),
                None => fault::interrupted().with_detail("the stream ended before its last event"),
            })
        };
        self.end_with(end);
    }

    fn gathered(&mut self) -> Poll<Option<Result<Chunk, Error>>> {
        self.waited = false;
        Poll::Ready(Some(Ok(Chunk {
            bytes: self.ready.take(),
            usage: self.usage.take(),
            last: false,
        })))
    }
}

impl Stream for Frames {
    type Item = Result<Chunk, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(first) = this.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        loop {
            match (&this.end, this.ready.is_empty()) {
                (End::Told, _) => return Poll::Ready(None),
                (End::Known(_), false) => return this.gathered(),
                (End::Known(_), true) => {
                    return match std::mem::replace(&mut this.end, End::Told) {
                        End::Known(end) => Poll::Ready(Some(end)),
                        End::Open | End::Told => Poll::Ready(None),
                    };
                }
                (End::Open, _) => {}
            }
            match Pin::new(&mut this.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    this.waited = false;
                    if !this.idle.reset() {
                        this.end_with(Err(fault::silent()));
                        continue;
                    }
                    // Trailers are of the connection and do not pass.
                    if let Ok(bytes) = frame.into_data() {
                        this.take(bytes);
                    }
                    if this.ready.len() >= GATHERED_BYTES {
                        return this.gathered();
                    }
                }
                Poll::Ready(Some(Err(broken))) => this.over(Some(broken)),
                Poll::Ready(None) => this.over(None),
                Poll::Pending if this.ready.is_empty() => {
                    ready!(this.idle.poll(cx));
                    this.end_with(Err(fault::silent()));
                }
                // The connection hands over one HTTP chunk at a time, and what it has read holds more of them as often
                // as not: it gets one turn to say so, which is cheaper than writing to the client chunk by chunk.
                Poll::Pending if !this.waited => {
                    this.waited = true;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Pending => return this.gathered(),
            }
        }
    }
}

/// How far the stream has come, by the names of its events.
enum Progress {
    /// A conversation: `messageStop`, then `metadata` with the usage.
    Events { stopped: bool, complete: bool },
    /// A model's own chunks, the last of which holds the metrics: which one that is, only the end tells.
    Chunks { latest: Option<RawFrame> },
}

impl Progress {
    fn new(reply: Reply) -> Self {
        match reply {
            Reply::Chunks => Self::Chunks { latest: None },
            Reply::Events | Reply::Plain | Reply::Usage | Reply::Counted => Self::Events {
                stopped: false,
                complete: false,
            },
        }
    }

    /// Takes note of an event, and gives the usage if it is there.
    fn see(&mut self, name: &str, frame: &RawFrame) -> Option<Usage> {
        match self {
            Self::Events { stopped, complete } => match name {
                "messageStop" => {
                    *stopped = true;
                    None
                }
                "metadata" => {
                    *complete = true;
                    usage::of_metadata(&frame.payload())
                }
                _other => None,
            },
            Self::Chunks { latest } => {
                *latest = Some(frame.clone());
                None
            }
        }
    }

    /// Whether nothing is missing if the body ends here, properly or by a broken connection.
    fn is_complete(&self, properly: bool) -> bool {
        match self {
            Self::Events { stopped, complete } => *complete || (*stopped && properly),
            Self::Chunks { latest } => latest.is_some() && properly,
        }
    }

    fn last_usage(&self) -> Option<Usage> {
        match self {
            Self::Events { .. } => None,
            Self::Chunks { latest } => usage::of_chunk(&latest.as_ref()?.payload()),
        }
    }
}
