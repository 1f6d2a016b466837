//! Each captured request sent again, byte for byte, to a running gateway whose upstream takes everything.
//!
//! What arrives at the upstream is what the SDK asked for: the same target below the prefix, the same body.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use conformance_tests::captures::{self, Capture, Version};
use conformance_tests::live::gateway::Gateway;

use crate::table::{self, Row};

/// Long enough for a slow machine; nothing waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request at the upstream.
struct Arrived {
    method: String,
    target: String,
    body: Vec<u8>,
}

/// Takes every request on any number of connections, answers `{}`, and tells what came.
fn upstream() -> (String, Receiver<Arrived>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, arrivals) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let tell = tell.clone();
            std::thread::spawn(move || serve(&stream, &tell));
        }
    });
    (address, arrivals)
}

fn serve(mut stream: &TcpStream, tell: &Sender<Arrived>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(arrived) = request(&mut reader) {
        let answer =
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        // The test or the gateway may be gone, which ends the connection.
        if tell.send(arrived).is_err() || stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Reads one request with a Content-Length, which is what the gateway sends.
fn request(reader: &mut BufReader<TcpStream>) -> Option<Arrived> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut words = line.split_whitespace().map(ToOwned::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut n_bytes = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            n_bytes = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; n_bytes];
    reader.read_exact(&mut body).ok()?;
    Some(Arrived {
        method,
        target,
        body,
    })
}

/// Whether the gateway itself answers, and with which status.
fn refused_with(row: &Row) -> Option<u16> {
    match row.refused {
        Some(table::Refusal::BadLabel) => Some(400),
        Some(table::Refusal::UnknownPath) => Some(404),
        None if row.operation.as_deref() == Some("InvokeModelWithBidirectionalStream") => Some(400),
        None => None,
    }
}

/// The path as it may go on: what is below the prefix, empty segments collapsed.
fn below_prefix(target: &str) -> String {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (target, String::new()),
    };
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let below = segments.strip_prefix(&["bedrock"]).unwrap_or(&segments);
    format!("/{}{query}", below.join("/"))
}

fn check(capture: &Capture, row: &Row, gateway: &str, arrivals: &Receiver<Arrived>) {
    let name = &capture.name;
    let mut stream = TcpStream::connect(gateway).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&capture.raw).unwrap();
    match refused_with(row) {
        None => {
            let arrived = arrivals
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("{name} did not reach the upstream"));
            assert_eq!(arrived.method, capture.method, "{name}");
            assert_eq!(arrived.target, below_prefix(&capture.target), "{name}");
            assert_eq!(arrived.body, capture.body, "{name}");
        }
        Some(status) => {
            let mut answer = [0; 12];
            stream
                .read_exact(&mut answer)
                .unwrap_or_else(|error| panic!("{name} was not answered: {error}"));
            // Over HTTP/2 the status is compressed with what came before; there it is enough that the gateway speaks.
            if capture.version == Version::Http11 {
                assert_eq!(answer, *format!("HTTP/1.1 {status}").as_bytes(), "{name}");
            }
        }
    }
}

#[test]
fn each_capture_reaches_the_upstream_as_its_sdk_meant_it() {
    let (upstream, arrivals) = upstream();
    let binary = Path::new(env!("CARGO_BIN_EXE_gateway-under-test"));
    let gateway = Gateway::start(binary, &upstream).unwrap();
    let endpoint = gateway.endpoint();
    let address = endpoint
        .trim_start_matches("http://")
        .trim_end_matches("/bedrock");
    let rows = table::rows();
    let mut counts: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for capture in captures::load().unwrap() {
        let row = &rows[&capture.name];
        check(&capture, row, address, &arrivals);
        let version = match capture.version {
            Version::Http11 => "HTTP/1.1",
            Version::Http2 => "HTTP/2",
        };
        *counts
            .entry((version, refused_with(row).is_none()))
            .or_default() += 1;
    }
    println!("captures over (version, relayed): {counts:?}");
    assert_eq!(counts.values().sum::<usize>(), 190);
    assert!(
        arrivals.try_recv().is_err(),
        "the upstream saw more than it should"
    );
}
