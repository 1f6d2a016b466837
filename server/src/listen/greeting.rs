//! The first bytes of a connection, which must come in time.
//!
//! Until they tell HTTP/2 from HTTP/1.1 no timer of either protocol runs, so a client that says nothing would stay for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// What an HTTP/2 client begins with (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream whose first read fails if it takes too long to show the protocol.
#[derive(Debug)]
pub(super) struct Greeting {
    stream: TcpStream,
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    patience: Pin<Box<Sleep>>,
    rest_of_preface: &'static [u8],
}

impl Greeting {
    /// Waits for the first bytes of `stream` for that long.
    pub(super) fn new(stream: TcpStream, patience: Duration) -> Self {
        Self {
            stream,
            waiting: Some(Waiting {
                patience: Box::pin(sleep(patience)),
                rest_of_preface: PREFACE,
            }),
        }
    }
}

impl Waiting {
    /// What is still missing of the preface after `bytes`; none once the protocol is clear.
    fn after(mut self, bytes: &[u8]) -> Option<Self> {
        self.rest_of_preface = self.rest_of_preface.strip_prefix(bytes)?;
        (!self.rest_of_preface.is_empty()).then_some(self)
    }
}

impl AsyncRead for Greeting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let n_before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let Some(mut waiting) = self.waiting.take() else {
            return polled;
        };
        match polled {
            Poll::Ready(outcome) => {
                let read = buffer.filled().get(n_before..).unwrap_or_default();
                self.waiting = waiting.after(read);
                Poll::Ready(outcome)
            }
            Poll::Pending if waiting.patience.as_mut().poll(cx).is_ready() => {
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Pending => {
                self.waiting = Some(waiting);
                Poll::Pending
            }
        }
    }
}

impl AsyncWrite for Greeting {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
