//! Event-stream frames, with `aws-smithy-eventstream` as the witness of their bytes.
#![cfg(test)]

use aws_smithy_eventstream::frame::{read_message_from, write_message_to};
use aws_smithy_types::event_stream::{Header, HeaderValue as Theirs, Message};
use proptest::collection::vec;
use proptest::prelude::*;
use rest_json::arbitrary as any_of;
use rest_json::frame::{FrameKind, HeaderValue};
use rest_json::value::{EpochSeconds, HttpDate};
use rest_json::{
    Blob, Bytes, EventHeader, Frame, FrameDecoder, FrameError, Instant, RawFrame, Timestamp,
};

const LIMIT: usize = 16 << 20;

fn delta(text: &str) -> Frame {
    Frame::event(
        "contentBlockDelta",
        "application/json",
        format!(r#"{{"text":"{text}"}}"#),
    )
}

fn stream_of(frames: &[Frame]) -> Vec<u8> {
    frames
        .iter()
        .flat_map(|frame| frame.encode().unwrap())
        .collect()
}

/// Lengths and checksums right, headers whatever is given.
fn sealed(headers: &[u8], payload: &[u8]) -> Bytes {
    let mut frame = Vec::new();
    let total = u32::try_from(16 + headers.len() + payload.len()).unwrap();
    frame.extend(total.to_be_bytes());
    frame.extend(u32::try_from(headers.len()).unwrap().to_be_bytes());
    frame.extend(crc32fast::hash(&frame).to_be_bytes());
    frame.extend(headers);
    frame.extend(payload);
    frame.extend(crc32fast::hash(&frame).to_be_bytes());
    frame.into()
}

fn decode_in_pieces(
    bytes: &[u8],
    sizes: impl IntoIterator<Item = usize>,
) -> Result<Vec<Frame>, FrameError> {
    let mut decoder = FrameDecoder::new(LIMIT);
    let mut frames = Vec::new();
    let mut rest = bytes;
    for size in sizes {
        let (piece, behind) = rest.split_at(size.min(rest.len()));
        frames.extend(decoder.push(piece)?);
        rest = behind;
    }
    frames.extend(decoder.push(rest)?);
    decoder.finish()?;
    Ok(frames)
}

#[test]
fn an_event_has_the_headers_of_aws_in_their_order() {
    let frame = delta("hi");
    let message = read_message_from(frame.encode().unwrap()).unwrap();
    let headers: Vec<_> = message
        .headers()
        .iter()
        .map(|header| {
            (
                header.name().as_str(),
                header.value().as_string().unwrap().as_str(),
            )
        })
        .collect();
    let expected = [
        (":event-type", "contentBlockDelta"),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ];
    assert_eq!(headers, expected);
    assert_eq!(&message.payload()[..], br#"{"text":"hi"}"#);
    assert_eq!(frame.kind(), FrameKind::Event("contentBlockDelta"));
}

#[test]
fn an_exception_has_the_headers_of_aws_in_their_order() {
    let frame = Frame::exception("throttlingException", "{}");
    let names: Vec<_> = frame.headers.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, [":exception-type", ":content-type", ":message-type"]);
    assert_eq!(frame.kind(), FrameKind::Exception("throttlingException"));
    assert_eq!(frame.text(":message-type"), Some("exception"));
}

#[test]
fn every_kind_of_message_is_told_apart() {
    let text = |text: &str| HeaderValue::String(text.into());
    let frame = |headers: Vec<(&str, HeaderValue)>| Frame {
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect(),
        payload: Bytes::new(),
    };
    let error = frame(vec![
        (":message-type", text("error")),
        (":error-code", text("Internal")),
        (":error-message", text("oh")),
    ]);
    assert_eq!(
        error.kind(),
        FrameKind::Error {
            code: "Internal",
            message: "oh"
        }
    );
    assert_eq!(frame(vec![]).kind(), FrameKind::Other);
    assert_eq!(
        frame(vec![(":message-type", text("event"))]).kind(),
        FrameKind::Other
    );
    assert_eq!(
        frame(vec![(":message-type", HeaderValue::Int(1))]).kind(),
        FrameKind::Other
    );
    assert_eq!(
        frame(vec![(":message-type", text("news"))]).kind(),
        FrameKind::Other
    );
    assert_eq!(Frame::empty_event("a").kind(), FrameKind::Event("a"));
}

#[test]
fn a_frame_that_does_not_say_what_it_is_is_no_typed_event() {
    let string = |text: &str| HeaderValue::String(text.into());
    let kind_of = |headers: Vec<(Box<str>, HeaderValue)>| {
        let frame = Frame {
            headers,
            payload: Bytes::new(),
        };
        frame.modelled_kind().map(|kind| kind == FrameKind::Other)
    };
    let missing = |name| Err(FrameError::Header { name });
    let blob = HeaderValue::Blob(Bytes::from_static(b"event"));
    assert_eq!(kind_of(vec![]), missing(":message-type"));
    assert_eq!(
        kind_of(vec![
            (":message-type".into(), blob.clone()),
            (":event-type".into(), string("chunk")),
        ]),
        missing(":message-type")
    );
    assert_eq!(
        kind_of(vec![
            (":message-type".into(), string("event")),
            (":event-type".into(), blob),
        ]),
        missing(":event-type")
    );
    assert_eq!(
        kind_of(vec![(":message-type".into(), string("exception"))]),
        missing(":exception-type")
    );
    // A message type of the future is kept as it is.
    assert_eq!(
        kind_of(vec![(":message-type".into(), string("ping"))]),
        Ok(true)
    );
    let event = delta("a");
    assert_eq!(
        event.modelled_kind(),
        Ok(FrameKind::Event("contentBlockDelta"))
    );
}

#[test]
fn frames_cut_at_every_byte_decode_the_same() {
    let frames = [
        delta("a"),
        Frame::exception("e", "{}"),
        Frame::default(),
        delta("déjà"),
        delta(""),
    ];
    let bytes = stream_of(&frames);
    for at in 0..=bytes.len() {
        assert_eq!(
            decode_in_pieces(&bytes, [at]).unwrap(),
            frames,
            "cut at {at}"
        );
    }
    assert_eq!(
        decode_in_pieces(&bytes, vec![1; bytes.len()]).unwrap(),
        frames
    );
}

#[test]
fn the_end_inside_a_frame_is_an_error() {
    let bytes = delta("a").encode().unwrap();
    for at in 1..bytes.len() {
        let mut decoder = FrameDecoder::new(LIMIT);
        assert_eq!(decoder.push(&bytes[..at]).unwrap(), []);
        assert_eq!(decoder.pending(), at);
        assert_eq!(
            decoder.finish(),
            Err(FrameError::Unfinished { pending_bytes: at })
        );
        assert_eq!(decoder.push(&bytes[at..]).unwrap().len(), 1);
        assert_eq!(decoder.pending(), 0);
        assert_eq!(decoder.finish(), Ok(()));
    }
}

#[test]
fn a_large_frame_in_small_pieces_is_put_together() {
    let frame = Frame::event("chunk", "application/json", vec![b'x'; 2 << 20]);
    let bytes = frame.encode().unwrap();
    let frames = decode_in_pieces(&bytes, vec![1400; bytes.len() / 1400]).unwrap();
    assert_eq!(frames, [frame]);
}

#[test]
fn whole_frames_are_passed_on_without_a_copy() {
    let bytes = Bytes::from(stream_of(&[delta("a"), delta("b"), delta("c")]));
    let cut = bytes.len() - 5;
    let chunk = bytes.slice(..cut);
    let mut decoder = FrameDecoder::new(LIMIT);
    let frames = decoder.push_raw(chunk.clone()).unwrap();
    assert_eq!(frames.len(), 2);
    let inside = chunk.as_ptr_range();
    for frame in &frames {
        assert!(inside.contains(&frame.bytes.as_ptr()));
        assert!(inside.contains(&frame.payload().as_ptr()));
        assert_eq!(frame.text(":event-type"), Some("contentBlockDelta"));
    }
    let last = decoder.push_raw(bytes.slice(cut..)).unwrap();
    let together: Vec<u8> = frames
        .iter()
        .chain(&last)
        .flat_map(|frame| frame.bytes.clone())
        .collect();
    assert_eq!(together, bytes);
}

#[test]
fn any_flipped_bit_is_an_error() {
    let bytes = stream_of(&[delta("a")]);
    for bit in 0..bytes.len() * 8 {
        let mut broken = bytes.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        assert!(decode_in_pieces(&broken, []).is_err(), "bit {bit}");
        assert!(RawFrame::new(broken.into()).is_err(), "bit {bit}");
    }
}

#[test]
fn frames_before_a_broken_one_are_given_and_the_error_stays() {
    let mut bytes = stream_of(&[delta("a"), delta("b")]);
    *bytes.last_mut().unwrap() ^= 1;
    let mut decoder = FrameDecoder::new(LIMIT);
    assert_eq!(decoder.push(&bytes).unwrap(), [delta("a")]);
    assert_eq!(decoder.finish(), Err(FrameError::Checksum));
    assert_eq!(
        decoder.push(&delta("c").encode().unwrap()),
        Err(FrameError::Checksum)
    );
    assert_eq!(decoder.push(&[]), Err(FrameError::Checksum));
}

#[test]
fn a_frame_beyond_the_limit_is_refused_by_its_prelude() {
    let bytes = delta("a").encode().unwrap();
    let mut decoder = FrameDecoder::new(bytes.len());
    assert_eq!(decoder.push(&bytes).unwrap().len(), 1);
    let limit_bytes = bytes.len() - 1;
    let mut decoder = FrameDecoder::new(limit_bytes);
    assert_eq!(
        decoder.push(&bytes[..12]),
        Err(FrameError::TooLong { limit_bytes })
    );
}

#[test]
fn lengths_that_contradict_each_other_are_refused() {
    for (total, headers) in [
        (0_u32, 0_u32),
        (15, 0),
        (16, 1),
        (20, 5),
        (u32::MAX, u32::MAX),
    ] {
        let mut prelude = [total.to_be_bytes(), headers.to_be_bytes()].concat();
        prelude.extend(crc32fast::hash(&prelude).to_be_bytes());
        assert_eq!(
            FrameDecoder::new(usize::MAX).push(&prelude),
            Err(FrameError::Length),
            "{total} {headers}"
        );
    }
    let bytes = delta("a").encode().unwrap();
    assert_eq!(RawFrame::new(bytes.slice(..11)), Err(FrameError::Length));
    assert_eq!(
        RawFrame::new([&bytes[..], &bytes[..]].concat().into()),
        Err(FrameError::Length)
    );
}

#[test]
fn what_no_frame_can_hold_is_not_written() {
    let mut frame = Frame::default();
    frame.write_header("big", &Some("x".repeat(70_000)));
    assert_eq!(frame.encode(), Err(FrameError::Unwritable));
    let name: Box<str> = "n".repeat(300).into();
    let frame = Frame {
        headers: vec![(name, HeaderValue::Bool(true))],
        payload: Bytes::new(),
    };
    let mut out = bytes::BytesMut::from(&b"before"[..]);
    assert_eq!(frame.encode_to(&mut out), Err(FrameError::Unwritable));
    assert_eq!(&out[..], b"before");
}

#[test]
fn the_longest_header_is_written_as_theirs_is() {
    let written = |value: &str| {
        let mut frame = Frame::default();
        frame.write_header("text", &Some(value.to_owned()));
        frame.encode().map(|bytes| bytes.to_vec()).ok()
    };
    let theirs = |value: &str| {
        let header = Header::new("text", Theirs::String(value.to_owned().into()));
        let mut bytes = Vec::new();
        let message = Message::new(Bytes::new()).add_header(header);
        write_message_to(&message, &mut bytes).ok().map(|()| bytes)
    };
    let longest = "x".repeat(32_767);
    assert!(written(&longest).is_some());
    assert_eq!(written(&longest), theirs(&longest));
    let longer = "x".repeat(32_768);
    assert_eq!(written(&longer), None);
    assert_eq!(written(&longer), theirs(&longer));
}

#[test]
fn header_members_have_their_types() {
    fn check<T: EventHeader + PartialEq + std::fmt::Debug>(value: T, header: HeaderValue) {
        assert_eq!(value.to_header(), header);
        let mut frame = Frame::empty_event("e");
        frame.write_header("member", &Some(value));
        frame.write_header("absent", &None::<T>);
        let mut again = decode_in_pieces(&frame.encode().unwrap(), []).unwrap();
        let again = again.pop().unwrap();
        assert_eq!(again.header("member"), Some(&header));
        assert_eq!(
            again
                .read_header::<T>("member")
                .unwrap()
                .map(|value| value.to_header()),
            Some(header)
        );
        assert_eq!(again.read_header::<T>("absent"), Ok(None));
        assert_eq!(
            again.read_header::<EpochNever>("member"),
            Err(FrameError::Header { name: "member" })
        );
    }
    #[derive(Debug, PartialEq)]
    struct EpochNever;
    impl EventHeader for EpochNever {
        fn from_header(_: &HeaderValue) -> Option<Self> {
            None
        }
        fn to_header(&self) -> HeaderValue {
            HeaderValue::Bool(false)
        }
    }
    check(true, HeaderValue::Bool(true));
    check(false, HeaderValue::Bool(false));
    check(i8::MIN, HeaderValue::Byte(i8::MIN));
    check(i16::MIN, HeaderValue::Short(i16::MIN));
    check(i32::MIN, HeaderValue::Int(i32::MIN));
    check(i64::MIN, HeaderValue::Long(i64::MIN));
    check("é".to_owned(), HeaderValue::String("é".into()));
    check(
        Bytes::from_static(b"\xff"),
        HeaderValue::Blob(Bytes::from_static(b"\xff")),
    );
    check(
        Blob::from_base64("/w==").unwrap(),
        HeaderValue::Blob(Bytes::from_static(b"\xff")),
    );
    let instant = Instant::from_millis(1_576_540_098_123);
    check(
        Timestamp::<EpochSeconds>::new(instant).unwrap(),
        HeaderValue::Timestamp(instant),
    );
    check(
        Timestamp::<HttpDate>::new(instant).unwrap(),
        HeaderValue::Timestamp(instant),
    );
    assert_eq!(i32::from_header(&HeaderValue::Long(1)), None);
}

#[test]
fn our_frames_are_theirs() {
    let theirs = Message::new(Bytes::from_static(b"payload"))
        .add_header(Header::new("bool", Theirs::Bool(true)))
        .add_header(Header::new("byte", Theirs::Byte(-1)))
        .add_header(Header::new("int16", Theirs::Int16(-2)))
        .add_header(Header::new("int32", Theirs::Int32(-3)))
        .add_header(Header::new("int64", Theirs::Int64(-4)))
        .add_header(Header::new(
            "bytes",
            Theirs::ByteArray(Bytes::from_static(b"\x00")),
        ))
        .add_header(Header::new("string", Theirs::String("é".into())))
        .add_header(Header::new(
            "time",
            Theirs::Timestamp(Instant::from_secs(5)),
        ))
        .add_header(Header::new(
            "uuid",
            Theirs::Uuid(0xb79b_c914_de21_4e13_b8b2_bc47_e85b_7f0b),
        ));
    let mut bytes = Vec::new();
    write_message_to(&theirs, &mut bytes).unwrap();
    let raw = RawFrame::new(bytes.clone().into()).unwrap();
    assert_eq!(raw.text("string"), Some("é"));
    assert_eq!(raw.text("time"), None);
    assert_eq!(raw.text("none"), None);
    assert_eq!(raw.payload(), "payload");
    let frame = raw.decode().unwrap();
    assert_eq!(frame.headers.len(), 9);
    assert_eq!(
        frame.header("uuid"),
        Some(&HeaderValue::Uuid(
            0xb79b_c914_de21_4e13_b8b2_bc47_e85b_7f0b
        ))
    );
    assert_eq!(frame.encode().unwrap(), bytes);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_frames_in_any_cuts_come_back(
        frames in vec(any_of::unknown_frame(&[]), 0..5),
        sizes in vec(0..60_usize, 0..20),
    ) {
        let bytes = stream_of(&frames);
        prop_assert_eq!(decode_in_pieces(&bytes, sizes).unwrap(), frames);
    }

    #[test]
    fn any_bytes_in_any_cuts_are_taken_without_panic(
        bytes in vec(any::<u8>(), 0..100),
        sizes in vec(0..20_usize, 0..10),
    ) {
        let whole = decode_in_pieces(&bytes, []);
        let cut = decode_in_pieces(&bytes, sizes);
        prop_assert_eq!(whole.is_ok(), cut.is_ok());
    }

    #[test]
    fn any_headers_under_right_checksums_are_taken_without_panic(
        headers in vec(prop_oneof![0..12_u8, any::<u8>()], 0..40),
        payload in vec(any::<u8>(), 0..8),
    ) {
        let bytes = sealed(&headers, &payload);
        let raw = RawFrame::new(bytes.clone()).unwrap();
        prop_assert_eq!(&raw.payload()[..], &payload[..]);
        let _either = raw.text("a");
        let _either = raw.kind();
        match raw.decode() {
            Ok(frame) => {
                prop_assert_eq!(&frame.payload[..], &payload[..]);
                for (name, _) in &frame.headers {
                    prop_assert_eq!(raw.text(name), frame.text(name));
                }
            }
            Err(error) => prop_assert_eq!(error, FrameError::Headers),
        }
        let _either = decode_in_pieces(&bytes, [5, 9]);
    }
}
