//! What the generator refuses, and what `check`, `generate` and `coverage` say about files.
#![cfg(test)]

#[path = "support/models.rs"]
mod models;

use codegen::{
    check, coverage,
    emit::Files,
    error::Result,
    fixups::{self, Edit, Fixup},
    generate::{self, Operations, Settings},
    model::Model,
    operations,
    workspace::Workspace,
};

/// A model with one operation whose input is `members`; `more` are further shapes.
fn settings(members: &str, more: &str) -> Settings {
    let text = format!(
        r#"{{"smithy": "2.0", "shapes": {{
            "example#Example": {{"type": "service", "version": "1", "operations": [{{"target": "example#Do"}}],
                "traits": {{"aws.protocols#restJson1": {{}}}}}},
            "example#Do": {{"type": "operation", "input": {{"target": "example#DoInput"}},
                "output": {{"target": "smithy.api#Unit"}},
                "traits": {{"smithy.api#http": {{"method": "POST", "uri": "/do/{{name}}"}}}}}},
            "example#DoInput": {{"type": "structure", "members": {{
                "name": {{"target": "smithy.api#String", "traits": {{"smithy.api#httpLabel": {{}}, "smithy.api#required": {{}}}}}}
                {members}}}}}
            {more}}}}}"#
    );
    models::whole(Model::parse(&text).unwrap(), "example.json")
}

/// The error of generating, with every shape and trait it names.
#[track_caller]
fn refusal(members: &str, more: &str) -> String {
    match generate::generate(&settings(members, more)) {
        Ok(_) => panic!("the model was taken"),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn refused(members: &str, more: &str, expected: &str) {
    assert_eq!(refusal(members, more), expected);
}

#[test]
fn a_trait_nobody_has_decided_about_is_refused_with_its_place() {
    refused(
        r#", "a": {"target": "smithy.api#String", "traits": {"smithy.api#xmlName": "b"}}"#,
        "",
        "example#DoInput$a: @smithy.api#xmlName: the generator does not know this trait",
    );
    refused(
        r#", "a": {"target": "example#A"}"#,
        r#", "example#A": {"type": "string", "traits": {"example.other#odd": {}}}"#,
        "example#A: @example.other#odd: the generator does not know this trait",
    );
}

#[test]
fn a_label_without_a_member_and_a_member_without_a_label_are_refused() {
    let settings = |uri: &str| {
        let mut settings = settings("", "");
        let http = serde_json::json!({"method": "POST", "uri": uri});
        let id = codegen::model::ShapeId::parse("example#Do").unwrap();
        let model = &mut settings.services[0].model;
        model
            .shapes
            .get_mut(&id)
            .unwrap()
            .traits
            .insert("smithy.api#http", http);
        generate::generate(&settings).unwrap_err().to_string()
    };
    assert_eq!(
        settings("/do/{other}"),
        "example#Do: @smithy.api#httpLabel: no member is bound to the label `other`"
    );
    assert_eq!(
        settings("/do"),
        "example#Do: @smithy.api#httpLabel: a member is bound to a label the path does not have"
    );
    assert_eq!(
        settings("/do/x{name}"),
        "example#Do: the segment `x{name}` of a path pattern"
    );
}

#[test]
fn a_constraint_its_type_cannot_have_is_refused() {
    refused(
        r#", "a": {"target": "smithy.api#Integer", "traits": {"smithy.api#pattern": "a"}}"#,
        "",
        "example#DoInput$a: @smithy.api#pattern: a constraint that this type cannot have",
    );
    refused(
        r#", "a": {"target": "smithy.api#String", "traits": {"smithy.api#pattern": "(?<=a)b"}}"#,
        "",
        "example#DoInput$a: @smithy.api#pattern: this pattern is no regular expression",
    );
}

#[test]
fn names_that_fall_together_in_rust_are_refused() {
    refused(
        r#", "ab_c": {"target": "smithy.api#String"}, "abC": {"target": "smithy.api#String"}"#,
        "",
        "example#DoInput: two members have the name `ab_c` in Rust",
    );
}

#[test]
fn types_without_a_place_in_rust_are_refused() {
    refused(
        r#", "a": {"target": "smithy.api#BigDecimal"}"#,
        "",
        "example#DoInput$a: a member that is a bigDecimal",
    );
    refused(
        r#", "a": {"target": "example#A"}"#,
        r#", "example#A": {"type": "list", "member": {"target": "example#A"}}"#,
        "example#A: a list or map that holds itself without a structure between",
    );
}

#[test]
fn a_payload_beside_members_of_the_body_is_refused() {
    refused(
        r#", "a": {"target": "smithy.api#Blob", "traits": {"smithy.api#httpPayload": {}}}, "b": {"target": "smithy.api#String"}"#,
        "",
        "example#DoInput: members of the body beside a payload",
    );
}

#[test]
fn event_traits_outside_an_event_are_refused() {
    refused(
        r#", "a": {"target": "example#A"}"#,
        r#", "example#A": {"type": "structure", "members": {"b": {"target": "smithy.api#String", "traits": {"smithy.api#eventHeader": {}}}}}"#,
        "example#A: event traits on a structure that is no event",
    );
}

#[test]
fn values_without_a_form_in_their_place_are_refused() {
    refused(
        r#", "a": {"target": "smithy.api#Document", "traits": {"smithy.api#httpHeader": "X-A"}}"#,
        "",
        "example#DoInput$a: @smithy.api#httpHeader: a value of this type has no form there",
    );
    refused(
        r#", "a": {"target": "smithy.api#Blob", "traits": {"smithy.api#httpQuery": "a"}}"#,
        "",
        "example#DoInput$a: @smithy.api#httpQuery: a value of this type has no form there",
    );
    refused(
        r#", "a": {"target": "example#A", "traits": {"smithy.api#httpPrefixHeaders": "X-"}}"#,
        r#", "example#A": {"type": "map", "key": {"target": "smithy.api#String"}, "value": {"target": "smithy.api#Integer"}}"#,
        "example#DoInput$a: @smithy.api#httpPrefixHeaders: a value of this type has no form there",
    );
}

#[test]
fn a_header_of_a_frame_holds_what_frames_can_carry() {
    refused(
        r#", "a": {"target": "example#A", "traits": {"smithy.api#httpPayload": {}}}"#,
        r#", "example#A": {"type": "union", "traits": {"smithy.api#streaming": {}}, "members": {"e": {"target": "example#E"}}},
            "example#E": {"type": "structure", "members": {"b": {"target": "smithy.api#Double", "traits": {"smithy.api#eventHeader": {}}}}}"#,
        "example#E$b: @smithy.api#eventHeader: a value of this type has no form there",
    );
}

#[test]
fn an_error_of_an_event_stream_is_its_payload_and_no_more() {
    refused(
        r#", "a": {"target": "example#A", "traits": {"smithy.api#httpPayload": {}}}"#,
        r#", "example#A": {"type": "union", "traits": {"smithy.api#streaming": {}}, "members": {"e": {"target": "example#E"}}},
            "example#E": {"type": "structure", "traits": {"smithy.api#error": "client"},
                "members": {"b": {"target": "smithy.api#String", "traits": {"smithy.api#httpHeader": "X-B"}}}}"#,
        "example#E: an error of an event stream with members beside its body",
    );
}

#[test]
fn another_protocol_is_refused() {
    let text =
        r#"{"smithy": "2.0", "shapes": {"example#Example": {"type": "service", "version": "1"}}}"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("example.json");
    std::fs::write(&file, text).unwrap();
    let settings = models::whole(models::read(&file), "example.json");
    let error = generate::generate(&settings).unwrap_err();
    assert_eq!(
        error.to_string(),
        "example#Example: the service does not speak restJson1"
    );
}

#[test]
fn an_operation_the_service_lacks_is_refused() {
    let mut settings = settings("", "");
    settings.services[0].operations = Operations::List(vec!["Undo".to_owned()]);
    let error = generate::generate(&settings).unwrap_err();
    assert_eq!(error.to_string(), "the service has no operation `Undo`");
}

#[test]
fn shapes_no_chosen_operation_reaches_are_not_generated() {
    let files = generate::generate(&settings(
        "",
        r#", "example#Lonely": {"type": "structure", "members": {"a": {"target": "smithy.api#BigDecimal"}}}"#,
    ))
    .unwrap();
    assert!(!files.keys().any(|path| path.contains("lonely")));
}

const SPARE: &str = r#", "example#A": {"type": "string", "traits": {"smithy.api#pattern": "a"}},
    "example#E": {"type": "enum", "members": {"ONE": {"target": "smithy.api#Unit", "traits": {"smithy.api#enumValue": "one"}}}}"#;

fn fixed(shape: &'static str, edit: Edit) -> Result<Files> {
    let fixup = Fixup {
        name: "the-fixup",
        reason: "the test says so",
        shape,
        edit,
    };
    let mut settings = settings(
        r#", "a": {"target": "example#A"}, "e": {"target": "example#E"}"#,
        SPARE,
    );
    settings.services[0].fixups = vec![fixup];
    generate::generate(&settings)
}

#[test]
fn fixups_change_what_is_generated() {
    let files = fixed("example#A", Edit::Pattern("[^b]+")).unwrap();
    assert!(files["service/operation/do.rs"].contains("\"[^b]+\""));
    let files = fixed("example#A", Edit::Without("smithy.api#pattern")).unwrap();
    assert!(!files.values().any(|text| text.contains("Pattern::new")));
    let files = fixed(
        "example#E",
        Edit::RenameValue {
            from: "ONE",
            to: "FIRST_OF_ALL",
        },
    )
    .unwrap();
    assert!(files["service/types/e.rs"].contains("Self::FirstOfAll => \"one\""));
}

#[test]
fn a_fixup_that_no_longer_applies_is_an_error() {
    let stale = |shape, edit| fixed(shape, edit).unwrap_err().to_string();
    let text = |place: &str, what: &str| {
        format!(
            "{place}: the fixup `the-fixup` no longer applies: {what} (it is there because the test says so)"
        )
    };
    assert_eq!(
        stale("example#B", Edit::Pattern("b")),
        text("example#B", "there is no such shape")
    );
    assert_eq!(
        stale("example#E", Edit::Pattern("b")),
        text("example#E", "the shape has no pattern")
    );
    assert_eq!(
        stale("example#A", Edit::Pattern("a")),
        text("example#A", "the model has this pattern itself")
    );
    assert_eq!(
        stale("example#E", Edit::Without("smithy.api#length")),
        text("example#E", "the shape lacks the trait")
    );
    let edit = Edit::RenameValue {
        from: "TWO",
        to: "SECOND",
    };
    assert_eq!(
        stale("example#E", edit.clone()),
        text("example#E", "the enum has no member of this name")
    );
    assert_eq!(
        stale("example#A", edit),
        text("example#A", "the shape is no enum")
    );
}

#[test]
fn every_fixup_has_a_name_of_its_own_and_a_reason() {
    let all: Vec<&Fixup> = fixups::RUNTIME.iter().chain(fixups::CONTROL).collect();
    let names: std::collections::BTreeSet<&str> = all.iter().map(|fixup| fixup.name).collect();
    assert_eq!(names.len(), all.len());
    assert!(all.iter().all(|fixup| !fixup.reason.is_empty()));
}

fn files(texts: &[(&str, &str)]) -> Files {
    texts
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect()
}

#[test]
fn a_folder_as_it_was_generated_passes_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(&[("a.rs", "one\n"), ("b/c.rs", "two\n")]);
    assert_eq!(generate::write(&files, folder.path()).unwrap(), (2, 0));
    assert_eq!(generate::write(&files, folder.path()).unwrap(), (0, 0));
    check::check(&files, folder.path()).unwrap();
}

#[test]
fn the_check_names_the_first_difference() {
    let folder = tempfile::tempdir().unwrap();
    let committed = files(&[("a.rs", "one\ntwo\nthree\n"), ("b/c.rs", "two")]);
    generate::write(&committed, folder.path()).unwrap();
    let difference = |texts: &[(&str, &str)]| {
        check::check(&files(texts), folder.path())
            .unwrap_err()
            .to_string()
    };
    let run = "run `cargo run -p codegen -- generate`";
    assert_eq!(
        difference(&[("a.rs", "one\n2\nthree\n"), ("b/c.rs", "two")]),
        format!("a.rs:2 has `two` and would be generated with `2`; {run}")
    );
    assert_eq!(
        difference(&[("a.rs", "one\ntwo\nthree\n"), ("b/c.rs", "two\n")]),
        format!("b/c.rs:2 has `` and would be generated with ``; {run}")
    );
    assert_eq!(
        difference(&[
            ("a.rs", "one\ntwo\nthree\n"),
            ("b/c.rs", "two"),
            ("b/d.rs", "")
        ]),
        format!("b/d.rs is missing; {run}")
    );
    assert_eq!(
        difference(&[("a.rs", "one\ntwo\nthree\n")]),
        format!("b/c.rs is not generated any more; {run}")
    );
}

#[test]
fn files_that_are_not_generated_any_more_are_removed_with_their_folders() {
    let folder = tempfile::tempdir().unwrap();
    generate::write(&files(&[("a.rs", ""), ("b/c/d.rs", "")]), folder.path()).unwrap();
    assert_eq!(
        generate::write(&files(&[("a.rs", "")]), folder.path()).unwrap(),
        (0, 1)
    );
    assert!(!folder.path().join("b").exists());
}

#[test]
fn the_committed_crate_is_what_would_be_generated_now() {
    let workspace = Workspace::here();
    let settings = operations::settings(&workspace.models_folder()).unwrap();
    let files = generate::generate(&settings).unwrap();
    check::check(&files, &workspace.generated_folder()).unwrap();
}

const COVERED: &str = r#", "a": {"target": "example#A"}"#;
const SHAPE: &str =
    r#", "example#A": {"type": "structure", "members": {"b": {"target": "smithy.api#String"}}}"#;

fn covered(table: Option<&str>) -> Result<Vec<String>> {
    let services = generate::services(&settings(COVERED, SHAPE)).unwrap();
    Ok(coverage::rows(&services, table)?
        .iter()
        .map(ToString::to_string)
        .collect())
}

#[test]
fn without_a_table_everything_is_typed() {
    let rows =
        ["Do", "A$b", "DoInput$a", "DoInput$name"].map(|name| format!("service {name} typed"));
    assert_eq!(covered(None).unwrap(), rows);
}

#[test]
fn a_served_operation_needs_a_row_for_every_member_it_reaches() {
    let table =
        "[service]\nDo = 'served'\n'DoInput$a' = 'served'\n'DoInput$name' = 'ignored: a test'\n";
    assert_eq!(
        covered(Some(table)).unwrap_err().to_string(),
        "the table of coverage does not fit the model: service A$b has no row"
    );
    let rows = covered(Some(&format!("{table}'A$b' = 'refused: nobody can'\n"))).unwrap();
    assert!(rows.contains(&"service A$b refused: nobody can".to_owned()));
}

#[test]
fn the_members_of_a_relayed_operation_need_no_rows() {
    assert_eq!(
        covered(Some("[service]\nDo = 'relayed'\n")).unwrap(),
        ["service Do relayed"]
    );
}

#[test]
fn a_stale_row_is_an_error_and_so_is_a_refusal_without_a_reason() {
    let error = |table: &str| covered(Some(table)).unwrap_err().to_string();
    assert_eq!(
        error("[service]\nDo = 'relayed'\nUndo = 'served'\n[other]\n"),
        "the table of coverage does not fit the model: service Undo is not in the model, or not reached; there is no service other"
    );
    assert_eq!(
        error("[service]\nDo = 'refused'\n"),
        "Do: `refused` is not served, relayed, `refused: REASON` or `ignored: REASON`"
    );
}
