//! A reply as it is written, event by event.
//!
//! Grammar: `Start (BlockStart? Delta* BlockStop)* Stop Meta`; at most one block is open at a time, and blocks are numbered from 0 without gaps.

use bytes::Bytes;

use crate::chat::{
    Citation, Format, Latency, Performance, Role, Src, Stop, StopDetail, Tier, ToolStatus, Usage,
};
use crate::{Ext, Json};

/// One event of a reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The reply begins.
    Start {
        /// Who speaks.
        role: Role,
        /// Unknown members.
        ext: Ext,
    },
    /// A block begins that must be announced: a tool call, a tool result, an image. Text and reasoning begin with their first delta.
    BlockStart {
        /// Which block.
        index: i32,
        /// What it is.
        start: BlockStart,
        /// Unknown members.
        ext: Ext,
    },
    /// A piece of the open block.
    Delta {
        /// Which block.
        index: i32,
        /// The piece.
        delta: Delta,
        /// Unknown members.
        ext: Ext,
    },
    /// The open block ends.
    BlockStop {
        /// Which block.
        index: i32,
        /// Unknown members.
        ext: Ext,
    },
    /// The message ends.
    Stop {
        /// Why.
        stop: Stop,
        /// More about why.
        detail: Option<StopDetail>,
        /// The reply in the family's own dialect, filled only where the request asks for paths into it.
        native: Option<Json>,
        /// Unknown members.
        ext: Ext,
    },
    /// What it cost. Always the last event.
    Meta(Box<Meta>),
}

/// What it cost and how it was served.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// Tokens.
    pub usage: Usage,
    /// From the whole request to the last piece; none where nobody measured.
    pub latency: Option<Latency>,
    /// What the guardrail and the router did, verbatim.
    pub trace: Option<Json>,
    /// The latency setting that was in force.
    pub performance: Option<Performance>,
    /// The service tier that was in force.
    pub tier: Option<Tier>,
    /// Unknown members.
    pub ext: Ext,
}

/// The announcement of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockStart {
    /// A tool call.
    ToolUse {
        /// The call's id.
        id: String,
        /// The tool's name.
        name: String,
        /// Who runs it, where the wire says so.
        kind: Option<String>,
        /// Unknown members.
        ext: Ext,
    },
    /// The result of a tool the provider ran.
    ToolResult {
        /// The call's id.
        id: String,
        /// What kind of result.
        kind: Option<String>,
        /// Whether it succeeded.
        status: Option<ToolStatus>,
        /// Unknown members.
        ext: Ext,
    },
    /// An image.
    Image {
        /// Its format.
        format: Format,
        /// Unknown members.
        ext: Ext,
    },
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// A piece of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// Text.
    Text(String),
    /// A piece of a tool call's input, JSON text that is whole only once joined.
    ToolInput {
        /// The piece.
        input: String,
        /// Unknown members.
        ext: Ext,
    },
    /// Pieces of a tool's result.
    ToolResult(Vec<ToolResultDelta>),
    /// A piece of reasoning.
    Reasoning(ReasoningDelta),
    /// A citation of the open text block.
    Citation(Box<Citation>),
    /// An image's bytes, or why there are none.
    Image {
        /// The bytes.
        source: Option<Src>,
        /// Why it could not be made.
        error: Option<(Option<String>, Ext)>,
        /// Unknown members.
        ext: Ext,
    },
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// A piece of reasoning.
#[derive(Clone, Debug, PartialEq)]
pub enum ReasoningDelta {
    /// Readable text.
    Text(String),
    /// The issuer's seal on the block.
    Signature(String),
    /// Sealed reasoning.
    Redacted(Bytes),
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}

/// A piece of a tool's result.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolResultDelta {
    /// Text.
    Text(String),
    /// JSON, verbatim.
    Json(Json),
    /// A union member this build does not know.
    Unknown {
        /// Its name.
        member: String,
        /// Its value.
        raw: Json,
    },
}
