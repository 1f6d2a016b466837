//! What a configuration and its surroundings switch on.

use super::*;
use crate::config::AlsoOn;

fn variables(pairs: &'static [(&str, &str)]) -> Environment {
    Environment::looked_up_by(|wanted| {
        let found = pairs.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| (*value).to_owned())
    })
}

/// Each provider but the sandbox with its place, and the default.
fn check(
    yaml: &str,
    with_bedrock: Option<EnvironmentBedrock>,
    environment: &Environment,
    providers: &[(&str, &str)],
    default: &str,
) {
    let config = Config::parse(yaml, AlsoOn::default()).unwrap();
    let (_, on) = compose(&config, with_bedrock, environment).unwrap();
    let found: Vec<(&str, &str)> = on
        .providers
        .iter()
        .map(|(name, place)| (name.as_str(), place.as_str()))
        .collect();
    assert_eq!(found, providers, "{yaml}");
    assert_eq!(
        on.default_provider.as_deref().unwrap_or("nobody"),
        default,
        "{yaml}"
    );
    assert_eq!(on.sandbox_serves_all, providers.is_empty(), "{yaml}");
}

const NOTHING: &[(&str, &str)] = &[];
const OPENAI_ON: (&str, &str) = (
    "openai",
    "https://api.openai.com/v1, a server of kind openai",
);
const ANTHROPIC_ON: (&str, &str) = ("anthropic", "https://api.anthropic.com/");
const AWS: &str =
    "providers: [{ name: aws, kind: bedrock, region: us-east-1, credentials: { bearer: env:X } }]";

#[test]
fn the_sandbox_serves_everything_only_while_it_is_alone() {
    let nothing = variables(NOTHING);
    check("", None, &nothing, &[], "sandbox");
    check(
        "providers: [{ name: sandbox, kind: sandbox }]",
        None,
        &nothing,
        &[],
        "sandbox",
    );
    check(AWS, None, &nothing, &[("aws", "AWS us-east-1")], "nobody");
    let environment = variables(&[("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "x")]);
    let switched_on = EnvironmentBedrock::of(&environment).unwrap();
    check(
        "",
        Some(switched_on),
        &nothing,
        &[("bedrock", "AWS eu-west-1")],
        "bedrock",
    );
}

#[test]
fn a_key_in_the_environment_switches_its_provider_on_and_a_lone_one_serves_every_id() {
    let both = variables(&[("OPENAI_API_KEY", "o"), ("ANTHROPIC_API_KEY", "a")]);
    check(
        "",
        None,
        &variables(&[("OPENAI_API_KEY", "o")]),
        &[OPENAI_ON],
        "openai",
    );
    check(
        "",
        None,
        &variables(&[("ANTHROPIC_API_KEY", "a")]),
        &[ANTHROPIC_ON],
        "anthropic",
    );
    check(
        "",
        None,
        &variables(&[("ANTHROPIC_API_KEY", "")]),
        &[],
        "sandbox",
    );
    check("", None, &both, &[OPENAI_ON, ANTHROPIC_ON], "nobody");
    let aws = || EnvironmentBedrock::of(&variables(&[("AWS_REGION", "r")])).unwrap();
    let openai = variables(&[("OPENAI_API_KEY", "o")]);
    check(
        "",
        Some(aws()),
        &openai,
        &[OPENAI_ON, ("bedrock", "AWS r")],
        "bedrock",
    );
    // The pace of the sandbox is no provider of anybody's.
    check(
        "providers: [{ name: sandbox, kind: sandbox, gap_ms: 1 }]",
        None,
        &openai,
        &[OPENAI_ON],
        "openai",
    );
}

#[test]
fn a_file_that_lists_providers_decides_alone() {
    let both = variables(&[("OPENAI_API_KEY", "o"), ("ANTHROPIC_API_KEY", "a")]);
    check(AWS, None, &both, &[("aws", "AWS us-east-1")], "nobody");
    check(
        "providers: [{ name: mine, kind: openai, base_url: 'http://127.0.0.1:11434/v1' }]",
        None,
        &both,
        &[(
            "mine",
            "http://127.0.0.1:11434/v1, a server of kind compatible",
        )],
        "nobody",
    );
}

#[test]
fn a_default_in_the_file_may_be_a_provider_of_the_environment() {
    let names = AlsoOn {
        by_command: &[],
        by_environment: &["openai", "anthropic"],
    };
    let both = variables(&[("OPENAI_API_KEY", "o"), ("ANTHROPIC_API_KEY", "a")]);
    let config = Config::parse("default_provider: anthropic", names).unwrap();
    let (_, on) = compose(&config, None, &both).unwrap();
    assert_eq!(on.default_provider.as_deref(), Some("anthropic"));
}

/// What of the row of its kind an entry ends up with.
fn quirks(entry: &str) -> openai::Quirks {
    let yaml = format!("providers: [{{ name: a, kind: openai{entry} }}]");
    let config = Config::parse(&yaml, AlsoOn::default()).unwrap();
    match config.providers.as_slice() {
        [config::Provider::OpenAi(provider)] => provider.effective_quirks(),
        others => panic!("one provider of kind openai: {others:?}"),
    }
}

#[test]
fn the_kind_of_server_follows_from_its_address_unless_it_is_named() {
    let (own, other) = (openai::Quirks::OPENAI, openai::Quirks::COMPATIBLE);
    assert_eq!(quirks(""), own);
    assert_eq!(quirks(", base_url: 'https://api.openai.com/v2'"), own);
    assert_eq!(
        quirks(", base_url: 'https://api.openai.com.example/v1'"),
        other
    );
    assert_eq!(quirks(", base_url: 'http://localhost:8000/v1'"), other);
    assert_eq!(
        quirks(", base_url: 'http://localhost:8000/v1', server: openai"),
        own
    );
    assert_eq!(quirks(", server: compatible"), other);
}

#[test]
fn single_fields_of_the_row_can_be_set() {
    let row = openai::Quirks::OPENAI;
    assert_eq!(quirks(", quirks: {}"), row);
    assert_eq!(
        quirks(
            ", quirks: { max_tokens: max_tokens, prefill: true, images: false, stop_sequences: any }"
        ),
        openai::Quirks {
            max_tokens: openai::MaxTokens::MaxTokens,
            prefill: true,
            images: false,
            stop_sequences: None,
            ..row.clone()
        }
    );
    assert_eq!(
        quirks(", quirks: { system_role: developer, tool_choice: required, stop_sequences: 2 }"),
        openai::Quirks {
            system_role: openai::SystemRole::Developer,
            tool_choice: openai::ToolChoices::Required,
            stop_sequences: Some(2),
            ..row
        }
    );
}
