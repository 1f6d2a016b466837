//! Whether a folder holds what would be generated now. Nothing is written: the first difference is named.

use std::{fs, path::Path};

use crate::{
    emit::Files,
    error::{Error, Result},
    generate,
};

/// Fails at the first difference between the folder and these files: a missing file, a stale one, or a line.
pub fn check(files: &Files, folder: &Path) -> Result<()> {
    let present = generate::present(folder)?;
    for (path, text) in files {
        if !present.contains(path) {
            return Err(Error::mismatch(format!(
                "{path} is missing; run `cargo run -p codegen -- generate`"
            )));
        }
        let file = folder.join(path);
        let found = fs::read_to_string(&file).map_err(|error| Error::io(&file, error))?;
        if let Some((line, found, expected)) = first_difference(&found, text) {
            return Err(Error::mismatch(format!(
                "{path}:{line} has `{found}` and would be generated with `{expected}`; run `cargo run -p codegen -- generate`"
            )));
        }
    }
    match present.iter().find(|path| !files.contains_key(*path)) {
        None => Ok(()),
        Some(path) => Err(Error::mismatch(format!(
            "{path} is not generated any more; run `cargo run -p codegen -- generate`"
        ))),
    }
}

/// The number of the first line that differs, from 1, and its two texts; one beyond an end is empty.
fn first_difference<'t>(found: &'t str, expected: &'t str) -> Option<(usize, &'t str, &'t str)> {
    if found == expected {
        return None;
    }
    // Lines are cut so that a missing newline at the end is a difference too.
    let (mut found, mut expected) = (found.split('\n'), expected.split('\n'));
    let mut line = 0;
    loop {
        line += 1;
        match (found.next(), expected.next()) {
            (Some(a), Some(b)) if a == b => {}
            (None, None) => return None,
            (a, b) => return Some((line, a.unwrap_or_default(), b.unwrap_or_default())),
        }
    }
}
