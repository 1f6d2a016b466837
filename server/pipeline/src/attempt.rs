//! One try at one target: plan, send, and wait until there is something to answer with.

use futures_util::StreamExt;
use llm::{
    Answer, BoxStream, Call, Context, Error, Kind, Model, Op, Origin, Plan, Provider, Reject, chat,
};

use crate::route::{Target, not_served};

/// Tries the target once, within the call's deadline.
pub(crate) async fn once(cx: &Context, call: &Call, target: &Target<'_>) -> Result<Answer, Error> {
    let deadline = tokio::time::Instant::from_std(cx.deadline);
    match tokio::time::timeout_at(deadline, send(cx, call, target)).await {
        Ok(answer) => answer,
        Err(_elapsed) => Err(Error::new(
            Kind::Timeout,
            Origin::Gateway,
            "The request took too long to process.",
        )),
    }
}

async fn send(cx: &Context, call: &Call, target: &Target<'_>) -> Result<Answer, Error> {
    let provider = &*target.entry.provider;
    let model = target.model.as_ref();
    let plan = if provider.relays(call, model) {
        None
    } else {
        Some(plan(cx, call, provider, model)?)
    };
    let key = target.entry.keys.first().ok_or_else(not_served)?;
    cx.observation.update(|record| record.n_attempts += 1);
    match provider.send(cx, key, model, call, plan.as_ref()).await? {
        Answer::Events(events) => commit(events).await.map(Answer::Events),
        answer @ (Answer::Reply(_)
        | Answer::Count(_)
        | Answer::Documents(_)
        | Answer::Native { .. }) => Ok(answer),
    }
}

/// Decodes the call and asks the target what it makes of it.
fn plan(
    cx: &Context,
    call: &Call,
    provider: &dyn Provider,
    model: Option<&Model>,
) -> Result<Plan, Error> {
    match call.op {
        Op::Chat | Op::ChatStream | Op::Count => {}
        Op::Other => return Err(not_served()),
    }
    let model = model.ok_or_else(not_served)?;
    let plan = provider.plan(model, call.neutral()?);
    if let Some(reject) = plan.rejects.first() {
        return Err(rejected(reject));
    }
    cx.observation
        .update(|record| record.warnings.clone_from(&plan.warnings));
    Ok(plan)
}

fn rejected(reject: &Reject) -> Error {
    let Reject { path, message } = reject;
    Error::new(
        Kind::UnsupportedFeature,
        Origin::Gateway,
        format!("{message} ({path})"),
    )
}

/// Waits for the first event that says something, so that a failure before it still is an error with a status and not a
/// broken stream. That a reply begins says nothing yet: providers tell it before they know whether they can answer.
async fn commit(
    mut events: BoxStream<Result<chat::Event, Error>>,
) -> Result<BoxStream<Result<chat::Event, Error>>, Error> {
    let mut first = Vec::new();
    let waiting = async {
        while let Some(event) = events.next().await {
            let event = event?;
            let says_something = !matches!(event, chat::Event::Start { .. });
            first.push(Ok(event));
            if says_something {
                return Ok(());
            }
        }
        Err(Error::new(
            Kind::Protocol,
            Origin::Upstream,
            "The model provider ended its answer before the first event.",
        ))
    };
    match tokio::time::timeout(llm::HEAD_DELAY_MAX, waiting).await {
        Ok(Err(fault)) => Err(fault),
        // What there is goes out, also where it took too long to say anything.
        Ok(Ok(())) | Err(_) => Ok(Box::pin(futures_util::stream::iter(first).chain(events))),
    }
}
