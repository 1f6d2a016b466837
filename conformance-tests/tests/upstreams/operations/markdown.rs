//! The table as the README shows it.

use std::fmt::Write;

use super::Row;
use super::calls::Asks;
use super::verdict::Verdict;

/// The line before the table.
pub(super) const BEGIN: &str = "<!-- operations: begin -->";
/// The line behind it.
pub(super) const END: &str = "<!-- operations: end -->";

/// The table, and what its words mean.
pub(super) fn write(table: &[Row]) -> String {
    let mut text = String::from(
        "| operation | sandbox | bedrock | openai | anthropic |\n|---|---|---|---|---|\n",
    );
    for row in table {
        let bedrock = match row.foreign {
            Some(verdict) => format!(
                "{}; {} for a model of another format",
                word(row.bedrock),
                word(verdict)
            ),
            None => word(row.bedrock),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {bedrock} | {} | {} |",
            names(row.asks),
            word(row.sandbox),
            word(row.openai),
            word(row.anthropic),
        );
    }
    text.push_str(MEANING);
    text
}

const MEANING: &str = "
- relayed: the bytes go out and come back as they are.
- as it is: the body goes out and comes back as it is, but for `model`, `stream` and the version, which each side has in its own place; documents of a stream come in Bedrock's frames.
- translated: the upstream is asked in its own format, and its answer told in the caller's. What it cannot take is refused with its place, or listed in `x-gateway-warnings`.
- answered: by the gateway itself.
- refused: by the gateway itself, with 400 ValidationException and the text \"This action doesn't support the model that you provided.\" where no other stands here.

The format of a body is told by its members and, where several formats share them, by the model id that the client asks for.
A prompt is Mistral text under an id of Mistral's and, since they have no prompts of their own, of OpenAI's models and Claude; in Mistral's marks also under an id that names no known model.
";

/// `Converse, ConverseStream`, and the format of their bodies once.
fn names(asks: &[Asks]) -> String {
    let mut operations: Vec<&str> = Vec::new();
    let mut bodies: Vec<&str> = Vec::new();
    for ask in asks {
        if !operations.contains(&ask.operation()) {
            operations.push(ask.operation());
        }
        let body = ask.body_of().map(super::BodyOf::name);
        bodies.extend(body.filter(|body| !bodies.contains(body)));
    }
    let operations = operations.join(", ");
    match bodies.as_slice() {
        [] => operations,
        bodies if asks.contains(&Asks::CountTokens) => {
            format!(
                "{operations}: a conversation, or a body of {}",
                bodies.join(", ")
            )
        }
        bodies => format!("{operations}: a body of {}", bodies.join(", ")),
    }
}

fn word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Relayed => "relayed".to_owned(),
        Verdict::Verbatim => "as it is".to_owned(),
        Verdict::Translated => "translated".to_owned(),
        Verdict::Answered => "answered".to_owned(),
        super::NO_ACTION => "refused".to_owned(),
        Verdict::Refused(400, "ValidationException", text) => format!("refused: \"{text}\""),
        Verdict::Refused(status, exception, _) => format!("refused ({status} {exception})"),
        Verdict::Odd => "?".to_owned(),
    }
}
