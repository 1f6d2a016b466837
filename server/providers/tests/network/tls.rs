//! TLS: who is trusted.

use std::time::Duration;

use llm::{Kind, Op, Retry};
use providers::http::{Network, Timeouts};

use crate::calling::{call, saying_hello, send};
use crate::subject::OPENAI;
use crate::upstream::{Step, Upstream};
use crate::vault::{Authority, Vault};
use crate::{ask, replying};

fn trusting(ca_file: std::path::PathBuf) -> Network {
    Network {
        ca_file: Some(ca_file),
        ..Network::default()
    }
}

#[tokio::test]
async fn an_authority_of_the_operators_own_is_trusted() {
    let authority = Authority::new();
    let vault = Vault::saying(&authority, replying()).await;
    let bundle = format!(
        "A comment.\n{}\n# And another.\n{}",
        Authority::new().pem(),
        authority.pem()
    );
    for pem in [authority.pem(), bundle] {
        let network = trusting(authority.file(&pem));
        for host in ["127.0.0.1", "localhost"] {
            let base_url = format!("https://{host}:{}", vault.address.port());
            let asked = ask(base_url.parse().expect("an address"), &network).await;
            asked.expect("an answer");
        }
    }
}

#[tokio::test]
async fn an_authority_that_nobody_knows_is_not_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    let mut vault = Vault::saying(&authority, replying()).await;
    for network in [Network::default(), trusting(other.file(&other.pem()))] {
        let base_url = format!("https://{}", vault.address);
        let error = ask(base_url.parse().expect("an address"), &network).await;
        let error = error.expect_err("no answer");
        assert_eq!(error.kind(), Kind::ConnectFailed);
        assert_eq!(error.message(), "Unable to reach provider the-provider");
        assert!(vault.requests.try_recv().is_err(), "nothing was said");
    }
}

#[tokio::test]
async fn a_file_that_is_no_use_is_a_failed_connection_until_it_is_mended() {
    let authority = Authority::new();
    let vault = Vault::saying(&authority, replying()).await;
    let base_url = format!("https://{}", vault.address);
    let network = trusting(authority.path());
    let provider = (OPENAI.provider)(base_url.parse().expect("an address"), network);
    let path = authority.path();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (text, reason) in [
        (None, "cannot be read"),
        (Some(""), "holds no certificate"),
        (Some("no PEM at all"), "holds no certificate"),
        (Some("-----BEGIN CERTIFICATE-----\nAAAA"), "is not PEM"),
        (Some(broken), "holds an unusable certificate"),
    ] {
        if let Some(text) = text {
            authority.file(text);
        }
        let error = send(&*provider, &call(Op::Chat, saying_hello())).await;
        let error = error.expect_err("no answer");
        assert_eq!(error.kind(), Kind::ConnectFailed);
        assert_eq!(error.retry(), Retry::OtherTarget { delay: None });
        assert_eq!(error.message(), "Unable to reach provider the-provider");
        let detail = error.detail().expect("details for the log");
        let expected = format!("the CA file {} {reason}", path.display());
        assert!(detail.starts_with(&expected), "{detail}");
    }
    authority.file(&authority.pem());
    let answered = send(&*provider, &call(Op::Chat, saying_hello())).await;
    answered.expect("an answer");
}

#[tokio::test]
async fn a_server_that_never_shakes_hands_is_a_failed_connection() {
    let mut upstream = Upstream::doing(vec![Step::AwaitClose]).await;
    let network = Network {
        timeouts: Timeouts {
            connect: Duration::from_millis(200),
            ..Timeouts::default()
        },
        ..Network::default()
    };
    let base_url = upstream.uri("").to_string().replace("http:", "https:");
    let error = ask(base_url.parse().expect("an address"), &network).await;
    assert_eq!(error.expect_err("no answer").kind(), Kind::ConnectFailed);
    upstream.closed().await;
}

#[tokio::test]
async fn a_file_is_read_by_the_first_request_that_needs_it() {
    let upstream = Upstream::saying(replying()).await;
    let network = trusting("/nowhere/ca.pem".into());
    ask(upstream.uri(""), &network)
        .await
        .expect("an answer in plain");
}
