//! The licences of every package in the lock that this machine's build can reach, and the reading of `cargo metadata`.

use std::path::PathBuf;
use std::process::Command;

use conformance_tests::shared::workspace_root;
use serde::Deserialize;

/// What a package may be under. A licence enters here when its first package does, in a commit that says why.
const ALLOWED: &[&str] = &[
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// One package as `cargo metadata` describes it.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `dev`, `build`, or nothing for a normal one.
    pub(crate) kind: Option<String>,
    /// Set where the dependency lies in this workspace.
    pub(crate) path: Option<PathBuf>,
}

/// Runs `cargo metadata` on the workspace as it is locked, without the network.
pub(crate) fn metadata(arguments: &[&str]) -> Vec<Package> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    let text = cargo(
        &[
            &["metadata", "--format-version", "1", "--locked", "--offline"],
            arguments,
        ]
        .concat(),
    );
    serde_json::from_str::<Metadata>(&text).unwrap().packages
}

/// The platform this machine builds for: packages of other platforms need not be at hand.
fn host() -> String {
    let version = cargo(&["-vV"]);
    version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("cargo -vV names the host")
        .to_owned()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .current_dir(workspace_root())
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "cargo {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_package_of_the_lock_is_under_an_allowed_licence() {
    let packages = metadata(&["--filter-platform", &host()]);
    let faults: Vec<String> = packages
        .iter()
        .filter(|package| !package.license.as_deref().is_some_and(is_allowed))
        .map(|package| {
            format!(
                "{} {}: {}",
                package.name,
                package.version,
                package.license.as_deref().unwrap_or("none named")
            )
        })
        .collect();
    assert!(
        faults.is_empty(),
        "licences outside the list:\n{}",
        faults.join("\n")
    );
    println!("{} packages under allowed licences", packages.len());
}

#[test]
fn our_own_crates_are_under_apache_2() {
    for package in metadata(&["--no-deps"]) {
        assert_eq!(
            package.license.as_deref(),
            Some("Apache-2.0"),
            "{}",
            package.name
        );
    }
}

#[test]
fn an_expression_is_read_as_spdx_writes_it() {
    for expression in [
        "MIT",
        "MIT OR Apache-2.0",
        "Unlicense OR MIT",
        "Unlicense/MIT",
        "(MIT OR GPL-2.0) AND Unicode-3.0",
    ] {
        assert!(is_allowed(expression), "{expression}");
    }
    for expression in [
        "",
        "GPL-3.0",
        "Unlicense",
        "MIT AND GPL-3.0",
        "GPL-2.0 OR (MIT AND GPL-3.0)",
        "Apache-2.0 WITH Other",
        "MIT OR",
        "(MIT",
    ] {
        assert!(!is_allowed(expression), "{expression}");
    }
}

/// Whether an SPDX expression leaves a choice that the list allows. What does not parse is not allowed.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    any_of(&mut rest) == Some(true) && rest.is_empty()
}

fn any_of(tokens: &mut &[&str]) -> Option<bool> {
    let mut allowed = all_of(tokens)?;
    while let ["OR", rest @ ..] = *tokens {
        *tokens = rest;
        allowed |= all_of(tokens)?;
    }
    Some(allowed)
}

fn all_of(tokens: &mut &[&str]) -> Option<bool> {
    let mut allowed = one(tokens)?;
    while let ["AND", rest @ ..] = *tokens {
        *tokens = rest;
        allowed &= one(tokens)?;
    }
    Some(allowed)
}

fn one(tokens: &mut &[&str]) -> Option<bool> {
    match *tokens {
        ["(", rest @ ..] => {
            *tokens = rest;
            let allowed = any_of(tokens)?;
            *tokens = tokens.strip_prefix(&[")"])?;
            Some(allowed)
        }
        [_, "WITH", _, rest @ ..] => {
            // No licence with an exception is on the list.
            *tokens = rest;
            Some(false)
        }
        [licence, rest @ ..] if !matches!(*licence, "OR" | "AND" | ")") => {
            *tokens = rest;
            Some(ALLOWED.contains(licence))
        }
        _ => None,
    }
}
