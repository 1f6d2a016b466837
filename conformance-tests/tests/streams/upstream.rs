//! An upstream whose stream moves only when the test says so, and that notices when its caller is gone.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rest_json::Frame;

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Upstream {
    listener: TcpListener,
    stream: Option<TcpStream>,
}

/// The payload of the event of that number.
pub(crate) fn payload(index: usize) -> String {
    format!("{{\"contentBlockIndex\":0,\"delta\":{{\"text\":\"{index}\"}},\"p\":\"abc\"}}")
}

impl Upstream {
    pub(crate) fn start() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
            stream: None,
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.listener.local_addr().unwrap())
    }

    /// Takes the next call and answers with the head of a stream.
    pub(crate) fn accept(&mut self) {
        let (mut stream, _) = self.listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut request = Vec::new();
        let mut byte = [0; 4096];
        // The body ends in the brackets of its last member, and nothing before it does.
        while !request.ends_with(b"]}]}") {
            let n_bytes = stream.read(&mut byte).unwrap();
            request.extend_from_slice(&byte[..n_bytes]);
        }
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ntransfer-encoding: chunked\r\n\r\n")
            .unwrap();
        self.stream = Some(stream);
    }

    /// Sends the event of that number.
    pub(crate) fn tell(&mut self, index: usize) {
        self.send("contentBlockDelta", &payload(index));
    }

    /// Ends the message and the answer.
    pub(crate) fn finish(&mut self) {
        self.send("messageStop", "{\"stopReason\":\"end_turn\"}");
        self.stream.take().unwrap().write_all(b"0\r\n\r\n").unwrap();
    }

    /// Closes the connection in the middle of the answer.
    pub(crate) fn break_off(&mut self) {
        self.stream = None;
    }

    /// Waits until the caller has closed the connection, and says when that was noticed.
    pub(crate) fn closed(&mut self) -> Instant {
        let mut stream = self.stream.take().unwrap();
        let mut byte = [0; 1];
        // A reset is an end as well.
        let n_bytes = stream.read(&mut byte).unwrap_or(0);
        assert_eq!(n_bytes, 0, "the caller says nothing more");
        Instant::now()
    }

    fn send(&mut self, event_type: &str, payload: &str) {
        let frame = Frame::event(event_type, "application/json", payload.to_owned());
        let bytes = frame.encode().unwrap();
        let stream = self.stream.as_mut().unwrap();
        let chunk = [format!("{:x}\r\n", bytes.len()).as_bytes(), &bytes, b"\r\n"].concat();
        stream.write_all(&chunk).unwrap();
    }
}
