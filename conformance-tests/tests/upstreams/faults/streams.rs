//! Streams that fail: before their first event with a status, behind it with an exception frame after what was said, and never
//! with an end that the model did not make.

use std::net::SocketAddr;

use bytes::Bytes;
use conformance_tests::loopback::bare::Bare;
use conformance_tests::loopback::client::Answer;
use conformance_tests::loopback::gateway::Gateway;
use http::Request;
use rest_json::frame::FrameKind;
use rest_json::{Frame, FrameDecoder};
use serde_json::Value;

use super::Way;
use crate::BINARY;
use crate::invoked;
use crate::operations::canned::{self, TEXT};
use crate::stage::{Provider, SSE, Seen, Stage, send, setup};
use crate::turn::{self, End};

pub(super) const PROVIDERS: [Provider; 2] = [Provider::OpenAi, Provider::Anthropic];

/// An error as an event of the provider's own stream.
fn error(provider: Provider, kind: &str, message: &str) -> String {
    match provider {
        // OpenAI has its words in the code, and no event names.
        Provider::OpenAi => {
            let error = serde_json::json!({ "message": message, "type": kind, "param": null, "code": kind });
            format!("data: {}\n\n", serde_json::json!({ "error": error }))
        }
        _ => {
            let error = serde_json::json!({ "type": kind, "message": message });
            let event = serde_json::json!({ "type": "error", "error": error });
            format!("event: error\ndata: {event}\n\n")
        }
    }
}

/// What an error of that kind is before the head, and in mid-stream.
struct Fault {
    provider: Provider,
    kind: &'static str,
    message: &'static str,
    status: u16,
    exception: &'static str,
    frame: &'static str,
}

const fn fault(
    provider: Provider,
    kind: &'static str,
    message: &'static str,
    status: u16,
    exception: &'static str,
    frame: &'static str,
) -> Fault {
    Fault {
        provider,
        kind,
        message,
        status,
        exception,
        frame,
    }
}

const STREAM_ERROR: &str = "modelStreamErrorException";
const INVALID: &str = "validationException";

#[rustfmt::skip]
const FAULTS: [Fault; 9] = [
    fault(Provider::Anthropic, "overloaded_error", "Overloaded", 503, "ServiceUnavailableException", STREAM_ERROR),
    fault(Provider::Anthropic, "api_error", "Internal server error", 500, "InternalServerException", STREAM_ERROR),
    fault(Provider::Anthropic, "rate_limit_error", "Number of requests has exceeded your limit", 429, "ThrottlingException", STREAM_ERROR),
    fault(Provider::Anthropic, "invalid_request_error", "messages: too few", 400, "ValidationException", INVALID),
    fault(Provider::Anthropic, "authentication_error", "invalid x-api-key", 424, "ModelErrorException", STREAM_ERROR),
    fault(Provider::OpenAi, "server_error", "The server had an error while processing your request", 500, "InternalServerException", STREAM_ERROR),
    fault(Provider::OpenAi, "rate_limit_exceeded", "Rate limit reached", 429, "ThrottlingException", STREAM_ERROR),
    fault(Provider::OpenAi, "context_length_exceeded", "This model's maximum context length is 8192 tokens.", 400, "ValidationException", INVALID),
    fault(Provider::OpenAi, "insufficient_quota", "You exceeded your current quota", 424, "ModelErrorException", STREAM_ERROR),
];

/// How a stream ended, and whether all that was said before came.
pub(super) fn end(way: Way, body: &Bytes) -> End {
    let (said, end) = match way {
        Way::ConverseStream => {
            let frames = conformance_tests::loopback::frames::frames(body).unwrap();
            let (turn, end) = turn::of_frames(&frames);
            assert!(end == End::Whole || turn.stop.is_empty(), "{turn:?}");
            (turn.text == TEXT, end)
        }
        _ => {
            let (documents, end) = invoked::texts(body);
            (documents.concat().contains(TEXT), end)
        }
    };
    assert!(said, "what was said is not all there: {body:?}");
    end
}

/// The name of the exception that ends a stream, and its payload.
pub(super) fn exception(way: Way, body: &Bytes) -> (String, Value) {
    match end(way, body) {
        End::Exception(name, payload) => (name, payload),
        other => panic!("{way:?}: the stream ended as {other:?}"),
    }
}

/// What providers send before they know whether they can answer: the first event of their recorded streams, and what may follow.
fn greeting(provider: Provider) -> &'static str {
    match provider {
        Provider::OpenAi => {
            "data: {\"id\":\"chatcmpl-123\",\"object\":\"chat.completion.chunk\",\"created\":1694268190,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}]}\n\n"
        }
        _ => {
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\nevent: ping\ndata: {\"type\": \"ping\"}\n\n"
        }
    }
}

#[tokio::test]
async fn an_error_before_anything_is_said_has_a_status() {
    let mut stage = Stage::start().await;
    for fault in FAULTS {
        for way in Way::STREAMS {
            for before in ["", greeting(fault.provider)] {
                let text = error(fault.provider, fault.kind, fault.message);
                let (seen, _) = stage
                    .ask(way.request(fault.provider), async |arrived| {
                        arrived
                            .answer(200, &[SSE], before.to_owned() + &text)
                            .unwrap();
                    })
                    .await;
                let found = (seen.status, seen.exception());
                let expected = (fault.status, fault.exception);
                assert_eq!(found, expected, "{way:?} {} behind {before:?}", fault.kind);
            }
        }
    }
}

#[tokio::test]
async fn an_error_behind_the_first_event_is_an_exception_frame_after_what_was_said() {
    let mut stage = Stage::start().await;
    for fault in FAULTS {
        for way in Way::STREAMS {
            let text = error(fault.provider, fault.kind, fault.message);
            let text = canned::beginning(fault.provider) + &text;
            let (seen, _) = stage
                .ask(way.request(fault.provider), async |arrived| {
                    arrived.answer(200, &[SSE], text).unwrap();
                })
                .await;
            assert_eq!(seen.status, 200);
            let (name, payload) = exception(way, &seen.body);
            assert_eq!(name, fault.frame, "{way:?} {}", fault.kind);
            assert!(payload["message"].is_string(), "{payload}");
            if fault.frame == STREAM_ERROR {
                assert_eq!(payload["originalStatusCode"], fault.status, "{payload}");
                assert_eq!(payload["originalMessage"], payload["message"]);
            }
        }
    }
}

#[tokio::test]
async fn a_content_filter_in_mid_stream_is_an_end_and_no_error() {
    let mut stage = Stage::start().await;
    let provider = Provider::Anthropic;
    let text = canned::beginning(provider)
        + &error(
            provider,
            "invalid_request_error",
            "Output blocked by content filtering policy",
        );
    let (seen, _) = stage
        .ask(Way::ConverseStream.request(provider), async |arrived| {
            arrived.answer(200, &[SSE], text).unwrap();
        })
        .await;
    let frames = conformance_tests::loopback::frames::frames(&seen.body).unwrap();
    let (turn, end) = turn::of_frames(&frames);
    assert_eq!(end, End::Whole);
    assert_eq!(
        (turn.text.as_str(), turn.stop.as_str()),
        (TEXT, "content_filtered")
    );
}

/// Half an event: what it might have been is not told.
fn half(provider: Provider) -> &'static str {
    match provider {
        Provider::OpenAi => {
            "data: {\"id\":\"chatcmpl-123\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"sto"
        }
        _ => "event: message_stop\ndata: {\"type\":\"message_s",
    }
}

#[tokio::test]
async fn a_stream_that_ends_before_the_reply_does_is_broken_off() {
    let mut stage = Stage::start().await;
    for provider in PROVIDERS {
        for way in Way::STREAMS {
            for behind in ["", half(provider)] {
                let text = canned::beginning(provider) + behind;
                let (seen, _) = stage
                    .ask(way.request(provider), async |arrived| {
                        arrived.answer(200, &[SSE], text).unwrap();
                    })
                    .await;
                let (name, payload) = exception(way, &seen.body);
                assert_eq!(name, STREAM_ERROR, "{provider:?} {way:?} {behind:?}");
                assert!(payload["originalStatusCode"].is_u64(), "{payload}");
            }
        }
    }
}

/// A stream without its last event.
fn but_for_the_last(whole: &str) -> String {
    let mut events: Vec<&str> = whole.split_inclusive("\n\n").collect();
    events.pop();
    events.concat()
}

#[tokio::test]
async fn the_last_event_is_needed_where_it_is_the_end_of_the_reply() {
    let mut stage = Stage::start().await;
    for way in Way::STREAMS {
        for (provider, whole, is_needed) in [
            // `[DONE]` tells nothing that the reason of the stop has not told.
            (Provider::OpenAi, canned::chat_chunks(), false),
            (Provider::Anthropic, canned::message_events(), true),
        ] {
            let text = but_for_the_last(&whole);
            let (seen, _) = stage
                .ask(way.request(provider), async |arrived| {
                    arrived.answer(200, &[SSE], text).unwrap();
                })
                .await;
            let is_whole = end(way, &seen.body) == End::Whole;
            assert_eq!(is_whole, !is_needed, "{provider:?} {way:?}");
        }
    }
}

#[tokio::test]
async fn a_stream_without_any_event_is_no_answer() {
    let mut stage = Stage::start().await;
    for provider in PROVIDERS {
        for way in Way::STREAMS {
            for text in ["", ": keep-alive\n\n", half(provider)] {
                let (seen, _) = stage
                    .ask(way.request(provider), async |arrived| {
                        arrived.answer(200, &[SSE], text).unwrap();
                    })
                    .await;
                let found = (seen.status, seen.exception());
                let expected = (424, "ModelErrorException");
                assert_eq!(found, expected, "{provider:?} {way:?} {text:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_whole_reply_that_breaks_off_is_no_answer() {
    let mut stage = Stage::start().await;
    for provider in PROVIDERS {
        for way in [
            Way::Converse,
            Way::Invoke(Provider::OpenAi),
            Way::Invoke(Provider::Anthropic),
        ] {
            let (seen, _) = stage
                .ask(way.request(provider), async |arrived| {
                    let writer = arrived.begin(200, &[crate::stage::JSON]).unwrap();
                    writer.send("{\"id\":\"msg_1\",").await.unwrap();
                    writer.cut().await.unwrap();
                })
                .await;
            let found = (seen.status, seen.exception());
            assert_eq!(found, (424, "ModelErrorException"), "{provider:?} {way:?}");
        }
    }
}

/// How a connection ends in the middle of a body.
#[derive(Clone, Copy, Debug)]
enum Break {
    /// FIN, where a last chunk was due.
    ShortOfTheLastChunk,
    /// FIN, which is the end of a body without a length: only the events tell that it is none.
    Close,
    Reset,
}

/// Sends a request to a gateway before a bare upstream, which says the beginning and then ends the connection.
async fn broken(
    bare: &Bare,
    gateway: SocketAddr,
    request: Request<Bytes>,
    beginning: &str,
    how: Break,
) -> Seen {
    let answer = tokio::spawn(async move { send(gateway, request).await });
    let mut socket = bare.arrived().await.unwrap();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
    let text = match how {
        Break::ShortOfTheLastChunk => format!(
            "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{beginning}\r\n",
            beginning.len()
        ),
        Break::Close | Break::Reset => format!("{head}connection: close\r\n\r\n{beginning}"),
    };
    socket.write(text).await.unwrap();
    let mut answer = answer.await.unwrap();
    // A reset may take back what was not read yet.
    let mut body = until_said(&mut answer).await.to_vec();
    match how {
        Break::ShortOfTheLastChunk | Break::Close => drop(socket),
        Break::Reset => socket.reset().unwrap(),
    }
    body.extend_from_slice(&answer.body().await.unwrap());
    Seen {
        status: answer.status.as_u16(),
        headers: answer.headers.clone(),
        body: body.into(),
    }
}

/// The bytes of a stream up to the frame that says the text.
pub(super) async fn until_said(answer: &mut Answer) -> Bytes {
    let mut decoder = FrameDecoder::new(16 << 20);
    let mut read = Vec::new();
    loop {
        let piece = answer.next().await.unwrap().expect("more of the stream");
        read.extend_from_slice(&piece);
        if decoder.push(&piece).unwrap().iter().any(is_text) {
            return read.into();
        }
    }
}

/// Whether a frame says the text, in whichever form.
fn is_text(frame: &Frame) -> bool {
    let payload = String::from_utf8_lossy(&frame.payload);
    match frame.kind() {
        FrameKind::Event("chunk") => {
            let payload: Value = serde_json::from_str(&payload).unwrap();
            let bytes = payload["bytes"].as_str().unwrap();
            let document = base64_simd::STANDARD.decode_to_vec(bytes).unwrap();
            String::from_utf8_lossy(&document).contains(TEXT)
        }
        _ => payload.contains(TEXT),
    }
}

#[tokio::test]
async fn a_connection_that_breaks_in_mid_stream_is_an_exception_frame_after_what_was_said() {
    let bare = Bare::start().await.unwrap();
    let gateway = Gateway::start(BINARY, &setup(&PROVIDERS, bare.address(), ""))
        .await
        .unwrap();
    for provider in PROVIDERS {
        for way in Way::STREAMS {
            for how in [Break::ShortOfTheLastChunk, Break::Close, Break::Reset] {
                let (request, beginning) = (way.request(provider), canned::beginning(provider));
                let seen = broken(&bare, gateway.address(), request, &beginning, how).await;
                let (name, payload) = exception(way, &seen.body);
                assert_eq!(name, STREAM_ERROR, "{provider:?} {way:?} {how:?}");
                assert_eq!(payload["originalStatusCode"], 424, "{payload}");
            }
        }
    }
}
