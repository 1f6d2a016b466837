//! What the service refuses whatever the model, beyond the constraints of single members.
//!
//! Texts are those real callers have met; positions in them count from 0, unlike those of constraint failures.

use std::collections::BTreeSet;

use llm::chat::{Block, Message, Request, Role, TextFormat, Tool, ToolChoice};

/// The first rule a request breaks, in the service's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The text for the client.
    pub message: String,
}

/// The most documents in one message.
const N_DOCUMENTS_MAX: usize = 5;

/// Checks a conversation; `prompted` says that the model id names a stored prompt, which brings messages of its own.
pub fn validate(request: &Request, prompted: bool) -> Option<Finding> {
    let messages = request.messages.as_deref().unwrap_or_default();
    let none = messages.is_empty() && !prompted;
    none.then(|| {
        "The messages field is empty. Add at least one message to the messages field and try again."
            .to_owned()
    })
    .or_else(|| {
        messages
            .iter()
            .enumerate()
            .find_map(|(at, message)| content(at, message))
    })
    .or_else(|| tool_config(request, messages))
    .or_else(|| pairing(messages))
    .or_else(|| tools(request))
    .or_else(|| fields(request))
    .map(|message| Finding { message })
}

fn content(at: usize, message: &Message) -> Option<String> {
    if message.content.is_empty() {
        return Some(format!(
            "The content field in the Message object at messages.{at} is empty. Add a ContentBlock object to the content field and try again."
        ));
    }
    if let [Block::Text(text)] = message.content.as_slice()
        && text.trim().is_empty()
    {
        return Some(format!(
            "The text field in the ContentBlock object at messages.{at}.content.0 is blank. Add text to the text field, and try again."
        ));
    }
    let n_documents = message.content.iter().filter_map(Block::document).count();
    let has_text = message
        .content
        .iter()
        .any(|block| matches!(block, Block::Text(_) | Block::Guard(_)));
    if n_documents > 0 && !has_text {
        return Some("A text block must be included when using documents.".to_owned());
    }
    (n_documents > N_DOCUMENTS_MAX).then(|| {
        format!("The message at messages.{at} has more than {N_DOCUMENTS_MAX} documents. Remove documents and try again.")
    })
}

fn tool_config(request: &Request, messages: &[Message]) -> Option<String> {
    let uses_tools = messages
        .iter()
        .flat_map(|message| &message.content)
        .any(|block| matches!(block, Block::ToolUse(_) | Block::ToolResult(_)));
    (request.tools.is_none() && uses_tools).then(|| {
        "The toolConfig field must be defined when using toolUse and toolResult content blocks."
            .to_owned()
    })
}

/// Consecutive messages of one role are one turn to the service: each result answers a call of the turn before, and each call is answered.
fn pairing(messages: &[Message]) -> Option<String> {
    // The operator may speak between a call and its result, and within a turn.
    let spoken: Vec<(usize, &Message)> = messages
        .iter()
        .enumerate()
        .filter(|(_, message)| matches!(message.role, Role::User | Role::Assistant))
        .collect();
    let mut expected: Vec<&str> = Vec::new();
    for turn in spoken.chunk_by(|(_, one), (_, other)| one.role == other.role) {
        let Some((first, Message { role, .. })) = turn.first() else {
            continue;
        };
        if *role == Role::Assistant {
            expected = turn
                .iter()
                .flat_map(|(_, message)| client_calls(message))
                .collect();
            continue;
        }
        let results: Vec<(usize, &str)> = turn
            .iter()
            .flat_map(|(at, message)| results(message).map(move |id| (*at, id)))
            .collect();
        if let Some((at, _)) = results.get(expected.len()) {
            return Some(format!(
                "The number of toolResult blocks at messages.{at}.content exceeds the number of toolUse blocks of previous turn."
            ));
        }
        let answered: BTreeSet<&str> = results.iter().map(|(_, id)| *id).collect();
        let missing: Vec<&str> = expected
            .drain(..)
            .filter(|id| !answered.contains(id))
            .collect();
        if !missing.is_empty() {
            return Some(format!(
                "Expected toolResult blocks at messages.{first}.content for the following Ids: {}",
                missing.join(", ")
            ));
        }
    }
    None
}

/// The calls that the client answers; the others the provider has run itself.
fn client_calls(message: &Message) -> impl Iterator<Item = &str> {
    let calls = message.content.iter().filter_map(Block::tool_use);
    calls
        .filter(|call| call.kind.as_deref() != Some("server_tool_use"))
        .map(|call| call.id.as_str())
}

/// The ids of the calls that are answered.
fn results(message: &Message) -> impl Iterator<Item = &str> {
    let results = message.content.iter().filter_map(Block::tool_result);
    results.map(|result| result.id.as_str())
}

fn tools(request: &Request) -> Option<String> {
    let set = request.tools.as_ref()?;
    let mut seen = BTreeSet::new();
    for (at, tool) in set.items.iter().enumerate() {
        let name = match tool {
            Tool::Spec(spec) => spec.name.as_str(),
            Tool::System { name, .. } => name.as_str(),
            Tool::CachePoint(_) | Tool::Unknown { .. } => continue,
        };
        if !seen.insert(name) {
            return Some(format!(
                "The tool name at toolConfig.tools.{at} is used more than once. Tool names must be unique."
            ));
        }
    }
    match &set.choice {
        Some(ToolChoice::Tool { name, .. }) if !seen.contains(name.as_str()) => Some(
            "The tool named at toolConfig.toolChoice.tool.name is not defined in toolConfig.tools."
                .to_owned(),
        ),
        Some(
            ToolChoice::Tool { .. }
            | ToolChoice::Auto { .. }
            | ToolChoice::Any { .. }
            | ToolChoice::None { .. }
            | ToolChoice::Unknown { .. },
        )
        | None => None,
    }
}

fn fields(request: &Request) -> Option<String> {
    if request
        .extra
        .as_ref()
        .is_some_and(|extra| !extra.as_str().starts_with('{'))
    {
        return Some("The additionalModelRequestFields field must be a JSON object.".to_owned());
    }
    let paths = request.response_paths.iter().flatten();
    if let Some((at, _)) = paths.enumerate().find(|(_, path)| !is_pointer(path)) {
        return Some(format!(
            "The path at additionalModelResponseFieldPaths.{at} is not a valid JSON Pointer."
        ));
    }
    if let Some(guardrail) = &request.guardrail
        && guardrail.id.is_some() != guardrail.version.is_some()
    {
        return Some(
            "The guardrailIdentifier and guardrailVersion fields must be given together."
                .to_owned(),
        );
    }
    let format = request
        .output
        .as_ref()
        .and_then(|output| output.text.as_ref());
    if let Some(TextFormat {
        schema: llm::chat::JsonSchema::Schema { schema, .. },
        ..
    }) = format
        && rest_json::Document::new(schema).is_err()
    {
        return Some(
            "The schema at outputConfig.textFormat.structure.jsonSchema.schema is not valid JSON."
                .to_owned(),
        );
    }
    None
}

/// RFC 6901: empty, or parts that each begin with `/`, in which `~` stands only before 0 and 1.
fn is_pointer(path: &str) -> bool {
    let parts_begin = path.is_empty() || path.starts_with('/');
    parts_begin
        && path
            .split('~')
            .skip(1)
            .all(|after| after.starts_with(['0', '1']))
}
