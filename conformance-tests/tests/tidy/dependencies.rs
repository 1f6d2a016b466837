//! The dependency table: which of our crates may use which.

use std::collections::BTreeSet;
use std::path::Path;

use conformance_tests::shared::workspace_root;

use crate::licences::{Package, metadata};

/// A crate of ours, its folder, and the crates of ours it may use.
struct Row {
    name: &'static str,
    folder: &'static str,
    may_use: &'static [&'static str],
}

/// The table of ARCHITECTURE.md. A crate enters the workspace with its first code, so rows may stand before their crates do.
const TABLE: &[Row] = &[
    Row {
        name: "rest-json",
        folder: "codegen/rest-json",
        may_use: &[],
    },
    Row {
        name: "llm",
        folder: "server/llm",
        may_use: &[],
    },
    Row {
        name: "codegen",
        folder: "codegen",
        may_use: &[],
    },
    Row {
        name: "generated",
        folder: "generated",
        may_use: &["rest-json"],
    },
    Row {
        name: "dialects",
        folder: "adapter/dialects",
        may_use: &["llm", "generated", "rest-json"],
    },
    Row {
        name: "adapter",
        folder: "adapter",
        may_use: &["llm", "dialects", "generated", "rest-json"],
    },
    Row {
        name: "providers",
        folder: "server/providers",
        may_use: &["llm", "dialects", "generated", "rest-json"],
    },
    Row {
        name: "pipeline",
        folder: "server/pipeline",
        may_use: &["llm"],
    },
    Row {
        name: "server",
        folder: "server",
        may_use: &["adapter", "pipeline", "providers", "llm"],
    },
    Row {
        name: "conformance-tests",
        folder: "conformance-tests",
        may_use: &["server", "generated", "rest-json"],
    },
    Row {
        name: "bench",
        folder: "conformance-tests/bench",
        may_use: &["rest-json"],
    },
];

#[test]
fn crates_use_only_what_the_dependency_table_allows() {
    let ours = metadata(&["--no-deps"]);
    assert!(!ours.is_empty());
    let faults: Vec<String> = ours.iter().flat_map(faults_of).collect();
    assert!(
        faults.is_empty(),
        "against the dependency table of ARCHITECTURE.md:\n{}",
        faults.join("\n")
    );
}

fn faults_of(package: &Package) -> Vec<String> {
    let name = &package.name;
    let Some(row) = TABLE.iter().find(|row| row.name == name) else {
        return vec![format!("`{name}` has no row")];
    };
    let mut faults = Vec::new();
    if package.manifest_path != workspace_root().join(row.folder).join("Cargo.toml") {
        faults.push(format!(
            "`{name}` belongs in {}, not at {}",
            row.folder,
            package.manifest_path.display()
        ));
    }
    let names: BTreeSet<&str> = TABLE.iter().map(|row| row.name).collect();
    for dependency in &package.dependencies {
        let used_in_product = !matches!(dependency.kind.as_deref(), Some("dev"));
        let ours = names.contains(dependency.name.as_str()) && dependency.path.is_some();
        if used_in_product && ours && !row.may_use.contains(&dependency.name.as_str()) {
            faults.push(format!("`{name}` may not use `{}`", dependency.name));
        }
        if dependency.path.is_some() && !names.contains(dependency.name.as_str()) {
            faults.push(format!(
                "`{name}` uses `{}`, which has no row",
                dependency.name
            ));
        }
    }
    faults
}

#[test]
fn the_table_has_no_circle() {
    fn reaches(from: &str, goal: &str, depth: usize) -> bool {
        let row = TABLE
            .iter()
            .find(|row| row.name == from)
            .unwrap_or_else(|| panic!("`{from}` has no row"));
        depth < TABLE.len()
            && row
                .may_use
                .iter()
                .any(|used| *used == goal || reaches(used, goal, depth + 1))
    }
    for row in TABLE {
        assert!(
            !reaches(row.name, row.name, 0),
            "`{}` may use itself by way of others",
            row.name
        );
    }
}

#[test]
fn an_edge_outside_the_table_is_noticed() {
    let package = |kind: Option<&str>, name: &str| Package {
        name: "pipeline".to_owned(),
        version: String::new(),
        license: None,
        manifest_path: workspace_root().join("server/pipeline/Cargo.toml"),
        dependencies: vec![crate::licences::Dependency {
            name: name.to_owned(),
            kind: kind.map(str::to_owned),
            path: Some(Path::new("anywhere").to_owned()),
        }],
    };
    assert_eq!(faults_of(&package(None, "llm")), Vec::<String>::new());
    assert_eq!(
        faults_of(&package(Some("dev"), "adapter")),
        Vec::<String>::new()
    );
    assert_eq!(
        faults_of(&package(None, "adapter")),
        ["`pipeline` may not use `adapter`"]
    );
    assert_eq!(
        faults_of(&package(Some("build"), "codegen")),
        ["`pipeline` may not use `codegen`"]
    );
    assert_eq!(
        faults_of(&package(None, "helpers")),
        ["`pipeline` uses `helpers`, which has no row"]
    );
}
