//! HTTP/1.1 and HTTP/2 on one port, the prefix, and what every answer carries.

use futures_util::stream;
use server::Limits;

use super::support::*;

fn is_uuid_v4(id: &str) -> bool {
    let groups: Vec<&str> = id.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    lengths == [8, 4, 4, 4, 12]
        && id.chars().all(|c| c == '-' || is_hex(c))
        && groups[2].starts_with('4')
        && groups[3].starts_with(['8', '9', 'a', 'b'])
}

#[tokio::test]
async fn both_protocols_are_answered_on_one_port() {
    let gateway = Gateway::start(Limits::default(), Told::json("{\"a\":1}")).await;
    let mut ids = Vec::new();
    for mut client in [
        Client::http1(gateway.address).await,
        Client::http2(gateway.address).await,
    ] {
        for _ in 0..2 {
            let response = client.post(CONVERSE, "{}").await;
            assert_eq!(response.status(), 200);
            let id = header(&response, "x-amzn-requestid").unwrap().to_owned();
            assert!(is_uuid_v4(&id), "{id}");
            ids.push(id);
            assert!(header(&response, "date").unwrap().ends_with(" GMT"));
            assert_eq!(header(&response, "content-encoding"), None);
            assert_eq!(text(response).await, "{\"a\":1}");
        }
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "every request has an id of its own");
}

#[tokio::test]
async fn the_backend_sees_the_same_target_with_and_without_prefix() {
    let backend = Told::by(|_, call| async move {
        let target = call.native.target.to_string();
        Ok(json(&serde_json::json!({ "target": target }).to_string()))
    });
    let gateway = Gateway::start(Limits::default(), backend).await;
    for mut client in [
        Client::http1(gateway.address).await,
        Client::http2(gateway.address).await,
    ] {
        for path in [
            "/model/a%2Fb%3A0/converse",
            "/bedrock/model/a%2Fb%3A0/converse",
        ] {
            let response = client.post(path, "{}").await;
            assert_eq!(
                text(response).await,
                "{\"target\":\"/model/a%2Fb%3A0/converse\"}"
            );
        }
        // The JavaScript SDK keeps the slash that an endpoint URL ends with.
        let response = client.post("/bedrock//model/a/converse", "{}").await;
        assert_eq!(response.status(), 200);
    }
}

#[tokio::test]
async fn a_hundred_streams_run_on_one_connection() {
    let gateway = Gateway::start(
        Limits::default(),
        Told::by(|_, _| async { Ok(frames(stream::pending())) }),
    )
    .await;
    let mut client = Client::http2(gateway.address).await;
    let mut open = Vec::new();
    for _ in 0..100 {
        let response = client.post(CONVERSE_STREAM, "{}").await;
        assert_eq!(response.status(), 200);
        open.push(response);
    }
}

#[tokio::test]
async fn a_stream_arrives_event_by_event() {
    let (feed, _, answer) = fed();
    let gateway = Gateway::start(Limits::default(), once(answer)).await;
    let mut client = Client::http2(gateway.address).await;
    let response = client.post(CONVERSE_STREAM, "{}").await;
    assert_eq!(header(&response, "content-type"), Some(EVENT_STREAM));
    let mut body = response.into_body();
    for event in ["one", "two", "three"] {
        feed.send(event.into()).unwrap();
        assert_eq!(piece(&mut body).await, event);
    }
    drop(feed);
    assert_eq!(piece(&mut body).await, "");
}

#[tokio::test]
async fn a_client_that_hangs_up_cancels_the_work() {
    for http2 in [false, true] {
        let (feed, gone, answer) = fed();
        let gateway = Gateway::start(Limits::default(), once(answer)).await;
        let mut client = match http2 {
            true => Client::http2(gateway.address).await,
            false => Client::http1(gateway.address).await,
        };
        let response = client.post(CONVERSE_STREAM, "{}").await;
        let mut body = response.into_body();
        feed.send("one".into()).unwrap();
        assert_eq!(piece(&mut body).await, "one");
        drop((body, client));
        gone.await.unwrap();
    }
}

#[tokio::test]
async fn health_and_readiness_are_answered_beside_bedrock() {
    let gateway = Gateway::start(Limits::default(), Told::json("{}")).await;
    let mut client = Client::http1(gateway.address).await;
    let response = client.get("/health").await;
    assert_eq!(response.status(), 200);
    assert!(is_uuid_v4(header(&response, "x-amzn-requestid").unwrap()));
    let health: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["panics"], 0);

    let response = client.get("/ready").await;
    assert_eq!(response.status(), 200);
    assert_eq!(text(response).await, "{\"status\":\"ready\"}");

    let response = client.post("/health", "").await;
    assert_eq!(response.status(), 404);
    assert_eq!(exception(&response), "UnknownOperationException");
}
