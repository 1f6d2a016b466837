//! The verdicts of this format, and the plan that stands on them.

use llm::Plan;
use llm::chat::{Dialect, Family, Request};

use super::models::Claude;
use super::request::DIALECT;
use crate::family;
use crate::plan::{self, Facts, Leaf, Limits, Shape, Spelling, Spellings, Target, Verdict};

/// Plans a request for the model of that name at Anthropic.
pub fn plan(model: &str, request: &Request) -> Plan {
    plan::plan(&Anthropic::new(model), request)
}

/// A model at Anthropic, or at a server that speaks its format.
#[derive(Clone, Copy, Debug)]
pub struct Anthropic {
    claude: Claude,
}

impl Anthropic {
    /// The model of that name.
    pub fn new(model: &str) -> Self {
        Self {
            claude: Claude::of(model),
        }
    }
}

/// Anthropic's API holds `tool_use.id` and `tool_use_id` to the pattern `^[a-zA-Z0-9_-]+$`, of any length.
const CALL_IDS: Spelling = Spelling {
    marks: Some("_-"),
    least: 1,
    most: usize::MAX,
};

const OPERATOR: Verdict = Verdict::Refused("the operator speaks in text only");
const BYTES: Verdict = Verdict::Refused("the target takes bytes or an address on the web");

impl Target for Anthropic {
    fn name(&self) -> &'static str {
        "anthropic"
    }

    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn family(&self) -> Family {
        family::ANTHROPIC
    }

    fn verdict(&self, leaf: Leaf) -> Verdict {
        let claude = &self.claude;
        match leaf {
            Leaf::SystemText
            | Leaf::SystemCachePoint
            | Leaf::LeadingAssistant
            | Leaf::Text
            | Leaf::ImageBytes
            | Leaf::ImageUrl
            | Leaf::DocumentPdf
            | Leaf::DocumentUrl
            | Leaf::DocumentText
            | Leaf::DocumentContent
            | Leaf::DocumentName
            | Leaf::DocumentNameOther
            | Leaf::DocumentUnnamed
            | Leaf::DocumentContext
            | Leaf::DocumentCitations
            | Leaf::ToolUse
            | Leaf::CalledNameOther
            | Leaf::ToolResult
            | Leaf::ToolResultText
            | Leaf::ToolResultImage
            | Leaf::ToolResultDocument
            | Leaf::ToolResultSearch
            | Leaf::ToolResultError
            | Leaf::CachePoint
            | Leaf::CachePointTtl
            | Leaf::ReasoningSealed
            | Leaf::ReasoningRedacted
            | Leaf::CitationsText
            | Leaf::CitationsSources
            | Leaf::SearchResult
            | Leaf::SearchResultCitations
            | Leaf::ToolSpec
            | Leaf::ToolNameOther
            | Leaf::ToolDescriptionBlank
            | Leaf::ToolsAbsent
            | Leaf::ToolStrict
            | Leaf::ToolCachePoint
            | Leaf::ChoiceAuto
            | Leaf::ChoiceNone
            | Leaf::SingleCall
            | Leaf::MaxTokens
            | Leaf::StopSequences
            | Leaf::TierDefault
            | Leaf::TierPriority
            | Leaf::EndUser
            | Leaf::Betas
            | Leaf::ExtraOwn => Verdict::Native,

            Leaf::SystemGuardText | Leaf::GuardText => Verdict::Exact("as text"),
            Leaf::GuardImage => Verdict::Exact("as an image"),
            Leaf::DocumentPlain => Verdict::Exact("as a document of plain text"),
            Leaf::CallIdOther => Verdict::Exact("as an id made from it"),
            Leaf::ToolResultJson => Verdict::Exact("as the text of the JSON"),
            Leaf::CitationsPieces => Verdict::Exact("as one text"),
            Leaf::MaxTokensAbsent => Verdict::Exact("the most that the model writes"),

            Leaf::BlankText => Verdict::Silent("says nothing"),
            Leaf::DocumentKind => Verdict::Silent("text is plain text whatever its kind"),
            Leaf::CitationsSource => Verdict::Silent("the place says which document it is"),
            Leaf::ResponsePaths => Verdict::Silent("answered by the gateway"),
            Leaf::Metadata => Verdict::Silent("kept by the gateway"),
            Leaf::PerformanceStandard => Verdict::Silent("is what the target does"),

            Leaf::ImageError => Verdict::Dropped("the image was never made"),
            Leaf::ReasoningPlain => {
                Verdict::Dropped("the target takes no reasoning without its seal")
            }
            Leaf::ReasoningUnknown => Verdict::Dropped("another issuer's reasoning"),
            Leaf::CitationsWeb => {
                Verdict::Dropped("the target takes pages back with its own seal only")
            }
            Leaf::CitationsIncomplete => {
                Verdict::Dropped("the target takes no citation without its place and its text")
            }
            Leaf::PerformanceOptimized => Verdict::Dropped("the target knows no such latency"),
            Leaf::TierFlex | Leaf::TierOther => Verdict::Dropped("the target knows no such tier"),
            Leaf::Seed | Leaf::Penalties | Leaf::LogitBias => {
                Verdict::Dropped("the target knows no such sampling")
            }
            Leaf::ExtraConflict => Verdict::Dropped("set elsewhere too"),
            Leaf::ExtraForeign => Verdict::Dropped("a field of another family"),
            Leaf::UnknownMember => Verdict::Dropped("a member of another format"),

            Leaf::SystemGuardImage => OPERATOR,
            Leaf::ImageObject | Leaf::DocumentObject => BYTES,
            Leaf::ImageOfAssistant => Verdict::Refused("the model's own turns hold no images"),
            Leaf::ToolUseOpaque => Verdict::Refused("the input is no object"),
            Leaf::ToolUseServer | Leaf::ToolResultServer | Leaf::ToolSystem => {
                Verdict::Refused("a tool of another provider")
            }
            Leaf::Guardrail => Verdict::Refused("guardrails are applied by Bedrock only"),
            Leaf::PromptVariables => Verdict::Refused("stored prompts are Bedrock's only"),
            Leaf::Logprobs => Verdict::Refused("the target tells no probabilities"),
            Leaf::Candidates => Verdict::Refused("there is one reply only"),
            Leaf::ExtraOwned => Verdict::Refused("the gateway writes it"),
            Leaf::ImageOtherFormat | Leaf::DocumentOffice => {
                Verdict::Refused("the target does not know the format")
            }
            Leaf::SystemUnknown
            | Leaf::MessageOtherRole
            | Leaf::ImageUnknownSource
            | Leaf::DocumentUnknownSource
            | Leaf::Video
            | Leaf::AudioCommon
            | Leaf::AudioOther
            | Leaf::ToolResultVideo
            | Leaf::ToolResultUnknown
            | Leaf::GuardUnknown
            | Leaf::ToolAddition
            | Leaf::ToolRemoval
            | Leaf::BlockUnknown
            | Leaf::ToolSchemaUnknown
            | Leaf::ToolUnknown
            | Leaf::ChoiceUnknown
            | Leaf::OutputUnknown => Verdict::Refused(""),

            // From here on the model decides.
            Leaf::MessageSystem if claude.system_turns => Verdict::Native,
            Leaf::MessageSystem => Verdict::Refused("the model knows no such role"),
            Leaf::Prefill if claude.prefill => Verdict::Exact("without white space at its end"),
            Leaf::Prefill => Verdict::Refused("the model does not continue a reply"),
            Leaf::ChoiceAny | Leaf::ChoiceTool if claude.forced_tools => Verdict::Native,
            Leaf::ChoiceAny | Leaf::ChoiceTool => {
                Verdict::Refused("the model cannot be made to call a tool")
            }
            Leaf::OutputSchema if claude.schemas => Verdict::Exact("without the schema's name"),
            Leaf::OutputSchema => Verdict::Refused("the model promises no schema"),
            Leaf::OutputEffort if claude.efforts.is_empty() => {
                Verdict::Dropped("the model knows no effort")
            }
            Leaf::OutputEffort => Verdict::Native,
            Leaf::Temperature | Leaf::TopP | Leaf::TopK => claude.sampling(),
            Leaf::ReasoningOff => claude.rest(),
            Leaf::ReasoningAdaptive => claude.adaptive(),
            Leaf::ReasoningBudget => claude.budget(),
            Leaf::ReasoningEffort => claude.effort(),
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            stop_sequences: None,
            cache_points: Some(4),
        }
    }

    fn spellings(&self) -> Spellings {
        Spellings {
            call_ids: Some(CALL_IDS),
            ..Spellings::default()
        }
    }

    fn shape(&self) -> Shape {
        Shape {
            merges_turns: true,
            results_first: true,
            results_apart: false,
            calls_last: false,
            marks_cache: true,
        }
    }

    fn facts(&self) -> Facts {
        Facts {
            max_tokens: Some(self.claude.max_output),
            cool: true,
            one_of_sampling: self.claude.takes_one(),
            strict_reasoning: true,
            efforts: self.claude.efforts,
            named_schemas: false,
        }
    }
}
