//! Streams that end otherwise than well: by an error, too early, or because nobody listens any more.

use futures_util::StreamExt;
use llm::chat::Event;
use llm::{Answer, Error, Kind, Op, Origin, Retry};
use providers::http::Network;

use crate::calling::{Read, call, documents, events, saying_hello, send, sse};
use crate::streams::in_its_own_format;
use crate::subject::{KEY, SUBJECTS, Subject};
use crate::upstream::{Step, Upstream, chunked, unended};

async fn asked(subject: &Subject, script: Vec<Step>) -> Result<Read<Event>, Error> {
    let upstream = Upstream::doing(script).await;
    let provider = (subject.provider)(upstream.uri(""), Network::default());
    let answered = send(&*provider, &call(Op::ChatStream, saying_hello())).await;
    Ok(events(answered?).await)
}

async fn asked_for_documents(
    subject: &Subject,
    script: Vec<Step>,
) -> Result<Read<llm::Chunk>, Error> {
    let upstream = Upstream::doing(script).await;
    let provider = (subject.provider)(upstream.uri(""), Network::default());
    let call = in_its_own_format(subject, Op::ChatStream);
    Ok(documents(send(&*provider, &call).await?).await)
}

fn assert_is_the_fault(error: &Error, subject: &Subject) {
    let (_, kind, message) = subject.fault;
    assert_eq!(error.kind(), kind, "{}", subject.name);
    assert_eq!(error.message(), message);
    assert_eq!(error.origin(), Origin::Upstream);
    assert_eq!(error.resource(), Some("the-provider/the-model"));
    assert!(error.native().is_none());
}

#[tokio::test]
async fn an_error_in_mid_stream_ends_the_answer() {
    for subject in SUBJECTS {
        let stream = format!("{}{}", subject.opening(), sse([subject.fault.0]));
        let script = vec![Step::Write(chunked(200, &[], [stream.as_bytes()]))];
        let read = asked(&subject, script.clone()).await.expect("an answer");
        assert!(!read.items.is_empty());
        assert_is_the_fault(&read.error.expect("an error"), &subject);

        let read = asked_for_documents(&subject, script)
            .await
            .expect("an answer");
        assert!(!read.items.is_empty());
        assert!(read.items.iter().all(|chunk| !chunk.last));
        assert_is_the_fault(&read.error.expect("an error"), &subject);
    }
}

#[tokio::test]
async fn an_error_as_the_first_event_comes_before_anything_else() {
    for subject in SUBJECTS {
        let (fault, ..) = subject.fault;
        for body in [
            sse([fault]),
            format!("event: error\n{}", sse([fault])),
            fault.to_owned(),
        ] {
            let script = vec![Step::Write(chunked(200, &[], [body.as_bytes()]))];
            let read = asked(&subject, script.clone()).await.expect("a stream");
            assert_eq!(read.items, []);
            assert_is_the_fault(&read.error.expect("an error"), &subject);
            // Of documents nobody else waits for the first.
            let error = asked_for_documents(&subject, script)
                .await
                .expect_err("an error");
            assert_is_the_fault(&error, &subject);
        }
    }
}

#[tokio::test]
async fn a_stream_that_just_ends_is_a_fault() {
    for subject in SUBJECTS {
        let opening = subject.opening();
        let half = &opening[..opening.len() - 10];
        for body in [&*opening, half] {
            let whole = vec![Step::Write(chunked(200, &[], [body.as_bytes()]))];
            let cut = vec![
                Step::Write(unended(200, &[], [body.as_bytes()])),
                Step::Close,
            ];
            for script in [whole, cut] {
                let read = asked(&subject, script.clone()).await.expect("an answer");
                let error = read.error.expect("an error");
                assert_eq!(error.kind(), Kind::Interrupted, "{}", subject.name);
                assert_eq!(error.retry(), Retry::OtherTarget { delay: None });
                assert!(
                    !read
                        .items
                        .iter()
                        .any(|event| matches!(event, Event::Stop { .. }))
                );
                // Where nothing was said yet, there is no answer either.
                let error = match asked_for_documents(&subject, script).await {
                    Ok(read) => read.error.expect("an error"),
                    Err(error) => error,
                };
                assert_eq!(error.kind(), Kind::Interrupted);
            }
        }
        for body in ["", "\n\n", ": nothing\n\n"] {
            let script = vec![Step::Write(chunked(200, &[], [body.as_bytes()]))];
            let read = asked(&subject, script).await.expect("a stream");
            let error = read.error.expect("an error");
            assert_eq!(error.kind(), Kind::Interrupted);
            assert_eq!(
                error.message(),
                "The model provider's stream ended before completion."
            );
        }
    }
}

#[tokio::test]
async fn an_event_that_is_not_of_the_format_is_a_fault_of_protocol() {
    for subject in SUBJECTS {
        let secret = format!("not JSON, and the prompt, and {KEY}");
        let stream = format!("{}{}", subject.opening(), sse([&*secret]));
        let script = vec![Step::Write(chunked(200, &[], [stream.as_bytes()]))];
        let read = asked(&subject, script).await.expect("an answer");
        let error = read.error.expect("an error");
        assert_eq!(error.kind(), Kind::Protocol, "{}", subject.name);
        assert!(!format!("{error} {error:?}").contains("prompt"));
        // The page of a proxy in the place of a stream.
        let script = vec![Step::Write(chunked(200, &[], [&b"<html>hello</html>"[..]]))];
        let read = asked(&subject, script).await.expect("a stream");
        assert_eq!(read.error.expect("an error").kind(), Kind::Protocol);
    }
}

#[tokio::test]
async fn dropping_an_answer_closes_the_connection() {
    for subject in SUBJECTS {
        let script = vec![
            Step::Write(unended(200, &[], [subject.opening().as_bytes()])),
            Step::AwaitClose,
        ];
        for own in [false, true] {
            let mut upstream = Upstream::doing(script.clone()).await;
            let provider = (subject.provider)(upstream.uri(""), Network::default());
            let call = match own {
                true => in_its_own_format(&subject, Op::ChatStream),
                false => call(Op::ChatStream, saying_hello()),
            };
            match send(&*provider, &call).await.expect("an answer") {
                Answer::Events(mut events) => {
                    events.next().await.expect("an event").expect("no error");
                    assert!(!upstream.has_closed());
                    drop(events);
                }
                Answer::Documents(mut documents) => {
                    documents
                        .next()
                        .await
                        .expect("a document")
                        .expect("no error");
                    assert!(!upstream.has_closed());
                    drop(documents);
                }
                other => panic!("no stream: {other:?}"),
            }
            upstream.closed().await;
        }
    }
}
