//! The same bytes prove little if everything were kept as unknown text: here is what of real answers the model does not know, and no more.

use std::collections::BTreeMap;

use conformance_tests::corpus::Exchange;
use generated::runtime::operation::{ApplyGuardrail, Converse};
use generated::runtime::types::{
    ContentBlock, ContentBlockStart, ConverseOutput, ConverseStreamOutput, ToolUseType,
};
use rest_json::{EventStream, FrameDecoder, Operation, Unknowns};

use crate::{exchanges, response};

/// How often each unknown member or value was met, by its path.
#[derive(Default)]
struct Met(BTreeMap<String, usize>);

impl Met {
    fn members(&mut self, path: &str, unknown: &Unknowns) {
        for (name, _) in unknown.iter() {
            self.one(format!("{path}.{name}"));
        }
    }

    fn one(&mut self, what: String) {
        *self.0.entry(what).or_default() += 1;
    }

    #[track_caller]
    fn check(&self, expected: &[(&str, usize)]) {
        println!("unknown to the model: {:?}", self.0);
        let expected: BTreeMap<String, usize> = expected
            .iter()
            .map(|(what, count)| ((*what).to_owned(), *count))
            .collect();
        assert_eq!(self.0, expected);
    }
}

fn answered<'a>(
    exchanges: &'a [Exchange],
    operation: &'static str,
) -> impl Iterator<Item = &'a Exchange> {
    exchanges.iter().filter(move |exchange| {
        exchange.operation == operation && exchange.response.status.is_success()
    })
}

#[test]
fn converse_answers_are_typed() {
    let Some(exchanges) = exchanges("converse_answers_are_typed") else {
        return;
    };
    let mut met = Met::default();
    for exchange in answered(&exchanges, "Converse") {
        let output = Converse::decode_response(&response(exchange)).unwrap();
        met.members("", &output.unknown);
        if let Some(usage) = &output.usage {
            met.members("usage", &usage.unknown);
        }
        let message = match output.output {
            Some(ConverseOutput::Message(message)) => message,
            other => panic!("{}: {other:?}", exchange.name),
        };
        met.members("message", &message.unknown);
        for block in message.content.unwrap_or_default() {
            match block {
                ContentBlock::ToolUse(tool) => {
                    met.members("toolUse", &tool.unknown);
                    if let Some(ToolUseType::Unknown(value)) = tool.r#type {
                        met.one(format!("toolUse.type={value}"));
                    }
                }
                ContentBlock::Unknown { member, .. } => met.one(format!("content.{member}")),
                _ => {}
            }
        }
    }
    met.check(&[
        ("toolUse.type=tool_use", 70),
        ("usage.cacheReadInputTokenCount", 171),
        ("usage.cacheWriteInputTokenCount", 158),
        ("usage.serverToolUsage", 313),
    ]);
}

#[test]
fn stream_events_are_typed() {
    let Some(exchanges) = exchanges("stream_events_are_typed") else {
        return;
    };
    let mut met = Met::default();
    for exchange in
        answered(&exchanges, "ConverseStream").filter(|exchange| exchange.answer_is_fit_for_bytes())
    {
        let mut decoder = FrameDecoder::new(exchange.response.body.len());
        for frame in decoder.push(&exchange.response.body).unwrap() {
            match ConverseStreamOutput::decode_frame(&frame).unwrap() {
                ConverseStreamOutput::MessageStart(event) => met.members("event", &event.unknown),
                ConverseStreamOutput::ContentBlockStart(event) => {
                    met.members("event", &event.unknown);
                    if let Some(ContentBlockStart::ToolUse(tool)) = event.start
                        && let Some(ToolUseType::Unknown(value)) = tool.r#type
                    {
                        met.one(format!("toolUse.type={value}"));
                    }
                }
                ConverseStreamOutput::ContentBlockDelta(event) => {
                    met.members("event", &event.unknown)
                }
                ConverseStreamOutput::ContentBlockStop(event) => {
                    met.members("event", &event.unknown)
                }
                ConverseStreamOutput::MessageStop(event) => met.members("event", &event.unknown),
                ConverseStreamOutput::Metadata(event) => {
                    met.members("event", &event.unknown);
                    met.members("metadata.usage", &event.usage.unwrap().unknown);
                }
                ConverseStreamOutput::ValidationException(error) => {
                    met.members("exception", &error.unknown)
                }
                other => panic!("{}: {other:?}", exchange.name),
            }
        }
    }
    met.check(&[
        ("event.p", 2049),
        ("metadata.usage.serverToolUsage", 36),
        ("toolUse.type=tool_use", 3),
    ]);
}

#[test]
fn guardrail_answers_are_typed() {
    let Some(exchanges) = exchanges("guardrail_answers_are_typed") else {
        return;
    };
    let mut met = Met::default();
    for exchange in answered(&exchanges, "ApplyGuardrail") {
        met.members(
            "",
            &ApplyGuardrail::decode_response(&response(exchange))
                .unwrap()
                .unknown,
        );
    }
    met.check(&[(".blockedResponse", 3), (".output", 3)]);
}
