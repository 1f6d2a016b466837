//! The load generator against the simulated upstream and the bare proxy, on loopback.

use super::*;
use crate::{listen, proxy, upstream};

const UPSTREAM: upstream::Options = upstream::Options {
    listen: SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0),
    events: 12,
    gap_ms: 0,
    delay_ms: 0,
};

async fn upstream() -> SocketAddr {
    let listener = listen::bind(UPSTREAM.listen).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(upstream::answer_on(listener, UPSTREAM));
    address
}

async fn proxy() -> SocketAddr {
    let listener = listen::bind(UPSTREAM.listen).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(proxy::forward(listener, upstream().await));
    address
}

fn options(target: SocketAddr, traffic: Traffic) -> Options {
    Options {
        target,
        traffic,
        expect: Expect::Relayed,
        model: traffic::BEDROCK_MODEL.to_owned(),
        connections: 3,
        seconds: 1.0,
        requests: Some(20),
        events: UPSTREAM.events,
        hold: false,
    }
}

#[tokio::test]
async fn every_answer_comes_through_the_bare_proxy_unchanged() {
    let proxy = proxy().await;
    for (traffic, events) in [
        (Traffic::Small, 0),
        (Traffic::Agent, 0),
        (Traffic::Stream, 240),
    ] {
        let report = run(options(proxy, traffic)).await.expect("a run");
        assert_eq!(report.first_error, None);
        assert_eq!(
            (report.requests, report.events, report.errors),
            (20, events, 0)
        );
        assert!(report.p50_us <= report.p99_us && report.p99_us <= report.max_us);
    }
}

#[tokio::test]
async fn an_answer_other_than_the_expected_one_is_an_error() {
    let upstream = upstream().await;
    let mut longer = options(upstream, Traffic::Stream);
    longer.events = 13;
    let mut echo = options(upstream, Traffic::Small);
    echo.expect = Expect::Echo;
    for options in [longer, echo] {
        let report = run(options).await.expect("a run");
        assert_eq!((report.requests, report.errors), (0, 3));
        assert!(report.first_error.is_some());
    }
}

#[tokio::test]
async fn an_upstream_that_cannot_be_reached_is_an_error_that_shows_the_status() {
    let closed = listen::bind(UPSTREAM.listen).await.expect("a free port");
    let nowhere = closed.local_addr().expect("an address");
    drop(closed);
    let listener = listen::bind(UPSTREAM.listen).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(proxy::forward(listener, nowhere));
    let report = run(options(address, Traffic::Small)).await.expect("a run");
    let first = report.first_error.expect("an error");
    assert!(first.contains("502"), "{first}");
}
