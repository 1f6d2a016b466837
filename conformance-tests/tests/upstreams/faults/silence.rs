//! Upstreams that say nothing more: the gateway ends the wait that its configuration allows, before the head and in mid-stream.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Semaphore;

use super::Way;
use super::streams::{PROVIDERS, exception, until_said};
use crate::operations::canned;
use crate::stage::{JSON, Provider, SSE, Seen, Stage};

/// Short, but long enough for a busy machine to say what comes before the silence.
const SHORT: &str = ", timeouts: { first_byte_secs: 2, idle_secs: 2 }";

/// How many of these wait at a time.
const AT_ONCE: usize = 10;

/// Where the upstream falls silent.
#[derive(Clone, Copy, Debug)]
enum Silent {
    BeforeTheHead,
    BehindTheHead,
    BehindText,
}

/// What the client sees of an upstream that falls silent there; that one sees that the gateway has given up.
async fn check(way: Way, provider: Provider, silent: Silent) {
    let mut stage = Stage::with(&PROVIDERS, SHORT).await;
    let place = format!("{provider:?} {way:?} {silent:?}");
    let answer = stage.send(way.request(provider));
    let mut arrived = stage.stub.arrived().await.unwrap();
    let head = match way {
        Way::Converse | Way::Invoke(_) => JSON,
        Way::ConverseStream | Way::InvokeStream(_) => SSE,
    };
    let seen = match silent {
        Silent::BeforeTheHead => {
            let seen = Seen::of(answer.await).await;
            arrived.gone().await.unwrap();
            seen
        }
        Silent::BehindTheHead => {
            let writer = arrived.begin(200, &[head]).unwrap();
            let seen = Seen::of(answer.await).await;
            writer.gone().await.unwrap();
            seen
        }
        Silent::BehindText => {
            let writer = arrived.begin(200, &[head]).unwrap();
            writer.send(canned::beginning(provider)).await.unwrap();
            let mut answer = answer.await;
            let mut body = until_said(&mut answer).await.to_vec();
            body.extend_from_slice(&answer.body().await.unwrap());
            writer.gone().await.unwrap();
            let (name, payload) = exception(way, &body.into());
            assert_eq!(name, "modelStreamErrorException", "{place}");
            assert_eq!(payload["originalStatusCode"], 408, "{place}: {payload}");
            return;
        }
    };
    let body: Value = seen.json();
    let found = (seen.status, seen.exception());
    assert_eq!(found, (408, "ModelTimeoutException"), "{place}");
    assert_eq!(body["message"], "The request took too long to process.");
}

#[tokio::test]
async fn an_upstream_that_falls_silent_is_a_timeout_wherever_it_does() {
    let mut checks = tokio::task::JoinSet::new();
    let room = Arc::new(Semaphore::new(AT_ONCE));
    for provider in PROVIDERS {
        for way in Way::ALL {
            for silent in [
                Silent::BeforeTheHead,
                Silent::BehindTheHead,
                Silent::BehindText,
            ] {
                // Of a whole reply, half is nothing.
                if matches!(silent, Silent::BehindText) && !Way::STREAMS.contains(&way) {
                    continue;
                }
                let room = Arc::clone(&room);
                checks.spawn(async move {
                    let _place = room.acquire().await.unwrap();
                    check(way, provider, silent).await;
                });
            }
        }
    }
    let mut n_checks = 0;
    while let Some(checked) = checks.join_next().await {
        checked.unwrap();
        n_checks += 1;
    }
    assert_eq!(n_checks, 30);
}
