//! An upstream's answer on its way back: its head but for what is of the connection, its body as it arrives.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, HeaderName, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use llm::{Answer, Chunk, Error};

use crate::bedrock::Limits;
use crate::bedrock::fault::{self, Blame};
use crate::bedrock::frames::Frames;
use crate::bedrock::operation::{Operation, Reply};
use crate::bedrock::usage::{Meter, of_headers};
use crate::http::Wait;
use crate::http::idle::Idle;

/// What the upstream's answer is to the caller: passed on, or an error.
pub(super) async fn answer(
    response: Response<Incoming>,
    operation: &Operation,
    wait: &Wait,
    limits: Limits,
    blame: &Blame<'_>,
) -> Result<Answer, Error> {
    let (parts, body) = response.into_parts();
    let (status, mut head) = (parts.status, parts.headers);
    strip(&mut head);
    blame.saw(&head, "x-amzn-requestid");
    if !status.is_success() {
        let body = whole(body, limits.error_bytes)
            .await
            .map_err(|error| blame.unread(status, error))?;
        return Err(blame.refused(operation, status, head, body));
    }
    let meter = match operation.reply {
        Reply::Events | Reply::Chunks => {
            return stream(status, head, body, operation.reply, wait, limits, blame).await;
        }
        Reply::Plain => Meter::Absent,
        Reply::Usage => Meter::Tail(Bytes::new()),
        Reply::Counted => Meter::Known(of_headers(&head)),
    };
    Ok(Answer::Native {
        status,
        head,
        body: Box::pin(Document {
            body,
            meter,
            idle: wait.idle(),
            over: false,
        }),
    })
}

async fn stream(
    status: StatusCode,
    mut head: HeaderMap,
    body: Incoming,
    reply: Reply,
    wait: &Wait,
    limits: Limits,
    blame: &Blame<'_>,
) -> Result<Answer, Error> {
    // A frame of the gateway's own may have to follow, which a promised length would not allow.
    head.remove(header::CONTENT_LENGTH);
    match Frames::new(body, reply, limits.frame_bytes, wait.idle())
        .open()
        .await
    {
        Ok(frames) => Ok(Answer::Native {
            status,
            head,
            body: Box::pin(frames),
        }),
        Err(error) => Err(blame.stillborn(error, status, head)),
    }
}

/// Removes what is of one connection only (RFC 9110, 7.6.1), and cookies, which would tie callers together.
fn strip(head: &mut HeaderMap) {
    const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
    const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
    let named: Vec<HeaderName> = head
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        // What is no header's name names no header that could be here.
        .filter_map(|name| name.trim().parse().ok())
        .filter(|name| name != KEEP_ALIVE && name != header::CONNECTION)
        .collect();
    for name in named {
        head.remove(name);
    }
    for name in [
        header::CONNECTION,
        KEEP_ALIVE,
        PROXY_CONNECTION,
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        header::SET_COOKIE,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ] {
        head.remove(name);
    }
}

/// The whole body, if it is not longer than that.
async fn whole(body: Incoming, limit_bytes: usize) -> Result<Bytes, Error> {
    match Limited::new(body, limit_bytes).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(failed) if failed.is::<LengthLimitError>() => Err(fault::oversized()),
        Err(failed) => Err(fault::interrupted().with_source(failed)),
    }
}

/// A body that passes as it arrives.
struct Document {
    body: Incoming,
    meter: Meter,
    idle: Idle,
    over: bool,
}

impl Stream for Document {
    type Item = Result<Chunk, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.over {
            return Poll::Ready(None);
        }
        loop {
            let item = match Pin::new(&mut this.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(_late))) if !this.idle.reset() => Err(fault::silent()),
                Poll::Ready(Some(Ok(frame))) => {
                    // Trailers are of the connection and do not pass.
                    let bytes = frame.into_data().unwrap_or_default();
                    let last = this.body.is_end_stream();
                    if bytes.is_empty() && !last {
                        continue;
                    }
                    let usage = this.meter.push(&bytes, last);
                    Ok(Chunk { bytes, usage, last })
                }
                Poll::Ready(None) => Ok(Chunk {
                    bytes: Bytes::new(),
                    usage: this.meter.push(&Bytes::new(), true),
                    last: true,
                }),
                Poll::Ready(Some(Err(broken))) => Err(fault::interrupted().with_source(broken)),
                Poll::Pending => {
                    ready!(this.idle.poll(cx));
                    Err(fault::silent())
                }
            };
            this.over = item.as_ref().map_or(true, |chunk| chunk.last);
            return Poll::Ready(Some(item));
        }
    }
}
