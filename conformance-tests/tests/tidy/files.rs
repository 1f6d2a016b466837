//! The text files of the project: what git tracks or would track, else what lies in the folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use conformance_tests::shared::workspace_root;

/// One text file.
pub(crate) struct TextFile {
    /// From the workspace root, with `/` between the parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Machine-written code, which keeps other rules.
    pub(crate) fn is_generated(&self) -> bool {
        self.path.starts_with("generated/")
    }

    /// Tests may be longer than other files.
    pub(crate) fn is_test(&self) -> bool {
        self.path
            .split('/')
            .any(|part| matches!(part, "tests" | "tests.rs" | "benches"))
    }

    pub(crate) fn first_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }
}

/// Every file that is UTF-8; recordings in other encodings are no text.
pub(crate) fn all() -> Vec<TextFile> {
    let root = workspace_root();
    let mut paths = listed_by_git(&root).unwrap_or_else(|| {
        let mut found = Vec::new();
        walk(&root, &root, &mut found);
        found
    });
    paths.sort();
    paths.dedup();
    let files: Vec<TextFile> = paths
        .into_iter()
        .filter_map(|path| {
            // A file that git lists but that was just deleted, and one that is not text, are no concern of these tests.
            let text = String::from_utf8(fs::read(root.join(&path)).ok()?).ok()?;
            Some(TextFile { path, text })
        })
        .collect();
    assert!(
        files.iter().any(|file| file.path == "Cargo.toml"),
        "the listing must hold the workspace's own manifest"
    );
    files
}

pub(crate) fn rust() -> impl Iterator<Item = TextFile> {
    all().into_iter().filter(TextFile::is_rust)
}

fn listed_by_git(root: &Path) -> Option<Vec<String>> {
    if !root.join(".git").exists() {
        return None;
    }
    let arguments = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    // A machine may lack git although the folder is a checkout: then the folder is walked.
    let output = Command::new("git")
        .current_dir(root)
        .args(arguments)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let listing = String::from_utf8(output.stdout).unwrap();
    Some(
        listing
            .split('\0')
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect(),
    )
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | ".git") {
                walk(root, &path, found);
            }
        } else {
            found.push(
                path.strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .replace('\\', "/"),
            );
        }
    }
}

#[test]
fn a_walk_without_git_finds_the_sources_too() {
    let root = workspace_root();
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    for path in [
        "Cargo.toml",
        "conformance-tests/src/lib.rs",
        "codegen/rest-json/src/lib.rs",
    ] {
        assert!(found.iter().any(|name| name == path), "{path}");
    }
    assert!(!found.iter().any(|name| name.starts_with("target/")));
}
