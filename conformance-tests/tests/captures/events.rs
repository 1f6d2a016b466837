//! The bodies of bidirectional calls: frames around frames where the client signs, plain frames where it does not.

use conformance_tests::codecs::{Codec, RUNTIME};
use rest_json::{Frame, FrameDecoder};

use crate::requests::routed;

#[test]
fn every_captured_input_event_is_read_and_written_again() {
    let codec = Codec::find(RUNTIME, "InvokeModelWithBidirectionalStream").unwrap();
    let event_again = codec.input_event.unwrap();
    let (mut calls, mut events, mut signed) = (0, 0, 0);
    for (capture, row, request) in routed() {
        if row.operation.as_deref() != Some(codec.operation) {
            continue;
        }
        calls += 1;
        let outer_frames = frames(&request.body);
        let bytes: Vec<u8> = outer_frames
            .iter()
            .flat_map(|frame| frame.encode().unwrap())
            .collect();
        assert_eq!(bytes, request.body, "{}", capture.name);
        for outer in outer_frames {
            let event = if outer.header(":chunk-signature").is_some() {
                signed += 1;
                match frames(&outer.payload).pop() {
                    Some(event) => event,
                    // A signed frame without payload ends the stream.
                    None => continue,
                }
            } else {
                outer
            };
            let again = event_again(&event)
                .unwrap_or_else(|failure| panic!("{}: {failure:?}", capture.name));
            assert_eq!(again.payload, event.payload, "{}", capture.name);
            assert_eq!(again.text(":event-type"), Some("chunk"), "{}", capture.name);
            events += 1;
        }
    }
    println!("{calls} bidirectional calls, {events} events, {signed} signed frames");
    assert_eq!((calls, events, signed), (7, 15, 19));
}

fn frames(body: &[u8]) -> Vec<Frame> {
    let mut decoder = FrameDecoder::new(1 << 20);
    let frames = decoder.push(body).unwrap();
    decoder.finish().unwrap();
    frames
}
