//! The helper `load`: a closed loop of N connections, each sending its next request when its answer is complete.
//!
//! Every answer is checked; one wrong or missing answer voids the run. It counts its own CPU time, because a load
//! generator that has no time left measures itself.

use std::{
    io::Read,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use clap::{Args, ValueEnum};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::{net::TcpStream, task::JoinSet, time::timeout};

use crate::{
    answer::{self, ByteCheck},
    error::Error,
    machine,
    openai::{self, StreamCheck},
    stats,
    traffic::{self, Traffic},
};

/// An answer that takes longer than this is an error.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// Where to send the requests, without a scheme.
    #[arg(long)]
    pub(crate) target: SocketAddr,
    #[arg(long, value_enum, default_value_t = Traffic::Small)]
    pub(crate) traffic: Traffic,
    /// Whose answer to expect.
    #[arg(long, value_enum, default_value_t = Expect::Relayed)]
    pub(crate) expect: Expect,
    /// The model named in the path.
    #[arg(long, default_value = traffic::BEDROCK_MODEL)]
    pub(crate) model: String,
    #[arg(long, default_value_t = 32)]
    pub(crate) connections: usize,
    #[arg(long, default_value_t = 2.0)]
    pub(crate) seconds: f64,
    /// Stop after this many requests instead of after `--seconds`.
    #[arg(long)]
    pub(crate) requests: Option<u64>,
    /// Events of a streamed answer, as the upstream was told.
    #[arg(long, default_value_t = 200)]
    pub(crate) events: u32,
    /// Open the streams, wait for the first event of each, and hold them until standard input ends.
    #[arg(long)]
    pub(crate) hold: bool,
}

/// Whose answer the load generator expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Expect {
    /// The simulated upstream's, byte for byte.
    Relayed,
    /// The sandbox's, which repeats the last text of the small request.
    Echo,
    /// The simulated OpenAI's, in Converse's form.
    Translated,
}

impl Expect {
    /// The value the option of the load generator takes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Relayed => "relayed",
            Self::Echo => "echo",
            Self::Translated => "translated",
        }
    }
}

/// What one run of the load generator prints, as one line of JSON.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Report {
    /// Complete and correct answers.
    pub(crate) requests: u64,
    /// Events in them; a unary answer has none.
    pub(crate) events: u64,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
    pub(crate) wall_secs: f64,
    /// The load generator's own CPU time.
    pub(crate) cpu_ticks: u64,
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
    pub(crate) max_us: u64,
}

/// The line that says that all streams are open.
pub(crate) const HOLDING: &str = "holding";

pub(crate) async fn main(options: Options) -> Result<(), Error> {
    if options.hold {
        return hold(&Plan::new(options)?).await;
    }
    let report = run(options).await?;
    let line = serde_json::to_string(&report).map_err(Error::doing("cannot print the report"))?;
    println!("{line}");
    Ok(())
}

/// What every connection sends and expects.
struct Plan {
    options: Options,
    path: String,
    headers: HeaderMap,
    body: Bytes,
    content_type: &'static str,
    expected: Bytes,
    events: u64,
}

impl Plan {
    fn new(options: Options) -> Result<Self, Error> {
        let (content_type, expected, events) = match options.traffic {
            Traffic::Small | Traffic::Agent => (answer::JSON, answer::converse(), 0),
            Traffic::Stream if options.expect == Expect::Translated => (
                answer::EVENT_STREAM,
                openai::converse_frames(options.events)?,
                u64::from(options.events),
            ),
            Traffic::Stream => {
                let frames = answer::converse_stream(options.events)?;
                (
                    answer::EVENT_STREAM,
                    frames.concat().into(),
                    frames.len().try_into().unwrap_or(0),
                )
            }
        };
        Ok(Self {
            path: options.traffic.path(&options.model),
            headers: traffic::headers(&options.target.to_string())?,
            body: options.traffic.body(),
            content_type,
            expected,
            events,
            options,
        })
    }

    fn request(&self) -> Result<Request<Full<Bytes>>, Error> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(self.path.as_str())
            .body(Full::new(self.body.clone()))
            .map_err(Error::doing("cannot build the request"))?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }
}

/// Runs the closed loop. Errors are in the report; an `Err` is a run that could not begin.
pub(crate) async fn run(options: Options) -> Result<Report, Error> {
    let plan = Arc::new(Plan::new(options)?);
    let left = Arc::new(AtomicU64::new(plan.options.requests.unwrap_or(u64::MAX)));
    let cpu_before = machine::own_cpu_ticks()?;
    let start = Instant::now();
    let end = match plan.options.requests {
        Some(_) => None,
        None => Some(start + Duration::from_secs_f64(plan.options.seconds)),
    };
    let mut workers = JoinSet::new();
    for _ in 0..plan.options.connections {
        workers.spawn(work(plan.clone(), left.clone(), end));
    }
    let mut latencies = Vec::new();
    let mut report = Report::default();
    while let Some(joined) = workers.join_next().await {
        let (seen, outcome) = joined.map_err(Error::doing("a connection's task failed"))?;
        latencies.extend(seen);
        if let Err(error) = outcome {
            report.errors += 1;
            report.first_error.get_or_insert(error.chain());
        }
    }
    latencies.sort_unstable();
    report.requests = latencies.len().try_into().unwrap_or(u64::MAX);
    report.events = report.requests * plan.events;
    report.wall_secs = start.elapsed().as_secs_f64();
    report.cpu_ticks = machine::own_cpu_ticks()? - cpu_before;
    report.p50_us = stats::percentile(&latencies, 500);
    report.p99_us = stats::percentile(&latencies, 990);
    report.max_us = stats::percentile(&latencies, 1000);
    Ok(report)
}

/// One connection's loop: the latencies in microseconds of its correct answers, and the error that ended it early.
async fn work(
    plan: Arc<Plan>,
    left: Arc<AtomicU64>,
    end: Option<Instant>,
) -> (Vec<u64>, Result<(), Error>) {
    let mut latencies = Vec::new();
    let mut sender = match connect(plan.options.target).await {
        Ok(sender) => sender,
        Err(error) => return (latencies, Err(error)),
    };
    let may_go_on = || {
        end.is_none_or(|end| Instant::now() < end)
            && left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
    };
    while may_go_on() {
        let start = Instant::now();
        let answered = match timeout(PATIENCE, exchange(&plan, &mut sender)).await {
            Ok(answered) => answered,
            Err(elapsed) => Err(Error::doing("no complete answer")(elapsed)),
        };
        if let Err(error) = answered {
            return (latencies, Err(error));
        }
        latencies.push(start.elapsed().as_micros().try_into().unwrap_or(u64::MAX));
    }
    (latencies, Ok(()))
}

async fn connect(target: SocketAddr) -> Result<SendRequest<Full<Bytes>>, Error> {
    let stream = TcpStream::connect(target)
        .await
        .map_err(Error::doing(format!("cannot connect to {target}")))?;
    stream
        .set_nodelay(true)
        .map_err(Error::doing("cannot set TCP_NODELAY"))?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(Error::doing("cannot speak HTTP"))?;
    // What breaks the connection also fails the request on it.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

/// Sends the request and leaves the body of its answer to be read, once status and content type are right.
async fn head(
    plan: &Plan,
    sender: &mut SendRequest<Full<Bytes>>,
) -> Result<Response<Incoming>, Error> {
    sender
        .ready()
        .await
        .map_err(Error::doing("the connection closed"))?;
    let response = sender
        .send_request(plan.request()?)
        .await
        .map_err(Error::doing("no answer"))?;
    let content_type = response.headers().get(header::CONTENT_TYPE);
    if response.status() == StatusCode::OK
        && content_type.is_some_and(|found| found == plan.content_type)
    {
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let body = body
        .collect()
        .await
        .map_err(Error::doing("the answer broke off"))?
        .to_bytes();
    let text: String = String::from_utf8_lossy(&body).chars().take(300).collect();
    Err(Error::new(format!("answered {}: {text}", head.status)))
}

async fn exchange(plan: &Plan, sender: &mut SendRequest<Full<Bytes>>) -> Result<(), Error> {
    let mut body = head(plan, sender).await?.into_body();
    match plan.options.expect {
        Expect::Relayed => {
            let mut check = ByteCheck::new(&plan.expected);
            while let Some(bytes) = next_data(&mut body).await? {
                check.push(&bytes)?;
            }
            check.finish()
        }
        Expect::Translated if plan.events > 0 => {
            let mut check = StreamCheck::new(&plan.expected, plan.options.events);
            while let Some(bytes) = next_data(&mut body).await? {
                check.push(&bytes)?;
            }
            check.finish()
        }
        Expect::Translated => {
            let body = body
                .collect()
                .await
                .map_err(Error::doing("the answer broke off"))?;
            openai::check_converse(&body.to_bytes())
        }
        Expect::Echo => {
            let body = body
                .collect()
                .await
                .map_err(Error::doing("the answer broke off"))?;
            answer::check_echo(&body.to_bytes())
        }
    }
}

async fn next_data(body: &mut Incoming) -> Result<Option<Bytes>, Error> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(Error::doing("the answer broke off"))?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Opens the streams one after the other, says so, and keeps them until standard input ends.
async fn hold(plan: &Plan) -> Result<(), Error> {
    let mut open = Vec::new();
    for _ in 0..plan.options.connections {
        let mut sender = connect(plan.options.target).await?;
        let mut body = head(plan, &mut sender).await?.into_body();
        let first = timeout(PATIENCE, next_data(&mut body))
            .await
            .map_err(Error::doing("no first event"))??
            .unwrap_or_default();
        if first.is_empty() {
            return Err(Error::new("a stream ended at once"));
        }
        ByteCheck::new(&plan.expected).push(&first)?;
        open.push((sender, body));
    }
    println!("{HOLDING} {}", open.len());
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    ended
        .await
        .map_err(Error::doing("cannot wait"))?
        .map_err(Error::doing("cannot read standard input"))?;
    Ok(())
}

#[cfg(test)]
mod tests;
