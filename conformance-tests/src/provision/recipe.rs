//! The steps that install a kit, by the ordinary clients of each language.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::kits::{Kit, Recipe};

use super::stamp;

/// How many lines of a failed step's output are shown.
const SHOWN_LINES: usize = 15;

/// Removes what is there of the kit and makes it anew.
///
/// Rust's target directory stays, since cargo itself knows what in it is stale.
pub(super) fn follow(kit: &Kit, root: &Path) -> Result<(), String> {
    let (source, home) = (kit.source(), kit.home(root));
    stamp::remove(kit, root)?;
    if kit.recipe != Recipe::Rust && home.exists() {
        std::fs::remove_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    }
    std::fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    match kit.recipe {
        Recipe::Python { driver: _ } => python(&source, &home),
        Recipe::Node => node(&source, &home),
        Recipe::Go => go(&source, &home),
        Recipe::Java => java(&source, &home),
        Recipe::Rust => rust(&source, &home),
    }
}

fn python(source: &Path, home: &Path) -> Result<(), String> {
    step(Command::new("python3").args(["-m", "venv"]).arg(home))?;
    step(
        Command::new(home.join("bin/python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "-r",
            ])
            .arg(source.join("requirements.txt")),
    )
}

fn node(source: &Path, home: &Path) -> Result<(), String> {
    for name in ["package.json", "package-lock.json", "driver.mjs"] {
        let from = source.join(name);
        std::fs::copy(&from, home.join(name))
            .map_err(|error| format!("{}: {error}", from.display()))?;
    }
    step(
        Command::new("npm")
            .args([
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel",
                "error",
            ])
            .current_dir(home),
    )
}

fn go(source: &Path, home: &Path) -> Result<(), String> {
    step(
        Command::new("go")
            .args([
                "build",
                "-mod=readonly",
                "-trimpath",
                "-buildvcs=false",
                "-o",
            ])
            .arg(home.join("driver"))
            .arg(".")
            .current_dir(source),
    )
}

fn java(source: &Path, home: &Path) -> Result<(), String> {
    let mut library = std::ffi::OsString::from("-DoutputDirectory=");
    library.push(home.join("lib"));
    step(
        Command::new("mvn")
            .args(["--batch-mode", "--quiet", "--file"])
            .arg(source.join("pom.xml"))
            .arg("dependency:copy-dependencies")
            .arg(library),
    )?;
    let sources = java_sources(source)?;
    step(
        Command::new("javac")
            .args(["-encoding", "UTF-8", "-nowarn", "-d"])
            .arg(home.join("classes"))
            .arg("-cp")
            .arg(home.join("lib/*"))
            .args(sources),
    )
}

fn java_sources(source: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let entries =
        std::fs::read_dir(source).map_err(|error| format!("{}: {error}", source.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| format!("{}: {error}", source.display()))?
            .path();
        if path.extension() == Some(OsStr::new("java")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn rust(source: &Path, home: &Path) -> Result<(), String> {
    step(
        Command::new("cargo")
            .args(["build", "--quiet", "--locked", "--manifest-path"])
            .arg(source.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(home)
            // Lints and flags of the workspace under test are not the SDK's business.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET"),
    )
}

/// Runs one command to its end; its output is shown only if it fails.
fn step(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{shown}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines
        .get(lines.len().saturating_sub(SHOWN_LINES)..)
        .unwrap_or_default()
        .join("\n");
    Err(format!("{shown}: {}\n{tail}", output.status))
}
