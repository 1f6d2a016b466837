//! Folds the events of a ConverseStream into one message, and holds the grammar of the stream on the way.
//!
//! The grammar is that of every recorded stream: `messageStart`, then one block after the other, each closed by
//! `contentBlockStop`, then `messageStop`, then `metadata`; text and reasoning have no `contentBlockStart`.

use serde_json::{Map, Value, json};

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Place {
    Before,
    Between,
    Inside,
    Stopped,
    Done,
}

/// `{"role", "content", "stopReason", ...metadata}`; the `input` of a tool call is parsed.
///
/// # Errors
/// The first event that the grammar does not allow, or the missing end.
pub fn message(events: &[Value]) -> Result<Value, String> {
    let mut fold = Fold {
        place: Place::Before,
        index: 0,
        block: Map::new(),
        content: Vec::new(),
        answer: Map::new(),
    };
    for (number, event) in events.iter().enumerate() {
        let (name, body) = event
            .as_object()
            .and_then(|event| event.iter().next())
            .ok_or_else(|| format!("event {number} has no member"))?;
        fold.event(name, body)
            .map_err(|fault| format!("event {number}, {name}: {fault}"))?;
    }
    if fold.place != Place::Done {
        return Err(format!(
            "the stream ends {:?} instead of with metadata",
            fold.place
        ));
    }
    fold.answer
        .insert("content".to_owned(), Value::Array(fold.content));
    Ok(Value::Object(fold.answer))
}

struct Fold {
    place: Place,
    index: u64,
    block: Map<String, Value>,
    content: Vec<Value>,
    answer: Map<String, Value>,
}

impl Fold {
    fn event(&mut self, name: &str, body: &Value) -> Result<(), String> {
        match (name, self.place) {
            ("messageStart", Place::Before) => {
                self.answer.insert(
                    "role".to_owned(),
                    body.get("role").cloned().unwrap_or_default(),
                );
                self.place = Place::Between;
            }
            ("contentBlockStart", Place::Between) => {
                self.at_index(body)?;
                let start = body
                    .get("start")
                    .and_then(Value::as_object)
                    .cloned()
                    .unwrap_or_default();
                let (member, value) = start.into_iter().next().ok_or("a start without a member")?;
                if member != "toolUse" && member != "toolResult" && member != "image" {
                    return Err(format!("{member} blocks have no start"));
                }
                self.block.insert(member, value);
                self.place = Place::Inside;
            }
            ("contentBlockDelta", Place::Between | Place::Inside) => {
                self.at_index(body)?;
                self.delta(
                    body.get("delta")
                        .and_then(Value::as_object)
                        .ok_or("no delta")?,
                )?;
                self.place = Place::Inside;
            }
            ("contentBlockStop", Place::Inside) => {
                self.at_index(body)?;
                self.close()?;
                self.place = Place::Between;
            }
            ("messageStop", Place::Between) => {
                self.answer
                    .extend(body.as_object().cloned().unwrap_or_default());
                self.place = Place::Stopped;
            }
            ("metadata", Place::Stopped) => {
                self.answer
                    .extend(body.as_object().cloned().unwrap_or_default());
                self.place = Place::Done;
            }
            (_, place) => return Err(format!("not allowed here ({place:?})")),
        }
        Ok(())
    }

    /// Blocks are numbered from 0 and only one is open at a time.
    fn at_index(&self, body: &Value) -> Result<(), String> {
        match body.get("contentBlockIndex").and_then(Value::as_u64) {
            Some(index) if index == self.index => Ok(()),
            other => Err(format!(
                "contentBlockIndex is {other:?}, the block is {}",
                self.index
            )),
        }
    }

    fn delta(&mut self, delta: &Map<String, Value>) -> Result<(), String> {
        let (member, value) = delta.iter().next().ok_or("an empty delta")?;
        match member.as_str() {
            "text" => append(&mut self.block, "text", value),
            "toolUse" => {
                let call = self
                    .block
                    .get_mut("toolUse")
                    .and_then(Value::as_object_mut)
                    .ok_or("a tool delta outside a tool call")?;
                append(call, "input", value.get("input").unwrap_or(&Value::Null))
            }
            "reasoningContent" => {
                let reasoning = self
                    .block
                    .entry("reasoningContent")
                    .or_insert_with(|| json!({}));
                let reasoning = reasoning.as_object_mut().ok_or("reasoning is no object")?;
                for (name, piece) in value.as_object().ok_or("reasoning is no object")? {
                    append(reasoning, name, piece)?;
                }
                Ok(())
            }
            "citation" => {
                let list = self.block.entry("citations").or_insert_with(|| json!([]));
                list.as_array_mut()
                    .ok_or("citations are no list")?
                    .push(value.clone());
                Ok(())
            }
            other => Err(format!("a delta of {other}, which this fold does not know")),
        }
    }

    fn close(&mut self) -> Result<(), String> {
        let mut block = std::mem::take(&mut self.block);
        if let Some(call) = block.get_mut("toolUse").and_then(Value::as_object_mut)
            && let Some(Value::String(text)) = call.get("input")
        {
            let parsed = serde_json::from_str(text)
                .map_err(|error| format!("the tool's input is no JSON: {error}"))?;
            call.insert("input".to_owned(), parsed);
        }
        self.content.push(Value::Object(block));
        self.index += 1;
        Ok(())
    }
}

/// Text grows; a value of another kind (redacted bytes) stands alone.
fn append(members: &mut Map<String, Value>, name: &str, piece: &Value) -> Result<(), String> {
    match (members.get_mut(name), piece) {
        (Some(Value::String(text)), Value::String(piece)) => text.push_str(piece),
        (None, piece) => {
            members.insert(name.to_owned(), piece.clone());
        }
        (Some(_), _) => return Err(format!("a second {name} that is no text")),
    }
    Ok(())
}
