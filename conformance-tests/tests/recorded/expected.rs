//! What a scenario says boto3 returns or raises, held against an answer through the generated codecs.
//!
//! Both the answer and what the scenario says are read into the generated types and written again, so an answer counts as
//! the expected one only if those types see the same in it.

use bytes::Bytes;
use conformance_tests::codecs::{CONTROL, Codec, RUNTIME};
use conformance_tests::loopback::frames;
use rest_json::frame::FrameKind;
use rest_json::{Frame, Response};
use serde_json::Value;

use crate::raw::{is_stream, timeless};
use crate::scenario::{Raises, Scenario};

pub(crate) fn check(scenario: &Scenario, answer: &Response) {
    let name = &scenario.name;
    let codec = codec(scenario);
    if answer.status.is_success() {
        let provider = answer.headers.get("x-gateway-provider");
        assert_eq!(provider.unwrap(), "sandbox", "{name}");
    }
    match (scenario.returns(), scenario.events(), &scenario.raises) {
        (Some(returns), None, None) => {
            assert!(!is_stream(answer), "{name}");
            let expected = through(codec, answer, &returns);
            let got = through(codec, answer, &timeless(&answer.body));
            assert_eq!(got, expected, "{name}");
        }
        (None, Some(events), raises) => {
            assert!(is_stream(answer), "{name}");
            check_stream(codec, answer, &events, raises.as_ref(), name);
        }
        (None, None, Some(raises)) => check_error(scenario, codec, answer, raises),
        (returns, events, raises) => {
            panic!("{name}: a call returns, streams or raises: {returns:?}, {events:?}, {raises:?}")
        }
    }
}

fn codec(scenario: &Scenario) -> &'static Codec {
    let table = match scenario.service.as_deref() {
        None => RUNTIME,
        Some("bedrock") => CONTROL,
        Some(other) => panic!("{}: no such service: {other}", scenario.name),
    };
    Codec::find(table, &scenario.operation)
        .unwrap_or_else(|| panic!("{}: no such operation", scenario.name))
}

/// The body of an answer of that content, read into the generated types and written again.
fn through(codec: &Codec, answer: &Response, content: &Value) -> Bytes {
    let response = Response {
        status: answer.status,
        headers: answer.headers.clone(),
        body: content.to_string().into(),
    };
    (codec.answer)(&response).unwrap().body
}

fn check_stream(
    codec: &Codec,
    answer: &Response,
    events: &[(String, Value)],
    raises: Option<&Raises>,
    name: &str,
) {
    let again = codec.output_event.unwrap();
    let through = |frame: &Frame| {
        let kind = frames::line(&Frame {
            payload: Bytes::new(),
            ..frame.clone()
        });
        (kind, again(frame).unwrap().payload)
    };
    let mut frames = frames::frames(&answer.body).unwrap();
    if let Some(raises) = raises {
        let last = frames.pop().unwrap();
        assert_eq!(
            frames::exception(&last),
            Some(raises.code.as_str()),
            "{name}"
        );
        assert_eq!(raises.class, "EventStreamError", "{name}");
        // The member of that name exists, or no SDK would know the exception.
        let (_, payload) = through(&last);
        check_message(&timeless(&payload), raises, name);
    }
    let got: Vec<_> = frames
        .iter()
        .map(|frame| {
            assert!(matches!(frame.kind(), FrameKind::Event(_)), "{name}");
            let payload = timeless(&frame.payload).to_string();
            through(&Frame {
                payload: payload.into(),
                ..frame.clone()
            })
        })
        .collect();
    let expected: Vec<_> = events
        .iter()
        .map(|(event, payload)| {
            through(&Frame::event(
                event,
                "application/json",
                payload.to_string(),
            ))
        })
        .collect();
    assert_eq!(got, expected, "{name}");
}

fn check_error(scenario: &Scenario, codec: &Codec, answer: &Response, raises: &Raises) {
    let name = &scenario.name;
    assert_eq!(Some(answer.status.as_u16()), raises.status, "{name}");
    let error_type = answer.headers["x-amzn-errortype"].to_str().unwrap();
    assert_eq!(
        error_type.split(':').next(),
        Some(raises.code.as_str()),
        "{name}"
    );
    let modelled = [
        generated::runtime::router::errors_of(codec.operation),
        generated::control::router::errors_of(codec.operation),
    ];
    let class = match modelled.concat().contains(&raises.code.as_str()) {
        true => raises.code.as_str(),
        false => "ClientError",
    };
    assert_eq!(raises.class, class, "{name}");
    let mut body = timeless(&answer.body);
    check_message(&body, raises, name);
    // Read and written again nothing is lost: the exception models all that it says.
    let again = (codec.error)(answer).unwrap();
    assert_eq!(again.status, answer.status, "{name}");
    assert_eq!(timeless(&again.body), body, "{name}");
    let members = body.as_object_mut().unwrap();
    members.remove("message");
    assert_eq!(*members, raises.members(), "{name}");
}

fn check_message(body: &Value, raises: &Raises, name: &str) {
    let message = body["message"].as_str().unwrap();
    match (&raises.message, &raises.contains) {
        (Some(whole), None) => assert_eq!(message, whole, "{name}"),
        (None, Some(part)) => assert!(message.contains(part), "{name}: {message}"),
        both => panic!("{name}: a message is given whole or in part: {both:?}"),
    }
}
