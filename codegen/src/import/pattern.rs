//! Patterns. The canonical form shows both anchors, `^P$`, and means that the whole value matches `P`.

/// From Smithy, where a pattern is searched for: an end without its anchor may be followed by anything.
/// A text that ends in `.*` says so already.
pub(super) fn from_smithy(pattern: &str) -> String {
    let (before, rest) = match pattern.strip_prefix('^') {
        Some(rest) => ("", rest),
        None => (".*", pattern),
    };
    let (rest, after) = match strip_end_anchor(rest) {
        Some(rest) => (rest, ""),
        None if rest.ends_with(".*") => (rest, ""),
        None => (rest, ".*"),
    };
    format!("^{before}{rest}{after}$")
}

/// From botocore, which cuts the anchors and writes `.*` where there was none.
pub(super) fn from_botocore(pattern: &str) -> String {
    format!("^{pattern}$")
}

/// The pattern without the `$` at its end, if that is an anchor and not an escaped dollar sign.
fn strip_end_anchor(pattern: &str) -> Option<&str> {
    let rest = pattern.strip_suffix('$')?;
    let n_backslashes = rest.chars().rev().take_while(|c| *c == '\\').count();
    (n_backslashes % 2 == 0).then_some(rest)
}
