//! The JSON Schema of the configuration agrees with its reader.
//!
//! The checker below knows the keywords that the schema uses and fails on any other, so none is passed over.

use providers::openai::Quirks;
use regex::Regex;
use serde_json::Value;
use server::{AlsoOn, Config, Provider, TimeoutSettings};

/// Everything in `value` that `schema` does not allow, as paths.
fn faults(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("{path}: {what}"));
        }
    };
    let mut nested = Vec::new();
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" | "format" => {}
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                nested.push((root.pointer(pointer).unwrap(), value, path.to_owned()));
            }
            "type" => {
                let names: Vec<&str> = match rule {
                    Value::Array(names) => {
                        names.iter().map(|name| name.as_str().unwrap()).collect()
                    }
                    name => vec![name.as_str().unwrap()],
                };
                check(names.iter().any(|name| has_type(value, name)), "type");
            }
            "const" => check(value == rule, "const"),
            "enum" => check(rule.as_array().unwrap().contains(value), "enum"),
            "minimum" => check(
                value.as_i64().is_none_or(|n| n >= rule.as_i64().unwrap()),
                "minimum",
            ),
            "maximum" => check(
                value.as_i64().is_none_or(|n| n <= rule.as_i64().unwrap()),
                "maximum",
            ),
            "minLength" => check(
                value
                    .as_str()
                    .is_none_or(|s| s.len() as u64 >= rule.as_u64().unwrap()),
                "minLength",
            ),
            "pattern" => {
                let pattern = Regex::new(rule.as_str().unwrap()).unwrap();
                check(
                    value.as_str().is_none_or(|s| pattern.is_match(s)),
                    "pattern",
                );
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    check(value.get(name.as_str().unwrap()).is_some(), "required");
                }
            }
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    nested.extend(
                        value
                            .get(name)
                            .map(|value| (rule, value, format!("{path}/{name}"))),
                    );
                }
            }
            "additionalProperties" => {
                assert_eq!(rule, &Value::Bool(false));
                let known = schema["properties"].as_object().unwrap();
                let unknown = value
                    .as_object()
                    .into_iter()
                    .flat_map(|map| map.keys())
                    .any(|name| !known.contains_key(name));
                check(!unknown, "additionalProperties");
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    nested.push((rule, item, format!("{path}/{index}")));
                }
            }
            "oneOf" | "anyOf" => {
                let branches = rule.as_array().unwrap().iter();
                let n_fit = branches
                    .filter(|branch| self::faults(root, branch, value, path).is_empty())
                    .count();
                check(
                    if keyword == "oneOf" {
                        n_fit == 1
                    } else {
                        n_fit > 0
                    },
                    keyword,
                );
            }
            other => panic!("the schema has a keyword that this check does not know: {other}"),
        }
    }
    for (schema, value, path) in nested {
        faults.extend(self::faults(root, schema, value, &path));
    }
    faults
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the schema has a type that this check does not know: {other}"),
    }
}

fn check(yaml: &str, fits: bool) {
    let value: Value = serde_saphyr::from_str(yaml).unwrap();
    let schema = Config::schema();
    let faults = faults(&schema, &schema, &value, "");
    assert_eq!(faults.is_empty(), fits, "{yaml}: {faults:?}");
    assert_eq!(
        Config::parse(yaml, AlsoOn::default()).is_ok(),
        fits,
        "schema and reader differ about {yaml}"
    );
}

/// The example stands beside the workspace's manifest.
fn example() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../config.example.yaml");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_example_is_valid_by_the_schema_and_by_the_reader() {
    check(&example(), true);
}

/// What the example shows as a default is one: without its own providers and names it reads like an empty file.
#[test]
fn the_example_shows_the_true_defaults() {
    let Config {
        listen,
        limits,
        providers,
        aliases,
        default_provider,
        log,
    } = Config::parse(&example(), AlsoOn::default()).unwrap();
    let defaults = Config::default();
    assert_eq!(listen, defaults.listen);
    assert_eq!(format!("{limits:?}"), format!("{:?}", defaults.limits));
    assert_eq!(format!("{log:?}"), format!("{:?}", defaults.log));
    assert_eq!((providers.len(), aliases.len()), (5, 2));
    assert_eq!(default_provider.as_deref(), Some("aws"));
    for provider in &providers {
        let (network, base_url, default) = match provider {
            Provider::Bedrock(provider) => (&provider.network, None, ""),
            Provider::OpenAi(provider) if provider.name == "local" => continue,
            Provider::OpenAi(provider) => (
                &provider.network,
                Some(&provider.base_url),
                "https://api.openai.com/v1",
            ),
            Provider::Anthropic(provider) => (
                &provider.network,
                Some(&provider.base_url),
                "https://api.anthropic.com/",
            ),
            Provider::Sandbox(_) => continue,
        };
        assert_eq!(network.timeouts, TimeoutSettings::default());
        assert_eq!(
            base_url.map(ToString::to_string).unwrap_or_default(),
            default
        );
    }
    let printed = format!("{providers:?}");
    assert!(
        printed.contains("***") && !printed.contains("AWS_BEARER_TOKEN_BEDROCK"),
        "{printed}"
    );
}

/// The optional lines of the example, which stand there as comments, can be switched on.
#[test]
fn the_commented_keys_of_the_example_are_valid_too() {
    let yaml = example()
        .replace("    # endpoint:", "    endpoint:")
        .replace("    # control_endpoint:", "    control_endpoint:");
    assert_ne!(yaml, example());
    check(&yaml, true);
    let optional = ["ca_file", "proxy", "no_proxy", "  total_secs", "betas"];
    let yaml = optional.iter().fold(example(), |yaml, key| {
        let name = key.trim_start();
        let indent = " ".repeat(4 + key.len() - name.len());
        let (hidden, shown) = (format!("\n{indent}# {name}:"), format!("\n{indent}{name}:"));
        assert_eq!(yaml.matches(&hidden).count(), 1, "{key}");
        yaml.replace(&hidden, &shown)
    });
    check(&yaml, true);
    let with_keys = example()
        .replace(
            "    credentials:\n      bearer: env:AWS_BEARER_TOKEN_BEDROCK\n",
            "",
        )
        .replace("    # credentials:", "    credentials:")
        .replace("    #   access_key_id", "      access_key_id")
        .replace("    #   secret_access_key", "      secret_access_key")
        .replace("    #   session_token", "      session_token");
    assert!(with_keys.contains("\n      session_token: env:"));
    check(&with_keys, true);
}

#[test]
fn schema_and_reader_refuse_the_same() {
    let bedrock = |rest: &str| {
        format!(
            "providers:\n  - {{ name: a, kind: bedrock, region: r, credentials: {{ bearer: env:X }}{rest} }}\n"
        )
    };
    check("{}", true);
    check(&bedrock(""), true);
    check(&bedrock(", endpoint: 'https://x.y/z'"), true);
    check(&bedrock(", endpoint: 'ftp://x'"), false);
    check(&bedrock(", endpoint: 'https://user:pass@x'"), false);
    check(&bedrock(", endpiont: 'https://x'"), false);
    check(
        "providers:\n  - { name: a, kind: bedrock, region: r }",
        false,
    );
    check(
        "providers:\n  - { name: a, kind: bedrock, credentials: { bearer: env:X } }",
        false,
    );
    check("providers:\n  - { name: a, kind: openia }", false);
    check("providers:\n  - { name: a }", false);
    check(
        "providers:\n  - { name: a/b, kind: bedrock, region: r, credentials: { bearer: env:X } }",
        false,
    );
    check(
        "providers:\n  - { name: a, kind: bedrock, region: r, credentials: { bearer: X } }",
        false,
    );
    check(
        "providers:\n  - { name: a, kind: bedrock, region: r, credentials: { bearer: 'env:' } }",
        false,
    );
    check(
        "providers:\n  - { name: a, kind: bedrock, region: r, credentials: { access_key_id: env:X } }",
        false,
    );
    check(
        "providers:\n  - { name: a, kind: bedrock, region: r, credentials: { access_key_id: env:X, secret_access_key: 'file:/x' } }",
        true,
    );
    check(
        "providers:\n  - { name: a, kind: bedrock, region: r, credentials: { bearer: env:X, access_key_id: env:X, secret_access_key: env:X } }",
        false,
    );
    check(
        "providers:\n  - { name: sandbox, kind: sandbox, gap_ms: 3 }",
        true,
    );
    check("providers:\n  - { name: other, kind: sandbox }", false);
    check("limits: { concurrency: 0 }", false);
    check("limits: { concurrency: 1.5 }", false);
    check("limits: { drain_timeout_secs: 0 }", true);
    check("log: { format: text, level: 'off' }", true);
    check("log: { format: xml }", false);
    check("aliases:\n  - { name: a, provider: sandbox }", false);
    check(
        "aliases:\n  - { name: a, provider: sandbox, model: echo }",
        true,
    );
    check("lisetn: 127.0.0.1:1", false);
}

#[test]
fn schema_and_reader_refuse_the_same_of_providers_by_api_key() {
    let openai = |rest: &str| format!("providers:\n  - {{ name: a, kind: openai{rest} }}\n");
    let anthropic = |rest: &str| format!("providers:\n  - {{ name: a, kind: anthropic{rest} }}\n");
    for provider in [&openai as &dyn Fn(&str) -> String, &anthropic] {
        check(&provider(""), true);
        check(&provider(", base_url:"), true);
        check(&provider(", base_url: 'http://127.0.0.1:8000/v1'"), true);
        check(&provider(", base_url: 'localhost:8000'"), false);
        check(&provider(", base_url: 'https://user:word@x'"), false);
        check(&provider(", api_key: env:X"), true);
        check(&provider(", api_key: sk-0"), false);
        check(&provider(", region: r"), false);
        check(
            &provider(", ca_file: /x, proxy: 'http://p:1', no_proxy: '*'"),
            true,
        );
        check(&provider(", ca_file: ''"), false);
        check(&provider(", proxy: 'socks5://p:1'"), false);
        check(&provider(", proxy: 'http://user:word@p:1'"), false);
        check(&provider(", no_proxy: 3"), false);
        check(&provider(", timeouts: {}"), true);
        check(
            &provider(
                ", timeouts: { connect_secs: 1, first_byte_secs: 2, idle_secs: 3, total_secs: 4 }",
            ),
            true,
        );
        check(&provider(", timeouts: { total_secs: 0 }"), false);
        check(&provider(", timeouts: { total_secs: }"), true);
        check(&provider(", timeouts: { total: 1 }"), false);
    }
    check(&openai(", betas: [x]"), false);
    check(&anthropic(", betas: [x-1, z]"), true);
    check(&anthropic(", betas: [x y]"), false);
    check(&anthropic(", betas: x"), false);
    check(&anthropic(", server: openai"), false);
    for row in Quirks::ROWS {
        check(&openai(&format!(", server: {}", row.name)), true);
        assert!(
            example().contains(&format!("`{}`", row.name)),
            "the example names {}",
            row.name
        );
    }
    check(&openai(", server: other"), false);
    check(&openai(", server:"), true);
    check(&openai(", quirks: []"), false);
    check(&openai(", quirks: { other: true }"), false);
}

/// Every field of a row, by the name it has there, with values that it takes and one that it does not.
#[test]
fn schema_and_reader_know_the_same_quirks() {
    let words = |words: &'static [&'static str]| [words, &["null"]].concat();
    let flags = words(&["true", "false"]);
    let fields = [
        (
            "max_tokens",
            words(&["max_tokens", "max_completion_tokens", "by_model"]),
        ),
        ("system_role", words(&["system", "developer", "by_model"])),
        ("content_parts", flags.clone()),
        ("stream_usage", flags.clone()),
        ("strict_tools", flags.clone()),
        ("parallel_tool_calls", flags.clone()),
        ("tool_choice", words(&["all", "required", "auto"])),
        ("json_schema", flags.clone()),
        ("images", flags.clone()),
        ("files", flags.clone()),
        ("audio", flags.clone()),
        ("stop_sequences", words(&["0", "4", "any"])),
        ("top_k", flags.clone()),
        ("sampling", flags.clone()),
        ("reasoning_effort", flags.clone()),
        ("service_tier", flags.clone()),
        ("prefill", flags.clone()),
        ("reasoning_models", flags),
    ];
    for (field, values) in fields {
        let entry = |value: &str| {
            format!("providers:\n  - {{ name: a, kind: openai, quirks: {{ {field}: {value} }} }}\n")
        };
        for value in values {
            check(&entry(value), true);
        }
        for value in ["other", "-1", "1.5", "[]"] {
            check(&entry(value), false);
        }
        assert!(
            example().contains(&format!("`{field}`")),
            "the example names {field}"
        );
    }
}
