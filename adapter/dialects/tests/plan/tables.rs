//! Small targets: one that takes everything, one like OpenAI, one like Anthropic, each with other verdicts where a test wants them.

use dialects::plan::{Leaf, Limits, Shape, Target, Verdict};
use llm::chat::{Dialect, Family};

/// A target whose table is written out.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    name: &'static str,
    rows: Vec<(Leaf, Verdict)>,
    pub(crate) limits: Limits,
    pub(crate) shape: Shape,
}

impl Table {
    /// The same target with another verdict on a leaf.
    pub(crate) fn but(mut self, leaf: Leaf, verdict: Verdict) -> Self {
        self.rows.insert(0, (leaf, verdict));
        self
    }
}

impl Target for Table {
    fn name(&self) -> &'static str {
        self.name
    }

    fn dialect(&self) -> Dialect {
        Dialect(self.name)
    }

    fn family(&self) -> Family {
        Family(self.name)
    }

    fn verdict(&self, leaf: Leaf) -> Verdict {
        let row = self.rows.iter().find(|(row, _)| *row == leaf);
        row.map_or(Verdict::Native, |(_, verdict)| *verdict)
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn shape(&self) -> Shape {
        self.shape
    }
}

/// Takes everything as it comes.
pub(crate) fn everything() -> Table {
    Table {
        name: "everything",
        rows: Vec::new(),
        limits: Limits::default(),
        shape: Shape {
            merges_turns: false,
            results_first: false,
            results_apart: false,
            calls_last: false,
            marks_cache: false,
        },
    }
}

/// Like OpenAI: results of tools are messages of their own and hold text only.
pub(crate) fn chat() -> Table {
    let rows = [
        (Leaf::SystemGuardText, Verdict::Exact("")),
        (Leaf::GuardText, Verdict::Exact("")),
        (Leaf::GuardImage, Verdict::Exact("")),
        (Leaf::CitationsText, Verdict::Exact("")),
        (Leaf::ToolResultJson, Verdict::Exact("")),
        (Leaf::DocumentPlain, Verdict::Approximate("")),
        (Leaf::DocumentText, Verdict::Approximate("")),
        (Leaf::DocumentContent, Verdict::Approximate("")),
        (Leaf::SearchResult, Verdict::Approximate("")),
        (Leaf::ToolResultImage, Verdict::Approximate("")),
        (Leaf::ToolResultDocument, Verdict::Approximate("")),
        (Leaf::ToolResultSearch, Verdict::Approximate("")),
        (Leaf::ToolResultError, Verdict::Approximate("")),
        (Leaf::DocumentContext, Verdict::Dropped("")),
        (Leaf::ReasoningSealed, Verdict::Dropped("")),
        (Leaf::ReasoningPlain, Verdict::Dropped("")),
        (Leaf::ReasoningRedacted, Verdict::Dropped("")),
        (Leaf::UnknownMember, Verdict::Dropped("")),
        (Leaf::CachePoint, Verdict::Silent("")),
        (Leaf::SystemCachePoint, Verdict::Silent("")),
        (Leaf::ToolCachePoint, Verdict::Silent("")),
        (Leaf::Prefill, Verdict::Refused("")),
        (Leaf::ImageObject, Verdict::Refused("")),
        (Leaf::DocumentOffice, Verdict::Refused("")),
        (Leaf::DocumentCitations, Verdict::Refused("")),
        (Leaf::SearchResultCitations, Verdict::Refused("")),
        (Leaf::Video, Verdict::Refused("")),
        (Leaf::ToolUseServer, Verdict::Refused("")),
        (Leaf::ToolResultServer, Verdict::Refused("")),
        (Leaf::BlockUnknown, Verdict::Refused("")),
    ];
    Table {
        name: "chat",
        rows: rows.to_vec(),
        limits: Limits::default(),
        shape: Shape {
            merges_turns: false,
            results_first: true,
            results_apart: true,
            calls_last: true,
            marks_cache: false,
        },
    }
}

/// Like Anthropic: turns alternate, results of tools come first, and cache points are marks.
pub(crate) fn claude() -> Table {
    let rows = [
        (Leaf::SystemGuardText, Verdict::Exact("")),
        (Leaf::GuardText, Verdict::Exact("")),
        (Leaf::GuardImage, Verdict::Exact("")),
        (Leaf::DocumentPlain, Verdict::Exact("")),
        (Leaf::ToolResultJson, Verdict::Exact("")),
        (Leaf::DocumentKind, Verdict::Silent("")),
        (Leaf::BlankText, Verdict::Silent("")),
        (Leaf::ReasoningPlain, Verdict::Dropped("")),
        (Leaf::UnknownMember, Verdict::Dropped("")),
        (Leaf::DocumentOffice, Verdict::Refused("")),
        (Leaf::ToolUseOpaque, Verdict::Refused("")),
        (Leaf::Video, Verdict::Refused("")),
        (Leaf::ToolResultVideo, Verdict::Refused("")),
        (Leaf::BlockUnknown, Verdict::Refused("")),
    ];
    Table {
        name: "claude",
        rows: rows.to_vec(),
        limits: Limits {
            stop_sequences: None,
            cache_points: Some(4),
        },
        shape: Shape {
            merges_turns: true,
            results_first: true,
            results_apart: false,
            calls_last: false,
            marks_cache: true,
        },
    }
}
