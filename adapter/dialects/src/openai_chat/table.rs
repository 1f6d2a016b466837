//! The verdicts of this format, and the plan that stands on them.

use llm::Plan;
use llm::chat::{Dialect, Family, Request};

use super::request::DIALECT;
use super::{Quirks, ToolChoices};
use crate::plan::{self, Facts, Leaf, Limits, Shape, Spellings, Target, Verdict};

/// Plans a request for the model of that name at a server with those quirks.
pub fn plan(quirks: &Quirks, model: &str, request: &Request) -> Plan {
    plan::plan(&Server::new(quirks, model), request)
}

/// A model at a server of this format.
#[derive(Clone, Copy, Debug)]
pub struct Server<'q> {
    quirks: &'q Quirks,
    reasons: bool,
    efforts: &'static [&'static str],
}

impl<'q> Server<'q> {
    /// The model of that name at a server with those quirks.
    pub fn new(quirks: &'q Quirks, model: &str) -> Self {
        Self {
            quirks,
            reasons: quirks.reasons(model),
            efforts: quirks.efforts_of(model),
        }
    }

    /// What a model that reasons by OpenAI's rules does not take.
    fn sampling(&self, understood: bool) -> Verdict {
        if self.reasons {
            Verdict::Dropped("a reasoning model sets its own sampling")
        } else {
            native_or(
                understood,
                Verdict::Dropped("the target knows no such sampling"),
            )
        }
    }

    fn cache(&self) -> Verdict {
        if self.quirks.caches() {
            Verdict::Silent("the target caches by itself")
        } else {
            Verdict::Dropped("the target knows no cache points")
        }
    }

    fn image(&self) -> Verdict {
        native_or(self.quirks.images, NO_IMAGES)
    }

    fn reasoning_off(&self) -> Verdict {
        match self.efforts {
            ["none", ..] => Verdict::Native,
            [_, ..] if self.reasons => Verdict::Approximate("as the lowest effort"),
            [] if self.quirks.reasoning_models => Verdict::Silent("the model does not reason"),
            [] | [_, ..] => Verdict::Dropped("the target cannot switch reasoning off"),
        }
    }

    fn by_effort(&self, verdict: Verdict) -> Verdict {
        match self.efforts {
            [] => Verdict::Dropped("the model takes no effort"),
            [_, ..] => verdict,
        }
    }
}

const NO_IMAGES: Verdict = Verdict::Refused("the target sees no images");
const OPERATOR: Verdict = Verdict::Refused("the operator speaks in text only");
const BYTES: Verdict = Verdict::Refused("the target takes bytes only");
const INLINE: Verdict = Verdict::Approximate("as text in its place");

fn native_or(understood: bool, otherwise: Verdict) -> Verdict {
    if understood {
        Verdict::Native
    } else {
        otherwise
    }
}

impl Target for Server<'_> {
    fn name(&self) -> &'static str {
        self.quirks.name
    }

    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn family(&self) -> Family {
        self.quirks.family()
    }

    fn verdict(&self, leaf: Leaf) -> Verdict {
        let quirks = self.quirks;
        match leaf {
            Leaf::SystemText
            | Leaf::MessageSystem
            | Leaf::LeadingAssistant
            | Leaf::Text
            | Leaf::BlankText
            | Leaf::DocumentKind
            | Leaf::DocumentName
            | Leaf::DocumentNameOther
            | Leaf::DocumentUnnamed
            | Leaf::ToolUse
            | Leaf::ToolUseOpaque
            | Leaf::CalledNameOther
            | Leaf::ToolResult
            | Leaf::ToolResultText
            | Leaf::ToolSpec
            | Leaf::ToolNameOther
            | Leaf::ToolDescriptionBlank
            | Leaf::ToolsAbsent
            | Leaf::ChoiceAuto
            | Leaf::MaxTokens
            | Leaf::MaxTokensAbsent
            | Leaf::EndUser
            | Leaf::ExtraOwn => Verdict::Native,

            Leaf::SystemGuardText
            | Leaf::GuardText
            | Leaf::CitationsText
            | Leaf::CitationsPieces => Verdict::Exact("as text"),
            Leaf::CallIdOther => Verdict::Exact("as an id made from it"),
            Leaf::ToolResultJson => Verdict::Exact("as the text of the JSON"),

            Leaf::DocumentPlain
            | Leaf::DocumentText
            | Leaf::DocumentContent
            | Leaf::ToolResultSearch
            | Leaf::SearchResult => INLINE,
            Leaf::ToolResultDocument => {
                Verdict::Approximate("moved behind the results or as text in its place")
            }
            Leaf::ToolResultError => Verdict::Approximate("marked in the text of the result"),

            Leaf::CitationsSources
            | Leaf::CitationsSource
            | Leaf::CitationsWeb
            | Leaf::CitationsIncomplete => Verdict::Silent("the text is kept whole"),
            Leaf::ResponsePaths => Verdict::Silent("answered by the gateway"),
            Leaf::Metadata => Verdict::Silent("kept by the gateway"),
            Leaf::PerformanceStandard => Verdict::Silent("is what the target does"),

            Leaf::ImageError => Verdict::Dropped("the image was never made"),
            Leaf::DocumentContext => Verdict::Dropped("the target takes no such context"),
            Leaf::ReasoningSealed
            | Leaf::ReasoningPlain
            | Leaf::ReasoningRedacted
            | Leaf::ReasoningUnknown => Verdict::Dropped("another issuer's reasoning"),
            Leaf::PerformanceOptimized => Verdict::Dropped("the target knows no such latency"),
            Leaf::TierOther => Verdict::Dropped("the target knows no such tier"),
            Leaf::Betas => Verdict::Dropped("no feature of the target"),
            Leaf::ExtraConflict => Verdict::Dropped("set elsewhere too"),
            Leaf::ExtraForeign => Verdict::Dropped("a field of another family"),
            Leaf::UnknownMember => Verdict::Dropped("a member of another format"),

            Leaf::SystemGuardImage => OPERATOR,
            Leaf::ImageObject | Leaf::DocumentObject | Leaf::DocumentUrl => BYTES,
            Leaf::ImageOfAssistant => Verdict::Refused("the model's own turns hold no images"),
            Leaf::DocumentCitations | Leaf::SearchResultCitations => {
                Verdict::Refused("the target cites nothing")
            }
            Leaf::ToolUseServer | Leaf::ToolResultServer | Leaf::ToolSystem => {
                Verdict::Refused("a tool of another provider")
            }
            Leaf::Guardrail => Verdict::Refused("guardrails are applied by Bedrock only"),
            Leaf::PromptVariables => Verdict::Refused("stored prompts are Bedrock's only"),
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

            // From here on the server or the model decides.
            Leaf::SystemCachePoint
            | Leaf::CachePoint
            | Leaf::CachePointTtl
            | Leaf::ToolCachePoint => self.cache(),
            Leaf::ImageBytes | Leaf::ImageUrl => self.image(),
            Leaf::GuardImage if quirks.images => Verdict::Exact("as an image"),
            Leaf::GuardImage => NO_IMAGES,
            Leaf::ToolResultImage if quirks.images => {
                Verdict::Approximate("moved behind the results")
            }
            Leaf::ToolResultImage => NO_IMAGES,
            Leaf::DocumentPdf => {
                native_or(quirks.files, Verdict::Refused("the target reads no files"))
            }
            Leaf::AudioCommon => {
                native_or(quirks.audio, Verdict::Refused("the target hears nothing"))
            }
            Leaf::Prefill => native_or(
                quirks.prefill,
                Verdict::Refused("the target does not continue a reply"),
            ),
            Leaf::ToolStrict => native_or(
                quirks.strict_tools,
                Verdict::Refused("the target promises no schema of calls"),
            ),
            Leaf::ChoiceAny => match quirks.tool_choice {
                ToolChoices::All | ToolChoices::Required => Verdict::Native,
                ToolChoices::Auto => NO_CHOICE,
            },
            Leaf::ChoiceTool => match quirks.tool_choice {
                ToolChoices::All => Verdict::Native,
                ToolChoices::Required => {
                    Verdict::Exact("only that tool is offered and one must be called")
                }
                ToolChoices::Auto => NO_CHOICE,
            },
            Leaf::ChoiceNone => match quirks.tool_choice {
                ToolChoices::All | ToolChoices::Required => Verdict::Native,
                ToolChoices::Auto => Verdict::Exact("no tool is offered"),
            },
            Leaf::SingleCall => native_or(
                quirks.parallel_tool_calls,
                Verdict::Dropped("the target cannot be held to one call a turn"),
            ),
            Leaf::Temperature | Leaf::TopP => self.sampling(true),
            Leaf::TopK => self.sampling(quirks.top_k),
            Leaf::Seed | Leaf::Penalties | Leaf::LogitBias => self.sampling(quirks.sampling),
            Leaf::Logprobs => native_or(
                quirks.sampling && !self.reasons,
                Verdict::Refused("the target tells no probabilities"),
            ),
            Leaf::StopSequences if self.reasons => {
                Verdict::Refused("a reasoning model takes no stop sequences")
            }
            Leaf::StopSequences => Verdict::Native,
            Leaf::TierDefault if quirks.service_tier => Verdict::Native,
            Leaf::TierDefault => Verdict::Silent("is what the target does"),
            Leaf::TierPriority | Leaf::TierFlex => native_or(
                quirks.service_tier,
                Verdict::Dropped("the target knows no tiers"),
            ),
            Leaf::OutputSchema if quirks.json_schema => {
                Verdict::Exact("named `response` where it has no name")
            }
            Leaf::OutputSchema => Verdict::Refused("the target promises no schema"),
            Leaf::OutputEffort => self.by_effort(Verdict::Exact("as the effort of its reasoning")),
            Leaf::ReasoningEffort => self.by_effort(Verdict::Native),
            Leaf::ReasoningBudget => self.by_effort(Verdict::Approximate("as the nearest effort")),
            Leaf::ReasoningAdaptive => self.by_effort(Verdict::Silent("is what the model does")),
            Leaf::ReasoningOff => self.reasoning_off(),
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            stop_sequences: self
                .quirks
                .stop_sequences
                .and_then(|most| usize::try_from(most).ok()),
            cache_points: None,
        }
    }

    fn spellings(&self) -> Spellings {
        Spellings {
            call_ids: self.quirks.call_ids(),
            ..Spellings::default()
        }
    }

    fn shape(&self) -> Shape {
        Shape {
            merges_turns: false,
            results_first: true,
            results_apart: true,
            calls_last: true,
            marks_cache: false,
        }
    }

    fn facts(&self) -> Facts {
        Facts {
            max_tokens: None,
            cool: false,
            one_of_sampling: false,
            strict_reasoning: false,
            efforts: self.efforts,
            named_schemas: true,
        }
    }
}

const NO_CHOICE: Verdict = Verdict::Refused("the target cannot make the model call a tool");
