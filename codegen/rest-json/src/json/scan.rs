//! Tokens of JSON over the bytes of a checked UTF-8 text: white space, strings, numbers, whole values.
//!
//! Every function takes the text and a position and gives the position behind the token; none of them recurses.

use crate::error::Reason;
use crate::json::DEPTH_LIMIT;

pub(super) fn white_space(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// Behind the closing quote of the string whose opening quote is at `at`, and whether it holds escapes.
pub(super) fn string(text: &str, at: usize) -> Result<(usize, bool), Reason> {
    let bytes = text.as_bytes();
    let mut at = at + 1;
    let mut escaped = false;
    loop {
        at += plain(bytes.get(at..).unwrap_or_default());
        match bytes.get(at) {
            Some(b'"') => return Ok((at + 1, escaped)),
            Some(b'\\') => {
                escaped = true;
                at = escape(bytes, at)?.0;
            }
            Some(_) => return Err(Reason::Syntax("control character in a string")),
            None => return Err(Reason::Syntax("unfinished string")),
        }
    }
}

/// How many bytes from the first on stand for themselves in a string: all but quotes, backslashes and control characters.
pub(super) fn plain(bytes: &[u8]) -> usize {
    let is_special = |byte: u8| (byte == b'"') | (byte == b'\\') | (byte < 0x20);
    let mark = |byte| if is_special(byte) { 0xff } else { 0 };
    let (blocks, _) = bytes.as_chunks::<16>();
    let mut n_plain: usize = 0;
    for block in blocks {
        // All bytes are marked before anything branches: a few vector instructions.
        let marks = u128::from_le_bytes(block.map(mark));
        if marks != 0 {
            let n_before = usize::try_from(marks.trailing_zeros() / 8);
            return n_plain + n_before.unwrap_or_default();
        }
        n_plain += block.len();
    }
    let rest = bytes.get(n_plain..).unwrap_or_default();
    let n_more = rest.iter().position(|byte| is_special(*byte));
    n_plain + n_more.unwrap_or(rest.len())
}

/// Behind the escape whose backslash is at `at`, and the character it means.
fn escape(bytes: &[u8], at: usize) -> Result<(usize, char), Reason> {
    let plain = |character| Ok((at + 2, character));
    match bytes.get(at + 1) {
        Some(b'"') => plain('"'),
        Some(b'\\') => plain('\\'),
        Some(b'/') => plain('/'),
        Some(b'b') => plain('\u{8}'),
        Some(b'f') => plain('\u{c}'),
        Some(b'n') => plain('\n'),
        Some(b'r') => plain('\r'),
        Some(b't') => plain('\t'),
        Some(b'u') => unicode_escape(bytes, at),
        Some(_) | None => Err(Reason::Syntax("unknown escape in a string")),
    }
}

fn unicode_escape(bytes: &[u8], at: usize) -> Result<(usize, char), Reason> {
    const LONE: Reason = Reason::Syntax("lone surrogate in a string");
    let first = hex4(bytes, at + 2)?;
    if let Some(character) = char::from_u32(first) {
        return Ok((at + 6, character));
    }
    // Only surrogates are no characters below 0x10000, so a second half must follow the first.
    let follows = bytes.get(at + 6) == Some(&b'\\') && bytes.get(at + 7) == Some(&b'u');
    if first >= 0xdc00 || !follows {
        return Err(LONE);
    }
    let second = hex4(bytes, at + 8)?;
    if !(0xdc00..0xe000).contains(&second) {
        return Err(LONE);
    }
    let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    char::from_u32(joined)
        .map(|character| (at + 12, character))
        .ok_or(LONE)
}

fn hex4(bytes: &[u8], at: usize) -> Result<u32, Reason> {
    let digits = bytes.get(at..at + 4).unwrap_or_default();
    if digits.len() < 4 {
        return Err(Reason::Syntax("unfinished escape in a string"));
    }
    digits.iter().try_fold(0, |sum, digit| {
        let digit = char::from(*digit).to_digit(16);
        digit
            .map(|digit| sum * 16 + digit)
            .ok_or(Reason::Syntax("bad escape in a string"))
    })
}

/// The meaning of a string token's inside that [`string`] has accepted.
pub(super) fn unescape(inside: &str) -> Result<String, Reason> {
    let mut out = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        let (plain, escaped) = rest.split_at(at);
        out.push_str(plain);
        let (behind, character) = escape(escaped.as_bytes(), 0)?;
        out.push(character);
        rest = escaped.get(behind..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(out)
}

/// Behind the number that begins at `at` with a digit or a minus.
pub(super) fn number(text: &str, at: usize) -> Result<usize, Reason> {
    const BAD: Reason = Reason::Syntax("bad number");
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        let start = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at == start { Err(BAD) } else { Ok(at) }
    };
    let mut at = if bytes.get(at) == Some(&b'-') {
        at + 1
    } else {
        at
    };
    at = match bytes.get(at) {
        Some(b'0') => at + 1,
        Some(b'1'..=b'9') => digits(at)?,
        Some(_) | None => return Err(BAD),
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits(at)?;
    }
    // `01` and `1x` end a token here that no delimiter follows; the caller's next step refuses what comes.
    Ok(at)
}

/// Behind `true`, `false` or `null` at `at`.
pub(super) fn word(text: &str, at: usize, word: &'static str) -> Result<usize, Reason> {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    if rest.starts_with(word.as_bytes()) {
        Ok(at + word.len())
    } else {
        Err(Reason::Syntax("unknown word"))
    }
}

/// Behind the one whole value that begins at `at`, white space skipped before, of at most `DEPTH_LIMIT - depth` levels.
pub(super) fn value(text: &str, at: usize, depth: usize) -> Result<usize, Reason> {
    let bytes = text.as_bytes();
    let mut open = Nesting::new(depth);
    let mut at = at;
    loop {
        at = white_space(text, at);
        match bytes.get(at) {
            Some(b'{') => {
                at = white_space(text, at + 1);
                if bytes.get(at) != Some(&b'}') {
                    open.push(true)?;
                    at = key(text, at)?;
                    continue;
                }
                open.fits()?;
                at += 1;
            }
            Some(b'[') => {
                at = white_space(text, at + 1);
                if bytes.get(at) != Some(&b']') {
                    open.push(false)?;
                    continue;
                }
                open.fits()?;
                at += 1;
            }
            Some(b'"') => at = string(text, at)?.0,
            Some(b'-' | b'0'..=b'9') => at = number(text, at)?,
            Some(b't') => at = word(text, at, "true")?,
            Some(b'f') => at = word(text, at, "false")?,
            Some(b'n') => at = word(text, at, "null")?,
            Some(_) => return Err(Reason::Syntax("expected a value")),
            None => return Err(Reason::Syntax("unexpected end")),
        }
        // A value is complete: close what ends here, then go on behind the comma.
        loop {
            let Some(in_object) = open.top() else {
                return Ok(at);
            };
            at = white_space(text, at);
            match (bytes.get(at), in_object) {
                (Some(b','), true) => {
                    at = key(text, white_space(text, at + 1))?;
                    break;
                }
                (Some(b','), false) => {
                    at += 1;
                    break;
                }
                (Some(b'}'), true) | (Some(b']'), false) => {
                    at += 1;
                    open.pop();
                }
                (Some(_), _) => return Err(Reason::Syntax("expected a comma or an end")),
                (None, _) => return Err(Reason::Syntax("unexpected end")),
            }
        }
    }
}

/// Behind the colon of the key whose quote is at `at`.
fn key(text: &str, at: usize) -> Result<usize, Reason> {
    let bytes = text.as_bytes();
    if bytes.get(at) != Some(&b'"') {
        return Err(Reason::Syntax("expected a member name"));
    }
    let at = white_space(text, string(text, at)?.0);
    if bytes.get(at) != Some(&b':') {
        return Err(Reason::Syntax("expected a colon"));
    }
    Ok(at + 1)
}

/// Which of the open levels are objects, a bit a level.
struct Nesting {
    objects: u128,
    open: usize,
    outside: usize,
}

impl Nesting {
    fn new(outside: usize) -> Self {
        Self {
            objects: 0,
            open: 0,
            outside,
        }
    }

    fn fits(&self) -> Result<(), Reason> {
        if self.outside + self.open < DEPTH_LIMIT {
            Ok(())
        } else {
            Err(Reason::TooDeep)
        }
    }

    fn push(&mut self, object: bool) -> Result<(), Reason> {
        self.fits()?;
        self.objects = (self.objects << 1) | u128::from(object);
        self.open += 1;
        Ok(())
    }

    fn pop(&mut self) {
        self.objects >>= 1;
        self.open = self.open.saturating_sub(1);
    }

    fn top(&self) -> Option<bool> {
        (self.open > 0).then_some(self.objects & 1 == 1)
    }
}
