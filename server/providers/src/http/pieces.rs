//! The body of an answer piece by piece, and why it may not come whole.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Body;
use hyper::body::Incoming;

use crate::http::gathered::Gathered;
use crate::http::idle::Idle;

/// How much is gathered before it passes, however much more is there.
const GATHERED_BYTES: usize = 64 * 1024;

/// The pieces of one body.
#[derive(Debug)]
pub(crate) struct Pieces {
    body: Incoming,
    idle: Idle,
    gathered: Gathered,
    /// Whether what is gathered has waited for more of it.
    waited: bool,
    /// The end that came behind what was gathered.
    end: Option<Option<Broken>>,
}

/// Why a body did not come whole.
#[derive(Debug)]
pub(crate) enum Broken {
    /// Nothing came for too long, or the whole took too long.
    Late,
    /// The connection ended first.
    Cut(hyper::Error),
    /// There is more of it than anybody wants.
    TooLong,
}

impl Pieces {
    /// The pieces of that body, as far as the patience lasts.
    pub(crate) fn new(body: Incoming, idle: Idle) -> Self {
        Self {
            body,
            idle,
            gathered: Gathered::default(),
            waited: false,
            end: None,
        }
    }

    /// The answer proper has begun.
    pub(crate) fn begun(&mut self) {
        self.idle.begun();
    }

    /// The next piece, which is not empty.
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Broken>>> {
        match self.poll_body(cx) {
            Poll::Ready(next) => Poll::Ready(next),
            Poll::Pending => self.poll_patience(cx),
        }
    }

    /// The next pieces, as many as have come together: what is made of them then goes out in one write.
    pub(crate) fn poll_gathered(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Broken>>> {
        while self.gathered.len() < GATHERED_BYTES {
            match self.poll_body(cx) {
                Poll::Ready(Some(Ok(piece))) => {
                    self.waited = false;
                    self.gathered.push(piece);
                }
                Poll::Ready(end) if self.gathered.is_empty() => return Poll::Ready(end),
                Poll::Ready(end) => {
                    self.end = Some(end.and_then(Result::err));
                    break;
                }
                Poll::Pending if self.gathered.is_empty() => return self.poll_patience(cx),
                // The connection hands over one HTTP chunk at a time, and what it has read holds more of them as often
                // as not: it gets one turn to say so, which is cheaper than writing to the client chunk by chunk.
                Poll::Pending if !self.waited => {
                    self.waited = true;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Pending => break,
            }
        }
        self.waited = false;
        Poll::Ready(Some(Ok(self.gathered.take())))
    }

    /// What the connection says next, if it says anything now.
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        if let Some(end) = self.end.take() {
            return Poll::Ready(end.map(Err));
        }
        loop {
            return Poll::Ready(match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                None => None,
                Some(Err(broken)) => Some(Err(Broken::Cut(broken))),
                Some(Ok(_)) if !self.idle.reset() => Some(Err(Broken::Late)),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) if !bytes.is_empty() => Some(Ok(bytes)),
                    // Trailers say nothing that anybody reads.
                    Ok(_) | Err(_) => continue,
                },
            });
        }
    }

    /// Nothing is there.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        ready!(self.idle.poll(cx));
        Poll::Ready(Some(Err(Broken::Late)))
    }

    /// All of them, if they are not longer than that.
    pub(crate) async fn whole(mut self, limit_bytes: usize) -> Result<Bytes, Broken> {
        let mut whole = Gathered::default();
        while let Some(piece) = std::future::poll_fn(|cx| self.poll_next(cx)).await {
            let piece = piece?;
            if whole.len().saturating_add(piece.len()) > limit_bytes {
                return Err(Broken::TooLong);
            }
            whole.push(piece);
        }
        Ok(whole.take())
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Late => "the answer took too long",
            Self::Cut(_) => "the connection ended in the answer",
            Self::TooLong => "the answer is too long",
        })
    }
}

impl StdError for Broken {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Cut(error) => Some(error),
            Self::Late | Self::TooLong => None,
        }
    }
}
