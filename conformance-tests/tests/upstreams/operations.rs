//! What becomes of each operation before each provider: one table, every cell of which is tried.
//!
//! What reached the upstream proves the verdict: the same bytes were relayed, the same body but for what the gateway says about
//! every call passed as it is, another path or format was translated to; where nothing came the gateway answered or refused.

mod calls;
pub(crate) mod canned;
mod markdown;
mod verdict;

use std::collections::BTreeSet;

use conformance_tests::shared::workspace_root;

use crate::stage::{Provider, Stage};
use calls::Asks::{self, *};
use calls::BodyOf;
use verdict::Verdict::{self, *};
pub(crate) use verdict::without_ours;

/// Some calls, and what becomes of them before each provider.
struct Row {
    asks: &'static [Asks],
    sandbox: Verdict,
    bedrock: Verdict,
    /// Before Bedrock, for a model whose own format is known and another than the body's.
    foreign: Option<Verdict>,
    openai: Verdict,
    anthropic: Verdict,
}

const NO_ACTION: Verdict = Refused(
    400,
    "ValidationException",
    "This action doesn't support the model that you provided.",
);
const NO_OPERATION: Verdict = Refused(
    404,
    "UnknownOperationException",
    "This action doesn't support the model that you provided.",
);
const NO_COUNT: Verdict = Refused(
    400,
    "ValidationException",
    "The provided model doesn't support counting tokens.",
);

/// The table. README shows it between [`markdown::BEGIN`] and [`markdown::END`].
const TABLE: &[Row] = &[
    Row {
        asks: &[Converse, ConverseStream],
        sandbox: Answered,
        bedrock: Relayed,
        foreign: None,
        openai: Translated,
        anthropic: Translated,
    },
    Row {
        asks: &[
            InvokeModel(BodyOf::Anthropic),
            InvokeModelWithResponseStream(BodyOf::Anthropic),
        ],
        sandbox: Answered,
        bedrock: Relayed,
        foreign: Some(Translated),
        openai: Translated,
        anthropic: Verbatim,
    },
    Row {
        asks: &[
            InvokeModel(BodyOf::OpenAiChat),
            InvokeModelWithResponseStream(BodyOf::OpenAiChat),
        ],
        sandbox: Answered,
        bedrock: Relayed,
        foreign: Some(Translated),
        openai: Verbatim,
        anthropic: Translated,
    },
    Row {
        asks: &[
            InvokeModel(BodyOf::MistralText),
            InvokeModelWithResponseStream(BodyOf::MistralText),
        ],
        sandbox: Answered,
        bedrock: Relayed,
        foreign: Some(Translated),
        openai: Translated,
        anthropic: Translated,
    },
    Row {
        asks: &[
            InvokeModel(BodyOf::Other),
            InvokeModelWithResponseStream(BodyOf::Other),
        ],
        sandbox: NO_ACTION,
        bedrock: Relayed,
        foreign: None,
        openai: NO_ACTION,
        anthropic: NO_ACTION,
    },
    Row {
        asks: &[
            CountTokens,
            CountTokensOfBody(BodyOf::Anthropic),
            CountTokensOfBody(BodyOf::OpenAiChat),
            CountTokensOfBody(BodyOf::MistralText),
        ],
        sandbox: Answered,
        bedrock: Relayed,
        foreign: None,
        openai: NO_COUNT,
        anthropic: Translated,
    },
    Row {
        asks: &[CountTokensOfBody(BodyOf::Other)],
        sandbox: NO_COUNT,
        bedrock: Relayed,
        foreign: None,
        openai: NO_COUNT,
        anthropic: NO_COUNT,
    },
    Row {
        asks: &[
            Plain("ApplyGuardrail"),
            Plain("InvokeGuardrailChecks"),
            StartAsyncInvoke,
            Plain("GetAsyncInvoke"),
            Plain("ListAsyncInvokes"),
        ],
        sandbox: NO_ACTION,
        bedrock: Relayed,
        foreign: None,
        openai: NO_ACTION,
        anthropic: NO_ACTION,
    },
    Row {
        asks: &[
            Plain("ListFoundationModels"),
            Plain("GetFoundationModel"),
            Plain("ListInferenceProfiles"),
            Plain("GetInferenceProfile"),
        ],
        sandbox: NO_OPERATION,
        bedrock: Relayed,
        foreign: None,
        openai: NO_OPERATION,
        anthropic: NO_OPERATION,
    },
    Row {
        asks: &[InvokeModelWithBidirectionalStream],
        sandbox: NO_ACTION,
        bedrock: NO_ACTION,
        foreign: None,
        openai: NO_ACTION,
        anthropic: NO_ACTION,
    },
];

impl Row {
    fn verdict(&self, provider: Provider) -> Verdict {
        match provider {
            Provider::Sandbox => self.sandbox,
            Provider::Bedrock => self.bedrock,
            Provider::OpenAi => self.openai,
            Provider::Anthropic => self.anthropic,
        }
    }
}

/// Makes the call before that provider, for the model of that id, and says where it did not go as the table has it.
async fn check(
    stage: &mut Stage,
    ask: Asks,
    provider: Provider,
    id: &str,
    expected: Verdict,
    wrong: &mut Vec<String>,
) {
    let asked = ask.request(id);
    let (found, faults) = verdict::of(stage, ask, provider, asked).await;
    let place = format!("{ask:?} before {provider:?} for {id:?}");
    if found != expected {
        wrong.push(format!(
            "{place}: {found:?} where the table has {expected:?}"
        ));
    }
    wrong.extend(faults.into_iter().map(|fault| format!("{place}: {fault}")));
}

#[tokio::test]
async fn every_call_for_a_model_goes_as_the_table_has_it() {
    let mut stage = Stage::start().await;
    let (mut n_cells, mut wrong) = (0, Vec::new());
    for row in TABLE {
        for ask in row.asks.iter().filter(|ask| ask.names_a_model()) {
            for provider in Provider::ALL {
                let (id, expected) = (ask.id(provider), row.verdict(provider));
                check(&mut stage, *ask, provider, &id, expected, &mut wrong).await;
                n_cells += 1;
            }
            if let (Some(expected), Some(id)) = (row.foreign, ask.foreign_id()) {
                let provider = Provider::Bedrock;
                check(&mut stage, *ask, provider, &id, expected, &mut wrong).await;
                n_cells += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(n_cells, 74);
}

#[tokio::test]
async fn a_call_for_no_model_goes_as_the_table_has_it_where_one_provider_is_on() {
    let (mut n_cells, mut wrong) = (0, Vec::new());
    for provider in Provider::ALL {
        let mut stage = Stage::with(&[provider], "").await;
        for row in TABLE {
            for ask in row.asks.iter().filter(|ask| !ask.names_a_model()) {
                let expected = row.verdict(provider);
                check(&mut stage, *ask, provider, "", expected, &mut wrong).await;
                n_cells += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(n_cells, 32);
}

#[tokio::test]
async fn a_call_for_no_model_goes_to_the_provider_that_relays_it_where_all_are_on() {
    let mut stage = Stage::start().await;
    let mut wrong = Vec::new();
    for row in TABLE {
        for ask in row.asks.iter().filter(|ask| !ask.names_a_model()) {
            let provider = Provider::Bedrock;
            check(&mut stage, *ask, provider, "", Relayed, &mut wrong).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_every_operation_of_the_models_once() {
    let mut listed = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for ask in TABLE.iter().flat_map(|row| row.asks) {
        if !listed.insert(format!("{ask:?}")) {
            twice.insert(ask.operation());
        }
    }
    assert!(twice.is_empty(), "{twice:?}");
    let listed: BTreeSet<&str> = TABLE
        .iter()
        .flat_map(|row| row.asks)
        .map(|ask| ask.operation())
        .collect();
    let known: BTreeSet<&str> = [
        generated::runtime::router::OPERATIONS,
        generated::control::router::OPERATIONS,
    ]
    .into_iter()
    .flatten()
    .map(|(operation, ..)| *operation)
    .collect();
    assert_eq!(listed, known);
}

#[test]
fn the_readme_shows_the_table() {
    let readme = std::fs::read_to_string(workspace_root().join("README.md")).unwrap();
    let written = markdown::write(TABLE);
    let shown = readme
        .split_once(markdown::BEGIN)
        .and_then(|(_, behind)| behind.split_once(markdown::END))
        .map(|(shown, _)| shown.trim());
    let (begin, end) = (markdown::BEGIN, markdown::END);
    assert!(
        shown == Some(written.trim()),
        "README.md must have, between `{begin}` and `{end}`:\n\n{written}"
    );
}
