//! The sandbox: a model provider without a model, for trying the gateway and for people's own test suites.
//!
//! Deterministic: the same request has the same answer, but for its latency.
//! - It answers with the text of the last user turn.
//! - With `toolChoice` `tool` or `any`, or where that text names an offered tool, it calls that tool (else the first) once,
//!   with arguments made from the tool's JSON Schema ([`schema`]); after a tool's result it answers with the result's text.
//! - It honours `maxTokens`, `stopSequences` (the sequence itself is left out) and a JSON Schema promised for the output.
//! - It counts tokens by a stated rule ([`tokens`]) and streams one delta for each.
//! - Models named after an exception raise it, before the head or in mid-stream ([`fault`]); `echo` echoes.
//!   Other names are refused, but where the sandbox stands in for providers that are not on: there each of theirs echoes.
//! - What a real model would act on and it does not, it warns about ([`table`]).
//!
//! It needs no network, no key and no file.

mod fault;
mod schema;
mod script;
mod table;
mod tokens;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use futures_util::stream;
use llm::chat::{Event, Latency, Request};
use llm::{
    Answer, BoxFuture, BoxStream, Call, Context, Error, Kind, Model, Op, Origin, Plan, Provider,
};

use fault::Fault;
use script::Script;
use table::Table;

/// The model that raises nothing.
const ECHO: &str = "echo";

/// How fast the sandbox answers.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// From the whole request to the first byte of the answer.
    /// Not zero by default: the Go SDK now and then loses a stream that is answered before it has closed its request.
    pub first_byte: Duration,
    /// Between two deltas of a stream.
    pub gap: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_millis(5),
            gap: Duration::ZERO,
        }
    }
}

/// The provider.
#[derive(Clone, Debug, Default)]
pub struct Sandbox {
    settings: Settings,
}

impl Sandbox {
    /// A sandbox of that pace.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    async fn answer(
        &self,
        model: &Model,
        call: &Call,
        plan: Option<&Plan>,
    ) -> Result<Answer, Error> {
        let began = Instant::now();
        let request = match plan.and_then(|plan| plan.request.as_ref()) {
            Some(edited) => edited,
            None => call.neutral()?,
        };
        let fault = Fault::of(&model.name, call.op);
        if fault.is_none() && named_wrongly(model, call) {
            return Err(Error::new(
                Kind::ModelNotFound,
                Origin::Gateway,
                "The provided model identifier is invalid.",
            ));
        }
        // A sleep of nothing would still cost a turn of the scheduler.
        if !self.settings.first_byte.is_zero() {
            tokio::time::sleep(self.settings.first_byte).await;
        }
        if let Some(Fault::BeforeHead(error)) = fault {
            return Err(error);
        }
        match call.op {
            Op::Count => Ok(Answer::Count(
                u64::try_from(tokens::count_request(request)).unwrap_or(0),
            )),
            Op::Chat => {
                let mut reply = Script::new(request)?.reply();
                reply.latency = Some(elapsed(began));
                Ok(Answer::Reply(Box::new(reply)))
            }
            Op::ChatStream => {
                let events = Script::new(request)?.events();
                Ok(Answer::Events(self.paced(began, events, fault)))
            }
            Op::Other => Err(Error::new(
                Kind::NotServed,
                Origin::Gateway,
                "This action doesn't support the model that you provided.",
            )),
        }
    }

    /// Tells the events at the set pace; a fault takes the place of everything after the first few deltas.
    fn paced(
        &self,
        began: Instant,
        events: Vec<Event>,
        fault: Option<Fault>,
    ) -> BoxStream<Result<Event, Error>> {
        let gap = self.settings.gap;
        let mut items: VecDeque<Result<Event, Error>> = events.into_iter().map(Ok).collect();
        if let Some(Fault::MidStream(error)) = fault {
            items.truncate(fault::N_EVENTS_BEFORE);
            items.push_back(Err(error));
        }
        Box::pin(stream::unfold(
            (items, false),
            move |(mut items, has_begun)| async move {
                let mut item = items.pop_front()?;
                let is_delta = matches!(item, Ok(Event::Delta { .. }));
                if has_begun && is_delta && !gap.is_zero() {
                    tokio::time::sleep(gap).await;
                }
                if let Ok(Event::Meta(meta)) = &mut item {
                    meta.latency = Some(elapsed(began));
                }
                Some((item, (items, has_begun || is_delta)))
            },
        ))
    }
}

impl Provider for Sandbox {
    fn relays(&self, _call: &Call, _model: Option<&Model>) -> bool {
        false
    }

    fn plan(&self, _model: &Model, request: &Request) -> Plan {
        dialects::plan::plan(&Table, request)
    }

    fn send<'a>(
        &'a self,
        _cx: &'a Context,
        _key: &'a llm::Key,
        model: Option<&'a Model>,
        call: &'a Call,
        plan: Option<&'a Plan>,
    ) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let Some(model) = model else {
                return Err(Error::new(
                    Kind::GatewayInternal,
                    Origin::Gateway,
                    "The sandbox was called without a model.",
                ));
            };
            self.answer(model, call, plan).await
        })
    }
}

/// Whether the caller meant the sandbox and named no model of it, which in a test suite is a slip.
/// Where it only stands in for everyone, under the names that callers use for others, it takes any.
fn named_wrongly(model: &Model, call: &Call) -> bool {
    &*model.name != ECHO && call.model.as_ref() != Some(model)
}

fn elapsed(began: Instant) -> Latency {
    Latency::of_ms(i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX))
}
