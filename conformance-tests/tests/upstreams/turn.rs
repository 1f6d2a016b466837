//! What a model said in one turn, and how a client of Converse finds it in an answer or in a stream.
//!
//! The stream is held to the grammar that the SDKs need: one member an event, blocks one after the other, no start for text
//! and reasoning, the stop and then the metadata at the end.

use rest_json::Frame;
use rest_json::frame::FrameKind;
use serde_json::Value;

/// What a model said in one turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Turn {
    /// All text, joined.
    pub(crate) text: String,
    /// All reasoning, joined.
    pub(crate) reasoning: String,
    /// The seals of the reasoning, in order.
    pub(crate) seals: Vec<String>,
    pub(crate) calls: Vec<Call>,
    /// In Bedrock's words.
    pub(crate) stop: String,
    /// None where it was not told.
    pub(crate) usage: Option<Usage>,
}

/// One call of a tool.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) input: Value,
    /// Whether the provider itself runs it.
    pub(crate) is_of_server: bool,
}

/// What a turn cost, in tokens, those of the cache beside the others.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Usage {
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_write: u64,
}

impl Usage {
    /// Bedrock's `TokenUsage`, whose three required members must be there and add up.
    fn of(usage: &Value) -> Self {
        let told = |name: &str| usage[name].as_u64();
        let cached = |name: &str| told(name).unwrap_or_default();
        let read = Self {
            input: told("inputTokens").unwrap_or_else(|| panic!("{usage}")),
            output: told("outputTokens").unwrap_or_else(|| panic!("{usage}")),
            cache_read: cached("cacheReadInputTokens"),
            cache_write: cached("cacheWriteInputTokens"),
        };
        let Self {
            input,
            output,
            cache_read,
            cache_write,
        } = read;
        let total = input + output + cache_read + cache_write;
        assert_eq!(told("totalTokens"), Some(total), "{usage}");
        read
    }
}

/// The turn in a whole answer of Converse.
pub(crate) fn of_answer(answer: &Value) -> Turn {
    let message = &answer["output"]["message"];
    assert_eq!(message["role"], "assistant", "{answer}");
    let mut turn = Turn {
        stop: answer["stopReason"].as_str().unwrap().to_owned(),
        usage: Some(Usage::of(&answer["usage"])),
        ..Turn::default()
    };
    assert!(answer["metrics"]["latencyMs"].is_u64(), "{answer}");
    for block in message["content"].as_array().unwrap() {
        match one_member(block) {
            ("text", text) => turn.text.push_str(text.as_str().unwrap()),
            ("citationsContent", cited) => {
                for text in cited["content"].as_array().unwrap() {
                    turn.text.push_str(text["text"].as_str().unwrap());
                }
            }
            ("reasoningContent", reasoning) => match one_member(reasoning) {
                ("reasoningText", said) => {
                    turn.reasoning.push_str(said["text"].as_str().unwrap());
                    turn.seals
                        .extend(said["signature"].as_str().map(str::to_owned));
                }
                (other, _) => panic!("reasoning of kind {other}"),
            },
            ("toolUse", call) => turn.calls.push(Call {
                id: call["toolUseId"].as_str().unwrap().to_owned(),
                name: call["name"].as_str().unwrap().to_owned(),
                input: call["input"].clone(),
                is_of_server: call["type"] == "server_tool_use",
            }),
            // What the provider's own tools gave back.
            ("toolResult", result) => {
                assert!(result["toolUseId"].is_string(), "{result}");
            }
            (other, _) => panic!("a block of kind {other}"),
        }
    }
    turn
}

/// A union on the wire: exactly one member that is not null.
fn one_member(union: &Value) -> (&str, &Value) {
    let members = union.as_object().unwrap_or_else(|| panic!("{union}"));
    let mut present = members.iter().filter(|(_, value)| !value.is_null());
    match (present.next(), present.next()) {
        (Some((name, value)), None) => (name, value),
        _ => panic!("not one member: {union}"),
    }
}

/// How a stream ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// With its metadata, behind which nothing came.
    Whole,
    /// With an exception of that name and payload, behind which nothing came and before which no stop.
    Exception(String, Value),
    /// With neither.
    Cut,
}

/// The turn in a stream of Converse, and how the stream ended.
pub(crate) fn of_frames(frames: &[Frame]) -> (Turn, End) {
    let mut reader = Reader::default();
    for frame in frames {
        let payload: Value = serde_json::from_slice(&frame.payload).unwrap();
        assert!(reader.end.is_none(), "behind the end: {payload}");
        match frame.kind() {
            FrameKind::Event(name) => reader.event(name, &payload),
            FrameKind::Exception(name) => {
                assert!(!reader.is_stopped, "an exception behind the stop");
                reader.end = Some(End::Exception(name.to_owned(), payload));
            }
            FrameKind::Error { .. } | FrameKind::Other => panic!("{frame:?}"),
        }
    }
    let end = reader.end.unwrap_or(End::Cut);
    (reader.turn, end)
}

#[derive(Default)]
struct Reader {
    turn: Turn,
    is_started: bool,
    is_stopped: bool,
    n_blocks: u64,
    block: Option<Block>,
    end: Option<End>,
}

/// The open block.
struct Block {
    index: u64,
    /// The kind of its start, or of its first delta.
    kind: String,
    /// The call and the text of its input so far.
    call: Option<(Call, String)>,
}

impl Reader {
    fn event(&mut self, name: &str, payload: &Value) {
        assert!(!self.is_stopped || name == "metadata", "{name} {payload}");
        match name {
            "messageStart" => {
                assert!(!self.is_started, "a second start");
                assert_eq!(payload["role"], "assistant");
                self.is_started = true;
            }
            "contentBlockStart" => self.start(payload),
            "contentBlockDelta" => self.delta(payload),
            "contentBlockStop" => {
                let Block { index, kind, call } = self.block.take().expect("an open block");
                assert_eq!(payload["contentBlockIndex"], index, "{kind}");
                if let Some((mut call, input)) = call {
                    call.input = serde_json::from_str(&input)
                        .unwrap_or_else(|error| panic!("{error}: {input}"));
                    self.turn.calls.push(call);
                }
            }
            "messageStop" => {
                assert!(
                    self.block.is_none() && self.is_started,
                    "a stop inside a block"
                );
                self.is_stopped = true;
                payload["stopReason"]
                    .as_str()
                    .unwrap()
                    .clone_into(&mut self.turn.stop);
            }
            "metadata" => {
                assert!(self.is_stopped, "metadata before the stop");
                assert!(payload["metrics"]["latencyMs"].is_u64(), "{payload}");
                self.turn.usage = Some(Usage::of(&payload["usage"]));
                self.end = Some(End::Whole);
            }
            other => panic!("an event {other}"),
        }
    }

    /// Opens the next block, behind the last that was closed.
    fn open(&mut self, payload: &Value, kind: &str, call: Option<Call>) {
        assert!(self.is_started && self.block.is_none(), "{payload}");
        let index = self.n_blocks;
        assert_eq!(payload["contentBlockIndex"], index, "{payload}");
        self.n_blocks += 1;
        self.block = Some(Block {
            index,
            kind: kind.to_owned(),
            call: call.map(|call| (call, String::new())),
        });
    }

    fn start(&mut self, payload: &Value) {
        let (kind, start) = one_member(&payload["start"]);
        let call = match kind {
            "toolUse" => Some(Call {
                id: start["toolUseId"].as_str().unwrap().to_owned(),
                name: start["name"].as_str().unwrap().to_owned(),
                input: Value::Null,
                is_of_server: start["type"] == "server_tool_use",
            }),
            "toolResult" | "image" => None,
            other => panic!("a start of {other}"),
        };
        self.open(payload, kind, call);
    }

    fn delta(&mut self, payload: &Value) {
        let (kind, delta) = one_member(&payload["delta"]);
        // Only text and reasoning begin with their first delta.
        if self.block.is_none() {
            assert!(matches!(kind, "text" | "reasoningContent"), "{payload}");
            self.open(payload, kind, None);
        }
        let block = self.block.as_mut().unwrap();
        assert_eq!(payload["contentBlockIndex"], block.index, "{payload}");
        match (block.kind.as_str(), kind) {
            ("text", "text") => {
                let text = delta.as_str().unwrap();
                assert!(!text.is_empty(), "an empty delta");
                self.turn.text.push_str(text);
            }
            // It belongs to the text before it.
            ("text", "citation") => {}
            ("reasoningContent", "reasoningContent") => match one_member(delta) {
                ("text", text) => self.turn.reasoning.push_str(text.as_str().unwrap()),
                ("signature", seal) => self.turn.seals.push(seal.as_str().unwrap().to_owned()),
                (other, _) => panic!("reasoning of kind {other}"),
            },
            ("toolUse", "toolUse") => {
                let (_, input) = block.call.as_mut().unwrap();
                input.push_str(delta["input"].as_str().unwrap());
            }
            ("toolResult", "toolResult") => assert!(delta.is_array(), "{payload}"),
            (block, delta) => panic!("a delta of {delta} in a block of {block}"),
        }
    }
}
