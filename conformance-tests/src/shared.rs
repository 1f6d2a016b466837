//! Where the optional fixtures are, and what a test does without them.
//!
//! The recordings and models of other projects are not part of this one.
//! A checkout that has them beside it (or at `$BEDROCK_GATEWAY_SHARED`) runs the tests that need them; any other says that it skips them.

use std::path::{Path, PathBuf};

use crate::env;
use crate::error::FixtureError;

/// The folder of the workspace, which holds the root `Cargo.toml`.
pub fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The fixtures folder, or `None` where it is absent and the test `name` is to be skipped, which is printed.
///
/// # Errors
/// Where the folder is absent although `BEDROCK_GATEWAY_STRICT=1` asks for it.
pub fn folder_or_skip(name: &str) -> Result<Option<PathBuf>, FixtureError> {
    decide(name, env::shared_fixtures(), env::strict())
}

#[expect(
    clippy::print_stdout,
    reason = "a skipped test must say so, and a test says things on standard output"
)]
fn decide(name: &str, folder: PathBuf, strict: bool) -> Result<Option<PathBuf>, FixtureError> {
    if folder.is_dir() {
        return Ok(Some(folder));
    }
    if strict {
        return Err(FixtureError::new(
            &folder,
            format!("`{name}` needs this folder, and BEDROCK_GATEWAY_STRICT=1 forbids to skip it"),
        ));
    }
    println!(
        "skipped: `{name}` needs the fixtures folder {}",
        folder.display()
    );
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_folder_is_a_skip_unless_strict() {
        let absent = workspace_root().join("no-such-folder");
        assert_eq!(decide("any", absent.clone(), false).unwrap(), None);
        let error = decide("any", absent.clone(), true).unwrap_err();
        assert_eq!(error.path(), absent);
    }

    #[test]
    fn a_folder_that_is_there_is_used_either_way() {
        let here = workspace_root();
        for strict in [false, true] {
            assert_eq!(
                decide("any", here.clone(), strict).unwrap(),
                Some(here.clone())
            );
        }
    }
}
