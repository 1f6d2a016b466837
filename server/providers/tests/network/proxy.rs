//! A proxy: asked in plain for plain upstreams, and for a tunnel to those that speak TLS.

use std::time::Duration;

use llm::{Key, Kind};
use providers::http::{Network, Timeouts};

use crate::middleman::{Manner, Middleman};
use crate::subject::KEY;
use crate::upstream::Upstream;
use crate::vault::{Authority, Vault};
use crate::{ask, replying};

/// `Aladdin:open sesame` (RFC 7617, 2), as an address spells it and as the header does.
const USER: &str = "Aladdin:open%20sesame@";
const AUTHORIZATION: &str = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";

#[tokio::test]
async fn a_plain_upstream_is_asked_for_by_its_whole_address() {
    let mut proxy = Middleman::new(Manner::Obliging).await;
    for (user, authorization) in [(USER, Some(AUTHORIZATION)), ("", None)] {
        let network = proxy.network(user, "");
        let base_url = "http://upstream.example:8000/v1"
            .parse()
            .expect("an address");
        ask(base_url, &network).await.expect("an answer");
        let asked = proxy.asked().await;
        assert_eq!(asked.method, "POST");
        assert_eq!(
            asked.target,
            "http://upstream.example:8000/v1/chat/completions"
        );
        assert_eq!(asked.header("host"), Some("upstream.example:8000"));
        assert_eq!(asked.header("proxy-authorization"), authorization);
        assert_eq!(
            asked.header("authorization"),
            Some(&*format!("Bearer {KEY}"))
        );
    }
}

#[tokio::test]
async fn an_upstream_over_tls_is_reached_by_a_tunnel_that_shows_nothing() {
    let authority = Authority::new();
    let mut vault = Vault::saying(&authority, replying()).await;
    let mut proxy = Middleman::new(Manner::Obliging).await;
    for (user, authorization) in [(USER, Some(AUTHORIZATION)), ("", None)] {
        let network = Network {
            ca_file: Some(authority.file(&authority.pem())),
            ..proxy.network(user, "")
        };
        let base_url = format!("https://{}/v1", vault.address);
        let asked = ask(base_url.parse().expect("an address"), &network).await;
        asked.expect("an answer");
        let asked = proxy.asked().await;
        assert_eq!(asked.method, "CONNECT");
        assert_eq!(asked.target, vault.address.to_string());
        assert_eq!(asked.header("proxy-authorization"), authorization);
        assert_eq!(asked.header("authorization"), None);
        assert!(!proxy.was_asked());
        let received = vault.requests.recv().await.expect("a request");
        assert_eq!(received.target, "/v1/chat/completions");
        assert_eq!(received.header("proxy-authorization"), None);
        assert_eq!(
            received.header("authorization"),
            Some(&*format!("Bearer {KEY}"))
        );
    }
}

#[tokio::test]
async fn a_proxy_may_be_spoken_to_over_tls_itself() {
    let authority = Authority::new();
    let vault = Vault::saying(&authority, replying()).await;
    let mut proxy = Middleman::over_tls(&authority).await;
    let network = Network {
        ca_file: Some(authority.file(&authority.pem())),
        ..proxy.network("", "")
    };
    let base_url = format!("https://{}/v1", vault.address);
    let asked = ask(base_url.parse().expect("an address"), &network).await;
    asked.expect("an answer");
    assert_eq!(proxy.asked().await.method, "CONNECT");
    let base_url = "http://upstream.example/v1".parse().expect("an address");
    ask(base_url, &network).await.expect("an answer");
    assert_eq!(
        proxy.asked().await.target,
        "http://upstream.example/v1/chat/completions"
    );
}

#[tokio::test]
async fn excepted_hosts_are_reached_without_the_proxy() {
    let upstream = Upstream::saying(replying()).await;
    let mut proxy = Middleman::new(Manner::Obliging).await;
    for (except, goes_by_it) in [
        ("", true),
        ("upstream.example", true),
        ("10.0.0.0/8, 127.0.0.2", true),
        ("*", false),
        ("127.0.0.1", false),
        ("upstream.example, 127.0.0.0/8", false),
    ] {
        let network = proxy.network("", except);
        ask(upstream.uri(""), &network).await.expect("an answer");
        assert_eq!(proxy.was_asked(), goes_by_it, "{except}");
    }
    let named = upstream
        .uri("")
        .to_string()
        .replace("127.0.0.1", "localhost");
    for (except, goes_by_it) in [
        ("host", true),
        ("127.0.0.1", true),
        ("localhost", false),
        (".localhost", false),
    ] {
        let network = proxy.network("", except);
        let asked = ask(named.parse().expect("an address"), &network).await;
        asked.expect("an answer");
        assert_eq!(proxy.was_asked(), goes_by_it, "{except}");
    }
}

#[tokio::test]
async fn a_proxy_that_makes_no_tunnel_is_a_failed_connection() {
    for manner in [
        Manner::Saying("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"),
        Manner::Saying("HTTP/1.1 502 Bad Gateway\r\n\r\n"),
        Manner::Saying("no HTTP\r\n\r\n"),
        Manner::Silent,
    ] {
        let proxy = Middleman::new(manner).await;
        let network = Network {
            timeouts: Timeouts {
                connect: Duration::from_millis(200),
                ..Timeouts::default()
            },
            ..proxy.network(USER, "")
        };
        let base_url = "https://upstream.example/v1".parse().expect("an address");
        let error = ask(base_url, &network).await.expect_err("no answer");
        assert_eq!(error.kind(), Kind::ConnectFailed);
        assert!(!format!("{error} {error:?}").contains("sesame"));
    }
}

#[tokio::test]
async fn nobody_repeats_the_password() {
    let proxy = Middleman::new(Manner::Obliging).await;
    let settings = providers::openai::Settings {
        base_url: "https://upstream.example/v1".parse().expect("an address"),
        keys: vec![(Key::new("default"), None)],
        quirks: providers::openai::Quirks::OPENAI,
        network: proxy.network(USER, ""),
        via: "a".into(),
    };
    assert!(!format!("{settings:?}").contains("sesame"));
    let provider = providers::openai::OpenAi::new(settings).expect("valid settings");
    assert!(!format!("{provider:?}").contains("sesame"));
}
