//! What is read and written again is the same, whatever was said: requests, replies, events.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashSet};
use std::fmt::Debug;

use dialects::converse::{
    decode_count_request, decode_event, decode_reply, decode_request, decode_stream_request,
    encode_count_request, encode_event, encode_reply, encode_request, encode_stream_request, plan,
};
use generated::runtime::operation::converse::ConverseInput;
use generated::runtime::operation::{Converse, ConverseStream};
use generated::runtime::router::ROUTER;
use generated::runtime::types::{self, ContentBlock, ConverseStreamOutput};
use llm::chat::Event;
use proptest::arbitrary::Arbitrary;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{TestCaseError, TestRunner};
use rest_json::{Document, EventStream, Frame, Operation, json};

use crate::config;
use crate::fill::Filler;

const CASES: u32 = 384;

/// Runs `law` on so many generated values of `T`.
fn for_all<T: Arbitrary + Debug>(law: impl Fn(T) -> Result<(), String>) {
    TestRunner::new(config(CASES))
        .run(&any::<T>(), |value| law(value).map_err(TestCaseError::fail))
        .unwrap();
}

fn same<T: PartialEq + Debug>(found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{found:#?}\nis not\n{expected:#?}"))
    }
}

/// The input as a valid request reads.
fn valid_input<O: Operation>(
    filler: &Filler,
    shape: &str,
    input: &O::Input,
) -> Result<O::Input, String> {
    let mut request = O::encode_request(input).map_err(|error| format!("encode: {error}"))?;
    let (_, labels) = ROUTER
        .match_route(&request.method, &request.target)
        .map_err(|error| format!("{}: {error}", request.target))?;
    request.labels = labels;
    request.body = filler.fill(shape, &request.body).into();
    O::decode_request(&request).map_err(|error| format!("decode: {error}"))
}

#[test]
fn a_request_is_the_same_after_the_neutral_form() {
    let filler = Filler::new();
    let kinds = RefCell::new(BTreeSet::new());
    let law = |mut input: ConverseInput, content: Vec<ContentBlock>| -> Result<(), String> {
        kinds.borrow_mut().extend(content.iter().map(kind));
        input.messages.get_or_insert_default().push(types::Message {
            content: Some(content),
            ..types::Message::default()
        });
        let input = valid_input::<Converse>(&filler, "ConverseRequest", &input)?;
        let neutral = decode_request(input.clone()).map_err(|error| error.to_string())?;
        let model_id = input.model_id.clone().unwrap_or_default();
        same(&encode_request(&model_id, neutral), &input)
    };
    // Content of its own, since a whole request seldom comes to it before its budget is spent.
    let content = vec(any::<ContentBlock>(), 0..5);
    TestRunner::new(config(CASES))
        .run(&(any::<ConverseInput>(), content), |(input, content)| {
            law(input, content).map_err(TestCaseError::fail)
        })
        .unwrap();
    assert_eq!(
        kinds.borrow().len(),
        15,
        "all kinds of blocks were there: {kinds:?}"
    );
}

#[test]
fn a_request_for_a_stream_is_the_same_after_the_neutral_form() {
    let filler = Filler::new();
    for_all::<<ConverseStream as Operation>::Input>(|input| {
        let input = valid_input::<ConverseStream>(&filler, "ConverseStreamRequest", &input)?;
        let neutral = decode_stream_request(input.clone()).map_err(|error| error.to_string())?;
        let model_id = input.model_id.clone().unwrap_or_default();
        same(&encode_stream_request(&model_id, neutral), &input)
    });
}

#[test]
fn a_conversation_to_be_counted_is_the_same_after_the_neutral_form() {
    let filler = Filler::new();
    for_all::<types::ConverseTokensRequest>(|input| {
        let filled = filler.fill("ConverseTokensRequest", &json::to_vec(&input));
        let input: types::ConverseTokensRequest =
            json::from_slice(&filled).map_err(|error| error.to_string())?;
        let neutral = decode_count_request(input.clone()).map_err(|error| error.to_string())?;
        same(&encode_count_request(neutral), &input)
    });
}

#[test]
fn a_plan_for_this_dialect_changes_nothing_and_so_does_a_second() {
    let filler = Filler::new();
    for_all::<types::ConverseTokensRequest>(|input| {
        let filled = filler.fill("ConverseTokensRequest", &json::to_vec(&input));
        let input = json::from_slice(&filled).map_err(|error| error.to_string())?;
        let request = decode_count_request(input).map_err(|error| error.to_string())?;
        let first = plan("m", &request);
        let edited = first.request.unwrap_or(request);
        let second = plan("m", &edited);
        same(
            &(first.warnings, first.rejects.len()),
            &(second.warnings, second.rejects.len()),
        )?;
        same(&second.request, &None)
    });
}

#[test]
fn a_reply_is_the_same_after_the_neutral_form() {
    let filler = Filler::new();
    let n_checked = Cell::new(0);
    for_all::<<Converse as Operation>::Output>(|output| {
        let Some(output) = valid_reply(&filler, &output)? else {
            return Ok(());
        };
        n_checked.set(n_checked.get() + 1);
        let reply = decode_reply(output.clone()).map_err(|error| error.to_string())?;
        let native = reply.native.clone();
        same(&encode_reply(reply, native), &output)
    });
    let least = CASES / 2;
    assert!(n_checked.get() > least, "only {n_checked:?} were replies");
}

/// The output as a valid reply reads; none where it holds no message but something that the model does not know.
pub(crate) fn valid_reply(
    filler: &Filler,
    output: &<Converse as Operation>::Output,
) -> Result<Option<<Converse as Operation>::Output>, String> {
    let mut response = Converse::encode_response(output).map_err(|error| error.to_string())?;
    response.body = filler.fill("ConverseResponse", &response.body).into();
    let output = Converse::decode_response(&response).map_err(|error| error.to_string())?;
    Ok(match output.output {
        Some(types::ConverseOutput::Message(_)) => Some(output),
        Some(types::ConverseOutput::Unknown { .. }) | None => None,
    })
}

#[test]
fn an_event_is_the_same_after_the_neutral_form() {
    let filler = Filler::new();
    let n_checked = Cell::new(0);
    let kinds = RefCell::new(HashSet::new());
    for_all::<ConverseStreamOutput>(|event| {
        let event = valid_event(&filler, &event)?;
        let Some(neutral) = decode_event(event.clone()).map_err(|error| error.to_string())? else {
            return same(&is_part_of_a_reply(&event), &false);
        };
        n_checked.set(n_checked.get() + 1);
        kinds.borrow_mut().insert(std::mem::discriminant(&neutral));
        let native = match &neutral {
            Event::Stop { native, .. } => native.clone(),
            _ => None,
        };
        same(&encode_event(neutral, native), &event)
    });
    assert!(
        n_checked.get() > CASES / 4,
        "only {n_checked:?} were events"
    );
    assert_eq!(kinds.borrow().len(), 6, "all kinds of events were there");
}

/// The event as a valid frame reads.
fn valid_event(
    filler: &Filler,
    event: &ConverseStreamOutput,
) -> Result<ConverseStreamOutput, String> {
    let frame = event.encode_frame().map_err(|error| error.to_string())?;
    let name = frame.text(":event-type").unwrap_or_default().to_owned();
    let payload = filler.fill_event("ConverseStreamOutput", &name, &frame.payload);
    let frame = Frame {
        payload: payload.into(),
        ..frame
    };
    ConverseStreamOutput::decode_frame(&frame).map_err(|error| error.to_string())
}

fn is_part_of_a_reply(event: &ConverseStreamOutput) -> bool {
    match event {
        ConverseStreamOutput::MessageStart(_)
        | ConverseStreamOutput::ContentBlockStart(_)
        | ConverseStreamOutput::ContentBlockDelta(_)
        | ConverseStreamOutput::ContentBlockStop(_)
        | ConverseStreamOutput::MessageStop(_)
        | ConverseStreamOutput::Metadata(_) => true,
        ConverseStreamOutput::InternalServerException(_)
        | ConverseStreamOutput::ModelStreamErrorException(_)
        | ConverseStreamOutput::ValidationException(_)
        | ConverseStreamOutput::ThrottlingException(_)
        | ConverseStreamOutput::ServiceUnavailableException(_)
        | ConverseStreamOutput::Unknown(_) => false,
    }
}

/// The name of a block's member.
fn kind(block: &ContentBlock) -> String {
    if let ContentBlock::Unknown { .. } = block {
        return "unknown".to_owned();
    }
    let document = Document::of(block);
    let name = document.as_str().split('"').nth(1);
    name.unwrap_or_default().to_owned()
}
