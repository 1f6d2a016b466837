//! Bytes inside JSON: base64 text, decoded when somebody needs the bytes.

use std::fmt;
use std::sync::{Arc, OnceLock};

use base64_simd::{Out, STANDARD};
use bytes::Bytes;

use crate::error::{DecodeError, Reason};
use crate::json::{FromJson, Reader, ToJson, Writer};

/// Bytes that are base64 in JSON (RFC 4648 section 4, with padding, nothing else in between).
///
/// What was read is checked at once and kept as text, so that passing it on costs neither a decoding nor an encoding.
/// Cloning shares text and bytes. Two blobs are equal when their bytes are. `Debug` tells the length only.
#[derive(Clone)]
pub struct Blob(Form);

#[derive(Clone)]
enum Form {
    /// Checked base64, and the bytes once somebody asked for them.
    Text(Arc<str>, Arc<OnceLock<Bytes>>),
    Bytes(Bytes),
}

impl Blob {
    /// Takes base64 text.
    pub fn from_base64(text: &str) -> Result<Self, DecodeError> {
        match STANDARD.check(text.as_bytes()) {
            Ok(()) => Ok(Self(Form::Text(text.into(), Arc::default()))),
            Err(_) => Err(DecodeError::new(Reason::Invalid("not valid base64"))),
        }
    }

    /// Takes bytes of our own; they are encoded when they are written.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Form::Bytes(bytes.into()))
    }

    /// The bytes, decoded on the first call.
    pub fn bytes(&self) -> &Bytes {
        match &self.0 {
            Form::Bytes(bytes) => bytes,
            // The text was checked when it was taken, so decoding cannot fail and the default is never used.
            Form::Text(text, bytes) => bytes.get_or_init(|| {
                STANDARD
                    .decode_to_vec(text.as_bytes())
                    .map(Bytes::from)
                    .unwrap_or_default()
            }),
        }
    }

    /// How many bytes there are, told without decoding.
    pub fn decoded_len(&self) -> usize {
        match &self.0 {
            Form::Bytes(bytes) => bytes.len(),
            Form::Text(text, _) => {
                let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
                (text.len() / 4 * 3).saturating_sub(padding)
            }
        }
    }

    /// The base64 text: the one that came, or a new one.
    pub fn to_base64(&self) -> String {
        match &self.0 {
            Form::Bytes(bytes) => STANDARD.encode_to_string(bytes),
            Form::Text(text, _) => text.as_ref().to_owned(),
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.decoded_len() == 0
    }
}

impl Default for Blob {
    fn default() -> Self {
        Self::from_bytes(Bytes::new())
    }
}

impl From<Bytes> for Blob {
    fn from(bytes: Bytes) -> Self {
        Self::from_bytes(bytes)
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_bytes(bytes)
    }
}

impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            // Checked base64 is canonical: bits behind the last byte are refused, so each text has its own bytes.
            (Form::Text(one, _), Form::Text(other, _)) => one == other,
            (Form::Bytes(one), Form::Bytes(other)) => one == other,
            (Form::Text(text, _), Form::Bytes(bytes))
            | (Form::Bytes(bytes), Form::Text(text, _)) => {
                self.decoded_len() == other.decoded_len() && spells(text, bytes)
            }
        }
    }
}

impl Eq for Blob {}

/// Whether the text is the bytes' base64, compared through a small buffer.
fn spells(text: &str, bytes: &[u8]) -> bool {
    const STEP: usize = 48;
    let mut buffer = [0; STEP / 3 * 4];
    let mut pieces = text.as_bytes().chunks(buffer.len());
    bytes.chunks(STEP).all(|chunk| {
        let encoded = STANDARD.encode(chunk, Out::from_slice(&mut buffer));
        pieces.next() == Some(&*encoded)
    })
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.decoded_len())
    }
}

impl FromJson for Blob {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::from_base64(&reader.string()?)
    }
}

impl ToJson for Blob {
    fn write(&self, writer: &mut Writer) {
        // The base64 alphabet needs no escapes.
        writer.raw("\"");
        match &self.0 {
            Form::Text(text, _) => writer.raw(text),
            Form::Bytes(bytes) => writer.base64(bytes),
        }
        writer.raw("\"");
    }
}
