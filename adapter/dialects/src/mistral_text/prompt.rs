//! The conversation in a prompt: the marks of Mistral's template.
//!
//! White space between marks and text is the template's and not the speaker's. A prompt that does not follow the template
//! throughout is nothing but text.

use llm::Ext;
use llm::chat::{Block, Message, Role};

const BEGIN: &str = "<s>";
const END: &str = "</s>";
const USER: (&str, &str) = ("[INST]", "[/INST]");
/// How Mistral's newer template marks the operator's text, and how Llama's does, in which libraries write this one too.
const SYSTEM: [(&str, &str); 2] = [
    ("[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
    ("<<SYS>>", "<</SYS>>"),
];

/// What a prompt says.
#[derive(Debug, PartialEq)]
pub(super) struct Conversation {
    pub(super) system: Option<String>,
    pub(super) messages: Vec<Message>,
}

/// Reads a prompt: the turns that its marks tell, else one turn of the user's.
pub(super) fn decode_prompt(prompt: &str) -> Conversation {
    turns(prompt).unwrap_or_else(|| Conversation {
        system: None,
        messages: vec![message(Role::User, prompt)],
    })
}

/// `<s>[INST] user [/INST] assistant</s>[INST] user [/INST]`, a text of the operator's before or in the first turn; none where
/// the prompt is anything else.
fn turns(prompt: &str) -> Option<Conversation> {
    let rest = prompt.trim();
    let rest = rest.strip_prefix(BEGIN).unwrap_or(rest);
    let (mut system, mut rest) = operator(rest);
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let (open, close) = USER;
        let (asked, behind) = rest.trim_start().strip_prefix(open)?.split_once(close)?;
        let asked = if messages.is_empty() && system.is_none() {
            let (inside, asked) = operator(asked);
            system = inside;
            asked
        } else {
            asked
        };
        let (answered, behind) = match behind.find(open) {
            Some(next) => behind.split_at_checked(next)?,
            None => (behind, ""),
        };
        messages.push(message(Role::User, text(asked)?));
        let answered = answered.trim();
        // A library may begin each turn anew.
        let answered = answered.strip_suffix(BEGIN).unwrap_or(answered).trim();
        let answered = answered.strip_suffix(END).unwrap_or(answered).trim();
        match (answered.is_empty(), behind.is_empty()) {
            (false, _) => messages.push(message(Role::Assistant, text(answered)?)),
            (true, true) => {}
            // Nobody answers with nothing and is asked again.
            (true, false) => return None,
        }
        rest = behind;
    }
    let is_told = !messages.is_empty() && system.as_deref().is_none_or(|text| !has_mark(text));
    is_told.then_some(Conversation { system, messages })
}

/// The operator's text that leads, and what follows it.
fn operator(text: &str) -> (Option<String>, &str) {
    let told = SYSTEM.iter().find_map(|(open, close)| {
        let inside = text.trim_start().strip_prefix(open)?;
        inside.split_once(close)
    });
    match told {
        Some((system, rest)) => {
            let system = system.trim();
            let system = Some(system).filter(|system| !system.is_empty());
            (system.map(str::to_owned), rest)
        }
        None => (None, text),
    }
}

/// What a speaker says; none where it is nothing or holds marks.
fn text(said: &str) -> Option<&str> {
    let said = said.trim();
    (!said.is_empty() && !has_mark(said)).then_some(said)
}

fn has_mark(text: &str) -> bool {
    let (open, close) = USER;
    let system = SYSTEM.iter().flat_map(|(open, close)| [*open, *close]);
    [BEGIN, END, open, close]
        .into_iter()
        .chain(system)
        .any(|mark| text.contains(mark))
}

fn message(role: Role, text: &str) -> Message {
    Message {
        role,
        content: vec![Block::Text(text.to_owned())],
        ext: Ext::default(),
    }
}
