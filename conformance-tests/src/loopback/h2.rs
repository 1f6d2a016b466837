//! HTTP/2 by its frames (RFC 9113): what a well-behaved client library would hide, or never send.
//!
//! Only what these tests look at is read: of a header block the status, where it stands in HPACK's static table.

use std::net::SocketAddr;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::loopback::fault::{self, Fault, within};

/// What a connection begins with.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What a frame is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    Data,
    Headers,
    Reset,
    Settings,
    Ping,
    GoAway,
    WindowUpdate,
    Other(u8),
}

const KINDS: [(u8, Kind); 7] = [
    (0, Kind::Data),
    (1, Kind::Headers),
    (3, Kind::Reset),
    (4, Kind::Settings),
    (6, Kind::Ping),
    (7, Kind::GoAway),
    (8, Kind::WindowUpdate),
];

impl Kind {
    fn of(code: u8) -> Self {
        KINDS
            .iter()
            .find(|(known, _)| *known == code)
            .map_or(Self::Other(code), |(_, kind)| *kind)
    }

    fn code(self) -> u8 {
        match self {
            Self::Other(code) => code,
            known => KINDS
                .iter()
                .find(|(_, kind)| *kind == known)
                .map_or(0, |(code, _)| *code),
        }
    }
}

/// One frame.
#[derive(Clone, Debug)]
pub struct Frame {
    pub kind: Kind,
    pub flags: u8,
    pub stream: u32,
    pub payload: Bytes,
}

impl Frame {
    /// On DATA and HEADERS: nothing follows on this stream.
    pub const END_STREAM: u8 = 0x1;
    /// On SETTINGS and PING: this answers one.
    pub const ACK: u8 = 0x1;
    /// On HEADERS: the block is whole.
    pub const END_HEADERS: u8 = 0x4;

    /// Whether nothing follows on its stream.
    #[must_use]
    pub fn ends_stream(&self) -> bool {
        match self.kind {
            Kind::Data | Kind::Headers => self.flags & Self::END_STREAM != 0,
            Kind::Reset => true,
            Kind::Settings | Kind::Ping | Kind::GoAway | Kind::WindowUpdate | Kind::Other(_) => {
                false
            }
        }
    }

    /// Whether it acknowledges settings or a ping.
    #[must_use]
    pub fn is_ack(&self) -> bool {
        matches!(self.kind, Kind::Settings | Kind::Ping) && self.flags & Self::ACK != 0
    }

    /// The status of a head, where it is one of the seven that HPACK numbers.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let (Kind::Headers, Some(first)) = (self.kind, self.payload.first()) else {
            return None;
        };
        // RFC 7541, appendix A, entries 8 to 14, each a single byte with its first bit set.
        let statuses = [200, 204, 206, 304, 400, 404, 500];
        let index = usize::from(first.checked_sub(0x88)?);
        statuses.get(index).copied()
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.payload.len()).unwrap_or(u32::MAX);
        // A length on the wire has three bytes.
        let [_, a, b, c] = length.to_be_bytes();
        let mut bytes = vec![a, b, c, self.kind.code(), self.flags];
        bytes.extend_from_slice(&self.stream.to_be_bytes());
        bytes.extend_from_slice(&self.payload);
        bytes
    }

    fn take(read: &mut BytesMut) -> Option<Self> {
        let [a, b, c, kind, flags, s @ ..] = *read.first_chunk::<9>()?;
        let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?;
        if read.len() < 9 + length {
            return None;
        }
        read.advance(9);
        Some(Self {
            kind: Kind::of(kind),
            flags,
            stream: u32::from_be_bytes(s) & 0x7fff_ffff,
            payload: read.split_to(length).freeze(),
        })
    }
}

/// The frames that a client sent after the preface, for a capture of a whole connection.
///
/// # Errors
/// It is not such a capture.
pub fn frames_of(raw: &[u8]) -> Result<Vec<Frame>, Fault> {
    let rest = raw
        .strip_prefix(PREFACE)
        .ok_or_else(|| Fault::new("no HTTP/2 preface"))?;
    let mut rest = BytesMut::from(rest);
    let mut frames = Vec::new();
    while let Some(frame) = Frame::take(&mut rest) {
        frames.push(frame);
    }
    if rest.is_empty() {
        Ok(frames)
    } else {
        Err(Fault::new("half a frame at the end"))
    }
}

/// A connection whose every frame the test sees.
#[derive(Debug)]
pub struct RawConnection {
    stream: TcpStream,
    read: BytesMut,
}

impl RawConnection {
    /// Connects and says nothing.
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

    /// Connects and sends preface and settings, with room for 1 MiB of answers.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn greet(address: SocketAddr) -> Result<Self, Fault> {
        const INITIAL_WINDOW_SIZE: [u8; 2] = [0, 4];
        const ROOM: [u8; 4] = (1_u32 << 20).to_be_bytes();
        let mut connection = Self::open(address).await?;
        connection.write(PREFACE).await?;
        let settings = [&INITIAL_WINDOW_SIZE[..], &ROOM].concat();
        connection.send(Kind::Settings, 0, 0, settings).await?;
        connection
            .send(Kind::WindowUpdate, 0, 0, ROOM.to_vec())
            .await?;
        Ok(connection)
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// The other side has closed.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        within("writing frames", self.stream.write_all(bytes))
            .await?
            .map_err(fault::of("writing frames"))
    }

    /// Writes one frame.
    ///
    /// # Errors
    /// The other side has closed.
    pub async fn send(
        &mut self,
        kind: Kind,
        flags: u8,
        stream: u32,
        payload: impl Into<Bytes>,
    ) -> Result<(), Fault> {
        let frame = Frame {
            kind,
            flags,
            stream,
            payload: payload.into(),
        };
        self.write(&frame.to_bytes()).await
    }

    /// Sends the head of a request whose body follows.
    ///
    /// # Errors
    /// The other side has closed.
    pub async fn begin(&mut self, stream: u32, headers: &[(&str, &str)]) -> Result<(), Fault> {
        self.send(Kind::Headers, Frame::END_HEADERS, stream, block(headers))
            .await
    }

    /// Sends a whole request on that stream.
    ///
    /// # Errors
    /// The other side has closed.
    pub async fn request(
        &mut self,
        stream: u32,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<(), Fault> {
        self.begin(stream, headers).await?;
        self.send(Kind::Data, Frame::END_STREAM, stream, body.to_vec())
            .await
    }

    /// The next frame; none once the other side has closed.
    ///
    /// # Errors
    /// Nothing comes.
    pub async fn next(&mut self) -> Result<Option<Frame>, Fault> {
        within("the next frame", async {
            loop {
                if let Some(frame) = Frame::take(&mut self.read) {
                    return Ok(Some(frame));
                }
                // A reset is an end as well.
                let n_read = self.stream.read_buf(&mut self.read).await.unwrap_or(0);
                if n_read == 0 {
                    return Ok(None);
                }
            }
        })
        .await?
    }

    /// The next frame of that kind; those before it are dropped.
    ///
    /// # Errors
    /// None comes.
    pub async fn next_of(&mut self, kind: Kind) -> Result<Frame, Fault> {
        loop {
            match self.next().await? {
                Some(frame) if frame.kind == kind => return Ok(frame),
                Some(_) => {}
                None => {
                    return Err(Fault::new(format!(
                        "the connection closed before a frame of kind {kind:?}"
                    )));
                }
            }
        }
    }

    /// All frames of one stream, from here to its end.
    ///
    /// # Errors
    /// It does not end.
    pub async fn stream(&mut self, stream: u32) -> Result<Vec<Frame>, Fault> {
        let mut frames = Vec::new();
        loop {
            let frame = self.next().await?;
            let frame = frame.ok_or_else(|| Fault::new("the connection closed in mid-stream"))?;
            if frame.stream == stream && frame.kind != Kind::WindowUpdate {
                let over = frame.ends_stream();
                frames.push(frame);
                if over {
                    return Ok(frames);
                }
            }
        }
    }
}

/// A header block of literals without Huffman coding and without indexing (RFC 7541, 6.2.2).
fn block(headers: &[(&str, &str)]) -> Bytes {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(0);
        push_text(&mut block, name);
        push_text(&mut block, value);
    }
    block.into()
}

/// A text with its length, a number with a prefix of seven bits (RFC 7541, 5.1).
fn push_text(block: &mut Vec<u8>, text: &str) {
    const LARGEST: usize = 0x7f;
    match text.len().checked_sub(LARGEST) {
        None => block.push(u8::try_from(text.len()).unwrap_or(0)),
        Some(mut rest) => {
            block.push(0x7f);
            while rest >= 0x80 {
                block.push(u8::try_from(rest & 0x7f).unwrap_or(0) | 0x80);
                rest >>= 7;
            }
            block.push(u8::try_from(rest).unwrap_or(0));
        }
    }
    block.extend_from_slice(text.as_bytes());
}
