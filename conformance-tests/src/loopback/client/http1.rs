//! HTTP/1.1 over a bare socket.

use std::net::SocketAddr;

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Answer, Body};
use crate::loopback::fault::{self, Fault, within};

/// A connection over which a test writes the very bytes of its requests.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    read: BytesMut,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn open(address: SocketAddr) -> Result<Self, Fault> {
        let stream = TcpStream::connect(address)
            .await
            .map_err(fault::of("connecting"))?;
        stream.set_nodelay(true).map_err(fault::of("connecting"))?;
        Ok(Self {
            stream,
            read: BytesMut::new(),
        })
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// The other side has closed.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        within("writing a request", self.stream.write_all(bytes))
            .await?
            .map_err(fault::of("writing a request"))
    }

    /// The head of the next answer that is not an interim one.
    ///
    /// # Errors
    /// None came, or it is not HTTP/1.1.
    pub async fn answer(mut self) -> Result<Answer, Fault> {
        let (status, headers) = within("the head of an answer", async {
            loop {
                let (status, headers) = self.head().await?;
                if !status.is_informational() {
                    return Ok::<_, Fault>((status, headers));
                }
            }
        })
        .await??;
        let framing = framing(status, &headers)?;
        Ok(Answer {
            status,
            headers,
            body: Body::Http1 {
                connection: self,
                framing,
            },
        })
    }

    /// The status of the next head, which must be an interim one.
    ///
    /// # Errors
    /// None came.
    pub async fn interim(&mut self) -> Result<StatusCode, Fault> {
        let (status, _) = within("an interim head", self.head()).await??;
        match status.is_informational() {
            true => Ok(status),
            false => Err(Fault::new(format!("not an interim head: {status}"))),
        }
    }

    /// Whether the other side closes the connection without saying anything more.
    ///
    /// # Errors
    /// It does neither.
    pub async fn is_closed(mut self) -> Result<bool, Fault> {
        within("the end of the connection", async {
            // A reset is an end as well.
            let n_read = self.stream.read_buf(&mut self.read).await.unwrap_or(0);
            n_read == 0 && self.read.is_empty()
        })
        .await
    }

    async fn head(&mut self) -> Result<(StatusCode, HeaderMap), Fault> {
        let line = self.line().await?;
        let status = line
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3))
            .and_then(|code| code.parse().ok())
            .ok_or_else(|| Fault::new(format!("not a status line: {line:?}")))?;
        let mut headers = HeaderMap::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Ok((status, headers));
            }
            let header = line.split_once(':').and_then(|(name, value)| {
                let name: HeaderName = name.parse().ok()?;
                Some((name, HeaderValue::from_str(value.trim()).ok()?))
            });
            let (name, value) =
                header.ok_or_else(|| Fault::new(format!("not a header: {line:?}")))?;
            headers.append(name, value);
        }
    }

    async fn line(&mut self) -> Result<String, Fault> {
        loop {
            if let Some(end) = self.read.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.read.split_to(end);
                self.read.advance(2);
                return String::from_utf8(line.to_vec()).map_err(fault::of("a line of the head"));
            }
            self.more("a line of the head").await?;
        }
    }

    async fn more(&mut self, what: &str) -> Result<(), Fault> {
        match self.stream.read_buf(&mut self.read).await {
            Ok(0) => Err(Fault::new(format!("the connection closed before {what}"))),
            Ok(_) => Ok(()),
            Err(error) => Err(Fault::new(format!("{what}: {error}"))),
        }
    }

    /// Cancel safe: what was read stays in the buffer until it is given out whole.
    pub(super) async fn body(&mut self, framing: &mut Framing) -> Result<Option<Bytes>, Fault> {
        match framing {
            Framing::Ended => Ok(None),
            Framing::Length(0) => {
                *framing = Framing::Ended;
                Ok(None)
            }
            Framing::Length(left) => {
                if self.read.is_empty() {
                    self.more("the end of the body").await?;
                }
                let bytes = self.read.split_to(self.read.len().min(*left)).freeze();
                *left -= bytes.len();
                Ok(Some(bytes))
            }
            Framing::Close => {
                if self.read.is_empty() {
                    // The end of the connection is the end of the body.
                    let n_read = self
                        .stream
                        .read_buf(&mut self.read)
                        .await
                        .map_err(fault::of("the body"))?;
                    if n_read == 0 {
                        *framing = Framing::Ended;
                        return Ok(None);
                    }
                }
                Ok(Some(self.read.split().freeze()))
            }
            Framing::Chunked => loop {
                if let Some((size, start)) = chunk_size(&self.read)?
                    && self.read.len() >= start + size + 2
                {
                    self.read.advance(start);
                    let bytes = self.read.split_to(size).freeze();
                    if self.read.get(..2) != Some(b"\r\n") {
                        return Err(Fault::new("a chunk without its end, or a trailer"));
                    }
                    self.read.advance(2);
                    if size == 0 {
                        *framing = Framing::Ended;
                        return Ok(None);
                    }
                    return Ok(Some(bytes));
                }
                self.more("the last chunk").await?;
            },
        }
    }
}

/// How an HTTP/1.1 body tells its end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
    Close,
    Ended,
}

/// The size of the chunk that begins `read`, and where its bytes begin.
fn chunk_size(read: &[u8]) -> Result<Option<(usize, usize)>, Fault> {
    let Some(end) = read.windows(2).position(|pair| pair == b"\r\n") else {
        return Ok(None);
    };
    let size = read
        .get(..end)
        .and_then(|size| std::str::from_utf8(size).ok())
        .and_then(|size| usize::from_str_radix(size, 16).ok())
        .ok_or_else(|| Fault::new("not the size of a chunk"))?;
    Ok(Some((size, end + 2)))
}

fn framing(status: StatusCode, headers: &HeaderMap) -> Result<Framing, Fault> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (
        text(http::header::TRANSFER_ENCODING),
        text(http::header::CONTENT_LENGTH),
    ) {
        (Some("chunked"), None) => Ok(Framing::Chunked),
        (None, Some(length)) => length
            .parse()
            .map(Framing::Length)
            .map_err(fault::of("Content-Length")),
        (None, None) if status == StatusCode::NO_CONTENT => Ok(Framing::Ended),
        (None, None) => Ok(Framing::Close),
        both => Err(Fault::new(format!("the body has two ends: {both:?}"))),
    }
}

/// The bytes of a request over HTTP/1.1, with `Host` and `Content-Length` where the request has none.
///
/// # Errors
/// A header value is not text.
pub fn http1_bytes(request: &Request<Bytes>) -> Result<Vec<u8>, Fault> {
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let mut bytes = format!("{} {target} HTTP/1.1\r\n", request.method()).into_bytes();
    let mut header = |name: &str, value: &[u8]| {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    };
    if !request.headers().contains_key(http::header::HOST) {
        header("host", b"gateway.test");
    }
    for (name, value) in request.headers() {
        header(name.as_str(), value.as_bytes());
    }
    if !request.headers().contains_key(http::header::CONTENT_LENGTH) {
        header(
            "content-length",
            request.body().len().to_string().as_bytes(),
        );
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(request.body());
    Ok(bytes)
}
