//! What the service answered in one piece, decoded to typed output and encoded again, is the same bytes.

use conformance_tests::corpus::Exchange;
use conformance_tests::model::Model;
use conformance_tests::same_json;

use crate::{Counts, codec, exchanges, is_event_stream, response};

/// The answers that print absent members as `null`, which restJson1 forbids us to do.
const WITH_NULLS: [&str; 3] = [
    "ApplyGuardrail/Arize-ai-openinference__74a9e4cd58d3",
    "ApplyGuardrail/Arize-ai-openinference__8cbd7f10ab06",
    "ApplyGuardrail/Arize-ai-openinference__d144e4de34d0",
];

/// The members that are null in them: six nulls each, as `images` is met twice.
///
/// One of the answers has a seventh, of the member `blockedResponse`, which the model does not know and which is therefore kept.
const NULL_MEMBERS: [&str; 5] = [
    "automatedReasoningPolicy",
    "contextualGroundingPolicy",
    "images",
    "regexes",
    "wordPolicy",
];

/// An answer whose bytes did not come back.
struct Changed {
    name: String,
    recorded: String,
    encoded: String,
}

#[test]
fn every_fit_answer_is_the_same_bytes_again() {
    let Some(exchanges) = exchanges("every_fit_answer_is_the_same_bytes_again") else {
        return;
    };
    let (mut answers, mut errors, mut changed) = (Counts::default(), Counts::default(), Vec::new());
    for exchange in exchanges
        .iter()
        .filter(|exchange| exchange.answer_is_fit_for_bytes() && !is_event_stream(exchange))
    {
        let response = response(exchange);
        let success = response.status.as_u16() == codec(exchange).status;
        let again = if success {
            answers.add(exchange);
            (codec(exchange).answer)(&response)
        } else {
            errors.add(exchange);
            (codec(exchange).error)(&response)
        };
        let again = again.unwrap_or_else(|failure| panic!("{}: {failure:?}", exchange.name));
        assert_eq!(again.status, response.status, "{}", exchange.name);
        if again.body != response.body {
            changed.push(Changed::new(exchange, &again.body));
        }
    }
    answers.check(
        "unary answers re-encode to the same bytes",
        &[
            ("ApplyGuardrail", 3),
            ("Converse", 106),
            ("CountTokens", 2),
            ("InvokeModel", 24),
        ],
    );
    errors.check(
        "error bodies re-encode to the same bytes",
        &[
            ("Converse", 4),
            ("ConverseStream", 2),
            ("CountTokens", 1),
            ("InvokeModel", 6),
            ("InvokeModelWithResponseStream", 2),
        ],
    );
    assert_eq!((answers.total(), errors.total()), (135, 15));
    check_exceptions(&changed);
}

/// The list of exceptions is exact both ways: all three differ, in their nulls alone, and nothing else differs.
fn check_exceptions(changed: &[Changed]) {
    for change in changed
        .iter()
        .filter(|change| !WITH_NULLS.contains(&change.name.as_str()))
    {
        println!(
            "{}\n  recorded {}\n  encoded  {}",
            change.name, change.recorded, change.encoded
        );
    }
    let names: Vec<&str> = changed.iter().map(|change| change.name.as_str()).collect();
    assert_eq!(names, WITH_NULLS);
    for change in changed {
        assert_eq!(
            without_nulls(&change.recorded),
            (change.encoded.clone(), 6),
            "{}",
            change.name
        );
    }
    println!(
        "{} answers differ, in six explicit nulls each",
        changed.len()
    );
}

impl Changed {
    fn new(exchange: &Exchange, encoded: &[u8]) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            name: exchange.name.clone(),
            recorded: text(&exchange.response.body),
            encoded: text(encoded),
        }
    }
}

/// The text of a compact JSON document without the null members, and how many there were; no string in these answers looks like one.
fn without_nulls(text: &str) -> (String, usize) {
    let mut text = text.to_owned();
    let mut n_nulls = 0;
    for name in NULL_MEMBERS {
        let member = format!("\"{name}\":null");
        while let Some(start) = text.find(&member) {
            let end = start + member.len();
            let range = match (text[..start].ends_with(','), text[end..].starts_with(',')) {
                (true, _) => start - 1..end,
                (false, true) => start..end + 1,
                (false, false) => start..end,
            };
            text.replace_range(range, "");
            n_nulls += 1;
        }
    }
    (text, n_nulls)
}

#[test]
fn every_answer_says_the_same_again() {
    let Some(exchanges) = exchanges("every_answer_says_the_same_again") else {
        return;
    };
    let model = Model::runtime().unwrap();
    let (mut seen, mut faults) = (Counts::default(), Vec::new());
    for exchange in exchanges
        .iter()
        .filter(|exchange| exchange.response.status.is_success() && !is_event_stream(exchange))
    {
        let response = response(exchange);
        let again = (codec(exchange).answer)(&response)
            .unwrap_or_else(|failure| panic!("{}: {failure:?}", exchange.name));
        let output = model.output(&exchange.operation);
        let differences = if model.has_opaque_body(output) {
            if again.body == response.body {
                Vec::new()
            } else {
                vec!["the opaque body was changed".to_owned()]
            }
        } else {
            same_json::differences(&model, output, &response.body, &again.body)
        };
        seen.add(exchange);
        faults.extend(
            differences
                .into_iter()
                .map(|difference| format!("{}: {difference}", exchange.name)),
        );
        let changed = model.headers(output).into_iter().filter(|name| {
            response.headers.contains_key(*name)
                && response.headers.get(*name) != again.headers.get(*name)
        });
        faults.extend(changed.map(|name| format!("{}: header {name} was changed", exchange.name)));
    }
    println!(
        "{} answers of any fidelity say the same again: {:?}",
        seen.total(),
        seen.0
    );
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn nulls_are_cut_with_their_names_and_one_comma() {
    let text = r#"{"images":null,"b":{"images":null},"d":[{"e":1,"regexes":null}],"new":null,"wordPolicy":null}"#;
    let (cut, n_nulls) = without_nulls(text);
    assert_eq!(
        (cut.as_str(), n_nulls),
        (r#"{"b":{},"d":[{"e":1}],"new":null}"#, 4)
    );
}
