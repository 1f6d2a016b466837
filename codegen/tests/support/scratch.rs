//! One workspace, under the target directory, for every crate that tests generate; one target directory for them all.
//!
//! Nothing is downloaded: the crates depend on `rest-json` and on what it depends on, at the versions of the workspace's
//! own lock file. Two test programs may use it at once: a lock file keeps them one after the other.

use std::{
    fmt::Write as _,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use codegen::{emit::Files, generate};

/// The scratch workspace while this test program has it to itself.
pub(crate) struct Scratch {
    root: PathBuf,
    /// Held until the value is dropped.
    _lock: File,
}

impl Scratch {
    /// Waits for the workspace and takes it.
    pub(crate) fn take() -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scratch");
        fs::create_dir_all(root.join("crates")).expect("the target directory is writable");
        let lock = File::create(root.join("lock")).expect("the target directory is writable");
        lock.lock().expect("the file system has locks");
        let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n\n[profile.dev]\ndebug = false\n";
        put(&root.join("Cargo.toml"), manifest);
        let locked = fs::read_to_string(workspace().join("Cargo.lock"))
            .expect("the workspace has a lock file");
        // Cargo adds the scratch crates to its lock file, so what was copied is remembered beside it.
        let copied = root.join("Cargo.lock.copied");
        if !fs::read_to_string(&copied).is_ok_and(|old| old == locked) {
            put(&root.join("Cargo.lock"), &locked);
            put(&copied, &locked);
        }
        Self { root, _lock: lock }
    }

    /// The folder of a crate.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.root.join("crates").join(name)
    }

    /// Puts a generated crate in, in the place of an older one. `tests` are further files, by path in the crate's folder.
    pub(crate) fn put(&self, name: &str, sources: &Files, tests: &[(&str, String)]) {
        let folder = self.folder(name);
        generate::write(sources, &folder.join("src")).expect("the scratch workspace is writable");
        for (path, text) in tests {
            put(&folder.join(path), text);
        }
        put(&folder.join("Cargo.toml"), &manifest(name));
    }

    /// Runs cargo with these arguments and `--offline`; its output where it fails.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(env!("CARGO"))
            .current_dir(&self.root)
            .args(arguments)
            .args(["--offline", "--target-dir"])
            .arg(self.root.join("target"))
            // What the outer cargo said to the test is not meant for the inner one.
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS")
            .output()
            .expect("cargo is there");
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        if output.status.success() {
            Ok(text)
        } else {
            Err(text)
        }
    }

    /// Runs cargo on these crates of the workspace and panics with its output where it fails.
    #[track_caller]
    pub(crate) fn run(&self, command: &str, crates: &[String], more: &[&str]) -> String {
        let mut arguments = vec![command];
        for name in crates {
            arguments.extend(["-p", name]);
        }
        arguments.extend(more);
        match self.cargo(&arguments) {
            Ok(text) => text,
            Err(text) => panic!("cargo {command} fails on generated crates:\n{text}"),
        }
    }
}

fn manifest(name: &str) -> String {
    let mut text = String::new();
    let rest_json = workspace().join("codegen/rest-json");
    write!(
        text,
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [features]\narbitrary = [\"rest-json/arbitrary\"]\n\n\
         [dependencies]\nrest-json = {{ path = {rest_json:?} }}\n\n\
         [lints.rust]\nunsafe_code = \"forbid\"\nwarnings = \"deny\"\n"
    )
    .expect("a string takes all text");
    text
}

/// The folder of the real workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the workspace")
}

/// Writes a file unless it has this text, so that cargo does not build again what is the same.
fn put(file: &Path, text: &str) {
    if fs::read_to_string(file).is_ok_and(|old| old == text) {
        return;
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).expect("the scratch workspace is writable");
    }
    fs::write(file, text).expect("the scratch workspace is writable");
}
