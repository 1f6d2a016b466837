//! What comes back whole: the head but for what is of the connection, the body byte for byte, and what it cost.

use std::time::Duration;

use bytes::Bytes;
use llm::chat::{CacheDetail, Usage, UsageSource};
use llm::{Answer, Ext, Kind, Native, Origin, Wire};
use providers::bedrock::{Bedrock, Settings};
use providers::http::{Network, Timeouts};

use crate::upstream::{Step, Upstream, answer, chunked, unended};
use crate::{Read, body_of, context, converse, keys, provider, read, send, settings};

async fn relay(native: Native, bytes: Vec<u8>) -> Read {
    let upstream = Upstream::saying(bytes).await;
    let answer = send(&provider(&upstream), native).await.expect("an answer");
    read(body_of(answer)).await
}

fn invoke() -> Native {
    Native {
        wire: Wire("bedrock/invoke-model"),
        ..converse()
    }
}

fn usage(input: i32, output: i32) -> Usage {
    Usage {
        input_uncached: input,
        output,
        cache_read: None,
        cache_write: None,
        cache_details: None,
        total_reported: None,
        source: UsageSource::Reported,
        ext: Ext::default(),
    }
}

#[tokio::test]
async fn every_header_comes_back_but_those_of_the_connection_and_cookies() {
    let headers = [
        ("Date", "Mon, 23 Nov 2026 02:18:31 GMT"),
        ("Content-Type", "application/json"),
        ("Connection", "keep-alive, x-of-this-hop"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Authenticate", "Basic"),
        ("Set-Cookie", "a=b"),
        ("Set-Cookie", "c=d"),
        ("Trailer", "x-later"),
        ("Upgrade", "h2c"),
        ("x-of-this-hop", "1"),
        ("x-amzn-RequestId", "5f3a1c7e-2a55-4a4e-8a55-0f7e3c1d2b4a"),
        ("X-Amzn-Bedrock-Invocation-Latency", "731"),
        ("X-Unheard-Of", "one"),
        ("X-Unheard-Of", "two"),
    ];
    let upstream = Upstream::saying(answer(200, &headers, "{}")).await;
    let answer = send(&provider(&upstream), invoke()).await;
    let Ok(Answer::Native { status, head, body }) = answer else {
        panic!("not relayed");
    };
    assert_eq!(status, 200);
    let mut passed: Vec<_> = head
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().expect("text")))
        .collect();
    passed.sort_unstable();
    assert_eq!(
        passed,
        [
            ("content-length", "2"),
            ("content-type", "application/json"),
            ("date", "Mon, 23 Nov 2026 02:18:31 GMT"),
            ("x-amzn-bedrock-invocation-latency", "731"),
            ("x-amzn-requestid", "5f3a1c7e-2a55-4a4e-8a55-0f7e3c1d2b4a"),
            ("x-unheard-of", "one"),
            ("x-unheard-of", "two"),
        ]
    );
    assert_eq!(read(body).await.bytes(), b"{}");
}

#[tokio::test]
async fn the_upstreams_id_of_the_request_goes_on_record() {
    use llm::{Key, Model, Provider};

    let upstream = Upstream::saying(answer(200, &[("x-amzn-RequestId", "5f3a")], "{}")).await;
    let (cx, call) = (context(), crate::call(converse(), Some("m")));
    let provider = provider(&upstream);
    let (key, model) = (Key::new("default"), Model::new("m"));
    let answer = provider.send(&cx, &key, Some(&model), &call, None).await;
    answer.expect("an answer");
    let id = cx.observation.record().upstream_request_id;
    assert_eq!(id.as_deref(), Some("5f3a"));
}

#[tokio::test]
async fn a_body_passes_unchanged_and_its_last_chunk_says_so() {
    let body: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    for bytes in [
        answer(200, &[], &body),
        chunked(200, &[], body.chunks(7_777)),
    ] {
        let read = relay(invoke(), bytes).await;
        assert!(read.error.is_none());
        assert_eq!(read.bytes(), body);
        assert!(read.ends_once());
    }
    for bytes in [answer(200, &[], ""), chunked(200, &[], [])] {
        let read = relay(invoke(), bytes).await;
        assert!(read.error.is_none());
        assert_eq!(read.bytes(), b"");
        assert!(read.ends_once());
    }
}

/// The form of recorded Converse answers.
const CONVERSE: &str = r#"{"metrics":{"latencyMs":731},"output":{"message":{"content":[{"text":"\"usage\":{\"inputTokens\":1,\"outputTokens\":1}"},{"toolUse":{"input":{"usage":{"inputTokens":2,"outputTokens":2}},"name":"meter","toolUseId":"t1"}}],"role":"assistant"}},"stopReason":"tool_use","usage":{"cacheDetails":[{"inputTokens":1322,"ttl":"5m"}],"cacheReadInputTokenCount":0,"cacheReadInputTokens":0,"cacheWriteInputTokenCount":1322,"cacheWriteInputTokens":1322,"inputTokens":2,"outputTokens":5,"serverToolUsage":{},"totalTokens":1329}}"#;

#[tokio::test]
async fn the_usage_of_converse_is_read_from_the_end_of_the_answer() {
    let expected = Usage {
        cache_read: Some(0),
        cache_write: Some(1322),
        cache_details: Some(vec![CacheDetail {
            ttl: "5m".to_owned(),
            input: 1322,
            ext: Ext::default(),
        }]),
        total_reported: Some(1329),
        ..usage(2, 5)
    };
    for bytes in [
        answer(200, &[], CONVERSE),
        chunked(200, &[], [CONVERSE.as_bytes()]),
        chunked(200, &[], CONVERSE.as_bytes().chunks(1)),
        chunked(200, &[], CONVERSE.as_bytes().chunks(100)),
    ] {
        let read = relay(converse(), bytes).await;
        assert_eq!(read.bytes(), CONVERSE.as_bytes());
        assert_eq!(read.usage(), Some(expected.clone()));
        assert!(read.ends_once());
    }
}

#[tokio::test]
async fn usage_is_the_outermost_member_of_that_name_wherever_it_stands() {
    let check = async |body: String, expected: Option<Usage>| {
        let read = relay(converse(), answer(200, &[], &body)).await;
        assert_eq!(read.usage(), expected, "{body}");
    };
    let real = r#""usage":{"inputTokens":7,"outputTokens":8}"#;
    let nested = r#"{"a":[{"usage":{"inputTokens":1,"outputTokens":1}}]}"#;
    check(format!(r#"{{{real}}}"#), Some(usage(7, 8))).await;
    check(format!("{{{real},\"zz\":{nested}}}\n"), Some(usage(7, 8))).await;
    check(
        format!(r#"{{"output":{nested},{real}}}"#),
        Some(usage(7, 8)),
    )
    .await;
    check(format!(r#"{{"output":{nested}}}"#), None).await;
    check(
        r#"{"x":"\\","usage" : { "inputTokens" : 7 }}"#.to_owned(),
        Some(usage(7, 0)),
    )
    .await;
    check(
        r#"{"usage":{"inputTokens":1.5,"outputTokens":2}}"#.to_owned(),
        None,
    )
    .await;
    check(r#"{"usage":null}"#.to_owned(), None).await;
    check(r#"{"usage":{}}"#.to_owned(), None).await;
    check(r#""usage""#.to_owned(), None).await;
    check(r#"{"usage":{"inputTokens":1"#.to_owned(), None).await;
    let long = "\u{e9}".repeat(100_000);
    check(
        format!(r#"{{"output":"{long}",{real}}}"#),
        Some(usage(7, 8)),
    )
    .await;
}

#[tokio::test]
async fn the_usage_of_an_invocation_stands_in_its_headers() {
    let headers = [
        ("X-Amzn-Bedrock-Cache-Write-Input-Token-Count", "3"),
        ("X-Amzn-Bedrock-Cache-Read-Input-Token-Count", "4"),
        ("X-Amzn-Bedrock-Output-Token-Count", "13"),
        ("X-Amzn-Bedrock-Input-Token-Count", "8"),
    ];
    let counted = Usage {
        cache_read: Some(4),
        cache_write: Some(3),
        ..usage(8, 13)
    };
    let read = relay(invoke(), answer(200, &headers, "{}")).await;
    assert_eq!(read.usage(), Some(counted));

    let embedding = [("X-Amzn-Bedrock-Input-Token-Count", "8")];
    let read = relay(invoke(), answer(200, &embedding, "")).await;
    assert_eq!(read.usage(), Some(usage(8, 0)));

    let read = relay(invoke(), answer(200, &[], "{}")).await;
    assert_eq!(read.usage(), None);
}

#[tokio::test]
async fn a_body_that_breaks_off_ends_in_an_error() {
    let mut short = answer(200, &[], "0123456789");
    short.truncate(short.len() - 3);
    for bytes in [short, unended(200, &[], [&b"0123456"[..]])] {
        let upstream = Upstream::doing(vec![Step::Write(bytes), Step::Close]).await;
        let answer = send(&provider(&upstream), converse()).await;
        let read = read(body_of(answer.expect("an answer"))).await;
        assert_eq!(read.bytes(), b"0123456");
        let error = read.error.expect("an error at the end");
        assert_eq!(error.kind(), Kind::Interrupted);
        assert_eq!(error.origin(), Origin::Upstream);
        assert!(read.chunks.iter().all(|chunk| !chunk.last));
    }
}

#[tokio::test]
async fn a_body_that_falls_silent_ends_in_an_error() {
    let bytes = unended(200, &[], [&b"0123"[..]]);
    let upstream = Upstream::doing(vec![Step::Write(bytes), Step::AwaitClose]).await;
    let provider = Bedrock::new(Settings {
        network: Network {
            timeouts: Timeouts {
                idle: Duration::from_millis(20),
                ..Timeouts::default()
            },
            ..Network::default()
        },
        ..settings(&upstream, keys())
    })
    .expect("valid settings");
    let answer = send(&provider, converse()).await.expect("an answer");
    let read = read(body_of(answer)).await;
    assert_eq!(read.bytes(), b"0123");
    assert_eq!(read.error.expect("an error").kind(), Kind::Timeout);
}

#[tokio::test]
async fn a_body_that_takes_too_long_as_a_whole_is_cut() {
    let begun = unended(200, &[], [&b"0123"[..]]);
    let more = b"1\r\n4\r\n".to_vec();
    let upstream = Upstream::doing(vec![Step::Write(begun), Step::Repeat(more)]).await;
    let provider = Bedrock::new(Settings {
        network: Network {
            timeouts: Timeouts {
                total: Some(Duration::from_millis(90)),
                ..Timeouts::default()
            },
            ..Network::default()
        },
        ..settings(&upstream, keys())
    })
    .expect("valid settings");
    let answer = send(&provider, converse()).await.expect("an answer");
    let read = read(body_of(answer)).await;
    assert!(read.bytes().starts_with(b"0123"));
    assert_eq!(read.error.expect("an error").kind(), Kind::Timeout);
}

#[tokio::test]
async fn one_connection_serves_one_request_after_another() {
    let mut upstream = Upstream::saying(answer(200, &[], "{}")).await;
    let provider = provider(&upstream);
    for _ in 0..3 {
        let answer = send(&provider, converse()).await.expect("an answer");
        assert_eq!(read(body_of(answer)).await.bytes(), Bytes::from("{}"));
        upstream.received().await;
    }
    assert!(!upstream.has_closed(), "the connection was kept");
    assert_eq!(upstream.n_connections(), 1);
}
