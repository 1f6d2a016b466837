//! Compact JSON as AWS prints it: members as they are given, unknown members merged in at their sorted place.

use std::collections::btree_map;
use std::fmt;
use std::iter::Peekable;

use crate::json::{ToJson, scan};
use crate::value::{Document, Unknowns};

/// Collects one JSON text.
pub struct Writer {
    out: Vec<u8>,
}

/// What a text has room for at first: most values are an event of a stream or smaller.
const ROOM_BYTES: usize = 128;

impl Default for Writer {
    fn default() -> Self {
        Self {
            out: Vec::with_capacity(ROOM_BYTES),
        }
    }
}

impl Writer {
    /// An empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Begins a structure: its members must be given in ascending order of their names' bytes.
    pub fn object<'w, 'u>(&'w mut self, unknown: &'u Unknowns) -> ObjectWriter<'w, 'u> {
        self.out.push(b'{');
        ObjectWriter {
            writer: self,
            pending: unknown.sorted().peekable(),
            first: true,
        }
    }

    /// Begins a list.
    pub fn list(&mut self) -> ListWriter<'_> {
        self.out.push(b'[');
        ListWriter {
            writer: self,
            first: true,
        }
    }

    /// Begins a map, whose entries stay in the order they are given.
    pub fn map(&mut self) -> MapWriter<'_> {
        self.out.push(b'{');
        MapWriter {
            writer: self,
            first: true,
        }
    }

    /// An object with exactly one member, as unions are.
    pub fn union<T: ToJson + ?Sized>(&mut self, member: &str, value: &T) {
        let mut map = self.map();
        map.entry(member, value);
        map.end();
    }

    /// A string, escaped as serde_json does: what must be, and nothing more.
    pub fn string(&mut self, text: &str) {
        // With its quotes, where nothing of it is escaped.
        self.out.reserve(text.len().saturating_add(2));
        self.out.push(b'"');
        let mut rest = text.as_bytes();
        while let Some((plain, behind)) = rest.split_at_checked(scan::plain(rest)) {
            self.out.extend_from_slice(plain);
            let Some((byte, behind)) = behind.split_first() else {
                break;
            };
            self.escaped(*byte);
            rest = behind;
        }
        self.out.push(b'"');
    }

    /// Text that is JSON already.
    pub fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// The base64 text of bytes, without quotes.
    pub(crate) fn base64(&mut self, bytes: &[u8]) {
        base64_simd::STANDARD.encode_append(bytes, &mut self.out);
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    /// An integer in decimal.
    pub fn integer<T: crate::json::Integer>(&mut self, value: T) {
        use std::io::Write as _;
        // Writing into a vector never fails.
        let _never = write!(self.out, "{value}");
    }

    /// `null`.
    pub fn null(&mut self) {
        self.raw("null");
    }

    fn escaped(&mut self, byte: u8) {
        let letter = match byte {
            b'"' | b'\\' => byte,
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            _ => {
                self.out.extend_from_slice(b"\\u00");
                self.out.push(hex_digit(byte >> 4));
                self.out.push(hex_digit(byte & 0xf));
                return;
            }
        };
        self.out.extend_from_slice(&[b'\\', letter]);
    }

    fn key(&mut self, first: &mut bool, name: &str) {
        if !std::mem::replace(first, false) {
            self.out.push(b',');
        }
        self.string(name);
        self.out.push(b':');
    }
}

/// Shows how much was written and not what.
impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Writer({} bytes)", self.out.len())
    }
}

fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 {
        b'0' + nibble
    } else {
        b'a' + (nibble - 10)
    }
}

/// Writes one structure; dropped without [`end`](Self::end) it leaves the text unfinished.
#[derive(Debug)]
#[must_use = "the object must be ended"]
pub struct ObjectWriter<'w, 'u> {
    writer: &'w mut Writer,
    pending: Peekable<btree_map::Iter<'u, Box<str>, Document>>,
    first: bool,
}

impl ObjectWriter<'_, '_> {
    /// Writes the member if it is there, and before it every unknown member whose name sorts before.
    pub fn member<T: ToJson>(&mut self, name: &str, value: &Option<T>) {
        let Some(value) = value else { return };
        self.unknowns_before(Some(name));
        // An unknown member of the same name can only have been put there by hand: what the model knows wins.
        let _same = self.pending.next_if(|(unknown, _)| ***unknown == *name);
        self.writer.key(&mut self.first, name);
        value.write(self.writer);
    }

    /// Writes the unknown members that are left, and the end.
    pub fn end(mut self) {
        self.unknowns_before(None);
        self.writer.out.push(b'}');
    }

    fn unknowns_before(&mut self, name: Option<&str>) {
        let before = |unknown: &str| name.is_none_or(|name| unknown < name);
        while let Some((unknown, value)) = self.pending.next_if(|(unknown, _)| before(unknown)) {
            self.writer.key(&mut self.first, unknown);
            value.write(self.writer);
        }
    }
}

/// Writes one list; dropped without [`end`](Self::end) it leaves the text unfinished.
#[derive(Debug)]
#[must_use = "the list must be ended"]
pub struct ListWriter<'w> {
    writer: &'w mut Writer,
    first: bool,
}

impl ListWriter<'_> {
    /// Writes the next item.
    pub fn item<T: ToJson + ?Sized>(&mut self, value: &T) {
        if !std::mem::replace(&mut self.first, false) {
            self.writer.out.push(b',');
        }
        value.write(self.writer);
    }

    /// Writes the end.
    pub fn end(self) {
        self.writer.out.push(b']');
    }
}

/// Writes one map; dropped without [`end`](Self::end) it leaves the text unfinished.
#[derive(Debug)]
#[must_use = "the map must be ended"]
pub struct MapWriter<'w> {
    writer: &'w mut Writer,
    first: bool,
}

impl MapWriter<'_> {
    /// Writes the next entry.
    pub fn entry<T: ToJson + ?Sized>(&mut self, key: &str, value: &T) {
        self.writer.key(&mut self.first, key);
        value.write(self.writer);
    }

    /// Writes the end.
    pub fn end(self) {
        self.writer.out.push(b'}');
    }
}
