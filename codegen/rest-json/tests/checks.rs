//! Constraints in AWS's words. The texts and paths are those of public reports of real answers.
#![cfg(test)]

use rest_json::check::{self, Constraint, Path, Pattern, VIOLATIONS_LIMIT, Violations};
use rest_json::{Blob, Number};

fn check_message(find: impl Fn(&Path<'_>, &mut Violations), message: &str) {
    let mut violations = Violations::default();
    find(&Path::ROOT.member("m"), &mut violations);
    assert_eq!(violations.to_string(), message);
    assert_eq!(violations.is_empty(), message.is_empty());
}

#[test]
fn a_number_out_of_range_is_shown() {
    let mut violations = Violations::default();
    let config = Path::ROOT.member("inferenceConfig");
    let temperature = Number::new("2").unwrap();
    check::range(
        &temperature,
        Some("0"),
        Some("1"),
        &config.member("temperature"),
        &mut violations,
    );
    assert_eq!(
        violations.to_string(),
        "1 validation error detected: Value '2' at 'inferenceConfig.temperature' failed to satisfy constraint: \
         Member must have value less than or equal to 1"
    );
    check_message(
        |path, violations| check::range(&0, Some("1"), None, path, violations),
        "1 validation error detected: Value '0' at 'm' failed to satisfy constraint: \
         Member must have value greater than or equal to 1",
    );
}

#[test]
fn the_bounds_of_a_range_are_included() {
    for (text, holds) in [
        ("0.5", true),
        ("1", true),
        ("1.0", true),
        ("0.49", false),
        ("1.01", false),
        ("NaN", false),
        ("1e400", false),
    ] {
        let mut violations = Violations::default();
        check::range(
            &Number::new(text).unwrap(),
            Some("0.5"),
            Some("1"),
            &Path::ROOT,
            &mut violations,
        );
        assert_eq!(violations.is_empty(), holds, "{text}");
    }
    for (value, holds) in [(i64::MIN, false), (0, false), (1, true), (i64::MAX, true)] {
        let mut violations = Violations::default();
        check::range(
            &value,
            Some("0.5"),
            Some("9223372036854775807"),
            &Path::ROOT,
            &mut violations,
        );
        assert_eq!(violations.is_empty(), holds, "{value}");
    }
}

#[test]
fn several_failures_are_counted_and_joined() {
    let pattern = Pattern::new("^[a-zA-Z0-9_-]+$");
    check_message(
        |path, violations| {
            check::string_length("", Some(1), Some(64), path, violations);
            check::pattern("", &pattern, path, violations);
        },
        "2 validation errors detected: Value at 'm' failed to satisfy constraint: \
         Member must have length greater than or equal to 1; Value at 'm' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
    );
}

#[test]
fn paths_count_elements_from_one() {
    let messages = Path::ROOT.member("messages");
    let message = messages.item(72);
    let content = message.member("content");
    let block = content.item(1);
    let tool_use = block.member("toolUse");
    assert_eq!(
        tool_use.member("name").to_string(),
        "messages.73.member.content.2.member.toolUse.name"
    );
    let metadata = Path::ROOT.member("requestMetadata");
    assert_eq!(metadata.key().to_string(), "requestMetadata.member");
    assert_eq!(metadata.value("k").to_string(), "requestMetadata.k.member");
    assert_eq!(Path::ROOT.to_string(), "");
}

#[test]
fn required_members_must_be_there() {
    check_message(
        |path, violations| check::required(&None::<i32>, path, violations),
        "1 validation error detected: Value at 'm' failed to satisfy constraint: Member must not be null",
    );
    check_message(
        |path, violations| check::required(&Some(1), path, violations),
        "",
    );
}

#[test]
fn strings_are_measured_in_characters_and_blobs_in_bytes() {
    check_message(
        |path, violations| check::string_length("é😹", Some(2), Some(2), path, violations),
        "",
    );
    let blob = Blob::from_base64("Zm9vYg==").unwrap();
    check_message(
        |path, violations| check::length(blob.decoded_len(), None, Some(3), path, violations),
        "1 validation error detected: Value at 'm' failed to satisfy constraint: \
         Member must have length less than or equal to 3",
    );
}

#[test]
fn patterns_mean_the_whole_value() {
    for (pattern, text, matches) in [
        ("[a-z]+", "abc", true),
        ("[a-z]+", "abc1", false),
        ("^[a-z]+$", "abc\n", false),
        ("^(a|b)|c$", "ax", false),
        ("a|b", "ab", false),
        (".*", "a", true),
        (".*", "a\nb", false),
        ("[\\s\\S]*", "a\nb", true),
        ("a\\$", "a$", true),
    ] {
        assert_eq!(
            Pattern::new(pattern).is_match(text),
            matches,
            "{pattern} {text:?}"
        );
    }
}

#[test]
fn patterns_are_shown_without_anchors() {
    for (source, shown) in [("^a$", "a"), ("a", "a"), ("a\\$", "a\\$"), ("^a", "a")] {
        assert_eq!(Pattern::new(source).shown(), shown);
    }
    assert!(Pattern::new("a").is_valid());
    assert!(!Pattern::new("(").is_valid());
}

#[test]
fn items_of_sets_are_unique() {
    let text = "1 validation error detected: Value at 'm' failed to satisfy constraint: Member must have unique values";
    check_message(
        |path, violations| check::unique_items(&["a".to_owned(), "a".to_owned()], path, violations),
        text,
    );
    check_message(
        |path, violations| check::unique_items(&[1, 2], path, violations),
        "",
    );
}

#[test]
fn the_list_of_violations_is_bounded() {
    let mut violations = Violations::default();
    for _ in 0..VIOLATIONS_LIMIT + 50 {
        violations.push(&Path::ROOT.member("a"), None, Constraint::UniqueItems);
    }
    assert_eq!(violations.len(), VIOLATIONS_LIMIT);
    assert!(
        violations
            .to_string()
            .starts_with("100 validation errors detected: Value at 'a' failed")
    );
    assert_eq!(
        violations.iter().next(),
        Some(("a", Constraint::UniqueItems))
    );
}
