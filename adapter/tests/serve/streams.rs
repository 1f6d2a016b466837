//! A stream on its way out: what is ready goes together, what is not is waited for, and it never just stops.

use std::sync::Arc;
use std::task::Poll;

use http_body::Body as _;
use llm::chat::Event;
use llm::{Answer, End, Error, Ext, Kind, NativeError, Origin};

use crate::backend::{
    Fake, HELLO, begun, context, converse, converse_stream, frames, measured, poll, respond, said,
    scripted, serve_in, stopped, telling,
};

fn fault(kind: Kind) -> Error {
    Error::new(kind, Origin::Upstream, "it broke")
}

fn scripting(script: Vec<Option<Result<Event, Error>>>) -> Arc<Fake> {
    Fake::new(move |_, _| Ok(Answer::Events(scripted(script.clone()))))
}

fn names(bytes: &[u8]) -> Vec<String> {
    frames(bytes).into_iter().map(|(name, _)| name).collect()
}

#[tokio::test]
async fn frames_that_are_ready_go_out_together_and_a_stream_that_pends_is_not_waited_for() {
    let backend = scripting(vec![
        Some(Ok(begun())),
        Some(Ok(said("a"))),
        None,
        None,
        Some(Ok(said("b"))),
        None,
        Some(Ok(stopped())),
        Some(Ok(measured())),
    ]);
    let response = respond(
        &context(),
        &backend,
        "POST",
        "/model/m/converse-stream",
        HELLO,
    )
    .await;
    let mut body = response.into_body();
    let mut next = || match poll(&mut body) {
        Poll::Ready(Some(bytes)) => names(&bytes),
        Poll::Ready(None) => vec!["end".to_owned()],
        Poll::Pending => vec!["pending".to_owned()],
    };
    assert_eq!(next(), ["messageStart", "contentBlockDelta"]);
    assert_eq!(next(), ["pending"]);
    assert_eq!(next(), ["contentBlockDelta"]);
    assert_eq!(next(), ["contentBlockStop", "messageStop", "metadata"]);
    // The HTTP layer may end the answer with these bytes, without asking again.
    assert!(body.is_end_stream());
    assert_eq!(poll(&mut body), Poll::Ready(None));
}

#[tokio::test]
async fn a_stream_is_not_over_while_more_may_come() {
    let backend = scripting(vec![Some(Ok(begun())), None]);
    let response = respond(
        &context(),
        &backend,
        "POST",
        "/model/m/converse-stream",
        HELLO,
    )
    .await;
    let mut body = response.into_body();
    assert!(!body.is_end_stream());
    assert!(poll(&mut body).is_ready());
    assert!(!body.is_end_stream());
}

#[tokio::test]
async fn a_provider_that_lingers_after_the_usage_is_not_waited_for() {
    let backend = scripting(vec![
        Some(Ok(begun())),
        Some(Ok(stopped())),
        Some(Ok(measured())),
        None,
    ]);
    let response = respond(
        &context(),
        &backend,
        "POST",
        "/model/m/converse-stream",
        HELLO,
    )
    .await;
    let mut body = response.into_body();
    assert!(poll(&mut body).is_ready());
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn a_flood_of_frames_is_cut_into_pieces() {
    let text = "x".repeat(1000);
    let mut events = vec![Ok(begun())];
    events.extend((0..100).map(|_| Ok(said(&text))));
    events.extend([Ok(stopped()), Ok(measured())]);
    let got = converse_stream(&telling(events)).await;
    assert_eq!(got.frames().len(), 104);
    assert!(got.pieces.len() > 3, "{} pieces", got.pieces.len());
    assert!(got.pieces.iter().all(|piece| piece.len() < 20_000));
}

#[tokio::test]
async fn a_fault_in_mid_stream_is_the_last_frame() {
    let got = converse_stream(&telling(vec![
        Ok(begun()),
        Ok(said("a")),
        Err(fault(Kind::Interrupted)),
        Ok(said("never")),
    ]))
    .await;
    assert_eq!((got.status, got.is_broken), (200, false));
    let names = names(&got.body());
    assert_eq!(
        names,
        [
            "messageStart",
            "contentBlockDelta",
            "modelStreamErrorException"
        ]
    );
}

/// What a fault of each kind would be before the head, and the exception that it is in mid-stream.
const KINDS: [(Kind, u16, &str); 26] = [
    (Kind::RateLimited, 429, "modelStreamErrorException"),
    (Kind::TokenRateLimited, 429, "modelStreamErrorException"),
    (Kind::Overloaded, 503, "modelStreamErrorException"),
    (Kind::QuotaExhausted, 424, "modelStreamErrorException"),
    (Kind::AuthUpstream, 424, "modelStreamErrorException"),
    (Kind::PermissionUpstream, 424, "modelStreamErrorException"),
    (Kind::ModelNotFound, 404, "modelStreamErrorException"),
    (Kind::ModelLoading, 429, "modelStreamErrorException"),
    (Kind::ContextTooLong, 400, "validationException"),
    (Kind::InvalidRequest, 400, "validationException"),
    (Kind::Malformed, 400, "modelStreamErrorException"),
    (Kind::BodyTooLarge, 400, "modelStreamErrorException"),
    (Kind::UnsupportedFeature, 400, "modelStreamErrorException"),
    (Kind::NotServed, 404, "modelStreamErrorException"),
    (Kind::ToolCallMalformed, 424, "modelStreamErrorException"),
    (Kind::OutputMalformed, 424, "modelStreamErrorException"),
    (Kind::Timeout, 408, "modelStreamErrorException"),
    (Kind::ConnectFailed, 503, "modelStreamErrorException"),
    (Kind::Interrupted, 424, "modelStreamErrorException"),
    (Kind::UpstreamInternal, 500, "modelStreamErrorException"),
    (Kind::Protocol, 424, "modelStreamErrorException"),
    (Kind::GatewayAuth, 403, "modelStreamErrorException"),
    (Kind::GatewayBudget, 400, "modelStreamErrorException"),
    (Kind::GatewayRate, 429, "modelStreamErrorException"),
    (Kind::GatewayPermission, 403, "modelStreamErrorException"),
    (Kind::GatewayInternal, 500, "modelStreamErrorException"),
];

#[tokio::test]
async fn only_two_exceptions_end_a_stream_since_java_replays_the_request_on_any_other() {
    for (kind, status, name) in KINDS {
        // An upstream's own number says nothing about what the fault is here.
        let error = fault(kind).with_status(529);
        let got = converse_stream(&telling(vec![Ok(begun()), Err(error)])).await;
        let frames = got.frames();
        let (last, payload) = frames.last().unwrap();
        assert_eq!((frames.len(), last.as_str()), (2, name), "{kind:?}");
        let message = payload["message"].as_str().unwrap();
        assert!(!message.is_empty(), "{kind:?}");
        if name == "modelStreamErrorException" {
            assert_eq!(payload["originalStatusCode"], status, "{kind:?}");
            assert_eq!(payload["originalMessage"], message, "{kind:?}");
        } else {
            assert_eq!(payload.as_object().unwrap().len(), 1, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn an_exception_frame_has_the_headers_that_recorded_ones_have() {
    let got = converse_stream(&telling(vec![
        Ok(begun()),
        Err(fault(Kind::InvalidRequest)),
    ]))
    .await;
    let mut decoder = rest_json::FrameDecoder::new(1 << 20);
    let frames = decoder.push(&got.body()).unwrap();
    let names: Vec<&str> = frames[1].headers.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, [":exception-type", ":content-type", ":message-type"]);
    assert_eq!(frames[1].text(":content-type"), Some("application/json"));
    assert_eq!(frames[1].text(":message-type"), Some("exception"));
}

#[tokio::test]
async fn an_upstreams_own_exception_frame_goes_out_as_it_is() {
    let frame = rest_json::Frame::exception("throttlingException", r#"{"message":"slow down"}"#)
        .encode()
        .unwrap();
    let error = fault(Kind::RateLimited).with_native(NativeError::Frame(frame.clone()));
    let got = converse_stream(&telling(vec![Ok(begun()), Err(error)])).await;
    assert!(got.body().ends_with(&frame));
    assert_eq!(names(&got.body()), ["messageStart", "throttlingException"]);
}

#[tokio::test]
async fn events_out_of_order_end_the_stream_and_the_record_says_why() {
    let cx = context();
    let input = Event::Delta {
        index: 0,
        delta: llm::chat::Delta::ToolInput {
            input: "{}".to_owned(),
            ext: Ext::default(),
        },
        ext: Ext::default(),
    };
    let backend = telling(vec![Ok(begun()), Ok(input), Ok(said("never"))]);
    let got = serve_in(&cx, &backend, "POST", "/model/m/converse-stream", HELLO).await;
    assert_eq!(
        names(&got.body()),
        ["messageStart", "modelStreamErrorException"]
    );
    let record = cx.observation.record();
    assert_eq!(record.end, Some(End::Failed(Kind::OutputMalformed)));
    assert!(record.failure.is_some());
}

#[tokio::test]
async fn a_filter_that_refuses_the_prompt_is_an_answer_without_content() {
    let blocked = fault(Kind::ContentBlocked);
    let got = converse(&Fake::failing(blocked.clone())).await;
    assert_eq!(got.status, 200);
    let json = got.json();
    assert_eq!(json["stopReason"], "content_filtered");
    assert_eq!(json["output"]["message"]["content"], serde_json::json!([]));

    let got = converse_stream(&Fake::failing(blocked)).await;
    assert_eq!(got.status, 200);
    let frames = got.frames();
    let [start, (stop, reason), (metadata, _)] = frames.as_slice() else {
        panic!("{frames:?}");
    };
    assert_eq!(
        (start.0.as_str(), stop.as_str(), metadata.as_str()),
        ("messageStart", "messageStop", "metadata")
    );
    assert_eq!(reason["stopReason"], "content_filtered");
}

#[tokio::test]
async fn a_filter_that_cuts_the_reply_is_the_reason_for_its_stop() {
    let got = converse_stream(&telling(vec![
        Ok(begun()),
        Ok(said("a")),
        Err(fault(Kind::ContentBlocked)),
    ]))
    .await;
    assert_eq!(
        names(&got.body()),
        [
            "messageStart",
            "contentBlockDelta",
            "contentBlockStop",
            "messageStop",
            "metadata"
        ]
    );
    assert_eq!(got.frames()[3].1["stopReason"], "content_filtered");
}

#[tokio::test]
async fn a_filter_that_comes_after_the_stop_is_a_fault() {
    let got = converse_stream(&telling(vec![
        Ok(begun()),
        Ok(stopped()),
        Err(fault(Kind::ContentBlocked)),
    ]))
    .await;
    assert_eq!(
        names(&got.body()),
        ["messageStart", "messageStop", "modelStreamErrorException"]
    );
}
