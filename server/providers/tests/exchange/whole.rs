//! Whole answers, and what every request says.

use http::{HeaderMap, HeaderValue};
use llm::{Answer, Key, Kind, Model, Op, Origin, Retry};
use providers::http::Network;

use crate::calling::{MODEL, call, call_of, context, documents, saying_hello, send, send_in};
use crate::streams::in_its_own_format;
use crate::subject::{SUBJECTS, VIA};
use crate::upstream::{Step, Upstream, answer, unended};

#[tokio::test]
async fn every_request_says_who_sends_it_and_what_it_takes() {
    for subject in SUBJECTS {
        let mut upstream = Upstream::saying(answer(200, &[], subject.reply)).await;
        let provider = (subject.provider)(upstream.uri(""), Network::default());
        let mut head = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer of-the-caller"),
            ("x-api-key", "of-the-caller"),
            ("cookie", "a=b"),
            ("accept", "application/vnd.amazon.eventstream"),
            ("accept-encoding", "gzip"),
            ("user-agent", "aws-sdk-rust/1.7.0"),
            ("via", "1.1 bedrock-gateway-another, 1.1 some-proxy"),
        ] {
            head.insert(name, HeaderValue::from_static(value));
        }
        let asked = call_of(Op::Chat, saying_hello(), head, "");
        send(&*provider, &asked).await.expect("an answer");
        let received = upstream.received().await;
        assert_eq!(
            (&*received.method, &*received.target),
            ("POST", subject.target)
        );
        let own = match subject.name {
            "anthropic" => &["anthropic-version", "x-api-key"][..],
            _ => &["authorization"],
        };
        let mut names = vec![
            "accept",
            "accept-encoding",
            "content-length",
            "content-type",
        ];
        names.extend(["host", "user-agent", "via"].iter().chain(own));
        names.sort_unstable();
        assert_eq!(received.header_names(), names);
        assert_eq!(received.header("host"), Some(&*upstream.host()));
        assert_eq!(received.header("accept"), Some("application/json"));
        assert_eq!(received.header("accept-encoding"), Some("identity"));
        assert_eq!(received.header("content-type"), Some("application/json"));
        let agent = format!("bedrock-gateway/{}", env!("CARGO_PKG_VERSION"));
        assert_eq!(received.header("user-agent"), Some(&*agent));
        let via = format!("1.1 bedrock-gateway-another, 1.1 bedrock-gateway-{VIA}");
        assert_eq!(received.header("via"), Some(&*via));
        assert_eq!(received.header("cookie"), None);
        let length = received.body.len().to_string();
        assert_eq!(received.header("content-length"), Some(&*length));
        assert!(
            !received
                .headers
                .iter()
                .any(|(_, value)| value.contains("of-the-caller"))
        );

        send(&*provider, &call(Op::ChatStream, saying_hello()))
            .await
            .expect("an answer");
        let received = upstream.received().await;
        assert_eq!(received.header("accept"), Some("text/event-stream"));
    }
}

#[tokio::test]
async fn a_request_that_comes_back_is_refused() {
    for subject in SUBJECTS {
        let mut upstream = Upstream::saying("").await;
        let provider = (subject.provider)(upstream.uri(""), Network::default());
        let mut head = HeaderMap::new();
        let via = format!("1.1 bedrock-gateway-{VIA}");
        head.insert("via", via.parse().expect("a header's value"));
        let asked = call_of(Op::Chat, saying_hello(), head, "");
        let error = send(&*provider, &asked).await.expect_err("a loop");
        assert_eq!(
            (error.kind(), error.origin()),
            (Kind::InvalidRequest, Origin::Gateway)
        );
        assert!(!upstream.was_asked());
    }
}

#[tokio::test]
async fn a_whole_reply_in_its_own_format_passes_as_it_is() {
    for subject in SUBJECTS {
        let upstream = Upstream::saying(answer(200, &[], subject.reply)).await;
        let provider = (subject.provider)(upstream.uri(""), Network::default());
        let answered = send(&*provider, &in_its_own_format(&subject, Op::Chat)).await;
        let passed = documents(answered.expect("an answer")).await;
        assert_eq!(passed.texts(), [subject.reply]);
        assert_eq!(*passed.usage(), (subject.usage)());
    }
}

#[tokio::test]
async fn an_error_inside_an_answer_of_200_is_an_error() {
    for subject in SUBJECTS {
        let (fault, kind, message) = subject.fault;
        let upstream = Upstream::saying(answer(200, &[], fault)).await;
        let provider = (subject.provider)(upstream.uri(""), Network::default());
        for asked in [
            call(Op::Chat, saying_hello()),
            in_its_own_format(&subject, Op::Chat),
        ] {
            let error = send(&*provider, &asked).await.expect_err("an error");
            assert_eq!(
                (error.kind(), error.message()),
                (kind, message),
                "{}",
                subject.name
            );
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_no_reply_is_a_fault_of_protocol() {
    for subject in SUBJECTS {
        for body in [
            "",
            "{}",
            "[]",
            "null",
            "<html>the prompt</html>",
            "{\"content\":",
            "\u{0}",
        ] {
            let upstream = Upstream::saying(answer(200, &[], body)).await;
            let provider = (subject.provider)(upstream.uri(""), Network::default());
            let error = send(&*provider, &call(Op::Chat, saying_hello())).await;
            let error = error.expect_err("no reply");
            assert_eq!(error.kind(), Kind::Protocol, "{} {body:?}", subject.name);
            assert_eq!(error.resource(), Some("the-provider/the-model"));
            assert!(!format!("{error} {error:?}").contains("prompt"));
        }
        let mut half = answer(200, &[], subject.reply);
        half.truncate(half.len() - 1);
        let upstream = Upstream::doing(vec![Step::Write(half), Step::Close]).await;
        let provider = (subject.provider)(upstream.uri(""), Network::default());
        let error = send(&*provider, &call(Op::Chat, saying_hello())).await;
        assert_eq!(error.expect_err("no reply").kind(), Kind::Interrupted);
    }
}

#[tokio::test]
async fn a_key_that_nobody_configured_is_a_fault_of_the_gateway() {
    for subject in SUBJECTS {
        let upstream = Upstream::saying("").await;
        let provider = (subject.provider)(upstream.uri(""), Network::default());
        let (cx, call) = (context(), call(Op::Chat, saying_hello()));
        let model = Model::new(MODEL);
        let answered = provider
            .send(&cx, &Key::new("other"), Some(&model), &call, None)
            .await;
        assert_eq!(answered.expect_err("no key").kind(), Kind::GatewayInternal);
    }
}

#[tokio::test]
async fn an_operation_that_is_no_conversation_is_not_served() {
    for subject in SUBJECTS {
        let upstream = Upstream::saying("").await;
        let provider = (subject.provider)(upstream.uri(""), Network::default());
        let error = send(&*provider, &call(Op::Other, saying_hello())).await;
        let error = error.expect_err("a refusal");
        assert_eq!(
            (error.kind(), error.origin()),
            (Kind::NotServed, Origin::Gateway)
        );
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_a_failed_connection() {
    for subject in SUBJECTS {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let address = listener
            .expect("a free port")
            .local_addr()
            .expect("its address");
        let refuses = format!("http://{address}").parse().expect("an address");
        let hangs_up = Upstream::doing(vec![Step::Close]).await;
        for address in [refuses, hangs_up.uri("")] {
            let provider = (subject.provider)(address, Network::default());
            let error = send(&*provider, &call(Op::Chat, saying_hello())).await;
            let error = error.expect_err("no answer");
            assert_eq!(error.kind(), Kind::ConnectFailed);
            assert_eq!(error.message(), "Unable to reach provider the-provider");
            assert_eq!(error.retry(), Retry::OtherTarget { delay: None });
        }
    }
}

#[tokio::test]
async fn the_upstreams_own_id_is_noted() {
    for (subject, name) in SUBJECTS.iter().zip(["request-id", "x-request-id"]) {
        let upstream = Upstream::saying(answer(200, &[(name, "req_011")], subject.reply)).await;
        let provider = (subject.provider)(upstream.uri(""), Network::default());
        let cx = context();
        let answered = send_in(&cx, &*provider, &call(Op::Chat, saying_hello())).await;
        assert!(matches!(answered, Ok(Answer::Reply(_))));
        let record = cx.observation.record();
        assert_eq!(record.upstream_request_id.as_deref(), Some("req_011"));
    }
}

#[tokio::test]
async fn an_error_whose_body_does_not_come_goes_by_its_status() {
    for subject in SUBJECTS {
        let half = unended(429, &[("retry-after", "7")], [&b"{\"err"[..]]);
        let upstream = Upstream::doing(vec![Step::Write(half), Step::Close]).await;
        let provider = (subject.provider)(upstream.uri(""), Network::default());
        let error = send(&*provider, &call(Op::Chat, saying_hello())).await;
        let error = error.expect_err("a refusal");
        assert_eq!(
            (error.kind(), error.status()),
            (Kind::RateLimited, Some(429))
        );
    }
}
