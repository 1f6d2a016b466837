//! Each `.raw` file holds the request that its `.json` describes.

use bytes::Bytes;
use conformance_tests::captures::{self, Capture, Version};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[test]
fn a_raw_file_over_http_1_is_one_request_as_described() {
    let mut seen = 0;
    for capture in captures_in(Version::Http11) {
        let request = Http1::parse(&capture.raw)
            .unwrap_or_else(|| panic!("{}: no HTTP/1.1 head", capture.name));
        assert_eq!(
            request.line,
            format!("{} {} HTTP/1.1", capture.method, capture.target),
            "{}",
            capture.name
        );
        assert_eq!(request.headers, capture.headers, "{}", capture.name);
        assert_eq!(request.body, capture.body, "{}", capture.name);
        seen += 1;
    }
    assert_eq!(seen, 151);
}

#[test]
fn a_raw_file_over_http_2_is_one_connection_with_one_stream() {
    let mut seen = 0;
    for capture in captures_in(Version::Http2) {
        let frames =
            h2_frames(&capture.raw).unwrap_or_else(|| panic!("{}: no HTTP/2 frames", capture.name));
        let heads: Vec<u32> = frames
            .iter()
            .filter(|frame| frame.kind == 1)
            .map(|frame| frame.stream)
            .collect();
        let &[stream] = heads.as_slice() else {
            panic!("{}: {} streams", capture.name, heads.len())
        };
        let data = frames
            .iter()
            .filter(|frame| frame.kind == 0 && frame.stream == stream);
        assert_eq!(
            data.map(H2Frame::data).collect::<Vec<_>>().concat(),
            capture.body,
            "{}",
            capture.name
        );
        let pseudo = |name: &str| {
            capture
                .headers
                .iter()
                .find(|header| header.0 == name)
                .map(|header| header.1.as_str())
        };
        assert_eq!(
            pseudo(":method"),
            Some(capture.method.as_str()),
            "{}",
            capture.name
        );
        assert_eq!(
            pseudo(":path"),
            Some(capture.target.as_str()),
            "{}",
            capture.name
        );
        seen += 1;
    }
    assert_eq!(seen, 39);
}

fn captures_in(version: Version) -> impl Iterator<Item = Capture> {
    captures::load()
        .unwrap()
        .into_iter()
        .filter(move |capture| capture.version == version)
}

/// The parts of an HTTP/1.1 request.
struct Http1 {
    line: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Http1 {
    fn parse(raw: &Bytes) -> Option<Self> {
        let end = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&raw[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let line = lines.next()?.to_owned();
        let headers: Vec<(String, String)> = lines
            .map(|line| {
                line.split_once(':')
                    .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            })
            .collect::<Option<_>>()?;
        let chunked = headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("transfer-encoding") && value == "chunked"
        });
        let body = raw.slice(end + 4..);
        Some(Self {
            line,
            headers,
            body: if chunked { unchunked(&body)? } else { body },
        })
    }
}

fn unchunked(mut body: &[u8]) -> Option<Bytes> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).ok()?, 16).ok()?;
        let chunk = body.get(end + 2..end + 2 + size)?;
        whole.extend_from_slice(chunk);
        body = body.get(end + 2 + size..)?.strip_prefix(b"\r\n")?;
        if size == 0 {
            return body.is_empty().then(|| whole.into());
        }
    }
}

/// One HTTP/2 frame (RFC 9113, section 4.1).
struct H2Frame<'a> {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: &'a [u8],
}

impl<'a> H2Frame<'a> {
    /// The payload of a DATA frame without its padding.
    fn data(&self) -> &'a [u8] {
        const PADDED: u8 = 0x8;
        match self.payload {
            [padding, rest @ ..] if self.flags & PADDED != 0 => {
                &rest[..rest.len() - usize::from(*padding)]
            }
            whole => whole,
        }
    }
}

fn h2_frames(raw: &[u8]) -> Option<Vec<H2Frame<'_>>> {
    let mut rest = raw.strip_prefix(PREFACE)?;
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let (head, after) = rest.split_at_checked(9)?;
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0_u32, |number, byte| (number << 8) | u32::from(*byte))
        };
        let length = usize::try_from(number(&head[..3])).ok()?;
        let (payload, after) = after.split_at_checked(length)?;
        frames.push(H2Frame {
            kind: head[3],
            flags: head[4],
            stream: number(&head[5..9]) & 0x7fff_ffff,
            payload,
        });
        rest = after;
    }
    Some(frames)
}
