//! How long an answer may take and how much of it there may be.

use std::time::{Duration, Instant};

use llm::{Kind, Op, Retry};
use providers::http::{Network, Timeouts};

use crate::calling::{call, context, events, saying_hello, send, send_in};
use crate::streams::in_its_own_format;
use crate::subject::SUBJECTS;
use crate::upstream::{Step, Upstream, answer, chunked, unended};

const SHORT: Duration = Duration::from_millis(30);

fn impatient(timeouts: Timeouts) -> Network {
    Network {
        timeouts,
        ..Network::default()
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_in_time_is_given_up() {
    for subject in SUBJECTS {
        let mut upstream = Upstream::doing(vec![Step::AwaitClose]).await;
        let network = impatient(Timeouts {
            first_byte: SHORT,
            ..Timeouts::default()
        });
        let provider = (subject.provider)(upstream.uri(""), network);
        for op in [Op::Chat, Op::ChatStream] {
            let error = send(&*provider, &call(op, saying_hello())).await;
            let error = error.expect_err("no answer");
            assert_eq!(error.kind(), Kind::Timeout);
            assert_eq!(error.retry(), Retry::OtherTarget { delay: None });
            assert_eq!(error.resource(), Some("the-provider/the-model"));
            upstream.closed().await;
        }
        let provider = (subject.provider)(upstream.uri(""), Network::default());
        let mut cx = context();
        cx.deadline = Instant::now() + SHORT;
        let answered = send_in(&cx, &*provider, &call(Op::Chat, saying_hello())).await;
        assert_eq!(answered.expect_err("no answer").kind(), Kind::Timeout);
        upstream.closed().await;
    }
}

#[tokio::test]
async fn a_first_event_that_does_not_come_in_time_is_given_up_though_the_server_shows_life() {
    for subject in SUBJECTS {
        let script = vec![
            Step::Write(unended(200, &[], [&b": OPENROUTER PROCESSING\n\n"[..]])),
            Step::AwaitClose,
        ];
        let mut upstream = Upstream::doing(script).await;
        let network = impatient(Timeouts {
            first_byte: SHORT,
            ..Timeouts::default()
        });
        let provider = (subject.provider)(upstream.uri(""), network);
        let answered = send(&*provider, &call(Op::ChatStream, saying_hello())).await;
        let read = events(answered.expect("a stream")).await;
        assert_eq!(read.error.expect("no event").kind(), Kind::Timeout);
        upstream.closed().await;
        let answered = send(&*provider, &in_its_own_format(&subject, Op::ChatStream)).await;
        assert_eq!(answered.expect_err("no document").kind(), Kind::Timeout);
    }
}

#[tokio::test]
async fn silence_in_the_answer_is_given_up() {
    for subject in SUBJECTS {
        let network = impatient(Timeouts {
            idle: SHORT,
            ..Timeouts::default()
        });
        let script = vec![
            Step::Write(unended(200, &[], [subject.opening().as_bytes()])),
            Step::AwaitClose,
        ];
        let mut upstream = Upstream::doing(script).await;
        let provider = (subject.provider)(upstream.uri(""), network.clone());
        let answered = send(&*provider, &call(Op::ChatStream, saying_hello())).await;
        let read = events(answered.expect("an answer")).await;
        assert!(!read.items.is_empty());
        assert_eq!(read.error.expect("silence").kind(), Kind::Timeout);
        upstream.closed().await;

        let mut half = answer(200, &[], subject.reply);
        half.truncate(half.len() - 1);
        let upstream = Upstream::doing(vec![Step::Write(half), Step::AwaitClose]).await;
        let provider = (subject.provider)(upstream.uri(""), network);
        let answered = send(&*provider, &call(Op::Chat, saying_hello())).await;
        assert_eq!(answered.expect_err("silence").kind(), Kind::Timeout);
    }
}

#[tokio::test]
async fn an_answer_that_takes_too_long_as_a_whole_is_cut_though_it_never_falls_silent() {
    for subject in SUBJECTS {
        let network = impatient(Timeouts {
            total: Some(SHORT * 3),
            ..Timeouts::default()
        });
        let mut script = vec![Step::Write(unended(
            200,
            &[],
            [subject.opening().as_bytes()],
        ))];
        script.push(Step::Repeat(b"3\r\n:\n\n\r\n".to_vec()));
        let mut upstream = Upstream::doing(script).await;
        let provider = (subject.provider)(upstream.uri(""), network);
        let answered = send(&*provider, &call(Op::ChatStream, saying_hello())).await;
        let read = events(answered.expect("an answer")).await;
        assert!(!read.items.is_empty());
        assert_eq!(read.error.expect("a cut").kind(), Kind::Timeout);
        upstream.closed().await;
    }
}

#[tokio::test]
async fn an_event_without_an_end_is_not_gathered_for_ever() {
    for subject in SUBJECTS {
        let endless = format!("data: {}", "x".repeat(17 << 20));
        let script = vec![
            Step::Write(unended(200, &[], [endless.as_bytes()])),
            Step::AwaitClose,
        ];
        let upstream = Upstream::doing(script).await;
        let provider = (subject.provider)(upstream.uri(""), Network::default());
        let answered = send(&*provider, &call(Op::ChatStream, saying_hello())).await;
        let read = events(answered.expect("a stream")).await;
        assert_eq!(read.error.expect("too long").kind(), Kind::Protocol);
    }
}

#[tokio::test]
async fn a_reply_without_an_end_is_not_gathered_for_ever() {
    let [subject, _] = SUBJECTS;
    let endless = format!("{{\"content\": \"{}", "x".repeat((64 << 20) + 1));
    let whole = chunked(200, &[], [endless.as_bytes()]);
    for op in [Op::Chat, Op::ChatStream] {
        let upstream = Upstream::saying(whole.clone()).await;
        let provider = (subject.provider)(upstream.uri(""), Network::default());
        let error = match send(&*provider, &call(op, saying_hello())).await {
            Ok(answered) => events(answered).await.error.expect("too long"),
            Err(error) => error,
        };
        assert_eq!(error.kind(), Kind::Protocol);
    }
}
