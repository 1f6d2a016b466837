//! A request that is relayed: what the upstream gets of it, and what the client gets of the answer, to the byte.
#![cfg(test)]

mod corpus;
mod cuts;
mod errors;
mod headers;
mod routes;

use bytes::Bytes;
use conformance_tests::loopback::client::{Answer, Protocol, send};
use conformance_tests::loopback::gateway::{Credentials, Gateway, Setup};
use conformance_tests::loopback::stub::{Arrived, Stub};
use http::Request;

const BINARY: &str = env!("CARGO_BIN_EXE_gateway-under-test");

const JSON: (&str, &str) = ("content-type", "application/json");
const EVENT_STREAM: (&str, &str) = ("content-type", "application/vnd.amazon.eventstream");

/// A gateway that relays to a stub.
struct Relay {
    stub: Stub,
    gateway: Gateway,
}

impl Relay {
    async fn start() -> Self {
        Self::with(Credentials::Bearer, "").await
    }

    /// With more in the configuration.
    async fn with(credentials: Credentials, more: &str) -> Self {
        let stub = Stub::start().await.unwrap();
        let setup = Setup::relay(stub.address(), credentials).and(more);
        let gateway = Gateway::start(BINARY, &setup).await.unwrap();
        Self { stub, gateway }
    }

    /// Sends a request and waits for it at the stub, whose answer the client then awaits.
    async fn ask(
        &mut self,
        protocol: Protocol,
        request: Request<Bytes>,
    ) -> (Arrived, impl Future<Output = Answer> + use<>) {
        let address = self.gateway.address();
        let answer = tokio::spawn(async move { send(protocol, address, request).await.unwrap() });
        let arrived = self.stub.arrived().await.unwrap();
        (arrived, async move { answer.await.unwrap() })
    }
}
