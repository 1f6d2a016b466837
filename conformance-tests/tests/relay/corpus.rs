//! Recorded traffic of real AWS through the gateway's relay: the client sees the very bytes that AWS sent.
//!
//! The recordings belong to other projects and are optional: without them these tests say that they are skipped.

use bytes::Bytes;
use conformance_tests::corpus::{self, Exchange};
use conformance_tests::loopback::client::{Connection, H2c, Protocol, http1_bytes};
use conformance_tests::loopback::fault::Fault;
use conformance_tests::loopback::gateway::{
    ACCESS_KEY_ID, BEARER, Credentials, Gateway, SECRET_ACCESS_KEY, SESSION_TOKEN, Setup,
};
use conformance_tests::loopback::replay::{Pieces, Replay, of_the_answer};
use conformance_tests::loopback::signature::{Signed, verify};
use conformance_tests::shared::folder_or_skip;
use http::{HeaderMap, Request, StatusCode, header};

use crate::BINARY;

/// The error that is about the credentials of whoever recorded it; here those are the gateway's.
const ABOUT_CREDENTIALS: &str = "Converse/neilberkman-req-llm__11369b819f57";

fn exchanges(test: &str) -> Option<Vec<Exchange>> {
    let shared = folder_or_skip(test).unwrap()?;
    Some(corpus::load(&shared, "bedrock-runtime").unwrap())
}

fn is_stream(exchange: &Exchange) -> bool {
    exchange.response.status.is_success() && exchange.operation.ends_with("Stream")
}

/// The request as its client sent it, but for what belongs to that connection and signature.
fn request(exchange: &Exchange, target: &str) -> Request<Bytes> {
    let mut request = Request::new(exchange.request.body.clone());
    request.method_mut().clone_from(&exchange.request.method);
    *request.uri_mut() = target.parse().unwrap();
    *request.headers_mut() = exchange.request.headers.clone();
    for name in [
        header::HOST,
        header::CONTENT_LENGTH,
        header::CONNECTION,
        header::TRANSFER_ENCODING,
    ] {
        request.headers_mut().remove(name);
    }
    request
}

/// One connection for many requests, as SDKs use it.
enum Client {
    Http1(Option<Connection>),
    H2c(H2c),
}

impl Client {
    async fn open(protocol: Protocol, gateway: &Gateway) -> Self {
        let address = gateway.address();
        match protocol {
            Protocol::Http1 => Self::Http1(Some(Connection::open(address).await.unwrap())),
            Protocol::H2c => Self::H2c(H2c::open(address).await.unwrap()),
        }
    }

    async fn send(
        &mut self,
        request: Request<Bytes>,
    ) -> Result<(StatusCode, HeaderMap, Bytes), Fault> {
        let mut answer = match self {
            Self::Http1(connection) => {
                let mut open = connection
                    .take()
                    .ok_or_else(|| Fault::new("the connection was not to be used again"))?;
                open.write(&http1_bytes(&request)?).await?;
                open.answer().await?
            }
            Self::H2c(connection) => connection.send(request).await?,
        };
        let body = answer.body().await?;
        let (status, headers) = (answer.status, answer.headers.clone());
        if let Self::Http1(connection) = self {
            *connection = answer.into_connection();
        }
        Ok((status, headers, body))
    }
}

/// What AWS would do: refuse a request that does not say who sends it. And what nobody but a test does:
/// refuse one that carries more of the client's headers than it should.
fn admit(credentials: Credentials, request: &Request<Bytes>) -> Result<(), Fault> {
    const OF_EVERY_REQUEST: [&str; 8] = [
        "accept",
        "accept-encoding",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "via",
    ];
    const OF_SIGNED_REQUESTS: [&str; 3] =
        ["x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];
    for name in request.headers().keys().map(http::HeaderName::as_str) {
        let signed = credentials != Credentials::Bearer && OF_SIGNED_REQUESTS.contains(&name);
        if !OF_EVERY_REQUEST.contains(&name) && !signed && !name.starts_with("x-amzn-bedrock-") {
            return Err(Fault::new(format!("the header {name} was forwarded")));
        }
    }
    let text = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if text("accept-encoding") != Some("identity") {
        return Err(Fault::new("an answer may be compressed"));
    }
    let authorization = text("authorization").unwrap_or_default();
    if credentials == Credentials::Bearer {
        return match authorization.strip_prefix("Bearer ") {
            Some(BEARER) => Ok(()),
            Some(_) | None => Err(Fault::new(format!("not our key: {authorization}"))),
        };
    }
    let token = (credentials == Credentials::TemporaryKeys).then_some(SESSION_TOKEN);
    if text("x-amz-security-token") != token {
        return Err(Fault::new("not our session token"));
    }
    let signed = Signed {
        method: request.method().as_str(),
        target: &request.uri().to_string(),
        headers: request.headers(),
        body: request.body(),
    };
    let signer = verify(signed, SECRET_ACCESS_KEY)?;
    let who = (
        signer.access_key_id.as_str(),
        signer.region.as_str(),
        signer.service.as_str(),
    );
    if who != (ACCESS_KEY_ID, "us-east-1", "bedrock") {
        return Err(Fault::new(format!("signed as {who:?}")));
    }
    Ok(())
}

/// How many answers were compared.
#[derive(Debug, Default, Eq, PartialEq)]
struct Counts {
    unary: usize,
    streams: usize,
    errors: usize,
}

/// Sends every recorded request and holds the answer against the recording.
async fn check(
    exchanges: &[Exchange],
    pieces: Pieces,
    protocol: Protocol,
    credentials: Credentials,
) -> Counts {
    let admit = Box::new(move |request: &Request<Bytes>| admit(credentials, request));
    let replay = Replay::start(exchanges, pieces, admit).await.unwrap();
    let setup = Setup::relay(replay.address(), credentials);
    let gateway = Gateway::start(BINARY, &setup).await.unwrap();
    let mut client = Client::open(protocol, &gateway).await;
    let mut counts = Counts::default();
    for exchange in exchanges {
        let (name, recorded) = (&exchange.name, &exchange.response);
        let asked = request(exchange, &format!("/bedrock{}", replay.target(exchange)));
        let (status, headers, body) = client
            .send(asked)
            .await
            .unwrap_or_else(|fault| panic!("{name}: {fault}"));
        if name == ABOUT_CREDENTIALS {
            counts.errors += 1;
            assert_eq!(status, StatusCode::FAILED_DEPENDENCY, "{name}: {body:?}");
            continue;
        }
        assert_eq!((status, &body), (recorded.status, &recorded.body), "{name}");
        check_headers(exchange, &headers);
        if !recorded.status.is_success() {
            counts.errors += 1;
        } else if is_stream(exchange) {
            counts.streams += 1;
        } else {
            counts.unary += 1;
        }
    }
    println!("{pieces:?} over {protocol:?}, {credentials:?} upstream: {counts:?}");
    counts
}

/// All of AWS's headers come back as they were, and beside them only what the gateway or the connection adds.
fn check_headers(exchange: &Exchange, headers: &HeaderMap) {
    const ADDED: [&str; 7] = [
        "connection",
        "content-length",
        "date",
        "transfer-encoding",
        "x-gateway-model",
        "x-gateway-provider",
        "x-gateway-request-id",
    ];
    let recorded = of_the_answer(&exchange.response.headers);
    for name in recorded.keys() {
        let (ours, theirs) = (headers.get_all(name), recorded.get_all(name));
        assert!(
            ours.iter().eq(theirs.iter()),
            "{}: {name}: {ours:?} for {theirs:?}",
            exchange.name
        );
    }
    for name in headers.keys().filter(|name| !recorded.contains_key(*name)) {
        let added = ADDED.contains(&name.as_str()) || name == "x-amzn-requestid";
        assert!(added, "{}: {name} was added", exchange.name);
    }
    assert_eq!(
        headers.contains_key("x-gateway-request-id"),
        recorded.contains_key("x-amzn-requestid"),
        "{}: our id moves aside for AWS's",
        exchange.name
    );
}

fn fit(exchanges: Vec<Exchange>) -> Vec<Exchange> {
    exchanges
        .into_iter()
        .filter(|exchange| {
            exchange.answer_is_fit_for_bytes() || !exchange.response.status.is_success()
        })
        .collect()
}

const ALL: Counts = Counts {
    unary: 135,
    streams: 96,
    errors: 62,
};

#[tokio::test]
async fn every_recorded_answer_comes_back_byte_for_byte_from_an_upstream_with_an_api_key() {
    let test = "every_recorded_answer_comes_back_byte_for_byte_from_an_upstream_with_an_api_key";
    let Some(exchanges) = exchanges(test) else {
        return;
    };
    let exchanges = fit(exchanges);
    let counts = check(
        &exchanges,
        Pieces::Whole,
        Protocol::Http1,
        Credentials::Bearer,
    )
    .await;
    assert_eq!(counts, ALL);
}

#[tokio::test]
async fn every_recorded_answer_comes_back_byte_for_byte_from_an_upstream_that_checks_signatures() {
    let test =
        "every_recorded_answer_comes_back_byte_for_byte_from_an_upstream_that_checks_signatures";
    let Some(exchanges) = exchanges(test) else {
        return;
    };
    let exchanges = fit(exchanges);
    let credentials = Credentials::TemporaryKeys;
    let counts = check(&exchanges, Pieces::Frames, Protocol::H2c, credentials).await;
    assert_eq!(counts, ALL);
}

#[tokio::test]
async fn a_recorded_stream_is_the_same_however_its_bytes_arrive() {
    let Some(exchanges) = exchanges("a_recorded_stream_is_the_same_however_its_bytes_arrive")
    else {
        return;
    };
    let mut streams = fit(exchanges);
    streams.retain(is_stream);
    let (http1, h2c) = (Protocol::Http1, Protocol::H2c);
    let counts = check(&streams, Pieces::Of(3), h2c, Credentials::Bearer).await;
    assert_eq!(counts.streams, ALL.streams);
    let counts = check(&streams, Pieces::Of(1), http1, Credentials::Keys).await;
    assert_eq!(counts.streams, ALL.streams);
}
