//! How the gateway stops: running answers end whole or with a last frame, and nobody new is taken in.

use server::{Drained, Limits};

use super::support::*;

/// The least time to drain that is some; the tests wait for it in real time.
fn hasty() -> Limits {
    Limits {
        drain_timeout_secs: 1,
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_running_stream_ends_whole_while_new_work_is_sent_elsewhere() {
    for http2 in [false, true] {
        let (feed, _, answer) = fed();
        let gateway = Gateway::start(Limits::default(), once(answer)).await;
        let address = gateway.address;
        let mut client = match http2 {
            true => Client::http2(address).await,
            false => Client::http1(address).await,
        };
        let mut body = client.post(CONVERSE_STREAM, "{}").await.into_body();
        feed.send("one".into()).unwrap();
        assert_eq!(piece(&mut body).await, "one");

        let serving = gateway.stop();
        // Until the gateway's task takes up the stop it says that it is ready, or closes a connection it has just accepted.
        let response = loop {
            match Client::http1(address).await.try_get("/ready").await {
                Some(response) if response.status() != 200 => break response,
                Some(_) | None => {}
            }
        };
        assert_eq!(response.status(), 503);
        assert_eq!(text(response).await, "{\"status\":\"draining\"}");

        let response = Client::http1(address).await.post(CONVERSE, "{}").await;
        assert_eq!(response.status(), 503);
        assert_eq!(exception(&response), "ServiceUnavailableException");
        assert_eq!(header(&response, "connection"), Some("close"));

        feed.send("two".into()).unwrap();
        assert_eq!(piece(&mut body).await, "two");
        drop(feed);
        assert_eq!(piece(&mut body).await, "");
        assert_eq!(serving.await.unwrap(), Drained::Complete);
    }
}

#[tokio::test]
async fn an_idle_gateway_stops_at_once() {
    let gateway = Gateway::start(Limits::default(), Told::json("{}")).await;
    let mut idle = Client::http1(gateway.address).await;
    assert_eq!(idle.get("/ready").await.status(), 200);
    let address = gateway.address;
    assert_eq!(gateway.stop().await.unwrap(), Drained::Complete);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_stream_that_outlasts_the_drain_ends_with_an_exception_frame() {
    for http2 in [false, true] {
        let (feed, gone, answer) = fed();
        let gateway = Gateway::start(hasty(), once(answer)).await;
        let mut client = match http2 {
            true => Client::http2(gateway.address).await,
            false => Client::http1(gateway.address).await,
        };
        let mut body = client.post(CONVERSE_STREAM, "{}").await.into_body();
        feed.send("one".into()).unwrap();
        assert_eq!(piece(&mut body).await, "one");

        let serving = gateway.stop();
        let last = piece(&mut body).await;
        let last = String::from_utf8_lossy(&last);
        assert!(last.contains("modelStreamErrorException"), "{last}");
        assert!(last.contains("shutting down"), "{last}");
        assert_eq!(piece(&mut body).await, "", "the body ends as it should");
        gone.await.unwrap();
        assert_eq!(serving.await.unwrap(), Drained::CutOff);
    }
}

#[tokio::test]
async fn a_request_without_a_head_at_the_end_of_the_drain_is_told_to_come_back() {
    let (called, mut is_called) = tokio::sync::mpsc::unbounded_channel();
    let backend = Told::by(move |_, _| {
        called.send(()).unwrap();
        std::future::pending()
    });
    let gateway = Gateway::start(hasty(), backend).await;
    let mut client = Client::http1(gateway.address).await;
    let answer = tokio::spawn(async move { client.post(CONVERSE, "{}").await });
    is_called.recv().await.unwrap();
    let serving = gateway.stop();
    let response = answer.await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(exception(&response), "ServiceUnavailableException");
    assert_eq!(serving.await.unwrap(), Drained::CutOff);
}
