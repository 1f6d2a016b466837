//! Bodies of answers: whole, as frames, or as an upstream's own bytes.
//!
//! A streamed body is one stream polled by the HTTP layer: no task and no channel stands between, so dropping it cancels everything behind it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use llm::{BoxStream, Chunk, Error};

use crate::error;

/// The body of an answer.
pub type Body = UnsyncBoxBody<Bytes, BodyError>;

/// An upstream's answer of known length broke off; the connection ends with it, since nothing else could tell the client.
#[derive(Clone, Debug)]
pub struct BodyError(Error);

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the upstream's answer broke off")
    }
}

impl std::error::Error for BodyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Frames that are ready go out in one write, up to the frame that reaches this size.
const COALESCE_BYTES: usize = 16 * 1024;

/// A whole body.
pub(crate) fn whole(bytes: Bytes) -> Body {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// What a body of frames is made of.
pub(crate) trait Frames: Send {
    /// Writes the next frames behind what is there, possibly none; there are no more behind an error or the end.
    fn poll_frames(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut BytesMut,
    ) -> Poll<Option<Result<(), Error>>>;
}

/// A body of frames; an error becomes its last frame.
pub(crate) fn frames(frames: Box<dyn Frames>) -> Body {
    Framed {
        frames: Some(frames),
    }
    .boxed_unsync()
}

/// An upstream's own frames; an error of the stream becomes its last frame.
pub(crate) fn native_frames(chunks: BoxStream<Result<Chunk, Error>>) -> Body {
    Native {
        chunks: Some(chunks),
        framed: true,
    }
    .boxed_unsync()
}

/// An upstream's own bytes.
pub(crate) fn native(chunks: BoxStream<Result<Chunk, Error>>) -> Body {
    Native {
        chunks: Some(chunks),
        framed: false,
    }
    .boxed_unsync()
}

struct Framed {
    /// None once the last frame is out.
    frames: Option<Box<dyn Frames>>,
}

impl http_body::Body for Framed {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let mut ready = BytesMut::new();
        while ready.len() < COALESCE_BYTES {
            let Some(frames) = &mut self.frames else {
                break;
            };
            let n_before = ready.len();
            match frames.poll_frames(cx, &mut ready) {
                Poll::Ready(Some(Ok(()))) => {}
                Poll::Ready(Some(Err(error))) => {
                    // What could not be written whole is not begun.
                    ready.truncate(n_before);
                    ready.extend_from_slice(&error::frame(&error));
                    self.frames = None;
                }
                Poll::Ready(None) => self.frames = None,
                Poll::Pending if ready.is_empty() => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        Poll::Ready((!ready.is_empty()).then(|| Ok(Frame::data(ready.freeze()))))
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_none()
    }
}

struct Native {
    /// None once the last byte is out.
    chunks: Option<BoxStream<Result<Chunk, Error>>>,
    /// Whether the bytes are frames, to which an exception frame can be added.
    framed: bool,
}

impl http_body::Body for Native {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            let Some(chunks) = &mut self.chunks else {
                return Poll::Ready(None);
            };
            match chunks.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(Chunk {
                    bytes,
                    usage: _,
                    last,
                }))) => {
                    if last {
                        self.chunks = None;
                    }
                    // A chunk may carry only a fact, and an empty frame would be taken for a fault by some HTTP/2 clients.
                    if !bytes.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(bytes))));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    self.chunks = None;
                    return Poll::Ready(Some(if self.framed {
                        Ok(Frame::data(error::frame(&error)))
                    } else {
                        Err(BodyError(error))
                    }));
                }
                Poll::Ready(None) => self.chunks = None,
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.chunks.is_none()
    }
}
