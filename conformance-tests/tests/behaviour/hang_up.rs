//! A client that goes away takes its call with it: the upstream is let go of at once, and the account is settled as cancelled.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use conformance_tests::loopback::client::{
    Answer, Connection, H2c, Protocol, http1_bytes, post, send,
};
use conformance_tests::loopback::gateway::{Gateway, Setup};
use conformance_tests::loopback::stub::{Arrived, Stub};
use http::Request;

use crate::{
    BINARY, ECHO_STREAM, EVENT_STREAM, JSON, RELAYED, RELAYED_STREAM, beginning, delta, ending,
    relay, says,
};

/// How soon the upstream is let go of.
const AT_ONCE: Duration = Duration::from_millis(100);

/// A busy machine may delay one of these processes for longer than that, so the middle one of some tries counts.
const N_TRIES: usize = 5;

fn check(mut took: Vec<Duration>, what: &str) {
    took.sort_unstable();
    println!("{what}: {took:?}");
    assert_eq!(took.len(), N_TRIES);
    assert!(took[N_TRIES / 2] < AT_ONCE, "{what}: {took:?}");
}

/// Waits for the first event of a relayed stream, and gives the client and the stub's side of it.
async fn streaming(
    stub: &mut Stub,
    asking: impl Future<Output = Answer>,
) -> (Answer, conformance_tests::loopback::stub::Writer) {
    let upstream = async {
        let writer = stub
            .arrived()
            .await
            .unwrap()
            .begin(200, &[EVENT_STREAM])
            .unwrap();
        writer.send(beginning()).await.unwrap();
        writer.send(delta("and then")).await.unwrap();
        writer
    };
    let (mut answer, writer) = tokio::join!(asking, upstream);
    answer.at_least(beginning().len()).await.unwrap();
    (answer, writer)
}

#[tokio::test]
async fn a_client_that_closes_its_connection_in_mid_stream_cancels_the_upstream() {
    let (mut stub, gateway) = relay("").await;
    for protocol in Protocol::ALL {
        let mut took = Vec::new();
        for _ in 0..N_TRIES {
            let asking = send(protocol, gateway.address(), post(RELAYED_STREAM, "{}"));
            let (answer, writer) = streaming(&mut stub, async { asking.await.unwrap() }).await;
            let left = Instant::now();
            drop(answer);
            writer.gone().await.unwrap();
            took.push(left.elapsed());
        }
        check(took, &format!("closed over {protocol:?}"));
    }
    let line = gateway.access_line(RELAYED_STREAM).await.unwrap();
    assert_eq!(
        (&line["end"], &line["status"]),
        (&"cancelled".into(), &200.into())
    );
}

#[tokio::test]
async fn a_client_that_resets_its_stream_cancels_that_call_and_no_other() {
    let (mut stub, gateway) = relay("").await;
    let connection = H2c::open(gateway.address()).await.unwrap();
    let (mut kept, kept_writer) = streaming(&mut stub, async {
        connection.send(post(RELAYED_STREAM, "{}")).await.unwrap()
    })
    .await;
    let mut took = Vec::new();
    for number in 0..N_TRIES {
        let target = format!("{RELAYED_STREAM}?{number}");
        let asking = async { connection.send(post(&target, "{}")).await.unwrap() };
        let (answer, writer) = streaming(&mut stub, asking).await;
        let left = Instant::now();
        drop(answer);
        writer.gone().await.unwrap();
        took.push(left.elapsed());
    }
    check(took, "reset");
    // The first stream of the connection goes on.
    let last = [delta("still here"), ending().concat().into()].concat();
    kept_writer.send(last.clone()).await.unwrap();
    drop(kept_writer);
    let rest = kept.body().await.unwrap();
    assert!(rest.ends_with(&last));
    gateway
        .logged("a cancelled call", |line| line["end"] == "cancelled")
        .await
        .unwrap();
    gateway
        .logged("the kept call", |line| line["end"] == "complete")
        .await
        .unwrap();
}

/// A call whose answer has not begun, in the hands of a task that can be ended.
async fn waiting(
    stub: &mut Stub,
    protocol: Protocol,
    address: SocketAddr,
    request: Request<Bytes>,
) -> (tokio::task::JoinHandle<()>, Arrived) {
    let asking = tokio::spawn(async move { drop(send(protocol, address, request).await) });
    (asking, stub.arrived().await.unwrap())
}

#[tokio::test]
async fn a_client_that_does_not_wait_for_the_head_cancels_the_upstream() {
    let (mut stub, gateway) = relay("").await;
    for (protocol, target) in [
        (Protocol::Http1, RELAYED),
        (Protocol::Http1, RELAYED_STREAM),
        (Protocol::H2c, RELAYED),
        (Protocol::H2c, RELAYED_STREAM),
    ] {
        let mut took = Vec::new();
        for _ in 0..N_TRIES {
            let request = post(target, "{}");
            let (asking, mut arrived) =
                waiting(&mut stub, protocol, gateway.address(), request).await;
            let left = Instant::now();
            asking.abort();
            arrived.gone().await.unwrap();
            took.push(left.elapsed());
        }
        check(
            took,
            &format!("before the head of {target} over {protocol:?}"),
        );
    }
    for target in [RELAYED, RELAYED_STREAM] {
        let line = gateway.access_line(target).await.unwrap();
        assert_eq!(line["end"], "cancelled", "{target}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_during_an_answer_in_one_piece_cancels_the_upstream() {
    let (mut stub, gateway) = relay("").await;
    let mut took = Vec::new();
    for _ in 0..N_TRIES {
        let asking = send(Protocol::Http1, gateway.address(), post(RELAYED, "{}"));
        let upstream = async {
            let writer = stub.arrived().await.unwrap().begin(200, &[JSON]).unwrap();
            writer.send("{\"output\":").await.unwrap();
            writer
        };
        let (answer, writer) = tokio::join!(asking, upstream);
        let mut answer = answer.unwrap();
        answer.at_least(10).await.unwrap();
        let left = Instant::now();
        drop(answer);
        writer.gone().await.unwrap();
        took.push(left.elapsed());
    }
    check(took, "in a body");
    let line = gateway.access_line(RELAYED).await.unwrap();
    assert_eq!(line["end"], "cancelled");
}

#[tokio::test]
async fn a_stream_of_the_sandbox_ends_with_its_client() {
    let setup = Setup::of("providers:\n  - { name: sandbox, kind: sandbox, gap_ms: 600000 }\n");
    let gateway = Gateway::start(BINARY, &setup).await.unwrap();
    for protocol in Protocol::ALL {
        let target = format!("{ECHO_STREAM}?{protocol:?}");
        let request = says(&target, "one two three");
        let mut answer = send(protocol, gateway.address(), request).await.unwrap();
        answer.next().await.unwrap();
        drop(answer);
        let version = match protocol {
            Protocol::Http1 => "HTTP/1.1",
            Protocol::H2c => "HTTP/2",
        };
        let line = gateway
            .logged("the line of the stream", |line| line["protocol"] == version)
            .await
            .unwrap();
        assert_eq!(line["end"], "cancelled", "{protocol:?}");
        assert_eq!(line["provider"], "sandbox", "{protocol:?}");
    }
}

#[tokio::test]
async fn half_a_request_that_is_given_up_reaches_nobody() {
    let (mut stub, gateway) = relay("").await;
    let whole = http1_bytes(&post(RELAYED, "{\"messages\":[]}")).unwrap();
    let mut connection = Connection::open(gateway.address()).await.unwrap();
    connection.write(&whole[..whole.len() - 3]).await.unwrap();
    drop(connection);
    let line = gateway.access_line(RELAYED).await.unwrap();
    assert_ne!(line["end"], "complete");
    assert!(stub.arrived_already().is_none());
}
