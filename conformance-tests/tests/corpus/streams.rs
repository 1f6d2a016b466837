//! What the service streamed, frame by frame to typed events and back, is the same bytes.

use rest_json::{Frame, FrameDecoder};

use crate::{Counts, codec, exchanges, is_event_stream};

/// Larger than any recorded frame.
const FRAME_LIMIT_BYTES: usize = 16 * 1024 * 1024;

#[test]
fn every_fit_stream_is_the_same_bytes_again() {
    let Some(exchanges) = exchanges("every_fit_stream_is_the_same_bytes_again") else {
        return;
    };
    let (mut streams, mut frames) = (Counts::default(), Counts::default());
    let (mut padded, mut exceptions) = (0, 0);
    for exchange in exchanges
        .iter()
        .filter(|exchange| exchange.answer_is_fit_for_bytes() && is_event_stream(exchange))
    {
        let event_again = codec(exchange).output_event.unwrap();
        let mut encoded = Vec::new();
        for frame in decoded(&exchange.response.body) {
            let again = event_again(&frame)
                .unwrap_or_else(|failure| panic!("{}: {failure:?}", exchange.name));
            encoded.extend_from_slice(&again.encode().unwrap());
            frames.add(exchange);
            padded += usize::from(
                serde_json::from_slice::<serde_json::Value>(&frame.payload)
                    .unwrap()
                    .get("p")
                    .is_some(),
            );
            exceptions += usize::from(
                frame
                    .headers
                    .first()
                    .is_some_and(|(name, _)| &**name == ":exception-type"),
            );
        }
        assert!(
            encoded == exchange.response.body,
            "{}: other bytes",
            exchange.name
        );
        streams.add(exchange);
    }
    streams.check(
        "event streams re-encode to the same bytes",
        &[
            ("ConverseStream", 55),
            ("InvokeModelWithResponseStream", 41),
        ],
    );
    frames.check(
        "frames with both checksums",
        &[
            ("ConverseStream", 2049),
            ("InvokeModelWithResponseStream", 713),
        ],
    );
    println!("{padded} padded events, {exceptions} exceptions");
    assert_eq!(
        (streams.total(), frames.total(), padded, exceptions),
        (96, 2762, 2760, 2)
    );
}

#[test]
fn frames_are_the_same_however_the_network_cuts_them() {
    let Some(exchanges) = exchanges("frames_are_the_same_however_the_network_cuts_them") else {
        return;
    };
    for exchange in exchanges
        .iter()
        .filter(|exchange| is_event_stream(exchange))
    {
        let whole = decoded(&exchange.response.body);
        for size in [3, 1400] {
            let mut decoder = FrameDecoder::new(FRAME_LIMIT_BYTES);
            let mut cut: Vec<Frame> = Vec::new();
            for chunk in exchange.response.body.chunks(size) {
                cut.extend(decoder.push(chunk).unwrap());
            }
            decoder.finish().unwrap();
            assert!(cut == whole, "{}: cut into {size} bytes", exchange.name);
        }
    }
}

fn decoded(body: &[u8]) -> Vec<Frame> {
    let mut decoder = FrameDecoder::new(FRAME_LIMIT_BYTES);
    let frames = decoder.push(body).unwrap();
    decoder.finish().unwrap();
    frames
}
