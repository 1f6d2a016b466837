//! What OpenAI and Anthropic answered and others recorded, through the whole gateway: a client of Converse reads what the
//! recording says, and one of InvokeModel, where it speaks the provider's own format, its very bytes.
//!
//! The recordings belong to other projects and are optional: without them these tests say that they are skipped.

mod anthropic;
mod openai;

use bytes::Bytes;
use conformance_tests::corpus::{self, Exchange};
use conformance_tests::loopback::frames;
use conformance_tests::shared::folder_or_skip;
use http::Request;
use serde_json::Value;

use crate::boto3;
use crate::invoked;
use crate::operations::{canned, without_ours};
use crate::stage::{
    CHAT_COMPLETIONS, CLAUDE_AT_OPENAI, GPT_AT_ANTHROPIC, JSON, MESSAGES, Provider, Stage,
    stream_in_pieces,
};
use crate::turn::{self, End, Turn};

/// The sizes of the pieces in which a recorded stream comes: they cut lines, names and letters.
const PIECES: [usize; 8] = [1, 2, 97, 3, 5, 211, 7, 499];

/// One of the two providers, and how its recordings are read.
struct Api {
    provider: Provider,
    /// The folder of the recordings.
    folder: &'static str,
    operation: &'static str,
    path: &'static str,
    /// What a whole reply says.
    of_reply: fn(&Value) -> Turn,
    /// What the events of a stream say.
    of_events: fn(&[Value]) -> Turn,
}

const OPENAI: Api = Api {
    provider: Provider::OpenAi,
    folder: "openai",
    operation: "chat.completions",
    path: CHAT_COMPLETIONS,
    of_reply: openai::of_reply,
    of_events: openai::of_events,
};
const ANTHROPIC: Api = Api {
    provider: Provider::Anthropic,
    folder: "anthropic",
    operation: "messages",
    path: MESSAGES,
    of_reply: anthropic::of_reply,
    of_events: anthropic::of_events,
};

impl Api {
    fn exchanges(&self, test: &str) -> Option<Vec<Exchange>> {
        let shared = folder_or_skip(test).unwrap()?;
        let mut exchanges = corpus::load(&shared, self.folder).unwrap();
        exchanges.retain(|exchange| exchange.operation == self.operation);
        Some(exchanges)
    }

    /// The model of a recorded request, as a client of the gateway asks for it.
    fn model(&self, asked: &Value) -> String {
        format!(
            "{}/{}",
            self.provider.name(),
            asked["model"].as_str().unwrap()
        )
    }
}

fn asked(exchange: &Exchange) -> Value {
    serde_json::from_slice(&exchange.request.body).unwrap()
}

fn is_stream(exchange: &Exchange) -> bool {
    asked(exchange)["stream"] == true
}

/// The data of server-sent events, by the rules of the HTML standard ("Interpreting an event stream").
fn data_of_events(body: &Bytes) -> Vec<String> {
    let text = std::str::from_utf8(body).unwrap();
    let mut all = Vec::new();
    let mut data: Vec<&str> = Vec::new();
    for line in text.lines().chain([""]) {
        match line.split_once(':').unwrap_or((line, "")) {
            ("data", value) => data.push(value.strip_prefix(' ').unwrap_or(value)),
            ("", _) if line.is_empty() && !data.is_empty() => {
                all.push(data.join("\n"));
                data.clear();
            }
            _ => {}
        }
    }
    // OpenAI's last is no document.
    all.retain(|data| data != "[DONE]");
    all
}

/// The text of the recording's answer where it is JSON.
fn read(exchange: &Exchange, api: &Api) -> Turn {
    let body = &exchange.response.body;
    if is_stream(exchange) {
        let data = data_of_events(body);
        let events: Vec<Value> = data
            .iter()
            .map(|data| serde_json::from_str(data).unwrap())
            .collect();
        (api.of_events)(&events)
    } else {
        (api.of_reply)(&serde_json::from_slice(body).unwrap())
    }
}

/// Plays the recorded answer to the request that is at the stub next.
async fn play(arrived: conformance_tests::loopback::stub::Arrived, exchange: &Exchange) {
    let body = &exchange.response.body;
    if is_stream(exchange) {
        stream_in_pieces(arrived, body, &PIECES).await;
    } else {
        arrived.answer(200, &[JSON], body.clone()).unwrap();
    }
}

/// How many answers were compared.
#[derive(Debug, Default, Eq, PartialEq)]
struct Answers {
    whole: usize,
    streams: usize,
}

/// Asks by Converse for each recorded answer, and holds what the client reads against the recording.
async fn check_converse(api: &Api, exchanges: &[Exchange]) -> Answers {
    let mut stage = Stage::start().await;
    let (mut answers, mut wrong) = (Answers::default(), Vec::new());
    for exchange in exchanges.iter().filter(|one| one.response.status == 200) {
        let (name, model) = (&exchange.name, api.model(&asked(exchange)));
        let capture = match is_stream(exchange) {
            true => boto3::CONVERSE_STREAM,
            false => boto3::CONVERSE,
        };
        // Some of the models take no stop sequences, which the captured call of Converse has.
        let said = boto3::captured(boto3::CONVERSE_STREAM).body.clone();
        let (seen, _) = stage
            .ask(boto3::saying(capture, &model, said), async |arrived| {
                assert_eq!(arrived.target, api.path, "{name}");
                play(arrived, exchange).await;
            })
            .await;
        if seen.status != 200 {
            wrong.push(format!("{name}: {seen:?}"));
            continue;
        }
        let turn = if is_stream(exchange) {
            answers.streams += 1;
            let (turn, end) = turn::of_frames(&frames::frames(&seen.body).unwrap());
            assert_eq!(end, End::Whole, "{name}");
            turn
        } else {
            answers.whole += 1;
            turn::of_answer(&seen.json())
        };
        let mut expected = read(exchange, api);
        // Where the provider told no usage there is only that of the gateway's own making.
        expected.usage = expected.usage.or(turn.usage);
        if turn != expected {
            wrong.push(format!("{name}:\n  {turn:?}\n  {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    answers
}

#[tokio::test]
async fn a_client_of_converse_reads_what_each_recorded_answer_of_openai_says() {
    let test = "a_client_of_converse_reads_what_each_recorded_answer_of_openai_says";
    let Some(exchanges) = OPENAI.exchanges(test) else {
        return;
    };
    let answers = check_converse(&OPENAI, &exchanges).await;
    let expected = Answers {
        whole: 60,
        streams: 37,
    };
    assert_eq!(answers, expected);
}

#[tokio::test]
async fn a_client_of_converse_reads_what_each_recorded_answer_of_anthropic_says() {
    let test = "a_client_of_converse_reads_what_each_recorded_answer_of_anthropic_says";
    let Some(exchanges) = ANTHROPIC.exchanges(test) else {
        return;
    };
    let answers = check_converse(&ANTHROPIC, &exchanges).await;
    let expected = Answers {
        whole: 98,
        streams: 48,
    };
    assert_eq!(answers, expected);
}

/// A recorded request as the body of an invocation.
fn invocation(exchange: &Exchange, model: &str) -> Request<Bytes> {
    let capture = match is_stream(exchange) {
        true => boto3::INVOKE_STREAM,
        false => boto3::INVOKE,
    };
    boto3::saying(capture, model, exchange.request.body.clone())
}

/// Sends each recorded request to its own provider, and holds what comes there and what comes back against the recording.
async fn check_own(api: &Api, exchanges: &[Exchange]) -> Answers {
    let mut stage = Stage::start().await;
    let (mut answers, mut wrong) = (Answers::default(), Vec::new());
    for exchange in exchanges {
        let (name, recorded) = (&exchange.name, asked(exchange));
        let request = invocation(exchange, &api.model(&recorded));
        let answers_well = exchange.response.status == 200;
        let (seen, came) = stage
            .ask(request, async |arrived| {
                let body: Value = serde_json::from_slice(&arrived.body).unwrap();
                let is_same = arrived.target == api.path
                    && without_ours(&arrived.body) == without_ours(&exchange.request.body)
                    && body["model"] == recorded["model"]
                    && (body["stream"] == true) == is_stream(exchange);
                if answers_well {
                    play(arrived, exchange).await;
                } else {
                    let status = exchange.response.status.as_u16();
                    let answer = exchange.response.body.clone();
                    arrived.answer(status, &[JSON], answer).unwrap();
                }
                is_same.then_some(()).ok_or(body)
            })
            .await;
        if came != Some(Ok(())) {
            wrong.push(format!("{name}: came as {came:?}"));
        }
        if !answers_well {
            if seen.status < 400 || seen.status >= 500 {
                wrong.push(format!("{name}: {seen:?}"));
            }
            continue;
        }
        if is_stream(exchange) {
            answers.streams += 1;
            let (told, end) = invoked::texts(&seen.body);
            let same = end == End::Whole && is_same(&told, data_of_events(&exchange.response.body));
            if !same {
                wrong.push(format!("{name}: {end:?} {told:#?}"));
            }
            let last: Value = told
                .last()
                .map_or(Value::Null, |last| serde_json::from_str(last).unwrap());
            let told = |name: &str| last[invoked::METRICS][name].as_u64();
            let told = (told("inputTokenCount"), told("outputTokenCount"));
            let usage = read(exchange, api).usage;
            if usage.is_some_and(|usage| told != (Some(usage.input), Some(usage.output))) {
                wrong.push(format!("{name}: {told:?} for {usage:?}"));
            }
        } else {
            answers.whole += 1;
            if seen.body != exchange.response.body {
                wrong.push(format!("{name}: {seen:?}"));
            }
            let usage = read(exchange, api).usage.unwrap();
            let told = |header: &str| seen.header(&format!("x-amzn-bedrock-{header}-token-count"));
            let told = (told("input"), told("output"));
            let spent = (usage.input.to_string(), usage.output.to_string());
            if told != (spent.0.as_str(), spent.1.as_str()) {
                wrong.push(format!("{name}: {told:?} for {usage:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    answers
}

/// Whether a client was told these documents and no others: each as it was, but that the last has the metrics in addition.
/// OpenAI's last, which only tells the cost, comes where the request asked for it.
fn is_same(told: &[String], mut recorded: Vec<String>) -> bool {
    let Some((last, before)) = told.split_last() else {
        return false;
    };
    if recorded.len() == told.len() + 1 {
        let cost = recorded.pop().unwrap_or_default();
        let cost: Value = serde_json::from_str(&cost).unwrap();
        if cost["choices"] != serde_json::json!([]) {
            return false;
        }
    }
    let Some(last_recorded) = recorded.pop() else {
        return false;
    };
    let open = last_recorded.trim_end().trim_end_matches('}').trim_end();
    before == recorded
        && last.starts_with(open)
        && serde_json::from_str::<Value>(last).is_ok_and(|last| last[invoked::METRICS].is_object())
}

#[tokio::test]
async fn each_recorded_request_to_openai_passes_there_as_it_is_and_so_does_the_answer() {
    let test = "each_recorded_request_to_openai_passes_there_as_it_is_and_so_does_the_answer";
    let Some(exchanges) = OPENAI.exchanges(test) else {
        return;
    };
    assert_eq!(exchanges.len(), 122);
    let answers = check_own(&OPENAI, &exchanges).await;
    let expected = Answers {
        whole: 60,
        streams: 37,
    };
    assert_eq!(answers, expected);
}

#[tokio::test]
async fn each_recorded_request_to_anthropic_passes_there_as_it_is_and_so_does_the_answer() {
    let test = "each_recorded_request_to_anthropic_passes_there_as_it_is_and_so_does_the_answer";
    let Some(exchanges) = ANTHROPIC.exchanges(test) else {
        return;
    };
    assert_eq!(exchanges.len(), 160);
    let answers = check_own(&ANTHROPIC, &exchanges).await;
    let expected = Answers {
        whole: 98,
        streams: 48,
    };
    assert_eq!(answers, expected);
}

/// What became of requests in another format than the target's.
#[derive(Debug, Default, Eq, PartialEq)]
struct Fates {
    translated: usize,
    refused: usize,
}

/// Sends each recorded request of one provider to the other, by a name that says whose format it is: it goes there in that one's
/// format, or is refused with the place that stands in the way.
async fn check_other(own: &Api, other: &Api, alias: &str, exchanges: &[Exchange]) -> Fates {
    let mut stage = Stage::start().await;
    let (mut fates, mut wrong) = (Fates::default(), Vec::new());
    for exchange in exchanges {
        let name = &exchange.name;
        let (seen, arrived) = stage
            .ask(invocation(exchange, alias), async |arrived| {
                assert_eq!(arrived.target, other.path, "{name}");
                let body = serde_json::from_slice(&arrived.body).unwrap();
                canned::answer(arrived);
                lost(&asked(exchange), &body)
            })
            .await;
        let is_right = match arrived {
            Some(lost) => {
                fates.translated += 1;
                let warnings = seen.header("x-gateway-warnings");
                let lost = lost.iter().filter(|(path, _)| !is_told(warnings, path));
                wrong.extend(lost.map(|lost| format!("{name}: lost {lost:?}, told {warnings:?}")));
                seen.status == 200 && is_said(own, exchange, &seen.body)
            }
            None => {
                fates.refused += 1;
                let message = seen.message();
                println!("{name}: {message}");
                (seen.status, seen.exception()) == (400, "ValidationException")
                    && names_a_place(&message)
            }
        };
        if !is_right {
            wrong.push(format!("{name}: {seen:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    fates
}

/// Whether the list of warnings has that place. Its messages are counted as Converse counts them, without the system's.
fn is_told(warnings: &str, path: &str) -> bool {
    let without_numbers = |path: &str| path.replace(|letter: char| letter.is_ascii_digit(), "");
    let mut warnings = warnings
        .split(", ")
        .filter_map(|warning| warning.split(';').next());
    warnings.any(|warning| without_numbers(warning) == without_numbers(path))
}

/// The texts and names of a request, with their places, that stand nowhere in what was sent instead.
fn lost(asked: &Value, sent: &Value) -> Vec<(String, String)> {
    let mut said = String::new();
    strings(sent, "", &mut |_, text| {
        said.push_str(text);
        said.push('\n');
    });
    let mut lost = Vec::new();
    strings(asked, "", &mut |path, text| {
        let (_, key) = path.rsplit_once('.').unwrap_or(("", path));
        let is_told = matches!(key, "text" | "content" | "system" | "name" | "description");
        if is_told && !text.trim().is_empty() && !said.contains(text) {
            lost.push((path.to_owned(), text.to_owned()));
        }
    });
    lost
}

/// Every string of a value, and where it stands.
fn strings(value: &Value, path: &str, take: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => take(path, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                strings(item, &format!("{path}[{index}]"), take);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                strings(member, &format!("{path}{dot}{key}"), take);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether the client reads in its own format what the other provider said.
fn is_said(own: &Api, exchange: &Exchange, body: &Bytes) -> bool {
    let turn = if is_stream(exchange) {
        let (documents, end) = invoked::documents(body);
        assert_eq!(end, End::Whole, "{}", exchange.name);
        (own.of_events)(&documents)
    } else {
        (own.of_reply)(&serde_json::from_slice(body).unwrap())
    };
    (turn.text.as_str(), turn.stop.as_str()) == (canned::TEXT, "end_turn")
}

/// Whether a refusal says where: `(messages[0].content[1])`, perhaps with the reason behind, or `#/messages/0`.
fn names_a_place(message: &str) -> bool {
    let place = message
        .rsplit_once(" (")
        .map(|(_, place)| place)
        .or(message.split_once("#/").map(|(_, place)| place));
    place.is_some_and(|place| place.starts_with(|first: char| first.is_ascii_lowercase()))
}

#[tokio::test]
async fn each_recorded_request_to_openai_is_translated_for_anthropic_or_refused_with_its_place() {
    let test =
        "each_recorded_request_to_openai_is_translated_for_anthropic_or_refused_with_its_place";
    let Some(exchanges) = OPENAI.exchanges(test) else {
        return;
    };
    let fates = check_other(&OPENAI, &ANTHROPIC, GPT_AT_ANTHROPIC, &exchanges).await;
    let expected = Fates {
        translated: 99,
        refused: 23,
    };
    assert_eq!(fates, expected);
}

#[tokio::test]
async fn each_recorded_request_to_anthropic_is_translated_for_openai_or_refused_with_its_place() {
    let test =
        "each_recorded_request_to_anthropic_is_translated_for_openai_or_refused_with_its_place";
    let Some(exchanges) = ANTHROPIC.exchanges(test) else {
        return;
    };
    let fates = check_other(&ANTHROPIC, &OPENAI, CLAUDE_AT_OPENAI, &exchanges).await;
    let expected = Fates {
        translated: 125,
        refused: 35,
    };
    assert_eq!(fates, expected);
}
