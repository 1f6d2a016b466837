//! The stamp of a kit: a hash that changes whenever what was installed would.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::kits::Kit;

const NAME: &str = "provisioned";

/// The stamp that a kit installed now would carry.
///
/// The place is part of it, because virtual environments hold absolute paths.
pub(super) fn of(kit: &Kit, root: &Path, versions: &str) -> Result<String, String> {
    let mut hash = Sha256::new();
    hash.update(kit.home(root).as_os_str().as_encoded_bytes());
    hash.update(versions);
    let source = kit.source();
    let mut files = Vec::new();
    collect(&source, &mut files)?;
    files.sort();
    for file in files {
        hash.update(
            file.strip_prefix(&source)
                .unwrap_or(&file)
                .as_os_str()
                .as_encoded_bytes(),
        );
        hash.update(std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?);
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// The stamp that the kit carries; empty if it has none.
pub(super) fn read(kit: &Kit, root: &Path) -> String {
    std::fs::read_to_string(path(kit, root)).unwrap_or_default()
}

/// Marks the kit as whole; the last step of an installation.
pub(super) fn write(kit: &Kit, root: &Path, stamp: &str) -> Result<(), String> {
    let path = path(kit, root);
    std::fs::write(&path, stamp).map_err(|error| format!("{}: {error}", path.display()))
}

/// Takes the mark away before the kit is touched.
pub(super) fn remove(kit: &Kit, root: &Path) -> Result<(), String> {
    let path = path(kit, root);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", path.display()))
        }
        _ => Ok(()),
    }
}

fn path(kit: &Kit, root: &Path) -> PathBuf {
    kit.home(root).join(NAME)
}

/// Every file below a folder of sources; build output that a tool left there is passed over.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.is_dir() {
            if !path.ends_with("target") && !path.ends_with("node_modules") {
                collect(&path, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}
