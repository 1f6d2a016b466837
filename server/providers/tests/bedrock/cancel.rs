//! Dropping what the provider gave out ends the call at the upstream.

use std::time::Instant;

use futures_util::StreamExt;
use llm::{Key, Model, Provider};

use crate::stream::{frames, opening};
use crate::upstream::{Step, Upstream, answer, unended};
use crate::{body_of, call, context, converse, converse_stream, provider, send};

#[tokio::test]
async fn dropping_the_request_closes_the_connection() {
    let mut upstream = Upstream::doing(vec![Step::AwaitClose]).await;
    let provider = provider(&upstream);
    let (cx, call) = (context(), call(converse(), Some("m")));
    let (key, model) = (Key::new("default"), Model::new("m"));
    let asked = provider.send(&cx, &key, Some(&model), &call, None);
    tokio::select! {
        biased;
        _ = upstream.received() => {}
        answer = asked => panic!("there is no answer: {answer:?}"),
    }
    upstream.closed().await;
}

#[tokio::test]
async fn dropping_a_stream_closes_the_connection() {
    let bytes = unended(200, &[], [&*frames(&opening())]);
    let mut upstream = Upstream::doing(vec![Step::Write(bytes), Step::AwaitClose]).await;
    let answer = send(&provider(&upstream), converse_stream()).await;
    let mut body = body_of(answer.expect("an answer"));
    let first = body.next().await.expect("a chunk").expect("no error");
    assert_eq!(first.bytes, frames(&opening()));

    let dropped = Instant::now();
    drop(body);
    upstream.closed().await;
    println!("closed after {:?}", dropped.elapsed());
}

#[tokio::test]
async fn dropping_a_half_read_body_closes_the_connection() {
    let mut bytes = answer(200, &[], vec![b'x'; 1_000_000]);
    bytes.truncate(bytes.len() - 1);
    let mut upstream = Upstream::doing(vec![Step::Write(bytes), Step::AwaitClose]).await;
    let answer = send(&provider(&upstream), converse()).await;
    let mut body = body_of(answer.expect("an answer"));
    body.next().await.expect("a chunk").expect("no error");
    drop(body);
    upstream.closed().await;
}
