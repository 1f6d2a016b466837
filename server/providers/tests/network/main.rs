//! How an upstream is reached: over TLS that a private authority vouches for, and by a proxy.
#![cfg(test)]

#[path = "../exchange/calling.rs"]
#[expect(dead_code, reason = "shared with tests that read other answers")]
mod calling;
mod middleman;
mod proxy;
#[path = "../exchange/subject.rs"]
#[expect(dead_code, reason = "shared with tests of both providers")]
mod subject;
mod tls;
#[path = "../bedrock/upstream.rs"]
#[expect(dead_code, reason = "shared with tests of other providers")]
mod upstream;
mod vault;

use http::Uri;
use llm::{Error, Op};
use providers::http::Network;

pub(crate) use calling::PATIENCE;

use calling::{call, saying_hello, send};
use subject::OPENAI;
use upstream::answer;

/// Asks whoever is reached at that address; whether a reply came.
pub(crate) async fn ask(base_url: Uri, network: &Network) -> Result<(), Error> {
    let provider = (OPENAI.provider)(base_url, network.clone());
    let answered = send(&*provider, &call(Op::Chat, saying_hello())).await;
    answered.map(|_| ())
}

/// A reply as bytes of HTTP.
pub(crate) fn replying() -> Vec<u8> {
    answer(200, &[], OPENAI.reply)
}
