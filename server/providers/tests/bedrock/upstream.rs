//! An upstream that says exactly the bytes it is told to, and keeps the bytes it was sent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Uri;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::PATIENCE;

/// What the upstream does once it has read a whole request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Waits until the other side closes the connection.
    AwaitClose,
    /// Closes the connection.
    Close,
    /// Writes these bytes again and again until the other side closes the connection.
    Repeat(Vec<u8>),
}

/// A listener on a free port; each request on each connection is answered by the next script.
pub(crate) struct Upstream {
    address: SocketAddr,
    requests: mpsc::UnboundedReceiver<Received>,
    closed: mpsc::UnboundedReceiver<()>,
    n_connections: Arc<AtomicUsize>,
}

impl Upstream {
    /// Answers every request by the same script.
    pub(crate) async fn doing(script: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (seen, requests) = mpsc::unbounded_channel();
        let (close, closed) = mpsc::unbounded_channel();
        let n_connections = Arc::new(AtomicUsize::new(0));
        let n_accepted = Arc::clone(&n_connections);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                n_accepted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(
                    connection,
                    script.clone(),
                    seen.clone(),
                    close.clone(),
                ));
            }
        });
        Self {
            address,
            requests,
            closed,
            n_connections,
        }
    }

    /// Answers every request with these bytes.
    pub(crate) async fn saying(answer: impl Into<Vec<u8>>) -> Self {
        Self::doing(vec![Step::Write(answer.into())]).await
    }

    /// Its address, with a path.
    pub(crate) fn uri(&self, path: &str) -> Uri {
        format!("http://{}{path}", self.address)
            .parse()
            .expect("an address")
    }

    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// The next request that came.
    pub(crate) async fn received(&mut self) -> Received {
        tokio::time::timeout(PATIENCE, self.requests.recv())
            .await
            .expect("a request comes")
            .expect("the upstream runs")
    }

    /// How many connections were made to it so far.
    pub(crate) fn n_connections(&self) -> usize {
        self.n_connections.load(Ordering::Relaxed)
    }

    /// Whether a request came that nobody has looked at.
    pub(crate) fn was_asked(&mut self) -> bool {
        self.requests.try_recv().is_ok()
    }

    /// Whether the other side has closed a connection so far.
    pub(crate) fn has_closed(&mut self) -> bool {
        self.closed.try_recv().is_ok()
    }

    /// Waits until the other side has closed a connection.
    pub(crate) async fn closed(&mut self) {
        tokio::time::timeout(PATIENCE, self.closed.recv())
            .await
            .expect("the connection is closed")
            .expect("the upstream runs");
    }
}

/// A request as the bytes of HTTP/1.1 had it.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) target: String,
    /// Names in lower case, in the order of the wire.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// Reads one request from the front of the bytes; none where its end has not come.
    pub(crate) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..head_end].to_vec()).expect("a head of text");
        let mut lines = head.split("\r\n");
        let mut first = lines.next().expect("a request line").split(' ');
        let (method, target) = (first.next(), first.next());
        let headers: Vec<_> = lines
            .map(|line| {
                let (name, value) = line.split_once(':').expect("a header");
                (name.to_ascii_lowercase(), value.trim().to_owned())
            })
            .collect();
        let length = headers
            .iter()
            .find(|(name, _)| name == "content-length")
            .map_or(0, |(_, value)| value.parse().expect("a length"));
        let body = bytes.get(head_end + 4..head_end + 4 + length)?.to_vec();
        let request = Self {
            method: method.expect("a method").to_owned(),
            target: target.expect("a target").to_owned(),
            headers,
            body,
        };
        Some((request, head_end + 4 + length))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(known, _)| known == name);
        let (_, value) = named.next()?;
        assert!(named.next().is_none(), "{name} stands once");
        Some(value)
    }

    pub(crate) fn header_names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.headers.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        names
    }
}

async fn serve(
    mut connection: TcpStream,
    script: Vec<Step>,
    seen: mpsc::UnboundedSender<Received>,
    close: mpsc::UnboundedSender<()>,
) {
    connection.set_nodelay(true).expect("a socket option");
    let mut bytes = Vec::new();
    loop {
        while let Some((request, length)) = Received::parse(&bytes) {
            bytes.drain(..length);
            // Nobody listens any more once the test is over.
            let _over = seen.send(request);
            for step in &script {
                match step {
                    Step::Write(bytes) => {
                        if connection.write_all(bytes).await.is_err() {
                            let _over = close.send(());
                            return;
                        }
                        tokio::task::yield_now().await;
                    }
                    Step::AwaitClose => {
                        while connection.read_buf(&mut bytes).await.is_ok_and(|n| n > 0) {}
                        let _over = close.send(());
                        return;
                    }
                    Step::Close => return,
                    Step::Repeat(bytes) => {
                        while connection.write_all(bytes).await.is_ok() {
                            tokio::task::yield_now().await;
                        }
                        let _over = close.send(());
                        return;
                    }
                }
            }
        }
        if connection.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            let _over = close.send(());
            return;
        }
    }
}

/// An answer with the length of its body.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut bytes = head(status, headers);
    let body = body.as_ref();
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// An answer in the given HTTP chunks, which ends as it should.
pub(crate) fn chunked<'a>(
    status: u16,
    headers: &[(&str, &str)],
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let mut bytes = unended(status, headers, pieces);
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// The same without the last chunk, by which the end is known.
pub(crate) fn unended<'a>(
    status: u16,
    headers: &[(&str, &str)],
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let mut bytes = head(status, headers);
    bytes.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
    for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
        bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        bytes.extend_from_slice(piece);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Some Reason\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.into_bytes()
}
