//! JSON that was written along the model decodes, and encodes to the same bytes: unknown members at every level, unknown enum values and union members, and every number as it was spelt.

use conformance_tests::codecs::{CONTROL, Codec, RUNTIME};
use conformance_tests::model::Model;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{TestCaseError, TestRunner};
use rest_json::route::Segment;
use rest_json::{Frame, Labels, Request, Response};

use crate::config;
use crate::json::Wire;

/// Calls `law` with choices for one generated value after another.
fn for_all_choices(cases: u32, law: impl Fn(&[u8]) -> Result<(), TestCaseError>) {
    TestRunner::new(config(cases))
        .run(&vec(any::<u8>(), 0..300), |choices| law(&choices))
        .unwrap();
}

fn services() -> [(&'static [Codec], Model); 2] {
    [
        (RUNTIME, Model::runtime().unwrap()),
        (CONTROL, Model::control().unwrap()),
    ]
}

#[test]
fn requests_are_the_same_bytes_again() {
    for (codecs, model) in services() {
        for codec in codecs.iter().filter(|codec| codec.input_event.is_none()) {
            for_all_choices(128, |choices| {
                let body = body(&model, model.input(codec.operation), choices);
                let request = request(codec, body.clone());
                let again = (codec.request)(&request)
                    .map_err(|failure| TestCaseError::fail(format!("{failure:?}")))?;
                check_same(codec, &body, &again.body)
            });
        }
    }
}

#[test]
fn answers_are_the_same_bytes_again() {
    for (codecs, model) in services() {
        for codec in codecs.iter().filter(|codec| codec.output_event.is_none()) {
            for_all_choices(128, |choices| {
                let body = body(&model, model.output(codec.operation), choices);
                let mut response = Response::new(codec.status).unwrap();
                response.body = body.clone().into();
                let again = (codec.answer)(&response)
                    .map_err(|failure| TestCaseError::fail(format!("{failure:?}")))?;
                check_same(codec, &body, &again.body)
            });
        }
    }
}

#[test]
fn events_are_the_same_bytes_again() {
    let model = Model::runtime().unwrap();
    for codec in RUNTIME {
        for (event_again, side) in [
            (codec.input_event, model.input(codec.operation)),
            (codec.output_event, model.output(codec.operation)),
        ] {
            let Some(event_again) = event_again else {
                continue;
            };
            let payload = model.payload(side).unwrap();
            let members: Vec<_> = model.members(payload.target).collect();
            for_all_choices(256, |choices| {
                let Some((first, choices)) = choices.split_first() else {
                    return Ok(());
                };
                let member = members[usize::from(*first) % members.len()];
                let json = Wire::new(&model, choices).structure(member.target, 0);
                let frame = if model.shape_trait(member.target, "error").is_some() {
                    Frame::exception(member.name, json)
                } else {
                    Frame::event(member.name, "application/json", json)
                };
                let again = event_again(&frame)
                    .map_err(|failure| TestCaseError::fail(format!("{failure:?}")))?;
                check_same(codec, &frame.encode().unwrap(), &again.encode().unwrap())
            });
        }
    }
}

#[test]
fn unknown_events_are_the_same_bytes_again() {
    for codec in RUNTIME {
        for event_again in [codec.input_event, codec.output_event]
            .into_iter()
            .flatten()
        {
            let frame = Frame::event("notInTheModel", "application/json", r#"{"a":1.10}"#);
            let again = event_again(&frame).unwrap();
            assert_eq!(
                again.encode().unwrap(),
                frame.encode().unwrap(),
                "{}",
                codec.operation
            );
        }
    }
}

#[test]
fn error_answers_are_the_same_bytes_again() {
    for codec in RUNTIME.iter().chain(CONTROL) {
        for code in [
            "ValidationException",
            "AccessDeniedException",
            "NotInTheModelException",
        ] {
            for status in [400, 403, 418, 500] {
                let mut response = Response::new(status).unwrap();
                response
                    .headers
                    .insert("x-amzn-errortype", code.parse().unwrap());
                response.body =
                    r#"{"message":"a \"text\" \u2019"}"#.replace("\\u2019", "\u{2019}").into();
                let again = (codec.error)(&response).unwrap();
                assert_eq!(
                    again.body, response.body,
                    "{} {code} {status}",
                    codec.operation
                );
            }
        }
    }
}

/// No recorded request carries these numbers, so here they stand in a document, in typed members, in unknown ones and in an unknown union member.
#[test]
fn numbers_keep_their_spelling_wherever_they_stand() {
    let codec = Codec::find(RUNTIME, "Converse").unwrap();
    for number in [
        "123456789012345678901234567890",
        "1.10",
        "0.9990000128746033",
    ] {
        let body = r#"{"additionalModelRequestFields":{"z":[N,{"y":N}],"a":N},"inferenceConfig":{"newMember":N,"temperature":N,"topP":N},"messages":[{"content":[{"newMember":N},{"toolUse":{"input":N}}],"role":"new role"}],"newMember":{"N":N}}"#;
        let body = body.replace('N', number);
        let again = (codec.request)(&request(codec, body.clone().into_bytes())).unwrap();
        assert_eq!(String::from_utf8_lossy(&again.body), body);
    }
}

#[test]
fn the_generated_json_is_rich_in_what_the_model_does_not_know() {
    let model = Model::runtime().unwrap();
    let choices: Vec<u8> = (0..4000_u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let mut wire = Wire::new(&model, &choices);
    let mut written = 0;
    for _ in 0..40 {
        written += wire.structure(model.input("Converse"), 0).len();
    }
    assert!(
        wire.unknowns > 40 && written > 4000,
        "{} unknowns in {written} bytes",
        wire.unknowns
    );
}

/// A body for a side of an operation; empty where it has none.
fn body(model: &Model, shape: &str, choices: &[u8]) -> Vec<u8> {
    if model.has_opaque_body(shape) {
        return choices.to_vec();
    }
    if model.body_members(shape).next().is_none() {
        return Vec::new();
    }
    Wire::new(model, choices).structure(shape, 0).into_bytes()
}

fn check_same(codec: &Codec, written: &[u8], again: &[u8]) -> Result<(), TestCaseError> {
    if written == again {
        return Ok(());
    }
    let (written, again) = (
        String::from_utf8_lossy(written),
        String::from_utf8_lossy(again),
    );
    Err(TestCaseError::fail(format!(
        "{}:\n  written {written}\n  again   {again}",
        codec.operation
    )))
}

/// A request of the operation with `body`, its labels filled.
pub(crate) fn request(codec: &Codec, body: Vec<u8>) -> Request {
    let routers = [
        generated::runtime::router::ROUTER,
        generated::control::router::ROUTER,
    ];
    let route = routers
        .iter()
        .flat_map(|router| router.routes())
        .find(|route| route.operation == codec.operation)
        .unwrap();
    let labels: Labels = route
        .segments
        .iter()
        .filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Label(name) | Segment::Greedy(name) => Some((*name, "a label".to_owned())),
        })
        .collect();
    let path: Vec<&str> = route
        .segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => *text,
            Segment::Label(_) | Segment::Greedy(_) => "a%20label",
        })
        .collect();
    let mut request = Request::new(
        route.method.parse().unwrap(),
        format!("/{}", path.join("/")),
    );
    request.labels = labels;
    request.body = body.into();
    request
}
