//! A conversation in the neutral form: the superset every dialect is projected from and to.
//!
//! Every optional member stays an `Option`, since absent is not default; order is kept everywhere;
//! unknown members ride along in [`Ext`](crate::Ext), unknown union members as `Unknown` variants, unknown enum values as text.

mod block;
mod event;
mod reply;
mod request;

pub use block::{
    Audio, Block, CachePoint, Citation, Citations, CitedText, Document, DocumentSource,
    DocumentText, Format, Guard, GuardImage, GuardText, Image, Location, Reasoning, SearchResult,
    SearchText, Span, Src, ToolReference, ToolResult, ToolResultItem, ToolStatus, ToolUse, Video,
    Web,
};
pub use event::{BlockStart, Delta, Event, Meta, ReasoningDelta, ToolResultDelta};
pub use reply::{CacheDetail, Latency, Reply, Stop, StopDetail, Usage, UsageSource};
pub use request::{
    Dialect, Family, Guardrail, Inference, JsonSchema, Message, Output, Performance, PromptVar,
    Request, Role, SystemItem, TextFormat, Tier, Tool, ToolChoice, ToolSchema, ToolSet, ToolSpec,
};
