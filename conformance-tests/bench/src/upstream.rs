//! The helper `upstream`: a simulated Bedrock and OpenAI. It reads each request whole, checks nothing, and answers by the path.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use clap::Args;
use futures_util::{StreamExt, stream};
use http::{Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use tokio::{net::TcpListener, time::sleep};

use crate::{answer, error::Error, listen, openai};

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Events of a streamed answer.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(i64::from(answer::FEWEST_EVENTS)..))]
    pub(crate) events: u32,
    /// Milliseconds between two events of a stream.
    #[arg(long, default_value_t = 0)]
    pub(crate) gap_ms: u64,
    /// Milliseconds from the end of the request to the first byte of the answer.
    #[arg(long, default_value_t = 0)]
    pub(crate) delay_ms: u64,
}

pub(crate) async fn serve(options: Options) -> Result<(), Error> {
    answer_on(listen::bind(options.listen).await?, options).await
}

/// Answers the requests that reach `listener`, for ever.
pub(crate) async fn answer_on(listener: TcpListener, options: Options) -> Result<(), Error> {
    let converse = answer::converse();
    let frames: Arc<[Bytes]> = answer::converse_stream(options.events)?.into();
    let completion = openai::completion();
    let sse: Arc<[Bytes]> = openai::stream(options.events).into();
    let delay = Duration::from_millis(options.delay_ms);
    let gap = Duration::from_millis(options.gap_ms);
    listen::serve(listener, move |request: Request<Incoming>| {
        let (converse, frames) = (converse.clone(), frames.clone());
        let (completion, sse) = (completion.clone(), sse.clone());
        async move {
            let (head, mut body) = request.into_parts();
            let is_openai = head.uri.path() == openai::PATH;
            let mut wants_stream = false;
            if is_openai {
                let body = body
                    .collect()
                    .await
                    .map_err(Error::doing("the request broke off"))?;
                wants_stream = openai::wants_stream(&body.to_bytes());
            } else {
                while let Some(frame) = body.frame().await {
                    frame.map_err(Error::doing("the request broke off"))?;
                }
            }
            if !delay.is_zero() {
                sleep(delay).await;
            }
            if wants_stream {
                respond(StatusCode::OK, openai::EVENT_STREAM, events(sse, gap))
            } else if is_openai {
                let body = Full::new(completion).boxed_unsync();
                respond(StatusCode::OK, answer::JSON, body)
            } else if head.uri.path().ends_with("/converse") {
                respond(
                    StatusCode::OK,
                    answer::JSON,
                    Full::new(converse).boxed_unsync(),
                )
            } else if head.uri.path().ends_with("/converse-stream") {
                respond(StatusCode::OK, answer::EVENT_STREAM, events(frames, gap))
            } else {
                respond(
                    StatusCode::NOT_FOUND,
                    answer::JSON,
                    Full::default().boxed_unsync(),
                )
            }
        }
    })
    .await
}

fn respond(
    status: StatusCode,
    content_type: &str,
    body: UnsyncBoxBody<Bytes, Infallible>,
) -> Result<Answer, Error> {
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("connection", "keep-alive")
        .header("x-amzn-requestid", "7b1c5c5e-3f0a-4c53-9d2e-5f6b8a9c0d1e")
        .body(body)
        .map_err(Error::doing("cannot build the answer"))
}

/// One event is one HTTP chunk, as Bedrock mostly sends them.
fn events(frames: Arc<[Bytes]>, gap: Duration) -> UnsyncBoxBody<Bytes, Infallible> {
    let events = stream::iter(0..frames.len()).then(move |number| {
        let frame = frames.get(number).cloned().unwrap_or_default();
        async move {
            if number > 0 && !gap.is_zero() {
                sleep(gap).await;
            }
            Ok(Frame::data(frame))
        }
    });
    StreamBody::new(events).boxed_unsync()
}
