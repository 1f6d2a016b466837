//! A stream through the running gateway: event by event, and over at once when its client is.
#![cfg(test)]

mod client;
mod upstream;

use std::path::Path;
use std::time::Duration;

use conformance_tests::live::gateway::Gateway;

use client::Client;
use upstream::Upstream;

const N_EVENTS: usize = 200;

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_gateway-under-test"))
}

/// The next event leaves the upstream only when the one before has reached the client, so a gateway that held any back would stand still.
#[test]
fn a_relayed_stream_arrives_event_by_event() {
    let mut upstream = Upstream::start();
    let gateway = Gateway::start(binary(), &upstream.endpoint()).unwrap();
    let mut client = Client::converse_stream(&gateway.endpoint(), "any-model", "hello");
    upstream.accept();
    for index in 0..N_EVENTS {
        upstream.tell(index);
        assert_eq!(client.next().as_deref(), Some(&*upstream::payload(index)));
    }
    upstream.finish();
    assert!(client.next().is_some(), "messageStop");
    assert_eq!(client.next(), None, "the end");
}

#[test]
fn the_sandboxs_stream_arrives_event_by_event() {
    let gap = Duration::from_millis(3);
    let yaml = "providers:\n  - { name: sandbox, kind: sandbox, gap_ms: 3 }\nlog: { level: off }\n";
    let gateway = Gateway::configured(binary(), yaml).unwrap();
    let prompt = vec!["word"; N_EVENTS].join(" ");
    let mut client = Client::converse_stream(&gateway.endpoint(), "sandbox/echo", &prompt);
    let began = client.now();
    let mut n_deltas = 0;
    while let Some(payload) = client.next() {
        n_deltas += usize::from(payload.contains("\"delta\""));
    }
    assert_eq!(n_deltas, N_EVENTS);
    // Had the events been gathered, they would have come in a few reads at the end.
    assert!(
        client.n_reads() > N_EVENTS / 2,
        "{} reads",
        client.n_reads()
    );
    assert!(client.now() - began >= gap * 150);
}

#[test]
fn a_client_that_hangs_up_ends_the_call_at_the_upstream_within_100_ms() {
    let mut upstream = Upstream::start();
    let gateway = Gateway::start(binary(), &upstream.endpoint()).unwrap();
    // The machine may be busy with other things for one of them, not for all.
    let took = (0..5).map(|_| {
        let mut client = Client::converse_stream(&gateway.endpoint(), "any-model", "hello");
        upstream.accept();
        upstream.tell(0);
        assert!(client.next().is_some());
        let hung_up = client.hang_up();
        upstream.closed() - hung_up
    });
    let fastest = took.min().unwrap();
    println!("the upstream's connection closed after {fastest:?}");
    assert!(fastest < Duration::from_millis(100), "{fastest:?}");
}

/// Clients take a stream that just stops for a whole answer.
#[test]
fn an_upstream_that_breaks_off_ends_in_an_exception_frame() {
    let mut upstream = Upstream::start();
    let gateway = Gateway::start(binary(), &upstream.endpoint()).unwrap();
    let mut client = Client::converse_stream(&gateway.endpoint(), "any-model", "hello");
    upstream.accept();
    upstream.tell(0);
    assert!(client.next().is_some());
    upstream.break_off();
    assert!(client.next().is_some());
    assert_eq!(
        client.last_exception().as_deref(),
        Some("modelStreamErrorException")
    );
    assert_eq!(client.next(), None, "nothing after it");
}
