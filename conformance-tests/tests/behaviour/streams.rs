//! Events leave as they come: nothing on the way waits for the next.

use std::time::{Duration, Instant};

use conformance_tests::loopback::client::{Protocol, post, send};
use conformance_tests::loopback::frames;
use conformance_tests::loopback::gateway::{Gateway, Setup};
use rest_json::frame::FrameKind;

use crate::{
    BINARY, ECHO_STREAM, EVENT_STREAM, RELAYED_STREAM, beginning, delta, ending, relay, says,
};

/// How many events the streams of these tests have.
const N_EVENTS: usize = 200;

#[tokio::test]
async fn each_of_200_relayed_events_arrives_before_the_next_is_sent() {
    let (mut stub, gateway) = relay("").await;
    let mut events = vec![beginning()];
    events.extend((0..N_EVENTS - 4).map(|number| delta(&format!("word {number} "))));
    events.extend(ending());
    assert_eq!(events.len(), N_EVENTS);
    for protocol in Protocol::ALL {
        let address = gateway.address();
        let asked = tokio::spawn(send(protocol, address, post(RELAYED_STREAM, "{}")));
        let arrived = stub.arrived().await.unwrap();
        let writer = arrived.begin(200, &[EVENT_STREAM]).unwrap();
        // The head waits for the first event, which may still turn out to be an error.
        let (first, rest) = events.split_first().unwrap();
        writer.send(first.clone()).await.unwrap();
        let mut answer = asked.await.unwrap().unwrap();
        assert_eq!(
            (answer.status.as_u16(), answer.header(EVENT_STREAM.0)),
            (200, EVENT_STREAM.1)
        );
        assert_eq!(answer.at_least(first.len()).await.unwrap(), first);
        for (number, event) in rest.iter().enumerate() {
            writer.send(event.clone()).await.unwrap();
            let got = answer
                .at_least(event.len())
                .await
                .unwrap_or_else(|fault| panic!("event {number} over {protocol:?}: {fault}"));
            assert_eq!(got, event, "event {number} over {protocol:?}");
        }
        drop(writer);
        // Over HTTP/2 the end may be a frame of its own.
        assert_eq!(answer.body().await.unwrap(), "");
        drop(answer);
    }
    let line = gateway.access_line(RELAYED_STREAM).await.unwrap();
    assert_eq!(line["end"], "complete");
    assert_eq!(
        (&line["input_tokens"], &line["output_tokens"]),
        (&7.into(), &196.into())
    );
}

#[tokio::test]
async fn each_event_of_the_sandbox_arrives_at_its_own_pace() {
    const GAP: Duration = Duration::from_millis(2);
    const N_DELTAS: usize = N_EVENTS - 4;
    let setup = Setup::of(format!(
        "providers:\n  - {{ name: sandbox, kind: sandbox, gap_ms: {} }}\n",
        GAP.as_millis()
    ));
    let gateway = Gateway::start(BINARY, &setup).await.unwrap();
    // One token, and so one delta, a word.
    let text = vec!["word"; N_DELTAS].join(" ");
    for protocol in Protocol::ALL {
        let mut answer = send(protocol, gateway.address(), says(ECHO_STREAM, &text))
            .await
            .unwrap();
        let mut pieces = Vec::new();
        let mut first_after = None;
        while let Some(piece) = answer.next().await.unwrap() {
            first_after.get_or_insert_with(Instant::now);
            pieces.push(piece);
        }
        let took = first_after.unwrap().elapsed();
        let events = frames::frames(&pieces.concat()).unwrap();
        assert_eq!(events.len(), N_EVENTS, "{protocol:?}");
        let n_deltas = events
            .iter()
            .filter(|event| matches!(event.kind(), FrameKind::Event("contentBlockDelta")))
            .count();
        assert_eq!(n_deltas, N_DELTAS, "{protocol:?}");
        // Held back they would come in few pieces and all at once; a reader that is late by itself may find two together.
        assert!(
            pieces.len() > N_DELTAS / 2,
            "{} pieces over {protocol:?}",
            pieces.len()
        );
        let least = GAP * u32::try_from(N_DELTAS / 2).unwrap();
        assert!(
            took >= least,
            "{took:?} from the first to the last over {protocol:?}"
        );
    }
}

#[tokio::test]
async fn events_that_are_ready_together_may_leave_together_and_stay_in_order() {
    let gateway = Gateway::start(BINARY, &Setup::alone()).await.unwrap();
    let words: Vec<String> = (0..N_EVENTS).map(|number| format!("w{number}")).collect();
    let text = words.join(" ");
    for protocol in Protocol::ALL {
        let mut answer = send(protocol, gateway.address(), says(ECHO_STREAM, &text))
            .await
            .unwrap();
        let body = answer.body().await.unwrap();
        let mut said = String::new();
        for event in frames::frames(&body).unwrap() {
            let payload: serde_json::Value = serde_json::from_slice(&event.payload).unwrap();
            said.push_str(payload["delta"]["text"].as_str().unwrap_or_default());
        }
        assert_eq!(said, text, "{protocol:?}");
    }
}
