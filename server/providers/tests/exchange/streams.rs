//! Streams: the same events and the same documents however the upstream cuts its bytes.

use std::task::Poll;

use llm::chat::{Block, Event, Request};
use llm::{Answer, Op, Provider};
use providers::http::Network;
use tokio::time::timeout;

use crate::calling::{PATIENCE, call, call_of, documents, events, reply, saying_hello, send, sse};
use crate::subject::{SUBJECTS, Subject};
use crate::upstream::{Step, Upstream, answer, chunked, unended};

const EVENT_STREAM: (&str, &str) = ("content-type", "text/event-stream; charset=utf-8");

pub(crate) fn in_its_own_format(subject: &Subject, op: Op) -> llm::Call {
    let request = Request {
        dialect: Some(subject.dialect),
        ..saying_hello()
    };
    call_of(op, request, http::HeaderMap::new(), subject.body)
}

fn at(subject: &Subject, upstream: &Upstream) -> std::sync::Arc<dyn Provider> {
    (subject.provider)(upstream.uri(""), Network::default())
}

#[tokio::test]
async fn a_stream_tells_what_the_whole_reply_tells() {
    for subject in SUBJECTS {
        let upstream = Upstream::saying(answer(200, &[], subject.reply)).await;
        let provider = at(&subject, &upstream);
        let answered = send(&*provider, &call(Op::Chat, saying_hello())).await;
        let mut whole = reply(answered.expect("an answer"));
        assert!(whole.latency.take().is_some(), "somebody measured");
        assert_eq!(whole.message.content, [Block::Text("Hello!".to_owned())]);
        assert_eq!(whole.usage, (subject.usage)());
        assert_eq!(whole.native, None);

        let bytes = chunked(200, &[EVENT_STREAM], [subject.stream().as_bytes()]);
        let upstream = Upstream::saying(bytes).await;
        let provider = at(&subject, &upstream);
        let answered = send(&*provider, &call(Op::ChatStream, saying_hello())).await;
        let told = events(answered.expect("an answer")).await;
        assert!(matches!(told.items.last(), Some(Event::Meta(_))));
        assert_eq!(told.reply(), whole, "{}", subject.name);
    }
}

#[tokio::test]
async fn every_cut_of_the_upstreams_writes_gives_the_same_events() {
    for subject in SUBJECTS {
        let stream = subject.stream();
        let script = vec![Step::Write(chunked(
            200,
            &[EVENT_STREAM],
            [stream.as_bytes()],
        ))];
        let whole = told(&subject, script).await;
        for cut in 1..stream.len() {
            let (one, other) = stream.as_bytes().split_at(cut);
            let script = vec![
                Step::Write(unended(200, &[EVENT_STREAM], [one])),
                Step::Write([&chunk(other)[..], b"0\r\n\r\n"].concat()),
            ];
            assert_eq!(
                told(&subject, script).await,
                whole,
                "{} cut at {cut}",
                subject.name
            );
        }
        let script = vec![Step::Write(chunked(
            200,
            &[EVENT_STREAM],
            stream.as_bytes().chunks(1),
        ))];
        assert_eq!(
            told(&subject, script).await,
            whole,
            "{} byte by byte",
            subject.name
        );
    }
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let head = format!("{:x}\r\n", bytes.len());
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

async fn told(subject: &Subject, script: Vec<Step>) -> Vec<Event> {
    let upstream = Upstream::doing(script).await;
    let answered = send(
        &*at(subject, &upstream),
        &call(Op::ChatStream, saying_hello()),
    )
    .await;
    events(answered.expect("an answer")).await.unmeasured()
}

/// How often a reader of 200 pieces of text that came at once finds nothing behind an event.
async fn n_gaps_in_events_written_at_once(subject: Subject) -> usize {
    let is_text = |document: &&&str| document.contains("Hello");
    let text = subject.documents.iter().find(is_text).expect("a text");
    let place = subject.documents.iter().position(|other| other == text);
    let (before, behind) = subject.documents.split_at(place.expect("a place"));
    let texts = std::iter::repeat_n(text, 200);
    let all: Vec<String> = before
        .iter()
        .chain(texts)
        .chain(behind)
        .chain(&subject.terminator)
        .map(|document| sse([*document]))
        .collect();
    let pieces = all.iter().map(String::as_bytes);
    let upstream = Upstream::saying(chunked(200, &[EVENT_STREAM], pieces)).await;
    let provider = at(&subject, &upstream);
    let answered = send(&*provider, &call(Op::ChatStream, saying_hello())).await;
    let Ok(Answer::Events(mut events)) = answered else {
        panic!("no events");
    };
    let (mut n_events, mut n_gaps, mut is_gap) = (0, 0, true);
    let read = std::future::poll_fn(|cx| {
        loop {
            match events.as_mut().poll_next(cx) {
                Poll::Ready(Some(event)) => {
                    event.expect("no error");
                    n_events += 1;
                    is_gap = false;
                }
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending => {
                    n_gaps += usize::from(!std::mem::replace(&mut is_gap, true));
                    return Poll::Pending;
                }
            }
        }
    });
    timeout(PATIENCE, read).await.expect("an end comes");
    assert!(n_events > 200, "{n_events} events");
    n_gaps
}

#[tokio::test]
async fn what_came_together_is_told_together() {
    for subject in SUBJECTS {
        let name = subject.name;
        let n_gaps = n_gaps_in_events_written_at_once(subject).await;
        assert!(n_gaps <= 20, "{name}: {n_gaps} gaps");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_came_together_is_told_together_on_a_worker_of_the_server() {
    for subject in SUBJECTS {
        let name = subject.name;
        let told = tokio::spawn(n_gaps_in_events_written_at_once(subject));
        let n_gaps = told.await.expect("no panic");
        assert!(n_gaps <= 20, "{name}: {n_gaps} gaps");
    }
}

#[tokio::test]
async fn documents_pass_as_they_are_and_the_last_tells_the_cost() {
    for subject in SUBJECTS {
        let stream = subject.stream();
        for pieces in [stream.len(), 1, 7] {
            let bytes = chunked(200, &[EVENT_STREAM], stream.as_bytes().chunks(pieces));
            let upstream = Upstream::saying(bytes).await;
            let provider = at(&subject, &upstream);
            let call = in_its_own_format(&subject, Op::ChatStream);
            let answered = send(&*provider, &call).await.expect("an answer");
            let passed = documents(answered).await;
            assert!(passed.error.is_none());
            assert_eq!(passed.texts(), subject.documents, "{}", subject.name);
            assert_eq!(*passed.usage(), (subject.usage)());
        }
    }
}

#[tokio::test]
async fn a_stream_whose_last_event_lacks_its_end_is_whole() {
    for subject in SUBJECTS {
        let stream = subject.stream();
        for end in ["\n", ""] {
            let stream = format!("{}{end}", stream.trim_end());
            let bytes = chunked(200, &[EVENT_STREAM], [stream.as_bytes()]);
            let whole = told(&subject, vec![Step::Write(bytes)]).await;
            assert!(matches!(whole.last(), Some(Event::Meta(_))));
        }
    }
}

#[tokio::test]
async fn what_is_no_event_of_the_reply_is_passed_over() {
    for subject in SUBJECTS {
        let plain = vec![Step::Write(chunked(
            200,
            &[],
            [subject.stream().as_bytes()],
        ))];
        let noise = subject.documents.iter().copied().chain(subject.terminator);
        let noise: String = noise
            .map(|document| {
                format!(": keep-alive\r\n\r\nevent: x\r\nid: 1\r\ndata:{document}\r\n\r\n\r\n")
            })
            .collect();
        let noisy = vec![Step::Write(chunked(200, &[], [noise.as_bytes()]))];
        assert_eq!(told(&subject, noisy).await, told(&subject, plain).await);
    }
}

#[tokio::test]
async fn a_whole_reply_in_the_place_of_a_stream_is_told_as_one() {
    for subject in SUBJECTS {
        let bytes = answer(200, &[("content-type", "text/html")], subject.reply);
        let streamed = vec![Step::Write(chunked(
            200,
            &[],
            [subject.stream().as_bytes()],
        ))];
        let upstream = Upstream::saying(bytes.clone()).await;
        let provider = at(&subject, &upstream);
        let answered = send(&*provider, &call(Op::ChatStream, saying_hello())).await;
        let whole = events(answered.expect("an answer")).await.reply();
        let upstream = Upstream::doing(streamed).await;
        let provider = at(&subject, &upstream);
        let answered = send(&*provider, &call(Op::ChatStream, saying_hello())).await;
        assert_eq!(whole, events(answered.expect("an answer")).await.reply());

        // The caller's own format is then the edge's to write.
        let upstream = Upstream::saying(bytes).await;
        let provider = at(&subject, &upstream);
        let call = in_its_own_format(&subject, Op::ChatStream);
        let answered = send(&*provider, &call).await.expect("an answer");
        assert_eq!(events(answered).await.reply(), whole);
    }
}

#[tokio::test]
async fn a_connection_whose_stream_was_read_serves_the_next_call() {
    for subject in SUBJECTS {
        let stream = subject.stream();
        let script = vec![
            Step::Write(unended(200, &[EVENT_STREAM], [stream.as_bytes()])),
            Step::Write(b"0\r\n\r\n".to_vec()),
        ];
        let mut upstream = Upstream::doing(script).await;
        let provider = at(&subject, &upstream);
        for _ in 0..3 {
            let answered = send(&*provider, &call(Op::ChatStream, saying_hello())).await;
            events(answered.expect("an answer")).await.reply();
            upstream.received().await;
        }
        assert_eq!(upstream.n_connections(), 1, "{}", subject.name);
    }
}

#[tokio::test]
async fn a_stream_that_goes_on_behind_its_end_is_not_read_on() {
    for subject in SUBJECTS {
        let endless = format!("{}{}", subject.stream(), sse([subject.documents[0]]));
        let script = vec![
            Step::Write(unended(200, &[EVENT_STREAM], [endless.as_bytes()])),
            Step::AwaitClose,
        ];
        let mut upstream = Upstream::doing(script).await;
        let answered = send(
            &*at(&subject, &upstream),
            &call(Op::ChatStream, saying_hello()),
        )
        .await;
        let told = events(answered.expect("an answer")).await;
        let metas = told
            .items
            .iter()
            .filter(|event| matches!(event, Event::Meta(_)));
        assert_eq!(metas.count(), 1);
        upstream.closed().await;
    }
}
