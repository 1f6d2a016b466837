//! Where credentials are looked for, and when.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::config::{AlsoOn, Config, Provider};

fn variables(pairs: &'static [(&str, &str)]) -> Environment {
    Environment::looked_up_by(|wanted| {
        let found = pairs.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn named(credentials: &str) -> Source {
    let yaml = format!(
        "providers:\n  - {{ name: a, kind: bedrock, region: r, credentials: {credentials} }}\n"
    );
    let config = Config::parse(&yaml, AlsoOn::default()).unwrap();
    match config.providers.as_slice() {
        [Provider::Bedrock(provider)] => Source::Named(provider.credentials.clone()),
        others => panic!("one provider of kind bedrock: {others:?}"),
    }
}

fn check(source: Source, environment: &Environment, expected: Result<&str, &str>) {
    let shown = source
        .credentials(environment)
        .get()
        .map(|identity| match identity {
            Identity::Bearer(key) => format!("bearer {}", key.expose_secret()),
            Identity::Keys {
                access_key_id,
                secret_access_key,
                session_token,
            } => {
                let token = session_token.as_ref().map(ExposeSecret::expose_secret);
                let secret = secret_access_key.expose_secret();
                format!("keys {access_key_id} {secret} {token:?}")
            }
        })
        .map_err(|error| error.to_string());
    assert_eq!(
        shown.as_ref().map(String::as_str).map_err(String::as_str),
        expected
    );
}

#[test]
fn the_switch_takes_the_variables_of_the_aws_sdks() {
    check(
        Source::Process,
        &variables(&[
            ("AWS_BEARER_TOKEN_BEDROCK", "b"),
            ("AWS_ACCESS_KEY_ID", "i"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
        ]),
        Ok("bearer b"),
    );
    check(
        Source::Process,
        &variables(&[("AWS_ACCESS_KEY_ID", "i"), ("AWS_SECRET_ACCESS_KEY", "s")]),
        Ok("keys i s None"),
    );
    check(
        Source::Process,
        &variables(&[
            ("AWS_BEARER_TOKEN_BEDROCK", ""),
            ("AWS_ACCESS_KEY_ID", "i"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_SESSION_TOKEN", "t"),
        ]),
        Ok("keys i s Some(\"t\")"),
    );
    check(
        Source::Process,
        &variables(&[("AWS_ACCESS_KEY_ID", "i")]),
        Err(
            "neither AWS_BEARER_TOKEN_BEDROCK nor AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY is set",
        ),
    );
}

#[test]
fn a_configured_provider_takes_what_it_names_and_nothing_else() {
    let ambient = &[("AWS_ACCESS_KEY_ID", "i"), ("MINE", "m"), ("EMPTY", "\n")];
    check(
        named("{ bearer: env:MINE }"),
        &variables(ambient),
        Ok("bearer m"),
    );
    check(
        named("{ bearer: env:OTHER }"),
        &variables(ambient),
        Err("the environment variable OTHER is not set"),
    );
    check(
        named("{ bearer: env:EMPTY }"),
        &variables(ambient),
        Err("the environment variable EMPTY is empty"),
    );
    check(
        named("{ access_key_id: env:MINE, secret_access_key: env:AWS_ACCESS_KEY_ID }"),
        &variables(ambient),
        Ok("keys m i None"),
    );
}

#[test]
fn a_secret_file_is_read_without_the_line_break_at_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "two words\r\n").unwrap();
    let source = || named(&format!("{{ bearer: 'file:{}' }}", file.display()));
    check(source(), &variables(&[]), Ok("bearer two words"));
    std::fs::remove_file(&file).unwrap();
    let missing = source().credentials(&variables(&[])).get().unwrap_err();
    let expected = format!("cannot read the secret file {}: ", file.display());
    assert!(missing.to_string().starts_with(&expected), "{missing}");
}

#[test]
fn a_secret_is_fetched_when_first_needed_and_kept_once_it_is_there() {
    static N_LOOKUPS: AtomicUsize = AtomicUsize::new(0);
    let environment = Environment::looked_up_by(|_| {
        let n_before = N_LOOKUPS.fetch_add(1, Ordering::Relaxed);
        // The variable is there from the second look on.
        (n_before > 0).then(|| "m".to_owned())
    });
    let credentials = named("{ bearer: env:MINE }").credentials(&environment);
    assert_eq!(N_LOOKUPS.load(Ordering::Relaxed), 0);
    assert!(credentials.get().is_err());
    assert!(credentials.get().is_ok());
    assert!(credentials.get().is_ok());
    assert_eq!(N_LOOKUPS.load(Ordering::Relaxed), 2);
}

#[test]
fn an_api_key_is_fetched_when_first_needed_and_kept_once_it_is_there() {
    static N_LOOKUPS: AtomicUsize = AtomicUsize::new(0);
    let environment = Environment::looked_up_by(|name| {
        assert_eq!(name, "MINE");
        let n_before = N_LOOKUPS.fetch_add(1, Ordering::Relaxed);
        (n_before > 0).then(|| "m".to_owned())
    });
    let key = api_key(&SecretRef::variable("MINE"), &environment);
    assert_eq!(N_LOOKUPS.load(Ordering::Relaxed), 0);
    let missing = key.get().unwrap_err();
    assert_eq!(
        missing.to_string(),
        "the environment variable MINE is not set"
    );
    for _ in 0..2 {
        assert_eq!(key.get().unwrap().expose_secret(), "m");
    }
    assert_eq!(N_LOOKUPS.load(Ordering::Relaxed), 2);
}
