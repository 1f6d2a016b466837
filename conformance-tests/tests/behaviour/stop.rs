//! The way out: running streams are finished, nothing new is begun, and whatever must be cut off is told so.

use conformance_tests::loopback::client::{H2c, Protocol, get, post, send};
use conformance_tests::loopback::frames;

use crate::{EVENT_STREAM, RELAYED, RELAYED_STREAM, beginning, delta, ending, relay};

#[tokio::test]
async fn a_gateway_that_is_told_to_stop_lets_streams_finish() {
    for protocol in Protocol::ALL {
        let (mut stub, mut gateway) = relay("").await;
        let address = gateway.address();
        let asked = tokio::spawn(send(protocol, address, post(RELAYED_STREAM, "{}")));
        let writer = stub
            .arrived()
            .await
            .unwrap()
            .begin(200, &[EVENT_STREAM])
            .unwrap();
        writer.send(beginning()).await.unwrap();
        let mut answer = asked.await.unwrap().unwrap();
        assert_eq!(
            answer.at_least(beginning().len()).await.unwrap(),
            beginning()
        );

        gateway.terminate().await.unwrap();
        gateway
            .logged("that it drains", |line| line["event"] == "draining")
            .await
            .unwrap();
        // It lives, it is not ready, and it takes no new work.
        assert_eq!(
            send(protocol, address, get("/health"))
                .await
                .unwrap()
                .status,
            200
        );
        assert_eq!(
            send(protocol, address, get("/ready")).await.unwrap().status,
            503
        );
        let refused = send(protocol, address, post(RELAYED, "{}")).await.unwrap();
        assert_eq!(refused.status, 503);
        assert!(
            refused
                .header("x-amzn-errortype")
                .starts_with("ServiceUnavailableException:")
        );
        assert!(stub.arrived_already().is_none());

        for event in std::iter::repeat_n(delta("going on"), 5).chain(ending()) {
            writer.send(event.clone()).await.unwrap();
            assert_eq!(
                answer.at_least(event.len()).await.unwrap(),
                event,
                "{protocol:?}"
            );
        }
        drop(writer);
        assert_eq!(answer.body().await.unwrap(), "", "{protocol:?}");
        let status = gateway.ended().await.unwrap();
        assert!(status.success(), "{status}");
        let line = gateway.access_line(RELAYED_STREAM).await.unwrap();
        assert_eq!(line["end"], "complete", "{protocol:?}");
    }
}

#[tokio::test]
async fn a_stream_that_cannot_be_waited_for_ends_in_an_exception() {
    for protocol in Protocol::ALL {
        let (mut stub, mut gateway) = relay("limits: { drain_timeout_secs: 0 }\n").await;
        let asked = tokio::spawn(send(
            protocol,
            gateway.address(),
            post(RELAYED_STREAM, "{}"),
        ));
        let writer = stub
            .arrived()
            .await
            .unwrap()
            .begin(200, &[EVENT_STREAM])
            .unwrap();
        writer.send(beginning()).await.unwrap();
        let mut answer = asked.await.unwrap().unwrap();
        answer.at_least(beginning().len()).await.unwrap();
        gateway.terminate().await.unwrap();
        let rest = answer
            .body()
            .await
            .unwrap_or_else(|fault| panic!("{protocol:?}: {fault}"));
        let rest = frames::frames(&rest).unwrap();
        let names: Vec<_> = rest.iter().map(frames::exception).collect();
        assert_eq!(names, [Some("modelStreamErrorException")], "{protocol:?}");
        writer.gone().await.unwrap();
        gateway.ended().await.unwrap();
    }
}

#[tokio::test]
async fn an_idle_gateway_stops_at_once_whoever_keeps_a_connection_open() {
    let (_stub, mut gateway) = relay("").await;
    let idle = H2c::open(gateway.address()).await.unwrap();
    assert_eq!(idle.send(get("/ready")).await.unwrap().status, 200);
    gateway.terminate().await.unwrap();
    assert!(gateway.ended().await.unwrap().success());
}
