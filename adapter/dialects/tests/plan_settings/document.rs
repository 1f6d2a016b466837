//! The documentation says what the tables say.

use std::path::Path;

#[test]
fn the_compatibility_table_of_the_documentation_is_the_one_that_requests_are_planned_by() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../COMPATIBILITY.md");
    let written = std::fs::read_to_string(file).unwrap();
    assert!(
        written == dialects::compatibility(),
        "run `cargo run -p dialects --example compatibility > COMPATIBILITY.md`"
    );
}
