//! The verdicts of Bedrock's own format, and the plan that stands on them.
//!
//! What was read from this format goes out as it came. The verdicts are for a body of another format that is sent to Bedrock as
//! a conversation: nearly everything has its place, and what a single model cannot do the service itself says.

use llm::Plan;
use llm::chat::{Dialect, Family, Request};

use super::request::DIALECT;
use crate::anthropic::Claude;
use crate::family;
use crate::plan::{self, Facts, Leaf, Limits, Shape, Spelling, Spellings, Target, Verdict};

/// Plans a request for the model of that id on Bedrock.
pub fn plan(model: &str, request: &Request) -> Plan {
    plan::plan(&Bedrock::new(model), request)
}

/// A model on Bedrock.
#[derive(Clone, Copy, Debug)]
pub struct Bedrock {
    vocabulary: Vocabulary,
}

/// Whose words `additionalModelRequestFields` takes.
#[derive(Clone, Copy, Debug)]
enum Vocabulary {
    Claude(Claude),
    /// Those that reason, since Nova 2, take a level of effort.
    Nova {
        reasons: bool,
    },
    OpenAi,
    Mistral,
    Unknown,
}

impl Bedrock {
    /// The model of that id.
    pub fn new(model: &str) -> Self {
        let family = family::of(model);
        let vocabulary = if family == Some(family::ANTHROPIC) {
            Vocabulary::Claude(Claude::of(model))
        } else if family == Some(family::NOVA) {
            Vocabulary::Nova {
                reasons: model.contains("nova-2"),
            }
        } else if family == Some(family::OPENAI) {
            Vocabulary::OpenAi
        } else if family == Some(family::MISTRAL) {
            Vocabulary::Mistral
        } else {
            Vocabulary::Unknown
        };
        Self { vocabulary }
    }

    fn top_k(&self) -> Verdict {
        match &self.vocabulary {
            Vocabulary::Claude(claude) => claude.sampling(),
            Vocabulary::Nova { .. } | Vocabulary::Mistral => Verdict::Native,
            Vocabulary::OpenAi | Vocabulary::Unknown => NO_SAMPLING,
        }
    }

    fn sampling(&self) -> Verdict {
        match &self.vocabulary {
            Vocabulary::Claude(claude) => claude.sampling(),
            Vocabulary::Nova { .. }
            | Vocabulary::Mistral
            | Vocabulary::OpenAi
            | Vocabulary::Unknown => Verdict::Native,
        }
    }

    /// What only Claude is known to take.
    fn claude_only(&self, otherwise: Verdict) -> Verdict {
        match self.vocabulary {
            Vocabulary::Claude(_) => Verdict::Native,
            Vocabulary::Nova { .. }
            | Vocabulary::Mistral
            | Vocabulary::OpenAi
            | Vocabulary::Unknown => otherwise,
        }
    }

    fn rest(&self) -> Verdict {
        match &self.vocabulary {
            Vocabulary::Claude(claude) => claude.rest(),
            Vocabulary::Nova { reasons: true } => Verdict::Native,
            Vocabulary::Nova { reasons: false } => Verdict::Silent("the model does not reason"),
            Vocabulary::OpenAi => Verdict::Approximate("as the lowest effort"),
            Vocabulary::Mistral | Vocabulary::Unknown => NO_REASONING,
        }
    }

    fn adaptive(&self) -> Verdict {
        match &self.vocabulary {
            Vocabulary::Claude(claude) => claude.adaptive(),
            Vocabulary::Nova { reasons: true } => Verdict::Approximate("as a medium effort"),
            Vocabulary::OpenAi => Verdict::Silent("is what the model does"),
            Vocabulary::Nova { reasons: false } | Vocabulary::Mistral | Vocabulary::Unknown => {
                NO_REASONING
            }
        }
    }

    fn budget(&self) -> Verdict {
        match &self.vocabulary {
            Vocabulary::Claude(claude) => claude.budget(),
            Vocabulary::Nova { reasons: true } | Vocabulary::OpenAi => {
                Verdict::Approximate("as the nearest effort")
            }
            Vocabulary::Nova { reasons: false } | Vocabulary::Mistral | Vocabulary::Unknown => {
                NO_REASONING
            }
        }
    }

    fn effort(&self) -> Verdict {
        match &self.vocabulary {
            Vocabulary::Claude(claude) => claude.effort(),
            Vocabulary::Nova { reasons: true } | Vocabulary::OpenAi => Verdict::Native,
            Vocabulary::Nova { reasons: false } | Vocabulary::Mistral | Vocabulary::Unknown => {
                NO_REASONING
            }
        }
    }

    fn output_effort(&self) -> Verdict {
        match &self.vocabulary {
            Vocabulary::Claude(claude) if claude.efforts.is_empty() => {
                Verdict::Dropped("the model knows no effort")
            }
            Vocabulary::Claude(_) => Verdict::Native,
            Vocabulary::Nova { reasons: true } | Vocabulary::OpenAi => {
                Verdict::Exact("as the effort of its reasoning")
            }
            Vocabulary::Nova { reasons: false } | Vocabulary::Mistral | Vocabulary::Unknown => {
                Verdict::Dropped("the model knows no effort")
            }
        }
    }
}

/// What the model of the service allows for a `ToolUseId`.
pub(crate) const CALL_IDS: Spelling = Spelling {
    marks: Some("_.:-"),
    least: 1,
    most: 64,
};

/// What the model of the service allows for a `ToolName`.
const TOOL_NAMES: Spelling = Spelling {
    marks: Some("_-"),
    least: 1,
    most: 64,
};

const NO_SAMPLING: Verdict = Verdict::Dropped("the model knows no such sampling");
const NO_REASONING: Verdict = Verdict::Dropped("the model's reasoning cannot be told");
const ADDRESS: Verdict = Verdict::Refused("Bedrock takes bytes or an object of S3");

impl Target for Bedrock {
    fn name(&self) -> &'static str {
        "bedrock"
    }

    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn family(&self) -> Family {
        match self.vocabulary {
            Vocabulary::Claude(_) => family::ANTHROPIC,
            Vocabulary::Nova { .. } => family::NOVA,
            Vocabulary::OpenAi => family::OPENAI,
            Vocabulary::Mistral => family::MISTRAL,
            Vocabulary::Unknown => family::OTHER,
        }
    }

    fn verdict(&self, leaf: Leaf) -> Verdict {
        match leaf {
            Leaf::SystemText
            | Leaf::SystemGuardText
            | Leaf::SystemGuardImage
            | Leaf::SystemCachePoint
            | Leaf::MessageSystem
            | Leaf::LeadingAssistant
            | Leaf::Text
            | Leaf::ImageBytes
            | Leaf::ImageOtherFormat
            | Leaf::ImageObject
            | Leaf::ImageOfAssistant
            | Leaf::ImageError
            | Leaf::DocumentPdf
            | Leaf::DocumentPlain
            | Leaf::DocumentOffice
            | Leaf::DocumentObject
            | Leaf::DocumentText
            | Leaf::DocumentContent
            | Leaf::DocumentKind
            | Leaf::DocumentName
            | Leaf::DocumentContext
            | Leaf::DocumentCitations
            | Leaf::Video
            | Leaf::AudioCommon
            | Leaf::AudioOther
            | Leaf::ToolUse
            | Leaf::ToolUseOpaque
            | Leaf::ToolUseServer
            | Leaf::ToolResult
            | Leaf::ToolResultText
            | Leaf::ToolResultJson
            | Leaf::ToolResultImage
            | Leaf::ToolResultDocument
            | Leaf::ToolResultVideo
            | Leaf::ToolResultSearch
            | Leaf::ToolResultError
            | Leaf::ToolResultServer
            | Leaf::GuardText
            | Leaf::GuardImage
            | Leaf::CachePoint
            | Leaf::CachePointTtl
            | Leaf::ReasoningSealed
            | Leaf::ReasoningRedacted
            | Leaf::CitationsText
            | Leaf::CitationsSources
            | Leaf::CitationsPieces
            | Leaf::CitationsSource
            | Leaf::CitationsWeb
            | Leaf::CitationsIncomplete
            | Leaf::SearchResult
            | Leaf::SearchResultCitations
            | Leaf::ToolAddition
            | Leaf::ToolRemoval
            | Leaf::ToolSpec
            | Leaf::ToolStrict
            | Leaf::ToolSystem
            | Leaf::ToolCachePoint
            | Leaf::ChoiceAuto
            | Leaf::ChoiceAny
            | Leaf::ChoiceTool
            | Leaf::MaxTokens
            | Leaf::MaxTokensAbsent
            | Leaf::StopSequences
            | Leaf::Guardrail
            | Leaf::PromptVariables
            | Leaf::Metadata
            | Leaf::PerformanceStandard
            | Leaf::PerformanceOptimized
            | Leaf::TierDefault
            | Leaf::TierPriority
            | Leaf::TierFlex
            | Leaf::TierOther
            | Leaf::OutputSchema
            | Leaf::ExtraOwn => Verdict::Native,

            Leaf::DocumentUnnamed => Verdict::Exact("named `document`"),
            Leaf::CallIdOther => Verdict::Exact("as an id made from it"),
            Leaf::ChoiceNone => Verdict::Exact("no tool is offered"),

            Leaf::DocumentNameOther => {
                Verdict::Approximate("as a plain name that no other document has")
            }
            Leaf::CalledNameOther => Verdict::Approximate("as a plain name"),
            Leaf::ToolsAbsent => Verdict::Approximate("the tools called before are offered"),

            Leaf::BlankText | Leaf::ToolDescriptionBlank => Verdict::Silent("says nothing"),
            Leaf::ResponsePaths => Verdict::Silent("answered by the gateway"),

            Leaf::SingleCall => Verdict::Dropped("Bedrock cannot hold a model to one call a turn"),
            Leaf::ReasoningUnknown => Verdict::Dropped("another issuer's reasoning"),
            Leaf::ExtraConflict => Verdict::Dropped("set elsewhere too"),
            Leaf::ExtraForeign => Verdict::Dropped("a field of another family"),
            Leaf::UnknownMember => Verdict::Dropped("a member of another format"),

            Leaf::ImageUrl | Leaf::DocumentUrl => ADDRESS,
            Leaf::ToolNameOther => {
                Verdict::Refused("Bedrock takes at most 64 letters and digits and `_` and `-`")
            }
            Leaf::Logprobs => Verdict::Refused("Bedrock tells no probabilities"),
            Leaf::Candidates => Verdict::Refused("there is one reply only"),
            Leaf::ExtraOwned => Verdict::Refused("the gateway writes it"),
            Leaf::SystemUnknown
            | Leaf::MessageOtherRole
            | Leaf::ImageUnknownSource
            | Leaf::DocumentUnknownSource
            | Leaf::ToolResultUnknown
            | Leaf::GuardUnknown
            | Leaf::BlockUnknown
            | Leaf::ToolSchemaUnknown
            | Leaf::ToolUnknown
            | Leaf::ChoiceUnknown
            | Leaf::OutputUnknown => Verdict::Refused(""),

            // From here on the model decides.
            Leaf::Prefill => match self.vocabulary {
                Vocabulary::Claude(_) => Verdict::Exact("without white space at its end"),
                Vocabulary::Nova { .. }
                | Vocabulary::Mistral
                | Vocabulary::OpenAi
                | Vocabulary::Unknown => Verdict::Native,
            },
            Leaf::ReasoningPlain => match self.vocabulary {
                Vocabulary::Claude(_) => {
                    Verdict::Dropped("the model takes no reasoning without its seal")
                }
                Vocabulary::Nova { .. }
                | Vocabulary::Mistral
                | Vocabulary::OpenAi
                | Vocabulary::Unknown => Verdict::Native,
            },
            Leaf::Temperature | Leaf::TopP => self.sampling(),
            Leaf::TopK => self.top_k(),
            Leaf::Seed | Leaf::Penalties | Leaf::LogitBias => NO_SAMPLING,
            Leaf::EndUser => self.claude_only(Verdict::Silent("the model does not read it")),
            Leaf::Betas => self.claude_only(Verdict::Dropped("no feature of this model")),
            Leaf::OutputEffort => self.output_effort(),
            Leaf::ReasoningOff => self.rest(),
            Leaf::ReasoningAdaptive => self.adaptive(),
            Leaf::ReasoningBudget => self.budget(),
            Leaf::ReasoningEffort => self.effort(),
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
            tool_names: Some(TOOL_NAMES),
            document_names: true,
        }
    }

    fn shape(&self) -> Shape {
        Shape {
            merges_turns: true,
            results_first: true,
            results_apart: false,
            calls_last: false,
            marks_cache: false,
        }
    }

    fn facts(&self) -> Facts {
        let (strict_reasoning, one_of_sampling, efforts) = match &self.vocabulary {
            Vocabulary::Claude(claude) => (true, claude.takes_one(), claude.efforts),
            Vocabulary::Nova { .. } | Vocabulary::OpenAi => (false, false, TO_HIGH),
            Vocabulary::Mistral | Vocabulary::Unknown => (false, false, NONE),
        };
        Facts {
            max_tokens: None,
            cool: true,
            one_of_sampling,
            strict_reasoning,
            efforts,
            named_schemas: false,
        }
    }
}

const TO_HIGH: &[&str] = &["low", "medium", "high"];
const NONE: &[&str] = &[];
