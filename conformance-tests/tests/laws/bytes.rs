//! No bytes make a decoder panic: neither noise nor messages with a flaw.

use conformance_tests::codecs::{CONTROL, Codec, RUNTIME};
use conformance_tests::model::Model;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::TestRunner;
use rest_json::{Frame, FrameDecoder, HeaderValue, Response};

use crate::config;
use crate::json::Wire;
use crate::wire::request;

const FRAME_LIMIT_BYTES: usize = 1 << 20;

/// Feeds bytes to every decoder that an operation has. What they answer does not matter here.
fn feed(codec: &Codec, bytes: &[u8]) {
    let _refused_or_not = (codec.request)(&request(codec, bytes.to_vec()));
    for status in [codec.status, 400, 500] {
        let mut response = Response::new(status).unwrap();
        response.body = bytes.to_vec().into();
        let _refused_or_not = ((codec.answer)(&response), (codec.error)(&response));
    }
    for event_again in [codec.input_event, codec.output_event]
        .into_iter()
        .flatten()
    {
        for name in [
            "chunk",
            "contentBlockDelta",
            "validationException",
            "notInTheModel",
        ] {
            let frames = [
                Frame::event(name, "application/json", bytes.to_vec()),
                Frame::exception(name, bytes.to_vec()),
                Frame {
                    headers: vec![(":message-type".into(), HeaderValue::Bool(true))],
                    payload: bytes.to_vec().into(),
                },
                Frame {
                    headers: Vec::new(),
                    payload: bytes.to_vec().into(),
                },
            ];
            for frame in frames {
                let _refused_or_not = event_again(&frame);
            }
        }
    }
}

#[test]
fn noise_does_no_harm() {
    TestRunner::new(config(64))
        .run(&vec(any::<u8>(), 0..200), |bytes| {
            RUNTIME
                .iter()
                .chain(CONTROL)
                .for_each(|codec| feed(codec, &bytes));
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_flaw_in_a_message_does_no_harm() {
    let model = Model::runtime().unwrap();
    let control = Model::control().unwrap();
    let strategy = (
        vec(any::<u8>(), 0..200),
        any::<u8>(),
        any::<u16>(),
        any::<bool>(),
    );
    TestRunner::new(config(64))
        .run(&strategy, |(choices, byte, place, cut)| {
            for (codecs, model) in [(RUNTIME, &model), (CONTROL, &control)] {
                for codec in codecs {
                    for shape in [model.input(codec.operation), model.output(codec.operation)] {
                        let mut json = Wire::new(model, &choices).structure(shape, 0).into_bytes();
                        let place = usize::from(place) % json.len();
                        json[place] = byte;
                        if cut {
                            json.truncate(place);
                        }
                        feed(codec, &json);
                    }
                }
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn depth_does_no_harm() {
    let deep = |open: &str, close: &str| {
        format!("{}{}", open.repeat(200_000), close.repeat(200_000)).into_bytes()
    };
    let bodies = [
        deep("[", "]"),
        deep("{\"a\":", "}"),
        b"[".repeat(200_000),
        deep("{\"additionalModelRequestFields\":", "}"),
        [b"{\"messages\":".as_slice(), &deep("[", "]"), b"}"].concat(),
    ];
    for codec in RUNTIME.iter().chain(CONTROL) {
        bodies.iter().for_each(|body| feed(codec, body));
    }
}

#[test]
fn noise_is_no_frame() {
    TestRunner::new(config(512))
        .run(&(vec(any::<u8>(), 0..200), 1..40_usize), |(bytes, size)| {
            let mut decoder = FrameDecoder::new(FRAME_LIMIT_BYTES);
            for chunk in bytes.chunks(size) {
                if decoder.push(chunk).is_err() {
                    break;
                }
            }
            let _refused_or_not = decoder.finish();
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_flaw_in_a_frame_is_refused() {
    let whole = Frame::event("chunk", "application/json", r#"{"bytes":"aGk="}"#)
        .encode()
        .unwrap();
    for place in 0..whole.len() {
        for flaw in [0x01, 0x80, 0xff] {
            let mut bytes = whole.to_vec();
            bytes[place] ^= flaw;
            let mut decoder = FrameDecoder::new(FRAME_LIMIT_BYTES);
            let refused = match decoder.push(&bytes) {
                Ok(frames) => frames.is_empty() && decoder.finish().is_err(),
                Err(_) => true,
            };
            assert!(refused, "byte {place} xor {flaw:#x}");
        }
    }
}
