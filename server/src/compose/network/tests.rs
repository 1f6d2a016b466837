//! Which proxy an upstream is reached by. The rules of the variables are those of curl's manual, "ENVIRONMENT".

use super::*;

fn check(
    settings: &NetworkSettings,
    upstream: &str,
    variables: &'static [(&str, &str)],
    expected: Option<(&str, &str)>,
) {
    let environment = Environment::looked_up_by(|wanted| {
        let found = variables.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| (*value).to_owned())
    });
    let upstream: Uri = upstream.parse().unwrap();
    let proxy = network(settings, Some(&upstream), &environment)
        .unwrap()
        .proxy
        .map(|proxy| (proxy.uri.to_string(), proxy.except));
    let found = proxy
        .as_ref()
        .map(|(uri, except)| (uri.as_str(), except.as_str()));
    assert_eq!(found, expected, "{upstream} with {variables:?}");
}

fn unsaid() -> NetworkSettings {
    NetworkSettings::default()
}

const REMOTE: &str = "https://api.openai.com/v1";

#[test]
fn an_https_upstream_takes_the_proxy_of_its_scheme_lower_case_first() {
    check(&unsaid(), REMOTE, &[], None);
    check(
        &unsaid(),
        REMOTE,
        &[("HTTPS_PROXY", "http://p:1")],
        Some(("http://p:1/", "")),
    );
    let both = &[
        ("HTTPS_PROXY", "http://upper:1"),
        ("https_proxy", "http://lower:1"),
    ];
    check(&unsaid(), REMOTE, both, Some(("http://lower:1/", "")));
    check(&unsaid(), REMOTE, &[("http_proxy", "http://p:1")], None);
    check(&unsaid(), REMOTE, &[("HTTPS_PROXY", "")], None);
}

#[test]
fn an_http_upstream_takes_the_lower_case_variable_only() {
    let upstream = "http://models.example/v1";
    check(&unsaid(), upstream, &[("HTTP_PROXY", "http://p:1")], None);
    check(
        &unsaid(),
        upstream,
        &[("http_proxy", "http://p:1")],
        Some(("http://p:1/", "")),
    );
    check(&unsaid(), upstream, &[("https_proxy", "http://p:1")], None);
}

#[test]
fn a_proxy_without_a_scheme_is_spoken_to_in_http_and_may_have_a_password() {
    check(
        &unsaid(),
        REMOTE,
        &[("https_proxy", "p:1")],
        Some(("http://p:1/", "")),
    );
    check(
        &unsaid(),
        REMOTE,
        &[("https_proxy", "https://user:word@p:1")],
        Some(("https://user:word@p:1/", "")),
    );
}

#[test]
fn hosts_without_a_proxy_come_with_it() {
    let variables = &[
        ("https_proxy", "p:1"),
        ("NO_PROXY", "a,b"),
        ("no_proxy", ".c"),
    ];
    check(&unsaid(), REMOTE, variables, Some(("http://p:1/", ".c")));
    let settings = NetworkSettings {
        no_proxy: Some("*".to_owned()),
        ..unsaid()
    };
    check(&settings, REMOTE, variables, Some(("http://p:1/", "*")));
}

#[test]
fn an_upstream_on_this_machine_has_no_proxy_but_its_own() {
    let variables = &[("http_proxy", "p:1"), ("https_proxy", "p:1")];
    for upstream in [
        "http://127.0.0.1:8000/v1",
        "http://127.8.9.1/v1",
        "https://[::1]:8000",
        "http://localhost:11434/v1",
        "http://LocalHost/v1",
        "http://models.localhost/v1",
    ] {
        check(&unsaid(), upstream, variables, None);
        let settings = NetworkSettings {
            proxy: Some(Uri::from_static("http://own:2")),
            ..unsaid()
        };
        check(&settings, upstream, variables, Some(("http://own:2/", "")));
    }
    check(
        &unsaid(),
        "http://128.0.0.1/v1",
        variables,
        Some(("http://p:1/", "")),
    );
}

#[test]
fn the_entrys_own_proxy_wins() {
    let settings = NetworkSettings {
        proxy: Some(Uri::from_static("http://own:2")),
        ..unsaid()
    };
    check(
        &settings,
        REMOTE,
        &[("https_proxy", "p:1")],
        Some(("http://own:2/", "")),
    );
}

#[test]
fn a_variable_that_names_no_http_proxy_is_refused_without_its_value() {
    for value in ["socks5://user:word@p:1", "http://", "a b"] {
        let environment = Environment::looked_up_by(move |name| {
            (name == "HTTPS_PROXY").then(|| value.to_owned())
        });
        let refused = network(&unsaid(), None, &environment)
            .unwrap_err()
            .to_string();
        assert_eq!(
            refused,
            "HTTPS_PROXY must be the address of an http proxy, such as http://proxy.example:3128"
        );
    }
}
