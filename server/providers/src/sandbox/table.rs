//! What the sandbox makes of each thing that a request can say: it reads everything it knows, and what a real model would act
//! on and it does not, it names, so that nobody takes its answer for more than it is.

use dialects::plan::Shape;
use dialects::{Leaf, Limits, Target, Verdict};
use llm::chat::{Dialect, Family};

/// The sandbox as a target. It speaks no wire format: it reads the neutral form itself, and has no vocabulary of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table;

impl Target for Table {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn dialect(&self) -> Dialect {
        Dialect("sandbox")
    }

    fn family(&self) -> Family {
        Family("sandbox")
    }

    fn verdict(&self, leaf: Leaf) -> Verdict {
        match leaf {
            Leaf::SystemText
            | Leaf::SystemGuardText
            | Leaf::SystemGuardImage
            | Leaf::SystemCachePoint
            | Leaf::MessageSystem
            | Leaf::MessageOtherRole
            | Leaf::LeadingAssistant
            | Leaf::Prefill
            | Leaf::Text
            | Leaf::BlankText
            | Leaf::ImageBytes
            | Leaf::ImageOtherFormat
            | Leaf::ImageUrl
            | Leaf::ImageObject
            | Leaf::ImageUnknownSource
            | Leaf::ImageOfAssistant
            | Leaf::ImageError
            | Leaf::DocumentPdf
            | Leaf::DocumentPlain
            | Leaf::DocumentOffice
            | Leaf::DocumentUrl
            | Leaf::DocumentObject
            | Leaf::DocumentText
            | Leaf::DocumentContent
            | Leaf::DocumentUnknownSource
            | Leaf::DocumentKind
            | Leaf::DocumentName
            | Leaf::DocumentNameOther
            | Leaf::DocumentUnnamed
            | Leaf::DocumentContext
            | Leaf::Video
            | Leaf::AudioCommon
            | Leaf::AudioOther
            | Leaf::ToolUse
            | Leaf::ToolUseOpaque
            | Leaf::CallIdOther
            | Leaf::CalledNameOther
            | Leaf::ToolUseServer
            | Leaf::ToolResult
            | Leaf::ToolResultText
            | Leaf::ToolResultJson
            | Leaf::ToolResultImage
            | Leaf::ToolResultDocument
            | Leaf::ToolResultVideo
            | Leaf::ToolResultSearch
            | Leaf::ToolResultUnknown
            | Leaf::ToolResultError
            | Leaf::ToolResultServer
            | Leaf::GuardText
            | Leaf::GuardImage
            | Leaf::CachePoint
            | Leaf::CachePointTtl
            | Leaf::ReasoningSealed
            | Leaf::ReasoningPlain
            | Leaf::ReasoningRedacted
            | Leaf::CitationsText
            | Leaf::CitationsSources
            | Leaf::CitationsPieces
            | Leaf::CitationsSource
            | Leaf::CitationsWeb
            | Leaf::CitationsIncomplete
            | Leaf::SearchResult
            | Leaf::ToolSpec
            | Leaf::ToolNameOther
            | Leaf::ToolDescriptionBlank
            | Leaf::ToolsAbsent
            | Leaf::ToolSchemaUnknown
            | Leaf::ToolStrict
            | Leaf::ToolCachePoint
            | Leaf::ChoiceAuto
            | Leaf::ChoiceAny
            | Leaf::ChoiceTool
            | Leaf::ChoiceNone
            | Leaf::SingleCall
            | Leaf::MaxTokens
            | Leaf::MaxTokensAbsent
            | Leaf::StopSequences
            | Leaf::ResponsePaths
            | Leaf::Metadata
            | Leaf::PerformanceStandard
            | Leaf::PerformanceOptimized
            | Leaf::TierDefault
            | Leaf::TierPriority
            | Leaf::TierFlex
            | Leaf::TierOther
            | Leaf::OutputSchema => Verdict::Native,

            // It samples nothing, so these change nothing; its documentation says so once for all.
            Leaf::Temperature | Leaf::TopP => Verdict::Native,

            Leaf::SystemUnknown
            | Leaf::DocumentCitations
            | Leaf::GuardUnknown
            | Leaf::ReasoningUnknown
            | Leaf::SearchResultCitations
            | Leaf::ToolAddition
            | Leaf::ToolRemoval
            | Leaf::BlockUnknown
            | Leaf::ToolSystem
            | Leaf::ToolUnknown
            | Leaf::ChoiceUnknown
            | Leaf::Guardrail
            | Leaf::PromptVariables
            | Leaf::OutputUnknown
            | Leaf::OutputEffort
            | Leaf::TopK
            | Leaf::Seed
            | Leaf::Penalties
            | Leaf::LogitBias
            | Leaf::Logprobs
            | Leaf::Candidates
            | Leaf::EndUser
            | Leaf::Betas
            | Leaf::ReasoningOff
            | Leaf::ReasoningAdaptive
            | Leaf::ReasoningBudget
            | Leaf::ReasoningEffort
            | Leaf::ExtraOwned
            | Leaf::ExtraConflict
            | Leaf::ExtraOwn
            | Leaf::ExtraForeign => Verdict::Dropped(""),

            Leaf::UnknownMember => Verdict::Silent("newer clients say more than this build knows"),
        }
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }

    fn shape(&self) -> Shape {
        Shape {
            merges_turns: false,
            results_first: false,
            results_apart: false,
            calls_last: false,
            marks_cache: false,
        }
    }
}
