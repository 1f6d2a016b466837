//! Panics: caught, counted, and told to nobody but by the id of the request.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use server::Limits;

use super::support::*;

async fn n_panics(client: &mut Client) -> u64 {
    let health = text(client.get("/health").await).await;
    let health: serde_json::Value = serde_json::from_str(&health).unwrap();
    health["panics"].as_u64().unwrap()
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_connection_lives_on() {
    let backend = Told::by(|_, call| async move {
        match &*call.native.body {
            b"panic" => panic!("what the prompt said"),
            _ => Ok(json("{}")),
        }
    });
    let mut gateway = Gateway::start(Limits::default(), backend).await;
    for (n_before, mut client) in [
        (0, Client::http1(gateway.address).await),
        (1, Client::http2(gateway.address).await),
    ] {
        let response = client.post(CONVERSE, "panic").await;
        assert_eq!(response.status(), 500);
        assert_eq!(exception(&response), "InternalServerException");
        let id = header(&response, "x-amzn-requestid").unwrap().to_owned();
        let message = format!("{{\"message\":\"The gateway failed inside. Request id: {id}\"}}");
        assert_eq!(text(response).await, message);
        let line = gateway.line().await;
        assert_eq!(line["level"], "error");
        assert_eq!(line["panicked"], 1);
        assert_eq!(line["request_id"], id.as_str());

        assert_eq!(client.post(CONVERSE, "{}").await.status(), 200);
        gateway.line().await;
        assert_eq!(n_panics(&mut client).await, n_before + 1);
        gateway.line().await;
    }
}

#[tokio::test]
async fn a_panic_in_mid_stream_ends_it_with_an_exception_frame() {
    let torn = stream::iter([Bytes::from_static(b"one")]).chain(stream::poll_fn(
        |_| -> std::task::Poll<Option<Bytes>> { panic!("what the model said") },
    ));
    let gateway = Gateway::start(Limits::default(), once(frames(torn))).await;
    let mut client = Client::http1(gateway.address).await;
    let response = client.post(CONVERSE_STREAM, "{}").await;
    assert_eq!(response.status(), 200);
    let mut body = response.into_body();
    let mut all = Vec::new();
    loop {
        let piece = piece(&mut body).await;
        if piece.is_empty() {
            break;
        }
        all.extend_from_slice(&piece);
    }
    let all = String::from_utf8_lossy(&all);
    assert!(all.starts_with("one"), "{all}");
    assert!(all.contains(":exception-type"), "{all}");
    assert!(all.contains("modelStreamErrorException"), "{all}");
    assert!(!all.contains("what the model said"), "{all}");
    assert_eq!(n_panics(&mut client).await, 1);
}
