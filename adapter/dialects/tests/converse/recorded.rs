//! Recorded traffic of real Bedrock as witness: through the neutral form and back, requests say the same and answers are the
//! same bytes.

use dialects::converse::{
    Collector, Grammar, decode_count_request, decode_event, decode_reply, decode_request,
    decode_stream_request, encode_count_request, encode_event, encode_reply, encode_request,
    encode_stream_request, events, validate,
};
use generated::runtime::operation::{Converse, ConverseStream, CountTokens};
use generated::runtime::router::ROUTER;
use generated::runtime::types::{ConverseStreamOutput, CountTokensInput};
use llm::chat::Event;
use rest_json::http::{HeaderMap, Method, StatusCode};
use rest_json::{EventStream, Frame, FrameDecoder, Operation, Request, Response, json};
use serde_json::Value;

use crate::corpus::{Exchange, exchanges};

/// Not JSON, and flagged so in the recordings.
const BROKEN: &str = "pydantic-pydantic-ai__15dec26e7005";

/// Edited by their recorder, which left out what makes an answer a reply: their length contradicts them.
const CUT_SHORT: [&str; 2] = [
    "Arize-ai-openinference__0577405dddb6",
    "Arize-ai-openinference__8d6cedf7f7d8",
];

/// Larger than any recorded frame.
const FRAME_LIMIT_BYTES: usize = 16 * 1024 * 1024;

fn request(exchange: &Exchange) -> Request {
    let mut request = Request::new(Method::POST, exchange.target.clone());
    let (_, labels) = ROUTER
        .match_route(&request.method, &request.target)
        .unwrap_or_else(|error| panic!("{}: {error}", exchange.name));
    request.labels = labels;
    request.body = exchange.request.clone().into();
    request
}

/// Whether two requests say the same, the order of members aside.
#[track_caller]
fn same_json(name: &str, found: &[u8], expected: &[u8]) {
    let found: Value = serde_json::from_slice(found).unwrap();
    let expected: Value = serde_json::from_slice(expected).unwrap();
    assert_eq!(found, expected, "{name}");
}

#[test]
fn every_recorded_request_says_the_same_after_the_neutral_form() {
    let test = "every_recorded_request_says_the_same_after_the_neutral_form";
    let Some(exchanges) = exchanges(test, "bedrock-runtime/Converse") else {
        return;
    };
    let mut n_checked = 0;
    for exchange in &exchanges {
        let name = &exchange.name;
        let request = request(exchange);
        let Ok(input) = Converse::decode_request(&request) else {
            assert_eq!(name, BROKEN);
            continue;
        };
        let neutral = decode_request(input.clone()).unwrap();
        let again = encode_request(input.model_id.as_deref().unwrap(), neutral);
        assert_eq!(again, input, "{name}");
        let again = Converse::encode_request(&again).unwrap();
        same_json(name, &again.body, &exchange.request);
        n_checked += 1;
    }
    assert_eq!(n_checked, 379);
}

#[test]
fn every_recorded_request_for_a_stream_says_the_same_after_the_neutral_form() {
    let test = "every_recorded_request_for_a_stream_says_the_same_after_the_neutral_form";
    let Some(exchanges) = exchanges(test, "bedrock-runtime/ConverseStream") else {
        return;
    };
    for exchange in &exchanges {
        let input = ConverseStream::decode_request(&request(exchange)).unwrap();
        let neutral = decode_stream_request(input.clone()).unwrap();
        let again = encode_stream_request(input.model_id.as_deref().unwrap(), neutral);
        assert_eq!(again, input, "{}", exchange.name);
        let again = ConverseStream::encode_request(&again).unwrap();
        same_json(&exchange.name, &again.body, &exchange.request);
    }
    assert_eq!(exchanges.len(), 57);
}

#[test]
fn every_recorded_conversation_to_be_counted_says_the_same_after_the_neutral_form() {
    let test = "every_recorded_conversation_to_be_counted_says_the_same_after_the_neutral_form";
    let Some(exchanges) = exchanges(test, "bedrock-runtime/CountTokens") else {
        return;
    };
    let mut n_checked = 0;
    for exchange in &exchanges {
        let input = CountTokens::decode_request(&request(exchange)).unwrap();
        if let Some(CountTokensInput::Converse(conversation)) = input.input {
            let neutral = decode_count_request(conversation.clone()).unwrap();
            assert_eq!(
                encode_count_request(neutral),
                conversation,
                "{}",
                exchange.name
            );
            n_checked += 1;
        }
    }
    // The others count bodies of InvokeModel.
    assert_eq!((n_checked, exchanges.len()), (6, 9));
}

#[test]
fn what_aws_took_is_valid_here() {
    let test = "what_aws_took_is_valid_here";
    let Some(exchanges) = exchanges(test, "bedrock-runtime/Converse") else {
        return;
    };
    let mut refused = Vec::new();
    for exchange in exchanges.iter().filter(|exchange| exchange.status == 200) {
        let Ok(input) = Converse::decode_request(&request(exchange)) else {
            continue;
        };
        let neutral = decode_request(input).unwrap();
        if let Some(finding) = validate(&neutral, false) {
            refused.push((exchange.name.clone(), finding.message));
        }
    }
    assert_eq!(refused, []);
}

#[test]
fn every_exact_answer_is_the_same_bytes_after_the_neutral_form() {
    let test = "every_exact_answer_is_the_same_bytes_after_the_neutral_form";
    let Some(exchanges) = exchanges(test, "bedrock-runtime/Converse") else {
        return;
    };
    let (mut n_exact, mut n_others) = (0, 0);
    for exchange in exchanges.iter().filter(|exchange| exchange.status == 200) {
        let name = &exchange.name;
        let output = Converse::decode_response(&Response {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: exchange.answer.clone().into(),
        })
        .unwrap();
        let reply = match decode_reply(output.clone()) {
            Ok(reply) => reply,
            Err(error) => {
                assert!(CUT_SHORT.contains(&name.as_str()), "{name}: {error}");
                continue;
            }
        };
        let native = reply.native.clone();
        let again = encode_reply(reply, native);
        assert_eq!(again, output, "{name}");
        if exchange.is_exact {
            let bytes = Converse::encode_response(&again).unwrap().body;
            assert!(bytes == exchange.answer, "{name}: other bytes");
            n_exact += 1;
        } else {
            n_others += 1;
        }
    }
    println!("{n_exact} answers are the same bytes, {n_others} say the same");
    assert_eq!(n_exact, 106);
}

#[test]
fn every_answer_that_a_stream_can_tell_is_the_same_once_collected() {
    let test = "every_answer_that_a_stream_can_tell_is_the_same_once_collected";
    let Some(exchanges) = exchanges(test, "bedrock-runtime/Converse") else {
        return;
    };
    let mut n_told = 0;
    for exchange in exchanges.iter().filter(|exchange| exchange.status == 200) {
        let output = json::from_slice(&exchange.answer).ok();
        let Some(reply) = output.and_then(|output| decode_reply(output).ok()) else {
            continue;
        };
        let Ok(told) = events(reply.clone()) else {
            continue;
        };
        let mut collector = Collector::new();
        for event in told {
            collector.push(event).unwrap();
        }
        assert_eq!(collector.finish(), Ok(reply), "{}", exchange.name);
        n_told += 1;
    }
    println!("{n_told} recorded answers told as streams");
    assert_eq!(n_told, 350);
}

fn frames(body: &[u8]) -> Vec<Frame> {
    let mut decoder = FrameDecoder::new(FRAME_LIMIT_BYTES);
    let frames = decoder.push(body).unwrap();
    decoder.finish().unwrap();
    frames
}

/// The neutral events of a recorded stream; the frames that are none, such as an exception, are told apart.
fn neutral(exchange: &Exchange) -> (Vec<Event>, usize) {
    let mut events = Vec::new();
    let mut n_others = 0;
    for frame in frames(&exchange.answer) {
        let event = ConverseStreamOutput::decode_frame(&frame).unwrap();
        match decode_event(event).unwrap() {
            Some(event) => events.push(event),
            None => n_others += 1,
        }
    }
    (events, n_others)
}

fn bytes(events: impl IntoIterator<Item = Event>) -> Vec<u8> {
    let encode = |event: Event| {
        let native = match &event {
            Event::Stop { native, .. } => native.clone(),
            _ => None,
        };
        let frame = encode_event(event, native).encode_frame().unwrap();
        frame.encode().unwrap()
    };
    events.into_iter().flat_map(encode).collect()
}

fn streams(test: &str) -> Option<Vec<Exchange>> {
    let mut exchanges = exchanges(test, "bedrock-runtime/ConverseStream")?;
    exchanges.retain(|exchange| exchange.status == 200);
    Some(exchanges)
}

#[test]
fn every_exact_stream_is_the_same_bytes_after_the_neutral_form_and_the_grammar() {
    let test = "every_exact_stream_is_the_same_bytes_after_the_neutral_form_and_the_grammar";
    let Some(exchanges) = streams(test) else {
        return;
    };
    let (mut n_streams, mut n_frames) = (0, 0);
    for exchange in exchanges.iter().filter(|exchange| exchange.is_exact) {
        let name = &exchange.name;
        let (events, n_others) = neutral(exchange);
        if n_others > 0 {
            assert_eq!(events, [], "{name}: an exception is the whole stream");
            continue;
        }
        assert!(
            bytes(events.clone()) == exchange.answer,
            "{name}: other bytes"
        );
        let mut grammar = Grammar::new();
        let strict: Vec<Event> = events
            .iter()
            .flat_map(|event| grammar.push(event.clone()).unwrap())
            .collect();
        assert_eq!(strict, events, "{name}: AWS keeps the grammar");
        n_streams += 1;
        n_frames += events.len();
    }
    println!("{n_streams} streams of {n_frames} frames are the same bytes");
    assert_eq!((n_streams, n_frames), (55, 2049));
}

#[test]
fn every_recorded_stream_can_be_collected_and_told_again() {
    let test = "every_recorded_stream_can_be_collected_and_told_again";
    let Some(exchanges) = streams(test) else {
        return;
    };
    let mut n_collected = 0;
    for exchange in &exchanges {
        let name = &exchange.name;
        let (events_before, n_others) = neutral(exchange);
        if n_others > 0 {
            continue;
        }
        let mut collector = Collector::new();
        for event in events_before {
            collector
                .push(event)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let reply = collector
            .finish()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut collector = Collector::new();
        for event in events(reply.clone()).unwrap() {
            collector.push(event).unwrap();
        }
        assert_eq!(collector.finish(), Ok(reply), "{name}");
        n_collected += 1;
    }
    println!("{n_collected} recorded streams collected");
    assert_eq!(n_collected, 55);
}
