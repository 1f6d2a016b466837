//! All problems of a configuration at once, each with its place, and none with a secret.

use providers::openai::Quirks;
use server::{AlsoOn, Config, Provider};

fn check(yaml: &str, problems: &[&str]) {
    let found = match Config::parse(yaml, AlsoOn::default()) {
        Ok(_) => String::new(),
        Err(problems) => problems.to_string(),
    };
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found, problems, "in:\n{yaml}");
}

#[test]
fn an_empty_file_is_a_configuration() {
    check("", &[]);
    check("# nothing but a comment\n", &[]);
    check("limits:\nproviders:\nlog:\n", &[]);
}

#[test]
fn every_problem_is_listed_with_its_line_and_column() {
    check(
        "listen: nowhere\nlimits:\n  concurency: 3\n  body_bytes: many\n  header_timeout_secs: -1\nlogs: {}\nlog: { level: loud }\n",
        &[
            "1:9: `listen` must be an address and a port, such as 127.0.0.1:8080",
            "3:3: `limits` has no key `concurency`; did you mean `concurrency`?",
            "4:15: `body_bytes` must be a whole number from 1 to 1000000000",
            "5:24: `header_timeout_secs` must be a whole number from 1 to 3600",
            "6:1: the configuration has no key `logs`; did you mean `log`?",
            "7:15: `level` must be one of `info`, `warn`, `error`, `off`",
        ],
    );
}

#[test]
fn providers_are_checked_one_by_one() {
    check(
        "providers:\n  - kind: bedrock\n    name: a b\n    region: us east\n  - name: x\n    kind: bedrok\n  - name: y\n  - nothing\n",
        &[
            "2:5: a provider needs `credentials`",
            "3:11: the name of a provider has only letters, digits, `.`, `_` and `-`",
            "4:13: `region` must be the name of a region, such as us-east-1",
            "6:11: there is no kind of provider `bedrok`, only `bedrock`, `openai`, `anthropic` and `sandbox`; did you mean `bedrock`?",
            "7:5: a provider needs `kind`: `bedrock`, `openai`, `anthropic` or `sandbox`",
            "8:5: a provider must be a map of keys and values",
            "8:5: a provider needs `kind`: `bedrock`, `openai`, `anthropic` or `sandbox`",
            "8:5: a provider needs `name`",
        ],
    );
}

#[test]
fn what_an_upstream_is_told_is_checked() {
    let rows = Quirks::ROWS.map(|row| format!("`{}`", row.name));
    check(
        "providers:\n  - { name: a, kind: openai, base_url: ftp://x, server: opanai, api_key: sk-0 }\n  - { name: b, kind: anthropic, base_url: 'https://x?y', betas: [a b, 3], quirks: {} }\n",
        &[
            "2:40: `base_url` must be an http or https address without a password and without a query",
            &format!(
                "2:57: `server` must be one of {}; did you mean `openai`?",
                rows.join(", ")
            ),
            "2:74: `api_key` must be `env:NAME` or `file:PATH`: a secret is never written into the configuration",
            "3:43: `base_url` must be an http or https address without a password and without a query",
            "3:66: a beta's name has only letters, digits, `.`, `_` and `-`",
            "3:71: `betas` must be a text: put it in quotes",
            "3:75: a provider has no key `quirks`",
        ],
    );
    check(
        "providers:\n  - name: a\n    kind: openai\n    quirks: { images: maybe, max_tokens: many, stop_sequences: -1, imges: true }\n",
        &[
            "4:23: `images` must be `true` or `false`",
            "4:42: `max_tokens` must be one of `max_tokens`, `max_completion_tokens`, `by_model`",
            "4:64: `stop_sequences` must be a whole number or `any`",
            "4:68: `quirks` has no key `imges`; did you mean `images`?",
        ],
    );
    for kind in ["openai", "anthropic", "bedrock"] {
        let aws = match kind {
            "bedrock" => "region: r, credentials: { bearer: env:X }, ",
            _ => "",
        };
        check(
            &format!(
                "providers:\n  - {{ {aws}name: a, kind: {kind},\n      proxy: 'http://user:word@p:1', ca_file: '', no_proxy: [],\n      timeouts: {{ connect_secs: 0, total_secs: never, idle_sec: 3 }} }}\n"
            ),
            &[
                "3:14: `proxy` must be an http or https address without a password and without a query",
                "3:47: `ca_file` must be a text that is not empty",
                "3:61: `no_proxy` must be a text that is not empty",
                "4:33: `connect_secs` must be a whole number from 1 to 3600",
                "4:48: `total_secs` must be a whole number from 1 to 86400",
                "4:55: `timeouts` has no key `idle_sec`; did you mean `idle_secs`?",
            ],
        );
    }
}

#[test]
fn names_must_be_known_and_may_be_given_once() {
    let aws = "{ name: aws, kind: bedrock, region: r, credentials: { bearer: env:X } }";
    check(
        &format!(
            "providers:\n  - {aws}\n  - {aws}\naliases:\n  - {{ name: m, provider: awz, model: x }}\n  - {{ name: m, provider: aws, model: x }}\ndefault_provider: gcp\n"
        ),
        &[
            "3:13: there is already a provider `aws`",
            "5:26: no provider is named `awz`; did you mean `aws`?",
            "6:13: there is already an alias `m`",
            "7:19: no provider is named `gcp`",
        ],
    );
}

#[test]
fn the_sandbox_keeps_its_name_and_never_stands_in_for_a_real_provider() {
    let aws = "{ name: aws, kind: bedrock, region: r, credentials: { bearer: env:X } }";
    let accident = "the sandbox serves only `sandbox/...` while another provider is on, so that it never answers real traffic by accident";
    check(
        &format!(
            "providers:\n  - {aws}\naliases:\n  - {{ name: m, provider: sandbox, model: x }}\ndefault_provider: sandbox\n"
        ),
        &[&format!("4:26: {accident}"), &format!("5:19: {accident}")],
    );
    check(
        "aliases:\n  - { name: m, provider: sandbox, model: x }\ndefault_provider: sandbox\n",
        &[],
    );
    check(
        "providers:\n  - { name: fake, kind: sandbox }\n",
        &["2:13: the sandbox is always named `sandbox`"],
    );
    check(
        "providers:\n  - { name: sandbox, kind: bedrock, region: r, credentials: { bearer: env:X } }\n",
        &["2:13: the name `sandbox` belongs to the built-in sandbox"],
    );
}

#[test]
fn a_provider_that_the_command_line_or_the_environment_switches_on_can_be_referred_to() {
    let on = AlsoOn {
        by_command: &["bedrock"],
        by_environment: &["openai"],
    };
    let sandbox = "providers: [{ name: sandbox, kind: sandbox }]\n";
    let mine = "providers: [{ name: mine, kind: openai }]\n";
    for (file, providers) in [
        ("", &["bedrock", "openai"][..]),
        (sandbox, &["bedrock", "openai"]),
        // A file that lists providers decides alone what the environment's keys are good for.
        (mine, &["bedrock", "mine"]),
    ] {
        for name in ["bedrock", "openai", "mine", "sandbox"] {
            let yaml = format!("{file}default_provider: {name}\n");
            assert_eq!(
                Config::parse(&yaml, on).is_ok(),
                providers.contains(&name),
                "{yaml}"
            );
        }
    }
    assert!(Config::parse("default_provider: bedrock", AlsoOn::default()).is_err());
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    let refused =
        "must be `env:NAME` or `file:PATH`: a secret is never written into the configuration";
    check(
        "providers:\n  - { name: a, kind: bedrock, region: r, credentials: { bearer: AKIAIOSFODNN7EXAMPLE } }\n",
        &[&format!("2:65: `bearer` {refused}")],
    );
    check(
        "providers:\n  - { name: a, kind: bedrock, region: r, credentials: { access_key_id: 123456, secret_access_key: 'env:A B' } }\n",
        &[
            &format!("2:72: `access_key_id` {refused}"),
            &format!("2:99: `secret_access_key` {refused}"),
        ],
    );
    for broken in [
        "bearer: \"AKIAIOSFODNN7EXAMPLE\n",
        "bearer: AKIAIOSFODNN7EXAMPLE: x\n",
        "a: [AKIAIOSFODNN7EXAMPLE\n",
    ] {
        let problems = Config::parse(broken, AlsoOn::default())
            .unwrap_err()
            .to_string();
        assert!(!problems.contains("AKIA"), "{problems}");
    }
}

#[test]
fn a_reference_to_a_secret_prints_as_stars() {
    let yaml = "providers:\n  - { name: a, kind: bedrock, region: r, credentials: { access_key_id: env:KEY_ID, secret_access_key: file:/key } }\n";
    let config = Config::parse(yaml, AlsoOn::default()).unwrap();
    let Some(Provider::Bedrock(provider)) = config.providers.first() else {
        panic!("a provider of kind bedrock");
    };
    let printed = format!("{:?}", provider.credentials);
    assert!(printed.contains("***"), "{printed}");
    assert!(
        !printed.contains("KEY_ID") && !printed.contains("/key"),
        "{printed}"
    );
}

#[test]
fn what_is_not_yaml_is_one_problem_with_its_place() {
    check(
        "listen: 1.2.3.4:5\nlisten: 1.2.3.4:6\n",
        &["2:1: there is already a key `listen` in this map"],
    );
    check(
        "{}\n---\n{}\n",
        &["3:1: a configuration is one YAML document, and here begins another"],
    );
    check(
        "- listen\n",
        &["1:1: the configuration must be a map of keys and values"],
    );
    check(
        "listen: *nowhere\n",
        &["1:9: this is not the YAML of a configuration: alias references unknown anchor"],
    );
}

#[test]
fn words_that_look_like_flags_or_numbers_are_asked_to_be_quoted() {
    check(
        "default_provider: 123\n",
        &["1:19: `default_provider` must be a text: put it in quotes"],
    );
    check(
        "default_provider: true\n",
        &["1:19: `default_provider` must be a text: put it in quotes"],
    );
    check(
        "default_provider: no\n",
        &["1:19: no provider is named `no`"],
    );
    check(
        "default_provider: ''\n",
        &["1:19: `default_provider` must be a text that is not empty"],
    );
}
