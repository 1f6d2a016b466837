//! The leaves of the neutral request: everything a caller can say, one row each.

/// Declares the leaves: name, what a refusal calls it, where it stands, what it is.
macro_rules! leaves {
    ($($leaf:ident: $noun:ident $word:literal, $path:literal, $meaning:literal;)*) => {
        /// One leaf of the neutral request, split further where targets differ by its value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Leaf {
            $(#[doc = $meaning] $leaf,)*
        }

        impl Leaf {
            /// Every leaf, in the order of the documentation.
            pub const ALL: &'static [Leaf] = &[$(Leaf::$leaf,)*];

            /// Where the leaf stands, as callers of Converse know it; some stand in the body of a model's own format only.
            pub fn path(self) -> &'static str {
                match self {
                    $(Leaf::$leaf => $path,)*
                }
            }

            /// What the leaf is.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Leaf::$leaf => $meaning,)*
                }
            }

            fn noun(self) -> Noun {
                match self {
                    $(Leaf::$leaf => Noun::$noun($word),)*
                }
            }
        }
    };
}

leaves! {
    SystemText: Field "system", "system[].text", "Text of the system prompt";
    SystemGuardText: Field "guardContent", "system[].guardContent.text", "Text of the system prompt that is marked for the guardrail; the model reads it as text";
    SystemGuardImage: Field "guardContent", "system[].guardContent.image", "An image in the system prompt that is marked for the guardrail";
    SystemCachePoint: Field "cachePoint", "system[].cachePoint", "The end of a cacheable prefix of the system prompt";
    SystemUnknown: Field "system", "system[].*", "A kind of system content that this build does not know";
    MessageSystem: Field "system role", "messages[].role=system", "The operator speaks in mid-conversation";
    MessageOtherRole: Field "role", "messages[].role=*", "A role that this build does not know";
    LeadingAssistant: Field "role", "messages[0].role=assistant", "The conversation begins with the model";
    Prefill: Field "role", "messages[-1].role=assistant", "The last message is the beginning of the reply";
    Text: Block "text", "messages[].content[].text", "Text";
    BlankText: Block "text", "messages[].content[].text (blank)", "Text that is empty or white space, beside other content";
    ImageBytes: Block "image", "messages[].content[].image.source.bytes", "An image as bytes, in png, jpeg, gif or webp";
    ImageOtherFormat: Block "image", "messages[].content[].image.format=*", "An image in another format";
    ImageUrl: Block "image", "messages[].content[].image.source.url", "An image at an address on the web";
    ImageObject: Field "s3Uri", "messages[].content[].image.source.s3Location", "An image in an object store";
    ImageUnknownSource: Block "image", "messages[].content[].image.source.*", "An image whose source this build does not know";
    ImageOfAssistant: Block "image", "messages[].content[].image (assistant)", "An image that the model made before";
    ImageError: Block "image", "messages[].content[].image.error", "An image that the model failed to make";
    DocumentPdf: Block "document", "messages[].content[].document.format=pdf", "A PDF file";
    DocumentPlain: Block "document", "messages[].content[].document.format=txt,md,csv,html", "A text file";
    DocumentOffice: Block "document", "messages[].content[].document.format=doc,docx,xls,xlsx", "A file of an office suite, or of a format this build does not know";
    DocumentUrl: Block "document", "messages[].content[].document.source.url", "A document at an address on the web";
    DocumentObject: Field "s3Uri", "messages[].content[].document.source.s3Location", "A document in an object store";
    DocumentText: Block "document", "messages[].content[].document.source.text", "A document given as text";
    DocumentContent: Block "document", "messages[].content[].document.source.content", "A document given as pieces of text";
    DocumentUnknownSource: Block "document", "messages[].content[].document.source.*", "A document whose source this build does not know";
    DocumentKind: Field "format", "messages[].content[].document.format beside source.text", "What kind of text a document is that is given as text";
    DocumentName: Field "name", "messages[].content[].document.name", "The name of a document";
    DocumentNameOther: Field "name", "messages[].content[].document.name (other spelling)", "A name of a document in a spelling that the target does not take, or that another document has";
    DocumentUnnamed: Field "name", "messages[].content[].document.name (absent)", "A document without a name, where the target asks for one";
    DocumentContext: Field "context", "messages[].content[].document.context", "What the model should know about a document";
    DocumentCitations: Field "citations", "messages[].content[].document.citations.enabled", "The promise that a document is cited";
    Video: Block "video", "messages[].content[].video", "A video";
    AudioCommon: Block "audio", "messages[].content[].audio.format=wav,mp3", "A sound as bytes, in wav or mp3";
    AudioOther: Block "audio", "messages[].content[].audio.*", "A sound in another format, from another source, or that the model failed to make";
    ToolUse: Block "toolUse", "messages[].content[].toolUse", "A call of a tool, whose input is an object";
    ToolUseOpaque: Block "toolUse", "messages[].content[].toolUse.input (no object)", "A call of a tool whose input is no object";
    CallIdOther: Field "toolUseId", "messages[].content[].toolUse.toolUseId (other spelling)", "An id of a call in a spelling that the target does not take";
    CalledNameOther: Field "name", "messages[].content[].toolUse.name (other spelling)", "A name of a tool that was called, in a spelling that the target does not take";
    ToolUseServer: Block "toolUse", "messages[].content[].toolUse.type=server_tool_use", "A call of a tool that the provider ran";
    ToolResult: Block "toolResult", "messages[].content[].toolResult", "A result of a tool";
    ToolResultText: Field "text", "messages[].content[].toolResult.content[].text", "Text in a result";
    ToolResultJson: Field "json", "messages[].content[].toolResult.content[].json", "JSON in a result";
    ToolResultImage: Block "image", "messages[].content[].toolResult.content[].image", "An image in a result";
    ToolResultDocument: Block "document", "messages[].content[].toolResult.content[].document", "A document in a result";
    ToolResultVideo: Block "video", "messages[].content[].toolResult.content[].video", "A video in a result";
    ToolResultSearch: Block "searchResult", "messages[].content[].toolResult.content[].searchResult", "A search result in a result";
    ToolResultUnknown: Block "toolResult", "messages[].content[].toolResult.content[].*", "Something in a result that this build does not know";
    ToolResultError: Field "status", "messages[].content[].toolResult.status=error", "The tool failed";
    ToolResultServer: Block "toolResult", "messages[].content[].toolResult (assistant)", "A result of a tool that the provider ran";
    GuardText: Block "guardContent", "messages[].content[].guardContent.text", "Text that is marked for the guardrail; the model reads it as text";
    GuardImage: Block "guardContent", "messages[].content[].guardContent.image", "An image that is marked for the guardrail; the model sees it as an image";
    GuardUnknown: Block "guardContent", "messages[].content[].guardContent.*", "Content marked for the guardrail that this build does not know";
    CachePoint: Block "cachePoint", "messages[].content[].cachePoint", "The end of a cacheable prefix";
    CachePointTtl: Field "ttl", "cachePoint.ttl", "How long a prefix is cached";
    ReasoningSealed: Block "reasoningContent", "messages[].content[].reasoningContent.reasoningText.signature", "Earlier reasoning with its seal";
    ReasoningPlain: Block "reasoningContent", "messages[].content[].reasoningContent.reasoningText", "Earlier reasoning without a seal";
    ReasoningRedacted: Block "reasoningContent", "messages[].content[].reasoningContent.redactedContent", "Earlier reasoning that is sealed whole";
    ReasoningUnknown: Block "reasoningContent", "messages[].content[].reasoningContent.*", "Earlier reasoning that this build does not know";
    CitationsText: Block "citationsContent", "messages[].content[].citationsContent.content", "The text of an earlier answer with citations";
    CitationsSources: Block "citationsContent", "messages[].content[].citationsContent.citations", "The citations of an earlier answer";
    CitationsPieces: Block "citationsContent", "messages[].content[].citationsContent.content (several)", "The pieces of such a text, and of what it cites";
    CitationsSource: Field "source", "messages[].content[].citationsContent.citations[].source", "The source beside a place in a document";
    CitationsWeb: Block "citationsContent", "messages[].content[].citationsContent.citations[].location.web", "A citation of a page on the web";
    CitationsIncomplete: Block "citationsContent", "messages[].content[].citationsContent.citations[] (incomplete)", "A citation that does not say what it cites or where that is";
    SearchResult: Block "searchResult", "messages[].content[].searchResult", "A search result";
    SearchResultCitations: Field "citations", "messages[].content[].searchResult.citations.enabled", "The promise that a search result is cited";
    ToolAddition: Block "toolAddition", "messages[].content[].toolAddition", "A tool that becomes available in mid-conversation";
    ToolRemoval: Block "toolRemoval", "messages[].content[].toolRemoval", "A tool that is taken away in mid-conversation";
    BlockUnknown: Block "unknown", "messages[].content[].*", "A kind of content that this build does not know";
    ToolSpec: Field "toolSpec", "toolConfig.tools[].toolSpec", "A tool: name, description and the schema of its input";
    ToolNameOther: Field "toolSpec", "toolConfig.tools[].toolSpec.name (other spelling)", "A name of a tool in a spelling that the target does not take; the model would call it by another";
    ToolDescriptionBlank: Field "description", "toolConfig.tools[].toolSpec.description (empty)", "A description of a tool that says nothing";
    ToolsAbsent: Field "toolConfig", "toolConfig (absent)", "No tool is offered, where tools were called before";
    ToolSchemaUnknown: Field "inputSchema", "toolConfig.tools[].toolSpec.inputSchema.*", "A schema in a form that this build does not know";
    ToolStrict: Field "strict", "toolConfig.tools[].toolSpec.strict=true", "The promise that calls follow the schema";
    ToolSystem: Field "systemTool", "toolConfig.tools[].systemTool", "A tool that the provider runs";
    ToolCachePoint: Field "cachePoint", "toolConfig.tools[].cachePoint", "The end of a cacheable prefix of the tools";
    ToolUnknown: Field "tools", "toolConfig.tools[].*", "A kind of tool that this build does not know";
    ChoiceAuto: Field "toolChoice", "toolConfig.toolChoice.auto", "The model decides whether to call a tool";
    ChoiceAny: Field "toolChoice", "toolConfig.toolChoice.any", "The model must call a tool";
    ChoiceTool: Field "toolChoice", "toolConfig.toolChoice.tool", "The model must call that tool";
    ChoiceNone: Field "toolChoice", "tool choice none", "The model must call no tool";
    ChoiceUnknown: Field "toolChoice", "toolConfig.toolChoice.*", "A choice that this build does not know";
    SingleCall: Field "parallel tool calls", "parallel tool calls off", "The model calls at most one tool a turn";
    MaxTokens: Field "maxTokens", "inferenceConfig.maxTokens", "The most tokens to write";
    MaxTokensAbsent: Field "maxTokens", "inferenceConfig.maxTokens (absent)", "No limit on the tokens to write";
    Temperature: Field "temperature", "inferenceConfig.temperature", "Temperature";
    TopP: Field "topP", "inferenceConfig.topP", "Nucleus probability";
    StopSequences: Field "stopSequences", "inferenceConfig.stopSequences", "Texts that end the reply";
    Guardrail: Field "guardrailConfig", "guardrailConfig", "The guardrail to apply";
    PromptVariables: Field "promptVariables", "promptVariables", "Values of the variables of a stored prompt";
    ResponsePaths: Field "additionalModelResponseFieldPaths", "additionalModelResponseFieldPaths", "Paths into the native reply; answered by the gateway";
    Metadata: Field "requestMetadata", "requestMetadata", "The caller's own labels";
    PerformanceStandard: Field "performanceConfig", "performanceConfig.latency=standard", "The usual latency";
    PerformanceOptimized: Field "performanceConfig", "performanceConfig.latency=optimized", "A better latency";
    TierDefault: Field "serviceTier", "serviceTier.type=default", "The usual service tier";
    TierPriority: Field "serviceTier", "serviceTier.type=priority", "The service tier that goes first";
    TierFlex: Field "serviceTier", "serviceTier.type=flex", "The service tier that may wait";
    TierOther: Field "serviceTier", "serviceTier.type=*", "Another service tier";
    OutputSchema: Field "outputConfig", "outputConfig.textFormat (json_schema)", "The promise that the text follows a JSON Schema";
    OutputUnknown: Field "outputConfig", "outputConfig.textFormat.*", "A promise about the text that this build does not know";
    OutputEffort: Field "effort", "outputConfig.effort", "How much effort to spend";
    TopK: Field "top_k", "additionalModelRequestFields: top k", "Sampling from the k most likely tokens";
    Seed: Field "seed", "additionalModelRequestFields: seed", "The seed of sampling";
    Penalties: Field "penalties", "additionalModelRequestFields: penalties", "Penalties on repetition";
    LogitBias: Field "logit_bias", "additionalModelRequestFields: logit bias", "Biases on tokens";
    Logprobs: Field "logprobs", "additionalModelRequestFields: log probabilities", "Log probabilities beside the reply";
    Candidates: Field "n", "additionalModelRequestFields: n > 1", "More than one reply";
    EndUser: Field "user", "additionalModelRequestFields: end user", "An opaque id of the end user";
    Betas: Field "anthropic_beta", "additionalModelRequestFields: betas", "Features of the API that are switched on by name";
    ReasoningOff: Field "reasoning", "additionalModelRequestFields: reasoning off", "No reasoning";
    ReasoningAdaptive: Field "reasoning", "additionalModelRequestFields: reasoning adaptive", "As much reasoning as the model likes";
    ReasoningBudget: Field "reasoning", "additionalModelRequestFields: reasoning budget", "A number of tokens for reasoning";
    ReasoningEffort: Field "reasoning", "additionalModelRequestFields: reasoning effort", "A level of reasoning";
    ExtraOwned: Field "additionalModelRequestFields", "additionalModelRequestFields: a member of the body that the gateway writes", "A field that would overwrite what the gateway writes";
    ExtraConflict: Field "additionalModelRequestFields", "additionalModelRequestFields: a field that is set elsewhere too", "A field that the request also sets in its own place, which wins";
    ExtraOwn: Field "additionalModelRequestFields", "additionalModelRequestFields: another field of the target's own vocabulary", "Another field of the target's own vocabulary";
    ExtraForeign: Field "additionalModelRequestFields", "additionalModelRequestFields: another field of another vocabulary", "Another field of the vocabulary of another family";
    UnknownMember: Field "unknown", "a member that this build does not know", "A member of another format that this build does not know";
}

impl Leaf {
    /// The service's own words where a model cannot take the leaf.
    pub fn refusal(self) -> String {
        match self.noun() {
            Noun::Block(block) => format!(
                "This model doesn't support the {block} content block that you provided. Update the content block and try again."
            ),
            Noun::Field(field) => {
                format!(
                    "This model doesn't support the {field} field. Remove {field} and try again."
                )
            }
        }
    }
}

/// What a refusal calls the leaf.
#[derive(Clone, Copy, Debug)]
enum Noun {
    /// A content block.
    Block(&'static str),
    /// A field.
    Field(&'static str),
}
