//! The input of a tool's call as its pieces come.

use rest_json::Document;

/// What has come of an input, and how much of it has been told.
#[derive(Debug, Default)]
pub(crate) struct Input {
    text: String,
    n_told: usize,
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    /// An object or a list has ended, and nothing holds it.
    is_balanced: bool,
    /// Whether it is whole, once asked and until more comes.
    is_whole: Option<bool>,
}

impl Input {
    /// The next piece. White space behind a whole input is no part of it.
    pub(crate) fn push(&mut self, piece: &str) {
        let is_blank = piece.trim_ascii().is_empty();
        if is_blank && self.is_whole() {
            return;
        }
        for byte in piece.bytes() {
            self.step(byte);
        }
        self.text.push_str(piece);
        if !is_blank {
            self.is_whole = None;
        }
    }

    fn step(&mut self, byte: u8) {
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' if self.in_string => self.is_escaped = true,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.is_balanced |= self.depth == 0;
            }
            _ => {}
        }
    }

    /// What has not been told yet, which now has been.
    pub(super) fn untold(&mut self) -> &str {
        let n_told = std::mem::replace(&mut self.n_told, self.text.len());
        self.text.get(n_told..).unwrap_or_default()
    }

    /// All that has come.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the call is one without arguments, for which some servers say `null`.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self.text.trim_ascii(), "" | "null")
    }

    /// Whether it is nothing or may yet turn out to be.
    pub(super) fn may_be_nothing(&self) -> bool {
        "null".starts_with(self.text.trim_ascii())
    }

    /// Whether it is one object or list, behind which only white space can follow. Costs no more than its length in all, however
    /// often it is asked.
    pub(crate) fn is_whole(&mut self) -> bool {
        if !self.is_balanced || self.depth > 0 {
            return false;
        }
        let is_whole = self.is_whole.unwrap_or_else(|| self.is_json());
        self.is_whole = Some(is_whole);
        is_whole
    }

    /// Whether it is JSON of any kind.
    pub(crate) fn is_json(&self) -> bool {
        Document::new(&self.text).is_ok()
    }
}
