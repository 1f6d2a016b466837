//! A client that reads a stream frame by frame from a bare socket, so that it sees what arrives when.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rest_json::frame::{Frame, FrameDecoder, FrameKind};

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Client {
    stream: TcpStream,
    /// Bytes of the body's chunked coding that are not taken apart yet.
    pending: Vec<u8>,
    decoder: FrameDecoder,
    frames: VecDeque<Frame>,
    n_reads: usize,
    ended: bool,
    exception: Option<String>,
}

impl Client {
    /// Sends a ConverseStream request and returns without waiting for the answer.
    pub(crate) fn converse_stream(endpoint: &str, model: &str, text: &str) -> Self {
        let address = endpoint.trim_start_matches("http://");
        let (address, prefix) = address.split_once('/').unwrap();
        let body = format!(
            "{{\"messages\":[{{\"role\":\"user\",\"content\":[{{\"text\":\"{text}\"}}]}}]}}"
        );
        let model = model.replace('/', "%2F");
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "POST /{prefix}/model/{model}/converse-stream HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        Self {
            stream,
            pending: Vec::new(),
            decoder: FrameDecoder::new(1 << 20),
            frames: VecDeque::new(),
            n_reads: 0,
            ended: false,
            exception: None,
        }
    }

    /// The payload of the next frame; none at the end of the answer.
    pub(crate) fn next(&mut self) -> Option<String> {
        while self.frames.is_empty() && !self.ended {
            self.read();
        }
        let frame = self.frames.pop_front()?;
        if let FrameKind::Exception(name) = frame.kind() {
            self.exception = Some(name.to_owned());
        }
        Some(String::from_utf8(frame.payload.to_vec()).unwrap())
    }

    /// The name of the exception that the last frame was, if it was one.
    pub(crate) fn last_exception(&self) -> Option<String> {
        self.exception.clone()
    }

    /// How many reads of the socket found something.
    pub(crate) fn n_reads(&self) -> usize {
        self.n_reads
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::now()
    }

    /// Closes the connection and says when.
    pub(crate) fn hang_up(self) -> Instant {
        drop(self.stream);
        Instant::now()
    }

    fn read(&mut self) {
        let mut bytes = [0; 16 * 1024];
        let n_bytes = self.stream.read(&mut bytes).expect("an answer in time");
        assert!(n_bytes > 0, "the connection was cut");
        self.n_reads += 1;
        self.pending.extend_from_slice(&bytes[..n_bytes]);
        self.skip_head();
        while let Some(chunk) = self.chunk() {
            self.ended |= chunk.is_empty();
            self.frames.extend(self.decoder.push(&chunk).unwrap());
        }
    }

    fn skip_head(&mut self) {
        if self.pending.starts_with(b"HTTP/1.1 ") {
            assert!(self.pending.starts_with(b"HTTP/1.1 200 "));
            let end = find(&self.pending, b"\r\n\r\n").expect("the head comes whole");
            self.pending.drain(..end + 4);
        }
    }

    /// The next whole chunk of the chunked coding.
    fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = find(&self.pending, b"\r\n")?;
        let length = std::str::from_utf8(&self.pending[..line]).unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        let (begin, end) = (line + 2, line + 2 + length);
        if self.pending.len() < end + 2 {
            return None;
        }
        let chunk = self.pending[begin..end].to_vec();
        self.pending.drain(..end + 2);
        Some(chunk)
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
